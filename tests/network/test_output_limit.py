"""Limits of output, where replies are concerned that are made as they are read."""

import pytest

from tests.support.peers import Peers

# Replies of hundreds of megabytes.
ENDLESS = ["HRANDFIELD h -99999999", "SRANDMEMBER s -99999999", "ZRANDMEMBER z -99999999"]


@pytest.fixture
def peers():
    """A server with connections, and with a few containers."""
    made = Peers()
    one = made.connect()
    one.run("HSET h field value")
    one.run("SADD s member")
    one.run("ZADD z 1 member")
    yield made
    made.close()


@pytest.mark.parametrize("line", ENDLESS)
def test_who_asks_for_more_than_the_limit_is_ended_at_once(peers, line):
    peers.server.config.set_many({"client-output-buffer-limit": "normal 1mb 0 0"})
    peer = peers.connect()
    peer.send(*line.split())
    assert peer.is_closed()
    assert peers.server.network.client_output_buffer_limit_disconnections == 1


def test_a_transaction_is_run_to_its_end(peers):
    peers.server.config.set_many({"client-output-buffer-limit": "normal 1mb 0 0"})
    peer = peers.connect()
    for line in ("MULTI", ENDLESS[0], ENDLESS[1], "SET k v"):
        peer.run(line)
    peer.send("EXEC")
    assert peer.is_closed()
    assert peers.connect().run("GET k") == '"v"'


def test_shorter_replies_do_not_add_up(peers):
    peers.server.config.set_many({"client-output-buffer-limit": "normal 1mb 0 0"})
    peer = peers.connect()
    for _ in range(5):
        peer.send("SRANDMEMBER", "s", "-50000")
        assert len(peer.read().content) == 50_000
    assert peers.server.network.client_output_buffer_limit_disconnections == 0


def test_without_a_limit_replies_of_a_transaction_are_made_as_they_are_read(peers):
    peer = peers.connect()
    lines = ["HRANDFIELD h -300000", "SRANDMEMBER s -300000", "ZRANDMEMBER z -300000", "ECHO x"]
    for line in ("MULTI", *lines):
        peer.run(line)
    peer.send("EXEC")
    peers.turn_until(lambda: peer.client.streaming)
    assert len(peer.client.output) < 1_000_000
    replies = peer.read().content
    assert [len(reply.content) for reply in replies] == [300_000] * 3 + [1]
    assert peer.run("PING") == "+PONG"
