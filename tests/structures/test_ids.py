"""Ids of streams: how they are read and spelled."""

import pytest

from rediskit.structures.ids import (
    FIRST_ID,
    LAST_ID,
    following,
    parse_id,
    parse_ms,
    preceding,
    spell_id,
)


@pytest.mark.parametrize(
    "text, pair",
    [
        (b"5-3", (5, 3)),
        (b"5", (5, 77)),
        (b"0-0", (0, 0)),
        (b"18446744073709551615-18446744073709551615", LAST_ID),
        (b"007-0003", (7, 3)),
        (b" 7-\t3", (7, 3)),
        (b"+7-+3", (7, 3)),
        (b"7--03", (7, 2**64 - 3)),
        (b"7-3\0what follows", (7, 3)),
        (b"7--0", (7, 0)),
    ],
)
def test_what_is_read(text, pair):
    assert parse_id(text, 77) == pair


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"-",
        b"+",
        b"a",
        b"1-a",
        b"a-1",
        b"1-",
        b"-1",
        b"1-2-3",
        b"1 -2",
        b"1--2",
        b"1-*",
        b"1.5",
        b"18446744073709551616-1",
        b"1-18446744073709551616",
        b"1-" + b"0" * 130,
        b"\0",
        b"+-1",
        b" ",
    ],
)
def test_what_is_no_id(text):
    assert parse_id(text, 77) is None


def test_ids_whose_sequence_number_is_still_open():
    assert parse_ms(b"5-*") == 5
    assert parse_ms(b"18446744073709551615-*") == 2**64 - 1
    for text in (b"*", b"-*", b"5-", b"5*", b"5-1*", b"5-1-*", b"a-*", b"-5-*"):
        assert parse_ms(text) is None


def test_neighbours():
    top = 2**64 - 1
    assert following((1, 2)) == (1, 3) and following((1, top)) == (2, 0)
    assert preceding((1, 2)) == (1, 1) and preceding((1, 0)) == (0, top)
    assert following(LAST_ID) is None and preceding(FIRST_ID) is None


def test_spelling():
    assert spell_id((1, 20)) == b"1-20"
    assert spell_id(LAST_ID) == b"18446744073709551615-18446744073709551615"
    with pytest.raises(OverflowError):
        spell_id((2**64, 0))
