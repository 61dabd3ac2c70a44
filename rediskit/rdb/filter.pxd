# Which elements may have been there before; see filter.pyx.

from libc.stdint cimport uint32_t

from rediskit.structures.packed cimport Item

cdef class Filter:
    cdef uint32_t *slots
    cdef size_t capacity

    cdef int begin(self, size_t count) except -1
    cdef bint may_repeat(self, const Item *item) noexcept
