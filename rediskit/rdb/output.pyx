"""Where a snapshot or a payload is written to: a block that goes to a file, or is taken as bytes.

It knows lengths and strings, in the shortest form each has, and sums up the CRC of what has been
written. No Python object is made or looked at, so that it can be used in the child of a fork.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.errno cimport EINTR, errno
from libc.stdint cimport INT32_MAX, INT32_MIN, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from rediskit.rdb.format cimport (
    COMPRESSED, ENCODED, INTEGER_8, INTEGER_16, INTEGER_32, LENGTH_14, LENGTH_32, LENGTH_64,
    LONGEST_INTEGER, SHORTEST_COMPRESSED)
from rediskit.structures.crc64 cimport update_crc64
from rediskit.structures.digits cimport integer_of, write_integer
from rediskit.structures.lzf cimport compress
from rediskit.structures.memory cimport allocate, release, resize

import os

cdef extern from "<unistd.h>" nogil:
    ssize_t c_write "write"(int fd, const void *data, size_t size)

cdef extern from *:
    """
    #define swapped_32(word) __builtin_bswap32(word)
    #define swapped_64(word) __builtin_bswap64(word)
    """
    uint32_t swapped_32(uint32_t word) noexcept nogil
    uint64_t swapped_64(uint64_t word) noexcept nogil

cdef enum:
    BLOCK = 262144
    SMALLEST_BLOCK = 256            # of an output that is taken as bytes
    LARGEST_HEAD = 9                # bytes of a length
    SAVED = 4                       # bytes that compression must save at least


cdef class Output:
    """Writes to the file of a descriptor, or keeps all for take() if that is -1.

    sums: whether there is to be a CRC. compresses: whether long strings are compressed. Writing
    raises OSError, and MemoryError where a string needs more room to be compressed.
    """

    def __init__(self, int fd=-1, bint sums=True, bint compresses=True):
        self.fd = fd
        self.sums = sums
        self.compresses = compresses
        self.grow(BLOCK if fd >= 0 else SMALLEST_BLOCK)

    def __dealloc__(self):
        if self.block != NULL:
            release(self.block, self.capacity)
        if self.spare != NULL:
            release(self.spare, self.spare_capacity)

    @property
    def written(self):
        """Bytes written so far, those that are still in the block included."""
        return self.flushed + self.used

    cdef int grow(self, size_t size) except -1:
        if self.block == NULL:
            self.block = <unsigned char *>allocate(size)
        else:
            self.block = <unsigned char *>resize(self.block, self.capacity, size)
        self.capacity = size
        return 0

    cdef int make_spare(self, size_t size) except -1:
        if self.spare != NULL:
            release(self.spare, self.spare_capacity)
            self.spare = NULL
        self.spare = <unsigned char *>allocate(size)
        self.spare_capacity = size
        return 0

    cdef void sum_up(self) noexcept:
        """Sees to it that the CRC is that of all bytes in the block."""
        if self.sums:
            self.crc = update_crc64(
                self.crc, self.block + self.summed, self.used - self.summed)
        self.summed = self.used

    cdef int write_memory(self, const unsigned char *data, size_t size) except -1:
        """Writes all of some bytes to the file. Raises OSError."""
        cdef ssize_t done
        while size:
            done = c_write(self.fd, data, size)
            if done >= 0:
                data += done
                size -= done
                self.flushed += done
            elif errno != EINTR:
                raise OSError(errno, os.strerror(errno))
        return 0

    cpdef int flush(self) except -1:
        """Writes what is in the block to the file. Raises OSError."""
        cdef size_t size = self.used
        if self.fd < 0:
            return 0
        self.sum_up()
        self.used = self.summed = 0
        return self.write_memory(self.block, size)

    cpdef bytes take(self):
        """What is in the block, which is empty then; for outputs without a file."""
        cdef bytes content
        self.sum_up()
        content = PyBytes_FromStringAndSize(<char *>self.block, self.used)
        self.flushed += self.used
        self.used = self.summed = 0
        return content

    cdef unsigned char *room(self, size_t size) except NULL:
        """Where up to `size` bytes can be written; the caller adds to `used` what it wrote."""
        if self.capacity - self.used < size:
            self.flush()
            if self.capacity - self.used < size:
                self.grow(self.used + size + (self.used >> 1))
        return self.block + self.used

    cdef int put_byte(self, int byte) except -1:
        self.room(1)[0] = <unsigned char>byte
        self.used += 1
        return 0

    cdef int put_memory(self, const void *data, size_t size) except -1:
        if self.fd >= 0 and size > BLOCK:
            self.flush()
            if self.sums:
                self.crc = update_crc64(self.crc, <const unsigned char *>data, size)
            return self.write_memory(<const unsigned char *>data, size)
        memcpy(self.room(size), data, size)
        self.used += size
        return 0

    cdef int put_length(self, uint64_t length) except -1:
        """Writes a length in 1, 2, 5 or 9 bytes, the highest first."""
        cdef unsigned char *to = self.room(LARGEST_HEAD)
        cdef uint32_t word
        if length < 64:
            to[0] = <unsigned char>length
            self.used += 1
        elif length < 1 << 14:
            to[0] = <unsigned char>(LENGTH_14 | length >> 8)
            to[1] = <unsigned char>(length & 255)
            self.used += 2
        elif length <= 0xFFFFFFFF:
            to[0] = LENGTH_32
            word = swapped_32(<uint32_t>length)
            memcpy(to + 1, &word, 4)
            self.used += 5
        else:
            to[0] = LENGTH_64
            length = swapped_64(length)
            memcpy(to + 1, &length, 8)
            self.used += 9
        return 0

    cdef int put_text(self, const unsigned char *text, size_t length) except -1:
        """Writes a string: as an integer, if it spells one of 32 bits, or compressed, or as is."""
        cdef int64_t value
        if (length <= LONGEST_INTEGER and integer_of(<const char *>text, length, &value)
                and INT32_MIN <= value <= INT32_MAX):
            return self.put_integer(value)
        return self.put_blob(text, length)

    cdef int put_integer(self, int64_t value) except -1:
        """Writes an integer as a string: in 1, 2 or 4 bytes, or its digits if it needs more."""
        cdef unsigned char *to = self.room(24)
        if not INT32_MIN <= value <= INT32_MAX:
            to[0] = <unsigned char>write_integer(<char *>to + 1, value)
            self.used += 1 + to[0]
            return 0
        memcpy(to + 1, &value, 4)
        if -128 <= value <= 127:
            to[0] = ENCODED | INTEGER_8
            self.used += 2
        elif -32768 <= value <= 32767:
            to[0] = ENCODED | INTEGER_16
            self.used += 3
        else:
            to[0] = ENCODED | INTEGER_32
            self.used += 5
        return 0

    cdef int put_blob(self, const unsigned char *data, size_t length) except -1:
        """Writes a string that is no integer: compressed, if that makes it shorter, or as is."""
        cdef size_t size
        if self.compresses and length >= SHORTEST_COMPRESSED:
            if self.spare_capacity < length:
                self.make_spare(length + length // 2)
            size = compress(data, length, self.spare, length - SAVED)
            if size:
                self.put_byte(ENCODED | COMPRESSED)
                self.put_length(size)
                self.put_length(length)
                return self.put_memory(self.spare, size)
        self.put_length(length)
        return self.put_memory(data, length)

    cdef int put_crc(self) except -1:
        """Writes the CRC of all there is so far, 0 if none is wanted; the lowest byte first."""
        cdef uint64_t crc
        self.sum_up()
        crc = self.crc if self.sums else 0
        return self.put_memory(&crc, 8)
