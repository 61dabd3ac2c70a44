"""Watching the commands that a server runs: what a monitor is shown, and the log of slow calls.

A monitor (MONITOR) is sent a line for every call. The slow log keeps the latest calls that took at
least `slowlog-log-slower-than` microseconds, cut to a bearable size. Both see a request after it
was run: passwords are blotted out of it by then.
"""

from collections import deque
from functools import partial

from rediskit.clients.bits import MONITORING
from rediskit.clients.client import REPLY_ON
from rediskit.clients.description import NO_ADDRESS
from rediskit.clients.kinds import SCRIPT
from rediskit.config.quoting import quote
from rediskit.grammar.command import ADMIN, FAST, SKIP_MONITOR, SKIP_SLOWLOG
from rediskit.integers import LARGEST

_NOT_SHOWN = ADMIN | SKIP_MONITOR  # as a C integer


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
        if not command.flags & _NOT_SHOWN and client.waiting is None:
            self.announce(client, arguments)

    def announce(self, client, arguments):
        """Shows a request to the monitors, whatever its command."""
        line = monitor_line(client, arguments, self.clock.exact_us())
        for monitor in self.clients:
            if monitor.reply_mode == REPLY_ON:
                monitor.push(line)


def monitor_line(client, arguments, now_us):
    """What monitors are sent of a request: `+1700000000.000001 [0 127.0.0.1:1] "GET" "k"`.

    now_us: microseconds since 1970.
    """
    address = "lua" if client.kind == SCRIPT else client.address or NO_ADDRESS
    if address.startswith("/"):
        address = "unix:" + address.removesuffix(":0")
    head = f"{now_us // 1_000_000}.{now_us % 1_000_000:06} [{client.database.number} {address}] "
    return b"+" + head.encode() + b" ".join([quote(word) for word in arguments]) + b"\r\n"


class SlowCall:
    """An entry of the slow log. `arguments` are cut, `words` is how many there were; `seconds` are
    since 1970."""

    __slots__ = ("number", "seconds", "microseconds", "arguments", "address", "name", "words")

    def __init__(self, number, seconds, microseconds, arguments, client, words):
        self.number = number
        self.seconds = seconds
        self.microseconds = microseconds
        self.arguments = arguments
        self.address = client.address.encode()
        self.name = client.name
        self.words = words


class SlowLog:
    """The latest slow calls, the newest first.

    limit_us: a call that takes as long is slow; below 0 none is. most_calls: how many are kept.
    most_arguments, most_bytes: how many words of a call, and how much of each. count, total_us,
    longest_us: of all that were slow, whether they are still kept or not.
    """

    def __init__(self, clock):
        self.clock = clock
        self.calls = deque()
        self.next_number = 0
        self.limit_us = -1
        self.most_calls = 0
        self.most_arguments = 32
        self.most_bytes = 128
        self.reset_statistics()

    def reset_statistics(self):
        """Sets the counters that INFO shows back to 0."""
        self.count = 0
        self.total_us = 0
        self.longest_us = 0

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
        self.count += 1
        self.total_us += microseconds
        self.longest_us = max(self.longest_us, microseconds)
        kept = self.cut(arguments)
        count = len(arguments)
        call = SlowCall(self.next_number, seconds, microseconds, kept, client, count)
        self.calls.appendleft(call)
        self.next_number += 1
        while len(self.calls) > self.most_calls:
            self.calls.pop()

    def clear(self):
        """Forgets all calls; numbers go on."""
        self.calls.clear()

    def cut(self, arguments):
        """A request as it is kept, a list of bytes: few words, none of them long."""
        if len(arguments) <= self.most_arguments:
            return [self.cut_word(word) for word in arguments]
        kept = [self.cut_word(word) for word in arguments[: self.most_arguments - 1]]
        return [*kept, b"... (%d more arguments)" % (len(arguments) - len(kept))]

    def cut_word(self, word):
        """A word, or its beginning and how much more there was."""
        if len(word) <= self.most_bytes:
            return word
        return b"%s... (%d more bytes)" % (word[: self.most_bytes], len(word) - self.most_bytes)


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
        slowlog = self._slowlog
        config.follow("slowlog-entry-max-argc", partial(setattr, slowlog, "most_arguments"))
        config.follow("slowlog-entry-max-string-len", partial(setattr, slowlog, "most_bytes"))

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
