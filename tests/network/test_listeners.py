"""Listening sockets: where they are opened, and who is let in."""

import os
import socket
import subprocess
import sys

import pytest

from rediskit.errors import CommandError
from rediskit.network import listeners
from rediskit.network.listeners import ListenError
from tests.support.talk import ECHO, HELLO, free_port


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


def test_tcp_connections_have_no_delay_and_are_probed(make_talk):
    talk = make_talk(tcp_keepalive=60)
    port = talk.listen()[1]
    far = talk.dial(("127.0.0.1", port))
    talk.ask(far, ECHO, HELLO)
    client = talk.clients[0]
    assert client.address == listeners.spelled(far.getsockname())
    assert client.local_address == f"127.0.0.1:{port}"
    near = socket.socket(fileno=os.dup(client.connection.fd))
    assert near.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert near.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert near.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
    assert near.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 20
    near.close()


@needs_ipv6
def test_several_addresses_of_both_families(make_talk):
    port = free_port()
    talk = make_talk(bind=("127.0.0.1", "-192.0.2.1", "::1"))
    talk.set(port=port)
    talk.network.listen()
    assert len(talk.network.listeners.listeners) == 2
    assert talk.logged(
        f"Warning: Could not create server TCP listening socket 192.0.2.1:{port}: "
        "bind: Cannot assign requested address"
    )
    talk.ask(talk.dial(("127.0.0.1", port)), ECHO, HELLO)
    far = talk.dial(("::1", port), socket.AF_INET6)
    talk.ask(far, ECHO, HELLO)
    assert talk.clients[1].address == listeners.spelled(far.getsockname())


@needs_ipv6
def test_the_default_addresses_are_all_of_both_families(make_talk):
    port = free_port()
    talk = make_talk()
    talk.set(port=port)
    talk.network.listen()
    assert len(talk.network.listeners.listeners) == 2
    talk.ask(talk.dial(("127.0.0.1", port)), ECHO, HELLO)
    talk.ask(talk.dial(("::1", port), socket.AF_INET6), ECHO, HELLO)


def test_an_address_that_must_be_there_and_is_not(make_talk):
    port = free_port()
    talk = make_talk(bind=("127.0.0.1", "192.0.2.1"))
    talk.set(port=port)
    with pytest.raises(ListenError, match=rf"Failed listening on port {port} \(tcp\), aborting\."):
        talk.network.listen()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))


def test_a_port_in_use_is_named_in_the_log(make_talk):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        talk = make_talk(bind=("127.0.0.1",))
        talk.set(port=port)
        with pytest.raises(ListenError, match="Failed listening"):
            talk.network.listen()
    assert talk.lines[-1] == (
        f"Warning: Could not create server TCP listening socket 127.0.0.1:{port}: "
        "bind: Address already in use"
    )


def test_listening_nowhere_is_refused(talk):
    with pytest.raises(ListenError, match="Configured to not listen anywhere, exiting."):
        talk.network.listen()


def test_port_and_addresses_change_while_serving(make_talk):
    talk = make_talk()
    first, second = talk.listen()[1], free_port()
    old = talk.dial(("127.0.0.1", first))
    talk.ask(old, ECHO, HELLO)
    talk.set(port=second)
    talk.ask(talk.dial(("127.0.0.1", second)), ECHO, HELLO)
    talk.ask(old, ECHO, HELLO)
    with pytest.raises(ConnectionRefusedError):
        talk.dial(("127.0.0.1", first))
    talk.config.set_many({"bind": "127.0.0.1 127.0.0.2"})
    talk.ask(talk.dial(("127.0.0.2", second)), ECHO, HELLO)


def test_a_port_that_cannot_be_opened_leaves_everything_as_it_was(make_talk):
    talk = make_talk()
    port = talk.listen()[1]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match="Unable to listen on this port. Check server logs."):
            talk.set(port=taken.getsockname()[1])
        with pytest.raises(CommandError, match="Failed to bind to specified addresses."):
            talk.config.set_many({"bind": "192.0.2.1"})
    assert talk.config["port"] == port
    assert talk.config["bind"] == ("127.0.0.1",)
    talk.ask(talk.dial(("127.0.0.1", port)), ECHO, HELLO)


