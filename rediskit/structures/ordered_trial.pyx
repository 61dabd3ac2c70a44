"""Puts the ordered tree, which only compiled code can use, within reach of the tests.

OrderedNumbers orders integers BY_ADDRESS; OrderedKeys orders bytes BY_KEY, in entries of its own.
"""

from libc.stdint cimport uint32_t
from libc.string cimport memcpy, memset

from rediskit.structures.entry cimport LONG, NOTHING, Entry, entry_key, entry_key_length
from rediskit.structures.memory cimport allocate, release
from rediskit.structures.ordered cimport (
    BY_ADDRESS, BY_KEY, Cursor, Ordered, cursor_item, cursor_next, cursor_previous, cursor_score)

cdef enum:
    BATCH = 100


cdef class OrderedItems:
    """What both kinds share; subclasses say what an item is in Python."""
    cdef Ordered ordered

    cdef void *lower(self, object item) except? NULL:
        raise NotImplementedError

    cdef object lift(self, void *item):
        raise NotImplementedError

    def __len__(self):
        return len(self.ordered)

    def check(self):
        self.ordered.check()

    def held(self):
        return self.ordered.tree.held

    def height(self):
        return self.ordered.tree.height

    cdef tuple pair(self, Cursor cursor):
        if cursor.leaf == NULL:
            return None
        return cursor_score(&cursor), self.lift(cursor_item(&cursor))

    def first(self):
        return self.pair(self.ordered.first())

    def last(self):
        return self.pair(self.ordered.last())

    def at_rank(self, Py_ssize_t rank):
        return self.pair(self.ordered.at_rank(rank))

    def rank(self, double score, item):
        return self.ordered.rank(score, self.lower(item))

    def rank_of_score(self, double score, bint after):
        return self.ordered.rank_of_score(score, after)

    def move(self, double old_score, double new_score, item):
        return self.ordered.move(old_score, new_score, self.lower(item))

    def pairs_from(self, Py_ssize_t rank, Py_ssize_t most, bint backwards=False):
        """Up to `most` (score, item) from a rank on, in either direction."""
        cdef Cursor cursor = self.ordered.at_rank(rank)
        found = []
        while cursor.leaf != NULL and len(found) < most:
            found.append(self.pair(cursor))
            if backwards:
                cursor_previous(&cursor)
            else:
                cursor_next(&cursor)
        return found

    cdef list lift_all(self, void **items, Py_ssize_t count):
        cdef Py_ssize_t index
        return [self.lift(items[index]) for index in range(count)]

    def take_through(self, double limit, int most):
        cdef void *out[BATCH]
        assert 0 <= most <= BATCH
        return self.lift_all(out, self.ordered.take_through(limit, out, most))

    def remove_ranks(self, Py_ssize_t start, Py_ssize_t stop):
        """Removes a range of ranks and gives the items that were there."""
        cdef Py_ssize_t count = max(min(stop, len(self)) - max(start, 0), 0)
        cdef size_t size = (count + 1) * sizeof(void *)
        cdef void **out = <void **>allocate(size)
        try:
            self.ordered.remove_ranks(start, stop, out)
            return self.lift_all(out, count)
        finally:
            release(out, size)


cdef class OrderedNumbers(OrderedItems):
    """Integers ordered by score, then by themselves."""

    def __cinit__(self):
        self.ordered = Ordered.__new__(Ordered)
        self.ordered.order = BY_ADDRESS

    cdef void *lower(self, object item) except? NULL:
        return <void *><size_t>item

    cdef object lift(self, void *item):
        return <size_t>item

    def insert(self, double score, size_t item):
        return self.ordered.insert(score, <void *>item)

    def remove(self, double score, size_t item):
        return self.ordered.remove(score, <void *>item)

    def replace(self, double score, size_t old_item, size_t new_item):
        return self.ordered.replace(score, <void *>old_item, <void *>new_item)

    def clear(self):
        self.ordered.clear()


cdef class OrderedKeys(OrderedItems):
    """Keys ordered by score, then by their bytes; it owns their entries."""
    cdef dict entries           # key -> address of its entry

    def __cinit__(self):
        self.ordered = Ordered.__new__(Ordered)
        self.ordered.order = BY_KEY
        self.entries = {}

    def __dealloc__(self):
        for key in list(self.entries):
            self.free_entry(key)

    cdef int free_entry(self, bytes key) except -1:
        cdef Entry *entry = <Entry *>self.lower(key)
        memset(entry, 255, 12 + len(key))           # whoever follows it from now on, falls
        release(entry, 12 + len(key))
        del self.entries[key]
        return 0

    cdef Entry *make_entry(self, bytes key) except NULL:
        cdef uint32_t lengths[2]
        cdef Entry *entry = <Entry *>allocate(12 + len(key))
        entry[0] = NOTHING | LONG
        lengths[0] = <uint32_t>len(key)
        lengths[1] = 0
        memcpy(entry + 4, lengths, 8)
        memcpy(entry_key(entry), <const char *>key, len(key))
        self.entries[key] = <size_t>entry
        return entry

    cdef void *lower(self, object item) except? NULL:
        return <void *><size_t>self.entries[item]

    cdef object lift(self, void *item):
        cdef const Entry *entry = <const Entry *>item
        return (<const char *>entry_key(entry))[:entry_key_length(entry)]

    def insert(self, double score, bytes key):
        if key not in self.entries:
            self.make_entry(key)
        return self.ordered.insert(score, self.lower(key))

    def remove(self, double score, bytes key):
        cdef bint removed = self.ordered.remove(score, self.lower(key))
        if removed:
            self.free_entry(key)
        return removed

    def relocate(self, double score, bytes key):
        """Gives a key's entry another address; the old one is released before the tree hears."""
        cdef void *old = self.lower(key)
        cdef Entry *new = self.make_entry(key)
        self.entries[key] = <size_t>old
        self.free_entry(key)
        self.entries[key] = <size_t>new
        return self.ordered.replace(score, old, new)

    def rank_of_key(self, bytes key, bint after):
        return self.ordered.rank_of_key(key, len(key), after)

    def forget(self, keys):
        """Releases the entries of keys that were removed by the tree itself."""
        for key in keys:
            self.free_entry(key)

    def clear(self):
        self.ordered.clear()
        self.forget(list(self.entries))
