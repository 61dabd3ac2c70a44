"""The server as a whole: its regular work, how it starts, and how it ends."""

import os
import signal
import time

import pytest

from rediskit.config.configuration import Configuration
from rediskit.config.file import Declaration
from rediskit.errors import CommandError
from rediskit.operations import daemon
from rediskit.operations.daemon import Process
from rediskit.server import Server
from tests.support.peers import Peers


def wait_until(condition, seconds=5.0):
    """Waits until condition() is true; AssertionError if it never is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


# Within a program


def test_a_server_needs_no_sockets():
    server = Server()
    client = server.client()
    server.execute(client, b"SET", b"k", b"v")
    assert server.execute(client, b"GET", b"k") == b"v"
    assert not server.clients


def test_two_servers_share_no_names_and_no_statistics():
    config = Configuration()
    config.declare(Declaration("rename-command", [b"get", b"fetch"], 1, b""))
    one, other, plain = Server(config), Server(config), Server()
    clients = [server.client() for server in (one, other, plain)]
    plain.execute(clients[2], b"CONFIG", b"SET", b"latency-tracking", b"no")
    for server, client, name in ((one, clients[0], b"FETCH"), (plain, clients[2], b"GET")):
        assert server.execute(client, name, b"k") is None
    with pytest.raises(CommandError, match="unknown command 'GET'"):
        other.execute(clients[1], b"GET", b"k")
    with pytest.raises(CommandError, match="unknown command 'FETCH'"):
        plain.execute(clients[2], b"FETCH", b"k")
    for server, client, calls in zip((one, other, plain), clients, (1, 0, 1), strict=True):
        told = server.execute(client, b"INFO", b"commandstats").text
        assert (b"cmdstat_get:calls=%d," % calls in told) == bool(calls)
    latency = plain.execute(clients[2], b"LATENCY", b"HISTOGRAM", b"get")
    assert latency == {}
    assert list(one.execute(clients[0], b"LATENCY", b"HISTOGRAM", b"fetch")) == [b"get"]


def test_every_client_has_an_id_of_its_own():
    server = Server()
    assert len({server.client().id for _ in range(5)}) == 5


# Expiring keys


def turn_for(server, seconds):
    """Lets the server's loop turn for some time."""
    server.loop.call_later(seconds * 1000, server.loop.stop)
    server.loop.run()


def test_keys_expire_without_being_read():
    server = Server()
    client = server.client()
    server.execute(client, b"SET", b"k", b"v", b"PX", b"30")
    turn_for(server, 0.2)
    assert server.keyspace.total_keys() == 0
    assert server.keyspace.expired == 1


def test_a_burst_expires_in_slices_and_wholly():
    server = Server(Configuration.load(["--enable-debug-command", "yes"]))
    client = server.client()
    for number in range(20_000):
        server.execute(client, b"SET", b"k%d" % number, b"v", b"PX", b"10")
    turn_for(server, 0.5)
    assert server.keyspace.total_keys() == 0
    assert server.keyspace.expired == 20_000


def test_a_server_without_deadlines_rests():
    server = Server()
    server.execute(server.client(), b"SET", b"k", b"v")
    turn_for(server, 0.3)
    turns = server.loop.turns
    turn_for(server, 0.5)
    assert server.loop.turns - turns < 20


def test_the_cron_looks_after_connections_on_the_same_timer():
    peers = Peers()
    server = peers.server
    assert server.loop.timer_count == 2, "cron and slow_cron"
    client = peers.connect().client
    server.config.set_many({"timeout": "1"})
    client.last_interaction -= 5
    server.cron()
    assert client.closing
    peers.close()


def test_only_one_timer_frees_and_one_expires():
    server = Server(Configuration.load(["--enable-debug-command", "yes"]))
    client = server.client()
    server.execute(client, b"DEBUG", b"POPULATE", b"300000")
    server.execute(client, b"SET", b"k", b"v", b"PX", b"100000")
    before = server.loop.timer_count
    server.execute(client, b"FLUSHALL", b"ASYNC")
    server.execute(client, b"SET", b"k", b"v", b"PX", b"100000")
    for _ in range(5):
        server.cron()
    assert server.loop.timer_count <= before + 2
    turn_for(server, 1)
    assert server.keyspace.pending_objects() == 0


# The end, within a program


@pytest.fixture
def lines():
    return []


@pytest.fixture
def server(lines):
    class Log:
        level = 0

        def __getattr__(self, name):
            return lines.append

    return Server(log=Log())


def receive(server, number):
    """Has a server's process receive a signal."""
    process = Process(server.config, server.log)
    process._server = server
    process._on_signal(number, None)


@pytest.mark.parametrize("reason", [None, "the package lupa is not installed"])
def test_the_start_says_whether_scripts_are_off(server, lines, reason, monkeypatch, tmp_path):
    monkeypatch.setattr("rediskit.server.why_not", lambda: reason)
    server.config.set_many({"dir": str(tmp_path), "port": "0"})
    server.config.assign("unixsocket", str(tmp_path / "socket"))
    server.loop.call_later(1, server.loop.stop)
    assert server.run() == 0
    said = [line for line in lines if "Scripts" in line]
    assert said == ([f"Scripts and functions are off: {reason}"] if reason else [])


