"""What is measured, each on both sides in turn, round after round.

Every section is a generator of (Figure, round's values by side): the caller collects them, takes
medians, and sees the progress. A step is one side in one round.
"""

import socket

from benchmarks import datatypes
from benchmarks.figures import CONNECTIONS, CPU, MEMORY, START, THROUGHPUT, Figure
from benchmarks.loads import fill, run_load
from benchmarks.processes import MeasuredServer

# Commands by how the keys must look before they are sent: the template that makes the keys, and
# the commands measured then.
FAMILIES = [
    ("SET {key} {value}", ["PING", "GET", "EXISTS", "SET", "MSET (10)"]),
    ("SET {key} {number}", ["INCR"]),
    ("SET {key} {value} EX 10000", ["SET EX"]),
]
COMMANDS = {
    "PING": "PING",
    "GET": "GET {key}",
    "SET": "SET {key} {value}",
    "INCR": "INCR {key}",
    "EXISTS": "EXISTS {key}",
    "SET EX": "SET {key} {value} EX 10000",
    "MSET (10)": "MSET" + " {key} {value}" * 10,
}
# (description, template, bytes of a value)
CONTENTS = [
    ("16-byte values", "SET {key} {value}", 16),
    ("integers", "SET {key} {number}", 16),
    ("100-byte values", "SET {key} {value}", 100),
    ("16-byte values with a TTL", "SET {key} {value} EX 100000", 16),
]
# The more a pipeline carries, the less a command costs, the more of them are sent.
REQUESTS_FACTOR = {1: 1, 16: 4, 64: 8}


def target_of(command, pipeline, keys):
    """The ratio of CPU time that the project has set itself, or None."""
    if pipeline == 1:
        return 1.0
    return 0.6 if pipeline == 64 and keys >= 1_000_000 and command != "PING" else None


class Bench:
    """The sections, for the commands of both sides and the options of the command line."""

    def __init__(self, sides, options, progress):
        self.sides = sides
        self.options = options
        self.progress = progress

    def in_turn(self, round_number):
        """The sides' names; every other round begins with the other side."""
        names = list(self.sides)
        return names if round_number % 2 == 0 else names[::-1]

    def launch(self, name, **settings):
        """A started server of one side."""
        server = MeasuredServer(name, self.sides[name], **settings)
        return server.start()

    def cpu(self):
        """CPU time per command, throughput and latency."""
        servers = {name: self.launch(name) for name in self.sides}
        try:
            for keys in self.options.keys:
                for template, commands in FAMILIES:
                    wanted = [name for name in commands if name in self.options.commands]
                    if wanted:
                        yield from self._cpu_of_family(servers, keys, template, wanted)
        finally:
            for server in servers.values():
                server.remove()

    def _cpu_of_family(self, servers, keys, template, commands):
        for server in servers.values():
            self.progress(f"{keys:,} keys for {server.name}", step=False)
            server.connect().execute("FLUSHALL")
            fill(server, template, keys)
        for command in commands:
            for pipeline in self.options.pipelines:
                for round_number in range(self.options.rounds):
                    for name in self.in_turn(round_number):
                        yield from self._cpu_of_command(servers[name], command, pipeline, keys)

    def _cpu_of_command(self, server, command, pipeline, keys):
        label = f"{command}, pipeline {pipeline}, {keys:,} keys"
        self.progress(f"{label}, {server.name}")
        requests = self.options.requests * REQUESTS_FACTOR.get(pipeline, 1)
        before = server.cpu_seconds()
        figures = run_load(server, COMMANDS[command], requests, pipeline, keys)
        microseconds = (server.cpu_seconds() - before) / requests * 1e6
        target = target_of(command, pipeline, keys)
        yield Figure(CPU, label, "µs", target), server.name, microseconds
        for name, unit in (("throughput", "/s"), ("p50", "ms"), ("p99", "ms"), ("max", "ms")):
            yield Figure(THROUGHPUT, f"{label}: {name}", unit), server.name, figures[name]

    def memory(self):
        """Resident bytes per key, in a fresh server for each content."""
        keys = self.options.memory_keys
        for description, template, size in CONTENTS:
            figure = Figure(MEMORY, f"{description}, {keys:,} keys", "bytes/key", 0.65)
            for round_number in range(self.options.rounds):
                for name in self.in_turn(round_number):
                    self.progress(f"{figure.label}, {name}")
                    server = self.launch(name)
                    try:
                        before = server.resident_bytes()
                        fill(server, template, keys, size)
                        yield figure, name, (server.resident_bytes() - before) / keys
                    finally:
                        server.remove()

    def connections(self):
        """Bytes per idle connection, and what a GET costs beside them."""
        for round_number in range(self.options.rounds):
            for name in self.in_turn(round_number):
                self.progress(f"{self.options.connections:,} idle connections, {name}")
                server = self.launch(name, maxclients=self.options.connections + 100)
                try:
                    yield from self._connections_of(server)
                finally:
                    server.remove()

    def _connections_of(self, server):
        count = self.options.connections
        fill(server, "SET {key} {value}", 1000)
        yield Figure(CONNECTIONS, "GET, alone", "µs"), server.name, self._get_cost(server)
        before = server.resident_bytes()
        idle = [socket.create_connection(server.address) for _ in range(count)]
        try:
            server.connect().execute("PING")
            held = (server.resident_bytes() - before) / count
            yield Figure(CONNECTIONS, "an idle connection", "bytes"), server.name, held
            label = f"GET among {count:,} idle connections"
            yield Figure(CONNECTIONS, label, "µs"), server.name, self._get_cost(server)
        finally:
            for connection in idle:
                connection.close()

    def _get_cost(self, server):
        before = server.cpu_seconds()
        run_load(server, "GET {key}", self.options.requests, 1, 1000)
        return (server.cpu_seconds() - before) / self.options.requests * 1e6

    def start(self):
        """Time from the start of the process to its first PONG."""
        figure = Figure(START, "start to first PONG", "ms", limit=150.0)
        for round_number in range(self.options.rounds):
            for name in self.in_turn(round_number):
                self.progress(f"{figure.label}, {name}")
                server = MeasuredServer(name, self.sides[name])
                try:
                    yield figure, name, server.start_to_pong() * 1e3
                finally:
                    server.remove()

    def run(self, section):
        """The section of a name: one of ours, or one of the data types'."""
        if section in datatypes.SECTIONS:
            return datatypes.SECTIONS[section][0](self)
        return getattr(self, section)()

    def steps(self, section):
        """How many steps a section takes."""
        families = len(self.options.keys) * len(self.options.pipelines)
        count = {
            "cpu": families * len(self.options.commands),
            "memory": len(CONTENTS),
            "connections": 1,
            "start": 1,
        } | {name: steps for name, (_, steps) in datatypes.SECTIONS.items()}
        return count[section] * self.options.rounds * len(self.sides)


SECTIONS = ("cpu", "memory", "connections", "start", *datatypes.SECTIONS)
