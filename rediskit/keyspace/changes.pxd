cimport cython


@cython.final
cdef class Changes:
    cdef readonly list takers
    cdef public bint is_open
    cdef list _unit

    cpdef add(self, int number, list words)
    cpdef end(self, bint is_atomic)
