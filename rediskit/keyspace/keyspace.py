"""What all databases share: the counters, the one place where changes are announced, expiry.

Whoever must learn of changes (waiting clients, watchers, notifications, caches of clients) is an
observer: a callable (database, key, event), where `event` is the name of Redis' keyspace event.
While there are none, announcing costs a counter. When all keys of a database change at once, the
database observers are told: callables (database, event), with "flushed", before its keys go, or
"swapped", after they were exchanged.

Keys expire in two ways: on the way of a command that meets one (Database), and here, by a cycle
that takes what is due from each table's ordered deadlines, the earliest first, in slices that
never hold the loop for long. What is deleted in the background, flushed tables
and large containers, is to be freed lazily, and freed in slices too.
"""

from functools import partial

from rediskit.datatypes.limits import Limits
from rediskit.datatypes.registry import INLINE, pieces_of
from rediskit.keyspace.changes import Changes
from rediskit.keyspace.database import Database
from rediskit.structures.native import monotonic_us
from rediskit.structures.table import Table

SLICE_US = 8_000  # how long one slice of expiring may take before its last batch
BATCH = 65536  # keys between two looks at the clock; many at a time go faster
FREE_SLICE_US = 2_000
FREE_BATCH = 4096
# Directives, and the attributes of a Keyspace that follow them.
LAZY_FREEING = {
    "lazyfree-lazy-user-del": "lazy_user_del",
    "lazyfree-lazy-server-del": "lazy_server_del",
    "lazyfree-lazy-expire": "lazy_expire",
    "lazyfree-lazy-eviction": "lazy_eviction",
}
MOST_PIECES = 64  # a container of so many is freed at once


