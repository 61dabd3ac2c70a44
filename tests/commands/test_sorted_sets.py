"""The sorted set commands: what they give, announce and hand on; and the blocking ones.

What Redis replies to every command and option, tests/compatibility/sorted_sets.py compares; here
is what one server alone can tell.
"""

import pytest

from rediskit import errors
from rediskit.commands.sorted_sets import bzpopmax
from rediskit.datatypes.sorted_set import SortedSet
from rediskit.errors import CommandError
from rediskit.grammar.command import Wait
from rediskit.keyspace.digest import Digest
from rediskit.protocol.replies import NULL_ARRAY
from tests.support.peers import Peers

WRONG_TYPE_LINES = [
    "ZADD s 1 a", "ZADD s XX 1 a", "ZADD s INCR 1 a", "ZADD s 1 a 2 b", "ZINCRBY s 1 a",
    "ZREM s a", "ZCARD s", "ZSCORE s a", "ZMSCORE s a", "ZRANK s a", "ZREVRANK s a WITHSCORE",
    "ZPOPMIN s", "ZPOPMAX s 2", "ZMPOP 1 s MIN", "BZPOPMIN s 0", "BZPOPMAX x s 0",
    "BZMPOP 0 1 s MAX", "ZRANDMEMBER s", "ZRANDMEMBER s -2", "ZSCAN s 0", "ZCOUNT s 0 1",
    "ZLEXCOUNT s - +", "ZRANGE s 0 1", "ZREVRANGE s 0 1", "ZRANGEBYSCORE s 0 1",
    "ZREVRANGEBYSCORE s 1 0", "ZRANGEBYLEX s - +", "ZREVRANGEBYLEX s + -", "ZRANGESTORE z s 0 1",
    "ZREMRANGEBYRANK s 0 1", "ZREMRANGEBYSCORE s 0 1", "ZREMRANGEBYLEX s - +", "ZUNION 2 z s",
    "ZINTER 2 z s", "ZDIFF 2 z s", "ZUNIONSTORE z 2 z s", "ZINTERSTORE z 2 z s",
    "ZDIFFSTORE z 2 z s", "ZINTERCARD 2 z s",
]  # fmt: skip

EVENTS = [
    ("ZADD z 1 new", "zadd"),
    ("ZADD z 5 a 6 new", "zadd"),
    ("ZADD z 1 a", ""),
    ("ZADD z NX 5 a", ""),
    ("ZADD z XX 5 new", ""),
    ("ZADD z INCR 1 a", "zincr"),
    ("ZINCRBY z 1 a", "zincr"),
    ("ZINCRBY z 0 a", ""),
    ("ZREM z a x", "zrem"),
    ("ZREM z x", ""),
    ("ZREM z a b c", "zrem del"),
    ("ZPOPMIN z", "zpopmin"),
    ("ZPOPMAX z 5", "zpopmax del"),
    ("ZPOPMAX z 0", ""),
    ("ZMPOP 2 x z MIN", "zpopmin"),
    ("BZPOPMAX z 0", "zpopmax"),
    ("BZMPOP 0 1 z MAX COUNT 9", "zpopmax del"),
    ("ZREMRANGEBYRANK z 0 0", "zremrangebyrank"),
    ("ZREMRANGEBYSCORE z 1 2", "zremrangebyscore"),
    ("ZREMRANGEBYLEX z - +", "zremrangebylex del"),
    ("ZREMRANGEBYSCORE z 8 9", ""),
    ("ZRANGESTORE d z 0 1", "zrangestore"),
    ("ZRANGESTORE z z 7 8", "del"),
    ("ZRANGESTORE d z 7 8", ""),
    ("ZUNIONSTORE d 1 z", "zunionstore"),
    ("ZINTERSTORE d 1 z", "zinterstore"),
    ("ZDIFFSTORE d 1 z", "zdiffstore"),
    ("ZDIFFSTORE z 2 z z", "del"),
    ("ZINTERSTORE d 2 z x", ""),
]

HANDED_ON = [
    ("ZADD z 1 a", []),
    ("ZADD z 9 a", [b"ZADD z 9 a"]),
    ("ZMPOP 1 z MAX COUNT 2", [b"ZPOPMAX z 2"]),
    ("BZMPOP 0 2 x z MIN COUNT 9", [b"ZPOPMIN z 3"]),
    ("BZPOPMIN x z 0", [b"ZPOPMIN z"]),
    ("BZPOPMAX z 0", [b"ZPOPMAX z"]),
    ("ZPOPMAX z", [b"ZPOPMAX z"]),
]


