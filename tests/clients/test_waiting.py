"""Clients that wait for keys: who is served, in which order, and how a wait ends."""

import pytest

from rediskit.datatypes.string import String
from rediskit.grammar.arguments import integer
from rediskit.grammar.command import BLOCKING, DENYOOM, WRITE, Wait
from rediskit.keyspace.database import Database
from rediskit.protocol.replies import NULL_ARRAY
from tests.support.peers import Peers, declared


def take(client, *arguments):
    """Takes the first string of some keys, waiting for one if need be."""
    *keys, timeout_ms = arguments
    database: Database = client.database
    for key in keys:
        text = database.read_text(key)
        if text is not None:
            database.delete(key)
            database.changed(key, "del")
            return [key, bytes(text)]
    return Wait(keys, integer(timeout_ms), NULL_ARRAY)


def take_long(client, key, timeout_ms):
    """As take(), but only wakes up for strings that are objects: the long ones."""
    text = client.database.read_text(key)
    if type(text) is String:
        client.database.delete(key)
        client.database.changed(key, "del")
        return len(text)
    return Wait([key], integer(timeout_ms), None, datatype=String)


@pytest.fixture
def peers():
    """A server with the commands TAKE and TAKELONG, and clients of it."""
    made = Peers()
    command = declared(made.server, "TAKE key [key ...] timeout", take, WRITE, BLOCKING)
    made.take = made.server.commands.record_of(command)
    declared(made.server, "TAKELONG key timeout", take_long, WRITE, BLOCKING)
    yield made
    made.close()
    assert not made.server.dispatcher.waiting.queues
    assert not made.server.keyspace.observers


def waiting(peers, line):
    """A client that has sent a request and waits."""
    peer = peers.connect()
    peer.send(*line.split())
    peers.turn_until(lambda: peer.client.waiting is not None)
    return peer


def test_what_is_there_is_taken_at_once(peers):
    peer = peers.connect()
    peer.run("SET k v")
    assert peer.run("TAKE x k 0") == '["k", "v"]'
    assert peer.run("EXISTS k") == ":0"


def test_a_client_waits_until_its_key_appears(peers):
    other = peers.connect()
    peer = waiting(peers, "TAKE k 0")
    assert peer.is_silent()
    assert other.run("SET x v") == "+OK"
    assert peer.is_silent()
    assert other.run("SET k v") == "+OK"
    assert peer.spelled() == '["k", "v"]'
    assert other.run("EXISTS k") == ":0"
    assert not peers.server.dispatcher.waiting


def test_first_come_is_first_served(peers):
    first, second, third = (waiting(peers, f"TAKE {keys} 0") for keys in ("a b", "b", "b a"))
    other = peers.connect()
    other.run("SET b 1")
    assert first.spelled() == '["b", "1"]'
    other.run("SET a 2")
    assert third.spelled() == '["a", "2"]'
    assert second.is_silent()
    other.run("MSET a 3 b 4")
    assert second.spelled() == '["b", "4"]'
    assert other.run("GET a") == '"3"'


def test_one_command_serves_as_many_as_it_can(peers):
    first, second, third = (waiting(peers, f"TAKE {keys} 0") for keys in ("a", "b", "a"))
    peers.connect().run("MSET b 1 a 2")
    assert first.spelled() == '["a", "2"]'
    assert second.spelled() == '["b", "1"]'
    assert third.is_silent()


def test_a_wait_ends_with_its_fallback(peers):
    peer = waiting(peers, "TAKE k 10")
    assert peer.spelled() == "nil*"
    peers.connect().run("SET k v")
    assert peer.is_silent()
    assert peer.run("GET k") == '"v"'


def test_a_client_that_is_gone_takes_nothing(peers):
    peer = waiting(peers, "TAKE k 0")
    patient = waiting(peers, "TAKE k 0")
    peer.close()
    peers.turn_until(lambda: len(peers.server.dispatcher.waiting) == 1)
    peers.connect().run("SET k v")
    assert patient.spelled() == '["k", "v"]'


def test_a_client_that_is_killed_takes_nothing_any_more(peers):
    peer = waiting(peers, "TAKE k 0")
    other = peers.connect()
    other.send("CLIENT", "KILL", "ID", peer.client.id)
    other.send("SET", "k", "v")
    other.send("GET", "k")
    assert [other.spelled() for _ in range(3)] == [":1", "+OK", '"v"']
    assert peer.is_closed()


def test_requests_behind_a_wait_are_served_after_it(peers):
    peer = waiting(peers, "TAKE k 0")
    peer.send("ECHO", "1")
    peer.send("TAKE", "k", "0")
    peer.send("ECHO", "2")
    assert peer.is_silent()
    other = peers.connect()
    other.run("SET k a")
    assert [peer.spelled() for _ in range(2)] == ['["k", "a"]', '"1"']
    assert peer.is_silent()
    other.run("SET k b")
    assert [peer.spelled() for _ in range(2)] == ['["k", "b"]', '"2"']


