# Hash table keyed by bytes; see table.pyx for how it works.

from libc.stdint cimport int64_t, uint32_t, uint64_t

from rediskit.structures.directory cimport Directory
from rediskit.structures.entry cimport Entry
from rediskit.structures.ordered cimport Ordered
from rediskit.structures.segments cimport Place

cdef class Table(Directory):
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
    cpdef Py_ssize_t due_count(self, int64_t now_ms) noexcept
    cpdef bint has_due(self, int64_t now_ms) noexcept
    cpdef int64_t first_deadline(self) noexcept
    cpdef tuple scan(self, uint64_t cursor, Py_ssize_t count)
    cpdef Py_ssize_t clear_some(self, Py_ssize_t limit) except -1

    cdef Entry *touched(self, bytes key, int64_t now_ms) noexcept
    cdef void count_access(self, Entry *entry) noexcept
    cdef uint32_t decayed_frequency(self, uint32_t access) noexcept
    cdef Entry *replace_block(self, Place *place, Entry *old, size_t size,
                              int64_t deadline, int64_t *indexed) except NULL
    cdef int enter_deadline(self, Entry *entry, size_t size, int64_t deadline) except -1
    cdef int64_t exchange_deadline(self, Entry *old, Entry *entry, size_t size,
                                   int64_t deadline) except? -1
    cdef bint postpone(self, Entry *entry, int64_t now_ms) except -1
    cdef uint32_t new_access(self) noexcept
    cdef Py_ssize_t drop_few(self, Py_ssize_t count, int64_t now_ms) except -1
    cdef Py_ssize_t drop_burst(self, Py_ssize_t count, int64_t now_ms) except -1
