"""Figures of the whole server that INFO shows: rates, peaks, what the process uses."""

import resource

from rediskit.structures import memory

SAMPLES = 16


class Rate:
    """How fast a counter grows: the mean of the last SAMPLES looks at it, per second."""

    def __init__(self):
        self.samples = []
        self.last_count = 0
        self.last_us = 0

    def look(self, count, now_us):
        """Takes a sample of the counter, at a moment in microseconds."""
        elapsed_us = now_us - self.last_us
        if self.last_us and elapsed_us > 0:
            self.samples.append((count - self.last_count) * 1_000_000 // elapsed_us)
            del self.samples[:-SAMPLES]
        self.last_count = count
        self.last_us = now_us

    @property
    def per_second(self):
        """The mean rate; 0 while there are no samples."""
        return sum(self.samples) // len(self.samples) if self.samples else 0


class Statistics:
    """Rates sampled by the server's cron, and counters that belong to no other part.

    operations, input_bytes, output_bytes: Rates. peak_us: when the memory peak was reached.
    """

    def __init__(self, server):
        self.server = server
        self.reset()

    def reset(self):
        """What CONFIG RESETSTAT resets."""
        self.operations = Rate()
        self.input_bytes = Rate()
        self.output_bytes = Rate()
        self.evicted_keys = 0
        self.evicted_clients = 0
        self.authentication_denied = 0
        self.unexpected_errors = 0
        self.acl_denied = 0
        memory.reset_peak()

    def sample(self):
        """Takes a sample of every rate."""
        server = self.server
        now_us = server.clock.now_us
        self.operations.look(server.dispatcher.commands_processed, now_us)
        self.input_bytes.look(server.network.net_input_bytes, now_us)
        self.output_bytes.look(server.network.net_output_bytes, now_us)


def processor_seconds():
    """(system, user, system of children, user of children), in seconds."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_stime, own.ru_utime, children.ru_stime, children.ru_utime


def resident_bytes():
    """Bytes of memory that the process occupies."""
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()
