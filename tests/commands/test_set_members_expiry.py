"""Members of sets that expire, on access and by themselves."""

import pytest

from rediskit.errors import CommandError
from tests.support.conversation import NOW
from tests.support.rdb_forms import LATER
from tests.support.stores import Store

LONG = "x" * 100


@pytest.fixture(params=["five ten never", f"five ten never {LONG}"], ids=["pack", "table"])
def sets(run, request):
    """A Conversation with a set `s`, whose members `five` and `ten` are due then."""
    run(f"SADD s {request.param}")
    if LONG in request.param:
        run(f"SREM s {LONG}")
    run("SPEXPIRE s 5 MEMBERS 1 five")
    run("SPEXPIRE s 10 MEMBERS 1 ten")
    run("ZADD z 1 five 1 never")
    run("SADD other five never")
    return run


def members(reply):
    return sorted(reply) if hasattr(reply, "__iter__") else reply


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        ("SISMEMBER s five", 1, 0),
        ("SMISMEMBER s five never", [1, 1], [0, 1]),
        ("SCARD s", 3, 2),
        ("SMEMBERS s", [b"five", b"never", b"ten"], [b"never", b"ten"]),
        ("SADD s five", 0, 1),
        ("SREM s five", 1, 0),
        ("SMOVE s other five", 1, 0),
        ("SINTER s other", [b"five", b"never"], [b"never"]),
        ("SINTERCARD 2 other s", 2, 1),
        ("SDIFF other s", [], [b"five"]),
        ("SUNIONSTORE d s", 3, 2),
        ("SORT s ALPHA", [b"five", b"never", b"ten"], [b"never", b"ten"]),
        ("ZINTERCARD 2 z s", 2, 1),
        ("SRANDMEMBER s 5", [b"five", b"never", b"ten"], [b"never", b"ten"]),
        ("SPTTL s MEMBERS 2 five ten", [1, 6], [-2, 5]),
        ("STTL s MEMBERS 1 ten", [1], [1]),
        ("SPEXPIRETIME s MEMBERS 2 five ten", [NOW + 5, NOW + 10], [-2, NOW + 10]),
        ("SEXPIRETIME s MEMBERS 1 never", [-1], [-1]),
        ("SPERSIST s MEMBERS 2 five never", [1, -1], [-2, -1]),
        ("SPEXPIRE s 1 MEMBERS 1 five", [1], [-2]),
    ],
)
def test_members_that_are_due_are_not_there(sets, line, before, after):
    sets("COPY s again")
    sets.at(4)
    found = sets(line)
    assert (
        found if "TTL" in line or "PERS" in line or "MISM" in line else members(found)
    ) == before
    sets("RENAME again s")
    sets("SADD other five")
    sets.at(5)
    found = sets(line)
    assert (found if "TTL" in line or "PERS" in line or "MISM" in line else members(found)) == after


def test_on_access_the_observers_are_told_once(sets):
    sets.at(10)
    assert sets.told("SCARD s") == "sexpired"
    assert sets.told("SCARD s") == ""
    assert sets.server.keyspace.expired_members == 2 and sets.server.keyspace.expired_fields == 0


def test_a_set_goes_with_its_last_member(sets):
    sets("SREM s never")
    sets.at(10)
    assert sets.told("SCARD s") == "sexpired del"
    assert sets("EXISTS s") == 0
    assert sets.told("SADD s five") == "sadd"


def test_members_go_by_themselves(sets):
    keyspace = sets.server.keyspace
    assert keyspace.first_deadline() == NOW + 5
    sets.at(5)
    del sets.events[:], sets.requests[:]
    assert not keyspace.expire_cycle()
    assert sets.events == [("sexpired", b"s")] and sets.requests == [b"SREM s five"]
    assert keyspace.first_deadline() == NOW + 10
    sets("SREM s never")
    sets.at(10)
    del sets.events[:]
    assert not keyspace.expire_cycle()
    assert sets.events == [("sexpired", b"s"), ("del", b"s")] and keyspace.first_deadline() == -1


