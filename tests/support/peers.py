"""Clients of a server in the test's own process: real sockets, and a loop turned by the test.

peers = Peers()
a, b = peers.connect(), peers.connect("10.0.0.1:5")
a.execute("SET", "k", "v")              # a Reply, see support.resp
b.send("GET", "k"); b.read()
b.is_silent()
"""

import socket
import time

from rediskit.config.configuration import Configuration
from rediskit.server import Server
from tests.support import resp

PATIENCE_SECONDS = 5.0
SILENT_TURNS = 5


class Peer(resp.Connection):
    """The far end of a connection to a server whose loop turns only while it is waited for."""

    def __init__(self, server, address):
        near, self.socket = socket.socketpair()
        near.setblocking(False)
        self.socket.setblocking(False)
        self.server = server
        self.connection = server.network.connect(near, address)
        self.client = self.connection.client
        self._pending = b""

    def run(self, line):
        """The reply to a command line, spelled; see support.resp."""
        return resp.spell(super().run(line))

    def spelled(self):
        """The next reply, spelled."""
        return resp.spell(self.read())

    def is_silent(self):
        """Whether nothing arrives while the loop turns some more."""
        turn(self.server, SILENT_TURNS)
        try:
            return not self._pending and not self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return not self._pending

    def is_closed(self):
        """Whether the server hangs up without another reply."""
        try:
            self._receive()
        except (EOFError, ConnectionError):
            return True
        return False

    def _receive(self):
        limit = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < limit:
            turn(self.server)
            try:
                return super()._receive()
            except BlockingIOError:
                pass
        raise TimeoutError("no reply")


class Peers:
    """A server in this process, and clients of it; directives as keywords, with `_` for `-`."""

    def __init__(self, **directives):
        config = Configuration()
        config.set_many({name.replace("_", "-"): value for name, value in directives.items()})
        self.server = Server(config)
        self.peers = []

    def connect(self, address="test:0"):
        """A new client; `address` is where it says it comes from."""
        peer = Peer(self.server, address)
        self.peers.append(peer)
        return peer

    def turn(self, count=SILENT_TURNS):
        """Turns the loop without sleeping."""
        turn(self.server, count)

    def turn_until(self, happened):
        """Turns the loop until happened() is true."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert time.monotonic() < limit, "waited for too long"
            turn(self.server)

    def close(self):
        """Ends the server and the sockets."""
        for peer in self.peers:
            peer.close()
        self.server.network.close()
        self.server.loop.close()


def turn(server, count=1):
    """Turns a server's loop without sleeping."""
    for _ in range(count):
        server.loop.skip_sleep()
        server.loop.turn()


def declared(server, usage, function, *flags, **details):
    """Has a server know one more command; returns its Command."""
    details["since"] = "1.0.0"
    return server.commands.declare(function, usage, flags, "generic", None, details)
