"""Requests and replies over sockets, with all that may happen to a connection on the way."""

import os
import socket
import subprocess
import sys
import threading
import time
import weakref

import pytest

from tests.support.talk import Talk, bulk, encoded

ECHO = encoded(b"ECHO", b"hello")
HELLO = bulk(b"hello")


@pytest.fixture
def make_talk():
    made = []

    def make(**directives):
        talk = Talk(**directives)
        made.append(talk)
        return talk

    yield make
    for talk in made:
        talk.close()
        assert [str(error) for error in talk.errors if str(error) != "broken command"] == []


@pytest.fixture
def talk(make_talk):
    return make_talk()


# Requests and replies


def test_request_and_reply(talk):
    far = talk.connect()
    talk.ask(far, ECHO, HELLO)
    talk.ask(far, b"echo inline\r\n", bulk(b"inline"))


def test_pipelined_requests_are_answered_in_order_by_one_write(talk):
    far = talk.connect()
    words = [b"%d" % number for number in range(500)]
    requests = b"".join(encoded(b"ECHO", word) for word in words)
    assert len(requests) < 16 * 1024
    talk.ask(far, requests, b"".join(map(bulk, words)))
    assert talk.network.reads_processed == 1
    assert talk.network.writes_processed == 1
    assert talk.network.net_input_bytes == len(requests)
    assert talk.network.net_output_bytes == len(b"".join(map(bulk, words)))


def test_a_request_sent_byte_by_byte(talk):
    far = talk.connect()
    for byte in ECHO:
        far.send(bytes([byte]))
        talk.turn()
    talk.expect(far, HELLO)
    assert talk.requests == 1


def test_large_arguments_arrive_whole(talk):
    far = talk.connect()
    text = os.urandom(3_000_000)
    talk.ask(far, encoded(b"ECHO", text) + ECHO, bulk(text) + HELLO)
    assert talk.network.reads_processed < 100


def test_several_clients_are_served_in_one_turn(talk):
    ends = [talk.connect() for _ in range(20)]
    for far in ends:
        far.send(ECHO)
    talk.turn(2)
    assert [far.recv(100) for far in ends] == [HELLO] * 20


def test_a_thousand_connections(talk):
    ends = [talk.connect() for _ in range(1000)]
    for far in ends:
        far.send(ECHO)
    talk.turn(2)
    assert all(far.recv(100) == HELLO for far in ends)
    for far in ends[::2]:
        far.close()
    talk.turn()
    assert len(talk.network.connections) == 500
    assert len(talk.closed) == 500
    for far in ends[1::2]:
        talk.ask(far, ECHO, HELLO)


def test_error_replies_keep_the_connection(talk):
    far = talk.connect()
    talk.ask(far, b"REFUSE\r\n" + ECHO, b"-ERR refused\r\n" + HELLO)


def test_a_defect_ends_its_client_only(talk):
    far, other = talk.connect(), talk.connect()
    talk.send(far, b"FAIL\r\n" + ECHO)
    assert talk.is_closed(far)
    assert [str(error) for error in talk.errors] == ["broken command"]
    talk.ask(other, ECHO, HELLO)


# Limits on what a client sends


def test_protocol_errors_are_answered_and_end_the_conversation(talk):
    far = talk.connect()
    talk.send(far, ECHO + b"*1\r\nnonsense\r\n" + ECHO)
    reply = HELLO + b"-ERR Protocol error: expected '$', got 'n'\r\n"
    assert talk.receive(far, len(reply) + 1) == reply
    assert talk.requests == 1
    assert talk.logged("Protocol error (expected '$', got 'n') from client: id=1")


@pytest.mark.parametrize("request_line", [b"POST / HTTP/1.1\r\n", b"Host: localhost\r\n"])
def test_a_web_browser_is_cut_off_without_a_reply(talk, request_line):
    far = talk.connect()
    talk.send(far, request_line + ECHO)
    assert talk.receive(far, 1) == b""
    assert talk.requests == 0
    assert talk.logged("Possible SECURITY ATTACK detected.")
    assert talk.logged("Connection from test:0 aborted.")
    again = talk.connect()
    talk.send(again, request_line)
    assert talk.is_closed(again)
    assert len([line for line in talk.lines if "ATTACK" in line]) == 1


