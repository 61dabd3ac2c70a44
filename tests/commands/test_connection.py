"""The connection commands but for CLIENT: HELLO, AUTH, SELECT, RESET, QUIT, PING, ECHO."""

import pytest

from rediskit.users.acl_log import AUTHENTICATION_DENIED
from tests.support.peers import Peers

NEEDS_AUTHENTICATION = "-NOAUTH Authentication required."
WRONG_PASSWORD = "-WRONGPASS invalid username-password pair or user is disabled."


@pytest.fixture
def peers():
    """A server in this process without a password."""
    made = Peers()
    yield made
    made.close()


@pytest.fixture
def guarded():
    """A server in this process with the password `secret`."""
    made = Peers(requirepass="secret")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("PING", "+PONG"),
        ("PING hello", '"hello"'),
        ("PING ''", '""'),
        ("PING a b", "-ERR wrong number of arguments for 'ping' command"),
        ("ECHO a", '"a"'),
        ("SELECT 15", "+OK"),
        ("SELECT 16", "-ERR DB index is out of range"),
        ("SELECT -1", "-ERR DB index is out of range"),
        ("SELECT x", "-ERR value is not an integer or out of range"),
        (
            "SELECT 2147483648",
            "-ERR value is out of range, value must between -2147483648 and 2147483647",
        ),
    ],
)
def test_simple_ones(peers, line, reply):
    for protocol in (2, 3):
        one = peers.connect()
        one.run(f"HELLO {protocol}")
        assert one.run(line) == reply


def test_databases_are_of_the_connection(peers):
    one, other = peers.connect(), peers.connect()
    one.run("SELECT 1")
    one.run("SET k v")
    assert other.run("GET k") == "nil"
    other.run("SELECT 1")
    assert other.run("GET k") == '"v"'


# HELLO


def test_hello_says_who_the_server_is(peers):
    one = peers.connect()
    flat = '["server", "redis", "version", "7.4.0", "proto", :2, "id", :1, '
    flat += '"mode", "standalone", "role", "master", "modules", []]'
    assert one.run("HELLO") == one.run("HELLO 2") == flat
    pairs = '{"server": "redis", "version": "7.4.0", "proto": :3, "id": :1, '
    pairs += '"mode": "standalone", "role": "master", "modules": []}'
    assert one.run("HELLO 3") == one.run("HELLO") == pairs
    assert one.run("GET k") == "null"
    assert one.run("HELLO 2 SETNAME me") == flat
    assert one.run("CLIENT GETNAME") == '"me"'


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("x", "ERR Protocol version is not an integer or out of range"),
        ("1", "NOPROTO unsupported protocol version"),
        ("4", "NOPROTO unsupported protocol version"),
        ("3 FOO", "ERR Syntax error in HELLO option 'FOO'"),
        ("3 AUTH default", "ERR Syntax error in HELLO option 'AUTH'"),
        ("3 setname", "ERR Syntax error in HELLO option 'setname'"),
        (
            "3 SETNAME 'a b'",
            "ERR Client names cannot contain spaces, newlines or special characters.",
        ),
        ("3 AUTH nobody x SETNAME me", WRONG_PASSWORD[1:]),
    ],
)
def test_a_hello_that_fails_changes_nothing(peers, words, error):
    one = peers.connect()
    assert one.run("HELLO " + words) == "-" + error
    assert one.run("CLIENT GETNAME") == "nil"
    assert (one.client.protocol, one.client.name) == (2, b"")


# Passwords


def test_without_a_password_any_will_do(peers):
    one = peers.connect()
    assert one.run("AUTH x") == (
        "-ERR AUTH <password> called without any password configured for the default user. "
        "Are you sure your configuration is correct?"
    )
    assert one.run("AUTH default x") == "+OK"
    assert one.run("AUTH nobody x") == WRONG_PASSWORD
    assert one.run("AUTH a b c") == "-ERR syntax error"
    assert one.run("PING") == "+PONG"


def test_nothing_is_done_before_the_password(guarded):
    one = guarded.connect()
    for line in ("PING", "GET k", "CLIENT ID", "SELECT 1", "ECHO x"):
        assert one.run(line) == NEEDS_AUTHENTICATION
    assert one.run("HELLO 3").startswith("-NOAUTH HELLO must be called with the client already")
    for line in ("AUTH wrong", "AUTH default wrong", "AUTH nobody secret", "AUTH ''"):
        assert one.run(line) == WRONG_PASSWORD
    assert one.run("HELLO 3 AUTH default wrong SETNAME me") == WRONG_PASSWORD
    assert one.client.protocol == 2
    assert guarded.server.users.acl_log.counts[AUTHENTICATION_DENIED] == 5
    assert one.run("AUTH secret") == "+OK"
    assert one.run("PING") == "+PONG"
    assert one.run("AUTH wrong") == WRONG_PASSWORD
    assert one.run("PING") == "+PONG"


