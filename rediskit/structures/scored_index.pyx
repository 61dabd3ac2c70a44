"""The large form of members with scores: a table of members, and its entries in order.

An entry's block never moves while its value stays a real, so the B+tree can point to it; it must
leave the order before it leaves the table.
"""

cimport cython
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from rediskit.structures.entry cimport (
    LONG, REAL, Entry, entry_key, entry_key_length, entry_real, entry_value, header_size,
    set_entry_access, write_entry)
from rediskit.structures.hashing cimport hash_bytes
from rediskit.structures.memory cimport allocate, usable
from rediskit.structures.ordered cimport BY_KEY, Ordered
from rediskit.structures.segments cimport Place, slot_entry, slots_of
from rediskit.structures.table cimport Table


@cython.final
cdef class Index:
    """The large form: a table of members, and its entries in order."""

    def __cinit__(self):
        self.table = Table()
        self.order = Ordered()
        self.order.order = BY_KEY

    cdef Entry *insert(self, const unsigned char *key, size_t length, double score) except NULL:
        """Adds a member that is not there yet; or raises MemoryError and has added nothing."""
        cdef bint is_new
        cdef Entry *entry = self.enter(key, length, score, &is_new)
        self.arrange(entry, score)
        return entry

    cdef int arrange(self, Entry *entry, double score) except -1:
        """Puts an entry that is in the table only into the order too; else takes it out again."""
        try:
            self.order.insert(score, entry)
        except MemoryError:
            self.drop(entry)
            raise
        return 0

    cdef Entry *enter(self, const unsigned char *key, size_t length, double score,
                      bint *is_new) except NULL:
        """The entry of a member, new with that score and not in the order yet if there is none."""
        cdef Place place
        cdef uint64_t hash_ = hash_bytes(key, length)
        cdef int flags = REAL | LONG if length > 255 else REAL
        cdef size_t size = header_size(flags) + length + 8
        cdef Entry *entry
        is_new[0] = not self.table.locate(hash_, key, length, &place)
        if not is_new[0]:
            return slot_entry(slots_of(place.segment)[place.position])
        if length > 0xFFFFFFFF:
            raise OverflowError("member too long")
        self.table.make_room(hash_, &place)
        entry = <Entry *>allocate(size)
        set_entry_access(entry, 0)
        write_entry(entry, flags, key, length, &score, 8)
        self.table.held += usable(size)
        self.table.insert_slot(&place, entry)
        return entry

    cdef int rescore(self, Entry *entry, double score) except -1:
        """Gives an entry another score."""
        self.order.move(entry_real(entry), score, entry)
        memcpy(entry_value(entry), &score, 8)
        return 0

    cdef int drop(self, Entry *entry) except -1:
        """Removes an entry from the table that the order has let go of."""
        cdef Place place
        cdef size_t length = entry_key_length(entry)
        self.table.locate(hash_bytes(entry_key(entry), length), entry_key(entry), length, &place)
        self.table.remove_slot(&place)
        return self.table.free_entry(entry)
