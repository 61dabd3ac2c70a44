"""redis-cli at a terminal: its hints and its help are made of what COMMAND DOCS replies."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import termios
import time

import pytest

COLUMNS = 200
SECONDS = 10.0
CLEAR_LINE = b"\x15"
ESCAPES = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]|\r")

pytestmark = pytest.mark.skipif(shutil.which("redis-cli") is None, reason="no redis-cli")


class Terminal:
    """redis-cli on a terminal of its own; `output` is all that it showed."""

    def __init__(self, port, folder):
        self.process, self.descriptor = pty.fork()
        if self.process == 0:
            environment = os.environ | {"TERM": "xterm", "HOME": str(folder)}
            os.execvpe("redis-cli", ["redis-cli", "-p", str(port)], environment)
        size = struct.pack("HHHH", 50, COLUMNS, 0, 0)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, size)
        self.output = b""

    def type(self, keys):
        """Presses keys one by one, as the line editor shows hints only for single ones."""
        for key in keys:
            os.write(self.descriptor, bytes([key]))
            self.read(0.005)

    def read(self, seconds):
        """Reads what comes within so many seconds."""
        if select.select([self.descriptor], [], [], seconds)[0]:
            self.output += os.read(self.descriptor, 1 << 16)

    def wait_for(self, text):
        """Reads until `text` was shown, in whatever colours, and forgets all up to its end."""
        deadline = time.monotonic() + SECONDS
        while text not in ESCAPES.sub(b"", self.output):
            assert time.monotonic() < deadline, f"{text} not in {self.output}"
            self.read(0.05)
        self.output = ESCAPES.sub(b"", self.output).partition(text)[2]

    def close(self):
        """Ends redis-cli."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.descriptor)


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
    (b"set k v ", b"[NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-time-seconds|"),
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
