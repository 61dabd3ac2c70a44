"""Client-side caching: what is remembered, who is told of what, and in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit.clients.tracking import FORGOTTEN_AT_ONCE
from rediskit.server import Server
from tests.support.peers import Peers


@pytest.fixture
def peers():
    """A server with connections."""
    made = Peers()
    yield made
    made.close()


@pytest.fixture
def connect(peers):
    """A function that makes a client in RESP3 and runs command lines on it."""

    def make(*lines):
        made = peers.connect()
        made.run("HELLO 3")
        for line in lines:
            made.run(line)
        return made

    return make


def told(peer):
    """What is pushed to a client, spelled, until there is nothing more."""
    found = []
    while not peer.is_silent():
        found.append(peer.spelled())
    return found


def invalid(*keys):
    """The push that says that keys have changed."""
    return f'>["invalidate", [{", ".join(f"{chr(34)}{key}{chr(34)}" for key in keys)}]]'


ALL = '>["invalidate", null]'


# The default mode


def test_who_has_read_a_key_is_told_once_that_it_has_changed(connect):
    one, other = connect("CLIENT TRACKING ON", "GET k"), connect()
    other.run("SET k v")
    other.run("SET k w")
    other.run("SET x v")
    assert told(one) == [invalid("k")]
    one.run("GET k")
    other.run("DEL k")
    assert told(one) == [invalid("k")]


def test_only_commands_that_read_count(connect):
    one, other = connect("CLIENT TRACKING ON", "SET a v", "INCR b", "PING", "LPUSH l x"), connect()
    other.run("MSET a 1 b 2")
    other.run("DEL l")
    assert told(one) == []
    one.run("MGET a b c")
    one.run("GET l")
    other.run("MSET a 1 b 2 c 3")
    other.run("LPUSH l x")
    assert told(one) == [*map(invalid, "abcl")]
    assert one.run("STRLEN l").startswith("-WRONGTYPE")
    other.run("LPUSH l x")
    assert told(one) == [invalid("l")]


def test_keys_are_found_where_commands_have_them(connect):
    one, other = connect("CLIENT TRACKING ON", "SINTERCARD 2 a b LIMIT 5", "SORT_RO l"), connect()
    other.run("SADD a x")
    other.run("SADD b x")
    other.run("SET LIMIT x")
    other.run("RPUSH l 1")
    assert told(one) == [invalid("a"), invalid("b"), invalid("l")]


def test_own_changes_are_told_behind_the_reply(connect):
    one = connect("CLIENT TRACKING ON", "GET k")
    for words in ("SET k v", "GET k", "SET k w"):
        one.send(*words.split())
    replies = [one.spelled() for _ in range(5)]
    assert replies == ["+OK", invalid("k"), '"v"', "+OK", invalid("k")]


def test_own_changes_in_a_transaction_are_told_behind_its_reply(connect):
    one = connect("CLIENT TRACKING ON", "GET a", "GET b", "MULTI", "SET a 1", "GET a", "SET b 2")
    assert one.run("EXEC") == '[+OK, "1", +OK]'
    assert told(one) == [invalid("a"), invalid("b")]
    one.run("SET a 1")
    assert told(one) == [invalid("a")]


def test_a_client_that_waited_is_told_behind_its_reply(connect):
    one, other = connect("CLIENT TRACKING ON", "LRANGE to 0 -1"), connect()
    one.send("BLMOVE", "from", "to", "LEFT", "LEFT", "0")
    other.run("RPUSH from x")
    assert told(one) == ['"x"', invalid("to")]


def test_who_wants_no_word_of_its_own_changes(connect):
    one, other = connect("CLIENT TRACKING ON NOLOOP", "MGET a b"), connect()
    one.run("SET a 1")
    other.run("SET a 2")
    other.run("SET b 2")
    assert told(one) == [invalid("b")]


def test_keys_that_expire_and_databases_that_are_flushed(peers, connect):
    one, other = connect("CLIENT TRACKING ON"), connect()
    other.run("SET k v PX 1000")
    one.run("GET k")
    peers.server.clock.set(peers.server.clock.now_ms + 2000)
    peers.server._expire()
    assert told(one) == [invalid("k")]
    one.run("GET k")
    other.run("FLUSHDB")
    assert told(one) == [ALL]
    assert peers.server.tracking.total_keys == 0
    other.run("SET k v")
    other.run("FLUSHALL ASYNC")
    assert told(one) == [ALL]
    one.run("MGET a b")
    one.send("FLUSHALL")
    assert told(one) == ["+OK", ALL]


def test_several_clients_read_a_key(peers, connect):
    readers = [connect("CLIENT TRACKING ON", "GET k", "GET k") for _ in range(5)]
    tracking = peers.server.tracking
    assert (len(tracking), tracking.total_keys, tracking.total_items) == (5, 1, 5)
    readers[1].run("CLIENT TRACKING OFF")
    readers[2].close()
    peers.turn_until(lambda: len(tracking) == 3)
    connect().run("SET k v")
    assert [told(reader) for reader in readers if reader is not readers[2]] == [
        [invalid("k")],
        [],
        [invalid("k")],
        [invalid("k")],
    ]
    assert (tracking.total_keys, tracking.total_items) == (0, 0)


def test_nobody_observes_while_nobody_tracks(peers, connect):
    keyspace, tracking = peers.server.keyspace, peers.server.tracking
    one, other = connect("CLIENT TRACKING ON", "GET k"), connect("CLIENT TRACKING ON BCAST")
    one.run("CLIENT TRACKING ON")
    assert len(keyspace.observers) == len(keyspace.database_observers) == 1
    one.run("RESET")
    assert not one.client.gates
    other.close()
    peers.turn_until(lambda: not keyspace.observers)
    assert not keyspace.database_observers
    assert (len(tracking), tracking.total_keys, tracking.total_prefixes) == (0, 0, 0)


# OPTIN and OPTOUT


def test_only_what_is_asked_for_is_remembered(connect):
    one, other = connect("CLIENT TRACKING ON OPTIN", "GET a", "CLIENT CACHING YES"), connect()
    one.run("CLIENT GETNAME")
    for line in ("GET b", "GET c", "CLIENT CACHING YES", "FOO", "GET d", "CLIENT CACHING YES"):
        one.run(line)
    for line in ("MULTI", "GET e", "GET f", "EXEC", "GET g"):
        one.run(line)
    other.run("MSET a 1 b 1 c 1 d 1 e 1 f 1 g 1")
    assert told(one) == [invalid("b"), invalid("e"), invalid("f")]


def test_what_is_asked_for_is_not_remembered(connect):
    one, other = connect("CLIENT TRACKING ON OPTOUT", "GET a", "CLIENT CACHING NO"), connect()
    for line in ("GET b", "GET c"):
        one.run(line)
    other.run("MSET a 1 b 1 c 1")
    assert told(one) == [invalid("a"), invalid("c")]


# Broadcasting


def test_changes_are_broadcast_by_prefix(connect):
    one = connect("CLIENT TRACKING ON BCAST PREFIX a: PREFIX b:")
    everything, other = connect("CLIENT TRACKING ON BCAST"), connect()
    other.run("MSET b:1 1 a:2 1 c 1 a:1 1 a 1")
    assert sorted(told(one)) == [invalid("a:1", "a:2"), invalid("b:1")]
    assert told(everything) == [invalid("a", "a:1", "a:2", "b:1", "c")]
    one.run("CLIENT TRACKING ON BCAST PREFIX c")
    one.run("GET d")
    other.run("MSET c 1 d 1")
    assert told(one) == [invalid("c")]


def test_a_broadcast_comes_once_a_turn_and_behind_the_reply(connect):
    one = connect("CLIENT TRACKING ON BCAST")
    for line in ("SET a 1", "SET b 1", "DEL a", "PING"):
        one.send(*line.split())
    assert told(one) == ["+OK", "+OK", ":1", "+PONG", invalid("a", "b")]


def test_a_broadcast_without_own_changes(peers, connect):
    one, other = connect("CLIENT TRACKING ON BCAST NOLOOP"), connect()
    one.run("SET a 1")
    assert told(one) == []
    one.send("SET", "a", "1")
    one.send("SET", "b", "1")
    one.send("SET", "c", "1", "PX", "1")
    other.send("SET", "b", "2")
    peers.turn(1)
    assert one.spelled() == "+OK"
    assert [*told(one)][2:] == [invalid("b")]
    peers.server.clock.set(peers.server.clock.now_ms + 1000)
    one.run("GET c")
    assert told(one) == [invalid("c")]


# Redirection


def test_changes_are_told_to_somebody_else(connect):
    listener = connect()
    one = connect(f"CLIENT TRACKING ON REDIRECT {listener.client.id}", "GET k")
    assert one.run("SET k v") == "+OK"
    assert told(one) == []
    assert told(listener) == [invalid("k")]
    assert one.run("CLIENT GETREDIR") == f":{listener.client.id}"


def test_changes_are_told_in_resp2_to_who_subscribes(peers):
    listener, one, other = peers.connect(), peers.connect(), peers.connect()
    one.run(f"CLIENT TRACKING ON REDIRECT {listener.client.id}")
    one.run("GET k")
    other.run("SET k v")
    assert listener.is_silent()
    listener.run("SUBSCRIBE __redis__:invalidate")
    one.run("GET k")
    other.run("SET k v")
    assert told(listener) == ['["message", "__redis__:invalidate", ["k"]]']
    other.run("FLUSHALL")
    assert told(listener) == ['["message", "__redis__:invalidate", nil]']


def test_a_client_that_redirects_to_nobody_is_told_so(peers, connect):
    listener = connect()
    number = listener.client.id
    one = connect(f"CLIENT TRACKING ON REDIRECT {number}", "GET k")
    listener.close()
    peers.turn_until(lambda: number not in peers.server.clients)
    assert "flags=t " in one.run("CLIENT INFO")
    one.run("SET k v")
    assert told(one) == [f'>["tracking-redir-broken", :{number}]']
    assert "flags=tR " in one.run("CLIENT INFO")
    assert '~["on", "broken_redirect"]' in one.run("CLIENT TRACKINGINFO")
    one.run("CLIENT TRACKING ON")
    assert "flags=t " in one.run("CLIENT INFO")


def test_who_cannot_listen_is_told_nothing(peers):
    one, other = peers.connect(), peers.connect()
    one.run("CLIENT TRACKING ON")
    one.run("GET k")
    other.run(f"CLIENT TRACKING ON REDIRECT {one.client.id}")
    other.run("GET k")
    peers.connect().run("SET k v")
    assert one.is_silent()
    assert other.is_silent()


def test_who_wants_no_replies_is_told_all_the_same(connect):
    one, other = connect("CLIENT TRACKING ON", "GET k"), connect()
    one.send("CLIENT", "REPLY", "OFF")
    assert one.is_silent()
    other.run("SET k v")
    assert told(one) == [invalid("k")]


# The limit


def test_the_table_is_bounded(peers, connect):
    one, other = connect("CONFIG SET tracking-table-max-keys 3", "CLIENT TRACKING ON"), connect()
    one.run("MGET a b c")
    assert told(one) == []
    one.run("GET d")
    tracking = peers.server.tracking
    assert (tracking.total_keys, tracking.total_items) == (3, 3)
    assert len(told(one)) == 1
    other.run("CONFIG SET tracking-table-max-keys 1")
    assert len(told(one)) == 2
    one.run("CLIENT TRACKING ON NOLOOP")
    one.run("MGET a b c")
    assert len(told(one)) >= 2
    assert tracking.total_keys == 1
    other.run("CONFIG SET tracking-table-max-keys 0")
    one.run("MGET a b c d e f g")
    assert told(one) == []
    assert tracking.total_keys >= 7


def test_many_keys_are_forgotten_bit_by_bit(execute):
    tracking, client = execute.server.tracking, execute.client
    get = execute.server.commands.find([b"GET"])
    execute("CLIENT TRACKING ON")
    for number in range(FORGOTTEN_AT_ONCE * 2):
        tracking.remember(client, get, [b"GET", b"%d" % number])
    execute("CONFIG SET tracking-table-max-keys 1")
    assert tracking.total_keys == FORGOTTEN_AT_ONCE
    execute.server.cron()
    assert tracking.total_keys == tracking.total_items == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 5))))
def test_what_is_remembered(steps):
    """Random steps against a dictionary of sets."""
    server = Server()
    tracking, get = server.tracking, server.commands.find([b"GET"])
    clients = [server.client() for _ in range(5)]
    model = {}
    for client in clients:
        server.clients.connected[client.id] = client
        client.protocol = 3
        tracking.start(client)
    for action, who, number in steps:
        client, key = clients[who], b"k%d" % number
        if action:
            tracking.remember(client, get, [b"GET", key])
            model.setdefault(key, set()).add(client)
        else:
            tracking.invalidate(key, None)
            assert {each for each in clients if len(each.output)} == model.pop(key, set())
            for each in clients:
                each.output.clear()
        assert tracking.total_keys == len(model)
        assert tracking.total_items == sum(map(len, model.values()))
    server.loop.close()
