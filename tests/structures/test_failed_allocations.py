"""A failed allocation changes nothing in a structure, and removing never needs one.

Every step is tried with its first, its second ... allocation failing until it gets by. The table
does the same in test_table.
"""

import random

import pytest

from rediskit.structures import memory
from rediskit.structures.group import Group
from rediskit.structures.ids import FIRST_ID, LAST_ID
from rediskit.structures.intset import IntegerSet
from rediskit.structures.ordered_trial import OrderedNumbers
from rediskit.structures.packed import Packed
from rediskit.structures.sequence import Sequence
from rediskit.structures.stream import Entries


@pytest.fixture(autouse=True)
def allocations_work_again():
    yield
    memory.fail_at(0)


def insist(step, unchanged):
    """Does a step in spite of failing allocations, and has `unchanged` check after each failure."""
    for failing in range(1, 100):
        memory.fail_at(failing)
        try:
            step()
        except MemoryError:
            memory.fail_at(0)
            unchanged()
        else:
            memory.fail_at(0)
            return failing - 1
    raise AssertionError("it never gets by")


def without_memory(step):
    """Does a step that must not need an allocation, or do without."""
    memory.fail_at(1)
    step()
    memory.fail_at(0)


@pytest.mark.parametrize("kind", ["ascending", "descending", "random"])
def test_ordered(kind):
    chance = random.Random(kind)
    tree, pairs, failures = OrderedNumbers(), [], 0

    def unchanged():
        tree.check()
        assert tree.pairs_from(0, 10**9) == sorted(pairs)

    for number in range(1, 5000):
        score = {"ascending": number, "descending": -number}.get(kind, chance.randrange(10**6))
        failures += insist(lambda s=score, n=number: tree.insert(s, n), unchanged)
        pairs.append((float(score), number))
        if number % 20 == 0:
            old, new = chance.choice(pairs), float(chance.randrange(10**6))
            failures += insist(lambda o=old, n=new: tree.move(o[0], n, o[1]), unchanged)
            pairs.remove(old)
            pairs.append((new, old[1]))
    unchanged()
    while pairs:
        pair = pairs.pop(chance.randrange(len(pairs)))
        without_memory(lambda pair=pair: tree.remove(*pair))
    tree.check()
    assert tree.held() == 0
    assert failures > 80


def test_packed():
    chance = random.Random(1)
    pack, values, failures = Packed(), [], 0

    def unchanged():
        pack.check()
        assert list(pack) == values

    for _ in range(2000):
        index, value = chance.randrange(len(values) + 1), chance.randbytes(chance.randrange(30))
        if index == len(values) or chance.random() < 0.4:
            failures += insist(lambda i=index, v=value: pack.insert(i, v), unchanged)
            values.insert(index, value)
        elif chance.random() < 0.5:
            failures += insist(lambda i=index, v=value: pack.replace(i, v), unchanged)
            values[index] = value
        else:
            without_memory(lambda i=index: pack.remove(i, 2))
            del values[index : index + 2]
    unchanged()
    assert failures > 100


@pytest.mark.parametrize("fill", [1, 4, -1])
def test_sequence(fill):
    chance = random.Random(fill)
    sequence, values, failures = Sequence(), [], 0
    sequence.fill = fill

    def unchanged():
        sequence.check()
        assert list(sequence) == values

    for step in range(3000):
        index = chance.randrange(len(values) + 1)
        value = chance.randbytes(5000 if step % 50 == 0 else chance.randrange(100))
        kind = chance.randrange(6)
        if kind < 2 or index == len(values):
            failures += insist(lambda i=index, v=value: sequence.insert(i, v), unchanged)
            values.insert(index, value)
        elif kind == 2:
            failures += insist(lambda v=value: sequence.push_left(v), unchanged)
            values.insert(0, value)
        elif kind == 3:
            failures += insist(lambda i=index, v=value: sequence.set(i, v), unchanged)
            values[index] = value
        elif kind == 4:
            without_memory(lambda i=index: sequence.remove(i, 2))
            del values[index : index + 2]
        else:
            without_memory(sequence.pop_left)
            del values[0]
    unchanged()
    assert failures > 100
    held = memory.used()
    memory.fail_at(5)
    with pytest.raises(MemoryError):
        sequence.copy()
    assert memory.used() == held
    unchanged()


def test_integer_set():
    chance = random.Random(2)
    integers, model, failures = IntegerSet(), set(), 0

    def unchanged():
        integers.check()
        assert set(integers) == model

    for step in range(2000):
        value = chance.randrange(-(2 ** chance.randrange(1, 63)), 2 ** chance.randrange(1, 63))
        failures += insist(lambda v=value: integers.add(v), unchanged)
        model.add(value)
        if step % 3 == 0:
            gone = chance.choice(list(model))
            without_memory(lambda g=gone: integers.remove(g))
            model.discard(gone)
    unchanged()
    assert failures > 50


@pytest.mark.parametrize("most_entries", [1, 7])
def test_entries_of_a_stream(most_entries):
    chance = random.Random(most_entries)
    entries, model, failures = Entries(), [], 0

    def unchanged():
        entries.check()
        assert entries.ids(FIRST_ID, LAST_ID) == model

    for step in range(3000):
        value = chance.randbytes(5000 if step % 50 == 0 else chance.randrange(100))
        words = (b"f", value) * chance.choice([1, 1, 2, 20])
        failures += insist(
            lambda s=step, w=words: entries.append((s, 1), w, 0, 2000, most_entries), unchanged
        )
        model.append((step, 1))
        if step % 3 == 0:
            gone = chance.choice(model)
            without_memory(lambda g=gone: entries.remove(g))
            model.remove(gone)
    unchanged()
    assert failures > 100
    held = memory.used()
    memory.fail_at(5)
    with pytest.raises(MemoryError):
        entries.copy_to(Entries())
    memory.fail_at(0)
    assert memory.used() == held
    without_memory(lambda: entries.trim_length(3, False, 0))
    assert len(entries) == 3


def test_group():
    chance = random.Random(3)
    group, rows, failures = Group(), {}, 0
    consumers = [group.create_consumer(b"%d" % number, 0) for number in range(3)]

    def unchanged():
        group.check()
        assert {row[0]: row[1] for row in group.rows(FIRST_ID, LAST_ID, 10**6)} == rows

    for step in range(3000):
        pair = (chance.choice([step, step, chance.randrange(4000), 2**50]), chance.randrange(3))
        number, count = chance.choice(consumers), chance.choice([1, 2**40])
        failures += insist(lambda p=pair, n=number, c=count: group.give(p, n, 1, c), unchanged)
        rows[pair] = number
        if step % 3 == 0:
            gone = chance.choice(list(rows))
            without_memory(lambda g=gone: group.acknowledge(g))
            del rows[gone]
    unchanged()
    assert failures > 100
    for name in (b"one", b"more", b"and", b"others"):
        failures += insist(lambda n=name: group.create_consumer(n, 0), unchanged)


def test_delivery_to_a_consumer():
    entries, group = Entries(), Group()
    for number in range(500):
        entries.append((number + 1, 0), (b"f", b"v"), 0, 4096, 100)
    number = group.create_consumer(b"c", 0)

    def unchanged():
        group.check()
        assert len(group) == 0 and group.last_id == FIRST_ID and group.entries_read == -1

    assert insist(lambda: group.deliver(entries, 500, number, 1, True), unchanged) > 20
    assert len(group) == 500
    group.check()
