"""The entries of a stream: appended in O(1), found by id in O(log n).

They stand in runs (see stream_runs), which a tree finds by the id of their first entry (see
id_tree). A run is closed when it has had as many entries, or holds as many bytes, as the caller
says; then it gives its spare room back. A new one is begun behind it, whose first entry tells
which field names are shared. What is removed is taken out of its run at once; from the front whole
runs go at a time.

Every stream also knows what outlives its entries: the last id, the highest id that was deleted,
and how many entries were ever added.

In Python an id is a pair, an entry (id, [field, value, field, ...]), and a range includes its ends.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport INT64_MAX

from rediskit.structures.id_tree cimport (
    Branch, block_at, check_tree, find_block, find_edge, find_neighbour, free_branches,
    insert_block, remove_block)
from rediskit.structures.ids cimport (
    LONGEST_ID, id_below, id_equals, id_of, make_id, next_id, previous_id, write_id)
from rediskit.structures.memory cimport account, allocate, release, usable
from rediskit.structures.packed cimport append_item, item_object, text_item
from rediskit.structures.stream_runs cimport (
    LARGEST_ENTRY, LARGEST_RUN, MOST_APART, PairWalk, Plan, before_entries, begin_pairs, check_run,
    copy_run, cut_front, new_run, next_pair, plan_entry, push_entry, read_entry, remove_entry,
    reserve_run, trim_run)

cdef enum:
    OBJECT_BYTES = 280          # of Entries and their dictionary, in Python's memory
    FEW = 32                    # words of an entry that take no allocation

LARGEST = LARGEST_ENTRY


cdef Id lowest = make_id(0, 0)
cdef Id highest = make_id(<uint64_t>-1, <uint64_t>-1)


cdef class Entries:
    """Entries in the order of their ids, each a list of fields and values, which are bytes.

    groups: {name: Group}, those who read them. producers: a Producers once entries were added under
    names of their own, or None.
    """

    def __cinit__(self):
        self.groups = {}
        account(OBJECT_BYTES)

    def __dealloc__(self):
        Entries.clear(self)
        account(-OBJECT_BYTES)

    def __len__(self):
        return self.length

    def __iter__(self):
        """The entries as they are now."""
        return iter(self.values((0, 0), (highest.ms, highest.seq)))

    @property
    def memory(self):
        """Bytes of all runs and of the tree."""
        return OBJECT_BYTES + self.held + self.tree.branches * <Py_ssize_t>usable(sizeof(Branch))

    @property
    def last_id(self):
        """The highest id that an entry ever had, or that was set."""
        return (self.last.ms, self.last.seq)

    @last_id.setter
    def last_id(self, tuple pair):
        self.last = id_of(pair)

    @property
    def max_deleted_id(self):
        """The highest id that was removed by its id."""
        return (self.max_deleted.ms, self.max_deleted.seq)

    @max_deleted_id.setter
    def max_deleted_id(self, tuple pair):
        self.max_deleted = id_of(pair)

    @property
    def first_id(self):
        """The id of the first entry; (0, 0) if there is none."""
        cdef StreamPlace place
        if not self.first_place(&place):
            return (0, 0)
        return (place.entry.id.ms, place.entry.id.seq)

    @property
    def top_id(self):
        """The id of the last entry there is; (0, 0) if there is none."""
        cdef IdPath path
        cdef Id id
        if self.tree.root == NULL:
            return (0, 0)
        find_edge(&self.tree, False, &path)
        id = (<Run *>block_at(&self.tree, &path)[0]).last
        return (id.ms, id.seq)

    # Adding

    cdef int push(self, Id id, const Item *items, uint32_t fields, uint64_t most_bytes,
                  uint64_t most_entries) except -1:
        """Adds an entry, whose id is above all there are; `items`: fields and values in turn.

        most_bytes, most_entries: of a run, 0: as many as there can be.
        """
        cdef IdPath path
        cdef Plan plan
        cdef Run **run
        cdef uint64_t size, limit = LARGEST_RUN
        cdef Py_ssize_t before
        if 0 < most_bytes < limit:
            limit = most_bytes
        plan.id = id
        plan.items = items
        plan.fields = fields
        find_edge(&self.tree, False, &path)
        run = <Run **>block_at(&self.tree, &path)
        if run[0] != NULL:
            size = plan_entry(run[0], &plan)
        if (run[0] == NULL or run[0].used + size > limit
                or 0 < most_entries <= run[0].added or id.ms - run[0].first.ms >= MOST_APART):
            run = self.begin_run(id, items, fields)
            size = plan_entry(run[0], &plan)
        before = <Py_ssize_t>usable(run[0].capacity)
        try:
            reserve_run(run, size, limit)
        except MemoryError:
            if run[0].count == 0:
                find_edge(&self.tree, False, &path)
                self.drop_run(&path)
            raise
        self.held += <Py_ssize_t>usable(run[0].capacity) - before
        push_entry(run[0], &plan)
        self.length += 1
        self.added += 1
        self.last = id
        return 0

    cdef Run **begin_run(self, Id id, const Item *items, uint32_t fields) except NULL:
        """Puts a run without entries behind the last, which is closed; where it stands."""
        cdef IdPath path
        cdef Run *run = new_run(id, items, fields)
        cdef Run **old
        find_edge(&self.tree, False, &path)
        old = <Run **>block_at(&self.tree, &path)
        if old[0] != NULL:
            self.held -= <Py_ssize_t>usable(old[0].capacity)
            trim_run(old)
            self.held += <Py_ssize_t>usable(old[0].capacity)
        try:
            insert_block(&self.tree, &path, id, run)
        except MemoryError:
            release(run, run.capacity)
            raise
        self.runs += 1
        self.held += <Py_ssize_t>usable(run.capacity)
        find_edge(&self.tree, False, &path)
        return <Run **>block_at(&self.tree, &path)

    cpdef int append(self, tuple pair, tuple words, Py_ssize_t start, uint64_t most_bytes,
                     uint64_t most_entries) except -1:
        """Adds an entry of the words from `start` on: fields and values in turn, all bytes.

        The id must be above the last. Raises ValueError if it is not, or if there are no fields or
        one without a value, and OverflowError if the words are LARGEST bytes or more together.
        """
        cdef Item[FEW] few
        cdef Item *items = few
        cdef Py_ssize_t count = len(words) - start, index, total = 0
        cdef Id id = id_of(pair)
        if count < 2 or count & 1 or not id_below(self.last, id):
            raise ValueError("no entry that can be added")
        if count > FEW:
            items = <Item *>allocate(count * sizeof(Item))
        try:
            for index in range(count):
                word = <bytes?>words[start + index]
                total += PyBytes_GET_SIZE(word)
                text_item(items + index, <const unsigned char *>PyBytes_AS_STRING(word),
                          PyBytes_GET_SIZE(word))
            if total >= LARGEST_ENTRY:
                raise OverflowError("too large an entry")
            self.push(id, items, <uint32_t>(count >> 1), most_bytes, most_entries)
        finally:
            if items != few:
                release(items, count * sizeof(Item))
        return 0

    cpdef tuple next_pair(self, uint64_t now_ms):
        """The id of an entry that is added now; None if there can be no more."""
        cdef Id id = self.last
        if now_ms > id.ms:
            return (now_ms, 0)
        return (id.ms, id.seq) if next_id(&id) else None

    # Finding

    cdef bint first_place(self, StreamPlace *place) noexcept:
        """Finds the first entry; False if there is none."""
        if self.tree.root == NULL:
            return False
        find_edge(&self.tree, True, &place.path)
        place.run = <Run *>block_at(&self.tree, &place.path)[0]
        before_entries(place.run, &place.entry)
        return read_entry(place.run, &place.entry)

    cdef bint seek(self, Id id, StreamPlace *place) noexcept:
        """Finds the first entry that is not below an id; False if there is none."""
        if self.tree.root == NULL:
            return False
        find_block(&self.tree, id, &place.path)
        place.run = <Run *>block_at(&self.tree, &place.path)[0]
        if id_below(place.run.last, id):
            if not find_neighbour(&self.tree, &place.path, False):
                return False
            place.run = <Run *>block_at(&self.tree, &place.path)[0]
        before_entries(place.run, &place.entry)
        while read_entry(place.run, &place.entry):
            if not id_below(place.entry.id, id):
                return True
        return False

    cdef bint seek_back(self, Id id, StreamPlace *place) noexcept:
        """Finds the last entry that is not above an id; False if there is none."""
        cdef Entry entry
        if self.tree.root == NULL:
            return False
        find_block(&self.tree, id, &place.path)
        place.run = <Run *>block_at(&self.tree, &place.path)[0]
        if id_below(id, place.run.first):
            if not find_neighbour(&self.tree, &place.path, True):
                return False
            place.run = <Run *>block_at(&self.tree, &place.path)[0]
        before_entries(place.run, &entry)
        while read_entry(place.run, &entry) and not id_below(id, entry.id):
            place.entry = entry
        return True

    cdef bint step(self, StreamPlace *place) noexcept:
        """Moves to the next entry; False if there is none."""
        if read_entry(place.run, &place.entry):
            return True
        if not find_neighbour(&self.tree, &place.path, False):
            return False
        place.run = <Run *>block_at(&self.tree, &place.path)[0]
        before_entries(place.run, &place.entry)
        return read_entry(place.run, &place.entry)

    cdef bint holds(self, Id id, StreamPlace *place) noexcept:
        """Finds the entry of an id; False if there is none."""
        return self.seek(id, place) and id_equals(place.entry.id, id)

    cpdef bint contains(self, tuple pair) except -1:
        """Whether there is an entry of this id."""
        cdef StreamPlace place
        return self.holds(id_of(pair), &place)

    cdef Py_ssize_t count_between(self, Id first, Id last, Py_ssize_t most) noexcept:
        """How many entries there are from one id to another, up to `most`."""
        cdef StreamPlace place
        cdef Py_ssize_t count = 0
        if most <= 0 or not self.seek(first, &place):
            return 0
        while count < most:
            if place.entry.at == place.run.head and not id_below(last, place.run.last):
                count += place.run.count            # a whole run at once
                place.entry.end = place.run.used
            elif id_below(last, place.entry.id):
                break
            else:
                count += 1
            if not self.step(&place):
                break
        return count if count < most else most

    cpdef Py_ssize_t count(self, tuple first, tuple last, Py_ssize_t most=INT64_MAX) except -1:
        """How many entries there are from one id to another, up to `most`."""
        return self.count_between(id_of(first), id_of(last), most)

    # Removing

    cdef void drop_run(self, IdPath *path) noexcept:
        """Takes a run and its entries out."""
        cdef Run *run = <Run *>block_at(&self.tree, path)[0]
        self.length -= run.count
        self.runs -= 1
        self.held -= <Py_ssize_t>usable(run.capacity)
        release(run, run.capacity)
        remove_block(&self.tree, path)

    cdef void drop(self, StreamPlace *place) noexcept:
        """Takes an entry out. The place is of no use then."""
        cdef Run *run = <Run *>place.run
        cdef Entry entry
        cdef Id before
        if run.count == 1:
            self.drop_run(&place.path)
            return
        before_entries(run, &entry)
        while entry.end != place.entry.at:
            read_entry(run, &entry)
        before = entry.id
        remove_entry(run, &place.entry, before)
        self.length -= 1

    cpdef bint remove(self, tuple pair) except -1:
        """Removes the entry of an id; whether there was one."""
        cdef StreamPlace place
        cdef Id id = id_of(pair)
        if not self.holds(id, &place):
            return False
        self.drop(&place)
        if id_below(self.max_deleted, id):
            self.max_deleted = id
        return True

    cpdef Py_ssize_t trim_length(self, uint64_t keep, bint approximately, uint64_t limit) except -1:
        """Removes the first entries until `keep` are left; how many.

        approximately: only whole runs, and so that not fewer are left. limit: of how many, 0: none.
        """
        cdef IdPath path
        cdef Run *run
        cdef Py_ssize_t removed = 0
        while self.length > 0 and <uint64_t>self.length > keep:
            find_edge(&self.tree, True, &path)
            run = <Run *>block_at(&self.tree, &path)[0]
            if limit and <uint64_t>removed + run.count > limit:
                break
            if <uint64_t>self.length - run.count >= keep:
                removed += run.count
                self.drop_run(&path)
                continue
            if not approximately:
                removed += self.length - <Py_ssize_t>keep
                cut_front(run, <uint32_t>(<uint64_t>self.length - keep))
                self.length = <Py_ssize_t>keep
            break
        return removed

    cpdef Py_ssize_t trim_before(self, tuple pair, bint approximately, uint64_t limit) except -1:
        """Removes the entries below an id; how many. See trim_length()."""
        cdef StreamPlace place
        cdef Id id = id_of(pair)
        cdef Py_ssize_t removed = 0
        cdef uint32_t count = 0
        while self.first_place(&place):
            if limit and <uint64_t>removed + place.run.count > limit:
                break
            if id_below(place.run.last, id):
                removed += place.run.count
                self.drop_run(&place.path)
                continue
            if not approximately:
                while id_below(place.entry.id, id) and read_entry(place.run, &place.entry):
                    count += 1
                if count:
                    cut_front(<Run *>place.run, count)
                self.length -= count
                removed += count
            break
        return removed

    cpdef bint cut(self, tuple pair) except -1:
        """As remove(), but as trimming does it: not remembered as deleted by its id."""
        cdef StreamPlace place
        if not self.holds(id_of(pair), &place):
            return False
        self.drop(&place)
        return True

    cpdef Py_ssize_t count_whole_runs(self, uint64_t keep, tuple before, uint64_t limit) except -1:
        """How many entries are in the first runs that trimming approximately would remove.

        `before`: an id, see trim_before(), or None, see trim_length().
        """
        cdef IdPath path
        cdef const Run *run
        cdef Id id = highest if before is None else id_of(before)
        cdef Py_ssize_t count = 0
        find_edge(&self.tree, True, &path)
        while count < self.length:
            run = <Run *>block_at(&self.tree, &path)[0]
            if (limit and <uint64_t>count + run.count > limit
                    or <uint64_t>(self.length - count - run.count) < keep
                    or before is not None and not id_below(run.last, id)):
                break
            count += run.count
            find_neighbour(&self.tree, &path, False)
        return count

    # Reading

    cpdef list fields_of(self, tuple pair):
        """[field, value, ...] of the entry of an id; None if there is none."""
        cdef StreamPlace place
        if not self.holds(id_of(pair), &place):
            return None
        return words_of(place.run, &place.entry)

    cpdef list ids(self, tuple first, tuple last, Py_ssize_t most=INT64_MAX):
        """Up to `most` ids of the entries from one id to another."""
        cdef StreamPlace place
        cdef Id end = id_of(last)
        cdef list found = []
        if most > 0 and self.seek(id_of(first), &place):
            while not id_below(end, place.entry.id):
                found.append((place.entry.id.ms, place.entry.id.seq))
                most -= 1
                if most == 0 or not self.step(&place):
                    break
        return found

    cpdef list values(self, tuple first, tuple last, Py_ssize_t most=INT64_MAX,
                      bint backwards=False):
        """Up to `most` entries from one id to another; backwards: the highest first."""
        cdef StreamPlace place
        cdef Id start = id_of(first), end = id_of(last), at = end if backwards else start
        cdef list found = []
        while most > 0 and (self.seek_back(at, &place) if backwards else self.seek(at, &place)):
            at = place.entry.id
            if id_below(at, start) or id_below(end, at):
                break
            found.append(((at.ms, at.seq), words_of(place.run, &place.entry)))
            most -= 1
            if not (previous_id(&at) if backwards else next_id(&at)):
                break
        return found

    cpdef int append_range(self, Buffer out, tuple first, tuple last, Py_ssize_t most,
                           bint backwards=False) except -1:
        """Appends up to `most` entries from one id to another to a buffer, as RESP has them."""
        cdef StreamPlace place
        cdef Id start = id_of(first), end = id_of(last)
        if most <= 0:
            return 0
        if not backwards:
            if self.seek(start, &place):
                while not id_below(end, place.entry.id):
                    append_entry(out, place.run, &place.entry)
                    most -= 1
                    if most == 0 or not self.step(&place):
                        break
            return 0
        if self.seek_back(end, &place):
            while most > 0 and not id_below(place.run.last, start):
                self.append_run_back(out, place.run, start, end, &most)
                if not find_neighbour(&self.tree, &place.path, True):
                    break
                place.run = <Run *>block_at(&self.tree, &place.path)[0]
        return 0

    cdef int append_run_back(self, Buffer out, const Run *run, Id first, Id last,
                             Py_ssize_t *most) except -1:
        """Appends the entries of a run that are in a range, from the last on; counts `most` down.

        A run is read from its start, so where the entries are is noted first.
        """
        cdef Entry *entries = <Entry *>allocate(run.count * sizeof(Entry))
        cdef Entry entry
        cdef Py_ssize_t count = 0
        before_entries(run, &entry)
        while read_entry(run, &entry) and not id_below(last, entry.id):
            if not id_below(entry.id, first):
                entries[count] = entry
                count += 1
        try:
            while count and most[0]:
                count -= 1
                most[0] -= 1
                append_entry(out, run, entries + count)
        finally:
            release(entries, run.count * sizeof(Entry))
        return 0

    cpdef bint append_fields(self, Buffer out, tuple pair) except -1:
        """Appends the array of the fields and values of an entry; whether there is one."""
        cdef StreamPlace place
        if not self.holds(id_of(pair), &place):
            return False
        append_pairs(out, place.run, &place.entry)
        return True

    # The whole

    cpdef int copy_to(self, Entries other) except -1:
        """Makes an empty one a copy of this."""
        cdef StreamPlace place
        cdef IdPath end
        cdef Run *run
        other.last, other.max_deleted, other.added = self.last, self.max_deleted, self.added
        if not self.first_place(&place):
            return 0
        while True:
            run = copy_run(<Run *>block_at(&self.tree, &place.path)[0])
            find_edge(&other.tree, False, &end)
            try:
                insert_block(&other.tree, &end, run.first, run)
            except MemoryError:
                release(run, run.capacity)
                raise
            other.runs += 1
            other.length += run.count
            other.held += <Py_ssize_t>usable(run.capacity)
            if not find_neighbour(&self.tree, &place.path, False):
                return 0

    cpdef int clear(self) except -1:
        """Removes all entries; what outlives them stays."""
        cdef IdPath path
        cdef Run *run
        if self.tree.root != NULL:
            find_edge(&self.tree, True, &path)
            while True:
                run = <Run *>block_at(&self.tree, &path)[0]
                release(run, run.capacity)
                if not find_neighbour(&self.tree, &path, False):
                    break
        free_branches(&self.tree)
        self.length = self.runs = self.held = 0
        return 0

    def check(self):
        """Asserts all invariants."""
        cdef StreamPlace place
        cdef Id before = lowest
        cdef Py_ssize_t length = 0, held = 0, runs = 0
        check_tree(&self.tree)
        if self.first_place(&place):
            while True:
                place.run = <Run *>block_at(&self.tree, &place.path)[0]
                check_run(place.run)
                assert runs == 0 or id_below(before, place.run.first)
                before = place.run.last
                length += place.run.count
                held += <Py_ssize_t>usable(place.run.capacity)
                runs += 1
                if not find_neighbour(&self.tree, &place.path, False):
                    break
        assert (length, held, runs) == (self.length, self.held, self.runs)
        assert <uint64_t>length <= self.added and not id_below(self.last, before)


# Replies


cdef list words_of(const Run *run, const Entry *entry):
    """[field, value, ...] of an entry."""
    cdef PairWalk pairs
    cdef Item field, value
    cdef list words = []
    begin_pairs(run, entry, &pairs)
    while next_pair(&pairs, &field, &value):
        words.append(item_object(&field))
        words.append(item_object(&value))
    return words


cdef int append_entry(Buffer out, const Run *run, const Entry *entry) except -1:
    """Appends an entry: an array of its id, and the array of its fields and values."""
    cdef char[LONGEST_ID] text
    out.append_line(c"*", 2)
    out.append_block_memory(text, write_id(text, entry.id))
    return append_pairs(out, run, entry)


cdef int append_pairs(Buffer out, const Run *run, const Entry *entry) except -1:
    """Appends the array of an entry's fields and values."""
    cdef PairWalk pairs
    cdef Item field, value
    out.append_line(c"*", 2 * <Py_ssize_t>entry.fields)
    begin_pairs(run, entry, &pairs)
    while next_pair(&pairs, &field, &value):
        append_item(out, &field)
        append_item(out, &value)
    return 0
