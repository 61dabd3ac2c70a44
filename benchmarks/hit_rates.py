"""How well keys for eviction are chosen: the hit rate of a cache under a Zipf-distributed load.

    python -m benchmarks.hit_rates [--capacity 50000] [--keys 500000] [--requests 2000000]

A cache that does not hold everything is read by a load that asks some keys far more often than
others: number n with a likelihood of 1 / (n + 1). What is not there is set. The better the keys
that go, the more of the reads hit; exact LRU, worked out here, is printed beside the servers.

Both servers get the same sequence of reads, and one and the same capacity in keys: each is filled
with so many keys, and the memory that it uses then becomes its maxmemory. How many keys it held
on average is printed, too, as the sizes of its tables vary a little. The first half of the reads
warms the cache up and is not counted.

With `--bytes` both get that maxmemory instead: then the server that needs less for each key holds
more of them. Accesses are marked with seconds by both servers, so `--pause` (milliseconds between
two batches of reads) shows what a longer run would.
"""

import argparse
import os
import random
import time
from collections import OrderedDict

import hiredis

from benchmarks.processes import MeasuredServer, cores, sides
from benchmarks.requests import KeySpace
from tests.support.resp import Connection, request

BATCH = 64
VALUE = b"x" * 32
POLICIES = "allkeys-lru,allkeys-lfu,allkeys-random"


def main():
    """Measures every policy on both servers, in turn, and prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--capacity", type=int, default=50_000)
    parser.add_argument("--keys", type=int, default=500_000)
    parser.add_argument("--requests", type=int, default=2_000_000)
    parser.add_argument("--policies", default=POLICIES)
    parser.add_argument("--bytes", type=int, default=0)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.sched_setaffinity(0, cores()[1])
    random.seed(options.seed)
    reads = KeySpace(options.keys, "zipf").draw(options.requests)
    print(f"exact LRU of {options.capacity} keys: {exact_lru(reads, options.capacity):.2%} hits")
    for policy in options.policies.split(","):
        for name, command in sides().items():
            server = MeasuredServer(name, command, maxmemory_policy=policy, save="")
            try:
                server.start()
                rate, kept, cpu_us = measure(server, reads, options)
            finally:
                server.remove()
            print(
                f"{policy}, {name}: {rate:.2%} hits, {kept:,.0f} keys held, "
                f"{cpu_us:.2f} us of CPU per read",
                flush=True,
            )


def exact_lru(reads, capacity):
    """The hit rate, in the second half of the reads, of a cache that forgets by exact LRU."""
    held, hits, half = OrderedDict(), 0, len(reads) // 2
    for position, number in enumerate(reads):
        if number in held:
            hits += position >= half
            held.move_to_end(number)
            continue
        held[number] = None
        if len(held) > capacity:
            held.popitem(last=False)
    return hits / (len(reads) - half)


def measure(server, reads, options):
    """(hit rate, mean number of keys, CPU us per read) of a server, in the second half of reads."""
    cache = Cache(server)
    limit_bytes = options.bytes
    if not limit_bytes:
        cache.set(range(options.capacity))
        limit_bytes = cache.used_bytes()
    with Connection(server.address, 60.0) as connection:
        connection.execute("CONFIG", "SET", "maxmemory", str(limit_bytes))
    half, kept = len(reads) // 2, []
    for start in range(0, len(reads), BATCH):
        if start == half // BATCH * BATCH:
            cache.hits = cache.reads = 0
            begun = server.cpu_seconds()
        cache.read(reads[start : start + BATCH])
        if start > half and start % (BATCH * 256) == 0:
            kept.append(cache.size())
        if options.pause:
            time.sleep(options.pause / 1000)
    used = server.cpu_seconds() - begun
    return cache.hits / cache.reads, sum(kept) / max(len(kept), 1), used / cache.reads * 1e6


class Cache:
    """A server as a program that caches sees it. hits: of the `reads`."""

    def __init__(self, server):
        self.connection = Connection(server.address, 60.0)
        self.reader = hiredis.Reader()
        self.hits = self.reads = 0

    def exchange(self, requests, count):
        """Sends encoded requests; the list of their replies."""
        self.connection.socket.sendall(requests)
        replies = []
        while len(replies) < count:
            reply = self.reader.gets()
            if reply is False:
                self.reader.feed(self.connection.socket.recv(1 << 16))
            else:
                replies.append(reply)
        return replies

    def read(self, numbers):
        """Reads keys, and sets those that are not there."""
        keys = [b"key:%012d" % number for number in numbers]
        replies = self.exchange(b"".join([request("GET", key) for key in keys]), len(keys))
        missing = [key for key, reply in zip(keys, replies, strict=True) if reply is None]
        if missing:
            self.exchange(b"".join([request("SET", key, VALUE) for key in missing]), len(missing))
        self.reads += len(keys)
        self.hits += len(keys) - len(missing)

    def set(self, numbers):
        """Sets keys."""
        for number in numbers:
            self.exchange(request("SET", b"key:%012d" % number, VALUE), 1)

    def size(self):
        """How many keys there are."""
        return self.exchange(request("DBSIZE"), 1)[0]

    def used_bytes(self):
        """Bytes of memory that the server uses."""
        text = self.exchange(request("INFO", "memory"), 1)[0]
        return int(text.split(b"used_memory:")[1].split(b"\r\n")[0])


if __name__ == "__main__":
    main()
