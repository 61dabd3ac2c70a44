"""Connections over TLS, turned by the test: whatever comes in whatever pieces."""

import gc
import os
import random
import socket

import pytest

from rediskit import errors
from rediskit.network.connection import HANDSHAKE_SECONDS
from tests.support.resp import request
from tests.support.tls_peers import TLSPeers

LARGE = 3 << 20


@pytest.fixture
def peers(certificates):
    made = TLSPeers(certificates)
    yield made
    made.close()


def open_files():
    return len(os.listdir("/proc/self/fd"))


def test_commands(peers):
    one, other = peers.connect_tls(), peers.connect_tls()
    assert one.run("SET k v") == "+OK"
    assert other.run("GET k") == '"v"'
    assert peers.connect().run("GET k") == '"v"'


def test_the_handshake_may_come_byte_by_byte(peers):
    peer = peers.dial()

    def step():
        done = peer._attempt(peer.session.do_handshake) is not False
        return done and peer.connection.transport.established

    peer.raw = lambda data: [send_byte(peer, byte) for byte in data]
    peer._until(step)
    assert peer.run("ECHO hello") == '"hello"'


def send_byte(peer, byte):
    peer.socket.send(bytes([byte]))
    peer.server.loop.skip_sleep()
    peer.server.loop.turn()


def test_a_request_that_comes_with_the_end_of_the_handshake(peers):
    peer = peers.dial()
    peer.raw = held = Held(peer)
    peer._attempt(peer.session.do_handshake)
    held.release()
    peer._until(lambda: peer._attempt(peer.session.do_handshake) is not False)
    peer.session.write(request("ECHO", "early"))
    held(peer.outgoing.read())
    held.release()
    assert peer.spelled() == '"early"'


class Held:
    """Keeps what a peer wants to send until it is released, all in one piece."""

    def __init__(self, peer):
        self.peer = peer
        self.data = []

    def __call__(self, data):
        self.data.append(data)

    def release(self):
        data, self.data = b"".join(self.data), []
        self.peer.socket.send(data)


def test_requests_in_pieces(peers):
    peer = peers.connect_tls()
    choose = random.Random(1)
    data = b"".join(peer.encrypt(request("ECHO", b"x" * choose.randrange(9000))) for _ in range(40))
    while data:
        size = choose.choice([1, 7, 1000, 20000])
        peer.raw(data[:size])
        data = data[size:]
    choose.seed(1)
    for _ in range(40):
        assert len(peer.read().content) == choose.randrange(9000)


def test_many_requests_at_once(peers):
    peer = peers.connect_tls()
    peer.send_raw(b"".join(request("INCR", "n") for _ in range(20000)))
    for number in range(20000):
        assert peer.read().content == number + 1


def test_large_values(peers):
    peer = peers.connect_tls()
    value = random.Random(2).randbytes(LARGE)
    assert peer.execute("SET", "k", value).content == "OK"
    assert peer.execute("GET", "k").content == value


def test_a_reader_that_is_slow_is_waited_for(peers):
    peer = peers.connect_tls()
    peer.execute("SET", "k", b"x" * LARGE)
    peer.send("GET", "k")
    peers.turn(50)
    assert LARGE / 2 < len(peer.client.output) <= LARGE + 100
    assert peers.connect_tls().run("ECHO here") == '"here"'
    assert peer.read().content == b"x" * LARGE
    assert not len(peer.client.output)


def test_output_limits_hold(peers):
    peers.server.config.set_many({"client-output-buffer-limit": "normal 1mb 0 0"})
    peer = peers.connect_tls()
    peer.execute("SET", "k", b"x" * (600 << 10))
    for _ in range(4):
        peer.send("GET", "k")
    peers.turn()
    assert peer.connection.fd < 0


def test_the_end_of_a_session_without_that_of_the_connection(peers):
    peer = peers.connect_tls()
    peer.run("ECHO last")
    peer.end()
    peers.turn()
    assert peer.connection.fd < 0


def test_the_end_along_with_the_last_request(peers):
    peer = peers.connect_tls()
    peer.raw = held = Held(peer)
    peer.session.write(request("ECHO", "last"))
    held(peer.outgoing.read())
    peer.end()
    held.release()
    assert peer.spelled() == '"last"'
    peers.turn()
    assert peer.connection.fd < 0


def test_quit_ends_the_session_properly(peers):
    peer = peers.connect_tls()
    peer.send("QUIT")
    assert peer.spelled() == "+OK"
    assert peer.hears_goodbye()


