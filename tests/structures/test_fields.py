"""Operations on fields of numbers against Python's unlimited integers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import fields
from rediskit.structures.buffer import Buffer
from rediskit.structures.table import Table

SIZE = 40
EDGES = [
    sign * 2**power + delta
    for power in (0, 1, 7, 62, 63)
    for delta in (-1, 0, 1)
    for sign in (1, -1)
]
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-300, 300),
    st.sampled_from([edge for edge in EDGES if -(2**63) <= edge < 2**63]),
)


@st.composite
def operations(draw):
    is_signed = draw(st.booleans())
    width = draw(st.integers(1, 63 + is_signed))
    return fields.Operation(
        draw(st.sampled_from([fields.GET, fields.SET, fields.INCREMENT])),
        draw(st.sampled_from([fields.WRAP, fields.SATURATE, fields.FAIL])),
        is_signed,
        width,
        draw(st.integers(0, 8 * SIZE - width)),
        draw(NUMBERS),
    )


def model(text, operation):
    """(reply, text afterwards) of one operation."""
    shift = 8 * len(text) - operation.offset - operation.width
    modulus = 1 << operation.width
    lowest = -(modulus >> 1) if operation.is_signed else 0
    highest = lowest + modulus - 1

    def wrapped(number):
        return (number - lowest) % modulus + lowest

    whole = int.from_bytes(text, "big")
    old = wrapped(whole >> shift)
    if operation.action == fields.GET:
        return old, text
    new = operation.value + (old if operation.action == fields.INCREMENT else 0)
    if not lowest <= new <= highest:
        far_below = not operation.is_signed or highest - new >= 2**63
        is_high = new > highest or (operation.action == fields.SET and far_below)
        if operation.overflow == fields.FAIL:
            return None, text
        if operation.overflow == fields.SATURATE:
            new = highest if is_high else lowest
        else:
            new = wrapped(new)
    whole = whole & ~((modulus - 1) << shift) | (new % modulus) << shift
    reply = new if operation.action == fields.INCREMENT else old
    return reply, whole.to_bytes(len(text), "big")


@settings(max_examples=500, deadline=None)
@given(st.binary(min_size=SIZE, max_size=SIZE), st.lists(operations(), max_size=8))
def test_any_operations(text, steps):
    wanted, after = [], text
    for operation in steps:
        reply, after = model(after, operation)
        wanted.append(reply)
    buffer, table = Buffer(text), Table()
    table.set(b"k", text)
    for outcome in (
        fields.run_all(steps, buffer),
        fields.run_in_entry(table, b"k", steps, SIZE, 0),
    ):
        assert outcome[0] == wanted
        assert outcome[1] or after == text
    assert bytes(buffer) == table.get(b"k") == after


@given(st.binary(max_size=20), operations())
def test_what_lies_behind_the_end_is_zero(text, operation):
    get = fields.Operation(
        fields.GET, operation.overflow, operation.is_signed, operation.width, operation.offset, 0
    )
    wanted = model(text.ljust(SIZE, b"\0"), get)[0]
    assert fields.run_all([get], text) == ([wanted], False)
    assert fields.run_all([get], Buffer(text)) == ([wanted], False)


def test_what_is_written_must_be_there():
    write = fields.Operation(fields.SET, fields.WRAP, False, 8, 9, 1)
    assert write.end == 3
    for text in (Buffer(b"ab"), b"abc"):
        with pytest.raises(IndexError):
            fields.run_all([write], text)
    table = Table()
    table.set(b"k", b"ab")
    assert fields.run_in_entry(table, b"k", [write], write.end, 0) is None
    with pytest.raises(IndexError):
        fields.run_in_entry(table, b"k", [write], 1, 0)
    assert table.get(b"k") == b"ab"
    assert fields.run_in_entry(table, b"missing", [write], 0, 0) is None


@pytest.mark.parametrize(
    "signed, width, offset",
    [
        (False, 0, 0),
        (False, 64, 0),
        (True, 65, 0),
        (True, 8, -1),
        (True, 8, 2**63 - 1),
    ],
)
def test_fields_that_cannot_be(signed, width, offset):
    with pytest.raises(ValueError):
        fields.Operation(fields.GET, fields.WRAP, signed, width, offset, 0)
