cimport cython

from rediskit.clients.calls cimport Call
from rediskit.clients.client cimport Client
from rediskit.clients.monitoring cimport Monitors, SlowCalls
from rediskit.clients.pause cimport Pause
from rediskit.clients.tracking cimport Tracker, Tracking
from rediskit.clients.waiting cimport Waiting
from rediskit.clients.watching cimport Watching
from rediskit.gates cimport Gates, flags_of
from rediskit.grammar.command cimport Command, Wait
from rediskit.grammar.command_table cimport CommandTable
from rediskit.keyspace.changes cimport Changes
from rediskit.keyspace.keyspace cimport Keyspace
from rediskit.structures.native cimport call as call_function
from rediskit.structures.native cimport monotonic_us, quick_us
from rediskit.structures.table cimport Table

cdef unsigned long long _RUNS_QUEUE, _UNQUEUED
cdef int _RESTRICTED, _UNTOUCHING, _TRACKING, _WATCHED, _GATED, _CALLS_WATCHED

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


cdef class Dispatcher:
    cdef readonly CommandTable commands
    cdef readonly Keyspace keyspace
    cdef readonly Changes changes
    cdef object subscriptions
    cdef readonly SlowCalls slow_calls
    cdef object log
    cdef readonly Gates gates
    cdef readonly Calls calls
    cdef readonly Waiting waiting
    cdef readonly Watching watching
    cdef readonly Pause pause
    cdef readonly Monitors monitors
    cdef readonly Tracking tracking
    cdef public long long now_us
    cdef public long long commands_processed
    cdef public long long error_replies
    cdef public dict errors
    cdef object refused
    cdef object before_call

    cpdef begin(self)
    @cython.locals(table=Table, first=list, second=list)
    cpdef prepare(self, Client client, list requests)
    @cython.locals(command=Command)
    cpdef request(self, Client client, list arguments)
    cpdef execute(self, Client client, list arguments)
    @cython.locals(command=Command)
    cdef Command look_up(self, Client client, list arguments)
    @cython.locals(dirty="long long", call=Call)
    cdef run(self, Client client, Command command, list arguments)
    cdef finish(self, Call call, Client client, long long dirty)
    cdef refuse(self, Client client, Command command, list arguments, reason)
    @cython.locals(tracker=Tracker)
    cdef run_watched(self, Client client, Command command, list arguments)
    @cython.locals(client=Client)
    cdef propagate(self, Call call, bint has_changed)
    @cython.locals(command=Command)
    cdef run_queued(self, Client client, list arguments)
    cdef count_call(self, Client client, Command command, list arguments, long long start_us)
    cdef count(self, Client client, Command command, list arguments, long long microseconds)
    cpdef serve_pending(self)
