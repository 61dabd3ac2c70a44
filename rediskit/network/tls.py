"""Connections over TLS: the bytes of a socket <-> those that a conversation is about.

A session of Python's ssl stands between two byte queues in memory. It knows no socket: what was
received is put into `incoming`, and what is to be sent is taken out of `outgoing`.

- Each read puts all that the socket gave into the session and takes out all that it makes of that.
  So nothing whole is ever left in there, and the loop may sleep on the socket alone.
- Output is encrypted by so much at a time and stays in the client's buffer until all of it was
  sent. So the buffer's length is what the output limits, and whoever waits for room, go by.

The handshake comes first, and has a time limit. Counters and limits are about the bytes of the
conversation, not about those that were encrypted, as with Redis.
"""

import contextlib
import functools
import ssl

from rediskit import errors
from rediskit.eventloop import READ, WRITE
from rediskit.network.connections import Connection
from rediskit.network.tls_context import TLSError, client_context, reason, server_context
from rediskit.structures.buffer import Buffer
from rediskit.structures.native import receive, send

_READ = READ  # as C integers
_WRITE = WRITE

# A record holds so many bytes at most, and is so much longer when it is encrypted.
RECORD_SIZE = 16 * 1024
RECORD_OVERHEAD = 1024

# Encrypted at a time, and sent in one turn of the loop.
CHUNK_SIZE = 64 * 1024
TURN_SIZE = 256 * 1024

# Who has not come to the end of the handshake by then is sent away.
HANDSHAKE_SECONDS = 10

# Of what the session says of its own accord (alerts, changes of keys) so much may wait.
MOST_OWN_WORDS = 64 * 1024


class TLS:
    """How the clients of a network connect over TLS, as the configuration says.

    context: of the server's side; client_context: for connections that we begin, None for the
    same certificate. Both are None before configure().
    """

    def __init__(self, network):
        self.network = network
        self.context = None
        self.client_context = None

    def configure(self):
        """Begins to use what the directives say now; whether that could be. Logs why not."""
        config = self.network.config
        try:
            context, for_clients = server_context(config), client_context(config)
        except TLSError as error:
            self.network.log.warning(str(error))
            return False
        self.context, self.client_context = context, for_clients
        return True

    def accept(self, connected, peer, refusal=None):
        """Makes a client of a connected socket, or one that is only told why not (`refusal`)."""
        make = functools.partial(TLSConnection, self.context, refusal)
        return self.network.connect(connected, peer, make)


class TLSConnection(Connection):
    """A connected socket, the session on it, and the client behind both.

    refusal: the error that ends the conversation once the handshake is done, or None.
    """

    def __init__(self, context, refusal, network):
        Connection.__init__(self, network)
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.session = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.encrypted = Buffer()
        self.in_flight = 0
        self.established = False
        self.input_ended = False
        self.refusal = refusal

    # The handshake

    def _shake_hands(self):
        """Goes on with the handshake; whether the conversation can begin."""
        finished = False
        try:
            data = receive(self.fd, RECORD_SIZE)
            if data:
                self.incoming.write(data)
            elif data is not None:
                raise ConnectionError(0, "unexpected eof while reading")
            try:
                self.session.do_handshake()
                finished = True
            except ssl.SSLWantReadError:
                finished = False
            self._send_own_words()
        except OSError as error:
            self._fail(error)
            return False
        events = _READ | _WRITE if self.encrypted.length else _READ
        if self.events != events:
            self.network.loop.modify(self, events)
        if not finished or self.encrypted.length:
            return False
        self.established = True
        return self.refusal is None or self._turn_away()

    def _turn_away(self):
        self.network.rejected_connections += 1
        self.client.write(errors.CommandError(self.refusal))
        self.client.close_after_reply = True
        self.queue_output()
        return False

    def _fail(self, error):
        client = self.client
        self.network.log.warning(
            f"Error accepting a client connection: {reason(error)} "
            f"(addr={client.address} laddr={client.local_address})"
        )
        self.close()

    # What a Connection does otherwise

    def on_readable(self):
        """Goes on with the handshake, or reads once and serves what that completes."""
        if self.established or self._shake_hands():
            Connection.on_readable(self)

    def read(self):
        """Reads once and serves what that completes."""
        Connection.read(self)
        self._see_end_of_input()

    def _see_end_of_input(self):
        """If the session ended along with the last request, sees to that: no event will come."""
        if self.input_ended and self.fd >= 0 and self.events & _READ:
            Connection.read(self)

    def on_writable(self):
        """The socket has room again."""
        if self.established:
            Connection.on_writable(self)
        elif self._shake_hands():
            self.on_readable()

    def look_after(self):
        """Once a second: as for any connection; and the handshake must come to its end."""
        network = self.network
        if not self.established:
            if network.clock.seconds - self.client.created > HANDSHAKE_SECONDS:
                self._fail(TimeoutError(0, "handshake timed out"))
            return
        if not self.encrypted.length:
            self.encrypted.clear()
        self._see_end_of_input()
        if self.fd >= 0:
            Connection.look_after(self)

    def _receive(self, limit):
        if self.input_ended:
            return b""
        data = receive(self.fd, limit + RECORD_OVERHEAD)
        if data is None:
            if not self.incoming.pending:
                return None
            data = b""
        elif not data:
            return data
        pieces = []
        for start in range(0, len(data) or 1, RECORD_SIZE):
            self.incoming.write(data[start : start + RECORD_SIZE])
            self._decrypt(pieces)
        if self.outgoing.pending:
            self._send_own_words()
        if not pieces:
            return b"" if self.input_ended else None
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _decrypt(self, pieces):
        """Takes out of the session all that is whole."""
        try:
            while self.incoming.pending or self.session.pending():
                piece = self.session.read(RECORD_SIZE)
                if not piece:
                    self.input_ended = True
                    return
                pieces.append(piece)
        except ssl.SSLWantReadError:
            return

    def _send(self, output):
        total = 0
        while self.established and total < TURN_SIZE:
            if not self.encrypted.length:
                if not output.length:
                    break
                self.in_flight = self.session.write(output.slice(0, CHUNK_SIZE))
                self.encrypted.append(self.outgoing.read())
            send(self.fd, self.encrypted)
            if self.encrypted.length:
                break
            output.discard(self.in_flight)
            total += self.in_flight
            self.in_flight = 0
        if total > RECORD_SIZE and not self.encrypted.length:
            self.encrypted.clear()
        return total

    def _send_own_words(self):
        """Sends what the session says of its own accord, as far as the socket takes it."""
        self.encrypted.append(self.outgoing.read())
        send(self.fd, self.encrypted)
        if self.encrypted.length > CHUNK_SIZE + RECORD_OVERHEAD + MOST_OWN_WORDS:
            raise ConnectionError(0, "too many alerts and changes of keys")

    def _close_descriptor(self, fd):
        with contextlib.suppress(OSError):
            if self.established:
                self.session.unwrap()
        with contextlib.suppress(OSError):
            self.encrypted.append(self.outgoing.read())
            send(fd, self.encrypted)
        self.encrypted.clear()
        self.session = None
        Connection._close_descriptor(self, fd)
