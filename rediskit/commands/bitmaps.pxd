cimport cython
from libc.stdint cimport int64_t

from rediskit.clients.client cimport Client
from rediskit.keyspace.database cimport Database
from rediskit.datatypes.string cimport String, content_of
from rediskit.structures.bits cimport (
    count_ones, entry_bit, find_bit, get_bit, read_offset, set_bit, set_entry_bit)
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.fields cimport Operation, run_all, run_in_entry

cdef int64_t ALWAYS_ALLOWED

cdef int64_t bit_offset(Client client, bytes text) except -1
@cython.locals(database=Database, old=int, bits=Bits)
cdef object change_bit(Client client, bytes key, int64_t position, bint bit)
@cython.locals(database=Database, bit=int)
cdef object bit_at(Client client, bytes key, int64_t position)

@cython.locals(position=Py_ssize_t, count=Py_ssize_t, left=Py_ssize_t, word=bytes, operations=list)
cdef list read_operations(Client client, tuple words)
cdef object field_offset(Client client, bytes text, object width)
@cython.locals(size=Py_ssize_t, operation=Operation)
cdef Py_ssize_t written_size(list operations) except -1
@cython.locals(database=Database)
cdef list read_fields(Client client, bytes key, list operations)
@cython.locals(database=Database, bits=Bits)
cdef list change_fields(Client client, bytes key, list operations, Py_ssize_t size)

cdef class Bits:
    cdef Database database
    cdef bytes key
    cdef readonly Buffer buffer
    cdef readonly bint grew
    cdef bint is_short
    cdef long long deadline

    cpdef save(self)
