"""The allocator, through those who use it: what is counted comes back, blocks do not overlap."""

import gc
import random

import pytest

from rediskit.structures import memory
from rediskit.structures.buffer import Buffer
from rediskit.structures.table import Table


def test_random_blocks_of_all_sizes_keep_their_content_and_are_counted():
    chance = random.Random(1)
    gc.collect()  # what other tests left behind is not to go meanwhile
    before = memory.used()
    live = {}
    for step in range(30000):
        number = chance.randrange(3000)
        if number in live:
            buffer, content = live.pop(number)
            assert bytes(buffer) == content
            del buffer
        else:
            size = chance.choice([1, 60, 200, 300, 700, 1500, 3000, 4096, 4097, 9000])
            content = bytes([number & 255]) * chance.randrange(1, size + 1)
            live[number] = Buffer(content), content
        if step % 3000 == 0:
            memory.check()
            assert memory.used() - before == sum(b.memory for b, _ in live.values())
    assert all(bytes(buffer) == content for buffer, content in live.values())
    live.clear()
    memory.check()
    assert memory.used() == before


@pytest.mark.parametrize("size", [16, 64, 128, 256, 512, 1024])
def test_a_block_whose_size_is_a_power_of_two_is_aligned_to_it(size):
    table = Table()
    header = 6 if size <= 256 else 12
    keys = [b"%04d" % number for number in range(200)]
    for key in keys:
        table.set(key, b"x" * (size - header - 4))
    figures = memory.statistics()
    if figures["active"] == figures["allocated"]:
        pytest.skip("all blocks are malloc's")
    assert {table.address_of(key) % size for key in keys} == {0}


def test_growing_across_all_size_classes_keeps_the_content():
    buffer = Buffer()
    content = b""
    for size in [*range(1, 300, 7), *range(300, 20000, 501)]:
        buffer.append(b"x" * size)
        content += b"x" * size
        assert bytes(buffer) == content
        memory.check()


def test_the_peak():
    buffer = Buffer(b"x" * 100000)
    high = memory.used()
    buffer.clear()
    assert memory.peak() >= high > memory.used()
    memory.reset_peak()
    assert memory.peak() == memory.used()


def test_what_is_held_elsewhere_is_counted():
    before = memory.used()
    memory.account(1000)
    assert memory.used() == before + 1000
    memory.account(-1000)
    assert memory.used() == before


def test_statistics_and_purge():
    gc.collect()  # what others have left shall not go meanwhile
    before, used = memory.statistics(), memory.used()
    buffers = [Buffer(b"x" * 200) for _ in range(100000)]
    figures = memory.statistics()
    assert figures["allocated"] - before["allocated"] == memory.used() - used
    assert figures["active"] >= 100000 * 400
    assert figures["resident"] >= figures["active"]
    buffers.clear()
    after = memory.statistics()
    assert after["active"] < figures["active"] - 39 * 10**6
    assert after["retained"] > figures["retained"]
    memory.purge()
    memory.check()
    purged = memory.statistics()
    assert purged["resident"] == purged["active"] == after["active"]


def test_an_allocation_fails_when_told_to():
    memory.fail_at(2)
    first = Buffer(b"x" * 100)
    with pytest.raises(MemoryError):
        Buffer(b"x" * 100)
    assert bytes(Buffer(b"y" * 100)) == b"y" * 100
    assert bytes(first) == b"x" * 100
    memory.check()


@pytest.mark.parametrize("size", [100, 5000, 100000])
def test_a_block_that_cannot_grow_keeps_its_content(size):
    buffer = Buffer(b"x" * size)
    before = memory.used()
    memory.fail_at(1)
    with pytest.raises(MemoryError):
        buffer.append(b"y" * 1000000)
    assert memory.used() == before
    buffer.check()
    assert bytes(buffer) == b"x" * size
    buffer.append(b"y")
    assert bytes(buffer) == b"x" * size + b"y"
