"""The writer: in slices beside changes, in the child of a fork, and what it writes of accesses."""

import gc
import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.rdb.snapshot import snapshot_writer
from tests.support.stores import Store

KEYS = [f"key:{n}" for n in range(400)]


def in_slices(writer, size, between):
    """All that a writer writes, in slices of so many bytes, with something done between them."""
    content = b""
    while writer.write_some(size):
        content += writer.take()
        between()
    return content + writer.take()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3000), st.randoms(use_true_random=False))
def test_slices_are_of_the_moment_they_were_begun_at(size, rng):
    store = Store()
    for key in rng.sample(KEYS, 200):
        change(store, rng, key)
    wanted = store.digest()
    writer = snapshot_writer(store.keyspace)

    def between():
        for _ in range(rng.randint(0, 20)):
            key, number = rng.choice(KEYS), rng.randint(0, 1)
            store.run("SELECT", number)
            writer.before_change(number, key.encode())
            change(store, rng, key)

    content = in_slices(writer, size, between)
    other = Store()
    other.load_bytes(content)
    other.check()
    assert other.digest() == wanted


def change(store, rng, key):
    """Makes, changes or removes a key."""
    words = rng.choice(
        [
            ["SET", key, rng.randint(0, 9)],
            ["SET", key, "x" * rng.randint(0, 6000)],
            ["DEL", key],
            ["APPEND", key, "more"],
            ["SADD", key, rng.randint(0, 99)],
            ["SET", key, "v", "PX", 10_000_000],
        ]
    )
    if words[0] == "SADD":
        store.run("DEL", key)
    elif words[0] == "APPEND" and store.run("TYPE", key).text != b"string":
        return
    store.run(*words)


def test_slices_of_a_growing_table_meet_each_key_once():
    store = Store()
    for number in range(2000):
        store.run("SET", f"first:{number}", number)
    wanted = store.digest()
    writer = snapshot_writer(store.keyspace)
    rng = random.Random(1)

    def between():
        for _ in range(300):
            key = f"later:{rng.randint(0, 10**6)}".encode()
            writer.before_change(0, key)
            store.run("SET", key, "v")

    content = in_slices(writer, 1000, between)
    other = Store()
    other.load_bytes(content)
    assert other.digest() == wanted
    assert writer.keys_written == 2000


def test_slices_of_a_shrinking_table():
    store = Store()
    for number in range(5000):
        store.run("SET", f"k:{number}", number)
    wanted = store.digest()
    writer = snapshot_writer(store.keyspace)
    keys = [f"k:{number}".encode() for number in range(5000)]
    random.Random(1).shuffle(keys)

    def between():
        for _ in range(150):
            if keys:
                key = keys.pop()
                writer.before_change(0, key)
                store.run("DEL", key)

    content = in_slices(writer, 2000, between)
    other = Store()
    other.load_bytes(content)
    assert other.digest() == wanted


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu"])
def test_accesses(policy):
    store, other = Store("--maxmemory-policy", policy), Store("--maxmemory-policy", policy)
    option, command, value = (
        ("IDLETIME", "IDLETIME", 1234) if "lru" in policy else ("FREQ", "FREQ", 77)
    )
    store.run("SET", "k", "v")
    store.run("RESTORE", "k", 0, store.run("DUMP", "k"), "REPLACE", option, value)
    other.load_bytes(store.snapshot(marks_access=True))
    assert other.run("OBJECT", command, "k") == pytest.approx(value, abs=1)
    plain = Store("--maxmemory-policy", policy)
    plain.load_bytes(store.snapshot())
    assert plain.run("OBJECT", command, "k") != value


@pytest.mark.parametrize(
    ("words", "version"),
    [
        (["HPEXPIRE", "h", 10_000_000, "FIELDS", 1, "f"], 12),
        (["HPEXPIRE", "large", 10_000_000, "FIELDS", 1, "x"], 12),
        (["PEXPIRE", "h", 10_000_000], 10),
    ],
)
def test_version_is_the_oldest(words, version):
    store = Store()
    store.run("HSET", "h", "f", "v", "g", "w")
    store.run("HSET", "large", "x" * 100, "v", "x", "v")
    store.run(*words)
    content = store.snapshot()
    assert content.startswith(b"REDIS00%d" % version)
    other = Store()
    other.load_bytes(content)
    other.check()
    assert other.digest() == store.digest()
    for key in ("h", "large"):
        fields = store.run("HKEYS", key)
        asked = ["HPEXPIRETIME", key, "FIELDS", len(list(fields)), *fields]
        assert other.run(*asked) == store.run(*asked)


def private_kilobytes():
    """Memory of this process that it shares with nobody and has written to."""
    total = 0
    with open("/proc/self/smaps_rollup") as file:
        for line in file:
            if line.startswith("Private_Dirty:"):
                total += int(line.split()[1])
    return total


def test_child_of_a_fork_copies_no_data(tmp_path):
    """A reference counted for each object would copy every page that one is in."""
    store = Store()
    elements = [w for n in range(140) for w in (n, f"m{n}")]
    for number in range(1500):
        store.run("SET", f"long:{number}", b"%d" % number * 2000)
        store.run("RPUSH", f"list:{number}", *elements)
        store.run("HSET", f"hash:{number}", *elements, "long", "x" * 90)
        store.run("SADD", f"set:{number}", *elements)
        store.run("ZADD", f"zset:{number}", *elements)
    gc.collect()
    gc.freeze()
    reader, answer = os.pipe()
    with (tmp_path / "d.rdb").open("wb") as file:
        writer = snapshot_writer(store.keyspace, file.fileno())
        child = os.fork()
        if child == 0:
            before = private_kilobytes()
            writer.write_some()
            os.write(answer, b"%d" % (private_kilobytes() - before))
            os._exit(0)
    os.waitpid(child, 0)
    gc.unfreeze()
    copied = int(os.read(reader, 100))
    os.close(reader)
    os.close(answer)
    assert copied < 2000
    other = Store()
    other.load(tmp_path / "d.rdb")
    assert other.run("DBSIZE") == store.run("DBSIZE")
