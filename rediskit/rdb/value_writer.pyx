"""Values as a snapshot or a payload has them, written from where they lie.

Of the types that can hold a value the writer takes the one that Redis 7.0 reads and that gives it,
and us, the form the value has here: a pack becomes a listpack, an array of integers an intset, all
else is written element by element. Only for fields of hashes with deadlines there is nothing that
old; they have the types of Redis 7.4. How a stream is written tells stream_writer.

No Python object is made and no reference is counted, so that the child of a fork, which shares its
parent's memory, copies no page. Values are addresses of objects that nobody removes meanwhile.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.ref cimport PyObject
from libc.stdint cimport INT64_MAX, int64_t, uint32_t
from libc.stdio cimport snprintf
from libc.stdlib cimport qsort
from libc.string cimport memcpy

from rediskit.rdb.format cimport (
    HASH, HASH_LISTPACK, HASH_TIMED, HASH_TIMED_LISTPACK, LARGEST_LISTPACK, LIST_QUICKLIST_2,
    PACKED_NODE, PLAIN_NODE, PLAIN_VERSION, PRODUCERS_VERSION, RELEASES_VERSION, SET, SET_INTSET,
    SET_TIMED, SORTED_SET_2, SORTED_SET_LISTPACK, STREAM_2, STREAM_4, STREAM_5, STRING,
    TIMED_VERSION)
from rediskit.rdb.kinds cimport (
    HASH_KIND, LIST_KIND, SET_KIND, SORTED_SET_KIND, STREAM_KIND, TEXT_KIND, kind_of)
from rediskit.rdb.listpacks cimport LISTPACK_HEAD, lp_finish, lp_put
from rediskit.rdb.stream_writer cimport stream_type
from rediskit.structures.entry cimport (
    BYTES, INTEGER, OBJECT, entry_deadline, entry_integer, entry_kind, entry_value,
    entry_value_length)
from rediskit.structures.intset cimport integers_count
from rediskit.structures.mapping cimport Mapping
from rediskit.structures.mapping cimport Walk as FieldWalk
from rediskit.structures.mapping cimport is_large as is_large_hash
from rediskit.structures.mapping cimport table_at, walk_step as step_field
from rediskit.structures.members cimport (
    INTEGERS_FORM, Members, MemberWalk, members_length, walk_members, walk_step)
from rediskit.structures.memory cimport allocate, release
from rediskit.structures.packed cimport (
    pack_count, pack_first, pack_next, pack_read, pack_used)
from rediskit.structures.scored cimport Scored
from rediskit.structures.scored cimport Walk as ScoreWalk
from rediskit.structures.scored cimport is_large as is_large_sorted_set
from rediskit.structures.scored cimport scored_length, walk_step as step_score
from rediskit.structures.scored_pairs cimport is_whole
from rediskit.structures.sequence cimport Sequence
from rediskit.structures.sequence_nodes cimport (
    ChunkPath, chunk_at, count_chunks, find_end, find_neighbour)
from rediskit.structures.table cimport Table
from rediskit.structures.text cimport look_at
from rediskit.structures.timed_members cimport TimedMembers, members_timed

cdef enum:
    MOST_PER_ITEM = 32              # bytes of an element, its text excluded; of a spelled score
    INTSET_HEAD = 8


cdef class ValueWriter(StreamWriter):
    """A StreamWriter that knows all values. Raises OSError and MemoryError, as that does."""

    def write_payload(self, value):
        """Writes type and content of a value: bytes, an int or an object. The version they need."""
        cdef bytes text
        cdef int type_ = STRING
        if type(value) is int:
            self.put_byte(STRING)
            self.put_integer(value)
        elif type(value) is bytes:
            text = value
            self.put_byte(STRING)
            self.put_text(<const unsigned char *>PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))
        else:
            type_ = self.object_type(<PyObject *>value)
            self.put_byte(type_)
            self.put_object(<PyObject *>value, type_)
        if type_ == STREAM_5:
            return RELEASES_VERSION
        if type_ == STREAM_4:
            return PRODUCERS_VERSION
        return PLAIN_VERSION if type_ < HASH_TIMED else TIMED_VERSION

    # What an entry of a database's table holds

    cdef int entry_type(self, const Entry *entry) except -1:
        """The type that an entry's value is written as."""
        cdef PyObject *value
        if entry_kind(entry) != OBJECT:
            return STRING
        memcpy(&value, entry_value(entry), 8)
        return self.object_type(value)

    cdef int put_entry_value(self, const Entry *entry, int type_) except -1:
        """Writes an entry's value as this type, which is not written with it."""
        cdef PyObject *value
        if entry_kind(entry) == BYTES:
            return self.put_text(entry_value(entry), entry_value_length(entry))
        if entry_kind(entry) == INTEGER:
            return self.put_integer(entry_integer(entry))
        memcpy(&value, entry_value(entry), 8)
        return self.put_object(value, type_)

    # Objects

    cdef int object_type(self, const PyObject *value) except -1:
        """The type that a value is written as. TypeError: it is of no class that can be."""
        cdef int kind = kind_of(value)
        if kind == TEXT_KIND:
            return STRING
        if kind == LIST_KIND:
            return LIST_QUICKLIST_2
        if kind == SET_KIND:
            if members_timed(<Members>value):
                return SET_TIMED
            return SET_INTSET if is_integers(value) else SET
        if kind == SORTED_SET_KIND:
            if is_large_sorted_set(<Scored>value) or too_large(<Pack *>(<Scored>value).content):
                return SORTED_SET_2
            return SORTED_SET_LISTPACK
        if kind == STREAM_KIND:
            return stream_type(value)
        if kind != HASH_KIND:
            raise TypeError("a value of no known type")
        if is_large_hash(<Mapping>value) or too_large(<Pack *>(<Mapping>value).content):
            return HASH_TIMED if has_deadlines(value) else HASH
        return HASH_TIMED_LISTPACK if has_deadlines(value) else HASH_LISTPACK

    cdef int put_object(self, const PyObject *value, int type_) except -1:
        """Writes a value as the type that object_type() gave."""
        cdef const unsigned char *data
        cdef size_t length
        if type_ == STRING:
            look_at(value, &data, &length)
            return self.put_text(data, length)
        if type_ == LIST_QUICKLIST_2:
            return self.put_list(value)
        if type_ == STREAM_2 or type_ == STREAM_4 or type_ == STREAM_5:
            return self.put_stream(value, type_)
        if type_ == SET or type_ == SET_TIMED:
            return self.put_set(value, type_)
        if type_ == SET_INTSET:
            return self.put_intset(value)
        if type_ == SORTED_SET_2:
            return self.put_sorted_set(value)
        if type_ == SORTED_SET_LISTPACK:
            return self.put_sorted_set_listpack(value)
        if type_ == HASH or type_ == HASH_TIMED:
            return self.put_hash(value, type_)
        return self.put_hash_listpack(value, type_)

    cdef int put_item(self, Item *item) except -1:
        """Writes a text or an integer as a string."""
        if item.kind == BYTES:
            return self.put_text(item.text, item.length)
        return self.put_integer(item.integer)

    cdef int put_list(self, const PyObject *value) except -1:
        """Writes a list: the number of its chunks, and each as a node."""
        cdef ChunkPath path
        self.put_length(count_chunks(&(<Sequence>value).tree))
        find_end(&(<Sequence>value).tree, True, &path)
        while True:
            self.put_chunk(chunk_at(&(<Sequence>value).tree, &path)[0])
            if not find_neighbour(&(<Sequence>value).tree, &path, False):
                return 0

    cdef int put_chunk(self, const Pack *pack) except -1:
        """Writes a chunk as a node: a listpack, or the element itself if it is a huge one."""
        cdef unsigned char *to
        cdef Item item
        cdef Py_ssize_t at = pack_first(pack)
        if pack_used(pack) >= LARGEST_LISTPACK and pack_count(pack) == 1:
            pack_read(pack, at, &item)
            self.put_length(PLAIN_NODE)
            return self.put_blob(item.text, item.length)
        self.make_frame(frame_size(pack))
        to = self.frame + LISTPACK_HEAD
        while at >= 0:
            pack_read(pack, at, &item)
            to = lp_put(to, &item)
            at = pack_next(pack, at)
        self.put_length(PACKED_NODE)
        return self.put_blob(self.frame, lp_finish(self.frame, to, pack_count(pack)))

    cdef int put_set(self, const PyObject *value, int type_) except -1:
        """Writes members, each with its deadline if the type has them, as put_hash() does."""
        cdef MemberWalk walk
        cdef Item item
        cdef int64_t first = 0, deadline
        if type_ == SET_TIMED:
            first = (<TimedMembers>value).first_deadline()
            self.put_memory(&first, 8)
        self.put_length(members_length(<Members>value))
        walk_members(<Members>value, &walk)
        while walk_step(&walk, &item):
            if type_ == SET_TIMED:
                deadline = entry_deadline(walk.entry)
                self.put_length(deadline - first + 1 if deadline >= 0 else 0)
            self.put_item(&item)
        return 0

    cdef int put_intset(self, const PyObject *value) except -1:
        """Writes an array of integers: bytes of each, how many, and they; all little-endian."""
        cdef MemberWalk walk
        cdef Item item
        cdef uint32_t width, count
        cdef unsigned char *to
        walk_members(<Members>value, &walk)
        count = <uint32_t>integers_count(walk.integers)
        width = walk.integers.width if walk.integers != NULL else 2
        if width == 1:
            width = 2
        self.make_frame(INTSET_HEAD + <size_t>count * width)
        memcpy(self.frame, &width, 4)
        memcpy(self.frame + 4, &count, 4)
        to = self.frame + INTSET_HEAD
        while walk_step(&walk, &item):
            memcpy(to, &item.integer, width)
            to += width
        return self.put_blob(self.frame, to - self.frame)

    cdef int put_hash(self, const PyObject *value, int type_) except -1:
        """Writes fields and values, each with its deadline if the type has them.

        The earliest deadline stands first, and the others are counted from 1 ms before it, so
        that 0 is none.
        """
        cdef FieldWalk walk
        cdef int64_t first = 0
        if type_ == HASH_TIMED:
            first = earliest(value)
            self.put_memory(&first, 8)
        self.put_length((<Mapping>value).length())
        (<Mapping>value).begin_walk(&walk)
        while step_field(&walk):
            if type_ == HASH_TIMED:
                self.put_length(walk.deadline - first + 1 if walk.deadline >= 0 else 0)
            self.put_item(&walk.field)
            self.put_item(&walk.value)
        return 0

    cdef int put_hash_listpack(self, const PyObject *value, int type_) except -1:
        """Writes a compact hash: field, value, field, value..."""
        cdef FieldWalk walk
        cdef unsigned char *to
        cdef size_t count = 0
        if type_ == HASH_TIMED_LISTPACK:
            return self.put_timed_listpack(value)
        self.make_frame(frame_size(<Pack *>(<Mapping>value).content))
        to = self.frame + LISTPACK_HEAD
        (<Mapping>value).begin_walk(&walk)
        while step_field(&walk):
            to = lp_put(lp_put(to, &walk.field), &walk.value)
            count += 2
        return self.put_blob(self.frame, lp_finish(self.frame, to, count))

    cdef int put_timed_listpack(self, const PyObject *value) except -1:
        """Writes a compact hash of field, value, deadline, the earliest deadline before all.

        The fields are in the order of their deadlines, those that have none, but 0, at the end.
        """
        cdef const Pack *pack = <Pack *>(<Mapping>value).content
        cdef size_t size = <size_t>(<Mapping>value).length() * sizeof(TimedField), index = 0
        cdef FieldWalk walk
        cdef TimedField *fields
        cdef unsigned char *to
        self.make_frame(size + frame_size(pack))
        fields = <TimedField *>self.frame
        (<Mapping>value).begin_walk(&walk)
        fields[0].at = walk.at
        while step_field(&walk):
            fields[index].deadline = walk.deadline if walk.deadline >= 0 else INT64_MAX
            index += 1
            if walk.at >= 0:
                fields[index].at = walk.at
        qsort(fields, index, sizeof(TimedField), compare_deadlines)
        self.put_memory(&fields[0].deadline, 8)
        to = put_timed_fields(self.frame + size + LISTPACK_HEAD, pack, fields, index)
        return self.put_blob(self.frame + size, lp_finish(self.frame + size, to, 3 * index))

    cdef int put_sorted_set(self, const PyObject *value) except -1:
        """Writes members and scores in 8 bytes, the highest first, as Redis can load it quicker."""
        cdef ScoreWalk walk
        cdef Item member
        cdef double score
        self.put_length(scored_length(<Scored>value))
        (<Scored>value).walk(&walk, 0, True)
        while step_score(&walk, &member, &score):
            self.put_item(&member)
            self.put_memory(&score, 8)
        return 0

    cdef int put_sorted_set_listpack(self, const PyObject *value) except -1:
        """Writes a compact sorted set: member, score, member, score..., ascending."""
        cdef ScoreWalk walk
        cdef Item member
        cdef double score
        cdef unsigned char *to
        cdef size_t count = 0
        self.make_frame(frame_size(<Pack *>(<Scored>value).content))
        to = self.frame + LISTPACK_HEAD
        (<Scored>value).walk(&walk, 0, False)
        while step_score(&walk, &member, &score):
            to = put_score(lp_put(to, &member), score)
            count += 2
        return self.put_blob(self.frame, lp_finish(self.frame, to, count))


