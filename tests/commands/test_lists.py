"""The list commands: what they do, announce and hand on; and the blocking ones with clients."""

import pytest

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.grammar.command import Wait
from rediskit.protocol.replies import NULL_ARRAY, OK
from tests.support.peers import Peers

WRONG_TYPE_LINES = [
    "LPUSH s x", "RPUSH s x y", "LPUSHX s x", "RPUSHX s x", "LPOP s", "RPOP s", "LPOP s 0",
    "RPOP s 2", "LLEN s", "LINDEX s 0", "LINSERT s BEFORE a b", "LSET s 0 x", "LREM s 0 x",
    "LRANGE s 0 -1", "LTRIM s 0 -1", "LPOS s x", "LMOVE s l LEFT LEFT", "LMOVE l s LEFT LEFT",
    "RPOPLPUSH s l", "RPOPLPUSH l s", "LMPOP 1 s LEFT", "LMPOP 2 x s LEFT", "BLPOP s 0",
    "BRPOP x s 0", "BLMOVE s l LEFT LEFT 0", "BRPOPLPUSH l s 0", "BLMPOP 0 1 s LEFT",
]  # fmt: skip


def refused(run, line):
    """The error text for a command line."""
    with pytest.raises(CommandError) as caught:
        run(line)
    return caught.value.text


def content(run, key="l"):
    return list(run(f"LRANGE {key} 0 -1"))


@pytest.mark.parametrize("line", WRONG_TYPE_LINES)
def test_wrong_type_changes_nothing(run, line):
    run("SET s text")
    run("RPUSH l a")
    dirty = run.server.keyspace.dirty
    assert refused(run, line) == errors.WRONG_TYPE
    assert run.server.keyspace.dirty == dirty
    assert run("GET s") == b"text"
    assert content(run) == [b"a"]


def test_pushing(run):
    assert run("RPUSH l a b") == 2
    assert run("LPUSH l c d") == 4
    assert content(run) == [b"d", b"c", b"a", b"b"]
    assert run("LPUSHX l e f") == 6
    assert run("RPUSHX l g") == 7
    assert content(run) == [b"f", b"e", b"d", b"c", b"a", b"b", b"g"]
    assert run("LPUSHX x a") == run("RPUSHX x a b") == 0
    assert run("EXISTS x") == 0


def test_popping(run):
    run("RPUSH l a b c d e")
    assert run("LPOP l") == b"a"
    assert run("RPOP l") == b"e"
    assert run("LPOP l 2") == [b"b", b"c"]
    assert run("LPOP l 0") == []
    assert run("RPOP l 5") == [b"d"]
    assert run("EXISTS l") == 0
    assert run("LPOP l") is None
    assert run("LPOP l 0") is NULL_ARRAY
    assert run("RPOP l 1") is NULL_ARRAY
    for count in ("-1", "x", "1.5", "9223372036854775808"):
        assert refused(run, f"LPOP l {count}") == errors.MUST_BE_POSITIVE
    assert refused(run, "LPOP l 1 2").startswith("ERR wrong number of arguments")


def test_looking(run):
    run("RPUSH l a b c")
    assert run("LLEN l") == 3
    assert run("LLEN x") == 0
    assert [run(f"LINDEX l {index}") for index in (0, 2, 3, -1, -3, -4)] == [
        b"a", b"c", None, b"c", b"a", None,
    ]  # fmt: skip
    assert run("LINDEX l 9223372036854775807") is None
    assert run("LINDEX l -9223372036854775808") is None
    assert run("LINDEX x nonsense") is None
    assert refused(run, "LINDEX l nonsense") == errors.NOT_AN_INTEGER
    for start, stop, expected in (
        (0, 1, [b"a", b"b"]), (-2, -1, [b"b", b"c"]), (-100, 100, [b"a", b"b", b"c"]),
        (2, 1, []), (3, 5, []), (0, -4, []), (-(2**63), 2**63 - 1, [b"a", b"b", b"c"]),
    ):  # fmt: skip
        assert list(run(f"LRANGE l {start} {stop}")) == expected
    assert list(run("LRANGE x 0 -1")) == []
    assert refused(run, "LRANGE x 0 y") == errors.NOT_AN_INTEGER


