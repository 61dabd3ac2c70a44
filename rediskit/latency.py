"""The latency monitor: the slowest moments of each kind of event, second by second.

Whoever does something that may hold up the server says how long it took (`note`). What took at
least `latency-monitor-threshold` milliseconds is kept: for each kind of event the longest time of
every second in which there was one, the latest SAMPLES of these.

Events are "command" and "fast-command" (a call of a command), "expire-cycle", and what parts that
write, fork and evict give names to.
"""

from collections import deque

SAMPLES = 160


class Series:
    """What was noted of one kind of event.

    samples: [seconds since 1970, milliseconds], the oldest first; longest_ms: ever.
    """

    def __init__(self):
        self.samples = deque(maxlen=SAMPLES)
        self.longest_ms = 0

    def add(self, seconds, milliseconds):
        """Keeps a time, the longest one of each second."""
        self.longest_ms = max(self.longest_ms, milliseconds)
        if self.samples and self.samples[-1][0] == seconds:
            self.samples[-1][1] = max(self.samples[-1][1], milliseconds)
        else:
            self.samples.append([seconds, milliseconds])


class LatencyMonitor:
    """Times that events took, by their names. threshold_ms: shorter ones are not kept; 0: none."""

    def __init__(self, clock):
        self.clock = clock
        self.threshold_ms = 0
        self.events = {}

    def note(self, event, milliseconds):
        """Says that an event took so long; kept if that is long enough."""
        if self.threshold_ms and milliseconds >= self.threshold_ms:
            if event not in self.events:
                self.events[event] = Series()
            self.events[event].add(self.clock.seconds, milliseconds)

    def reset(self, events=()):
        """Forgets some events, or all of them; how many there were."""
        known = {name for name in events or self.events if name in self.events}
        for name in known:
            del self.events[name]
        return len(known)


# What people are told

GRAPH_ROWS = 4
RULE_WIDTH = 80
UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def age(seconds):
    """A time that has passed, as short as can be: 5s, 2m, 3h, 1d."""
    for size, letter in UNITS:
        if seconds >= size:
            return f"{seconds // size}{letter}"
    return "0s"


def graph(event, series, now):
    """The samples of an event as columns of characters, the oldest first, each above its age."""
    times = [milliseconds for _, milliseconds in series.samples]
    high, low = max(times), min(times)
    lines = [
        f"{event} - high {high} ms, low {low} ms (all time high {series.longest_ms} ms)",
        "-" * RULE_WIDTH,
    ]
    span = high - low
    heights = [GRAPH_ROWS * (time - low) // span if span else GRAPH_ROWS for time in times]
    for row in range(GRAPH_ROWS, -1, -1):
        marks = ("_" if height == row else "|" if height > row else " " for height in heights)
        lines.append("".join(marks).rstrip())
    ages = [age(now - seconds) for seconds, _ in series.samples]
    lines.append("")
    for row in range(max(map(len, ages))):
        lines.append("".join(text[row : row + 1] or " " for text in ages).rstrip())
    return "\n".join(lines) + "\n"


# What helps against each kind of event, by the beginning of its name.
ADVICE = {
    "command": (
        "Look at SLOWLOG GET for the calls that take long, and lower slowlog-log-slower-than if "
        "they do not show there. Commands that visit all elements of large keys are better "
        "replaced by those that take some at a time (SCAN and its like)."
    ),
    "fast-command": (
        "Commands of constant time took long: the process did not get the processor. Look for "
        "other programs that use it, for swapping, and for a busy host of this virtual machine."
    ),
    "expire-cycle": (
        "Many keys expire at the same moment. Spread their times to live, and keep single keys "
        "small."
    ),
    "eviction": (
        "Making room takes long. Delete or expire large keys before memory is full, or raise "
        "maxmemory."
    ),
    "fork": (
        "Creating a child process takes long. Have less memory in one process, or save less often, "
        "and see that transparent huge pages are off."
    ),
    "aof": (
        "The disk is slow to write or sync the append log. See what else writes to it; "
        "appendfsync everysec or no, and no-appendfsync-on-rewrite yes, wait less for it."
    ),
    "rdb-unlink": "Removing a file takes long: the file system or the disk is slow or busy.",
}


def report(monitor):
    """What the latency monitor has seen, and what may help, for people."""
    if not monitor.threshold_ms and not monitor.events:
        return (
            "The latency monitor is off, so nothing is known. Switch it on with "
            "CONFIG SET latency-monitor-threshold <milliseconds>, and ask again later.\n"
        )
    if not monitor.events:
        return (
            "No event has taken as long as latency-monitor-threshold "
            f"({monitor.threshold_ms} milliseconds) since the latency monitor was reset.\n"
        )
    lines = ["These events took long:", ""]
    for position, (event, series) in enumerate(monitor.events.items(), 1):
        lines.append(f"{position}. {event}: {summary(series)}")
    lines += ["", "What may help:", ""]
    for beginning, advice in ADVICE.items():
        if any(event.startswith(beginning) for event in monitor.events):
            lines.append(f"- {beginning}: {advice}")
    return "\n".join(lines) + "\n"


def summary(series):
    """Count, mean, spread and extremes of what was noted of an event."""
    times = [milliseconds for _, milliseconds in series.samples]
    mean = sum(times) / len(times)
    spread = sum(abs(time - mean) for time in times) / len(times)
    first, last = series.samples[0][0], series.samples[-1][0]
    every = f", one every {(last - first) / (len(times) - 1):.1f} seconds" if times[1:] else ""
    return (
        f"{len(times)} times (mean {mean:.0f}ms, mean deviation {spread:.0f}ms{every}). "
        f"Worst all time {series.longest_ms}ms."
    )
