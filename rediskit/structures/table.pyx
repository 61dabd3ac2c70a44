"""Hash table keyed by bytes, with a deadline for whichever entries shall have one.

Every key, hash field and set member of the server is an entry of such a table, so it is built to
take little memory and few cache misses: an entry is one block with header, key and value
(entry.pxd), and the directory (directory.pyx) says where the block is.

The deadlines are in an index ordered by time besides, which tells what is due without looking
around. What falls due in great numbers is dropped in the order of the hashes, so that each segment
of the directory is rewritten once for many entries.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from libc.math cimport INFINITY
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from rediskit.structures.digits cimport integer_of, write_integer
from rediskit.structures.directory cimport Directory
from rediskit.structures.entry cimport (
    BYTES, DEADLINE, INTEGER, LONG, NOTHING, OBJECT, RAW, REAL,
    Entry, entry_access, entry_deadline, entry_indexed, entry_integer, entry_key,
    entry_key_length, entry_kind, entry_real, entry_size, entry_value, entry_value_length,
    header_size, key_of, set_entry_access, write_deadline, write_entry)
from rediskit.structures.hashing cimport hash_bytes
from rediskit.structures.memory cimport allocate, next_random, release, usable
from rediskit.structures.ordered cimport (
    Cursor, Ordered, cursor_item, cursor_next, cursor_score)
from rediskit.structures.segments cimport (
    POINTER, Place, cell_count, cell_segment, hash_of, prefetch, slot_entry, slots_of)
from rediskit.structures.hash_order cimport Hashed, sort_by_hash

cdef enum:
    NEW_FREQUENCY = 5           # LFU: what a new entry starts with
    FEW = 64                    # due entries that are dropped without sorting them
    BURST = 65536               # due entries that are dropped together
    LARGEST_DELAY_MS = 0xFFFFFFFF       # by which the index may have a deadline too early
    AHEAD = 8                   # so many entries later is what is fetched now

cdef enum:
    KEEP = -2

KEEP_DEADLINE = KEEP
NO_DEADLINE = -1


# Nothing that Python's collector could follow: entries hide their objects from it, and an index
# of deadlines refers to none.
@cython.no_gc
cdef class Table(Directory):
    """A mapping of bytes to values: nothing, bytes, a 64-bit integer, a double or an object.

    `now_ms` arguments (milliseconds since 1970) make entries whose deadline has passed invisible;
    0 sees all. Deadlines: NO_DEADLINE (-1) for none, KEEP_DEADLINE (-2) for what the entry had.
    """

    def __cinit__(self):
        self.frequency_log_factor = 10
        self.frequency_decay_minutes = 1

    # Finding

    cdef Entry *find(self, const unsigned char *key, size_t length) noexcept:
        """The entry of a key, due or not; NULL if there is none."""
        cdef Place place
        if self.locate(hash_bytes(key, length), key, length, &place):
            return slot_entry(slots_of(place.segment)[place.position])
        return NULL

    cdef Entry *live(self, bytes key, int64_t now_ms) noexcept:
        """The entry of a key unless its deadline has passed; does not count as an access."""
        cdef Entry *entry = self.find(
            <const unsigned char *>PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))
        if entry != NULL and entry[0] & DEADLINE and now_ms and entry_deadline(entry) <= now_ms:
            return NULL
        return entry

    cdef Entry *touched(self, bytes key, int64_t now_ms) noexcept:
        cdef Entry *entry = self.live(key, now_ms)
        if entry != NULL and not self.leaves_access:
            if self.counts_frequency:
                self.count_access(entry)
            elif entry_access(entry) != self.access_clock:
                set_entry_access(entry, self.access_clock)
        return entry

    cdef void count_access(self, Entry *entry) noexcept:
        """LFU: 16 bits minutes of the last decay, 8 bits logarithmic counter, as Redis counts."""
        cdef uint32_t counter = self.decayed_frequency(entry_access(entry))
        cdef uint32_t base = counter - NEW_FREQUENCY if counter > NEW_FREQUENCY else 0
        cdef double chance = 1.0 / (base * self.frequency_log_factor + 1)
        if counter < 255 and (next_random() >> 11) * (1.0 / (<uint64_t>1 << 53)) < chance:
            counter += 1
        set_entry_access(entry, (self.access_clock & 0xFFFF) << 8 | counter)

    cdef uint32_t decayed_frequency(self, uint32_t access) noexcept:
        cdef uint32_t counter = access & 255
        cdef uint32_t periods
        if not self.frequency_decay_minutes:
            return counter
        periods = ((self.access_clock - (access >> 8)) & 0xFFFF) // self.frequency_decay_minutes
        return counter - periods if periods < counter else 0

    # Changing

    cdef Entry *put(self, const unsigned char *key, size_t key_length, int kind,
                    const void *value, size_t value_length, int64_t deadline) except NULL:
        """Stores a value of `value_length` bytes, made of `kind`'s bytes; returns its entry.

        For OBJECT the value is a PyObject * whose reference the caller hands over. Neither `key`
        nor `value` may lie in this table. Raises OverflowError for a key or value longer than
        2 ** 32 - 1 bytes, and MemoryError; nothing has changed then.
        """
        cdef uint64_t hash_ = hash_bytes(key, key_length)
        cdef Place place
        cdef Entry *entry
        cdef Entry *old = NULL
        cdef int flags = kind
        cdef size_t size
        cdef int64_t indexed = deadline
        cdef PyObject *dropped = NULL
        if key_length > 0xFFFFFFFF or value_length > 0xFFFFFFFF:
            raise OverflowError("key or value too long for a table entry")
        if self.locate(hash_, key, key_length, &place):
            old = slot_entry(slots_of(place.segment)[place.position])
            if deadline == KEEP:
                deadline = indexed = entry_deadline(old)
        if key_length > 255 or value_length > 255:
            flags |= LONG
        if deadline >= 0:
            flags |= DEADLINE
        size = header_size(flags) + key_length + value_length
        if old == NULL:
            self.make_room(hash_, &place)
            entry = <Entry *>allocate(size)
            if deadline >= 0:
                self.enter_deadline(entry, size, deadline)
            set_entry_access(entry, self.new_access())
            self.held += usable(size)
            self.insert_slot(&place, entry)
        else:
            if entry_kind(old) == OBJECT:
                memcpy(&dropped, entry_value(old), 8)
            entry = self.replace_block(&place, old, size, deadline, &indexed)
        write_entry(entry, flags, key, key_length, value, value_length)
        if flags & DEADLINE:
            write_deadline(entry, deadline, indexed)
        if dropped != NULL:
            Py_DECREF(<object>dropped)
        return entry

    cdef Entry *replace_block(self, Place *place, Entry *old, size_t size,
                              int64_t deadline, int64_t *indexed) except NULL:
        """The block in which an entry is about to be rewritten: the old one or one of its size.

        Stores where the index has its deadline.
        """
        cdef size_t old_size = entry_size(old)
        cdef uint32_t access = entry_access(old)
        cdef Entry *entry = old
        if usable(old_size) != usable(size):
            entry = <Entry *>allocate(size)
        if deadline >= 0 or old[0] & DEADLINE:
            indexed[0] = self.exchange_deadline(old, entry, size, deadline)
        if entry != old:
            release(old, old_size)
            self.held += <Py_ssize_t>usable(size) - <Py_ssize_t>usable(old_size)
            slots_of(place.segment)[place.position] = place.tag << 48 | <uint64_t>entry
        set_entry_access(entry, access)
        if self.counts_frequency:
            self.count_access(entry)
        else:
            set_entry_access(entry, self.access_clock)
        return entry

    cdef int enter_deadline(self, Entry *entry, size_t size, int64_t deadline) except -1:
        """Notes a block's deadline. If there is no memory for that and `size` is not 0, releases
        the block, which is new and of this size."""
        try:
            if self.deadlines is None:
                self.deadlines = Ordered()        # items of equal score by address
            self.deadlines.insert(<double>deadline, entry)
        except MemoryError:
            if size:
                release(entry, size)
            raise
        return 0

    cdef int64_t exchange_deadline(self, Entry *old, Entry *entry, size_t size,
                                   int64_t deadline) except? -1:
        """Notes `deadline` for a block that takes the place of an old one or is the same.

        Returns where the index has it. A later deadline leaves the index as it is: when the entry
        comes up there, it is moved to where it belongs. A key whose time is set anew and anew,
        as those of caches and sessions are, costs the index nothing until then. The deadline of
        an old block goes last, as that cannot fail.
        """
        cdef int64_t before = entry_indexed(old) if old[0] & DEADLINE else -1
        if entry == old and before >= 0 and deadline >= 0:
            if before <= deadline <= before + LARGEST_DELAY_MS:
                return before
            self.deadlines.move(<double>before, <double>deadline, entry)
            return deadline
        if deadline >= 0:
            self.enter_deadline(entry, size if entry != old else 0, deadline)
        if before >= 0:
            self.deadlines.remove(<double>before, old)
        return deadline

    cdef bint postpone(self, Entry *entry, int64_t now_ms) except -1:
        """Enters an entry that came up in the index, and is no longer there, at its real deadline.

        False, and nothing done, if its time has really come.
        """
        cdef int64_t deadline = entry_deadline(entry)
        if deadline <= now_ms:
            return False
        self.deadlines.insert(<double>deadline, entry)
        write_deadline(entry, deadline, deadline)
        return True

    cdef uint32_t new_access(self) noexcept:
        if self.counts_frequency:
            return (self.access_clock & 0xFFFF) << 8 | NEW_FREQUENCY
        return self.access_clock

    cdef bint drop(self, const unsigned char *key, size_t length) except -1:
        """Removes a key; whether it was there."""
        cdef Place place
        cdef Entry *entry
        if not self.locate(hash_bytes(key, length), key, length, &place):
            return False
        entry = slot_entry(slots_of(place.segment)[place.position])
        if entry[0] & DEADLINE:
            self.deadlines.remove(<double>entry_indexed(entry), entry)
        self.remove_slot(&place)
        self.free_entry(entry)
        return True

    # Values as Python objects

    cpdef object get(self, bytes key, int64_t now_ms=0):
        """The value of a key: bytes, int, float, an object, True for nothing; None if missing."""
        cdef Entry *entry = self.touched(key, now_ms)
        return None if entry == NULL else value_of(entry)

    cpdef object text(self, bytes key, int64_t now_ms=0):
        """As get(), with integers spelled as decimal bytes."""
        cdef Entry *entry = self.touched(key, now_ms)
        cdef char digits[24]
        if entry == NULL:
            return None
        if entry_kind(entry) == BYTES:
            return PyBytes_FromStringAndSize(
                <char *>entry_value(entry), entry_value_length(entry))
        if entry_kind(entry) == INTEGER:
            return PyBytes_FromStringAndSize(digits, write_integer(digits, entry_integer(entry)))
        return value_of(entry)

    def peek(self, bytes key, int64_t now_ms=0):
        """As get(), without counting as an access."""
        cdef Entry *entry = self.live(key, now_ms)
        return None if entry == NULL else value_of(entry)

    cpdef bint contains(self, bytes key, int64_t now_ms=0):
        """Whether a key is there and not due."""
        return self.live(key, now_ms) != NULL

    def __contains__(self, bytes key):
        return self.live(key, 0) != NULL

    cpdef Py_ssize_t size_of(self, bytes key, int64_t now_ms=0):
        """Length in bytes of a value as text; -1 if missing, -2 if it is an object."""
        cdef Entry *entry = self.touched(key, now_ms)
        cdef char digits[24]
        if entry == NULL:
            return -1
        if entry_kind(entry) == BYTES:
            return entry_value_length(entry)
        if entry_kind(entry) == INTEGER:
            return write_integer(digits, entry_integer(entry))
        return -2

    cpdef object slice(self, bytes key, Py_ssize_t start, Py_ssize_t stop):
        """Bytes `start` up to `stop` of a value stored as bytes; None for any other."""
        cdef Entry *entry = self.live(key, 0)
        cdef Py_ssize_t length
        if entry == NULL or entry_kind(entry) != BYTES:
            return None
        length = entry_value_length(entry)
        start = max(start, 0)
        stop = min(stop, length)
        if start >= stop:
            return b""
        return PyBytes_FromStringAndSize(<char *>entry_value(entry) + start, stop - start)

    cpdef bint write_at(self, bytes key, Py_ssize_t offset, bytes data) except -1:
        """Overwrites part of a value stored as bytes; False if it does not lie within it."""
        cdef Entry *entry = self.live(key, 0)
        cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
        if entry == NULL or entry_kind(entry) != BYTES or offset < 0:
            return False
        if size > <Py_ssize_t>entry_value_length(entry) - offset:
            return False
        entry[0] |= RAW
        memcpy(entry_value(entry) + offset, PyBytes_AS_STRING(data), size)
        return True

    cpdef bint set(self, bytes key, object value, int64_t deadline=-1) except -1:
        """Stores a value; None is nothing (a set's member). Returns whether the key is new."""
        cdef Py_ssize_t before = self.length
        cdef int64_t integer
        cdef double real
        cdef PyObject *reference
        cdef const unsigned char *name = <const unsigned char *>PyBytes_AS_STRING(key)
        cdef size_t size = PyBytes_GET_SIZE(key)
        if type(value) is bytes:
            self.put(name, size, BYTES, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), deadline)
        elif value is None:
            self.put(name, size, NOTHING, name, 0, deadline)
        elif type(value) is int:
            integer = value
            self.put(name, size, INTEGER, &integer, 8, deadline)
        elif type(value) is float:
            real = value
            self.put(name, size, REAL, &real, 8, deadline)
        else:
            reference = <PyObject *>value
            Py_INCREF(value)
            try:
                self.put(name, size, OBJECT, &reference, 8, deadline)
            except BaseException:
                Py_DECREF(value)
                raise
        return self.length != before

    cpdef bint set_text(self, bytes key, bytes value, int64_t deadline=-1) except -1:
        """Stores bytes, as an integer where they spell one; whether the key is new."""
        cdef Py_ssize_t before = self.length
        cdef int64_t integer
        cdef const char *text = PyBytes_AS_STRING(value)
        cdef Py_ssize_t size = PyBytes_GET_SIZE(value)
        cdef const unsigned char *name = <const unsigned char *>PyBytes_AS_STRING(key)
        if integer_of(text, size, &integer):
            self.put(name, PyBytes_GET_SIZE(key), INTEGER, &integer, 8, deadline)
        else:
            self.put(name, PyBytes_GET_SIZE(key), BYTES, text, size, deadline)
        return self.length != before

    cpdef bint set_raw(self, bytes key, bytes value, int64_t deadline=-2) except -1:
        """Stores bytes marked as edited, by default with the deadline there was."""
        cdef Py_ssize_t before = self.length
        self.put(<const unsigned char *>PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key),
                 BYTES | RAW, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), deadline)
        return self.length != before

    def is_raw(self, bytes key):
        """Whether a value was stored by set_raw() or edited since it was stored."""
        cdef Entry *entry = self.live(key, 0)
        return entry != NULL and entry[0] & RAW != 0

    cpdef object add(self, bytes key, int64_t delta, int64_t now_ms=0):
        """Adds to the integer that a value is or spells, and returns the sum.

        None: the key is missing; NotImplemented: it holds an object. Raises ValueError if the
        bytes spell no integer, OverflowError if the sum leaves 64 bits; nothing is changed then.
        """
        cdef Entry *entry = self.touched(key, now_ms)
        cdef int64_t value
        if entry == NULL:
            return None
        if entry_kind(entry) == INTEGER:
            value = entry_integer(entry)
        elif entry_kind(entry) != BYTES:
            return NotImplemented
        elif not integer_of(<char *>entry_value(entry), entry_value_length(entry), &value):
            raise ValueError("not an integer")
        if value > INT64_MAX - delta if delta > 0 else value < INT64_MIN - delta:
            raise OverflowError("sum exceeds 64 bits")
        value += delta
        if entry_kind(entry) == INTEGER:
            memcpy(entry_value(entry), &value, 8)
        else:
            self.set(key, value, KEEP_DEADLINE)
        return value

    cpdef bint remove(self, bytes key) except -1:
        """Removes a key; whether it was there."""
        return self.drop(<const unsigned char *>PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))

    cpdef object pop(self, bytes key):
        """Removes a key and returns its value, as get() does; None if missing."""
        cdef object value = self.peek(key)
        if value is not None:
            self.remove(key)
        return value

    # Access

    cpdef object access(self, bytes key):
        """The 24 bits of a key's access field, a frequency decayed to now; None if missing."""
        cdef Entry *entry = self.live(key, 0)
        cdef uint32_t access
        if entry == NULL:
            return None
        access = entry_access(entry)
        if self.counts_frequency:
            access = (access & 0xFFFF00) | self.decayed_frequency(access)
        return access

    cpdef bint set_access(self, bytes key, uint32_t access):
        """Sets a key's access field; whether the key is there."""
        cdef Entry *entry = self.live(key, 0)
        if entry != NULL:
            set_entry_access(entry, access & 0xFFFFFF)
        return entry != NULL

    def address_of(self, bytes key):
        """Where in memory the entry of a key is, for DEBUG OBJECT; None if missing."""
        cdef Entry *entry = self.live(key, 0)
        return None if entry == NULL else <uint64_t>entry

    def memory_of(self, bytes key):
        """Bytes that a key's entry takes, with its share of the table; an object's own excluded."""
        cdef Entry *entry = self.live(key, 0)
        if entry == NULL:
            return None
        return usable(entry_size(entry)) + 9 + (18 if entry[0] & DEADLINE else 0)

    @property
    def memory(self):
        """Bytes of entries, segments, directory and deadlines."""
        return self.held + (0 if self.deadlines is None else self.deadlines.tree.held)

    # Deadlines

    @property
    def deadline_count(self):
        """How many entries have a deadline."""
        return 0 if self.deadlines is None else self.deadlines.tree.length

    cpdef int64_t deadline(self, bytes key) noexcept:
        """A key's deadline in milliseconds since 1970; -1 if it has none, -2 if it is missing."""
        cdef Entry *entry = self.live(key, 0)
        return -2 if entry == NULL else entry_deadline(entry)

    cpdef bint set_deadline(self, bytes key, int64_t deadline) except -1:
        """Gives a key another deadline, -1 for none; whether the key is there."""
        cdef Place place
        cdef const unsigned char *name = <const unsigned char *>PyBytes_AS_STRING(key)
        cdef size_t length = PyBytes_GET_SIZE(key), size, old_size
        cdef int64_t indexed = deadline
        cdef Entry *entry
        cdef Entry *old
        cdef int flags
        if not self.locate(hash_bytes(name, length), name, length, &place):
            return False
        old = entry = slot_entry(slots_of(place.segment)[place.position])
        old_size = entry_size(old)
        flags = (old[0] & ~DEADLINE) | (DEADLINE if deadline >= 0 else 0)
        size = header_size(flags) + length + entry_value_length(old)
        if flags != old[0]:
            entry = <Entry *>allocate(size)
            memcpy(entry, old, 12 if flags & LONG else 6)
            entry[0] = flags
            memcpy(entry_key(entry), entry_key(old), length + entry_value_length(old))
        if deadline >= 0 or old[0] & DEADLINE:
            indexed = self.exchange_deadline(old, entry, size, deadline)
        if deadline >= 0:
            write_deadline(entry, deadline, indexed)
        if entry != old:
            self.held += <Py_ssize_t>usable(size) - <Py_ssize_t>usable(old_size)
            slots_of(place.segment)[place.position] = place.tag << 48 | <uint64_t>entry
            release(old, old_size)
        return True

    cpdef bint is_due(self, bytes key, int64_t now_ms) noexcept:
        """Whether a key is there with a deadline that has passed."""
        cdef Entry *entry = self.live(key, 0)
        return entry != NULL and entry[0] & DEADLINE and entry_deadline(entry) <= now_ms

    cpdef bint has_due(self, int64_t now_ms) noexcept:
        """Whether there may be an entry whose deadline has passed; drop_due() and due() tell."""
        cdef Cursor cursor
        if self.deadlines is None or not self.deadlines.tree.length:
            return False
        cursor = self.deadlines.first()
        return cursor_score(&cursor) <= now_ms

    cpdef int64_t first_deadline(self) noexcept:
        """No deadline is earlier than this; -1 if there is none."""
        cdef Cursor cursor
        if self.deadlines is None or not self.deadlines.tree.length:
            return -1
        cursor = self.deadlines.first()
        return <int64_t>cursor_score(&cursor)

    cpdef Py_ssize_t due_count(self, int64_t now_ms) noexcept:
        """How many entries are there at most whose deadline has passed."""
        return 0 if self.deadlines is None else self.deadlines.rank_of_score(<double>now_ms, True)

    def mean_deadline(self, Py_ssize_t samples):
        """About the mean of all deadlines, that of a few spread evenly; -1 if there are none."""
        cdef Py_ssize_t count = self.deadline_count, index
        cdef Cursor cursor
        cdef double total = 0
        if count == 0:
            return -1
        samples = min(samples, count)
        for index in range(samples):
            cursor = self.deadlines.at_rank((2 * index + 1) * count // (2 * samples))
            total += entry_deadline(<Entry *>cursor_item(&cursor))
        return int(total / samples)

    cpdef list due(self, int64_t now_ms, Py_ssize_t limit):
        """Up to `limit` keys that are due, those due first at the head; they stay."""
        cdef list keys = []
        cdef void *late[FEW]
        cdef Entry *entry
        cdef Cursor cursor
        cdef int index, found = 0
        if self.deadlines is None:
            return keys
        cursor = self.deadlines.first()
        while cursor.leaf != NULL and len(keys) < limit and cursor_score(&cursor) <= now_ms:
            entry = <Entry *>cursor_item(&cursor)
            if entry_deadline(entry) <= now_ms:
                keys.append(key_of(entry))
            elif found < FEW:
                late[found] = entry
                found += 1
            cursor_next(&cursor)
        for index in range(found):
            entry = <Entry *>late[index]
            self.deadlines.move(
                <double>entry_indexed(entry), <double>entry_deadline(entry), entry)
            write_deadline(entry, entry_deadline(entry), entry_deadline(entry))
        return keys

    cpdef Py_ssize_t drop_due(self, int64_t now_ms, Py_ssize_t limit) except -1:
        """Removes the entries that are due among the first `limit` of the index; how many.

        It does not name them. As long as has_due() there may be more.
        """
        cdef Py_ssize_t left = min(limit, self.due_count(now_ms)), dropped = 0
        while left > FEW:
            try:
                dropped += self.drop_burst(min(left, BURST), now_ms)
            except MemoryError:
                break
            left -= min(left, BURST)
        while left > 0:
            dropped += self.drop_few(min(left, FEW), now_ms)
            left -= min(left, FEW)
        return dropped

    cdef Py_ssize_t drop_few(self, Py_ssize_t count, int64_t now_ms) except -1:
        """Removes what is due of the first `count` entries (at most FEW) of the index; how many."""
        cdef void *entries[FEW]
        cdef Py_ssize_t index, dropped = 0
        cdef Place place
        cdef Entry *entry
        self.deadlines.take_through(INFINITY, entries, <int>count)
        for index in range(count):
            entry = <Entry *>entries[index]
            if self.postpone(entry, now_ms):
                continue
            if self.locate(hash_of(entry), entry_key(entry), entry_key_length(entry), &place):
                self.remove_slot(&place)
                self.free_entry(entry)
                dropped += 1
        return dropped

    cdef Py_ssize_t drop_burst(self, Py_ssize_t count, int64_t now_ms) except -1:
        """Removes what is due of the first `count` entries of the index, segment by segment.

        Returns how many. Raises MemoryError.
        """
        cdef size_t size = 2 * count * sizeof(Hashed)
        cdef Hashed *sorted_entries = <Hashed *>allocate(size)
        cdef Hashed *hashed = sorted_entries + count
        cdef void **taken = <void **>sorted_entries         # overwritten by what is sorted
        cdef Py_ssize_t index, done = 0, group, taken_count = count
        self.deadlines.take_through(INFINITY, taken, <int>count)
        count = 0
        for index in range(taken_count):
            if index + 2 * AHEAD < taken_count:
                prefetch(taken[index + 2 * AHEAD])
            if not self.postpone(<Entry *>taken[index], now_ms):
                hashed[count].entry = <Entry *>taken[index]
                hashed[count].hash = hash_of(hashed[count].entry)
                count += 1
        sort_by_hash(hashed, count, sorted_entries)
        try:
            while done < count:
                group = self.remove_group(sorted_entries + done, count - done)
                if done + group < count:
                    self.fetch_segment(sorted_entries[done + group].hash)
                for index in range(done, done + group):
                    if index + AHEAD < count:
                        prefetch(sorted_entries[index + AHEAD].entry)
                    self.free_entry(sorted_entries[index].entry)
                done += group
        finally:
            release(sorted_entries, size)
        return count

    # All of it

    def random_key(self):
        """A key drawn with equal chances; None if the table is empty."""
        cdef Entry *entry = self.random_entry()
        return None if entry == NULL else key_of(entry)

    cpdef tuple scan(self, uint64_t cursor, Py_ssize_t count):
        """(next cursor, keys): what stays from the first call to the last is met, mostly once."""
        cdef list found = []
        return self.scan_entries(cursor & POINTER, count, found), found

    def __iter__(self):
        """All keys, in the order of scan(); the table may change meanwhile."""
        cdef uint64_t cursor = 0
        while True:
            found = []
            cursor = self.scan_entries(cursor, 1000, found)
            yield from found
            if cursor == 0:
                return

    def clear(self):
        """Removes everything."""
        self.free_all()
        self.deadlines = None

    cpdef Py_ssize_t clear_some(self, Py_ssize_t limit) except -1:
        """Removes about `limit` (> 0) entries of a table nobody uses any more; how many are left.

        Its deadlines go as fast, from the latest on.
        """
        if self.deadlines is not None:
            self.deadlines.remove_ranks(self.deadlines.tree.length - limit, INT64_MAX, NULL)
        self.free_segments(limit)
        if not self.length:
            self.deadlines = None
        return self.length

    def check(self):
        """Asserts every invariant."""
        cdef uint64_t index
        cdef int position
        cdef Entry *entry
        cdef Py_ssize_t with_deadline = 0
        cdef set seen = set()
        self.check_places()
        for index in range(<uint64_t>1 << self.depth):
            if self.cells[index] & POINTER in seen:
                continue
            seen.add(self.cells[index] & POINTER)
            for position in range(cell_count(self.cells[index])):
                entry = slot_entry(slots_of(cell_segment(self.cells[index]))[position])
                assert (entry[0] & LONG != 0) == (
                    entry_key_length(entry) > 255 or entry_value_length(entry) > 255)
                if entry[0] & DEADLINE:
                    with_deadline += 1
                    assert self.deadlines.rank(<double>entry_indexed(entry), entry) >= 0
                    assert entry_indexed(entry) <= entry_deadline(entry)
        assert with_deadline == self.deadline_count
        if self.deadlines is not None:
            self.deadlines.check()


cdef object value_of(const Entry *entry):
    cdef PyObject *reference
    cdef int kind = entry_kind(entry)
    if kind == BYTES:
        return PyBytes_FromStringAndSize(<char *>entry_value(entry), entry_value_length(entry))
    if kind == INTEGER:
        return entry_integer(entry)
    if kind == REAL:
        return entry_real(entry)
    if kind == OBJECT:
        memcpy(&reference, entry_value(entry), 8)
        return <object>reference
    return True
