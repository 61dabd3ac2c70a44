"""A long string value, outside its entry in the table.

Strings up to INLINE_LIMIT bytes lie within their entries, where Database reads and writes them.
A longer one is an object: the very bytes that the client sent, until a command changes a part of
it (APPEND, SETRANGE, SETBIT); from then on a Buffer that is changed in place.
"""

from rediskit.structures.buffer import Buffer
from rediskit.structures.memory import account
from rediskit.structures.text import Text

INLINE_LIMIT = 4096
LONGEST = 512 * 1024 * 1024  # proto-max-bulk-len's default; no string grows beyond it
OBJECT_SIZE = 96  # of the object and the one it refers to


class String(Text):
    """A string of more than a few kilobytes. String(content) takes bytes without copying them."""

    encoding = b"raw"

    def __init__(self, content):
        self.content = content
        account(OBJECT_SIZE + len(content))

    def __del__(self):
        if type(self.content) is bytes:
            account(-len(self.content))
        account(-OBJECT_SIZE)

    def __len__(self):
        return self.size()

    @property
    def memory(self):
        """Bytes it takes."""
        if type(self.content) is bytes:
            return OBJECT_SIZE + len(self.content)
        return OBJECT_SIZE + self.content.memory

    def __bytes__(self):
        return self.text()

    def size(self):
        """Length in bytes."""
        return len(self.content)

    def text(self):
        """All of it as bytes."""
        return bytes(self.content)

    def slice(self, start, stop):
        """The bytes from `start` up to `stop`."""
        if type(self.content) is bytes:
            return self.content[start:stop]
        return self.content.slice(start, stop)

    def edit(self):
        """The Buffer to change it in."""
        if type(self.content) is bytes:
            buffer = Buffer(self.content)
            account(-len(self.content))
            self.content = buffer
        return self.content

    def copy(self):
        """An independent String of the same content."""
        return String(self.text())

    def digest_into(self, digest):
        """Puts the content into a Digest."""
        digest.mix(self.text())

    def encode_into(self, out, protocol):
        """Writes it as a bulk string."""
        if type(self.content) is bytes:
            out.append_block(self.content)
        else:
            out.append_buffer_block(self.content)


def content_of(text):
    """What a string lies in, as bytes or a Buffer, for kernels that read memory."""
    return text.content if type(text) is String else text
