# Many new entries for a table; see loading.pyx.

from libc.stdint cimport int64_t

from rediskit.structures.entry cimport Entry
from rediskit.structures.hash_order cimport Hashed
from rediskit.structures.table cimport Table

cdef enum:
    MOST_WAITING = 32

cdef class TableLoader:
    cdef Table table
    cdef Hashed[MOST_WAITING] waiting
    cdef int count                  # of those that wait
    cdef int first_capacity         # of a segment; 0: as usual
    cdef readonly bytes repeated    # a key that was there already

    cdef int begin(self, Table table, Py_ssize_t expected) except -1
    cdef Entry *add(self, const unsigned char *key, size_t length, int kind, const void *value,
                    size_t value_length, int64_t deadline) except NULL
    cdef bint settle(self) except -1
    cdef bint enter(self, Hashed *hashed) except -1
