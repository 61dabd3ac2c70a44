"""Latencies of a command, counted in log-linear buckets.

The method is HdrHistogram's: a value below 64 us has a bucket of its own; above, every power of
two is cut into 32 buckets of equal width. A percentile is reported as the largest value of its
bucket, so it is never too small and at most 1/32 (3.1 %) too large. Values above `LARGEST` count
as `LARGEST`. See http://hdrhistogram.org for the idea.
"""

from libc.string cimport memset


cdef class Histogram:
    """Counts of whole microseconds. Needs 4 KB."""

    def __cinit__(self):
        memset(self.counts, 0, sizeof(self.counts))
        self.total = 0

    cpdef object record(self, long long microseconds):
        """Counts one value; a negative one (a clock that was set back) as 0."""
        cdef int shift = 0
        cdef long long value = microseconds
        if value >= EXACT:
            if value > LARGEST:
                value = LARGEST
            while value >= EXACT:
                value >>= 1
                shift += 1
        elif value < 0:
            value = 0
        self.counts[shift * HALF + value] += 1
        self.total += 1

    cpdef double percentile(self, double percent) except -1:
        """The value in microseconds that `percent` (0 to 100) of all values do not exceed.

        0.0 while nothing is recorded.
        """
        if self.total == 0:
            return 0.0
        cdef long long wanted = max(1, <long long>(percent * self.total / 100.0 + 0.5))
        cdef long long seen = 0
        cdef int bucket
        for bucket in range(BUCKETS):
            seen += self.counts[bucket]
            if seen >= wanted:
                return float(largest_of(bucket))
        return float(LARGEST)

    cpdef list cumulative(self):
        """(bound, how many values were at most bound) wherever that number grows.

        The bounds double: 1, 2, 4, 8, 16, 33, 66, 132 ... us, the odd ones because Redis counts in
        nanoseconds, whose powers of two they are.
        """
        cdef list found = []
        cdef int bucket, step = 0
        cdef long long seen = 0, reported = 0
        for bucket in range(BUCKETS):
            while largest_of(bucket) > bound_of(step):
                if seen > reported:
                    found.append((bound_of(step), seen))
                    reported = seen
                step += 1
            seen += self.counts[bucket]
        if seen > reported:
            found.append((bound_of(step), seen))
        return found

    def reset(self):
        """Forgets all values."""
        memset(self.counts, 0, sizeof(self.counts))
        self.total = 0

    def check(self):
        """Asserts that the total is that of the buckets."""
        counts = [self.counts[bucket] for bucket in range(BUCKETS)]
        assert self.total == sum(counts), (self.total, sum(counts))
        assert min(counts) >= 0


cpdef long long largest_of(int bucket) noexcept:
    """The largest value that is counted in a bucket."""
    if bucket < EXACT:
        return bucket
    cdef int shift = bucket // HALF - 1
    return (<long long>(bucket - shift * HALF + 1) << shift) - 1


cpdef long long bound_of(int step) noexcept:
    """The bound of a step of `Histogram.cumulative`: 1024 << step ns, to HdrHistogram's width."""
    return ((1032LL << step) - 1) // 1000
