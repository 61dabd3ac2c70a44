"""Streams from a snapshot or a payload: every type that Redis has written since version 5.

The layout is told in stream_writer. Its listpacks are read entry by entry into the runs of the
structure. Refused is what cannot be: ids that do not ascend or are above the last one, counts that
do not fit, groups and consumers that are there twice, and pending entries with two owners, or none
unless they are listed as given back. Entries that were marked as deleted are left out.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport INT64_MAX, int64_t, uint32_t
from libc.string cimport memcpy

from rediskit.rdb.elements cimport LISTPACK_FORM, Form, begin_elements, next_element
from rediskit.rdb.format cimport STREAM, STREAM_3, STREAM_4, STREAM_5
from rediskit.structures.group cimport Consumer
from rediskit.structures.ids cimport id_below, make_id
from rediskit.structures.memory cimport allocate, release
from rediskit.structures.packed cimport BYTES, INTEGER, item_object
from rediskit.structures.pending cimport NOBODY, Delivery, PendingPlace, find_pending
from rediskit.structures.producers cimport Producers
from rediskit.structures.stream_counts cimport entries_before

cdef enum:
    DELETED = 1                     # flags of an entry
    HAS_MASTER_FIELDS = 2
    LARGEST_HELD = 4096             # items that are kept for the next entry
    SMALLEST_ROW = 25               # bytes
    SMALLEST_GROUP = 5
    SMALLEST_CONSUMER = 10
    RAW_ID = 16
    LONGEST_DURATION = 86400
    MOST_MESSAGES = 10000


cdef class StreamReader(Source):
    """A Source that knows streams. limits: when runs are full, see datatypes.limits."""

    def __init__(self, limits, int fd=-1, uint64_t size=0, bytes payload=b"", bint sums=True):
        Source.__init__(self, fd, size, payload, sums)
        self.stream_bytes = limits.stream_bytes
        self.stream_entries = limits.stream_entries

    def __dealloc__(self):
        free_items(&self.names)
        free_items(&self.words)

    cdef Py_ssize_t open_elements(self, Elements *elements, int form, int width) except -1:
        """Takes a compact form of groups of `width` elements; how many groups there are."""
        cdef Item blob
        cdef Py_ssize_t count
        self.take_item(&blob)
        if blob.kind != BYTES:
            self.fail("a compact form is damaged")
        count = begin_elements(elements, <Form>form, blob.text, blob.length)
        if count < 0 or count % width:
            self.fail("a compact form is damaged")
        return count // width

    cdef bytes take_text(self):
        """A string as bytes."""
        cdef Item item
        self.take_item(&item)
        return item_object(&item)

    cdef Id take_id(self) except *:
        """An id of two lengths."""
        cdef uint64_t ms = self.take_length()
        return make_id(ms, self.take_length())

    cdef Id take_raw_id(self) except *:
        """An id of 16 bytes, the highest first."""
        return id_of_bytes(self.take(RAW_ID))

    cdef int64_t take_time(self, int64_t least) except? -1:
        """A time in milliseconds since 1970."""
        cdef int64_t time_ms
        memcpy(&time_ms, self.take(8), 8)
        if time_ms < least:
            self.fail("a time is damaged")
        return time_ms

    # Entries

    cdef long long element_number(self, Elements *elements) except? -1:
        """The next element, which must be an integer."""
        cdef Item item
        if not next_element(elements, &item) or item.kind != INTEGER:
            self.fail("a run of a stream is damaged")
        return item.integer

    cdef int read_run(self, Entries entries) except -1:
        """Reads a run: its id, and a listpack of entries."""
        cdef Elements elements
        cdef Item item
        cdef Id first
        cdef Py_ssize_t before = entries.length
        cdef long long count, deleted, fields
        cdef uint64_t index
        self.take_item(&item)
        if item.kind != BYTES or item.length != RAW_ID:
            self.fail("the id of a stream's run is damaged")
        first = id_of_bytes(item.text)
        index = self.open_elements(&elements, LISTPACK_FORM, 1)
        count = self.element_number(&elements)
        deleted = self.element_number(&elements)
        fields = self.element_number(&elements)
        if count < 0 or deleted < 0 or fields < 0 or <uint64_t>fields > index or (
                <uint64_t>count > index or <uint64_t>deleted > index):
            self.fail("a run of a stream is damaged")
        reserve_items(&self.names, fields)
        for index in range(fields):
            if not next_element(&elements, self.names.items + index):
                self.fail("a run of a stream is damaged")
        if self.element_number(&elements) != 0:
            self.fail("a run of a stream is damaged")
        for index in range(count + deleted):
            self.read_stream_entry(entries, &elements, first, fields)
        if next_element(&elements, &item) or entries.length - before != count:
            self.fail("a run of a stream holds another number of entries than it says")
        return 0

    cdef int read_stream_entry(self, Entries entries, Elements *elements, Id first,
                        uint64_t fields) except -1:
        """Reads an entry of a run whose master entry has so many fields."""
        cdef long long flags = self.element_number(elements), own = fields
        cdef uint64_t ms = first.ms + <uint64_t>self.element_number(elements), index
        cdef Id id = make_id(ms, first.seq + <uint64_t>self.element_number(elements))
        cdef bint is_own = not flags & HAS_MASTER_FIELDS
        if is_own:
            own = self.element_number(elements)
        if own <= 0 or own > elements.end - elements.at or flags & ~3:
            self.fail("an entry of a stream is damaged")
        reserve_items(&self.words, 2 * own)
        for index in range(own):
            self.words.items[2 * index] = self.names.items[index]
            if is_own and not next_element(elements, self.words.items + 2 * index):
                self.fail("an entry of a stream is damaged")
            if not next_element(elements, self.words.items + 2 * index + 1):
                self.fail("an entry of a stream is damaged")
        if self.element_number(elements) != (4 + 2 * own if is_own else 3 + own):
            self.fail("an entry of a stream is damaged")
        if flags & DELETED:
            return 0
        if (entries.length or id.ms == 0 and id.seq == 0) and not id_below(entries.last, id):
            self.fail("the ids of a stream do not ascend")
        return entries.push(
            id, self.words.items, <uint32_t>own, self.stream_bytes, self.stream_entries)

    # Behind the entries

    cdef int read_rest(self, Entries entries, int type_) except -1:
        """Reads what stands behind the entries of a stream."""
        cdef uint64_t length = self.take_length(), groups
        cdef Id last = self.take_id()
        if length != <uint64_t>entries.length:
            self.fail("a stream holds another number of entries than it says")
        if id_below(last, entries.last):
            self.fail("the last id of a stream is below that of an entry")
        entries.last = last
        if type_ != STREAM:
            self.take_id()              # of the first entry, as is known
            entries.max_deleted = self.take_id()
            entries.added = self.take_length()
            if id_below(last, entries.max_deleted) or entries.added < length:
                self.fail("a stream says of entries that are gone what cannot be")
        for groups in range(self.take_count(SMALLEST_GROUP)):
            self.read_group(entries, type_)
        return self.read_producers(entries) if type_ >= STREAM_4 else 0

    cdef int read_group(self, Entries entries, int type_) except -1:
        """Reads a group, its pending entries and its consumers."""
        cdef bytes name = self.take_text()
        cdef Group group = Group()
        cdef uint64_t count
        cdef Py_ssize_t owned
        if name in entries.groups:
            self.fail("a group is there twice")
        entries.groups[name] = group
        group.last = self.take_id()
        if type_ != STREAM:
            count = self.take_length()
            if count > <uint64_t>INT64_MAX and count != <uint64_t>-1:
                self.fail("a group has read more than there can be")
            group.entries_read = <long long>count
        else:
            group.entries_read = entries_before(entries, group.last)
        self.read_rows(group)
        for count in range(self.take_count(SMALLEST_CONSUMER)):
            self.read_consumer(group, type_)
        if type_ == STREAM_5:
            self.read_released(group)
        elif group.nacked:
            self.fail("a pending entry has no owner")
        return 0

    cdef int read_rows(self, Group group) except -1:
        """Reads what a group has yet to acknowledge; nobody owns it as yet."""
        cdef Delivery delivery
        cdef Id before
        cdef uint64_t index
        delivery.owner = NOBODY
        for index in range(self.take_count(SMALLEST_ROW)):
            delivery.id = self.take_raw_id()
            if index and not id_below(before, delivery.id):
                self.fail("the pending entries of a group do not ascend")
            before = delivery.id
            delivery.time_ms = self.take_time(0)
            delivery.count = self.take_length()
            if delivery.count > <uint64_t>INT64_MAX:
                self.fail("an entry was delivered more often than can be")
            group.assign(&delivery)
        return 0

    cdef int read_consumer(self, Group group, int type_) except -1:
        """Reads a consumer, and which entries it owns."""
        cdef bytes name = self.take_text()
        cdef int64_t seen_ms = self.take_time(0), active_ms = seen_ms
        cdef Consumer *consumer
        cdef PendingPlace place
        cdef uint64_t index
        if group.find_consumer(name):
            self.fail("a consumer is there twice")
        if type_ >= STREAM_3:
            active_ms = self.take_time(-1)
        consumer = group.enter(PyBytes_AS_STRING(name), <uint32_t>PyBytes_GET_SIZE(name),
                               seen_ms, active_ms)
        for index in range(self.take_count(RAW_ID)):
            if not find_pending(&group.pending, self.take_raw_id(), &place):
                self.fail("a consumer owns an entry that is not pending")
            if place.delivery.owner != NOBODY:
                self.fail("a pending entry has two owners")
            place.delivery.owner = consumer.number
            group.assign(&place.delivery)
        return 0

    cdef int read_released(self, Group group) except -1:
        """Reads which pending entries nobody owns, in the order they were given back."""
        cdef PendingPlace place
        cdef size_t count = self.take_count(RAW_ID), index
        cdef set seen = set()
        if <Py_ssize_t>count != group.nacked:
            self.fail("a pending entry has no owner")
        for index in range(count):
            if (not find_pending(&group.pending, self.take_raw_id(), &place)
                    or place.delivery.owner != NOBODY):
                self.fail("an entry is given back that is not pending, or has an owner")
            pair = (place.delivery.id.ms, place.delivery.id.seq)
            if pair in seen:
                self.fail("an entry is given back twice")
            seen.add(pair)
            group.release_to_nobody(pair, place.delivery.count)
        return 0

    cdef int read_producers(self, Entries entries) except -1:
        """Reads what a stream remembers of the messages of its producers."""
        cdef uint64_t duration = self.take_length(), most = self.take_length(), index, inner
        cdef Producers producers
        cdef bytes producer, message
        cdef Id id
        if not 0 < duration <= LONGEST_DURATION or not 0 < most <= MOST_MESSAGES:
            self.fail("the limits of a stream's producers are damaged")
        producers = Producers(duration, most)
        for index in range(self.take_count(3)):
            producer = self.take_text()
            if producer in producers.sent:
                self.fail("a producer is there twice")
            for inner in range(self.take_count(3)):
                message = self.take_text()
                id = self.take_id()
                producers.note(producer, message, (id.ms, id.seq))
        producers.added = self.take_length()
        producers.repeated = self.take_length()
        entries.producers = producers
        return 0


cdef Id id_of_bytes(const unsigned char *raw) noexcept:
    """The id of 16 bytes, the highest first."""
    cdef uint64_t ms = 0, seq = 0
    cdef int index
    for index in range(8):
        ms = ms << 8 | raw[index]
        seq = seq << 8 | raw[8 + index]
    return make_id(ms, seq)


cdef int reserve_items(ItemArray *array, size_t count) except -1:
    """Sees to it that there is room for so many items, and not for far more than that."""
    if count <= array.capacity and not (array.capacity > LARGEST_HELD >= count):
        return 0
    free_items(array)
    count = max(count, 16)
    array.items = <Item *>allocate(count * sizeof(Item))
    array.capacity = count
    return 0


cdef void free_items(ItemArray *array) noexcept:
    if array.items != NULL:
        release(array.items, array.capacity * sizeof(Item))
    array.items = NULL
    array.capacity = 0
