from rediskit.clients.client cimport Client
from rediskit.keyspace.database cimport Database
from rediskit.datatypes.set cimport Set

cpdef Set read_set(Database database, bytes key)
cpdef Set edit_set(Database database, bytes key)
cdef Set without_due(Database database, bytes key, Set container)