@pytest.mark.parametrize("line", ["RENAME s new", "COPY s new", "MOVE s 1", "SWAPDB 0 1"])
def test_members_keep_their_deadlines_wherever_the_set_goes(sets, line):
    sets(line)
    if line in ("MOVE s 1", "SWAPDB 0 1"):
        sets("SELECT 1")
    key = "s" if line in ("MOVE s 1", "SWAPDB 0 1") else "new"
    assert sets(f"SPTTL {key} MEMBERS 3 five ten never") == [5, 10, -1]
    sets.at(10)
    while sets.server.keyspace.expire_cycle():
        assert sets.server.keyspace.first_deadline() >= 0
    sets.server.keyspace.expires = False
    assert list(sets(f"SMEMBERS {key}")) == [b"never"]


@pytest.mark.parametrize("command", ["SPOP s 2", "SPOP s", "SPOP s 1"])
def test_what_is_popped_leaves_no_deadline(sets, command):
    sets(command)
    sets.server.keyspace.databases[0].peek_value(b"s").check()
    left = sets("SPTTL s MEMBERS 3 five ten never")
    assert all(each in (-2, wanted) for each, wanted in zip(left, (5, 10, -1), strict=True))


def test_popping_nearly_all_keeps_the_deadlines_of_the_rest(run):
    run("SADD s " + " ".join(f"m{number}" for number in range(1000)))
    run("SPEXPIRE s 5 MEMBERS 1000 " + " ".join(f"m{number}" for number in range(1000)))
    run("SPOP s 995")
    [member, *_] = run("SMEMBERS s")
    assert run("SPTTL s MEMBERS 1 " + member.decode()) == [5]
    run.at(5)
    assert run("SCARD s") == 0


def test_results_of_several_sets_have_no_deadlines(sets):
    for line in ("SUNIONSTORE d s", "SINTERSTORE d s s", "SDIFFSTORE d s none"):
        assert sets(line) == 3
        assert sets("SPTTL d MEMBERS 3 five ten never") == [-1, -1, -1]


@pytest.mark.parametrize(
    ("line", "reply", "left"),
    [
        ("SEXPIRE s 1 NX MEMBERS 2 five never", [0, 1], [5, 10, 1000]),
        ("SEXPIRE s 1 XX MEMBERS 2 five never", [1, 0], [1000, 10, -1]),
        ("SPEXPIRE s 7 GT MEMBERS 3 five ten never", [1, 0, 0], [7, 10, -1]),
        ("SPEXPIRE s 7 LT MEMBERS 4 five ten never x", [0, 1, 1, -2], [5, 7, 7]),
        ("SPEXPIREAT s 1 MEMBERS 2 five x", [2, -2], [-2, 10, -1]),
        (f"SEXPIREAT s {NOW // 1000 + 1} MEMBERS 1 five", [1], [1000, 10, -1]),
        ("SADDEX s MEMBERS 2 five never", 1, [-1, 10, -1]),
        ("SADDEX s KEEPTTL MEMBERS 2 five never", 1, [5, 10, -1]),
        ("SADDEX s EX 1 MEMBERS 1 five", 1, [1000, 10, -1]),
        ("SADDEX s MNX EX 1 MEMBERS 2 new five", 0, [5, 10, -1]),
        ("SADDEX s MXX EX 1 MEMBERS 2 new five", 0, [5, 10, -1]),
        ("SADDEX s MXX PX 3 MEMBERS 2 ten five", 1, [3, 3, -1]),
        ("SADDEX s MEMBERS 1 five PX 0", 1, [-2, 10, -1]),
    ],
)
def test_deadlines(sets, line, reply, left):
    assert sets(line) == reply
    assert sets("SPTTL s MEMBERS 3 five ten never") == left
    assert sets("SISMEMBER s new") == 0


def test_missing_keys(run):
    assert run("SEXPIRE k 1 MEMBERS 2 a b") == [-2, -2] and run("STTL k MEMBERS 1 a") == [-2]
    assert run("SPERSIST k MEMBERS 1 a") == [-2]
    assert run("SADDEX k MXX MEMBERS 1 a") == 0 and run("EXISTS k") == 0
    assert run("SADDEX k PXAT 1 MEMBERS 1 a") == 1 and run("EXISTS k") == 0
    assert run("SADDEX k MNX PX 5 MEMBERS 2 1 2") == 1 and run("SPTTL k MEMBERS 1 2") == [5]


