"""Streams as payloads have them, put together by hand like the rest of rdb_forms."""

import struct

from tests.support.rdb_forms import MS, length, listpack, string

HAS_MASTER_FIELDS = 2
DELETED = 1
SEEN, ACTIVE = 1_700_000_000_000, 1_700_000_000_500


def raw(ms, seq):
    """An id of 16 bytes."""
    return struct.pack(">QQ", ms, seq)


def pair(ms, seq):
    """An id of two lengths."""
    return length(ms) + length(seq)


def run(first, fields, entries, *, counts=None):
    """A run: its id, and a listpack of entries (flags, milliseconds, seq, elements behind)."""
    deleted = sum(flags & DELETED for flags, *_ in entries)
    elements = [*(counts or (len(entries) - deleted, deleted)), len(fields), *fields, 0]
    for flags, ms, seq, *words in entries:
        elements += [flags, ms, seq, *words, len(words) + 3]
    return string(raw(*first)) + string(listpack(elements))


RUNS = length(2) + run(
    (5, 1),
    [b"a", b"b"],
    [
        (HAS_MASTER_FIELDS, 0, 0, b"v", 12),
        (HAS_MASTER_FIELDS | DELETED, 0, 1, b"gone", b""),
        (0, 0, 3, 1, b"c", b"w"),
        (HAS_MASTER_FIELDS, 1000, -1, -5, b"x" * 70),
    ],
) + run((2000, 0), [b"a"], [(HAS_MASTER_FIELDS, 0, 0, b"z")])  # fmt: skip
ENDS = pair(5, 1) + pair(5, 2) + length(6)  # first id, highest id deleted, entries added

ROWS = (
    length(3)
    + (raw(5, 1) + MS(SEEN) + length(2))
    + (raw(5, 2) + MS(SEEN) + length(1))
    + (raw(5, 4) + MS(ACTIVE) + length(1))
)


def consumers(active):
    """Two consumers that own all ROWS; active: what stands behind the time each was seen."""
    return (
        length(2)
        + (string(b"alice") + MS(SEEN) + active + length(2) + raw(5, 1) + raw(5, 4))
        + (string(b"bob") + MS(SEEN) + active + length(1) + raw(5, 2))
    )


def stream(ends, read, owners, released=b"", producers=b""):
    """The value of a stream with a group; `read`: how many entries that has."""
    return (
        RUNS
        + (length(4) + pair(2000, 7) + ends)
        + (length(1) + string(b"group") + pair(5, 4) + read + ROWS + owners + released)
        + producers
    )


MESSAGES = length(1) + string(b"producer") + length(1) + string(b"message") + pair(1005, 0)
PRODUCERS = length(60) + length(50) + MESSAGES + length(2) + length(1)
# (type, value)
STREAMS = [
    (15, stream(b"", b"", consumers(b""))),
    (19, stream(ENDS, length(2), consumers(b""))),
    (21, stream(ENDS, length(2), consumers(MS(ACTIVE)))),
    (26, stream(ENDS, length(2), consumers(MS(ACTIVE)), producers=PRODUCERS)),
    (
        27,
        stream(
            ENDS,
            length(2),
            length(1) + string(b"alice") + MS(SEEN) + MS(ACTIVE) + length(1) + raw(5, 1),
            length(2) + raw(5, 4) + raw(5, 2),
            PRODUCERS,
        ),
    ),
]
EMPTY = length(0) + length(0) + pair(9, 9) + pair(0, 0) + pair(9, 8) + length(3) + length(0)
