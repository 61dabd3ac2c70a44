"""All databases as a snapshot, in one go or in slices.

The entries of each table are walked in the order of their hashes, straight from memory. The place
that a slice has come to is a hash, which keeps its meaning however the table changes meanwhile: an
entry that stays is written exactly once.

So that a snapshot made in slices is that of the moment it was begun at, whoever changes a key says
so before, to before_change(): a key that is not written yet is written then, with what it still
holds, and later left out; a key that is only to be made then is left out too. Keys may be written
in any order, so this costs a table of those keys and no copy of a value. A table that is exchanged
for another (FLUSHALL ASYNC, SWAPDB) is still the one written from, as long as nobody changes it.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport INT64_MAX, int64_t, uint32_t, uint64_t

from rediskit.rdb.format cimport (
    AUX, DATABASE, DEADLINE_MS, END, FREQUENCY, FUNCTION, IDLE, PLAIN_VERSION, SIZES)
from rediskit.structures.entry cimport (
    DEADLINE, NOTHING, Entry, entry_access, entry_deadline, entry_key, entry_key_length)
from rediskit.structures.hashing cimport hash_bytes
from rediskit.structures.memory cimport allocate, release
from rediskit.structures.segments cimport (
    Segment, cell_count, cell_depth, cell_segment, hash_of, prefetch, prefix, slot_entry, slots_of,
    tag_of)
from rediskit.structures.table cimport Table

cdef enum:
    AHEAD = 12                      # so many entries later is what is fetched now


cdef class SnapshotWriter(ValueWriter):
    """Writes tables, the databases 0, 1, 2..., as an Output: to a file, or for take().

    version: of the format. aux: (name, value) pairs for the head. libraries: codes of functions.
    marks_access: whether to note when, or how often, each key was used. In the child of a fork
    write_some() touches no object of the tables.
    """

    def __init__(self, list tables, int fd=-1, int version=PLAIN_VERSION, bint sums=True,
                 bint compresses=True, bint marks_access=False, aux=(), libraries=()):
        cdef bytes head = b"REDIS%04d" % version
        ValueWriter.__init__(self, fd, sums, compresses)
        self.version = version
        self.marks_access = marks_access
        self.tables = tables
        self.count = len(tables)
        self.left_out = [None] * self.count
        self.addresses = <void **>allocate(8 * self.count + 8)
        for number in range(self.count):
            self.addresses[number] = <void *>(<Table?>tables[number])
        self.put_memory(PyBytes_AS_STRING(head), len(head))
        for name, value in aux:
            self.put_aux(name, value)
        for code in libraries:
            self.put_library(code)

    def __dealloc__(self):
        if self.addresses != NULL:
            release(self.addresses, 8 * self.count + 8)

    cdef int put_aux(self, bytes name, bytes value) except -1:
        self.put_byte(AUX)
        self.put_text(<const unsigned char *>PyBytes_AS_STRING(name), PyBytes_GET_SIZE(name))
        return self.put_text(
            <const unsigned char *>PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))

    cdef int put_library(self, bytes code) except -1:
        self.put_byte(FUNCTION)
        return self.put_text(
            <const unsigned char *>PyBytes_AS_STRING(code), PyBytes_GET_SIZE(code))

    cpdef bint write_some(self, Py_ssize_t limit_bytes=INT64_MAX) except -1:
        """Goes on for about so many bytes (a whole value at least); whether anything is left.

        What is written to a file has reached the kernel when this ends. Raises OSError.
        """
        cdef uint64_t now = self.flushed + self.used
        cdef uint64_t until = now + limit_bytes
        if self.finished:
            return False
        while self.database < self.count:
            if self.put_database(until):
                self.flush()
                return True
            self.database += 1
            self.opened = False
        self.put_byte(END)
        self.put_crc()
        self.flush()
        self.finished = True
        return False

    cdef int open_database(self, Py_ssize_t number, bint with_sizes) except -1:
        cdef void *table = self.addresses[number]
        self.put_byte(DATABASE)
        self.put_length(number)
        if with_sizes:
            self.put_byte(SIZES)
            self.put_length((<Table>table).length)
            self.put_length((<Table>table).deadlines.tree.length
                            if (<Table>table).deadlines is not None else 0)
        return 0

    cdef bint put_database(self, uint64_t until) except -1:
        """Goes on with the database whose turn it is; whether anything is left of it."""
        cdef void *table = self.addresses[self.database]
        cdef uint64_t cell, following
        cdef int depth
        if (<Table>table).length == 0:
            return False
        if not self.opened:
            self.open_database(self.database, True)
            self.opened = True
            self.reached = 0
        while True:
            cell = (<Table>table).cells[prefix(self.reached, (<Table>table).depth)]
            depth = cell_depth(cell)
            following = (prefix(self.reached, depth) + 1) << 1 << (63 - depth)
            if self.put_segment(cell_segment(cell), cell_count(cell), depth, until):
                return True
            self.reached = following
            if following == 0 or depth == 0:
                return False

    cdef bint put_segment(self, const Segment *segment, int count, int depth,
                          uint64_t until) except -1:
        """Writes what of a segment is not written yet; whether it had to stop before its end."""
        cdef const uint64_t *slots = slots_of(<Segment *>segment)
        cdef uint64_t tag = tag_of(self.reached, depth), first = prefix(self.reached, depth)
        cdef int position = 0, start
        cdef Entry *entry
        while position < count and slots[position] >> 48 < tag:
            position += 1
        start = position
        for position in range(start, min(start + AHEAD, count)):
            prefetch(slot_entry(slots[position]))
        for position in range(start, count):
            if position + AHEAD < count:
                prefetch(slot_entry(slots[position + AHEAD]))
            # A place is told by a tag, so what has equal tags is written together.
            if self.flushed + self.used >= until and (
                    position == start or slots[position] >> 48 != slots[position - 1] >> 48):
                if position > start:
                    tag = slots[position] >> 48
                    self.reached = (first << 1 << (63 - depth)) | (tag << 48 >> depth)
                    return True
            entry = slot_entry(slots[position])
            # Where segments were merged, tags are coarser than the place.
            if slots[position] >> 48 == tag and hash_of(entry) < self.reached:
                continue
            if self.left_out_count and self.is_left_out(entry):
                continue
            self.put_entry(self.database, entry)
        return False

    cdef bint is_left_out(self, const Entry *entry) noexcept:
        cdef object left_out = self.left_out[self.database]
        return left_out is not None and (<Table>left_out).find(
            entry_key(entry), entry_key_length(entry)) != NULL

    cdef int put_entry(self, Py_ssize_t database, const Entry *entry) except -1:
        """Writes a key with its deadline, its access if that is wanted, type and value."""
        cdef void *table = self.addresses[database]
        cdef int64_t deadline
        cdef int type_ = self.entry_type(entry)
        if entry[0] & DEADLINE:
            deadline = entry_deadline(entry)
            self.put_byte(DEADLINE_MS)
            self.put_memory(&deadline, 8)
        if self.marks_access:
            if (<Table>table).counts_frequency:
                self.put_byte(FREQUENCY)
                self.put_byte((<Table>table).decayed_frequency(entry_access(entry)))
            else:
                self.put_byte(IDLE)
                self.put_length(((<Table>table).access_clock - entry_access(entry)) & 0xFFFFFF)
        self.put_byte(type_)
        self.put_text(entry_key(entry), entry_key_length(entry))
        self.put_entry_value(entry, type_)
        self.keys_written += 1
        return 0

    cpdef int before_change(self, Py_ssize_t database, bytes key) except -1:
        """To be called before a key is changed, removed or made while a snapshot is being made.

        Sees to it that the snapshot has the key as it is now, or not if it is not there.
        """
        cdef const unsigned char *name = <const unsigned char *>PyBytes_AS_STRING(key)
        cdef size_t length = PyBytes_GET_SIZE(key)
        cdef Table left_out
        cdef Entry *entry
        if self.finished or database < self.database:
            return 0
        if (database == self.database and self.opened
                and hash_bytes(name, length) < self.reached):
            return 0
        if self.left_out[database] is None:
            self.left_out[database] = Table()
        left_out = self.left_out[database]
        if left_out.find(name, length) != NULL:
            return 0
        entry = (<Table>self.tables[database]).find(name, length)
        if entry != NULL:
            if database != self.database or not self.opened:
                self.open_database(database, False)
            self.put_entry(database, entry)
            if self.opened and database != self.database:
                self.open_database(self.database, False)
        left_out.put(name, length, NOTHING, name, 0, -1)
        self.left_out_count += 1
        return 0
