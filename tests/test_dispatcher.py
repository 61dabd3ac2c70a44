"""The path of a request: look-up, gates, run, statistics, what is handed on, pauses."""

import pytest

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.grammar.command import FAST, MAY_REPLICATE, READ, WRITE
from rediskit.keyspace.changes import framed
from rediskit.server import Server
from tests.support.peers import Peers, declared


@pytest.fixture
def server():
    """A server in this process that nobody is connected to."""
    return Server()


@pytest.fixture
def client(server):
    """A client of it without a connection."""
    return server.client()


@pytest.fixture
def peers():
    """A server with connections."""
    made = Peers()
    yield made
    made.close()


def output(client):
    """What was written to a client."""
    return client.output.slice(0, len(client.output))


def refused(server, client, *arguments):
    """The error text of a request that must fail."""
    with pytest.raises(CommandError) as caught:
        server.execute(client, *arguments)
    return caught.value.text


# One request


def test_a_program_gets_the_value(server, client):
    server.execute(client, b"SET", b"k", b"1")
    assert server.execute(client, b"INCR", b"k") == 2
    assert output(client) == b""


def test_a_conversation_gets_the_reply(server, client):
    server.dispatcher.request(client, [b"ECHO", b"a"])
    server.dispatcher.request(client, [b"foo", b"a", b"b"])
    server.dispatcher.request(client, [b"EcHo", b"b"])
    expected = b"$1\r\na\r\n-%s\r\n$1\r\nb\r\n"
    assert output(client) == expected % errors.unknown_command(b"foo", [b"a", b"b"]).encode()


def record_of(server, name):
    """What the server counted of a command."""
    return server.commands.record_of(server.commands.find([name]))


def test_what_no_command_is_found_for(server, client):
    assert refused(server, client, b"FOO", b"a") == (
        "ERR unknown command 'FOO', with args beginning with: 'a' "
    )
    assert refused(server, client, b"client", b"Foo") == (
        "ERR unknown subcommand 'Foo'. Try CLIENT HELP."
    )
    assert client.last_command is None


def test_a_wrong_number_of_words(server, client):
    assert refused(server, client, b"GET") == errors.wrong_arity(b"get")
    assert refused(server, client, b"CLIENT") == errors.wrong_arity(b"client")
    assert refused(server, client, b"CLIENT", b"ID", b"x") == errors.wrong_arity(b"client|id")
    assert record_of(server, b"get").rejected_calls == 1
    assert client.last_command.name == b"client|id"


def test_more_words_than_its_function_takes_are_an_error_of_the_command(server, client):
    assert refused(server, client, b"PING", b"a", b"b") == errors.wrong_arity(b"ping")
    server.execute(client, b"MULTI")
    server.execute(client, b"PING", b"a", b"b")
    server.execute(client, b"PING", b"a")
    error, message = server.execute(client, b"EXEC")
    assert (error.text, message) == (errors.wrong_arity(b"ping"), b"a")
    record = record_of(server, b"ping")
    assert (record.calls, record.failed_calls, record.rejected_calls) == (3, 2, 0)


def test_errors_are_counted_by_their_codes(server, client):
    server.execute(client, b"SET", b"k", b"v")
    refused(server, client, b"INCR", b"k")
    server.dispatcher.request(client, [b"INCR", b"k"])
    refused(server, client, b"AUTH", b"nobody", b"x")
    assert server.dispatcher.errors == {"ERR": 2, "WRONGPASS": 1}
    assert server.dispatcher.error_replies == 3
    assert record_of(server, b"incr").failed_calls == 2
    server.dispatcher.reset_statistics()
    assert server.dispatcher.errors == {}


def test_error_codes_are_not_remembered_without_end(server):
    for number in range(1000):
        server.dispatcher.count_error(CommandError("X" * (number + 1) + " no"))
    assert len(server.dispatcher.errors) == 128
    assert server.dispatcher.error_replies == 1000


def test_calls_are_counted(server, client):
    processed = server.dispatcher.commands_processed
    for _ in range(3):
        server.execute(client, b"GET", b"k")
    assert record_of(server, b"get").calls == 3
    assert server.dispatcher.commands_processed == processed + 3
    assert client.last_command is server.commands.find([b"get"])
    assert client.call is None


