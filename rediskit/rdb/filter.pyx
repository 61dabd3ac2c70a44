"""Which elements may have been there before: what spares looking each up in a pack.

An open hash table of the upper 32 bits of hashes, twice as large as there are elements.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memset

from rediskit.structures.hashing cimport hash_bytes
from rediskit.structures.memory cimport allocate, release
from rediskit.structures.packed cimport BYTES, Item

cdef enum:
    SMALLEST = 64


cdef class Filter:
    """Empty until begin()."""

    def __dealloc__(self):
        if self.slots != NULL:
            release(self.slots, self.capacity * sizeof(uint32_t))

    cdef int begin(self, size_t count) except -1:
        """Empties it for up to `count` elements."""
        cdef size_t capacity = SMALLEST
        while capacity < 2 * count:
            capacity *= 2
        if self.slots != NULL and capacity != self.capacity:
            release(self.slots, self.capacity * sizeof(uint32_t))
            self.slots = NULL
        if self.slots == NULL:
            self.slots = <uint32_t *>allocate(capacity * sizeof(uint32_t))
            self.capacity = capacity
        memset(self.slots, 0, capacity * sizeof(uint32_t))
        return 0

    cdef bint may_repeat(self, const Item *item) noexcept:
        """Whether an element of this hash was there before; notes this one."""
        cdef uint64_t hash_
        cdef uint32_t mark
        cdef size_t place
        if item.kind == BYTES:
            hash_ = hash_bytes(item.text, item.length)
        else:
            hash_ = hash_bytes(<const unsigned char *>&item.integer, 8)
        mark = <uint32_t>(hash_ >> 32) | 1
        place = <size_t>hash_ & (self.capacity - 1)
        while self.slots[place]:
            if self.slots[place] == mark:
                return True
            place = (place + 1) & (self.capacity - 1)
        self.slots[place] = mark
        return False
