from rediskit.structures.buffer cimport Buffer
from rediskit.structures.registers cimport Registers

cdef class HyperLogLog:
    cdef object text
    cdef readonly object content
    cdef readonly bint is_in_place

    cpdef Buffer edit(self)
    cpdef Py_ssize_t add(self, object elements, Py_ssize_t limit) except -1
    cpdef bint make_dense(self) except -1
    cpdef raise_to(self, Registers registers, Py_ssize_t limit)
    cpdef unite_into(self, Registers registers)
    cpdef object count(self)
