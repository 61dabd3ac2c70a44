cimport cython

from rediskit.client cimport Client
from rediskit.command cimport Command
from rediskit.keyspace cimport Keyspace
from rediskit.protocol.replies cimport encode
from rediskit.structures.buffer cimport Buffer
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


cdef class Broadcast:
    cdef public dict clients
    cdef public dict changed


cdef class Invalidation:
    cdef list keys
    cdef dict messages

    cdef bytes message(self, int protocol)


cdef bytes encoded(object value, int protocol)


cdef class Tracking:
    cdef readonly Keyspace keyspace
    cdef readonly dict clients
    cdef public Py_ssize_t most_keys
    cdef public Client running
    cdef readonly dict trackers
    cdef readonly Table readers
    cdef readonly Py_ssize_t total_items
    cdef readonly dict broadcasts
    cdef list lengths
    cdef long long flushed_at

    cpdef remember(self, Client client, Command command, list arguments)
    cdef remember_key(self, bytes key, long long number)
    @cython.locals(client=Client)
    cpdef invalidate(self, bytes key, Client writer)
    @cython.locals(length=Py_ssize_t, broadcast=Broadcast)
    cdef note(self, bytes key, Client writer)
    @cython.locals(broadcast=Broadcast, changed=dict, client=Client, tracker=Tracker)
    cpdef broadcast(self)
    @cython.locals(tracker=Tracker, target=Client)
    cpdef send(self, Client client, Invalidation invalidation)
