"""Fixtures of the tests of the format."""

import pytest

from tests.support.servers import ServerProcess, redis_command
from tests.support.stores import Store


@pytest.fixture
def store():
    """An empty Store."""
    return Store()


@pytest.fixture(scope="session")
def full_store():
    """A Store with data of every type and form, not to be changed."""
    return Store().fill()


@pytest.fixture
def redis(tmp_path):
    """A function that starts a redis-server, on a snapshot's file if there is one; a connection.

    `connection.path` is where it saves to.
    """
    if redis_command() is None:
        pytest.skip("redis-server is not installed")
    started = []

    def start(path=None):
        process = ServerProcess(redis_command(), enable_debug_command="yes", dbfilename="d.rdb")
        started.append(process)
        if path is not None:
            (process.folder / "d.rdb").write_bytes(path.read_bytes())
        connection = process.start().connect()
        connection.path = process.folder / "d.rdb"
        return connection

    yield start
    for process in started:
        process.remove()
