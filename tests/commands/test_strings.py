"""The string commands: what replies alone do not show. Replies are compared in compatibility."""

import pytest

from rediskit.errors import CommandError
from tests.support.conversation import NOW


@pytest.mark.parametrize(
    ("line", "events"),
    [
        ("SET k v", "set"),
        ("SET k v EX 10", "set expire"),
        ("SET s v NX", ""),
        ("SET s v XX GET", "set"),
        ("SET k v XX", ""),
        ("SETNX s v", ""),
        ("SETNX k v", "set"),
        ("SETEX k 10 v", "set expire"),
        ("PSETEX k 10 v", "set expire"),
        ("MSET a 1 b 2", "set set"),
        ("MSETNX a 1 s 2", ""),
        ("MSETNX a 1 b 2", "set set"),
        ("GETSET s v", "set"),
        ("GETDEL s", "del"),
        ("GETDEL k", ""),
        ("GETEX s", ""),
        ("GETEX s EX 10", "expire"),
        ("GETEX s PXAT 1", "del"),
        ("GETEX s PERSIST", ""),
        ("GETEX t PERSIST", "persist"),
        ("INCR n", "incrby"),
        ("DECRBY n 3", "incrby"),
        ("INCRBYFLOAT n 1.5", "incrbyfloat"),
        ("APPEND s x", "append"),
        ("APPEND k x", "append"),
        ("SETRANGE s 3 x", "setrange"),
        ("SETRANGE s 3 ''", ""),
        ("SET due v", "expired set"),
        ("SET due v KEEPTTL", "expired set"),
        ("SET due v XX", "expired"),
        ("APPEND due v", "expired append"),
        ("INCR due", "expired incrby"),
        ("MSET due 1", "expired set"),
        ("GET due", "expired"),
        ("GET s", ""),
    ],
)
def test_events(run, line, events):
    run("MSET s text n 5")
    run("SET t text EX 100")
    run("SET due text PX 5")
    run.at(5)
    assert run.told(line) == events
    dirty = run.server.keyspace.dirty
    run("GET s")
    assert run.server.keyspace.dirty == dirty


@pytest.mark.parametrize(
    ("line", "requests"),
    [
        ("SET k v", [b"SET k v"]),
        ("SET k v EX 10", [b"SET k v PXAT %d" % (NOW + 10_000)]),
        ("SET k v PX 10 NX", [b"SET k v PXAT %d" % (NOW + 10)]),
        ("SET s v NX", []),
        ("SETEX k 10 v", [b"SET k v PXAT %d" % (NOW + 10_000)]),
        ("GETSET s v", [b"SET s v"]),
        ("GETDEL s", [b"DEL s"]),
        ("GETDEL k", []),
        ("GETEX s", []),
        ("GETEX s EX 10", [b"PEXPIREAT s %d" % (NOW + 10_000)]),
        ("GETEX s PXAT 1", [b"DEL s"]),
        ("INCRBYFLOAT n 1.50", [b"SET n 6.5 KEEPTTL"]),
        ("INCR n", [b"INCR n"]),
        ("GET s", []),
    ],
)
def test_what_logs_and_replicas_get(run, line, requests):
    run("MSET s text n 5")
    assert run.handed_on(line) == requests


@pytest.mark.parametrize(
    ("line", "hits", "misses"),
    [
        ("GET s", 1, 0), ("GET k", 0, 1), ("MGET s k n", 2, 1), ("STRLEN s", 1, 0),
        ("STRLEN k", 0, 1), ("GETRANGE s 0 1", 1, 0), ("GETEX s", 1, 0), ("GETDEL s", 1, 0),
        ("SET s v", 0, 0), ("SET s v NX", 0, 0), ("SET s v GET", 1, 0), ("APPEND s v", 0, 0),
        ("SETRANGE k 1 v", 0, 0), ("INCR n", 0, 0), ("INCRBYFLOAT n 1", 0, 0),
        ("MSETNX s v", 0, 0), ("LCS s k", 1, 1),
    ],
)  # fmt: skip
def test_hits_and_misses(run, line, hits, misses):
    run("MSET s text n 5")
    before = run.counts
    run(line)
    assert run.counts == (before[0] + hits, before[1] + misses, before[2])


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        ("SET k 123", b"int"),
        ("SET k -9223372036854775808", b"int"),
        ("SET k 9223372036854775808", b"embstr"),
        ("SET k 0123", b"embstr"),
        ("SET k " + "x" * 44, b"embstr"),
        ("SET k " + "x" * 45, b"raw"),
        ("SET k " + "x" * 5000, b"raw"),
        ("APPEND k 12", b"int"),
        ("SET k 12|APPEND k 3", b"raw"),
        ("SET k ab|APPEND k c", b"raw"),
        ("SET k ab|SETRANGE k 0 c", b"raw"),
        ("SETRANGE k 1 c", b"raw"),
        ("SET k 12|APPEND k 3|INCR k", b"int"),
        ("SET k ab|APPEND k c|COPY k l|RENAME l k", b"raw"),
        ("SET k ab|APPEND k c|SET k ab", b"embstr"),
        ("SET k 10|GETSET k 11", b"int"),
        ("MSET k 10", b"int"),
    ],
)
def test_encodings(run, lines, encoding):
    for line in lines.split("|"):
        run(line)
    assert run("OBJECT ENCODING k") == encoding


