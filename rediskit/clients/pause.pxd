cdef class Pause:
    cdef object _keyspace
    cdef object _loop
    cdef readonly bint is_on
    cdef readonly bint only_writes
    cdef readonly long long until_ms
    cdef readonly dict postponed
    cdef readonly dict released
