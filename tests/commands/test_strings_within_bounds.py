"""MSETEX and INCREX."""

import pytest

from rediskit.errors import CommandError
from rediskit.protocol.replies import Status
from tests.support.conversation import NOW

LARGEST = (1 << 63) - 1
SMALLEST = -(1 << 63)


@pytest.fixture
def strings(run):
    """A Conversation with `n`, 5 for 100 ms more, `s`, a text, and `l`, a list."""
    run("SET n 5 PX 100")
    run("SET s text")
    run("RPUSH l a")
    return run


@pytest.mark.parametrize(
    ("line", "reply", "values", "left"),
    [
        ("MSETEX 2 n 1 m 2", 1, [b"1", b"2"], [-1, -1]),
        ("MSETEX 2 n 1 m 2 PX 7", 1, [b"1", b"2"], [7, 7]),
        ("MSETEX 2 n 1 m 2 KEEPTTL", 1, [b"1", b"2"], [100, -1]),
        ("MSETEX 2 n 1 m 2 EX 3 NX", 0, [b"5", None], [100, -2]),
        ("MSETEX 2 n 1 m 2 XX", 0, [b"5", None], [100, -2]),
        ("MSETEX 1 n 1 XX EX 2", 1, [b"1", None], [2000, -2]),
        (f"MSETEX 1 m 1 NX EXAT {NOW // 1000 + 1}", 1, [b"5", b"1"], [100, 1000]),
        (f"MSETEX 2 m 1 m 2 NX PXAT {NOW + 9}", 1, [b"5", b"2"], [100, 9]),
    ],
)
def test_msetex(strings, line, reply, values, left):
    assert strings(line) == reply
    assert strings("MGET n m") == values
    assert [strings("PTTL n"), strings("PTTL m")] == left


def test_msetex_takes_the_place_of_other_types(strings):
    assert strings("MSETEX 1 l v") == 1 and strings("GET l") == b"v"


@pytest.mark.parametrize(
    ("line", "reply", "value", "left"),
    [
        ("INCREX n", [6, 1], b"6", 100),
        ("INCREX new", [1, 1], b"5", 100),
        ("INCREX n BYINT -7", [-2, -7], b"-2", 100),
        ("INCREX n byint 10 UBOUND 15", [15, 10], b"15", 100),
        ("INCREX n BYINT 10 UBOUND 14", [5, 0], b"5", 100),
        ("INCREX n BYINT 10 UBOUND 14 SATURATE", [14, 9], b"14", 100),
        ("INCREX n BYINT -1 UBOUND 4", [4, -1], b"4", 100),
        ("INCREX n BYINT 1 UBOUND 2", [5, 0], b"5", 100),
        ("INCREX n BYINT 1 UBOUND 2 SATURATE EX 1", [2, -3], b"2", 1000),
        ("INCREX n BYINT 1 UBOUND 2 EX 1", [5, 0], b"5", 100),
        ("INCREX n LBOUND 10 SATURATE", [10, 5], b"10", 100),
        ("INCREX n LBOUND 10", [5, 0], b"5", 100),
        (f"INCREX n BYINT {LARGEST}", [5, 0], b"5", 100),
        (f"INCREX n BYINT {LARGEST} SATURATE", [LARGEST, LARGEST - 5], b"%d" % LARGEST, 100),
        ("INCREX n PERSIST", [6, 1], b"6", -1),
        ("INCREX n PX 7", [6, 1], b"6", 7),
        ("INCREX n PX 7 ENX", [6, 1], b"6", 100),
        (f"INCREX n PXAT {NOW + 8}", [6, 1], b"6", 8),
        ("INCREX n PXAT 1 ENX", [6, 1], b"6", 100),
        ("INCREX n PXAT 1", [6, 1], None, -2),
        ("INCREX n BYFLOAT 0.5", [b"5.5", b"0.5"], b"5.5", 100),
        ("INCREX n BYFLOAT 1e2 UBOUND 100.5", [b"5", b"0"], b"5", 100),
        ("INCREX n BYFLOAT 1e2 UBOUND 100.5 SATURATE", [b"100.5", b"95.5"], b"100.5", 100),
        ("INCREX n BYFLOAT -1 LBOUND 4.25 SATURATE", [b"4.25", b"-0.75"], b"4.25", 100),
        ("INCREX n BYFLOAT -1 LBOUND -inf UBOUND inf PERSIST", [b"4", b"-1"], b"4", -1),
    ],
)
def test_increx(strings, line, reply, value, left):
    assert strings(line) == reply
    assert strings("GET n") == value
    assert strings("PTTL n") == left


