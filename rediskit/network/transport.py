"""How the bytes of a conversation get through a socket: as they are, or over TLS (see tls.py).

A transport belongs to one descriptor, except for PLAIN, which has no state and serves all that
send their bytes as they are. Whoever has the conversation watches the descriptor: a Connection for
a client of ours, a Link where we are the client of another server.

- As long as `established` is false, shake_hands() is called whenever the descriptor can be read
  or has room, and says what to wait for next.
- Then receive() and send() are the bytes of the conversation, and `ended` says that no more will
  come although the descriptor need not show it: receive() gives b"" then.
"""

import os

from rediskit.structures.native import receive, send


class Transport:
    """Bytes as they are."""

    def __init__(self):
        self.established = True
        self.ended = False

    def shake_hands(self, fd):
        """Goes on with the handshake; the events to wait for, 0 when it is done. Raises OSError."""
        return 0

    def receive(self, fd, limit):
        """About `limit` bytes at most, None if there are none now, b"" at the end. OSError."""
        return receive(fd, limit)

    def send(self, fd, output):
        """Sends what the socket takes of a Buffer; how many bytes of it are gone. OSError."""
        return send(fd, output)

    def tidy(self):
        """Frees memory that is not in use; to be called once a second or so."""

    def close(self, fd):
        """Ends the conversation and closes the descriptor."""
        os.close(fd)


PLAIN = Transport()
