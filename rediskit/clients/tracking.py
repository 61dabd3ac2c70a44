"""Client-side caching: who is told that the keys it holds copies of have changed (CLIENT TRACKING).

In the default mode the server remembers for each key which clients have read it, and tells these,
once, when it changes, expires or is evicted. The table is bounded by `tracking-table-max-keys`:
beyond it keys are forgotten, which their readers are told as if they had changed. In broadcasting
mode nothing is remembered: a client is told of every change of a key with one of its prefixes, of
all changes of one turn of the loop together. Databases are not told apart.

A key's readers are one client ID or, where there are more, a set of them. IDs of clients that are
gone, or track no more, stay until their key changes. While nobody tracks, this costs nothing: the
observers of the keyspace are there only as long as somebody does, and the table is dropped.

A message goes to the client itself in RESP3, or to the client it redirects to: as a push in RESP3,
as a message on the channel __redis__:invalidate to a RESP2 client that subscribes. Whoever does
not listen is told nothing.
"""

from rediskit.clients.bits import SUBSCRIBED, TRACKING
from rediskit.protocol.replies import push_of
from rediskit.structures.intset import IntegerSet
from rediskit.structures.table import Table

CHANNEL = b"__redis__:invalidate"

# Keys that are forgotten at a time when the table is too large.
FORGOTTEN_AT_ONCE = 1000

# Changes that nobody asked for: also those are told who wants no word of its own changes.
UNASKED = frozenset({"expired", "evicted"})


class Tracker:
    """What one client that tracks wants.

    redirect: the ID of the client that is told instead of it, 0 for itself. prefixes: bytes, in
    broadcasting mode. caching: CLIENT CACHING was called for the next request. is_broken: whom it
    redirects to is gone.
    """

    def __init__(self):
        self.redirect = 0
        self.broadcasts = False
        self.prefixes = set()
        self.opts_in = False
        self.opts_out = False
        self.skips_own = False
        self.caching = False
        self.is_broken = False

    def remembers(self):
        """Whether the keys of a request that is run now are to be remembered."""
        if self.opts_in:
            return self.caching
        return not (self.broadcasts or self.opts_out and self.caching)

    def end_request(self, client, command):
        """Ends what CLIENT CACHING said, which holds for one request or a whole transaction.

        command: what was run or refused, None if unknown.
        """
        container = None if command is None else command.container
        if client.queue is None and (container is None or container.name != b"client"):
            self.caching = False


class Broadcast:
    """A prefix: who wants to be told of changes, and what has changed in this turn of the loop.

    clients: a dict used as an ordered set. changed: {key: the client that changed it last}.
    """

    def __init__(self):
        self.clients = {}
        self.changed = {}


class Invalidation:
    """The message that some keys (a list) have changed, or all of them (None).

    It is made once for each protocol, however many clients it is for.
    """

    def __init__(self, keys):
        self.keys = keys
        self.old = None
        self.new = None

    def message(self, protocol):
        """The message as bytes."""
        if protocol > 2:
            if self.new is None:
                self.new = push_of([b"invalidate", self.keys], 3)
            return self.new
        if self.old is None:
            self.old = push_of([b"message", CHANNEL, self.keys], 2)
        return self.old


