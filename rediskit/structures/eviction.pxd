# The best candidates for eviction; see eviction.pyx.

from libc.stdint cimport uint32_t, uint64_t

from rediskit.structures.entry cimport Entry
from rediskit.structures.table cimport Table

cdef enum:
    POOL_SIZE = 16

cdef struct Candidate:
    uint64_t hash
    Py_ssize_t table            # its index among the tables that are chosen from
    uint32_t access
    uint32_t score

cdef class EvictionPool:
    cdef Candidate[POOL_SIZE] candidates        # ascending by score
    cdef int count
    cdef int choices_left                       # until entries are looked at again

    cpdef object choose(self, list tables, int samples, bint only_with_deadline)
    cdef bint sample_all(self, list tables, int samples, bint only_with_deadline) noexcept
    cdef void sample(self, Table table, Py_ssize_t index, int samples,
                     bint only_with_deadline) noexcept
    cdef void offer(self, Table table, Py_ssize_t index, const Entry *entry) noexcept

cpdef object random_key(Table table, bint only_with_deadline)
cpdef object first_to_expire(list tables)
