"""Connections over TLS: the bytes of a socket <-> those that a conversation is about.

A session of Python's ssl stands between two byte queues in memory. It knows no socket: what was
received is put into `incoming`, and what is to be sent is taken out of `outgoing`.

- Each read puts all that the socket gave into the session and takes out all that it makes of that.
  So nothing whole is ever left in there, and the loop may sleep on the socket alone.
- Output is encrypted by so much at a time and stays in its buffer until all of it was sent. So
  the buffer's length is what the output limits, and whoever waits for room, go by.

The handshake comes first. Counters and limits are about the bytes of the
conversation, not about those that were encrypted, as with Redis.
"""

import contextlib
import ssl

from rediskit.eventloop import READ, WRITE
from rediskit.network.tls_context import TLSError, client_context, reason, server_context
from rediskit.network.transport import Transport
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

# Of what the session says of its own accord (alerts, changes of keys) so much may wait.
MOST_OWN_WORDS = 64 * 1024


class TLS:
    """How a server speaks TLS with its clients and with other servers, as its directives say.

    context: of the server's side; client_context: for connections that we begin, None for the
    same certificate. Both are None before configure().
    """

    def __init__(self, config, log):
        self.config = config
        self.log = log
        self.context = None
        self.client_context = None

    def configure(self):
        """Begins to use what the directives say now; whether that could be. Logs why not."""
        try:
            context, for_clients = server_context(self.config), client_context(self.config)
        except TLSError as error:
            self.log.warning(str(error))
            return False
        self.context, self.client_context = context, for_clients
        return True

    def transport(self):
        """A transport for a client that has connected."""
        return TLSTransport(self.context)


class TLSTransport(Transport):
    """A session between a conversation and its socket.

    server_side: whether ours is that side. host: the name or address of the other side that its
    certificate has to bear, if the context asks for that.
    """

    def __init__(self, context, server_side=True, host=None):
        Transport.__init__(self)
        self.established = False
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.session = context.wrap_bio(self.incoming, self.outgoing, server_side, host)
        self.encrypted = Buffer()
        self.in_flight = 0

    def shake_hands(self, fd):
        """Goes on with the handshake; the events to wait for, 0 when it is done. Raises OSError."""
        finished = False
        try:
            data = receive(fd, RECORD_SIZE)
            if data:
                self.incoming.write(data)
            elif data is not None:
                raise ConnectionError(0, "unexpected eof while reading")
            try:
                self.session.do_handshake()
                finished = True
            except ssl.SSLWantReadError:
                finished = False
            self._send_own_words(fd)
        except OSError as error:
            raise ConnectionError(0, reason(error)) from None
        if self.encrypted.length:
            return _READ | _WRITE
        self.established = finished
        return 0 if finished else _READ

    def receive(self, fd, limit):
        """What the conversation says, as of the transport."""
        if self.ended:
            return b""
        data = receive(fd, limit + RECORD_OVERHEAD)
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
            self._send_own_words(fd)
        if not pieces:
            return b"" if self.ended else None
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _decrypt(self, pieces):
        """Takes out of the session all that is whole."""
        try:
            while self.incoming.pending or self.session.pending():
                piece = self.session.read(RECORD_SIZE)
                if not piece:
                    self.ended = True
                    return
                pieces.append(piece)
        except ssl.SSLWantReadError:
            return

    def send(self, fd, output):
        """Encrypts and sends what the socket takes; how many bytes of the output are gone."""
        total = 0
        while self.established and total < TURN_SIZE:
            if not self.encrypted.length:
                if not output.length:
                    break
                self.in_flight = self.session.write(output.slice(0, CHUNK_SIZE))
                self.encrypted.append(self.outgoing.read())
            send(fd, self.encrypted)
            if self.encrypted.length:
                break
            output.discard(self.in_flight)
            total += self.in_flight
            self.in_flight = 0
        if total > RECORD_SIZE and not self.encrypted.length:
            self.encrypted.clear()
        return total

    def _send_own_words(self, fd):
        """Sends what the session says of its own accord, as far as the socket takes it."""
        self.encrypted.append(self.outgoing.read())
        send(fd, self.encrypted)
        if self.encrypted.length > CHUNK_SIZE + RECORD_OVERHEAD + MOST_OWN_WORDS:
            raise ConnectionError(0, "too many alerts and changes of keys")

    def tidy(self):
        """Frees memory that is not in use."""
        if not self.encrypted.length:
            self.encrypted.clear()

    def close(self, fd):
        """Ends the session, if the socket takes that, and closes the descriptor."""
        with contextlib.suppress(OSError):
            if self.established:
                self.session.unwrap()
        with contextlib.suppress(OSError):
            self.encrypted.append(self.outgoing.read())
            send(fd, self.encrypted)
        self.encrypted.clear()
        self.session = None
        Transport.close(self, fd)