cdef inline bint is_integers(const PyObject *value) noexcept:
    cdef MemberWalk walk
    walk_members(<Members>value, &walk)
    return walk.form == INTEGERS_FORM


cdef inline bint too_large(const Pack *pack) noexcept:
    """Whether a pack might not fit into a listpack."""
    return pack_used(pack) >= LARGEST_LISTPACK - MOST_PER_ITEM * pack_count(pack)


cdef inline size_t frame_size(const Pack *pack) noexcept:
    """Bytes that a pack as a listpack takes at most."""
    return <size_t>pack_used(pack) + MOST_PER_ITEM * <size_t>pack_count(pack) + 16


# Fields with deadlines

cdef struct TimedField:
    int64_t deadline                # INT64_MAX for none
    Py_ssize_t at                   # where the field is in the pack


cdef bint has_deadlines(const PyObject *value) noexcept:
    """Whether a field of a hash has a deadline."""
    if is_large_hash(<Mapping>value):
        return ((<Table>table_at(<Mapping>value)).deadlines is not None
                and (<Table>table_at(<Mapping>value)).deadlines.tree.length > 0)
    return earliest(value) >= 0


cdef int64_t earliest(const PyObject *value) noexcept:
    """The earliest deadline of all fields; -1 if there is none."""
    cdef FieldWalk walk
    cdef int64_t first = -1
    (<Mapping>value).begin_walk(&walk)
    if walk.cells == NULL and walk.width == 2:
        return -1
    while step_field(&walk):
        if walk.deadline >= 0 and (first < 0 or walk.deadline < first):
            first = walk.deadline
    return first


