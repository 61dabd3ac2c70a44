"""A server gives all back when it is closed or dropped, and is tended though no loop runs."""

import gc
import os
import socket
import time

import pytest

from rediskit.clock import TENDING_US
from rediskit.config.configuration import Configuration
from rediskit.errors import CommandError
from rediskit.server import Server
from rediskit.structures import memory
from tests.support.conversation import NOW, Conversation
from tests.support.servers import free_port

MANY = 1_000 if os.environ.get("REDISKIT_PURE") == "1" else 10_000


def open_descriptors():
    """How many descriptors this process has."""
    return len(os.listdir("/proc/self/fd"))


def filled(server):
    """Gives a server some data, and returns its client."""
    client = server.client()
    server.execute(client, b"SET", b"text", b"v" * 100)
    server.execute(client, b"RPUSH", b"list", b"a", b"b")
    server.execute(client, b"SET", b"timed", b"v", b"PX", b"100000")
    return client


def settled():
    """(descriptors, bytes) of this process when nothing is left to collect."""
    gc.collect()
    return open_descriptors(), memory.statistics()["allocated"]


def test_many_servers_are_opened_and_closed():
    with Server() as server:
        filled(server)
    del server
    before = settled()
    for _ in range(MANY):
        with Server() as server:
            filled(server)
        assert open_descriptors() == before[0]
    del server
    assert settled() == before


def test_the_data_are_given_back_at_once():
    server = Server()
    empty = memory.statistics()["allocated"]
    client = filled(server)
    assert memory.statistics()["allocated"] > empty
    server.close()
    assert memory.statistics()["allocated"] <= empty
    with pytest.raises(ValueError, match="closed"):
        server.execute(client, b"GET", b"text")
    server.close()


def test_a_server_that_is_dropped_leaks_nothing():
    before = settled()
    for _ in range(100):
        filled(Server())
    assert settled() == before


def test_sockets_and_children_end_with_the_server(tmp_path):
    before = settled()[0]
    port = free_port()
    settings = {"dir": str(tmp_path), "port": str(port), "bind": "127.0.0.1"}
    settings |= {"rdb-key-save-delay": "1000000", "unixsocket": "socket"}
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    server = Server(Configuration.load(words))
    server.network.listen()
    with socket.create_connection(("127.0.0.1", port)) as connected:
        while not server.network.connections:
            server.loop.turn()
        filled(server)
        server.snapshots.is_automatic = True
        assert server.snapshots.begin()
        child = server.children.current.process
        assert os.listdir(tmp_path)
        server.close()
        assert connected.recv(1) == b""
    assert os.listdir(tmp_path) == []
    assert child == os.getpid() or not os.path.exists(f"/proc/{child}")
    assert open_descriptors() == before


def test_a_server_that_cannot_be_built_leaks_nothing():
    before = settled()[0]
    for _ in range(10):
        with pytest.raises(Exception, match="Error loading ACLs"):
            Server(Configuration.load(["--aclfile", "/no/such/file"]))
    assert settled()[0] == before


# Without a loop


@pytest.fixture
def run():
    """A Conversation whose loop never turns."""
    conversation = Conversation()
    yield conversation
    conversation.server.close()


def tend(run, after_ms):
    """Lets time go by, for the clock and for the loop's timers, and runs a command."""
    time.sleep(TENDING_US / 1_000_000 + 0.01)
    run.at(after_ms)
    run("PING")


def test_deadlines_are_looked_after(run):
    run("SET k v PX 100")
    assert run.server.keyspace.total_keys() == 1
    tend(run, 500)
    assert run.server.keyspace.total_keys() == 0
    assert run.server.keyspace.expired == 1


def test_memory_is_freed(run):
    run.server.config.assign("enable-debug-command", "yes")
    run("DEBUG POPULATE 5000")
    run("FLUSHALL ASYNC")
    assert run.server.keyspace.lazily_freed
    tend(run, 500)
    assert not run.server.keyspace.lazily_freed


def test_a_clock_that_goes_back_ends_no_tending(run):
    tend(run, 1000)
    run.at(-3_600_000)
    run(f"SET k v PXAT {NOW - 3_599_000}")
    tend(run, -3_598_000)
    assert run.server.keyspace.total_keys() == 0


@pytest.mark.parametrize("is_automatic", [True, False])
def test_save_points_are_looked_after_if_that_is_asked_for(run, tmp_path, is_automatic):
    run.server.config.set_many({"dir": str(tmp_path), "save": "1 1"})
    run.server.snapshots.is_automatic = is_automatic
    run.server.snapshots.last_save = run.server.clock.seconds
    run("SET k v")
    tend(run, 2500)
    ends = time.monotonic() + 10
    while run.server.children.current is not None and time.monotonic() < ends:
        tend(run, 2600)
    assert os.listdir(tmp_path) == (["dump.rdb"] if is_automatic else [])
    assert run.server.snapshots.changes == (0 if is_automatic else 1)


def test_a_loop_that_runs_does_it_alone(run):
    seen = []
    server = run.server
    server.loop.call_later(0, lambda: seen.append(server.loop.is_running))
    server.loop.call_later(0, lambda: run("PING"))
    server.loop.call_later(1, server.loop.stop)
    run.at(10_000)
    server.loop.run()
    assert seen == [True]
    assert not server.loop.is_running


def test_commands_go_on_after_an_error(run):
    with pytest.raises(CommandError):
        run("NONSENSE")
    tend(run, 500)
    assert run("PING").text == b"PONG"
