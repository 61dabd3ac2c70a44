"""A database against a dict with deadlines, on a clock that the test moves."""

import random

import pytest

from rediskit.clock import Clock
from rediskit.datatypes.string import String
from rediskit.errors import CommandError
from rediskit.keyspace.keyspace import Keyspace
from rediskit.keyspace.strings import append, increment, write_at

NOW = 1_700_000_000_000


@pytest.fixture
def keyspace():
    clock = Clock()
    clock.set(NOW)
    return Keyspace(clock, 4)


def passes(keyspace, milliseconds):
    keyspace.clock.set(keyspace.clock.now_ms + milliseconds)


@pytest.mark.parametrize("seed", range(6))
def test_random_steps(keyspace, seed):
    chance = random.Random(seed)
    database, model, expired = keyspace.databases[0], {}, []
    if seed % 2:
        keyspace.observers.append(lambda _, key, event: expired.append((event, key)))
    gone = 0
    for _ in range(1500):
        now_ms = keyspace.clock.now_ms
        key = b"%d" % chance.randrange(60)
        there = key in model and not 0 <= model[key][1] <= now_ms
        step = chance.randrange(9)
        if step < 3:
            value = chance.choice([b"x" * chance.choice([0, 5, 4096, 4097, 9000]), b"12"])
            deadline = chance.choice([-1, now_ms + chance.randrange(-3, 30)])
            gone += key in model and not there
            assert database.store(key, value, deadline) == (not there)
            model[key] = [value, deadline]
        elif step == 3:
            gone += key in model and not there
            assert database.delete(key) == there
            model.pop(key, None)
        elif step == 4:
            gone += key in model and not there
            if not there:
                model[key] = [b"", -1]
            model[key][0] += b"yz"
            assert append(database, key, b"yz") == len(model[key][0])
        elif step == 5:
            gone += key in model and not there
            if not there:
                model[key] = [b"", -1]
            offset = chance.choice([0, 3, 4094, 5000])
            old = model[key][0].ljust(offset, b"\0")
            model[key][0] = old[:offset] + b"abc" + old[offset + 3 :]
            assert write_at(database, key, offset, b"abc") == len(model[key][0])
        elif step == 6:
            passes(keyspace, 1)
        elif step == 7:
            due = sum(0 <= x[1] <= now_ms for x in model.values())
            dropped = 0
            while database.has_due():
                dropped += database.expire_some(chance.choice([1, 1000]))
            assert dropped == due
            gone += due
            model = {key: x for key, x in model.items() if not 0 <= x[1] <= now_ms}
        else:
            gone += key in model and not there
            text = database.read_text(key)
            assert (None if text is None else bytes(text)) == (model[key][0] if there else None)
            assert database.deadline(key) == (model[key][1] if there else -2)
            if not there:
                model.pop(key, None)
        assert len(database) == len(model)
        assert keyspace.expired == gone
        database.table.check()
    assert len(expired) == (gone if seed % 2 else 0)
    assert {event for event, _ in expired} <= {"expired"}


def test_the_wrong_type(keyspace):
    database = keyspace.databases[0]
    database.table.set(b"k", [1])
    for call in (database.read_text, database.edit_text, database.read_size,
                 lambda key: append(database, key, b"x"), lambda key: increment(database, key, 1),
                 lambda key: database.read(key, dict)):  # fmt: skip
        with pytest.raises(CommandError, match="WRONGTYPE"):
            call(b"k")
    assert database.read(b"k", list) == [1]
    with pytest.raises(CommandError, match="WRONGTYPE"):
        database.edit(b"k", dict)


def test_a_container_that_is_empty_after_a_change_goes(keyspace):
    database, events = keyspace.databases[0], []
    keyspace.observers.append(lambda _, key, event: events.append(event))
    made = [1]
    database.add(b"k", made)
    database.changed(b"k", "rpush", 2, made)
    assert database.read(b"k", list) is made
    made.clear()
    database.changed(b"k", "lpop", 1, made)
    assert len(database) == 0
    assert events == ["rpush", "lpop", "del"]


def test_long_strings_are_objects(keyspace):
    database = keyspace.databases[0]
    database.store(b"k", b"x" * 4096)
    assert type(database.read_text(b"k")) is bytes
    database.store(b"k", b"x" * 4097)
    assert type(database.read_text(b"k")) is String
    assert database.read_size(b"k") == 4097
    with pytest.raises(CommandError, match="not an integer"):
        increment(database, b"k", 1)


def test_a_random_key_among_many_that_are_due(keyspace):
    database = keyspace.databases[0]
    for number in range(5000):
        database.store(b"due %d" % number, b"v", NOW + 5)
    database.store(b"stays", b"v")
    passes(keyspace, 5)
    assert database.random_key() == b"stays"
    database.delete(b"stays")
    assert database.random_key() is None
