"""Sets of integers against Python's, with check() after each step."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory
from rediskit.structures.intset import IntegerSet

EDGES = [
    sign * 2**bits + delta
    for bits in (7, 8, 15, 16, 31, 32, 63)
    for delta in (-1, 0, 1)
    for sign in (1, -1)
    if -(2**63) <= sign * 2**bits + delta < 2**63
]
VALUES = st.one_of(st.sampled_from(EDGES), st.integers(-(2**63), 2**63 - 1), st.integers(-50, 50))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.booleans(), VALUES), max_size=100))
def test_any_steps(steps):
    integers, model = IntegerSet(), set()
    for adding, value in steps:
        if adding:
            assert integers.add(value) == (value not in model)
            model.add(value)
        else:
            assert integers.remove(value) == (value in model)
            model.discard(value)
        integers.check()
        assert len(integers) == len(model)
    assert list(integers) == sorted(model)
    for value in EDGES:
        assert (value in integers) == (value in model)
    assert [integers.at(index) for index in range(len(integers))] == sorted(model)


def test_thousands_grow_and_shrink():
    chance = random.Random(5)
    before = memory.used()
    numbers = list(range(-5000, 5000, 3))
    chance.shuffle(numbers)
    integers = IntegerSet(numbers)
    integers.check()
    assert list(integers) == sorted(numbers)
    assert integers.held <= 2 * len(numbers) + 10
    for number in numbers:
        assert integers.remove(number)
        assert integers.held <= 4 * len(integers) + 150
    integers.check()
    assert integers.held == 0
    assert memory.used() == before


@pytest.mark.parametrize("width, widest", [(1, 127), (2, 32767), (4, 2**31 - 1), (8, 2**63 - 1)])
def test_integers_are_as_wide_as_the_widest(width, widest):
    for value in (widest, -widest - 1):
        integers = IntegerSet(range(20))
        integers.add(value)
        integers.check()
        assert 10 + 21 * width <= integers.held <= 10 + 21 * width + 2
        assert list(integers) == sorted([*range(20), value])


def test_an_index_out_of_range_is_an_error():
    integers = IntegerSet([1, 2])
    for index in (-1, 2, 2**62):
        with pytest.raises(IndexError):
            integers.at(index)
    with pytest.raises(OverflowError):
        integers.add(2**63)
    assert list(integers) == [1, 2]
