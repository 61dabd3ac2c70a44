"""Rates, and what the process uses."""

from rediskit.operations.statistics import SAMPLES, Rate, processor_seconds, resident_bytes
from rediskit.server import Server


def test_rate_without_samples():
    assert Rate().mean == 0


def test_rate_is_per_second():
    rate = Rate()
    rate.look(100, 1_000_000)
    assert rate.mean == 0
    rate.look(300, 1_100_000)
    assert rate.mean == 2000
    rate.look(300, 1_200_000)
    assert rate.mean == 1000


def test_rate_forgets_old_samples():
    rate = Rate()
    rate.look(0, 1)
    rate.look(1_000_000, 2)
    for number in range(SAMPLES):
        rate.look(1_000_000, 3 + number)
    assert rate.mean == 0


def test_rate_of_one_counter_to_another():
    rate = Rate(factor=1)
    rate.look(1000, 10)
    rate.look(1600, 12)
    assert rate.mean == 300


def test_rate_leaves_out_what_makes_no_sense():
    """No time that has passed, a clock or a counter that was set back."""
    rate = Rate()
    rate.look(100, 1_000_000)
    rate.look(200, 1_000_000)
    rate.look(300, 900_000)
    rate.look(50, 1_000_000)
    assert rate.samples == []
    rate.look(60, 2_000_000)
    assert rate.mean == 10


def test_statistics_sample_the_server():
    server = Server()
    client = server.client()
    server.reset_statistics()
    start_ms = server.clock.now_ms
    server.clock.set(start_ms)
    server.statistics.sample()
    for _ in range(50):
        server.execute(client, b"PING")
    server.clock.set(start_ms + 100)
    server.statistics.sample()
    assert server.statistics.operations.mean == 500
    server.statistics.reset()
    assert server.statistics.operations.mean == 0


def test_what_the_process_uses():
    before = processor_seconds()
    assert sum(range(1_000_000)) > 0
    assert len(before) == 4
    assert sum(processor_seconds()) >= sum(before) > 0
    assert resident_bytes() > 1_000_000
