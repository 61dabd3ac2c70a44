"""The generic commands: what replies alone do not show. Replies are compared in compatibility."""

import pytest


@pytest.mark.parametrize(
    ("line", "events"),
    [
        ("DEL s x due", "del expired"),
        ("UNLINK s", "del"),
        ("RENAME s t", "rename_from rename_to"),
        ("RENAME s s", ""),
        ("RENAMENX s t", ""),
        ("RENAMENX s new", "rename_from rename_to"),
        ("RENAMENX s due", "expired rename_from rename_to"),
        ("MOVE s 1", "move_from move_to"),
        ("COPY s new", "copy_to"),
        ("COPY s t", ""),
        ("COPY s t REPLACE", "copy_to"),
        ("COPY due new", "expired"),
        ("EXISTS due", "expired"),
        ("TYPE due", "expired"),
        ("OBJECT ENCODING due", "expired"),
        ("TOUCH s", ""),
        ("SCAN 0", "expired"),
    ],
)
def test_events(run, line, events):
    run("SET s text")
    run("SET t text EX 100")
    run("SET due text PX 5")
    run.at(5)
    assert run.told(line) == events


@pytest.mark.parametrize("value", ["12", "short", "x" * 5000])
@pytest.mark.parametrize("edit", ["", "APPEND a 3"])
def test_values_move_with_all_they_have(run, value, edit):
    run(f"SET a {value} EX 100")
    if edit:
        run(edit)
    text, encoding = bytes(run("GET a")), run("OBJECT ENCODING a")
    databases = run.server.keyspace.databases
    databases[0].table.set_access(b"a", 77)
    for move in ("RENAME a b", "MOVE b 1", "SELECT 1", "COPY b c", "RENAMENX c d", "DEL b",
                 "COPY d a DB 0", "SELECT 0"):  # fmt: skip
        run(move)
    assert databases[0].table.access(b"a") == 77
    assert bytes(run("GET a")) == text
    assert run("OBJECT ENCODING a") == encoding
    assert run("TTL a") == 100
    assert (len(databases[0]), len(databases[1])) == (1, 1)
    for database in databases[:2]:
        database.table.check()


def test_a_copy_is_independent(run):
    run("SET a " + "x" * 5000)
    run("APPEND a y")
    run("COPY a b")
    run("APPEND a z")
    run("SETRANGE b 0 Q")
    assert run("GETRANGE a 0 0") == b"x"
    assert (run("STRLEN a"), run("STRLEN b")) == (5002, 5001)
    before = run.server.account.used()
    run("DEL a b")
    assert run.server.account.used() <= before - 10000
    run("FLUSHALL")


def test_hits_and_misses(run):
    run("SET s v")
    for line, hits, misses in (
        ("EXISTS s x s", 2, 1), ("TOUCH s x", 1, 1), ("TYPE s", 1, 0), ("TYPE x", 0, 1),
        ("OBJECT ENCODING s", 1, 0), ("OBJECT ENCODING x", 0, 1), ("COPY x y", 0, 1),
        ("COPY s y", 1, 0), ("RENAME s z", 0, 0), ("MOVE x 1", 0, 0), ("DEL z", 0, 0),
        ("KEYS *", 0, 0), ("SCAN 0", 0, 0), ("RANDOMKEY", 0, 0),
    ):  # fmt: skip
        before = run.counts
        run(line)
        assert run.counts == (before[0] + hits, before[1] + misses, 0), line


def test_keys_that_are_due_are_seen_nowhere(run):
    run.server.keyspace.expires = False
    for number in range(1000):
        run(f"SET due:{number} v PX 5")
    run("MSET a 1 b 2")
    run.at(5)
    assert sorted(run("KEYS *")) == [b"a", b"b"]
    assert {run("RANDOMKEY") for _ in range(100)} == {b"a", b"b"}
    met, cursor = [], b"0"
    while True:
        cursor, keys = run(f"SCAN {cursor.decode()} COUNT 50")
        met += keys
        if cursor == b"0":
            break
    assert sorted(met) == [b"a", b"b"]
    run("DEL a b")
    assert run("RANDOMKEY") is None


def test_while_frozen_due_keys_are_unseen_but_stay(run):
    for number in range(200):
        run(f"SET due:{number} v PX 5")
    run("SET a 1")
    run.server.keyspace.frozen = True
    run.at(5)
    assert run("KEYS *") == [b"a"]
    assert run("MGET due:1 a") == [None, b"1"]
    assert run("EXISTS due:1") == run("DEL due:1") == 0
    assert {run("RANDOMKEY") for _ in range(20)} == {b"a"}
    assert run("DBSIZE") == 201
    assert not run.server.keyspace.expire_cycle()
    # What is written nevertheless does not inherit a deadline that has passed.
    for line, key in (("APPEND due:2 x", "due:2"), ("SETRANGE due:3 0 x", "due:3"),
                      ("INCR due:4", "due:4"), ("INCRBYFLOAT due:5 1", "due:5"),
                      ("SET due:6 x KEEPTTL", "due:6"), ("RENAME a due:7", "due:7"),
                      ("COPY due:7 due:8", "due:8")):  # fmt: skip
        run(line)
        assert run(f"TTL {key}") == -1, line
    run.server.keyspace.frozen = False
    run.server.keyspace.databases[0].table.check()


def test_touch_marks_an_access_and_looking_does_not(run):
    run.server.cron()
    run("SET k v")
    run.at(100_000)
    run.server.cron()
    for line in ("EXISTS k", "TYPE k", "TTL k", "OBJECT ENCODING k", "SCAN 0"):
        run(line)
        assert run("OBJECT IDLETIME k") == 100
    run("TOUCH k")
    assert run("OBJECT IDLETIME k") == 0
