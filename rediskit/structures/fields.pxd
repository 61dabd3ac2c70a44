# Numbers of any width within bytes; see fields.pyx.

cimport cython
from libc.stdint cimport int64_t

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.table cimport Table

@cython.final
cdef class Operation:
    cdef readonly int action
    cdef readonly int overflow
    cdef readonly bint is_signed
    cdef readonly int width
    cdef readonly int64_t offset        # of bits
    cdef readonly int64_t value

    cdef object run(self, unsigned char *data, Py_ssize_t size, int *changed)
    cdef int64_t number_at(self, const unsigned char *data, Py_ssize_t size) noexcept
    cdef int64_t wrapped(self, int64_t number) noexcept
    cdef bint fit(self, int64_t *number) noexcept

cpdef tuple run_all(list operations, object text)
cpdef tuple run_in_entry(Table table, bytes key, list operations, Py_ssize_t size, int64_t now_ms)
