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
    waiting = peers.server.network.unauthenticated
    waiting.paid_until_us = monotonic_us() + LATER_US
    return waiting


def known(peers):
    """A client that has shown the password, as soon as it could."""
    line = peers.server.network.unauthenticated
    paid_until_us, line.paid_until_us = line.paid_until_us, 0
    peer = peers.connect()
    assert peer.run("AUTH secret") == "+OK"
    line.paid_until_us = paid_until_us
    return peer


def test_who_is_in_line_is_not_watched(peers, line):
    friend = known(peers)
    newcomer = peers.connect()
    newcomer.send("PING")
    assert newcomer.is_silent()
    assert list(line.line) == [newcomer.connection]
    assert newcomer.connection.lined_up
    assert not newcomer.connection.events
    assert line.resting
    assert friend.run("ECHO hello") == '"hello"'


def test_the_line_moves_on_when_its_time_is_paid_for(peers, line):
    newcomers = [peers.connect() for _ in range(20)]
    for newcomer in newcomers:
        newcomer.socket.sendall(request("PING") * 300)
    peers.turn()
    assert len(line.line) == 20
    line.paid_until_us = 0
    for newcomer in newcomers:
        assert [newcomer.spelled() for _ in range(300)] == [REFUSED] * 300
    assert not line.line
    assert all(newcomer.connection.events == READ for newcomer in newcomers)


def test_first_come_first_served(peers, line):
    newcomers = [peers.connect() for _ in range(10)]
    for newcomer in reversed(newcomers):
        newcomer.send("PING")
        peers.turn()
    assert list(line.line) == [newcomer.connection for newcomer in reversed(newcomers)]


def test_nobody_is_in_line_twice(peers, line):
    newcomer = peers.connect()
    newcomer.send("PING")
    peers.turn()
    newcomer.send("PING")
    newcomer.connection.on_readable()
    assert len(line.line) == 1
    line.paid_until_us = 0
    assert [newcomer.spelled(), newcomer.spelled()] == [REFUSED, REFUSED]


def test_service_has_its_price(peers):
    line = peers.server.network.unauthenticated
    before = line.paid_until_us = monotonic_us()
    newcomer = peers.connect()
    assert newcomer.run("PING") == REFUSED
    assert line.paid_until_us > before


def test_who_is_known_costs_nothing(peers):
    friend = known(peers)
    line = peers.server.network.unauthenticated
    before = line.paid_until_us
    assert friend.run("PING") == "+PONG"
    assert line.paid_until_us == before


def test_what_follows_the_password_is_served(peers, line):
    newcomer = peers.connect()
    words = [["PING"], ["AUTH", "secret"], ["SET", "k", "x" * 2000], ["STRLEN", "k"], ["RESET"]]
    newcomer.socket.sendall(b"".join(request(*each) for each in words))
    assert newcomer.is_silent()
    line.paid_until_us = 0
    assert [newcomer.spelled() for _ in words] == [REFUSED, "+OK", "+OK", ":2000", "+RESET"]
    assert newcomer.run("PING") == REFUSED


def test_who_hangs_up_leaves_the_line(peers, line):
    newcomers = [peers.connect() for _ in range(3)]
    for newcomer in newcomers:
        newcomer.send("PING")
    peers.turn()
    newcomers[0].socket.close()
    newcomers[1].connection.close()
    line.paid_until_us = 0
    assert newcomers[2].spelled() == REFUSED
    peers.turn_until(lambda: len(peers.server.network.connections) == 1)
    assert not line.line


def test_who_is_killed_in_line_is_gone_at_once(peers, line):
    friend = known(peers)
    newcomer = peers.connect("10.0.0.1:5")
    newcomer.send("PING")
    peers.turn()
    assert friend.run("CLIENT KILL 10.0.0.1:5") == "+OK"
    assert newcomer.is_closed()
    line.paid_until_us = 0
    peers.turn_until(lambda: not line.line)


def test_a_password_that_is_taken_away_lets_the_line_in(peers, line):
    friend = known(peers)
    newcomer = peers.connect()
    newcomer.send("PING")
    peers.turn()
    friend.run("CONFIG SET requirepass ''")
    line.paid_until_us = 0
    assert newcomer.spelled() in ("+PONG", REFUSED)
    assert peers.connect().run("PING") == "+PONG"


def test_who_reads_nothing_is_watched_for_room_when_it_was_served(peers, line):
    newcomer = peers.connect()
    connection = newcomer.connection
    line.paid_until_us = 0

    def say_more():
        line.paid_until_us = 0
        peers.turn(1)
        if not connection.waiting_for_room:
            newcomer.socket.send(request("PING"))
        return connection.waiting_for_room and not line.line

    peers.turn_until(say_more)
    assert connection.events == READ | WRITE
    line.paid_until_us = monotonic_us() + LATER_US
    newcomer.socket.send(request("PING"))
    peers.turn()
    assert connection.lined_up
    assert not connection.events
    while connection.waiting_for_room or connection.lined_up or len(newcomer.client.output):
        line.paid_until_us = 0
        assert newcomer.spelled() == REFUSED
    peers.turn()
    assert connection.events == READ