def test_unix_socket_with_its_permissions(make_talk, tmp_path):
    path = str(tmp_path / "socket")
    talk = make_talk(unixsocket=path, unixsocketperm=0o700)
    talk.network.listen()
    assert os.stat(path).st_mode & 0o777 == 0o700
    talk.ask(talk.dial(path, socket.AF_UNIX), ECHO, HELLO)
    assert talk.clients[0].address == path + ":0"
    talk.network.close()
    assert not os.path.exists(path)


def test_a_socket_left_behind_is_replaced_and_other_files_are_not(make_talk, tmp_path):
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)
    talk = make_talk(unixsocket=path)
    talk.network.listen()
    talk.ask(talk.dial(path, socket.AF_UNIX), ECHO, HELLO)
    (tmp_path / "file").write_text("precious")
    other = make_talk(unixsocket=str(tmp_path / "file"))
    with pytest.raises(ListenError, match="Unix socket: bind: Address already in use"):
        other.network.listen()
    assert (tmp_path / "file").read_text() == "precious"
    other = make_talk(unixsocket=str(tmp_path / ("x" * 200)))
    with pytest.raises(ListenError, match="Failed opening Unix socket: unix socket path too long"):
        other.network.listen()


def test_maxclients(make_talk):
    talk = make_talk(maxclients=2)
    address = talk.listen()
    ends = [talk.dial(address) for _ in range(3)]
    talk.turn()
    assert talk.receive(ends[2], 1000) == b"-ERR max number of clients reached\r\n"
    assert talk.network.rejected_connections == 1
    assert talk.network.connections_received == 2
    ends[0].close()
    talk.turn()
    talk.ask(talk.dial(address), ECHO, HELLO)


def test_a_turn_accepts_as_many_as_configured(make_talk):
    talk = make_talk(max_new_connections_per_cycle=3)
    address = talk.listen()
    for _ in range(7):
        talk.dial(address)
    talk.turn()
    assert len(talk.network.connections) == 3
    talk.turn(2)
    assert len(talk.network.connections) == 7


def test_protected_mode_lets_only_this_machine_in(talk):
    door = socket.create_server(("127.0.0.1", 0))

    def knock(host):
        far = talk.dial(door.getsockname())
        talk.network.listeners.accept(door.accept()[0], (host, 1))
        return far

    for host in ("10.1.2.3", "2001:db8::1"):
        far = knock(host)
        reply = far.recv(10_000)
        assert reply.startswith(b"-DENIED Redis is running in protected mode because protected ")
        assert reply.endswith(b" connections from the outside.\r\n")
        assert talk.is_closed(far)
    assert talk.network.rejected_connections == 2
    for host in ("127.0.0.1", "127.5.5.5", "::1"):
        talk.ask(knock(host), ECHO, HELLO)
    talk.has_password = True
    talk.ask(knock("10.1.2.3"), ECHO, HELLO)
    talk.has_password = False
    talk.set(protected_mode="no")
    talk.ask(knock("10.1.2.3"), ECHO, HELLO)
    door.close()


EXHAUSTION = """
import resource
from tests.support.talk import ECHO, HELLO, Talk

talk = Talk()
address = talk.listen()
far = talk.dial(address)
talk.ask(far, ECHO, HELLO)
late = talk.dial(address)
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (late.fileno() + 1, hard))
turns = talk.loop.turns
talk.loop.call_later(350, talk.loop.stop)
talk.loop.run()
assert talk.loop.turns - turns < 30, talk.loop.turns - turns
complaints = [line for line in talk.lines if "Accepting client connection" in line]
assert complaints == ["Accepting client connection: accept: Too many open files"], complaints
talk.ask(far, ECHO, HELLO)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
talk.ask(late, ECHO, HELLO)
talk.close()
assert not talk.errors, talk.errors
"""


def test_running_out_of_descriptors_neither_spins_nor_loses_anybody():
    result = subprocess.run(
        [sys.executable, "-c", EXHAUSTION], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
