"""Transports by themselves: both ends of a conversation, as a client's and as a server's."""

import select
import socket

import pytest

from rediskit.config.configuration import Configuration
from rediskit.eventloop import READ
from rediskit.logfile import NOTHING, Log
from rediskit.network.tls import TLS, TLSTransport
from rediskit.network.transport import PLAIN
from rediskit.structures.buffer import Buffer

LARGE = 3 << 20


@pytest.fixture
def ends():
    """Two connected sockets that do not wait."""
    pair = socket.socketpair()
    for end in pair:
        end.setblocking(False)
    yield pair
    for end in pair:
        end.close()


def secured(ends, certificates):
    """Transports of a server and a client on two sockets that have shaken hands."""
    config = Configuration()
    config.set_many(
        {name.replace("_", "-"): path for name, path in certificates.directives.items()}
    )
    tls = TLS(config, Log(NOTHING))
    assert tls.configure()
    server = tls.transport()
    client = TLSTransport(certificates.context(), False, "localhost")
    sides = ((client, ends[1]), (server, ends[0]))
    while not (server.established and client.established):
        for transport, end in sides:
            if not transport.established:
                assert transport.shake_hands(end.fileno()) in (0, READ)
    return server, client


def carry(sender, source, receiver, target, data):
    """What one end receives of what the other sends."""
    output = Buffer()
    output.append(data)
    received = b""
    while len(received) < len(data):
        if len(output):
            before = len(output)
            assert before - sender.send(source.fileno(), output) == len(output)
        piece = receiver.receive(target.fileno(), 65536)
        assert piece != b""
        received += piece or b""
    assert not len(output)
    return received


def test_plain_bytes(ends):
    near, far = ends
    assert PLAIN.established and not PLAIN.ended
    assert PLAIN.shake_hands(near.fileno()) == 0
    assert PLAIN.receive(near.fileno(), 100) is None
    assert carry(PLAIN, near, PLAIN, far, b"x" * LARGE) == b"x" * LARGE
    PLAIN.close(near.detach())
    assert PLAIN.receive(far.fileno(), 100) == b""


def test_both_sides_of_tls(ends, certificates):
    near, far = ends
    server, client = secured(ends, certificates)
    assert client.receive(far.fileno(), 100) is None
    for data in (b"a", b"x" * LARGE):
        assert carry(server, near, client, far, data) == data
        assert carry(client, far, server, near, data) == data
    client.tidy()
    client.close(far.detach())
    assert select.select([near], [], [], 5)[0]
    assert server.receive(near.fileno(), 100) == b""
    assert server.ended


def test_tls_with_somebody_else(ends, certificates):
    near, far = ends
    client = TLSTransport(certificates.context(), False, "localhost")
    assert client.shake_hands(far.fileno()) == READ
    near.send(b"-ERR this is no TLS\r\n")
    with pytest.raises(ConnectionError, match="wrong version number"):
        client.shake_hands(far.fileno())
