from rediskit.structures.buffer cimport Buffer
from rediskit.structures.native cimport receive, send


cdef class Transport:
    cdef readonly bint established
    cdef readonly bint ended

    cpdef int shake_hands(self, int fd) except -1
    cpdef receive(self, int fd, Py_ssize_t limit)
    cpdef Py_ssize_t send(self, int fd, Buffer output) except -1
    cpdef tidy(self)
    cpdef close(self, int fd)