def test_a_mistake_of_ours_is_an_error_and_no_end(server, client):
    def broken(client):
        raise ZeroDivisionError

    declared(server, "BROKEN", broken)
    server.dispatcher.request(client, [b"BROKEN"])
    server.dispatcher.request(client, [b"PING"])
    assert output(client) == b"-%s\r\n+PONG\r\n" % errors.INTERNAL_ERROR.encode()


def test_who_is_not_authenticated_may_do_little(server, client):
    client.enter(client.user, True)
    assert refused(server, client, b"GET", b"k") == errors.NO_AUTHENTICATION
    assert refused(server, client, b"FOO").startswith("ERR unknown command")


def test_each_of_many_refusals_is_told_its_own_reason(server, client):
    client.enter(client.user, True)
    for words in ([b"PING"], [b"FOO"], [b"GET", b"k"], [b"PING"], [b"GET"]):
        server.dispatcher.request(client, words)
    replies = output(client).decode().splitlines()
    assert [reply.split(" ")[:2] for reply in replies] == [
        ["-NOAUTH", "Authentication"],
        ["-ERR", "unknown"],
        ["-NOAUTH", "Authentication"],
        ["-NOAUTH", "Authentication"],
        ["-ERR", "wrong"],
    ]
    assert server.dispatcher.error_replies == 5


def test_errors_that_are_raised_gather_no_tracebacks(server, client):
    def depth():
        with pytest.raises(CommandError) as caught:
            server.execute(client, b"FOO")
        return len(caught.traceback)

    server.dispatcher.request(client, [b"FOO"])
    assert depth() == depth() == depth()
    assert refused(server, client, b"GET") == errors.wrong_arity(b"get")
    assert server.execute(client, b"QUIT").text == b"OK"


# What is handed on to logs and replicas


@pytest.fixture
def handed(server):
    """What the server hands on: [(database number, *words), ...]."""
    found = []
    server.keyspace.changes.takers.append(
        lambda *unit: found.extend((number, *words) for number, words in framed(*unit))
    )
    return found


def test_requests_that_change_data_are_handed_on(server, client, handed):
    server.execute(client, b"SELECT", b"3")
    server.execute(client, b"SET", b"k", b"v")
    server.execute(client, b"GET", b"k")
    server.execute(client, b"DEL", b"missing")
    server.execute(client, b"DEL", b"k", b"missing")
    assert handed == [(3, b"SET", b"k", b"v"), (3, b"DEL", b"k", b"missing")]


def test_a_request_that_fails_hands_nothing_on(server, client, handed):
    server.execute(client, b"SET", b"k", b"v")
    del handed[:]
    refused(server, client, b"INCR", b"k")
    assert handed == []


def test_a_command_may_hand_on_others_instead(server, client, handed):
    def both(client, key):
        client.rewrite(b"SET", key, b"1")
        client.rewrite(b"PERSIST", key)
        client.database.store(key, b"1")
        client.database.changed(key, "set")

    declared(server, "BOTH key", both, WRITE)
    server.execute(client, b"BOTH", b"k")
    server.execute(client, b"SET", b"x", b"y")
    unit = [(0, b"MULTI"), (0, b"SET", b"k", b"1"), (0, b"PERSIST", b"k"), (0, b"EXEC")]
    assert handed == [*unit, (0, b"SET", b"x", b"y")]


def test_that_keys_have_expired_is_handed_on(server, client, handed):
    for key in (b"a", b"b", b"c", b"d"):
        server.execute(client, b"SET", key, b"v", b"PXAT", b"%d" % (server.clock.now_ms + 10))
    del handed[:]
    server.clock.set(server.clock.now_ms + 20)
    server.dispatcher.execute(client, [b"GET", b"a"])
    assert handed == [(0, b"DEL", b"a")]
    server.dispatcher.execute(client, [b"SET", b"b", b"w"])
    assert handed[1:] == [(0, b"MULTI"), (0, b"DEL", b"b"), (0, b"SET", b"b", b"w"), (0, b"EXEC")]
    server.keyspace.expire_cycle()
    assert sorted(handed[5:]) == [(0, b"DEL", b"c"), (0, b"DEL", b"d")]