@pytest.mark.parametrize("save", [None, False])
def test_shutting_down(server, lines, save):
    assert server.shut_down(save)
    assert lines == [daemon.SHUTDOWN_REQUESTED]


@pytest.fixture
def unable_to_save(server, tmp_path):
    """Has a directory where the snapshot should be."""
    server.config.set_many({"dir": str(tmp_path)})
    (tmp_path / "dump.rdb").mkdir()


def test_a_server_that_must_save_and_cannot_goes_on(server, lines, unable_to_save):
    assert not server.shut_down(save=True)
    assert lines[:2] == [daemon.SHUTDOWN_REQUESTED, daemon.SAVING]
    assert lines[-2:] == [daemon.SAVING_FAILED, daemon.SHUTDOWN_FAILED]
    assert server.shut_down(save=True, is_forced=True)


def test_signals_are_obeyed_by_the_cron(server, lines):
    receive(server, signal.SIGTERM)
    assert lines == ["Received SIGTERM scheduling shutdown..."]
    server.cron()
    assert lines[1:] == [daemon.SHUTDOWN_REQUESTED]
    server.loop.run()


def test_a_shutdown_can_be_taken_back(server, lines):
    assert not server.abort_shutdown()
    receive(server, signal.SIGINT)
    assert server.abort_shutdown()
    server.cron()
    assert lines == ["Received SIGINT scheduling shutdown...", daemon.SHUTDOWN_ABORTED]


def test_directives_tell_what_signals_do(server, lines, unable_to_save):
    server.config.set_many({"shutdown-on-sigterm": "save"})
    receive(server, signal.SIGTERM)
    server.cron()
    assert lines[len(lines) - 1] == daemon.SIGTERM_FAILED
    assert not server.abort_shutdown()
    server.config.set_many({"shutdown-on-sigterm": "save force"})
    receive(server, signal.SIGTERM)
    server.cron()
    assert lines[len(lines) - 1] == daemon.SAVING_FAILED_ANYWAY
    server.loop.run()


# The process


@pytest.fixture
def process(start_server, tmp_path):
    """A server with a pid file and a Unix socket."""
    return start_server(pidfile=tmp_path / "pid", unixsocket=tmp_path / "socket", save=["900", "1"])


def ended_well(process, tmp_path):
    """Asserts that a process ended as it should, and that nothing remains of it."""
    assert process.process.wait(10) == 0
    assert not (tmp_path / "pid").exists()
    assert not (tmp_path / "socket").exists()
    assert process.log.count("User requested shutdown...") == 1
    assert process.log.count("Removing the pid file.") == 1
    assert process.log.rstrip().endswith("# Redis is now ready to exit, bye bye...")


def test_starting(process, tmp_path):
    assert (tmp_path / "pid").read_text() == f"{process.process.pid}\n"
    assert (tmp_path / "socket").exists()
    expected = ["Server initialized", "connections tcp", "connections unix"]
    assert [line for line in expected if process.log.count(line) == 1] == expected


@pytest.mark.parametrize("words", ["", "NOSAVE", "nosave now", "FORCE"])
def test_shutdown_command(process, tmp_path, words):
    first, other = process.connect(), process.connect()
    assert other.execute("PING").content == "PONG"
    first.send("SHUTDOWN", *words.split())
    for connection in (first, other):
        with pytest.raises((ConnectionError, EOFError)):
            connection.read()
    ended_well(process, tmp_path)


def test_what_was_asked_before_the_shutdown_is_answered(process, tmp_path):
    connection = process.connect()
    connection.send_raw(b"PING\r\nECHO hello\r\nSHUTDOWN NOSAVE\r\nPING\r\n")
    ended_well(process, tmp_path)
    assert connection.read().content == "PONG"
    assert connection.read().content == b"hello"
    with pytest.raises((ConnectionError, EOFError)):
        connection.read()


def test_shutdown_that_must_save(process):
    connection = process.connect()
    snapshot = process.folder / "dump.rdb"
    snapshot.mkdir()
    reply = connection.execute("SHUTDOWN", "SAVE")
    assert reply.content == "ERR Errors trying to SHUTDOWN. Check logs."
    assert daemon.SAVING_FAILED in process.log
    assert connection.execute("PING").content == "PONG"
    snapshot.rmdir()
    connection.send("SHUTDOWN", "SAVE")
    assert process.process.wait(10) == 0
    assert snapshot.read_bytes().startswith(b"REDIS")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_signals(process, tmp_path, name):
    connection = process.connect()
    os.kill(process.process.pid, getattr(signal, name))
    with pytest.raises((ConnectionError, EOFError)):
        connection.read()
    ended_well(process, tmp_path)
    assert process.log.count(f"Received {name} scheduling shutdown...") == 1


def test_insisting(start_server):
    process = start_server(enable_debug_command="yes")
    process.connect().execute("DEBUG", "PAUSE-CRON", 1)
    os.kill(process.process.pid, signal.SIGINT)
    wait_until(lambda: "scheduling shutdown" in process.log)
    os.kill(process.process.pid, signal.SIGINT)
    assert process.process.wait(10) == 1
    assert process.log.rstrip().endswith(daemon.SECOND_SIGINT)
