cimport cython

from rediskit.structures.native cimport wall_us


cdef class Clock:
    cdef public long long now_us
    cdef public long long now_ms
    cdef public long long seconds
    cdef public long long tended_us
    cdef public bint is_frozen
    cdef object source

    cpdef long long exact_us(self) except -1
    @cython.locals(now_us="long long")
    cpdef bint tick(self) except -1