class Tracking:
    """Who tracks what on a server.

    clients: those of the server by their IDs. calls: what is being run. most_keys: 0 is no limit.
    """

    def __init__(self, keyspace, clients, calls):
        self.keyspace = keyspace
        self.clients = clients
        self.calls = calls
        self.most_keys = 0
        self.trackers = {}
        self.readers = Table()
        self.total_items = 0
        self.broadcasts = {}
        self.lengths = []
        self.flushes = keyspace.flushes  # those that were told

    def __len__(self):
        """How many clients track."""
        return len(self.trackers)

    @property
    def total_keys(self):
        """How many keys are remembered."""
        return len(self.readers)

    @property
    def total_prefixes(self):
        """How many prefixes changes are broadcast for."""
        return len(self.broadcasts)

    # Who tracks

    def start(self, client):
        """Has a client track; returns its Tracker, a new one unless it tracked before."""
        tracker = client.tracker
        if tracker is None:
            tracker = client.tracker = self.trackers[client] = Tracker()
            client.gates |= TRACKING
            self.observe_while_needed()
        return tracker

    def stop(self, client):
        """Has a client track no more."""
        tracker = client.tracker
        if tracker is None:
            return
        for prefix in tracker.prefixes:
            broadcast = self.broadcasts[prefix]
            del broadcast.clients[client]
            if not broadcast.clients:
                del self.broadcasts[prefix]
        self.lengths = sorted({len(prefix) for prefix in self.broadcasts})
        client.tracker = None
        client.gates &= ~TRACKING
        del self.trackers[client]
        self.observe_while_needed()
        if not self.trackers:
            self.forget_all()

    def observe_while_needed(self):
        """Observes the keyspace as long as anybody tracks."""
        self.keyspace.observe_while(bool(self.trackers), self.observe, self.observe_all)

    def add_prefix(self, client, prefix):
        """Has a client told of changes of all keys with a prefix."""
        if prefix not in self.broadcasts:
            self.broadcasts[prefix] = Broadcast()
            self.lengths = sorted({len(prefix) for prefix in self.broadcasts})
        self.broadcasts[prefix].clients[client] = None
        client.tracker.prefixes.add(prefix)

    # What is read

    def remember(self, client, command, arguments):
        """Remembers that a client has read the keys of a request."""
        for position, _ in command.get_keys(arguments):
            self.remember_key(arguments[position], client.id)
        if self.most_keys and len(self.readers) > self.most_keys:
            self.forget_some()

    def remember_key(self, key, number):
        """Remembers that a client has read a key."""
        readers = self.readers.get(key)
        if readers is None:
            self.readers.set(key, number)
        elif type(readers) is int:
            if readers == number:
                return
            self.readers.set(key, IntegerSet((readers, number)))
        elif not readers.add(number):
            return
        self.total_items += 1

    def follow(self, config):
        """Does as tracking-table-max-keys in a Configuration says, now and when it changes."""
        config.follow("tracking-table-max-keys", self.limit)

    def limit(self, most_keys):
        """Sets how many keys are remembered."""
        self.most_keys = most_keys
        self.forget_some()

    def forget_some(self):
        """Brings the table nearer to its limit, if it is beyond."""
        for _ in range(FORGOTTEN_AT_ONCE):
            if not self.most_keys or len(self.readers) <= self.most_keys:
                return
            self.invalidate(self.readers.random_key(), None)

    def forget_all(self):
        """Forgets all keys; the memory is given back bit by bit."""
        if len(self.readers):
            self.keyspace.free_lazily(self.readers)
            self.readers = Table()
            self.total_items = 0

    # What is changed

    def observe(self, database, key, event):
        """Tells, or notes to tell, who is interested in a key that has changed."""
        writer = self.calls.origin
        if self.lengths:
            self.note(key, None if event in UNASKED else writer)
        self.invalidate(key, writer)

    def invalidate(self, key, writer):
        """Tells all readers of a key that it has changed, and forgets them. writer: who did it."""
        readers = self.readers.get(key)
        if readers is None:
            return
        self.readers.remove(key)
        numbers = [readers] if type(readers) is int else list(readers)
        self.total_items -= len(numbers)
        invalidation = Invalidation([key])
        for number in numbers:
            client = self.clients.get(number)
            tracker = None if client is None else client.tracker
            if tracker is None or tracker.broadcasts or client is writer and tracker.skips_own:
                continue
            self.send(client, invalidation)

    def note(self, key, writer):
        """Notes a change for those prefixes that the key has."""
        for length in self.lengths:
            if length > len(key):
                return
            broadcast = self.broadcasts.get(key[:length])
            if broadcast is not None:
                broadcast.changed[key] = writer

    def broadcast(self):
        """Tells what has changed since the last time; to be called before the loop sleeps."""
        for broadcast in self.broadcasts.values():
            if not broadcast.changed:
                continue
            changed = broadcast.changed
            broadcast.changed = {}
            keys = sorted(changed)
            invalidation = Invalidation(keys)
            for client in broadcast.clients:
                if not client.tracker.skips_own:
                    self.send(client, invalidation)
                    continue
                others = [key for key in keys if changed[key] is not client]
                if others:
                    self.send(client, Invalidation(others))

    def observe_all(self, database, event):
        """Tells everybody that all keys may have changed, once for all databases of a flush."""
        if event != "flushed" or self.flushes == self.keyspace.flushes:
            return
        self.flushes = self.keyspace.flushes
        invalidation = Invalidation(None)
        for client in self.trackers:
            self.send(client, invalidation)
        self.forget_all()

    # Messages

    def send(self, client, invalidation):
        """Tells a client, or whom it redirects to, behind the reply to a request of its own."""
        tracker = client.tracker
        target = client
        if tracker.redirect:
            target = self.clients.get(tracker.redirect)
            if target is None:
                tracker.is_broken = True
                if client.protocol > 2:
                    client.push(push_of([b"tracking-redir-broken", tracker.redirect], 3))
                return
        if target.protocol > 2 or tracker.redirect and target.gates & SUBSCRIBED:
            target.push(invalidation.message(target.protocol))
