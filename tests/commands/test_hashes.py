"""The hash commands: what replies alone do not show. Replies are compared in compatibility."""

import pytest

from rediskit.errors import CommandError


@pytest.mark.parametrize(
    ("line", "events"),
    [
        ("HSET h a 1", "hset"),
        ("HSET new a 1 b 2", "hset"),
        ("HMSET h a 1 b 2", "hset"),
        ("HSETNX h a 1", ""),
        ("HSETNX h c 1", "hset"),
        ("HDEL h a b", "hdel del"),
        ("HDEL h a x", "hdel"),
        ("HDEL h x", ""),
        ("HDEL new x", ""),
        ("HINCRBY h b 1", "hincrby"),
        ("HINCRBYFLOAT h b 1", "hincrbyfloat"),
        ("HGETALL h", ""),
        ("HSET due a 1", "expired hset"),
    ],
)
def test_events(run, line, events):
    run("HSET h a 1 b 2")
    run("HSET due b 2")
    run("PEXPIRE due 5")
    run.at(5)
    assert run.told(line) == events


@pytest.mark.parametrize(
    ("line", "requests"),
    [
        ("HSET h a 1 c 2", [b"HSET h a 1 c 2"]),
        ("HINCRBY h b 1", [b"HINCRBY h b 1"]),
        ("HINCRBYFLOAT h b 1.5", [b"HSET h b 3.5"]),
        (
            "HINCRBYFLOAT h timed 1",
            [
                b"MULTI",
                b"HSET h timed 2",
                b"HPEXPIREAT h 4102444800000 FIELDS 1 timed",
                b"EXEC",
            ],
        ),
        ("HSETNX h a 1", []),
        ("HDEL h x", []),
        ("HGET h a", []),
    ],
)
def test_what_is_handed_on(run, line, requests):
    run("HSET h a 1 b 2 timed 1")
    run("HEXPIREAT h 4102444800 FIELDS 1 timed")
    assert run.handed_on(line) == requests


@pytest.mark.parametrize(
    "line",
    ["HINCRBY new n x", "HINCRBYFLOAT new n inf", "HSET new a 1 b", "HMSET new a 1 b",
     "HRANDFIELD new x", "HINCRBY new n 9223372036854775808"],
)  # fmt: skip
def test_an_error_leaves_no_empty_hash(run, line):
    with pytest.raises(CommandError):
        run(line)
    assert run("EXISTS new") == 0 and run("DBSIZE") == 0


@pytest.mark.parametrize(
    "line", ["HINCRBY h t 1", "HINCRBYFLOAT h t 1", "HINCRBY h n 9223372036854775807"]
)
def test_an_error_changes_nothing(run, line):
    run("HSET h t text n 1")
    assert run.told("HGETALL h") == ""
    with pytest.raises(CommandError):
        run(line)
    assert run("HGETALL h") == {b"t": b"text", b"n": b"1"}


def test_the_configuration_says_how_large_a_listpack_may_be(run):
    run("CONFIG SET hash-max-listpack-entries 2 hash-max-listpack-value 3")
    run("HSET h a 123 b 2")
    assert run("OBJECT ENCODING h") == b"listpack"
    run("HSET h a 1234")
    assert run("OBJECT ENCODING h") == b"hashtable"
    run("HSET g a 1 b 2 c 3")
    assert run("OBJECT ENCODING g") == b"hashtable"


@pytest.mark.parametrize("entries", [512, 0])
def test_fields_are_scanned_and_drawn_in_both_forms(run, entries):
    run(f"CONFIG SET hash-max-listpack-entries {entries}")
    pairs = {b"f%d" % number: b"%d" % number for number in range(100)}
    for field, value in pairs.items():
        run(f"HSET h {field.decode()} {value.decode()}")
    found, cursor = {}, b"0"
    while not found or cursor != b"0":
        cursor, some = run(f"HSCAN h {cursor.decode()} COUNT 7")
        found.update(zip(some[::2], some[1::2], strict=True))
    assert found == pairs == run("HGETALL h")
    assert sorted(run("HSCAN h 0 MATCH f1? NOVALUES COUNT 1000")[1]) == sorted(
        field for field in pairs if len(field) == 3 and field.startswith(b"f1")
    )
    drawn = run("HRANDFIELD h 60 WITHVALUES")
    assert len(set(drawn[::2])) == 60
    assert all(pairs[field] == value for field, value in zip(drawn[::2], drawn[1::2], strict=True))
    assert set(run("HRANDFIELD h -50")) <= set(pairs) and len(run("HRANDFIELD h -50")) == 50


def test_draws_beyond_all_measure_take_no_memory(run):
    run("HSET h a 1")
    for count in ("-9223372036854775808", "-4611686018427387904 WITHVALUES"):
        with pytest.raises(CommandError, match="value is out of range"):
            run(f"HRANDFIELD h {count}")
    held = run.server.account.used()
    draws = run("HRANDFIELD h -9223372036854775807")
    assert len(draws) == 9223372036854775807
    assert next(iter(draws)) == b"a"
    assert run.server.account.used() == held


def test_memory_of_hashes_is_given_back(run):
    used = run.server.account.used()
    for number in range(100):
        run(f"HSET h{number} a 1 b 2 c {'x' * (number + 1)}")
    run("FLUSHALL")
    assert run.server.account.used() - used < 1000
