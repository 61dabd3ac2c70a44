"""Values from a snapshot or a payload: every type and form that Redis has written since version 6.

A container is read element by element into the structure that will hold it; which form that has,
the limits of the configuration say, not the file. Where elements are written one by one, reading
can stop between any two of them: begin_value(), read_elements() as often as need be, end_value().
Compact forms are strings, so they are read whole, and walked where they lie.

Refused are elements that are there twice, scores that are no numbers, and compact sorted sets and
intsets that are not in order.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport INT64_MAX, int64_t, uint32_t, uint64_t
from libc.stdlib cimport strtod
from libc.string cimport memcpy

from rediskit.rdb.elements cimport (
    LISTPACK_FORM, ZIPLIST_FORM, ZIPMAP_FORM, Elements, next_element)
from rediskit.rdb.format cimport (
    HASH, HASH_LISTPACK, HASH_PAIRS, HASH_TEMPLATE, HASH_TEMPLATE_LISTPACK, HASH_TIMED,
    HASH_TIMED_EARLY, HASH_TIMED_LISTPACK, HASH_TIMED_LISTPACK_EARLY, HASH_ZIPLIST, HASH_ZIPMAP,
    LIST, LIST_QUICKLIST, LIST_QUICKLIST_2, LIST_ZIPLIST, PACKED_NODE, PLAIN_NODE, SET,
    SET_INTSET, SET_LISTPACK, SET_TIMED, SORTED_SET, SORTED_SET_2, SORTED_SET_LISTPACK,
    SORTED_SET_ZIPLIST, STREAM, STREAM_2, STREAM_3, STREAM_4, STREAM_5, STRING, VALKEY_VERSION)
from rediskit.rdb.listpacks cimport LP_SHORT_TEXT
from rediskit.structures.digits cimport write_integer
from rediskit.structures.listpack cimport make_chunks, rejoin
from rediskit.structures.mapping cimport Mapping
from rediskit.structures.mapping cimport is_large as is_large_hash
from rediskit.structures.members cimport Members, Probe, make_probe, members_length
from rediskit.structures.memory cimport allocate, release
from rediskit.structures.packed cimport (
    BYTES, INTEGER, SHORTEST_MEDIUM, TRAILER_SHORT, Pack, integer_item, item_object, pack_bytes,
    pack_spare, spell_item, text_item)
from rediskit.structures.scored cimport Scored
from rediskit.structures.scored cimport is_large as is_large_sorted_set
from rediskit.structures.scored cimport scored_length
from rediskit.structures.scored_pairs cimport compare_bytes
from rediskit.structures.sequence cimport Sequence
from rediskit.structures.stream cimport Entries
from rediskit.structures.timed_members cimport TimedMembers

from rediskit.datatypes.hash import Hash
from rediskit.datatypes.list import List
from rediskit.datatypes.set import Set
from rediskit.datatypes.sorted_set import SortedSet
from rediskit.datatypes.stream import Stream

cdef extern from "<math.h>" nogil:
    bint isnan(double value)
    double INFINITY

cdef enum:
    DIGITS = 24
    LONGEST_SCORE = 128             # digits, as in Redis
    MINUS_INFINITY = 255            # instead of the length of a score in digits
    PLUS_INFINITY = 254
    NOT_A_NUMBER = 253
    INTSET_HEAD = 8
    SMALLEST_RUN = 17               # bytes of a stream's run
    STEP = 32                       # bytes that are copied at once
    LARGEST_HELD = 4096             # bytes of a copy that is kept for the next field

cdef int64_t LATEST = (<int64_t>1 << 48) - 1    # deadline of a field, as in Redis


cdef inline bint is_stream(int type_) noexcept:
    return (type_ == STREAM or type_ == STREAM_2 or type_ == STREAM_3 or type_ == STREAM_4
            or type_ == STREAM_5)


cdef class ValueReader(StreamReader):
    """A StreamReader that knows all values. limits: of compact ones, see datatypes.limits."""

    def __init__(self, limits, int fd=-1, uint64_t size=0, bytes payload=b"", bint sums=True):
        StreamReader.__init__(self, limits, fd, size, payload, sums)
        self.templates = {}
        self.hash_entries = limits.hash_entries
        self.hash_value = limits.hash_value
        self.set_integers = limits.set_integers
        self.set_entries = limits.set_entries
        self.set_value = limits.set_value
        self.sorted_set_entries = limits.sorted_set_entries
        self.sorted_set_value = limits.sorted_set_value
        self.list_size = limits.list_size
        self.filter = Filter()

    def __dealloc__(self):
        if self.held != NULL:
            release(self.held, self.held_capacity)

    def read_payload(self, int version):
        """The value of a payload, that of its type and content only, in a version of the format.

        A string is bytes; an empty container is None. Raises Damaged.
        """
        cdef int type_ = self.take_byte()
        cdef object value
        self.version = version
        if type_ == STRING:
            value = self.read_text()
        else:
            self.begin_value(type_)
            self.read_elements(INT64_MAX)
            value = self.end_value()
        if self.left():
            self.fail("bytes behind the value")
        return value

    cdef object read_text(self):
        """A string as bytes."""
        cdef Item item
        self.take_item(&item)
        return item_object(&item)

    cdef int begin_value(self, int type_) except -1:
        """Begins with a container of a type; one in a compact form is read at once."""
        self.type = type_
        self.elements_left = 0
        if type_ == LIST or type_ == LIST_QUICKLIST or type_ == LIST_QUICKLIST_2:
            self.value = List()
            make_chunks(<Sequence>self.value, self.list_size)
            self.elements_left = self.take_count(1)
        elif type_ == LIST_ZIPLIST:
            self.value = List()
            make_chunks(<Sequence>self.value, self.list_size)
            self.load_list(ZIPLIST_FORM)
        elif type_ == SET or type_ == SET_TIMED:
            self.begin_set()
        elif type_ == SET_INTSET:
            self.load_intset()
        elif type_ == SET_LISTPACK:
            self.load_set()
        elif type_ == SORTED_SET or type_ == SORTED_SET_2:
            self.begin_sorted_set()
        elif type_ == SORTED_SET_ZIPLIST:
            self.load_sorted_set(ZIPLIST_FORM)
        elif type_ == SORTED_SET_LISTPACK:
            self.load_sorted_set(LISTPACK_FORM)
        elif type_ in (HASH, HASH_PAIRS, HASH_TIMED, HASH_TIMED_EARLY):
            self.begin_hash()
        elif type_ == HASH_TEMPLATE or type_ == HASH_TEMPLATE_LISTPACK:
            self.load_templated()
        elif type_ == HASH_ZIPMAP:
            self.load_hash(ZIPMAP_FORM, 2)
        elif type_ == HASH_ZIPLIST:
            self.load_hash(ZIPLIST_FORM, 2)
        elif type_ == HASH_LISTPACK:
            self.load_hash(LISTPACK_FORM, 2)
        elif type_ == HASH_TIMED_LISTPACK or type_ == HASH_TIMED_LISTPACK_EARLY:
            self.load_hash(LISTPACK_FORM, 3)
        elif is_stream(type_):
            self.value = Stream()
            self.elements_left = 1 + self.take_count(SMALLEST_RUN)
        else:
            self.fail(f"unknown type {type_} of a value")
        return 0

    cdef bint read_elements(self, uint64_t until) except -1:
        """Reads elements up to about an offset, or all; whether any are left."""
        while self.elements_left and self.position() < until:
            if self.type == LIST_QUICKLIST_2 or self.type == LIST_QUICKLIST or self.type == LIST:
                self.read_node()
            elif self.type == SET or self.type == SET_TIMED:
                self.read_member()
            elif self.type == SORTED_SET or self.type == SORTED_SET_2:
                self.read_scored()
            elif is_stream(self.type):
                self.read_part()
            else:
                self.read_field()
            self.elements_left -= 1
        return self.elements_left > 0

    cdef object end_value(self):
        """The container that was read; None if it is empty."""
        cdef object value = self.value
        self.value = None
        if not len(value) and not isinstance(value, Entries):
            return None
        if isinstance(value, Sequence):
            rejoin(<Sequence>value, self.list_size, False)
        elif isinstance(value, Scored):
            (<Scored>value).fit(self.sorted_set_entries, self.sorted_set_value)
            (<Scored>value).trim()
        elif isinstance(value, Mapping):
            (<Mapping>value).trim()
        if self.long_capacity + self.expanded_capacity > 1 << 20:
            self.forget_long()
        return value

    cdef int hold(self, Item *item) except -1:
        """Makes the text of an item one that stays while more is taken."""
        if item.kind != BYTES:
            return 0
        if item.length > self.held_capacity or (
                self.held_capacity > LARGEST_HELD and item.length <= LARGEST_HELD):
            if self.held != NULL:
                release(self.held, self.held_capacity)
                self.held = NULL
                self.held_capacity = 0
            self.held_capacity = max(item.length, LARGEST_HELD)
            self.held = <unsigned char *>allocate(self.held_capacity)
        if item.length:
            memcpy(self.held, item.text, item.length)
            item.text = self.held
        return 0

    cdef int read_part(self) except -1:
        """Reads a run of a stream, or, last of all, what stands behind the runs."""
        if self.elements_left > 1:
            return self.read_run(self.value)
        return self.read_rest(self.value, self.type)

    # Lists

    cdef int read_node(self) except -1:
        """Reads a node of a list, or an element."""
        cdef Item item, text
        cdef uint64_t container = PACKED_NODE
        if self.type == LIST_QUICKLIST_2:
            container = self.take_length()
        if container == PLAIN_NODE or self.type == LIST:
            self.take_item(&item)
            if container == PLAIN_NODE and item.kind == BYTES and item.length == 0:
                self.fail("a list's node is empty")
            text = item
            if item.kind == BYTES:
                text_item(&text, item.text, item.length)
            return (<Sequence>self.value).push(&text, False)
        if container != PACKED_NODE:
            self.fail("unknown kind of a list's node")
        return self.load_list(ZIPLIST_FORM if self.type == LIST_QUICKLIST else LISTPACK_FORM)

    cdef int load_list(self, int form) except -1:
        """Adds the elements of a compact form to a list."""
        cdef Elements elements
        cdef Item item
        cdef Sequence sequence = self.value
        self.open_elements(&elements, form, 1)
        while next_element(&elements, &item):
            sequence.push(&item, False)
        return 0

    # Sets

    cdef int begin_set(self) except -1:
        self.value = Set()
        self.first_deadline = 0
        if self.type == SET_TIMED:
            memcpy(&self.first_deadline, self.take(8), 8)
        self.elements_left = self.take_count(1)
        if <Py_ssize_t>self.elements_left > max(self.set_integers, self.set_entries):
            (<Members>self.value).make_table()
        return 0

    cdef int read_member(self) except -1:
        """Reads a member, behind its deadline if there are any."""
        cdef Item item
        cdef int64_t deadline = 0
        if self.type == SET_TIMED:
            deadline = <int64_t>self.take_length()
            if deadline:
                deadline = <int64_t>(<uint64_t>deadline + <uint64_t>self.first_deadline - 1)
                self.check_deadline(deadline)
        self.take_item(&item)
        self.add_member(&item)
        if deadline:
            (<TimedMembers>self.value).set_deadline(item_object(&item), deadline)
        return 0

    cdef int add_member(self, Item *item) except -1:
        cdef Probe probe
        make_probe(&probe, item)
        if not (<Members>self.value).add_probe(
                &probe, self.set_integers, self.set_entries, self.set_value):
            self.fail("a member is there twice")
        return 0

    cdef int load_set(self) except -1:
        cdef Elements elements
        cdef Item item
        cdef Py_ssize_t count = self.open_elements(&elements, LISTPACK_FORM, 1)
        self.value = Set()
        if count > max(self.set_integers, self.set_entries):
            (<Members>self.value).make_table()
        while next_element(&elements, &item):
            self.add_member(&item)
        return 0

    cdef int load_intset(self) except -1:
        cdef Item blob, item
        cdef uint32_t width, count, index
        cdef int64_t value, before = 0
        self.value = Set()
        self.take_item(&blob)
        if blob.kind != BYTES or blob.length < INTSET_HEAD:
            self.fail("an intset is damaged")
        memcpy(&width, blob.text, 4)
        memcpy(&count, blob.text + 4, 4)
        if (width != 2 and width != 4 and width != 8) or (
                <size_t>count * width != blob.length - INTSET_HEAD):
            self.fail("an intset is damaged")
        for index in range(count):
            value = 0
            memcpy(<char *>&value + 8 - width, blob.text + INTSET_HEAD + index * width, width)
            value >>= 64 - 8 * width
            if index and value <= before:
                self.fail("an intset is not in order")
            before = value
            integer_item(&item, value)
            self.add_member(&item)
        return 0

    # Sorted sets

    cdef int begin_sorted_set(self) except -1:
        self.value = SortedSet()
        self.elements_left = self.take_count(9 if self.type == SORTED_SET_2 else 2)
        if self.elements_left:
            (<Scored>self.value).make_large()
        return 0

    cdef int read_scored(self) except -1:
        """Reads a member and its score."""
        cdef char[DIGITS] digits
        cdef Item member
        cdef double score
        self.take_item(&member)
        self.hold(&member)
        score = self.take_score()
        if isnan(score):
            self.fail("a score is not a number")
        spell_item(&member, digits)
        if not (<Scored>self.value).enter_large(member.text, member.length, score):
            self.fail("a member is there twice")
        return 0

    cdef double take_score(self) except? -1:
        """A score in 8 bytes, or in digits."""
        cdef double score
        cdef int length
        if self.type == SORTED_SET_2:
            memcpy(&score, self.take(8), 8)
            return score
        length = self.take_byte()
        if length == MINUS_INFINITY:
            return -INFINITY
        if length == PLUS_INFINITY:
            return INFINITY
        if length == NOT_A_NUMBER or not number_of(self.take(length), length, &score):
            self.fail("a score is not a number")
        return score

    cdef int load_sorted_set(self, int form) except -1:
        """Reads a compact form of member, score, member, score..., ascending."""
        cdef Elements elements
        cdef Item item
        cdef Pair pair, previous
        cdef Py_ssize_t count = self.open_elements(&elements, form, 2), index
        cdef Scored scored
        self.value = scored = SortedSet()
        self.filter.begin(count)
        if count > self.sorted_set_entries:
            scored.make_large()
        else:
            scored.reserve(elements.end - elements.start + 8 * count)
        for index in range(count):
            next_element(&elements, &pair.member)
            next_element(&elements, &item)
            pair.score = <double>item.integer
            if item.kind == BYTES and not number_of(item.text, item.length, &pair.score):
                self.fail("a score is not a number")
            spell_pair(&pair)
            if index and not comes_before(&previous, &pair):
                self.fail("a sorted set is not in order")
            if <Py_ssize_t>pair.length > self.sorted_set_value:
                scored.make_large()
            self.add_pair(scored, &pair)
            previous = pair
            respell_pair(&previous, &pair)
        return 0

    cdef int add_pair(self, Scored scored, Pair *pair) except -1:
        """Adds a member that comes after all others."""
        if is_large_sorted_set(scored):
            if not scored.enter_large(pair.text, pair.length, pair.score):
                self.fail("a member is there twice")
            return 0
        if self.filter.may_repeat(&pair.member) and scored.holds_compact(&pair.member):
            self.fail("a member is there twice")
        return scored.append_pair(&pair.member, pair.score)

    # Hashes

    cdef int begin_hash(self) except -1:
        """Begins with fields one by one; the earliest deadline stands before them in some."""
        self.value = Hash()
        self.first_deadline = 0
        if self.type == HASH_TIMED:
            memcpy(&self.first_deadline, self.take(8), 8)
        self.elements_left = self.take_count(2)
        if <Py_ssize_t>self.elements_left > self.hash_entries:
            (<Mapping>self.value).make_large()
        else:
            self.filter.begin(self.elements_left)
        return 0

    cdef int read_field(self) except -1:
        """Reads a field, its value and, if there are any, its deadline."""
        cdef Item field, value
        cdef int64_t deadline = -1
        cdef bytes kept
        cdef bint is_valkey = self.version >= VALKEY_VERSION and self.type == HASH_TIMED_EARLY
        if self.type != HASH and self.type != HASH_PAIRS and not is_valkey:
            deadline = <int64_t>self.take_length()
            if deadline == 0:
                deadline = -1
            elif self.type == HASH_TIMED:
                deadline = <int64_t>(<uint64_t>deadline + <uint64_t>self.first_deadline - 1)
            self.check_deadline(deadline)
        self.take_item(&field)
        self.hold(&field)
        self.take_item(&value)
        if field.kind == BYTES and not is_large_hash(<Mapping>self.value):
            text_item(&field, field.text, field.length)
        if value.kind == BYTES:
            text_item(&value, value.text, value.length)
        if not is_valkey:
            return self.add_field(&field, &value, deadline)
        # Of Valkey: the deadline stands behind, and taking it may move the value.
        kept = item_object(&value)
        memcpy(&deadline, self.take(8), 8)
        self.check_deadline(deadline)
        text_item(&value, <const unsigned char *>PyBytes_AS_STRING(kept), PyBytes_GET_SIZE(kept))
        return self.add_field(&field, &value, deadline)

    cdef int load_hash(self, int form, int width) except -1:
        """Reads a compact form of field, value, field, value..., or with deadlines behind each."""
        cdef Elements elements
        cdef Item field, value, deadline
        cdef Py_ssize_t count
        cdef Mapping mapping
        if self.type == HASH_TIMED_LISTPACK:
            self.take(8)
        count = self.open_elements(&elements, form, width)
        self.value = mapping = Hash()
        if count > self.hash_entries:
            mapping.make_large()
        else:
            self.filter.begin(count)
            mapping.reserve(elements.end - elements.start + 2 * width * count)
        integer_item(&deadline, 0)
        while True:
            if form == LISTPACK_FORM and width == 2 and not is_large_hash(mapping):
                self.copy_pairs(&elements, <Pack *>mapping.content)
            if not next_element(&elements, &field):
                return 0
            next_element(&elements, &value)
            if width == 3:
                next_element(&elements, &deadline)
            if deadline.kind != INTEGER:
                self.fail("the deadline of a field is damaged")
            if deadline.integer:
                self.check_deadline(deadline.integer)
            self.add_field(&field, &value, deadline.integer if deadline.integer else -1)

    cdef int load_templated(self) except -1:
        """Reads the values of a hash whose fields a template names."""
        cdef Elements elements
        cdef Item field, value
        cdef bytes name
        cdef bint is_listpack = self.type == HASH_TEMPLATE_LISTPACK
        cdef Py_ssize_t count = 0
        if is_listpack:
            count = self.open_elements(&elements, LISTPACK_FORM, 1)
            next_element(&elements, &value)
            names = self.templates.get(value.integer if value.kind == INTEGER else -1)
        else:
            names = self.templates.get(self.take_length())
        if names is None or (is_listpack and len(names) != count - 1):
            self.fail("a hash does not fit its template")
        self.value = Hash()
        if len(names) > self.hash_entries:
            (<Mapping>self.value).make_large()
        else:
            self.filter.begin(len(names))
        for name in names:
            if is_listpack:
                next_element(&elements, &value)
            else:
                self.take_item(&value)
            if value.kind == BYTES:
                text_item(&value, value.text, value.length)
            text_item(&field, <const unsigned char *>PyBytes_AS_STRING(name),
                      PyBytes_GET_SIZE(name))
            self.add_field(&field, &value, -1)
        return 0

    cdef int read_template(self) except -1:
        """Reads the names of fields, by whose number hashes then refer to them."""
        cdef uint64_t number = self.take_length(), count = self.take_count(1)
        self.templates[number] = [self.read_text() for _ in range(count)]
        return 0

    cdef void copy_pairs(self, Elements *elements, Pack *pack) noexcept:
        """Takes fields and values of a listpack that look the same in a pack, until others come.

        Short texts do, but for one bit of the last byte; see listpacks.pxd and packed.pyx.
        """
        cdef const unsigned char *at = elements.at
        cdef const unsigned char *value
        cdef const unsigned char *after
        cdef unsigned char *start = <unsigned char *>pack_bytes(pack) + pack.used
        cdef unsigned char *to = start
        cdef size_t longest = min(self.hash_value, SHORTEST_MEDIUM - 1)
        cdef Item field
        if pack_spare(pack) < <size_t>(elements.end - at):
            return
        field.kind = BYTES
        while True:
            value = same_text(at, longest)
            if value == NULL:
                break
            after = same_text(value, longest)
            field.text = at + 1
            field.length = value - at - 2
            # Of what may be a repetition, the look-up is done where it is added.
            if after == NULL or self.filter.may_repeat(&field):
                break
            copy_steps(to, at, after - at, elements.end - at)
            to[value - at - 1] |= TRAILER_SHORT
            to += after - at
            (to - 1)[0] |= TRAILER_SHORT
            pack.count += 2
            at = after
        pack.used += <uint32_t>(to - start)
        elements.at = at

    cdef int check_deadline(self, int64_t deadline) except -1:
        """Refuses deadlines of elements that Redis does not have either; -1 is none."""
        if deadline < -1 or deadline > LATEST:
            self.fail("the deadline of a field is damaged")
        return 0

    cdef int add_field(self, Item *field, Item *value, int64_t deadline) except -1:
        """Adds a field; texts that spell integers are integers already."""
        cdef char[DIGITS] digits
        cdef Mapping mapping = self.value
        if not is_large_hash(mapping):
            if self.fits(field) and self.fits(value):
                if self.filter.may_repeat(field) and mapping.holds_compact(field):
                    self.fail("a field is there twice")
                return mapping.append_new(field, value, deadline)
            mapping.make_large()
        spell_item(field, digits)
        if not mapping.enter_large(field.text, field.length, value, deadline):
            self.fail("a field is there twice")
        return 0

    cdef bint fits(self, const Item *item) noexcept:
        """Whether a field or value may be in a compact hash."""
        cdef char[DIGITS] digits
        if item.kind == BYTES:
            return <Py_ssize_t>item.length <= self.hash_value
        return (self.hash_value >= DIGITS
                or write_integer(digits, item.integer) <= self.hash_value)


# Texts of a listpack

cdef inline const unsigned char *same_text(const unsigned char *at, size_t longest) noexcept:
    """Where an element ends that looks the same in a pack, but for one bit; else NULL."""
    cdef size_t length = at[0] - <size_t>LP_SHORT_TEXT
    # Text that begins like a number may be one, and become an integer.
    if length > longest or (at[1] <= c"9" and length):
        return NULL
    return at + 2 + length


cdef inline void copy_steps(unsigned char *to, const unsigned char *data, size_t size,
                            size_t room) noexcept:
    """Copies bytes, in steps of a fixed size if there is room to copy more on both sides."""
    cdef size_t done = STEP
    if size + STEP > room:
        memcpy(to, data, size)
        return
    memcpy(to, data, STEP)
    while done < size:
        memcpy(to + done, data + done, STEP)
        done += STEP


# Pairs of a compact sorted set

cdef inline void spell_pair(Pair *pair) noexcept:
    """Fills in the text of the member."""
    cdef Item member = pair.member
    spell_item(&member, pair.digits)
    pair.text = member.text
    pair.length = member.length


cdef inline void respell_pair(Pair *copy, const Pair *pair) noexcept:
    """Lets a copied pair's text not lie in the digits of the other."""
    if pair.text == <const unsigned char *>pair.digits:
        copy.text = <const unsigned char *>copy.digits


cdef inline bint comes_before(const Pair *pair, const Pair *other) noexcept:
    if pair.score == other.score:
        return compare_bytes(pair.text, pair.length, other.text, other.length) < 0
    return pair.score < other.score


cdef bint number_of(const unsigned char *text, size_t length, double *number) noexcept:
    """Whether text spells a number, which it stores."""
    cdef char[LONGEST_SCORE + 1] digits
    cdef char *end = NULL
    if length == 0 or length > LONGEST_SCORE or text[0] <= c" ":
        return False
    memcpy(digits, text, length)
    digits[length] = 0
    number[0] = strtod(digits, &end)
    return end == digits + length and not isnan(number[0])
