"""Many small byte strings and numbers in one block.

It is the compact form of small hashes, sets and sorted sets, and the chunk of a list. An item says
at both of its ends how long it is, so that a pack can be walked both ways:

    0xxxxxxx                                an integer from 0 to 127: this byte is all of it
    10llllll text trailer                   text of up to 63 bytes
    110lllll llllllll text trailer          text of up to 8191 bytes
    11100000 length (4 bytes) text trailer  longer text
    1111 1 to 8, integer trailer            an integer in so many bytes, signed
    11111001 real trailer                   a real in 8 bytes

    trailer: bytes before it in the item, up to 125, plus 128 | 2 bytes, 254 | 4 bytes, 255

All numbers are little-endian. Text that is the canonical spelling of an integer of 64 bits is kept
as that integer, in as few bytes as it needs, so that every value has exactly one form and `find`
compares bytes. The block's header tells the bytes used and the number of items. Free bytes may lie
before the first item and behind the last, so that both ends can be pushed to and popped from
without moving the rest: see pack_reserve(). Otherwise a block is no larger than its items need.

Positions are offsets of items. The functions know nothing of who owns a pack: they take the address
of the owner's pointer, as a block moves when it grows. NULL is an empty pack. What would not fit
into a block of 4 GB raises MemoryError too, and like it changes nothing.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memcmp, memcpy, memmove

from rediskit.structures.memory cimport allocate, release, resize, usable

cdef enum:
    LARGEST_HEAD = 9            # bytes of an item before its text; a number has no more
    LARGEST_ROUNDED = 4096      # blocks up to here use all of their size class
    SMALLEST_SHRUNK = 64        # bytes of a block that is not worth shrinking
    MOST_BYTES = 0xFFFFF000     # of a block
    MOST_START = 65535
    BLOCK_FRAME = 32            # "$", 10 digits, twice "\r\n"; or the same around 20 digits
    FIXED_COPY = 32


cdef size_t write_head(unsigned char *to, const Item *item) noexcept:
    """Writes all of an item but its text and its trailer; gives the number of bytes."""
    cdef uint32_t length
    cdef uint16_t width = 1
    cdef int64_t value
    if item.kind == BYTES:
        if item.length < SHORTEST_MEDIUM:
            to[0] = <unsigned char>(TEXT_SHORT + item.length)
            return 1
        if item.length < SHORTEST_LONG:
            to[0] = <unsigned char>(TEXT_MEDIUM | (item.length >> 8))
            to[1] = <unsigned char>(item.length & 255)
            return 2
        to[0] = TEXT_LONG
        length = <uint32_t>item.length
        memcpy(to + 1, &length, 4)
        return 5
    if item.kind == REAL:
        to[0] = REAL_WIDE
        memcpy(to + 1, &item.real, 8)
        return 9
    value = item.integer
    if 0 <= value < TEXT_SHORT:
        to[0] = <unsigned char>value
        return 1
    to[1] = <unsigned char>(value & 255)
    while value < -128 or value > 127:
        value >>= 8
        width += 1
        to[width] = <unsigned char>(value & 255)
    to[0] = <unsigned char>(INTEGER_WIDE + width)
    return 1 + width


cdef inline size_t span_of(const unsigned char *head, size_t head_length,
                           const Item *item) noexcept:
    """All bytes of an item whose head is written already."""
    cdef size_t body = head_length
    if head[0] < TEXT_SHORT:
        return 1
    if item.kind == BYTES:
        body += item.length
    return body + trailer_size(body)


cdef size_t item_size(const Item *item) noexcept:
    """How many bytes an item takes in a pack."""
    cdef unsigned char head[LARGEST_HEAD]
    return span_of(head, write_head(head, item), item)


cdef inline void write_item(unsigned char *to, const unsigned char *head, size_t head_length,
                            const Item *item) noexcept:
    cdef size_t body = head_length
    cdef uint32_t long_body
    cdef uint16_t medium_body
    memcpy(to, head, head_length)
    if head[0] < TEXT_SHORT:
        return
    if item.kind == BYTES:
        memcpy(to + head_length, item.text, item.length)
        body += item.length
    if body <= LONGEST_SHORT:
        to[body] = <unsigned char>(TRAILER_SHORT + body)
    elif body <= LONGEST_MEDIUM:
        medium_body = <uint16_t>body
        memcpy(to + body, &medium_body, 2)
        to[body + 2] = TRAILER_MEDIUM
    else:
        long_body = <uint32_t>body
        memcpy(to + body, &long_body, 4)
        to[body + 4] = TRAILER_LONG


# Room

cdef inline unsigned char *bytes_of(Pack *pack) noexcept:
    return <unsigned char *>pack + sizeof(Pack) + pack.start


cdef inline size_t rounded(size_t size) noexcept:
    """A size that makes use of all that the allocator would give for it."""
    return usable(size) if size <= LARGEST_ROUNDED else size


cdef int rebuild(Pack **pack, size_t start, size_t spare) except -1:
    """Gives a pack a block with this much room before and behind its items."""
    cdef Pack *old = pack[0]
    cdef Pack *new
    cdef size_t used = old.used if old != NULL else 0
    cdef size_t capacity
    if spare > MOST_BYTES or sizeof(Pack) + start + used + spare > MOST_BYTES:
        raise MemoryError("an element is too large")
    capacity = rounded(sizeof(Pack) + start + used + spare)
    if old != NULL and old.start == start:
        if capacity != old.capacity:
            pack[0] = <Pack *>resize(old, old.capacity, capacity)
            pack[0].capacity = <uint32_t>capacity
        return 0
    new = <Pack *>allocate(capacity)
    new.used = <uint32_t>used
    new.count = old.count if old != NULL else 0
    new.capacity = <uint32_t>capacity
    new.start = <uint16_t>start
    if old != NULL:
        memcpy(bytes_of(new), bytes_of(old), used)
        release(old, old.capacity)
    pack[0] = new
    return 0


cdef unsigned char *open_gap(Pack **pack, size_t at, size_t size) except NULL:
    """Makes room for `size` bytes at an offset and counts them as used; gives the place."""
    cdef Pack *own = pack[0]
    if size > MOST_BYTES:
        raise MemoryError("an element is too large")
    if own == NULL or (pack_spare(own) < size and own.start < size):
        rebuild(pack, 0, size)
        own = pack[0]
    if own.start >= size and (at == 0 or pack_spare(own) < size):
        own.start -= <uint16_t>size
        memmove(bytes_of(own), bytes_of(own) + size, at)
    else:
        memmove(bytes_of(own) + at + size, bytes_of(own) + at, own.used - at)
    own.used += <uint32_t>size
    return bytes_of(own) + at


cdef void close_gap(Pack **pack, size_t at, size_t size) noexcept:
    """Takes `size` bytes out at an offset. Releases an empty block, shrinks a half empty one."""
    cdef Pack *own = pack[0]
    cdef size_t after = own.used - at - size
    if after == 0 and at == 0:
        pack_free(pack)
        return
    if at < after and own.start + size <= MOST_START:
        memmove(bytes_of(own) + size, bytes_of(own), at)
        own.start += <uint16_t>size
    else:
        memmove(bytes_of(own) + at, bytes_of(own) + at + size, after)
    own.used -= <uint32_t>size
    if own.capacity > SMALLEST_SHRUNK and own.used < own.capacity // 2 - sizeof(Pack):
        pack_trim(pack)


cdef int pack_reserve(Pack **pack, size_t front, size_t back) except -1:
    """Sees to it that so many bytes can be pushed to either end without moving the rest."""
    cdef Pack *own = pack[0]
    if front > MOST_START:
        front = MOST_START
    if own == NULL or own.start < front or pack_spare(own) < back:
        if own != NULL and own.start > front:
            front = own.start
        rebuild(pack, front, back)
    return 0


cdef void pack_trim(Pack **pack) noexcept:
    """Gives back what a block has beyond its items, if the allocator can do so."""
    if pack[0] == NULL:
        return
    try:
        rebuild(pack, 0, 0)
    except MemoryError:
        pass                    # the larger block is as good


cdef void pack_free(Pack **pack) noexcept:
    """Empties a pack."""
    if pack[0] != NULL:
        release(pack[0], pack[0].capacity)
        pack[0] = NULL


# Items

cdef int pack_insert(Pack **pack, Py_ssize_t at, const Item *item) except -1:
    """Puts an item before the one at a position, or at the end if that is the bytes used."""
    cdef unsigned char head[LARGEST_HEAD]
    cdef size_t head_length
    head_length = write_head(head, item)
    write_item(open_gap(pack, at, span_of(head, head_length, item)), head, head_length, item)
    pack[0].count += 1
    return 0


cdef int pack_append(Pack **pack, const Item *item) except -1:
    """Puts an item at the end."""
    return pack_insert(pack, pack_used(pack[0]), item)


cdef void pack_push(Pack *pack, const Item *item) noexcept:
    """pack_append() where it is known that there is room: item_size() is at most the text's and 10.

    The block is one that pack_reserve() has given.
    """
    cdef unsigned char head[LARGEST_HEAD]
    cdef size_t head_length = write_head(head, item)
    write_item(bytes_of(pack) + pack.used, head, head_length, item)
    pack.used += <uint32_t>span_of(head, head_length, item)
    pack.count += 1


cdef int pack_replace(Pack **pack, Py_ssize_t at, const Item *item) except -1:
    """Puts an item in the place of another."""
    cdef unsigned char head[LARGEST_HEAD]
    cdef size_t head_length, new, old
    head_length = write_head(head, item)
    new = span_of(head, head_length, item)
    old = item_span(bytes_of(pack[0]) + at)
    if new > old:
        open_gap(pack, at, new - old)
    elif new < old:
        close_gap(pack, at, old - new)
    write_item(bytes_of(pack[0]) + at, head, head_length, item)
    return 0


cdef void pack_remove(Pack **pack, Py_ssize_t at, Py_ssize_t count) noexcept:
    """Removes up to `count` items from a position on."""
    cdef const unsigned char *start = pack_bytes(pack[0]) + at
    cdef const unsigned char *end = pack_bytes(pack[0]) + pack[0].used
    cdef const unsigned char *stop = start
    cdef Py_ssize_t removed = 0
    while removed < count and stop < end:
        stop += item_span(stop)
        removed += 1
    if removed:
        pack[0].count -= <uint32_t>removed
        close_gap(pack, at, stop - start)


cdef int pack_copy(Pack **pack, Py_ssize_t at, const Pack *source, Py_ssize_t start,
                   Py_ssize_t stop, Py_ssize_t count) except -1:
    """Inserts the `count` items that take the bytes from start to stop of another pack."""
    if stop > start:
        memcpy(open_gap(pack, at, stop - start), pack_bytes(source) + start, stop - start)
        pack[0].count += <uint32_t>count
    return 0


cdef Py_ssize_t pack_at(const Pack *pack, Py_ssize_t index) noexcept:
    """The position of the item of an index, 0 <= index < count; walks from the nearer end."""
    cdef const unsigned char *at = pack_bytes(pack)
    if index <= pack.count // 2:
        while index:
            at += item_span(at)
            index -= 1
    else:
        at += pack.used
        index = pack.count - index
        while index:
            at -= item_span_before(at)
            index -= 1
    return at - pack_bytes(pack)


cdef Py_ssize_t pack_find(const Pack *pack, Py_ssize_t at, const Item *item, int stride) noexcept:
    """The first position from `at` on, in steps of `stride` items, of this value; or -1."""
    cdef unsigned char head[LARGEST_HEAD]
    cdef size_t head_length, text_length, span
    cdef const unsigned char *here
    cdef const unsigned char *end
    cdef unsigned char first, last = 0
    cdef int skipped
    if pack == NULL or (item.kind == BYTES and item.length > MOST_BYTES):
        return -1
    head_length = write_head(head, item)
    text_length = item.length if item.kind == BYTES else 0
    if text_length:
        last = item.text[text_length - 1]
    first = head[0]
    here = pack_bytes(pack) + at
    end = pack_bytes(pack) + pack.used
    while here < end:
        if (here[0] == first and (head_length == 1 or memcmp(here, head, head_length) == 0)
                # Fields often begin alike, and end differently.
                and (text_length == 0 or (here[head_length + text_length - 1] == last and memcmp(
                    here + head_length, item.text, text_length) == 0))):
            return here - pack_bytes(pack)
        skipped = 0
        while skipped < stride and here < end:
            here += item_span(here)
            skipped += 1
    return -1


cdef bint pack_equals(const Pack *pack, Py_ssize_t at, const Item *item) noexcept:
    """Whether the item at a position is this value."""
    cdef unsigned char head[LARGEST_HEAD]
    cdef size_t head_length = write_head(head, item)
    cdef const unsigned char *here = pack_bytes(pack) + at
    if item.kind == BYTES and item.length > MOST_BYTES:
        return False
    if here[0] != head[0] or memcmp(here, head, head_length) != 0:
        return False
    return (item.kind != BYTES
            or memcmp(here + head_length, item.text, item.length) == 0)


cdef object item_object(const Item *item):
    """An item as Python sees it: bytes, also for an integer, or a float for a real."""
    cdef char digits[20]
    if item.kind == BYTES:
        return PyBytes_FromStringAndSize(<const char *>item.text, <Py_ssize_t>item.length)
    if item.kind == REAL:
        return item.real
    return PyBytes_FromStringAndSize(digits, write_integer(digits, item.integer))


cdef inline unsigned char *write_block(unsigned char *to, const unsigned char *text,
                                       size_t length, const unsigned char *end) noexcept:
    """Writes "$length\\r\\ntext\\r\\n"; up to FIXED_COPY bytes behind it are overwritten too."""
    to[0] = c"$"
    if length < 10:
        to[1] = <unsigned char>(c"0" + length)
        to += 2
    elif length < 100:
        to[1] = <unsigned char>(c"0" + length // 10)
        to[2] = <unsigned char>(c"0" + length % 10)
        to += 3
    else:
        to += 1 + write_integer(<char *>to + 1, <int64_t>length)
    to[0] = c"\r"
    to[1] = c"\n"
    to += 2
    # A copy of a fixed size is but a few moves, where the text's surroundings allow it.
    if length <= FIXED_COPY and <size_t>(end - text) >= FIXED_COPY:
        memcpy(to, text, FIXED_COPY)
    else:
        memcpy(to, text, length)
    to += length
    to[0] = c"\r"
    to[1] = c"\n"
    return to + 2


cdef int append_items(Buffer out, const Pack *pack, Py_ssize_t at, Py_ssize_t *count) except -1:
    """Appends up to `count` items to a buffer as blocks, and takes their number off `count`."""
    cdef char digits[FIXED_COPY]
    cdef const unsigned char *end = <const unsigned char *>pack + pack.capacity
    cdef unsigned char *to = out.room(FIXED_COPY)
    cdef unsigned char *limit = out.block + out.capacity
    cdef Item item
    cdef Py_ssize_t size
    while count[0] > 0 and at >= 0:
        pack_read(pack, at, &item)
        if item.kind == REAL:
            raise TypeError("a real has no one spelling")
        size = BLOCK_FRAME + (<Py_ssize_t>item.length if item.kind == BYTES else 0)
        if limit - to < size + FIXED_COPY:
            to = out.room(size + FIXED_COPY)
            limit = out.block + out.capacity
        if item.kind == BYTES:
            to = write_block(to, item.text, item.length, end)
        else:
            to = write_block(to, <const unsigned char *>digits,
                             write_integer(digits, item.integer),
                             <const unsigned char *>digits + FIXED_COPY)
        out.length = to - out.block - out.start
        at = pack_next(pack, at)
        count[0] -= 1
    return 0


cdef int pack_check(const Pack *pack) except -1:
    """Asserts all invariants of a pack."""
    cdef Py_ssize_t at, count = 0
    cdef Item item, again
    cdef const unsigned char *start
    if pack == NULL:
        return 0
    start = pack_bytes(pack)
    assert pack.count <= pack.used and (pack.count > 0) == (pack.used > 0)
    assert sizeof(Pack) + pack.start + pack.used <= pack.capacity
    at = pack_first(pack)
    while at >= 0:
        count += 1
        assert item_span(start + at) == item_span_before(start + at + item_span(start + at))
        pack_read(pack, at, &item)
        assert item_size(&item) == item_span(start + at)
        if item.kind == BYTES:
            text_item(&again, item.text, item.length)
            assert again.kind == BYTES
        assert pack_equals(pack, at, &item)
        assert at + <Py_ssize_t>item_span(start + at) <= pack.used
        at = pack_next(pack, at)
    assert count == pack.count
    return 0


cdef class Packed:
    """A pack with an owner. Values are bytes, or float for reals; bytes is what comes back.

    An index counts items from 0; one that is out of range raises IndexError.
    """

    def __init__(self, values=()):
        for value in values:
            self.append(value)

    def __dealloc__(self):
        pack_free(&self.pack)

    def __len__(self):
        return pack_count(self.pack)

    def __iter__(self):
        return iter(self.values())

    def __reversed__(self):
        return iter(self.values(True))

    @property
    def used(self):
        """Bytes of all items."""
        return pack_used(self.pack)

    @property
    def held(self):
        """Bytes of the block."""
        return pack_held(self.pack)

    cpdef int append(self, object value) except -1:
        cdef Item item
        object_item(&item, value)
        return pack_append(&self.pack, &item)

    cpdef int insert(self, Py_ssize_t index, object value) except -1:
        """Puts a value before the one of an index, or at the end if that is the length."""
        cdef Item item
        object_item(&item, value)
        if index == pack_count(self.pack):
            return pack_append(&self.pack, &item)
        return pack_insert(&self.pack, self.position(index), &item)

    cpdef int replace(self, Py_ssize_t index, object value) except -1:
        cdef Item item
        object_item(&item, value)
        return pack_replace(&self.pack, self.position(index), &item)

    cpdef int remove(self, Py_ssize_t index, Py_ssize_t count=1) except -1:
        """Removes up to `count` values from an index on."""
        pack_remove(&self.pack, self.position(index), count)
        return 0

    cpdef object get(self, Py_ssize_t index):
        cdef Item item
        pack_read(self.pack, self.position(index), &item)
        return item_object(&item)

    cpdef Py_ssize_t find(self, object value, Py_ssize_t start=0, int stride=1) except -2:
        """The first index from `start` on, in steps of `stride`, of a value; -1: not there."""
        cdef Item item
        cdef Py_ssize_t at, found, index = start
        object_item(&item, value)
        if start == pack_count(self.pack):
            return -1
        at = self.position(start)
        found = pack_find(self.pack, at, &item, stride if stride > 0 else 1)
        if found < 0:
            return -1
        while at < found:
            at = pack_next(self.pack, at)
            index += 1
        return index

    def reserve(self, size_t front, size_t back):
        """Makes room before and behind the items."""
        pack_reserve(&self.pack, front, back)

    def trim(self):
        """Gives back what room there is."""
        pack_trim(&self.pack)

    def values(self, bint backwards=False):
        """All values as a list, in either direction."""
        cdef Item item
        cdef Py_ssize_t at = pack_last(self.pack) if backwards else pack_first(self.pack)
        found = []
        while at >= 0:
            pack_read(self.pack, at, &item)
            found.append(item_object(&item))
            at = pack_previous(self.pack, at) if backwards else pack_next(self.pack, at)
        return found

    def append_to(self, Buffer out):
        """Appends every text and integer to a buffer as "$length\\r\\nbytes\\r\\n"."""
        cdef Py_ssize_t count = pack_count(self.pack)
        if count:
            append_items(out, self.pack, 0, &count)

    cdef Py_ssize_t position(self, Py_ssize_t index) except -1:
        if not 0 <= index < pack_count(self.pack):
            raise IndexError(index)
        return pack_at(self.pack, index)

    def check(self):
        """Asserts all invariants."""
        pack_check(self.pack)


cdef inline int object_item(Item *item, object value) except -1:
    """The item for bytes or a float; the bytes must outlive it."""
    if isinstance(value, float):
        real_item(item, value)
    else:
        text_item(item, <const unsigned char *>PyBytes_AS_STRING(<bytes?>value),
                  PyBytes_GET_SIZE(value))
    return 0
