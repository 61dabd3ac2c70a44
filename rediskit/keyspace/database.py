"""One numbered database: keys, the values they hold, and when they expire.

A value is one of
    bytes or int    a string of up to INLINE_LIMIT bytes, within the entry of its key
    String          a longer string
    a container     an instance of another class of `datatypes`
What there is to know of a type of values, its row in datatypes/registry.py says.

A key whose deadline has passed is missing to all look-ups, and removed by them. The verb of a
look-up says what it is for, and so what it leaves behind:

            counts a hit or miss,   marks an    used for
            tells of a miss         access
    read    yes                     yes         data that a command only reads
    view    yes                     -           a question about a key, not for its data
    edit    -                       yes         what a command is about to change
    peek    -                       -           all other looks, which leave no trace

The noun says what it gives; those marked * raise CommandError WRONGTYPE for another type:

    (key, datatype)   the container of that class, or None *   read        -           edit       -
    _text             a string as bytes or String, or None *   read_text   -           edit_text  -
    _size             the length of a string *                 read_size   -           edit_size  -
    _value            a value of any type, or None             read_value  view_value  -  peek_value
    _key              whether the key is there                 read_key    view_key    -  peek_key

Every change of data is announced by `changed`.
"""

from rediskit import errors
from rediskit.datatypes.hash import Hash
from rediskit.datatypes.registry import datatype_of
from rediskit.datatypes.set import Set
from rediskit.datatypes.string import INLINE_LIMIT, String
from rediskit.errors import CommandError
from rediskit.keyspace.elements import TimedElements
from rediskit.structures.memory import used
from rediskit.structures.table import Table

KEEP_DEADLINE = -2
NO_DEADLINE = -1
DRAWS = 64  # so many due keys may a random key turn out to be before many of them expire
OBSERVED_BATCH = 512  # keys that expire at a time where each has to be announced


