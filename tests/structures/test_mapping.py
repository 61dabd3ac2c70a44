"""Mappings against a Python dict, in both forms, with check() after each step."""

import random

import pytest

from rediskit.structures import memory
from rediskit.structures.buffer import Buffer
from rediskit.structures.mapping import BOTH, FIELDS, VALUES, Mapping
from rediskit.structures.mapping_draws import append_draws, random_field, sample

TEXTS = [b"", b"a", b"field", b"0", b"-1", b"127", b"128", b"007", b"1.5", b"x" * 63, b"x" * 64,
         b"y" * 300, b"12345678", b"123456789", b"-9999999", b"-10000000",
         b"9223372036854775807", b"9223372036854775808"]  # fmt: skip


def mapping_of(pairs, most=1000, longest=1000):
    mapping = Mapping()
    for field, value in pairs.items():
        mapping.put(field, value, most, longest)
    return mapping


def blocks(texts):
    return b"".join(b"$%d\r\n%s\r\n" % (len(text), text) for text in texts)


class Model:
    """A mapping and what it should hold: {field: (value, deadline or -1)}."""

    def __init__(self, most, seed):
        self.mapping = Mapping()
        self.content = {}
        self.most = most
        self.random = random.Random(seed)

    def step(self):
        """Does one thing at random to both and compares what they say."""
        field = self.random.choice(TEXTS + [b"f%d" % self.random.randrange(12)])
        before = self.content.get(field)
        action = self.random.randrange(10)
        if action < 4:
            self.put(field, before, keeps=action == 3)
        elif action < 6:
            assert self.mapping.remove(field) == (before is not None)
            self.content.pop(field, None)
        elif action < 8:
            deadline = self.random.choice([-1, 1, 100, 150, 10**12, 2**46 - 1])
            assert self.mapping.set_deadline(field, deadline) == (before is not None)
            if before:
                self.content[field] = (before[0], deadline)
        elif action == 8:
            self.drop(self.random.choice([0, 1, 120, 10**12]), self.random.choice([1, 1000]))
        elif self.random.randrange(10) == 0:
            self.replace_by_copy()

    def put(self, field, before, keeps):
        value = self.random.choice(TEXTS)
        is_new = self.mapping.put(field, value, self.most, 400, keeps)
        assert is_new == (before is None)
        self.content[field] = (value, before[1] if keeps and before else -1)

    def drop(self, now, limit):
        due = [f for f, (_, deadline) in self.content.items() if 0 <= deadline <= now]
        assert self.mapping.has_due(now) or not due
        told = self.mapping.due(now, limit)
        assert len(set(told)) == len(told) == min(len(due), limit) and set(told) <= set(due)
        assert self.mapping.drop_due(now, limit) == min(len(due), limit)
        assert not self.mapping.has_due(now) or limit <= len(due)
        for field in due:
            if not self.mapping.contains(field):
                del self.content[field]

    def replace_by_copy(self):
        copy = Mapping()
        self.mapping.copy_to(copy)
        assert copy.is_compact == self.mapping.is_compact
        self.mapping = copy

    def compare(self):
        mapping, content = self.mapping, self.content
        mapping.check()
        assert len(mapping) == len(content)
        assert dict(mapping.items()) == {f: value for f, (value, _) in content.items()}
        for field in TEXTS:
            value, deadline = content.get(field, (None, -2))
            assert mapping.get(field) == value
            assert mapping.value_size(field) == (-1 if value is None else len(value))
            assert mapping.contains(field) == (value is not None)
            assert mapping.deadline(field) == deadline
        firsts = [deadline for _, deadline in content.values() if deadline >= 0]
        assert (mapping.first_deadline() < 0) == (not firsts)
        if firsts:
            assert mapping.first_deadline() <= min(firsts)
            assert mapping.first_deadline() == min(firsts) or not mapping.is_compact


@pytest.mark.parametrize("most", [0, 6, 1000])
@pytest.mark.parametrize("seed", range(6))
def test_random_steps(most, seed):
    model = Model(most, seed)
    for _ in range(400):
        model.step()
        model.compare()


def test_it_gives_all_memory_back():
    before = memory.used()
    for most in (1000, 2):
        mapping = mapping_of({b"f%d" % number: b"v" * number for number in range(50)}, most)
        assert memory.used() > before
        mapping.set_deadline(b"f1", 1000)
        del mapping
    assert memory.used() == before


def test_cleared_it_is_empty_and_compact():
    mapping = mapping_of({b"a": b"1", b"b": b"2"}, 1)
    assert not mapping.is_compact
    mapping.clear()
    assert mapping.is_compact and len(mapping) == 0 and mapping.items() == []
    assert mapping.put(b"a", b"1", 10, 10)


