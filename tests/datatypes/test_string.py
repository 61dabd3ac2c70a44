"""Long strings: bytes until they are edited, then a buffer; their memory is counted."""

import pytest

from rediskit.datatypes.string import String
from rediskit.structures import memory
from rediskit.structures.buffer import Buffer

CONTENT = bytes(range(256)) * 30


@pytest.mark.parametrize("edited", [False, True])
def test_both_forms_are_the_same_string(edited):
    string = String(CONTENT)
    if edited:
        string.edit()
    assert len(string) == string.size() == len(CONTENT)
    assert string.text() == bytes(string) == CONTENT
    for start, stop in ((0, 10), (100, 100), (7000, 9000), (0, len(CONTENT))):
        assert string.slice(start, stop) == CONTENT[start:stop]
    out = Buffer(b"before")
    string.encode_into(out, 2)
    assert bytes(out) == b"before$7680\r\n" + CONTENT + b"\r\n"
    assert string.encoding == b"raw"


@pytest.mark.parametrize("edited", [False, True])
def test_a_copy_is_independent(edited):
    string = String(CONTENT)
    if edited:
        string.edit()
    copy = string.copy()
    string.edit().append(b"x")
    copy.edit().write_at(0, b"Q")
    assert string.text() == CONTENT + b"x"
    assert copy.text() == b"Q" + CONTENT[1:]


def test_bytes_that_were_given_away_do_not_change():
    string = String(CONTENT)
    text = string.text()
    assert text is CONTENT
    string.edit().write_at(0, b"XYZ")
    assert text == CONTENT == bytes(range(256)) * 30


def test_memory_is_counted_and_comes_back():
    before = memory.used()
    string = String(CONTENT)
    assert memory.used() - before == string.memory > len(CONTENT)
    string.edit().append(b"x" * 100_000)
    assert memory.used() - before == string.memory > 100_000
    copy = string.copy()
    assert memory.used() - before == string.memory + copy.memory
    del string, copy
    assert memory.used() == before
