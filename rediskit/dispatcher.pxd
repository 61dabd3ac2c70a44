cimport cython

from rediskit.clients.client cimport Client
from rediskit.grammar.command cimport Command, Wait, find_command
from rediskit.gates cimport flags_of, permission_at_exec, refusal
from rediskit.keyspace.keyspace cimport Keyspace
from rediskit.clients.monitoring cimport monitor_line
from rediskit.structures.native cimport call, monotonic_us, quick_us
from rediskit.clients.tracking cimport Tracker, Tracking
from rediskit.clients.waiting cimport Waiting
from rediskit.clients.watching cimport Watching

cdef unsigned long long _WRITE, _MAY_REPLICATE, _RUNS_QUEUE, _UNQUEUED
cdef unsigned long long _NOT_MONITORED
cdef int _REPLICA, _RESTRICTED, _UNTOUCHING, _TRACKING, _WATCHED, _GATED, _CALLS_WATCHED

cdef class Dispatcher:
    cdef public object server
    cdef public Keyspace keyspace
    cdef public Waiting waiting
    cdef readonly Watching watching
    cdef public int gates
    cdef public bint paused
    cdef public bint pauses_only_writes
    cdef public long long paused_until_ms
    cdef public dict postponed
    cdef public long long now_us
    cdef public long long commands_processed
    cdef public long long error_replies
    cdef public dict errors
    cdef public Command current
    cdef object refused
    cdef bint in_transaction
    cdef list values                # that EXEC gives a program
    cdef public long long slow_us
    cdef readonly list monitors
    cdef readonly Tracking tracking
    cdef object before_call

    cpdef begin(self)
    @cython.locals(command=Command)
    cpdef request(self, Client client, list arguments)
    cpdef execute(self, Client client, list arguments)
    @cython.locals(command=Command)
    cdef Command look_up(self, Client client, list arguments)
    @cython.locals(dirty="long long")
    cdef run(self, Client client, Command command, list arguments)
    cdef refuse(self, Client client, Command command, list arguments, reason)
    @cython.locals(tracking=Tracking, tracker=Tracker)
    cdef run_watched(self, Client client, Command command, list arguments)
    @cython.locals(monitor=Client)
    cdef show(self, Client client, Command command, list arguments)
    cdef propagate(self, Client client, list arguments, bint has_changed)
    cdef run_queued(self, Client client, list arguments)
    @cython.locals(start_us="long long")
    cdef count_call(self, Client client, Command command, list arguments)
    cdef count(self, Client client, Command command, list arguments, long long microseconds)
    cdef finish_run(self, Client client, Command command, list arguments, long long dirty)
    cdef bint is_paused_for(self, Client client, Command command)
