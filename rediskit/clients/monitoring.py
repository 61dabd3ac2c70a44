"""Watching the commands that a server runs: what a monitor is shown, and the log of slow calls.

A monitor (MONITOR) is sent a line for every call. The slow log keeps the latest calls that took at
least `slowlog-log-slower-than` microseconds, cut to a bearable size. Both see a request after it
was run: passwords are blotted out of it by then.
"""

from collections import deque

from rediskit.clients.bits import MONITORING
from rediskit.clients.client import REPLY_ON
from rediskit.clients.description import NO_ADDRESS
from rediskit.config.quoting import quote
from rediskit.grammar.command import ADMIN, FAST, SKIP_MONITOR, SKIP_SLOWLOG
from rediskit.integers import LARGEST

_NOT_SHOWN = ADMIN | SKIP_MONITOR  # as a C integer

# What the slow log keeps of a request.
MOST_ARGUMENTS = 32
MOST_BYTES = 128


class Monitors:
    """The clients that are shown every call: `clients`, a list."""

    def __init__(self, clock):
        self.clock = clock
        self.clients = []

    def begin(self, client):
        """Shows a client every call from now on."""
        client.gates |= MONITORING
        self.clients.append(client)

    def end(self, client):
        """Shows a client no calls any more."""
        if client.gates & MONITORING:
            client.gates &= ~MONITORING
            self.clients.remove(client)

    def show(self, client, command, arguments):
        """Shows a call to the monitors; one that has waited was shown when it began to."""
        if command.flags & _NOT_SHOWN or client.waiting is not None:
            return
        line = monitor_line(client, arguments, self.clock.exact_us())
        for monitor in self.clients:
            if monitor.reply_mode == REPLY_ON:
                monitor.push(line)


def monitor_line(client, arguments, now_us):
    """What monitors are sent of a request: `+1700000000.000001 [0 127.0.0.1:1] "GET" "k"`.

    now_us: microseconds since 1970.
    """
    address = client.address or NO_ADDRESS
    if address.startswith("/"):
        address = "unix:" + address.removesuffix(":0")
    head = f"{now_us // 1_000_000}.{now_us % 1_000_000:06} [{client.database.number} {address}] "
    return b"+" + head.encode() + b" ".join([quote(word) for word in arguments]) + b"\r\n"


class SlowCall:
    """An entry of the slow log. `arguments` are cut; `seconds` are since 1970."""

    __slots__ = ("number", "seconds", "microseconds", "arguments", "address", "name")

    def __init__(self, number, seconds, microseconds, arguments, client):
        self.number = number
        self.seconds = seconds
        self.microseconds = microseconds
        self.arguments = arguments
        self.address = client.address.encode()
        self.name = client.name


class SlowLog:
    """The latest slow calls, the newest first.

    limit_us: a call that takes as long is slow; below 0 none is. most_calls: how many are kept.
    """

    def __init__(self, clock):
        self.clock = clock
        self.calls = deque()
        self.next_number = 0
        self.limit_us = -1
        self.most_calls = 0

    @property
    def is_on(self):
        """Whether calls may be kept at all."""
        return self.limit_us >= 0 and self.most_calls > 0

    def follow(self, limit_us, most_calls):
        """Takes over the directives slowlog-log-slower-than and slowlog-max-len."""
        self.limit_us = limit_us
        self.most_calls = most_calls
        if not most_calls:
            self.clear()

    def note(self, client, command, arguments, microseconds):
        """Keeps a call if it is slow, and not one that must not be kept."""
        if not self.is_on or microseconds < self.limit_us or command.flags & SKIP_SLOWLOG:
            return
        seconds = self.clock.seconds
        number = self.next_number
        self.calls.appendleft(SlowCall(number, seconds, microseconds, cut(arguments), client))
        self.next_number += 1
        while len(self.calls) > self.most_calls:
            self.calls.pop()

    def clear(self):
        """Forgets all calls; numbers go on."""
        self.calls.clear()


class SlowCalls:
    """Who is told of a call that took long: the slow log, the latency monitor, or both.

    limit_us: what neither of them minds is shorter.
    """

    def __init__(self, slowlog, latency):
        self._slowlog = slowlog
        self._latency = latency
        self.limit_us = LARGEST

    def follow(self, config):
        """Follows the directives that say what is slow."""
        names = ("slowlog-log-slower-than", "slowlog-max-len", "latency-monitor-threshold")
        config.on_change_of_any(names, lambda: self._take_over(*(config[name] for name in names)))
        self._take_over(*(config[name] for name in names))

    def _take_over(self, longest_us, most_calls, threshold_ms):
        self._slowlog.follow(longest_us, most_calls)
        self._latency.threshold_ms = threshold_ms
        limits_us = [LARGEST]
        if self._slowlog.is_on:
            limits_us.append(longest_us)
        if threshold_ms:
            limits_us.append(threshold_ms * 1000)
        self.limit_us = min(limits_us)

    def note(self, client, command, arguments, microseconds):
        """Has a call noted by those to whom it is slow."""
        self._slowlog.note(client, command, arguments, microseconds)
        event = "fast-command" if command.flags & FAST else "command"
        self._latency.note(event, microseconds // 1000)


def cut(arguments):
    """A request as the slow log keeps it, a list of bytes: few words, none of them long."""
    if len(arguments) <= MOST_ARGUMENTS:
        return [cut_word(word) for word in arguments]
    kept = [cut_word(word) for word in arguments[: MOST_ARGUMENTS - 1]]
    return [*kept, b"... (%d more arguments)" % (len(arguments) - len(kept))]


def cut_word(word):
    """A word, or its beginning and how much more there was."""
    if len(word) <= MOST_BYTES:
        return word
    return b"%s... (%d more bytes)" % (word[:MOST_BYTES], len(word) - MOST_BYTES)
