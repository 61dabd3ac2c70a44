"""DUMP and RESTORE: what they announce and hand on, and payloads as Redis writes them."""

import pytest

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.rdb.snapshot import dump
from tests.support.conversation import NOW

PAYLOAD = dump(b"v")


def restore(run, *words):
    return run.server.execute(run.client, b"RESTORE", b"k", *words)


def test_payload_is_that_of_redis(run):
    run("SET k 10")
    assert run("DUMP k") == b"\x00\xc0\x0a\x0a\x00\x6e\x9f\x57\x45\x0e\xae\x63\xbb"


def test_restore_hands_on_the_moment(run):
    del run.requests[:]
    restore(run, b"100", PAYLOAD)
    assert run.requests == [b" ".join([b"RESTORE", b"k", b"%d" % (NOW + 100), PAYLOAD, b"ABSTTL"])]


def test_restore_hands_on_what_it_is_given(run):
    run("SET k w")
    for words in ([b"0", PAYLOAD, b"REPLACE"], [b"%d" % (NOW + 9), PAYLOAD, b"ABSTTL", b"REPLACE"]):
        del run.requests[:]
        restore(run, *words)
        assert run.requests == [b" ".join([b"RESTORE", b"k", *words])]


def test_restore_of_what_is_due_is_a_removal(run):
    run("SET k w")
    del run.requests[:], run.events[:]
    restore(run, b"1", PAYLOAD, b"ABSTTL", b"REPLACE")
    assert run.requests == [b"DEL k"]
    assert [event for event, _ in run.events] == ["del"]
    assert run("EXISTS k") == 0


def test_restore_announces(run):
    del run.events[:]
    restore(run, b"0", PAYLOAD)
    assert run.events == [("restore", b"k")]


def test_refusal_loses_nothing(run, monkeypatch):
    lines = []
    monkeypatch.setattr(run.server.log, "warning", lines.append)
    run("SET k w")
    with pytest.raises(CommandError, match=errors.BAD_DUMP_DATA):
        restore(run, b"0", damaged(), b"REPLACE")
    assert run("GET k") == b"w"
    assert lines == ["RESTORE: integrity check failed: unexpected end of a string at offset 2"]


def damaged():
    """A payload of a string that is longer than the payload, with a CRC that is right."""
    from rediskit.structures.crc64 import crc64

    body = b"\x00\x05v\x0a\x00"
    return body + crc64(body).to_bytes(8, "little")


@pytest.mark.parametrize(
    ("policy", "words", "command", "wanted"),
    [
        ("allkeys-lru", [b"IDLETIME", b"1000"], "OBJECT IDLETIME k", 1000),
        ("allkeys-lru", [b"FREQ", b"100"], "OBJECT IDLETIME k", 0),
        ("allkeys-lfu", [b"FREQ", b"100"], "OBJECT FREQ k", 100),
        ("allkeys-lfu", [b"IDLETIME", b"100"], "OBJECT FREQ k", 5),
        ("noeviction", [b"IDLETIME", b"99999999999"], "OBJECT IDLETIME k", 0xFFFFFF),
    ],
)
def test_access(run, policy, words, command, wanted):
    run(f"CONFIG SET maxmemory-policy {policy}")
    restore(run, b"0", PAYLOAD, *words)
    assert run(command) == wanted


def test_fields_with_deadlines_are_known_to_expire(run):
    run("HSET h f v g w")
    run("HPEXPIRE h 1000 FIELDS 1 f")
    payload = run("DUMP h")
    restore(run, b"0", payload)
    assert run("HPTTL k FIELDS 2 f g") == [1000, -1]
    run.at(1001)
    run.server.keyspace.expire_cycle()
    assert run("HGETALL k") == {b"g": b"w"}
