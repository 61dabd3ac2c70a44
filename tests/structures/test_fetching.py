"""Fetching ahead reads memory and nothing else: any requests do, and nothing changes."""

import pytest

from rediskit.structures.mapping import Mapping
from rediskit.structures.members import Members
from rediskit.structures.scored import Scored

COUNT = 20000  # more than what is taken to be in the processor's cache


def members(count):
    made = Members()
    for number in range(count):
        made.add(b"%d:" % number)
    return made


def mapping(count):
    made = Mapping()
    for number in range(count):
        made.put(b"%d:" % number, b"value", 100, 64)
    return made


def scored(count):
    made = Scored()
    for number in range(count):
        made.add(b"%d:" % number, float(number))
    return made


def finds(container, name):
    return container.contains(name) if hasattr(container, "contains") else name in container


@pytest.mark.parametrize("make", [members, mapping, scored])
@pytest.mark.parametrize("count", [0, 3, COUNT])
def test_what_is_fetched_is_there_still(make, count):
    container = make(count)
    requests = [[b"HGET", b"key", b"%d:" % number] for number in range(0, 2 * COUNT, 37)]
    requests += [[b"PING"], [b"ZRANK", b"key"], [b"HSET", b"key", b"", b"x"], []]
    container.fetch_ahead(requests)
    container.fetch_ahead([[b"ZADD", b"key", b"1", b"5:"], [b"ZADD", b"key"]])
    assert len(container) == count
    container.check()
    assert finds(container, b"2:") is (count > 2)
