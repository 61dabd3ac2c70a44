cdef class Clock:
    cdef public long long now_us
    cdef public long long now_ms
    cdef public long long seconds
    cdef object source

    cpdef int tick(self) except -1
