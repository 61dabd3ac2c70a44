"""Requests of so many words that they take many reads to come."""

import pytest

from tests.support.peers import Peers
from tests.support.resp import request

WORDS = 2_000_000


@pytest.fixture
def peers():
    """A server with connections."""
    made = Peers()
    yield made
    made.close()


def send(peers, peer, data):
    """Sends all bytes while the loop turns."""
    data = memoryview(data)
    while data:
        try:
            data = data[peer.socket.send(data) :]
        except BlockingIOError:
            peers.turn(1)


def test_millions_of_words(peers):
    peer = peers.connect()
    keys = [b"%d" % number for number in range(WORDS // 2)]
    pairs = [word for key in keys for word in (key, b"")]
    for words, reply in (
        ([b"MSET", *pairs], "+OK"),
        ([b"DEL", *keys, *keys], f":{len(keys)}"),
        ([b"SADD", b"s", *keys, *keys], f":{len(keys)}"),
    ):
        send(peers, peer, request(*words))
        assert peer.spelled() == reply
    assert peer.run("DBSIZE") == ":1"


def test_others_are_served_while_they_come(peers):
    slow, other = peers.connect(), peers.connect()
    data = request(b"DEL", *[b"k"] * 200_000)
    for start in range(0, len(data), 100_000):
        send(peers, slow, data[start : start + 100_000])
        assert other.run("ECHO here") == '"here"'
    assert slow.spelled() == ":0"


def test_a_count_that_is_only_announced(peers):
    peer, too_much = peers.connect(), peers.connect()
    send(peers, peer, b"*2147483647\r\n$3\r\nDEL\r\n$1\r\nk\r\n")
    assert peer.is_silent()
    assert peer.client.connection.memory() < 16 * 1024
    send(peers, too_much, b"*2147483648\r\n")
    assert too_much.spelled() == "-ERR Protocol error: invalid multibulk length"


def test_who_has_yet_to_show_a_password_gets_by_with_ten(peers):
    peers.server.config.set_many({"requirepass": "secret"})
    peer = peers.connect()
    send(peers, peer, b"*11\r\n")
    assert peer.spelled() == "-ERR Protocol error: unauthenticated multibulk length"
