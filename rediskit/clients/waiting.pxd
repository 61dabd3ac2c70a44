from rediskit.keyspace.keyspace cimport Keyspace

cdef class Waiting:
    cdef readonly Keyspace keyspace
    cdef readonly object loop
    cdef readonly dict queues
    cdef readonly dict ready
    cdef readonly list timed_out
    cdef readonly Py_ssize_t count