def refused(run, line):
    """The error text for a command line."""
    with pytest.raises(CommandError) as caught:
        run(line)
    return caught.value.text


def content(run, key="z"):
    return list(run(f"ZRANGE {key} 0 -1 WITHSCORES"))


@pytest.mark.parametrize("line", WRONG_TYPE_LINES)
def test_wrong_type_changes_nothing(run, line):
    run("SET s text")
    run("ZADD z 1 a")
    dirty = run.server.keyspace.dirty
    assert refused(run, line) == errors.WRONG_TYPE
    assert run.server.keyspace.dirty == dirty
    assert run("GET s") == b"text"
    assert content(run) == [b"a", 1.0]


@pytest.mark.parametrize(("line", "events"), EVENTS)
def test_what_is_announced(run, line, events):
    run("ZADD z 1 a 2 b 3 c")
    assert run.told(line) == events
    assert run("EXISTS z") == int("del" not in events)


@pytest.mark.parametrize(("line", "requests"), HANDED_ON)
def test_what_is_handed_on(run, line, requests):
    run("ZADD z 1 a 2 b 3 c")
    assert run.handed_on(line) == requests


@pytest.mark.parametrize(
    "line",
    [
        "ZADD z 1 a x b",
        "ZADD z 1 a nan b",
        "ZADD z INCR 1 a 2 b",
        "ZUNIONSTORE z 1 z WEIGHTS x",
        "ZINCRBY z nan a",
        "ZRANGESTORE z z x y",
        "ZREMRANGEBYRANK z 0 x",
    ],
)
def test_a_refused_command_changes_nothing(run, line):
    run("ZADD z 7 a")
    assert refused(run, line).startswith("ERR ")
    assert content(run) == [b"a", 7.0]
    run("DEL z")
    refused(run, line)
    assert run("EXISTS z") == 0


def test_infinities_do_not_make_nan(run):
    run("ZADD z inf a")
    assert refused(run, "ZINCRBY z -inf a") == errors.SCORE_NAN
    assert refused(run, "ZADD z INCR -inf a") == errors.SCORE_NAN
    assert content(run) == [b"a", float("inf")]


@pytest.mark.parametrize("size", [10, 500])
def test_ranges_iterate_like_lists(run, size):
    for number in range(size):
        run(f"ZADD z {number} m{number}")
    view = run("ZRANGE z 1 3")
    assert list(view) == [b"m1", b"m2", b"m3"]
    assert len(view) == 3
    assert view[1] == b"m2"
    assert view == [b"m1", b"m2", b"m3"]
    flat = run("ZRANGE z 2 1 BYSCORE REV WITHSCORES")
    assert list(flat) == [b"m2", 2.0, b"m1", 1.0]
    assert len(flat) == 4
    run.client.protocol = 3
    nested = run("ZRANGE z 2 1 BYSCORE REV WITHSCORES")
    assert list(nested) == [[b"m2", 2.0], [b"m1", 1.0]]
    assert len(nested) == 2
    assert run("ZPOPMIN z 2") == [[b"m0", 0.0], [b"m1", 1.0]]
    assert run("ZPOPMAX z") == [b"m%d" % (size - 1), size - 1.0]


def test_encodings_follow_the_configuration(run):
    run("CONFIG SET zset-max-listpack-entries 2 zset-max-listpack-value 5")
    run("ZADD z 1 a 2 b")
    assert run("OBJECT ENCODING z") == b"listpack"
    run("CONFIG SET zset-max-listpack-entries 3")
    run("ZADD z 3 c")
    assert run("OBJECT ENCODING z") == b"listpack"
    run("ZADD z 3 abcdef")
    assert run("OBJECT ENCODING z") == b"skiplist"
    run("ZREM z abcdef")
    assert run("OBJECT ENCODING z") == b"skiplist"
    run("ZUNIONSTORE d 1 z")
    assert run("OBJECT ENCODING d") == b"listpack"
    run("COPY z w")
    assert run("OBJECT ENCODING w") == b"skiplist"


