"""TIME, INFO, ROLE, FLUSHDB, FLUSHALL, SWAPDB and SHUTDOWN."""

import pytest

from rediskit.config.configuration import Configuration
from rediskit.errors import CommandError
from rediskit.protocol.replies import OK, Verbatim
from rediskit.server import Server


@pytest.fixture
def server():
    return Server(Configuration.load(["--enable-debug-command", "yes"]))


@pytest.fixture
def client(server):
    return server.client()


@pytest.fixture
def run(server, client):
    """Runs a command given as one text; spaces separate its words."""
    return lambda text: server.execute(client, *text.encode().split())


@pytest.fixture
def refused(run):
    """The text of the error that a command ends with."""

    def refusal(text):
        with pytest.raises(CommandError) as caught:
            run(text)
        return caught.value.text

    return refusal


def test_time_is_that_of_the_clock(server, run):
    server.clock.set(1_700_000_000_123)
    assert run("TIME") == [b"1700000000", b"123000"]


def test_info_is_text_that_needs_no_quotes(run):
    reply = run("INFO server")
    assert isinstance(reply, Verbatim)
    assert reply.text.startswith(b"# Server\r\nredis_version:7.4")


def test_role(run):
    assert run("ROLE") == [b"master", 0, []]


# Emptying


@pytest.mark.parametrize("mode", ["", " SYNC", " ASYNC", " async"])
def test_flushdb_empties_one_database(run, mode):
    run("SET a 1")
    run("SELECT 1")
    run("SET b 2")
    assert run("FLUSHDB" + mode) == OK
    assert run("DBSIZE") == 0
    run("SELECT 0")
    assert run("DBSIZE") == 1


@pytest.mark.parametrize("mode", ["", " SYNC", " ASYNC"])
def test_flushall_empties_all_databases_and_forgets_deadlines(server, run, mode):
    run("SET a 1 EX 100")
    run("SELECT 9")
    run("SET b 2 EX 100")
    assert run("FLUSHALL" + mode) == OK
    assert server.keyspace.total_keys() == 0
    assert server.keyspace.first_deadline() == -1
    run("SET a 1")
    assert run("TTL a") == -1


def test_flushing_in_the_background_frees_in_slices(server, run):
    run("DEBUG POPULATE 20000")
    before = server.keyspace.freed_objects
    run("FLUSHALL ASYNC")
    assert run("DBSIZE") == 0
    assert server.keyspace.pending_objects() == 20000
    while server.keyspace.free_some():
        pass
    assert server.keyspace.pending_objects() == 0
    assert server.keyspace.freed_objects == before + 20000


def test_the_directive_decides_whether_flushing_waits(server, run):
    server.config.set_many({"lazyfree-lazy-user-flush": "yes"})
    run("DEBUG POPULATE 5000")
    run("FLUSHALL SYNC")
    assert server.keyspace.pending_objects() == 0
    run("DEBUG POPULATE 5000")
    run("FLUSHALL")
    assert server.keyspace.pending_objects() == 5000


def test_flushing_takes_one_word_at_most(refused):
    for text in ("FLUSHALL NOW", "FLUSHDB ASYNC SYNC", "FLUSHALL SYNC SYNC", "FLUSHDB ASYNC x"):
        assert refused(text) == "ERR syntax error"


def test_flushing_is_handed_on_even_of_nothing(server, run):
    """Logs and replicas may hold what we do not."""
    handed = []
    server.keyspace.changes.takers.append(
        lambda unit, is_atomic: handed.extend(words for _, words in unit)
    )
    run("FLUSHDB")
    run("FLUSHALL ASYNC")
    assert handed == [[b"FLUSHDB"], [b"FLUSHALL", b"ASYNC"]]
    assert server.keyspace.dirty == 0
    run("MSET a 1 b 2")
    run("FLUSHALL")
    assert server.keyspace.dirty == 4


def test_observers_hear_of_whole_databases(server, run):
    heard = []
    server.keyspace.database_observers.append(
        lambda database, event: heard.append((database.number, event, len(database)))
    )
    run("SET a 1")
    run("FLUSHDB")
    run("SET a 1")
    run("SWAPDB 0 3")
    assert heard == [(0, "flushed", 1), (0, "swapped", 0), (3, "swapped", 1)]


# Exchanging


def test_swapdb_exchanges_keys_and_deadlines(run):
    run("SET a here EX 100")
    run("SELECT 2")
    run("SET b there")
    assert run("SWAPDB 0 2") == OK
    assert run("GET a") == b"here"
    assert run("TTL a") == 100
    assert run("GET b") is None
    run("SELECT 0")
    assert run("GET b") == b"there"


def test_swapdb_refuses_what_is_no_database(refused):
    assert refused("SWAPDB x 1") == "ERR invalid first DB index"
    assert refused("SWAPDB 1 x") == "ERR invalid second DB index"
    assert refused("SWAPDB 0 16") == "ERR DB index is out of range"
    assert refused("SWAPDB -1 0") == "ERR DB index is out of range"


# The end


def test_shutdown_refuses_what_it_does_not_understand(refused):
    for text in (
        "SHUTDOWN x",
        "SHUTDOWN SAVE NOSAVE",
        "SHUTDOWN ABORT NOW",
        "SHUTDOWN NOSAVE ABORT",
    ):
        assert refused(text) == "ERR syntax error"
    assert refused("SHUTDOWN ABORT") == "ERR No shutdown in progress."


def test_shutdown_does_not_pretend_to_save(client, refused, tmp_path):
    client.server.config.set_many({"dir": str(tmp_path)})
    (tmp_path / "dump.rdb").mkdir()
    assert refused("SHUTDOWN SAVE") == "ERR Errors trying to SHUTDOWN. Check logs."
    assert not client.close_after_reply


def test_shutdown_has_no_reply_but_the_end(client, run):
    client.reply(run("PING"))
    client.reply(run("SHUTDOWN NOSAVE NOW FORCE"))
    assert bytes(client.output) == b"+PONG\r\n"
    assert client.close_after_reply
