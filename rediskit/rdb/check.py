"""rediskit-check-rdb FILE: whether a snapshot can be loaded, told as redis-check-rdb does.

Everything is read as a server would, and nothing is kept. What is wrong is told in one line, with
its offset; then the exit status is 1.
"""

import os
import sys
import time
from collections import Counter

from rediskit.datatypes.limits import Limits
from rediskit.rdb.damage import Damaged
from rediskit.rdb.snapshot_reader import SnapshotReader

USAGE = "Usage: rediskit-check-rdb <rdb-file-name>"
TYPES = {
    0: "string",
    1: "list-linked",
    2: "set-hashtable",
    3: "zset-v1",
    4: "hash-hashtable",
    5: "zset-v2",
    6: "module-pre-release",
    7: "module-value",
    9: "hash-zipmap",
    10: "list-ziplist",
    11: "set-intset",
    12: "zset-ziplist",
    13: "hash-ziplist",
    14: "quicklist",
    15: "stream",
    16: "hash-listpack",
    17: "zset-listpack",
    18: "quicklist-v2",
    19: "stream-v2",
    20: "set-listpack",
    21: "stream-v3",
    22: "hash-hashtable-md-pre-release",
    23: "hash-listpack-md-pre-release",
    24: "hash-hashtable-md",
    25: "hash-listpack-md",
    26: "stream-v4",
    27: "stream-v5",
}


class Report:
    """Tells what a SnapshotReader meets."""

    def __init__(self, reader):
        self.reader = reader
        self.last_key = None  # (key, type)

    def tell(self, text, offset=None):
        """Prints a line with an offset, by default that of the reader."""
        print(f"[offset {self.reader.offset if offset is None else offset}] {text}")

    def aux(self, name, value):
        """A field of the head."""
        self.tell(f"AUX FIELD {spelled(name)} = '{spelled(value)}'")

    def database(self, number):
        """The keys that follow belong to another database."""
        self.tell(f"Selecting DB ID {number}")

    def key(self, key, type_):
        """A key, before its value is read."""
        self.last_key = (key, type_)

    def damage(self, damaged):
        """What is wrong, where, and in which key."""
        print("--- RDB ERROR DETECTED ---")
        self.tell(damaged.reason, damaged.offset)
        if self.last_key is not None:
            key, type_ = self.last_key
            print(f"[additional info] Reading key '{spelled(key)}'")
            print(f"[additional info] Reading type {type_} ({TYPES.get(type_, 'unknown')})")

    def success(self):
        """The file is fine."""
        if self.reader.version >= 5:
            self.tell(
                "Checksum OK"
                if self.reader.crc_found
                else "RDB file was saved with checksum disabled: no check performed."
            )
        self.tell("\\o/ RDB looks OK! \\o/")

    def counts(self):
        """How much there was of what."""
        reader = self.reader
        print(f"[info] {reader.keys_loaded + reader.keys_expired + reader.keys_empty} keys read")
        print(f"[info] {reader.deadlines} expires")
        print(f"[info] {reader.keys_expired} already expired")
        if reader.libraries:
            print(f"[info] {len(reader.libraries)} functions library keys")
        for what, count in Counter(reader.skipped).items():
            print(f"[info] skipped {what}: {count}")


def spelled(text: bytes) -> str:
    """Bytes on a line of a terminal."""
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in text)


def check(path: str) -> int:
    """Reads a file and prints what is in it; the exit status."""
    try:
        with open(path, "rb") as file:
            return check_file(path, file.fileno())
    except (OSError, MemoryError) as error:
        print(f"Cannot read file {path}: {getattr(error, 'strerror', 'out of memory')}")
        return 1


def check_file(path: str, fd: int) -> int:
    """check() of an open file."""
    now_ms = time.time_ns() // 1_000_000
    reader = SnapshotReader(None, Limits(), fd, os.fstat(fd).st_size, now_ms=now_ms)
    report = reader.observer = Report(reader)
    report.tell(f"Checking RDB file {path}")
    try:
        reader.load_some()
    except Damaged as damaged:
        report.damage(damaged)
        report.counts()
        return 1
    report.success()
    report.counts()
    return 0


def main() -> int:
    """The command line."""
    if len(sys.argv) != 2:
        print(USAGE)
        return 1
    return check(sys.argv[1])


if __name__ == "__main__":
    sys.exit(main())
