"""A command that fails for want of memory leaves no key behind that is empty or half filled.

Each command that makes a key is run with its first, its second ... allocation failing, until it
gets by. After each failure all data are what they were.
"""

import pytest

from rediskit.structures import memory
from tests.support.stores import Store

MOST_ALLOCATIONS = 300

FILL = [
    "SET s 5",
    "SET bits abc",
    "RPUSH l a b c",
    "SADD t a b c 7",
    "SADD numbers 1 2 3",
    "ZADD z 1 a 2 b 3 c",
    "HSET h f v n 5",
    "PFADD pf a b c",
    "GEOADD g 13.361389 38.115556 p 15.087269 37.502669 c",
]
LONG = "x" * 5000
MANY = " ".join(f"{number} {'y' * 70}{number}" for number in range(600))

LINES = [
    "SET new v",
    f"SET new {LONG}",
    "SETEX new 100 v",
    "SETNX new v",
    "GETSET new v",
    "MSET new v",
    "MSETNX new v",
    "APPEND new v",
    f"APPEND new {LONG}",
    "SETRANGE new 5 v",
    "SETRANGE new 5000 v",
    "INCR new",
    "INCRBYFLOAT new 1.5",
    "SETBIT new 7 1",
    "SETBIT new 70000 1",
    "BITFIELD new SET u8 0 5",
    "BITFIELD new SET u8 80000 5",
    "BITOP NOT new bits",
    "LPUSH new a b c",
    f"LPUSH new a {LONG} b",
    "RPUSH new a",
    f"RPUSH new {MANY}",
    "LMOVE l new LEFT LEFT",
    "RPOPLPUSH l new",
    "BLMOVE l new LEFT LEFT 0",
    "BRPOPLPUSH l new 0",
    "SORT l ALPHA STORE new",
    "SADD new a b c",
    "SADD new 1 2 3",
    f"SADD new {MANY}",
    "SMOVE t new a",
    "SMOVE t new 7",
    "SMOVE t numbers a",
    "SINTERSTORE new t t",
    "SUNIONSTORE new t numbers",
    "SDIFFSTORE new t numbers",
    "HSET new f v",
    "HSET new f v g w",
    f"HSET new {MANY}",
    "HMSET new f v",
    "HSETNX new f v",
    "HINCRBY new f 1",
    "HINCRBYFLOAT new f 1.5",
    "ZADD new 1 a",
    "ZADD new NX 1 a 2 b",
    f"ZADD new {MANY}",
    "ZINCRBY new 1 a",
    "ZADD new INCR 1 a",
    "ZRANGESTORE new z 0 -1",
    "ZUNIONSTORE new 2 z t",
    "ZINTERSTORE new 2 z t",
    "ZDIFFSTORE new 2 z none",
    "GEOADD new 13 38 p",
    "GEOSEARCHSTORE new g FROMLONLAT 15 37 BYRADIUS 200 km",
    "GEORADIUS g 15 37 200 km STORE new",
    "PFADD new a b",
    "PFADD new",
    "PFMERGE new pf",
    "COPY s new",
    "COPY l new",
    "COPY t new",
    "COPY h new",
    "COPY z new",
    "COPY l s REPLACE",
    "RENAME l new",
    "RENAMENX h new",
    "MOVE z 1",
]


@pytest.fixture
def store():
    store = Store()
    for line in FILL:
        store.run(*line.split())
    yield store
    memory.fail_at(0)


def insist(store, words):
    """Runs a command in spite of failing allocations; how many failed."""
    before = store.digest()
    for failing in range(1, MOST_ALLOCATIONS):
        memory.fail_at(failing)
        try:
            store.run(*words)
        except MemoryError:
            memory.fail_at(0)
            assert store.digest() == before, f"with allocation {failing} failing"
            assert store.run("EXISTS", "new") == 0
            store.check()
            continue
        memory.fail_at(0)
        assert store.digest() != before
        return failing - 1
    raise AssertionError("it never gets by")


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:50])
def test_a_command_that_fails_makes_no_key(store, line):
    assert insist(store, line.split()) > 0
    store.check()


def test_what_needs_no_memory_gets_by(store):
    assert insist(store, ["RENAME", "l", "s"]) == 0
    store.check()


def test_restore(store):
    for key in ("s", "l", "t", "numbers", "z", "h"):
        payload = store.run("DUMP", key)
        assert insist(store, ["RESTORE", "new", "0", payload]) > 0
        store.run("DEL", "new")
        assert insist(store, ["RESTORE", "bits", "0", payload, "REPLACE"]) > 0
        store.run("SET", "bits", "abc")
