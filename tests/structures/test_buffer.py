"""The growable buffer against a bytearray, with check() after each step."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory
from rediskit.structures.buffer import Buffer


def block(data):
    return b"$%d\r\n%s\r\n" % (len(data), data)


class Steps:
    """Random steps on a buffer, each done on a bytearray too."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.buffer = Buffer()
        self.model = bytearray()

    def data(self):
        return self.chance.randbytes(self.chance.choice([0, 1, 10, 63, 64, 65, 1000, 5000]))

    def number(self):
        some = self.chance.getrandbits(40)
        return self.chance.choice([0, 7, -1, (1 << 63) - 1, -(1 << 63), some])

    def append(self):
        data = self.data()
        self.buffer.append(data)
        self.model += data

    def append_decimal(self):
        number = self.number()
        self.buffer.append_decimal(number)
        self.model += b"%d" % number

    def append_line(self):
        number = self.number()
        self.buffer.append_line(ord(":"), number)
        self.model += b":%d\r\n" % number

    def append_block(self):
        data = self.data()
        self.buffer.append_block(data)
        self.model += block(data)

    def append_buffer_block(self):
        data = self.data()
        other = Buffer(b"xy" + data)
        other.discard(2)
        self.buffer.append_buffer_block(other)
        self.model += block(data)

    def append_itself(self):
        if len(self.model) < 100000:
            self.buffer.append_buffer_block(self.buffer)
            self.model += block(bytes(self.model))

    def write_at(self):
        data, offset = self.data(), self.chance.randrange(len(self.model) + 500)
        self.buffer.write_at(offset, data)
        end = offset + len(data)
        self.model.extend(bytes(max(end - len(self.model), 0)))
        self.model[offset:end] = data

    def extend_to(self):
        size = self.chance.randrange(len(self.model) + 1000)
        self.buffer.extend_to(size)
        self.model.extend(bytes(max(size - len(self.model), 0)))

    def discard(self):
        count = self.chance.randrange(len(self.model) + 1)
        self.buffer.discard(count)
        del self.model[:count]

    def clear(self):
        self.buffer.clear()
        self.model.clear()


NOT_STEPS = ("data", "number")
NAMES = [name for name in vars(Steps) if not name.startswith("_") and name not in NOT_STEPS]


@pytest.mark.parametrize("seed", range(10))
def test_random_steps(seed):
    before = memory.used()
    steps = Steps(seed)
    for _ in range(300):
        getattr(steps, steps.chance.choice([*NAMES, "discard", "append"]))()
        steps.buffer.check()
        assert bytes(steps.buffer) == bytes(steps.model)
        assert len(steps.buffer) == len(steps.model)
        assert memory.used() - before == steps.buffer.memory
    del steps
    assert memory.used() == before


@settings(deadline=None)
@given(st.binary(max_size=100), st.integers(-200, 200), st.integers(-200, 200))
def test_slices_are_cut_to_what_is_there(content, start, stop):
    assert Buffer(content).slice(start, stop) == content[max(start, 0) : max(stop, 0)]


def test_what_makes_no_sense_is_refused():
    buffer = Buffer(b"abc")
    for call in (lambda: buffer.write_at(-1, b"x"), lambda: buffer.discard(4),
                 lambda: buffer.discard(-1)):  # fmt: skip
        with pytest.raises(ValueError):
            call()
    for call in (lambda: buffer.write_at((1 << 63) - 1, b"x"), lambda: buffer.extend_to(1 << 62)):
        with pytest.raises(MemoryError):
            call()
    buffer.check()
    assert bytes(buffer) == b"abc"


def test_a_queue_of_bytes_does_not_grow():
    buffer = Buffer(b"x" * 1000)
    for _ in range(10000):
        buffer.append(b"y" * 500)
        buffer.discard(500)
    assert len(buffer) == 1000
    assert buffer.memory < 10000


def test_appending_takes_few_reallocations():
    buffer = Buffer()
    sizes = set()
    for _ in range(200000):
        buffer.append(b"0123456789")
        sizes.add(buffer.memory)
    assert len(sizes) < 30
    assert buffer.memory < len(buffer) + 3 * (1 << 20)
