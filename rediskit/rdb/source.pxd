# Where a snapshot or a payload is read from; see source.pyx.

from libc.stdint cimport int64_t, uint64_t

from rediskit.structures.packed cimport Item

cdef class Source:
    cdef readonly int fd
    cdef readonly uint64_t size     # of all there is
    cdef const unsigned char *data  # what is at hand: the window, or a whole payload
    cdef size_t at                  # of the next byte
    cdef size_t end                 # of what is at hand
    cdef size_t summed              # ... up to where the CRC knows of it
    cdef uint64_t before            # bytes that came before what is at hand
    cdef uint64_t crc
    cdef readonly uint64_t crc_found        # behind the data; 0: none, or not read yet
    cdef bint sums
    cdef unsigned char *window
    cdef bytes payload
    cdef unsigned char *long_text   # a string that is longer than the window
    cdef size_t long_capacity
    cdef unsigned char *expanded    # a string that was compressed
    cdef size_t expanded_capacity

    cdef inline uint64_t position(self) noexcept:
        return self.before + self.at

    cdef inline uint64_t left(self) noexcept:
        return self.size - self.position()

    cdef int fail(self, str reason) except -1
    cdef const unsigned char *take(self, size_t size) except NULL
    cdef int take_byte(self) except -1
    cdef uint64_t take_length(self, int *encoding=*) except? 0x7FFFFFFFFFFFFFFF
    cdef size_t take_count(self, size_t smallest) except? 0x7FFFFFFFFFFFFFFF
    cdef int take_item(self, Item *item) except -1
    cdef int check_crc(self) except -1
    cdef void forget_long(self) noexcept

    cdef int fill(self, size_t size) except -1
    cdef const unsigned char *take_long(self, size_t size) except NULL
    cdef int take_compressed(self, Item *item) except -1
    cdef int read_memory(self, unsigned char *to, size_t size) except -1
    cdef void sum_up(self) noexcept