def test_a_long_string_is_the_same_as_a_short_one(run):
    """APPEND and SETRANGE at every size around the limit between the two."""
    for size in (4094, 4095, 4096, 4097, 5000):
        text = bytes(range(256)) * 20
        run.server.execute(run.client, b"SET", b"k", text[:size], b"EX", b"100")
        for edit in ("APPEND k ab", "SETRANGE k 4090 xyz", "SETRANGE k 4096 q", "APPEND k ''"):
            run(edit)
        run("SETRANGE k 6000 end")
        model = bytearray(text[:size] + b"ab")
        model[4090:4093] = b"xyz"
        model[4096:4097] = b"q"
        model = model.ljust(6000, b"\0") + b"end"
        assert bytes(run("GET k")) == bytes(model)
        assert run("STRLEN k") == 6003
        assert bytes(run("GETRANGE k 4090 4097")) == bytes(model[4090:4098])
        assert run("GETRANGE k -3 -1") == b"end"
        assert run("PTTL k") == 100_000
    before = run.server.account.used()
    run("DEL k")
    assert run.server.account.used() < before - 6000


def test_nothing_is_taken_for_what_is_refused(run):
    run("SET k v")
    run("CONFIG SET proto-max-bulk-len 1048576")
    run.server.account.reset_peak()
    before = run.server.account.used()
    for line in ("SETRANGE k 1048576 x", "SETRANGE new 9223372036854775807 x",
                 "SETRANGE new 1048576 x", "SETRANGE k 4611686018427387904 x"):  # fmt: skip
        with pytest.raises(CommandError, match="exceeds maximum allowed size"):
            run(line)
    with pytest.raises(CommandError, match="offset is out of range"):
        run("SETRANGE k -1 x")
    run("SET long " + "x" * 1000)
    run("SET other " + "y" * 1000)
    with pytest.raises(CommandError, match="transient memory for LCS"):
        run("LCS long other")
    assert run.server.account.peak() - before < 100_000
    assert run("EXISTS new") == 0
    assert run("SETRANGE new 1048575 x") == 1048576
    with pytest.raises(CommandError, match="exceeds maximum allowed size"):
        run("APPEND new x")
    assert run("STRLEN new") == 1048576


def test_a_failing_command_changes_nothing(run):
    run("MSET s text n 9223372036854775807 m -9223372036854775808")
    dirty = run.server.keyspace.dirty
    for line in ("INCR s", "INCR n", "DECR m", "DECRBY m 1", "DECRBY s -9223372036854775808",
                 "INCRBY n 99999999999999999999", "INCRBYFLOAT s 1", "INCRBYFLOAT n x",
                 "INCRBYFLOAT n inf", "SET s v EX 0", "SET s v EX x", "SET s v EX",
                 "SET s v PX 9223372036854775807", "SET s v EX 9223372036854776",
                 "SET s v NX XX", "SET s v EX 1 PX 1", "SET s v KEEPTTL EX 1", "SET s v FOO",
                 "MSET s", "MSET a 1 s", "MSETNX a 1 s", "SETEX s -1 v", "GETEX s EX 0",
                 "GETEX s EX 1 PERSIST", "SETRANGE s x v", "LCS s n LEN IDX"):  # fmt: skip
        with pytest.raises(CommandError):
            run(line)
        assert run("MGET s n m a") == [b"text", b"9223372036854775807",
                                       b"-9223372036854775808", None]  # fmt: skip
        assert run("TTL s") == -1
    assert run.server.keyspace.dirty == dirty
