cdef enum:
    EXACT = 64
    HALF = 32
    LARGEST = 1048575
    BUCKETS = 512


cdef class Histogram:
    cdef long long[BUCKETS] counts
    cdef readonly long long total

    cpdef object record(self, long long microseconds)
    cpdef double percentile(self, double percent) except -1
    cpdef list cumulative(self)


cpdef long long largest_of(int bucket) noexcept
cpdef long long bound_of(int step) noexcept
