"""A consumer group of a stream: its consumers, and the entries they have yet to acknowledge.

Each such entry has a row in the group's pending list, which tells when it was delivered, how often
and to whom, and its id is in the list of that consumer (see pending). An entry may be gone
from the stream while it is still here. A row whose owner is NOBODY was released by its consumer;
its time is a number that grows, so that rows can be told apart by who was released first.

Consumers are C structures, found by name in a sorted array and by number, which is what rows have,
in another one. In Python an id is a pair, a consumer its number, and a row
(id, number, time in milliseconds, deliveries).
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport INT64_MAX
from libc.string cimport memcmp, memcpy, memmove

from rediskit.structures.ids cimport id_below, id_of, make_id, next_id
from rediskit.structures.memory cimport account, allocate, release, usable
from rediskit.structures.pending cimport (
    NOBODY, Leaf, PendingPlace, check_pending, clear_pending, copy_pending, find_pending,
    last_pending, next_leaf, place_in_time, put_pending, read_row, remove_pending, seek_pending,
    step_pending)
from rediskit.structures.stream cimport StreamPlace
from rediskit.structures.stream_counts cimport entries_before, has_gaps

cdef enum:
    OBJECT_BYTES = 200          # of a Group, in Python's memory
    FEWEST = 4                  # places for consumers
    OWNED = 1                   # in place_in_time(): its highest bit

UNOWNED = NOBODY


cdef struct Candidate:
    uint64_t when
    Id id


cdef class Group:
    """Consumers with their pending entries; last_id: of the last entry that was delivered."""

    def __cinit__(self):
        account(OBJECT_BYTES)
        self.entries_read = -1

    def __dealloc__(self):
        Group.clear(self)
        account(-OBJECT_BYTES)

    def __len__(self):
        return self.pending.length

    @property
    def last_id(self):
        """The id of the last entry that was delivered."""
        return (self.last.ms, self.last.seq)

    @last_id.setter
    def last_id(self, tuple pair):
        self.last = id_of(pair)

    @property
    def memory(self):
        """Bytes of all of it; looks at each consumer."""
        cdef Py_ssize_t total = OBJECT_BYTES + self.pending.held
        cdef uint32_t index
        if self.capacity:
            total += 2 * <Py_ssize_t>usable(self.capacity * sizeof(Consumer *))
        for index in range(self.count):
            total += self.consumers[index].pending.held
            total += <Py_ssize_t>usable(consumer_bytes(self.consumers[index].name_length))
        return total

    # Consumers

    cdef uint32_t place_of(self, const char *name, uint32_t length, bint *found) noexcept:
        """The index of the first consumer whose name is not below this one."""
        cdef uint32_t low = 0, high = self.count, middle
        cdef int order
        found[0] = False
        while low < high:
            middle = (low + high) >> 1
            order = compare_names(self.consumers[middle], name, length)
            if order == 0:
                found[0] = True
                return middle
            if order < 0:
                low = middle + 1
            else:
                high = middle
        return low

    cdef int widen(self) except -1:
        """Makes room for one more consumer."""
        cdef uint32_t capacity = 2 * self.capacity if self.capacity else FEWEST, index
        cdef Consumer **consumers
        cdef Consumer **numbered
        if self.count + 1 < self.capacity:
            return 0
        consumers = <Consumer **>allocate(capacity * sizeof(Consumer *))
        try:
            numbered = <Consumer **>allocate(capacity * sizeof(Consumer *))
        except MemoryError:
            release(consumers, capacity * sizeof(Consumer *))
            raise
        for index in range(capacity):
            numbered[index] = self.numbered[index] if index < self.capacity else NULL
        if self.capacity:
            memcpy(consumers, self.consumers, self.count * sizeof(Consumer *))
            release(self.consumers, self.capacity * sizeof(Consumer *))
            release(self.numbered, self.capacity * sizeof(Consumer *))
        self.consumers, self.numbered, self.capacity = consumers, numbered, capacity
        return 0

    cdef Consumer *enter(self, const char *name, uint32_t length, int64_t seen_ms,
                         int64_t active_ms) except NULL:
        """Adds a consumer, if there is none of this name."""
        cdef bint found
        cdef Consumer *consumer
        cdef uint32_t place = self.place_of(name, length, &found), number = 1
        if found:
            return self.consumers[place]
        self.widen()
        consumer = <Consumer *>allocate(consumer_bytes(length))
        while self.numbered[number] != NULL:
            number += 1
        consumer.number = number
        consumer.name_length = length
        consumer.seen_ms = seen_ms
        consumer.active_ms = active_ms
        begin_pending(&consumer.pending)
        memcpy(consumer_name(consumer), name, length)
        self.numbered[number] = consumer
        memmove(self.consumers + place + 1, self.consumers + place,
                (self.count - place) * sizeof(Consumer *))
        self.consumers[place] = consumer
        self.count += 1
        return consumer

    cdef Consumer *consumer_at(self, uint32_t number) except NULL:
        """The consumer of a number. Raises ValueError."""
        if number == NOBODY or number >= self.capacity or self.numbered[number] == NULL:
            raise ValueError("no such consumer")
        return self.numbered[number]

    cpdef uint32_t find_consumer(self, bytes name) except? 0xFFFFFFFF:
        """The number of a consumer; 0 if there is none of this name."""
        cdef bint found
        cdef uint32_t place = self.place_of(
            PyBytes_AS_STRING(name), <uint32_t>PyBytes_GET_SIZE(name), &found)
        return self.consumers[place].number if found else NOBODY

    cpdef uint32_t create_consumer(self, bytes name, int64_t now_ms) except 0:
        """The number of a consumer, a new one if there is none of this name."""
        return self.enter(PyBytes_AS_STRING(name), <uint32_t>PyBytes_GET_SIZE(name), now_ms,
                          -1).number

    cpdef Py_ssize_t remove_consumer(self, uint32_t number) except -1:
        """Removes a consumer and the rows it owns; how many those were."""
        cdef Consumer *consumer = self.consumer_at(number)
        cdef PendingPlace place
        cdef Py_ssize_t count = consumer.pending.length
        cdef bint found = seek_pending(&consumer.pending, make_id(0, 0), &place)
        cdef uint32_t index
        while found:
            remove_pending(&self.pending, place.delivery.id)
            found = step_pending(&consumer.pending, &place)
        index = self.place_of(consumer_name(consumer), consumer.name_length, &found)
        self.count -= 1
        memmove(self.consumers + index, self.consumers + index + 1,
                (self.count - index) * sizeof(Consumer *))
        self.numbered[number] = NULL
        free_consumer(consumer)
        return count

    cpdef bytes name_of(self, uint32_t number):
        """The name of a consumer; b"" for NOBODY."""
        cdef Consumer *consumer
        if number == NOBODY:
            return b""
        consumer = self.consumer_at(number)
        return PyBytes_FromStringAndSize(consumer_name(consumer), consumer.name_length)

    cpdef int touch(self, uint32_t number, int64_t now_ms, bint gets) except -1:
        """Notes that a consumer was named, and with `gets` that it got entries."""
        cdef Consumer *consumer = self.consumer_at(number)
        consumer.seen_ms = now_ms
        if gets:
            consumer.active_ms = now_ms
        return 0

    def consumer_list(self):
        """(name, number, when seen, when active or -1, pending entries) of each, by name."""
        cdef Consumer *consumer
        cdef uint32_t index
        cdef list found = []
        for index in range(self.count):
            consumer = self.consumers[index]
            found.append((self.name_of(consumer.number), consumer.number, consumer.seen_ms,
                          consumer.active_ms, consumer.pending.length))
        return found

    # Rows

    cdef int assign(self, const Delivery *delivery) except -1:
        """Makes a delivery the row of its id. Raises MemoryError, and then has changed nothing."""
        cdef PendingPlace place
        cdef bint is_old = find_pending(&self.pending, delivery.id, &place)
        cdef uint32_t owner = place.delivery.owner if is_old else NOBODY
        cdef bint is_new_owner = delivery.owner != NOBODY and (
            not is_old or owner != delivery.owner)
        if is_new_owner:
            put_pending(&self.consumer_at(delivery.owner).pending, delivery)
        try:
            put_pending(&self.pending, delivery)
        except MemoryError:
            if is_new_owner:
                remove_pending(&self.numbered[delivery.owner].pending, delivery.id)
            raise
        if is_old and owner != NOBODY and owner != delivery.owner:
            remove_pending(&self.numbered[owner].pending, delivery.id)
        self.nacked += (delivery.owner == NOBODY) - (is_old and owner == NOBODY)
        return 0

    cdef bint drop(self, Id id) noexcept:
        """Removes the row of an id; whether there was one."""
        cdef PendingPlace place
        if not find_pending(&self.pending, id, &place):
            return False
        if place.delivery.owner == NOBODY:
            self.nacked -= 1
        else:
            remove_pending(&self.numbered[place.delivery.owner].pending, id)
        remove_pending(&self.pending, id)
        return True

    cdef void count_read(self, Entries entries, Id id) except *:
        """Goes on to an entry, and counts it if it is known how many came before."""
        if self.entries_read >= 0 and not has_gaps(entries, id):
            self.entries_read += 1
        elif entries.added:
            self.entries_read = entries_before(entries, id)
        self.last = id

    cpdef Py_ssize_t deliver(self, Entries entries, Py_ssize_t most, uint32_t number,
                             int64_t now_ms, bint keeps) except -1:
        """Delivers up to `most` of the entries behind the last one to a consumer; how many.

        keeps: until they are acknowledged. On MemoryError none is delivered, but that a row which
        was there already may have changed its owner.
        """
        cdef StreamPlace place
        cdef PendingPlace old
        cdef Delivery delivery
        cdef Id start = self.last, before = self.last
        cdef long long read_before = self.entries_read
        cdef Py_ssize_t count = 0
        cdef bint found
        if most <= 0 or not next_id(&start):
            return 0
        delivery.time_ms, delivery.count, delivery.owner = now_ms, 1, number
        found = entries.seek(start, &place)
        try:
            while found and count < most:
                delivery.id = place.entry.id
                if keeps:
                    self.assign(&delivery)
                self.count_read(entries, place.entry.id)
                count += 1
                found = entries.step(&place)
        except MemoryError:
            self.last, self.entries_read = before, read_before
            while seek_pending(&self.pending, start, &old) and id_below(
                    old.delivery.id, delivery.id) and count:
                self.drop(old.delivery.id)
                count -= 1
            raise
        return count

    cpdef int give(self, tuple pair, uint32_t number, int64_t time_ms, uint64_t count) except -1:
        """Makes a consumer the owner of a row, which may be new."""
        cdef Delivery delivery
        delivery.id = id_of(pair)
        delivery.time_ms, delivery.count, delivery.owner = time_ms, count, number
        self.consumer_at(number)
        return self.assign(&delivery)

    cpdef bint release_to_nobody(self, tuple pair, uint64_t count) except -1:
        """Makes NOBODY the owner of a row, which may be new, behind all it has; whether it was."""
        cdef PendingPlace place
        cdef Delivery delivery
        cdef bint is_old
        delivery.id = id_of(pair)
        is_old = find_pending(&self.pending, delivery.id, &place)
        delivery.time_ms, delivery.count = <int64_t>self.releases, count
        delivery.owner = NOBODY
        self.assign(&delivery)
        self.releases += 1
        return is_old

    cpdef tuple find(self, tuple pair):
        """The row of an id; None if there is none."""
        cdef PendingPlace place
        if not find_pending(&self.pending, id_of(pair), &place):
            return None
        return row_of(&place.delivery)

    cpdef bint acknowledge(self, tuple pair) except -1:
        """Removes the row of an id; whether there was one."""
        return self.drop(id_of(pair))

    cpdef int forget(self, tuple first, tuple last) except -1:
        """Removes the rows from one id to another."""
        cdef PendingPlace place
        cdef Id end = id_of(last), start = id_of(first)
        while seek_pending(&self.pending, start, &place) and not id_below(end, place.delivery.id):
            start = place.delivery.id
            self.drop(start)
        return 0

    cpdef list rows(self, tuple first, tuple last, Py_ssize_t most, int64_t until_ms=INT64_MAX):
        """Up to `most` rows from one id to another, delivered not after a moment."""
        cdef PendingPlace place
        cdef Id end = id_of(last)
        cdef list found = []
        cdef bint there = seek_pending(&self.pending, id_of(first), &place)
        while there and most > 0 and not id_below(end, place.delivery.id):
            if place.delivery.owner == NOBODY or place.delivery.time_ms <= until_ms:
                found.append(row_of(&place.delivery))
                most -= 1
            there = step_pending(&self.pending, &place)
        return found

    cpdef list rows_of(self, uint32_t number, tuple first, tuple last, Py_ssize_t most,
                       int64_t until_ms=INT64_MAX):
        """As rows(), of one consumer."""
        cdef PendingPlace place, whole
        cdef Id end = id_of(last)
        cdef Consumer *consumer = self.consumer_at(number)
        cdef list found = []
        cdef bint there = seek_pending(&consumer.pending, id_of(first), &place)
        while there and most > 0 and not id_below(end, place.delivery.id):
            find_pending(&self.pending, place.delivery.id, &whole)
            if whole.delivery.time_ms <= until_ms:
                found.append(row_of(&whole.delivery))
                most -= 1
            there = step_pending(&consumer.pending, &place)
        return found

    def edges(self):
        """(lowest, highest) id of all rows; None if there is none."""
        cdef PendingPlace first, last
        if not seek_pending(&self.pending, make_id(0, 0), &first):
            return None
        last_pending(&self.pending, &last)
        return (first.delivery.id.ms, first.delivery.id.seq), (
            last.delivery.id.ms, last.delivery.id.seq)

    # Rows by time

    cdef void tighten(self, void *leaf) noexcept:
        """Has a leaf know its oldest row exactly."""
        cdef Leaf *own = <Leaf *>leaf
        cdef Delivery delivery
        cdef uint32_t index
        own.oldest = <uint64_t>-1
        for index in range(own.count):
            read_row(own, index, &delivery)
            if place_in_time(&delivery) < own.oldest:
                own.oldest = place_in_time(&delivery)

    cpdef list oldest(self, int64_t until_ms, Py_ssize_t most):
        """Up to `most` rows delivered not after a moment: first NOBODY's, then by time."""
        cdef PendingPlace place
        cdef Candidate *heap
        cdef Py_ssize_t count = 0
        cdef Py_ssize_t room = most if most < self.pending.length else self.pending.length
        cdef uint64_t bound = <uint64_t>until_ms | <uint64_t>OWNED << 63, when
        cdef list found = []
        cdef bint there
        if room <= 0 or until_ms < 0 and self.nacked == 0:
            return found
        if until_ms < 0:
            bound = (<uint64_t>OWNED << 63) - 1
        heap = <Candidate *>allocate(room * sizeof(Candidate))
        there = seek_pending(&self.pending, make_id(0, 0), &place)
        while there:
            if place.leaf.oldest <= bound:
                self.tighten(place.leaf)
            if place.leaf.oldest <= bound:
                for place.index in range(place.leaf.count):
                    read_row(place.leaf, place.index, &place.delivery)
                    when = place_in_time(&place.delivery)
                    if when <= bound and (count < room or when < heap[0].when):
                        keep_candidate(heap, &count, room, when, place.delivery.id)
                        if count == room and heap[0].when <= bound:
                            bound = heap[0].when
            there = next_leaf(&self.pending, &place)
        try:
            found = [None] * count
            while count:
                find_pending(&self.pending, heap[0].id, &place)
                found[count - 1] = row_of(&place.delivery)
                drop_top(heap, &count)
        finally:
            release(heap, room * sizeof(Candidate))
        return found

    cpdef object oldest_time(self):
        """When the oldest row was delivered; 0 if NOBODY has one, None if there is none."""
        cdef PendingPlace place
        cdef uint64_t best = <uint64_t>-1
        cdef bint there = seek_pending(&self.pending, make_id(0, 0), &place)
        if not there:
            return None
        if self.nacked:
            return 0
        while there:
            if place.leaf.oldest < best:
                self.tighten(place.leaf)
                best = min(best, place.leaf.oldest)
            there = next_leaf(&self.pending, &place)
        return <int64_t>(best & ~(<uint64_t>OWNED << 63))

    cdef Id *released_ids(self) except NULL:
        """The ids that NOBODY owns, in the order they were released; the caller releases them."""
        cdef PendingPlace place
        cdef Candidate *heap = <Candidate *>allocate(self.nacked * sizeof(Candidate))
        cdef Id *ids
        cdef Py_ssize_t count = 0
        cdef bint there = seek_pending(&self.pending, make_id(0, 0), &place)
        try:
            ids = <Id *>allocate(self.nacked * sizeof(Id))
            while there:
                if place.delivery.owner == NOBODY:
                    keep_candidate(heap, &count, self.nacked, place_in_time(&place.delivery),
                                   place.delivery.id)
                there = step_pending(&self.pending, &place)
            while count:
                ids[count - 1] = heap[0].id
                drop_top(heap, &count)
        finally:
            release(heap, self.nacked * sizeof(Candidate))
        return ids

    # The whole

    cpdef int copy_to(self, Group other) except -1:
        """Makes an empty one a copy of this."""
        cdef uint32_t index
        cdef Consumer *own
        cdef Consumer *consumer
        cdef PendingPlace place
        cdef Delivery delivery
        cdef bint found = seek_pending(&self.pending, make_id(0, 0), &place)
        other.last, other.entries_read, other.releases = self.last, self.entries_read, self.releases
        for index in range(self.count):
            own = self.consumers[index]
            other.enter(consumer_name(own), own.name_length, own.seen_ms, own.active_ms)
        while found:
            delivery = place.delivery
            if delivery.owner != NOBODY:
                own = self.numbered[delivery.owner]
                consumer = other.enter(consumer_name(own), own.name_length, 0, 0)
                delivery.owner = consumer.number
            other.assign(&delivery)
            found = step_pending(&self.pending, &place)
        return 0

    cpdef int clear(self) except -1:
        """Removes all consumers and rows."""
        cdef uint32_t index
        for index in range(self.count):
            free_consumer(self.consumers[index])
        if self.capacity:
            release(self.consumers, self.capacity * sizeof(Consumer *))
            release(self.numbered, self.capacity * sizeof(Consumer *))
        self.count = self.capacity = 0
        clear_pending(&self.pending)
        self.nacked = 0
        return 0

    def check(self):
        """Asserts all invariants: each row has one owner, which has its id."""
        cdef PendingPlace place, own
        cdef Py_ssize_t owned = 0, unowned = 0
        cdef uint32_t index
        cdef Consumer *consumer
        cdef bint found
        check_pending(&self.pending)
        for index in range(self.count):
            consumer = self.consumers[index]
            assert self.numbered[consumer.number] == consumer and consumer.number
            assert index == 0 or compare_names(
                self.consumers[index - 1], consumer_name(consumer), consumer.name_length) < 0
            check_pending(&consumer.pending)
            owned += consumer.pending.length
        found = seek_pending(&self.pending, make_id(0, 0), &place)
        while found:
            if place.delivery.owner == NOBODY:
                unowned += 1
            else:
                assert find_pending(&self.consumer_at(place.delivery.owner).pending,
                                    place.delivery.id, &own)
            found = step_pending(&self.pending, &place)
        assert (owned + unowned, unowned) == (self.pending.length, self.nacked)


