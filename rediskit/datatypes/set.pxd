cimport cython

from rediskit.datatypes.limits cimport Limits
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.gathering cimport Gathered, count_selected, gather, select_into
from rediskit.structures.members cimport Members
from rediskit.structures.timed_members cimport TimedMembers

cdef int ARRAY, SET
cdef Py_ssize_t WRITTEN_AT_ONCE
cdef dict ENCODINGS


@cython.final
cdef class Set(TimedMembers):
    cpdef prepare(self, tuple members, Limits limits)
    cpdef bint put(self, bytes member, Limits limits) except -1
    cpdef list take(self, Py_ssize_t count, Limits limits)
    cpdef unite(self, list sets, Limits limits)
    cpdef select(self, list sets, bint wanted, Limits limits)


@cython.final
cdef class MemberReply:
    cdef readonly object members
    cdef readonly bint is_set

    @cython.locals(content=list)
    cpdef encode_into(self, Buffer out, int protocol)


@cython.final
cdef class Draws:
    cdef readonly Set members
    cdef readonly Py_ssize_t count

    cpdef begin(self, Buffer out, int protocol)
    cpdef encode_into(self, Buffer out, int protocol)
    @cython.locals(end=Py_ssize_t)
    cpdef bint encode_more(self, Buffer out, Py_ssize_t size) except -1
