"""Real clients: one server for all of these tests, emptied for each.

`server` listens on a TCP port and on a unix socket. A test that needs other directives, or that
stops its server, starts one with `start_server`.
"""

import shutil
import subprocess

import pytest

from tests.support.servers import ServerProcess, rediskit_command

SOCKET = "socket"  # in the server's own directory
LONGEST_RUN_SECONDS = 60


@pytest.fixture(scope="session")
def running_server():
    """A server for the session; `server` hands it to tests."""
    process = ServerProcess(
        rediskit_command(), unixsocket=SOCKET, unixsocketperm=700, enable_debug_command="yes"
    )
    try:
        yield process.start()
    finally:
        process.remove()


@pytest.fixture
def server(running_server):
    """The server of these tests, without keys, and afterwards without a failed command."""
    with running_server.connect() as connection:
        connection.execute("FLUSHALL")
    yield running_server
    assert "Command failed" not in running_server.log


@pytest.fixture
def run_tool(server):
    """A function that runs redis-cli or redis-benchmark on the server; skips without them.

    run_tool("redis-cli", "-n", 1, "GET", "k", input=b"") -> what it printed, as str. Its exit
    code must be `code`; when it is 0, there must be nothing on standard error but warnings.
    """

    def run(program, *arguments, input=b"", code=0, address=None):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
        where = address or ["-p", server.port]
        done = subprocess.run(
            [program, *map(str, [*where, *arguments])],
            input=input,
            capture_output=True,
            timeout=LONGEST_RUN_SECONDS,
        )
        errors = done.stderr.decode()
        assert done.returncode == code, (done.stdout[-2000:], errors)
        if code == 0:
            assert not errors or errors.startswith("WARNING")
        return done.stdout.decode()

    return run
