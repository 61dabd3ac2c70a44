"""Whether a list is one listpack or several chunks: Redis' rules for the encodings of a list.

A small list is kept in one pack ("whole"), whatever `fill` says, until as a Redis listpack it would
exceed its limit; from then on it is a sequence of chunks, until it has shrunk to half the limit.
The limit is that of list-max-listpack-size: > 0: elements, and 8 KB; -1 to -5: 4, 8 .. 64 KB.

A listpack has 7 bytes of frame; an item is its head, its text or integer, and its size once
more, in as many groups of 7 bits as that needs. Source: the listpack specification of Redis.
"""

from libc.stdint cimport INT64_MAX

from rediskit.structures.packed cimport BYTES, Item, Pack, pack_read, pack_used
from rediskit.structures.sequence cimport Place, Sequence

cdef enum:
    WHOLE = -6                  # a fill of Sequence that lets a chunk grow to 64 KB
    LARGEST_FILL = 32767
    FRAME = 7
    MOST_BEYOND = 3             # bytes that an item takes in a listpack beyond those in a pack
    LARGEST_COUNTED = 8192      # bytes of a list whose limit is a number of elements
    SMALLEST_LIMIT = 4096
    SHORT_TEXT = 64
    MEDIUM_TEXT = 4096


cdef inline Py_ssize_t text_size(Py_ssize_t length) noexcept:
    """Bytes of head and text."""
    if length < SHORT_TEXT:
        return 1 + length
    return (2 if length < MEDIUM_TEXT else 5) + length


cdef inline Py_ssize_t integer_size(long long value) noexcept:
    """Bytes of head and integer, of 7, 13, 16, 24, 32 or 64 bits."""
    if 0 <= value <= 127:
        return 1
    if -(1 << 12) <= value < 1 << 12:
        return 2
    if -(1 << 15) <= value < 1 << 15:
        return 3
    if -(1 << 23) <= value < 1 << 23:
        return 4
    if -(<long long>1 << 31) <= value < <long long>1 << 31:
        return 5
    return 9


cdef inline Py_ssize_t with_trailer(Py_ssize_t size) noexcept:
    """Bytes with those that tell the size."""
    cdef Py_ssize_t rest = size >> 7, trailer = 1
    while rest:
        rest >>= 7
        trailer += 1
    return size + trailer


cpdef Py_ssize_t listpack_bytes(Sequence sequence) noexcept:
    """Bytes of a sequence's items as a listpack."""
    cdef Place place
    cdef Item item
    cdef Py_ssize_t total = FRAME
    if not sequence.seek(0, &place):
        return total
    while True:
        pack_read(place.pack, place.at, &item)
        if item.kind == BYTES:
            total += with_trailer(text_size(<Py_ssize_t>item.length))
        else:
            total += with_trailer(integer_size(item.integer))
        if not sequence.step(&place, False):
            return total


cdef bint exceeds(Sequence sequence, Py_ssize_t more, Py_ssize_t most) noexcept:
    """Whether it takes more than `most` bytes together with `more`; looks closely if it must."""
    cdef Py_ssize_t used = FRAME + more
    if sequence.tree.height == 0:
        used += pack_used(<Pack *>sequence.tree.root)
        if used + MOST_BEYOND * sequence.tree.length <= most:
            return False
    return listpack_bytes(sequence) + more > most


cdef inline Py_ssize_t limit_bytes(long long limit) noexcept:
    if limit >= 0:
        return LARGEST_COUNTED
    return <Py_ssize_t>SMALLEST_LIMIT << (-limit - 1 if limit >= -5 else 4)


cdef inline Py_ssize_t limit_count(long long limit) noexcept:
    if limit < 0:
        return INT64_MAX
    return limit if limit else 1


cpdef bint is_whole(Sequence sequence) noexcept:
    """Whether it is kept in one pack."""
    return sequence.tree.fill == WHOLE


cpdef int make_whole(Sequence sequence) except -1:
    """Keeps it, while it is empty or one chunk, in one pack."""
    sequence.tree.fill = WHOLE
    return 0


cpdef int make_chunks(Sequence sequence, long long limit) except -1:
    """Makes chunks of it, of up to the limit."""
    sequence.tree.fill = <short>min(max(limit, -5), LARGEST_FILL)
    return 0


cpdef int make_room(Sequence sequence, Py_ssize_t size, Py_ssize_t count,
                    long long limit) except -1:
    """Makes chunks of what will exceed the limit with `count` more elements of `size` bytes."""
    if sequence.tree.fill != WHOLE:
        return 0
    if (sequence.tree.length + count > limit_count(limit)
            or exceeds(sequence, size, limit_bytes(limit))):
        make_chunks(sequence, limit)
    return 0


cpdef int rejoin(Sequence sequence, long long limit, bint has_shrunk) except -1:
    """Makes a single chunk whole that is within the limit, or half of it if it has shrunk."""
    cdef Py_ssize_t divisor = 2 if has_shrunk else 1, used
    if sequence.tree.fill == WHOLE or sequence.tree.height:
        return 0
    if sequence.tree.length > limit_count(limit) // divisor:
        return 0
    if limit < 0:
        used = pack_used(<Pack *>sequence.tree.root)
        # An item takes up to 2 bytes less in a listpack than here.
        if used - 2 * sequence.tree.length + FRAME > limit_bytes(limit) // divisor:
            return 0
        if listpack_bytes(sequence) > limit_bytes(limit) // divisor:
            return 0
    sequence.tree.fill = WHOLE
    return 0
