"""Streams as a snapshot or a payload has them, written from where they lie; see value_writer.

What is written is the type of Redis 7.0. Only a stream that remembers messages of its producers
takes that of Redis 8.6, and one with entries that consumers have given back that of Redis 8.8:
nothing older has a place for them.

    n (run blob)  length  last id  first id  highest id deleted  entries added
    n (group name  last id  entries read  n (id time count)  n (consumer name  seen  n (id)))

    blob    a listpack: master entry, entry, entry ...
    master  entries  entries deleted  n  field ...  0
    entry   flags  milliseconds  sequence number  [n field value ... | value ...]  elements before

The ids of a listpack are told by what they are beyond the run's, which stands before it; flag 1 is
an entry that was deleted, flag 2 one that has the master's fields. An id in a list of pending
entries is 16 bytes with the highest first, elsewhere it is two lengths. Type 21 has behind `seen`
when the consumer was active; 26 at the end what XADD IDMP needs, 27 in each group, last of all, the
ids that nobody owns. (Source: what redis-server 7.0 writes, and the pages about newer ones.)
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from rediskit.rdb.format cimport STREAM_2, STREAM_4, STREAM_5
from rediskit.rdb.listpacks cimport LARGEST_FRAME, LISTPACK_HEAD, lp_finish, lp_put
from rediskit.structures.group cimport Consumer, consumer_name
from rediskit.structures.id_tree cimport block_at, find_edge, find_neighbour
from rediskit.structures.ids cimport make_id
from rediskit.structures.memory cimport allocate, release
from rediskit.structures.packed cimport Item, integer_item
from rediskit.structures.pending cimport NOBODY, PendingPlace, seek_pending, step_pending
from rediskit.structures.producers cimport Producers
from rediskit.structures.stream cimport Entries, StreamPlace
from rediskit.structures.stream_runs cimport (
    Entry, PairWalk, before_entries, begin_pairs, next_pair, read_entry, read_value, run_bytes)

cdef extern from "Python.h":
    # As it is there: what it stores are no references.
    int walk_dict "PyDict_Next"(PyObject *dictionary, Py_ssize_t *at, PyObject **key,
                                PyObject **value) noexcept
    Py_ssize_t dict_size "PyDict_Size"(PyObject *dictionary) noexcept
    PyObject *NONE "Py_None"

cdef enum:
    HAS_MASTER_FIELDS = 2
    ENTRY_ELEMENTS = 5              # of an entry beside its fields and values
    MASTER_ELEMENTS = 4


cdef int stream_type(const PyObject *value) noexcept:
    """The type that a stream is written as."""
    cdef PyObject *groups = <PyObject *><void *>(<Entries>value).groups
    cdef PyObject *name
    cdef PyObject *group
    cdef Py_ssize_t at = 0
    while walk_dict(groups, &at, &name, &group):
        if (<Group>group).nacked:
            return STREAM_5
    return STREAM_2 if <PyObject *><void *>(<Entries>value).producers == NONE else STREAM_4


cdef class StreamWriter(Output):
    """An Output that knows streams."""

    def __dealloc__(self):
        if self.frame != NULL:
            release(self.frame, self.frame_capacity)

    cdef int make_frame(self, size_t size) except -1:
        """Sees to it that there is a frame of so many bytes."""
        if size <= self.frame_capacity:
            return 0
        if self.frame != NULL:
            release(self.frame, self.frame_capacity)
            self.frame = NULL
            self.frame_capacity = 0
        self.frame = <unsigned char *>allocate(size + size // 2)
        self.frame_capacity = size + size // 2
        return 0

    cdef int put_stream(self, const PyObject *value, int type_) except -1:
        """Writes a stream as the type that stream_type() gave."""
        cdef StreamPlace place
        cdef PyObject *groups = <PyObject *><void *>(<Entries>value).groups
        cdef PyObject *name
        cdef PyObject *group
        cdef Py_ssize_t at = 0
        cdef Id first = make_id(0, 0)
        self.put_length((<Entries>value).runs)
        if (<Entries>value).first_place(&place):
            first = place.entry.id
            while True:
                self.put_run(<Run *>block_at(&(<Entries>value).tree, &place.path)[0])
                if not find_neighbour(&(<Entries>value).tree, &place.path, False):
                    break
        self.put_length((<Entries>value).length)
        self.put_id((<Entries>value).last)
        self.put_id(first)
        self.put_id((<Entries>value).max_deleted)
        self.put_length((<Entries>value).added)
        self.put_length(dict_size(groups))
        while walk_dict(groups, &at, &name, &group):
            self.put_group(name, <Group>group, type_)
        return self.put_producers(value) if type_ >= STREAM_4 else 0

    cdef int put_id(self, Id id) except -1:
        self.put_length(id.ms)
        return self.put_length(id.seq)

    cdef int put_raw_id(self, Id id) except -1:
        """Writes an id as 16 bytes, the highest first."""
        cdef unsigned char[16] raw
        cdef int index
        for index in range(8):
            raw[index] = <unsigned char>(id.ms >> (56 - 8 * index) & 255)
            raw[8 + index] = <unsigned char>(id.seq >> (56 - 8 * index) & 255)
        return self.put_memory(raw, 16)

    cdef int put_run(self, const Run *run) except -1:
        """Writes a run: its id, and its entries as a listpack."""
        cdef unsigned char[16] raw
        cdef unsigned char *to
        cdef size_t elements = MASTER_ELEMENTS + run.fields
        cdef Entry entry
        cdef int index
        before_entries(run, &entry)
        while read_entry(run, &entry):
            elements += ENTRY_ELEMENTS + 2 * <size_t>entry.fields
        self.make_frame(LARGEST_FRAME * elements + run.used + 16)
        for index in range(8):
            raw[index] = <unsigned char>(run.first.ms >> (56 - 8 * index) & 255)
            raw[8 + index] = <unsigned char>(run.first.seq >> (56 - 8 * index) & 255)
        self.put_blob(raw, 16)
        elements = 0
        to = put_master(self.frame + LISTPACK_HEAD, run, &elements)
        before_entries(run, &entry)
        while read_entry(run, &entry):
            to = put_entry(to, run, &entry, &elements)
        return self.put_blob(self.frame, lp_finish(self.frame, to, elements))

    # Groups

    cdef int put_group(self, const PyObject *name, Group group, int type_) except -1:
        """Writes a group and its consumers."""
        cdef Consumer *consumer
        cdef uint32_t index
        self.put_text(<const unsigned char *>PyBytes_AS_STRING(<object>name),
                      PyBytes_GET_SIZE(<object>name))
        self.put_id(group.last)
        self.put_length(<uint64_t>group.entries_read)
        self.put_rows(&group.pending)
        self.put_length(group.count)
        for index in range(group.count):
            consumer = group.consumers[index]
            self.put_text(<unsigned char *>consumer_name(consumer), consumer.name_length)
            self.put_memory(&consumer.seen_ms, 8)
            if type_ != STREAM_2:
                self.put_memory(&consumer.active_ms, 8)
            self.put_ids(&consumer.pending)
        return self.put_released(group) if type_ == STREAM_5 else 0

    cdef int put_rows(self, Pending *pending) except -1:
        """Writes what a group has yet to acknowledge."""
        cdef PendingPlace place
        cdef bint found = seek_pending(pending, make_id(0, 0), &place)
        cdef int64_t time_ms
        self.put_length(pending.length)
        while found:
            self.put_raw_id(place.delivery.id)
            time_ms = 0 if place.delivery.owner == NOBODY else place.delivery.time_ms
            self.put_memory(&time_ms, 8)
            self.put_length(place.delivery.count)
            found = step_pending(pending, &place)
        return 0

    cdef int put_ids(self, Pending *pending) except -1:
        """Writes what a consumer has yet to acknowledge."""
        cdef PendingPlace place
        cdef bint found = seek_pending(pending, make_id(0, 0), &place)
        self.put_length(pending.length)
        while found:
            self.put_raw_id(place.delivery.id)
            found = step_pending(pending, &place)
        return 0

    cdef int put_released(self, Group group) except -1:
        """Writes the ids that nobody owns, in the order they were released."""
        cdef Id *ids
        cdef Py_ssize_t index, count = group.nacked
        self.put_length(count)
        if count == 0:
            return 0
        ids = group.released_ids()
        try:
            for index in range(count):
                self.put_raw_id(ids[index])
        finally:
            release(ids, count * sizeof(Id))
        return 0

    # Producers

    cdef int put_producers(self, const PyObject *value) except -1:
        """Writes what is remembered of messages, nothing where there is nothing."""
        cdef PyObject *producers = <PyObject *><void *>(<Entries>value).producers
        cdef PyObject *producer
        cdef PyObject *messages
        cdef PyObject *message
        cdef PyObject *id_bytes
        cdef Py_ssize_t at = 0, inner
        cdef Id id
        if producers == NONE:
            for limit in (100, 100, 0, 0, 0):
                self.put_length(limit)
            return 0
        self.put_length((<Producers>producers).duration_seconds)
        self.put_length((<Producers>producers).most)
        self.put_length(dict_size(<PyObject *><void *>(<Producers>producers).sent))
        while walk_dict(<PyObject *><void *>(<Producers>producers).sent, &at, &producer, &messages):
            self.put_text(<const unsigned char *>PyBytes_AS_STRING(<object>producer),
                          PyBytes_GET_SIZE(<object>producer))
            self.put_length(dict_size(messages))
            inner = 0
            while walk_dict(messages, &inner, &message, &id_bytes):
                self.put_text(<const unsigned char *>PyBytes_AS_STRING(<object>message),
                              PyBytes_GET_SIZE(<object>message))
                memcpy(&id, PyBytes_AS_STRING(<object>id_bytes), sizeof(Id))
                self.put_id(id)
        self.put_length((<Producers>producers).added)
        return self.put_length((<Producers>producers).repeated)


cdef unsigned char *put_number(unsigned char *to, uint64_t number, size_t *elements) noexcept:
    cdef Item item
    integer_item(&item, <int64_t>number)
    elements[0] += 1
    return lp_put(to, &item)


cdef unsigned char *put_master(unsigned char *to, const Run *run, size_t *elements) noexcept:
    """Writes the master entry of a run."""
    cdef const unsigned char *names = run_bytes(run)
    cdef Item name
    cdef uint32_t index
    to = put_number(to, run.count, elements)
    to = put_number(to, 0, elements)
    to = put_number(to, run.fields, elements)
    for index in range(run.fields):
        names += read_value(names, &name)
        to = lp_put(to, &name)
        elements[0] += 1
    return put_number(to, 0, elements)


cdef unsigned char *put_entry(unsigned char *to, const Run *run, const Entry *entry,
                              size_t *elements) noexcept:
    """Writes an entry of a run."""
    cdef PairWalk pairs
    cdef Item field, value
    cdef size_t before = elements[0]
    to = put_number(to, 0 if entry.is_own else HAS_MASTER_FIELDS, elements)
    to = put_number(to, entry.id.ms - run.first.ms, elements)
    to = put_number(to, entry.id.seq - run.first.seq, elements)
    if entry.is_own:
        to = put_number(to, entry.fields, elements)
    begin_pairs(run, entry, &pairs)
    while next_pair(&pairs, &field, &value):
        if entry.is_own:
            to = lp_put(to, &field)
            elements[0] += 1
        to = lp_put(to, &value)
        elements[0] += 1
    return put_number(to, elements[0] - before, elements)
