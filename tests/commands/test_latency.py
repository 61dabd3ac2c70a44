"""LATENCY."""

import time

import pytest

from rediskit.errors import CommandError
from rediskit.server import Server
from tests.support.peers import declared


@pytest.fixture
def run():
    server = Server()
    server.reset_statistics()
    client = server.client()

    def execute(text):
        return server.execute(client, *text.encode().split())

    execute.server = server
    return execute


def test_histogram_of_chosen_commands(run):
    for _ in range(3):
        run("SET k v")
    run("GET k")
    reply = run("LATENCY HISTOGRAM set nothing strlen")
    assert list(reply) == [b"set"]
    assert reply[b"set"][b"calls"] == 3
    steps = reply[b"set"][b"histogram_usec"]
    assert max(steps.values()) == 3
    assert list(steps) == sorted(steps)


def test_histogram_of_a_container_has_its_parts(run):
    run("CONFIG GET timeout")
    run("CONFIG RESETSTAT")
    run("CONFIG GET timeout")
    run("MEMORY PURGE")
    assert run("LATENCY HISTOGRAM config").keys() == {b"config|get", b"config|resetstat"}
    assert run("LATENCY HISTOGRAM config|get").keys() == {b"config|get"}
    assert b"memory|purge" in run("LATENCY HISTOGRAM")


def test_nothing_is_recorded_while_tracking_is_off(run):
    run("CONFIG SET latency-tracking no")
    try:
        run("SET k v")
        assert run("LATENCY HISTOGRAM set") == {}
    finally:
        run("CONFIG SET latency-tracking yes")


def test_what_was_noted(run):
    run("CONFIG SET latency-monitor-threshold 5")
    monitor, seconds = run.server.latency, run.server.clock.seconds
    monitor.note("fork", 7)
    monitor.note("command", 9)
    monitor.note("command", 8)
    assert run("LATENCY LATEST") == [["fork", seconds, 7, 7], ["command", seconds, 9, 9]]
    assert run("LATENCY HISTORY command") == [[seconds, 9]]
    assert run("LATENCY HISTORY Command") == run("LATENCY HISTORY x") == []
    assert run("LATENCY GRAPH fork").text.startswith(b"fork - high 7 ms, low 7 ms (all time")
    assert b"command: 1 times" in run("LATENCY DOCTOR").text
    assert run("LATENCY RESET x fork fork") == 1
    assert run("LATENCY RESET") == 1
    assert run("LATENCY LATEST") == []
    with pytest.raises(CommandError, match="No samples available for event 'fork'"):
        run("LATENCY GRAPH fork")


def test_slow_calls_are_events(run):
    run("CONFIG SET latency-monitor-threshold 1")

    def doze(client):
        time.sleep(0.002)

    declared(run.server, "DOZE", doze)
    run("DOZE")
    assert [event for event, *_ in run("LATENCY LATEST")] == ["command"]
    assert run("LATENCY HISTORY command")[0][1] >= 2


class SlowKeyspace:
    """A keyspace whose expiry takes 3 ms."""

    expired_time_us = 0
    lazily_freed = []

    def expire_cycle(self):
        """Expires nothing, slowly."""
        self.expired_time_us += 3000
        return False

    def first_deadline(self):
        """No key will expire."""
        return -1


def test_expiring_is_an_event(run):
    run("CONFIG SET latency-monitor-threshold 3")
    run.server.keyspace = SlowKeyspace()
    run.server._expire()
    assert [(event, last_ms) for event, _, last_ms, _ in run("LATENCY LATEST")] == [
        ("expire-cycle", 3)
    ]
