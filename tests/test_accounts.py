"""The memory of each server is its own: what it uses, its peak, its limit and what that evicts."""

import gc
import threading

import pytest

from rediskit.config.configuration import Configuration
from rediskit.errors import CommandError
from rediskit.operations.info import MemoryFigures
from rediskit.server import Server
from rediskit.structures import memory

VALUE = b"v" * 100
KEYS = 2000
GROUP = 128  # more than that leave the small form


class One:
    """A server and a client of it."""

    def __init__(self, **directives):
        config = Configuration()
        config.set_many(directives)
        self.server = Server(config)
        self.client = self.server.client()

    def __call__(self, *words):
        return self.server.execute(self.client, *[word.encode() for word in words])

    @property
    def used(self):
        """What INFO shows as used_memory."""
        return MemoryFigures(self.server).used

    def fill(self, count=KEYS):
        """Strings, and a container of each kind."""
        for number in range(count):
            self.server.execute(self.client, b"SET", b"key:%d" % number, VALUE)
        for number in range(GROUP * 2):
            self("RPUSH", "list", f"element:{number}")
            self("SADD", "set", f"member:{number}")
            self("ZADD", "zset", str(number), f"member:{number}")
            self("HSET", "hash", f"field:{number}", "value")
        self("APPEND", "text", "x" * 50_000)
        self("EXPIRE", "text", "1000")


@pytest.fixture
def pair():
    """Two servers."""
    gc.collect()  # what others have left shall not go meanwhile
    servers = One(), One()
    yield servers
    for each in servers:
        each.server.loop.close()


def allocated():
    return memory.statistics()["allocated"]


def test_what_one_server_holds_is_not_counted_by_another(pair):
    one, other = pair
    before, own, total = other.used, one.used, allocated()
    one.fill()
    assert one.used - own > KEYS * len(VALUE)
    assert other.used == before
    assert allocated() - total == one.used - own
    one("FLUSHALL", "SYNC")
    assert one.used - own < 100
    assert other.used == before


def test_peaks_and_the_bytes_at_the_start_are_each_server_s_own(pair):
    one, other = pair
    assert one.server.statistics.startup_bytes == other.server.statistics.startup_bytes
    one.fill()
    figures = MemoryFigures(other.server)
    assert figures.peak - figures.startup < 1000
    one("FLUSHALL", "SYNC")
    assert MemoryFigures(one.server).peak > KEYS * len(VALUE)
    one("CONFIG", "RESETSTAT")
    assert MemoryFigures(one.server).peak == one.used
    assert One().server.statistics.startup_bytes == figures.startup


def test_the_account_is_left_again(pair):
    one, _ = pair
    before = memory.current_account()
    one("SET", "k", "v")
    with pytest.raises(CommandError):
        one("INCR", "k")
    one.server.loop.skip_sleep()
    one.server.loop.turn()
    assert memory.current_account() is before
    with memory.within(one.server.account):
        assert memory.current_account() is one.server.account
        assert memory.used() == one.server.account.used()
    assert memory.current_account() is before


def test_timers_and_hooks_run_in_the_account_of_their_loop(pair):
    one, other = pair
    seen = []
    one.server.loop.before_sleep.append(lambda: seen.append(memory.current_account()))
    one.server.loop.call_later(0, lambda: seen.append(memory.current_account()))
    with memory.within(other.server.account):
        one.server.loop.turn()
    assert seen == [one.server.account] * 2


def test_each_limit_evicts_the_keys_of_its_own_server(pair):
    one, other = pair
    for each in pair:
        each.fill()
    limit = one.used - KEYS * len(VALUE) // 2
    one("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory-eviction-tenacity", "100")
    one("CONFIG", "SET", "maxmemory", str(limit))
    other("CONFIG", "SET", "maxmemory", str(10 * limit), "maxmemory-policy", "allkeys-lru")
    keys = other("DBSIZE")
    one("SET", "another", "v")
    assert one.used <= limit
    assert one.server.keyspace.evicted > KEYS / 4
    other("SET", "another", "v")
    assert other.server.keyspace.evicted == 0
    assert other("DBSIZE") == keys + 1


def test_a_full_server_refuses_and_the_other_does_not(pair):
    one, other = pair
    one.fill()
    one("CONFIG", "SET", "maxmemory", str(one.used - 1000))
    other("CONFIG", "SET", "maxmemory", str(other.used + 100_000))
    with pytest.raises(CommandError, match="OOM"):
        one("SET", "k", "v")
    assert other("SET", "k", "v")


def test_a_server_that_is_dropped_gives_back_what_was_its_own_in_the_turn_of_another(pair):
    _, other = pair
    dropped = One()
    dropped.fill()
    account = dropped.server.account
    gc.collect()
    before, total, held = other.used, allocated(), account.used()
    dropped.server.loop.close()
    del dropped
    with memory.within(other.server.account):
        gc.collect()
    assert other.used == before
    assert account.used() == 0
    assert total - allocated() == held
    memory.check()


def test_what_is_left_of_an_account_stays_in_the_sum():
    account = memory.Account()
    total = allocated()
    with memory.within(account):
        memory.account(1000)
    del account
    assert allocated() == total + 1000
    memory.account(-1000)
    assert allocated() == total


def test_counts_have_signs():
    account = memory.Account()
    with memory.within(account):
        memory.account(-1000)
        assert memory.used() == -1000
        memory.account(1000)
    assert account.used() == 0
    assert account.peak() == 0


def test_an_account_lives_as_long_as_it_is_current():
    before = memory.current_account()
    memory.enter(memory.Account())
    gc.collect()
    memory.account(123)
    assert memory.used() == 123
    assert memory.enter(before).used() == 123


def test_threads_have_current_accounts_of_their_own(pair):
    """Both servers are filled at once, and each knows what it holds."""
    alone = One()
    alone.fill()
    begin = threading.Barrier(3)
    seen = {}

    def work(one):
        begin.wait()
        seen[one, "before"] = memory.current_account()
        one.fill()
        seen[one, "after"] = memory.current_account()

    threads = [threading.Thread(target=work, args=[one]) for one in pair]
    for thread in threads:
        thread.start()
    begin.wait()
    for thread in threads:
        thread.join()
    assert set(seen.values()) == {memory.current_account()}
    for one in pair:
        # The tables grow with the hashes, which are the same; blocks are counted as they are.
        assert one.used == alone.used
    memory.check()
    alone.server.loop.close()
