"""Fields of hashes that expire, on access and by themselves. Replies are compared elsewhere."""

import pytest

from rediskit.errors import CommandError
from tests.support.conversation import NOW


@pytest.fixture(params=[512, 0], ids=["compact", "large"])
def hashes(run, request):
    """A Conversation whose hashes have one of the two forms; `h` has fields due at 5 and 10."""
    run(f"CONFIG SET hash-max-listpack-entries {request.param}")
    run("HSET h five 5 ten 10 never 0")
    run("HPEXPIRE h 5 FIELDS 1 five")
    run("HPEXPIRE h 10 FIELDS 1 ten")
    return run


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        ("HGET h five", b"5", None),
        ("HMGET h five never", [b"5", b"0"], [None, b"0"]),
        ("HLEN h", 3, 2),
        ("HEXISTS h five", 1, 0),
        ("HSTRLEN h five", 1, 0),
        ("HKEYS h", [b"five", b"ten", b"never"], [b"ten", b"never"]),
        ("HVALS h", [b"5", b"10", b"0"], [b"10", b"0"]),
        (
            "HGETALL h",
            {b"five": b"5", b"ten": b"10", b"never": b"0"},
            {b"ten": b"10", b"never": b"0"},
        ),
        ("HPTTL h FIELDS 2 five ten", [1, 6], [-2, 5]),
        ("HTTL h FIELDS 1 ten", [1], [1]),
        ("HPEXPIRETIME h FIELDS 2 five ten", [NOW + 5, NOW + 10], [-2, NOW + 10]),
        ("HINCRBY h five 1", 6, 1),
        ("HINCRBYFLOAT h five 1", b"6", b"1"),
        ("HSETNX h five x", 0, 1),
        ("HSET h five x", 0, 1),
        ("HDEL h five", 1, 0),
        ("HPERSIST h FIELDS 1 five", [1], [-2]),
        ("HPEXPIRE h 1 FIELDS 1 five", [1], [-2]),
    ],
)
def test_fields_that_are_due_are_not_there(hashes, line, before, after):
    def reply():
        found = hashes(line)
        if hasattr(found, "form"):
            return sorted(found)
        return found

    hashes.at(4)
    assert reply() == (sorted(before) if line in ("HKEYS h", "HVALS h") else before)
    hashes("DEL h")
    hashes.at(0)
    hashes("HSET h five 5 ten 10 never 0")
    hashes("HPEXPIRE h 5 FIELDS 1 five")
    hashes("HPEXPIRE h 10 FIELDS 1 ten")
    hashes.at(5)
    assert reply() == (sorted(after) if line in ("HKEYS h", "HVALS h") else after)


def test_on_access_the_observers_are_told_once(hashes):
    hashes.at(4)
    assert hashes.told("HGET h five") == ""
    hashes.at(10)
    assert hashes.told("HGET h never") == "hexpired"
    assert hashes.told("HGET h never") == ""
    assert hashes.server.keyspace.expired_fields == 2


def test_a_hash_goes_with_its_last_field(hashes):
    hashes("HDEL h never")
    hashes.at(10)
    assert hashes.told("HLEN h") == "hexpired del"
    assert hashes("EXISTS h") == 0 and hashes("HLEN h") == 0
    hashes("HSET g a 1")
    hashes("HPEXPIRE g 5 FIELDS 1 a")
    hashes.at(20)
    assert hashes.told("HSET g b 2") == "hexpired del hset"
    assert hashes("HGETALL g") == {b"b": b"2"}


def test_fields_go_by_themselves(hashes):
    keyspace = hashes.server.keyspace
    assert keyspace.first_deadline() == NOW + 5
    hashes.at(4)
    keyspace.expire_cycle()
    assert keyspace.expired_fields == 0
    hashes.at(5)
    del hashes.events[:]
    assert not keyspace.expire_cycle()
    assert hashes.events == [("hexpired", b"h")] and keyspace.first_deadline() == NOW + 10
    hashes("HDEL h never")
    hashes.at(10)
    del hashes.events[:]
    assert not keyspace.expire_cycle()
    assert hashes.events == [("hexpired", b"h"), ("del", b"h")]
    assert keyspace.first_deadline() == -1 and hashes("EXISTS h") == 0
    assert keyspace.expired_fields == 2


def test_many_hashes_and_fields_go_by_themselves(hashes):
    for number in range(200):
        hashes(f"HSET k{number} a 1 b 2 c 3")
        hashes(f"HPEXPIRE k{number} {number + 1} FIELDS 2 a b")
    hashes("HSET big " + " ".join(f"f{number} {number}" for number in range(2000)))
    hashes("HPEXPIRE big 7 FIELDS 2000 " + " ".join(f"f{number}" for number in range(2000)))
    hashes.at(1000)
    while hashes.server.keyspace.expire_cycle():
        assert hashes.server.keyspace.first_deadline() >= 0
    assert hashes.server.keyspace.expired_fields == 2402
    assert hashes("DBSIZE") == 201
    assert all(hashes(f"HGETALL k{number}") == {b"c": b"3"} for number in range(200))


@pytest.mark.parametrize(
    "line",
    ["DEL h", "SET h text", "HDEL h five ten", "HSET h five 1 ten 2",
     "HPERSIST h FIELDS 2 five ten", "FLUSHALL", "FLUSHALL ASYNC", "RENAME h other"],
)  # fmt: skip
def test_what_lost_its_deadline_does_not_expire(hashes, line):
    hashes(line)
    if line.startswith("RENAME"):
        hashes("HPERSIST other FIELDS 2 five ten")
    hashes.at(100)
    del hashes.events[:]
    while hashes.server.keyspace.expire_cycle():
        assert hashes.server.keyspace.first_deadline() >= 0
    assert hashes.events == [] and hashes.server.keyspace.first_deadline() == -1


