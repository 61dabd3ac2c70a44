"""HGETEX, HSETEX and HGETDEL: fields with deadlines in one command."""

import pytest

from rediskit.errors import CommandError
from tests.support.conversation import NOW

PAST = "PXAT 1"


@pytest.fixture(params=[512, 0], ids=["compact", "large"])
def hashes(run, request):
    """A Conversation whose hashes have one of the two forms; `h` has a, b, and c due at 10."""
    run(f"CONFIG SET hash-max-listpack-entries {request.param}")
    run("HSET h a 1 b 2 c 3")
    run("HPEXPIRE h 10 FIELDS 1 c")
    return run


@pytest.mark.parametrize(
    ("line", "reply", "fields"),
    [
        ("HGETDEL h FIELDS 3 a x c", [b"1", None, b"3"], {b"b": b"2"}),
        ("HGETDEL h FIELDS 2 a a", [b"1", None], {b"b": b"2", b"c": b"3"}),
        ("HGETDEL none FIELDS 2 a b", [None, None], {b"a": b"1", b"b": b"2", b"c": b"3"}),
        ("HGETEX h FIELDS 2 a x", [b"1", None], {b"a": b"1", b"b": b"2", b"c": b"3"}),
        ("HGETEX none EX 1 FIELDS 1 a", [None], {b"a": b"1", b"b": b"2", b"c": b"3"}),
        (f"HGETEX h {PAST} FIELDS 3 a x a", [b"1", None, b"1"], {b"b": b"2", b"c": b"3"}),
        ("HGETEX h FIELDS 1 a EX 0", [b"1"], {b"b": b"2", b"c": b"3"}),
        ("HSETEX h FIELDS 2 a 5 d 6", 1, {b"a": b"5", b"b": b"2", b"c": b"3", b"d": b"6"}),
        ("HSETEX h FNX FIELDS 2 d 4 a 5", 0, {b"a": b"1", b"b": b"2", b"c": b"3"}),
        ("HSETEX h FXX FIELDS 2 d 4 a 5", 0, {b"a": b"1", b"b": b"2", b"c": b"3"}),
        ("HSETEX h FIELDS 1 a 5 fxx", 1, {b"a": b"5", b"b": b"2", b"c": b"3"}),
        ("HSETEX h FNX FIELDS 1 d 4", 1, {b"a": b"1", b"b": b"2", b"c": b"3", b"d": b"4"}),
        ("HSETEX h EX 0 FIELDS 2 a 5 d 6", 1, {b"b": b"2", b"c": b"3"}),
    ],
)
def test_replies(hashes, line, reply, fields):
    assert hashes(line) == reply
    assert hashes("HGETALL h") == fields


def test_a_key_that_is_missing(run):
    assert run("HSETEX h FXX FIELDS 1 a 1") == 0 and run("EXISTS h") == 0
    assert run("HSETEX h EXAT 1 FIELDS 1 a 1") == 1 and run("EXISTS h") == 0
    assert run("HSETEX h FNX PX 5 FIELDS 1 a 1") == 1
    run.at(5)
    assert run("EXISTS h") == 1 and run("HGETALL h") == {} and run("EXISTS h") == 0


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("HSETEX h FIELDS 2 a 1 c 1", [-1, -1, -1]),
        ("HSETEX h KEEPTTL FIELDS 2 a 1 c 1", [-1, -1, 10]),
        ("HSETEX h PX 7 FIELDS 2 a 1 c 1", [7, -1, 7]),
        ("HSETEX h EX 1 FXX FIELDS 1 b 1", [-1, 1000, 10]),
        (f"HSETEX h PXAT {NOW + 3} FIELDS 1 b 1", [-1, 3, 10]),
        ("HGETEX h FIELDS 2 a c", [-1, -1, 10]),
        ("HGETEX h PERSIST FIELDS 2 a c", [-1, -1, -1]),
        ("HGETEX h FIELDS 2 a c PX 8", [8, -1, 8]),
        (f"HGETEX h EXAT {NOW // 1000 + 2} FIELDS 1 b", [-1, 2000, 10]),
    ],
)
def test_deadlines(hashes, line, left):
    hashes(line)
    assert hashes("HPTTL h FIELDS 3 a b c") == left


def test_what_has_been_set_expires_by_itself(hashes):
    hashes("HSETEX h PX 5 FIELDS 1 d 4")
    hashes("HGETEX h PX 6 FIELDS 1 a")
    hashes.at(10)
    hashes.server.keyspace.expire_cycle()
    assert hashes("HGETALL h") == {b"b": b"2"} and hashes.server.keyspace.expired_fields == 3


