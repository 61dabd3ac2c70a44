"""A network with a dispatcher of a few words, turned by the test that talks to it.

Network, loop and connections are the real ones, on real sockets of this machine. Test and loop
share one thread: `pump` turns the loop until what the test waits for has happened.
"""

import socket
import time

from rediskit.clients.client import Client
from rediskit.clock import Clock
from rediskit.config.configuration import Configuration
from rediskit.dispatcher import Dispatcher
from rediskit.errors import CommandError
from rediskit.eventloop import EventLoop
from rediskit.keyspace.keyspace import Keyspace
from rediskit.logfile import VERBOSE
from rediskit.network.connections import Network
from rediskit.users.user import default_user

PATIENCE_SECONDS = 10


class FewWords(Dispatcher):
    """A dispatcher that hands all requests to a Talk."""

    def __init__(self, talk):
        self.talk = talk

    def request(self, client, arguments):
        """Serves one request."""
        self.talk.request(client, arguments)
        self.begin()  # as the real one: the moment this request ended


class Talk:
    """A serving network, whose requests are the methods on_... below."""

    def __init__(self, **directives):
        self.errors = []
        self.lines = []
        self.level = VERBOSE
        self.closed = []
        self.has_password = False
        self.requests = 0
        self.clock = Clock()
        self.keyspace = Keyspace(self.clock, 1)
        self.config = Configuration()
        self.set(port=0, **directives)
        self.loop = EventLoop(self.clock, lambda source, error: self.errors.append(error))
        self.network = Network(
            self.loop,
            FewWords(self),
            self.clock,
            self.config,
            self,
            self.make_client,
            self.closed.append,
            lambda: self.has_password,
        )
        self.loop.before_sleep += [self.network.serve_unfinished, self.network.flush]
        self.clients = []
        self.sockets = []

    # What the network asks of its server

    def make_client(self, connection):
        """A client with the next number."""
        client = Client(self, len(self.clients) + 1, self.keyspace.databases[0], default_user())
        self.clients.append(client)
        return client

    def verbose(self, text):
        """Takes a line of the log."""
        self.lines.append(text)

    notice = warning = verbose

    def request(self, client, arguments):
        """Serves one request: the word is looked up among the methods below."""
        self.requests += 1
        getattr(self, "on_" + arguments[0].decode().lower())(client, *arguments[1:])

    def on_echo(self, client, text):
        """ECHO text: the text."""
        client.reply(text)

    def on_big(self, client, size):
        """BIG n: n bytes."""
        client.reply(b"x" * int(size))

    def on_slow(self, client, milliseconds):
        """SLOW n: takes n milliseconds."""
        time.sleep(int(milliseconds) / 1000)
        client.reply(b"slow")

    def on_wait(self, client):
        """WAIT: no reply until somebody says WAKE."""
        client.blocked = True

    def on_wake(self, client):
        """WAKE: serves all who wait."""
        for other in self.clients:
            if other.blocked:
                other.blocked = False
                other.send(b"woken")
                other.go_on()
        client.reply(b"ok")

    def on_push(self, client, number, size):
        """PUSH id n: n bytes to another client."""
        self.clients[int(number) - 1].send(b"p" * int(size))
        client.reply(b"ok")

    def on_kill(self, client, number):
        """KILL id: closes another client."""
        self.clients[int(number) - 1].close_soon()
        client.reply(b"ok")

    def on_quit(self, client):
        """QUIT: closes after the reply."""
        client.reply(b"bye")
        client.close_after_reply = True

    def on_refuse(self, client):
        """REFUSE: an error."""
        client.reply(CommandError("ERR refused"))

    def on_fail(self, client):
        """FAIL: a defect of the server."""
        raise RuntimeError("broken command")

    # What the test does

    def set(self, **directives):
        """CONFIG SET, with "_" for "-"."""
        pairs = {name.replace("_", "-"): str(value) for name, value in directives.items()}
        for name in ("bind", "tcp-backlog", "unixsocket", "unixsocketperm"):
            if name in pairs:
                self.config.assign(name, directives[name.replace("-", "_")])
                del pairs[name]
        self.config.set_many(pairs)

    def connect(self):
        """A client's end of a new connection that needs no listener, and its number."""
        near, far = socket.socketpair()
        near.setblocking(False)
        self.network.connect(near, "test:0")
        return self.own(far)

    def listen(self):
        """Listens on a free port of 127.0.0.1; the address."""
        self.config.assign("bind", ("127.0.0.1",))
        self.set(port=free_port())
        self.network.listen()
        return "127.0.0.1", self.config["port"]

    def dial(self, address, family=socket.AF_INET):
        """A client's end of a connection to a listener."""
        far = socket.socket(family)
        far.connect(address)
        return self.own(far)

    def own(self, far):
        """Closes a socket with this talk."""
        far.setblocking(False)
        self.sockets.append(far)
        return far

    def turn(self, turns=1):
        """Turns the loop without waiting."""
        for _ in range(turns):
            self.loop.skip_sleep()
            self.loop.turn()

    def pump(self, happened):
        """Turns the loop until happened() is true."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert time.monotonic() < limit, "waited for too long"
            self.loop.skip_sleep()
            self.loop.turn()

    def send(self, far, data):
        """Sends all of the data, however little the server reads at a time."""
        data = memoryview(data)
        while data:
            try:
                data = data[far.send(data) :]
            except BlockingIOError:
                self.turn()

    def receive(self, far, size):
        """The next `size` bytes from the server; fewer if it hangs up."""
        received = bytearray()
        ended = False

        def happened():
            nonlocal ended
            try:
                while len(received) < size:
                    data = far.recv(size - len(received))
                    if not data:
                        ended = True
                        break
                    received.extend(data)
            except BlockingIOError:
                return False
            except ConnectionResetError:
                ended = True
            return ended or len(received) == size

        self.pump(happened)
        return bytes(received)

    def ask(self, far, data, reply):
        """Sends, and asserts that exactly this reply comes."""
        self.send(far, data)
        self.expect(far, reply)

    def expect(self, far, reply):
        """Asserts that these bytes come next."""
        received = self.receive(far, len(reply))
        assert received == reply, (received[:100], reply[:100])

    def is_closed(self, far):
        """Whether the server hung up, after at most what was not read yet."""
        return len(self.receive(far, 1 << 30)) < 1 << 30

    def logged(self, text):
        """Whether a line of the log has this text."""
        return any(text in line for line in self.lines)

    def close(self):
        """Ends everything; the server must have had no defect."""
        self.network.close()
        for far in self.sockets:
            far.close()
        self.loop.close()


def free_port():
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def encoded(*words):
    """A request as clients send it."""
    bulks = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
    return b"*%d\r\n%s" % (len(words), bulks)


def bulk(text):
    """A reply as clients receive it."""
    return b"$%d\r\n%s\r\n" % (len(text), text)


ECHO = encoded(b"ECHO", b"hello")
HELLO = bulk(b"hello")
