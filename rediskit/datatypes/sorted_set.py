"""A sorted set: members with scores, in the order of the scores.

Small ones are one block of memory and are shown as listpack, large ones are shown as skiplist;
structures/scored.pyx has both. What is small, the configuration says: commands hand
zset-max-listpack-entries and -value to whatever adds members.
"""

from rediskit.protocol.numbers import format_float
from rediskit.structures.scored import Scored

ANY_SIZE = 1 << 62
ARRAY = ord("*")
WRITTEN_AT_ONCE = 65536  # bytes of a reply whose end is not in sight

# Forms in which a range is written.
MEMBERS = 0
FLAT = 1
PAIRS = 2


class SortedSet(Scored):
    """The value of a key of type zset."""

    @property
    def encoding(self):
        """The name of the form it has."""
        return b"listpack" if self.is_compact else b"skiplist"

    def copy(self):
        """An independent sorted set with the same members."""
        other = SortedSet()
        self.copy_into(other)
        return other

    def digest_into(self, digest):
        """Puts all members and scores into a digest."""
        elements = self.elements(0, ANY_SIZE, False, True)
        for index in range(0, len(elements), 2):
            digest.combine_group(elements[index], b"%.17g" % elements[index + 1])

    def range(self, start, count, backwards=False, with_scores=False, nested=False):
        """A view of `count` members from a rank on, which is counted from the end begun at."""
        return SortedSetRange(self, start, count, backwards, with_scores, nested)


class SortedSetRange:
    """Some members of a sorted set, with or without their scores; good until the set changes.

    Iterated it gives members; with scores member, score, member, score..., or if `nested` (as
    RESP3 has it) [member, score] each. It is encoded without making Python objects of them.
    """

    def __init__(self, owner, start, count, backwards, with_scores, nested):
        self.owner = owner
        self.start = start
        self.count = max(0, min(count, len(owner) - start))
        self.backwards = backwards
        self.with_scores = with_scores
        self.nested = nested

    def __len__(self):
        return self.count * 2 if self.with_scores and not self.nested else self.count

    def __iter__(self):
        return iter(self.content())

    def __getitem__(self, index):
        return self.content()[index]

    def __eq__(self, other):
        return self.content() == list(other)

    def content(self):
        """All of it as a list."""
        found = self.owner.elements(self.start, self.count, self.backwards, self.with_scores)
        return pairs_of(found) if self.with_scores and self.nested else found

    def encode_into(self, out, protocol):
        """Writes it as an array."""
        form = MEMBERS
        if self.with_scores:
            form = PAIRS if protocol > 2 else FLAT
        out.append_line(ARRAY, self.count * 2 if form == FLAT else self.count)
        self.owner.append_to(out, self.start, self.count, self.backwards, form, format_float)


class RandomMembers:
    """`count` members, each drawn from all of a sorted set that is not empty; for one reply.

    There may be far more of them than fit into memory: they are a source of a reply that is made
    as it is read, see protocol/streaming.py, from the sorted set as it is when that begins.
    Iterated it gives members; with scores member, score, ... or, if `nested`, [member, score] each.
    """

    def __init__(self, owner, count, with_scores, nested):
        self.owner = owner
        self.count = count
        self.with_scores = with_scores
        self.nested = nested
        self.form = MEMBERS

    def __iter__(self):
        for _ in range(self.count):
            element = self.owner.random_member()
            if not self.with_scores:
                yield element[0]
            elif self.nested:
                yield list(element)
            else:
                yield from element

    def encode_into(self, out, protocol):
        """Draws and writes them all."""
        self.open(out, protocol)
        while self.encode_more(out, WRITTEN_AT_ONCE):
            continue

    def begin(self, out, protocol):
        """Draws and writes the first of them; whether any are left for encode_more()."""
        self.open(out, protocol)
        if not self.encode_more(out, WRITTEN_AT_ONCE):
            return False
        self.owner = self.owner.copy()
        return True

    def open(self, out, protocol):
        """Opens the array."""
        if self.with_scores:
            self.form = PAIRS if protocol > 2 else FLAT
        out.append_line(ARRAY, self.count * 2 if self.form == FLAT else self.count)

    def encode_more(self, out, size):
        """Writes about `size` more bytes; whether any are left."""
        end = len(out) + size
        while self.count and len(out) < end:
            self.owner.append_random(out, self.form, format_float)
            self.count -= 1
        return self.count > 0


def pairs_of(elements):
    """[member, score, member, score...] -> [[member, score], ...]."""
    return [[elements[index], elements[index + 1]] for index in range(0, len(elements), 2)]
