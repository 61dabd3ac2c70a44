# Bits of byte strings; see bits.pyx.

from libc.stdint cimport int64_t, uint64_t

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.table cimport Table

cdef struct Span:               # readable memory, good until its owner changes
    const unsigned char *data
    Py_ssize_t size

cdef int take_span(object text, Span *span) except -1
cdef uint64_t field_at(const unsigned char *data, Py_ssize_t size, int64_t offset,
                       int width) noexcept
cdef void put_field(unsigned char *data, int64_t offset, int width, uint64_t value) noexcept

cpdef int64_t read_offset(bytes text) noexcept
cpdef int get_bit(object text, int64_t offset) except -1
cpdef int set_bit(Buffer buffer, int64_t offset, bint bit) except -1
cpdef int entry_bit(Table table, bytes key, int64_t offset, int64_t now_ms) noexcept
cpdef int set_entry_bit(Table table, bytes key, int64_t offset, bint bit, int64_t now_ms) noexcept
cpdef int64_t count_ones(object text, int64_t first, int64_t past) except -1
cpdef int64_t find_bit(object text, bint bit, int64_t first, int64_t past) except -2
cpdef bytes combine(int operation, list texts)
cpdef bytes invert(object text)
