"""Replies that are made as their reader takes them, because all of one may not fit into memory.

The value of such a reply is a source. begin(out, protocol) of it writes the beginning, and tells
whether that was not all; the rest comes from encode_more(out, size), which appends about `size`
bytes and tells whether there are more. Whoever has a reader streams it; for all others, its
encode_into() writes everything at once.

EXEC's replies come one by one; when one of them is streamed, those behind it have to wait for
its end: a Sequel keeps them, encoded, in their order, and further sources with them.
"""

from rediskit.protocol.replies import begin
from rediskit.structures.buffer import Buffer


class Sequel:
    """A streamed reply and what is to follow it; itself a source."""

    def __init__(self, source):
        self.parts = [source]

    def add(self, value, protocol):
        """Encodes a value, to follow all that is here already."""
        encoded = Buffer()
        self.parts.append(encoded)
        source = begin(encoded, value, protocol)
        if source is not None:
            self.parts.append(source)

    def encode_more(self, out, size):
        """Appends about `size` bytes, or what was encoded in one piece; whether there are more."""
        part = self.parts[0]
        if type(part) is Buffer:
            out.append(bytes(part))
            del self.parts[0]
        elif not part.encode_more(out, size):
            del self.parts[0]
        return bool(self.parts)
