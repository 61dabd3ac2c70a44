"""Bit kernels against Python's integers and strings of digits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import bits
from rediskit.structures.buffer import Buffer
from rediskit.structures.table import Table

# Mostly one byte again and again, so that whole words are equal; lengths around those of words.
TEXTS = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda byte, count, head, tail: head + byte * count + tail,
        st.sampled_from([b"\0", b"\xff", b"\x01", b"\x80"]),
        st.integers(0, 300),
        st.binary(max_size=9),
        st.binary(max_size=9),
    ),
)


def digits(text):
    return "".join(f"{byte:08b}" for byte in text)


def both(text):
    """The same text as bytes and as a Buffer whose content does not begin with its block."""
    buffer = Buffer(b"xyz" + text)
    buffer.discard(3)
    return text, buffer


@st.composite
def ranges(draw):
    text = draw(TEXTS)
    first = draw(st.integers(0, 8 * len(text)))
    return text, first, draw(st.integers(0, 8 * len(text)))


@settings(max_examples=300, deadline=None)
@given(ranges())
def test_counting_and_searching_any_range(case):
    text, first, past = case
    wanted = digits(text)[first:past]
    for each in both(text):
        assert bits.count_ones(each, first, past) == wanted.count("1")
        for bit in (0, 1):
            found = wanted.find(str(bit))
            assert bits.find_bit(each, bit, first, past) == (found if found < 0 else first + found)


@pytest.mark.parametrize("first, past", [(-1, 3), (0, 17), (20, 30)])
def test_ranges_lie_within_the_text(first, past):
    with pytest.raises(IndexError):
        bits.count_ones(b"ab", first, past)
    with pytest.raises(IndexError):
        bits.find_bit(b"ab", 1, first, past)


@given(TEXTS, st.integers(0, 3000))
def test_reading_one_bit(text, offset):
    for each in both(text):
        assert bits.get_bit(each, offset) == int(digits(text)[offset : offset + 1] or "0")


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=50), st.lists(st.tuples(st.integers(0, 420), st.booleans())))
def test_setting_bits(text, steps):
    _, buffer = both(text)
    table = Table()
    table.set(b"k", text)
    model = list(digits(text))
    for offset, bit in steps:
        if offset >= len(model):
            assert bits.set_entry_bit(table, b"k", offset, bit, 0) == -1
            with pytest.raises(IndexError):
                bits.set_bit(buffer, offset, bit)
            continue
        assert bits.entry_bit(table, b"k", offset, 0) == int(model[offset])
        assert bits.set_bit(buffer, offset, bit) == int(model[offset])
        assert bits.set_entry_bit(table, b"k", offset, bit, 0) == int(model[offset])
        model[offset] = str(int(bit))
    assert digits(bytes(buffer)) == digits(table.get(b"k")) == "".join(model)
    buffer.check()
    table.check()


def test_only_bytes_within_entries_have_bits():
    table = Table()
    table.set(b"n", 5)
    table.set(b"o", object())
    table.set(b"due", b"abc", 1000)
    for key in (b"n", b"o", b"missing"):
        assert bits.entry_bit(table, key, 0, 0) == -1
        assert bits.set_entry_bit(table, key, 0, 1, 0) == -1
    assert bits.entry_bit(table, b"due", 1, 999) == 1
    assert bits.entry_bit(table, b"due", 1, 1000) == -1
    assert bits.set_entry_bit(table, b"due", 1, 0, 1000) == -1


COMBINATIONS = [
    (bits.AND, lambda left, right: left & right),
    (bits.OR, lambda left, right: left | right),
    (bits.XOR, lambda left, right: left ^ right),
]


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=5), st.booleans())
def test_combining(texts, as_buffers):
    longest = max(map(len, texts), default=0)
    numbers = [int.from_bytes(text.ljust(longest, b"\0"), "big") for text in texts]
    sources = [both(text)[as_buffers] for text in texts]
    for operation, combined in COMBINATIONS:
        wanted = numbers[0] if numbers else 0
        for number in numbers[1:]:
            wanted = combined(wanted, number)
        assert bits.combine(operation, sources) == wanted.to_bytes(longest, "big")


def test_combining_more_than_one_block():
    left, right = bytes(range(256)) * 500, b"\x0f\xf0\xaa" * 30000
    longest = max(len(left), len(right))
    for operation, combined in COMBINATIONS:
        whole = bits.combine(operation, [left, right])
        pairs = zip(left, right.ljust(longest, b"\0"), strict=True)
        assert whole == bytes(combined(one, other) for one, other in pairs)


@given(TEXTS)
def test_inverting(text):
    for each in both(text):
        assert bits.invert(each) == bytes(byte ^ 255 for byte in text)


def test_what_is_no_text():
    for call in (bits.invert, lambda text: bits.get_bit(text, 0)):
        with pytest.raises(TypeError):
            call("text")
    with pytest.raises(TypeError):
        bits.combine(bits.AND, [b"a", None])


@given(st.one_of(st.integers(-(2**65), 2**65).map(lambda number: b"%d" % number), st.binary()))
def test_reading_offsets(text):
    try:
        number = int(text) if text == b"%d" % int(text) else -1
    except ValueError:
        number = -1
    assert bits.read_offset(text) == (number if 0 <= number < 2**63 else -1)
