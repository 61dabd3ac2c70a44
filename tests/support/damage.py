"""Damaged snapshots and payloads: each is refused with a reason, or loads something whole.

`python -m tests.support.damage [SECONDS]` damages a snapshot of every type and form at random.
"""

import random
import sys
import time

from rediskit.datatypes.limits import Limits
from rediskit.rdb.damage import Damaged
from rediskit.rdb.snapshot import restore
from rediskit.rdb.snapshot_reader import SnapshotReader
from rediskit.structures import memory
from rediskit.structures.crc64 import crc64
from rediskit.structures.table import Table
from tests.support.rdb_forms import LATER, MS, NEW, OLD, file, key, length, string
from tests.support.rdb_streams import STREAMS

SPARE_BYTES = 300_000  # of the reader itself, whatever it reads
MOST_TIMES = 4  # the size of the file
DATABASES = 4


def small_snapshot():
    """A snapshot of a few kilobytes with every type and form, deadlines, and what else there is."""
    parts = [
        b"\xfa" + string(b"redis-ver") + string(b"7.4.0"),
        b"\xfe\x01\xfb\x20\x01",
        b"\xf5" + string(b"#!lua name=lib"),
        b"\xf7" + length(5) + b"\x02\x02\x00",
    ]
    for number, (type_, value, *_) in enumerate(OLD + NEW + STREAMS):
        if number % 5 == 0:
            parts += [b"\xfc" + MS(LATER), b"\xf8\x10"]
        parts.append(key(b"key:%d" % number, type_, value))
    return file(*parts, version=b"0012")


def changes(content):
    """(place, content with the byte there changed) for each byte, three ways."""
    for place in range(len(content)):
        for change in (1, 0x80, 0xFF):
            changed = bytearray(content)
            changed[place] ^= change
            yield place, bytes(changed)


def summed(payload):
    """A payload with a CRC that is right."""
    return payload[:-8] + crc64(payload[:-8]).to_bytes(8, "little")


def read(content, sums):
    """What reading a snapshot comes to: Damaged, or None. AssertionError: neither, or too much."""
    tables = [Table() for _ in range(DATABASES)]
    before = begin()
    try:
        SnapshotReader(tables, Limits(), payload=content, sums=sums).load_some()
    except Damaged as damaged:
        found = damaged
    else:
        found = None
    assert_moderate(before, len(content))
    for table in tables:
        table.check()
        for name in table:
            check_value(table.peek(name))
    return found


def restored(payload):
    """What RESTORE comes to: Damaged, or None. AssertionError: neither, or too much."""
    before = begin()
    try:
        value = restore(payload, Limits())
    except Damaged as damaged:
        return damaged
    finally:
        assert_moderate(before, len(payload))
    check_value(value)
    return None


def begin():
    """The bytes that are held before something is tried."""
    memory.reset_peak()
    return memory.used()


def assert_moderate(before, size):
    """Nothing has taken much more memory than the size of what was read."""
    assert memory.peak() - before <= MOST_TIMES * size + SPARE_BYTES


def check_value(value):
    """A value that was loaded is whole."""
    if hasattr(value, "check"):
        value.check()
        assert len(value)


def main():
    """Damages at random for some seconds; prints how often, and how many were refused."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    until, tried, refused = time.monotonic() + seconds, 0, 0
    seed = time.time_ns()
    rng = random.Random(seed)
    print(f"seed {seed}")
    content = small_snapshot()
    while time.monotonic() < until:
        damaged = bytearray(content)
        for _ in range(rng.randint(1, 4)):
            start = rng.randrange(len(damaged))
            damaged[start : start + rng.randint(0, 8)] = rng.randbytes(rng.randint(0, 8))
        tried += 1
        refused += read(bytes(damaged), False) is not None
    print(f"{tried} damaged snapshots, {refused} refused")


if __name__ == "__main__":
    main()