def test_a_request_beyond_the_query_buffer_limit_ends_its_client(make_talk):
    talk = make_talk(client_query_buffer_limit="1mb")
    far = talk.connect()
    try:
        talk.send(far, b"*2\r\n$4\r\nECHO\r\n$3000000\r\n" + b"x" * 2_000_000)
    except (BrokenPipeError, ConnectionResetError):
        far.close()
    talk.turn()
    assert talk.network.connections == []
    assert talk.network.client_query_buffer_limit_disconnections == 1
    assert talk.logged("Closing client that reached max query buffer length: id=1")


def test_requests_sent_while_blocked_count_for_the_query_buffer_limit(make_talk):
    talk = make_talk(client_query_buffer_limit="1mb")
    far = talk.connect()
    talk.send(far, b"WAIT\r\n")
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        for _ in range(10_000):
            talk.send(far, ECHO * 10)
    assert talk.network.client_query_buffer_limit_disconnections == 1
    assert talk.requests == 1


def test_unauthenticated_clients_have_low_limits_until_they_authenticate(talk):
    far = talk.connect()
    talk.clients[0].authenticated = False
    talk.ask(far, ECHO, HELLO)
    talk.clients[0].authenticated = True
    talk.ask(far, encoded(b"ECHO", b"x" * 20000), bulk(b"x" * 20000))
    talk.clients[0].authenticated = False
    talk.send(far, b"*2\r\n$4\r\nECHO\r\n$20000\r\n")
    reply = b"-ERR Protocol error: unauthenticated bulk length\r\n"
    assert talk.receive(far, 1000) == reply


def test_the_longest_argument_is_configured_for_open_connections_too(talk):
    far = talk.connect()
    talk.set(proto_max_bulk_len="1mb")
    talk.send(far, b"*2\r\n$4\r\nECHO\r\n$1048577\r\n")
    assert talk.receive(far, 1000) == b"-ERR Protocol error: invalid bulk length\r\n"
    newer = talk.connect()
    talk.send(newer, b"*2\r\n$4\r\nECHO\r\n$1048577\r\n")
    assert talk.receive(newer, 1000) == b"-ERR Protocol error: invalid bulk length\r\n"


# Ends of connections


def test_quit_closes_after_the_reply(talk):
    far = talk.connect()
    talk.send(far, ECHO + b"QUIT\r\n" + ECHO)
    assert talk.receive(far, 1000) == HELLO + bulk(b"bye")
    assert talk.requests == 2


def test_a_large_last_reply_is_sent_whole_before_the_close(talk):
    far = talk.connect()
    talk.send(far, encoded(b"BIG", b"5000000") + b"QUIT\r\n")
    assert len(talk.receive(far, 1 << 30)) == len(bulk(b"x" * 5_000_000) + bulk(b"bye"))
    assert talk.network.connections == []


def test_a_half_closed_peer_gets_the_replies_to_what_it_sent(talk):
    far = talk.connect()
    talk.send(far, ECHO * 3 + encoded(b"BIG", b"5000000") + ECHO[:-4])
    far.shutdown(socket.SHUT_WR)
    assert len(talk.receive(far, 1 << 30)) == len(HELLO) * 3 + len(bulk(b"x" * 5_000_000))
    assert talk.network.connections == []
    assert len(talk.closed) == 1


def test_a_half_closed_peer_gets_all_replies_even_if_they_take_several_turns(talk):
    far = talk.connect()
    talk.send(far, encoded(b"SLOW", b"1") * 100)
    far.shutdown(socket.SHUT_WR)
    assert talk.receive(far, 1 << 30) == bulk(b"slow") * 100


def test_a_peer_that_goes_without_reading_costs_nothing(talk):
    far = talk.connect()
    talk.send(far, encoded(b"BIG", b"5000000"))
    talk.turn(3)
    far.close()
    talk.pump(lambda: not talk.network.connections)
    assert len(talk.closed) == 1
    turns = talk.loop.turns
    talk.loop.call_later(20, talk.loop.stop)
    talk.loop.run()
    assert talk.loop.turns - turns < 5


def test_a_silent_end_is_noticed(talk):
    far = talk.connect()
    far.close()
    talk.turn()
    assert talk.closed == talk.clients
    assert talk.clients[0].connection is None
    assert talk.clients[0].closing
    assert talk.logged("Client closed connection id=1")


def test_another_client_can_close_one(talk):
    far, victim = talk.connect(), talk.connect()
    talk.ask(far, b"KILL 2\r\n", bulk(b"ok"))
    assert talk.is_closed(victim)
    assert talk.closed == [talk.clients[1]]


