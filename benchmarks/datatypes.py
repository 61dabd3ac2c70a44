"""The measurements of containers: commands on large ones, bytes of small and large ones, and calls
that take long. Generators of (Figure, side, value), as in `measurements`.
"""

from dataclasses import dataclass
from functools import partial

from benchmarks import contents
from benchmarks.figures import CALLS, CONTAINERS, TYPES, Figure
from benchmarks.loads import run_load


@dataclass(frozen=True)
class Subject:
    """A command, and the content that it finds: a function of its number of elements, or None.

    `changes`: it leaves another content than it found, which is made anew for every run; a pop
    finds an element for each request. A command that costs `weight` times as much as the others
    is sent as much less often.
    """

    name: str
    template: str
    content: object = None
    changes: bool = True
    weight: int = 1


SUBJECTS = [
    Subject("LPUSH", "LPUSH list {value}"),
    Subject("RPOP", "RPOP list", contents.a_list),
    Subject("SADD", "SADD set {key}"),
    Subject("SPOP", "SPOP set", contents.a_set),
    Subject("HSET", "HSET hash {key} {value}"),
    Subject("HGET", "HGET hash {key}", contents.a_hash, changes=False),
    Subject("ZADD", "ZADD scores {number} {key}", contents.a_sorted_set),
    Subject("ZPOPMIN", "ZPOPMIN scores", contents.a_sorted_set),
    Subject("ZRANK", "ZRANK scores {key}", contents.a_sorted_set, changes=False),
    Subject("LRANGE 100", "LRANGE list 0 99", contents.a_list, changes=False, weight=10),
    Subject("LRANGE 600", "LRANGE list 0 599", contents.a_list, changes=False, weight=40),
]
TARGETS = {1: 1.0, 64: 0.9}
REQUESTS_FACTOR = {1: 1, 64: 8}

# (description, content, elements in each of its counted parts: a small container, or one element)
HELD = [
    ("{:,} hashes of 10 fields", contents.small_hashes, 10),
    ("{:,} sets of 10 integers", contents.small_integer_sets, 10),
    ("{:,} sorted sets of 10 members", contents.small_sorted_sets, 10),
    ("a hash of {:,} fields", contents.a_hash, 1),
    ("a set of {:,} members", contents.a_set, 1),
    ("a sorted set of {:,} members", contents.a_sorted_set, 1),
    ("a list of {:,} elements", contents.a_list, 1),
]

# (label, content, elements for a million --members, calls per round, arguments of the call)
SINGLE_CALLS = [
    ("LINDEX in the middle of a list of {:,}", contents.a_list, 10**6, 1000, "LINDEX list {half}"),
    ("ZUNIONSTORE of two times {:,}", contents.two_sorted_sets, 10**5, 4,
     "ZUNIONSTORE out 2 scores:1 scores:2"),
    ("SINTER of two times {:,}", contents.two_sets, 10**5, 8, "SINTER set:1 set:2"),
    ("SORT of {:,}", contents.numbers, 10**5, 4, "SORT numbers"),
    ("BITCOUNT of {:,} bytes", contents.two_strings, 10**8, 8, "BITCOUNT string:1"),
    ("BITOP AND of two times {:,} bytes", contents.two_strings, 10**8, 4,
     "BITOP AND out string:1 string:2"),
]  # fmt: skip


def types(bench):
    """CPU time per command, at pipelines of 1 and 64."""
    for subject in SUBJECTS:
        servers = {name: bench.launch(name) for name in bench.sides}
        try:
            for pipeline in TARGETS:
                for round_number in range(bench.options.rounds):
                    for name in bench.in_turn(round_number):
                        yield _cpu_of(bench, subject, pipeline, servers[name])
        finally:
            for server in servers.values():
                server.remove()


def _cpu_of(bench, subject, pipeline, server):
    group = f"pipeline {pipeline}"
    label = f"{subject.name}, {group}"
    bench.progress(f"{label}, {server.name}")
    factor = REQUESTS_FACTOR[pipeline]
    requests = max(1, bench.options.requests * factor // subject.weight)
    connection = server.connect(timeout=60.0)
    if subject.changes or not connection.execute("DBSIZE").content:
        connection.execute("FLUSHALL")
        if subject.content:
            contents.feed(server, subject.content(max(requests, bench.options.members)))
    before = server.cpu_seconds()
    run_load(server, subject.template, requests, pipeline, bench.options.members)
    microseconds = (server.cpu_seconds() - before) / requests * 1e6
    figure = Figure(TYPES, label, "µs", TARGETS[pipeline], group=group)
    return figure, server.name, microseconds


def containers(bench):
    """Resident bytes per element, in a fresh server for each content."""
    for description, content, elements in HELD:
        count = bench.options.members // elements
        label = description.format(count)
        figure = Figure(CONTAINERS, label, "bytes/element", 1.0, group="containers")
        for round_number in range(bench.options.rounds):
            for name in bench.in_turn(round_number):
                bench.progress(f"{label}, {name}")
                server = bench.launch(name)
                try:
                    before = server.resident_bytes()
                    contents.feed(server, content(count))
                    yield figure, name, (server.resident_bytes() - before) / (count * elements)
                finally:
                    server.remove()


def calls(bench):
    """CPU time of a call on much data."""
    for label, content, size, repeats, line in SINGLE_CALLS:
        count = max(1, size * bench.options.members // 10**6)
        arguments = line.format(half=count // 2).split()
        servers = {name: bench.launch(name) for name in bench.sides}
        measured = partial(_calls_of, bench, label.format(count), [arguments] * repeats)
        try:
            for server in servers.values():
                contents.feed(server, content(count))
            for round_number in range(bench.options.rounds):
                for name in bench.in_turn(round_number):
                    yield measured(servers[name])
        finally:
            for server in servers.values():
                server.remove()


def _calls_of(bench, label, requests, server):
    bench.progress(f"{label}, {server.name}")
    contents.feed(server, requests[:1])
    before = server.cpu_seconds()
    contents.feed(server, requests)
    milliseconds = (server.cpu_seconds() - before) / len(requests) * 1e3
    return Figure(CALLS, label, "ms", 1.0), server.name, milliseconds


SECTIONS = {
    "types": (types, len(SUBJECTS) * len(TARGETS)),
    "containers": (containers, len(HELD)),
    "calls": (calls, len(SINGLE_CALLS)),
}