def test_the_form_depends_on_what_is_put_in():
    assert mapping_of({b"a": b"b" * 9}, 9, 9).is_compact
    assert not mapping_of({b"a": b"b" * 10}, 9, 9).is_compact
    assert not mapping_of({b"a" * 10: b""}, 9, 9).is_compact
    mapping = mapping_of({b"a": b"1", b"b": b"2"}, 2)
    assert mapping.is_compact and not mapping.put(b"a", b"3", 2, 9) and mapping.is_compact
    assert mapping.put(b"c", b"3", 2, 9) and not mapping.is_compact
    mapping.remove(b"c")
    assert not mapping.is_compact
    mapping = mapping_of({b"a": b"1", b"b": b"2"}, 2)
    assert not mapping.put(b"a", b"3", 1, 9) and not mapping.is_compact


def test_a_compact_mapping_is_a_small_object():
    assert Mapping.__basicsize__ == 32
    assert mapping_of({b"f%d" % number: b"%d" % number for number in range(10)}).memory <= 100


@pytest.mark.parametrize("most", [1000, 3])
@pytest.mark.parametrize("timed", [False, True])
def test_appending(most, timed):
    pairs = {b"a": b"1", b"12": b"xyz", b"": b"", b"c" * 70: b"-5" * 40}
    mapping = mapping_of(pairs, most)
    if timed:
        mapping.set_deadline(b"a", 5)
    for form, texts in (
        (FIELDS, mapping.fields()),
        (VALUES, mapping.values()),
        (BOTH, [text for pair in mapping.items() for text in pair]),
    ):
        out = Buffer()
        mapping.append_to(out, form)
        assert bytes(out) == blocks(texts)
    assert dict(mapping.items()) == pairs


@pytest.mark.parametrize("most", [1000, 3])
def test_scanning_meets_all(most):
    pairs = {b"f%d" % number: b"%d" % number for number in range(300)}
    mapping = mapping_of(pairs, most)
    for with_values in (False, True):
        cursor, found, calls = 0, [], 0
        while calls == 0 or cursor:
            cursor, some = mapping.scan(cursor, 10, with_values)
            found += some
            calls += 1
        step = 2 if with_values else 1
        assert set(found[::step]) == set(pairs)
        if with_values:
            assert dict(zip(found[::2], found[1::2], strict=True)) == pairs
        assert (calls == 1) == mapping.is_compact


@pytest.mark.parametrize("most", [1000, 3])
@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 15, 20, 30])
def test_samples_are_of_different_fields(most, timed, count):
    pairs = {b"f%d" % number: b"%d" % number for number in range(20)}
    mapping = mapping_of(pairs, most)
    if timed:
        mapping.set_deadline(b"f3", 5)
    for _ in range(20):
        fields = sample(mapping, count, False)
        assert len(set(fields)) == len(fields) == min(count, 20) and set(fields) <= set(pairs)
        drawn = sample(mapping, count, True)
        assert len(drawn) == min(count, 20)
        assert all(pairs[field] == value for field, value in drawn)


@pytest.mark.parametrize("most", [1000, 3])
@pytest.mark.parametrize("timed", [False, True])
def test_draws_are_fair(most, timed):
    mapping = mapping_of({b"f%d" % number: b"" for number in range(10)}, most)
    if timed:
        mapping.set_deadline(b"f3", 5)
    out = Buffer()
    append_draws(out, mapping, 10_000, False, b"")
    texts = bytes(out).split(b"\r\n")[1::2]
    drawn = {
        "append_draws": texts,
        "random_field": [random_field(mapping) for _ in range(10_000)],
        "few": [field for _ in range(5_000) for field in sample(mapping, 2, False)],
        "many": [field for _ in range(2_000) for field in sample(mapping, 5, False)],
    }
    for fields in drawn.values():
        assert len(fields) == 10_000
        # Six standard deviations around a mean of 1000.
        assert all(820 < fields.count(b"f%d" % number) < 1180 for number in range(10))


def test_draws_of_nothing():
    out = Buffer()
    append_draws(out, Mapping(), 5, True, b"")
    assert len(out) == 0 and sample(Mapping(), 5, True) == [] and random_field(Mapping()) is None


def test_draws_with_values_have_their_opening():
    mapping = mapping_of({b"f": b"12"})
    mapping.set_deadline(b"f", 7)
    out = Buffer()
    append_draws(out, mapping, 2, True, b"*2\r\n")
    assert bytes(out) == b"*2\r\n$1\r\nf\r\n$2\r\n12\r\n" * 2
