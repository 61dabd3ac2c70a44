"""Servers of one random seed draw alike: within a process, and in another one of one hash seed."""

import gc
import hashlib
import os
import subprocess
import sys

import pytest

from rediskit.config.configuration import Configuration
from rediskit.server import Server
from rediskit.structures.chance import chance
from rediskit.structures.memory import Account, within
from tests.support.sources import ROOT

KEYS = 1000
MEMBERS = 300


def drawn(seed, policy="allkeys-random"):
    """All that a server draws at random in a life, as one list."""
    gc.collect()  # what others have left shall not go meanwhile, and count as this server's
    config = Configuration()
    config.set_many({"maxmemory-policy": policy, "maxmemory-eviction-tenacity": "100"})
    server = Server(config, random_seed=seed)
    client = server.client()

    def run(line):
        return server.execute(client, *line.encode().split())

    for number in range(KEYS):
        run(f"SET key:{number} value")
        run(f"GET key:{number % 7}")
    for number in range(MEMBERS):
        run(f"SADD set member:{number}")
        run(f"HSET hash field:{number} value")
        run(f"ZADD zset {number} member:{number}")
    found = [run("RANDOMKEY") for _ in range(20)]
    found += [run("SPOP set") for _ in range(20)] + sorted(run("SPOP set 20"))
    found += sorted(run("SRANDMEMBER set 20"))
    found += [run("HRANDFIELD hash"), run("ZRANDMEMBER zset")]
    found += run("HRANDFIELD hash 9") + run("ZRANDMEMBER zset 9")
    found += [b"%d" % run(f"OBJECT FREQ key:{number}") for number in range(7) if "lfu" in policy]
    server.keyspace.observers.append(lambda _, key, event: found.append(key))
    run("DEL set hash zset")  # any of them, evicted, would make room for hundreds of keys
    run(f"CONFIG SET maxmemory {server.account.used() - 20_000}")
    run("SET another value")
    assert server.keyspace.evicted > 100
    server.loop.close()
    return found


@pytest.mark.parametrize("policy", ["allkeys-random", "allkeys-lru", "allkeys-lfu"])
def test_servers_of_one_seed_draw_alike(policy):
    assert drawn(1, policy) == drawn(1, policy)
    assert drawn(1, policy) != drawn(2, policy)
    assert drawn(None, policy) != drawn(None, policy)


def test_what_one_server_draws_does_not_move_the_source_of_another():
    servers = [Server(random_seed=5) for _ in range(2)]
    clients = [server.client() for server in servers]
    for server, client in zip(servers, clients, strict=True):
        server.execute(client, b"SADD", b"k", *[b"%d" % number for number in range(MEMBERS)])
    for _ in range(10):
        servers[0].execute(clients[0], b"SRANDMEMBER", b"k")
    alone = [servers[1].execute(clients[1], b"SPOP", b"k") for _ in range(20)]
    again = Server(random_seed=5)
    client = again.client()
    again.execute(client, b"SADD", b"k", *[b"%d" % number for number in range(MEMBERS)])
    assert alone == [again.execute(client, b"SPOP", b"k") for _ in range(20)]
    for server in [*servers, again]:
        server.loop.close()


def run_apart(hash_seed):
    """The digest of what a server of seed 3 draws in a process of its own."""
    code = "from tests.test_seeds import digest, drawn; print(digest(drawn(3)))"
    environment = {**os.environ, "REDISKIT_HASH_SEED": hash_seed}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def digest(words):
    return hashlib.sha256(b" ".join(words)).hexdigest()


def test_with_a_hash_seed_processes_draw_alike_too():
    first = run_apart("7")
    assert first == run_apart("7")
    assert first != run_apart("8")


def test_python_s_draws_come_from_the_current_account():
    def draws(seed):
        with within(Account(seed)):
            return [
                chance.random(),
                chance.randrange(10**30),
                chance.getrandbits(100),
                chance.getrandbits(3),
                *chance.sample(range(1000), 20),
            ]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)
    assert 0 <= draws(1)[0] < 1 and draws(1)[2] < 1 << 100 and draws(1)[3] < 8
    assert len(set(draws(1)[4:])) == 20


def test_python_s_draws_are_uniform():
    with within(Account(9)):
        counts = [0] * 10
        for _ in range(10_000):
            counts[chance.randrange(10)] += 1
    assert min(counts) > 800 and max(counts) < 1200
