"""The stream commands: what they announce and hand on, and what redis-server 7.0 does not have."""

import pytest

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.protocol.replies import NULL_ARRAY, OK, materialised
from tests.support.conversation import NOW
from tests.support.peers import Peers

NOBODY = b""


def refused(run, line):
    """The error text for a command line."""
    with pytest.raises(CommandError) as caught:
        run(line)
    return caught.value.text


def ids(run, key="x"):
    return [entry[0] for entry in run(f"XRANGE {key} - +")]


def info(run, key="x"):
    return run(f"XINFO STREAM {key}")


def fill(run, count=5):
    for number in range(1, count + 1):
        run(f"XADD x {number}-0 a b")


def pending(run, group="g"):
    """(id, consumer, deliveries) of all that is pending."""
    return [(row[0], row[1], row[3]) for row in run(f"XPENDING x {group} - + 100")]


# What is announced and handed on


def test_events(run):
    assert run.told("XADD x 1-1 a b") == "xadd"
    assert run.told("XADD x MAXLEN 1 1-2 a b") == "xadd xtrim"
    assert run.told("XADD x MAXLEN 9 1-3 a b") == "xadd"
    assert run.told("XTRIM x MAXLEN 1") == "xtrim"
    assert run.told("XTRIM x MAXLEN 1") == ""
    assert run.told("XDEL x 1-3 1-9") == "xdel"
    assert run.told("XDEL x 1-3") == ""
    assert run.told("XSETID x 5-5") == "xsetid"
    assert run.told("XGROUP CREATE x g 0") == "xgroup-create"
    assert run.told("XGROUP SETID x g 0") == "xgroup-setid"
    assert run.told("XGROUP CREATECONSUMER x g c") == "xgroup-createconsumer"
    assert run.told("XGROUP CREATECONSUMER x g c") == ""
    assert run.told("XREADGROUP GROUP g d STREAMS x >") == "xgroup-createconsumer"
    assert run.told("XGROUP DELCONSUMER x g d") == "xgroup-delconsumer"
    assert run.told("XGROUP DESTROY x g") == "xgroup-destroy"
    assert run.told("XGROUP DESTROY x g") == ""


def test_what_adding_hands_on(run):
    assert run.handed_on("XADD x * a b") == [b"XADD x %d-0 a b" % NOW]
    assert run.handed_on("XADD x NOMKSTREAM * a b") == [b"XADD x NOMKSTREAM %d-1 a b" % NOW]
    assert run.handed_on("XADD none NOMKSTREAM * a b") == []
    assert run.handed_on(f"XADD x {NOW}-* a b") == [b"XADD x %d-2 a b" % NOW]
    assert run.handed_on("XADD x MAXLEN ~ 2 * a b") == [b"XADD x MAXLEN = 4 %d-3 a b" % NOW]
    assert run.handed_on(f"XADD x MINID ~ {NOW} LIMIT 7 * a b") == [
        b"XADD x MINID = %d-0 %d-4 a b" % (NOW, NOW)
    ]
    assert run.handed_on("XADD x MAXLEN 2 DELREF * a b") == [
        b"XADD x DELREF MAXLEN = 2 %d-5 a b" % NOW
    ]


def test_what_trimming_hands_on(run):
    run("CONFIG SET stream-node-max-entries 2")
    fill(run)
    assert run.handed_on("XTRIM x MAXLEN ~ 4") == []
    assert run.handed_on("XTRIM x MAXLEN ~ 2 LIMIT 3") == [b"XTRIM x MAXLEN = 3"]
    assert run.handed_on("XTRIM x MINID ~ 6") == [b"XTRIM x MINID = %d-%d" % ((2**64 - 1,) * 2)]
    fill_again = [run(f"XADD x {number} a b") for number in range(6, 9)]
    assert run.handed_on("XTRIM x MINID 7") == [b"XTRIM x MINID = 7-0"]
    assert ids(run) == fill_again[1:]