def test_positions(run):
    run("RPUSH l a b c 1 2 3 c c")
    assert run("LPOS l c") == 2
    assert run("LPOS l c RANK 2") == 6
    assert run("LPOS l c RANK -1") == 7
    assert run("LPOS l c RANK 4") is None
    assert run("LPOS l c COUNT 2") == [2, 6]
    assert run("LPOS l c COUNT 0") == [2, 6, 7]
    assert run("LPOS l c COUNT 0 RANK -2") == [6, 2]
    assert run("LPOS l c COUNT 0 RANK 2 MAXLEN 7") == [6]
    assert run("LPOS l c MAXLEN 2") is None
    assert run("LPOS l c COUNT 0 MAXLEN 3 RANK -1") == [7, 6]
    assert run("LPOS l c MAXLEN 0 COUNT 1") == [2]
    assert run("LPOS l x COUNT 1") == run("LPOS x c COUNT 1") == []
    assert run("LPOS x c") is None
    assert refused(run, "LPOS l c RANK 0") == errors.RANK_ZERO
    assert refused(run, "LPOS l c COUNT -1") == errors.COUNT_NEGATIVE
    assert refused(run, "LPOS l c MAXLEN -1") == errors.MAXLEN_NEGATIVE
    smallest = "value is out of range, value must between -9223372036854775807 and"
    assert smallest in refused(run, "LPOS l c RANK -9223372036854775808")
    for options in ("RANK", "COUNT", "FOO 1", "RANK 1 COUNT"):
        assert refused(run, f"LPOS l c {options}") == errors.SYNTAX_ERROR


def test_inserting_and_setting(run):
    run("RPUSH l a c")
    assert run("LINSERT l before c b") == 3
    assert run("LINSERT l AFTER c d") == 4
    assert content(run) == [b"a", b"b", b"c", b"d"]
    assert run("LINSERT l AFTER x y") == -1
    assert run("LINSERT x AFTER a b") == 0
    assert refused(run, "LINSERT x NEAR a b") == errors.SYNTAX_ERROR
    assert run("LSET l 0 x") is OK
    assert run("LSET l -1 z") is OK
    assert content(run) == [b"x", b"b", b"c", b"z"]
    assert refused(run, "LSET l 4 y") == errors.INDEX_OUT_OF_RANGE
    assert refused(run, "LSET l -5 y") == errors.INDEX_OUT_OF_RANGE
    assert refused(run, "LSET x 0 y") == errors.NO_SUCH_KEY
    assert refused(run, "LSET l y y") == errors.NOT_AN_INTEGER


def test_removing_and_trimming(run):
    run("RPUSH l a b a c a d a")
    assert run("LREM l 1 a") == 1
    assert run("LREM l -2 a") == 2
    assert content(run) == [b"b", b"a", b"c", b"d"]
    assert run("LREM l 0 a") == 1
    assert run("LREM l 0 a") == run("LREM x 0 a") == 0
    assert "must between" in refused(run, "LREM l -9223372036854775808 a")
    assert run("LTRIM l 1 -1") is run("LTRIM x 0 1") is OK
    assert content(run) == [b"c", b"d"]
    assert run("LTRIM l 5 10") is OK
    assert run("EXISTS l") == 0
    run("RPUSH l a a")
    assert run("LREM l 0 a") == 2
    assert run("EXISTS l") == 0


def test_moving(run):
    run("RPUSH l a b c d")
    assert run("LMOVE l m LEFT RIGHT") == b"a"
    assert run("LMOVE l m right left") == b"d"
    assert run("RPOPLPUSH l m") == b"c"
    assert content(run) == [b"b"]
    assert content(run, "m") == [b"c", b"d", b"a"]
    assert run("RPOPLPUSH m m") == b"a"
    assert run("LMOVE m m LEFT LEFT") == b"a"
    assert run("LMOVE m m RIGHT RIGHT") == b"d"
    assert run("LMOVE m m LEFT RIGHT") == b"a"
    assert content(run, "m") == [b"c", b"d", b"a"]
    assert run("RPOPLPUSH l l") == b"b"
    assert run("LMOVE l m LEFT LEFT") == b"b"
    assert run("EXISTS l") == 0
    assert run("LMOVE l m LEFT LEFT") is run("RPOPLPUSH l n") is None
    assert run("EXISTS n") == 0
    assert refused(run, "LMOVE m l UP LEFT") == errors.SYNTAX_ERROR
    assert refused(run, "LMOVE m l LEFT UP") == errors.SYNTAX_ERROR


