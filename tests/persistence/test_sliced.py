"""A save in slices of the loop is that of the moment it began at, whatever happens meanwhile."""

import contextlib
import random

import pytest

from rediskit.errors import CommandError
from rediskit.persistence import sliced
from tests.persistence.conftest import digest, is_saving
from tests.support.conversation import NOW

KEYS = 60
ROUNDS = 30

# What changes keys: in place, as a whole, in several databases, by their going and coming back.
CHANGES = """
    SET {key} {value} / APPEND {key} {value} / INCR n:{number} / DEL {key} {other} / GETDEL {key}
    SET {key} {value} PX 40 / PEXPIRE {key} 60 / PERSIST {key} / RENAME {key} {other}
    RPUSH list:{number} {value} / LPOP list:{number} / LMOVE list:{number} list:{next} LEFT RIGHT
    SADD set:{number} {value} / SPOP set:{number} / SMOVE set:{number} set:{next} {value}
    ZADD scores:{number} {number} {value} / ZPOPMIN scores:{number}
    HSET hash:{number} f{next} {value} / HDEL hash:{number} f{next}
    HPEXPIRE hash:{number} 50 FIELDS 1 f{next} / MOVE {key} {database} / COPY {key} {other}
    COPY {key} {other} DB {database} REPLACE / SORT set:{number} ALPHA STORE list:{next}
    SELECT {database} / SWAPDB 0 1 / FLUSHDB / FLUSHDB ASYNC / GET {key} / RANDOMKEY
    SINTERSTORE set:{next} set:{number} / ZUNIONSTORE scores:{next} 1 scores:{number}
    SETRANGE {key} 2 {value} / SETBIT bits:{number} 7 1 / PFADD log:{number} {value}
    GEOADD geo:{number} 1 2 {value} / EXPIRE {key} -1 / MSET {key} {value} {other} {value}
"""
CHANGES = [line.strip() for line in CHANGES.replace("\n", "/").split("/") if line.strip()]


@pytest.fixture
def slicing(saving, monkeypatch):
    """`saving`, whose background saves run in slices of one piece as small as can be."""
    monkeypatch.setattr(type(saving.server.children), "can_fork", lambda self: False)
    monkeypatch.setattr(sliced, "SLICE_US", 0)
    monkeypatch.setattr(sliced, "SLICE_BYTES", 1)
    return saving


def change(run, draw):
    """Runs a random command."""
    number = draw.randrange(8)
    line = draw.choice(CHANGES).format(
        key=f"key:{draw.randrange(KEYS)}",
        other=f"key:{draw.randrange(KEYS)}",
        number=number,
        next=draw.randrange(8),
        value="v" * draw.choice([1, 5, 70, 300]),
        database=draw.randrange(3),
    )
    with contextlib.suppress(CommandError):
        run(line)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_changes_meanwhile_do_not_show(slicing, reread, seed):
    run = slicing
    draw = random.Random(seed)
    for _ in range(300):
        change(run, draw)
    run.server.keyspace.expire_cycle()
    before = digest(run)
    run("BGSAVE")
    seen = 0
    while is_saving(run.server):
        for _ in range(draw.choice([0, 1, 2, 20])):
            change(run, draw)
        run.server.children.current._go_on()
        seen += 1
        if draw.random() < 0.1:
            run.server.keyspace.expire_cycle()
    assert seen > 1
    assert reread() == before
    for database in run.server.keyspace.databases:
        database.table.check()


def test_what_expires_meanwhile_is_not_missed_nor_brought_back(slicing, reread):
    run = slicing
    run("MSET a 1 b 1 c 1")
    run("PEXPIREAT a " + str(NOW + 50))
    run("PEXPIREAT b " + str(NOW + 50))
    run("BGSAVE")
    run.at(60)
    run.server.keyspace.expire_cycle()
    run("SET a new")
    run.finish()
    other = reread()
    run("DEL a")
    assert digest(run) == other


def test_the_requests_of_a_transaction_are_seen(slicing, reread):
    run = slicing
    run("DEBUG POPULATE 200")
    before = digest(run)
    run("BGSAVE")
    run("MULTI")
    run("DEL key:1 key:2 key:3")
    run("EXEC")
    run.finish()
    assert reread() == before


def test_evicted_keys_are_written_before_they_go(slicing, reread):
    run = slicing
    run("DEBUG POPULATE 200")
    before = digest(run)
    run("BGSAVE")
    run.server.config.set_many({"maxmemory-policy": "allkeys-random", "maxmemory": "1"})
    with pytest.raises(CommandError, match="OOM"):
        for _ in range(200):
            run("SET new 1")
    assert run("DBSIZE") == 0
    run.server.config.set_many({"maxmemory": "0"})
    run.finish()
    assert reread() == before


def test_nothing_is_left_behind(slicing):
    run = slicing
    run("MSET a 1 b 1 c 1")
    run("BGSAVE")
    run("FLUSHDB")
    run.finish()
    keyspace = run.server.keyspace
    assert run.server.dispatcher.gates.bits == 0
    assert keyspace.database_observers == []
    while keyspace.free_some():
        pass
    assert keyspace.lazily_freed == []


def test_a_failure_while_a_command_runs(slicing, monkeypatch):
    run = slicing
    run("MSET a 1 b 1 c 1")
    run("BGSAVE")

    def fail(table, key):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run.server.children.current._writing, "before_change", fail)
    run("MSET a 2 b 2")
    assert not is_saving(run.server)
    assert run("GET a") == b"2"
    assert any("No space left on device" in line for line in run.lines)


def test_clients_are_served_between_the_slices(slicing):
    run = slicing
    run("DEBUG POPULATE 1000")
    run("BGSAVE")
    turns = run.server.loop.turns
    run.finish()
    assert run.server.loop.turns - turns > 500
