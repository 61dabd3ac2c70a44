"""A snapshot into databases, in one go or in slices.

Strings go from the file into the entries of the tables, no Python object between. A slice may end
between any two keys, and within a container between any two elements that are written one by one.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.ref cimport Py_INCREF, PyObject
from libc.stdint cimport INT64_MAX, int32_t, int64_t, uint64_t
from libc.string cimport memcmp, memcpy

from rediskit.rdb.format cimport (
    AUX, BLESSED, DATABASE, DEADLINE_MS, DEADLINE_SECONDS, END, FREQUENCY, FUNCTION,
    FUNCTION_EARLY, HASH_TEMPLATE, HASH_TEMPLATE_LISTPACK, IDLE, METADATA, MODULE, MODULE_AUX,
    MODULE_DOUBLE, MODULE_END, MODULE_FLOAT, MODULE_PRE_GA, MODULE_SIGNED, MODULE_STRING,
    MODULE_UNSIGNED, SET_TIMED, SIZES, SLOT_INFO, STREAM_5, STRING, TEMPLATE, VALKEY_VERSION)
from rediskit.structures.digits cimport integer_of, write_integer
from rediskit.structures.entry cimport BYTES, INTEGER, OBJECT, Entry, set_entry_access
from rediskit.structures.loading cimport MOST_WAITING, TableLoader
from rediskit.structures.mapping cimport Mapping
from rediskit.structures.timed_members cimport TimedMembers
from rediskit.structures.memory cimport allocate, release
from rediskit.structures.packed cimport item_object
from rediskit.structures.table cimport Table

from rediskit.datatypes.string import INLINE_LIMIT, String

cdef enum:
    SMALLEST_KEY = 256              # bytes of the copy of a key
    LARGEST_KEPT = 65536
    FIRST_WITH_CRC = 5
    DIGITS = 24
    UNUSED_TYPE = 8
    SMALLEST_ENTRY = 3              # bytes of a key and its value

cdef Py_ssize_t LONGEST_INLINE = INLINE_LIMIT

cdef str MODULE_LETTERS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


cdef str module_name(uint64_t number):
    """The name of a module's type: nine letters of 6 bits; the lowest 10 bits are a version."""
    return "".join([MODULE_LETTERS[(number >> (58 - 6 * place)) & 63] for place in range(9)])


