"""Which entry of some tables should go first when memory is short.

The entry that was least recently, or least frequently, accessed is not known: keeping all entries
in that order would take memory and time with every access. A few random entries are looked at
instead, and the best candidates of all that were ever looked at are kept in a small pool; so each
choice is made among far more entries than it looked at (as in Redis 3 and later).

A candidate is remembered by its table, the hash of its key, and its access field. One that is
gone by the time its turn comes, or was accessed in the meantime, is no longer a candidate. Its
score is worked out anew whenever it is compared: an entry grows older while it waits in the pool.

What is to be chosen at random, or by deadline, needs no pool: a table draws an entry with equal
chances, and its index of deadlines is in order.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from rediskit.structures.directory cimport draw_slot
from rediskit.structures.entry cimport (
    DEADLINE, Entry, entry_access, entry_deadline, entry_indexed, key_of, write_deadline)
from rediskit.structures.memory cimport next_random
from rediskit.structures.ordered cimport Cursor, cursor_item
from rediskit.structures.segments cimport (
    cell_count, cell_depth, cell_segment, hash_of, prefetch, prefix, slot_entry, slots_of, tag_of)
from rediskit.structures.table cimport Table

cdef enum:
    MOST_SAMPLES = 64
    AT_ONCE = 4             # choices for which entries are looked at together
    MOST_PUT_OFF = 64       # deadlines that turn out to be later, in one look for the first


cdef class EvictionPool:
    """The best candidates of some tables, in whichever order their accesses are counted."""

    def __len__(self):
        return self.count

    def clear(self):
        """Forgets all candidates: the tables are others now, or count accesses otherwise."""
        self.count = self.choices_left = 0

    cpdef object choose(self, list tables, int samples, bint only_with_deadline):
        """(index of a table, key) of the entry to evict; None if there is none.

        `samples` (1 to 64): so many random entries of each table are looked at for each choice;
        those for the next few choices together, which saves time: memory is waited for once.
        """
        cdef Table table
        cdef Entry *entry
        cdef Candidate best
        samples = max(1, min(samples, MOST_SAMPLES))
        while True:
            if self.choices_left <= 0 or not self.count:
                self.choices_left = min(AT_ONCE, MOST_SAMPLES // samples)
                if not self.sample_all(tables, samples * self.choices_left, only_with_deadline):
                    return None
            while self.count:
                self.count -= 1
                best = self.candidates[self.count]
                if best.table < len(tables):
                    table = <Table>tables[best.table]
                    entry = still_there(table, &best)
                    if entry != NULL and (entry[0] & DEADLINE or not only_with_deadline):
                        self.choices_left -= 1
                        return best.table, key_of(entry)

    cdef bint sample_all(self, list tables, int samples, bint only_with_deadline) noexcept:
        """Looks at random entries of all tables; whether there are any."""
        cdef Table table
        cdef Py_ssize_t index
        cdef bint found = False
        for index in range(len(tables)):
            table = <Table>tables[index]
            if choice_of(table, only_with_deadline):
                found = True
                self.sample(table, index, samples, only_with_deadline)
        return found

    cdef void sample(self, Table table, Py_ssize_t index, int samples,
                     bint only_with_deadline) noexcept:
        """Looks at some random entries of a table that has any, and keeps the best."""
        cdef Entry *entries[MOST_SAMPLES]
        cdef int number
        if only_with_deadline:
            draw_with_deadline(table, entries, samples)
        else:
            draw_entries(table, entries, samples)
        for number in range(samples):
            self.offer(table, index, entries[number])

    cdef void offer(self, Table table, Py_ssize_t index, const Entry *entry) noexcept:
        """Takes an entry into the pool, ascending by score, if it is among the best."""
        cdef Candidate new
        cdef int place, other
        new.table = index
        new.access = entry_access(entry)
        new.score = score_of(table, new.access)
        if self.count == POOL_SIZE and new.score <= self.candidates[0].score:
            return
        new.hash = hash_of(entry)
        for other in range(self.count):
            if self.candidates[other].hash == new.hash and self.candidates[other].table == index:
                self.count -= 1
                for place in range(other, self.count):
                    self.candidates[place] = self.candidates[place + 1]
                break
        if self.count == POOL_SIZE:
            self.count -= 1
            for place in range(self.count):
                self.candidates[place] = self.candidates[place + 1]
        place = self.count
        while place and self.candidates[place - 1].score > new.score:
            self.candidates[place] = self.candidates[place - 1]
            place -= 1
        self.candidates[place] = new
        self.count += 1


cdef inline Py_ssize_t choice_of(Table table, bint only_with_deadline) noexcept:
    """How many entries there are to choose from."""
    if not only_with_deadline:
        return table.length
    return 0 if table.deadlines is None else table.deadlines.tree.length


cdef inline uint32_t score_of(Table table, uint32_t access) noexcept:
    """How good it is to evict an entry: seconds without access, or how seldom it is accessed."""
    if table.counts_frequency:
        return 255 - table.decayed_frequency(access)
    return (table.access_clock - access) & 0xFFFFFF


cdef Entry *still_there(Table table, const Candidate *candidate) noexcept:
    """The entry of a candidate; NULL if it is gone or was accessed since."""
    cdef uint64_t cell = table.cells[prefix(candidate.hash, table.depth)]
    cdef uint64_t *slots = slots_of(cell_segment(cell))
    cdef uint64_t tag = tag_of(candidate.hash, cell_depth(cell))
    cdef int low = 0, high = cell_count(cell), middle
    cdef Entry *entry
    while low < high:
        middle = (low + high) >> 1
        if slots[middle] >> 48 < tag:
            low = middle + 1
        else:
            high = middle
    while low < cell_count(cell) and slots[low] >> 48 == tag:
        entry = slot_entry(slots[low])
        if entry_access(entry) == candidate.access and hash_of(entry) == candidate.hash:
            return entry
        low += 1
    return NULL


cdef void draw_entries(Table table, Entry **entries, int count) noexcept:
    """Draws entries of a table that is not empty, each with equal chances, maybe one twice.

    All slots are fetched from memory at once, then all entries.
    """
    cdef const uint64_t *slots[MOST_SAMPLES]
    cdef int number
    for number in range(count):
        slots[number] = draw_slot(table)
        prefetch(slots[number])
    for number in range(count):
        entries[number] = slot_entry(slots[number][0])
        prefetch(entries[number])


cdef void draw_with_deadline(Table table, Entry **entries, int count) noexcept:
    """As draw_entries(), of the entries that have a deadline; there are some."""
    cdef Cursor cursor
    cdef int number
    for number in range(count):
        cursor = table.deadlines.at_rank(<Py_ssize_t>(next_random() % table.deadlines.tree.length))
        entries[number] = <Entry *>cursor_item(&cursor)
        prefetch(entries[number])


cpdef object random_key(Table table, bint only_with_deadline):
    """A key drawn with equal chances, maybe of those that have a deadline; None if there is none.
    """
    cdef Entry *entry
    if not choice_of(table, only_with_deadline):
        return None
    if only_with_deadline:
        draw_with_deadline(table, &entry, 1)
    else:
        draw_entries(table, &entry, 1)
    return key_of(entry)


cpdef object first_to_expire(list tables):
    """(index of a table, key) of the entry with the earliest deadline; None if there is none.

    A table's index may have deadlines too early, and finds that out here. Where that is so of very
    many, the earliest of the first MOST_PUT_OFF is taken. Raises MemoryError.
    """
    cdef Entry *best = NULL
    cdef Entry *entry
    cdef Py_ssize_t index, chosen = 0
    for index in range(len(tables)):
        entry = soonest(<Table>tables[index])
        if entry != NULL and (best == NULL or entry_deadline(entry) < entry_deadline(best)):
            best = entry
            chosen = index
    return None if best == NULL else (chosen, key_of(best))


cdef Entry *soonest(Table table) except? NULL:
    """The entry of a table with the earliest deadline, see first_to_expire(); NULL if none has."""
    cdef Cursor cursor
    cdef Entry *entry
    cdef Entry *best = NULL
    cdef int64_t deadline
    cdef int looks
    if not choice_of(table, True):
        return NULL
    for looks in range(MOST_PUT_OFF):
        cursor = table.deadlines.first()
        entry = <Entry *>cursor_item(&cursor)
        deadline = entry_deadline(entry)
        if best == NULL or deadline < entry_deadline(best):
            best = entry
        if deadline == entry_indexed(entry):
            break
        table.deadlines.move(<double>entry_indexed(entry), <double>deadline, entry)
        write_deadline(entry, deadline, deadline)
    return best
