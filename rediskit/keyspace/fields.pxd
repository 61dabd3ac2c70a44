cimport cython

from rediskit.structures.table cimport Table

@cython.final
cdef class TimedFields:
    cdef object database            # not a Database: that knows this class
    cdef readonly Table index

    cpdef object swap(self, TimedFields other)
    cpdef object note(self, bytes key, object fields)
    cpdef object without_due(self, bytes key, object fields)
    cpdef Py_ssize_t drop_due(self, bytes key, object fields, Py_ssize_t limit) except -1
    cpdef bint has_due(self, long long now_ms) except -1
