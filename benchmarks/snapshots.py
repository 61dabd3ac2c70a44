"""How long snapshots take to write and to load, and how large they are, beside redis-server.

    python -m benchmarks.snapshots [--keys 1000000] [--members 200000] [--hashes 1000] [--rounds 3]

For each content, both servers by turns: SAVE, DEBUG RELOAD, and a start with the file, of which the
start of an empty server is taken off. Seconds are of the processor, the least of all rounds, as
the disk and other programs only ever add to them.
"""

import argparse
import os
import random

from benchmarks.processes import MeasuredServer, cores, sides
from tests.support.resp import Connection, request

FIELDS = 200
BATCH = 100
ANSWER_SECONDS = 300.0
FILE = "dump.rdb"


def strings(options):
    """So many keys with 16 bytes each."""
    rng = random.Random(1)
    for number in range(options.keys):
        yield ["SET", f"key:{number:012}", f"{rng.getrandbits(64):016x}"]


def sorted_set(options):
    """A sorted set with random scores."""
    rng = random.Random(2)
    for start in range(0, options.members, BATCH):
        numbers = range(start, min(start + BATCH, options.members))
        yield ["ZADD", "zset", *(w for n in numbers for w in (rng.random(), f"member:{n:08}"))]


def large_hash(options):
    """A hash of so many fields."""
    rng = random.Random(3)
    for start in range(0, options.members, BATCH):
        numbers = range(start, min(start + BATCH, options.members))
        yield [
            "HSET",
            "hash",
            *(w for n in numbers for w in (f"field:{n:08}", f"value:{rng.getrandbits(26):08}")),
        ]


def small_hashes(options):
    """Hashes of 200 fields."""
    rng = random.Random(4)
    for number in range(options.hashes):
        yield [
            "HSET",
            f"hash:{number}",
            *(w for n in range(FIELDS) for w in (f"field:{n}", f"value:{rng.getrandbits(26)}")),
        ]


def everything(options):
    """All of it together."""
    for make in (strings, sorted_set, large_hash, small_hashes):
        yield from make(options)


CONTENTS = (strings, sorted_set, large_hash, small_hashes, everything)


class Side:
    """One server with one content."""

    def __init__(self, name, command):
        self.server = MeasuredServer(name, command, enable_debug_command="yes", dbfilename=FILE)
        self.best = {}

    @property
    def file(self):
        """Where it saves to."""
        return self.server.folder / FILE

    def fill(self, commands):
        """Starts with nothing, then runs commands, some at a time."""
        self.file.unlink(missing_ok=True)
        self.keep("empty", self.started())
        with Connection(self.server.address, ANSWER_SECONDS) as connection:
            waiting = []
            for words in commands:
                waiting.append(request(*words))
                if len(waiting) == BATCH:
                    self.run(connection, waiting)
            self.run(connection, waiting)

    @staticmethod
    def run(connection, waiting):
        """Sends requests together, and empties the list of them."""
        connection.send_raw(b"".join(waiting))
        for _ in waiting:
            reply = connection.read()
            assert not reply.is_error, reply
        waiting.clear()

    def started(self):
        """Processor seconds from the start until what is in the file is there."""
        self.server.start()
        return self.server.cpu_seconds()

    def round(self):
        """Measures each once."""
        with Connection(self.server.address, ANSWER_SECONDS) as connection:
            for name, words in (("SAVE", ["SAVE"]), ("DEBUG RELOAD", ["DEBUG", "RELOAD"])):
                before = self.server.cpu_seconds()
                reply = connection.execute(*words)
                assert reply.content == "OK", reply
                self.keep(name, self.server.cpu_seconds() - before)
        self.server.stop()
        self.keep("start", max(self.started() - self.best["empty"], 0.0))

    def keep(self, name, seconds):
        """Keeps the least figure of a name."""
        self.best[name] = min(seconds, self.best.get(name, seconds))


def main():
    """Measures all contents, and prints a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--members", type=int, default=200_000)
    parser.add_argument("--hashes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="names of contents, with commas between")
    options = parser.parse_args()
    os.sched_setaffinity(0, cores()[1])
    wanted = options.only.split(",") if options.only else [make.__name__ for make in CONTENTS]
    for make in CONTENTS:
        if make.__name__ in wanted:
            compare(make, options)


def compare(make, options):
    """Measures one content on both sides and prints what came out."""
    measured = [Side(name, command) for name, command in sides().items()]
    try:
        for side in measured:
            side.fill(make(options))
        for _ in range(options.rounds):
            for side in measured:
                side.round()
        for name in ("SAVE", "DEBUG RELOAD", "start"):
            show(make.__name__, name, [side.best[name] for side in measured], "{:.3f} s")
        show(make.__name__, "size", [side.file.stat().st_size for side in measured], "{:,} bytes")
    finally:
        for side in measured:
            side.server.remove()


def show(content, name, figures, unit):
    """Prints ours, theirs and the ratio."""
    ratio = f"  {figures[0] / figures[1]:.3f}" if len(figures) > 1 and figures[1] else ""
    shown = " / ".join(unit.format(figure) for figure in figures)
    print(f"{content:<12} {name:<12} {shown}{ratio}", flush=True)


if __name__ == "__main__":
    main()
