"""The entries of a stream against a plain list, with check() after each step."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory
from rediskit.structures.buffer import Buffer
from rediskit.structures.ids import FIRST_ID, LAST_ID, following, preceding, spell_id
from rediskit.structures.stream import Entries

NAMES = [(b"a",), (b"a", b"b"), (b"a", b"7"), (b"",), (b"x" * 70, b"y" * 9000)]


def block(text):
    return b"$%d\r\n%b\r\n" % (len(text), text)


def encoded(entries):
    """What append_range() gives for [(id, words)]."""
    text = b""
    for pair, words in entries:
        text += b"*2\r\n" + block(spell_id(pair)) + b"*%d\r\n" % len(words)
        text += b"".join(map(block, words))
    return text


class Steps:
    """Random steps on Entries, each done on a list of (id, words) too."""

    def __init__(self, seed, most_bytes=4096, most_entries=100):
        self.chance = random.Random(seed)
        self.entries = Entries()
        self.limits = (most_bytes, most_entries)
        self.model = []
        self.added = 0
        self.last = FIRST_ID
        self.max_deleted = FIRST_ID

    def value(self):
        if self.chance.random() < 0.3:
            return b"%d" % self.chance.choice([0, 127, 128, -1, -128, -129, 10**6, 2**63 - 1])
        if self.chance.random() < 0.01:
            return self.chance.randbytes(10000)
        return self.chance.randbytes(self.chance.randrange(20))

    def next_id(self):
        ms, seq = self.last
        kind = self.chance.randrange(12)
        if kind < 5:
            return following(self.last)
        if kind < 9:
            return (ms + self.chance.choice([1, 1, 5, 1000, 10**6]), 0)
        if kind == 9 and seq < 2**64 - 1:
            return (ms, min(seq + self.chance.randrange(1, 1000), 2**64 - 1))
        return (ms + self.chance.choice([1, 2**33]), self.chance.choice([1, 77, 2**64 - 1]))

    def append(self):
        names = self.chance.choice(NAMES[: 2 if self.chance.random() < 0.8 else 5])
        words = [word for name in names for word in (name, self.value())]
        pair = self.next_id()
        self.entries.append(pair, (b"skipped", *words), 1, *self.limits)
        self.model.append((pair, words))
        self.added += 1
        self.last = pair

    def append_many(self):
        for _ in range(self.chance.randrange(300)):
            self.append()

    def any_id(self):
        if not self.model or self.chance.random() < 0.1:
            return self.chance.choice([FIRST_ID, LAST_ID, self.last, (self.last[0] // 2, 3)])
        pair = self.chance.choice(self.model)[0]
        other = self.chance.choice([following, preceding, None, None])
        return pair if other is None else other(pair) or pair

    def remove(self):
        for _ in range(self.chance.choice([1, 1, 20])):
            pair = self.any_id()
            left = [entry for entry in self.model if entry[0] != pair]
            assert self.entries.remove(pair) == (len(left) < len(self.model))
            if len(left) < len(self.model):
                self.max_deleted = max(self.max_deleted, pair)
            self.model = left

    def trim_length(self):
        keep = self.chance.randrange(len(self.model) + 3)
        keep = self.chance.choice([0, keep, max(0, len(self.model) - 3)])
        removed = max(0, len(self.model) - keep)
        assert self.entries.trim_length(keep, False, 0) == removed
        del self.model[:removed]

    def trim_before(self):
        pair = self.any_id()
        removed = len([entry for entry in self.model if entry[0] < pair])
        assert self.entries.trim_before(pair, False, 0) == removed
        del self.model[:removed]

    def trim_approximately(self):
        keep, limit = self.chance.randrange(len(self.model) + 3), self.chance.choice([0, 7, 300])
        removed = self.entries.trim_length(keep, True, limit)
        assert removed <= max(0, len(self.model) - keep)
        assert not limit or removed <= limit
        del self.model[:removed]
        pair = self.any_id()
        removed = self.entries.trim_before(pair, True, limit)
        assert all(entry[0] < pair for entry in self.model[:removed])
        del self.model[:removed]

    def look(self):
        entries, model, chance = self.entries, self.model, self.chance
        entries.check()
        assert len(entries) == len(model)
        assert entries.last_id == self.last and entries.max_deleted_id == self.max_deleted
        assert entries.added == self.added
        assert entries.first_id == (model[0][0] if model else FIRST_ID)
        first, last, most = self.any_id(), self.any_id(), chance.choice([0, 1, 3, 10**6])
        found = [entry for entry in model if first <= entry[0] <= last]
        assert entries.count(first, last, most) == len(found[:most])
        assert entries.ids(first, last, most) == [entry[0] for entry in found[:most]]
        assert entries.values(first, last, most) == found[:most]
        out = Buffer()
        entries.append_range(out, first, last, most)
        assert bytes(out) == encoded(found[:most])
        found.reverse()
        assert entries.values(first, last, min(most, 30), True) == found[: min(most, 30)]
        out = Buffer()
        entries.append_range(out, first, last, most, True)
        assert bytes(out) == encoded(found[:most])
        words = dict(model).get(first)
        assert entries.fields_of(first) == words and entries.contains(first) == (words is not None)


GROWING = ["append", "append", "append", "append", "append_many", "remove"]
SHRINKING = ["remove", "remove", "trim_length", "trim_before", "trim_approximately", "append"]


@pytest.mark.parametrize("limits", [(4096, 100), (0, 3), (200, 0), (0, 0)])
@pytest.mark.parametrize("seed", [1, 2])
def test_random_steps(limits, seed):
    steps = Steps(str((seed, limits)), *limits)
    for names in (GROWING, SHRINKING, GROWING, SHRINKING):
        for _ in range(60):
            getattr(steps, steps.chance.choice(names))()
            steps.look()
    assert list(steps.entries) == steps.model


WORDS = st.lists(
    st.one_of(st.binary(max_size=8), st.integers().map(lambda n: b"%d" % n)), min_size=2, max_size=6
).filter(lambda words: len(words) % 2 == 0)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), WORDS), max_size=40),
    st.lists(st.integers(0, 39), max_size=40),
)
def test_any_ids_and_values(triples, removed):
    entries, model = Entries(), {}
    for ms, seq, words in sorted(triples, key=lambda triple: triple[:2]):
        if (ms, seq) > entries.last_id:
            entries.append((ms, seq), tuple(words), 0, 4096, 5)
            model[ms, seq] = words
            entries.check()
    pairs = list(model)
    for index in removed:
        if index < len(pairs):
            assert entries.remove(pairs[index]) == (pairs[index] in model)
            model.pop(pairs[index], None)
            entries.check()
            assert entries.values(FIRST_ID, LAST_ID) == list(model.items())
            assert entries.values(FIRST_ID, LAST_ID, 100, True) == list(model.items())[::-1]


def test_deep_trees_grow_and_shrink():
    entries, count = Entries(), 9000
    for number in range(count):
        entries.append((number, 5), (b"f", b"%d" % number), 0, 0, 1)
    entries.check()
    assert entries.runs == count
    for number in random.Random(1).sample(range(count), count - 10):
        assert entries.remove((number, 5))
        if number % 100 == 0:
            entries.check()
    entries.check()
    assert len(entries) == 10
    assert entries.trim_length(0, False, 0) == 10
    assert entries.memory == Entries().memory


def test_all_of_the_memory_comes_back():
    before = memory.used()
    steps = Steps(5)
    for _ in range(40):
        steps.append_many()
        steps.remove()
    copy = Entries()
    steps.entries.copy_to(copy)
    copy.check()
    assert list(copy) == steps.model
    assert memory.used() - before == copy.memory + steps.entries.memory
    del steps, copy
    assert memory.used() == before


def test_two_short_fields_take_few_bytes():
    entries = Entries()
    for number in range(10000):
        words = (b"sensor", b"id-%04d" % number, b"temp", b"%d" % (number % 50))
        entries.append((1700000000000 + number // 3, number % 3), words, 0, 4096, 100)
    # size, id, a text of 7 bytes with its length, a small integer; and what a run takes
    assert entries.memory / len(entries) < 13.5


def test_what_cannot_be_added():
    entries = Entries()
    entries.append((5, 5), (b"a", b"b"), 0, 4096, 100)
    for pair, words in [
        ((5, 5), (b"a", b"b")),
        ((5, 4), (b"a", b"b")),
        ((6, 0), (b"a",)),
        ((6, 0), ()),
    ]:
        with pytest.raises(ValueError):
            entries.append(pair, words, 0, 4096, 100)
    with pytest.raises(TypeError):
        entries.append((6, 0), (b"a", None), 0, 4096, 100)
    entries.check()
    assert len(entries) == 1


def test_the_next_id():
    entries = Entries()
    assert entries.next_pair(0) == (0, 1)
    assert entries.next_pair(9) == (9, 0)
    entries.last_id = (9, 2**64 - 1)
    assert entries.next_pair(9) == (10, 0)
    entries.last_id = LAST_ID
    assert entries.next_pair(9) is None
