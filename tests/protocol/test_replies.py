"""Replies as bytes, in both protocols, and read back by hiredis."""

import enum

import hiredis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit import errors
from rediskit.errors import CommandError, ProtocolError
from rediskit.protocol import replies
from rediskit.protocol.replies import (
    NULL_ARRAY,
    OK,
    PONG,
    QUEUED,
    RESET,
    BigNumber,
    Push,
    Status,
    Verbatim,
    encode,
)
from rediskit.structures.buffer import Buffer


class Colour(enum.IntEnum):
    """An int that is not exactly an int."""

    RED = 3


class Name(bytes):
    """Bytes that are not exactly bytes."""


class Range:
    """A view of a structure: writes its own reply."""

    def encode_into(self, out, protocol):
        replies.open_map(out, 1, protocol)
        encode(out, b"key", protocol)
        encode(out, [1, None], protocol)


# Value, RESP2, RESP3 where it differs.
CASES = [
    (b"", b"$0\r\n\r\n"),
    (b"a\r\nb\0\xff", b"$6\r\na\r\nb\0\xff\r\n"),
    (b"x" * 1000, b"$1000\r\n" + b"x" * 1000 + b"\r\n"),
    ("é", b"$2\r\n\xc3\xa9\r\n"),
    ("\udcff", b"$1\r\n\xff\r\n"),
    (Name(b"ab"), b"$2\r\nab\r\n"),
    (bytearray(b"ab"), b"$2\r\nab\r\n"),
    (memoryview(b"ab"), b"$2\r\nab\r\n"),
    (Buffer(b"ab"), b"$2\r\nab\r\n"),
    (0, b":0\r\n"),
    (-1, b":-1\r\n"),
    ((1 << 63) - 1, b":9223372036854775807\r\n"),
    (-(1 << 63), b":-9223372036854775808\r\n"),
    (Colour.RED, b":3\r\n"),
    (None, b"$-1\r\n", b"_\r\n"),
    (NULL_ARRAY, b"*-1\r\n", b"_\r\n"),
    (OK, b"+OK\r\n"),
    (PONG, b"+PONG\r\n"),
    (QUEUED, b"+QUEUED\r\n"),
    (RESET, b"+RESET\r\n"),
    (Status(b"a\r\nb"), b"+a  b\r\n"),
    ([], b"*0\r\n"),
    ((), b"*0\r\n"),
    (
        [b"a", 1, None, [OK, [b"b"]]],
        b"*4\r\n$1\r\na\r\n:1\r\n$-1\r\n*2\r\n+OK\r\n*1\r\n$1\r\nb\r\n",
        b"*4\r\n$1\r\na\r\n:1\r\n_\r\n*2\r\n+OK\r\n*1\r\n$1\r\nb\r\n",
    ),
    ((b"a", (1,)), b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n"),
    (CommandError(errors.WRONG_TYPE), b"-" + errors.WRONG_TYPE.encode() + b"\r\n"),
    (CommandError("failed"), b"-ERR failed\r\n"),
    (CommandError("ERR a\r\nb\n"), b"-ERR a  b\r\n"),
    (CommandError(errors.unknown_argument(b"\xff")), b"-ERR Unknown argument \xff\r\n"),
    (ProtocolError(errors.INVALID_BULK_LENGTH), b"-ERR Protocol error: invalid bulk length\r\n"),
    (1.5, b"$3\r\n1.5\r\n", b",1.5\r\n"),
    (3.0, b"$1\r\n3\r\n", b",3\r\n"),
    (float("inf"), b"$3\r\ninf\r\n", b",inf\r\n"),
    (float("-inf"), b"$4\r\n-inf\r\n", b",-inf\r\n"),
    (float("nan"), b"$3\r\nnan\r\n", b",nan\r\n"),
    (True, b":1\r\n", b"#t\r\n"),
    (False, b":0\r\n", b"#f\r\n"),
    ({}, b"*0\r\n", b"%0\r\n"),
    (
        {b"a": 1, b"b": True},
        b"*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:1\r\n",
        b"%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n#t\r\n",
    ),
    ({b"a"}, b"*1\r\n$1\r\na\r\n", b"~1\r\n$1\r\na\r\n"),
    (frozenset([1]), b"*1\r\n:1\r\n", b"~1\r\n:1\r\n"),
    (
        Push([b"message", b"c", 1]),
        b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n:1\r\n",
        b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n:1\r\n",
    ),
    (Verbatim(b"a\nb"), b"$3\r\na\nb\r\n", b"=7\r\ntxt:a\nb\r\n"),
    (Verbatim(b"a", b"mkd"), b"$1\r\na\r\n", b"=5\r\nmkd:a\r\n"),
    (BigNumber(1 << 70), b"$22\r\n1180591620717411303424\r\n", b"(1180591620717411303424\r\n"),
    (Range(), b"*2\r\n$3\r\nkey\r\n*2\r\n:1\r\n$-1\r\n", b"%1\r\n$3\r\nkey\r\n*2\r\n:1\r\n_\r\n"),
]


def encoded(value, protocol):
    out = Buffer(b"before")
    encode(out, value, protocol)
    assert out.slice(0, 6) == b"before"
    return out.slice(6, len(out))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case[0])[:30])
