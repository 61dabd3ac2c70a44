"""redis-py as programs use it, without asyncio: both protocols, with and without hiredis."""

import threading
import time

import pytest

redis = pytest.importorskip("redis")

from redis._parsers import _HiredisParser, _RESP2Parser, _RESP3Parser  # noqa: E402
from redis.backoff import NoBackoff  # noqa: E402
from redis.retry import Retry  # noqa: E402
from redis.utils import HIREDIS_AVAILABLE  # noqa: E402

PARSERS = {"python": (_RESP2Parser, _RESP3Parser)}
if HIREDIS_AVAILABLE:
    PARSERS["hiredis"] = (_HiredisParser, _HiredisParser)

FORMS = [(protocol, parser) for protocol in (2, 3) for parser in PARSERS]
LARGE = 64 << 20


def make_pool(server, protocol=3, parser="python", **options):
    """A connection pool whose connections speak `protocol` and read with `parser`."""
    parser_class = PARSERS[parser][protocol - 2]
    return redis.ConnectionPool(
        host="127.0.0.1", port=server.port, protocol=protocol, parser_class=parser_class, **options
    )


@pytest.fixture(params=FORMS, ids=lambda form: f"RESP{form[0]}-{form[1]}")
def form(request):
    return request.param


@pytest.fixture
def client(server, form):
    pool = make_pool(server, *form)
    with redis.Redis(connection_pool=pool) as client:
        yield client
    pool.disconnect()


def test_strings(client):
    assert client.set("k", "v") is True
    assert client.get("k") == b"v"
    assert client.get("none") is None
    assert client.set("k", "w", nx=True) is None
    assert client.set("k", "w", get=True) == b"v"
    assert client.set("timed", "v", ex=100) is True
    assert 0 < client.ttl("timed") <= 100
    assert client.getex("timed", persist=True) == b"v"
    assert client.ttl("timed") == -1
    assert client.mset({"a": 1, "b": b"\x00\xff\r\n"}) is True
    assert client.mget("a", "none", "b") == [b"1", None, b"\x00\xff\r\n"]
    assert client.incr("a", 41) == 42
    assert client.incrbyfloat("a", 0.5) == 42.5
    assert client.append("k", b"!") == 2
    assert client.setrange("k", 4, "end") == 7
    assert client.getrange("k", 0, -1) == b"w!\x00\x00end"
    assert client.lcs("k", "k", len=True) == 7
    assert client.getdel("k") == b"w!\x00\x00end"
    assert client.exists("a", "b", "k") == 2


def test_keys(client):
    client.mset({"a": 1, "b": 2})
    assert client.rename("a", "c") is True
    assert client.copy("c", "d") is True
    assert sorted(client.keys("[a-c]")) == [b"b", b"c"]
    assert client.type("c") in (b"string", "string")
    assert client.type("none") in (b"none", "none")
    assert client.expire("c", 100, nx=True)
    assert not client.expire("c", 200, nx=True)
    assert client.pexpiretime("c") > time.time() * 1000
    assert client.persist("c")
    assert client.object("encoding", "c") == b"int"
    assert client.memory_usage("c") > 0
    assert client.move("c", 1)
    assert client.dbsize() == 2
    assert client.unlink("b", "d", "none") == 2
    assert client.randomkey() is None


def test_every_type_of_value(client):
    assert client.rpush("list", "a", "b", "c") == 3
    assert client.lrange("list", 0, -1) == [b"a", b"b", b"c"]
    assert client.lpos("list", "c") == 2
    assert client.blpop(["none", "list"], timeout=1) in [(b"list", b"a"), [b"list", b"a"]]
    assert client.sadd("set", "a", "b") == 2
    assert client.smembers("set") == {b"a", b"b"}
    assert client.smismember("set", ["a", "x"]) == [1, 0]
    assert client.hset("hash", mapping={"f": 1, "g": "v"}) == 2
    assert client.hgetall("hash") == {b"f": b"1", b"g": b"v"}
    assert client.hincrbyfloat("hash", "f", 0.5) == 1.5
    assert client.zadd("zset", {"a": 1, "b": 2.5, "c": float("inf")}) == 3
    ranged = client.zrange("zset", 0, -1, withscores=True)
    assert [tuple(pair) for pair in ranged] == [(b"a", 1), (b"b", 2.5), (b"c", float("inf"))]
    assert client.zscore("zset", "b") == 2.5
    assert client.zrank("zset", "c") == 2
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        client.get("list")