def test_a_killed_client_is_not_served_what_it_sent_before(talk):
    far, victim = talk.connect(), talk.connect()
    far.send(b"KILL 2\r\n")
    victim.send(b"ECHO never\r\n" * 2)
    talk.turn(2)
    assert talk.requests == 1
    assert talk.is_closed(victim)


def test_clients_that_close_each_other_and_reuse_of_their_descriptors(talk):
    for _ in range(20):
        ends = [talk.connect() for _ in range(10)]
        first = len(talk.clients) - 9
        for number, far in enumerate(ends):
            far.send(b"KILL %d\r\n" % (first + (number + 1) % 10))
        talk.turn(2)
        for far in ends:
            far.close()
        newer = talk.connect()
        talk.ask(newer, ECHO, HELLO)
        newer.close()
        talk.turn(2)
    assert talk.network.connections == []
    assert len(talk.closed) == len(talk.clients) == 220


def test_closed_connections_and_clients_are_freed(talk):
    far = talk.connect()
    talk.ask(far, ECHO, HELLO)
    client = weakref.ref(talk.clients.pop())
    far.close()
    talk.turn()
    talk.closed.clear()
    assert client() is None


# Blocked clients


def test_a_blocked_client_keeps_its_requests_until_it_is_served(talk):
    far, other = talk.connect(), talk.connect()
    talk.send(far, b"WAIT\r\n" + ECHO)
    talk.turn(3)
    talk.send(far, ECHO)
    talk.turn(3)
    assert talk.requests == 1
    talk.ask(other, b"WAKE\r\n", bulk(b"ok"))
    talk.expect(far, bulk(b"woken") + HELLO * 2)
    talk.ask(far, ECHO, HELLO)


def test_a_blocked_client_that_goes_is_noticed(talk):
    far = talk.connect()
    talk.send(far, b"WAIT\r\n" + ECHO)
    talk.turn()
    far.close()
    talk.turn(2)
    assert talk.closed == talk.clients
    assert talk.requests == 1


def test_a_half_closed_blocked_client_is_closed_as_in_redis(talk):
    far = talk.connect()
    talk.send(far, b"WAIT\r\n")
    far.shutdown(socket.SHUT_WR)
    assert talk.is_closed(far)


def test_clients_woken_by_requests_that_waited_themselves(talk):
    ends = [talk.connect() for _ in range(3)]
    talk.send(ends[0], b"WAIT\r\nWAKE\r\n")
    talk.turn(2)
    talk.send(ends[2], b"WAKE\r\n")
    talk.turn()
    talk.send(ends[1], b"WAIT\r\n" + ECHO)
    talk.turn()
    talk.send(ends[2], b"WAKE\r\n")
    talk.expect(ends[1], bulk(b"woken") + HELLO)
    talk.expect(ends[0], bulk(b"woken") + bulk(b"ok"))


# Fairness


def test_a_client_with_slow_requests_lets_others_in_between(talk):
    far, other = talk.connect(), talk.connect()
    far.send(encoded(b"SLOW", b"1") * 300)
    talk.turn()
    other.send(ECHO)
    talk.turn(3)
    assert other.recv(100) == HELLO
    assert talk.requests < 200
    talk.expect(far, bulk(b"slow") * 300)


# Output limits


def test_a_slow_reader_is_cut_off_at_the_hard_limit_while_others_are_served(make_talk):
    talk = make_talk(client_output_buffer_limit="normal 1000000 0 0")
    slow, other = talk.connect(), talk.connect()
    for _ in range(100):
        try:
            slow.send(encoded(b"BIG", b"100000"))
        except (BrokenPipeError, ConnectionResetError):
            break
        talk.turn()
        talk.ask(other, ECHO, HELLO)
    assert len(talk.network.connections) == 1
    assert talk.network.client_output_buffer_limit_disconnections == 1
    assert talk.logged(
        "Client id=1 scheduled to be closed ASAP for overcoming of output buffer limits."
    )


def test_one_pipeline_cannot_exceed_the_hard_limit_by_more_than_a_reply(make_talk):
    talk = make_talk(client_output_buffer_limit="normal 1000000 0 0")
    far = talk.connect()
    far.send(encoded(b"BIG", b"100000") * 500)
    assert talk.is_closed(far)
    assert talk.requests <= 11
    assert talk.network.client_output_buffer_limit_disconnections == 1


