cimport cython

from rediskit.grammar.arguments cimport Options, deadline_ms, integer
from rediskit.clients.client cimport Client
from rediskit.keyspace.database cimport Database

cdef set COMPARISONS
cdef Options SET_OPTIONS, GETEX_OPTIONS, LCS_OPTIONS

@cython.locals(database=Database, deadline="long long", old=object)
cdef set_with_options(Client client, bytes key, bytes value, dict options)
cdef bint store_compared(Client client, bytes key, bytes value, long long deadline,
                         dict options) except -1
@cython.locals(database=Database)
cdef store_with_deadline(Client client, bytes key, bytes value, long long deadline)
@cython.locals(now_ms="long long")
cpdef long long deadline_of(Client client, dict options, bytes name) except? -1
@cython.locals(database=Database, index=Py_ssize_t, key=bytes)
cpdef store_pairs(Client client, tuple pairs, long long deadline=*)