@pytest.mark.parametrize(
    "lines",
    [
        ["SET x v", "RENAME x k"],
        ["SET x v", "RENAMENX x k"],
        ["SET x v", "COPY x k"],
        ["SELECT 1", "SET k v", "MOVE k 0"],
        ["SELECT 1", "SET x v", "COPY x k DB 0"],
        ["SELECT 1", "SET k v", "SWAPDB 0 1"],
        ["SELECT 1", "SET k v", "SWAPDB 1 0"],
        ["APPEND k v"],
        ["SETRANGE k 0 v"],
    ],
)
def test_a_key_may_appear_in_many_ways(peers, lines):
    peer = waiting(peers, "TAKE k 0")
    other = peers.connect()
    for line in lines:
        assert peer.is_silent()
        assert not other.run(line).startswith("-")
    assert peer.spelled() == '["k", "v"]'


def test_a_key_of_another_database_is_another_key(peers):
    peer = waiting(peers, "TAKE k 0")
    other = peers.connect()
    other.run("SELECT 1")
    other.run("SET k v")
    assert peer.is_silent()


def test_only_a_value_of_the_wanted_class_is_worth_a_try(peers):
    peer = waiting(peers, "TAKELONG k 0")
    other = peers.connect()
    other.run("SET k short")
    other.run("DEL k")
    assert peer.is_silent()
    other.execute("SET", "k", b"x" * 100_000)
    assert peer.spelled() == ":100000"


def test_a_wait_counts_as_one_call_when_it_is_over(peers):
    processed = peers.server.dispatcher.commands_processed
    calls = peers.take.calls
    peer = waiting(peers, "TAKE k 0")
    another = waiting(peers, "TAKE x 5")
    assert peers.take.calls == calls
    assert peers.server.dispatcher.commands_processed == processed
    peers.connect().run("SET k v")
    peer.spelled()
    another.spelled()
    assert peers.take.calls == calls + 2
    assert peers.server.dispatcher.commands_processed == processed + 3


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("CLIENT UNBLOCK {}", "nil*"),
        ("CLIENT UNBLOCK {} TIMEOUT", "nil*"),
        ("client unblock {} error", "-UNBLOCKED client unblocked via CLIENT UNBLOCK"),
    ],
)
def test_another_client_ends_a_wait(peers, line, reply):
    failed = peers.take.failed_calls
    peer = waiting(peers, "TAKE k 0")
    peer.send("ECHO", "next")
    other = peers.connect()
    assert other.run(line.format(peer.client.id)) == ":1"
    assert [peer.spelled(), peer.spelled()] == [reply, '"next"']
    assert other.run(line.format(peer.client.id)) == ":0"
    is_error = reply.startswith("-")
    assert peers.take.failed_calls == failed + is_error
    assert peers.server.dispatcher.errors.get("UNBLOCKED", 0) == is_error


def test_who_may_not_wait_gets_the_fallback(peers):
    client = peers.server.client()
    calls = peers.take.calls
    assert peers.server.execute(client, b"TAKE", b"k", b"0") is NULL_ARRAY
    assert peers.take.calls == calls + 1
    assert client.waiting is None


def test_what_a_program_sets_serves_who_waits(peers):
    peer = waiting(peers, "TAKE k 0")
    peers.server.execute(peers.server.client(), b"SET", b"k", b"v")
    assert peer.spelled() == '["k", "v"]'


def test_what_a_waiting_client_does_is_handed_on_once(peers):
    handed = []
    peers.server.keyspace.changes.takers.append(
        lambda unit, is_atomic: handed.extend(words for _, words in unit)
    )
    peer = waiting(peers, "TAKE k 0")
    assert handed == []
    peers.connect().run("SET k v")
    peer.spelled()
    assert handed == [[b"SET", b"k", b"v"], [b"TAKE", b"k", b"0"]]


def test_who_waited_gets_nothing_that_would_need_memory_there_is_not(peers):
    server = peers.server
    grow = declared(server, "GROW key timeout", take, WRITE, BLOCKING, DENYOOM)
    peer = waiting(peers, "GROW k 0")
    one = server.client()
    server.execute(one, b"CONFIG", b"SET", b"maxmemory-policy", b"volatile-lru")
    for words in (b"MULTI", b"SET k v", b"CONFIG SET maxmemory 1", b"EXEC"):
        server.execute(one, *words.split())
    assert peer.spelled().startswith("-OOM command not allowed")
    assert server.commands.record_of(grow).rejected_calls == 1
    assert peer.run("CONFIG SET maxmemory 0") == "+OK"
    assert peer.run("GET k") == '"v"'


def test_replies_of_a_wait_may_be_unwanted(peers):
    peer = peers.connect()
    peer.send("CLIENT", "REPLY", "SKIP")
    peer.send("TAKE", "k", "0")
    peer.send("ECHO", "a")
    peers.turn_until(lambda: peer.client.waiting is not None)
    peers.connect().run("SET k v")
    assert peer.spelled() == '"a"'
