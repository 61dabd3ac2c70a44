"""What clients weigh, and who is closed when all together are too heavy."""

import contextlib
import time

import pytest

from rediskit.clients.kinds import REPLICA
from rediskit.clients.memory import memory_of
from rediskit.structures import memory
from tests.support.resp import Connection

LIMIT = 1_000_000


def unfinished(size):
    """A request of which `size` bytes of the last argument have come, two less than all."""
    return b"*2\r\n$4\r\nECHO\r\n$%d\r\n" % size + b"x" * size


@pytest.fixture
def crowd(make_talk):
    """A Talk with three clients, and the ends of their connections."""
    talk = make_talk()
    return talk, [talk.connect() for _ in range(3)]


def fill(talk, ends, *sizes):
    """Sends unfinished requests of these sizes, as far as the server takes them."""
    for far, size in zip(ends, sizes, strict=False):
        if size:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                talk.send(far, unfinished(size))
    talk.turn(3)


def open_clients(talk):
    return [number for number, client in enumerate(talk.clients) if not client.closing]


def test_input_weighs_and_counts_as_memory_used(crowd):
    talk, ends = crowd
    used, light = memory.used(), memory_of(talk.clients[0])
    fill(talk, ends, 100_000)
    assert 100_000 <= memory_of(talk.clients[0]) - light < 101_000
    assert 100_000 <= memory.used() - used < 101_000
    talk.send(ends[0], b"\r\n")
    assert talk.receive(ends[0], 10) == b"$100000\r\nx"
    talk.receive(ends[0], 100_000)
    talk.turn()
    assert memory_of(talk.clients[0]) - light < 1000
    assert memory.used() - used < 1000


def test_input_of_a_closed_client_does_not_count(crowd):
    talk, ends = crowd
    used = memory.used()
    fill(talk, ends, 100_000)
    ends[0].close()
    talk.turn(2)
    assert memory.used() - used < 1000


def test_an_announced_argument_weighs_as_if_it_had_come(crowd):
    talk, ends = crowd
    talk.send(ends[0], b"*2\r\n$4\r\nECHO\r\n$500000\r\nx")
    talk.send(ends[1], b"*2\r\n$4\r\nECHO\r\n$5000\r\nx")
    talk.turn(2)
    assert memory_of(talk.clients[0]) > 500_000
    assert memory_of(talk.clients[1]) < 5000


def test_the_heaviest_go_first_and_no_more_than_must(crowd):
    talk, ends = crowd
    talk.network.limit_client_memory(LIMIT)
    fill(talk, ends, 100_000, 500_000, 300_000)
    assert open_clients(talk) == [0, 1, 2]
    fill(talk, ends[3:] + [talk.connect()], 200_000)
    assert open_clients(talk) == [0, 2, 3]
    assert talk.network.client_memory.evicted == 1
    assert any("Evicting client" in line for line in talk.lines)


def test_a_lower_limit_closes_and_no_limit_weighs_nobody(crowd):
    talk, ends = crowd
    fill(talk, ends, 100_000, 500_000, 300_000)
    assert talk.network.client_memory.total == 0
    talk.network.limit_client_memory(LIMIT)
    assert talk.network.client_memory.total > 900_000
    talk.network.limit_client_memory(450_000)
    talk.turn(2)
    assert open_clients(talk) == [0, 2]
    talk.network.limit_client_memory(0)
    fill(talk, [talk.connect()], 2_000_000)
    assert open_clients(talk) == [0, 2, 3]


def test_who_must_not_be_evicted_weighs_but_stays(crowd):
    talk, ends = crowd
    talk.clients[1].no_evict = True
    talk.network.limit_client_memory(LIMIT)
    fill(talk, ends, 100_000, 1_200_000, 50_000)
    assert open_clients(talk) == [1]


def test_replicas_are_not_weighed(crowd):
    talk, ends = crowd
    talk.clients[1].become(REPLICA)
    talk.network.limit_client_memory(LIMIT)
    fill(talk, ends, 100_000, 1_200_000)
    assert open_clients(talk) == [0, 1, 2]
    assert talk.network.client_memory.exempt_bytes() == 0
    talk.clients[1].send(b"x" * 50_000)
    assert talk.network.client_memory.exempt_bytes() >= 50_000
    assert talk.network.client_memory.total < 200_000


def test_output_that_nobody_reads_weighs(crowd):
    talk, ends = crowd
    talk.network.limit_client_memory(LIMIT)
    for _ in range(30):
        if talk.clients[2].closing:
            break
        talk.send(ends[0], b"PUSH 3 400000\r\n")
        talk.turn(2)
    assert open_clients(talk) == [0, 1]


def test_maxmemory_clients_of_a_server(start_server):
    server = start_server()
    with Connection(server.address) as control, Connection(server.address) as heavy:
        assert control.run("CLIENT NO-EVICT on").content == "OK"
        assert control.run("CONFIG SET maxmemory 10mb maxmemory-clients 5%").content == "OK"
        heavy.run("MULTI")
        heavy.send("SET", "k", "x" * 300_000)
        assert heavy.read().content == "QUEUED"
        assert "multi-mem=300004" in control.run("CLIENT LIST").content.decode()
        heavy.send("SET", "k", "x" * 300_000)
        end = time.monotonic() + 10
        while b"evicted_clients:1" not in control.run("INFO stats").content:
            assert time.monotonic() < end
        assert control.run("CLIENT LIST").content.count(b"\n") == 1
        assert heavy.at_end()


def test_noted_things_weigh(execute):
    client = execute.client
    light = memory_of(client)
    execute("SUBSCRIBE a b c")
    subscribed = memory_of(client)
    assert subscribed > light + 200
    execute("RESET")
    execute("WATCH a b c")
    assert memory_of(client) > light + 200
    execute("UNWATCH")
    execute("MULTI")
    execute("SET k 0123456789")
    assert light + 14 <= memory_of(client) < light + 100
