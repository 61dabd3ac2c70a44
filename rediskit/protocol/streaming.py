"""What follows a reply that is made as its reader takes it, where one reply is made of several.

EXEC's replies come one by one; when one of them is streamed, those behind it have to wait for
its end: they are kept here, encoded, in their order, and so are further streamed ones.
"""

from rediskit.protocol.replies import encode
from rediskit.structures.buffer import Buffer


class Sequel:
    """A streamed reply and what is to follow it; itself a source of a stream.

    It stands in for the connection of the streamed replies that follow.
    """

    def __init__(self, source):
        self.parts = [source]

    def add(self, value, protocol):
        """Encodes a value, to follow all that is here already."""
        if hasattr(value, "connection"):
            value.connection = self
        encoded = Buffer()
        self.parts.append(encoded)
        encode(encoded, value, protocol)

    def stream(self, source):
        """Takes the rest of a streamed reply that was added."""
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


def followed(source, value, protocol):
    """A source of a stream, and behind it a value."""
    sequel = source if type(source) is Sequel else Sequel(source)
    sequel.add(value, protocol)
    return sequel
