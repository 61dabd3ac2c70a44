# A set of integers as a sorted array; see intset.pyx for how it works.

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint16_t, uint32_t
from libc.string cimport memcpy

cdef extern from *:
    """
    /* Blocks are aligned to 2 bytes only. */
    typedef struct __attribute__((packed, aligned(2))) {
        uint32_t count, capacity;
        uint16_t width;
    } rediskit_integers;
    """
    ctypedef struct Integers "rediskit_integers":
        uint32_t count          # of integers
        uint32_t capacity       # bytes of the block, with this header
        uint16_t width          # bytes of each integer: 1, 2, 4 or 8

cdef inline Py_ssize_t integers_count(const Integers *integers) noexcept nogil:
    return integers.count if integers != NULL else 0

cdef inline Py_ssize_t integers_held(const Integers *integers) noexcept nogil:
    return integers.capacity if integers != NULL else 0

cdef inline int64_t integers_at(const Integers *integers, Py_ssize_t index) noexcept nogil:
    # The integer of an index, 0 <= index < count, in ascending order.
    cdef const char *at = <const char *>integers + sizeof(Integers) + index * integers.width
    cdef int16_t two
    cdef int32_t four
    cdef int64_t eight
    if integers.width == 1:
        return <int8_t>at[0]
    if integers.width == 2:
        memcpy(&two, at, 2)
        return two
    if integers.width == 4:
        memcpy(&four, at, 4)
        return four
    memcpy(&eight, at, 8)
    return eight

# A NULL set is an empty one; what empties it releases it and leaves NULL.
cdef bint integers_find(const Integers *integers, int64_t value, Py_ssize_t *index) noexcept
cdef bint integers_add(Integers **integers, int64_t value) except -1
cdef bint integers_remove(Integers **integers, int64_t value) noexcept
cdef void integers_free(Integers **integers) noexcept
cdef int integers_check(const Integers *integers) except -1

cdef class IntegerSet:
    cdef Integers *integers

    cpdef bint add(self, int64_t value) except -1
    cpdef bint remove(self, int64_t value) noexcept
    cpdef bint contains(self, int64_t value) noexcept
    cpdef int64_t at(self, Py_ssize_t index) except? -1
