"""LZF: what is compressed expands again, what is damaged is refused."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit.structures.lzf import lzf_compress, lzf_expand

REPEATING = st.lists(
    st.sampled_from([b"a", b"abc", b"\0", b"field:", b"0123456789" * 4]), max_size=200
).map(b"".join)


@given(st.one_of(st.binary(max_size=300), REPEATING))
def test_round_trip(data):
    compressed = lzf_compress(data, len(data) + 50)
    if data:
        assert lzf_expand(compressed) == data


@pytest.mark.parametrize("distance", [1, 2, 7, 8, 9, 255, 256, 8191, 8192, 8193])
@pytest.mark.parametrize("length", [3, 8, 9, 263, 264, 265, 600])
def test_matches(distance, length):
    data = random.Random(1).randbytes(distance)
    data = (data * (length // distance + 2))[: distance + length] + b"end"
    assert lzf_expand(lzf_compress(data, 2 * len(data))) == data


def test_limit():
    data = b"abcd" * 100
    size = len(lzf_compress(data, 400))
    assert size < 20
    assert lzf_compress(data, size) is not None
    assert lzf_compress(data, size - 1) is None
    assert lzf_compress(random.Random(1).randbytes(100), 96) is None


def test_format():
    assert lzf_expand(b"\x00a\xe0\x02\x00") == b"a" * 12
    assert lzf_expand(b"\x03abcd\x20\x03") == b"abcdabc"
    assert lzf_expand(b"") == b""


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        b"\x05abc",
        b"\x00a\x20",
        b"\x00a\xe0\x01",
        b"\x20\x00",
        b"\x00a\x20\x01",
        b"\x00a\x3f\xff",
    ],
)
def test_damaged(data):
    with pytest.raises(ValueError, match="damaged"):
        lzf_expand(data)


@given(st.binary(max_size=60))
def test_anything_is_expanded_or_refused(data):
    try:
        expanded = lzf_expand(data)
    except ValueError:
        return
    assert len(expanded) <= 88 * len(data)


def test_many_calls_do_not_see_each_other():
    rng = random.Random(3)
    for _ in range(2000):
        data = bytes(rng.choices(b"ab", k=rng.randint(1, 60)))
        assert lzf_expand(lzf_compress(data, 100)) == data