@pytest.mark.parametrize(
    ("line", "reply", "value"),
    [
        ("INCREX k", [1, 1], b"1"),
        ("INCREX k UBOUND 0 EX 1", [0, 0], None),
        ("INCREX k LBOUND 3 SATURATE", [3, 3], b"3"),
        ("INCREX k BYFLOAT 0.1 LBOUND 1", [b"0", b"0"], None),
        ("INCREX k BYFLOAT 0.1", [b"0.1", b"0.1"], b"0.1"),
        ("INCREX k PXAT 1", [1, 1], None),
        ("INCREX k EX 1 ENX", [1, 1], b"1"),
    ],
)
def test_increx_of_a_missing_key(run, line, reply, value):
    assert run(line) == reply
    assert run("GET k") == value


def test_increx_replies_with_doubles_in_resp3(strings):
    strings("HELLO 3")
    assert strings("INCREX n BYFLOAT 0.5") == [5.5, 0.5]
    assert type(strings("INCREX n BYFLOAT 0.5 UBOUND 0")[1]) is float
    assert strings("INCREX new") == [1, 1]


@pytest.mark.parametrize(
    ("line", "events", "requests"),
    [
        ("MSETEX 2 n 1 m 2", "set set", [b"MSETEX 2 n 1 m 2"]),
        (
            "MSETEX 2 n 1 m 2 PX 7",
            "expire set expire set",
            [b"MSETEX 2 n 1 m 2 PXAT %d" % (NOW + 7)],
        ),
        ("MSETEX 2 n 1 m 2 NX", "", []),
        ("INCREX n", "incrby", [b"SET n 6 KEEPTTL"]),
        ("INCREX n BYFLOAT 1.5", "incrbyfloat", [b"SET n 6.5 KEEPTTL"]),
        ("INCREX n EX 1", "incrby expire", [b"SET n 6 PXAT %d" % (NOW + 1000)]),
        ("INCREX n EX 1 ENX", "incrby", [b"SET n 6 KEEPTTL"]),
        ("INCREX n PERSIST", "incrby persist", [b"SET n 6"]),
        ("INCREX new PERSIST", "incrby", [b"SET new 1 KEEPTTL"]),
        ("INCREX n PXAT 1", "del", [b"DEL n"]),
        ("INCREX new PXAT 1", "", []),
        ("INCREX n UBOUND 1", "", []),
    ],
)
def test_events_and_what_is_handed_on(strings, line, events, requests):
    del strings.requests[:]
    assert strings.told(line) == events
    assert strings.requests == requests


WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
SYNTAX = "ERR syntax error"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("MSETEX 0 n 1", "ERR invalid numkeys value"),
        ("MSETEX x n 1", "ERR invalid numkeys value"),
        ("MSETEX 2147483648 n 1", "ERR invalid numkeys value"),
        ("MSETEX 2 n 1 m", "ERR wrong number of key-value pairs"),
        ("MSETEX 1 n 1 m", SYNTAX),
        ("MSETEX 1 n 1 NX XX", SYNTAX),
        ("MSETEX 1 n 1 EX 1 KEEPTTL", SYNTAX),
        ("MSETEX 1 n 1 EX 0", "ERR invalid expire time in 'msetex' command"),
        ("MSETEX 1 n", "ERR wrong number of arguments for 'msetex' command"),
        ("INCREX n BYINT 1 BYINT 2", SYNTAX),
        ("INCREX n BYINT 1 BYFLOAT 2", SYNTAX),
        ("INCREX n EX 1 PX 1", SYNTAX),
        ("INCREX n SATURATE SATURATE", SYNTAX),
        ("INCREX n EX 1 PERSIST", SYNTAX),
        ("INCREX n PERSIST ENX", SYNTAX),
        ("INCREX n FOO", SYNTAX),
        ("INCREX n BYINT", SYNTAX),
        ("INCREX n ENX", "ERR ENX flag requires an expiration"),
        ("INCREX n LBOUND 2 UBOUND 1", "ERR LBOUND can't be greater than UBOUND"),
        ("INCREX n BYFLOAT 1 LBOUND 2 UBOUND 1.5", "ERR LBOUND can't be greater than UBOUND"),
        ("INCREX n LBOUND 1.5", "ERR LBOUND is not an integer or out of range"),
        ("INCREX n UBOUND x", "ERR UBOUND is not an integer or out of range"),
        ("INCREX n BYFLOAT 1 UBOUND x", "ERR UBOUND is not a valid float"),
        ("INCREX n BYFLOAT 1 LBOUND nan", "ERR LBOUND is not a valid float"),
        ("INCREX n BYINT 1.5", "ERR Increment is not an integer or out of range"),
        ("INCREX n BYFLOAT x", "ERR Increment is not a valid float"),
        ("INCREX n BYFLOAT -inf", "ERR BYFLOAT increment cannot be Infinity"),
        ("INCREX n EX 0", "ERR invalid expire time in 'increx' command"),
        ("INCREX s", "ERR value is not an integer or out of range"),
        ("INCREX s BYFLOAT 1", "ERR value is not a valid float"),
        ("INCREX l", WRONG_TYPE),
        ("INCREX l BYFLOAT 1", WRONG_TYPE),
    ],
)
def test_errors(strings, line, error):
    with pytest.raises(CommandError) as caught:
        strings(line)
    assert caught.value.text == error
    assert strings("GET n") == b"5" and strings("PTTL n") == 100


@pytest.mark.parametrize(
    ("value", "line", "error"),
    [
        (b"1.5", "INCREX k", "ERR value is not an integer or out of range"),
        (b"inf", "INCREX k BYFLOAT 1", "ERR value cannot be Infinity"),
        (
            b"%d" % SMALLEST,
            f"INCREX k LBOUND {LARGEST} SATURATE",
            "ERR applied increment would overflow",
        ),
        (
            b"-1e4932",
            "INCREX k BYFLOAT 1 LBOUND 1e4932 SATURATE",
            "ERR applied increment would be Infinity",
        ),
    ],
)
def test_values_that_cannot_be_counted_on(run, value, line, error):
    run("SET k " + value.decode())
    with pytest.raises(CommandError) as caught:
        run(line)
    assert caught.value.text == error
    assert run("GET k") == value


def test_keys(run):
    assert run("COMMAND GETKEYS MSETEX 2 a 1 b 2 NX") == [b"a", b"b"]
    assert run("COMMAND GETKEYSANDFLAGS MSETEX 1 a 1") == [
        [b"a", [Status(b"OW"), Status(b"update")]]
    ]
    with pytest.raises(CommandError, match="Invalid arguments"):
        run("COMMAND GETKEYS MSETEX 3 a 1 b 2")
    [information] = run("COMMAND INFO MSETEX")
    assert Status(b"movablekeys") in information[2] and information[3:6] == [0, 0, 0]
    [spec] = information[8]
    assert dict(spec)[b"find_keys"][b"spec"] == {b"keynumidx": 0, b"firstkey": 1, b"keystep": 2}
