"""HyperLogLog registers: the two forms against each other and against a list of ranks."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import registers as kernel
from rediskit.structures.buffer import Buffer
from rediskit.structures.table import Table

NO_LIMIT = 1 << 40
STALE = 15


def ranks_of(sketch):
    registers = kernel.Registers()
    registers.unite(sketch)
    return list(registers)


def sketch_of(elements, limit=3000):
    sketch = Buffer(kernel.new_sketch())
    for element in elements:
        kernel.add(sketch, element, limit)
    return sketch


def dense_of(elements):
    sketch = Buffer(kernel.new_sketch())
    kernel.make_dense(sketch)
    for element in elements:
        kernel.add(sketch, element, 0)
    return sketch


def words(count, seed=1):
    chance = random.Random(seed)
    return [b"%d" % chance.getrandbits(60) for _ in range(count)]


def check_runs(sketch):
    """The runs are well-formed, and hold the registers that unite() finds."""
    found = []
    for rank, count, is_long in kernel.runs_of(sketch):
        assert 0 <= rank <= 32
        assert count <= (4 if rank else 16384)
        assert is_long or count <= 64
        found += [rank] * count
    assert found == ranks_of(sketch)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5000), max_size=400), st.sampled_from([0, 60, 500, 3000, NO_LIMIT]))
def test_sparse_and_dense_hold_the_same(numbers, limit):
    sketch, dense = Buffer(kernel.new_sketch()), dense_of([])
    for number in numbers:
        element = b"%d" % number
        changed = kernel.add(sketch, element, limit)
        assert changed == kernel.add(dense, element, limit)
        sketch.check()
        assert kernel.is_dense(sketch) or len(sketch) <= max(limit, 18)
        assert not changed or bytes(sketch)[STALE] & 0x80
    assert ranks_of(sketch) == ranks_of(dense)
    assert kernel.estimate(sketch) == kernel.estimate(dense)
    if not kernel.is_dense(sketch):
        check_runs(sketch)
    kernel.make_dense(sketch)
    assert bytes(sketch)[16:] == bytes(dense)[16:]


def test_ranks_are_those_of_the_hash():
    """What redis-server 7.0's PFDEBUG DECODE shows after PFADD of the same elements."""
    sketch = sketch_of([b"a", b"b", b"c", b""])
    assert kernel.runs_of(sketch) == [
        (0, 5938, True),
        (2, 1, False),
        (0, 2497, True),
        (1, 1, False),
        (0, 4274, True),
        (2, 1, False),
        (0, 3068, True),
        (1, 1, False),
        (0, 603, True),
    ]


def test_estimates_are_within_five_standard_errors():
    elements = words(100_000)
    sketch = Buffer(kernel.new_sketch())
    for count, element in enumerate(elements, 1):
        kernel.add(sketch, element, 3000)
        if count in (1, 2, 3, 10, 100, 1000, 5000, 30_000, 100_000):
            error = abs(kernel.estimate(sketch) - count)
            assert error <= max(5 * 1.04 / math.sqrt(16384) * count, 1)


def test_estimates_of_no_and_of_impossible_registers():
    assert kernel.estimate(kernel.new_sketch()) == 0
    dense = bytearray(bytes(dense_of([])))
    assert kernel.estimate(bytes(dense)) == 0
    dense[16:] = b"\xff" * (len(dense) - 16)
    assert kernel.estimate(bytes(dense)) == 2**63 - 1


def test_uniting_is_adding_all():
    one, other = words(700, 1), words(5000, 2)
    registers = kernel.Registers()
    assert registers.estimate() == 0 and len(registers) == 16384
    registers.unite(sketch_of(one))
    registers.unite(dense_of(other))
    assert list(registers) == ranks_of(dense_of(one + other))
    assert registers.estimate() == kernel.estimate(dense_of(one + other))
    with pytest.raises(IndexError):
        registers[16384]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 700), st.integers(0, 700), st.sampled_from([100, 3000, NO_LIMIT]))
def test_raising_to_others_is_raising_one_by_one(count, more, limit):
    one, other = words(count, 3), words(more, 4)
    sketch = sketch_of(one, NO_LIMIT)
    registers = kernel.Registers()
    registers.unite(sketch)
    registers.unite(sketch_of(other, NO_LIMIT))
    kernel.raise_to(sketch, registers, limit)
    assert ranks_of(sketch) == list(registers)
    assert bytes(sketch)[STALE] & 0x80
    if not kernel.is_dense(sketch):
        check_runs(sketch)


