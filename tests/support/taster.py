"""Runs soup in a server within this process, and looks closely at what comes of each request."""

import contextlib
import time

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.keyspace.changes import framed
from rediskit.protocol.replies import Pushes, encode
from rediskit.server import Server
from rediskit.structures.buffer import Buffer
from tests.support import resp
from tests.support.soup import LEFT_OUT, SILENCING, Soup, fill

NOW = 1_700_000_000_000
LONGEST_REPLY = 100_000  # elements; a command may be asked for 2 ** 62 of them
NEW_CLIENT_EVERY = 50
FILL_EVERY = 100
CHECK_EVERY = 500


class Taster:
    """Two servers: one is given soup, the other what the first hands on to logs and replicas.

    done, refused: how many requests were. slowest: (milliseconds, words) of the slowest one.
    """

    def __init__(self, seed):
        self.soup = Soup(seed, LEFT_OUT + SILENCING)
        self.server, self.replica = Server(), Server()
        for server in (self.server, self.replica):
            server.config.assign("enable-debug-command", "yes")
            server.config.set_many({"proto-max-bulk-len": "1mb"})
            server.clock.set(NOW)
        self.follower = self.replica.client()
        self.selected = 0
        self.server.keyspace.changes.takers.append(self.follow)
        self.done = self.refused = 0
        self.slowest = (0.0, [])
        self.words = []

    def follow(self, unit, is_atomic):
        """Does on the replica what the server did."""
        for number, arguments in framed(unit, is_atomic):
            self.follow_request(number, arguments)

    def follow_request(self, number, arguments):
        """Does one request on the replica."""
        try:
            if number != self.selected:
                self.selected = number
                self.replica.execute(self.follower, b"SELECT", b"%d" % number)
            value = self.replica.execute(self.follower, *arguments)
        except CommandError as error:
            raise AssertionError(f"handed on {arguments}, which replies {error}") from error
        if arguments == [b"EXEC"]:
            wrong = [str(part) for part in value if isinstance(part, CommandError)]
            assert not wrong, f"handed on a transaction that replies {wrong}"

    def taste(self, requests):
        """Runs so many requests; AssertionError with the request that something is wrong with."""
        client = self.server.client()
        for number in range(requests):
            if number % NEW_CLIENT_EVERY == 0:
                client = self.server.client()
            if number % FILL_EVERY == 0:
                fill(lambda words: self.server.execute(self.server.client(), *words))
            self.words = self.soup.request()
            if self.words[:2] == [b"config", b"set"]:
                self.configure()
                continue
            try:
                self.run(client, list(self.words))
                if number % CHECK_EVERY == CHECK_EVERY - 1:
                    self.check()
            except Exception as error:
                raise AssertionError(f"request {number}: {self.words}") from error
        self.check()

    def configure(self):
        """Sets the same directive of both servers, for what values look like depends on it."""
        for server in (self.server, self.replica):
            with contextlib.suppress(CommandError):
                server.execute(server.client(), *self.words)

    def run(self, client, words):
        """Runs one request; any error but a CommandError is a defect, and so is a bad reply."""
        start = time.perf_counter()
        try:
            value = self.server.execute(client, *words)
            self.done += 1
        except CommandError as error:
            assert error.text != errors.INTERNAL_ERROR
            value = error
            self.refused += 1
        for reply in value if isinstance(value, Pushes) else [value]:
            if size_of(reply) <= LONGEST_REPLY:
                for protocol in (2, 3):
                    is_one_reply(reply, protocol)
        self.slowest = max(self.slowest, ((time.perf_counter() - start) * 1000, self.words))

    def check(self):
        """Every table is whole, and the replica holds the same as the server."""
        for server in (self.server, self.replica):
            for database in server.keyspace.databases:
                database.table.check()
        digests = {self.digest(server) for server in (self.server, self.replica)}
        assert len(digests) == 1, f"the replica differs in {self.differences()}"

    def digest(self, server):
        """What DEBUG DIGEST says."""
        return server.execute(server.client(), b"DEBUG", b"DIGEST").text

    def differences(self):
        """Keys whose values differ, with their databases."""
        found = []
        for number in range(16):
            clients = [server.client() for server in (self.server, self.replica)]
            contents = []
            for server, client in zip((self.server, self.replica), clients, strict=True):
                server.execute(client, b"SELECT", b"%d" % number)
                keys = list(server.execute(client, b"KEYS", b"*"))
                contents.append(
                    {
                        (key, server.execute(client, b"DEBUG", b"DIGEST-VALUE", key)[0].text)
                        for key in keys
                    }
                )
            found += [(number, key) for key, _ in contents[0] ^ contents[1]]
        return sorted(set(found))


def size_of(value):
    """How many elements a reply has; for what is no array, 0 or its length."""
    count = getattr(value, "count", None)
    if isinstance(count, int):
        return count
    return len(value) if hasattr(value, "__len__") else 0


class Replies(resp.Connection):
    """Replies that are there already, without a socket."""

    def __init__(self, data):
        self._pending = data

    def _receive(self):
        raise EOFError("not a whole reply")

    @property
    def rest(self):
        """What was not read yet."""
        return self._pending


def is_one_reply(value, protocol):
    """Asserts that a value's encoding is one whole reply and nothing else."""
    out = Buffer()
    encode(out, value, protocol)
    replies = Replies(out.slice(0, len(out)))
    replies.read()
    assert not replies.rest, replies.rest[:100]