cdef int compare_deadlines(const void *left, const void *right) noexcept nogil:
    cdef int64_t one = (<const TimedField *>left).deadline
    cdef int64_t other = (<const TimedField *>right).deadline
    return (one > other) - (one < other)


cdef unsigned char *put_timed_fields(unsigned char *to, const Pack *pack,
                                     const TimedField *fields, size_t count) noexcept:
    """Adds fields, their values and deadlines to a listpack, in the order of an array."""
    cdef Item item
    cdef size_t index
    for index in range(count):
        pack_read(pack, fields[index].at, &item)
        to = lp_put(to, &item)
        pack_read(pack, pack_next(pack, fields[index].at), &item)
        to = lp_put(to, &item)
        item.kind = INTEGER
        item.integer = fields[index].deadline if fields[index].deadline != INT64_MAX else 0
        to = lp_put(to, &item)
    return to


cdef unsigned char *put_score(unsigned char *to, double score) noexcept:
    """Adds a score to a listpack: an integer, or so many digits that they tell it."""
    cdef char[MOST_PER_ITEM] digits
    cdef Item item
    if is_whole(score):
        item.kind = INTEGER
        item.integer = <int64_t>score
    else:
        item.kind = BYTES
        item.text = <unsigned char *>digits
        item.length = snprintf(digits, sizeof(digits), "%.17g", score)
    return lp_put(to, &item)
