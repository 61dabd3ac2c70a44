"""WAIT on a server without replicas."""

import time

import pytest

from tests.support.peers import Peers


@pytest.fixture
def peer():
    """A connection to a server."""
    peers = Peers()
    yield peers.connect()
    peers.close()


def test_who_waits_for_nobody_does_not_wait(peer):
    for line in ("WAIT 0 0", "WAIT -1 0", "WAIT 0 9223372036854775807"):
        assert peer.run(line) == ":0"


def test_who_waits_in_vain_is_told_when_time_is_up(peer):
    begun = time.monotonic()
    assert peer.run("WAIT 1 30") == ":0"
    assert time.monotonic() - begun >= 0.03
    peer.send("WAIT", "1", "0")
    assert peer.is_silent()
    peer.server.execute(peer.server.client(), b"CLIENT", b"UNBLOCK", b"%d" % peer.client.id)
    assert peer.spelled() == ":0"


def test_a_transaction_does_not_wait(peer):
    for line in ("MULTI", "WAIT 1 0", "WAIT 0 0"):
        peer.run(line)
    assert peer.run("EXEC") == "[:0, :0]"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("WAIT x 0", "value is not an integer or out of range"),
        ("WAIT 1 x", "timeout is not an integer or out of range"),
        ("WAIT 1 -1", "timeout is negative"),
        ("WAIT 0", "wrong number of arguments for 'wait' command"),
    ],
)
def test_what_it_refuses(peer, line, reason):
    assert peer.run(line) == f"-ERR {reason}"
