"""Consumer groups against a plain dictionary, with check() after each step."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory
from rediskit.structures.group import UNOWNED, Group
from rediskit.structures.ids import FIRST_ID, LAST_ID
from rediskit.structures.stream import Entries

NAMES = [b"alice", b"bob", b"al", b"", b"carol"]
ALWAYS = 2**63 - 1
NEVER_AGAIN = 2**63 - 1


class Steps:
    """Random steps on a Group; rows: {id: [name, time, count]}, nobody's name is None."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.group = Group()
        self.rows = {}
        self.released = []

    def pair(self):
        kind = self.chance.randrange(10)
        if self.rows and kind < 4:
            return self.chance.choice(list(self.rows))
        if kind < 9:
            return (10**12 + self.chance.randrange(3000), self.chance.randrange(2))
        return (self.chance.choice([0, 5, 2**40, 2**64 - 1]), self.chance.choice([0, 2**33]))

    def consumer(self):
        name = self.chance.choice(NAMES)
        number = self.group.create_consumer(name, 5)
        assert number and self.group.find_consumer(name) == number
        assert self.group.name_of(number) == name
        return name, number

    def give(self):
        for _ in range(self.chance.choice([1, 1, 50])):
            pair, (name, number) = self.pair(), self.consumer()
            time_ms = self.chance.choice([0, 10**12, 10**12 + self.chance.randrange(10**6), 2**60])
            count = self.chance.choice([0, 1, 2, 65535, 65536, NEVER_AGAIN])
            self.group.give(pair, number, time_ms, count)
            self.rows[pair] = [name, time_ms, count]
            self.released = [other for other in self.released if other != pair]

    def give_in_order(self):
        name, number = self.consumer()
        start = max(self.rows, default=(0, 0))[0]
        for offset in range(self.chance.randrange(200)):
            pair = (min(start + offset, 2**64 - 1), 2**64 - 1)
            self.group.give(pair, number, 10**12 + offset, 1)
            self.rows[pair] = [name, 10**12 + offset, 1]
            self.released = [other for other in self.released if other != pair]

    def release(self):
        pair = self.pair()
        assert self.group.release_to_nobody(pair, 3) == (pair in self.rows)
        self.rows[pair] = [None, -1, 3]
        self.released = [other for other in self.released if other != pair] + [pair]

    def acknowledge(self):
        for _ in range(self.chance.choice([1, 1, 100])):
            pair = self.pair()
            assert self.group.acknowledge(pair) == (pair in self.rows)
            self.rows.pop(pair, None)
            self.released = [other for other in self.released if other != pair]

    def remove_consumer(self):
        name, number = self.consumer()
        gone = [pair for pair, row in self.rows.items() if row[0] == name]
        assert self.group.remove_consumer(number) == len(gone)
        for pair in gone:
            del self.rows[pair]
        assert self.group.find_consumer(name) == 0

    def named(self, rows):
        return [
            (pair, self.group.name_of(owner) if owner != UNOWNED else None, time_ms, count)
            for pair, owner, time_ms, count in rows
        ]

    def look(self):
        group, rows, chance = self.group, self.rows, self.chance
        group.check()
        ordered = [(pair, *rows[pair]) for pair in sorted(rows)]
        assert len(group) == len(rows) and group.nacked == len(self.released)
        assert self.named(group.rows(FIRST_ID, LAST_ID, 10**9)) == ordered
        first, last, most = self.pair(), self.pair(), chance.choice([0, 1, 5, 1000])
        found = [row for row in ordered if first <= row[0] <= last]
        assert self.named(group.rows(first, last, most)) == found[:most]
        assert group.edges() == ((ordered[0][0], ordered[-1][0]) if rows else None)
        until = chance.choice([0, 10**12 + 500, ALWAYS])
        old = [row for row in found if row[2] <= until]
        assert self.named(group.rows(first, last, most, until)) == old[:most]
        for name, number, seen, active, length in group.consumer_list():
            own = [row for row in ordered if row[1] == name]
            assert (len(own), seen, active) == (length, 5, -1)
            expected = [row for row in own if first <= row[0] <= last and row[2] <= until]
            assert self.named(group.rows_of(number, first, last, most, until)) == expected[:most]
        self.look_by_time(until, most)
        pair = self.pair()
        expected = [(pair, *rows[pair])] if pair in rows else [None]
        row = group.find(pair)
        assert ([None] if row is None else self.named([row])) == expected

    def look_by_time(self, until, most):
        owned = [(pair, *row) for pair, row in self.rows.items() if row[0] is not None]
        times = [row[2] for row in owned]
        assert self.group.oldest_time() == (0 if self.released else min(times) if owned else None)
        found = [(pair, *self.rows[pair]) for pair in self.released]
        found += sorted([row for row in owned if row[2] <= until], key=lambda r: (r[2], r[0]))
        assert self.named(self.group.oldest(until, most)) == found[:most]


