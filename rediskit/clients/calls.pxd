cimport cython

from rediskit.clients.client cimport Client

@cython.final
cdef class Call:
    cdef public Client client
    cdef public object command
    cdef public list arguments
    cdef public list rewritten
    cdef public long long start_us
    cdef readonly Call outer
