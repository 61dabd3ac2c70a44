"""Fields of hashes that have deadlines of their own (HEXPIRE).

A hash knows its own deadlines. Which hashes of a database have due fields, an index tells: the
earliest deadline of each, by key. It may be behind: fields that lose their deadlines and hashes
that go need not be noted, as it finds out when the deadline it knows of has come.

Commands never see a due field: they meet a hash by without_due(). What no command meets, the cycle
of the keyspace removes.
"""

from rediskit.datatypes.hash import Hash
from rediskit.structures.table import Table

HASH_BATCH = 64  # hashes at a time whose fields expire


class TimedFields:
    """The index of one database: {key of a hash: its earliest deadline}, in milliseconds."""

    def __init__(self, database):
        self.database = database
        self.index = Table()

    def __len__(self):
        """How many hashes there may be whose fields have deadlines."""
        return len(self.index)

    def note(self, key, fields):
        """To be called when a hash at a key has got fields with deadlines."""
        first = fields.first_deadline()
        if first >= 0:
            self.index.set(key, None, first)

    def clear(self):
        """Forgets all hashes."""
        self.index = Table()

    def swap(self, other):
        """Exchanges the contents with those of another index."""
        self.index, other.index = other.index, self.index

    def has_due(self, now_ms):
        """Whether the deadline of any field may have passed."""
        return self.index.has_due(now_ms)

    def first_deadline(self):
        """The earliest deadline; -1 if there is none."""
        return self.index.first_deadline()

    def has_any(self):
        """Whether any field has a deadline."""
        for key in self.index:
            fields = self.database.table.peek(key)
            if type(fields) is Hash and fields.first_deadline() >= 0:
                return True
        return False

    def without_due(self, key, fields):
        """The hash at a key without the fields that are due; None if it is None, or none is left.

        While nothing may be removed (CLIENT PAUSE) it is a copy, if any are due.
        """
        database = self.database
        if fields is None or not fields.has_due(database.clock.now_ms):
            return fields
        if database.keyspace.frozen:
            fields = fields.copy()
            fields.drop_due(database.clock.now_ms, len(fields))
        else:
            self.drop_due(key, fields, len(fields))
        return fields if len(fields) else None

    def drop_due(self, key, fields, limit):
        """Removes up to `limit` due fields of the hash at a key; how many.

        Tells the observers, and the log and the replicas.
        """
        database = self.database
        keyspace = database.keyspace
        now_ms = database.clock.now_ms
        if keyspace.changes.takers:
            names = fields.due(now_ms, limit)
            for name in names:
                fields.remove(name)
            if names:
                keyspace.changes.add(database.number, [b"HDEL", key, *names])
            count = len(names)
        else:
            count = fields.drop_due(now_ms, limit)
        keyspace.expired_fields += count
        self.note(key, fields)
        if count and keyspace.observers:
            keyspace.announce(database, key, "hexpired")
        if not len(fields):
            database.table.remove(key)
            if keyspace.observers:
                keyspace.announce(database, key, "del")
        return count

    def expire_some(self, limit):
        """Removes about up to `limit` due fields of some hashes; how many fields and hashes."""
        now_ms = self.database.clock.now_ms
        count = 0
        for key in self.index.due(now_ms, HASH_BATCH):
            self.index.remove(key)
            fields = self.database.table.peek(key, now_ms)
            count += 1
            if type(fields) is not Hash:
                continue
            self.note(key, fields)
            if fields.has_due(now_ms) and count < limit:
                count += self.drop_due(key, fields, limit - count)
        return count
