"""Where entries are, by the hashes of their keys: extendible hashing over sorted segments.

    cells       2 ** depth of them, indexed by the upper bits of the hash; a cell packs the
                address of a segment, its count of entries and its depth into 8 bytes
    segment     up to 256 slots of 8 bytes, ascending by tag, without gaps
    slot        16 bits tag (the bits of the hash that follow the segment's prefix), 48 bits
                address of the entry

Because hashes are uniform, a tag tells where in its segment it stands to within a few slots: a
look-up reads one cell (in cache), one or two cache lines of slots and the entry. A full segment
splits in two by the next bit of the hash, two small neighbours merge, and the cells double or
halve when depth demands: no call ever moves more than one segment and the cells. What shrinks
does so if there is memory for the smaller block; else it stays as it is.

Scanning goes through the hashes in ascending order, so a cursor is a place among the hashes.
Splitting and merging change no entry's place: an entry that stays is met exactly once, or twice
where a merge has made its segment's tags coarser.

(Extendible hashing: Fagin, Nievergelt, Pippenger, Strong 1979.)
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.ref cimport Py_DECREF, PyObject
from libc.stdint cimport uint64_t
from libc.string cimport memcpy, memmove

from rediskit.structures.entry cimport (
    OBJECT, Entry, entry_is, entry_kind, entry_size, entry_value, key_of)
from rediskit.structures.hashing cimport hash_bytes
from rediskit.structures.memory cimport (
    Account, allocate, enter, next_random, release, resize, usable)
from rediskit.structures.segments cimport (
    MERGE_SLOTS, POINTER, SEGMENT_SLOTS, Place, Segment, cell_count, cell_depth, cell_segment,
    grown_capacity, hash_of, prefetch, prefix, segment_size, slot_entry, slots_of, tag_of)
from rediskit.structures.hash_order cimport Hashed

cdef enum:
    LARGEST_COUNT = 1 << 30     # of entries that one call of a scan is asked for
    NEAR_SLOTS = 24
    FETCHED_ENTRIES = 4096      # smaller tables are in the processor's cache anyway

cdef size_t KEY_OF_NOBODY = <size_t>1 << 40     # a length that no key has


cdef inline void fetch_slots(
        const uint64_t *cells, int depth, object key, Batch *batch) noexcept:
    """Has the slots fetched among which a key, bytes, is, and notes them if there are any.

    Inline, and without a question that has to be answered first: the processor then waits for the
    cells of many keys at once.
    """
    cdef uint64_t hash_ = hash_bytes(
        <const unsigned char *>PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))
    cdef uint64_t cell = cells[prefix(hash_, depth)], tag
    cdef uint64_t *slots
    cdef int position
    if not cell_count(cell):
        return
    tag = (hash_ << cell_depth(cell)) >> 48
    position = <int>((tag * cell_count(cell)) >> 16)
    slots = slots_of(cell_segment(cell))
    prefetch(slots + position)
    prefetch(slots + position - 8)
    prefetch(slots + position + 8)
    batch.tags[batch.count] = tag
    batch.cells[batch.count] = cell
    batch.positions[batch.count] = position
    batch.count += 1


cdef class Directory:
    """The base of Table: entries and their places, whatever they hold. Compiled callers only."""

    def __cinit__(self):
        self.deepest = 1
        self.cells = <uint64_t *>allocate(8)
        self.cells[0] = 0
        self.held = usable(8)

    def __dealloc__(self):
        cdef Account before
        if self.cells != NULL:
            before = self.enter_own()
            self.free_segments(0)
            release(self.cells, <size_t>8 << self.depth)
            enter(before)

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
        cell = self.cells[place.index]
        place.segment = cell_segment(cell)
        place.count = count = cell_count(cell)
        place.tag = tag = tag_of(hash_, cell_depth(cell))
        place.position = position = 0
        if count == 0:
            return False
        slots = slots_of(place.segment)
        position = first_slot(slots, count, tag)
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
        cdef Batch batch
        batch.count = 0
        if self.length < FETCHED_ENTRIES:
            return
        for key in keys:
            if batch.count == BATCH:
                break
            if type(key) is bytes:
                fetch_slots(self.cells, self.depth, key, &batch)
        fetch_entries(&batch)

    cpdef fetch_words(self, list requests, Py_ssize_t index):
        """fetch_ahead() for one word of each request, counted from 0; requests without it pass."""
        cdef Batch batch
        cdef list request
        batch.count = 0
        if self.length < FETCHED_ENTRIES:
            return
        for request in requests:
            if batch.count == BATCH:
                break
            if len(request) > index:
                key = request[index]
                if type(key) is bytes:
                    fetch_slots(self.cells, self.depth, key, &batch)
        fetch_entries(&batch)

    # Adding

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
        cdef uint64_t cell = self.cells[index]
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
            self.cells[index] = cell
            return
        cells = <uint64_t>1 << (self.depth - depth)
        first = index & ~(cells - 1)
        for index in range(first, first + cells):
            self.cells[index] = cell

    cdef int split(self, uint64_t index) except -1:
        """Divides a full segment by the next bit of its entries' hashes."""
        cdef uint64_t cell = self.cells[index]
        cdef int depth = cell_depth(cell), count = cell_count(cell), middle = 0
        cdef Segment *low = cell_segment(cell)
        cdef Segment *high
        cdef uint64_t *slots = slots_of(low)
        cdef size_t size
        while middle < count and slots[middle] >> 63 == 0:
            prefetch(slot_entry(slots[middle]))
            middle += 1
        if depth == self.depth:
            self.double_cells()
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

    cdef int double_cells(self) except -1:
        cdef uint64_t cells = <uint64_t>1 << self.depth, index
        cdef uint64_t *wider = <uint64_t *>allocate(16 * cells)
        for index in range(cells):
            wider[2 * index] = wider[2 * index + 1] = self.cells[index]
        release(self.cells, 8 * cells)
        self.held += <Py_ssize_t>usable(16 * cells) - <Py_ssize_t>usable(8 * cells)
        self.cells = wider
        self.depth += 1
        self.deepest = 0
        return 0

    # Removing

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
        self.set_count(place.index, place.segment, count)

    cdef void set_count(self, uint64_t index, Segment *segment, int count) noexcept:
        """Notes that a segment has fewer slots now; gives up room it does not need any more."""
        self.set_cells(index, segment, count, segment.depth)
        if segment.capacity - count >= 2 * (grown_capacity(count) - count) + 16:
            self.try_capacity(index, count, grown_capacity(count))
        if count < MERGE_SLOTS and self.depth:
            self.merge(index)

    cdef Py_ssize_t remove_group(self, const Hashed *group, Py_ssize_t count) noexcept:
        """Takes entries out of the segment of the first one; how many of them it had.

        The first so many of `count` entries, sorted by hash; their blocks are not released.
        """
        cdef uint64_t index = prefix(group[0].hash, self.depth)
        cdef uint64_t cell = self.cells[index], tag
        cdef int depth = cell_depth(cell), size = cell_count(cell), position, kept
        cdef uint64_t *slots = slots_of(cell_segment(cell))
        cdef Py_ssize_t ours = 1, next_one = 0
        while ours < count and prefix(group[ours].hash ^ group[0].hash, depth) == 0:
            ours += 1
        position = kept = first_slot(slots, size, tag_of(group[0].hash, depth))
        while position < size and next_one < ours:
            tag = slots[position] >> 48
            while next_one < ours and tag_of(group[next_one].hash, depth) < tag:
                next_one += 1
            if not has_entry(group + next_one, ours - next_one, depth, slots[position]):
                slots[kept] = slots[position]
                kept += 1
            position += 1
        memmove(slots + kept, slots + position, 8 * <size_t>(size - position))
        kept += size - position
        self.length -= size - kept
        self.set_count(index, cell_segment(cell), kept)
        return ours

    cdef void fetch_segment(self, uint64_t hash_) noexcept:
        """Has the processor fetch the slots that the removal of a hash and of later ones moves."""
        cdef uint64_t cell = self.cells[prefix(hash_, self.depth)]
        cdef uint64_t *slots = slots_of(cell_segment(cell))
        cdef int position = <int>((tag_of(hash_, cell_depth(cell)) * cell_count(cell)) >> 16)
        while position < cell_count(cell):
            prefetch(slots + position)
            position += 8

    cdef void merge(self, uint64_t index) noexcept:
        """Unites a segment with its neighbour while both together are small."""
        cdef uint64_t cell = self.cells[index], step, left, right
        cdef Segment *low
        cdef int depth = cell_depth(cell), count, more, position
        cdef uint64_t *target
        cdef uint64_t *source
        while depth:
            step = <uint64_t>1 << (self.depth - depth)
            left = index & ~(2 * step - 1)
            right = left | step
            count = cell_count(self.cells[left])
            more = cell_count(self.cells[right])
            if (cell_depth(self.cells[left]) != depth
                    or cell_depth(self.cells[right]) != depth or count + more > MERGE_SLOTS):
                break
            low = cell_segment(self.cells[left])
            if low == NULL or low.capacity < count + more:
                low = self.try_capacity(left, count, grown_capacity(count + more))
                if low == NULL:
                    break
            target = slots_of(low)
            for position in range(count):
                target[position] = coarser(target[position], 0)
            if cell_segment(self.cells[right]) != NULL:
                source = slots_of(cell_segment(self.cells[right]))
                for position in range(more):
                    target[count + position] = coarser(source[position], 1)
                self.free_segment(cell_segment(self.cells[right]))
            if depth == self.depth:
                self.deepest -= 2
            depth -= 1
            low.depth = depth
            self.set_cells(left, low, count + more, depth)
            index = left
        while self.depth and self.deepest == 0:
            try:
                self.halve_cells()
            except MemoryError:
                break

    cdef int halve_cells(self) except -1:
        cdef uint64_t cells = <uint64_t>1 << (self.depth - 1), index
        cdef uint64_t *narrower = <uint64_t *>allocate(8 * cells)
        self.deepest = 0
        for index in range(cells):
            narrower[index] = self.cells[2 * index]
            self.deepest += cell_depth(narrower[index]) == self.depth - 1
        release(self.cells, 16 * cells)
        self.held += <Py_ssize_t>usable(8 * cells) - <Py_ssize_t>usable(16 * cells)
        self.cells = narrower
        self.depth -= 1
        return 0

    cdef void free_segment(self, Segment *segment) noexcept:
        self.held -= usable(segment_size(segment.capacity))
        release(segment, segment_size(segment.capacity))

    # All of them

    cdef Entry *random_entry(self) noexcept:
        """Any entry, each equally likely; NULL if the table is empty."""
        cdef Place place
        if not draw_place(self, &place):
            return NULL
        return slot_entry(slots_of(place.segment)[place.position])

    cdef uint64_t scan_entries(self, uint64_t cursor, Py_ssize_t count, list found) except? 0:
        """Appends the keys of about `count` entries from a cursor on; the next cursor, 0: the end.

        A cursor is the upper 48 bits of the hash to go on from.
        """
        cdef uint64_t place = cursor << 16, cell, tag, first
        cdef uint64_t *slots
        cdef int position, size, depth
        cdef Py_ssize_t wanted = len(found) + min(max(count, 1), LARGEST_COUNT)
        while True:
            cell = self.cells[prefix(place, self.depth)]
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

    cdef int free_all(self) except -1:
        """Removes everything. MemoryError, and then it has removed nothing."""
        cdef uint64_t *cells = <uint64_t *>allocate(8)
        self.free_segments(0)
        release(self.cells, <size_t>8 << self.depth)
        self.cells = cells
        self.cells[0] = 0
        self.depth = 0
        self.deepest = 1
        self.swept = 0
        self.held = usable(8)
        return 0

    cdef int free_segments(self, Py_ssize_t limit) except -1:
        """Frees segments and their entries, from the upper end; all of them if limit is 0.

        `swept`: so many cells, from the upper end, it found empty before.
        """
        cdef uint64_t index = (<uint64_t>1 << self.depth) - self.swept, cell
        cdef Py_ssize_t freed = 0
        cdef int position
        while index and self.length:
            index -= 1
            cell = self.cells[index]
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
            cell = self.cells[index]
            if cell_segment(cell) != NULL:
                self.set_cells(index, NULL, 0, cell_depth(cell))
                self.free_segment(cell_segment(cell))

    cdef int check_places(self) except -1:
        """Asserts the invariants of cells, segments and slots."""
        cdef uint64_t index = 0, cell, cells = <uint64_t>1 << self.depth
        cdef Py_ssize_t total = 0, deepest = 0
        cdef Py_ssize_t held = usable(8 * cells)
        cdef int position, depth
        cdef Entry *entry
        while index < cells:
            cell = self.cells[index]
            depth = cell_depth(cell)
            assert depth <= self.depth
            deepest += depth == self.depth
            for other in range(index, index + (<uint64_t>1 << (self.depth - depth))):
                assert self.cells[other] == cell
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
                assert tag_of(hash_of(entry), depth) == slot >> 48
                held += usable(entry_size(entry))
            index += <uint64_t>1 << (self.depth - depth)
        assert total == self.length and deepest == self.deepest and held == self.held
        return 0


