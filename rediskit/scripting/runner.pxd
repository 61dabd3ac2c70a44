cimport cython

from rediskit.clients.client cimport Client
from rediskit.clock cimport Clock
from rediskit.dispatcher cimport Dispatcher
from rediskit.gates cimport Gates
from rediskit.grammar.command cimport Command
from rediskit.grammar.command_table cimport CommandTable
from rediskit.keyspace.keyspace cimport Keyspace
from rediskit.scripting.host cimport Host

cdef unsigned long long _NOSCRIPT, _WRITE, _MAY_REPLICATE, _DENYOOM
cdef int _RESTRICTED, _TRACKING, _UNTOUCHING, _READ_ONLY, _ALLOW_OOM, _CALLERS_GATES
cdef int _MEMORY_LIMITED, _SAVE_FAILED

cdef class Runner(Host):
    cdef readonly Client client
    cdef readonly Client caller
    cdef Dispatcher dispatcher
    cdef Keyspace keyspace
    cdef CommandTable commands
    cdef Gates gates
    cdef object loop
    cdef object eviction
    cdef object network
    cdef object log_file
    cdef Clock clock
    cdef object was_signalled
    cdef readonly object script
    cdef public object registered
    cdef public bint is_killed
    cdef public bint allows_all
    cdef readonly bint has_written
    cdef readonly bint is_slow
    cdef readonly long long started_ms
    cdef int flags
    cdef int targets
    cdef bint is_out_of_memory

    cpdef begin(self, Client caller, script, int flags, bint is_read_only)
    cpdef end(self)
    @cython.locals(command=Command)
    cpdef object call(self, list words)
    cdef object run(self, Command command, list words)
    cdef check_write(self, Command command)
    cdef check_memory(self, Command command)
    cdef refuse(self, Command command, reason)
