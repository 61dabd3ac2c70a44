# A consumer group of a stream; see group.pyx.

from libc.stdint cimport int64_t, uint32_t, uint64_t

from rediskit.structures.ids cimport Id
from rediskit.structures.pending cimport Delivery, Pending
from rediskit.structures.stream cimport Entries

cdef struct Consumer:
    uint32_t number             # in `owner` of the group's rows; not 0
    uint32_t name_length
    int64_t seen_ms             # when it was named last
    int64_t active_ms           # when it got an entry last; -1: it never did
    Pending pending             # the ids of its entries
    # the name follows

cdef inline char *consumer_name(const Consumer *consumer) noexcept nogil:
    return <char *>consumer + sizeof(Consumer)

cdef class Group:
    cdef Id last                        # of the last entry that was delivered
    cdef public long long entries_read  # how many were, counted from the first ever; -1: unknown
    cdef Pending pending
    cdef Consumer **consumers           # by name
    cdef Consumer **numbered            # by number; NULL where there is none
    cdef readonly uint32_t count        # of consumers
    cdef uint32_t capacity              # of both arrays; numbers are below it
    cdef uint64_t releases              # how many entries were released, ever
    cdef readonly Py_ssize_t nacked     # entries that nobody owns

    # For compiled callers.
    cdef Consumer *consumer_at(self, uint32_t number) except NULL
    cdef Consumer *enter(self, const char *name, uint32_t length, int64_t seen_ms,
                         int64_t active_ms) except NULL
    cdef int assign(self, const Delivery *delivery) except -1
    cdef bint drop(self, Id id) noexcept
    cdef void count_read(self, Entries entries, Id id) except *

    cdef uint32_t place_of(self, const char *name, uint32_t length, bint *found) noexcept
    cdef int widen(self) except -1
    cdef Id *released_ids(self) except NULL
    cdef void tighten(self, void *leaf) noexcept

    cpdef uint32_t find_consumer(self, bytes name) except? 0xFFFFFFFF
    cpdef uint32_t create_consumer(self, bytes name, int64_t now_ms) except 0
    cpdef Py_ssize_t remove_consumer(self, uint32_t number) except -1
    cpdef bytes name_of(self, uint32_t number)
    cpdef int touch(self, uint32_t number, int64_t now_ms, bint gets) except -1
    cpdef Py_ssize_t deliver(self, Entries entries, Py_ssize_t most, uint32_t number,
                             int64_t now_ms, bint keeps) except -1
    cpdef int give(self, tuple pair, uint32_t number, int64_t time_ms, uint64_t count) except -1
    cpdef bint release_to_nobody(self, tuple pair, uint64_t count) except -1
    cpdef tuple find(self, tuple pair)
    cpdef bint acknowledge(self, tuple pair) except -1
    cpdef int forget(self, tuple first, tuple last) except -1
    cpdef list rows(self, tuple first, tuple last, Py_ssize_t most, int64_t until_ms=*)
    cpdef list rows_of(self, uint32_t number, tuple first, tuple last, Py_ssize_t most,
                       int64_t until_ms=*)
    cpdef list oldest(self, int64_t until_ms, Py_ssize_t most)
    cpdef object oldest_time(self)
    cpdef int copy_to(self, Group other) except -1
    cpdef int clear(self) except -1
