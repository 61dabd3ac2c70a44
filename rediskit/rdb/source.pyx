"""Where a snapshot or a payload is read from, with every length checked before it is believed.

A file goes through a window of a fixed size; what is longer is read into a block of its own, once
it is known that the file has as much. A compressed string is looked through before it is expanded:
only what really expands to the length that it claims gets so much memory.

Whatever is wrong ends in Damaged, with the place; nothing here recurses or reads further then.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.errno cimport EINTR, errno
from libc.stdint cimport INT64_MAX, int8_t, int16_t, int32_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove

from rediskit.rdb.format cimport (
    COMPRESSED, ENCODED, INTEGER_8, INTEGER_16, INTEGER_32, LENGTH_14, LENGTH_32, LENGTH_64)
from rediskit.structures.crc64 cimport update_crc64
from rediskit.structures.lzf cimport LZF_SLACK, expand, expanded_size
from rediskit.structures.memory cimport allocate, release
from rediskit.structures.packed cimport BYTES, integer_item

import os

from rediskit.rdb.damage import Damaged

cdef extern from "<unistd.h>" nogil:
    ssize_t c_read "read"(int fd, void *to, size_t size)

cdef extern from *:
    """
    #define swapped_32(word) __builtin_bswap32(word)
    #define swapped_64(word) __builtin_bswap64(word)
    """
    uint32_t swapped_32(uint32_t word) noexcept nogil
    uint64_t swapped_64(uint64_t word) noexcept nogil

cdef enum:
    WINDOW = 262144
    SMALLEST_EXPANDED = 16384
    NO_ENCODING = -1
    LARGEST_EXPANSION = 88          # bytes for each that is compressed: 264 for 3


cdef class Source:
    """Reads `size` bytes of the file of a descriptor, from where it is, or of a payload (0: all).

    sums: whether to know the CRC of what has been read.
    """

    def __init__(self, int fd=-1, uint64_t size=0, bytes payload=b"", bint sums=True):
        self.fd = fd
        self.sums = sums
        if fd >= 0:
            self.size = size
            self.window = <unsigned char *>allocate(WINDOW)
            self.data = self.window
        else:
            self.payload = payload
            self.data = <const unsigned char *>PyBytes_AS_STRING(payload)
            self.size = self.end = min(size or INT64_MAX, <uint64_t>PyBytes_GET_SIZE(payload))

    def __dealloc__(self):
        if self.window != NULL:
            release(self.window, WINDOW)
        self.forget_long()

    @property
    def offset(self):
        """Bytes read so far."""
        return self.position()

    cdef int fail(self, str reason) except -1:
        """Raises Damaged."""
        raise Damaged(reason, self.position())

    cdef void sum_up(self) noexcept:
        if self.sums:
            self.crc = update_crc64(self.crc, self.data + self.summed, self.at - self.summed)
        self.summed = self.at

    cdef int read_memory(self, unsigned char *to, size_t size) except -1:
        """Reads up to `size` bytes of the file, at least one; how many. Raises OSError."""
        cdef ssize_t done
        while True:
            done = c_read(self.fd, to, min(size, <size_t>1 << 30))
            if done > 0:
                return <int>done
            if done == 0:
                self.fail("the file is shorter than it was")
            if errno != EINTR:
                raise OSError(errno, os.strerror(errno))

    cdef int fill(self, size_t size) except -1:
        """Sees to it that `size` bytes, no more than the window holds, are at hand."""
        cdef size_t space
        cdef uint64_t beyond = self.size - self.before - self.end
        if size - (self.end - self.at) > beyond:
            self.fail("unexpected end")
        self.sum_up()
        memmove(self.window, self.window + self.at, self.end - self.at)
        self.before += self.at
        self.end -= self.at
        self.at = self.summed = 0
        while self.end < size:
            space = WINDOW - self.end
            beyond = self.size - self.before - self.end
            self.end += self.read_memory(
                self.window + self.end, space if space < beyond else <size_t>beyond)
        return 0

    cdef const unsigned char *take(self, size_t size) except NULL:
        """The next `size` bytes, good until more is taken."""
        if size > self.end - self.at:
            if size > WINDOW:
                return self.take_long(size)
            self.fill(size)
        self.at += size
        return self.data + self.at - size

    cdef const unsigned char *take_long(self, size_t size) except NULL:
        """take() for what is longer than the window."""
        cdef size_t taken = self.end - self.at, have = taken
        if size > self.left() or self.fd < 0:
            self.fail("unexpected end")
        if self.long_capacity < size:
            if self.long_text != NULL:
                release(self.long_text, self.long_capacity)
                self.long_text = NULL
                self.long_capacity = 0
            self.long_text = <unsigned char *>allocate(size)
            self.long_capacity = size
        memcpy(self.long_text, self.data + self.at, have)
        self.at = self.end
        self.sum_up()
        while have < size:
            have += self.read_memory(self.long_text + have, size - have)
        self.before += self.end + size - taken
        self.at = self.end = self.summed = 0
        if self.sums:
            self.crc = update_crc64(self.crc, self.long_text + taken, size - taken)
        return self.long_text

    cdef void forget_long(self) noexcept:
        """Gives back the memory of long strings."""
        if self.long_text != NULL:
            release(self.long_text, self.long_capacity)
            self.long_text = NULL
            self.long_capacity = 0
        if self.expanded != NULL:
            release(self.expanded, self.expanded_capacity)
            self.expanded = NULL
            self.expanded_capacity = 0

    cdef int take_byte(self) except -1:
        return self.take(1)[0]

    cdef uint64_t take_length(self, int *encoding=NULL) except? 0x7FFFFFFFFFFFFFFF:
        """A length; or, where `encoding` is given, what it stores there unless that is -1."""
        cdef int first = self.take_byte()
        cdef uint32_t word
        cdef uint64_t long_word
        if encoding != NULL:
            encoding[0] = NO_ENCODING
        if first < LENGTH_14:
            return first
        if first < LENGTH_32:
            return (first & 63) << 8 | self.take_byte()
        if first == LENGTH_32:
            memcpy(&word, self.take(4), 4)
            return swapped_32(word)
        if first == LENGTH_64:
            memcpy(&long_word, self.take(8), 8)
            return swapped_64(long_word)
        if first < ENCODED or encoding == NULL:
            self.fail("not a length")
        encoding[0] = first - ENCODED
        return 0

    cdef size_t take_count(self, size_t smallest) except? 0x7FFFFFFFFFFFFFFF:
        """A number of elements, each of which takes at least so many bytes."""
        cdef uint64_t count = self.take_length()
        if count > self.left() // smallest:
            self.fail("more elements than there are bytes")
        return count

    cdef int take_item(self, Item *item) except -1:
        """A string, as the integer or as the bytes it is written as; good until more is taken."""
        cdef int encoding
        cdef uint64_t length = self.take_length(&encoding)
        cdef int8_t narrow
        cdef int16_t short_
        cdef int32_t word
        if encoding == NO_ENCODING:
            if length > self.left():
                self.fail("unexpected end of a string")
            item.kind = BYTES
            item.length = length
            item.text = self.take(length)
        elif encoding == INTEGER_8:
            narrow = <int8_t>self.take_byte()
            integer_item(item, narrow)
        elif encoding == INTEGER_16:
            memcpy(&short_, self.take(2), 2)
            integer_item(item, short_)
        elif encoding == INTEGER_32:
            memcpy(&word, self.take(4), 4)
            integer_item(item, word)
        elif encoding == COMPRESSED:
            self.take_compressed(item)
        else:
            self.fail(f"unknown encoding {encoding} of a string")
        return 0

    cdef int take_compressed(self, Item *item) except -1:
        cdef uint64_t size = self.take_length(), length = self.take_length()
        cdef const unsigned char *data
        if size > self.left():
            self.fail("unexpected end of a compressed string")
        if length > LARGEST_EXPANSION * size:
            self.fail("a compressed string is damaged")
        data = self.take(size)
        if self.expanded_capacity < length + LZF_SLACK:
            # Nothing takes more memory than it is known to need, but for what is always there.
            if (length + LZF_SLACK > SMALLEST_EXPANDED
                    and <uint64_t>expanded_size(data, size) != length):
                self.fail("a compressed string is damaged")
            if self.expanded != NULL:
                release(self.expanded, self.expanded_capacity)
                self.expanded = NULL
                self.expanded_capacity = 0
            self.expanded_capacity = max(length + LZF_SLACK, SMALLEST_EXPANDED)
            self.expanded = <unsigned char *>allocate(self.expanded_capacity)
        if not expand(data, size, self.expanded, length):
            self.fail("a compressed string is damaged")
        item.kind = BYTES
        item.text = self.expanded
        item.length = length
        return 0

    cdef int check_crc(self) except -1:
        """Takes the CRC of all before it, which may be 0 for none."""
        self.sum_up()
        memcpy(&self.crc_found, self.take(8), 8)
        if self.sums and self.crc_found and self.crc_found != self.crc:
            self.at -= 8
            self.fail("RDB CRC error: wrong checksum")
        return 0
