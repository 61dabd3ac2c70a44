"""The two servers of a comparison, and how a script is run on one of them."""

import os
import time

import pytest

from tests.compatibility.script import CLOSED, SILENT
from tests.support.servers import ServerProcess, redis_command, rediskit_command

SETTINGS = {"enable_debug_command": "yes"}
REPLY_SECONDS = 8.0
# Time for a request that is only sent to arrive before the next one on another connection.
ARRIVAL_SECONDS = 0.02


class Side:
    """One server of the comparison."""

    def __init__(self, process, is_ours=False):
        self.process = process
        self.is_ours = is_ours
        self.started = [process]
        self._known = {}
        self.version = tuple(int(part) for part in self._version().split(".")[:2])

    def _version(self):
        with self.process.connect() as connection:
            greeting = connection.execute("HELLO", 3).content
        return {key.content: value.content for key, value in greeting}[b"version"].decode()

    def supports(self, script):
        """Whether the server is new enough for a script; ours is, whatever version it names."""
        return (
            self.is_ours
            or script.since is None
            or self.version >= tuple(map(int, script.since.split(".")))
        )

    def knows(self, command):
        """Whether the server has a command, told by what it says to it without arguments."""
        if command not in self._known:
            with self.process.connect() as connection:
                reply = connection.execute(command)
            self._known[command] = not str(reply.content).startswith("ERR unknown command")
        return self._known[command]

    def run(self, script, protocol):
        """The replies of a script; None for a step that reads none."""
        if self.process.process.poll() is not None:
            self.process.start()
        connections = {}
        with self.process.connect(2, REPLY_SECONDS) as fresh:
            assert not fresh.execute("FLUSHALL").is_error
        try:
            return [self._take(step, connections, protocol) for step in script.steps]
        finally:
            for connection in connections.values():
                connection.close()

    def _take(self, step, connections, protocol):
        name = step.connection
        if name not in connections:
            connections[name] = self.process.connect(protocol, REPLY_SECONDS)
        connection = connections[name]
        try:
            if step.command is not None:
                connection.send(*step.command)
            if step.waits:
                return connection.read()
            time.sleep(ARRIVAL_SECONDS)
            return None
        except (EOFError, ConnectionError):
            return CLOSED
        except TimeoutError:
            return SILENT


@pytest.fixture(scope="session")
def ours(request):
    """The server under test: rediskit; with --oracle-itself another redis-server."""
    itself = request.config.getoption("--oracle-itself")
    yield from _running(redis_command() if itself else rediskit_command(), is_ours=not itself)


@pytest.fixture(scope="session")
def theirs():
    """The oracle."""
    command = redis_command()
    if command is None:
        if os.environ.get("CI"):
            pytest.fail("CI must compare with redis-server, which is not installed")
        pytest.skip("redis-server is not installed")
    yield from _running(command)


def _running(command, is_ours=False):
    process = ServerProcess(command, **SETTINGS)
    try:
        yield Side(process.start(), is_ours)
    finally:
        process.remove()