def test_errors_and_unknown_commands(client):
    client.set("k", "text")
    with pytest.raises(redis.ResponseError, match="not an integer or out of range"):
        client.incr("k")
    with pytest.raises(redis.ResponseError, match="unknown command 'NONSENSE'"):
        client.execute_command("NONSENSE", "a")
    with pytest.raises(redis.ResponseError, match="wrong number of arguments for 'get'"):
        client.execute_command("GET")
    assert client.get("k") == b"text"


def test_long_pipelines(client):
    pipeline = client.pipeline(transaction=False)
    for number in range(10_000):
        pipeline.set(f"k{number}", number).get(f"k{number}")
    replies = pipeline.execute()
    assert replies[0::2] == [True] * 10_000
    assert replies[1::2] == [b"%d" % number for number in range(10_000)]


def test_errors_in_pipelines_hit_no_other_command(client):
    pipeline = client.pipeline(transaction=False)
    pipeline.set("k", "text").incr("k").get("k")
    with pytest.raises(redis.ResponseError, match="Command # 2"):
        pipeline.execute()
    pipeline.set("k", "text").incr("k").get("k")
    done, error, value = pipeline.execute(raise_on_error=False)
    assert (done, value) == (True, b"text")
    assert isinstance(error, redis.ResponseError)


def test_decoded_responses(server, form):
    with redis.Redis(connection_pool=make_pool(server, *form, decode_responses=True)) as client:
        client.set("clé", "größe €")
        assert client.get("clé") == "größe €"
        assert client.keys() == ["clé"]
        assert client.config_get("maxm*")["maxmemory"] == "0"
        assert client.client_getname() in (None, "")


def test_scan_iter(client):
    names = {b"key:%d" % number for number in range(3000)}
    client.mset(dict.fromkeys(names, 1))
    client.sadd("set", "a")
    assert set(client.scan_iter()) == names | {b"set"}
    assert set(client.scan_iter(match="key:1?", count=500)) == {b"key:1%d" % n for n in range(10)}
    assert list(client.scan_iter(_type="SET")) == [b"set"]


def test_info_is_understood(client):
    client.set("k", "v")
    info = client.info()
    assert info["redis_version"].startswith("7.4")
    assert info["db0"]["keys"] == 1
    for name in ("used_memory", "connected_clients", "total_commands_processed", "maxmemory"):
        assert isinstance(info[name], int), name
    assert client.info("commandstats")["cmdstat_set"]["calls"] >= 1
    assert client.info("everything")["rediskit_version"]


def test_introspection_is_understood(client):
    client.client_setname("me")
    assert client.client_getname() in (b"me", "me")
    mine = client.client_info()
    assert (mine["name"], int(mine["id"])) == ("me", client.client_id())
    assert "me" in [other["name"] for other in client.client_list()]
    assert client.command_count() == len(client.command())
    assert client.command()["get"]["arity"] == 2
    assert client.command_getkeys("MSET", "a", 1, "b", 2) in ([b"a", b"b"], ["a", "b"])
    assert client.execute_command("COMMAND DOCS", "get")
    assert client.memory_stats()["keys.count"] == 0
    assert client.config_set("maxmemory-policy", "allkeys-lru") is True
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
    assert client.config_set("maxmemory-policy", "noeviction") is True
    seconds, _microseconds = client.time()
    assert abs(seconds - time.time()) < 60
    assert client.echo("x") == b"x"
    assert client.ping() is True


