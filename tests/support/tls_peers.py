"""As tests.support.peers, over TLS: clients of a server in the test's own process.

peers = TLSPeers(certificates)
peer = peers.connect_tls()          # has shaken hands
peer.run("SET k v")
stranger = peers.dial()             # has not; `raw` speaks for it without encryption
"""

import contextlib
import socket
import ssl
import time

from rediskit.network.tls import TLS
from tests.support.peers import PATIENCE_SECONDS, Peer, Peers, turn

RECEIVED = 1 << 16


class TLSPeer(Peer):
    """The far end of a connection over TLS; it sends nothing before it is told to."""

    def __init__(self, server, tls, context, refusal=None):
        near, self.socket = socket.socketpair()
        near.setblocking(False)
        self.socket.setblocking(False)
        self.server = server
        self.connection = server.network.connect(near, "test:0", tls.transport())
        if refusal is not None:
            self.connection.turn_away(refusal)
        self.client = self.connection.client
        self._pending = b""
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.session = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def shake_hands(self):
        """Turns the loop until both have found the handshake good."""
        self._until(lambda: self._attempt(self.session.do_handshake) is not False)
        self._until(lambda: self.connection.transport.established or self.connection.fd < 0)

    def send_raw(self, data):
        """Encrypts bytes and sends them."""
        self.session.write(data)
        self.raw(self.outgoing.read())

    def encrypt(self, data):
        """What would be sent for bytes."""
        self.session.write(data)
        return self.outgoing.read()

    def end(self):
        """Says that no more comes, and leaves the socket open."""
        self._attempt(self.session.unwrap)
        self.raw(self.outgoing.read())

    def raw(self, data):
        """Sends bytes as they are, while the loop turns."""
        data = memoryview(data)
        while data:
            with contextlib.suppress(BlockingIOError):
                data = data[self.socket.send(data) :]
            turn(self.server)

    def hears_goodbye(self):
        """Whether the server says that it sends no more, rather than just hanging up."""
        self._until(lambda: self._attempt(lambda: self.session.read(RECEIVED)) is not False)
        return True

    def _attempt(self, step):
        """One step of the session, with what has arrived and what it has to send; False: later."""
        with contextlib.suppress(BlockingIOError):
            data = self.socket.recv(RECEIVED)
            if not data and not self.incoming.pending:
                raise EOFError("the server closed the connection")
            self.incoming.write(data)
        try:
            return step()
        except ssl.SSLWantReadError:
            return False
        finally:
            if self.outgoing.pending:
                self.raw(self.outgoing.read())

    def _until(self, happened):
        limit = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert time.monotonic() < limit, "waited for too long"
            turn(self.server)

    def _receive(self):
        limit = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < limit:
            turn(self.server)
            data = self._attempt(lambda: self.session.read(RECEIVED))
            if data:
                self._pending += data
                return
            if data == b"":
                raise EOFError("the server ended the session")
        raise TimeoutError("no reply")


class TLSPeers(Peers):
    """A server in this process that clients reach over TLS."""

    def __init__(self, certificates, **directives):
        super().__init__(**directives)
        self.certificates = certificates
        self.server.config.set_many(
            {name.replace("_", "-"): path for name, path in certificates.directives.items()}
        )
        self.lines = []
        self.server.log.warning = self.lines.append
        self.tls = TLS(self.server.config, self.server.log)
        assert self.tls.configure(), self.lines

    def dial(self, client="client", refusal=None):
        """A new client before its handshake; `client`: its certificate."""
        peer = TLSPeer(self.server, self.tls, self.certificates.context(client), refusal)
        self.peers.append(peer)
        return peer

    def connect_tls(self, client="client"):
        """A new client that has shaken hands."""
        peer = self.dial(client)
        peer.shake_hands()
        return peer
