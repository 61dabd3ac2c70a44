cdef class OutputLimit:
    cdef public Py_ssize_t hard_bytes
    cdef public Py_ssize_t soft_bytes
    cdef public long long soft_seconds
