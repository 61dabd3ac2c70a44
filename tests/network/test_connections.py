"""Requests and replies over sockets, with all that may happen to a connection on the way."""

import os
import socket
import threading
import time
import weakref

import pytest

from rediskit.clients.bits import MONITORING
from rediskit.clients.client import NO_CONNECTION
from rediskit.clients.kinds import PUBSUB, REPLICA
from tests.support.talk import ECHO, HELLO, Talk, bulk, encoded

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
    assert talk.clients[0].connection is NO_CONNECTION
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
    assert talk.requests < 100
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
    assert talk.logged("Client id=1 ")
    assert talk.logged(" scheduled to be closed ASAP for overcoming of output buffer limits.")


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
    talk.clients[1].become(PUBSUB)
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
    talk.send(far, encoded(b"BIG", b"20000"))
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
    talk.clients[2].become(PUBSUB)
    talk.clients[3].gates |= MONITORING
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
        connection.client.become(REPLICA)
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
    talk = make_talk()
    address = talk.listen()
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
