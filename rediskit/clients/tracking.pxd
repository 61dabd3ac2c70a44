cimport cython

from rediskit.clients.client cimport Client
from rediskit.grammar.command cimport Command
from rediskit.keyspace.keyspace cimport Keyspace
from rediskit.protocol.replies cimport push_of
from rediskit.structures.table cimport Table


cdef class Tracker:
    cdef public long long redirect
    cdef public bint broadcasts
    cdef public set prefixes
    cdef public bint opts_in
    cdef public bint opts_out
    cdef public bint skips_own
    cdef public bint caching
    cdef public bint is_broken

    cpdef bint remembers(self)
    @cython.locals(container=Command)
    cpdef end_request(self, Client client, Command command)


cdef class Broadcast:
    cdef public dict clients
    cdef public dict changed


cdef class Invalidation:
    cdef list keys
    cdef bytes old
    cdef bytes new

    cdef bytes message(self, int protocol)


cdef class Tracking:
    cdef readonly Keyspace keyspace
    cdef readonly dict clients
    cdef public Py_ssize_t most_keys
    cdef readonly object calls
    cdef readonly dict trackers
    cdef readonly Table readers
    cdef readonly Py_ssize_t total_items
    cdef readonly dict broadcasts
    cdef list lengths
    cdef long long flushes

    cpdef observe(self, database, bytes key, str event)
    cpdef remember(self, Client client, Command command, list arguments)
    cdef remember_key(self, bytes key, long long number)
    @cython.locals(client=Client, tracker=Tracker)
    cpdef invalidate(self, bytes key, Client writer)
    @cython.locals(length=Py_ssize_t, broadcast=Broadcast)
    cdef note(self, bytes key, Client writer)
    @cython.locals(broadcast=Broadcast, changed=dict, client=Client, tracker=Tracker)
    cpdef broadcast(self)
    @cython.locals(tracker=Tracker, target=Client)
    cpdef send(self, Client client, Invalidation invalidation)
