# Where a snapshot or a payload is written to; see output.pyx.

from libc.stdint cimport int64_t, uint64_t

cdef class Output:
    cdef unsigned char *block
    cdef size_t capacity
    cdef size_t used                # bytes of the block that are filled
    cdef size_t summed              # ... that the CRC knows of
    cdef unsigned char *spare       # what a string is compressed into
    cdef size_t spare_capacity
    cdef uint64_t crc
    cdef bint sums
    cdef bint compresses
    cdef readonly int fd
    cdef readonly uint64_t flushed  # bytes handed on

    cdef unsigned char *room(self, size_t size) except NULL
    cdef int put_byte(self, int byte) except -1
    cdef int put_memory(self, const void *data, size_t size) except -1
    cdef int put_length(self, uint64_t length) except -1
    cdef int put_text(self, const unsigned char *text, size_t length) except -1
    cdef int put_integer(self, int64_t value) except -1
    cdef int put_blob(self, const unsigned char *data, size_t length) except -1
    cdef int put_crc(self) except -1
    cpdef int flush(self) except -1
    cpdef bytes take(self)

    cdef int grow(self, size_t size) except -1
    cdef int make_spare(self, size_t size) except -1
    cdef void sum_up(self) noexcept
    cdef int write_memory(self, const unsigned char *data, size_t size) except -1