def test_what_others_write_counts_for_the_limit_of_the_clients_class(make_talk):
    talk = make_talk(client_output_buffer_limit="normal 0 0 0 pubsub 1000000 0 0")
    far, subscriber = talk.connect(), talk.connect()
    talk.ask(far, b"PUSH 2 3000000\r\n", bulk(b"ok"))
    assert len(talk.receive(subscriber, 3000012)) == 3000012
    talk.clients[1].connection.set_class("pubsub")
    talk.ask(far, b"PUSH 2 900000\r\n", bulk(b"ok"))
    talk.ask(far, b"PUSH 2 1100000\r\n", bulk(b"ok"))
    assert talk.is_closed(subscriber)
    assert talk.network.client_output_buffer_limit_disconnections == 1


def test_the_soft_limit_ends_a_client_only_after_its_seconds(make_talk):
    talk = make_talk(client_output_buffer_limit="normal 0 1000000 10")
    now_ms = 1_700_000_000_000
    talk.clock.set(now_ms)
    slow, reader = talk.connect(), talk.connect()
    for far in (slow, reader):
        talk.send(far, encoded(b"BIG", b"5000000"))
        talk.turn(2)
    talk.clock.set(now_ms + 10_000)
    for _ in range(20):
        talk.network.sweep()
    talk.turn()
    assert len(talk.network.connections) == 2
    assert len(talk.receive(reader, 5000012)) == 5000012
    talk.clock.set(now_ms + 11_000)
    for _ in range(20):
        talk.network.sweep()
    talk.turn()
    assert talk.closed == [talk.clients[0]]


def test_limits_change_for_open_connections(talk):
    far = talk.connect()
    talk.set(client_output_buffer_limit="normal 1000 0 0")
    talk.send(far, encoded(b"BIG", b"2000"))
    assert talk.receive(far, 1) == b""


def test_a_reader_that_is_slow_for_a_while_gets_everything(talk):
    far = talk.connect()
    talk.send(far, encoded(b"BIG", b"4000000") * 5)
    talk.turn(10)
    writes = talk.network.writes_processed
    talk.turn(10)
    assert talk.network.writes_processed == writes, "nothing is written without room"
    assert len(talk.receive(far, 5 * 4000012)) == 5 * 4000012
    talk.ask(far, ECHO, HELLO)
    assert talk.clients[0].connection.events == 1


def test_an_idle_connection_gives_its_memory_back(talk):
    far = talk.connect()
    talk.ask(far, encoded(b"BIG", b"4000000"), bulk(b"x" * 4_000_000))
    talk.turn()
    assert talk.clients[0].output.memory == 0
    talk.ask(far, ECHO, HELLO)
    for _ in range(20):
        talk.network.sweep()
    assert talk.clients[0].output.memory == 0
    assert talk.clients[0].connection.parser.pending_bytes == 0


# Idle clients


def test_idle_clients_are_closed_but_not_those_with_a_reason(make_talk):
    talk = make_talk(timeout=30)
    now_ms = 1_700_000_000_000
    talk.clock.set(now_ms)
    ends = [talk.connect() for _ in range(5)]
    talk.send(ends[1], b"WAIT\r\n")
    talk.clients[2].connection.set_class("pubsub")
    talk.clients[3].connection.exempt_from_timeout = True
    talk.turn()
    talk.clock.set(now_ms + 20_000)
    talk.ask(ends[4], ECHO, HELLO)
    talk.clock.set(now_ms + 31_000)
    for _ in range(20):
        talk.network.sweep()
    assert talk.closed == [talk.clients[0]]
    assert talk.logged("Closing idle client")
    talk.clock.set(now_ms + 51_000)
    for _ in range(20):
        talk.network.sweep()
    assert talk.closed == [talk.clients[0], talk.clients[4]]


def test_the_sweep_reaches_all_though_its_victims_change_the_order(make_talk):
    talk = make_talk(timeout=30)
    now_ms = 1_700_000_000_000
    talk.clock.set(now_ms)
    for _ in range(333):
        talk.connect()
    for connection in talk.network.connections[::2]:
        connection.exempt_from_timeout = True
    talk.clock.set(now_ms + 31_000)
    for _ in range(15):
        talk.network.sweep()
    assert len(talk.network.connections) == 167
    assert len(talk.closed) == 166


