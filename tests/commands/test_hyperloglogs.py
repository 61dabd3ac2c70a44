"""The HyperLogLog commands: what replies alone do not show. Replies are compared elsewhere."""

import gc
import random

import pytest

from rediskit.errors import CommandError
from rediskit.structures import memory

NUMBERS = " ".join(map(str, range(2000)))


@pytest.mark.parametrize(
    ("line", "events"),
    [
        ("PFADD k", "pfadd"),
        ("PFADD k a", "pfadd"),
        ("PFADD s", ""),
        ("PFADD s a", ""),
        ("PFADD s b", "pfadd"),
        ("PFADD dense 5", ""),
        ("PFADD dense other", "pfadd"),
        ("PFADD due a", "expired pfadd"),
        ("PFADD s " + NUMBERS, "pfadd"),
        ("PFCOUNT s", ""),
        ("PFCOUNT s dense", ""),
        ("PFMERGE k s dense", "pfadd"),
        ("PFMERGE s", "pfadd"),
        ("PFDEBUG ENCODING s", ""),
    ],
)
def test_events(run, line, events):
    run("PFADD s a")
    run("PFADD dense " + NUMBERS)
    run("PFADD due x")
    run("PEXPIRE due 5")
    run.at(5)
    assert run.told(line) == events


def test_what_logs_and_replicas_get(run):
    assert run.handed_on("PFADD k a") == [b"PFADD k a"]
    assert run.handed_on("PFADD k a") == []
    assert run.handed_on("PFCOUNT k") == [b"PFCOUNT k"]
    assert run.handed_on("PFCOUNT k") == []
    assert run.handed_on("PFCOUNT k x") == []
    assert run.handed_on("PFMERGE k") == [b"PFMERGE k"]
    assert run.handed_on("PFDEBUG TODENSE k") == [b"PFDEBUG TODENSE k"]
    assert run.handed_on("PFDEBUG TODENSE k") == []


def test_deadlines_are_kept(run):
    run("PFADD k a")
    run("PEXPIRE k 1000")
    for line in (
        "PFADD k b",
        "PFCOUNT k",
        "PFADD k " + NUMBERS,
        "PFCOUNT k",
        "PFADD k x",
        "PFMERGE k",
        "PFDEBUG TODENSE k",
    ):
        run(line)
        assert run("PTTL k") == 1000


def test_the_form_changes_at_the_configured_size(run):
    for limit in (0, 100, 3000, 4200, 20000):
        run(f"CONFIG SET hll-sparse-max-bytes {limit}")
        run("DEL k")
        run("PFADD k")
        for number in range(3000):
            run(f"PFADD k {number}")
            if run("PFDEBUG ENCODING k").text == b"dense":
                break
            assert run("STRLEN k") <= max(limit, 18)
        assert (run("PFDEBUG ENCODING k").text == b"dense") == (limit < 20000)
        assert abs(run("PFCOUNT k") - number - 1) < 100


def test_the_dense_form_is_changed_in_place(run):
    run("PFADD k")
    run("PFDEBUG TODENSE k")
    run("PFADD k a")
    gc.collect()
    before = run.server.account.used()
    for number in range(1000):
        run(f"PFADD k {number}")
        run("PFCOUNT k")
    assert run.server.account.used() == before
    assert abs(run("PFCOUNT k") - 1001) < 50


@pytest.mark.parametrize("limit", [3000, 20000])
def test_corrupted_sketches_are_refused_and_unchanged(run, limit):
    """Whatever bytes stand in a sketch: an answer or INVALIDOBJ, and then nothing has changed."""
    chance = random.Random(limit)
    run(f"CONFIG SET hll-sparse-max-bytes {limit}")
    run("PFADD origin " + " ".join(map(str, range(chance.choice([300, 1500])))))
    refused = 0
    for _ in range(300):
        run("COPY origin k REPLACE")
        for _ in range(chance.randrange(1, 4)):
            offset = chance.randrange(16, run("STRLEN k") + 2)
            run(rf'SETRANGE k {offset} "\x{chance.randrange(256):02x}"')
        for line in (
            "PFCOUNT k",
            "PFCOUNT k origin",
            f"PFADD k {' '.join('abcdefghij')}",
            "PFMERGE k origin",
            "PFMERGE other k",
            "PFDEBUG DECODE k",
            "PFDEBUG GETREG k",
        ):
            before = bytes(run("GETRANGE k 0 -1"))
            try:
                run(line)
            except CommandError as error:
                assert error.code in ("INVALIDOBJ", "ERR")
                assert bytes(run("GETRANGE k 0 -1")) == before
                refused += error.code == "INVALIDOBJ"
    assert refused > 100


def test_no_memory(run):
    run("PFADD k " + " ".join(map(str, range(200))))
    text = run("GET k")
    for line in ("PFADD k " + NUMBERS, "PFMERGE k other", "PFDEBUG TODENSE k"):
        run("DEL other")
        run("PFADD other " + NUMBERS)
        memory.fail_at(1)
        with pytest.raises(MemoryError):
            run(line)
        memory.fail_at(0)
        assert run("GET k") == text


def test_the_self_test_passes(run):
    assert run("PFSELFTEST").text == b"OK"