@pytest.mark.parametrize(
    ("line", "events", "requests"),
    [
        ("HGETDEL h FIELDS 2 a x", "hdel", [b"HDEL h a"]),
        ("HGETDEL h FIELDS 3 a b c", "hdel del", [b"HDEL h a b c"]),
        ("HGETDEL h FIELDS 1 x", "", []),
        ("HGETEX h FIELDS 1 a", "", []),
        ("HGETEX h PX 5 FIELDS 2 a x", "hexpire", [b"HPEXPIREAT h %d FIELDS 1 a" % (NOW + 5)]),
        ("HGETEX h PERSIST FIELDS 2 a c", "hpersist", [b"HPERSIST h FIELDS 1 c"]),
        ("HGETEX h PERSIST FIELDS 1 a", "", []),
        ("HGETEX h PX 0 FIELDS 2 a x", "hdel", [b"HDEL h a"]),
        ("HGETEX h PX 0 FIELDS 3 a b c", "hdel del", [b"HDEL h a b c"]),
        ("HGETEX h PX 0 FIELDS 1 x", "", []),
        ("HSETEX h FIELDS 1 a 5", "hset", [b"HSETEX h FIELDS 1 a 5"]),
        (
            "HSETEX h FXX FIELDS 1 a 5 EX 1",
            "hset hexpire",
            [b"HSETEX h FXX FIELDS 1 a 5 PXAT %d" % (NOW + 1000)],
        ),
        ("HSETEX h FNX FIELDS 1 a 5", "", []),
        ("HSETEX h PX 0 FIELDS 2 a 5 x 6", "hset hdel", [b"HDEL h a"]),
        ("HSETEX h PX 0 FIELDS 3 a 1 b 2 c 3", "hset hdel del", [b"HDEL h a b c"]),
        ("HSETEX none PX 0 FIELDS 1 a 1", "hset hdel del", []),
    ],
)
def test_events_and_what_is_handed_on(hashes, line, events, requests):
    del hashes.requests[:]
    assert hashes.told(line) == events
    assert hashes.requests == requests


@pytest.mark.parametrize("line", ["HGETEX h PX 5 FIELDS 1 c", "HGETDEL h FIELDS 1 c"])
def test_what_was_due_is_told_first(hashes, line):
    hashes.at(10)
    assert hashes.told(line) == "hexpired"
    assert hashes("HLEN h") == 2


WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
ONE_EXPIRY = "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
MISMATCH = "ERR The `numfields` parameter must match the number of arguments"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            "HGETDEL h FOO 1 a",
            "ERR Mandatory argument FIELDS is missing or not at the right position",
        ),
        ("HGETDEL h FIELDS 0 a", "ERR Number of fields must be a positive integer"),
        ("HGETDEL h FIELDS 2 a", MISMATCH),
        ("HGETDEL h FIELDS 1", "ERR wrong number of arguments for 'hgetdel' command"),
        ("HGETEX h FIELDS 2 a", MISMATCH),
        ("HGETEX h FIELDS 0 a", "ERR invalid number of fields"),
        ("HGETEX h FIELDS 1 a b", "ERR unknown argument: b"),

        ("HGETEX h EX 1 FOO 1", "ERR unknown argument: FOO"),
        ("HGETEX h PERSIST EX 5 FIELDS 1 a",
         "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified"),
        ("HGETEX h KEEPTTL FIELDS 1 a", "ERR unknown argument: KEEPTTL"),
        ("HGETEX h FNX FIELDS 1 a", "ERR unknown argument: FNX"),
        ("HGETEX h FIELDS 1 a FIELDS 1 a", "ERR FIELDS keyword specified multiple times"),
        ("HGETEX h FIELDS 1 a EX", "ERR missing expire time"),
        ("HGETEX h EX -1 FIELDS 1 a", "ERR invalid expire time, must be >= 0"),
        ("HGETEX h EX x FIELDS 1 a", "ERR value is not an integer or out of range"),
        ("HGETEX h PXAT 70368744177664 FIELDS 1 a", "ERR invalid expire time in 'hgetex' command"),
        ("HSETEX h EX 1 PX 1 KEEPTTL",
         ONE_EXPIRY),
        ("HSETEX h FNX FXX FIELDS 1 a 1",
         "ERR Only one of FXX or FNX arguments can be specified"),
        ("HSETEX h KEEPTTL FNX EX 1", ONE_EXPIRY),
        ("HSETEX h KEEPTTL FNX FNX x", "ERR Only one of FXX or FNX arguments can be specified"),
        ("HSETEX h EX 1 EXAT 2 FIELDS 1 a 1",
         ONE_EXPIRY),
        ("HSETEX h FIELDS 1 a 1 b", "ERR unknown argument: b"),
        ("HSETEX h FIELDS 2 a 1 b", MISMATCH),
        ("HSETEX h KEEPTTL FXX EX 1", ONE_EXPIRY),
        ("HSETEX h FNX PX 5 KEEPTTL", ONE_EXPIRY),
        ("HSETEX h PX 5 FNX FIELDS", MISMATCH),
        ("HEXPIRE h 10 NX XX FIELDS 1 a", "ERR Multiple condition flags specified"),
        ("HEXPIRE h 10 NX FIELDS 1",
         "ERR FIELDS requires at least numfields and one field argument"),
        ("HGETDEL s FIELDS 1 a", WRONG_TYPE),
        ("HGETEX s FIELDS 1 a", WRONG_TYPE),
        ("HSETEX s FIELDS 1 a 1", WRONG_TYPE),
    ],
)  # fmt: skip
def test_errors_change_nothing(hashes, line, error):
    hashes("SET s text")
    with pytest.raises(CommandError) as caught:
        hashes(line)
    assert caught.value.text == error
    assert hashes("HGETALL h") == {b"a": b"1", b"b": b"2", b"c": b"3"}
    assert hashes("HPTTL h FIELDS 3 a b c") == [-1, -1, 10]
