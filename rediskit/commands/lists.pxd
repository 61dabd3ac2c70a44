cimport cython

from rediskit.clients.client cimport Client
from rediskit.keyspace.database cimport Database
from rediskit.datatypes.list cimport List


@cython.locals(database=Database)
cpdef removed(Client client, bytes key, List items, bint left, Py_ssize_t count)
cdef list pop_many(Client client, bytes key, List items, Py_ssize_t most, bint left)
@cython.locals(database=Database, items=List, known=List, target=List)
cdef move(Client client, bytes source, bytes destination, bint from_left, bint to_left)
