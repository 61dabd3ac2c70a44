cimport cython

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.group cimport Group
from rediskit.structures.stream cimport Entries

cdef int ARRAY


cdef class Stream(Entries):
    @cython.locals(group=Group)
    cpdef bint is_referenced(self, tuple pair) except -1
    @cython.locals(group=Group)
    cpdef int forget(self, tuple first, tuple last) except -1


@cython.final
cdef class StreamRange:
    cdef readonly Stream stream
    cdef readonly tuple first
    cdef readonly tuple last
    cdef readonly Py_ssize_t count
    cdef readonly bint backwards

    cpdef encode_into(self, Buffer out, int protocol)


@cython.final
cdef class StreamPicks:
    cdef readonly Stream stream
    cdef readonly list picks

    cpdef encode_into(self, Buffer out, int protocol)