def test_a_connection_that_breaks_off(peers):
    gc.collect()  # what other tests left
    before = open_files()
    for _ in range(20):
        peer = peers.connect_tls()
        peer.send_raw(request("SET", "k", "x" * 5000)[:-300])
        peer.close()
    for _ in range(20):
        peers.dial().close()
    peers.turn()
    gc.collect()
    assert not peers.server.network.connections
    assert open_files() == before


@pytest.mark.parametrize(
    "data",
    [
        b"PING\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        b"\x00" * 100,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2,
        b"\x16\x03\x01\xff\xff" + b"\xff" * 70000,
    ],
)
def test_garbage_in_place_of_a_handshake(peers, data):
    peer = peers.dial()
    peer.socket.send(data)
    peers.turn(20)
    assert peer.connection.fd < 0
    [line] = peers.lines
    assert line.startswith("Error accepting a client connection: ")
    assert line.endswith("(addr=test:0 laddr=test:0)")


def test_garbage_after_the_handshake(peers):
    peer = peers.connect_tls()
    peer.raw(b"PING\r\n" * 10)
    peers.turn()
    assert peer.connection.fd < 0
    assert not peers.lines


def test_damaged_records_end_the_connection(peers):
    choose = random.Random(3)
    for _ in range(30):
        peer = peers.connect_tls()
        data = bytearray(peer.encrypt(request("SET", "k", "damaged")))
        data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
        peer.socket.send(data)
        peers.turn()
    assert peers.connect_tls().run("GET k") == "nil"


def test_a_handshake_has_a_time_limit(peers):
    silent, good = peers.dial(), peers.connect_tls()
    silent.socket.send(b"\x16\x03\x01")
    peers.turn()
    clock = peers.server.clock
    clock.set(clock.now_ms + (HANDSHAKE_SECONDS + 2) * 1000)
    peers.server.network.sweep()
    assert silent.connection.fd < 0
    assert good.connection.fd >= 0
    assert "handshake timed out" in peers.lines[0]


def test_who_shows_no_certificate_or_a_wrong_one(peers):
    for certificate in (None, "stranger"):
        peer = peers.dial(certificate)
        with pytest.raises((OSError, EOFError)):
            peer.shake_hands()
            peer.run("PING")
        assert peer.connection.fd < 0
    assert "peer did not return a certificate" in peers.lines[0]
    assert "certificate verify failed" in peers.lines[1]


@pytest.mark.parametrize("certificate", [None, "client"])
@pytest.mark.parametrize("wanted", ["no", "optional"])
def test_certificates_that_need_not_be_shown(peers, wanted, certificate):
    peers.server.config.set_many({"tls-auth-clients": wanted})
    assert peers.tls.configure()
    assert peers.connect_tls(certificate).run("ECHO in") == '"in"'


def test_an_optional_certificate_must_be_good(peers):
    peers.server.config.set_many({"tls-auth-clients": "optional"})
    assert peers.tls.configure()
    peer = peers.dial("stranger")
    with pytest.raises((OSError, EOFError)):
        peer.shake_hands()
        peer.run("PING")


def test_who_is_protected_from_is_told_after_the_handshake(peers):
    peer = peers.dial(refusal=errors.PROTECTED_MODE)
    peer.shake_hands()
    assert peer.spelled() == "-" + errors.PROTECTED_MODE
    assert peer.hears_goodbye()
    assert peers.server.network.rejected_connections == 1


def test_bytes_are_counted_as_the_conversation_has_them(peers):
    peer = peers.connect_tls()
    network = peers.server.network
    network.reset_statistics()
    data = request("ECHO", "x" * 1000)
    peer.send_raw(data)
    peer.read()
    assert network.net_input_bytes == len(data)
    assert network.net_output_bytes == 1000 + len("$1000\r\n\r\n")


def test_a_new_context_is_for_new_connections(peers):
    old = peers.connect_tls()
    peers.server.config.set_many({"tls-auth-clients": "no"})
    assert peers.tls.configure()
    assert old.run("ECHO old") == '"old"'
    assert peers.connect_tls(None).run("ECHO new") == '"new"'


def test_closing_the_server_ends_sessions_properly(peers):
    peer = peers.connect_tls()
    peers.server.network.close()
    assert peer.hears_goodbye()


def test_a_refused_client_on_a_full_server(peers, start_server, certificates):
    server = start_server(port=0, tls_port=free_port(), maxclients=1, **certificates.directives)
    address = ("127.0.0.1", int(server.command[server.command.index("--tls-port") + 1]))
    context = certificates.context()
    with context.wrap_socket(socket.create_connection(address), server_hostname="localhost"):
        other = socket.create_connection(address)
        assert other.recv(100) == b""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
