"""Conversations with other servers, as a client of theirs that waits for each reply.

Connections are kept for some seconds, as who moves one key often moves the next.
"""

import errno
import socket

from rediskit.protocol.numbers import integer_or_none
from rediskit.structures.native import monotonic_us

MOST_CACHED = 64
CACHED_US = 10_000_000
RECEIVE_SIZE = 16 * 1024
LONGEST_LINE = 64 * 1024


class Peers:
    """The connections of one server to others; at most MOST_CACHED are kept."""

    def __init__(self):
        self._cached = {}

    def __len__(self):
        return len(self._cached)

    def connect(self, host, port, timeout_ms):
        """A Peer, connected now or some time ago. `host` and `port` are bytes. OSError."""
        peer = self._cached.get((host, port))
        if peer is None:
            if len(self._cached) >= MOST_CACHED:
                self.drop(next(iter(self._cached.values())))
            peer = Peer(host, port, timeout_ms)
            self._cached[host, port] = peer
        peer.used_us = monotonic_us()
        peer.set_timeout(timeout_ms)
        return peer

    def drop(self, peer):
        """Ends a conversation, of which nobody knows where it stands."""
        self._cached.pop((peer.host, peer.port), None)
        peer.close()

    def drop_idle(self):
        """Ends those that nobody has needed for a while; to be called every second or so."""
        limit_us = monotonic_us() - CACHED_US
        for peer in [peer for peer in self._cached.values() if peer.used_us < limit_us]:
            self.drop(peer)

    def close(self):
        """Ends them all."""
        for peer in list(self._cached.values()):
            self.drop(peer)


class Peer:
    """One conversation. is_new: nothing has been answered yet. database: selected, -1: unknown."""

    def __init__(self, host, port, timeout_ms):
        self.host = host
        self.port = port
        self.is_new = True
        self.database = -1
        self.used_us = 0
        self._received = b""
        number = integer_or_none(port)
        if number is None or not 0 < number < 65536 or b"\0" in host:
            raise OSError(errno.EINVAL, "no address")
        address = (host.decode("utf-8", "surrogateescape"), number)
        try:
            self._socket = socket.create_connection(address, timeout_ms / 1000)
        except UnicodeError:
            raise OSError(errno.EINVAL, "no host name") from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def set_timeout(self, timeout_ms):
        """How long each step of the conversation may take."""
        self._socket.settimeout(timeout_ms / 1000)

    def send(self, request):
        """Sends a request, a list of bytes. Raises OSError, TimeoutError among them."""
        parts = [b"*%d\r\n" % len(request)]
        for word in request:
            parts += [b"$%d\r\n" % len(word), word, b"\r\n"]
        self._socket.sendall(b"".join(parts))

    def refusal(self):
        """Takes a reply that is one line: the text of the error that it is, or None.

        Raises OSError, TimeoutError among them.
        """
        while b"\n" not in self._received:
            data = self._socket.recv(RECEIVE_SIZE)
            if not data or len(self._received) > LONGEST_LINE:
                raise ConnectionResetError(errno.ECONNRESET, "no more replies")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        self.is_new = False
        if not line.startswith(b"-"):
            return None
        return line[1:].rstrip(b"\r").decode("utf-8", "surrogateescape")

    def close(self):
        """Ends the conversation."""
        self._socket.close()
