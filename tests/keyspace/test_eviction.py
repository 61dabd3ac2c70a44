"""The memory limit: what goes, when commands are refused, and what is told of it."""

import contextlib
import gc
import time

import pytest

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.keyspace.eviction import ENOUGH, ORDERS, time_limit_us

ROOM = 60_000
VALUE = "x" * 40

EVICTING = [policy for policy in ORDERS if policy != "noeviction"]


@pytest.fixture(autouse=True)
def tidy():
    """Memory is counted for the whole process: what earlier tests left must not go meanwhile."""
    gc.collect()


def limit_to(run, policy, room=ROOM):
    run(f"CONFIG SET maxmemory-policy {policy}")
    run(f"CONFIG SET maxmemory {run.server.account.used() + room}")


def keys_of(run):
    return {int(key) for key in run("KEYS *")}


def fill(run, count, timed=lambda number: False):
    refused = 0
    for number in range(count):
        time = f" PX {1_000_000 + number}" if timed(number) else ""
        try:
            run(f"SET {number} {VALUE}{time}")
        except CommandError as error:
            assert error.text == errors.OUT_OF_MEMORY
            refused += 1
    return refused


@pytest.mark.parametrize("policy", EVICTING)
def test_keys_go_as_others_come(run, policy):
    limit_to(run, policy)
    assert fill(run, 2000, lambda number: True) == 0
    assert run.server.account.used() <= run.server.eviction.limit + 4096
    kept = len(keys_of(run))
    assert 100 < kept < 1500
    assert run.server.keyspace.evicted == 2000 - kept
    run.server.keyspace.databases[0].table.check()


@pytest.mark.parametrize("policy", [policy for policy in EVICTING if "volatile" in policy])
def test_volatile_policies_spare_what_has_no_deadline(run, policy):
    limit_to(run, policy)
    fill(run, 300, lambda number: number % 2 == 0)
    for number in range(1000):
        run(f"SET t{number} {VALUE} EX 100")
    present = run("KEYS *")
    assert all(b"%d" % number in present for number in range(1, 300, 2))


@pytest.mark.parametrize("policy", ["noeviction", "volatile-lru", "volatile-ttl"])
def test_where_nothing_may_go_writing_is_refused(run, policy):
    limit_to(run, policy)
    assert fill(run, 2000) > 500
    assert run.server.keyspace.evicted == 0
    assert run("GET 7") == VALUE.encode()
    assert run("DEL " + " ".join(map(str, range(100)))) == 100
    assert run("SET again possible")


def test_no_limit_no_gate(run):
    assert run.server.dispatcher.gates.bits == 0
    limit_to(run, "allkeys-lru")
    assert run.server.dispatcher.gates.bits
    run("CONFIG SET maxmemory 0")
    assert run.server.dispatcher.gates.bits == 0


def test_the_soonest_to_expire_goes_first(run):
    limit_to(run, "volatile-ttl")
    fill(run, 2000, lambda number: True)
    kept = keys_of(run)
    assert kept == set(range(2000 - len(kept), 2000))


def test_the_longest_unused_goes_first(run):
    fill(run, 400)
    limit_to(run, "allkeys-lru", 2000)
    run("CONFIG SET maxmemory-samples 64")
    run.at(60_000)
    run.server.cron()
    used = range(0, 400, 4)
    for number in used:
        run(f"GET {number}")
    for number in range(1000, 1200):
        run(f"SET {number} {VALUE}")
    kept = keys_of(run)
    assert len(kept.intersection(used)) == len(used)
    assert run("OBJECT IDLETIME 4") == 0
    run.at(65_000)
    run.server.cron()
    assert run("OBJECT IDLETIME 4") == 5


def test_the_least_used_goes_first(run):
    run("CONFIG SET maxmemory-policy allkeys-lfu lfu-log-factor 0")
    fill(run, 400)
    used = range(0, 400, 4)
    for number in used:
        for _ in range(5):
            run(f"GET {number}")
    assert run("OBJECT FREQ 4") > run("OBJECT FREQ 5")
    limit_to(run, "allkeys-lfu", 2000)
    run("CONFIG SET maxmemory-samples 64")
    for number in range(1000, 1200):
        run(f"SET {number} {VALUE}")
    assert keys_of(run).issuperset(used)


def test_random_policies_take_turns_among_databases(run):
    for number in range(3):
        run(f"SELECT {number}")
        fill(run, 300)
    limit_to(run, "allkeys-random", 2000)
    fill(run, 500)
    sizes = [len(database) for database in run.server.keyspace.databases[:3]]
    assert min(sizes) > 50 and max(sizes[:2]) < 250


def test_evictions_are_announced_and_handed_on(run):
    limit_to(run, "allkeys-random")
    fill(run, 2000)
    evicted = [key for event, key in run.events if event == "evicted"]
    assert len(evicted) == run.server.keyspace.evicted > 0
    deletions = [request for request in run.requests if request.startswith(b"DEL ")]
    assert deletions == [b"DEL " + key for key in evicted]


def test_the_latency_monitor_is_told_how_long_it_takes(run):
    events = run.server.latency.events
    limit_to(run, "allkeys-random")
    fill(run, 2000)
    assert run.server.keyspace.evicted and not events
    run("CONFIG SET latency-monitor-threshold 1")
    run.server.keyspace.before_eviction = lambda database, key: time.sleep(0.0011)
    while "eviction-cycle" not in events:
        fill(run, 100)
    assert {"eviction-cycle", "eviction-del"} <= set(events)
    assert events["eviction-cycle"].longest_ms >= events["eviction-del"].longest_ms >= 1


