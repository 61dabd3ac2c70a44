cimport cython

from rediskit.clients.client cimport Client
from rediskit.keyspace.database cimport Database
from rediskit.keyspace.keyspace cimport Keyspace

cdef class Watching:
    cdef readonly Keyspace keyspace
    cdef readonly list keys
    cdef readonly Py_ssize_t count

    cpdef watch(self, Client client, bytes key)
    cpdef forget(self, Client client)
    cpdef fail(self, Client client)
