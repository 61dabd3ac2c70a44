"""Sequences against a Python list, with check() after each step."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory
from rediskit.structures.buffer import Buffer
from rediskit.structures.sequence import Sequence

VALUES = st.one_of(
    st.binary(max_size=20),
    st.integers(-(2**63), 2**63 - 1).map(lambda number: b"%d" % number),
    st.sampled_from([b"x" * 63, b"x" * 64, b"x" * 3000, b"x" * 4096, b"x" * 9000, b"x" * 70000]),
)


class Steps:
    """Random steps on a sequence, each done on a list too."""

    def __init__(self, seed, fill, longest):
        self.chance = random.Random(seed)
        self.sequence = Sequence()
        self.sequence.fill = fill
        self.longest = longest
        self.values = []

    def value(self):
        if self.chance.random() < 0.3:
            return b"%d" % self.chance.randrange(10)
        if self.chance.random() < 0.01:
            return self.chance.randbytes(10000)
        return self.chance.randbytes(self.chance.randrange(self.longest))

    def fill_up(self, count):
        self.values = [self.value() for _ in range(count)]
        for value in self.values:
            self.sequence.push_right(value)
        self.sequence.check()

    def push_left(self):
        value = self.value()
        self.sequence.push_left(value)
        self.values.insert(0, value)

    def push_right(self):
        value = self.value()
        self.sequence.push_right(value)
        self.values.append(value)

    def pop_left(self):
        assert self.sequence.pop_left() == (self.values.pop(0) if self.values else None)

    def pop_right(self):
        assert self.sequence.pop_right() == (self.values.pop() if self.values else None)

    def pop_many(self):
        for _ in range(20):
            self.chance.choice([self.pop_left, self.pop_right])()

    def insert(self):
        index, value = self.chance.randrange(len(self.values) + 1), self.value()
        for _ in range(self.chance.choice([1, 1, 10])):
            self.sequence.insert(index, value)
            self.values.insert(index, value)

    def set(self):
        if self.values:
            index, value = self.chance.randrange(len(self.values)), self.value()
            self.sequence.set(index, value)
            self.values[index] = value

    def remove(self):
        start = self.chance.randrange(len(self.values) + 1)
        count = self.chance.choice([-1, 0, 1, 1, 1, 2, 10, 100])
        self.sequence.remove(start, count)
        del self.values[start : start + max(count, 0)]

    def remove_value(self):
        value, most = b"%d" % self.chance.randrange(10), self.chance.choice([0, 1, 2, 1000])
        backwards = self.chance.random() < 0.5
        if backwards:
            self.values.reverse()
        removed = 0
        while removed < most and value in self.values:
            self.values.remove(value)
            removed += 1
        if backwards:
            self.values.reverse()
        assert self.sequence.remove_value(value, most, backwards) == removed

    def change_fill(self):
        self.sequence.fill = self.chance.choice([-5, -2, -1, 0, 1, 3, 128])

    def look(self):
        values, sequence, chance = self.values, self.sequence, self.chance
        assert len(sequence) == len(values)
        assert list(sequence) == values
        if values:
            start, count = chance.randrange(len(values)), chance.randrange(50)
            assert sequence.get(start) == values[start]
            assert sequence.values(start, count) == values[start : start + count]
            behind = values[max(start - count + 1, 0) : start + 1][::-1] if count else []
            assert sequence.values(start, count, True) == behind
            wanted = b"%d" % chance.randrange(10)
            part = values[start : start + count]
            expected = start + part.index(wanted) if wanted in part else -1
            assert sequence.find(wanted, start, count) == expected
            expected = start - behind.index(wanted) if wanted in behind else -1
            assert sequence.find(wanted, start, count, True) == expected


GROWING = ["push_left", "push_right", "insert", "insert", "insert", "set", "remove", "pop_left"]
SHRINKING = ["pop_many", "pop_right", "remove", "remove", "remove", "insert", "set", "remove_value"]
CHANGING = ["change_fill", "remove_value", *GROWING, *SHRINKING]


@pytest.mark.parametrize("fill", [-5, -1, 1, 3, 50])
@pytest.mark.parametrize("longest", [4, 300])
@pytest.mark.parametrize("start", [0, 1500])
def test_random_steps(fill, longest, start):
    steps = Steps(fill * 1000 + longest, fill, longest)
    steps.fill_up(start)
    for names in (GROWING, SHRINKING, CHANGING, GROWING, CHANGING):
        for _ in range(200):
            getattr(steps, steps.chance.choice(names))()
            steps.sequence.check()
            steps.look()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(VALUES, st.floats(0, 1)), max_size=60), st.sampled_from([-1, -5, 0, 1, 2, 7])
)
def test_any_values_inserted_anywhere(pairs, fill):
    sequence, values = Sequence(), []
    sequence.fill = fill
    for value, where in pairs:
        index = int(where * len(values))
        sequence.insert(index, value)
        values.insert(index, value)
        sequence.check()
    assert list(sequence) == values
    for _, where in pairs:
        index = int(where * (len(values) - 1))
        sequence.remove(index)
        del values[index]
        sequence.check()
    assert list(sequence) == values


@pytest.mark.parametrize("fill", [1, 4, -1])
def test_deep_trees_grow_and_shrink(fill):
    chance = random.Random(fill)
    sequence = Sequence()
    sequence.fill = fill
    count = 20000
    for number in range(count // 2):
        sequence.push_left(b"%d" % -number)
        sequence.push_right(b"%d" % (number + 1))
    sequence.check()
    values = [b"%d" % number for number in range(-count // 2 + 1, count // 2 + 1)]
    assert list(sequence) == values
    assert sequence.values(count - 1, count, True) == values[::-1]
    for index in (0, 1, count // 2, count - 1):
        assert sequence.get(index) == values[index]
    while values:
        start = chance.randrange(len(values))
        span = chance.choice([1, 1, 1, 7, 300])
        sequence.remove(start, span)
        del values[start : start + span]
        if chance.random() < 0.01:
            sequence.check()
            assert list(sequence) == values
    sequence.check()
    assert sequence.held == 0


@pytest.mark.parametrize(
    "fill, limit", [(-1, 4096), (-2, 8192), (-3, 16384), (-5, 65536), (-9, 65536)]
)
def test_chunks_are_limited_in_bytes(fill, limit):
    sequence = Sequence()
    sequence.fill = fill
    fitting = limit // 100
    for _ in range(fitting):
        sequence.push_right(b"x" * 97)  # 100 bytes with head and trailer
    assert sequence.lone_chunk_bytes == fitting * 100
    sequence.push_right(b"x" * 97)
    assert sequence.lone_chunk_bytes == -1
    sequence.check()


@pytest.mark.parametrize("fill", [0, 1, 5])
def test_chunks_are_limited_in_items(fill):
    sequence = Sequence([b"a"] * 0)
    sequence.fill = fill
    for _ in range(max(fill, 1)):
        sequence.push_left(b"a")
    assert sequence.lone_chunk_bytes > 0
    sequence.push_left(b"a")
    assert sequence.lone_chunk_bytes == -1


def test_a_huge_value_has_a_chunk_of_its_own():
    sequence = Sequence([b"a", b"b"])
    sequence.insert(1, b"x" * 100000)
    sequence.check()
    assert list(sequence) == [b"a", b"x" * 100000, b"b"]
    sequence.set(0, b"y" * 100000)
    sequence.set(1, b"c")
    sequence.check()
    assert list(sequence) == [b"y" * 100000, b"c", b"b"]


def test_an_index_out_of_range_is_an_error_and_changes_nothing():
    sequence = Sequence([b"a", b"b"])
    for index in (-1, 2, 2**62, -(2**62)):
        with pytest.raises(IndexError):
            sequence.get(index)
        with pytest.raises(IndexError):
            sequence.set(index, b"c")
    for index in (-1, 3):
        with pytest.raises(IndexError):
            sequence.insert(index, b"c")
        with pytest.raises(IndexError):
            sequence.remove(index)
    for call in (sequence.push_left, sequence.push_right):
        with pytest.raises(TypeError):
            call(None)
    assert list(sequence) == [b"a", b"b"]
    assert sequence.values(2, 5) == sequence.values(-1, 5) == sequence.values(0, -1) == []
    assert sequence.find(b"a", 2, 5) == -1


def test_removing_every_second_item_merges_chunks():
    sequence = Sequence()
    for number in range(20000):
        sequence.push_right(b"%d" % (number % 10) * 10)
    for digit in range(9):
        sequence.remove_value(b"%d" % digit * 10, 10**9)
        sequence.check()
    assert len(sequence) == 2000
    assert sequence.held < 3 * 2000 * 8


def test_a_copy_is_independent():
    for count in (0, 3, 5000):
        values = [b"value %d" % number for number in range(count)]
        sequence = Sequence(values)
        copy = sequence.copy()
        copy.check()
        sequence.push_left(b"other")
        sequence.remove(0, 10)
        assert list(copy) == values


def test_memory_is_given_back():
    before = memory.used()
    empty = Sequence().memory
    sequence = Sequence(b"value %d" % number for number in range(50000))
    assert memory.used() - before >= sequence.held > 50000 * 10
    sequence.clear()
    assert memory.used() == before + empty
    sequence = Sequence(b"value %d" % number for number in range(50000))
    while sequence.pop_left() is not None:
        pass
    assert memory.used() == before + empty
    sequence = Sequence([b"x" * 100000] * 10)
    del sequence
    assert memory.used() == before


def test_full_chunks_hold_no_spare_room():
    for push in ("push_left", "push_right"):
        sequence = Sequence()
        for _ in range(50000):
            getattr(sequence, push)(b"x" * 20)
        assert sequence.held < 50000 * 22 * 1.02


def test_encoding_for_the_wire():
    out = Buffer()
    sequence = Sequence(b"%d" % number for number in range(5000))
    assert sequence.append_range(out, 4998, 10) == 0
    assert bytes(out) == b"$4\r\n4998\r\n$4\r\n4999\r\n"
    sequence.append_range(out, 5000, 1)
    sequence.append_range(out, 0, 0)
    assert len(out) == 20


def test_encoding_of_everything():
    chance = random.Random(1)
    values = [
        chance.randbytes(chance.choice([0, 1, 9, 10, 31, 32, 33, 99, 100, 120])) for _ in range(500)
    ]
    values += [b"%d" % chance.randrange(-(2**63), 2**63) for _ in range(500)] + [b"x" * 70000]
    chance.shuffle(values)
    out = Buffer(b"before")
    Sequence(values).append_range(out, 0, 10**9)
    assert bytes(out) == b"before" + b"".join(b"$%d\r\n%s\r\n" % (len(v), v) for v in values)


def test_chunks_are_counted():
    sequence = Sequence()
    assert sequence.count_chunks() == (0, 0)
    sequence.fill = 4
    for _ in range(9):
        sequence.push_right(b"abc")
    assert sequence.count_chunks() == (3, 9 * 5)
