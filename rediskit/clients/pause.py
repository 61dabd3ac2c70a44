"""CLIENT PAUSE: requests are put aside with their clients, and begin anew when the pause is over.

While it lasts, keys whose deadline has passed are seen as gone but stay, and nothing is evicted.
"""

from rediskit.clients.bits import MONITORING
from rediskit.clients.kinds import REPLICA
from rediskit.grammar.command import MAY_REPLICATE, WRITE

LONG_PAUSE_MS = 1000  # a pause that is shorter ends to the millisecond


class Pause:
    """The pause of one server.

    is_on: whether requests are put aside, only those that write if only_writes. until_ms: when
    it ends, in milliseconds since 1970. postponed: who waits, a dict used as an ordered set.
    released: the same of a pause that has ended, for the dispatcher to serve.
    """

    def __init__(self, keyspace, loop):
        self._keyspace = keyspace
        self._loop = loop
        self.is_on = False
        self.only_writes = False
        self.until_ms = 0
        self.postponed = {}
        self.released = {}

    def begin(self, until_ms, only_writes):
        """Puts requests aside up to a moment; an earlier pause is never shortened or softened."""
        self.until_ms = max(self.until_ms, until_ms)
        self.only_writes = only_writes and (not self.is_on or self.only_writes)
        self.is_on = True
        self._keyspace.frozen = True
        left_ms = self.until_ms - self._keyspace.clock.now_ms
        if left_ms < LONG_PAUSE_MS:
            self._loop.call_later(left_ms, self.end_if_over)

    def end_if_over(self):
        """Ends the pause if its time is up: to be called ten times a second."""
        if self.is_on and self._keyspace.clock.now_ms >= self.until_ms:
            self.end()

    def end(self):
        """Ends the pause; what was put aside is served before the loop sleeps, but not here."""
        self.is_on = False
        self.until_ms = 0
        self.only_writes = False
        self._keyspace.frozen = False
        if self.postponed:
            self.released.update(self.postponed)
            self.postponed = {}
            self._loop.skip_sleep()

    def holds_back(self, client, flags):
        """Whether the pause keeps a client from running what has these flags."""
        if client.kind >= REPLICA or client.gates & MONITORING:
            return False
        return not self.only_writes or flags & (WRITE | MAY_REPLICATE) != 0

    def postpone(self, client, arguments):
        """Puts a request and its client aside."""
        client.blocked = True
        client.postponed = arguments
        self.postponed[client] = None

    def take_released(self):
        """Yields the clients whose pause is over and their requests, in order."""
        released, self.released = self.released, {}
        for client in released:
            arguments, client.postponed = client.postponed, None
            client.blocked = False
            yield client, arguments

    def __len__(self):
        """How many clients wait for the end of a pause."""
        return len(self.postponed) + len(self.released)

    def forget(self, client):
        """Lets go of a client that is no more."""
        self.postponed.pop(client, None)
        self.released.pop(client, None)
