"""MULTI, EXEC, DISCARD: what is queued, what is run, what it replies, what is handed on."""

import pytest

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.protocol.replies import OK, PONG, QUEUED
from tests.support.peers import Peers, declared


@pytest.fixture
def peers():
    """A server with connections."""
    made = Peers()
    yield made
    made.close()


def refused(run, line):
    """The error text of a request that must fail."""
    with pytest.raises(CommandError) as caught:
        run(line)
    return caught.value.text


def test_a_program_gets_a_list_of_values(run):
    run("RPUSH l a b c")
    assert run("MULTI") is OK
    for line in ("LRANGE l 0 -1", "RPOP l", "LRANGE l 0 -1", "INCR l", "GET x", "PING"):
        assert run(line) is QUEUED
    *values, error, missing, pong = run("EXEC")
    assert values == [[b"a", b"b", b"c"], b"c", [b"a", b"b"]]
    assert isinstance(error, CommandError)
    assert error.text == errors.WRONG_TYPE
    assert (missing, pong) == (None, PONG)


def test_its_values_are_no_views(run):
    run("HSET h f v")
    run("SADD s m n")
    run("ZADD z 1 a 2 b")
    run("SET long " + "x" * 5000)
    run("MULTI")
    for line in (
        "HGETALL h",
        "HKEYS h",
        "SMEMBERS s",
        "ZRANGE z 0 -1 WITHSCORES",
        "GET long",
        "HRANDFIELD h -2 WITHVALUES",
        "SRANDMEMBER s -3",
        "CONFIG GET databases",
    ):
        run(line)
    run("DEL h s z long")
    values = run("EXEC")
    assert values[:5] == [{b"f": b"v"}, [b"f"], {b"m", b"n"}, [b"a", 1.0, b"b", 2.0], b"x" * 5000]
    assert values[5] == [[b"f", b"v"]] * 2
    assert set(values[6]) <= {b"m", b"n"}
    assert values[7:] == [{b"databases": b"16"}, 4]


def test_a_conversation_gets_each_reply_as_it_was_then(peers):
    peer = peers.connect()
    peer.run("RPUSH l a b c")
    assert peer.run("MULTI") == "+OK"
    for line in ("LRANGE l 0 -1", "DEL l", "LRANGE l 0 -1", "HELLO 3", "GET x"):
        assert peer.run(line) == "+QUEUED"
    spelled = peer.run("EXEC")
    assert spelled.startswith('[["a", "b", "c"], :1, [], {"server": ')
    assert spelled.endswith(", null]")


def test_states_that_are_errors(run):
    assert refused(run, "EXEC") == errors.EXEC_WITHOUT_MULTI
    assert refused(run, "DISCARD") == errors.DISCARD_WITHOUT_MULTI
    run("MULTI")
    assert refused(run, "MULTI") == errors.NESTED_MULTI
    assert refused(run, "WATCH k") == errors.WATCH_IN_MULTI
    run("SET k v")
    assert run("EXEC") == [OK]


@pytest.mark.parametrize("line", ["FOO", "GET", "CLIENT FOO", "SHUTDOWN", "EXEC x", "GET a b"])
def test_what_cannot_be_queued_fails_the_transaction(run, line):
    run("MULTI")
    run("SET k v")
    text = refused(run, line)
    if line == "EXEC x":
        assert text == errors.exec_abort(errors.wrong_arity("exec").removeprefix("ERR "))
        assert refused(run, "EXEC") == errors.EXEC_WITHOUT_MULTI
    else:
        assert run("SET k w") is QUEUED
        assert len(run.client.queue) == 1
        assert refused(run, "EXEC") == errors.EXEC_ABORT
    assert run("GET k") is None
    assert run.client.queue is None


def test_a_failing_request_stops_no_other(run):
    run("MULTI")
    for line in ("SET k v", "LPUSH k x", "APPEND k w"):
        run(line)
    assert [str(part) for part in run("EXEC")][1:] == [errors.WRONG_TYPE, "2"]


def test_discard_forgets_what_was_queued(run):
    run("MULTI")
    run("SET k v")
    assert run.client.queue_bytes == 5
    assert run("DISCARD") is OK
    assert run.client.queue_bytes == 0
    assert run("GET k") is None


def test_reset_and_quit_are_not_queued(peers):
    peer = peers.connect()
    peer.run("MULTI")
    assert peer.run("RESET") == "+RESET"
    assert peer.run("GET k") == "nil"
    peer.run("MULTI")
    assert peer.run("QUIT") == "+OK"
    assert peer.is_closed()


def test_unwatch_is_queued(run):
    run("MULTI")
    assert run("UNWATCH") is QUEUED
    assert run("EXEC") == [OK]


def test_who_leaves_takes_its_transaction_along(peers):
    peer = peers.connect()
    peer.run("WATCH k")
    peer.run("MULTI")
    peer.run("SET k v")
    peer.close()
    peers.turn_until(lambda: not peers.server.clients)
    assert len(peers.server.dispatcher.watching) == 0
    assert peers.connect().run("EXISTS k") == ":0"


