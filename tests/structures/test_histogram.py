"""The latency histogram against the list of values it was given."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit.structures.histogram import Histogram, bound_of, largest_of

LARGEST = 1_048_575
ERROR = 1 / 32

MICROSECONDS = st.one_of(st.integers(0, 200), st.integers(0, LARGEST))


def filled(values):
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    histogram.check()
    return histogram


@given(st.lists(MICROSECONDS, min_size=1), st.floats(0, 100))
def test_percentile_is_the_value_or_a_little_more(values, percent):
    rank = max(1, int(percent * len(values) / 100 + 0.5))
    exact = sorted(values)[rank - 1]
    found = filled(values).percentile(percent)
    assert exact <= found <= exact * (1 + ERROR)


def test_small_values_are_exact():
    histogram = filled(range(64))
    for value in range(64):
        assert histogram.percentile((value + 1) * 100 / 64) == value


@given(st.lists(MICROSECONDS))
def test_cumulative_counts_grow_to_the_total(values):
    histogram = filled(values)
    steps = histogram.cumulative()
    bounds = [bound for bound, _ in steps]
    counts = [count for _, count in steps]
    assert bounds == sorted(set(bounds))
    assert counts == sorted(set(counts))
    assert (counts[-1] if counts else 0) == len(values) == histogram.total
    for bound, count in steps:
        assert count <= sum(1 for value in values if value <= bound)
        assert count >= sum(1 for value in values if value * (1 + ERROR) <= bound)


def test_bounds_are_those_of_redis():
    assert [bound_of(step) for step in range(10)] == [1, 2, 4, 8, 16, 33, 66, 132, 264, 528]
    assert filled([0, 1, 1, 30, 33, 34]).cumulative() == [(1, 3), (33, 5), (66, 6)]


def test_values_out_of_range_count_as_the_nearest():
    histogram = filled([-5, 10**12])
    assert histogram.percentile(50) == 0
    assert histogram.percentile(100) == LARGEST


def test_every_value_lies_below_the_next_bucket():
    bounds = [largest_of(bucket) for bucket in range(512)]
    assert bounds == sorted(set(bounds))
    assert bounds[:65] == [*range(64), 65]
    assert bounds[-1] == LARGEST
    for below, above in zip(bounds, bounds[1:], strict=False):
        assert above - below == 1 or (above - below) / (below + 1) <= ERROR


def test_reset_forgets():
    histogram = filled([1, 1000])
    histogram.reset()
    histogram.check()
    assert histogram.total == 0
    assert histogram.percentile(50) == 0.0
    assert histogram.cumulative() == []


@pytest.mark.parametrize("percent", [0, 50, 99, 99.9, 100])
def test_one_value_is_every_percentile(percent):
    assert math.isclose(filled([1000]).percentile(percent), 1007)
