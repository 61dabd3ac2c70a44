"""Words and quotes of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit.config.quoting import quote, split

LINES = [
    (b"", []),
    (b" \t ", []),
    (b"a b", [b"a", b"b"]),
    (b"  a\tb\r\n", [b"a", b"b"]),
    (b'"a b" c', [b"a b", b"c"]),
    (b'""', [b""]),
    (b"'' \"\"", [b"", b""]),
    (rb'"\x41\n\r\t\b\a\"\\\q"', [b'A\n\r\t\b\a"\\q']),
    (rb'"\x4"', [b"x4"]),
    (rb'"\xzz"', [b"xzz"]),
    (rb"'it\'s \n'", [rb"it's \n"]),
    (b'a"b c"', [b"ab c"]),
    (b'"a"b', None),
    (b"'a'b", None),
    (b'"a', None),
    (b"'a", None),
    (rb'"a\"', None),
    (b"a\0b", [b"a"]),
    (b"a\vb", [b"a\vb"]),
    (b"a \v b", [b"a", b"b"]),
]


@pytest.mark.parametrize(("line", "words"), LINES)
def test_split(line, words):
    assert split(line) == words


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_split_reads_what_quote_writes(words):
    assert split(b" ".join([quote(word) for word in words])) == words


@given(st.binary(max_size=20))
def test_quoted_text_is_printable(text):
    assert all(32 <= code < 127 for code in quote(text))


@given(st.binary(max_size=30))
def test_split_takes_any_bytes(line):
    words = split(line)
    assert words is None or all(isinstance(word, bytes) for word in words)
