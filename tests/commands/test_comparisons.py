"""Compare and set, compare and delete: SET IFEQ and its like, DELEX, DELIFEQ, DIGEST."""

import pytest

from rediskit.errors import CommandError
from rediskit.protocol.replies import OK, Status
from tests.support.conversation import NOW

DIGEST = "b6acb9d84a38ff74"  # of Hello world
OTHER = "0123456789abcdef"
LONG = "x" * 10000  # outside of the key's entry


@pytest.fixture
def strings(run):
    """A Conversation with a string `k`, an integer `n`, a long string `x`, and a list `l`."""
    run("SET k 'Hello world' PX 100")
    run("SET n 5")
    run(f"SET x {LONG}")
    run("RPUSH l a")
    return run


def test_digest(strings):
    assert strings("DIGEST k") == DIGEST.encode()
    assert strings("DIGEST none") is None
    strings("SET five 5")
    strings("SET zero 0")
    assert strings("DIGEST n") == strings("DIGEST five")
    whole = strings("DIGEST x")
    strings("SETRANGE x 0 y")
    assert strings("DIGEST x") != whole
    strings("SETRANGE x 0 x")
    assert strings("DIGEST x") == whole
    assert all(len(strings(f"DIGEST {key}")) == 16 for key in "knx")
    numbers = iter(range(1000))
    while not strings("DIGEST zero").startswith(b"0"):
        strings(f"SET zero {next(numbers)}")
    assert len(strings("DIGEST zero")) == 16
    with pytest.raises(CommandError, match="WRONGTYPE"):
        strings("DIGEST l")


CONDITIONS = [
    ("k", "IFEQ 'Hello world'", True),
    ("k", "ifeq Hello", False),
    ("k", "IFNE Hello", True),
    ("k", "IFNE 'Hello world'", False),
    ("k", f"IFDEQ {DIGEST}", True),
    ("k", f"IFDEQ {DIGEST.upper()}", True),
    ("k", f"IFDEQ {OTHER}", False),
    ("k", f"IFDNE {OTHER}", True),
    ("k", f"IFDNE {DIGEST}", False),
    ("n", "IFEQ 5", True),
    ("n", "IFEQ 05", False),
    ("x", f"IFEQ {LONG}", True),
    ("x", f"IFNE {LONG}", False),
    ("x", f"IFNE {LONG}x", True),
]


@pytest.mark.parametrize(("key", "condition", "holds"), CONDITIONS)
def test_set(strings, key, condition, holds):
    old = strings(f"GET {key}")
    assert strings(f"SET {key} new {condition}") == (OK if holds else None)
    assert strings(f"GET {key}") == (b"new" if holds else old)


@pytest.mark.parametrize(("key", "condition", "holds"), CONDITIONS)
def test_set_with_get(strings, key, condition, holds):
    old = bytes(strings(f"GET {key}"))
    assert bytes(strings(f"SET {key} new GET {condition}")) == old
    assert bytes(strings(f"GET {key}")) == (b"new" if holds else old)


@pytest.mark.parametrize(("key", "condition", "holds"), CONDITIONS)
def test_delex(strings, key, condition, holds):
    assert strings.handed_on(f"DELEX {key} {condition}") == ([b"DEL " + key.encode()] * holds)
    assert strings(f"EXISTS {key}") == 1 - holds
    assert strings(f"DELEX {key} {condition}") == 0


@pytest.mark.parametrize(
    ("condition", "sets"),
    [("IFEQ ''", False), (f"IFDEQ {OTHER}", False), ("IFNE ''", True), (f"IFDNE {OTHER}", True)],
)
def test_a_missing_key_differs_from_everything(run, condition, sets):
    assert run(f"SET k v GET {condition}") is None
    assert run("EXISTS k") == sets
    assert run(f"DELEX none {condition}") == 0


@pytest.mark.parametrize(
    ("line", "events", "requests"),
    [
        ("SET n 6 IFEQ 5", "set", [b"SET n 6"]),
        ("SET n 6 IFEQ 5 KEEPTTL", "set", [b"SET n 6 KEEPTTL"]),
        ("SET n 6 EX 1 IFNE 4 GET", "set expire", [b"SET n 6 PXAT %d" % (NOW + 1000)]),
        ("SET n 6 IFEQ 6", "", []),
        ("DELEX n", "del", [b"DEL n"]),
        ("DELEX l", "del", [b"DEL l"]),
        ("DELEX none", "", []),
        ("DELEX n IFEQ 6", "", []),
        ("DELIFEQ n 5", "del", [b"DEL n"]),
        ("DELIFEQ n 6", "", []),
        ("DELIFEQ none 6", "", []),
    ],
)
def test_events_and_what_is_handed_on(strings, line, events, requests):
    del strings.requests[:]
    assert strings.told(line) == events
    assert strings.requests == requests


def test_deadlines(strings):
    strings("SET k new IFEQ 'Hello world' KEEPTTL")
    assert strings("PTTL k") == 100
    strings("SET k newer IFEQ new")
    assert strings("PTTL k") == -1
    strings("SET k newest IFNE newest PX 7")
    assert strings("PTTL k") == 7
    strings.at(7)
    assert strings("SET k again IFEQ newest") is None and strings("EXISTS k") == 0


WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NOT_A_DIGEST = "ERR must be exactly 16 hexadecimal characters"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("SET l v IFEQ a", WRONG_TYPE),
        ("SET l v IFNE a", WRONG_TYPE),
        (f"SET l v IFDNE {OTHER}", WRONG_TYPE),
        ("SET k v IFEQ a IFNE b", "ERR syntax error"),
        ("SET k v NX IFNE b", "ERR syntax error"),
        ("SET k v IFEQ b XX", "ERR syntax error"),
        ("SET k v IFEQ", "ERR syntax error"),
        ("SET k v IFDEQ 123", NOT_A_DIGEST),
        (f"SET k v IFDNE {OTHER}0", NOT_A_DIGEST),
        ("SET k v IFDNE 0123456789abcdeg", NOT_A_DIGEST),
        ("DELEX k IFDEQ 123", NOT_A_DIGEST),
        ("DELEX k IFFOO 1", "ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE"),
        ("DELEX k IFEQ", "ERR wrong number of arguments for 'delex' command"),
        ("DELEX k IFEQ 1 2", "ERR wrong number of arguments for 'delex' command"),
        ("DELEX l IFEQ 1", "ERR Key should be of string type if conditions are specified"),
        ("DELIFEQ l 1", WRONG_TYPE),
    ],
)
def test_errors(strings, line, error):
    with pytest.raises(CommandError) as caught:
        strings(line)
    assert caught.value.text == error
    assert strings("GET k") == b"Hello world" and strings("LLEN l") == 1


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("SET k v", [b"OW", b"update"]),
        ("SET k v IFEQ a", [b"RW", b"access", b"update"]),
        ("DELEX k", [b"RM", b"delete"]),
        ("DELEX k IFEQ a", [b"RW", b"access", b"delete"]),
    ],
)
def test_what_happens_to_the_key(run, line, flags):
    assert run(f"COMMAND GETKEYSANDFLAGS {line}") == [[b"k", list(map(Status, flags))]]
