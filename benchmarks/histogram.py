"""Latencies counted in buckets whose width grows with the value, so that any range fits.

A bucket is 1/16 of a power of two wide: a percentile is at most 6.25 % too large, never too small.
"""

STEPS = 16


class LatencyHistogram:
    """Counts of latencies in seconds, kept in whole microseconds."""

    def __init__(self):
        self.counts = {}
        self.total = 0
        self.largest = 0.0
        self.sum = 0.0

    def record(self, seconds, count=1):
        """Counts a latency `count` times."""
        bucket = _bucket(int(seconds * 1e6))
        self.counts[bucket] = self.counts.get(bucket, 0) + count
        self.total += count
        self.sum += seconds * count
        self.largest = max(self.largest, seconds)

    def percentile(self, percent):
        """The latency in seconds that `percent` (0 to 100) of all do not exceed; 0.0 if none."""
        wanted = max(1, self.total * percent / 100)
        seen = 0
        for bucket in sorted(self.counts):
            seen += self.counts[bucket]
            if seen >= wanted:
                return min(_upper_bound(bucket) / 1e6, self.largest)
        return 0.0

    @property
    def average(self):
        """The mean latency in seconds; 0.0 if none was counted."""
        return self.sum / self.total if self.total else 0.0

    def by_power_of_two(self):
        """(upper bound in seconds, count) for bounds 1, 2, 4 ... microseconds, gaps included."""
        found = {}
        for bucket, count in self.counts.items():
            bound = max(0, (_upper_bound(bucket) - 1)).bit_length()
            found[bound] = found.get(bound, 0) + count
        if not found:
            return []
        bounds = range(min(found), max(found) + 1)
        return [((1 << bound) / 1e6, found.get(bound, 0)) for bound in bounds]


def _bucket(value):
    """The bucket of a whole number: exact below 16, then 16 buckets for each power of two."""
    shift = max(0, value.bit_length() - STEPS.bit_length())
    return shift * STEPS + (value >> shift)


def _upper_bound(bucket):
    """The smallest whole number above all values of a bucket."""
    shift = max(0, bucket // STEPS - 1)
    return (bucket - shift * STEPS + 1) << shift
