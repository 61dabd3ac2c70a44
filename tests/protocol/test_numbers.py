"""Numbers against Python's own, and against what redis-server was seen to accept and spell."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit.protocol.numbers import (
    format_float,
    integer_or_none,
    parse_float,
    parse_float_loosely,
    parse_integer,
    parse_unsigned,
)

NO_INTEGERS = [
    b"", b"-", b"+1", b"01", b"-01", b"-0", b" 1", b"1 ", b"1_0", b"1.0", b"1e3", b"x", b"\0",
    b"1\0", b"0x10", b"--1", b"9223372036854775808", b"-9223372036854775809",
    b"10000000000000000000", b"-10000000000000000000", b"99999999999999999999",
    b"18446744073709551616", b"100000000000000000000", b"\xd9\xa1",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_INTEGERS)
def test_no_integers(text):
    assert integer_or_none(text) is None
    with pytest.raises(ValueError):
        parse_integer(text)


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_integers(value):
    assert parse_integer(b"%d" % value) == value
    assert integer_or_none(b"%d" % value) == value


@pytest.mark.parametrize("value", [0, 1, -1, 9, 10, (1 << 63) - 1, -(1 << 63), 10**18, -(10**18)])
def test_integers_at_the_edges(value):
    assert parse_integer(b"%d" % value) == value


@given(st.binary(max_size=22) | st.text("0123456789-+ _", max_size=22).map(str.encode))
def test_an_integer_has_one_spelling(text):
    value = integer_or_none(text)
    assert value is None or b"%d" % value == text


def test_unsigned_integers():
    largest = (1 << 64) - 1
    for text, value in [(b"0", 0), (b"+7", 7), (b"007", 7), (b"%d" % largest, largest)]:
        assert parse_unsigned(text) == value
    for text in (b"", b"-1", b"+", b" 1", b"1 ", b"1_0", b"18446744073709551616", b"9" * 30):
        with pytest.raises(ValueError):
            parse_unsigned(text)


FLOATS = {
    b"1": 1.0, b"-1": -1.0, b"+1": 1.0, b"1.5": 1.5, b".5": 0.5, b"5.": 5.0, b"1e5": 1e5,
    b"1E+5": 1e5, b"00012": 12.0, b"1e05": 1e5, b"1e-320": 1e-320, b"0e-999": 0.0, b"0x10": 16.0,
    b"0x1p3": 8.0, b"0X.8P1": 1.0, b"-0x1.8": -1.5, b"0x0p0": 0.0, b"0x1e5": 485.0,
    b"inf": math.inf, b"+inf": math.inf, b"-inf": -math.inf, b"INFINITY": math.inf,
}  # fmt: skip

NO_FLOATS = [
    b"", b" 1", b"1 ", b"\t1", b".", b"e5", b"1e", b"1e+", b"--1", b"+ 1", b"1_0", b"1,5", b"1\0",
    b"1d", b"1f", b"0x", b"0xg", b"0x_1", b"+-0x1", b"0b1", b"infinit", b"nan", b"NaN", b"-nan",
    b"nan(1)", b"1e400", b"-1e400", b"1e-400", b"9" * 400, b"1e5000000000", b"0x1p99999",
    b"0x1p-99999", b"\xd9\xa1", b"x",
]  # fmt: skip


@pytest.mark.parametrize("text", FLOATS)
def test_floats(text):
    assert parse_float(text) == FLOATS[text]
    assert parse_float_loosely(text) == FLOATS[text]


@pytest.mark.parametrize("text", NO_FLOATS)
def test_no_floats(text):
    with pytest.raises(ValueError):
        parse_float(text)


def test_ranges_of_scores_take_more():
    assert parse_float_loosely(b"") == 0.0
    assert parse_float_loosely(b" 1") == 1.0
    assert parse_float_loosely(b"1e400") == math.inf
    assert parse_float_loosely(b"1e-400") == 0.0
    for text in (b"1 ", b"nan", b"x", b"."):
        with pytest.raises(ValueError):
            parse_float_loosely(text)


# As spelled by Redis since 7.2.
SPELLINGS = {
    0.0: b"0", 3.0: b"3", -3.0: b"-3", 0.1: b"0.1", -0.1: b"-0.1", 3.3: b"3.3", 1 / 3:
    b"0.3333333333333333", 1e15: b"1000000000000000", 1e17: b"100000000000000000",
    4e18: b"4000000000000000000", 5e18: b"5e+18", -5e18: b"-5e+18", 1e20: b"1e+20",
    1.5e300: b"1.5e+300", 1.2345678901234567e19: b"12345678901234567000", 1e-5: b"0.00001",
    1e-6: b"0.000001", 1e-7: b"1e-7", 1.5e-7: b"1.5e-7", 0.001234567891: b"0.001234567891",
    0.0001234567891: b"1.234567891e-4", 1234.12345678: b"1234.12345678",
    12345.12345678: b"1.234512345678e+4", 123456.123456: b"123456.123456", 5e-324: b"5e-324",
    1.7976931348623157e308: b"1.7976931348623157e+308", math.inf: b"inf", -math.inf: b"-inf",
}  # fmt: skip


@pytest.mark.parametrize("value", SPELLINGS)
def test_spelling_of_floats(value):
    assert format_float(value) == SPELLINGS[value]


def test_spelling_of_what_is_not_equal_to_itself_or_has_a_sign_only():
    assert format_float(math.nan) == b"nan"
    assert format_float(-math.nan) == b"nan"
    assert format_float(-0.0) == b"-0"


any_double = st.binary(min_size=8, max_size=8).map(lambda bits: struct.unpack("d", bits)[0])


@given(st.floats(allow_nan=False) | any_double)
def test_floats_read_back(value):
    spelled = format_float(value)
    if math.isnan(value):
        assert spelled == b"nan"
    else:
        assert parse_float(spelled) == value
        assert math.copysign(1, parse_float(spelled)) == math.copysign(1, value)
        assert len(spelled) <= 25
