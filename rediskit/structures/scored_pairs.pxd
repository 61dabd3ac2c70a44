# A pack of member, score, member, score..., ascending; the compact form of scored.pyx.

from libc.math cimport signbit
from libc.stdint cimport int64_t
from libc.string cimport memcmp

from rediskit.structures.entry cimport REAL
from rediskit.structures.packed cimport (
    Item, Pack, integer_item, item_size, pack_count, pack_insert, pack_next, pack_previous,
    pack_read, pack_reserve, pack_used, real_item, spell_item)

cdef enum:
    DIGITS = 24                 # room for the digits of an integer
    WHOLE_BITS = 53             # whole scores of so many bits are kept as integers

cdef inline Py_ssize_t next_member(const Pack *pack, Py_ssize_t at) noexcept:
    return pack_next(pack, pack_next(pack, at))

cdef inline Py_ssize_t pack_previous_end(const Pack *pack) noexcept:
    return pack_previous(pack, pack_used(pack))

cdef inline Py_ssize_t pack_last_member(const Pack *pack) noexcept:
    if pack_count(pack) == 0:
        return -1
    return pack_previous(pack, pack_previous_end(pack))

cdef inline bint is_whole(double score) noexcept:
    cdef double limit = <double>(<int64_t>1 << WHOLE_BITS)
    return (-limit <= score <= limit and <double><int64_t>score == score
            and (score != 0 or not signbit(score)))

cdef inline void score_item(Item *item, double score) noexcept:
    """A score as an item, an integer where that is the same but for the sign of zero."""
    if is_whole(score) or score == 0:
        integer_item(item, <int64_t>score)
    else:
        real_item(item, score)

cdef inline double score_at(const Pack *pack, Py_ssize_t at) noexcept:
    """The score of the member at a position."""
    cdef Item item
    pack_read(pack, pack_next(pack, at), &item)
    return item.real if item.kind == REAL else <double>item.integer

cdef inline size_t member_text(Item *member, char *digits) noexcept:
    """Sees to it that `text` of a member is its bytes; their number. `digits`: room for 20."""
    spell_item(member, digits)
    return member.length

cdef inline int compare_bytes(const unsigned char *text, size_t length,
                              const unsigned char *other, size_t other_length) noexcept:
    cdef int difference = memcmp(text, other, length if length < other_length else other_length)
    return difference if difference else (length > other_length) - (length < other_length)

cdef inline int compare_member(const Pack *pack, Py_ssize_t at, const unsigned char *key,
                               size_t length) noexcept:
    """Whether the member at a position comes before (< 0), at or after (> 0) a member."""
    cdef char digits[DIGITS]
    cdef Item item
    pack_read(pack, at, &item)
    member_text(&item, digits)
    return compare_bytes(item.text, item.length, key, length)

cdef inline bint comes_before(const Pack *pack, Py_ssize_t at, const unsigned char *key,
                              size_t length, double score) noexcept:
    """Whether the pair at a position comes before another."""
    cdef double here = score_at(pack, at)
    return here < score or (here == score and compare_member(pack, at, key, length) < 0)

cdef inline Py_ssize_t place_of(const Pack *pack, const unsigned char *key, size_t length,
                                double score) noexcept:
    """The position before which a pair belongs."""
    cdef Py_ssize_t at = pack_last_member(pack)
    if at < 0 or comes_before(pack, at, key, length, score):
        return pack_used(pack)
    at = 0
    while comes_before(pack, at, key, length, score):
        at = next_member(pack, at)
    return at

cdef inline int insert_pair(Pack **pack, Py_ssize_t at, const Item *member,
                            const Item *score) except -1:
    """Puts a pair at a position; wholly or, if there is no memory, not at all."""
    pack_reserve(pack, 0, item_size(member) + item_size(score))
    pack_insert(pack, at, score)
    pack_insert(pack, at, member)
    return 0
