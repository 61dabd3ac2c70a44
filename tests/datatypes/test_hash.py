"""The type hash: encodings, copies, replies. What its fields do is in structures/test_mapping."""

import pytest

from rediskit.datatypes.hash import Hash, HashColumn, HashDraws, HashPairs
from rediskit.keyspace.digest import Digest
from rediskit.protocol.replies import encode
from rediskit.structures.buffer import Buffer
from rediskit.structures.mapping import FIELDS, VALUES


def hash_of(pairs, most=100):
    found = Hash()
    for field, value in pairs.items():
        found.put(field, value, most, 64)
    return found


def reply_of(value, protocol):
    out = Buffer()
    encode(out, value, protocol)
    return bytes(out)


def test_encodings():
    found = hash_of({b"a": b"1", b"b": b"2"})
    assert found.encoding == b"listpack"
    found.set_deadline(b"a", 1000)
    assert found.encoding == b"listpackex"
    found.set_deadline(b"a", -1)
    assert found.encoding == b"listpackex"
    assert hash_of({b"a": b"1", b"b": b"2"}, 1).encoding == b"hashtable"


@pytest.mark.parametrize("most", [100, 1])
def test_copies_are_independent(most):
    found = hash_of({b"a": b"1", b"b": b"2"}, most)
    found.set_deadline(b"a", 1000)
    copy = found.copy()
    assert type(copy) is Hash and copy.encoding == found.encoding
    assert dict(copy.items()) == dict(found.items()) and copy.deadline(b"a") == 1000
    copy.put(b"a", b"3", 100, 64)
    assert found.get(b"a") == b"1" and found.deadline(b"a") == 1000 and copy.deadline(b"a") == -1


def test_digests_do_not_depend_on_order_or_form():
    def digest(found):
        total = Digest()
        found.digest_into(total)
        return str(total)

    one = hash_of({b"a": b"1", b"b": b"2"})
    other = hash_of({b"b": b"2", b"a": b"1"}, 1)
    assert digest(one) == digest(other) != digest(hash_of({b"a": b"2", b"b": b"1"}))
    one.set_deadline(b"a", 1000)
    assert digest(one) != digest(other)
    other.set_deadline(b"a", 2000)
    assert digest(one) == digest(other)


def test_all_of_a_hash_as_a_reply_and_as_a_mapping():
    pairs = HashPairs(hash_of({b"a": b"1", b"b": b"2"}))
    assert pairs == {b"a": b"1", b"b": b"2"} == dict(pairs)
    assert len(pairs) == 2 and list(pairs) == pairs.keys() == [b"a", b"b"]
    assert pairs.values() == [b"1", b"2"] and pairs[b"b"] == b"2"
    with pytest.raises(KeyError):
        pairs[b"c"]
    texts = b"$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n"
    assert reply_of(pairs, 2) == b"*4\r\n" + texts
    assert reply_of(pairs, 3) == b"%2\r\n" + texts


def test_columns_as_replies_and_as_lists():
    found = hash_of({b"a": b"1", b"b": b"2"})
    fields, values = HashColumn(found, FIELDS), HashColumn(found, VALUES)
    assert fields == [b"a", b"b"] and values == [b"1", b"2"] and len(values) == 2
    for protocol in (2, 3):
        assert reply_of(fields, protocol) == b"*2\r\n$1\r\na\r\n$1\r\nb\r\n"
        assert reply_of(values, protocol) == b"*2\r\n$1\r\n1\r\n$1\r\n2\r\n"


def test_draws_as_replies_and_as_lists():
    found = hash_of({b"a": b"1"})
    assert list(HashDraws(found, 3, False)) == [b"a"] * 3
    assert list(HashDraws(found, 2, True)) == [[b"a", b"1"]] * 2
    assert len(HashDraws(found, 2, True)) == 2
    for protocol in (2, 3):
        assert reply_of(HashDraws(found, 2, False), protocol) == b"*2\r\n" + b"$1\r\na\r\n" * 2
    pair = b"$1\r\na\r\n$1\r\n1\r\n"
    assert reply_of(HashDraws(found, 2, True), 2) == b"*4\r\n" + pair * 2
    assert reply_of(HashDraws(found, 2, True), 3) == b"*2\r\n" + (b"*2\r\n" + pair) * 2
