"""Figures of the whole server that INFO shows: rates, peaks, what the process uses."""

import resource

SAMPLES = 16


class Rate:
    """How fast a counter grows with another: the mean of the last SAMPLES looks at both.

    factor: 1_000_000 for a rate per second where the other counter is of microseconds.
    """

    def __init__(self, factor=1_000_000):
        self.factor = factor
        self.samples = []
        self.last_count = 0
        self.last_base = 0

    def look(self, count, base):
        """Takes a sample of the counter and of what it is compared with."""
        grown = base - self.last_base
        if self.last_base and grown > 0 and count >= self.last_count:
            self.samples.append((count - self.last_count) * self.factor // grown)
            del self.samples[:-SAMPLES]
        self.last_count = count
        self.last_base = base

    @property
    def mean(self):
        """The mean rate, a whole number; 0 while there are no samples."""
        return sum(self.samples) // len(self.samples) if self.samples else 0


class Statistics:
    """Rates sampled by the server's cron, and counters that belong to no other part.

    operations, input_bytes, output_bytes, turns_per_second: Rates per second.
    turn_us: the Rate of microseconds that a turn of the event loop takes, sleep aside.
    startup_bytes: memory that the server used before there were data.
    """

    def __init__(self, server):
        self.server = server
        self.startup_bytes = server.account.used()
        self.reset()

    def reset(self):
        """What CONFIG RESETSTAT resets."""
        self.operations = Rate()
        self.input_bytes = Rate()
        self.output_bytes = Rate()
        self.turns_per_second = Rate()
        self.turn_us = Rate(factor=1)
        self.turns_before = self.server.loop.turns
        self.server.loop.busy_us = 0
        self.unexpected_errors = 0
        self.server.account.reset_peak()

    @property
    def turns(self):
        """How many turns the event loop has made."""
        return self.server.loop.turns - self.turns_before

    def sample(self):
        """Takes a sample of every rate."""
        server = self.server
        now_us = server.clock.now_us
        self.operations.look(server.dispatcher.commands_processed, now_us)
        self.input_bytes.look(server.network.net_input_bytes, now_us)
        self.output_bytes.look(server.network.net_output_bytes, now_us)
        self.turns_per_second.look(self.turns, now_us)
        self.turn_us.look(server.loop.busy_us, self.turns)


def processor_seconds():
    """(system, user, system of children, user of children), in seconds."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_stime, own.ru_utime, children.ru_stime, children.ru_utime


def resident_bytes():
    """Bytes of memory that the process occupies."""
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()