def test_without_a_timeout_nobody_is_closed(talk):
    now_ms = 1_700_000_000_000
    talk.clock.set(now_ms)
    talk.connect()
    talk.clock.set(now_ms + 10**9)
    for _ in range(20):
        talk.network.sweep()
    assert len(talk.network.connections) == 1


# Listening


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def dial(talk, address, family=socket.AF_INET):
    far = socket.socket(family)
    far.connect(address)
    return talk.own(far)


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


def test_tcp_connections_have_no_delay_and_are_probed(make_talk):
    port = free_port()
    talk = make_talk(bind=("127.0.0.1",), tcp_keepalive=60)
    talk.set(port=port)
    talk.network.listen()
    far = dial(talk, ("127.0.0.1", port))
    talk.ask(far, ECHO, HELLO)
    client = talk.clients[0]
    assert client.address == "%s:%d" % far.getsockname()
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
    assert len(talk.network.listeners) == 2
    assert talk.logged(f"Warning: Could not create server TCP listening socket 192.0.2.1:{port}: "
                       "bind: Cannot assign requested address")
    talk.ask(dial(talk, ("127.0.0.1", port)), ECHO, HELLO)
    far = dial(talk, ("::1", port), socket.AF_INET6)
    talk.ask(far, ECHO, HELLO)
    assert talk.clients[1].address == "[::1]:%d" % far.getsockname()[1]


@needs_ipv6
def test_the_default_addresses_are_all_of_both_families(make_talk):
    port = free_port()
    talk = make_talk()
    talk.set(port=port)
    talk.network.listen()
    assert len(talk.network.listeners) == 2
    talk.ask(dial(talk, ("127.0.0.1", port)), ECHO, HELLO)
    talk.ask(dial(talk, ("::1", port), socket.AF_INET6), ECHO, HELLO)


def test_an_address_that_must_be_there_and_is_not(make_talk):
    port = free_port()
    talk = make_talk(bind=("127.0.0.1", "192.0.2.1"))
    talk.set(port=port)
    with pytest.raises(Exception, match=rf"Failed listening on port {port} \(tcp\), aborting\."):
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
        with pytest.raises(Exception, match="Failed listening"):
            talk.network.listen()
    assert talk.lines[-1] == (
        f"Warning: Could not create server TCP listening socket 127.0.0.1:{port}: "
        "bind: Address already in use"
    )


def test_listening_nowhere_is_refused(talk):
    with pytest.raises(Exception, match="Configured to not listen anywhere, exiting."):
        talk.network.listen()


def test_port_and_addresses_change_while_serving(make_talk):
    first, second = free_port(), free_port()
    talk = make_talk(bind=("127.0.0.1",))
    talk.set(port=first)
    talk.network.listen()
    old = dial(talk, ("127.0.0.1", first))
    talk.ask(old, ECHO, HELLO)
    talk.set(port=second)
    talk.ask(dial(talk, ("127.0.0.1", second)), ECHO, HELLO)
    talk.ask(old, ECHO, HELLO)
    with pytest.raises(ConnectionRefusedError):
        dial(talk, ("127.0.0.1", first))
    talk.config.set_many({"bind": "127.0.0.1 127.0.0.2"})
    talk.ask(dial(talk, ("127.0.0.2", second)), ECHO, HELLO)


def test_a_port_that_cannot_be_opened_leaves_everything_as_it_was(make_talk):
    port = free_port()
    talk = make_talk(bind=("127.0.0.1",))
    talk.set(port=port)
    talk.network.listen()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Exception, match="Unable to listen on this port. Check server logs."):
            talk.set(port=taken.getsockname()[1])
        with pytest.raises(Exception, match="Failed to bind to specified addresses."):
            talk.config.set_many({"bind": "192.0.2.1"})
    assert talk.config["port"] == port
    assert talk.config["bind"] == ("127.0.0.1",)
    talk.ask(dial(talk, ("127.0.0.1", port)), ECHO, HELLO)


def test_unix_socket_with_its_permissions(make_talk, tmp_path):
    path = str(tmp_path / "socket")
    talk = make_talk(unixsocket=path, unixsocketperm=0o700)
    talk.network.listen()
    assert os.stat(path).st_mode & 0o777 == 0o700
    talk.ask(dial(talk, path, socket.AF_UNIX), ECHO, HELLO)
    assert talk.clients[0].address == path + ":0"
    talk.network.close()
    assert not os.path.exists(path)