@pytest.mark.parametrize("size", [3, 300])
def test_random_members(run, size):
    for number in range(size):
        run(f"ZADD z {number} {number}")
    everyone = {b"%d" % number for number in range(size)}
    assert run("ZRANDMEMBER z") in everyone
    few = run("ZRANDMEMBER z 2")
    assert len(set(few)) == 2
    assert everyone.issuperset(few)
    assert set(run(f"ZRANDMEMBER z {size + 1}")) == everyone
    many = list(run("ZRANDMEMBER z -5000 WITHSCORES"))
    assert len(many) == 10000
    assert set(many[::2]) == everyone
    assert all(score == float(member) for member, score in zip(*[iter(many)] * 2, strict=True))
    run.client.protocol = 3
    assert all(score == float(member) for member, score in run("ZRANDMEMBER z -5 WITHSCORES"))


def read_bytes(connection, count):
    received = bytearray()
    while len(received) < count:
        received += connection.socket.recv(count - len(received))
    return bytes(received)


@pytest.mark.parametrize("size", [2, 300])
def test_endless_random_members_are_streamed(server, size):
    with server.connect() as connection, server.connect() as other:
        for number in range(size):
            connection.run(f"ZADD z 1 {100 + number}")
        connection.send(b"ZRANDMEMBER", b"z", b"-4000000000000000000", b"WITHSCORES")
        assert read_bytes(connection, 22) == b"*8000000000000000000\r\n"
        pairs = read_bytes(connection, 16 * 200_000)
        assert pairs.count(b"$1\r\n1\r\n") == 200_000
        assert other.run("DEL z") == (":", 1)
        assert len(read_bytes(connection, 16 * 200_000)) == 16 * 200_000
        assert int(other.run("INFO memory").content.split(b"used_memory:")[1].split()[0]) < 10**8


def test_scanning_meets_everyone(run):
    for number in range(1000):
        run(f"ZADD z {number} m{number}")
    cursor, met = b"0", {}
    while True:
        cursor, found = run(f"ZSCAN z {cursor.decode()} COUNT 50 MATCH m*5")
        met.update(zip(found[::2], found[1::2], strict=True))
        if cursor == b"0":
            break
    assert met == {b"m%d" % number: b"%d" % number for number in range(5, 1000, 10)}


def test_memory_and_digest(run):
    run("ZADD z 1 a 2.5 b")
    run("ZADD y 2.5 b 1 a")
    run("ZADD x 2.5 b 1.5 a")
    assert run("MEMORY USAGE z") > 50
    digests = []
    for key in (b"z", b"y", b"x"):
        digest = Digest()
        run.client.database.read(key, SortedSet).digest_into(digest)
        digests.append(str(digest))
    assert digests[0] == digests[1] != digests[2]


def test_what_cannot_wait_gets_nothing(run):
    assert run("BZPOPMIN x y 0.5") is NULL_ARRAY
    assert run("BZMPOP 0 2 x y MIN") is NULL_ARRAY
    wait = bzpopmax(run.client, b"x", b"y", b"0.0015")
    assert type(wait) is Wait
    assert (list(wait.keys), wait.timeout_ms, wait.datatype) == ([b"x", b"y"], 2, SortedSet)


@pytest.fixture
def peers():
    made = Peers()
    yield made
    made.close()
    assert not made.server.dispatcher.waiting.queues


def waiting(peers, line):
    """A client that has sent a request and waits."""
    peer = peers.connect()
    peer.send(*line.split())
    peers.turn_until(lambda: peer.client.waiting is not None)
    return peer


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("BZPOPMIN x z 0", '["z", "a", "1"]'),
        ("BZPOPMAX z x 0", '["z", "b", "2"]'),
        ("BZMPOP 0 2 x z MIN COUNT 5", '["z", [["a", "1"], ["b", "2"]]]'),
    ],
)
@pytest.mark.parametrize("filling", ["ZADD z 1 a 2 b", "ZUNIONSTORE z 1 y", "RENAME y z"])
def test_waiters_are_served(peers, line, reply, filling):
    other = peers.connect()
    other.run("ZADD y 1 a 2 b")
    peer = waiting(peers, line)
    other.run(filling)
    assert peer.spelled() == reply


def test_first_come_first_served(peers):
    other = peers.connect()
    first, second, third = (waiting(peers, f"BZPOPM{end} z 0") for end in ("IN", "AX", "IN"))
    other.run("ZADD z 1 a 2 b")
    assert first.spelled() == '["z", "a", "1"]'
    assert second.spelled() == '["z", "b", "2"]'
    assert third.is_silent()
    other.run("SET z text")
    assert third.is_silent()
    other.run("DEL z")
    other.run("ZINCRBY z 3 c")
    assert third.spelled() == '["z", "c", "3"]'
