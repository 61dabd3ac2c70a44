# Segments of a directory and the cells that refer to them; see directory.pyx for the layout.

from libc.stdint cimport uint16_t, uint32_t, uint64_t

from rediskit.structures.entry cimport Entry, entry_key, entry_key_length
from rediskit.structures.hashing cimport hash_bytes

cdef extern from *:
    """
    #define prefetch(address) __builtin_prefetch(address)
    #define POINTER ((((uint64_t)1) << 48) - 1)
    """
    void prefetch(const void *address) noexcept nogil
    const uint64_t POINTER

cdef enum:
    SEGMENT_SLOTS = 256
    MERGE_SLOTS = 96            # two neighbours of together so few become one

cdef struct Segment:
    uint16_t capacity           # slots there is room for
    uint16_t depth              # how many upper bits of the hash its entries share
    uint32_t padding            # slots follow: tag << 48 | entry, ascending by tag

cdef struct Place:              # where a hash is, or would be
    uint64_t index              # of a cell
    Segment *segment
    int count
    int position                # of the first slot with this tag or a higher one
    uint64_t tag

cdef inline Segment *cell_segment(uint64_t cell) noexcept:
    return <Segment *>(cell & POINTER)

cdef inline int cell_count(uint64_t cell) noexcept:
    return (cell >> 48) & 511

cdef inline int cell_depth(uint64_t cell) noexcept:
    return cell >> 57

cdef inline uint64_t *slots_of(Segment *segment) noexcept:
    return <uint64_t *>(segment + 1)

cdef inline Entry *slot_entry(uint64_t slot) noexcept:
    return <Entry *>(slot & POINTER)

cdef inline size_t segment_size(int capacity) noexcept:
    return sizeof(Segment) + 8 * <size_t>capacity

cdef inline int grown_capacity(int count) noexcept:
    if count < 4:
        return 4
    return (count + 8) & ~7 if count < 64 else (count + 16) & ~15

cdef inline uint64_t prefix(uint64_t hash_, int bits) noexcept:
    return (hash_ >> 1) >> (63 - bits)

cdef inline uint64_t hash_of(const Entry *entry) noexcept:
    return hash_bytes(entry_key(entry), entry_key_length(entry))

cdef inline uint64_t tag_of(uint64_t hash_, int depth) noexcept:
    return (hash_ << depth) >> 48
