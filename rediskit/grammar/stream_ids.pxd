from rediskit.structures.ids cimport following, parse_id, preceding

cpdef tuple stream_id(bytes text, unsigned long long missing_seq=*)
cpdef tuple open_id(bytes text, unsigned long long missing_seq=*)
cpdef tuple lower_bound(bytes text)
cpdef tuple upper_bound(bytes text)
cdef tuple bound(bytes text, unsigned long long missing_seq)
