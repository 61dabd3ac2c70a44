"""Who watches which keys, and what fails a transaction before it begins."""

import pytest

from rediskit.protocol.replies import NULL_ARRAY
from tests.support.resp import words

NOW = 1_700_000_000_000


@pytest.fixture
def server():
    """A server in this process, its time standing still."""
    from rediskit.server import Server

    server = Server()
    server.clock.set(NOW)
    yield server
    assert not server.keyspace.observers
    assert not server.keyspace.database_observers
    assert not any(server.dispatcher.watching.keys)
    server.loop.close()


class Side:
    """A client of a server, and what it says."""

    def __init__(self, server):
        self.server = server
        self.client = server.client()

    def __call__(self, line):
        return self.server.dispatcher.execute(self.client, words(line))

    def fails(self):
        """Whether a transaction fails now because of a watched key."""
        self("MULTI")
        self("PING")
        return self("EXEC") is NULL_ARRAY


@pytest.fixture
def sides(server):
    """Two clients."""
    return Side(server), Side(server)


CHANGES = {
    # how it is before WATCH, what another client does, whether the transaction fails
    "nothing": ("SET k v", "SET other v", False),
    "a read": ("SET k v", "GET k", False),
    "a change": ("SET k v", "APPEND k w", True),
    "a change that is none": ("SET k v", "SETNX k w", False),
    "a failing command": ("SET k v", "LPUSH k w", False),
    "its end": ("SET k v", "DEL k", True),
    "its beginning": ("PING", "SET k v", True),
    "its deadline": ("SET k v", "EXPIRE k 100", True),
    "another type": ("SET k v", "RENAME k l", True),
    "a store of nothing": ("SET k v", "SORT none STORE k", True),
    "an end that is none": ("PING", "DEL k", False),
    "a flush": ("SET k v", "FLUSHALL", True),
    "a flush of one database": ("SET k v", "FLUSHDB ASYNC", True),
    "a flush without the key": ("SET l v", "FLUSHALL", False),
    "a swap that takes it away": ("SET k v", "SWAPDB 0 1", True),
    "a swap with itself": ("SET k v", "SWAPDB 0 0", False),
    "a swap of others": ("SET k v", "SWAPDB 1 2", False),
    "a swap without it": ("PING", "SWAPDB 0 1", False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_fails_a_transaction(sides, name):
    one, other = sides
    before, change, fails = CHANGES[name]
    one(before)
    one("WATCH a k b")
    try:
        other(change)
    except Exception:
        assert name == "a failing command"
    assert one.fails() is fails
    assert not one.fails()


def test_a_swap_that_brings_a_key(sides):
    one, other = sides
    other("SELECT 9")
    other("SET k v")
    one("WATCH k")
    other("SWAPDB 0 9")
    assert one.fails()


def test_a_key_belongs_to_its_database(sides):
    one, other = sides
    one("WATCH k")
    other("SELECT 9")
    other("SET k v")
    assert not one.fails()


def test_what_a_client_changes_itself_counts_too(sides):
    one, _ = sides
    one("WATCH k")
    one("SET k v")
    assert one.fails()


def test_a_key_whose_time_is_up_fails(server, sides):
    one, other = sides
    one("SET k v PX 10")
    one("WATCH k")
    server.clock.set(NOW + 20)
    assert one.fails()
    one("SET k v PX 10")
    one("WATCH k")
    server.clock.set(NOW + 40)
    assert other("EXISTS k") == 0
    assert one.fails()


def test_a_key_whose_time_was_up_is_one_that_was_not_there(server, sides):
    one, other = sides
    one("SET k v PX 10")
    server.keyspace.frozen = True
    server.clock.set(NOW + 20)
    one("WATCH k")
    server.keyspace.frozen = False
    assert other("EXISTS k") == 0
    assert not one.fails()
    one("WATCH k")
    other("SET k w")
    assert one.fails()


def test_a_key_that_expires_under_a_watch_fails_others_alone(server, sides):
    one, other = sides
    one("SET k v PX 10")
    one("WATCH k")
    server.clock.set(NOW + 20)
    other("WATCH k")
    assert one.fails()
    assert not other.fails()


def test_watching_ends(server, sides):
    one, other = sides
    for ending in ("UNWATCH", "DISCARD", "RESET", "EXEC"):
        one("WATCH a b a")
        assert len(one.client.watched) == 2
        if ending in ("DISCARD", "EXEC"):
            one("MULTI")
        one(ending)
        assert one.client.watched is None
        other("SET a b")
        assert not one.fails()
    one("WATCH a")
    server.dispatcher.forget(one.client)
    assert len(server.dispatcher.watching) == 0


def test_unwatch_takes_back_that_a_key_changed(sides):
    one, other = sides
    one("WATCH k")
    other("SET k v")
    assert one.client.watched is None
    one("WATCH l")
    assert one.client.watched is None
    one("UNWATCH")
    assert not one.fails()


def test_all_who_watch_a_key_fail(server, sides):
    others = [Side(server) for _ in range(10)]
    for other in others:
        other("WATCH k l")
    sides[0]("SET k v")
    assert all(other.fails() for other in others)
