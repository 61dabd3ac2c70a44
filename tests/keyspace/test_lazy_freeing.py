"""Large values that are freed later, in slices: UNLINK and the directives lazyfree-lazy-..."""

import pytest

from rediskit.datatypes.hash import Hash
from rediskit.datatypes.list import List
from rediskit.datatypes.set import Set
from rediskit.datatypes.sorted_set import SortedSet
from rediskit.structures.memory import within

COUNT = 10_000

LARGE = {
    "list": ("RPUSH", "{0}"),
    "set": ("SADD", "m{0}"),
    "zset": ("ZADD", "{0} m{0}"),
    "hash": ("HSET", "f{0} v"),
}


def make(run, key, kind, count=COUNT):
    name, form = LARGE[kind]
    run(f"{name} {key} " + " ".join(form.format(number) for number in range(count)))


def free_all(run):
    with within(run.server.account):
        for _ in range(10_000):
            if not run.server.keyspace.free_some():
                return
    raise AssertionError("never freed")


@pytest.mark.parametrize("kind", LARGE)
def test_unlink_frees_large_values_later(run, kind):
    used = run.server.account.used()
    make(run, "k", kind)
    assert run.server.account.used() > used + 10_000
    assert run.told("UNLINK k missing") == "del"
    assert run("EXISTS k") == 0
    keyspace = run.server.keyspace
    assert keyspace.pending_objects() == 1 and keyspace.freed_objects == 0
    assert run.server.account.used() > used + 10_000
    free_all(run)
    assert keyspace.pending_objects() == 0 and keyspace.freed_objects == 1
    assert run.server.account.used() < used + 5000


@pytest.mark.parametrize("kind", LARGE)
def test_del_and_small_values_are_freed_at_once(run, kind):
    make(run, "k", kind)
    run("DEL k")
    make(run, "k", kind, 60)
    run("SET s x")
    run("UNLINK k s")
    assert run.server.keyspace.pending_objects() == 0


@pytest.mark.parametrize(
    ("directive", "line"),
    [
        ("user-del", "DEL k"),
        ("server-del", "SET k x"),
        ("server-del", "RENAME other k"),
        ("expire", "GET k"),
    ],
)
def test_directives_decide(run, directive, line):
    for setting in ("no", "yes"):
        run("FLUSHALL")
        run("SET other x")
        make(run, "k", "set")
        run(f"CONFIG SET lazyfree-lazy-{directive} {setting}")
        if directive == "expire":
            run("PEXPIRE k 1")
            run.at(run.server.clock.now_ms - 1_700_000_000_000 + 5)
        requests = run.handed_on(line)
        assert run.server.keyspace.pending_objects() == (setting == "yes")
        if directive == "expire":
            assert requests == [b"UNLINK k" if setting == "yes" else b"DEL k"]
    free_all(run)


def test_keys_that_expire_by_themselves_are_freed_later_too(run):
    run("CONFIG SET lazyfree-lazy-expire yes")
    run.server.keyspace.observers.clear()
    run.server.keyspace.changes.takers.clear()
    make(run, "k", "hash")
    run("PEXPIRE k 1")
    run.at(1)
    run.server.keyspace.expire_cycle()
    assert run("DBSIZE") == 0
    assert run.server.keyspace.pending_objects() == 1


def test_evicted_values_are_freed_before_more_keys_go(run):
    for number in range(20):
        make(run, f"k{number}", "zset", 2000)
    run("CONFIG SET maxmemory-policy allkeys-random lazyfree-lazy-eviction yes")
    limit = run.server.account.used() - 100_000
    run(f"CONFIG SET maxmemory {limit} maxmemory-eviction-tenacity 100")
    for _ in range(50):
        run("PING")
        free_all(run)
    keyspace = run.server.keyspace
    assert keyspace.freed_objects == keyspace.evicted == 20 - run("DBSIZE") > 0
    assert run.server.eviction.missing() <= 0
    assert any(request.startswith(b"UNLINK k") for request in run.requests)


def test_a_server_that_runs_frees_without_being_asked(run):
    make(run, "k", "set")
    run("UNLINK k")
    run.server.loop.call_later(100, run.server.loop.stop)
    run.server.loop.run()
    assert run.server.keyspace.pending_objects() == 0
    run("CONFIG RESETSTAT")
    assert run.server.keyspace.freed_objects == 0


def filled(kind, count):
    if kind is List:
        values = List()
        values.extend([b"%d" % number for number in range(count)], -2)
        return values
    values = kind()
    for number in range(count):
        if kind is Set:
            values.add(b"m%d" % number, 10, 10, 10)
        elif kind is SortedSet:
            values.add(b"m%d" % number, number, 0, 10, 10)
        else:
            values.put(b"f%d" % number, b"v", 10, 10)
    return values


@pytest.mark.parametrize("kind", [List, Set, SortedSet, Hash])
@pytest.mark.parametrize("count", [0, 5, 3000])
@pytest.mark.parametrize("limit", [1, 100, 5000])
def test_slices_of_a_container(kind, count, limit):
    values = filled(kind, count)
    left, calls = len(values), 0
    while left:
        before, left = left, values.clear_some(limit)
        assert left <= before and (kind is SortedSet or left == len(values))
        calls += 1
    assert calls <= 2 * count // limit + 600
    del values
