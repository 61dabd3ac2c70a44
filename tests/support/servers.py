"""Servers that tests start: rediskit from this checkout, and redis-server as the oracle."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.resp import Connection
from tests.support.sources import ROOT

READY = "Ready to accept connections"
START_SECONDS = 20.0
STOP_SECONDS = 10.0


def free_port():
    """A TCP port of the loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def rediskit_command():
    """The command line that runs this checkout, compiled or, with REDISKIT_PURE=1, not."""
    return [sys.executable, "-m", "rediskit"]


def redis_command():
    """The command line of the installed redis-server, or None."""
    path = shutil.which("redis-server")
    return [path] if path else None


class ServerProcess:
    """A server on a free port with a directory of its own, both gone after `stop`.

    Options are directives of redis.conf with `_` for `-`; a list of values repeats a directive's
    words (`save=[]` gives `--save ""`). `arguments` are put before them as they are.
    """

    def __init__(self, command, *arguments, **options):
        self.folder = Path(tempfile.mkdtemp(prefix="rediskit-test-"))
        port = options.pop("port", None)
        self.port = free_port() if port is None else int(port)
        self.log_path = self.folder / "log"
        settings = {"port": self.port, "bind": "127.0.0.1", "save": "", "dir": self.folder}
        self.command = [*command, *arguments, *_as_arguments(settings | options)]
        self.process = None
        self._connections = []
        self._log_start = 0

    @property
    def address(self):
        """(host, port) as sockets and `Connection` take it."""
        return ("127.0.0.1", self.port)

    @property
    def log(self):
        """What the server printed up to now."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def start(self, wait=True):
        """Starts the process, again if it has ended, and waits until it says that it is ready."""
        self._log_start = len(self.log)
        with self.log_path.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=ROOT
            )
        if wait:
            self.wait_for_log(READY)
        return self

    def wait_for_log(self, text, seconds=START_SECONDS):
        """Waits until the log holds a text; AssertionError with the log if it does not come.

        Counts what was logged since `start` only.
        """
        deadline = time.monotonic() + seconds
        while text not in self.log[self._log_start :]:
            ended = self.process.poll() is not None and text not in self.log[self._log_start :]
            if ended or time.monotonic() > deadline:
                code = self.stop()
                raise AssertionError(f"no {text!r}; exit code {code}; the log:\n{self.log}")
            time.sleep(0.005)

    def connect(self, protocol=2, timeout=10.0):
        """A raw Connection, closed with the server, that has said HELLO if `protocol` is 3."""
        connection = Connection(self.address, timeout)
        self._connections.append(connection)
        if protocol != 2:
            reply = connection.execute("HELLO", protocol)
            assert not reply.is_error, reply
        return connection

    def client(self, **options):
        """A redis-py client of this server."""
        import redis

        return redis.Redis(host="127.0.0.1", port=self.port, **options)

    def stop(self):
        """Ends the process, by force if it does not obey; returns its exit code."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def remove(self):
        """Stops the server and removes its directory."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _as_arguments(options):
    arguments = []
    for name, value in options.items():
        words = list(value) or [""] if isinstance(value, list | tuple) else [value]
        arguments += ["--" + name.replace("_", "-"), *map(str, words)]
    return arguments
