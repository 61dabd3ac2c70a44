"""The instruments of the tests measure right: words, replies, imports, servers."""

import os
import socket
from importlib.machinery import EXTENSION_SUFFIXES

import pytest

from tests.support import sources
from tests.support.resp import Connection, Reply, request, spell, words
from tests.support.servers import ServerProcess, redis_command
from tests.support.sources import PACKAGE, imports_of

REPLIES = [
    (b"+OK\r\n", Reply("+", "OK"), "+OK"),
    (b"-ERR no\r\n", Reply("-", "ERR no"), "-ERR no"),
    (b":-5\r\n", Reply(":", -5), ":-5"),
    (b"$3\r\na\r\n\r\n", Reply("$", b"a\r\n"), '"a\\r\\n"'),
    (b"$0\r\n\r\n", Reply("$", b""), '""'),
    (b"$-1\r\n", Reply("$", None), "nil"),
    (b"*-1\r\n", Reply("*", None), "nil*"),
    (b"_\r\n", Reply("_", None), "null"),
    (b",1.5\r\n", Reply(",", "1.5"), ",1.5"),
    (b"#t\r\n", Reply("#", "t"), "#t"),
    (b"(123\r\n", Reply("(", "123"), "(123"),
    (b"=5\r\ntxt:a\r\n", Reply("=", b"txt:a"), "=txt:a"),
    (b"*2\r\n:1\r\n*0\r\n", Reply("*", [Reply(":", 1), Reply("*", [])]), "[:1, []]"),
    (b"~1\r\n$1\r\na\r\n", Reply("~", [Reply("$", b"a")]), '~["a"]'),
    (b">1\r\n+a\r\n", Reply(">", [Reply("+", "a")]), ">[+a]"),
    (b"%1\r\n$1\r\nk\r\n:1\r\n", Reply("%", [(Reply("$", b"k"), Reply(":", 1))]), '{"k": :1}'),
]


@pytest.fixture
def wire():
    """A Connection and the socket at its other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = Connection(listener.getsockname(), timeout=5)
        other, _ = listener.accept()
        yield connection, other
        connection.close()
        other.close()


@pytest.mark.parametrize(("data", "reply", "spelled"), REPLIES, ids=[r[2] for r in REPLIES])
def test_replies_are_read_and_spelled(wire, data, reply, spelled):
    connection, other = wire
    other.sendall(data + b"+next\r\n")
    assert connection.read() == reply
    assert connection.read() == Reply("+", "next")
    assert spell(reply) == spelled


def test_kinds_of_replies_are_told_apart():
    assert len({repr(reply) for _, reply, _ in REPLIES}) == len(REPLIES)
    assert Reply("$", None) != Reply("*", None) != Reply("_", None)


def test_reading_ends_with_the_stream(wire):
    connection, other = wire
    other.sendall(b"$5\r\nab")
    other.close()
    with pytest.raises(EOFError):
        connection.read()


def test_words():
    assert words("SET k v") == [b"SET", b"k", b"v"]
    assert words(r"""a 'b c' "d\x00\n\"e" '' "" """) == [b"a", b"b c", b'd\x00\n"e', b"", b""]
    assert request("GET", b"k", 12) == b"*3\r\n$3\r\nGET\r\n$1\r\nk\r\n$2\r\n12\r\n"


def test_imports_are_found():
    table = imports_of(PACKAGE / "structures/table.pxd")
    assert any(name.startswith("rediskit.structures.") for name in table)
    assert "rediskit.errors" in imports_of(PACKAGE / "keyspace" / "database.py")


def test_stale_modules_are_found(tmp_path, monkeypatch):
    """A module of three files: older than all it is made from, it needs a rebuild."""
    package = tmp_path / "rediskit"
    package.mkdir()
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    monkeypatch.setattr(sources, "PACKAGE", package)
    (package / "fast.py").write_text("")
    (package / "slow.py").write_text("")
    (package / "fast.pxd").write_text("from rediskit.base cimport Base\n")
    (package / "base.pxd").write_text("")
    assert sources.stale_modules(pure=False) == ["rediskit.fast"]
    assert sources.stale_modules(pure=True) == []
    (package / ("fast" + EXTENSION_SUFFIXES[0])).write_text("")
    for name in ("fast.py", "fast.pxd", "base.pxd"):
        for file in package.iterdir():
            os.utime(file, (1000, 1000))
        assert sources.stale_modules(pure=False) == []
        os.utime(package / name, (2000, 2000))
        assert sources.stale_modules(pure=False) == ["rediskit.fast"]
    os.utime(package / "slow.py", (3000, 3000))
    os.utime(package / ("fast" + EXTENSION_SUFFIXES[0]), (2500, 2500))
    assert sources.stale_modules(pure=False) == []


def test_a_server_that_does_not_start_shows_its_log():
    command = redis_command()
    if command is None:
        pytest.skip("redis-server is not installed")
    process = ServerProcess(command, no_such_option="1")
    with pytest.raises(AssertionError, match="Bad directive"):
        process.start()
    process.remove()


def test_execute_runs_commands_in_this_process(execute):
    execute("SET k 'a b'")
    assert execute("GET k") == b"a b"
    assert execute("GET none") is None
    assert len(execute.client.database) == 1
