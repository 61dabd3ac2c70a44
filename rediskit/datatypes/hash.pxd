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

    cpdef encode_into(self, Buffer out, int protocol)
