# How many entries came before another one; see stream_counts.pyx.

from rediskit.structures.ids cimport Id
from rediskit.structures.stream cimport Entries

cdef bint has_gaps(Entries entries, Id id) noexcept
cdef long long entries_before(Entries entries, Id id) noexcept
cpdef long long count_through(Entries entries, tuple pair) except? -2
cpdef object lag_of(Entries entries, tuple last, long long entries_read)
