# Fields and their values, some with deadlines; see mapping.pyx for how it works.

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint64_t

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.entry cimport Entry
from rediskit.structures.packed cimport Item, Pack
from rediskit.structures.table cimport Table

cdef struct Walk:               # along all fields; good until the next change
    const Pack *pack            # the compact form, or NULL
    Py_ssize_t at               # of the next field in the pack, -1 behind the last
    int width
    const uint64_t *cells       # of the large form
    int depth
    uint64_t index              # of the cell whose segment holds the next entry
    int position                # of the next entry in that segment
    Item field
    Item value
    int64_t deadline            # -1 for none

cdef class Mapping:
    cdef void *content          # a Pack, NULL if empty; or a Table, owned, its lowest bit set

    cdef Py_ssize_t length(self) noexcept
    cdef void begin_walk(self, Walk *walk) noexcept

    # For loading; callers see to what a pack may hold.
    cdef int reserve(self, size_t size) except -1
    cdef void trim(self) noexcept
    cdef int append_new(self, const Item *field, const Item *value, int64_t deadline) except -1
    cdef bint holds_compact(self, const Item *field) noexcept
    cdef bint enter_large(self, const unsigned char *field, size_t length, Item *value,
                          int64_t deadline) except -1

    cpdef object get(self, bytes field)
    cpdef Py_ssize_t value_size(self, bytes field) noexcept
    cpdef bint contains(self, bytes field) noexcept
    cpdef bint put(self, bytes field, bytes value, Py_ssize_t most, Py_ssize_t longest,
                   bint keeps_deadline=*) except -1
    cpdef bint remove(self, bytes field) except -1

    cpdef int64_t deadline(self, bytes field) noexcept
    cpdef int64_t first_deadline(self) noexcept
    cpdef bint has_due(self, int64_t now_ms) noexcept
    cpdef bint set_deadline(self, bytes field, int64_t deadline) except -1
    cpdef Py_ssize_t drop_due(self, int64_t now_ms, Py_ssize_t limit) except -1

    cpdef tuple scan(self, uint64_t cursor, Py_ssize_t count, bint with_values)
    cpdef int append_to(self, Buffer out, int form) except -1
    cpdef int make_large(self) except -1

    cdef int release_content(self) except -1
    cdef Py_ssize_t find(self, bytes field) noexcept
    cdef bint put_compact(self, Py_ssize_t at, bytes field, Item *value,
                          bint keeps_deadline) except -1
    cdef int append_compact(self, bytes field, Item *value) except -1
    cdef int make_timed(self) except -1
    cdef int write_deadline(self, Py_ssize_t at, int64_t deadline) except -1
    cdef int settle_first(self, int64_t gone, int64_t come) except -1
    cdef int find_first(self) except -1
    cdef int write_first(self, double first) except -1
    cdef Py_ssize_t drop_due_compact(self, int64_t now_ms, Py_ssize_t limit) except -1

cdef inline bint is_large(Mapping mapping) noexcept:
    return <size_t>mapping.content & 1 != 0

cdef inline Table table_of(Mapping mapping):
    return <Table><PyObject *>(<size_t>mapping.content & ~<size_t>1)

cdef inline PyObject *table_at(Mapping mapping) noexcept:
    # Not to be held: in the child of a fork a reference would copy a page.
    return <PyObject *>(<size_t>mapping.content & ~<size_t>1)

cdef bint walk_step(Walk *walk) noexcept
cdef void key_item(Item *item, const Entry *entry) noexcept
cdef void value_item(Item *item, const Entry *entry) noexcept
