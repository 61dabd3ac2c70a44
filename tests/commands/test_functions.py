"""FUNCTION FLUSH and LIST where there are no libraries."""

import pytest

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.protocol.replies import OK
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


def test_other_subcommands_are_unknown(run):
    with pytest.raises(CommandError, match="unknown subcommand 'LOAD'. Try FUNCTION HELP."):
        run("FUNCTION LOAD x")
