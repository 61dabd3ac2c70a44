# The large form of members with scores; see scored_index.pyx.

from rediskit.structures.entry cimport Entry
from rediskit.structures.ordered cimport Ordered
from rediskit.structures.table cimport Table

# The entries of the table are the items of the order.
cdef class Index:
    cdef Table table
    cdef Ordered order

    cdef Entry *insert(self, const unsigned char *key, size_t length, double score) except NULL
    cdef Entry *enter(self, const unsigned char *key, size_t length, double score,
                      bint *is_new) except NULL
    cdef int arrange(self, Entry *entry, double score) except -1
    cdef int rescore(self, Entry *entry, double score) except -1
    cdef int drop(self, Entry *entry) except -1