def test_popping_from_the_first_of_several(run):
    run("RPUSH l a b c")
    assert run("LMPOP 2 x l LEFT") == [b"l", [b"a"]]
    assert run("LMPOP 1 l right COUNT 10") == [b"l", [b"c", b"b"]]
    assert run("LMPOP 2 x l LEFT") is NULL_ARRAY
    run("RPUSH l a")
    for line, text in (
        ("LMPOP 0 l LEFT", errors.NUMKEYS_NOT_POSITIVE),
        ("LMPOP x l LEFT", errors.NUMKEYS_NOT_POSITIVE),
        ("LMPOP 2 l LEFT", errors.SYNTAX_ERROR),
        ("LMPOP 9223372036854775807 l LEFT", errors.SYNTAX_ERROR),
        ("LMPOP 1 l UP", errors.SYNTAX_ERROR),
        ("LMPOP 1 l LEFT COUNT", errors.SYNTAX_ERROR),
        ("LMPOP 1 l LEFT COUNT 0", errors.COUNT_NOT_POSITIVE),
        ("LMPOP 1 l LEFT COUNT x", errors.COUNT_NOT_POSITIVE),
        ("LMPOP 1 l LEFT COUNT 1 COUNT 2", errors.SYNTAX_ERROR),
        ("LMPOP 1 l LEFT FOO 1", errors.SYNTAX_ERROR),
        ("BLMPOP x 0 l LEFT", errors.NUMKEYS_NOT_POSITIVE),
        ("BLMPOP x 1 l LEFT", errors.TIMEOUT_NOT_A_FLOAT),
        ("BLMPOP -1 1 x LEFT", errors.TIMEOUT_NEGATIVE),
    ):
        assert refused(run, line) == text
    assert content(run) == [b"a"]


def test_what_is_announced(run):
    for line, events in (
        ("RPUSH l a b c d e f", "rpush"),
        ("LPUSH l z", "lpush"),
        ("LPOP l", "lpop"),
        ("RPOP l 2", "rpop"),
        ("LSET l 0 x", "lset"),
        ("LINSERT l AFTER x y", "linsert"),
        ("LINSERT l AFTER nothing y", ""),
        ("LREM l 0 y", "lrem"),
        ("LREM l 0 y", ""),
        ("LMOVE l m LEFT RIGHT", "rpush lpop"),
        ("LTRIM l 0 1", "ltrim"),
        ("LMPOP 2 x l RIGHT", "rpop"),
        ("RPOPLPUSH l m", "lpush rpop del"),
        ("BLPOP m 0", "lpop"),
        ("LTRIM m 5 6", "ltrim del"),
    ):
        assert run.told(line) == events, line


def test_what_is_handed_on(run):
    run("RPUSH l a b c d e f g h i j")
    for line, requests in (
        ("LPOP l", [b"LPOP l"]),
        ("LPOP x", []),
        ("LMPOP 2 x l LEFT COUNT 2", [b"LPOP l 2"]),
        ("BLMPOP 1.5 1 l RIGHT COUNT 2", [b"RPOP l 2"]),
        ("BLPOP x l 0", [b"LPOP l"]),
        ("BRPOP l 0.1", [b"RPOP l"]),
        ("BLMOVE l m LEFT RIGHT 0", [b"LMOVE l m LEFT RIGHT"]),
        ("BRPOPLPUSH l m 3", [b"RPOPLPUSH l m"]),
        ("BLMPOP 1 1 l LEFT COUNT 100", [b"LPOP l 1"]),
    ):
        assert run.handed_on(line) == requests, line


def test_encodings(run):
    run.server.config.set_many({"list-max-listpack-size": "3"})
    run("RPUSH l a b c")
    assert run("OBJECT ENCODING l") == b"listpack"
    run("LINSERT l AFTER a x")
    assert run("OBJECT ENCODING l") == b"quicklist"
    run("LTRIM l 0 0")
    assert run("OBJECT ENCODING l") == b"listpack"
    run("RPUSH l b c")
    run("RPOPLPUSH l l")
    assert run("OBJECT ENCODING l") == b"listpack"
    run.server.config.set_many({"list-max-listpack-size": "-1"})
    run("LSET l 0 " + "x" * 5000)
    assert run("OBJECT ENCODING l") == b"quicklist"
    run("LSET l 0 x")
    assert run("OBJECT ENCODING l") == b"listpack"
    run("COPY l m")
    assert content(run, "m") == content(run)


# Waiting


def test_a_program_does_not_wait(run):
    for line in ("BLPOP x 0", "BRPOP x y 1", "BLMPOP 0 1 x LEFT"):
        assert run(line) is NULL_ARRAY
    assert run("BLMOVE x y LEFT LEFT 0") is run("BRPOPLPUSH x y 0") is None
    for text, error in (
        ("x", errors.TIMEOUT_NOT_A_FLOAT), ("-1", errors.TIMEOUT_NEGATIVE),
        ("-0.001", errors.TIMEOUT_NEGATIVE), ("1e300", errors.TIMEOUT_OUT_OF_RANGE),
        ("inf", errors.TIMEOUT_OUT_OF_RANGE), ("nan", errors.TIMEOUT_NOT_A_FLOAT),
    ):  # fmt: skip
        for line in ("BLPOP x {}", "BRPOPLPUSH x y {}", "BLMOVE x y LEFT LEFT {}"):
            assert refused(run, line.format(text)) == error