def test_who_does_not_touch_leaves_no_trace(server, client):
    server.execute(client, b"SET", b"k", b"v")
    server.clock.set(server.clock.now_ms + 100_000)
    server.cron()
    server.execute(client, b"CLIENT", b"NO-TOUCH", b"ON")
    server.execute(client, b"GET", b"k")
    assert server.execute(client, b"OBJECT", b"IDLETIME", b"k") == 100
    server.execute(client, b"TOUCH", b"k")
    assert server.execute(client, b"OBJECT", b"IDLETIME", b"k") == 0


# Pauses


def test_a_pause_of_writes_lets_reads_through(peers):
    one, other = peers.connect(), peers.connect()
    assert one.run("CLIENT PAUSE 60000 WRITE") == "+OK"
    other.send("GET", "k")
    other.send("SET", "k", "v")
    other.send("GET", "k")
    assert other.spelled() == "nil"
    assert other.is_silent()
    assert other.client.blocked
    assert other.client.last_command.name == b"set"
    assert one.run("GET k") == "nil"
    assert one.run("CLIENT UNPAUSE") == "+OK"
    assert [other.spelled(), other.spelled()] == ["+OK", '"v"']
    assert not other.client.blocked


@pytest.mark.parametrize(
    ("flags", "is_held"), [((READ,), False), ((WRITE,), True), ((FAST | MAY_REPLICATE,), True)]
)
def test_what_a_pause_of_writes_holds(peers, flags, is_held):
    one, other = peers.connect(), peers.connect()
    one.run("CLIENT PAUSE 60000 WRITE")
    declared(peers.server, "SOME", lambda client: 1, *flags)
    other.send("SOME")
    assert other.is_silent() == is_held
    one.run("CLIENT UNPAUSE")
    assert other.spelled() == ":1"


def test_a_pause_of_all_holds_all_and_ends_by_itself(peers):
    one, other = peers.connect(), peers.connect()
    one.run("CLIENT PAUSE 40")
    for peer in (one, other):
        peer.send("CLIENT", "ID")
        assert peer.is_silent()
    assert [one.spelled(), other.spelled()] == [":1", ":2"]
    assert not peers.server.dispatcher.pause.is_on


def test_a_long_pause_is_ended_by_the_cron(peers):
    one = peers.connect()
    one.run("CLIENT PAUSE 5000")
    one.send("PING")
    assert one.is_silent()
    peers.server.clock.set(peers.server.clock.now_ms + 5000)
    peers.server.cron()
    assert one.spelled() == "+PONG"


def test_a_later_pause_neither_shortens_nor_softens(peers):
    pause = peers.server.dispatcher.pause
    pause.begin(2000, True)
    pause.begin(1000, True)
    assert (pause.until_ms, pause.only_writes) == (2000, True)
    pause.begin(1500, False)
    pause.begin(3000, True)
    assert (pause.until_ms, pause.only_writes) == (3000, False)
    pause.end()
    pause.begin(500, True)
    assert (pause.until_ms, pause.only_writes) == (500, True)


def test_requests_that_make_no_sense_are_refused_at_once(peers):
    one = peers.connect()
    one.run("CLIENT PAUSE 60000 WRITE")
    assert one.run("SET k") == "-ERR wrong number of arguments for 'set' command"
    assert one.run("FOO").startswith("-ERR unknown command")


def test_what_was_put_aside_is_served_in_its_order(peers):
    one = peers.connect()
    one.run("CLIENT PAUSE 60000 WRITE")
    others = [peers.connect() for _ in range(5)]
    for peer in others:
        peer.send("APPEND", "k", str(peer.client.id))
        peers.turn()
    one.run("CLIENT UNPAUSE")
    assert [peer.spelled() for peer in others] == [":1", ":2", ":3", ":4", ":5"]
    assert one.run("GET k") == '"23456"'


def test_a_paused_client_that_goes_is_noticed(peers):
    one, other = peers.connect(), peers.connect()
    one.run("CLIENT PAUSE 60000 WRITE")
    other.send("SET", "k", "v")
    assert other.is_silent()
    other.close()
    peers.turn_until(lambda: len(peers.server.clients) == 1)
    assert not len(peers.server.dispatcher.pause)
    one.run("CLIENT UNPAUSE")
    assert one.run("GET k") == "nil"