class Keyspace:
    """The numbered databases of one server.

    dirty: how many changes there were, as Database.changed() counts them. flushes: how often
    databases were emptied, one or all. hits, misses: look-ups by commands. expired: keys that
    were, evicted: keys that had to go. expired_fields: fields of hashes that were,
    expired_members: members of sets. tell_of_new, tell_of_miss, tell_of_overwritten,
    tell_of_elements: whom to tell of what no observer hears (see Notifications), or None. changes:
    in which units what changed is propagated. before_eviction: a callable (database, key), or None.
    expires: whether the cycle runs (DEBUG SET-ACTIVE-EXPIRE). frozen: keys are seen as due but not
    removed (CLIENT PAUSE). leaves_access: accesses leave no marks (see leave_access). limits: of
    containers before they change their form. lazy_...: the directives lazyfree-lazy-...
    """

    def __init__(self, clock, count=16):
        self.clock = clock
        self.limits = Limits()
        self.dirty = self.flushes = 0
        self.observers = []
        self.changes = Changes()
        self.database_observers = []
        self.tell_of_new = None
        self.tell_of_miss = None
        self.tell_of_overwritten = None
        self.tell_of_elements = None
        self.before_eviction = None
        self.lazily_freed = []
        self.expires = True
        self.next_expiry = 0
        self.frozen = False
        self.leaves_access = self.marks_changes = self.is_saving = False
        self.lazy_user_del = self.lazy_server_del = False
        self.lazy_expire = self.lazy_eviction = False
        self.reset_statistics()
        self.databases = [Database(number, self) for number in range(count)]

    def follow(self, config):
        """Does as its directives in a Configuration say, now and whenever they change."""
        self.limits.follow(config)
        for name, attribute in LAZY_FREEING.items():
            config.follow(name, partial(setattr, self, attribute))

    def reset_statistics(self):
        """Sets the counters that INFO shows back to 0."""
        self.freed_objects = 0
        self.hits = 0
        self.misses = 0
        self.expired = 0
        self.evicted = 0
        self.expired_fields = self.expired_members = 0
        self.expired_time_us = 0
        self.slices_cut_short = 0

    def announce(self, database, key, event):
        """Tells the observers of one change; Database.changed() also counts it.

        An observer may end its own observation, or that of others, meanwhile.
        """
        for observer in list(self.observers):
            observer(database, key, event)

    def observe_while(self, is_interested, observer=None, database_observer=None):
        """Tells an observer, a database observer, or both of changes; else of none any more.

        To be called whenever somebody may have become interested, or nobody be any more: while
        nobody is, changes cost nothing.
        """
        for observers, each in (
            (self.observers, observer),
            (self.database_observers, database_observer),
        ):
            if each is None or (each in observers) == is_interested:
                continue
            if is_interested:
                observers.append(each)
            else:
                observers.remove(each)

    def total_keys(self):
        """How many keys there are in all databases."""
        return sum(len(database.table) for database in self.databases)

    # Access, for eviction and OBJECT IDLETIME / FREQ

    def mark_accesses(self, counts_frequency, log_factor, decay_minutes, only_changes=False):
        """Sets what an access is marked with: when it was, or how often there were some (LFU).

        only_changes: only what changes a key counts as an access (LRM).
        """
        self.marks_changes = only_changes
        self.leave_access(self.is_saving)
        for database in self.databases:
            table = database.table
            table.counts_frequency = counts_frequency
            table.frequency_log_factor = log_factor
            table.frequency_decay_minutes = decay_minutes
        self.tick_access()

    def tick_access(self):
        """Brings up to date what accesses are marked with: seconds, or minutes (LFU)."""
        seconds = self.clock.seconds
        for database in self.databases:
            table = database.table
            counts_minutes = table.counts_frequency
            table.access_clock = (seconds // 60) & 0xFFFF if counts_minutes else seconds & 0xFFFFFF

    def leave_access(self, leaves):
        """Has accesses leave no marks, or leave them again.

        While a forked child shares the memory, each mark would make for a page to be copied. Where
        only changes are marked, mere look-ups never leave any.
        """
        self.is_saving = leaves
        self.leaves_access = leaves or self.marks_changes
        for database in self.databases:
            database.table.leaves_access = self.leaves_access

    # Expiry

    def expire_cycle(self):
        """Removes keys that are due for up to SLICE_US; whether more are due."""
        if not self.expires or self.frozen:
            return False
        start = monotonic_us()
        more = False
        for database in self.databases[self.next_expiry :] + self.databases[: self.next_expiry]:
            if database.has_due() and self._expire_slice(database, start + SLICE_US):
                if not more:
                    self.next_expiry = (database.number + 1) % len(self.databases)
                more = True
        self.expired_time_us += monotonic_us() - start
        return more

    def first_deadline(self):
        """The earliest deadline of all, in milliseconds since 1970; -1 if there is none."""
        firsts = [database.first_deadline() for database in self.databases]
        return min([first for first in firsts if first >= 0], default=-1)

    def _expire_slice(self, database, until_us):
        """Removes due keys of one database until a moment; whether more are due."""
        while database.has_due():
            if monotonic_us() >= until_us:
                break
            database.expire_some(BATCH)
        else:
            return False
        self.slices_cut_short += 1
        return True

    def due_percent(self):
        """How many of the keys with a deadline are due and still there, in percent."""
        due = with_deadline = 0
        for database in self.databases:
            with_deadline += database.table.deadline_count
            due += database.table.due_count(self.clock.now_ms)
        return 100 * due / with_deadline if with_deadline else 0.0

    # Emptying

    def flush(self, databases, asynchronous):
        """Empties databases; as many changes as there were keys."""
        self.flushes += 1
        self.dirty += sum(len(database.table) for database in databases)
        for database in databases:
            for observer in list(self.database_observers):
                observer(database, "flushed")
            if asynchronous and len(database.table) > FREE_BATCH:
                self.free_lazily(database.take_table())
            else:
                database.table.clear()
                database.elements.clear()

    def free_lazily(self, garbage):
        """Leaves a table or container that nobody uses any more to be freed in slices."""
        self.lazily_freed.append(garbage)

    def free_value_lazily(self, value):
        """Frees the value of a key lazily that is about to be removed, if freeing it takes long."""
        if value is not None and type(value) not in INLINE and pieces_of(value) > MOST_PIECES:
            self.free_lazily(value)

    def free_some(self):
        """Frees what is to be freed lazily for up to FREE_SLICE_US; whether some are left."""
        return self.free_until(monotonic_us() + FREE_SLICE_US)

    def free_until(self, until_us):
        """Frees what is to be freed lazily up to a moment; whether some is left."""
        while self.lazily_freed and monotonic_us() < until_us:
            garbage = self.lazily_freed[len(self.lazily_freed) - 1]
            before = len(garbage)
            left = garbage.clear_some(FREE_BATCH)
            if type(garbage) is Table:
                self.freed_objects += before - left
            elif not left:
                self.freed_objects += 1
            if not left:
                self.lazily_freed.pop()
        return bool(self.lazily_freed)

    def pending_objects(self):
        """How many keys of tables, and other containers, are still to be freed."""
        return sum([len(each) if type(each) is Table else 1 for each in self.lazily_freed])

    def swap(self, first, second):
        """Exchanges the contents of two databases, given by their numbers."""
        self.dirty += 1
        if first == second:
            return
        one, other = self.databases[first], self.databases[second]
        one.table, other.table = other.table, one.table
        one.elements.swap(other.elements)
        for observer in list(self.database_observers):
            observer(one, "swapped")
            observer(other, "swapped")

    def new_table(self, like):
        """An empty table that marks accesses as `like` does."""
        table = Table()
        table.access_clock = like.access_clock
        table.counts_frequency = like.counts_frequency
        table.frequency_log_factor = like.frequency_log_factor
        table.frequency_decay_minutes = like.frequency_decay_minutes
        table.leaves_access = self.leaves_access
        return table
