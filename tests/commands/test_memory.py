"""MEMORY."""

import pytest

from rediskit.commands.memory import diagnosis
from rediskit.errors import CommandError
from rediskit.operations import info
from rediskit.protocol.replies import OK
from rediskit.server import Server


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def run(server):
    client = server.client()
    return lambda *words: server.execute(client, *[word.encode() for word in words])


def test_usage_is_what_is_freed_with_the_key(server, run):
    """But for the place in the table, which other keys share."""
    for key, value in (("short", "v"), ("longer", "v" * 1000), ("long", "v" * 100_000)):
        run("SET", key, value)
        before = server.account.used()
        usage = run("MEMORY", "USAGE", key)
        run("DEL", key)
        assert abs(before - server.account.used() - usage) <= 64
        assert usage > len(key) + len(value)


def test_usage_of_what_is_not_there(run):
    assert run("MEMORY", "USAGE", "nothing") is None


def test_usage_counts_deadlines(run):
    run("SET", "k", "v")
    before = run("MEMORY", "USAGE", "k")
    run("EXPIRE", "k", "100")
    assert run("MEMORY", "USAGE", "k") > before


def test_usage_checks_its_options(run):
    run("SET", "k", "v")
    assert run("MEMORY", "USAGE", "k", "samples", "0") == run("MEMORY", "USAGE", "k")
    for words, text in (
        (["SAMPLES"], "ERR syntax error"),
        (["SAMPLES", "-1"], "ERR syntax error"),
        (["SAMPLES", "x"], "ERR value is not an integer or out of range"),
        (["FOO", "1"], "ERR syntax error"),
    ):
        with pytest.raises(CommandError) as caught:
            run("MEMORY", "USAGE", "k", *words)
        assert caught.value.text == text


def test_stats_add_up(run):
    run("SET", "a", "x" * 5000, "EX", "1000")
    run("SET", "b", "1")
    reply = run("MEMORY", "STATS")
    assert reply[b"keys.count"] == 2
    assert reply[b"overhead.total"] + reply[b"dataset.bytes"] == reply[b"total.allocated"]
    assert reply[b"peak.allocated"] >= reply[b"total.allocated"]
    assert reply[b"db.0"][b"overhead.hashtable.main"] > 0
    assert reply[b"db.0"][b"overhead.hashtable.expires"] > 0
    assert b"db.1" not in reply
    growth = reply[b"total.allocated"] - reply[b"startup.allocated"]
    assert reply[b"keys.bytes-per-key"] == growth // 2
    assert reply[b"allocator.allocated"] <= reply[b"allocator.active"]
    assert reply[b"allocator.active"] <= reply[b"allocator.resident"]


def test_purge(run):
    assert run("MEMORY", "PURGE") == OK


def test_malloc_stats_tell_what_the_allocator_holds(server, run):
    text = run("MEMORY", "MALLOC-STATS").text.decode()
    figures = dict(line.split(": ") for line in text.splitlines())
    assert figures.keys() == {"allocated", "active", "resident", "retained", "peak"}
    assert int(figures["peak"]) >= server.account.used() > 0
    assert int(figures["allocated"]) >= server.account.used()


def test_help_names_every_part(run):
    lines = [line.text for line in run("MEMORY", "HELP")]
    for name in (b"DOCTOR", b"MALLOC-STATS", b"PURGE", b"STATS", b"USAGE key [SAMPLES count]"):
        assert name in lines


# The doctor


@pytest.fixture
def healthy(server):
    """Figures of a server that lacks nothing."""
    figures = info.MemoryFigures(server)
    figures.used = figures.peak = figures.allocated = 100 << 20
    figures.active = figures.resident = 105 << 20
    figures.clients = 0
    return figures


def test_doctor_has_nothing_to_say_of_an_empty_server(run):
    assert b"hardly any data" in run("MEMORY", "DOCTOR").text


def test_doctor_finds_nothing(healthy):
    assert diagnosis(healthy, 10) == "No memory problems were found in this server.\n"


@pytest.mark.parametrize(
    ("figure", "size", "finding"),
    [
        ("peak", 151 << 20, "Peak memory"),
        ("active", 141 << 20, "Fragmentation"),
        ("resident", 130 << 20, "Kept pages"),
        ("clients", 3 << 20, "Large client buffers"),
    ],
)
def test_doctor_names_the_problem(healthy, figure, size, finding):
    setattr(healthy, figure, size)
    healthy.resident = max(healthy.resident, healthy.active)
    text = diagnosis(healthy, 10)
    assert f" * {finding}: " in text
    assert text.count(" * ") == 1


def test_doctor_of_no_clients(healthy):
    assert "No memory problems" in diagnosis(healthy, 0)
