# Hash table keyed by bytes; see table.pyx for how it works.

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

from rediskit.structures.entry cimport Entry
from rediskit.structures.ordered cimport Ordered

cdef struct Segment:
    uint16_t capacity       # slots there is room for
    uint16_t depth          # how many upper bits of the hash its entries share
    uint32_t padding        # slots follow: tag << 48 | entry, ascending by tag

cdef struct Place:              # where a hash is, or would be
    uint64_t index              # of a cell
    Segment *segment
    int count
    int position                # of the first slot with this tag or a higher one
    uint64_t tag

cdef class Table:
    cdef uint64_t *directory        # 2 ** depth cells: depth << 57 | count << 48 | segment
    cdef int depth
    cdef Py_ssize_t deepest         # segments as deep as the directory
    cdef Py_ssize_t length
    cdef uint64_t swept             # see free_segments
    cdef Py_ssize_t held            # bytes of entries, segments and directory
    cdef Ordered deadlines          # None until an entry gets a deadline
    cdef public uint32_t access_clock
    cdef public bint counts_frequency
    cdef public bint leaves_access      # accesses leave no mark
    cdef public uint32_t frequency_log_factor
    cdef public uint32_t frequency_decay_minutes

    # For compiled callers; an Entry * is good until the next call that changes the table.
    cdef Entry *find(self, const unsigned char *key, size_t length) noexcept
    cdef Entry *live(self, bytes key, int64_t now_ms) noexcept
    cdef Entry *put(self, const unsigned char *key, size_t key_length, int kind,
                    const void *value, size_t value_length, int64_t deadline) except NULL
    cdef bint drop(self, const unsigned char *key, size_t length) except -1
    cdef Entry *random_entry(self) noexcept
    cdef uint64_t scan_entries(self, uint64_t cursor, Py_ssize_t count, list found) except? 0

    cpdef fetch_ahead(self, list keys)
    cpdef object get(self, bytes key, int64_t now_ms=*)
    cpdef object text(self, bytes key, int64_t now_ms=*)
    cpdef bint contains(self, bytes key, int64_t now_ms=*)
    cpdef Py_ssize_t size_of(self, bytes key, int64_t now_ms=*)
    cpdef object slice(self, bytes key, Py_ssize_t start, Py_ssize_t stop)
    cpdef bint write_at(self, bytes key, Py_ssize_t offset, bytes data) except -1
    cpdef bint set(self, bytes key, object value, int64_t deadline=*) except -1
    cpdef bint set_text(self, bytes key, bytes value, int64_t deadline=*) except -1
    cpdef bint set_raw(self, bytes key, bytes value, int64_t deadline=*) except -1
    cpdef object add(self, bytes key, int64_t delta, int64_t now_ms=*)
    cpdef bint remove(self, bytes key) except -1
    cpdef object pop(self, bytes key)
    cpdef int64_t deadline(self, bytes key) noexcept
    cpdef bint set_deadline(self, bytes key, int64_t deadline) except -1
    cpdef object access(self, bytes key)
    cpdef bint set_access(self, bytes key, uint32_t access)
    cpdef bint is_due(self, bytes key, int64_t now_ms) noexcept
    cpdef Py_ssize_t drop_due(self, int64_t now_ms, Py_ssize_t limit) except -1
    cpdef list due(self, int64_t now_ms, Py_ssize_t limit)
    cpdef int64_t first_deadline(self) noexcept
    cpdef tuple scan(self, uint64_t cursor, Py_ssize_t count)
    cpdef Py_ssize_t clear_some(self, Py_ssize_t limit) except -1

    cdef bint locate(self, uint64_t hash_, const unsigned char *key, size_t length,
                     Place *place) noexcept
    cdef Entry *touched(self, bytes key, int64_t now_ms) noexcept
    cdef void count_access(self, Entry *entry) noexcept
    cdef uint32_t decayed_frequency(self, uint32_t access) noexcept
    cdef Entry *replace_block(self, Place *place, Entry *old, size_t size,
                              int64_t deadline) except NULL
    cdef int enter_deadline(self, Entry *entry, size_t size, int64_t deadline) except -1
    cdef int exchange_deadline(self, Entry *old, Entry *entry, size_t size,
                               int64_t deadline) except -1
    cdef uint32_t new_access(self) noexcept
    cdef int make_room(self, uint64_t hash_, Place *place) except -1
    cdef void insert_slot(self, Place *place, Entry *entry) noexcept
    cdef Segment *fit_capacity(self, uint64_t index, int count, int capacity) except NULL
    cdef Segment *try_capacity(self, uint64_t index, int count, int capacity) noexcept
    cdef void set_cells(self, uint64_t index, Segment *segment, int count, int depth) noexcept
    cdef int split(self, uint64_t index) except -1
    cdef int double_directory(self) except -1
    cdef int free_entry(self, Entry *entry) except -1
    cdef void remove_slot(self, Place *place) noexcept
    cdef void merge(self, uint64_t index) noexcept
    cdef int halve_directory(self) except -1
    cdef void free_segment(self, Segment *segment) noexcept
    cdef int drop_taken(self, uint64_t hash_, Entry *entry) except -1
    cdef int free_segments(self, Py_ssize_t limit) except -1
    cdef void free_empty_segments(self) noexcept
