"""How long one client keeps the others waiting: while a table grows, and when many keys fall due.

    python -m benchmarks.stalls [--keys 10000000] [--due 1000000]

A probe asks for DBSIZE again and again, and its slowest reply is the stall. What the probe sees on
a server that does nothing is printed beside it: that much is the machine's own doing.
"""

import argparse
import multiprocessing
import os
import time

from benchmarks.processes import MeasuredServer, cores, sides
from tests.support.resp import Connection

BATCH = 100
VALUE = b"x" * 16


def main():
    """Measures both servers, one after the other, and prints a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=10_000_000)
    parser.add_argument("--due", type=int, default=1_000_000)
    options = parser.parse_args()
    os.sched_setaffinity(0, cores()[1])
    for name, command in sides().items():
        server = MeasuredServer(name, command)
        try:
            server.start()
            print(f"{name}: slowest reply of an idle server {probe(server, 2.0)[0]:.1f} ms")
            print(
                f"{name}: slowest reply while growing to {options.keys:,} keys "
                f"{while_growing(server, options.keys):.1f} ms",
                flush=True,
            )
            with Connection(server.address, 60.0) as connection:
                connection.execute("FLUSHALL")
            slowest, late = when_due(server, options.due)
            print(
                f"{name}: {options.due:,} keys due together: slowest reply {slowest:.1f} ms, "
                f"all gone {late} ms after their deadline"
            )
        finally:
            server.remove()


def probe(server, seconds, is_over=lambda size: False):
    """(slowest reply in ms, time of the first reply for which is_over(DBSIZE) held, or None)."""
    slowest, over = 0.0, None
    end = time.monotonic() + seconds
    with Connection(server.address, 60.0) as connection:
        while time.monotonic() < end:
            begun = time.perf_counter()
            size = connection.execute("DBSIZE").content
            slowest = max(slowest, time.perf_counter() - begun)
            if over is None and is_over(int(size)):
                over = time.time()
    return slowest * 1000, over


def fill(address, count, *options):
    """Sets `count` keys, BATCH requests at a time."""
    with Connection(address, 60.0) as connection:
        for start in range(0, count, BATCH):
            for number in range(start, min(start + BATCH, count)):
                connection.send("SET", b"key:%012d" % number, VALUE, *options)
            for _ in range(start, min(start + BATCH, count)):
                connection.read()


def while_growing(server, count):
    """Slowest reply, in ms, to a probe beside a client that sets keys."""
    filling = multiprocessing.Process(target=fill, args=(server.address, count))
    filling.start()
    slowest = 0.0
    while filling.is_alive():
        slowest = max(slowest, probe(server, 0.5)[0])
    return slowest


def when_due(server, count):
    """(slowest reply in ms, how many ms late the last key went; None: some never went)."""
    begun = time.time()
    fill(server.address, count // 10)
    seconds_needed = 10 * (time.time() - begun)
    deadline = int((time.time() + 2.5 * seconds_needed + 1) * 1000)
    fill(server.address, count, "PXAT", deadline)
    if time.time() * 1000 >= deadline:
        raise TimeoutError("the keys were not all there before their deadline: try again")
    time.sleep(max(deadline / 1000 - time.time() - 0.2, 0))
    slowest, over = probe(server, 3.0, lambda size: size == 0)
    return slowest, None if over is None else round(over * 1000 - deadline)


if __name__ == "__main__":
    main()
