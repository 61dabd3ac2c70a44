cimport cython

from rediskit.clients.client cimport Client
from rediskit.keyspace.database cimport Database
from rediskit.datatypes.hyperloglog cimport HyperLogLog
from rediskit.datatypes.string cimport String, content_of
from rediskit.structures.registers cimport (
    Registers, add_all, add_to_entry, cached_estimate, cached_in_entry, estimate_in_entry,
    estimate_in_place, is_sketch)

cdef long long IN_ENTRY

@cython.locals(database=Database, changed=int)
cdef int add_in_place(Client client, bytes key, tuple elements) except -2
@cython.locals(database=Database, count="long long")
cdef object count_one(Client client, bytes key)
cdef Py_ssize_t sparse_limit(Client client) except -1
@cython.locals(database=Database)
cdef int save(Client client, bytes key, HyperLogLog sketch, bint is_new) except -1
