"""A list of byte strings: a Sequence that knows its encoding as Redis would name it.

What adds elements says so before, with `expect`, and what takes some away says so afterwards, with
`shrunk`; that is when the encoding may change (see structures/listpack).
"""

from rediskit.structures.listpack import is_whole, make_chunks, make_room, make_whole, rejoin
from rediskit.structures.sequence import Sequence

ARRAY = ord("*")


class List(Sequence):
    """The value of a list key. `limit` is that of list-max-listpack-size, see Limits."""

    def __init__(self, values=()):
        make_whole(self)
        for value in values:
            self.push_right(value)

    @property
    def encoding(self):
        """listpack or quicklist."""
        return b"listpack" if is_whole(self) else b"quicklist"

    def expect(self, elements, limit):
        """To be called before a tuple of elements is put in."""
        if is_whole(self):
            size = 0
            for element in elements:
                size += len(element)
            make_room(self, size, len(elements), limit)

    def expect_one(self, element, limit):
        """To be called before an element is put in."""
        make_room(self, len(element), 1, limit)

    def shrunk(self, limit):
        """To be called after elements were removed."""
        rejoin(self, limit, True)

    def extend(self, elements, limit):
        """Puts elements behind those there are, and only then looks at the limit."""
        make_chunks(self, limit)
        for element in elements:
            self.push_right(element)
        rejoin(self, limit, False)

    def push_end(self, element, left):
        """Puts an element at an end."""
        if left:
            self.push_left(element)
        else:
            self.push_right(element)

    def pop_end(self, left):
        """Removes the element at an end and returns it; None if there is none."""
        return self.pop_left() if left else self.pop_right()

    def pop_many(self, count, left):
        """Removes up to `count` elements at an end; a list of them, the outermost first."""
        length = len(self)
        if count > length:
            count = length
        start = 0 if left else length - count
        found = self.values(0 if left else length - 1, count, not left)
        self.remove(start, count)
        return found

    def range(self, start, past):
        """A ListRange of the elements from `start` up to `past`, both within the length."""
        return ListRange(self, start, past - start)

    def digest_into(self, digest):
        """Puts the elements into a digest, in their order."""
        for element in self:
            digest.mix(element)


class ListRange:
    """Some elements of a list that is not changed meanwhile: a reply, or a list of bytes."""

    def __init__(self, elements, start, count):
        self.elements = elements
        self.start = start
        self.count = count

    def __len__(self):
        return self.count

    def __iter__(self):
        return iter(self.elements.values(self.start, self.count))

    def encode_into(self, out, protocol):
        """Writes it as an array of bulk strings."""
        out.append_line(ARRAY, self.count)
        self.elements.append_range(out, self.start, self.count)