def test_what_reading_hands_on(run):
    fill(run, 2)
    run("XGROUP CREATE x g 0")
    assert run.handed_on("XREADGROUP GROUP g c STREAMS x >") == [
        b"MULTI",
        b"XGROUP CREATECONSUMER x g c",
        b"XCLAIM x g c 0 1-0 TIME %d RETRYCOUNT 1 FORCE JUSTID LASTID 2-0" % NOW,
        b"XCLAIM x g c 0 2-0 TIME %d RETRYCOUNT 1 FORCE JUSTID LASTID 2-0" % NOW,
        b"XGROUP SETID x g 2-0 ENTRIESREAD 2",
        b"EXEC",
    ]
    run("XADD x 3-0 a b")
    assert run.handed_on("XREADGROUP GROUP g c NOACK STREAMS x >") == [
        b"XGROUP SETID x g 3-0 ENTRIESREAD 3"
    ]
    assert run.handed_on("XREADGROUP GROUP g c STREAMS x 0") == []
    assert run.handed_on("XREADGROUP GROUP g c STREAMS x >") == []


def test_what_claiming_hands_on(run):
    fill(run, 3)
    run("XGROUP CREATE x g 0")
    run("XREADGROUP GROUP g c STREAMS x >")
    run("XGROUP CREATECONSUMER x g d")
    run("XDEL x 3-0")
    run.at(50)
    assert run.handed_on("XAUTOCLAIM x g d 0 0") == [
        b"MULTI",
        b"XCLAIM x g d 0 1-0 TIME %d RETRYCOUNT 2 FORCE JUSTID LASTID 3-0" % (NOW + 50),
        b"XCLAIM x g d 0 2-0 TIME %d RETRYCOUNT 2 FORCE JUSTID LASTID 3-0" % (NOW + 50),
        b"XACK x g 3-0",
        b"EXEC",
    ]
    assert run.handed_on("XCLAIM x g d 0 1-0 TIME 9 RETRYCOUNT 4 LASTID 7-7") == [
        b"XCLAIM x g d 0 1-0 TIME 9 RETRYCOUNT 4 FORCE JUSTID LASTID 7-7"
    ]
    assert run.handed_on("XCLAIM x g d 0 9-9 LASTID 8-8") == [b"XGROUP SETID x g 8-8 ENTRIESREAD 3"]
    assert run.handed_on("XACK x g 1-0") == [b"XACK x g 1-0"]
    assert run.handed_on("XACK x g 1-0") == []


def test_a_copy_that_does_what_is_handed_on_is_the_same(run):
    """Everything above, once more: the copy has the same entries, groups and rows."""
    lines = [
        "XADD x * a 1", "XADD x * b 2", "XADD x * c 3", "XGROUP CREATE x g 0",
        "XREADGROUP GROUP g c COUNT 2 STREAMS x >", "XDEL x 1-0", "XADD x MAXLEN ~ 100 * d 4",
        "XREADGROUP GROUP g d STREAMS x >", "XCLAIM x g c 0 1-0", "XAUTOCLAIM x g e 0 0 COUNT 2",
        "XGROUP CREATE x h $", "XADD x IDMP p 1 * e 5", "XADD x IDMP p 1 * e 5",
        f"XNACK x g FAIL IDS 1 {NOW}-1", "XADD x MAXLEN 3 ACKED * f 6", "XTRIM x MAXLEN 2 DELREF",
        "XREADGROUP GROUP g f CLAIM 0 STREAMS x >", "XCFGSET x IDMP-MAXSIZE 7",
    ]  # fmt: skip
    requests = [request for line in lines for request in list(run.handed_on(line))]
    before = [materialised(run(f"XRANGE {'x'} - +")), pending(run), run("XINFO GROUPS x")]
    consumers = run("XINFO CONSUMERS x g")
    run("DEL x")
    for request in requests:
        if request not in (b"MULTI", b"EXEC"):
            run(request.decode())
    after = [materialised(run("XRANGE x - +")), pending(run), run("XINFO GROUPS x")]
    assert after == before
    assert [c[b"pending"] for c in run("XINFO CONSUMERS x g")] == [c[b"pending"] for c in consumers]
    assert info(run)[b"iids-added"] == 1


# What becomes of references