def test_the_carried_estimate():
    sketch = sketch_of(words(50))
    assert kernel.cached_estimate(sketch) == -1
    count = kernel.estimate_in_place(sketch)
    assert count == kernel.cached_estimate(sketch) == kernel.estimate(sketch)
    kernel.forget_estimate(sketch)
    assert kernel.cached_estimate(sketch) == -1


def test_sketches_in_entries():
    table, elements = Table(), tuple(words(2000))
    table.set(b"k", kernel.new_sketch())
    model = Buffer(kernel.new_sketch())
    for start in range(0, len(elements), 10):
        some = elements[start : start + 10]
        outcome = kernel.add_to_entry(table, b"k", some, 3000, 0)
        if outcome < 0:
            break
        changes = [kernel.add(model, each, 3000) for each in some]
        assert outcome == sum(changes)
        assert table.get(b"k") == bytes(model)
        assert kernel.add_to_entry(table, b"k", some, 3000, 0) == 0
        if start % 100 == 0:
            assert kernel.cached_in_entry(table, b"k", 0) == -1
            count = kernel.estimate_in_entry(table, b"k", 0)
            assert count == kernel.estimate_in_place(model)
            assert kernel.cached_in_entry(table, b"k", 0) == count
            assert table.get(b"k") == bytes(model)
        table.check()
    assert outcome == -1 and len(model) > 2900, "it has become too large for the sparse form"
    assert table.get(b"k") == bytes(model)


def test_what_entries_hold_that_is_no_sparse_sketch():
    table = Table()
    for value in (b"", b"HYLL", b"HYLL\0" + bytes(11), b"hyll\1" + bytes(20), 5, object(), None):
        table.set(b"k", value)
        assert kernel.add_to_entry(table, b"k", (b"a",), 3000, 0) == -1
        assert kernel.cached_in_entry(table, b"k", 0) == -2
        assert kernel.estimate_in_entry(table, b"k", 0) == -1
    assert kernel.add_all(b"", (b"a",)) == -1
    assert kernel.add_all(sketch_of([]), (b"a",)) == -1
    dense = dense_of([])
    assert kernel.add_all(dense, (b"a", b"b")) == 2
    assert kernel.add_all(dense, (b"a", b"b")) == 0


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"HYLL",
        b"hyll" + bytes(12),
        b"HYLL\2" + bytes(20),
        b"HYLL" + bytes(12),
        b"HYLL" + bytes(12301),
    ],
)
def test_what_is_no_sketch(text):
    assert not kernel.is_sketch(text) and not kernel.is_sketch(Buffer(text))
    for call in (
        kernel.estimate,
        kernel.is_dense,
        kernel.cached_estimate,
        kernel.runs_of,
        kernel.Registers().unite,
    ):
        with pytest.raises(ValueError):
            call(text)
    for call in (
        kernel.make_dense,
        kernel.forget_estimate,
        kernel.estimate_in_place,
        lambda sketch: kernel.add(sketch, b"a", 3000),
        lambda sketch: kernel.raise_to(sketch, kernel.Registers(), 3000),
    ):
        with pytest.raises(ValueError):
            call(Buffer(text))


HEAD = kernel.new_sketch()[:16]


@pytest.mark.parametrize(
    "runs",
    [
        b"",
        b"\x7f",
        b"\x7f\xff\x00",
        b"\x7f\xfe",
        b"\x7f\xff\x7f\xff",
        b"\x7f\xff" * 9,
        b"\x00" * 16383,
        b"\x80" * 16385,
    ],
)
def test_runs_that_make_up_other_than_all_registers(runs):
    with pytest.raises(ValueError):
        kernel.estimate(HEAD + runs)
    with pytest.raises(ValueError):
        kernel.Registers().unite(HEAD + runs)
    sketch = Buffer(HEAD + runs)
    with pytest.raises(ValueError):
        kernel.make_dense(sketch)
    assert bytes(sketch) == HEAD + runs


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 1000), st.lists(st.integers(0, 10**6), max_size=20))
def test_hostile_bytes_are_refused_or_make_sense(junk, position, numbers):
    text = bytearray(bytes(sketch_of(words(150))))
    position = min(16 + position, len(text))
    text[position : position + len(junk)] = junk
    sketch = Buffer(bytes(text))
    for number in numbers:
        try:
            kernel.add(sketch, b"%d" % number, 3000)
        except ValueError:
            break
        sketch.check()
    try:
        ranks = ranks_of(sketch)
    except ValueError:
        with pytest.raises(ValueError):
            kernel.estimate(sketch)
    else:
        assert len(ranks) == 16384
        assert kernel.estimate(sketch) == kernel.estimate(bytes(sketch))
