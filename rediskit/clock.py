"""The time, as everything in the server sees it: read once per turn of the event loop.

All commands of one turn happen at the same moment, so that a command that looks at two keys finds
both expired or none, and a test can set the moment.

Where no loop runs, whoever ticks is told when it is time for what a loop would have done.
"""

from rediskit.structures.native import wall_us

TENDING_US = 100_000  # the server wants to be tended as often


class Clock:
    """Wall-clock time: `now_us`, `now_ms` and `seconds` since 1970, as of the last tick().

    tended_us: the time when the server was tended last; to be set by who does so.
    is_frozen: tick() changes nothing. All of a script happens at one moment, however long it takes.
    """

    def __init__(self, source=None):
        """`source` returns nanoseconds since 1970, if it is not to be the system's clock."""
        self.source = source
        self.tended_us = 0
        self.is_frozen = False
        self.tick()
        self.tended_us = self.now_us

    def tick(self):
        """Reads the time anew; whether it is time to tend the server (the clock may go back)."""
        if self.is_frozen:
            return 0
        now_us = self.exact_us()
        self.now_us = now_us
        self.now_ms = now_us // 1000
        self.seconds = now_us // 1000000
        return not 0 <= now_us - self.tended_us < TENDING_US

    def exact_us(self):
        """Microseconds since 1970 at this very moment, for what is to be told apart in a turn."""
        return wall_us() if self.source is None else self.source() // 1000

    def set(self, now_ms):
        """Stops the clock at a moment, in milliseconds since 1970, until it is set again."""
        self.source = lambda: now_ms * 1000000
        self.tick()