def test_xdelex(run):
    fill(run)
    run("XGROUP CREATE x g 0")
    run("XREADGROUP GROUP g c COUNT 3 STREAMS x >")
    run("XACK x g 1-0")
    assert run("XDELEX x ACKED IDS 5 1-0 2-0 4-0 9-9 1-0") == [1, 2, 2, -1, -1]
    assert ids(run) == [b"2-0", b"3-0", b"4-0", b"5-0"]
    assert run("XDELEX x IDS 1 2-0") == [1]
    assert pending(run) == [(b"2-0", b"c", 1), (b"3-0", b"c", 1)]
    assert run("XDELEX x DELREF IDS 2 2-0 3-0") == [-1, 1]
    assert pending(run) == []
    assert run("XDELEX x KEEPREF IDS 1 5-0") == [1]
    assert run("XDELEX none ACKED IDS 2 1-1 2-2") == [-1, -1]
    assert run.told("XDELEX x IDS 1 4-0") == "xdel"


def test_without_groups_every_entry_is_referenced(run):
    fill(run, 2)
    assert run("XDELEX x ACKED IDS 1 1-0") == [2]
    assert run("XTRIM x MAXLEN 0 ACKED") == 0


def test_xackdel(run):
    fill(run)
    run("XGROUP CREATE x g 0")
    run("XGROUP CREATE x h 0")
    run("XREADGROUP GROUP g c COUNT 4 STREAMS x >")
    run("XREADGROUP GROUP h c COUNT 2 STREAMS x >")
    assert run("XACKDEL x g IDS 2 1-0 9-9") == [1, -1]
    assert pending(run, "h") == [(b"1-0", b"c", 1), (b"2-0", b"c", 1)]
    assert run("XACKDEL x g ACKED IDS 2 2-0 3-0") == [2, 2]
    assert run("XACKDEL x h ACKED IDS 1 2-0") == [1]
    assert run("XACKDEL x g DELREF IDS 1 4-0") == [1]
    assert ids(run) == [b"3-0", b"5-0"]
    assert run("XACKDEL none g IDS 1 1-1") == run("XACKDEL x none IDS 1 1-1") == [-1]
    assert run.told("XACKDEL x g IDS 1 9-9") == ""


