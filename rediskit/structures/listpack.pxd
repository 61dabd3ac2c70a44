# Whether a list is one listpack or several chunks; see listpack.pyx.

from rediskit.structures.sequence cimport Sequence

cpdef Py_ssize_t listpack_bytes(Sequence sequence) noexcept
cpdef bint is_whole(Sequence sequence) noexcept
cpdef int make_whole(Sequence sequence) except -1
cpdef int make_chunks(Sequence sequence, long long limit) except -1
cpdef int make_room(Sequence sequence, Py_ssize_t size, Py_ssize_t count,
                    long long limit) except -1
cpdef int rejoin(Sequence sequence, long long limit, bint has_shrunk) except -1
