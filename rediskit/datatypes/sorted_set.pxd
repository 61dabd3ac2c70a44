from rediskit.protocol.numbers cimport format_float
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.scored cimport Scored

cdef int ARRAY, MEMBERS, FLAT, PAIRS

cdef class SortedSet(Scored):
    cpdef SortedSetRange range(self, Py_ssize_t start, Py_ssize_t count, bint backwards=*,
                               bint with_scores=*, bint nested=*)

cdef class SortedSetRange:
    cdef readonly SortedSet owner
    cdef readonly Py_ssize_t start
    cdef readonly Py_ssize_t count
    cdef readonly bint backwards
    cdef readonly bint with_scores
    cdef readonly bint nested

    cpdef list content(self)
    cpdef encode_into(self, Buffer out, int protocol)

cdef class RandomMembers:
    cdef readonly SortedSet owner
    cdef readonly long long count
    cdef readonly bint with_scores
    cdef readonly bint nested
    cdef int form

    cpdef begin(self, Buffer out, int protocol)
    cpdef encode_into(self, Buffer out, int protocol)
    cpdef bint encode_more(self, Buffer out, Py_ssize_t size) except -1

cpdef list pairs_of(list elements)
