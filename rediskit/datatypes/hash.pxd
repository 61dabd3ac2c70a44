cimport cython

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.mapping cimport Mapping
from rediskit.structures.mapping_draws cimport append_draws, sample


cdef class Hash(Mapping):
    pass


@cython.final
cdef class HashColumn:
    cdef readonly Hash hash
    cdef readonly int form

    cpdef encode_into(self, Buffer out, int protocol)


@cython.final
cdef class HashPairs:
    cdef readonly Hash hash

    cpdef encode_into(self, Buffer out, int protocol)


@cython.final
cdef class HashDraws:
    cdef readonly Hash hash
    cdef readonly Py_ssize_t count
    cdef readonly bint with_values
    cdef bytes opening

    cpdef begin(self, Buffer out, int protocol)
    cpdef encode_into(self, Buffer out, int protocol)
    @cython.locals(end=Py_ssize_t, size_of_each=Py_ssize_t, drawn=Py_ssize_t)
    cpdef bint encode_more(self, Buffer out, Py_ssize_t size) except -1
