cimport cython

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.listpack cimport (
    is_whole, make_chunks, make_room, make_whole, rejoin)
from rediskit.structures.sequence cimport Sequence

cdef int ARRAY


cdef class List(Sequence):
    @cython.locals(size=Py_ssize_t, element=bytes)
    cpdef expect(self, tuple elements, long long limit)
    cpdef expect_one(self, bytes element, long long limit)
    cpdef shrunk(self, long long limit)
    @cython.locals(length=Py_ssize_t, start=Py_ssize_t)
    cpdef list pop_many(self, Py_ssize_t count, bint left)
    @cython.locals(element=bytes)
    cpdef extend(self, object elements, long long limit)
    cpdef push_end(self, bytes element, bint left)
    cpdef bytes pop_end(self, bint left)
    cpdef ListRange range(self, Py_ssize_t start, Py_ssize_t past)


@cython.final
cdef class ListRange:
    cdef readonly List elements
    cdef readonly Py_ssize_t start
    cdef readonly Py_ssize_t count

    cpdef encode_into(self, Buffer out, int protocol)
