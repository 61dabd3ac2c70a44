cimport cython

from rediskit.clients.client cimport Client
from rediskit.commands.element_deadlines cimport Elements, Request, is_met, read_request
from rediskit.commands.hashes cimport edit_hash, put
from rediskit.datatypes.hash cimport Hash
from rediskit.keyspace.database cimport Database

cdef Elements FIELDS

@cython.locals(index=Py_ssize_t, database=Database)
cdef store_fields(Client client, bytes key, Hash fields, Request request, tuple words)