cdef class SnapshotReader(ValueReader):
    """Reads the file of a descriptor, `size` bytes from where it is, into tables.

    tables: the databases 0, 1, 2...; None: read and check, and keep nothing. limits: of compact
    containers. now_ms: keys whose deadline has passed by then are left out; 0 keeps all.
    on_timed(number, key, container): called for one that was stored, of whose elements some have
    deadlines. replaces: a key that is there already gets the value of the snapshot; else it is
    damage. observer: None, or has aux(name, value), database(number) and key(key, type) called
    with what comes, at `offset`. aux: the fields of the head. libraries: codes of functions.

    Raises Damaged, and OSError; what was stored until then stays.
    """

    def __init__(self, list tables, limits, int fd=-1, uint64_t size=0, bytes payload=b"",
                 bint sums=True, int64_t now_ms=0, on_timed=None, bint replaces=False):
        ValueReader.__init__(self, limits, fd, size, payload, sums)
        self.tables = tables
        self.table = tables[0] if tables else None
        self.loader = TableLoader()
        if tables:
            self.loader.begin(self.table, 0)
        self.now_ms = now_ms
        self.replaces = replaces
        self.on_timed = on_timed
        self.aux = {}
        self.libraries = []
        self.skipped = []
        self.forget_key()

    def __dealloc__(self):
        if self.key != NULL:
            release(self.key, self.key_capacity)

    cpdef bint load_some(self, Py_ssize_t limit_bytes=INT64_MAX) except -1:
        """Reads about so many bytes more, or all; whether any are left."""
        cdef uint64_t until = self.position() + limit_bytes
        if not self.begun:
            self.read_head()
            self.begun = True
        try:
            while not self.finished and self.position() < until:
                if self.within_value:
                    if not self.read_elements(until):
                        self.within_value = False
                        self.store_container()
                else:
                    self.read_entry()
        finally:
            self.settle()
        return not self.finished

    cdef int settle(self) except -1:
        """Sees to it that all keys that have been read are in their table. Raises Damaged."""
        if self.loader.count and not self.loader.settle():
            self.fail(f"key {repr(self.loader.repeated)[1:]} is there twice"
                      f" in database {self.database}")
        return 0

    cdef int read_head(self) except -1:
        """Reads the name of the format and its version."""
        cdef const unsigned char *head
        cdef int index
        if self.left() < 9:
            self.fail("too short for a snapshot")
        head = self.take(9)
        self.is_valkey = memcmp(head, b"VALKEY", 6) == 0
        if not self.is_valkey and memcmp(head, b"REDIS", 5) != 0:
            self.fail("not a snapshot: it begins with neither REDIS nor VALKEY")
        for index in range(6 if self.is_valkey else 5, 9):
            if not c"0" <= head[index] <= c"9":
                self.fail("the version of the format is no number")
            self.version = 10 * self.version + head[index] - c"0"
        if self.version < 1 or (self.is_valkey and self.version < VALKEY_VERSION):
            self.fail(f"unknown version {self.version} of the format")
        return 0

    cdef int read_entry(self) except -1:
        """Reads what stands at the top: a key with its value, or something about the next ones."""
        cdef int type_ = self.take_byte()
        if type_ >= BLESSED:
            return self.read_opcode(type_)
        if type_ == UNUSED_TYPE or (type_ > HASH_TEMPLATE and type_ != SET_TIMED):
            self.fail(f"unknown opcode or type {type_}")
        return self.read_key(type_)

    cdef int read_opcode(self, int opcode) except -1:
        cdef int32_t seconds
        if opcode == DEADLINE_MS:
            memcpy(&self.deadline, self.take(8), 8)
            self.deadline = max(self.deadline, 0)
        elif opcode == DEADLINE_SECONDS:
            memcpy(&seconds, self.take(4), 4)
            self.deadline = max(<int64_t>seconds * 1000, 0)
        elif opcode == FREQUENCY:
            self.frequency = self.take_byte()
        elif opcode == IDLE:
            self.idle_seconds = <int64_t>(self.take_length() & INT64_MAX)
        elif opcode == DATABASE:
            self.select_database()
        elif opcode == SIZES:
            self.expect(self.take_length())
            self.take_length()
        elif opcode == AUX:
            name, value = self.read_text(), self.read_text()
            self.aux[name] = value
            if self.observer is not None:
                self.observer.aux(name, value)
        elif opcode == FUNCTION:
            self.libraries.append(self.read_text())
        elif opcode == MODULE_AUX:
            self.skip_module()
        elif opcode == SLOT_INFO:
            self.take_length()
            self.take_length()
            self.take_length()
        elif opcode == BLESSED:
            self.skipped.append("that a key is blessed")
        elif opcode == TEMPLATE:
            self.read_template()
        elif opcode == METADATA:
            self.fail("metadata of modules, or of a slot that is being imported")
        elif opcode == FUNCTION_EARLY:
            self.fail("functions in the format of a release candidate")
        else:
            if self.version >= FIRST_WITH_CRC:
                self.check_crc()
            self.finished = True
        return 0

    cdef int expect(self, uint64_t keys) except -1:
        """Prepares for so many keys, or as many as the rest of the file can hold at most."""
        if self.table is not None:
            self.settle()
            self.loader.begin(self.table, min(keys, self.left() // SMALLEST_ENTRY))
        return 0

    cdef int select_database(self) except -1:
        cdef uint64_t number = self.take_length()
        if number > INT64_MAX or (
                self.tables is not None and number >= <uint64_t>len(self.tables)):
            self.fail(f"database {number} is beyond the databases there are")
        if self.tables is not None:
            self.settle()
            self.table = self.tables[number]
            self.loader.begin(self.table, 0)
        self.database = <Py_ssize_t>number
        if self.observer is not None:
            self.observer.database(number)
        return 0

    cdef int skip_module(self) except -1:
        """Skips what a module has noted for itself: its number, then values, each with its kind."""
        cdef Item item
        cdef uint64_t kind = MODULE_UNSIGNED
        name = module_name(self.take_length())
        while True:
            kind = self.take_length()
            if kind == MODULE_END:
                break
            if kind == MODULE_SIGNED or kind == MODULE_UNSIGNED:
                self.take_length()
            elif kind == MODULE_FLOAT:
                self.take(4)
            elif kind == MODULE_DOUBLE:
                self.take(8)
            elif kind == MODULE_STRING:
                self.take_item(&item)
            else:
                self.fail("the data of a module are damaged")
        self.skipped.append(f"the notes of module '{name}'")
        return 0

    # Keys

    cdef int read_key(self, int type_) except -1:
        """Reads a key and its value, or only begins with a container."""
        self.keep_key()
        if self.observer is not None:
            self.observer.key(PyBytes_FromStringAndSize(<char *>self.key, self.key_length), type_)
        if type_ == STRING:
            self.store_text()
            return self.forget_key()
        if type_ == MODULE or type_ == MODULE_PRE_GA or (
                STREAM_5 < type_ < HASH_TEMPLATE_LISTPACK):
            return self.refuse(type_)
        self.begin_value(type_)
        if self.elements_left:
            self.within_value = True
            return 0
        return self.store_container()

    cdef int keep_key(self) except -1:
        """Takes a key, and keeps a copy."""
        cdef char[DIGITS] digits
        cdef Item item
        self.take_item(&item)
        if item.kind == INTEGER:
            item.length = write_integer(digits, item.integer)
            item.text = <const unsigned char *>digits
        if (self.key == NULL or item.length > self.key_capacity
                or self.key_capacity > LARGEST_KEPT):
            if self.key != NULL:
                release(self.key, self.key_capacity)
                self.key = NULL
            self.key_capacity = max(item.length, SMALLEST_KEY)
            self.key = <unsigned char *>allocate(self.key_capacity)
        memcpy(self.key, item.text, item.length)
        self.key_length = item.length
        return 0

    cdef int forget_key(self) except -1:
        """Makes ready for the next key."""
        self.deadline = -1
        self.idle_seconds = -1
        self.frequency = -1
        return 0

    cdef str key_name(self):
        return repr(PyBytes_FromStringAndSize(
            <char *>self.key, min(self.key_length, SMALLEST_KEY)))[1:]

    cdef int refuse(self, int type_) except -1:
        """Refuses a value of a type that there is not here."""
        if type_ not in (MODULE, MODULE_PRE_GA):
            self.fail(f"unknown opcode or type {type_}")
        name = module_name(self.take_length())
        self.fail("The RDB file contains module data I can't load: no matching module type "
                  f"'{name}', which key {self.key_name()} holds")

    cdef int store_text(self) except -1:
        """Reads a string and stores it, within the entry if it is short."""
        cdef Item item
        cdef int64_t integer
        cdef PyObject *reference
        self.take_item(&item)
        if item.kind == INTEGER:
            return self.store(INTEGER, &item.integer, 8)
        if integer_of(<const char *>item.text, item.length, &integer):
            return self.store(INTEGER, &integer, 8)
        if <Py_ssize_t>item.length <= LONGEST_INLINE:
            return self.store(BYTES, item.text, item.length)
        value = String(item_object(&item))
        if self.long_capacity + self.expanded_capacity > 1 << 20:
            self.forget_long()
        reference = <PyObject *>value
        return self.store(OBJECT, &reference, 8)

    cdef int store_container(self) except -1:
        """Stores the container that has been read."""
        cdef PyObject *reference
        value = self.end_value()
        if value is None:
            self.keys_empty += 1
            return self.forget_key()
        reference = <PyObject *>value
        self.store(OBJECT, &reference, 8)
        if self.on_timed is not None and first_deadline_of(value) >= 0:
            self.on_timed(
                self.database, PyBytes_FromStringAndSize(<char *>self.key, self.key_length), value)
        return self.forget_key()

    cdef int store(self, int kind, const void *value, size_t length) except -1:
        """Stores a value at the key, unless its time is up. Damaged: a key is there already."""
        cdef Entry *entry
        cdef PyObject *reference
        self.deadlines += self.deadline >= 0
        if 0 <= self.deadline <= self.now_ms:
            self.keys_expired += 1
            return 0
        self.keys_loaded += 1
        if self.table is None:
            return 0
        if self.replaces:
            entry = self.table.put(self.key, self.key_length, kind, value, length, self.deadline)
        else:
            if self.loader.count == MOST_WAITING:
                self.settle()
            entry = self.loader.add(self.key, self.key_length, kind, value, length, self.deadline)
        if kind == OBJECT:
            memcpy(&reference, value, 8)
            Py_INCREF(<object>reference)
        if self.idle_seconds >= 0 or self.frequency >= 0:
            self.mark_access(entry)
        return 0

    cdef void mark_access(self, Entry *entry) noexcept:
        """Notes when or how often the key was used, if that is what accesses are marked with."""
        if self.table.counts_frequency:
            if self.frequency >= 0:
                set_entry_access(
                    entry, (self.table.access_clock & 0xFFFF) << 8 | self.frequency)
        elif self.idle_seconds >= 0:
            set_entry_access(entry, (self.table.access_clock - min(
                self.idle_seconds, 0xFFFFFF)) & 0xFFFFFF)


cdef int64_t first_deadline_of(value) except? -1:
    """The first deadline of the elements of a container; -1 if there is none."""
    if isinstance(value, Mapping):
        return (<Mapping>value).first_deadline()
    return (<TimedMembers>value).first_deadline() if isinstance(value, TimedMembers) else -1
