"""Hash table keyed by bytes: extendible hashing over segments that are sorted by hash.

Every key, hash field and set member of the server is an entry of such a table, so it is built to
take little memory and few cache misses:

    directory   2 ** depth cells, indexed by the upper bits of the hash; a cell packs the
                address of a segment, its count of entries and its depth into 8 bytes
    segment     up to 256 slots of 8 bytes, ascending by tag, without gaps
    slot        16 bits tag (the bits of the hash that follow the segment's prefix), 48 bits
                address of the entry
    entry       one block with header, key and value (entry.pxd)

Because hashes are uniform, a tag tells where in its segment it stands to within a few slots: a
look-up reads one cell (in cache), one or two cache lines of slots and the entry. A full segment
splits in two by the next bit of the hash, two small neighbours merge, and the directory doubles
or halves when depth demands: no call ever moves more than one segment and the directory.

Scanning goes through the hashes in ascending order, so a cursor is a place among the hashes.
Splitting and merging change no entry's place: an entry that stays is met exactly once, or twice
where a merge has made its segment's tags coarser.

Entries may have deadlines; an ordered index of those tells what is due without looking around.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove

import os

from rediskit.structures.digits cimport integer_of, write_integer
from rediskit.structures.entry cimport (
    BYTES, DEADLINE, INTEGER, LONG, NOTHING, OBJECT, RAW, REAL,
    Entry, entry_access, entry_deadline, entry_integer, entry_is, entry_key, entry_key_length,
    entry_kind, entry_real, entry_size, entry_value, entry_value_length, header_size,
    set_entry_access)
from rediskit.structures.hashing cimport hash_bytes
from rediskit.structures.memory cimport allocate, release, resize, usable
from rediskit.structures.ordered cimport (
    Cursor, Ordered, cursor_item, cursor_next, cursor_score)

cdef extern from *:
    """
    #define prefetch(address) __builtin_prefetch(address)
    """
    void prefetch(const void *address) noexcept nogil

cdef enum:
    SEGMENT_SLOTS = 256
    MERGE_SLOTS = 96            # two neighbours of together so few become one
    LARGEST_COUNT = 1 << 30     # of entries that one call of a scan is asked for
    NEW_FREQUENCY = 5           # LFU: what a new entry starts with
    BATCH = 64
    NEAR_SLOTS = 24
    FETCHED_ENTRIES = 4096      # smaller tables are in the processor's cache anyway


cdef enum:
    KEEP = -2

KEEP_DEADLINE = KEEP
NO_DEADLINE = -1

cdef uint64_t POINTER = (<uint64_t>1 << 48) - 1
cdef size_t KEY_OF_NOBODY = <size_t>1 << 40     # a length that no key has
cdef uint64_t random_state = int.from_bytes(os.urandom(8), "little")

cdef inline uint64_t next_random() noexcept:
    """SplitMix64 (Steele, Lea, Flood 2014)."""
    global random_state
    cdef uint64_t word
    random_state += 0x9E3779B97F4A7C15ULL
    word = random_state
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9ULL
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBULL
    return word ^ (word >> 31)


cdef inline Segment *cell_segment(uint64_t cell) noexcept:
    return <Segment *>(cell & POINTER)

cdef inline int cell_count(uint64_t cell) noexcept:
    return (cell >> 48) & 511

cdef inline int cell_depth(uint64_t cell) noexcept:
    return cell >> 57

cdef inline uint64_t *slots_of(Segment *segment) noexcept:
    return <uint64_t *>(segment + 1)

cdef inline Entry *slot_entry(uint64_t slot) noexcept:
    return <Entry *>(slot & POINTER)

cdef inline size_t segment_size(int capacity) noexcept:
    return sizeof(Segment) + 8 * <size_t>capacity

cdef inline int grown_capacity(int count) noexcept:
    if count < 4:
        return 4
    return (count + 8) & ~7 if count < 64 else (count + 16) & ~15

cdef inline uint64_t prefix(uint64_t hash_, int bits) noexcept:
    return (hash_ >> 1) >> (63 - bits)

cdef inline uint64_t hash_of(const Entry *entry) noexcept:
    return hash_bytes(entry_key(entry), entry_key_length(entry))


cdef class Table:
    """A mapping of bytes to values: nothing, bytes, a 64-bit integer, a double or an object.

    `now_ms` arguments (milliseconds since 1970) make entries whose deadline has passed invisible;
    0 sees all. Deadlines: NO_DEADLINE (-1) for none, KEEP_DEADLINE (-2) for what the entry had.
    """

    def __cinit__(self):
        self.depth = 0
        self.deepest = 1
        self.access_clock = 0
        self.frequency_log_factor = 10
        self.frequency_decay_minutes = 1
        self.directory = <uint64_t *>allocate(8)
        self.directory[0] = 0
        self.held = usable(8)

    def __dealloc__(self):
        if self.directory != NULL:
            self.free_segments(0)
            release(self.directory, <size_t>8 << self.depth)

    def __len__(self):
        return self.length

    # Finding

    cdef bint locate(self, uint64_t hash_, const unsigned char *key, size_t length,
                     Place *place) noexcept:
        """Fills in `place`; whether the key is at its position."""
        cdef uint64_t cell, tag
        cdef uint64_t *slots
        cdef int position, count
        place.index = prefix(hash_, self.depth)
        cell = self.directory[place.index]
        place.segment = cell_segment(cell)
        place.count = count = cell_count(cell)
        place.tag = tag = (hash_ << cell_depth(cell)) >> 48
        place.position = position = <int>((tag * count) >> 16)
        if count == 0:
            return False
        slots = slots_of(place.segment)
        if slots[position] >> 48 < tag:
            position += 1
            while position < count and slots[position] >> 48 < tag:
                position += 1
        else:
            while position > 0 and slots[position - 1] >> 48 >= tag:
                position -= 1
        place.position = position
        while position < count and slots[position] >> 48 == tag:
            if entry_is(slot_entry(slots[position]), key, length):
                place.position = position
                return True
            position += 1
        return False

    cpdef fetch_ahead(self, list keys):
        """Has the processor fetch what finding these keys will read, all of them at once.

        Waiting for memory is most of what finding a key costs in a large table; it is waited for
        once for all keys instead of once or twice for each. Other objects among `keys` are ignored.
        """
        cdef uint64_t tags[BATCH]
        cdef int positions[BATCH]
        cdef uint64_t cells[BATCH]
        cdef uint64_t hash_, cell
        cdef int found = 0, index, position
        if self.length < FETCHED_ENTRIES:
            return
        for key in keys:
            if type(key) is not bytes or found == BATCH:
                continue
            hash_ = hash_bytes(
                <const unsigned char *>PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))
            cell = self.directory[prefix(hash_, self.depth)]
            if not cell_count(cell):
                continue
            tags[found] = (hash_ << cell_depth(cell)) >> 48
            cells[found] = cell
            positions[found] = position = <int>((tags[found] * cell_count(cell)) >> 16)
            prefetch(slots_of(cell_segment(cell)) + position)
            prefetch(slots_of(cell_segment(cell)) + position - 8)
            prefetch(slots_of(cell_segment(cell)) + position + 8)
            found += 1
        for index in range(found):
            fetch_entry(cells[index], tags[index], positions[index])

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
        cdef PyObject *dropped = NULL
        if key_length > 0xFFFFFFFF or value_length > 0xFFFFFFFF:
            raise OverflowError("key or value too long for a table entry")
        if self.locate(hash_, key, key_length, &place):
            old = slot_entry(slots_of(place.segment)[place.position])
            if deadline == KEEP:
                deadline = entry_deadline(old)
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
            entry = self.replace_block(&place, old, size, deadline)
        write_entry(entry, flags, key, key_length, value, value_length, deadline)
        if dropped != NULL:
            Py_DECREF(<object>dropped)
        return entry

    cdef Entry *replace_block(self, Place *place, Entry *old, size_t size,
                              int64_t deadline) except NULL:
        """The block in which an entry is about to be rewritten: the old one or one of its size."""
        cdef size_t old_size = entry_size(old)
        cdef uint32_t access = entry_access(old)
        cdef Entry *entry = old
        if usable(old_size) != usable(size):
            entry = <Entry *>allocate(size)
        if deadline >= 0 or old[0] & DEADLINE:
            self.exchange_deadline(old, entry, size, deadline)
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

    cdef int exchange_deadline(self, Entry *old, Entry *entry, size_t size,
                               int64_t deadline) except -1:
        """Notes `deadline` for a block that takes the place of an old one or is the same.

        The deadline of the old one goes last, as that cannot fail.
        """
        cdef int64_t before = entry_deadline(old)
        if entry == old and before >= 0 and deadline >= 0:
            self.deadlines.move(<double>before, <double>deadline, entry)
            return 0
        if deadline >= 0:
            self.enter_deadline(entry, size if entry != old else 0, deadline)
        if before >= 0:
            self.deadlines.remove(<double>before, old)
        return 0

    cdef uint32_t new_access(self) noexcept:
        if self.counts_frequency:
            return (self.access_clock & 0xFFFF) << 8 | NEW_FREQUENCY
        return self.access_clock

    cdef int make_room(self, uint64_t hash_, Place *place) except -1:
        """Sees to it that the segment of a hash that is not there can take one more slot."""
        while place.count == SEGMENT_SLOTS:
            self.split(place.index)
            self.locate(hash_, NULL, KEY_OF_NOBODY, place)
        if place.segment == NULL or place.count == place.segment.capacity:
            place.segment = self.fit_capacity(
                place.index, place.count, grown_capacity(place.count))
        return 0

    cdef void insert_slot(self, Place *place, Entry *entry) noexcept:
        """Adds an entry whose key is not there, in a segment with room."""
        cdef uint64_t *slots = slots_of(place.segment)
        memmove(slots + place.position + 1, slots + place.position,
                8 * <size_t>(place.count - place.position))
        slots[place.position] = place.tag << 48 | <uint64_t>entry
        self.set_cells(place.index, place.segment, place.count + 1, place.segment.depth)
        self.length += 1

    cdef Segment *fit_capacity(self, uint64_t index, int count, int capacity) except NULL:
        """Gives a cell's segment another capacity (a first block if it has none)."""
        cdef uint64_t cell = self.directory[index]
        cdef Segment *segment = cell_segment(cell)
        cdef size_t old_size = 0, size
        if capacity > SEGMENT_SLOTS:
            capacity = SEGMENT_SLOTS
        size = segment_size(capacity)
        if segment == NULL:
            segment = <Segment *>allocate(size)
            segment.depth = cell_depth(cell)
        else:
            old_size = segment_size(segment.capacity)
            segment = <Segment *>resize(segment, old_size, size)
            old_size = usable(old_size)
        self.held += <Py_ssize_t>usable(size) - <Py_ssize_t>old_size
        segment.capacity = capacity
        self.set_cells(index, segment, count, segment.depth)
        return segment

    cdef Segment *try_capacity(self, uint64_t index, int count, int capacity) noexcept:
        """As fit_capacity(); NULL, and nothing has changed, if there is no memory for it."""
        try:
            return self.fit_capacity(index, count, capacity)
        except MemoryError:
            return NULL

    cdef void set_cells(self, uint64_t index, Segment *segment, int count, int depth) noexcept:
        """Writes the cells of a segment: 2 ** (directory's depth - its own) neighbours."""
        cdef uint64_t cell = <uint64_t>depth << 57 | <uint64_t>count << 48 | <uint64_t>segment
        cdef uint64_t cells, first
        if depth == self.depth:
            self.directory[index] = cell
            return
        cells = <uint64_t>1 << (self.depth - depth)
        first = index & ~(cells - 1)
        for index in range(first, first + cells):
            self.directory[index] = cell

    cdef int split(self, uint64_t index) except -1:
        """Divides a full segment by the next bit of its entries' hashes."""
        cdef uint64_t cell = self.directory[index]
        cdef int depth = cell_depth(cell), count = cell_count(cell), middle = 0
        cdef Segment *low = cell_segment(cell)
        cdef Segment *high
        cdef uint64_t *slots = slots_of(low)
        cdef size_t size
        while middle < count and slots[middle] >> 63 == 0:
            prefetch(slot_entry(slots[middle]))
            middle += 1
        if depth == self.depth:
            self.double_directory()
            index <<= 1
        size = segment_size(grown_capacity(count - middle))
        high = <Segment *>allocate(size)
        self.held += usable(size)
        high.capacity = grown_capacity(count - middle)
        high.depth = low.depth = depth + 1
        refine_tags(slots, middle, depth + 1, slots)
        refine_tags(slots + middle, count - middle, depth + 1, slots_of(high))
        index &= ~((<uint64_t>1 << (self.depth - depth)) - 1)
        self.set_cells(index, low, middle, depth + 1)
        self.set_cells(index | <uint64_t>1 << (self.depth - depth - 1), high, count - middle,
                       depth + 1)
        if depth + 1 == self.depth:
            self.deepest += 2
        self.try_capacity(index, middle, grown_capacity(middle))
        return 0

    cdef int double_directory(self) except -1:
        cdef uint64_t cells = <uint64_t>1 << self.depth, index
        cdef uint64_t *wider = <uint64_t *>allocate(16 * cells)
        for index in range(cells):
            wider[2 * index] = wider[2 * index + 1] = self.directory[index]
        release(self.directory, 8 * cells)
        self.held += <Py_ssize_t>usable(16 * cells) - <Py_ssize_t>usable(8 * cells)
        self.directory = wider
        self.depth += 1
        self.deepest = 0
        return 0

    cdef bint drop(self, const unsigned char *key, size_t length) except -1:
        """Removes a key; whether it was there."""
        cdef Place place
        cdef Entry *entry
        if not self.locate(hash_bytes(key, length), key, length, &place):
            return False
        entry = slot_entry(slots_of(place.segment)[place.position])
        if entry[0] & DEADLINE:
            self.deadlines.remove(<double>entry_deadline(entry), entry)
        self.remove_slot(&place)
        self.free_entry(entry)
        return True

    cdef int free_entry(self, Entry *entry) except -1:
        """Releases the block of an entry that no slot and no deadline refers to any more."""
        cdef PyObject *dropped
        cdef size_t size = entry_size(entry)
        self.held -= usable(size)
        if entry_kind(entry) == OBJECT:
            memcpy(&dropped, entry_value(entry), 8)
            release(entry, size)
            Py_DECREF(<object>dropped)
        else:
            release(entry, size)
        return 0

    cdef void remove_slot(self, Place *place) noexcept:
        cdef uint64_t *slots = slots_of(place.segment)
        cdef int count = place.count - 1
        memmove(slots + place.position, slots + place.position + 1,
                8 * <size_t>(count - place.position))
        self.length -= 1
        self.set_cells(place.index, place.segment, count, place.segment.depth)
        if place.segment.capacity - count >= 2 * (grown_capacity(count) - count) + 16:
            self.try_capacity(place.index, count, grown_capacity(count))
        if count < MERGE_SLOTS and self.depth:
            self.merge(place.index)

    cdef void merge(self, uint64_t index) noexcept:
        """Unites a segment with its neighbour while both together are small."""
        cdef uint64_t cell = self.directory[index], step, left, right
        cdef Segment *low
        cdef int depth = cell_depth(cell), count, more, position
        cdef uint64_t *target
        cdef uint64_t *source
        while depth:
            step = <uint64_t>1 << (self.depth - depth)
            left = index & ~(2 * step - 1)
            right = left | step
            count = cell_count(self.directory[left])
            more = cell_count(self.directory[right])
            if (cell_depth(self.directory[left]) != depth
                    or cell_depth(self.directory[right]) != depth or count + more > MERGE_SLOTS):
                break
            low = cell_segment(self.directory[left])
            if low == NULL or low.capacity < count + more:
                low = self.try_capacity(left, count, grown_capacity(count + more))
                if low == NULL:
                    break
            target = slots_of(low)
            for position in range(count):
                target[position] = coarser(target[position], 0)
            if cell_segment(self.directory[right]) != NULL:
                source = slots_of(cell_segment(self.directory[right]))
                for position in range(more):
                    target[count + position] = coarser(source[position], 1)
                self.free_segment(cell_segment(self.directory[right]))
            if depth == self.depth:
                self.deepest -= 2
            depth -= 1
            low.depth = depth
            self.set_cells(left, low, count + more, depth)
            index = left
        while self.depth and self.deepest == 0:
            try:
                self.halve_directory()
            except MemoryError:
                break

    cdef int halve_directory(self) except -1:
        cdef uint64_t cells = <uint64_t>1 << (self.depth - 1), index
        cdef uint64_t *narrower = <uint64_t *>allocate(8 * cells)
        self.deepest = 0
        for index in range(cells):
            narrower[index] = self.directory[2 * index]
            self.deepest += cell_depth(narrower[index]) == self.depth - 1
        release(self.directory, 16 * cells)
        self.held += <Py_ssize_t>usable(8 * cells) - <Py_ssize_t>usable(16 * cells)
        self.directory = narrower
        self.depth -= 1
        return 0

    cdef void free_segment(self, Segment *segment) noexcept:
        self.held -= usable(segment_size(segment.capacity))
        release(segment, segment_size(segment.capacity))

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
            self.put(name, size, NOTHING, NULL, 0, deadline)
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
            self.exchange_deadline(old, entry, size, deadline)
        if deadline >= 0:
            memcpy(entry_key(entry) - 8, &deadline, 8)
        if entry != old:
            self.held += <Py_ssize_t>usable(size) - <Py_ssize_t>usable(old_size)
            slots_of(place.segment)[place.position] = place.tag << 48 | <uint64_t>entry
            release(old, old_size)
        return True

    cpdef bint is_due(self, bytes key, int64_t now_ms) noexcept:
        """Whether a key is there with a deadline that has passed."""
        cdef Entry *entry = self.live(key, 0)
        return entry != NULL and entry[0] & DEADLINE and entry_deadline(entry) <= now_ms

    cpdef int64_t first_deadline(self) noexcept:
        """The earliest deadline; -1 if there is none."""
        cdef Cursor cursor
        if self.deadlines is None or not self.deadlines.tree.length:
            return -1
        cursor = self.deadlines.first()
        return entry_deadline(<Entry *>cursor_item(&cursor))

    def due_count(self, int64_t now_ms):
        """How many entries are there whose deadline has passed."""
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
            total += cursor_score(&cursor)
        return int(total / samples)

    cpdef list due(self, int64_t now_ms, Py_ssize_t limit):
        """Up to `limit` keys that are due, those due first at the head; they stay."""
        cdef list keys = []
        cdef Cursor cursor
        if self.deadlines is None:
            return keys
        cursor = self.deadlines.first()
        while cursor.leaf != NULL and len(keys) < limit and cursor_score(&cursor) <= now_ms:
            keys.append(key_of(<Entry *>cursor_item(&cursor)))
            cursor_next(&cursor)
        return keys

    cpdef Py_ssize_t drop_due(self, int64_t now_ms, Py_ssize_t limit) except -1:
        """Removes up to `limit` entries that are due, without naming them; how many."""
        cdef void *entries[BATCH]
        cdef uint64_t hashes[BATCH]
        cdef Py_ssize_t dropped = 0
        cdef int found, index
        cdef uint64_t cell
        while self.deadlines is not None and dropped < limit:
            found = self.deadlines.take_through(
                <double>now_ms, entries, <int>min(limit - dropped, BATCH))
            if not found:
                break
            # Fetch what is about to be touched: first all entries, then all places of slots.
            for index in range(found):
                prefetch(entries[index])
            for index in range(found):
                hashes[index] = hash_of(<Entry *>entries[index])
                cell = self.directory[prefix(hashes[index], self.depth)]
                prefetch(cell_segment(cell))
                prefetch(slots_of(cell_segment(cell))
                         + ((((hashes[index] << cell_depth(cell)) >> 48) * cell_count(cell)) >> 16))
            for index in range(found):
                self.drop_taken(hashes[index], <Entry *>entries[index])
            dropped += found
        return dropped

    cdef int drop_taken(self, uint64_t hash_, Entry *entry) except -1:
        """Removes an entry that is no longer among the deadlines."""
        cdef Place place
        if self.locate(hash_, entry_key(entry), entry_key_length(entry), &place):
            self.remove_slot(&place)
            self.free_entry(entry)
        return 0

    # All of it

    cdef Entry *random_entry(self) noexcept:
        """Any entry, each equally likely; NULL if the table is empty.

        Draws a cell and a slot until they hit an entry, counting each segment at its first cell
        only: every entry then has the same chance in every draw.
        """
        cdef uint64_t draw, index, cell
        cdef int position
        if not self.length:
            return NULL
        while True:
            draw = next_random()
            index = prefix(draw, self.depth)
            cell = self.directory[index]
            if index & ((<uint64_t>1 << (self.depth - cell_depth(cell))) - 1):
                continue
            # Of a single small segment every draw counts; among many, all have equal room.
            if self.depth == 0:
                position = <int>(((draw & 0xFFFFFFFF) * cell_count(cell)) >> 32)
            else:
                position = <int>(draw & (SEGMENT_SLOTS - 1))
            if position < cell_count(cell):
                return slot_entry(slots_of(cell_segment(cell))[position])

    def random_key(self):
        """A key drawn with equal chances; None if the table is empty."""
        cdef Entry *entry = self.random_entry()
        return None if entry == NULL else key_of(entry)

    cdef uint64_t scan_entries(self, uint64_t cursor, Py_ssize_t count, list found) except? 0:
        """Appends the keys of about `count` entries from a cursor on; the next cursor, 0 at the end.

        A cursor is the upper 48 bits of the hash to go on from.
        """
        cdef uint64_t place = cursor << 16, cell, tag, first
        cdef uint64_t *slots
        cdef int position, size, depth
        cdef Py_ssize_t wanted = len(found) + min(max(count, 1), LARGEST_COUNT)
        while True:
            cell = self.directory[prefix(place, self.depth)]
            depth = cell_depth(cell)
            size = cell_count(cell)
            slots = slots_of(cell_segment(cell))
            tag = (place << depth) >> 48
            first = place >> 1 >> (63 - depth)          # the segment's own prefix
            position = 0
            while position < size and slots[position] >> 48 < tag:
                position += 1
            while position < size:
                # Entries with equal tags cannot be told apart by a cursor: all or none.
                if len(found) >= wanted and slots[position] >> 48 != slots[position - 1] >> 48:
                    tag = slots[position] >> 48
                    return ((first << 1 << (63 - depth)) | tag << (48 - depth)) >> 16
                found.append(key_of(slot_entry(slots[position])))
                position += 1
            place = (first + 1) << 1 << (63 - depth) if depth else 0
            if place == 0:
                return 0
            if len(found) >= wanted:
                return place >> 16

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
        cdef uint64_t *directory = <uint64_t *>allocate(8)
        self.deadlines = None
        self.free_segments(0)
        release(self.directory, <size_t>8 << self.depth)
        self.directory = directory
        self.directory[0] = 0
        self.depth = 0
        self.deepest = 1
        self.length = 0
        self.swept = 0
        self.held = usable(8)

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

    cdef int free_segments(self, Py_ssize_t limit) except -1:
        """Frees segments and their entries, from the upper end; all of them if limit is 0.

        `swept`: so many cells, from the upper end, it found empty before.
        """
        cdef uint64_t index = (<uint64_t>1 << self.depth) - self.swept, cell
        cdef Py_ssize_t freed = 0
        cdef int position
        while index and self.length:
            index -= 1
            cell = self.directory[index]
            if index & ((<uint64_t>1 << (self.depth - cell_depth(cell))) - 1):
                continue
            if cell_segment(cell) == NULL:
                continue
            self.set_cells(index, NULL, 0, cell_depth(cell))
            self.length -= cell_count(cell)
            freed += cell_count(cell)
            for position in range(cell_count(cell)):
                if position + 8 < cell_count(cell):
                    prefetch(slot_entry(slots_of(cell_segment(cell))[position + 8]))
                self.free_entry(slot_entry(slots_of(cell_segment(cell))[position]))
            self.free_segment(cell_segment(cell))
            if limit and freed >= limit:
                break
        self.swept = (<uint64_t>1 << self.depth) - index if limit else 0
        if not self.length:
            self.free_empty_segments()
        return 0

    cdef void free_empty_segments(self) noexcept:
        """Frees what segments an emptied table still has."""
        cdef uint64_t index, cell
        for index in range(<uint64_t>1 << self.depth):
            cell = self.directory[index]
            if cell_segment(cell) != NULL:
                self.set_cells(index, NULL, 0, cell_depth(cell))
                self.free_segment(cell_segment(cell))

    def check(self):
        """Asserts every invariant."""
        cdef uint64_t index = 0, cell, cells = <uint64_t>1 << self.depth
        cdef Py_ssize_t total = 0, with_deadline = 0, deepest = 0
        cdef Py_ssize_t held = usable(8 * cells)
        cdef int position, depth
        cdef Entry *entry
        while index < cells:
            cell = self.directory[index]
            depth = cell_depth(cell)
            assert depth <= self.depth
            deepest += depth == self.depth
            for other in range(index, index + (<uint64_t>1 << (self.depth - depth))):
                assert self.directory[other] == cell
            total += cell_count(cell)
            if cell_segment(cell) != NULL:
                assert cell_segment(cell).depth == depth
                assert cell_count(cell) <= cell_segment(cell).capacity <= SEGMENT_SLOTS
                held += usable(segment_size(cell_segment(cell).capacity))
            for position in range(cell_count(cell)):
                slot = slots_of(cell_segment(cell))[position]
                if position:
                    assert slots_of(cell_segment(cell))[position - 1] >> 48 <= slot >> 48
                entry = slot_entry(slot)
                assert prefix(hash_of(entry), self.depth) >> (self.depth - depth) == (
                    index >> (self.depth - depth))
                assert (hash_of(entry) << depth) >> 48 == slot >> 48
                assert (entry[0] & LONG != 0) == (
                    entry_key_length(entry) > 255 or entry_value_length(entry) > 255)
                held += usable(entry_size(entry))
                if entry[0] & DEADLINE:
                    with_deadline += 1
                    assert self.deadlines.rank(<double>entry_deadline(entry), entry) >= 0
            index += <uint64_t>1 << (self.depth - depth)
        assert total == self.length and deepest == self.deepest and held == self.held
        assert with_deadline == self.deadline_count
        if self.deadlines is not None:
            self.deadlines.check()


