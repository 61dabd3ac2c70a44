"""Fields and their values, some with deadlines.

There are two forms. The compact one is a pack (packed.pyx) of field, value, field, value...;
everything is found by walking. With the first deadline it becomes a timed pack:

    real: the earliest deadline, or infinity | field, value, deadline | field, value, deadline ...

where 0 is no deadline; a field is never a real, so the first byte tells. The large form is a table
(table.pyx) of entries that know their deadlines. Which form there is, callers decide by what put()
may leave in a pack; nothing leads back to the compact one.

Deadlines are milliseconds since 1970. What is due stays, and is seen, until drop_due().
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from libc.math cimport INFINITY
from libc.stdint cimport INT64_MAX, int64_t, uint64_t
from libc.string cimport memcpy

from rediskit.structures.digits cimport integer_of, write_integer
from rediskit.structures.entry cimport (
    BYTES, INTEGER, REAL, Entry, entry_deadline, entry_integer, entry_key, entry_key_length,
    entry_kind, entry_value, entry_value_length)
from rediskit.structures.memory cimport account
from rediskit.structures.packed cimport (
    REAL_WIDE, append_item, append_items, integer_item, item_object, item_size, pack_append,
    pack_bytes, pack_check, pack_copy, pack_count, pack_find, pack_free, pack_held, pack_next,
    pack_push, pack_read, pack_remove, pack_replace, pack_reserve, pack_spare, pack_trim, pack_used,
    real_item,
    spell_item, text_item)
from rediskit.structures.segments cimport (
    cell_count, cell_depth, cell_segment, prefetch, slot_entry, slots_of)

cdef enum:
    OBJECT_SIZE = 32            # of a Mapping itself
    TABLE_SIZE = 128            # of a Table, blocks excluded
    REAL_SPAN = 10              # bytes of a real in a pack
    LARGEST_PACK = 1 << 30

    FIELDS_ONLY = 1             # forms of append_to()
    VALUES_ONLY = 2
    PAIRS = 3

FIELDS, VALUES, BOTH = FIELDS_ONLY, VALUES_ONLY, PAIRS


# The compact form

cdef inline bint is_timed(const Pack *pack) noexcept:
    # In a pack that is only reserved there is nothing yet that would tell.
    return pack_count(pack) > 0 and pack_bytes(pack)[0] == REAL_WIDE


cdef inline int width_of(const Pack *pack) noexcept:
    """Items for each field."""
    return 3 if is_timed(pack) else 2


cdef inline Py_ssize_t start_of(const Pack *pack) noexcept:
    """The position of the first field."""
    return REAL_SPAN if is_timed(pack) else 0


cdef inline int64_t deadline_at(const Pack *pack, Py_ssize_t at) noexcept:
    """The deadline of the field at a position of a timed pack, 0 for none."""
    cdef Item item
    pack_read(pack, pack_next(pack, pack_next(pack, at)), &item)
    return item.integer


cdef inline void bytes_item(Item *item, bytes text) noexcept:
    text_item(item, <const unsigned char *>PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))


cdef inline size_t room_of(const Item *item) noexcept:
    """Bytes that an item takes in a pack at most."""
    return REAL_SPAN + (item.length if item.kind == BYTES else 0)


# The large form

cdef void key_item(Item *item, const Entry *entry) noexcept:
    item.kind = BYTES
    item.text = entry_key(entry)
    item.length = entry_key_length(entry)


cdef void value_item(Item *item, const Entry *entry) noexcept:
    if entry_kind(entry) == INTEGER:
        integer_item(item, entry_integer(entry))
    else:
        item.kind = BYTES
        item.text = entry_value(entry)
        item.length = entry_value_length(entry)


cdef inline Entry *put_item(Table table, const unsigned char *key, size_t length, Item *value,
                            int64_t deadline) except NULL:
    """Stores an item as the value of a key: an integer as 8 bytes or its digits, if fewer."""
    cdef char digits[20]
    if value.kind == INTEGER:
        if not -9999999 <= value.integer <= 99999999:
            return table.put(key, length, INTEGER, &value.integer, 8, deadline)
        return table.put(key, length, BYTES, digits, write_integer(digits, value.integer), deadline)
    return table.put(key, length, BYTES, value.text, value.length, deadline)


# Both

cdef bint walk_step(Walk *walk) noexcept:
    """Reads the next field of a walk, its value and deadline; False behind the last one."""
    cdef Item item
    cdef uint64_t cell
    cdef uint64_t *slots
    cdef Entry *entry
    if walk.cells == NULL:
        if walk.at < 0:
            return False
        pack_read(walk.pack, walk.at, &walk.field)
        walk.at = pack_next(walk.pack, walk.at)
        pack_read(walk.pack, walk.at, &walk.value)
        walk.at = pack_next(walk.pack, walk.at)
        walk.deadline = -1
        if walk.width == 3:
            pack_read(walk.pack, walk.at, &item)
            walk.at = pack_next(walk.pack, walk.at)
            walk.deadline = item.integer if item.integer else -1
        return True
    while walk.index < <uint64_t>1 << walk.depth:
        cell = walk.cells[walk.index]
        if walk.position < cell_count(cell):
            slots = slots_of(cell_segment(cell))
            if walk.position + 8 < cell_count(cell):
                prefetch(slot_entry(slots[walk.position + 8]))
            entry = slot_entry(slots[walk.position])
            walk.position += 1
            key_item(&walk.field, entry)
            value_item(&walk.value, entry)
            walk.deadline = entry_deadline(entry)
            return True
        walk.index += <uint64_t>1 << (walk.depth - cell_depth(cell))
        walk.position = 0
    return False


cdef class Mapping:
    """Bytes by bytes. `most` fields, and texts of up to `longest` bytes, may be in a pack."""

    def __cinit__(self):
        account(OBJECT_SIZE)

    def __dealloc__(self):
        self.release_content()
        account(-OBJECT_SIZE)

    cdef int release_content(self) except -1:
        if is_large(self):
            Py_DECREF(table_of(self))
            account(-TABLE_SIZE)
            self.content = NULL
        else:
            pack_free(<Pack **>&self.content)
        return 0

    def __len__(self):
        return self.length()

    cdef Py_ssize_t length(self) noexcept:
        if is_large(self):
            return (<Table>table_at(self)).length
        return pack_count(<Pack *>self.content) // width_of(<Pack *>self.content)

    @property
    def is_compact(self):
        """Whether all is in one pack."""
        return not is_large(self)

    @property
    def has_deadlines(self):
        """Whether the form is one that has room for deadlines."""
        return is_large(self) or is_timed(<Pack *>self.content)

    @property
    def memory(self):
        """Bytes it takes."""
        if is_large(self):
            return OBJECT_SIZE + TABLE_SIZE + table_of(self).memory
        return OBJECT_SIZE + pack_held(<Pack *>self.content)

    # Finding

    cdef Py_ssize_t find(self, bytes field) noexcept:
        """The position of a field in the pack; -1 if it is not there."""
        cdef Pack *pack = <Pack *>self.content
        cdef Item item
        if pack == NULL:
            return -1
        bytes_item(&item, field)
        return pack_find(pack, start_of(pack), &item, width_of(pack))

    cpdef object get(self, bytes field):
        """The value of a field as bytes; None if missing."""
        cdef Pack *pack = <Pack *>self.content
        cdef Item item
        cdef Py_ssize_t at
        cdef Entry *entry
        if is_large(self):
            entry = table_of(self).live(field, 0)
            if entry == NULL:
                return None
            value_item(&item, entry)
        else:
            at = self.find(field)
            if at < 0:
                return None
            pack_read(pack, pack_next(pack, at), &item)
        return item_object(&item)

    cpdef Py_ssize_t value_size(self, bytes field) noexcept:
        """The length in bytes of a field's value; -1 if the field is missing."""
        cdef char digits[20]
        cdef Item item
        cdef Py_ssize_t at
        cdef Entry *entry
        if is_large(self):
            entry = table_of(self).live(field, 0)
            if entry == NULL:
                return -1
            value_item(&item, entry)
        else:
            at = self.find(field)
            if at < 0:
                return -1
            pack_read(<Pack *>self.content, pack_next(<Pack *>self.content, at), &item)
        spell_item(&item, digits)
        return <Py_ssize_t>item.length

    cpdef bint contains(self, bytes field) noexcept:
        """Whether a field is there."""
        if is_large(self):
            return table_of(self).live(field, 0) != NULL
        return self.find(field) >= 0

    # Changing

    cpdef bint put(self, bytes field, bytes value, Py_ssize_t most, Py_ssize_t longest,
                   bint keeps_deadline=False) except -1:
        """Gives a field a value, and takes away its deadline unless that is kept.

        Returns whether the field is new. MemoryError, and nothing has changed then.
        """
        cdef Item item
        cdef Py_ssize_t at, before
        cdef Table table
        bytes_item(&item, value)
        if not is_large(self):
            at = self.find(field)
            if (PyBytes_GET_SIZE(field) <= longest and PyBytes_GET_SIZE(value) <= longest
                    and self.length() + (at < 0) <= most
                    and PyBytes_GET_SIZE(field) + PyBytes_GET_SIZE(value) < LARGEST_PACK
                    and pack_used(<Pack *>self.content) < LARGEST_PACK):
                return self.put_compact(at, field, &item, keeps_deadline)
            self.make_large()
        table = table_of(self)
        before = table.length
        put_item(table, <const unsigned char *>PyBytes_AS_STRING(field), PyBytes_GET_SIZE(field),
                 &item, -2 if keeps_deadline else -1)
        return table.length != before

    cdef bint put_compact(self, Py_ssize_t at, bytes field, Item *value,
                          bint keeps_deadline) except -1:
        """put() for a pack, where the field is at a position, or not there if that is -1."""
        cdef Pack **pack = <Pack **>&self.content
        cdef int64_t deadline
        if at < 0:
            self.append_compact(field, value)
            return True
        pack_replace(pack, pack_next(pack[0], at), value)
        if not keeps_deadline and is_timed(pack[0]):
            deadline = deadline_at(pack[0], at)
            if deadline:
                self.write_deadline(at, 0)
                self.settle_first(deadline, 0)
        return False

    cdef int append_compact(self, bytes field, Item *value) except -1:
        """Adds a field that is not there to the pack, without a deadline."""
        cdef Pack **pack = <Pack **>&self.content
        cdef bint timed = is_timed(pack[0])
        cdef Item item
        bytes_item(&item, field)
        if pack[0] != NULL and pack[0].start:
            pack_trim(pack)
        pack_reserve(pack, 0, item_size(&item) + item_size(value) + timed)
        pack_append(pack, &item)
        pack_append(pack, value)
        if timed:
            integer_item(&item, 0)
            pack_append(pack, &item)
        return 0

    cpdef bint remove(self, bytes field) except -1:
        """Removes a field; whether it was there."""
        cdef Pack **pack = <Pack **>&self.content
        cdef Py_ssize_t at
        cdef int64_t deadline
        if is_large(self):
            return table_of(self).remove(field)
        at = self.find(field)
        if at < 0:
            return False
        if not is_timed(pack[0]):
            pack_remove(pack, at, 2)
            return True
        deadline = deadline_at(pack[0], at)
        pack_remove(pack, at, 3)
        if pack[0].count == 1:
            pack_free(pack)
        else:
            self.settle_first(deadline, 0)
        return True

    def clear_some(self, Py_ssize_t limit):
        """Removes about `limit` fields of what nobody uses any more; how many are left."""
        if is_large(self):
            return table_of(self).clear_some(limit)
        self.release_content()
        return 0

    def clear(self):
        """Removes everything."""
        self.release_content()

    cpdef int make_large(self) except -1:
        """Turns a pack into a table. MemoryError, and nothing has changed then."""
        cdef Table table
        cdef Walk walk
        cdef char digits[20]
        if is_large(self):
            return 0
        table = Table()
        self.begin_walk(&walk)
        while walk_step(&walk):
            spell_item(&walk.field, digits)
            put_item(table, walk.field.text, walk.field.length, &walk.value, walk.deadline)
        pack_free(<Pack **>&self.content)
        Py_INCREF(table)
        self.content = <void *>(<size_t><PyObject *>table | 1)
        account(TABLE_SIZE)
        return 0

    def copy_to(self, Mapping other):
        """Makes an empty mapping equal to this one, deadlines and form included."""
        cdef Pack *pack = <Pack *>self.content
        cdef Walk walk
        cdef Table table
        if not is_large(self):
            pack_copy(<Pack **>&other.content, 0, pack, 0, pack_used(pack), pack_count(pack))
            return
        other.make_large()
        table = table_of(other)
        self.begin_walk(&walk)
        while walk_step(&walk):
            put_item(table, walk.field.text, walk.field.length, &walk.value, walk.deadline)

    # Loading

    cdef int reserve(self, size_t size) except -1:
        """Makes room in the pack for so many bytes of items."""
        return pack_reserve(<Pack **>&self.content, 0, size)

    cdef void trim(self) noexcept:
        """Gives back what room there is in the pack."""
        if not is_large(self):
            pack_trim(<Pack **>&self.content)

    cdef int append_new(self, const Item *field, const Item *value, int64_t deadline) except -1:
        """Adds a field that is known not to be there to the pack, -1 for no deadline."""
        cdef Pack **pack = <Pack **>&self.content
        cdef Item item
        cdef size_t room
        cdef bint timed = is_timed(pack[0])
        if deadline >= 0 and not timed:
            timed = True
            if pack_count(pack[0]) == 0:
                real_item(&item, INFINITY)
                pack_append(pack, &item)
            else:
                self.make_timed()
        room = room_of(field) + room_of(value) + REAL_SPAN
        if pack[0] == NULL or pack_spare(pack[0]) < room:
            pack_reserve(pack, 0, room)
        pack_push(pack[0], field)
        pack_push(pack[0], value)
        if timed:
            integer_item(&item, deadline if deadline >= 0 else 0)
            pack_push(pack[0], &item)
            self.settle_first(0, item.integer)
        return 0

    cdef bint holds_compact(self, const Item *field) noexcept:
        """Whether a field is in the pack."""
        cdef Pack *pack = <Pack *>self.content
        return pack_find(pack, start_of(pack), field, width_of(pack)) >= 0

    cdef bint enter_large(self, const unsigned char *field, size_t length, Item *value,
                          int64_t deadline) except -1:
        """Gives a field a value in the table; False if it had one."""
        cdef void *table = table_at(self)
        cdef Py_ssize_t before = (<Table>table).length
        put_item(<Table>table, field, length, value, deadline)
        return (<Table>table).length != before

    # Deadlines

    cpdef int64_t deadline(self, bytes field) noexcept:
        """A field's deadline; -1 if it has none, -2 if it is missing."""
        cdef Py_ssize_t at
        cdef int64_t deadline
        if is_large(self):
            return table_of(self).deadline(field)
        at = self.find(field)
        if at < 0:
            return -2
        deadline = deadline_at(<Pack *>self.content, at) if is_timed(<Pack *>self.content) else 0
        return deadline if deadline else -1

    cpdef int64_t first_deadline(self) noexcept:
        """No deadline is earlier than this; -1 if there is none."""
        cdef Item item
        if is_large(self):
            return table_of(self).first_deadline()
        if not is_timed(<Pack *>self.content):
            return -1
        pack_read(<Pack *>self.content, 0, &item)
        return -1 if item.real == INFINITY else <int64_t>item.real

    cpdef bint has_due(self, int64_t now_ms) noexcept:
        """Whether there may be a field whose deadline has passed; drop_due() tells."""
        cdef Item item
        if is_large(self):
            return table_of(self).has_due(now_ms)
        if not is_timed(<Pack *>self.content):
            return False
        pack_read(<Pack *>self.content, 0, &item)
        return item.real <= now_ms

    cpdef bint set_deadline(self, bytes field, int64_t deadline) except -1:
        """Gives a field a deadline (> 0), or none with -1; whether the field is there."""
        cdef Pack **pack = <Pack **>&self.content
        cdef Py_ssize_t at
        cdef int64_t before
        if is_large(self):
            return table_of(self).set_deadline(field, deadline)
        at = self.find(field)
        if at < 0:
            return False
        if deadline < 0:
            deadline = 0
        if not is_timed(pack[0]):
            if not deadline:
                return True
            self.make_timed()
            at = self.find(field)
        before = deadline_at(pack[0], at)
        self.write_deadline(at, deadline)
        self.settle_first(before, deadline)
        return True

    cdef int make_timed(self) except -1:
        """Makes room for deadlines in a pack that is not empty."""
        cdef Pack *timed = NULL
        cdef Item item
        cdef Walk walk
        pack_reserve(&timed, 0, REAL_SPAN + pack_used(<Pack *>self.content) + self.length())
        real_item(&item, INFINITY)
        pack_append(&timed, &item)
        integer_item(&item, 0)
        self.begin_walk(&walk)
        while walk_step(&walk):
            pack_append(&timed, &walk.field)
            pack_append(&timed, &walk.value)
            pack_append(&timed, &item)
        pack_free(<Pack **>&self.content)
        self.content = timed
        return 0

    cdef int write_deadline(self, Py_ssize_t at, int64_t deadline) except -1:
        """Writes the deadline of the field at a position of a timed pack, 0 for none."""
        cdef Pack **pack = <Pack **>&self.content
        cdef Item item
        integer_item(&item, deadline)
        pack_replace(pack, pack_next(pack[0], pack_next(pack[0], at)), &item)
        return 0

    cdef int settle_first(self, int64_t gone, int64_t come) except -1:
        """Corrects the earliest deadline after one has gone and one has come, each 0 for none."""
        cdef Item item
        pack_read(<Pack *>self.content, 0, &item)
        if come and come < item.real:
            return self.write_first(come)
        if gone and gone <= item.real and come != gone:
            return self.find_first()
        return 0

    cdef int find_first(self) except -1:
        """Looks at all deadlines of a timed pack for the earliest."""
        cdef Walk walk
        cdef double first = INFINITY
        self.begin_walk(&walk)
        while walk_step(&walk):
            if 0 < walk.deadline < first:
                first = walk.deadline
        return self.write_first(first)

    cdef int write_first(self, double first) except -1:
        cdef Item item
        real_item(&item, first)
        return pack_replace(<Pack **>&self.content, 0, &item)

    def due(self, int64_t now_ms, Py_ssize_t limit):
        """Up to `limit` fields that are due, as a list; they stay."""
        cdef Walk walk
        cdef list fields = []
        if is_large(self):
            return table_of(self).due(now_ms, limit)
        self.begin_walk(&walk)
        while len(fields) < limit and walk_step(&walk):
            if 0 < walk.deadline <= now_ms:
                fields.append(item_object(&walk.field))
        return fields

    cpdef Py_ssize_t drop_due(self, int64_t now_ms, Py_ssize_t limit) except -1:
        """Removes up to `limit` fields that are due; how many."""
        if is_large(self):
            return table_of(self).drop_due(now_ms, limit)
        if not self.has_due(now_ms):
            return 0
        return self.drop_due_compact(now_ms, limit)

    cdef Py_ssize_t drop_due_compact(self, int64_t now_ms, Py_ssize_t limit) except -1:
        """drop_due() for a timed pack."""
        cdef Pack **pack = <Pack **>&self.content
        cdef Py_ssize_t at = REAL_SPAN, dropped = 0
        cdef int64_t deadline
        while at >= 0 and at < pack[0].used and dropped < limit:
            deadline = deadline_at(pack[0], at)
            if deadline and deadline <= now_ms:
                pack_remove(pack, at, 3)
                dropped += 1
            else:
                at = pack_next(pack[0], pack_next(pack[0], pack_next(pack[0], at)))
        if pack[0].count == 1:
            pack_free(pack)
        else:
            self.find_first()
        return dropped

    # All of it

    cdef void begin_walk(self, Walk *walk) noexcept:
        """Sets a walk to before the first field. No reference is taken, nor by walk_step()."""
        if is_large(self):
            walk.pack = NULL
            walk.cells = (<Table>table_at(self)).cells
            walk.depth = (<Table>table_at(self)).depth
            walk.index = 0
            walk.position = 0
        else:
            walk.pack = <Pack *>self.content
            walk.cells = NULL
            walk.width = width_of(walk.pack)
            walk.at = start_of(walk.pack) if pack_count(walk.pack) else -1

    def fields(self):
        """All fields as a list."""
        return [field for field, _ in self.items()]

    def values(self):
        """All values as a list, in the order of fields()."""
        return [value for _, value in self.items()]

    def items(self):
        """All (field, value) as a list."""
        cdef Walk walk
        cdef list found = []
        self.begin_walk(&walk)
        while walk_step(&walk):
            found.append((item_object(&walk.field), item_object(&walk.value)))
        return found

    cpdef int append_to(self, Buffer out, int form) except -1:
        """Appends all FIELDS, VALUES or BOTH by turns to a buffer, each as a bulk string."""
        cdef Pack *pack = <Pack *>self.content
        cdef Py_ssize_t count
        cdef Walk walk
        if form == PAIRS and not is_large(self) and pack != NULL and not is_timed(pack):
            count = pack.count
            return append_items(out, pack, 0, &count)
        self.begin_walk(&walk)
        while walk_step(&walk):
            if form & FIELDS_ONLY:
                append_item(out, &walk.field)
            if form & VALUES_ONLY:
                append_item(out, &walk.value)
        return 0

    def fetch_ahead(self, list requests):
        """Has the processor fetch what finding fields, the requests' third words, will read."""
        if is_large(self):
            table_of(self).fetch_words(requests, 2)

    cpdef tuple scan(self, uint64_t cursor, Py_ssize_t count, bint with_values):
        """(next cursor, [field, value, ...]): see Table.scan(). A pack is met all at once."""
        cdef list found = []
        cdef Walk walk
        if is_large(self):
            cursor, keys = table_of(self).scan(cursor, count)
            if not with_values:
                return cursor, keys
            for field in keys:
                found.append(field)
                found.append(self.get(field))
            return cursor, found
        self.begin_walk(&walk)
        while walk_step(&walk):
            found.append(item_object(&walk.field))
            if with_values:
                found.append(item_object(&walk.value))
        return 0, found

    def check(self):
        """Asserts every invariant."""
        cdef Pack *pack = <Pack *>self.content
        cdef Walk walk
        cdef double first = INFINITY
        seen = set()
        if is_large(self):
            table_of(self).check()
            return
        pack_check(pack)
        self.begin_walk(&walk)
        while walk_step(&walk):
            assert walk.field.kind != REAL and walk.value.kind != REAL
            seen.add(item_object(&walk.field))
            if walk.deadline >= 0:
                first = min(first, walk.deadline)
        assert len(seen) == self.length()
        assert pack == NULL or pack.count == self.length() * width_of(pack) + is_timed(pack)
        assert self.first_deadline() == (-1 if first == INFINITY else first)
