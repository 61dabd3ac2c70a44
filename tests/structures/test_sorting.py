"""Sorting by numbers and texts, beside Python's sorted()."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit.structures.sorting import by_number, by_text

NUMBERS = st.one_of(
    st.integers(-(10**18), 10**18).map(lambda number: b"%d" % number),
    st.floats(allow_nan=False, allow_subnormal=False).map(lambda number: repr(number).encode()),
    st.sampled_from([b"0", b"-0", b"1", b"1.0", b"0x10", b"inf", b"-inf", b"", b" 7", b"1e3"]),
)


def number(text):
    text = text.strip() or b"0"
    return float(text) if b"x" not in text else float.fromhex(text.decode())


@pytest.mark.parametrize("repeats", [1, 100])
@given(values=st.lists(NUMBERS, max_size=20), backwards=st.booleans())
def test_by_number(repeats, values, backwards):
    """Both ways of sorting: few are compared, many distributed."""
    values = values * repeats
    expected = sorted(values, key=lambda text: (number(text), text), reverse=backwards)
    assert by_number(values, None, backwards, 0, len(values)) == expected


def test_many_of_all_sizes():
    chance = random.Random(3)
    for width in (1, 20, 290):
        scales = [10.0 ** chance.randrange(-width, width) for _ in range(2000)]
        values = [b"%r" % (chance.uniform(-1, 1) * scale) for scale in scales]
        expected = sorted(values, key=float)
        assert by_number(values, None, False, 0, 2000) == expected
        assert by_number(values, None, True, 10, 30) == expected[::-1][10:30]


def test_weights():
    elements = [b"a", b"b", b"c", b"d", b"e"]
    weights = [b"2", None, b"-1", b"1e2", b"0"]
    assert by_number(elements, weights, False, 0, 5) == [b"c", b"b", b"e", b"a", b"d"]
    assert by_number(elements, weights, True, 0, 5) == [b"d", b"a", b"e", b"b", b"c"]
    texts = [b"y", None, b"x", b"z", b""]
    assert by_text(elements, texts, False, False, 0, 5) == [b"b", b"e", b"c", b"a", b"d"]
    assert by_text(elements, texts, True, True, 0, 5) == [b"d", b"a", b"c", b"e", b"b"]
    with pytest.raises(ValueError, match="as many"):
        by_text(elements, texts[1:], False, False, 0, 5)


@pytest.mark.parametrize("text", [b"x", b"1x", b"1 ", b"nan", b"1e999", b"1e-999", b"1_0", b"--1"])
def test_what_is_no_number(text):
    with pytest.raises(ValueError, match="not a number"):
        by_number([b"1", text, b"2"], None, False, 0, 3)


@given(values=st.lists(st.binary(max_size=5)), backwards=st.booleans())
def test_by_text(values, backwards):
    expected = sorted(values, reverse=backwards)
    assert by_text(values, None, backwards, False, 0, len(values)) == expected


def test_nothing_and_parts():
    assert by_number([], None, False, 0, 0) == []
    assert by_text([], None, False, False, 0, 0) == []
    assert by_number([b"3", b"1", b"2"], None, False, 1, 2) == [b"2"]
    assert by_text([b"3", b"1", b"2"], None, False, False, 3, 2) == []
