"""Which elements may have been there before: what spares looking each up in a pack.

An open hash table of the upper 32 bits of hashes, twice as large as there are elements. A wrong
"may be" costs a look-up, no more, so the hash is a quick one: words, multiplied to 128 bits with
secrets and folded (as in wyhash, Wang Yi 2019).
"""

import os

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memset

from rediskit.structures.memory cimport allocate, release
from rediskit.structures.packed cimport BYTES, Item

cdef extern from *:
    """
    static inline uint64_t rediskit_fold(uint64_t left, uint64_t right)
    {
        unsigned __int128 product = (unsigned __int128)left * right;
        return (uint64_t)product ^ (uint64_t)(product >> 64);
    }
    """
    uint64_t fold "rediskit_fold"(uint64_t left, uint64_t right) noexcept nogil

cdef enum:
    SMALLEST = 64

cdef uint64_t[3] secrets
secrets[0], secrets[1], secrets[2] = (int.from_bytes(os.urandom(8), "little") | 1 for _ in range(3))


cdef inline uint64_t hash_of(const unsigned char *text, size_t length) noexcept:
    cdef uint64_t hash_ = secrets[2] ^ length, word = 0
    cdef uint32_t first, last
    if length >= 8:
        # The last word may overlap the one before.
        while length > 8:
            memcpy(&word, text, 8)
            hash_ = fold(hash_ ^ word, secrets[1])
            text += 8
            length -= 8
        memcpy(&word, text + length - 8, 8)
    elif length >= 4:
        memcpy(&first, text, 4)
        memcpy(&last, text + length - 4, 4)
        word = <uint64_t>first << 32 | last
    elif length:
        word = <uint64_t>text[0] << 16 | text[length >> 1] << 8 | text[length - 1]
    return fold(hash_ ^ word, secrets[0])


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
            hash_ = hash_of(item.text, item.length)
        else:
            hash_ = fold(<uint64_t>item.integer ^ secrets[0], secrets[1])
        mark = <uint32_t>(hash_ >> 32) | 1
        place = <size_t>hash_ & (self.capacity - 1)
        while self.slots[place]:
            if self.slots[place] == mark:
                return True
            place = (place + 1) & (self.capacity - 1)
        self.slots[place] = mark
        return False
