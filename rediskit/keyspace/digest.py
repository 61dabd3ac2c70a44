"""A fingerprint of data: equal data give equal digests, in whatever order they are visited.

The scheme is that of Redis' DEBUG DIGEST, so that digests of both servers can be compared: 20
bytes, into which parts are put in two ways. `mix` depends on the order (the part's SHA-1 is xor-ed
in, and the SHA-1 of that is the new digest): the elements of a list, a field and its value. `add`
does not (the part's SHA-1 is xor-ed in): the members of a set, the entries of a hash.

A class of values says what it is made of with `digest_into(digest)`.
"""

from hashlib import sha1

SIZE = 20


class Digest:
    """20 bytes that parts are put into; str() shows them in hexadecimal digits."""

    def __init__(self):
        self.number = 0

    def __str__(self):
        return f"{self.number:040x}"

    def mix(self, part: bytes):
        """Puts a part in, whose place among the parts counts."""
        self.add(part)
        self.number = _number_of(self.number.to_bytes(SIZE, "big"))

    def add(self, part: bytes):
        """Puts a part in, in no order; the same part a second time takes it out again."""
        self.number ^= _number_of(part)

    def combine(self, other):
        """Puts a finished Digest in, in no order."""
        self.add(other.number.to_bytes(SIZE, "big"))

    def combine_group(self, *parts):
        """Puts parts in that belong together (a field and its value), the groups in no order."""
        group = Digest()
        for part in parts:
            group.mix(part)
        self.combine(group)


def _number_of(part):
    return int.from_bytes(sha1(part, usedforsecurity=False).digest(), "big")