def test_the_end_of_a_pause_is_not_handed_on(peers):
    handed = []
    peers.server.keyspace.changes.takers.append(
        lambda unit, is_atomic: handed.extend(words for _, words in unit)
    )
    one, other = peers.connect(), peers.connect()
    one.run("CLIENT PAUSE 60000 WRITE")
    other.send("SET", "k", "v")
    assert other.is_silent()
    one.run("CLIENT UNPAUSE")
    other.spelled()
    assert handed == [[b"SET", b"k", b"v"]]


def test_what_was_put_aside_may_be_put_aside_again(peers):
    one, other = peers.connect(), peers.connect()
    one.run("CLIENT PAUSE 60000 WRITE")
    other.send("SET", "k", "v")
    assert other.is_silent()
    one.send("CLIENT", "UNPAUSE")
    one.send("CLIENT", "PAUSE", "60000", "WRITE")
    assert [one.spelled(), one.spelled()] == ["+OK", "+OK"]
    assert other.is_silent()
    one.run("CLIENT UNPAUSE")
    assert other.spelled() == "+OK"


def test_keys_seem_expired_but_stay_while_paused(peers):
    one = peers.connect()
    one.run("SET k v PX 10000")
    one.run("CLIENT PAUSE 60000 WRITE")
    keyspace = peers.server.keyspace
    peers.server.clock.set(peers.server.clock.now_ms + 20000)
    assert one.run("GET k") == "nil"
    assert one.run("EXISTS k") == ":0"
    keyspace.expire_cycle()
    assert keyspace.expired == 0
    assert len(keyspace.databases[0]) == 1
    one.run("CLIENT UNPAUSE")
    assert one.run("GET k") == "nil"
    assert keyspace.expired == 1
    assert len(keyspace.databases[0]) == 0


def test_programs_are_not_paused(peers):
    peers.server.dispatcher.pause.begin(peers.server.clock.now_ms + 60000, False)
    assert peers.server.execute(peers.server.client(), b"SET", b"k", b"v").text == b"OK"


def test_an_error_within_a_transaction_names_the_command_that_failed(server, client):
    server.execute(client, b"SET", b"k", b"v")
    server.execute(client, b"MULTI")
    server.execute(client, b"EXPIRE", b"k", b"9223372036854775807")
    [error] = server.execute(client, b"EXEC")
    assert error.text == "ERR invalid expire time in 'expire' command"


def test_calls_within_a_call_are_nested_and_leave_nothing_behind(server, client):
    seen = []

    def look(client, *words):
        call = client.call
        seen.append((call.command.name, call.arguments, call.outer and call.outer.command.name))
        if words:
            raise CommandError("ERR no")

    declared(server, "LOOK [word]", look, WRITE)
    server.execute(client, b"LOOK")
    server.execute(client, b"MULTI")
    server.execute(client, b"LOOK")
    server.execute(client, b"LOOK", b"x")
    server.execute(client, b"EXEC")
    assert seen == [
        (b"look", [b"LOOK"], None),
        (b"look", [b"LOOK"], b"exec"),
        (b"look", [b"LOOK", b"x"], b"exec"),
    ]
    assert client.call is None
    assert server.dispatcher.calls.running is None


def test_units_are_handed_over_whole(server, client):
    units = []
    server.keyspace.changes.takers.append(lambda *unit: units.append(unit))
    server.execute(client, b"MULTI")
    server.execute(client, b"SET", b"a", b"1")
    server.execute(client, b"SELECT", b"2")
    server.execute(client, b"SET", b"b", b"1")
    server.execute(client, b"EXEC")
    assert units == [([(0, [b"SET", b"a", b"1"]), (2, [b"SET", b"b", b"1"])], True)]


def test_what_goes_while_no_command_runs_is_a_unit_at_once(server, client):
    units = []
    now_ms = server.clock.now_ms
    for key in (b"a", b"b"):
        server.execute(client, b"SET", key, b"1", b"PXAT", b"%d" % (now_ms + 10))
    server.keyspace.changes.takers.append(lambda *unit: units.append(unit))
    server.clock.set(now_ms + 20)
    assert server.keyspace.databases[0].peek_value(b"a") is None
    assert units == [([(0, [b"DEL", b"a"])], False)]
    server.keyspace.expire_cycle()
    assert units[1:] == [([(0, [b"DEL", b"b"])], False)]
