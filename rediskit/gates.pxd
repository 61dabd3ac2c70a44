cimport cython

from rediskit.clients.client cimport Client
from rediskit.grammar.command cimport Command
from rediskit.keyspace.eviction cimport Eviction

cdef tuple GATES
cdef unsigned long long _TOUCHING
cdef int _FAILED
cdef int _RESTRICTED

cpdef unsigned long long flags_of(Client client, Command command)
cpdef object authentication(Client client, Command command, list arguments)
cpdef object transaction(Client client, Command command, list arguments)
cpdef object subscription(Client client, Command command, list arguments)
cpdef object no_monitor(Client client, Command command, list arguments)
cpdef object permission(Client client, Command command, list arguments)
cpdef object permission_at_exec(Client client, Command command, list arguments)
cdef object denied(Client client, Command command, list arguments)
@cython.locals(eviction=Eviction)
cpdef object memory_limit(Client client, Command command, list arguments)
@cython.locals(bit=int)
cpdef object refusal(Client client, Command command, list arguments, int bits)
