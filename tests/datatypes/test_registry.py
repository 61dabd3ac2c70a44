"""Each type of values has one row, and all of its classes keep what the registry promises."""

import pytest

from rediskit.datatypes.registry import DATATYPES, INLINE, NAMED, OF_CLASS, datatype_of, pieces_of
from rediskit.keyspace.digest import Digest
from tests.support.stores import Store

FILL = {
    b"string": "SET k " + "x" * 5000,
    b"list": "RPUSH k a b",
    b"set": "SADD k a b",
    b"zset": "ZADD k 1 a 2 b",
    b"hash": "HSET k a 1 b 2",
    b"stream": "XADD k 1-1 a b",
}


def test_no_two_rows_share_anything():
    for attribute in ("name", "number", "event_class"):
        assert len({getattr(row, attribute) for row in DATATYPES}) == len(DATATYPES)
    assert sum(len(row.classes) for row in DATATYPES) == len(OF_CLASS)
    assert sum(len(row.events) for row in DATATYPES) == len(
        {event for row in DATATYPES for event in row.events}
    )
    assert FILL.keys() == NAMED.keys()


@pytest.mark.parametrize("row", DATATYPES, ids=lambda row: row.name.decode())
def test_a_value_keeps_what_the_registry_promises(row):
    store = Store()
    store.run(*FILL[row.name].split())
    value = store.keyspace.databases[0].peek_value(b"k")
    assert datatype_of(value) is row and type(value) not in INLINE
    assert store.run("TYPE", "k").text == row.name
    assert store.run("SCAN", "0", "TYPE", row.name.upper())[1] == [b"k"]
    others = [other.name for other in DATATYPES if other is not row]
    assert not any(store.run("SCAN", "0", "TYPE", name)[1] for name in [*others, b"none"])
    assert value.encoding in row.compact or not row.compact
    assert pieces_of(value) == 1
    one, other = Digest(), Digest()
    value.digest_into(one)
    value.copy().digest_into(other)
    assert str(one) == str(other) != str(Digest())
    assert value.memory > 0


def test_integers_and_short_strings_are_strings():
    assert datatype_of(5) is datatype_of(b"x") is NAMED[b"string"]
