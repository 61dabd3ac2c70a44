"""EXPIRE and its kin: time, events, what is handed on. Replies are compared in compatibility."""

import itertools

import pytest

from rediskit.errors import CommandError
from tests.support.conversation import NOW

LARGEST = (1 << 63) - 1


@pytest.mark.parametrize("condition", ["NX", "XX", "GT", "LT", "XX GT", "LT XX", "xx lt", ""])
@pytest.mark.parametrize("current", [None, 50])
@pytest.mark.parametrize("wanted", [20, 50, 80])
def test_conditions(run, condition, current, wanted):
    run("SET k v" + (f" EX {current}" if current else ""))
    names = condition.upper().split()
    left = current or float("inf")
    allowed = not (
        ("NX" in names and current) or ("XX" in names and not current)
        or ("GT" in names and wanted <= left) or ("LT" in names and wanted >= left)
    )  # fmt: skip
    assert run(f"EXPIRE k {wanted} {condition}") == allowed
    assert run("TTL k") == (wanted if allowed else current or -1)


def test_conditions_that_contradict_each_other(run):
    run("SET k v")
    for pair in itertools.permutations(["NX", "XX", "GT", "LT"], 2):
        if set(pair) in ({"XX", "GT"}, {"XX", "LT"}):
            continue
        with pytest.raises(CommandError, match="not compatible"):
            run("EXPIRE k 100 " + " ".join(pair))
    with pytest.raises(CommandError, match="Unsupported option FOO"):
        run("EXPIRE k 100 FOO")
    assert run("TTL k") == -1


@pytest.mark.parametrize(
    ("command", "largest"),
    [
        ("EXPIRE", (LARGEST - NOW) // 1000), ("PEXPIRE", LARGEST - NOW),
        ("EXPIREAT", LARGEST // 1000), ("PEXPIREAT", LARGEST),
    ],
)  # fmt: skip
def test_the_largest_deadline(run, command, largest):
    run("SET k v")
    assert run(f"{command} k {largest}") == 1
    assert LARGEST - 1000 < run("PEXPIRETIME k") <= LARGEST
    assert run("GET k") == b"v"
    for number in (largest + 1, LARGEST + 1):
        with pytest.raises(CommandError):
            run(f"{command} k {number}")
    run.server.keyspace.databases[0].table.check()
    if "P" not in command[:1]:
        with pytest.raises(CommandError, match=f"'{command.lower()}' command"):
            run(f"{command} k -9223372036854775808")
    assert run(f"{command} k -1") == 1
    assert run("EXISTS k") == 0


@pytest.mark.parametrize(
    ("line", "requests", "events"),
    [
        ("EXPIRE k 10", [b"PEXPIREAT k %d" % (NOW + 10_000)], "expire"),
        ("PEXPIREAT k 1", [b"DEL k"], "del"),
        ("EXPIRE k 0", [b"DEL k"], "del"),
        ("EXPIRE missing 10", [], ""),
        ("EXPIRE k 10 XX", [], ""),
        ("PERSIST k", [], ""),
        ("PERSIST t", [b"PERSIST t"], "persist"),
    ],
)
def test_what_is_told_and_handed_on(run, line, requests, events):
    run("MSET k v")
    run("SET t v EX 10")
    assert run.told(line) == events
    run("MSET k v")
    run("SET t v EX 10")
    assert run.handed_on(line) == requests


def test_times_are_rounded_as_redis_does(run):
    run("SET k v PX 1500")
    assert (run("TTL k"), run("PTTL k")) == (2, 1500)
    run.at(1001)
    assert (run("TTL k"), run("PTTL k")) == (0, 499)
    assert run("EXPIRETIME k") == (NOW + 1500 + 500) // 1000
    run.at(1499)
    assert run("GET k") == b"v"
    run.at(1500)
    assert [run(f"{name} k") for name in ("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME")] == [-2] * 4


def test_hits_and_misses(run):
    run("SET k v EX 10")
    for name in ("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"):
        before = run.counts
        run(f"{name} k")
        run(f"{name} missing")
        assert run.counts == (before[0] + 1, before[1] + 1, before[2])
    before = run.counts
    run("EXPIRE k 5")
    run("PERSIST missing")
    assert run.counts == before
