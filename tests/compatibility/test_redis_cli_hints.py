"""redis-cli at a terminal: its hints and its help are made of what COMMAND DOCS replies."""

import shutil

import pytest

from tests.support.terminal import Terminal

CLEAR_LINE = b"\x15"

pytestmark = pytest.mark.skipif(shutil.which("redis-cli") is None, reason="no redis-cli")


@pytest.fixture
def terminal(server, tmp_path):
    opened = Terminal(server.port, tmp_path)
    opened.wait_for(b"%d> " % server.port)
    yield opened
    opened.close()


HINTS = [
    (b"getrange ", b"key start end"),
    (b"GETRANGE k 1 ", b"end"),
    (b"mset ", b"key value [key value ...]"),
    (b"mset k ", b"value [key value ...]"),
    (b"getex k ", b"[EX seconds|PX milliseconds|EXAT unix-time-seconds|"),
    (b"set k v ", b"[NX|XX|IFEQ comparison-value|IFNE comparison-value|"),
    (b"config set ", b"parameter value [parameter value ...]"),
    (b"command list ", b"[FILTERBY MODULE module-name|ACLCAT category|PATTERN pattern]"),
]


def test_hints(terminal):
    for line, hint in HINTS:
        terminal.type(line)
        terminal.wait_for(b"> " + line + hint)
        terminal.type(CLEAR_LINE)


def test_help(terminal, server):
    prompt = b"%d> " % server.port
    for line, *texts in [
        (b"help getrange", b"GETRANGE key start end", b"summary: ", b"since: 2.4.0", b"string"),
        (b"help @string", b"APPEND key value", b"MSETNX"),
        (b"help config set", b"CONFIG SET parameter value", b"since: 2.0.0"),
    ]:
        terminal.type(line + b"\r")
        terminal.wait_for(b"\n")
        for text in [*texts, prompt]:
            terminal.wait_for(text)
