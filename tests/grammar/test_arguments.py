"""Argument parsers: what they take, and the error for what they do not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.grammar.arguments import (
    Options,
    deadline_ms,
    index_range,
    integer,
    integer_between,
    lex_bound,
    milliseconds,
    number,
    pairs,
    score_bound,
    seconds,
)

LARGEST = (1 << 63) - 1


def refused(text, function, *arguments, **named):
    """Asserts that a call raises CommandError with this text."""
    with pytest.raises(CommandError) as raised:
        function(*arguments, **named)
    assert raised.value.text == text


def test_integers():
    assert integer(b"-12") == -12
    assert integer(b"%d" % LARGEST) == LARGEST
    for text in (b"", b"1.0", b"+1", b"%d" % (LARGEST + 1)):
        refused(errors.NOT_AN_INTEGER, integer, text)
    refused(errors.BIT_OFFSET, integer, b"x", errors.BIT_OFFSET)


def test_integers_within_bounds():
    assert integer_between(b"1", 1, 3) == 1
    assert integer_between(b"3", 1, 3) == 3
    refused(errors.NOT_AN_INTEGER, integer_between, b"x", 1, 3)
    for text in (b"0", b"4"):
        refused(errors.must_be_between(1, 3), integer_between, text, 1, 3)
    for text in (b"0", b"x"):
        refused(errors.COUNT_ABOVE_ZERO, integer_between, text, 1, 3, errors.COUNT_ABOVE_ZERO)


def test_numbers():
    assert number(b"1.5") == 1.5
    assert number(b"-1") == -1.0
    assert number(b"-inf") == -math.inf
    for text in (b"", b"x", b"nan", b"1e400"):
        refused(errors.NOT_A_FLOAT, number, text)
    refused(errors.WEIGHT_NOT_A_FLOAT, number, b"x", errors.WEIGHT_NOT_A_FLOAT)


def test_timeouts():
    assert seconds(b"0") == 0.0
    assert seconds(b"0.25") == 0.25
    refused(errors.TIMEOUT_NOT_A_FLOAT, seconds, b"x")
    refused(errors.TIMEOUT_NEGATIVE, seconds, b"-0.1")
    refused(errors.TIMEOUT_NEGATIVE, seconds, b"-1")
    refused(errors.TIMEOUT_OUT_OF_RANGE, seconds, b"1e16")
    refused(errors.TIMEOUT_OUT_OF_RANGE, seconds, b"inf")
    refused(errors.TIMEOUT_OUT_OF_RANGE, seconds, b"1e400")
    refused(errors.TIMEOUT_NOT_A_FLOAT, seconds, b"1e5000")
    refused(errors.TIMEOUT_NEGATIVE, seconds, b"-1e400")
    assert 0 < seconds(b"1e-400") < 1e-300
    assert milliseconds(b"0") == 0
    assert milliseconds(b"1500") == 1500
    refused(errors.TIMEOUT_NOT_AN_INTEGER, milliseconds, b"1.5")
    refused(errors.TIMEOUT_NEGATIVE, milliseconds, b"-1")


def test_deadlines():
    assert deadline_ms(b"10", 1000, 5, b"set") == 10005
    assert deadline_ms(b"10", 1, 0, b"set") == 10
    assert deadline_ms(b"%d" % LARGEST, 1, 0, b"set") == LARGEST
    wrong = errors.invalid_expire(b"set")
    for text in (b"0", b"-1", b"%d" % (LARGEST // 1000 + 1), b"%d" % (LARGEST // 1000)):
        refused(wrong, deadline_ms, text, 1000, 1000, b"set")
    refused(errors.NOT_AN_INTEGER, deadline_ms, b"x", 1000, 0, b"set")


def test_deadlines_that_may_have_passed():
    assert deadline_ms(b"-10", 1000, 5, b"expire", True) == -9995
    assert deadline_ms(b"0", 1000, 5, b"expire", True) == 5
    wrong = errors.invalid_expire(b"expire")
    for text in (b"%d" % LARGEST, b"%d" % -LARGEST):
        refused(wrong, deadline_ms, text, 1000, 1, b"expire", True)


def test_pairs():
    assert pairs([b"a", b"1", b"b", b"2"]) == [(b"a", b"1"), (b"b", b"2")]
    assert pairs(()) == []
    refused(errors.SYNTAX_ERROR, pairs, [b"a"])
    refused(errors.wrong_arity("mset"), pairs, (b"a", b"b", b"c"), errors.wrong_arity("mset"))


@given(st.integers(-12, 12), st.integers(-12, 12), st.integers(0, 8))
def test_index_ranges_pick_what_redis_picks(start, stop, length):
    first, past = index_range(start, stop, length)
    assert 0 <= first <= past <= length
    low = start + length if start < 0 else start
    high = stop + length if stop < 0 else stop
    assert list(range(first, past)) == [at for at in range(length) if low <= at <= high]


def test_score_bounds():
    assert score_bound(b"1.5") == (1.5, False)
    assert score_bound(b"(1.5") == (1.5, True)
    assert score_bound(b"(-inf") == (-math.inf, True)
    assert score_bound(b"") == (0.0, False)
    for text in (b"x", b"((1", b"nan", b"1 "):
        refused(errors.SCORE_RANGE, score_bound, text)


def test_lex_bounds():
    assert lex_bound(b"[a") == (b"a", False)
    assert lex_bound(b"(") == (b"", True)
    assert lex_bound(b"-") == (None, True)
    assert lex_bound(b"+") == (None, False)
    for text in (b"", b"a", b"-a", b"++"):
        refused(errors.LEX_RANGE, lex_bound, text)


SET = Options("NX | XX", "GET", "EX seconds | PX milliseconds | EXAT time | KEEPTTL")
SORT = Options("BY pattern", "LIMIT offset count", "GET pattern ...", "ASC | DESC", "ALPHA")
SCAN = Options("MATCH pattern", "COUNT count", COUNT=integer)
ZADD = Options("NX", "XX", "CH")
EXPIRE = Options("NX", "XX", "GT", "LT", unknown=errors.unsupported_option)


@pytest.mark.parametrize("as_sequence", [list, tuple])
def test_options(as_sequence):
    def read(options, line):
        return options.read(as_sequence(line.encode().split()))

    assert read(SET, "") == {}
    assert read(SET, "NX") == {b"NX": True}
    assert read(SET, "get nx eX 10") == {b"GET": True, b"NX": True, b"EX": b"10"}
    assert read(SET, "EX 10 EX 20") == {b"EX": b"20"}
    assert read(SET, "NX nx") == {b"NX": True}
    assert read(SET, "EX nx") == {b"EX": b"nx"}
    assert read(SORT, "LIMIT 1 2 get a GET #") == {b"LIMIT": (b"1", b"2"), b"GET": [b"a", b"#"]}
    assert read(SCAN, "count 10 match a*") == {b"COUNT": 10, b"MATCH": b"a*"}
    assert SET.read(as_sequence([b"k", b"v", b"XX"]), 2) == {b"XX": True}
    assert SET.read(as_sequence([b"k"]), 5) == {}


@pytest.mark.parametrize(
    "options, line",
    [
        (SET, "NX XX"), (SET, "xx nx"), (SET, "EX"), (SET, "NX EX"), (SET, "EX 1 PX 1"),
        (SET, "KEEPTTL EX 1"), (SET, "EX 1 KEEPTTL"), (SET, "foo"), (SET, "EX 10 20"),
        (SORT, "LIMIT 1"), (SORT, "ASC DESC"), (SORT, "GET"), (SCAN, "TYPE string"),
    ],
)  # fmt: skip
def test_options_that_make_no_sense(options, line):
    refused(errors.SYNTAX_ERROR, options.read, line.encode().split())


def test_values_are_converted_in_their_order():
    refused(errors.NOT_AN_INTEGER, SCAN.read, [b"COUNT", b"x", b"foo"])
    refused(errors.SYNTAX_ERROR, SCAN.read, [b"foo", b"COUNT", b"x"])
    limit = Options("LIMIT offset count", LIMIT=lambda *texts: [integer(text) for text in texts])
    assert limit.read([b"limit", b"1", b"-2"]) == {b"LIMIT": [1, -2]}


def test_a_command_may_have_its_own_error_for_what_is_no_option():
    assert EXPIRE.read([b"nx", b"GT"]) == {b"NX": True, b"GT": True}
    refused("ERR Unsupported option foo", EXPIRE.read, [b"NX", b"foo"])


def test_options_that_lead():
    assert ZADD.read_leading([b"nx", b"CH", b"1", b"a"]) == ({b"NX": True, b"CH": True}, 2)
    assert ZADD.read_leading([b"k", b"1", b"xx"], 1) == ({}, 1)
    assert ZADD.read_leading([b"nx"]) == ({b"NX": True}, 1)
    refused(errors.SYNTAX_ERROR, SCAN.read_leading, [b"MATCH", b"a", b"COUNT"])


def test_converters_for_no_option_are_a_mistake():
    with pytest.raises(ValueError):
        Options("NX", COUNT=integer)
