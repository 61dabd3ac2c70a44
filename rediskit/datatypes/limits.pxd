cdef class Limits:
    cdef public long long hash_entries
    cdef public long long hash_value
    cdef public long long list_size
    cdef public long long set_integers
    cdef public long long set_entries
    cdef public long long set_value
    cdef public long long sorted_set_entries
    cdef public long long sorted_set_value
    cdef public long long sketch_bytes
    cdef public long long stream_bytes
    cdef public long long stream_entries