cdef inline void fetch_entry(uint64_t cell, uint64_t tag, int position) noexcept:
    """Fetches the entry with a tag, if it is within a few slots of its expected place."""
    cdef const uint64_t *slots = slots_of(cell_segment(cell))
    cdef int left = NEAR_SLOTS, count = cell_count(cell)
    if slots[position] >> 48 < tag:
        while left and position < count and slots[position] >> 48 < tag:
            position += 1
            left -= 1
    else:
        while left and position > 0 and slots[position - 1] >> 48 >= tag:
            position -= 1
            left -= 1
    if position < count and slots[position] >> 48 == tag:
        prefetch(slot_entry(slots[position]))
        prefetch(slot_entry(slots[position]) + 64)


cdef inline bytes key_of(const Entry *entry):
    return PyBytes_FromStringAndSize(<char *>entry_key(entry), entry_key_length(entry))


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


cdef inline void write_entry(Entry *entry, int flags, const unsigned char *key, size_t key_length,
                             const void *value, size_t value_length, int64_t deadline) noexcept:
    """Fills in a block whose access field is set already."""
    cdef uint32_t length
    entry[0] = flags
    if flags & LONG:
        length = <uint32_t>key_length
        memcpy(entry + 4, &length, 4)
        length = <uint32_t>value_length
        memcpy(entry + 8, &length, 4)
    else:
        entry[4] = <Entry>key_length
        entry[5] = <Entry>value_length
    if flags & DEADLINE:
        memcpy(entry + header_size(flags) - 8, &deadline, 8)
    entry += header_size(flags)
    memmove(entry, key, key_length)
    memcpy(entry + key_length, value, value_length)


cdef inline uint64_t coarser(uint64_t slot, uint64_t side) noexcept:
    """A slot whose tag begins one bit earlier, with that bit being `side`."""
    return (slot & POINTER) | side << 63 | (slot >> 49) << 48


cdef void refine_tags(uint64_t *source, int count, int depth, uint64_t *target) noexcept:
    """Moves slots (down, or to another array), their tags beginning one bit later: at `depth`.

    Only slots whose old tags were equal can change places.
    """
    cdef int position, place
    cdef uint64_t slot
    for position in range(count):
        if position + 8 < count:
            prefetch(slot_entry(source[position + 8]))
        slot = source[position] & POINTER
        slot |= ((hash_of(slot_entry(slot)) << depth) >> 48) << 48
        place = position
        while place and target[place - 1] >> 48 > slot >> 48:
            target[place] = target[place - 1]
            place -= 1
        target[place] = slot