def test_timeouts_are_rounded_up():
    from rediskit.commands.lists import until_list

    for seconds, milliseconds in ((0.0, 0), (0.0001, 1), (0.001, 1), (1.5, 1500), (2.0001, 2001)):
        wait = until_list([b"k"], seconds)
        assert type(wait) is Wait
        assert wait.timeout_ms == milliseconds


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
        ("BLPOP x l 0", '["l", "a"]'),
        ("BRPOP l x 0", '["l", "b"]'),
        ("BLMPOP 0 2 x l LEFT", '["l", ["a"]]'),
        ("BLMPOP 0 1 l RIGHT COUNT 5", '["l", ["b", "a"]]'),
        ("BLMOVE l m RIGHT LEFT 0", '"b"'),
        ("BRPOPLPUSH l m 0", '"b"'),
    ],
)
@pytest.mark.parametrize(
    "bring", ["RPUSH l a b", "RENAME k l", "COPY k l", "SORT k STORE l", "SORT k ALPHA STORE l"]
)
def test_a_list_that_appears_is_served(peers, line, reply, bring):
    other = peers.connect()
    if "SORT k STORE" in bring:
        other.run("RPUSH k 1 2")
        reply = reply.replace("a", "1").replace("b", "2")
    else:
        other.run("RPUSH k a b")
    peer = waiting(peers, line)
    other.run(bring)
    assert peer.spelled() == reply


def test_first_come_is_first_served(peers):
    first, second = waiting(peers, "BLPOP a b 0"), waiting(peers, "BLPOP b 0")
    other = peers.connect()
    assert other.run("RPUSH b 1 2 3") == ":3"
    assert first.spelled() == '["b", "1"]'
    assert second.spelled() == '["b", "2"]'
    assert other.run("LRANGE b 0 -1") == '["3"]'


def test_a_list_of_another_type_wakes_nobody(peers):
    other = peers.connect()
    peer = waiting(peers, "BLPOP k l 0")
    other.run("SET k v")
    assert peer.is_silent()
    other.run("RPUSH l a")
    assert peer.spelled() == "-" + errors.WRONG_TYPE
    assert other.run("LLEN l") == ":1"


def test_a_destination_of_another_type(peers):
    other = peers.connect()
    other.run("SET m text")
    peer = waiting(peers, "BLMOVE l m LEFT LEFT 0")
    other.run("RPUSH l a")
    assert peer.spelled() == "-" + errors.WRONG_TYPE
    assert other.run("LRANGE l 0 -1") == '["a"]'


def test_one_move_sets_off_the_next(peers):
    first, second = waiting(peers, "BLMOVE a b LEFT LEFT 0"), waiting(peers, "BRPOPLPUSH b c 0")
    other = peers.connect()
    other.run("RPUSH a x")
    assert first.spelled() == second.spelled() == '"x"'
    assert other.run("LRANGE c 0 -1") == '["x"]'
    assert other.run("EXISTS a b") == ":0"


def test_a_list_moved_to_itself(peers):
    peer = waiting(peers, "BRPOPLPUSH l l 0")
    other = peers.connect()
    other.run("RPUSH l a b")
    assert peer.spelled() == '"b"'
    assert other.run("LRANGE l 0 -1") == '["b", "a"]'


def test_time_that_is_up(peers):
    for line in (
        "BLPOP l 0.01", "BRPOP l 0.01", "BLMPOP 0.01 1 l LEFT", "BLMOVE l m LEFT LEFT 0.01",
        "BRPOPLPUSH l m 0.01",
    ):  # fmt: skip
        assert waiting(peers, line).spelled() == "nil*"
    assert peers.connect().run("EXISTS m") == ":0"


def test_a_key_named_twice(peers):
    peer = waiting(peers, "BLPOP l l l 0")
    peers.connect().run("RPUSH l a")
    assert peer.spelled() == '["l", "a"]'


def test_debug_tells_of_the_chunks_of_a_large_list(run):
    run.server.config.set_many({"list-max-listpack-size": "3"})
    run.server.config.assign("enable-debug-command", "yes")
    run("RPUSH l a b c")
    assert b"ql_" not in run("DEBUG OBJECT l").text
    run("RPUSH l d e f g")
    expected = b" ql_nodes:3 ql_avg_node:2.33 ql_listpack_max:3 ql_compressed:0"
    assert expected in run("DEBUG OBJECT l").text
    run.server.config.set_many({"list-compress-depth": "1"})
    assert b" ql_compressed:1 " in run("DEBUG OBJECT l").text