GROWING = ["give", "give", "give_in_order", "release", "acknowledge"]
SHRINKING = ["acknowledge", "acknowledge", "acknowledge", "give", "release", "remove_consumer"]


@pytest.mark.parametrize("seed", range(6))
def test_random_steps(seed):
    steps = Steps(seed)
    for names in (GROWING, SHRINKING, GROWING, SHRINKING):
        for _ in range(60):
            getattr(steps, steps.chance.choice(names))()
            steps.look()
    copy = Group()
    steps.group.copy_to(copy)
    copy.check()
    steps.group = copy
    steps.look()


NUMBER = st.one_of(st.integers(0, 60), st.integers(0, 2**64 - 1))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NUMBER, NUMBER, st.sampled_from([0, 10**12, 2**50])), max_size=120))
def test_any_ids(triples):
    group, rows = Group(), {}
    number = group.create_consumer(b"c", 0)
    for ms, seq, time_ms in triples:
        group.give((ms, seq), number, time_ms, 1)
        rows[ms, seq] = ((ms, seq), number, time_ms, 1)
        group.check()
    assert group.rows(FIRST_ID, LAST_ID, 1000) == [rows[pair] for pair in sorted(rows)]
    for pair in list(rows):
        assert group.acknowledge(pair)
        group.check()
    assert len(group) == 0


def filled(count):
    entries = Entries()
    for number in range(count):
        entries.append((1700000000000 + number // 2, number % 2), (b"f", b"v"), 0, 4096, 100)
    return entries


def test_delivery():
    entries, group = filled(500), Group()
    group.entries_read = 0
    one, other = group.create_consumer(b"one", 0), group.create_consumer(b"other", 0)
    assert group.deliver(entries, 300, one, 77, True) == 300
    assert group.last_id == (1700000000149, 1) and group.entries_read == 300
    assert group.deliver(entries, 100, other, 78, False) == 100
    assert group.deliver(entries, 10**6, other, 79, True) == 100
    assert group.deliver(entries, 10**6, other, 79, True) == 0
    group.check()
    assert len(group) == 400 and group.entries_read == 500
    assert [row[1:] for row in group.rows_of(other, FIRST_ID, LAST_ID, 1)] == [(other, 79, 1)]
    # What is delivered again, after the group was set back, changes its owner.
    group.last_id = FIRST_ID
    assert group.deliver(entries, 10, other, 80, True) == 10
    assert group.find((1700000000000, 0)) == ((1700000000000, 0), other, 80, 1)
    group.check()


def test_a_pending_entry_takes_few_bytes():
    entries, group = filled(10000), Group()
    consumers = [group.create_consumer(b"consumer-%d" % number, 0) for number in range(10)]
    before = group.memory
    for turn in range(1000):
        group.deliver(entries, 10, consumers[turn % 10], 1700000001000 + turn, True)
    assert (group.memory - before) / len(group) < 32
    for number in range(0, 10000, 2):
        group.acknowledge((1700000000000 + number // 2, 0))
    assert (group.memory - before) / len(group) < 64


def test_all_of_the_memory_comes_back():
    before = memory.used()
    steps = Steps(9)
    for _ in range(100):
        getattr(steps, steps.chance.choice(GROWING + SHRINKING))()
        assert memory.used() - before == steps.group.memory
    steps.group.clear()
    steps.group.check()
    del steps
    assert memory.used() == before


def test_numbers_of_consumers_that_are_gone():
    group = Group()
    for name in (b"a", b"b", b"c", b"d", b"e", b"f", b"g"):
        group.create_consumer(name, 0)
    gone = group.find_consumer(b"c")
    group.remove_consumer(gone)
    with pytest.raises(ValueError):
        group.give((1, 1), gone, 0, 1)
    with pytest.raises(ValueError):
        group.remove_consumer(UNOWNED)
    assert group.create_consumer(b"h", 0) == gone
    assert [row[0] for row in group.consumer_list()] == [b"a", b"b", b"d", b"e", b"f", b"g", b"h"]
    group.check()
