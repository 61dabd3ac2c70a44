"""MIGRATE to a real redis-server, and what it says of servers that do not answer as they should."""

import socket
from contextlib import suppress

import pytest

from rediskit.errors import CommandError
from tests.support.resp import words
from tests.support.servers import free_port


@pytest.fixture
def target(redis_server):
    """A redis-py client of an empty redis-server."""
    redis = pytest.importorskip("redis")
    client = redis.Redis(port=redis_server.port)
    client.flushall()
    client.config_set("requirepass", "")
    yield client
    client.flushall()


@pytest.fixture
def migrate(run, redis_server):
    """A function that runs MIGRATE to redis-server with the words behind its port."""
    return lambda line: run(f"MIGRATE 127.0.0.1 {redis_server.port} {line}")


def test_a_key_moves_with_its_time_to_live(run, migrate, target):
    run("RPUSH list a b c")
    run("PEXPIRE list 100000")
    assert migrate("list 0 1000").text == b"OK"
    assert run("EXISTS list") == 0
    assert target.lrange("list", 0, -1) == [b"a", b"b", b"c"]
    assert 0 < target.pttl("list") <= 100_000
    assert run.told("DEL list") == ""


def test_keys_of_every_type_move_together(run, migrate, target):
    for line in ("SET s v", "RPUSH l a", "SADD set a", "ZADD z 1 a", "HSET h f v"):
        run(line)
    assert run.handed_on(
        f"MIGRATE 127.0.0.1 {target.connection_pool.connection_kwargs['port']} '' 3 1000"
        " KEYS s l set z h missing"
    ) == [b"DEL s l set z h"]
    assert run("DBSIZE") == 0
    other = type(target)(port=target.connection_pool.connection_kwargs["port"], db=3)
    assert sorted(other.keys()) == [b"h", b"l", b"s", b"set", b"z"]


def test_copy_and_replace(run, migrate, target):
    run("SET k v")
    assert migrate("k 0 1000 COPY").text == b"OK"
    assert run("GET k") == b"v"
    with pytest.raises(CommandError) as refused:
        migrate("k 0 1000")
    assert refused.value.text == (
        "ERR Target instance replied with error: BUSYKEY Target key name already exists."
    )
    assert run("GET k") == b"v"
    assert migrate("k 0 1000 REPLACE").text == b"OK"
    assert run("EXISTS k") == 0


def test_the_password(run, migrate, target):
    run("SET k v")
    target.config_set("requirepass", "secret")
    run.server.peers.close()
    with pytest.raises(CommandError, match="Target instance replied with error: NOAUTH"):
        migrate("k 0 1000")
    with pytest.raises(CommandError, match="Target instance replied with error: WRONGPASS"):
        migrate("k 0 1000 AUTH wrong")
    assert run("GET k") == b"v"
    assert migrate("k 0 1000 COPY AUTH secret").text == b"OK"
    assert migrate("k 0 1000 REPLACE AUTH2 default secret").text == b"OK"
    target.config_set("requirepass", "")


def test_a_connection_is_kept_and_replaced(run, migrate, target):
    run("MSET a 1 b 1")
    migrate("a 0 1000")
    assert len(run.server.peers) == 1
    target.client_kill_filter(_type="normal", skipme=True)
    assert migrate("b 0 1000").text == b"OK"
    run.server.peers.close()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("k 0 x", "ERR value is not an integer or out of range"),
        ("k x 1", "ERR value is not an integer or out of range"),
        ("k 0 1 FOO", "ERR syntax error"),
        ("k 0 1 AUTH", "ERR syntax error"),
        (
            "k 0 1 KEYS a",
            "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string",
        ),
    ],
)
def test_words_that_make_no_sense(run, line, text):
    with pytest.raises(CommandError) as refused:
        run(f"MIGRATE 127.0.0.1 1 {line}")
    assert refused.value.text == text


def test_nothing_to_move(run):
    assert run("MIGRATE 127.0.0.1 1 missing 0 10").text == b"NOKEY"


def test_nobody_there(run):
    run("SET k v")
    for address in ("127.0.0.1 x", "127.0.0.1 70000", "no.such.host.invalid 6379"):
        with pytest.raises(CommandError, match="IOERR error or timeout connecting to the client"):
            run(f"MIGRATE {address} k 0 100")
    with pytest.raises(CommandError, match="IOERR error or timeout writing to target instance"):
        run(f"MIGRATE 127.0.0.1 {free_port()} k 0 100")
    assert run("GET k") == b"v"


def test_nobody_answers(run):
    run("SET k v")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(CommandError) as refused:
            run.server.execute(run.client, *words(f"MIGRATE 127.0.0.1 {port} k 0 50"))
    assert refused.value.text == "IOERR error or timeout reading to target instance"
    assert run("GET k") == b"v"
    assert len(run.server.peers) == 0


def test_passwords_are_blotted_out_of_requests(run):
    seen = []
    for line in ("AUTH secret", "COPY AUTH2 me secret KEYS auth", "AUTH2 me", "KEYS auth b"):
        request = words(f"MIGRATE 127.0.0.1 1 '' 0 100 {line}")
        with suppress(CommandError):
            run.server.dispatcher.execute(run.client, request)
        seen.append(b" ".join(request[6:]).decode())
    assert seen == [
        "AUTH (redacted)",
        "COPY AUTH2 (redacted) (redacted) KEYS auth",
        "AUTH2 (redacted)",
        "KEYS auth b",
    ]
