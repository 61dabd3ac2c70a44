"""redis-py on asyncio: both protocols, with and without hiredis, and many connections at once."""

import asyncio
import contextlib

import pytest

redis = pytest.importorskip("redis.asyncio")

from redis._parsers import (  # noqa: E402
    _AsyncHiredisParser,
    _AsyncRESP2Parser,
    _AsyncRESP3Parser,
)
from redis.exceptions import ConnectionError, ResponseError, TimeoutError  # noqa: E402
from redis.utils import HIREDIS_AVAILABLE  # noqa: E402

PARSERS = {"python": (_AsyncRESP2Parser, _AsyncRESP3Parser)}
if HIREDIS_AVAILABLE:
    PARSERS["hiredis"] = (_AsyncHiredisParser, _AsyncHiredisParser)

FORMS = [(protocol, parser) for protocol in (2, 3) for parser in PARSERS]
PATIENCE_SECONDS = 30
CONNECTIONS = 500
LARGE = 64 << 20


@pytest.fixture(params=FORMS, ids=lambda form: f"RESP{form[0]}-{form[1]}")
def talk(request, server):
    """A function that runs `conversation(client)`, a coroutine function, to its end."""
    protocol, parser = request.param

    def run(conversation, **options):
        async def main():
            pool = redis.ConnectionPool(
                host="127.0.0.1",
                port=server.port,
                protocol=protocol,
                parser_class=PARSERS[parser][protocol - 2],
                **options,
            )
            client = redis.Redis.from_pool(pool)
            try:
                await asyncio.wait_for(conversation(client), PATIENCE_SECONDS)
            finally:
                await client.aclose()

        asyncio.run(main())

    return run


def test_commands(talk):
    async def conversation(client):
        assert await client.set("k", "v", px=100_000) is True
        assert await client.get("k") == b"v"
        assert 0 < await client.pttl("k") <= 100_000
        assert await client.mget("k", "none") == [b"v", None]
        assert await client.sadd("s", "a", "b") == 2
        assert await client.smembers("s") == {b"a", b"b"}
        assert await client.zadd("z", {"a": 1.5}) == 1
        assert await client.zscore("z", "a") == 1.5
        assert (await client.info("server"))["tcp_port"] > 0
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await client.get("s")

    talk(conversation)


def test_pipelines(talk):
    async def conversation(client):
        async with client.pipeline(transaction=False) as pipeline:
            for number in range(2000):
                pipeline.set(f"k{number}", number)
            assert await pipeline.execute() == [True] * 2000
        names = [name async for name in client.scan_iter(match="k1*", count=100)]
        assert len(set(names)) == 1 + 10 + 100 + 1000

    talk(conversation)


def test_many_connections_at_once(talk):
    async def conversation(client):
        waiting = [client.blpop("list", timeout=20) for _ in range(CONNECTIONS)]
        waiting = [asyncio.ensure_future(each) for each in waiting]
        while (await client.info("clients"))["blocked_clients"] < CONNECTIONS:
            await asyncio.sleep(0.01)
        await client.rpush("list", *range(CONNECTIONS))
        popped = {reply[1] for reply in await asyncio.gather(*waiting)}
        assert popped == {b"%d" % number for number in range(CONNECTIONS)}
        counted = await asyncio.gather(*[client.incr("counter") for _ in range(CONNECTIONS)])
        assert sorted(counted) == list(range(1, CONNECTIONS + 1))

    talk(conversation, max_connections=CONNECTIONS + 10)


def test_cancelled_commands_leave_no_reply_behind(talk):
    async def conversation(client):
        waiting = asyncio.ensure_future(client.blpop("list", timeout=20))
        while not (await client.info("clients"))["blocked_clients"]:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        while (await client.info("clients"))["blocked_clients"]:
            await asyncio.sleep(0.01)
        await client.rpush("list", "kept")
        assert await client.lrange("list", 0, -1) == [b"kept"]
        assert await client.echo("x") == b"x"

    talk(conversation)


def test_timeouts(talk):
    async def conversation(client):
        with pytest.raises((TimeoutError, ConnectionError)):
            await client.blpop("none", timeout=2)
        assert await client.echo("x") == b"x"

    talk(conversation, socket_timeout=0.1)


def test_large_values(talk):
    async def conversation(client):
        value = b"0123456789abcdef" * (LARGE // 16)
        assert await client.set("large", value) is True
        assert await client.get("large") == value
        assert await client.delete("large") == 1

    talk(conversation)
