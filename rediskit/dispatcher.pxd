cimport cython

from rediskit.client cimport Client
from rediskit.command cimport Command, Wait, find_command
from rediskit.keyspace cimport Keyspace
from rediskit.structures.native cimport call, monotonic_us

cdef int _READ, _WRITE, _NO_AUTH, _MAY_REPLICATE, _DENYOOM

cdef class Dispatcher:
    cdef public object server
    cdef public Keyspace keyspace
    cdef public object waiting
    cdef public bint paused
    cdef public bint pauses_only_writes
    cdef public long long paused_until_ms
    cdef public list postponed
    cdef public list feeds
    cdef public long long commands_processed
    cdef public long long error_replies
    cdef public dict errors
    cdef public Command current

    @cython.locals(command=Command)
    cpdef request(self, Client client, list arguments)
    cpdef execute(self, Client client, list arguments)
    @cython.locals(command=Command)
    cdef Command look_up(self, Client client, list arguments)
    @cython.locals(start_us="long long", dirty="long long")
    cdef run(self, Client client, Command command, list arguments)
    cdef object refusal(self, Client client, Command command, list arguments)
    cdef bint is_paused_for(self, Client client, Command command)
