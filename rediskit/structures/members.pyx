"""A set of byte strings that takes as little memory as its members allow.

There are three forms:
    integers    a sorted array (intset.pyx), while all members spell integers of 64 bits
    pack        one block that is searched from its start (packed.pyx), for few short members
    table       a hash table (table.pyx) whose entries hold no value

Which form there is, callers decide by the bounds that they give to what adds: `most_integers`
members may be an array, `most` of up to `longest` bytes a pack. No removal leads back to a smaller
form but pop_many(), which moves what it leaves if that is little.

Members of a table may have deadlines, see timed_members.pyx.

The object is as small as a Python object with one word of content can be: the form is kept in
the upper bits of the address of the block, which no address needs.

Two tables are walked in the same order, that of the hashes; so what an intersection looks up lies
close to what it looked up before.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy

from rediskit.structures.digits cimport write_integer
from rediskit.structures.directory cimport draw_place
from rediskit.structures.entry cimport (
    BYTES, DEADLINE, INTEGER, LONG, NOTHING, Entry, entry_indexed, entry_key, entry_key_length,
    entry_kind, header_size, key_of, set_entry_access, write_entry)
from rediskit.structures.hashing cimport hash_bytes
from rediskit.structures.intset cimport (
    integers_add, integers_at, integers_check, integers_count, integers_find, integers_free,
    integers_held, integers_remove)
from rediskit.structures.memory cimport account, allocate, next_random, usable
from rediskit.structures.packed cimport (
    append_items, integer_item, item_object, pack_append, pack_at, pack_check, pack_copy,
    pack_count, pack_find, pack_first, pack_free, pack_held, pack_next, pack_read, pack_remove,
    pack_used, text_item)
from rediskit.structures.segments cimport (
    POINTER, Place, cell_count, cell_depth, cell_segment, prefetch, slot_entry, slots_of)

cdef enum:
    OBJECT_SIZE = 32            # of a Members itself
    TABLE_SIZE = 128            # of a Table, what it holds excluded
    LONGEST_INTEGER = 20        # digits, with the sign
    AHEAD = 8                   # so many entries later is what is fetched now
    MOVED = 5                   # what is left of a table moves if this many times as much goes
    FEW = 8                     # of a small set: so many times less than all is taken one by one

cdef Py_ssize_t UNBOUNDED = <Py_ssize_t>POINTER

NAMES = ("integers", "pack", "table")


# What `content` is

cdef inline void hold(Members members, int form, const void *address) noexcept:
    members.content = <uint64_t>form << FORM_BITS | <uint64_t>address


cdef inline Py_ssize_t length_of(Members members) noexcept:
    cdef int form = form_of(members)
    if form == TABLE_FORM:
        return (<Table>table_at(members)).length
    if form == PACK_FORM:
        return pack_count(pack_of(members))
    return integers_count(integers_of(members))


cdef Py_ssize_t members_length(Members members) noexcept:
    """How many members there are; takes no reference."""
    return length_of(members)


# One member

cdef void make_probe(Probe *probe, const Item *item) noexcept:
    """What is needed to look for a member that a walk has met."""
    if item.kind == INTEGER:
        probe.item = item[0]
        probe.text = <const unsigned char *>probe.digits
        probe.length = <size_t>write_integer(probe.digits, item.integer)
    else:
        probe_text(probe, item.text, item.length)


cdef inline void probe_text(Probe *probe, const unsigned char *text, size_t length) noexcept:
    probe.text = text
    probe.length = length
    text_item(&probe.item, text, length)


cdef inline void probe_bytes(Probe *probe, bytes member) noexcept:
    probe_text(probe, <const unsigned char *>PyBytes_AS_STRING(member), PyBytes_GET_SIZE(member))


cdef bint insert_entry(Table table, const unsigned char *text, size_t length) except -1:
    """Adds an entry without a value; False if it is there. Raises MemoryError."""
    cdef Place place
    cdef uint64_t hash_ = hash_bytes(text, length)
    cdef int flags = NOTHING | LONG if length > 255 else NOTHING
    cdef size_t size = header_size(flags) + length
    cdef Entry *entry
    if table.locate(hash_, text, length, &place):
        return False
    if length > 0xFFFFFFFF:
        raise OverflowError("member too long")
    table.make_room(hash_, &place)
    entry = <Entry *>allocate(size)
    set_entry_access(entry, 0)
    write_entry(entry, flags, text, length, text, 0)
    table.held += usable(size)
    table.insert_slot(&place, entry)
    return True


cdef inline Py_ssize_t below(Py_ssize_t count) noexcept:
    """A number from 0 up to `count` (at most 2 ** 32), each equally likely to within 2 ** -32."""
    return <Py_ssize_t>(((next_random() >> 32) * <uint64_t>count) >> 32)


cdef inline bint chance(Py_ssize_t wanted, Py_ssize_t left) noexcept:
    """True in `wanted` of `left` cases."""
    return (next_random() >> 11) * (1.0 / (<uint64_t>1 << 53)) * left < wanted


cdef bytes integer_text(int64_t integer):
    cdef char digits[24]
    return PyBytes_FromStringAndSize(digits, write_integer(digits, integer))


# Walking

cdef void walk_members(Members members, MemberWalk *walk) noexcept:
    """Begins a walk along all members. No reference is taken, nor does walk_step() take one."""
    walk.form = form_of(members)
    walk.at = walk.position = 0
    walk.entry = NULL
    walk.cell = 0
    if walk.form == TABLE_FORM:
        walk.cells = (<Table>table_at(members)).cells
        walk.depth = (<Table>table_at(members)).depth
    elif walk.form == PACK_FORM:
        walk.pack = pack_of(members)
        walk.at = pack_first(walk.pack)
    else:
        walk.integers = integers_of(members)


cdef bint walk_step(MemberWalk *walk, Item *item) noexcept:
    """Fills in the next member, as the bytes or the integer it is kept as; False at the end."""
    cdef Entry *entry
    if walk.form == TABLE_FORM:
        entry = walk.entry = next_entry(walk)
        if entry == NULL:
            return False
        item.kind = BYTES
        item.text = entry_key(entry)
        item.length = entry_key_length(entry)
        return True
    if walk.form == PACK_FORM:
        if walk.at < 0:
            return False
        pack_read(walk.pack, walk.at, item)
        walk.at = pack_next(walk.pack, walk.at)
        return True
    if walk.at >= integers_count(walk.integers):
        return False
    integer_item(item, integers_at(walk.integers, walk.at))
    walk.at += 1
    return True


cdef inline Entry *next_entry(MemberWalk *walk) noexcept:
    cdef uint64_t cell
    cdef const uint64_t *slots
    while walk.cell < <uint64_t>1 << walk.depth:
        cell = walk.cells[walk.cell]
        if walk.position < cell_count(cell):
            slots = slots_of(cell_segment(cell))
            if walk.position + AHEAD < cell_count(cell):
                prefetch(slot_entry(slots[walk.position + AHEAD]))
            walk.position += 1
            return slot_entry(slots[walk.position - 1])
        walk.cell += <uint64_t>1 << (walk.depth - cell_depth(cell))
        walk.position = 0
    return NULL


cdef bytes item_text(const Item *item):
    if item.kind == INTEGER:
        return integer_text(item.integer)
    return PyBytes_FromStringAndSize(<const char *>item.text, <Py_ssize_t>item.length)


cdef class Members:
    """A set of bytes. Bounds default to those of Redis' configuration."""

    def __cinit__(self):
        account(OBJECT_SIZE)

    def __dealloc__(self):
        self.clear()
        account(-OBJECT_SIZE)

    def __len__(self):
        return length_of(self)

    def __contains__(self, bytes member):
        return self.contains(member)

    def __iter__(self):
        """All members, as they are now."""
        return iter(self.members())

    @property
    def form(self):
        """integers, pack or table."""
        return NAMES[form_of(self)]

    @property
    def memory(self):
        """Bytes it takes, all in all."""
        if form_of(self) == TABLE_FORM:
            return OBJECT_SIZE + TABLE_SIZE + table_of(self).memory
        if form_of(self) == PACK_FORM:
            return OBJECT_SIZE + pack_held(pack_of(self))
        return OBJECT_SIZE + integers_held(integers_of(self))

    def clear_some(self, Py_ssize_t limit):
        """Removes about `limit` members of what nobody uses any more; how many are left."""
        if form_of(self) == TABLE_FORM:
            return table_of(self).clear_some(limit)
        self.clear()
        return 0

    cpdef int clear(self) except -1:
        """Removes all members."""
        cdef Integers *integers
        cdef Pack *pack
        if form_of(self) == TABLE_FORM:
            account(-TABLE_SIZE)
            Py_DECREF(table_of(self))
        elif form_of(self) == PACK_FORM:
            pack = pack_of(self)
            pack_free(&pack)
        else:
            integers = integers_of(self)
            integers_free(&integers)
        self.content = 0
        return 0

    # One member

    cpdef int expect(self, bytes member, Py_ssize_t count, Py_ssize_t most_integers,
                     Py_ssize_t most) except -1:
        """To be called before `count` members are added, the first one being `member`.

        Chooses the form of an empty set, and takes the table's at once for a great many.
        """
        cdef Probe probe
        cdef int form = form_of(self)
        if length_of(self) == 0 and form != TABLE_FORM:
            probe_bytes(&probe, member)
            if probe.item.kind == INTEGER and count <= most_integers:
                return 0
            if count > most:
                self.make_table()
            elif form == INTEGERS_FORM:
                self.make_pack()
        elif form != TABLE_FORM and count > (most if form == PACK_FORM else most_integers):
            self.make_table()
        return 0

    cpdef bint add(self, bytes member, Py_ssize_t most_integers=512, Py_ssize_t most=128,
                   Py_ssize_t longest=64) except -1:
        """Adds a member; False if it is there already.

        Raises MemoryError; nothing has changed then but perhaps the form.
        """
        cdef Probe probe
        if form_of(self) == TABLE_FORM:
            return insert_entry(table_of(self), <const unsigned char *>PyBytes_AS_STRING(member),
                                PyBytes_GET_SIZE(member))
        probe_bytes(&probe, member)
        return self.add_probe(&probe, most_integers, most, longest)

    cdef bint add_probe(self, const Probe *probe, Py_ssize_t most_integers, Py_ssize_t most,
                        Py_ssize_t longest) except -1:
        cdef Integers *integers
        cdef Pack *pack
        if form_of(self) == INTEGERS_FORM:
            integers = integers_of(self)
            if probe.item.kind == INTEGER:
                if not integers_add(&integers, probe.item.integer):
                    return False
                hold(self, INTEGERS_FORM, integers)
                if integers_count(integers) > most_integers:
                    self.make_table()
                return True
            if integers_count(integers) < most and fit_pack(integers, longest) and (
                    <Py_ssize_t>probe.length <= longest):
                self.make_pack()
            else:
                self.make_table()
        if form_of(self) == PACK_FORM:
            pack = pack_of(self)
            if pack_find(pack, 0, &probe.item, 1) >= 0:
                return False
            if pack_count(pack) < most and <Py_ssize_t>probe.length <= longest:
                pack_append(&pack, &probe.item)
                hold(self, PACK_FORM, pack)
                return True
            self.make_table()
        return insert_entry(table_of(self), probe.text, probe.length)

    cdef int make_pack(self) except -1:
        """Turns an array of integers into a pack."""
        cdef Integers *integers = integers_of(self)
        cdef Pack *pack = NULL
        cdef Item item
        cdef Py_ssize_t index
        try:
            for index in range(integers_count(integers)):
                integer_item(&item, integers_at(integers, index))
                pack_append(&pack, &item)
        except MemoryError:
            pack_free(&pack)
            raise
        integers_free(&integers)
        hold(self, PACK_FORM, pack)
        return 0

    cdef Table make_table(self):
        """Turns any other form into a table; gives it."""
        cdef Table table = Table()
        cdef MemberWalk walk
        cdef Item item
        cdef Probe probe
        walk_members(self, &walk)
        while walk_step(&walk, &item):
            make_probe(&probe, &item)
            insert_entry(table, probe.text, probe.length)
        self.clear()
        Py_INCREF(table)
        account(TABLE_SIZE)
        hold(self, TABLE_FORM, <PyObject *>table)
        return table

    cpdef bint remove(self, bytes member) except -1:
        """Removes a member; False if it is not there."""
        cdef Probe probe
        if form_of(self) == TABLE_FORM:
            return table_of(self).drop(<const unsigned char *>PyBytes_AS_STRING(member),
                                       PyBytes_GET_SIZE(member))
        probe_bytes(&probe, member)
        return self.remove_probe(&probe)

    cdef bint remove_probe(self, const Probe *probe) except -1:
        cdef Integers *integers
        cdef Pack *pack
        cdef Py_ssize_t at
        if form_of(self) == TABLE_FORM:
            return table_of(self).drop(probe.text, probe.length)
        if form_of(self) == PACK_FORM:
            pack = pack_of(self)
            at = pack_find(pack, 0, &probe.item, 1)
            if at < 0:
                return False
            pack_remove(&pack, at, 1)
            hold(self, PACK_FORM, pack)
            return True
        integers = integers_of(self)
        if probe.item.kind != INTEGER or not integers_remove(&integers, probe.item.integer):
            return False
        hold(self, INTEGERS_FORM, integers)
        return True

    cpdef bint contains(self, bytes member) noexcept:
        """Whether a member is there."""
        cdef Probe probe
        if form_of(self) == TABLE_FORM:
            return table_of(self).find(<const unsigned char *>PyBytes_AS_STRING(member),
                                       PyBytes_GET_SIZE(member)) != NULL
        probe_bytes(&probe, member)
        return self.holds(&probe)

    cdef bint holds(self, const Probe *probe) noexcept:
        cdef Py_ssize_t index
        if form_of(self) == TABLE_FORM:
            return table_of(self).find(probe.text, probe.length) != NULL
        if form_of(self) == PACK_FORM:
            return pack_find(pack_of(self), 0, &probe.item, 1) >= 0
        return probe.item.kind == INTEGER and integers_find(
            integers_of(self), probe.item.integer, &index)

    # Many members

    cpdef int add_all(self, Members other, Py_ssize_t most_integers=512, Py_ssize_t most=128,
                      Py_ssize_t longest=64) except -1:
        """Adds the members of another set."""
        cdef MemberWalk walk
        cdef Item item
        cdef Probe probe
        walk_members(other, &walk)
        while walk_step(&walk, &item):
            if item.kind == BYTES and form_of(self) == TABLE_FORM:
                insert_entry(table_of(self), item.text, item.length)
            else:
                make_probe(&probe, &item)
                self.add_probe(&probe, most_integers, most, longest)
        return 0

    cpdef int remove_all(self, Members other) except -1:
        """Removes the members of another set."""
        cdef MemberWalk walk
        cdef Item item
        cdef Probe probe
        walk_members(other, &walk)
        while length_of(self) and walk_step(&walk, &item):
            make_probe(&probe, &item)
            self.remove_probe(&probe)
        return 0

    cpdef int copy_into(self, Members other) except -1:
        """Fills an empty set with the same members in the same form."""
        cdef Pack *pack = NULL
        if form_of(self) == TABLE_FORM:
            other.make_table()
        elif form_of(self) == PACK_FORM:
            pack_copy(&pack, 0, pack_of(self), 0, pack_used(pack_of(self)),
                      pack_count(pack_of(self)))
            hold(other, PACK_FORM, pack)
            return 0
        return other.add_all(self, length_of(self))

    cpdef list members(self):
        """All members, as they are now."""
        cdef MemberWalk walk
        cdef Item item
        cdef list found = []
        walk_members(self, &walk)
        while walk_step(&walk, &item):
            found.append(item_text(&item))
        return found

    cpdef int append_to(self, Buffer out) except -1:
        """Appends every member to a buffer as "$length\\r\\nbytes\\r\\n"."""
        cdef MemberWalk walk
        cdef Item item
        cdef char digits[24]
        cdef Py_ssize_t count = length_of(self)
        if form_of(self) == PACK_FORM:
            return append_items(out, pack_of(self), 0, &count) if count else 0
        walk_members(self, &walk)
        while walk_step(&walk, &item):
            append_member(out, &item)
        return 0

    def fetch_ahead(self, list requests):
        """Has the processor fetch what looking for members will read, all of them at once.

        The members are the third words of the requests; shorter ones are ignored.
        """
        if form_of(self) == TABLE_FORM:
            table_of(self).fetch_words(requests, 2)

    cpdef tuple scan(self, uint64_t cursor, Py_ssize_t count):
        """(next cursor, members): what stays from the first call to the last is met.

        About `count` (> 0) members of a table, all members of the other forms. The cursor is 0
        at the start and at the end.
        """
        if form_of(self) == TABLE_FORM:
            return table_of(self).scan(cursor, count)
        return 0, self.members()

    # Any members

    cpdef bytes random_member(self):
        """A member drawn with equal chances; None if there is none."""
        cdef Item item
        if length_of(self) == 0:
            return None
        draw(self, &item)
        return item_text(&item)

    cpdef int append_random(self, Buffer out, Py_ssize_t count) except -1:
        """Appends as many members to a buffer, each drawn from all; the set must not be empty."""
        cdef Item item
        while count > 0:
            draw(self, &item)
            append_member(out, &item)
            count -= 1
        return 0

    cpdef list sample(self, Py_ssize_t count):
        """A list of `count` different members, or all; every choice is equally likely.

        Algorithm S (Knuth, The Art of Computer Programming 2, 3.4.2) if it is a good part of all.
        """
        cdef MemberWalk walk
        cdef Item item
        cdef Py_ssize_t left = length_of(self)
        cdef list found = []
        cdef set seen
        if form_of(self) == TABLE_FORM and count < left // 3:
            seen = set()
            while len(seen) < count:
                draw(self, &item)
                seen.add(item_text(&item))
            return list(seen)
        walk_members(self, &walk)
        while count > 0 and walk_step(&walk, &item):
            if chance(count, left):
                found.append(item_text(&item))
                count -= 1
            left -= 1
        return found

    cpdef bytes pop(self):
        """Removes a member drawn with equal chances and returns it; None if there is none."""
        cdef Place place
        cdef Table table
        cdef Entry *entry
        cdef Integers *integers
        cdef Pack *pack
        cdef Py_ssize_t at
        cdef Item item
        cdef bytes member
        if length_of(self) == 0:
            return None
        if form_of(self) == TABLE_FORM:
            table = table_of(self)
            draw_place(table, &place)
            entry = slot_entry(slots_of(place.segment)[place.position])
            member = key_of(entry)
            if entry[0] & DEADLINE:
                table.deadlines.remove(<double>entry_indexed(entry), entry)
            table.remove_slot(&place)
            table.free_entry(entry)
            return member
        at = below(length_of(self))
        if form_of(self) == PACK_FORM:
            pack = pack_of(self)
            at = pack_at(pack, at)
            pack_read(pack, at, &item)
            member = item_text(&item)
            pack_remove(&pack, at, 1)
            hold(self, PACK_FORM, pack)
            return member
        integers = integers_of(self)
        member = integer_text(integers_at(integers, at))
        integers_remove(&integers, integers_at(integers, at))
        hold(self, INTEGERS_FORM, integers)
        return member

    cpdef list pop_many(self, Py_ssize_t count, Py_ssize_t most_integers=512,
                        Py_ssize_t most=128, Py_ssize_t longest=64):
        """Removes `count` members, or all, and lists them; every choice is equally likely."""
        cdef Py_ssize_t length = length_of(self)
        cdef list found
        if count >= length:
            found = self.members()
            self.clear()
            return found
        if form_of(self) == TABLE_FORM:
            if (length - count) * MOVED <= count and not table_of(self).deadline_count:
                return self.pop_most(length - count, most_integers, most, longest)
        elif count > length // FEW:
            return self.split(count)
        found = []
        while count > 0:
            found.append(self.pop())
            count -= 1
        return found

    cdef list split(self, Py_ssize_t count):
        """pop_many() of a small form, in one pass."""
        cdef MemberWalk walk
        cdef Item item
        cdef Probe probe
        cdef Py_ssize_t left = length_of(self)
        cdef Members kept = Members()
        cdef list found = []
        if form_of(self) == PACK_FORM:
            kept.make_pack()
        walk_members(self, &walk)
        while walk_step(&walk, &item):
            if chance(count, left):
                found.append(item_text(&item))
                count -= 1
            else:
                make_probe(&probe, &item)
                kept.add_probe(&probe, UNBOUNDED, UNBOUNDED, UNBOUNDED)
            left -= 1
        self.content, kept.content = kept.content, self.content
        return found

    cdef list pop_most(self, Py_ssize_t kept_count, Py_ssize_t most_integers, Py_ssize_t most,
                       Py_ssize_t longest):
        """pop_many() of nearly all of a table: what is left moves to the form that suits it."""
        cdef Members kept = Members()
        cdef list found
        if most > 0:
            kept.make_pack()
        while kept_count > 0:
            kept.add(self.pop(), most_integers, most, longest)
            kept_count -= 1
        found = self.members()
        self.content, kept.content = kept.content, self.content
        return found

    def check(self):
        """Asserts all invariants."""
        cdef Table table
        cdef Probe probe
        found = self.members()
        assert len(found) == len(set(found)) == length_of(self)
        if form_of(self) == TABLE_FORM:
            table = table_of(self)
            table.check()
            for member in found:
                assert entry_kind(table.find(member, len(member))) == NOTHING
        elif form_of(self) == PACK_FORM:
            pack_check(pack_of(self))
        else:
            integers_check(integers_of(self))
        for member in found:
            probe_bytes(&probe, member)
            assert self.holds(&probe) and self.contains(member)


