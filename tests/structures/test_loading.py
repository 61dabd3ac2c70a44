"""Loading many entries into a table: as put() would have it, in whatever order they come."""

import random

import pytest

from rediskit.structures.loading import load_entries
from rediskit.structures.table import Table


def pairs_of(count, seed=1):
    rng = random.Random(seed)
    return {
        rng.randbytes(rng.randint(0, 12)): rng.randbytes(rng.randint(0, 300)) for _ in range(count)
    }


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 170, 171, 5000, 60000])
@pytest.mark.parametrize("times", [0, 0.5, 1, 10])
def test_all_are_there(count, times):
    pairs = pairs_of(count)
    table = Table()
    assert load_entries(table, pairs.items(), int(count * times)) is None
    table.check()
    assert {key: table.get(key) for key in table} == pairs


def test_into_a_table_that_holds_some():
    first, more = pairs_of(3000, 1), pairs_of(3000, 2)
    table = Table()
    load_entries(table, first.items())
    new = {key: value for key, value in more.items() if key not in first}
    assert load_entries(table, new.items(), 1000) is None
    table.check()
    assert {key: table.get(key) for key in table} == first | new


def test_what_is_there_stays():
    table = Table()
    assert load_entries(table, [(b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"c", b"4")]) == b"a"
    table.check()
    assert {key: table.get(key) for key in table} == {b"a": b"1", b"b": b"2", b"c": b"4"}


def test_a_table_that_was_to_be_large_can_be_emptied():
    table = Table()
    pairs = pairs_of(100)
    load_entries(table, pairs.items(), 100_000)
    for key in pairs:
        table.remove(key)
        table.check()
    assert len(table) == 0
