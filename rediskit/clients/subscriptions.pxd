cimport cython

from rediskit.clients.client cimport Client
from rediskit.glob cimport matches
from rediskit.protocol.replies cimport push_of

cdef int STAR, QUESTION, OPEN, BACKSLASH


cdef class Topic:
    cdef readonly bytes subscribed
    cdef readonly bytes unsubscribed
    cdef readonly bytes message
    cdef readonly dict names


cdef class Subscriptions:
    cdef readonly Topic channels
    cdef readonly Topic patterns
    cdef readonly Topic shard_channels
    cdef readonly Py_ssize_t count

    cpdef bint has_listeners(self) except -1
    cpdef join(self, Client client, Topic topic, bytes name)
    @cython.locals(own=dict, clients=dict)
    cpdef leave(self, Client client, Topic topic, bytes name)
    cpdef end(self, Client client)
    cpdef forget(self, Client client)
    @cython.locals(count=Py_ssize_t)
    cpdef Py_ssize_t publish(self, bytes channel, bytes message) except -1
    @cython.locals(count=Py_ssize_t, first=int, begin=int, pattern=bytes, clients=dict)
    cdef Py_ssize_t publish_to_patterns(self, bytes channel, bytes message) except -1
    cpdef Py_ssize_t publish_to_shard(self, bytes channel, bytes message) except -1


@cython.locals(client=Client, old=bytes, new=bytes)
cdef Py_ssize_t deliver(dict clients, list words) except -1
