"""FUNCTION and FCALL: libraries come and go, are called, dumped and restored."""

import pytest

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.protocol.replies import OK
from rediskit.rdb.snapshot import load_snapshot, write_snapshot
from rediskit.server import Server


@pytest.fixture
def run():
    server = Server()
    client = server.client()
    return lambda text: server.execute(client, *text.encode().split())


def test_flush(run):
    for mode in ("", " ASYNC", " sync"):
        assert run("FUNCTION FLUSH" + mode) is OK
    with pytest.raises(CommandError) as raised:
        run("FUNCTION FLUSH now")
    assert raised.value.text == errors.FUNCTION_FLUSH


def test_list(run):
    assert run("FUNCTION LIST") == []
    assert run("FUNCTION LIST WITHCODE LIBRARYNAME *") == []
    with pytest.raises(CommandError) as raised:
        run("FUNCTION LIST nothing")
    assert raised.value.text == "ERR Unknown argument nothing"


LIBRARY = (
    b"#!lua name=mylib\n"
    b"redis.register_function('f', function(keys, args) return {keys, args} end)\n"
    b"redis.register_function{function_name = 'g', callback = function() return 1 end,"
    b" flags = {'no-writes'}}"
)


@pytest.fixture
def server():
    """A server with a library of two functions."""
    with Server() as made:
        made.functions.load(LIBRARY)
        yield made


def test_functions_are_called_by_name(server):
    client = server.client()
    assert server.execute(client, b"FCALL", b"F", b"1", b"k", b"a") == [[b"k"], [b"a"]]
    assert server.execute(client, b"FCALL_RO", b"g", b"0") == 1
    with pytest.raises(CommandError, match="with write flag"):
        server.execute(client, b"FCALL_RO", b"f", b"0")


def test_a_library_that_cannot_be_loaded_changes_nothing(server):
    for code in (LIBRARY.replace(b"mylib", b"other"), LIBRARY + b"\nerror('x')", LIBRARY + b" x"):
        with pytest.raises(CommandError):
            server.functions.load(code, replaces=True)
    assert list(server.functions.libraries) == [b"mylib"]
    assert server.functions.libraries[b"mylib"].code == LIBRARY


def test_dump_and_restore(server):
    payload = server.functions.dump()
    with pytest.raises(CommandError, match="Library mylib already exists"):
        server.functions.restore(payload, b"APPEND")
    with pytest.raises(CommandError, match="checksum are wrong"):
        server.functions.restore(payload[:-1] + b"x", b"FLUSH")
    held = server.functions.held_bytes
    for policy in (b"REPLACE", b"FLUSH"):
        server.functions.restore(payload, policy)
        assert server.functions.held_bytes == held
        assert server.functions.codes() == [LIBRARY]
    server.functions.flush()
    server.functions.restore(payload, b"APPEND")
    assert sorted(server.functions.functions) == [b"f", b"g"]


def test_libraries_travel_in_snapshots(server):
    payload = write_snapshot(server.keyspace, libraries=server.functions.codes()).take()
    assert load_snapshot(server.keyspace, payload=payload).libraries == [LIBRARY]


def test_a_load_that_takes_too_long_is_ended(server):
    with pytest.raises(CommandError, match="FUNCTION LOAD timeout"):
        server.functions.load(b"#!lua name=x\nwhile true do end")
