"""LMOVEM and BLMOVEM."""

import pytest

from rediskit.errors import CommandError
from rediskit.protocol.replies import NULL_ARRAY
from tests.support.peers import Peers

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
SOURCE = [b"a", b"b", b"c"]


@pytest.fixture(params=[128, -2, 1], ids=["128", "8kb", "1"])
def lists(run, request):
    """A Conversation with a list `s` of a, b, c, and `d` of x, y."""
    run(f"CONFIG SET list-max-listpack-size {request.param}")
    run("RPUSH s a b c")
    run("RPUSH d x y")
    return run


def content(run, key):
    return list(run(f"LRANGE {key} 0 -1"))


@pytest.mark.parametrize(
    ("words", "reply", "source", "destination"),
    [
        ("LEFT LEFT", [b"a"], b"b c", b"a x y"),
        ("right left", [b"c"], b"a b", b"c x y"),
        ("LEFT RIGHT COUNT 2 OBO", [b"a", b"b"], b"c", b"x y a b"),
        ("LEFT RIGHT COUNT 2 BULK", [b"a", b"b"], b"c", b"x y a b"),
        ("LEFT LEFT COUNT 2 OBO", [b"b", b"a"], b"c", b"b a x y"),
        ("LEFT LEFT COUNT 2 BULK", [b"a", b"b"], b"c", b"a b x y"),
        ("RIGHT RIGHT COUNT 2 OBO", [b"c", b"b"], b"a", b"x y c b"),
        ("RIGHT RIGHT COUNT 2 BULK", [b"b", b"c"], b"a", b"x y b c"),
        ("RIGHT LEFT EXACTLY 2 obo", [b"b", b"c"], b"a", b"b c x y"),
        ("RIGHT LEFT EXACTLY 2 BULK", [b"b", b"c"], b"a", b"b c x y"),
        ("LEFT RIGHT COUNT 9 BULK", [b"a", b"b", b"c"], b"", b"x y a b c"),
        ("LEFT RIGHT EXACTLY 3 OBO", [b"a", b"b", b"c"], b"", b"x y a b c"),
        ("LEFT RIGHT EXACTLY 4 OBO", NULL_ARRAY, b"a b c", b"x y"),
    ],
)
def test_moving(lists, words, reply, source, destination):
    assert lists(f"LMOVEM s d {words}") == reply
    assert content(lists, "s") == source.split()
    assert content(lists, "d") == destination.split()
    lists.server.keyspace.databases[0].peek_value(b"d").check()


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("LEFT LEFT COUNT 2 OBO", b"b a c"),
        ("LEFT LEFT COUNT 2 BULK", b"a b c"),
        ("LEFT RIGHT COUNT 2 OBO", b"c a b"),
        ("RIGHT RIGHT COUNT 9 OBO", b"c b a"),
        ("RIGHT LEFT", b"c a b"),
    ],
)
def test_moving_within_a_list(lists, words, left):
    lists(f"LMOVEM s s {words}")
    assert content(lists, "s") == left.split()


def test_missing_keys(run):
    assert run("LMOVEM s d LEFT LEFT") == [] and run("LMOVEM s d LEFT LEFT COUNT 2 OBO") == []
    assert run("LMOVEM s d LEFT LEFT EXACTLY 1 OBO") is NULL_ARRAY
    run("RPUSH s a b c")
    assert run("LMOVEM s new RIGHT RIGHT COUNT 2 BULK") == [b"b", b"c"]
    assert content(run, "new") == [b"b", b"c"]


@pytest.mark.parametrize(
    ("line", "events"),
    [
        ("LMOVEM s d LEFT RIGHT COUNT 2 OBO", "rpush lpop"),
        ("LMOVEM s d RIGHT LEFT COUNT 3 OBO", "lpush rpop del"),
        ("LMOVEM s d RIGHT LEFT EXACTLY 4 OBO", ""),
        ("LMOVEM s s LEFT RIGHT COUNT 2 OBO", "rpush lpop"),
        ("LMOVEM none d LEFT RIGHT", ""),
    ],
)
def test_events(lists, line, events):
    assert lists.told(line) == events


def test_what_is_handed_on(lists):
    line = b"LMOVEM s d LEFT RIGHT COUNT 1 OBO"
    assert lists.handed_on(line.decode()) == [line]
    assert lists.handed_on("BLMOVEM s d LEFT RIGHT 0 COUNT 1 OBO") == [line]
    assert lists.handed_on("LMOVEM s d LEFT RIGHT EXACTLY 9 OBO") == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("LMOVEM s d LEFT UP", "ERR syntax error"),
        ("LMOVEM s d LEFT LEFT COUNT 2", "ERR syntax error"),
        ("LMOVEM s d LEFT LEFT OBO", "ERR syntax error"),
        ("LMOVEM s d LEFT LEFT COUNT 2 FOO", "ERR syntax error"),
        ("LMOVEM s d LEFT LEFT ABOUT 2 OBO", "ERR syntax error"),
        ("LMOVEM s d LEFT LEFT COUNT 2 OBO BULK", "ERR syntax error"),
        ("LMOVEM s d LEFT LEFT COUNT 0 OBO", "ERR count should be greater than 0"),
        ("LMOVEM s d LEFT LEFT EXACTLY x OBO", "ERR count should be greater than 0"),
        ("BLMOVEM s d LEFT LEFT x", "ERR timeout is not a float or out of range"),
        ("BLMOVEM s d LEFT LEFT -1", "ERR timeout is negative"),
        ("LMOVEM t d LEFT LEFT", WRONG_TYPE),
        ("LMOVEM s t LEFT LEFT", WRONG_TYPE),
    ],
)  # fmt: skip
def test_errors(lists, line, error):
    lists("SET t text")
    with pytest.raises(CommandError) as caught:
        lists(line)
    assert caught.value.text == error
    assert content(lists, "s") == SOURCE and content(lists, "d") == [b"x", b"y"]


@pytest.fixture
def peers():
    """A server and clients of it that may wait."""
    made = Peers()
    yield made
    made.close()


def send(peer, line):
    peer.send(*line.split())


def test_waiting(peers):
    waiting, other = peers.connect(), peers.connect()
    send(waiting, "BLMOVEM s d LEFT RIGHT 0 EXACTLY 3 BULK")
    assert other.run("RPUSH s a b") == ":2"
    assert waiting.is_silent()
    assert other.run("RPUSH s c d") == ":4"
    assert waiting.spelled() == '["a", "b", "c"]'
    assert other.run("LRANGE s 0 -1") == '["d"]'
    send(waiting, "BLMOVEM none d LEFT RIGHT 0 COUNT 3 OBO")
    assert waiting.is_silent()
    assert other.run("RPUSH none e") == ":1"
    assert waiting.spelled() == '["e"]'
    send(waiting, "BLMOVEM none d LEFT RIGHT 0.01")
    assert waiting.spelled() == "nil*"


def test_where_nobody_may_wait(run):
    run("MULTI")
    run("BLMOVEM s d LEFT RIGHT 0")
    run("BLMOVEM s d LEFT RIGHT 0 EXACTLY 2 OBO")
    assert run("EXEC") == [NULL_ARRAY, NULL_ARRAY]
