"""Packed blocks against a Python list, with check() after each step."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory
from rediskit.structures.buffer import Buffer
from rediskit.structures.packed import Packed

EDGE_INTEGERS = sorted(
    {sign * (2**bits + delta) for bits in range(64) for delta in (-1, 0, 1) for sign in (1, -1)}
)
EDGE_LENGTHS = [0, 1, 62, 63, 64, 65, 123, 124, 125, 126, 8190, 8191, 8192, 65530, 65535, 65540]
NEARLY_INTEGERS = [
    b"-0", b"00", b"01", b"-", b"+1", b" 1", b"1 ", b"-01", b"1.0", b"9" * 19, b"9" * 20,
    b"9223372036854775808", b"-9223372036854775809", b"1_0",
]  # fmt: skip
VALUES = st.one_of(
    st.binary(max_size=70),
    st.integers(-(2**63), 2**63 - 1).map(lambda number: b"%d" % number),
    st.integers(-300, 300).map(lambda number: b"%d" % number),
    st.sampled_from(NEARLY_INTEGERS),
    st.sampled_from(EDGE_LENGTHS).map(lambda length: b"x" * length),
    st.floats(allow_nan=False),
)


def text_of(number):
    return b"%d" % number


def test_edges_of_every_form_come_back_from_both_ends():
    values = [text_of(number) for number in EDGE_INTEGERS if -(2**63) <= number < 2**63]
    values += [text_of(number) for number in EDGE_INTEGERS if not -(2**63) <= number < 2**63]
    values += [b"x" * length for length in EDGE_LENGTHS] + NEARLY_INTEGERS
    values += [0.0, -0.0, 1.5, float("inf"), 5e-324]
    pack = Packed(values)
    pack.check()
    assert list(pack) == values
    assert list(reversed(pack)) == values[::-1]
    assert [pack.get(index) for index in range(len(pack))] == values
    exact = [repr(value) for value in values]  # 0.0 is not -0.0 here
    for value in values:
        assert pack.find(value) == exact.index(repr(value))


@pytest.mark.parametrize(
    "value, size",
    [
        (b"0", 1), (b"127", 1), (b"128", 4), (b"-1", 3), (b"-128", 3), (b"-129", 4),
        (b"32767", 4), (b"32768", 5), (b"1700000000000", 8), (b"9223372036854775807", 10),
        (1.5, 10), (b"", 2), (b"a", 3), (b"a" * 63, 65), (b"a" * 64, 67), (b"a" * 123, 126),
        (b"a" * 124, 129), (b"a" * 8192, 8200), (b"a" * 70000, 70010),
    ],
)  # fmt: skip
def test_items_are_no_larger_than_they_need_to_be(value, size):
    pack = Packed([value])
    pack.check()
    assert pack.used == size


@settings(max_examples=300, deadline=None)
@given(st.lists(VALUES, max_size=40), VALUES)
def test_any_values(values, wanted):
    pack = Packed(values)
    pack.check()
    assert list(pack) == values
    assert list(reversed(pack)) == values[::-1]
    exact = [repr(value) for value in values]  # 0.0 is not -0.0 here
    for stride in (1, 2, 3):
        for start in range(min(len(values), 4)):
            places = [i for i in range(start, len(values), stride) if exact[i] == repr(wanted)]
            assert pack.find(wanted, start, stride) == (places[0] if places else -1)


class Steps:
    """Random steps on a pack, each done on a list too."""

    def __init__(self, chance, longest):
        self.chance = chance
        self.longest = longest
        self.pack = Packed()
        self.values = []

    def value(self):
        kind = self.chance.randrange(5)
        if kind == 0:
            return text_of(self.chance.getrandbits(self.chance.choice([7, 8, 40])) - 100)
        if kind == 1:
            return self.chance.random()
        return self.chance.randbytes(self.chance.randrange(self.longest))

    def index(self, extra=0):
        return self.chance.randrange(len(self.values) + extra)

    def append(self):
        value = self.value()
        self.pack.append(value)
        self.values.append(value)

    def insert(self):
        index, value = self.index(1), self.value()
        self.pack.insert(index, value)
        self.values.insert(index, value)

    def push_front(self):
        value = self.value()
        self.pack.insert(0, value)
        self.values.insert(0, value)

    def reserve(self):
        self.pack.reserve(self.chance.randrange(500), self.chance.randrange(500))

    def trim(self):
        self.pack.trim()

    def replace(self):
        if self.values:
            index, value = self.index(), self.value()
            self.pack.replace(index, value)
            self.values[index] = value

    def remove(self):
        if self.values:
            index, count = self.index(), self.chance.choice([0, 1, 1, 1, 2, 5, 1000])
            self.pack.remove(index, count)
            del self.values[index : index + count]

    def pop_either_end(self):
        if self.values:
            index = self.chance.choice([0, len(self.values) - 1])
            self.pack.remove(index)
            del self.values[index]


@pytest.mark.parametrize("longest", [4, 100, 3000])
@pytest.mark.parametrize("seed", range(4))
def test_random_steps(seed, longest):
    steps = Steps(random.Random(seed), longest)
    growing = ["append", "insert", "push_front", "replace", "reserve", "trim", "remove"]
    shrinking = ["append", "pop_either_end", "pop_either_end", "replace", "remove", "reserve"]
    for names in (growing, shrinking, growing, shrinking):
        for _ in range(150):
            getattr(steps, steps.chance.choice(names))()
            steps.pack.check()
            assert len(steps.pack) == len(steps.values)
            assert list(steps.pack) == steps.values
            if steps.values:
                index = steps.index()
                assert steps.pack.get(index) == steps.values[index]


def test_an_index_out_of_range_is_an_error_and_changes_nothing():
    pack = Packed([b"a", b"b"])
    for index in (-1, 2, 2**62, -(2**62)):
        for call in (
            lambda index=index: pack.get(index),
            lambda index=index: pack.remove(index),
            lambda index=index: pack.replace(index, b"c"),
        ):
            with pytest.raises(IndexError):
                call()
    for index in (-1, 3):
        with pytest.raises(IndexError):
            pack.insert(index, b"c")
    with pytest.raises(TypeError):
        pack.append("text")
    with pytest.raises(TypeError):
        pack.append(None)
    assert list(pack) == [b"a", b"b"]


def test_an_empty_pack_takes_nothing():
    before = memory.used()
    pack = Packed()
    assert memory.used() == before
    for _ in range(3):
        for number in range(1000):
            pack.append(b"value %d" % number)
        pack.remove(0, 10**9)
        pack.check()
        assert len(pack) == pack.held == 0
    assert memory.used() == before


def test_a_block_is_no_larger_than_its_items_unless_told():
    pack = Packed([b"field %d" % number for number in range(30)])
    assert pack.held - pack.used <= 14 + 8
    pack.reserve(100, 1000)
    assert pack.held >= pack.used + 1100
    pack.trim()
    assert pack.held - pack.used <= 14 + 8


def test_a_block_that_has_become_half_empty_shrinks():
    pack = Packed([b"x" * 50] * 200)
    while len(pack) > 2:
        pack.remove(len(pack) // 3)
        assert pack.held <= 2 * pack.used + 64


def test_what_was_reserved_is_used():
    pack = Packed([b"x" * 100] * 10)
    pack.reserve(300, 300)
    held = pack.held
    for _ in range(2):
        pack.insert(0, b"y" * 100)
        pack.append(b"z" * 100)
        assert pack.held == held
    pack.check()
    assert list(pack) == [b"y" * 100] * 2 + [b"x" * 100] * 10 + [b"z" * 100] * 2


def test_what_no_block_can_hold_is_refused_and_changes_nothing():
    pack = Packed([b"a"])
    for size in (2**32, 2**40, 2**64 - 1):
        with pytest.raises(MemoryError):
            pack.reserve(0, size)
    pack.check()
    assert list(pack) == [b"a"]


def test_encoding_for_the_wire():
    out = Buffer()
    Packed([b"ab", b"-5", b"", b"1234567890123"]).append_to(out)
    assert bytes(out) == b"$2\r\nab\r\n$2\r\n-5\r\n$0\r\n\r\n$13\r\n1234567890123\r\n"
    with pytest.raises(TypeError):
        Packed([1.5]).append_to(out)
