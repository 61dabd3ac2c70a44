cimport cython

from rediskit.structures.table cimport Table

@cython.final
cdef class TimedElements:
    cdef object database            # not a Database: that knows this class
    cdef readonly Table index

    cpdef object swap(self, TimedElements other)
    cpdef object note(self, bytes key, object container)
    cpdef object without_due(self, bytes key, object container)
    cpdef Py_ssize_t drop_due(self, bytes key, object container, Py_ssize_t limit) except -1
    cpdef count_expired(self, object container, Py_ssize_t count)
    cpdef bint has_due(self, long long now_ms) except -1