def test_a_socket_left_behind_is_replaced_and_other_files_are_not(make_talk, tmp_path):
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)
    talk = make_talk(unixsocket=path)
    talk.network.listen()
    talk.ask(dial(talk, path, socket.AF_UNIX), ECHO, HELLO)
    (tmp_path / "file").write_text("precious")
    other = make_talk(unixsocket=str(tmp_path / "file"))
    with pytest.raises(Exception, match="Failed opening Unix socket: bind: Address already in use"):
        other.network.listen()
    assert (tmp_path / "file").read_text() == "precious"
    other = make_talk(unixsocket=str(tmp_path / ("x" * 200)))
    with pytest.raises(Exception, match="Failed opening Unix socket: unix socket path too long"):
        other.network.listen()


def listening_talk(make_talk, **directives):
    """A talk that listens on 127.0.0.1, and the address."""
    port = free_port()
    talk = make_talk(bind=("127.0.0.1",), **directives)
    talk.set(port=port)
    talk.network.listen()
    return talk, ("127.0.0.1", port)


def test_maxclients(make_talk):
    talk, address = listening_talk(make_talk, maxclients=2)
    ends = [dial(talk, address) for _ in range(3)]
    talk.turn()
    assert talk.receive(ends[2], 1000) == b"-ERR max number of clients reached\r\n"
    assert talk.network.rejected_connections == 1
    assert talk.network.connections_received == 2
    ends[0].close()
    talk.turn()
    talk.ask(dial(talk, address), ECHO, HELLO)


def test_a_turn_accepts_as_many_as_configured(make_talk):
    talk, address = listening_talk(make_talk, max_new_connections_per_cycle=3)
    for _ in range(7):
        dial(talk, address)
    talk.turn()
    assert len(talk.network.connections) == 3
    talk.turn(2)
    assert len(talk.network.connections) == 7


def test_protected_mode_lets_only_this_machine_in(talk):
    door = socket.create_server(("127.0.0.1", 0))

    def knock(host):
        far = dial(talk, door.getsockname())
        talk.network.accept(door.accept()[0], (host, 1))
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
    talk.network.password_needed = lambda: True
    talk.ask(knock("10.1.2.3"), ECHO, HELLO)
    talk.network.password_needed = lambda: False
    talk.set(protected_mode="no")
    talk.ask(knock("10.1.2.3"), ECHO, HELLO)
    door.close()


EXHAUSTION = """
import resource, socket, sys, time
from tests.support.talk import Talk, bulk, encoded

talk = Talk(bind=("127.0.0.1",))
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
talk.set(port=port)
talk.network.listen()
far = talk.own(socket.create_connection(("127.0.0.1", port)))
talk.ask(far, encoded(b"ECHO", b"hello"), bulk(b"hello"))
late = talk.own(socket.create_connection(("127.0.0.1", port)))
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (late.fileno() + 1, hard))
turns = talk.loop.turns
talk.loop.call_later(350, talk.loop.stop)
talk.loop.run()
assert talk.loop.turns - turns < 30, talk.loop.turns - turns
complaints = [line for line in talk.lines if "Accepting client connection" in line]
assert complaints == ["Accepting client connection: accept: Too many open files"], complaints
talk.ask(far, encoded(b"ECHO", b"hello"), bulk(b"hello"))
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
talk.ask(late, encoded(b"ECHO", b"hello"), bulk(b"hello"))
talk.close()
assert not talk.errors, talk.errors
"""


def test_running_out_of_descriptors_neither_spins_nor_loses_anybody():
    result = subprocess.run(
        [sys.executable, "-c", EXHAUSTION], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr


def test_closing_sends_what_is_left_and_releases_every_descriptor(make_talk):
    before = len(os.listdir("/proc/self/fd"))
    talk = Talk()
    far = talk.connect()
    talk.clients[0].send(b"goodbye")
    talk.network.close()
    assert far.recv(100) == bulk(b"goodbye")
    assert far.recv(100) == b""
    assert talk.closed == talk.clients
    talk.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_serving_from_a_background_thread(make_talk):
    talk, address = listening_talk(make_talk)
    thread = threading.Thread(target=talk.loop.run)
    thread.start()
    try:
        with socket.create_connection(address, 5) as far:
            for _ in range(10):
                far.sendall(ECHO)
                assert far.recv(100) == HELLO
            time.sleep(0.02)
            far.sendall(ECHO)
            assert far.recv(100) == HELLO
    finally:
        talk.loop.stop()
        thread.join(5)
    assert not thread.is_alive()
