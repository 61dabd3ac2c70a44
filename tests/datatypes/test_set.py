"""The type set: encodings, copies, replies. What its members do is in structures/test_members."""

import random

import pytest

from rediskit.datatypes.limits import Limits
from rediskit.datatypes.set import Draws, MemberReply, Set
from rediskit.keyspace.digest import Digest
from rediskit.protocol.replies import encode
from rediskit.structures.buffer import Buffer


@pytest.fixture
def limits():
    limits = Limits()
    limits.set_integers, limits.set_entries, limits.set_value = 3, 5, 10
    return limits


def set_of(values, limits):
    found = Set()
    for value in values:
        found.put(value, limits)
    return found


def reply_of(value, protocol):
    out = Buffer()
    encode(out, value, protocol)
    return bytes(out)


def test_encodings(limits):
    assert set_of([b"1", b"2", b"3"], limits).encoding == b"intset"
    assert set_of([b"1", b"2", b"3", b"4"], limits).encoding == b"hashtable"
    assert set_of([b"a", b"2", b"3", b"4", b"5"], limits).encoding == b"listpack"
    assert set_of([b"a", b"2", b"3", b"4", b"5", b"6"], limits).encoding == b"hashtable"
    assert set_of([b"a", b"b" * 11], limits).encoding == b"hashtable"


@pytest.mark.parametrize("values", [[b"1", b"2"], [b"a", b"2"], [b"%d" % n for n in range(50)]])
def test_a_copy_is_independent(values, limits):
    original = set_of(values, limits)
    copy = original.copy()
    assert type(copy) is Set and copy.encoding == original.encoding
    assert set(copy) == set(original) == set(values)
    copy.put(b"other", limits)
    original.remove(values[0])
    assert set(original) == set(values[1:])
    assert set(copy) == {*values, b"other"}


def test_equal_sets_have_equal_digests(limits):
    values = [b"%d" % number for number in range(4)]
    digests = set()
    for order in (values, values[::-1]):
        for bounds in (2, 100):
            limits.set_integers = bounds
            digest = Digest()
            set_of(order, limits).digest_into(digest)
            digests.add(str(digest))
    assert len(digests) == 1


def test_a_reply_is_a_set_or_an_array(limits):
    members = set_of([b"1", b"22"], limits)
    body = b"$1\r\n1\r\n$2\r\n22\r\n"
    for source in (members, [b"1", b"22"]):
        assert reply_of(MemberReply(source), 2) == b"*2\r\n" + body
        assert reply_of(MemberReply(source), 3) == b"~2\r\n" + body
        assert reply_of(MemberReply(source, is_set=False), 3) == b"*2\r\n" + body
        assert MemberReply(source) == {b"22", b"1"} and len(MemberReply(source)) == 2
        assert MemberReply(source, is_set=False) == [b"1", b"22"]
        assert list(MemberReply(source)) == [b"1", b"22"] and b"1" in MemberReply(source)


def test_draws(limits):
    members = set_of([b"1", b"2", b"3"], limits)
    draws = Draws(members, 500)
    assert len(draws) == 500 == len(list(draws))
    assert set(draws) == {b"1", b"2", b"3"}
    reply = reply_of(draws, 3)
    assert reply.startswith(b"*500\r\n") and reply.count(b"$1\r\n") == 500


def test_random_steps_against_a_set(limits):
    generator = random.Random(11)
    for _ in range(20):
        model, ours = set(), Set()
        names = [b"%d" % n for n in range(6)] + [b"name %d" % n for n in range(8)]
        for _ in range(80):
            name = generator.choice(names)
            match generator.randrange(6):
                case 0 | 1 | 2:
                    assert ours.put(name, limits) == (name not in model)
                    model.add(name)
                case 3:
                    assert ours.remove(name) == (name in model)
                    model.discard(name)
                case 4:
                    taken = ours.take(generator.randrange(4), limits)
                    assert set(taken) <= model
                    model.difference_update(taken)
                case 5:
                    ours = ours.copy()
            ours.check()
            assert set(ours) == model
            assert not model or ours.encoding in (b"intset", b"listpack", b"hashtable")