cdef bint draw_place(Directory directory, Place *place) noexcept:
    """The place of any entry, each equally likely; False if the table is empty."""
    if not directory.length:
        return False
    draw(directory, place)
    place.segment = cell_segment(directory.cells[place.index])
    place.tag = slots_of(place.segment)[place.position] >> 48
    return True


cdef const uint64_t *draw_slot(Directory directory) noexcept:
    """The slot of any entry, each equally likely, of a directory that is not empty.

    The slot itself is not read, so that its caller can have several fetched at once.
    """
    cdef Place place
    draw(directory, &place)
    return slots_of(cell_segment(directory.cells[place.index])) + place.position


cdef void draw(Directory directory, Place *place) noexcept:
    """Fills in index, count and position of any entry, each equally likely; there are some.

    Draws a cell and a slot until they hit an entry, counting each segment at its first cell
    only: every entry then has the same chance in every draw.
    """
    cdef uint64_t word, cell
    while True:
        word = next_random()
        place.index = prefix(word, directory.depth)
        cell = directory.cells[place.index]
        if place.index & ((<uint64_t>1 << (directory.depth - cell_depth(cell))) - 1):
            continue
        place.count = cell_count(cell)
        # Of a single small segment every draw counts; among many, all have equal room.
        if directory.depth == 0:
            place.position = <int>(((word & 0xFFFFFFFF) * place.count) >> 32)
        else:
            place.position = <int>(word & (SEGMENT_SLOTS - 1))
        if place.position < place.count:
            return


cdef inline int first_slot(const uint64_t *slots, int count, uint64_t tag) noexcept:
    """The position of the first slot with a tag or a higher one."""
    cdef int position = <int>((tag * count) >> 16)
    if slots[position] >> 48 < tag:
        position += 1
        while position < count and slots[position] >> 48 < tag:
            position += 1
    else:
        while position > 0 and slots[position - 1] >> 48 >= tag:
            position -= 1
    return position


cdef inline bint has_entry(const Hashed *group, Py_ssize_t count, int depth,
                           uint64_t slot) noexcept:
    """Whether a slot's entry is among those at the head of the group that have its tag."""
    cdef Py_ssize_t index = 0
    while index < count and tag_of(group[index].hash, depth) == slot >> 48:
        if group[index].entry == slot_entry(slot):
            return True
        index += 1
    return False


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


cdef inline void fetch_entries(const Batch *batch) noexcept:
    """Fetches the entries whose slots have been fetched."""
    cdef int index
    for index in range(batch.count):
        fetch_entry(batch.cells[index], batch.tags[index], batch.positions[index])


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
