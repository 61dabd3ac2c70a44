"""The longest common subsequence against a plain recursion over all choices."""

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory
from rediskit.structures.lcs import longest_common, table_bytes

TEXT = st.lists(st.sampled_from([b"a", b"b", b"\0"]), max_size=12).map(b"".join)


def longest(first, second):
    @lru_cache(None)
    def best(i, j):
        if i == len(first) or j == len(second):
            return 0
        taken = 1 + best(i + 1, j + 1) if first[i] == second[j] else 0
        return max(taken, best(i + 1, j), best(i, j + 1))

    return best(0, 0)


def is_subsequence(part, whole):
    rest = iter(whole)
    return all(byte in rest for byte in part)


@settings(max_examples=400, deadline=None)
@given(TEXT, TEXT)
def test_any_two_strings(first, second):
    before = memory.used()
    found, runs = longest_common(first, second)
    assert len(found) == longest(first, second)
    assert is_subsequence(found, first)
    assert is_subsequence(found, second)
    pieces = [first[start : start + length] for start, _, length in runs]
    assert pieces == [second[start : start + length] for _, start, length in runs]
    assert b"".join(reversed(pieces)) == found
    for later, earlier in zip(runs, runs[1:], strict=False):
        assert earlier[0] + earlier[2] <= later[0]
        assert earlier[1] + earlier[2] <= later[1]
    assert memory.used() == before


def test_the_example_of_the_manual():
    found, runs = longest_common(b"ohmytext", b"mynewtext")
    assert found == b"mytext"
    assert runs == [(4, 5, 4), (2, 0, 2)]


def test_long_strings():
    first = bytes(range(256)) * 8
    found, runs = longest_common(first, b"x" + first + b"y")
    assert found == first
    assert sum(length for _, _, length in runs) == len(first)


def test_the_memory_it_takes_is_told_before():
    assert table_bytes(b"", b"") == 4
    assert table_bytes(b"x" * 999, b"y" * 1999) == 4 * 1000 * 2000
    memory.reset_peak()
    before = memory.used()
    longest_common(b"x" * 999, b"y" * 1999)
    assert 8_000_000 <= memory.peak() - before <= 8_100_000


def test_without_memory_nothing_is_lost():
    before = memory.used()
    memory.fail_at(1)
    with pytest.raises(MemoryError):
        longest_common(b"abc", b"abd")
    assert memory.used() == before
