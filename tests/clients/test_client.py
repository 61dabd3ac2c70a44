"""A conversation: what it remembers, who is trusted, which replies it wants."""

import pytest

from rediskit.clients.bits import NOT_AUTHENTICATED, RESTRICTED, SUBSCRIBED
from rediskit.clients.calls import Call
from rediskit.clients.client import REPLY_OFF, REPLY_ON, REPLY_SKIP, REPLY_SKIP_NEXT, Client
from rediskit.clients.kinds import LOG, NORMAL, PRIMARY, PROGRAM, PUBSUB, REPLICA, SCRIPT
from rediskit.server import Server
from rediskit.users.user import User


@pytest.fixture
def client():
    """A client of a server in this process."""
    return Server().client()


def output(client):
    """What was written to a client since the last look."""
    data = client.output.slice(0, len(client.output))
    client.output.clear()
    return data


def test_clients_have_numbers_of_their_own():
    server = Server()
    assert [server.client().id for _ in range(3)] == [1, 2, 3]


def test_a_new_client(client):
    assert (client.protocol, client.database.number, client.name) == (2, 0, b"")
    assert client.user.name == b"default"
    assert client.authenticated and client.is_trusted
    assert not client.gates and not client.blocked
    assert client.created == client.last_interaction == client.server.clock.seconds


def test_who_has_no_password_may_do_nothing_until_it_is_trusted(client):
    client.enter(client.user, True)
    assert client.gates & NOT_AUTHENTICATED
    assert not client.authenticated and not client.is_trusted
    client.trust(User(b"somebody"))
    assert client.user.name == b"somebody"
    assert client.authenticated and client.is_trusted
    assert client.gates == RESTRICTED


def test_a_client_follows_the_rules_of_its_user(client):
    user = User(b"somebody")
    client.trust(user)
    for rule in (b"+@all", b"~*", b"&*"):
        assert client.gates == RESTRICTED
        user.apply(rule)
        client.follow_user()
    assert not client.gates
    client.start_over()
    user.apply(b"-get")
    client.enter(user, False)
    assert client.gates == RESTRICTED


def test_who_came_without_a_password_is_trusted_when_one_is_set(client):
    client.need_password(True)
    assert client.authenticated and not client.gates & NOT_AUTHENTICATED


def test_who_is_not_trusted_is_let_in_only_while_there_is_no_password(client):
    client.gates |= SUBSCRIBED
    client.enter(client.user, True)
    client.need_password(False)
    assert client.authenticated and client.gates == SUBSCRIBED
    client.need_password(True)
    assert not client.authenticated and client.gates == SUBSCRIBED | NOT_AUTHENTICATED


def test_replies_are_encoded_for_the_protocol(client):
    client.reply(None)
    client.protocol = 3
    client.reply(None)
    client.write({b"a": 1})
    assert output(client) == b"$-1\r\n_\r\n%1\r\n$1\r\na\r\n:1\r\n"


@pytest.mark.parametrize(
    ("mode", "after", "written"),
    [
        (REPLY_ON, REPLY_ON, b":1\r\n"),
        (REPLY_OFF, REPLY_OFF, b""),
        (REPLY_SKIP_NEXT, REPLY_SKIP, b""),
        (REPLY_SKIP, REPLY_ON, b""),
    ],
)
def test_a_reply_may_be_unwanted(client, mode, after, written):
    client.reply_mode = mode
    client.reply(1)
    assert (client.reply_mode, output(client)) == (after, written)


def test_what_is_no_reply_is_written_anyway(client):
    client.reply_mode = REPLY_OFF
    client.write(1)
    client.send(2)
    assert output(client) == b":1\r\n:2\r\n"


def test_starting_over(client):
    client.protocol = 3
    client.name = b"me"
    client.library_name = b"library"
    client.reply_mode = REPLY_OFF
    client.no_evict = True
    client.gates = SUBSCRIBED
    client.queue = []
    client.start_over()
    assert (client.protocol, client.name, client.reply_mode) == (2, b"", REPLY_ON)
    assert (client.no_evict, client.gates, client.queue) == (False, 0, None)
    assert client.library_name == b"library"


@pytest.mark.parametrize(
    ("address", "is_local"),
    [
        ("127.0.0.1:5", True),
        ("127.8.9.1:5", True),
        ("[::1]:5", True),
        ("/tmp/socket:0", True),
        ("10.127.0.1:5", False),
        ("[::2]:5", False),
        ("[2001:db8::1]:5", False),
    ],
)
def test_who_is_local(client, address, is_local):
    client.address = address
    assert client.is_local == is_local


def test_who_comes_from_within_is_local(client):
    assert client.is_local


def test_who_may_be_made_to_wait():
    server = Server()
    database = server.keyspace.databases[0]
    for kind in (NORMAL, PUBSUB, REPLICA):
        client = Client(server, 1, database, server.users.default, kind)
        assert client.may_wait
        client.begin_transaction()
        assert not client.may_wait
        client.become(NORMAL)
        assert not client.may_wait
        client.end_transaction()
        assert client.may_wait
    for kind in (PRIMARY, SCRIPT, LOG, PROGRAM):
        client = Client(server, 1, database, server.users.default, kind)
        client.begin_transaction()
        client.end_transaction()
        assert not client.may_wait
    client.become(NORMAL)
    assert client.may_wait


def test_without_a_connection_nothing_is_sent_and_nobody_minds(client):
    client.send(b"text")
    client.go_on()
    client.close_soon()
    assert bytes(client.output) == b"$4\r\ntext\r\n"
    assert not client.closing


def test_words_are_blotted_out_of_a_request(client):
    client.call = Call(None)
    client.call.arguments = [b"AUTH", b"user", b"password"]
    client.redact(2, 3)
    assert client.call.arguments == [b"AUTH", b"user", b"(redacted)"]


def test_requests_may_be_handed_on_as_others(client):
    client.call = Call(None)
    client.rewrite(b"DEL", b"k")
    assert client.call.rewritten is None
    client.database.keyspace.changes.takers.append(lambda unit, is_atomic: None)
    client.rewrite(b"DEL", b"k")
    client.rewrite(b"SET", b"k", 12)
    assert client.call.rewritten == [[b"DEL", b"k"], [b"SET", b"k", b"12"]]