def test_hello_takes_the_password(guarded):
    one = guarded.connect()
    assert one.run("HELLO 3 AUTH default secret SETNAME me").startswith("{")
    assert one.run("CLIENT GETNAME") == '"me"'
    assert guarded.connect().run("HELLO AUTH default secret").startswith("-ERR Protocol version")


def test_passwords_are_bytes(guarded):
    one, other = guarded.connect(), guarded.connect()
    one.run("AUTH secret")
    assert one.run(r'CONFIG SET requirepass "abc\x00\xff"') == "+OK"
    assert other.run("AUTH abc") == other.run(r'AUTH "abc\x00"') == WRONG_PASSWORD
    assert other.run(r'AUTH "abc\x00\xff"') == "+OK"


def test_a_password_may_come_go_and_change(peers):
    before = peers.connect()
    assert before.run("CONFIG SET requirepass one") == "+OK"
    assert before.run("PING") == "+PONG"
    after = peers.connect()
    assert after.run("PING") == NEEDS_AUTHENTICATION
    before.run("CONFIG SET requirepass two")
    assert after.run("AUTH one") == WRONG_PASSWORD
    before.run("CONFIG SET requirepass ''")
    assert after.run("PING") == "+PONG"
    before.run("CONFIG SET requirepass three")
    assert after.run("PING") == NEEDS_AUTHENTICATION
    assert after.run("AUTH three") == "+OK"
    before.run("CONFIG SET requirepass four")
    assert after.run("PING") == "+PONG"


def test_requests_are_small_before_the_password(guarded):
    one = guarded.connect()
    one.send_raw(b"*11\r\n")
    assert one.spelled() == "-ERR Protocol error: unauthenticated multibulk length"
    assert one.is_closed()
    other = guarded.connect()
    other.send_raw(b"*2\r\n$4\r\nECHO\r\n$16385\r\n")
    assert other.spelled() == "-ERR Protocol error: unauthenticated bulk length"
    assert other.is_closed()


def test_requests_may_be_large_after_the_password(guarded):
    one = guarded.connect()
    one.send("AUTH", "secret")
    one.send("ECHO", "x" * 20_000)
    one.send("EXISTS", *range(20))
    assert [one.spelled() for _ in range(3)] == ["+OK", '"' + "x" * 20_000 + '"', ":0"]
    one.run("RESET")
    one.send_raw(b"*11\r\n")
    assert one.spelled() == "-ERR Protocol error: unauthenticated multibulk length"


def test_limits_follow_the_password(peers):
    one = peers.connect()
    one.run("CONFIG SET requirepass x")
    other = peers.connect()
    assert other.run("PING") == NEEDS_AUTHENTICATION
    one.run("CONFIG SET requirepass ''")
    assert other.run("EXISTS " + "k " * 20) == ":0"


def test_passwords_are_blotted_out_of_requests(guarded):
    seen = []
    client = guarded.server.client()
    for words in (
        [b"AUTH", b"default", b"secret"], [b"AUTH", b"secret"],
        [b"HELLO", b"2", b"SETNAME", b"me", b"AUTH", b"default", b"secret"],
        [b"CONFIG", b"SET", b"timeout", b"0", b"requirepass", b"secret"],
    ):  # fmt: skip
        guarded.server.dispatcher.execute(client, words)
        seen.append(b" ".join(words))
    assert seen == [
        b"AUTH (redacted) (redacted)",
        b"AUTH (redacted)",
        b"HELLO 2 SETNAME me AUTH (redacted) (redacted)",
        b"CONFIG SET timeout 0 requirepass (redacted)",
    ]


def test_a_password_ends_protected_mode(peers):
    network = peers.server.network
    assert not network.password_needed()
    peers.connect().run("CONFIG SET requirepass x")
    assert network.password_needed()


# RESET and QUIT


def test_reset(peers):
    one = peers.connect()
    for line in (
        "HELLO 3 SETNAME me", "SELECT 4", "CLIENT NO-EVICT ON", "CLIENT NO-TOUCH ON",
        "CLIENT SETINFO lib-name library",
    ):  # fmt: skip
        one.run(line)
    assert one.run("RESET") == "+RESET"
    assert one.run("GET k") == "nil"
    line = one.run("CLIENT INFO")
    for part in (" name= ", " flags=N ", " db=0 ", " resp=2 ", " lib-name=library "):
        assert part in line


def test_reset_ends_unwanted_replies(peers):
    one = peers.connect()
    one.send("CLIENT", "REPLY", "OFF")
    assert one.run("RESET") == "+RESET"
    assert one.run("PING") == "+PONG"


def test_reset_forgets_the_password_that_was_shown(guarded):
    one = guarded.connect()
    one.run("AUTH secret")
    assert one.run("RESET") == "+RESET"
    assert one.run("PING") == NEEDS_AUTHENTICATION


def test_quit_ends_the_conversation_after_its_reply(guarded):
    for line in ("QUIT", "quit a b"):
        one = guarded.connect()
        one.send(*line.split())
        one.send("AUTH", "secret")
        assert one.spelled() == "+OK"
        assert one.is_closed()