def test_large_values(client):
    value = bytes(range(256)) * (LARGE // 256)
    assert client.set("large", value) is True
    assert client.strlen("large") == LARGE
    assert client.get("large") == value
    assert client.delete("large") == 1


def test_databases(server, form):
    with redis.Redis(connection_pool=make_pool(server, *form, db=3)) as third:
        third.set("k", "third")
        with redis.Redis(connection_pool=make_pool(server, *form)) as first:
            assert first.get("k") is None
            assert first.swapdb(0, 3) is True
            assert first.get("k") == b"third"


def test_threads_share_a_pool(server, form):
    options = {"protocol": form[0], "parser_class": PARSERS[form[1]][form[0] - 2]}
    pool = redis.BlockingConnectionPool(
        host="127.0.0.1", port=server.port, max_connections=3, timeout=20, **options
    )
    client = redis.Redis(connection_pool=pool)

    def count():
        for _ in range(100):
            client.incr("counter")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.get("counter") == b"800"
    client.close()
    pool.disconnect()


def test_a_blocked_client_is_served_by_another(server, form):
    waiting = redis.Redis(connection_pool=make_pool(server, *form))
    pushing = redis.Redis(connection_pool=make_pool(server, *form))
    found = []
    thread = threading.Thread(target=lambda: found.append(waiting.blpop("list", timeout=20)))
    thread.start()
    while not pushing.info("clients")["blocked_clients"]:
        time.sleep(0.002)
    pushing.rpush("list", "element")
    thread.join()
    assert [tuple(reply) for reply in found] == [(b"list", b"element")]
    assert waiting.blpop("list", timeout=0.01) is None
    waiting.close()
    pushing.close()


def test_unix_socket(server, form):
    path = str(server.folder / "socket")
    with redis.Redis(unix_socket_path=path, protocol=form[0]) as client:
        assert client.set("k", "v") is True
        assert client.client_info()["addr"].startswith(path)


def test_a_slow_reply_times_out_and_the_next_is_the_right_one(server, form):
    pool = make_pool(server, *form, socket_timeout=0.1, retry=Retry(NoBackoff(), 0))
    with redis.Redis(connection_pool=pool) as client:
        client.set("k", "v")
        with pytest.raises(redis.TimeoutError):
            client.execute_command("DEBUG", "SLEEP", "0.3")
        time.sleep(0.3)
        assert client.get("k") == b"v"


def test_killed_connections_are_made_again(client, server):
    client.set("k", "v")
    killed = client.client_id()
    with server.client() as other:
        assert other.client_kill_filter(_id=killed) == 1
    assert client.get("k") == b"v"
    assert client.client_id() != killed


def test_a_restarted_server_is_found_again(start_server):
    server = start_server()
    retry = Retry(NoBackoff(), 0)
    with redis.Redis(connection_pool=make_pool(server, retry=retry)) as client:
        assert client.ping()
        server.stop()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        server.start()
        assert client.ping()


def test_idle_connections_are_closed_and_made_again(start_server):
    server = start_server(timeout=1)
    with server.client() as client, server.connect(timeout=5) as idle:
        assert client.ping()
        assert idle.at_end()
        assert client.ping()


def test_passwords(start_server):
    server = start_server(requirepass="secret word")
    url = f"redis://:{{}}@127.0.0.1:{server.port}/2"
    with redis.Redis.from_url(url.format("secret%20word")) as client:
        assert client.ping()
        assert int(client.client_info()["db"]) == 2
    with server.client(username="default", password="secret word", protocol=2) as client:
        assert client.ping()
    once = {"retry": Retry(NoBackoff(), 0)}
    for refused in (redis.Redis.from_url(url.format("wrong"), **once), server.client(**once)):
        with refused, pytest.raises(redis.AuthenticationError):
            refused.ping()


def test_too_many_connections_are_refused(start_server):
    server = start_server(maxclients=10)
    clients = [server.client(retry=Retry(NoBackoff(), 0)) for _ in range(11)]
    for client in clients[:10]:
        assert client.ping()
    with pytest.raises(redis.ConnectionError, match="max number of clients"):
        clients[10].ping()
    for client in clients:
        client.close()