def test_bytes(case):
    value, resp2, *resp3 = case
    assert encoded(value, 2) == resp2
    assert encoded(value, 3) == (resp3[0] if resp3 else resp2)


@pytest.mark.parametrize("value", [object(), 1j, [object()]], ids=repr)
def test_what_is_no_reply_is_refused(value):
    with pytest.raises(TypeError):
        encoded(value, 2)


def test_integers_that_fit_no_reply_are_refused():
    with pytest.raises(OverflowError):
        encoded(1 << 63, 2)


def test_aggregates_are_opened_for_the_protocol():
    out = Buffer()
    for protocol in (2, 3):
        replies.open_array(out, 2)
        replies.open_map(out, 2, protocol)
        replies.open_set(out, 2, protocol)
        replies.open_push(out, 2, protocol)
    assert bytes(out) == b"*2\r\n*4\r\n*2\r\n*2\r\n" + b"*2\r\n%2\r\n~2\r\n>2\r\n"


def test_statuses_are_equal_by_their_text():
    assert Status(b"OK") == OK != PONG
    assert OK != b"OK"
    assert {OK: 1}[Status(b"OK")] == 1
    assert repr(OK) == "Status(b'OK')"


def read_back(value, protocol):
    """What hiredis makes of a reply, which must be all of the bytes."""
    reader = hiredis.Reader()
    reader.feed(encoded(value, protocol))
    read = reader.gets()
    assert reader.gets() is False
    return read


binary = st.binary(max_size=30)
integers = st.integers(-(1 << 63), (1 << 63) - 1)
nested = st.recursive(
    binary | integers | st.none(), lambda inner: st.lists(inner, max_size=5), max_leaves=20
)


@given(nested)
def test_hiredis_reads_what_both_protocols_spell_alike(value):
    assert read_back(value, 2) == value
    assert read_back(value, 3) == value


@given(
    st.dictionaries(binary, integers | st.booleans() | st.none(), max_size=5),
    st.frozensets(binary, max_size=5),
    st.floats(allow_nan=False),
)
def test_hiredis_reads_maps_sets_and_doubles(mapping, members, double):
    assert read_back([mapping, double], 3) == [mapping, double]
    assert sorted(read_back(members, 3)) == sorted(members)
    flat = [part for pair in mapping.items() for part in pair]
    text, *rest = read_back([double, mapping], 2)
    assert float(text) == double
    assert rest == [flat]


@given(st.text(max_size=40))
def test_errors_and_statuses_stay_on_their_line(text):
    for value in (CommandError("ERR " + text.encode("utf-8", "replace").decode()), "status"):
        if value == "status":
            value = Status(text.encode("utf-8", "replace"))
        line = encoded(value, 2)
        assert line.endswith(b"\r\n")
        assert b"\r" not in line[:-2] and b"\n" not in line[:-2]
