"""A server within the test's own process, its time standing still, and one client of it."""

from rediskit.keyspace.changes import framed
from rediskit.server import Server
from tests.support.resp import words

NOW = 1_700_000_000_000


class Conversation:
    """A server of its own; what it announced and handed on to logs and replicas is kept."""

    def __init__(self):
        self.server = Server()
        self.server.clock.set(NOW)
        self.client = self.server.client()
        self.events = []
        self.requests = []
        self.server.keyspace.observers.append(
            lambda database, key, event: self.events.append((event, key))
        )
        self.server.keyspace.changes.takers.append(
            lambda *unit: self.requests.extend(b" ".join(words) for _, words in framed(*unit))
        )

    def __call__(self, line):
        return self.server.execute(self.client, *words(line))

    def told(self, line):
        """The events that a command announced."""
        del self.events[:]
        self(line)
        return " ".join(event for event, _ in self.events)

    def handed_on(self, line):
        """The requests that logs and replicas get for a command."""
        del self.requests[:]
        self(line)
        return self.requests

    def at(self, after_ms):
        """Sets the time."""
        self.server.clock.set(NOW + after_ms)

    @property
    def counts(self):
        """(hits, misses, expired)."""
        keyspace = self.server.keyspace
        return keyspace.hits, keyspace.misses, keyspace.expired
