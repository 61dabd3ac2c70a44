cimport cython

from rediskit.clients.client cimport Client
from rediskit.grammar.command cimport Command
from rediskit.keyspace.eviction cimport Eviction

cdef unsigned long long _TOUCHING
cdef int _FAILED
cdef int _RESTRICTED


cdef class Gates:
    cdef readonly int bits
    cdef Eviction _eviction
    cdef object _acl_log
    cdef public str busy_reason
    cdef tuple _gates

    cpdef close(self, int bit)
    cpdef open(self, int bit)
    @cython.locals(bit=int)
    cpdef object refusal(self, Client client, Command command, list arguments, int bits)
    cpdef object authentication(self, Client client, Command command, list arguments)
    cpdef object transaction(self, Client client, Command command, list arguments)
    cpdef object memory_limit(self, Client client, Command command, list arguments)
    cpdef object subscription(self, Client client, Command command, list arguments)
    cpdef object no_monitor(self, Client client, Command command, list arguments)
    cpdef object permission(self, Client client, Command command, list arguments)
    cpdef object permission_at_exec(self, Client client, Command command, list arguments)
    cdef object denied(self, Client client, Command command, list arguments)


cpdef unsigned long long flags_of(Client client, Command command, list arguments)
