"""Elements that have deadlines of their own: fields of hashes (HEXPIRE), members of sets (SEXPIRE).

A container knows the deadlines of its elements. Which containers of a database have due ones, an
index tells: the earliest deadline of each, by key. It may be behind: elements that lose their
deadlines and containers that go need not be noted, as it finds out when the deadline it knows of
has come.

Commands never see a due element: they meet a container by without_due(). What no command meets,
the cycle of the keyspace removes.
"""

from rediskit.datatypes.hash import Hash
from rediskit.datatypes.set import Set
from rediskit.structures.table import Table

BATCH = 64  # containers at a time whose elements expire
# The request that removes elements, and the event that tells that they went by themselves.
REMOVALS = {Hash: (b"HDEL", "hexpired"), Set: (b"SREM", "sexpired")}


class TimedElements:
    """The index of one database: {key of a container: its earliest deadline}, in milliseconds."""

    def __init__(self, database):
        self.database = database
        self.index = Table()

    def __len__(self):
        """How many containers there may be whose elements have deadlines."""
        return len(self.index)

    def note(self, key, container):
        """To be called when a container at a key has got elements with deadlines."""
        first = container.first_deadline()
        if first >= 0:
            self.index.set(key, None, first)

    def clear(self):
        """Forgets all containers."""
        self.index = Table()

    def swap(self, other):
        """Exchanges the contents with those of another index."""
        self.index, other.index = other.index, self.index

    def has_due(self, now_ms):
        """Whether the deadline of any element may have passed."""
        return self.index.has_due(now_ms)

    def first_deadline(self):
        """The earliest deadline; -1 if there is none."""
        return self.index.first_deadline()

    def has_any(self):
        """Whether any element has a deadline."""
        for key in self.index:
            container = self.database.table.peek(key)
            if type(container) in REMOVALS and container.first_deadline() >= 0:
                return True
        return False

    def without_due(self, key, container):
        """The container at a key without the elements that are due.

        None if it is None, or none is left. While nothing may be removed (CLIENT PAUSE) it is a
        copy, if any are due.
        """
        database = self.database
        if container is None or not container.has_due(database.clock.now_ms):
            return container
        if database.keyspace.frozen:
            container = container.copy()
            container.drop_due(database.clock.now_ms, len(container))
        else:
            self.drop_due(key, container, len(container))
        return container if len(container) else None

    def drop_due(self, key, container, limit):
        """Removes up to `limit` due elements of the container at a key; how many.

        Tells the observers, and the log and the replicas.
        """
        database = self.database
        keyspace = database.keyspace
        now_ms = database.clock.now_ms
        request, event = REMOVALS[type(container)]
        names = ()
        if keyspace.changes.takers or keyspace.tell_of_elements is not None:
            names = container.due(now_ms, limit)
            for name in names:
                container.remove(name)
            if names:
                keyspace.changes.add(database.number, [request, key, *names])
            count = len(names)
        else:
            count = container.drop_due(now_ms, limit)
        self.count_expired(container, count)
        self.note(key, container)
        if count and keyspace.observers:
            keyspace.announce(database, key, event)
        if names and keyspace.tell_of_elements is not None:
            keyspace.tell_of_elements(database, key, event, names)
        if not len(container):
            database.table.remove(key)
            if keyspace.observers:
                keyspace.announce(database, key, "del")
        return count

    def count_expired(self, container, count):
        """Counts elements that went because their time was up."""
        if type(container) is Hash:
            self.database.keyspace.expired_fields += count
        else:
            self.database.keyspace.expired_members += count

    def expire_some(self, limit):
        """Removes about up to `limit` due elements; how many elements and containers."""
        now_ms = self.database.clock.now_ms
        count = 0
        for key in self.index.due(now_ms, BATCH):
            self.index.remove(key)
            container = self.database.table.peek(key, now_ms)
            count += 1
            if type(container) not in REMOVALS:
                continue
            self.note(key, container)
            if container.has_due(now_ms) and count < limit:
                count += self.drop_due(key, container, limit - count)
        return count
