"""Streams in snapshots and payloads: every type, what is refused, and what is written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.datatypes.limits import Limits
from rediskit.datatypes.stream import Stream
from rediskit.rdb.damage import Damaged
from rediskit.rdb.snapshot import dump, is_intact, restore
from rediskit.structures.group import Group
from rediskit.structures.ids import FIRST_ID, LAST_ID
from rediskit.structures.producers import Producers
from tests.support.damage import changes, restored, summed
from tests.support.rdb_forms import MS, length, listpack, payload, string
from tests.support.rdb_streams import (
    ACTIVE,
    EMPTY,
    ENDS,
    PRODUCERS,
    ROWS,
    RUNS,
    SEEN,
    STREAMS,
    consumers,
    pair,
    raw,
    run,
    stream,
)

LIMITS = Limits()
ENTRIES = [
    ((5, 1), [b"a", b"v", b"b", b"12"]),
    ((5, 4), [b"c", b"w"]),
    ((1005, 0), [b"a", b"-5", b"b", b"x" * 70]),
    ((2000, 0), [b"a", b"z"]),
]


def load(type_, value, version=11):
    """The stream of a value, checked."""
    found = restore(payload(type_, value, version), LIMITS)
    found.check()
    return found


def rows(group):
    """[(id, name of the owner, time, deliveries)] of a group."""
    return [
        (pair, group.name_of(owner), time_ms, count)
        for pair, owner, time_ms, count in group.rows(FIRST_ID, LAST_ID, 100)
    ]


@pytest.mark.parametrize(("type_", "value"), STREAMS, ids=lambda part: str(part)[:2])
def test_every_type(type_, value):
    found = load(type_, value)
    assert list(found) == ENTRIES
    assert found.last_id == (2000, 7)
    if type_ == 15:
        assert (found.added, found.max_deleted_id) == (4, FIRST_ID)
    else:
        assert (found.added, found.max_deleted_id) == (6, (5, 2))
    group = found.groups[b"group"]
    assert group.last_id == (5, 4)
    assert group.entries_read == (-1 if type_ == 15 else 2)
    if type_ == 27:
        owned = [((5, 1), b"alice", SEEN, 2), ((5, 2), b"", -1, 1), ((5, 4), b"", -1, 1)]
        assert [row[0] for row in group.oldest(-1, 9)] == [(5, 4), (5, 2)]
    else:
        owned = [
            ((5, 1), b"alice", SEEN, 2),
            ((5, 2), b"bob", SEEN, 1),
            ((5, 4), b"alice", ACTIVE, 1),
        ]
    assert rows(group) == owned
    alice = group.consumer_list()[0]
    assert (alice[0], alice[2], alice[3]) == (b"alice", SEEN, SEEN if type_ < 21 else ACTIVE)
    if type_ > 21:
        producers = found.producers
        assert (producers.duration_seconds, producers.most) == (60, 50)
        assert list(producers.items()) == [(b"producer", [(b"message", (1005, 0))])]
        assert (producers.added, producers.repeated) == (2, 1)


def test_an_empty_stream_is_a_value():
    found = load(19, EMPTY)
    assert len(found) == 0 and found.last_id == (9, 9) and found.added == 3


def of_runs(*runs, count, last=(2000, 7)):
    """A stream without groups of these runs."""
    return length(len(runs)) + b"".join(runs) + length(count) + pair(*last) + ENDS + length(0)


ONE = run((5, 1), [b"a"], [(2, 0, 0, b"v")])
ROW = raw(5, 1) + MS(SEEN) + length(1)
NOBODY = length(0)


def of_group(pending, owners, type_=19, read=b"\x02"):
    """A stream with one group."""
    return (
        RUNS
        + (length(4) + pair(2000, 7) + ENDS)
        + (length(1) + string(b"g") + pair(5, 4) + read + pending + owners)
    )


def owner(name, *ids, seen=SEEN):
    """A consumer who owns these entries."""
    return string(name) + MS(seen) + length(len(ids)) + b"".join(raw(*pair) for pair in ids)


DAMAGED_RUN = "a run of a stream is damaged"
DAMAGED_ENTRY = "an entry of a stream is damaged"
REFUSED = [
    (of_runs(ONE, count=2), "a stream holds another number of entries than it says"),
    (of_runs(ONE, count=1, last=(5, 0)), "the last id of a stream is below that of an entry"),
    (of_runs(ONE, ONE, count=2), "the ids of a stream do not ascend"),
    (
        of_runs(run((5, 1), [b"a"], [(2, 0, 1, b"v"), (2, 0, 0, b"w")]), count=2),
        "the ids of a stream do not ascend",
    ),
    (of_runs(run((0, 0), [b"a"], [(2, 0, 0, b"v")]), count=1), "the ids of a stream do not ascend"),
    (of_runs(run((5, 1), [b"a"], [(2, 0, 0)]), count=1), DAMAGED_RUN),
    (of_runs(run((5, 1), [b"a"], [(6, 0, 0, b"v")]), count=1), DAMAGED_ENTRY),
    (of_runs(run((5, 1), [b"a"], [(0, 0, 0, 0)]), count=1), DAMAGED_ENTRY),
    (of_runs(run((5, 1), [b"a"], [(0, 0, 0, 2, b"f", b"v")]), count=1), DAMAGED_ENTRY),
    (of_runs(run((5, 1), [], [(2, 0, 0)]), count=1), DAMAGED_ENTRY),
    (of_runs(run((5, 1), [b"a"], [(2, b"x", 0, b"v")]), count=1), DAMAGED_RUN),
    (of_runs(run((5, 1), [b"a"], [(2, 0, 0, b"v")], counts=(-1, 0)), count=1), DAMAGED_RUN),
    (of_runs(run((5, 1), [b"a"], [(2, 0, 0, b"v")], counts=(2, 0)), count=1), DAMAGED_RUN),
    (
        of_runs(run((5, 1), [b"a"], [(2, 0, 0, b"v")], counts=(0, 1)), count=1),
        "a run of a stream holds another number of entries than it says",
    ),
    (
        of_runs(run((5, 1), [b"a"], [(2, 0, 0, b"v"), (2, 0, 1, b"v")], counts=(1, 0)), count=1),
        "a run of a stream holds another number of entries than it says",
    ),
    (
        of_runs(string(b"short") + string(listpack([0, 0, 0, 0])), count=0),
        "the id of a stream's run is damaged",
    ),
    (of_runs(string(raw(5, 1)) + string(b"x"), count=0), "a compact form is damaged"),
    (
        length(0) + length(0) + pair(9, 9) + pair(0, 0) + pair(9, 10) + length(3) + length(0),
        "a stream says of entries that are gone what cannot be",
    ),
    (
        RUNS + length(4) + pair(2000, 7) + pair(5, 1) + pair(5, 2) + length(3) + length(0),
        "a stream says of entries that are gone what cannot be",
    ),
    (
        stream(ENDS, length(2), consumers(b""))[:0]
        + (RUNS + length(4) + pair(2000, 7) + ENDS + length(2))
        + 2 * (string(b"g") + pair(5, 4) + length(2) + length(0) + length(0)),
        "a group is there twice",
    ),
    (of_group(length(1) + ROW, NOBODY), "a pending entry has no owner"),
    (
        of_group(length(1) + ROW, length(2) + owner(b"a", (5, 1)) + owner(b"b", (5, 1))),
        "a pending entry has two owners",
    ),
    (
        of_group(length(1) + ROW, length(1) + owner(b"a", (5, 1), (5, 1))),
        "a pending entry has two owners",
    ),
    (
        of_group(length(1) + ROW, length(1) + owner(b"a", (5, 1), (5, 4))),
        "a consumer owns an entry that is not pending",
    ),
    (
        of_group(length(1) + ROW, length(2) + owner(b"a", (5, 1)) + owner(b"a")),
        "a consumer is there twice",
    ),
    (
        of_group(length(2) + ROW + ROW, length(1) + owner(b"a", (5, 1))),
        "the pending entries of a group do not ascend",
    ),
    (of_group(length(0), length(1) + owner(b"a", seen=2**63)), "a time is damaged"),
    (
        of_group(length(1) + raw(5, 1) + MS(2**63) + length(1), length(1) + owner(b"a", (5, 1))),
        "a time is damaged",
    ),
    (
        of_group(
            length(1) + raw(5, 1) + MS(SEEN) + b"\x81" + b"\x80" + b"\0" * 7,
            length(1) + owner(b"a", (5, 1)),
        ),
        "an entry was delivered more often than can be",
    ),
    (
        of_group(length(0), NOBODY, read=b"\x81" + b"\x80" + b"\0" * 7),
        "a group has read more than there can be",
    ),
]


@pytest.mark.parametrize(("value", "reason"), REFUSED)
def test_refused(value, reason):
    with pytest.raises(Damaged) as raised:
        load(19, value)
    assert raised.value.reason == reason


def of_releases(released, producers=PRODUCERS):
    """A stream with two entries that nobody owns, and what is said of that."""
    owners = length(1) + string(b"a") + MS(SEEN) + MS(ACTIVE) + length(1) + raw(5, 1)
    return stream(ENDS, length(2), owners, released, producers)


REFUSED_LATER = [
    (of_releases(length(1) + raw(5, 2)), "a pending entry has no owner"),
    (of_releases(length(2) + raw(5, 2) * 2), "an entry is given back twice"),
    (
        of_releases(length(2) + raw(5, 2) + raw(5, 1)),
        "an entry is given back that is not pending, or has an owner",
    ),
    (
        of_releases(length(2) + raw(5, 2) + raw(5, 4), length(0) + length(1) + length(0) * 3),
        "the limits of a stream's producers are damaged",
    ),
    (
        of_releases(
            length(2) + raw(5, 2) + raw(5, 4),
            length(1)
            + length(1)
            + length(2)
            + 2 * (string(b"p") + length(1) + string(b"m") + pair(1, 1)),
        ),
        "a producer is there twice",
    ),
]


@pytest.mark.parametrize(("value", "reason"), REFUSED_LATER)
def test_refused_of_newer_types(value, reason):
    with pytest.raises(Damaged) as raised:
        load(27, value)
    assert raised.value.reason == reason


@pytest.mark.parametrize(("type_", "value"), STREAMS, ids=lambda part: str(part)[:2])
def test_damage(type_, value):
    """Cut at every byte, and every byte changed three ways: it is refused, or whole."""
    whole = payload(type_, value)
    assert restored(whole) is None
    for size in range(10, len(whole)):
        assert restored(summed(whole[: size - 10] + whole[-10:])) is not None
    refused = 0
    for place, content in changes(whole):
        assert not is_intact(content)
        if 0 < place < len(whole) - 10:
            refused += restored(summed(content)) is not None
    assert refused > len(whole)


WORDS = st.lists(
    st.one_of(st.binary(max_size=5), st.integers(-(2**63), 2**63 - 1).map(lambda n: b"%d" % n)),
    min_size=1,
    max_size=3,
)
NUMBERS = st.one_of(st.integers(0, 200), st.integers(0, 2**64 - 1))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, WORDS), max_size=30),
    st.lists(st.tuples(st.integers(0, 29), st.integers(0, 2), st.integers(0, 2**63 - 1))),
    st.booleans(),
)
def test_whatever_is_in_a_stream_comes_back(triples, deliveries, compression):
    original = Stream()
    for ms, seq, words in sorted(triples, key=lambda triple: triple[:2]):
        if (ms, seq) > original.last_id:
            original.append((ms, seq), tuple(w for f in words for w in (f, f)), 0, 100, 7)
    group = original.groups[b"g"] = Group()
    pairs = [pair for pair, _ in original]
    for index, owner, number in deliveries:
        if pairs:
            pair = pairs[index % len(pairs)]
            if owner:
                group.give(pair, group.create_consumer(b"%d" % owner, 7), number, number)
            else:
                group.release_to_nobody(pair, number)
    if compression:
        original.producers = Producers(5, 6)
        original.producers.note(b"p", b"m", (1, 2))
    found = restore(dump(original, compression), LIMITS)
    found.check()
    assert list(found) == list(original)
    assert (found.last_id, found.added) == (original.last_id, original.added)
    assert rows(found.groups[b"g"]) == rows(group)
    assert found.groups[b"g"].oldest(-1, 99) == group.oldest(-1, 99)
    if compression:
        assert list(found.producers.items()) == [(b"p", [(b"m", (1, 2))])]


def test_the_oldest_type_that_carries_it():
    plain = Stream()
    plain.append((1, 1), (b"a", b"b"), 0, 100, 7)
    assert dump(plain)[0] == 19 and dump(plain)[-10:-8] == b"\x0a\0"
    plain.producers = Producers()
    assert dump(plain)[0] == 26 and dump(plain)[-10:-8] == b"\x0d\0"
    plain.groups[b"g"] = Group()
    plain.groups[b"g"].release_to_nobody((1, 1), 0)
    assert dump(plain)[0] == 27 and dump(plain)[-10:-8] == b"\x0e\0"
    assert ROWS in dump(load(21, STREAMS[2][1]), False)
