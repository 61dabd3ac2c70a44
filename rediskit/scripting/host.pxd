# What an interpreter needs of who owns it; see host.pyx.

cdef class Host:
    cdef public bint has_counted
    cdef public bint speaks_3

    cpdef object call(self, list words)
    cpdef object permits(self, list words)
    cpdef object log(self, int level, bytes message)
    cpdef object replicate(self, int targets)
    cpdef object register(self, bytes name, int function, list flags, bytes description)
    cpdef bint is_to_stop(self) except -1
