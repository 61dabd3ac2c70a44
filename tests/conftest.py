"""Fixtures of all tests, and what a test session checks before it starts.

- `start_server(**options)` starts rediskit from this checkout with redis.conf options and stops
  it after the test; `server` is one started without options. On failure their logs are shown.
- `execute(line)` runs a command line in a server inside this process, without a socket, and
  returns the command's value; `execute.server` and `execute.client` are what it runs on.
- `redis_server` is Debian's redis-server, the oracle of the comparisons; without it such tests
  are skipped.
- `certificates` are certificates for tests of TLS (tests/support/certificates.py); without the
  openssl command such tests are skipped.
- `talk` is a network with a dispatcher of a few words (tests/support/talk.py), `make_talk`
  makes one with redis.conf options.
With REDISKIT_PURE=1 the same tests run on the .py sources instead of the compiled modules.
"""

import os
import shutil

import pytest

from tests.support.resp import words
from tests.support.servers import ServerProcess, redis_command, rediskit_command
from tests.support.sources import stale_modules

SHOWN_LOG_LINES = 40
PURE = os.environ.get("REDISKIT_PURE") == "1"

# What has no uncompiled form, or does not depend on it.
if PURE:
    collect_ignore_glob = [
        "structures/*",
        "test_architecture.py",
        "test_benchmarks.py",
        "test_packaging.py",
        "test_style.py",
    ]


def pytest_addoption(parser):
    """Adds the options of this test suite."""
    parser.addoption("--stale", action="store_true", help="run although a module needs a rebuild")
    parser.addoption(
        "--oracle-itself",
        action="store_true",
        help="compare redis-server with itself: checks the comparison, not rediskit",
    )


def pytest_sessionstart(session):
    """Refuses to test compiled modules that are older than their sources."""
    if session.config.getoption("--stale"):
        return
    stale = stale_modules(PURE)
    if stale:
        reason = "rebuild (`make`): not compiled since it was edited: " + ", ".join(stale)
        pytest.exit(reason + "; or run with --stale", returncode=4)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds the logs of the servers that a failed test used to its report."""
    report = yield
    if report.failed:
        for process in _servers_of(item):
            end = "\n".join(process.log.splitlines()[-SHOWN_LOG_LINES:])
            report.sections.append((f"log of {process.command[0]} {process.port}", end))
    return report


def _servers_of(item):
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, ServerProcess):
            yield value
        yield from getattr(value, "started", ())


@pytest.fixture
def start_server():
    """A function that starts rediskit with redis.conf options; see ServerProcess."""
    started = []

    def start(*arguments, **options):
        process = ServerProcess(rediskit_command(), *arguments, **options)
        started.append(process)
        return process.start()

    start.started = started
    yield start
    for process in started:
        process.remove()


@pytest.fixture
def server(start_server):
    """A rediskit server with default options, for one test."""
    return start_server()


@pytest.fixture
def execute():
    """A function that runs a command line in this process; raises CommandError."""
    from rediskit.server import Server

    server = Server()

    def run(line):
        return server.execute(run.client, *words(line))

    run.server, run.client = server, server.client()
    yield run
    server.loop.close()


@pytest.fixture
def run():
    """A Conversation: run("SET k v") gives the value; what was announced is kept."""
    from tests.support.conversation import Conversation

    conversation = Conversation()
    yield conversation
    conversation.server.loop.close()


@pytest.fixture(scope="session")
def redis_server():
    """Debian's redis-server, one for the session; the test is skipped where there is none."""
    command = redis_command()
    if command is None:
        pytest.skip("redis-server is not installed")
    process = ServerProcess(command, enable_debug_command="yes")
    try:
        yield process.start()
    finally:
        process.remove()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """Certificates, made for the session."""
    from tests.support.certificates import Certificates

    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def make_talk():
    """A function that starts a Talk; in the end there must have been no defect but FAIL's."""
    from tests.support.talk import Talk

    made = []

    def make(**directives):
        talk = Talk(**directives)
        made.append(talk)
        return talk

    yield make
    for talk in made:
        talk.close()
        assert [str(error) for error in talk.errors if str(error) != "broken command"] == []


@pytest.fixture
def talk(make_talk):
    """A Talk with default directives."""
    return make_talk()
