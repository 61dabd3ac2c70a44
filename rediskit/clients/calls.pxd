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


@cython.final
cdef class Calls:
    cdef readonly Py_ssize_t depth
    cdef Call first
    cdef list inner                 # the records of calls within calls, by their depths

    @cython.locals(call=Call)
    cdef Call enter(self, Client client, command, list arguments, long long start_us)
    cdef Call _inner_record(self)
    @cython.locals(outer=Call)
    cdef leave(self, Call call, Client client)