@pytest.mark.parametrize(
    ("line", "events", "requests"),
    [
        ("SPEXPIRE s 7 MEMBERS 3 five x never", "sexpire",
         [b"SPEXPIREAT s %d MEMBERS 2 five never" % (NOW + 7)]),
        ("SEXPIRE s 1 NX MEMBERS 1 five", "", []),
        ("SEXPIRE s 0 MEMBERS 2 five x", "srem", [b"SREM s five"]),
        ("SEXPIREAT s 1 MEMBERS 3 five ten never", "srem del", [b"SREM s five ten never"]),
        ("SPERSIST s MEMBERS 2 five never", "spersist", [b"SPERSIST s MEMBERS 2 five never"]),
        ("SADDEX s MEMBERS 1 a EX 1", "sadd sexpire",
         [b"SADDEX s MEMBERS 1 a PXAT %d" % (NOW + 1000)]),
        ("SADDEX s MEMBERS 1 a", "sadd", [b"SADDEX s MEMBERS 1 a"]),
        ("SADDEX s PX 0 MEMBERS 2 five x", "sadd srem", [b"SREM s five"]),
        ("SADDEX none PX 0 MEMBERS 1 a", "sadd srem del", []),
    ],
)  # fmt: skip
def test_events_and_what_is_handed_on(sets, line, events, requests):
    del sets.requests[:]
    assert sets.told(line) == events
    assert sets.requests == requests


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("SEXPIRE s -1 MEMBERS 1 five", "ERR invalid expire time, must be >= 0"),
        ("SEXPIRE s 1 MEMBERS 2 five",
         "ERR The `nummembers` parameter must match the number of arguments"),
        ("SEXPIRE s 1 MEMBERS 0 five", "ERR Parameter `numMembers` should be greater than 0"),
        ("SEXPIRE s 1 FIELDS 1 five",
         "ERR Mandatory argument MEMBERS is missing or not at the right position"),
        ("STTL s MEMBERS 0 five", "ERR Number of members must be a positive integer"),
        ("SADDEX s EX 1 MNX", "ERR missing MEMBERS argument"),
        ("SADDEX s MEMBERS 1 a MEMBERS 1 b", "ERR MEMBERS keyword specified multiple times"),
        ("SADDEX s MNX MXX MEMBERS 1 a", "ERR Only one of MXX or MNX arguments can be specified"),
        ("SADDEX s FNX MEMBERS 1 a", "ERR unknown argument: FNX"),
        ("SADDEX z MEMBERS 1 a",
         "WRONGTYPE Operation against a key holding the wrong kind of value"),
    ],
)  # fmt: skip
def test_errors_change_nothing(sets, line, error):
    with pytest.raises(CommandError) as caught:
        sets(line)
    assert caught.value.text == error
    assert sets("SPTTL s MEMBERS 3 five ten never") == [5, 10, -1] and sets("SCARD s") == 3


def test_dumps_and_snapshots_keep_deadlines(sets):
    payload = sets("DUMP s")
    sets.server.execute(sets.client, b"RESTORE", b"t", b"0", payload)
    assert sets("SPTTL t MEMBERS 3 five ten never") == [5, 10, -1]
    sets.at(5)
    assert sorted(sets("SMEMBERS t")) == [b"never", b"ten"]


def test_snapshots_keep_deadlines(tmp_path):
    store, other = Store(), Store()
    store.run("SADD", "s", "a", "2", "c")
    store.run("SPEXPIREAT", "s", LATER, "MEMBERS", 2, "a", "2")
    store.save(tmp_path / "dump.rdb")
    other.load(tmp_path / "dump.rdb")
    other.check()
    assert other.digest() == store.digest()
    assert other.run("SPEXPIRETIME", "s", "MEMBERS", 3, "a", "2", "c") == [LATER, LATER, -1]
    assert other.keyspace.first_deadline() == LATER


def test_encoding(sets):
    assert sets("OBJECT ENCODING s") == b"hashtable"
