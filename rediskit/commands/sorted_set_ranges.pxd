# The hot paths of the range commands; see sorted_set_ranges.py.

cimport cython

from rediskit.clients.client cimport Client
from rediskit.datatypes.sorted_set cimport SortedSet

cdef int BY_RANK, BY_SCORE, BY_LEX

cdef class Range:
    cdef readonly int kind
    cdef readonly bint backwards
    cdef readonly object limit
    cdef readonly object lowest
    cdef readonly object highest

    cpdef tuple find(self, SortedSet zset)
    cdef tuple ends(self, SortedSet zset, Py_ssize_t size)

cdef Py_ssize_t lex_place(SortedSet zset, Py_ssize_t size, member, bint is_open,
                          bint through) except -1
@cython.locals(zset=SortedSet)
cdef object members_in(Client client, bytes key, Range wanted, bint with_scores)
@cython.locals(zset=SortedSet)
cdef object count_in(Client client, bytes key, Range wanted)
