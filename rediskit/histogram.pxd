cimport cython

cdef long long EXACT, HALF, LARGEST, BUCKETS


cdef class Histogram:
    cdef long long[::1] counts
    cdef readonly long long total

    @cython.locals(value="long long", shift=int)
    cpdef object record(self, long long microseconds)
    @cython.locals(wanted="long long", seen="long long", bucket="Py_ssize_t")
    cpdef double percentile(self, double percent) except -1
    @cython.locals(seen="long long", reported="long long", bucket="Py_ssize_t", step=int)
    cpdef list cumulative(self)


cpdef long long largest_of(long long bucket) except -1
cpdef long long bound_of(long long step) except -1