def test_trimming_with_references(run):
    fill(run)
    run("XGROUP CREATE x g 0")
    run("XREADGROUP GROUP g c COUNT 3 STREAMS x >")
    run("XACK x g 1-0 3-0")
    assert run.handed_on("XTRIM x MAXLEN 1 ACKED") == [b"XTRIM x ACKED MINID = 4-1"]
    assert ids(run) == [b"2-0", b"4-0", b"5-0"]
    assert run("XTRIM x MINID 4 DELREF") == 1
    assert pending(run) == []
    assert run("XADD x MAXLEN 1 KEEPREF 6-0 a b") == b"6-0"
    assert ids(run) == [b"6-0"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("XDELEX x KEEPREF DELREF IDS 1 1-1", errors.SYNTAX_ERROR),
        ("XDELEX x FOO 1 1-1", errors.IDS_MISSING),
        ("XDELEX x IDS 0 1-1", errors.NUMIDS_NOT_POSITIVE),
        ("XDELEX x IDS x 1-1", errors.NUMIDS_NOT_POSITIVE),
        ("XDELEX x IDS 2 1-1", errors.NUMIDS_MISMATCH),
        ("XDELEX x IDS 1 bad", errors.STREAM_ID),
        ("XACKDEL x g IDS 1 1-1 2-2", errors.NUMIDS_MISMATCH),
        ("XADD x MAXLEN 1 DELREF ACKED * a b", errors.SYNTAX_ERROR),
        ("XTRIM x MAXLEN 1 FOO", errors.SYNTAX_ERROR),
        ("XADD x IDMP p 1 1-1 a b", errors.IDMP_WITH_ID),
        ("XADD x IDMPAUTO p 5-* a b", errors.IDMP_WITH_ID),
        ("XADD x IDMP p 1 IDMPAUTO p * a b", errors.IDMP_TWICE),
        ("XADD x IDMP '' 1 * a b", errors.idmp_no_producer("IDMP")),
        ("XADD x IDMPAUTO '' * a b", errors.idmp_no_producer("IDMPAUTO")),
        ("XADD x IDMP p '' * a b", errors.IDMP_NO_MESSAGE),
        ("XCFGSET none IDMP-MAXSIZE 5", errors.NO_SUCH_KEY),
        ("XCFGSET s IDMP-MAXSIZE 5", errors.WRONG_TYPE),
        ("XCFGSET x", errors.IDMP_NO_PARAMETER),
        ("XCFGSET x IDMP-DURATION 0", errors.IDMP_DURATION),
        ("XCFGSET x IDMP-DURATION 86401", errors.IDMP_DURATION),
        ("XCFGSET x IDMP-MAXSIZE 10001", errors.IDMP_MAXSIZE),
        ("XCFGSET x IDMP-MAXSIZE 1 IDMP-MAXSIZE 2", errors.idmp_twice("IDMP-MAXSIZE")),
        ("XCFGSET x IDMP-MAXSIZE", errors.SYNTAX_ERROR),
        ("XIDMPRECORD x '' m 1-1", errors.IDMP_PRODUCER_EMPTY),
        ("XIDMPRECORD x p '' 1-1", errors.IDMP_MESSAGE_EMPTY),
        ("XIDMPRECORD x p m 9-9", errors.IDMP_NO_ENTRY),
        ("XIDMPRECORD none p m 9-9", errors.IDMP_NO_ENTRY),
        ("XREADGROUP GROUP g c CLAIM x STREAMS x >", errors.XREADGROUP_IDLE),
        ("XREADGROUP GROUP g c CLAIM -1 STREAMS x >", errors.XREADGROUP_IDLE_NEGATIVE),
        ("XREAD CLAIM 1 STREAMS x 0", errors.XREAD_CLAIM),
        ("XREADGROUP GROUP g c STREAMS x +", errors.XREADGROUP_PLUS),
        ("XNACK x g FOO IDS 1 1-1", errors.XNACK_MODE),
        ("XNACK x g FAIL FOO 1 1-1", errors.XNACK_IDS),
        ("XNACK x g FAIL IDS 0 1-1", errors.XNACK_NUMIDS),
        ("XNACK x g FAIL IDS 2 1-1", errors.XNACK_MISMATCH),
        ("XNACK x g FAIL IDS 1 1-1 2-2", errors.XNACK_MISMATCH),
        ("XNACK x g FAIL IDS 1 1-1 FOO", errors.unknown_xnack_option("FOO")),
        ("XNACK x g FAIL IDS 1 1-1 RETRYCOUNT -1", errors.XNACK_RETRY_COUNT),
        ("XNACK x none FAIL IDS 1 1-1", errors.no_group("x", "none")),
        ("XADD x * a 1 b", errors.wrong_arity("xadd")),
    ],
)
def test_newer_errors(run, line, text):
    run("SET s text")
    run("XADD x 1-1 a b")
    run("XGROUP CREATE x g 0")
    dirty = run.server.keyspace.dirty
    assert refused(run, line) == text
    assert run.server.keyspace.dirty == dirty


# Producers that send again


def test_a_message_is_added_once(run):
    first = run("XADD x IDMP p 1 * a b")
    run.at(1000)
    assert run("XADD x IDMP p 1 * other fields") == first
    assert run("XADD x IDMP p 2 * a b") != first
    assert run("XADD x IDMP q 1 * a b") != first
    assert run("XLEN x") == 3
    found = info(run)
    names = (b"idmp-duration", b"idmp-maxsize", b"pids-tracked", b"iids-tracked")
    assert [found[name] for name in (*names, b"iids-added", b"iids-duplicates")] == [
        100, 100, 2, 3, 3, 1,
    ]  # fmt: skip
    run("XDEL x " + first.decode())
    assert run("XADD x IDMP p 1 * a b") == first
    assert run("XADD none NOMKSTREAM IDMP p 1 * a b") is None
    run("XADD plain * a b")
    assert b"idmp-duration" not in info(run, "plain")


def test_messages_named_by_their_content(run):
    first = run("XADD x IDMPAUTO p * a 1 b 2")
    assert run("XADD x IDMPAUTO p * b 2 a 1") == first
    assert run("XADD x IDMPAUTO p * a 2 b 1") != first
    assert run("XADD x IDMPAUTO p * ab 1 '' 2") != first


