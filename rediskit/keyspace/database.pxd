from rediskit.clock cimport Clock
from rediskit.keyspace.elements cimport TimedElements
from rediskit.keyspace.keyspace cimport Keyspace
from rediskit.structures.table cimport Table

cdef class Database:
    cdef readonly int number
    cdef public Table table
    cdef readonly TimedElements elements
    cdef readonly Clock clock
    cdef readonly Keyspace keyspace

    cpdef expect(self, tuple keys)
    cpdef object read_text(self, bytes key)
    cpdef object read(self, bytes key, object datatype)
    cpdef object edit(self, bytes key, object datatype)
    cpdef object read_value(self, bytes key)
    cpdef object edit_text(self, bytes key)
    cpdef bint peek_key(self, bytes key) except -1
    cpdef bint view_key(self, bytes key) except -1
    cpdef bint store(self, bytes key, object value, long long deadline=*) except -1
    cpdef overwritten(self, bytes key, object value)
    cpdef add(self, bytes key, object container)
    cpdef bint delete(self, bytes key) except -1
    cpdef object changed(self, bytes key, str event, Py_ssize_t count=*, object container=*,
                         object elements=*)
    cpdef object missed(self, bytes key, bint tells=*)
    cpdef bint noted(self, bytes key, bint is_new) except -1
    cpdef bint expire_if_due(self, bytes key) except -1
    cpdef object evict(self, bytes key)
    cpdef bint remove(self, bytes key, bint lazily) except -1
    cpdef bint discard(self, bytes key, bint lazily) except -1
    cdef object gone(self, bytes key, str event, bint lazily)
