cimport cython

from rediskit.clients.client cimport Client
from rediskit.grammar.command cimport Command

cdef unsigned long long _NOT_SHOWN


cdef class Monitors:
    cdef readonly object clock
    cdef readonly list clients

    @cython.locals(monitor=Client)
    cpdef announce(self, Client client, list arguments)
    cpdef show(self, Client client, Command command, list arguments)


cdef class SlowCalls:
    cdef object _slowlog
    cdef object _latency
    cdef readonly long long limit_us


cpdef bytes monitor_line(Client client, list arguments, long long now_us)
