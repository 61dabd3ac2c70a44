"""Lists against a Python list, with check() after each step; their encodings; what they offer."""

import random

import pytest

from rediskit.datatypes.list import List
from rediskit.keyspace.digest import Digest
from rediskit.protocol.replies import encode
from rediskit.structures import memory
from rediskit.structures.buffer import Buffer

LIMITS = [-2, -1, -5, 1, 4, 128]


class Steps:
    """Random steps on a list, each done on a Python list too."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.limit = self.chance.choice(LIMITS)
        self.longest = self.chance.choice([4, 30, 300])
        self.list = List()
        self.values = []

    def value(self):
        if self.chance.random() < 0.3:
            return b"%d" % self.chance.randrange(20)
        return self.chance.randbytes(self.chance.randrange(self.longest))

    def push(self):
        values, left = [self.value() for _ in range(self.chance.randrange(1, 9))], self.left()
        self.list.expect(tuple(values), self.limit)
        for value in values:
            self.list.push_end(value, left)
            self.values.insert(0 if left else len(self.values), value)

    def left(self):
        return self.chance.random() < 0.5

    def pop(self):
        if not self.values:
            assert self.list.pop_end(self.left()) is None
            return
        left = self.left()
        assert self.list.pop_end(left) == self.values.pop(0 if left else -1)
        self.list.shrunk(self.limit)

    def pop_many(self):
        count, left = self.chance.randrange(1, 20), self.left()
        expected = self.values[:count] if left else self.values[::-1][:count]
        assert self.list.pop_many(count, left) == expected
        self.values = self.values[count:] if left else self.values[: -count or None]
        self.list.shrunk(self.limit)

    def insert(self):
        value, index = self.value(), self.chance.randrange(len(self.values) + 1)
        self.list.expect_one(value, self.limit)
        self.list.insert(index, value)
        self.values.insert(index, value)

    def copy(self):
        before = self.list
        self.list = before.copy()
        assert type(self.list) is List
        assert self.list.encoding == before.encoding
        self.list.expect_one(b"", self.limit)
        self.list.push_right(b"")
        assert list(before) == self.values
        assert self.list.pop_right() == b""

    def range(self):
        length = len(self.values)
        start = self.chance.randrange(length + 1)
        past = self.chance.randrange(start, length + 1)
        view = self.list.range(start, past)
        assert len(view) == past - start
        assert list(view) == self.values[start:past]
        out, expected = Buffer(), Buffer()
        encode(out, view, 2)
        encode(expected, self.values[start:past], 2)
        assert bytes(out) == bytes(expected)

    def take(self):
        steps = [self.push, self.push, self.push, self.pop, self.pop_many, self.insert]
        self.chance.choice([*steps, self.copy, self.range])()
        self.list.check()
        assert len(self.list) == len(self.values)


@pytest.mark.parametrize("seed", range(30))
def test_random_steps(seed):
    steps = Steps(seed)
    for _ in range(300):
        steps.take()
    assert list(steps.list) == steps.values


def test_a_small_list_is_a_listpack_and_a_large_one_a_quicklist():
    elements = List()
    assert elements.encoding == b"listpack"
    elements.expect((b"x",) * 8, 8)
    assert elements.encoding == b"listpack"
    elements.expect((b"x",) * 9, 8)
    assert elements.encoding == b"quicklist"


def test_a_quicklist_keeps_its_limit():
    """As in Redis, chunks are as large as the limit was when the list became one."""
    elements = List()
    elements.expect((b"x", b"y", b"z"), 2)
    elements.extend([b"x", b"y"], 2)
    assert elements.encoding == b"listpack"
    elements.expect((b"z",), 2)
    assert elements.fill == 2
    elements.expect((b"z",) * 100, 50)
    assert elements.fill == 2


def test_what_was_filled_has_the_form_that_its_size_asks_for():
    for count, encoding in ((4, b"listpack"), (5, b"quicklist")):
        elements = List()
        elements.extend([b"x"] * count, 4)
        assert elements.encoding == encoding
        assert list(elements) == [b"x"] * count


def test_popping_more_than_there_is():
    elements = List([b"a", b"b", b"c"])
    assert elements.pop_many(10, False) == [b"c", b"b", b"a"]
    assert elements.pop_many(10, True) == []
    assert elements.pop_end(True) is None


def test_memory_is_what_is_held_for_it():
    before = memory.used()
    elements = List()
    for number in range(3000):
        elements.expect_one(b"element %d" % number, -2)
        elements.push_right(b"element %d" % number)
        if number in (0, 10, 100, 2999):
            assert abs(memory.used() - before - elements.memory) <= 128
    copy = elements.copy()
    assert copy.memory <= elements.memory
    del elements, copy
    assert memory.used() == before


def test_digests_tell_the_order():
    def digest(*values):
        made = Digest()
        List(values).digest_into(made)
        return str(made)

    assert digest(b"a", b"b") == digest(b"a", b"b")
    assert digest(b"a", b"b") != digest(b"b", b"a")
    assert digest(b"a", b"a") != digest(b"a")