@pytest.mark.parametrize("line", ["RENAME h new", "COPY h new", "MOVE h 1", "SWAPDB 0 1"])
def test_fields_keep_their_deadlines_wherever_the_hash_goes(hashes, line):
    hashes(line)
    if line in ("MOVE h 1", "SWAPDB 0 1"):
        hashes("SELECT 1")
    key = "h" if line in ("MOVE h 1", "SWAPDB 0 1") else "new"
    assert hashes(f"HPTTL {key} FIELDS 3 five ten never") == [5, 10, -1]
    hashes.at(10)
    while hashes.server.keyspace.expire_cycle():
        assert hashes.server.keyspace.first_deadline() >= 0
    hashes.server.keyspace.expires = False
    assert hashes(f"HKEYS {key}") == [b"never"]
    assert hashes.server.keyspace.first_deadline() == -1


def test_while_frozen_due_fields_are_unseen_but_stay(hashes):
    keyspace = hashes.server.keyspace
    hashes.at(5)
    keyspace.frozen = True
    assert hashes.told("HGET h five") == "" and hashes("HGET h five") is None
    assert hashes("HLEN h") == 2 and keyspace.expired_fields == 0
    keyspace.frozen = False
    assert hashes("HLEN h") == 2 and keyspace.expired_fields == 1


def test_incrementing_keeps_the_deadline(hashes):
    hashes("HINCRBY h five 1")
    hashes("HINCRBYFLOAT h ten 1")
    assert hashes("HPTTL h FIELDS 2 five ten") == [5, 10]


@pytest.mark.parametrize(
    ("line", "events", "requests"),
    [
        (
            "HPEXPIRE h 7 FIELDS 3 five x never",
            "hexpire",
            [b"HPEXPIREAT h %d FIELDS 2 five never" % (NOW + 7)],
        ),
        ("HEXPIRE h 1 NX FIELDS 1 five", "", []),
        ("HEXPIRE h 0 FIELDS 2 five x", "hdel", [b"HDEL h five"]),
        ("HEXPIREAT h 1 FIELDS 3 five ten never", "hdel del", [b"HDEL h five ten never"]),
        ("HPERSIST h FIELDS 2 five never", "hpersist", [b"HPERSIST h FIELDS 2 five never"]),
        ("HPERSIST h FIELDS 1 never", "", []),
    ],
)
def test_events_and_what_is_handed_on(hashes, line, events, requests):
    del hashes.requests[:]
    assert hashes.told(line) == events
    assert hashes.requests == requests


@pytest.mark.parametrize(
    "line",
    ["HEXPIRE h -1 FIELDS 1 five", "HEXPIRE h 10 FIELDS 2 five", "HEXPIRE h 10 NX XX FIELDS 1 five",
     "HPEXPIREAT h 70368744177664 FIELDS 1 five", "HEXPIRE h 9223372036854775807 FIELDS 1 five",
     "HTTL h FIELDS -1 five", "HPERSIST h FIELDS 9223372036854775808 five"],
)  # fmt: skip
def test_an_error_changes_nothing(hashes, line):
    with pytest.raises(CommandError):
        hashes(line)
    assert hashes("HPTTL h FIELDS 3 five ten never") == [5, 10, -1]


def test_encodings(run):
    run("HSET h a 1")
    run("HEXPIRE h 10 FIELDS 1 a")
    assert run("OBJECT ENCODING h") == b"listpackex"
    run("HPERSIST h FIELDS 1 a")
    assert run("OBJECT ENCODING h") == b"listpackex"
    run(f"HSET h a {'x' * 65}")
    assert run("OBJECT ENCODING h") == b"hashtable"


def test_each_field_counts_as_a_change(run):
    """As in Redis 7.4; but HPERSIST is one, however many fields it is for."""
    run("HSET h a 1 b 2 c 3 d 4")
    for line, changes in (
        ("HEXPIRE h 100 FIELDS 3 a b none", 2),
        ("HEXPIRE h 100 NX FIELDS 2 a b", 0),
        ("HPERSIST h FIELDS 3 a b c", 1),
        ("HEXPIRE h 0 FIELDS 3 a b none", 2),
    ):
        before = run.server.keyspace.dirty
        run(line)
        assert run.server.keyspace.dirty == before + changes


def test_fields_that_expire_are_handed_on(hashes):
    hashes("HSET h other 5")
    hashes("HPEXPIRE h 5 FIELDS 1 other")
    hashes.at(5)
    [request] = hashes.handed_on("HGET h never")
    assert request.split()[:2] == [b"HDEL", b"h"]
    assert sorted(request.split()[2:]) == [b"five", b"other"]
    assert hashes.handed_on("HGET h never") == []
    hashes.at(10)
    del hashes.requests[:]
    assert not hashes.server.keyspace.expire_cycle()
    assert hashes.requests == [b"HDEL h ten"]
    assert hashes("HGETALL h") == {b"never": b"0"}


def test_fields_that_expire_are_handed_on_before_what_met_them(hashes):
    hashes.at(5)
    assert hashes.handed_on("HSET h five 6") == [
        b"MULTI",
        b"HDEL h five",
        b"HSET h five 6",
        b"EXEC",
    ]


@pytest.mark.parametrize("feeds", [True, False])
def test_fields_go_whether_somebody_is_fed_or_not(hashes, feeds):
    if not feeds:
        hashes.server.keyspace.changes.takers.clear()
    hashes.at(10)
    hashes.server.keyspace.expire_cycle()
    assert hashes("HGETALL h") == {b"never": b"0"}
    assert hashes.server.keyspace.expired_fields == 2
    assert bool(hashes.handed_on("HSET h x 1")) == feeds