def test_expirations_are_handed_on(run):
    run("SET a 1 PX 10")
    run("SET b 1 PX 20")
    run("SET c 1 PX 20")
    run.at(10)
    assert run.handed_on("GET a") == [b"DEL a"]
    run.at(20)
    del run.requests[:]
    while run.server.keyspace.expire_cycle():
        pass  # The machine was busy with something else in its time.
    assert sorted(run.requests) == [b"DEL b", b"DEL c"]


def test_a_limit_far_below_is_reached_in_slices(run):
    run.server.log = log = Lines()
    fill(run, 3000)
    run("CONFIG SET maxmemory-policy allkeys-lru maxmemory-eviction-tenacity 0")
    run("CONFIG SET maxmemory 1")
    assert "smaller than the current memory usage" in log.lines[0]
    assert run("DBSIZE") > 2000
    eviction = run.server.eviction
    run.server.clock.tick()
    assert eviction.current_excess_ms() <= eviction.total_excess_ms() < 60_000
    run("CONFIG SET maxmemory " + str(run.server.account.used() - 50_000))
    run.server.loop.call_later(50, run.server.loop.stop)
    run.server.loop.run()
    assert eviction.missing() <= 0 < run("DBSIZE")
    assert eviction.make_room() == ENOUGH
    assert eviction.current_excess_ms() == 0 <= eviction.total_excess_ms()


class Lines:
    """A log that keeps its warnings."""

    level = 3

    def __init__(self):
        self.lines = []

    def warning(self, line):
        """Keeps a line."""
        self.lines.append(line)


def test_nothing_is_evicted_while_clients_are_paused(run):
    fill(run, 1000)
    run("CONFIG SET maxmemory-policy allkeys-lru")
    run("CLIENT PAUSE 100000 WRITE")
    run("CONFIG SET maxmemory 1")
    run("PING")
    assert run("DBSIZE") == 1000
    run("CLIENT UNPAUSE")
    run("PING")
    assert run("DBSIZE") < 1000


def test_what_was_flushed_is_freed_before_keys_go(run):
    fill(run, 20000)
    run("FLUSHALL ASYNC")
    fill(run, 100)
    assert run.server.keyspace.pending_objects() == 20000
    run("CONFIG SET maxmemory-policy allkeys-lru maxmemory-eviction-tenacity 100")
    run(f"CONFIG SET maxmemory {run.server.account.used() - 500_000}")
    run("PING")
    assert run("DBSIZE") == 100
    assert run.server.keyspace.pending_objects() < 20000


@pytest.mark.parametrize(("tenacity", "microseconds"), [(0, 0), (10, 500), (11, 575), (20, 2022)])
def test_time_limits(tenacity, microseconds):
    assert time_limit_us(tenacity) == microseconds


def test_there_may_be_no_time_limit():
    assert time_limit_us(100) > 1 << 50
    assert 10**6 < time_limit_us(99) < 10**9


def test_references_to_integers_depend_on_the_policy(run):
    run("SET n 5")
    assert run("OBJECT REFCOUNT n") > 1
    run("CONFIG SET maxmemory 1gb maxmemory-policy allkeys-lru")
    assert run("OBJECT REFCOUNT n") == 1
    run("CONFIG SET maxmemory-policy allkeys-random")
    assert run("OBJECT REFCOUNT n") > 1


def test_what_observers_take_makes_no_more_keys_go(run):
    fill(run, 1000)
    client = run.server.client()
    run.server.keyspace.observers.append(lambda *_: client.output.append(b"x" * 1000))
    run("CONFIG SET maxmemory-policy allkeys-lru maxmemory-eviction-tenacity 100")
    run.server.eviction.limit = run.server.account.used() - 5000
    run.server.eviction.make_room()
    assert 1000 > len(run.server.keyspace.databases[0]) > 800


def test_only_changes_count_as_accesses_where_what_was_changed_last_stays(run):
    run("CONFIG SET maxmemory-policy allkeys-lrm")
    run("MSET text v number 1")
    run("RPUSH list a")
    run.at(10_000)
    run.server.keyspace.tick_access()
    for line in ("GET text", "LRANGE list 0 -1", "TOUCH number", "SADD none"):
        with contextlib.suppress(CommandError):
            run(line)
    idle = ["OBJECT IDLETIME text", "OBJECT IDLETIME list", "OBJECT IDLETIME number"]
    assert [run(line) for line in idle] == [10, 10, 10]
    for line in ("APPEND text x", "RPUSH list b", "INCR number"):
        run(line)
    assert [run(line) for line in idle] == [0, 0, 0]
    run.at(20_000)
    run.server.keyspace.tick_access()
    run.server.keyspace.leave_access(True)
    run.server.keyspace.leave_access(False)
    run("GET text")
    assert run("OBJECT IDLETIME text") == 10
    run("CONFIG SET maxmemory-policy allkeys-lru")
    run("GET text")
    assert run("OBJECT IDLETIME text") == 0


def test_what_was_changed_longest_ago_goes_first(run):
    limit_to(run, "allkeys-lrm")
    run("RPUSH written a")
    run("RPUSH read a")
    for number in range(2000):
        if number % 50 == 0:
            run.at(1000 * number)
            run.server.keyspace.tick_access()
            run("RPUSH written b")
            run("LTRIM written -1 -1")
        run(f"SET {number} {VALUE}")
        run("LLEN read")
    assert run("EXISTS written read") == 1 and run("EXISTS written") == 1
