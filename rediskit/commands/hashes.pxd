cimport cython

from rediskit.clients.client cimport Client
from rediskit.keyspace.database cimport Database
from rediskit.datatypes.hash cimport Hash
from rediskit.datatypes.limits cimport Limits


cpdef Hash read_hash(Database database, bytes key)
cpdef Hash edit_hash(Database database, bytes key)
cdef Hash without_due(Database database, bytes key, Hash fields)
cdef Hash put_number(Database database, bytes key, Hash known, bytes field, bytes number)
@cython.locals(limits=Limits)
cpdef bint put(Database database, Hash fields, bytes field, bytes value,
               bint keeps_deadline=*) except -1
@cython.locals(known=Hash, fields=Hash)
cdef Py_ssize_t put_pairs(Database database, bytes key, tuple pairs) except -1
