"""The line of those who have yet to show a password; tests/test_abuse.py has what they do."""

import pytest

from rediskit.eventloop import READ, WRITE
from rediskit.structures.native import monotonic_us
from tests.support.peers import Peers
from tests.support.resp import request

REFUSED = "-NOAUTH Authentication required."
LATER_US = 1_000_000_000


@pytest.fixture
def peers():
    made = Peers(requirepass="secret")
    yield made
    made.close()


@pytest.fixture
def line(peers):
    """The line, whose time is used up until a test says otherwise."""
    strangers = peers.server.network.strangers
    strangers.paid_until_us = monotonic_us() + LATER_US
    return strangers


def known(peers):
    """A client that has shown the password, as soon as it could."""
    line = peers.server.network.strangers
    paid_until_us, line.paid_until_us = line.paid_until_us, 0
    peer = peers.connect()
    assert peer.run("AUTH secret") == "+OK"
    line.paid_until_us = paid_until_us
    return peer


def test_who_is_in_line_is_not_watched(peers, line):
    friend = known(peers)
    stranger = peers.connect()
    stranger.send("PING")
    assert stranger.is_silent()
    assert list(line.line) == [stranger.connection]
    assert stranger.connection.lined_up
    assert not stranger.connection.events
    assert line.resting
    assert friend.run("ECHO hello") == '"hello"'


def test_the_line_moves_on_when_its_time_is_paid_for(peers, line):
    strangers = [peers.connect() for _ in range(20)]
    for stranger in strangers:
        stranger.socket.sendall(request("PING") * 300)
    peers.turn()
    assert len(line.line) == 20
    line.paid_until_us = 0
    for stranger in strangers:
        assert [stranger.spelled() for _ in range(300)] == [REFUSED] * 300
    assert not line.line
    assert all(stranger.connection.events == READ for stranger in strangers)


def test_first_come_first_served(peers, line):
    strangers = [peers.connect() for _ in range(10)]
    for stranger in reversed(strangers):
        stranger.send("PING")
        peers.turn()
    assert list(line.line) == [stranger.connection for stranger in reversed(strangers)]


def test_nobody_is_in_line_twice(peers, line):
    stranger = peers.connect()
    stranger.send("PING")
    peers.turn()
    stranger.send("PING")
    stranger.connection.on_readable()
    assert len(line.line) == 1
    line.paid_until_us = 0
    assert [stranger.spelled(), stranger.spelled()] == [REFUSED, REFUSED]


def test_service_has_its_price(peers):
    line = peers.server.network.strangers
    before = line.paid_until_us = monotonic_us()
    stranger = peers.connect()
    assert stranger.run("PING") == REFUSED
    assert line.paid_until_us > before


def test_who_is_known_costs_nothing(peers):
    friend = known(peers)
    line = peers.server.network.strangers
    before = line.paid_until_us
    assert friend.run("PING") == "+PONG"
    assert line.paid_until_us == before


def test_what_follows_the_password_is_served(peers, line):
    stranger = peers.connect()
    words = [["PING"], ["AUTH", "secret"], ["SET", "k", "x" * 2000], ["STRLEN", "k"], ["RESET"]]
    stranger.socket.sendall(b"".join(request(*each) for each in words))
    assert stranger.is_silent()
    line.paid_until_us = 0
    assert [stranger.spelled() for _ in words] == [REFUSED, "+OK", "+OK", ":2000", "+RESET"]
    assert stranger.run("PING") == REFUSED


def test_who_hangs_up_leaves_the_line(peers, line):
    strangers = [peers.connect() for _ in range(3)]
    for stranger in strangers:
        stranger.send("PING")
    peers.turn()
    strangers[0].socket.close()
    strangers[1].connection.close()
    line.paid_until_us = 0
    assert strangers[2].spelled() == REFUSED
    peers.turn_until(lambda: len(peers.server.network.connections) == 1)
    assert not line.line


def test_who_is_killed_in_line_is_gone_at_once(peers, line):
    friend = known(peers)
    stranger = peers.connect("10.0.0.1:5")
    stranger.send("PING")
    peers.turn()
    assert friend.run("CLIENT KILL 10.0.0.1:5") == "+OK"
    assert stranger.is_closed()
    line.paid_until_us = 0
    peers.turn_until(lambda: not line.line)


def test_a_password_that_is_taken_away_lets_the_line_in(peers, line):
    friend = known(peers)
    stranger = peers.connect()
    stranger.send("PING")
    peers.turn()
    friend.run("CONFIG SET requirepass ''")
    line.paid_until_us = 0
    assert stranger.spelled() in ("+PONG", REFUSED)
    assert peers.connect().run("PING") == "+PONG"


def test_who_reads_nothing_is_watched_for_room_when_it_was_served(peers, line):
    stranger = peers.connect()
    connection = stranger.connection
    line.paid_until_us = 0

    def say_more():
        line.paid_until_us = 0
        peers.turn(1)
        if not connection.waiting_for_room:
            stranger.socket.send(request("PING"))
        return connection.waiting_for_room and not line.line

    peers.turn_until(say_more)
    assert connection.events == READ | WRITE
    line.paid_until_us = monotonic_us() + LATER_US
    stranger.socket.send(request("PING"))
    peers.turn()
    assert connection.lined_up
    assert not connection.events
    while connection.waiting_for_room or connection.lined_up or len(stranger.client.output):
        line.paid_until_us = 0
        assert stranger.spelled() == REFUSED
    peers.turn()
    assert connection.events == READ