def test_commands_that_wait_do_not(peers):
    peer = peers.connect()
    peer.run("MULTI")
    for line in ("BLPOP l 0", "RPUSH l a", "BLPOP l 0", "BZPOPMIN z 0"):
        peer.run(line)
    assert peer.run("EXEC") == '[nil*, :1, ["l", "a"], nil*]'


def test_those_who_wait_are_served_behind_it(peers):
    waiter, peer = peers.connect(), peers.connect()
    waiter.send("BLPOP", "l", "0")
    peers.turn_until(lambda: waiter.client.waiting is not None)
    peer.run("MULTI")
    for line in ("RPUSH l a", "LPOP l", "RPUSH l b c", "LRANGE l 0 -1"):
        peer.run(line)
    assert peer.run("EXEC") == '[:1, "a", :2, ["b", "c"]]'
    assert waiter.spelled() == '["l", "b"]'


def test_calls_are_counted_when_they_are_run(run):
    commands = run.server.commands
    get, exec_ = [commands.record_of(commands.find([name])) for name in (b"get", b"exec")]
    run("MULTI")
    run("GET k")
    assert get.calls == 0
    run("EXEC")
    assert (get.calls, exec_.calls) == (1, 1)
    assert run.client.last_command.name == b"exec"


def test_what_it_writes_is_handed_on_as_one_unit(run):
    run("MULTI")
    for line in ("SET k v EX 10", "GET k", "SELECT 2", "SPOP none", "INCR n"):
        run(line)
    assert run.handed_on("EXEC") == [b"MULTI", b"SET k v PXAT 1700000010000", b"INCR n", b"EXEC"]
    run("MULTI")
    run("INCR n")
    assert run.handed_on("EXEC") == [b"INCR n"]
    run("MULTI")
    run("GET n")
    assert run.handed_on("EXEC") == []


def test_replies_that_the_client_does_not_want(peers):
    peer = peers.connect()
    peer.run("MULTI")
    peer.run("CLIENT REPLY OFF")
    peer.run("PING")
    peer.run("CLIENT REPLY ON")
    peer.send("EXEC")
    # The array is one short, as with Redis.
    peers.turn()
    assert peer.socket.recv(100) == b"*3\r\n+OK\r\n"
    peer.run("CLIENT REPLY ON")
    peer.run("MULTI")
    peer.run("CLIENT REPLY SKIP")
    peer.run("PING")
    peer.send("EXEC")
    peer.send("PING")
    peers.turn()
    assert peer.socket.recv(100) == b"*2\r\n+PONG\r\n"
    assert peer.run("ECHO x") == '"x"'


def test_a_pause_of_writes_holds_transactions_that_write(peers):
    writer, reader, other = peers.connect(), peers.connect(), peers.connect()
    for peer, line in ((writer, "SET k v"), (reader, "GET k")):
        peer.run("MULTI")
        peer.run(line)
    other.run("CLIENT PAUSE 100000 WRITE")
    assert reader.run("EXEC") == "[nil]"
    writer.send("EXEC")
    assert writer.is_silent()
    other.run("CLIENT UNPAUSE")
    assert writer.spelled() == "[+OK]"


def test_an_authentication_that_is_needed(run):
    run.client.enter(run.client.user, True)
    assert refused(run, "EXEC") == errors.exec_abort(errors.NO_AUTHENTICATION)


def test_a_mistake_of_ours_ends_only_its_command(run):
    def broken(client, key):
        raise ZeroDivisionError

    declared(run.server, "BROKEN key", broken)
    run("MULTI")
    run("BROKEN k")
    run("PING")
    error, pong = run("EXEC")
    assert error.text == errors.INTERNAL_ERROR
    assert pong is PONG


def test_replies_behind_one_that_is_streamed(peers):
    peer = peers.connect()
    peer.run("SADD s " + "m" * 1000)
    peer.run("HSET h f " + "v" * 1000)
    peer.run("MULTI")
    for line in (
        "SRANDMEMBER s -500",
        "DEL s",
        "HRANDFIELD h -500 WITHVALUES",
        "PING",
        "SRANDMEMBER s -5",
        "SUBSCRIBE a",
        "PUBLISH a x",
    ):
        assert peer.run(line) == "+QUEUED"
    peer.send("EXEC")
    members, deleted, pairs, *rest = peer.read().content
    assert {member.content for member in members.content} == {b"m" * 1000}
    assert (len(members.content), deleted.content, len(pairs.content)) == (500, 1, 1000)
    assert [part.content for part in rest[:2]] == ["PONG", []]
    assert peer.spelled() == '["message", "a", "x"]'
    assert peer.run("UNSUBSCRIBE a") == '["unsubscribe", "a", :0]'
    assert peer.run("ECHO x") == '"x"'


def test_a_transaction_that_replies_too_much_is_cut(peers):
    peers.server.config.set_many({"client-output-buffer-limit": "normal 1mb 0 0"})
    peer = peers.connect()
    peer.run("SET k " + "x" * 100_000)
    peer.run("MULTI")
    for _ in range(100):
        peer.run("GET k")
    peer.run("SET done yes")
    peer.send("EXEC")
    peers.turn_until(lambda: not peers.server.clients)
    assert peers.connect().run("GET done") == '"yes"'