cdef inline size_t consumer_bytes(uint32_t name_length) noexcept:
    return sizeof(Consumer) + name_length


cdef void begin_pending(Pending *pending) noexcept:
    pending.tree.root = NULL
    pending.tree.height = 0
    pending.tree.branches = pending.length = pending.held = 0
    pending.bare = True


cdef void free_consumer(Consumer *consumer) noexcept:
    clear_pending(&consumer.pending)
    release(consumer, consumer_bytes(consumer.name_length))


cdef int compare_names(const Consumer *consumer, const char *name, uint32_t length) noexcept:
    """Whether a consumer's name comes before (< 0), is, or comes after (> 0) another one."""
    cdef uint32_t own = consumer.name_length
    cdef int order = memcmp(consumer_name(consumer), name, own if own < length else length)
    return order if order else (own > length) - (own < length)


cdef tuple row_of(const Delivery *delivery):
    """(id, number, time, deliveries); the time of what NOBODY has is -1."""
    return ((delivery.id.ms, delivery.id.seq), delivery.owner,
            -1 if delivery.owner == NOBODY else delivery.time_ms, delivery.count)


# The candidates that come first, in a heap: the one that comes last is on top


cdef inline bint comes_after(const Candidate *one, const Candidate *other) noexcept:
    return one.when > other.when or (one.when == other.when and id_below(other.id, one.id))


cdef void keep_candidate(Candidate *heap, Py_ssize_t *count, Py_ssize_t room, uint64_t when,
                         Id id) noexcept:
    """Puts a candidate in; in the place of the last if there is no room."""
    cdef Candidate added
    cdef Py_ssize_t at
    added.when, added.id = when, id
    if count[0] == room:
        drop_top(heap, count)
    at = count[0]
    count[0] += 1
    while at and comes_after(&added, heap + ((at - 1) >> 1)):
        heap[at] = heap[(at - 1) >> 1]
        at = (at - 1) >> 1
    heap[at] = added


cdef void drop_top(Candidate *heap, Py_ssize_t *count) noexcept:
    """Takes the last candidate out."""
    cdef Candidate moved
    cdef Py_ssize_t at = 0, child
    count[0] -= 1
    moved = heap[count[0]]
    while True:
        child = 2 * at + 1
        if child >= count[0]:
            break
        if child + 1 < count[0] and comes_after(heap + child + 1, heap + child):
            child += 1
        if not comes_after(heap + child, &moved):
            break
        heap[at] = heap[child]
        at = child
    heap[at] = moved