cdef bint fit_pack(const Integers *integers, Py_ssize_t longest) noexcept:
    """Whether the spellings of integers are no longer than a pack may hold."""
    cdef char digits[24]
    cdef Py_ssize_t count = integers_count(integers)
    if longest >= LONGEST_INTEGER or count == 0:
        return True
    return (write_integer(digits, integers_at(integers, 0)) <= longest
            and write_integer(digits, integers_at(integers, count - 1)) <= longest)


cdef inline int append_member(Buffer out, const Item *item) except -1:
    cdef char digits[24]
    if item.kind == INTEGER:
        return out.append_block_memory(digits, write_integer(digits, item.integer))
    return out.append_block_memory(item.text, <Py_ssize_t>item.length)


cdef void draw(Members members, Item *item) noexcept:
    """Fills in a member drawn with equal chances; there must be one."""
    cdef Entry *entry
    cdef Py_ssize_t index
    if form_of(members) == TABLE_FORM:
        entry = table_of(members).random_entry()
        item.kind = BYTES
        item.text = entry_key(entry)
        item.length = entry_key_length(entry)
        return
    index = below(length_of(members))
    if form_of(members) == PACK_FORM:
        pack_read(pack_of(members), pack_at(pack_of(members), index), item)
    else:
        integer_item(item, integers_at(integers_of(members), index))