def test_messages_are_forgotten(run):
    first = run("XADD x IDMP p 1 * a b")
    run.at(100_001)
    assert run("XADD x IDMP p 1 * a b") != first
    assert run("XCFGSET x IDMP-MAXSIZE 2 IDMP-DURATION 9") == OK
    second = run("XADD x IDMP p 1 * a b")
    run("XADD x IDMP p 2 * a b")
    run("XADD x IDMP p 3 * a b")
    assert run("XADD x IDMP p 1 * a b") != second
    assert info(run)[b"iids-tracked"] == 2
    assert run("XCFGSET x IDMP-DURATION 9") == OK
    assert info(run)[b"iids-tracked"] == 2
    run("XCFGSET x IDMP-DURATION 8")
    assert info(run)[b"iids-tracked"] == 0


def test_messages_are_handed_on(run):
    assert run.handed_on("XADD x IDMP p m * a b") == [
        b"MULTI",
        b"XADD x %d-0 a b" % NOW,
        b"XIDMPRECORD x p m %d-0" % NOW,
        b"EXEC",
    ]
    assert run.handed_on("XADD x IDMP p m * a b") == [b"XIDMPRECORD x p m %d-0" % NOW]
    assert run(f"XIDMPRECORD x p m {NOW}-0") == OK
    run("XADD x * a b")
    assert refused(run, f"XIDMPRECORD x p m {NOW}-1") == errors.IDMP_OTHER_ENTRY
    run("COPY x y")
    run("RENAME y z")
    assert run("XADD z IDMP p m * a b") == b"%d-0" % NOW


# Entries that are given back, and claimed while reading


def test_xnack(run):
    fill(run)
    run("XGROUP CREATE x g 0")
    run("XREADGROUP GROUP g c COUNT 4 STREAMS x >")
    assert run("XNACK x g FAIL IDS 2 3-0 1-0") == 2
    assert run("XNACK x g silent IDS 1 2-0") == 1
    assert run("XNACK x g FATAL IDS 2 4-0 5-0") == 1
    assert run("XPENDING x g - + 9") == [
        [b"1-0", NOBODY, -1, 1],
        [b"2-0", NOBODY, -1, 0],
        [b"3-0", NOBODY, -1, 1],
        [b"4-0", NOBODY, -1, 2**63 - 1],
    ]
    assert run("XNACK x g FAIL IDS 2 5-0 9-9 RETRYCOUNT 7 FORCE") == 1
    assert run("XPENDING x g")[3] == []
    assert run("XREADGROUP GROUP g c STREAMS x 0")[0][1].picks == []
    full = run("XINFO STREAM x FULL")[b"groups"][0]
    assert full[b"nacked-count"] == full[b"pel-count"] == 5
    assert full[b"pending"][0] == [b"1-0", b"", -1, 1]
    claimed = materialised(run("XREADGROUP GROUP g d COUNT 3 CLAIM 999999 STREAMS x >")[0][1])
    assert [(entry[0], *entry[2:]) for entry in claimed] == [
        (b"3-0", 0, 1), (b"1-0", 0, 1), (b"2-0", 0, 0),
    ]  # fmt: skip
    assert run("XCLAIM x g e 999999 4-0 JUSTID") == [b"4-0"]
    assert run("XAUTOCLAIM x g e 999999 0 JUSTID")[1] == [b"5-0"]
    assert pending(run)[3:] == [(b"4-0", b"e", 2**63 - 1), (b"5-0", b"e", 7)]


def test_claiming_while_reading(run):
    fill(run, 3)
    run("XGROUP CREATE x g 0")
    run("XREADGROUP GROUP g c COUNT 1 STREAMS x >")
    run.at(10)
    run("XREADGROUP GROUP g c COUNT 1 STREAMS x >")
    run("XDEL x 1-0")
    run("XADD x 4-0 a b")
    run.at(100)

    def read(line):
        found = run(line)
        return found if found is NULL_ARRAY else materialised(found[0][1])

    assert read("XREADGROUP GROUP g d COUNT 1 CLAIM 95 NOACK STREAMS x >") == [
        [b"3-0", [b"a", b"b"], 0, 0]
    ]
    assert pending(run) == [(b"2-0", b"c", 1)], "the entry that is gone was dropped on the way"
    assert read("XREADGROUP GROUP g d CLAIM 90 STREAMS x >") == [
        [b"2-0", [b"a", b"b"], 90, 1],
        [b"4-0", [b"a", b"b"], 0, 0],
    ]
    assert pending(run) == [(b"2-0", b"d", 2), (b"4-0", b"d", 1)]
    assert read("XREADGROUP GROUP g d CLAIM 1 STREAMS x >") is NULL_ARRAY
    assert read("XREADGROUP GROUP g d CLAIM 0 STREAMS x 0") == [
        [b"2-0", [b"a", b"b"]], [b"4-0", [b"a", b"b"]],
    ]  # fmt: skip


