"""How far a save is: what INFO shows of it."""

from rediskit.structures.native import monotonic_us


class Progress:
    """Of one save. keys, own_bytes and peak_bytes are what was reported last.

    total: keys that there are.  own_bytes: memory that the child does not share any more.
    """

    def __init__(self, total=0):
        self.total = total
        self.keys = 0
        self.own_bytes = 0
        self.peak_bytes = 0
        self._own_bytes_us = 0

    def report(self, keys, own_bytes=0):
        """Takes what is known now."""
        self.keys = keys
        self.own_bytes = own_bytes
        self.peak_bytes = max(self.peak_bytes, own_bytes)
        self._own_bytes_us = monotonic_us()

    @property
    def percent(self):
        """How many of the keys are written, in percent."""
        return 100 * self.keys / self.total if self.total else 0.0

    @property
    def age_seconds(self):
        """For how long `own_bytes` has not changed; 0 before it was known."""
        if not self._own_bytes_us:
            return 0
        return (monotonic_us() - self._own_bytes_us) // 1_000_000
