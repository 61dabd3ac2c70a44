# The registers of HyperLogLogs; see registers.pyx.

cimport cython
from libc.stdint cimport int64_t, uint64_t

from rediskit.structures.bits cimport Span
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.runs cimport REGISTERS
from rediskit.structures.table cimport Table

@cython.final
cdef class Registers:
    cdef unsigned char[REGISTERS] values

    cpdef int unite(self, object text) except -1
    cdef int unite_runs(self, const Span *span) except -1
    cdef inline void raise_run(self, int first, unsigned char run) noexcept
    cpdef int64_t estimate(self)

cpdef bytes new_sketch()
cpdef bint is_sketch(object text) except -1
cpdef bint is_dense(object text) except -1
cpdef int64_t cached_estimate(object text) except? -1
cpdef int64_t estimate(object text) except? -1
cpdef bint add(Buffer sketch, bytes element, Py_ssize_t limit) except -1
cpdef int add_all(object sketch, tuple elements) except -2
cpdef int add_to_entry(Table table, bytes key, tuple elements, Py_ssize_t limit,
                       int64_t now_ms) except -2
cpdef int64_t cached_in_entry(Table table, bytes key, int64_t now_ms) noexcept
cpdef int64_t estimate_in_entry(Table table, bytes key, int64_t now_ms) except? -1
cpdef int64_t estimate_in_place(Buffer sketch) except? -1
cpdef int raise_to(Buffer sketch, Registers registers, Py_ssize_t limit) except -1
cpdef int make_dense(Buffer sketch) except -1
cpdef int forget_estimate(Buffer sketch) except -1
