cimport cython

from rediskit.clients.client cimport Client

cdef class Call:
    cdef public Client client
    cdef public object command
    cdef public list arguments
    cdef public list rewritten
    cdef public long long start_us
    cdef readonly Call outer
    cdef Call inner


@cython.final
cdef class Calls:
    cdef readonly Call running
    cdef Call first

    @cython.locals(call=Call, outer=Call)
    cdef Call enter(self, Client client, command, list arguments, long long start_us)
    @cython.locals(outer=Call, client=Client)
    cdef leave(self, Call call)
    cpdef origin(self)