# Waiting


@pytest.fixture
def peers():
    peers = Peers()
    yield peers
    peers.close()


def test_a_reader_is_told_when_its_group_goes(peers):
    a, b = peers.connect(), peers.connect()
    gone = "-NOGROUP No such key 'x' or consumer group 'g' in XREADGROUP with GROUP option"
    for line, reply in [
        ("XGROUP DESTROY x g", gone),
        ("DEL x", gone),
        ("RENAME x y", gone),
        ("FLUSHALL", gone),
        ("SET x text", "-" + errors.WRONG_TYPE),
    ]:
        a.run("DEL x")
        a.run("XGROUP CREATE x g $ MKSTREAM")
        b.send("XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "x", ">")
        assert b.is_silent()
        a.run(line)
        assert b.spelled() == reply, line


def test_a_reader_waits_for_what_comes_after_it_asked(peers):
    a, b = peers.connect(), peers.connect()
    a.run("XADD x 1-1 a b")
    b.send("XREAD", "BLOCK", "0", "STREAMS", "x", "$")
    assert b.is_silent()
    a.run("XADD x 1-2 c d")
    a.run("XADD x 1-3 e f")
    assert b.spelled() == '[["x", [["1-2", ["c", "d"]]]]]'
    b.send("XREAD", "BLOCK", "0", "STREAMS", "x", "$")
    assert b.is_silent()
    for line in ("DEL x", "LPUSH x a", "DEL x", "XADD x 1-1 a b"):
        a.run(line)
        assert b.is_silent(), line
    a.run("XADD x 1-4 g h")
    assert b.spelled() == '[["x", [["1-4", ["g", "h"]]]]]'


def test_a_reader_that_claims_is_woken_when_an_entry_is_old_enough(peers):
    a, b = peers.connect(), peers.connect()
    for line in ("XADD x 1-1 a b", "XGROUP CREATE x g 0", "XREADGROUP GROUP g c STREAMS x >"):
        a.run(line)
    b.send("XREADGROUP", "GROUP", "g", "d", "BLOCK", "0", "CLAIM", "60", "STREAMS", "x", ">")
    assert b.is_silent()
    reply = b.read()
    assert reply.content[0].content[1].content[0].content[0].content == b"1-1"
    assert a.run("XPENDING x g - + 9 c") == "[]"


def test_many_readers_are_served_in_order(peers):
    a = peers.connect()
    a.run("XGROUP CREATE x g $ MKSTREAM")
    readers = [peers.connect() for _ in range(5)]
    for reader in readers:
        reader.send(
            "XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "BLOCK", "0", "STREAMS", "x", ">"
        )
        assert reader.is_silent()
    for number, reader in enumerate(readers, 1):
        a.run(f"XADD x {number}-0 a b")
        assert reader.spelled() == f'[["x", [["{number}-0", ["a", "b"]]]]]'


# Large ones


def test_a_million_pending_entries_do_not_stall_looking(run):
    fill(run, 3)
    group = run.server.keyspace.databases[0].read_value(b"x")
    run("XGROUP CREATE x g 0")
    rows = group.groups[b"g"]
    number = rows.create_consumer(b"c", 0)
    for seq in range(200_000):
        rows.give((9, seq), number, NOW, 1)
    full = run("XINFO STREAM x FULL")[b"groups"][0]
    assert full[b"pel-count"] == 200_000
    assert len(full[b"pending"]) == len(full[b"consumers"][0][b"pending"]) == 10
    assert run("XAUTOCLAIM x g d 0 0 COUNT 1")[2] == [b"9-0"]


def test_a_stream_is_freed_in_slices(run):
    for number in range(1000):
        run(f"XADD x {number + 1}-0 a b")
    stream = run.server.keyspace.databases[0].read_value(b"x")
    assert stream.clear_some(300) == 700
    run("UNLINK x")
    assert run("EXISTS x") == 0
