"""redis-py's client-side cache: reads are served from it until the server says otherwise."""

import pytest

redis = pytest.importorskip("redis")
cache = pytest.importorskip("redis.cache")


@pytest.fixture
def caching(server):
    """A client that caches, on one connection."""
    with redis.Redis(
        port=server.port,
        protocol=3,
        decode_responses=True,
        single_connection_client=True,
        cache_config=cache.CacheConfig(),
    ) as client:
        yield client


@pytest.fixture
def other(server):
    """A client that does not."""
    with redis.Redis(port=server.port, decode_responses=True) as client:
        yield client


def calls(other, name):
    """How often the server has run a command."""
    return other.info("commandstats").get(f"cmdstat_{name}", {"calls": 0})["calls"]


def test_what_was_read_is_not_asked_for_again(caching, other):
    other.set("k", "v")
    assert caching.get("k") == "v"
    before = calls(other, "get")
    assert [caching.get("k") for _ in range(5)] == ["v"] * 5
    assert calls(other, "get") == before > 0
    assert caching.get_cache().size == 1


def test_changes_of_others_are_seen(caching, other):
    other.set("k", "v")
    other.hset("h", mapping={"a": "1", "b": "2"})
    for number in range(10):
        assert caching.get("k") == ("v" if not number else str(number - 1))
        assert caching.hgetall("h")["a"] == ("1" if not number else str(number - 1))
        other.set("k", number)
        other.hset("h", "a", number)
    other.delete("k")
    assert caching.get("k") is None


def test_own_changes_are_seen(caching, other):
    for number in range(10):
        caching.set("k", number)
        assert [caching.get("k"), caching.get("k")] == [str(number)] * 2
    caching.delete("k")
    assert caching.get("k") is None


def test_a_flush_empties_the_cache(caching, other):
    other.mset({"a": "1", "b": "2"})
    assert caching.mget("a", "b") == ["1", "2"]
    other.flushall()
    assert caching.mget("a", "b") == [None, None]


def test_keys_of_the_server_expire_in_the_cache(caching, other):
    other.set("k", "v", px=60)
    assert caching.get("k") == "v"
    while other.exists("k"):
        pass
    assert caching.get("k") is None
