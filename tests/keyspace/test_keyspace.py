"""What all databases share: expiry by itself, flushing, swapping."""

import pytest

from rediskit.clock import Clock
from rediskit.keyspace.keyspace import Keyspace
from rediskit.structures import memory

NOW = 1_700_000_000_000


@pytest.fixture
def keyspace():
    clock = Clock()
    clock.set(NOW)
    return Keyspace(clock, 4)


def fill(keyspace, number, count, deadline=-1):
    database = keyspace.databases[number]
    for index in range(count):
        database.store(b"%d:%d" % (deadline, index), b"value", deadline)
    return database


@pytest.mark.parametrize("observed", [False, True])
def test_the_cycle_takes_all_that_is_due_and_nothing_else(keyspace, observed):
    announced = []
    if observed:
        keyspace.observers.append(lambda database, key, event: announced.append(event))
    before = memory.used()
    for number in range(4):
        fill(keyspace, number, 3000, NOW + 5)
        fill(keyspace, number, 100, NOW + 6)
        fill(keyspace, number, 100)
    keyspace.expire_cycle()
    assert keyspace.total_keys() == 4 * 3200
    keyspace.clock.set(NOW + 5)
    for _ in range(100):
        if not keyspace.expire_cycle():
            break
    assert [len(database) for database in keyspace.databases] == [200] * 4
    assert keyspace.expired == 12000
    assert announced == ["expired"] * (12000 * observed)
    for database in keyspace.databases:
        database.table.check()
        database.table.clear()
    assert memory.used() - before < 1000


def test_nothing_expires_by_itself_where_that_is_switched_off(keyspace):
    fill(keyspace, 0, 10, NOW + 1)
    keyspace.clock.set(NOW + 1)
    for switch, value in (("expires", False), ("frozen", True)):
        before = getattr(keyspace, switch)
        setattr(keyspace, switch, value)
        assert not keyspace.expire_cycle()
        assert keyspace.total_keys() == 10
        setattr(keyspace, switch, before)
    keyspace.expire_cycle()
    assert keyspace.total_keys() == 0


@pytest.mark.parametrize("asynchronous", [False, True])
def test_flushing(keyspace, asynchronous):
    before = memory.used()
    fill(keyspace, 0, 20000, NOW + 1000)
    fill(keyspace, 1, 100)
    dirty = keyspace.dirty
    keyspace.flush(keyspace.databases, asynchronous)
    assert keyspace.total_keys() == 0
    assert keyspace.dirty == dirty + 20100
    assert keyspace.pending_objects() == 20000 * asynchronous
    for _ in range(1000):
        if not keyspace.free_some():
            break
    assert keyspace.pending_objects() == 0
    assert keyspace.freed_objects == 20000 * asynchronous
    assert memory.used() - before < 200
    assert not keyspace.expire_cycle()


def test_swapping(keyspace):
    seen = []
    keyspace.database_observers.append(
        lambda database, event: seen.append((database.number, event))
    )
    fill(keyspace, 0, 3)
    fill(keyspace, 2, 5)
    keyspace.swap(0, 2)
    assert [len(database) for database in keyspace.databases] == [5, 0, 3, 0]
    assert [database.number for database in keyspace.databases] == [0, 1, 2, 3]
    assert seen == [(0, "swapped"), (2, "swapped")]


def test_who_observes_only_while_somebody_is_interested(keyspace):
    heard, heard_all = [], []

    def observe(database, key, event):
        heard.append((database.number, key, event))

    def observe_all(database, event):
        heard_all.append((database.number, event))

    database = keyspace.databases[1]
    for is_interested in (False, True, True, False, False):
        keyspace.observe_while(is_interested, observe, observe_all)
        assert len(keyspace.observers) == len(keyspace.database_observers) == is_interested
        database.store(b"k", b"v")
        database.changed(b"k", "set")
        keyspace.flush([database], False)
    assert heard == [(1, b"k", "set")] * 2
    assert heard_all == [(1, "flushed")] * 2
    keyspace.observe_while(True, database_observer=observe_all)
    assert keyspace.observers == [] and keyspace.database_observers == [observe_all]
