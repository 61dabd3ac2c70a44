from rediskit.keyspace.database cimport Database

cpdef bint store_edited(Database database, bytes key, bytes value, long long deadline) except -1
cpdef Py_ssize_t append(Database database, bytes key, bytes data) except -1
cpdef Py_ssize_t write_at(Database database, bytes key, Py_ssize_t offset, bytes data) except -1
cpdef object increment(Database database, bytes key, long long delta)
