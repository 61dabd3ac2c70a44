"""The latency monitor: what it keeps, and what it tells people."""

import pytest

from rediskit.clock import Clock
from rediskit.latency import SAMPLES, LatencyMonitor, age, graph, report

NOW = 1_700_000_000


@pytest.fixture
def monitor():
    clock = Clock()
    clock.set(NOW * 1000)
    made = LatencyMonitor(clock)
    made.threshold_ms = 10
    return made


def at(monitor, seconds, event, milliseconds):
    monitor.clock.set((NOW + seconds) * 1000)
    monitor.note(event, milliseconds)


def test_the_longest_time_of_each_second_is_kept(monitor):
    for seconds, milliseconds in [(0, 10), (0, 30), (0, 20), (1, 12), (3, 40), (3, 9)]:
        at(monitor, seconds, "fork", milliseconds)
    series = monitor.events["fork"]
    assert [list(each) for each in series.samples] == [[NOW, 30], [NOW + 1, 12], [NOW + 3, 40]]
    assert series.longest_ms == 40


def test_short_times_are_not_kept(monitor):
    monitor.note("fork", 9)
    assert not monitor.events
    monitor.threshold_ms = 0
    monitor.note("fork", 1 << 40)
    assert not monitor.events


def test_the_latest_samples_are_kept(monitor):
    for seconds in range(SAMPLES + 10):
        at(monitor, seconds, "command", 1000 - seconds)
    series = monitor.events["command"]
    assert len(series.samples) == SAMPLES
    assert series.samples[0][0] == NOW + 10
    assert series.longest_ms == 1000


def test_reset(monitor):
    for event in ("a", "b", "c"):
        monitor.note(event, 20)
    assert monitor.reset(["b", "b", "x"]) == 1
    assert list(monitor.events) == ["a", "c"]
    assert monitor.reset() == 2
    assert monitor.reset() == 0


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0s"), (59, "59s"), (60, "1m"), (7199, "1h"), (86400 * 2, "2d")]
)
def test_ages(seconds, shown):
    assert age(seconds) == shown


def test_graph(monitor):
    for seconds, milliseconds in [(0, 10), (60, 20), (65, 30), (70, 50)]:
        at(monitor, seconds, "command", milliseconds)
    lines = graph("command", monitor.events["command"], NOW + 70).splitlines()
    assert lines[0] == "command - high 50 ms, low 10 ms (all time high 50 ms)"
    assert lines[1] == "-" * 80
    assert lines[2:] == ["   _", "   |", "  _|", " _||", "_|||", "", "1150", "m0ss", " s"]


def test_graph_of_equal_times(monitor):
    at(monitor, 0, "command", 10)
    lines = graph("command", monitor.events["command"], NOW).splitlines()
    assert lines[2:] == ["_", "|", "|", "|", "|", "", "0", "s"]


def test_report(monitor):
    assert "(10 milliseconds)" in report(monitor)
    at(monitor, 0, "command", 10)
    at(monitor, 10, "command", 30)
    at(monitor, 10, "aof-fsync-always", 100)
    text = report(monitor)
    assert (
        "1. command: 2 times (mean 20ms, mean deviation 10ms, one every 10.0 seconds). "
        "Worst all time 30ms." in text
    )
    assert "2. aof-fsync-always: 1 times" in text
    assert "SLOWLOG GET" in text and "appendfsync" in text
    assert "maxmemory" not in text


def test_report_while_switched_off(monitor):
    monitor.threshold_ms = 0
    assert "CONFIG SET latency-monitor-threshold" in report(monitor)
