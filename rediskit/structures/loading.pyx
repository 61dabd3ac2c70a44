"""Many new entries for a table, when they are known to come: loading.

Most of what a new entry costs is waiting for the memory of its segment. So entries are made, but
wait until there are some; meanwhile the processor fetches what entering them will touch. And a
table that is empty, but is going to hold so many entries, gets the directory for those at once
instead of splitting its way there; its segments are made as entries come.
"""

from libc.stdint cimport uint64_t

from rediskit.structures.entry cimport (
    DEADLINE, LONG, entry_deadline, entry_key, entry_key_length, entry_size, header_size, key_of,
    set_entry_access, write_deadline, write_entry)
from rediskit.structures.hashing cimport hash_bytes
from rediskit.structures.memory cimport allocate, release, usable
from rediskit.structures.segments cimport (
    Place, cell_count, cell_depth, cell_segment, grown_capacity, prefetch, prefix, slots_of, tag_of)

cdef enum:
    FULL_SEGMENT = 170              # entries that a segment is expected to hold at most
    MOST_DEPTH = 40
    SLOTS_IN_LINE = 8               # of the processor's cache


cdef class TableLoader:
    """Adds entries to one table at a time; what it was given is there only after settle()."""

    def __dealloc__(self):
        while self.count:
            self.count -= 1
            self.table.free_entry(self.waiting[self.count].entry)

    cdef int begin(self, Table table, Py_ssize_t expected) except -1:
        """Goes on with a table, which is expected to get so many entries; nothing waits."""
        cdef uint64_t index
        cdef uint64_t *cells
        cdef int depth = 0
        self.table = table
        self.first_capacity = 0
        if table.length or table.depth or cell_segment(table.cells[0]) != NULL:
            return 0
        while expected >> depth > FULL_SEGMENT and depth < MOST_DEPTH:
            depth += 1
        if depth == 0:
            return 0
        cells = <uint64_t *>allocate(<size_t>8 << depth)
        for index in range(<uint64_t>1 << depth):
            cells[index] = <uint64_t>depth << 57
        table.held += <Py_ssize_t>usable(<size_t>8 << depth) - <Py_ssize_t>usable(8)
        release(table.cells, 8)
        table.cells = cells
        table.depth = depth
        table.deepest = <Py_ssize_t>1 << depth
        self.first_capacity = grown_capacity(<int>(expected >> depth) // 2)
        return 0

    cdef Entry *add(self, const unsigned char *key, size_t length, int kind, const void *value,
                    size_t value_length, int64_t deadline) except NULL:
        """Makes an entry; as Table.put(), but for a key that is not there.

        Returns the entry, of which only the access may be changed. If there was no room for one
        more to wait, settle() must have been called before.
        """
        cdef Table table = self.table
        cdef uint64_t hash_ = hash_bytes(key, length), cell, tag
        cdef int flags = kind, position
        cdef size_t size, slots
        cdef Entry *entry
        if length > 0xFFFFFFFF or value_length > 0xFFFFFFFF:
            raise OverflowError("key or value too long for a table entry")
        if length > 255 or value_length > 255:
            flags |= LONG
        if deadline >= 0:
            flags |= DEADLINE
        size = header_size(flags) + length + value_length
        entry = <Entry *>allocate(size)
        table.held += usable(size)
        set_entry_access(entry, table.new_access())
        write_entry(entry, flags, key, length, value, value_length)
        if deadline >= 0:
            write_deadline(entry, deadline, deadline)
        self.waiting[self.count].entry = entry
        self.waiting[self.count].hash = hash_
        self.count += 1
        cell = table.cells[prefix(hash_, table.depth)]
        tag = tag_of(hash_, cell_depth(cell))
        # A number, as what is fetched may lie beside the segment, and there may be none.
        slots = <size_t>slots_of(cell_segment(cell))
        position = <int>((tag * cell_count(cell)) >> 16) - SLOTS_IN_LINE
        while position < cell_count(cell) + SLOTS_IN_LINE:
            prefetch(<const void *>(slots + <size_t>position * 8))
            position += SLOTS_IN_LINE
        return entry

    cdef bint settle(self) except -1:
        """Enters all entries that wait; False if some key was there already, `repeated` then.

        Raises MemoryError. What could not be entered is released.
        """
        cdef int index
        cdef int count = self.count
        cdef bint all_new = True
        self.count = 0
        try:
            for index in range(count):
                if not self.enter(&self.waiting[index]):
                    self.repeated = key_of(self.waiting[index].entry)
                    self.table.free_entry(self.waiting[index].entry)
                    all_new = False
                self.waiting[index].entry = NULL
        except BaseException:
            for index in range(count):
                if self.waiting[index].entry != NULL:
                    self.table.free_entry(self.waiting[index].entry)
            raise
        return all_new

    cdef bint enter(self, Hashed *hashed) except -1:
        """Gives an entry its place; False if its key has one."""
        cdef Table table = self.table
        cdef Entry *entry = hashed.entry
        cdef Place place
        if table.locate(hashed.hash, entry_key(entry), entry_key_length(entry), &place):
            return False
        if place.segment == NULL and self.first_capacity:
            place.segment = table.fit_capacity(place.index, 0, self.first_capacity)
        else:
            table.make_room(hashed.hash, &place)
        if entry[0] & DEADLINE:
            table.enter_deadline(entry, 0, entry_deadline(entry))
        table.insert_slot(&place, entry)
        return True


def load_entries(Table table, pairs, Py_ssize_t expected=0):
    """Adds (key, value) pairs of bytes as entries; the last key that was there twice, or None."""
    cdef TableLoader loader = TableLoader()
    cdef bytes key, value
    loader.begin(table, expected)
    for key, value in pairs:
        if loader.count == MOST_WAITING:
            loader.settle()
        loader.add(key, len(key), 1, <const unsigned char *>value, len(value), -1)
    loader.settle()
    return loader.repeated
