"""LATENCY HISTOGRAM."""

import pytest

from rediskit.server import Server


@pytest.fixture
def run():
    server = Server()
    server.reset_statistics()
    client = server.client()
    return lambda text: server.execute(client, *text.encode().split())


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