class Database:
    """The keys of one database. Deadlines are milliseconds since 1970; -1: none, -2: as it was."""

    def __init__(self, number, keyspace):
        self.number = number
        self.keyspace = keyspace
        self.clock = keyspace.clock
        self.table = Table()
        self.elements = TimedElements(self)

    def __len__(self):
        return len(self.table)

    # Reading

    def expect(self, keys):
        """Prepares for looking up several keys one after the other, which is then quicker."""
        if len(keys) > 1:
            self.table.fetch_ahead(list(keys))

    def read_text(self, key):
        """The string stored at a key, as bytes or String; None if missing.

        Raises CommandError WRONGTYPE for another type of value.
        """
        value = self.table.text(key, self.clock.now_ms)
        if value is None:
            return self.missed(key)
        self.keyspace.hits += 1
        if type(value) is not bytes and type(value) is not String:
            raise CommandError(errors.WRONG_TYPE)
        return value

    def read_value(self, key):
        """The value of a key, a string as bytes or String; None if missing."""
        value = self.table.text(key, self.clock.now_ms)
        if value is None:
            return self.missed(key)
        self.keyspace.hits += 1
        return value

    def read(self, key, datatype):
        """The container of a class of `datatypes` at a key; None if missing.

        Raises CommandError WRONGTYPE for another type of value.
        """
        value = self.table.get(key, self.clock.now_ms)
        if value is None:
            return self.missed(key)
        self.keyspace.hits += 1
        if type(value) is not datatype:
            raise CommandError(errors.WRONG_TYPE)
        return value

    def peek_value(self, key):
        """The value of a key, a short integer as int; None if missing."""
        value = self.table.peek(key, self.clock.now_ms)
        if value is None:
            self.expire_if_due(key)
        return value

    def view_value(self, key, tells=True):
        """As peek_value(), but counted: what TYPE and OBJECT see. tells: of a miss, too."""
        value = self.table.peek(key, self.clock.now_ms)
        if value is None:
            return self.missed(key, tells)
        self.keyspace.hits += 1
        return value

    def read_size(self, key):
        """The length of the string at a key; 0 if missing. Raises CommandError WRONGTYPE."""
        size = self.edit_size(key)
        if size < 0:
            self.missed(key)
            return 0
        self.keyspace.hits += 1
        return size

    def view_key(self, key):
        """Whether a key is there, as EXISTS asks."""
        if self.table.contains(key, self.clock.now_ms):
            self.keyspace.hits += 1
            return True
        self.missed(key)
        return False

    def read_key(self, key):
        """Whether a key is there, which TOUCH marks as accessed."""
        if self.table.size_of(key, self.clock.now_ms) != -1:
            self.keyspace.hits += 1
            return True
        self.missed(key)
        return False

    def missed(self, key, tells=True):
        """Counts and tells of a miss, and removes the key if it only has expired; returns None."""
        self.keyspace.misses += 1
        self.expire_if_due(key)
        if tells and self.keyspace.tell_of_miss is not None:
            self.keyspace.tell_of_miss(self, key)

    # Looking up what is about to be changed

    def edit_text(self, key):
        """As read_text(), but not counted."""
        value = self.table.text(key, self.clock.now_ms)
        if value is None:
            self.expire_if_due(key)
        elif type(value) is not bytes and type(value) is not String:
            raise CommandError(errors.WRONG_TYPE)
        return value

    def edit(self, key, datatype):
        """As read(), but not counted."""
        value = self.table.get(key, self.clock.now_ms)
        if value is None:
            self.expire_if_due(key)
        elif type(value) is not datatype:
            raise CommandError(errors.WRONG_TYPE)
        return value

    def edit_size(self, key):
        """As read_size(), but not counted; -1 if missing."""
        size = self.table.size_of(key, self.clock.now_ms)
        if size >= 0:
            return size
        text = self.edit_text(key)
        return -1 if text is None else len(text)

    def peek_key(self, key):
        """As view_key(), but not counted."""
        if self.table.contains(key, self.clock.now_ms):
            return True
        self.expire_if_due(key)
        return False

    # Writing

    def store(self, key, value, deadline=-1):
        """Sets a key to bytes or a value, whatever it held; returns whether the key is new.

        Callers announce the change themselves; that a due key expired is announced here, and that
        a value was replaced.
        """
        if self.table.has_due(self.clock.now_ms) and self.table.is_due(key, self.clock.now_ms):
            self.expire(key)
        if self.keyspace.tell_of_overwritten is not None:
            self.overwritten(key, value)
        replaced = self.table.peek(key) if self.keyspace.lazy_server_del else None
        if type(value) is bytes and len(value) <= INLINE_LIMIT:
            is_new = self.table.set_text(key, value, deadline)
        else:
            if type(value) is bytes:
                value = String(value)
            elif type(value) is Hash or type(value) is Set:
                self.elements.note(key, value)
            is_new = self.table.set(key, value, deadline)
        if replaced is not None and replaced is not value:
            self.keyspace.free_value_lazily(replaced)
        return self.noted(key, is_new)

    def overwritten(self, key, value):
        """To be called before a value takes the place of whatever a key holds, if it is there."""
        keyspace = self.keyspace
        replaced = self.table.peek(key, self.clock.now_ms)
        if replaced is not None and keyspace.tell_of_overwritten is not None:
            is_other_type = datatype_of(replaced) is not datatype_of(value)
            keyspace.tell_of_overwritten(self, key, is_other_type)

    def add(self, key, container):
        """Stores a container at a key that is not there.

        A command that makes a key first builds its container and puts all into it: what fails
        meanwhile leaves no empty key behind.
        """
        self.noted(key, self.table.set(key, container, NO_DEADLINE))

    def noted(self, key, is_new):
        """Tells of a key that has been set if it is new; whether it is."""
        if is_new and self.keyspace.tell_of_new is not None:
            self.keyspace.tell_of_new(self, key)
        return is_new

    def delete(self, key):
        """Removes a key; whether it was there."""
        if self.table.is_due(key, self.clock.now_ms):
            self.expire_if_due(key)
            return False
        return self.remove(key, self.keyspace.lazy_server_del)

    def discard(self, key, lazily):
        """As delete(), for users who say whether what is large may be freed later, in slices."""
        if self.table.is_due(key, self.clock.now_ms):
            self.expire_if_due(key)
            return False
        return self.remove(key, lazily)

    def changed(self, key, event, count=1, container=None, elements=None):
        """Announces a change of data: the one place that all who must know hear of it from.

        `event` is the name of Redis' keyspace event; `count` how many changes it is, as Redis
        counts them: of a container, its elements that changed; 0 for a second event of the same
        change. `container` is what was changed, where it may be empty now: then its key is
        removed. `elements` are those that the event is about, given if somebody is told of them
        (Keyspace.tell_of_elements).
        """
        keyspace = self.keyspace
        keyspace.dirty += count
        if keyspace.marks_changes:
            self.table.set_access(key, self.table.access_clock)
        if keyspace.observers:
            keyspace.announce(self, key, event)
        if elements and keyspace.tell_of_elements is not None:
            keyspace.tell_of_elements(self, key, event, elements)
        if container is not None and not len(container):
            self.table.remove(key)
            if keyspace.observers:
                keyspace.announce(self, key, "del")

    # Deadlines

    def deadline(self, key):
        """A key's deadline; -1 if it has none, -2 if it is missing."""
        deadline = self.table.deadline(key)
        if 0 <= deadline <= self.clock.now_ms:
            self.expire_if_due(key)
            return -2
        return deadline

    def set_deadline(self, key, deadline):
        """Sets or, with -1, clears the deadline of a key that is there."""
        self.table.set_deadline(key, deadline)

    def expire_if_due(self, key):
        """Removes a key whose deadline has passed; whether there was one."""
        if not self.table.is_due(key, self.clock.now_ms) or self.keyspace.frozen:
            return False
        self.expire(key)
        return True

    def expire(self, key):
        """Removes a key because its time is up; tells the observers, the log and the replicas."""
        self.remove(key, self.keyspace.lazy_expire)
        self.keyspace.expired += 1
        self.gone(key, "expired", self.keyspace.lazy_expire)

    def evict(self, key):
        """Removes a key because its memory is needed, and tells the observers.

        Returns how many bytes that made free; what the observers take for it is not subtracted.
        """
        if self.keyspace.before_eviction is not None:
            self.keyspace.before_eviction(self, key)
        before = used()
        self.remove(key, self.keyspace.lazy_eviction)
        freed = before - used()
        self.keyspace.evicted += 1
        self.gone(key, "evicted", self.keyspace.lazy_eviction)
        return freed

    def remove(self, key, lazily):
        """Removes a key, due or not; `lazily` leaves what is large to be freed in slices."""
        if lazily:
            self.keyspace.free_value_lazily(self.table.peek(key))
        return self.table.remove(key)

    def gone(self, key, event, lazily):
        """Announces that a key went by itself, and hands it on: logs and replicas cannot know."""
        keyspace = self.keyspace
        if keyspace.changes.takers:
            keyspace.changes.add(self.number, [b"UNLINK" if lazily else b"DEL", key])
        if keyspace.observers:
            keyspace.announce(self, key, event)

    def has_due(self):
        """Whether the deadline of a key, or of an element, has passed."""
        now_ms = self.clock.now_ms
        return self.table.has_due(now_ms) or self.elements.has_due(now_ms)

    def first_deadline(self):
        """The earliest deadline of a key, or of an element; -1 if there is none."""
        first = self.table.first_deadline()
        first_of_elements = self.elements.first_deadline()
        if first < 0 or first_of_elements < 0:
            return max(first, first_of_elements)
        return min(first, first_of_elements)

    def expire_some(self, limit):
        """Removes up to `limit` keys and elements that are due; about how many."""
        count = self.expire_keys(limit)
        if count < limit and self.elements.has_due(self.clock.now_ms):
            count += self.elements.expire_some(limit - count)
        return count

    def expire_keys(self, limit):
        """Removes up to `limit` keys that are due, the earliest first; how many."""
        keyspace = self.keyspace
        if not keyspace.observers and not keyspace.changes.takers and not keyspace.lazy_expire:
            count = self.table.drop_due(self.clock.now_ms, limit)
            self.keyspace.expired += count
            return count
        keys = self.table.due(self.clock.now_ms, min(limit, OBSERVED_BATCH))
        for key in keys:
            self.expire(key)
        return len(keys)

    # Looking around

    def scan(self, cursor, count, is_wanted=None):
        """(next cursor, keys that are not due): about `count` keys from a cursor on; 0: the end.

        Keys for which is_wanted(key) is false are left alone, even if they are due.
        """
        following, keys = self.table.scan(cursor, count)
        if is_wanted is not None:
            keys = [key for key in keys if is_wanted(key)]
        if self.table.deadline_count:
            keys = [key for key in keys if self.peek_key(key)]
        return following, keys

    def random_key(self):
        """A key that is not due, each with the same chance; None if there is none."""
        now_ms = self.clock.now_ms
        draws = 0
        while self.table.due_count(now_ms) < len(self.table):
            key = self.table.random_key()
            if self.table.contains(key, now_ms):
                return key
            self.expire_if_due(key)
            draws += 1
            if draws % DRAWS == 0 and not self.keyspace.frozen:
                self.expire_some(DRAWS * DRAWS)
        # Nearly all are due, or had been before they were given more time.
        return next((key for key in self.table if self.table.contains(key, now_ms)), None)

    def take_table(self):
        """Empties the database by a new table, and returns the old one."""
        table = self.table
        self.table = self.keyspace.new_table(table)
        self.elements.clear()
        return table
