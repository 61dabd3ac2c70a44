"""A growable string of bytes that is changed in place: long string values, and replies on the way.

The content lies in one block, with room behind it that doubles as it grows, and, while a reply is
being sent piece by piece, with sent bytes before it that are dropped when room is needed.

    block | discarded | content | room |
          0         start  start + length   capacity
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport INT64_MAX
from libc.string cimport memcpy, memmove, memset

from rediskit.structures.digits cimport write_integer
from rediskit.structures.memory cimport Account, allocate, enter, release, resize, usable

cdef enum:
    SMALLEST = 64
    LARGEST_STEP = 1 << 20          # beyond it the room that is added no longer doubles


cdef class Buffer:
    """Bytes that can grow and change. Buffer(b"...") starts with a copy of its argument."""

    def __init__(self, bytes content=b""):
        if content:
            self.clear()
            self.append_memory(PyBytes_AS_STRING(content), PyBytes_GET_SIZE(content))

    def __dealloc__(self):
        cdef Account before
        if self.block != NULL:
            before = self.enter_own()
            release(self.block, self.capacity)
            enter(before)

    def __len__(self):
        return self.length

    def __bytes__(self):
        return self.slice(0, self.length)

    @property
    def memory(self):
        """Bytes of the block."""
        return usable(self.capacity) if self.block != NULL else 0

    cdef unsigned char *room(self, Py_ssize_t size) except NULL:
        """Where `size` more bytes can be written; the caller adds to `length` what it wrote."""
        cdef Py_ssize_t wanted, end = self.start + self.length
        if size <= self.capacity - end and self.block != NULL:
            return self.block + end
        if size > INT64_MAX // 2 - self.length:
            raise MemoryError()
        wanted = self.length + size
        if self.start and wanted <= self.capacity - self.capacity // 4:
            memmove(self.block, self.block + self.start, self.length)
            self.start = 0
            return self.block + self.length
        self.reallocate(wanted + (wanted if wanted < LARGEST_STEP else LARGEST_STEP))
        return self.block + self.length

    cdef int reallocate(self, Py_ssize_t capacity) except -1:
        """Moves the content to the front of a block of another capacity, not below its length."""
        cdef unsigned char *block
        if capacity < SMALLEST:
            capacity = SMALLEST
        if self.block == NULL:
            self.block = <unsigned char *>allocate(capacity)
        elif self.start == 0:
            self.block = <unsigned char *>resize(self.block, self.capacity, capacity)
        else:
            block = <unsigned char *>allocate(capacity)
            memcpy(block, self.block + self.start, self.length)
            release(self.block, self.capacity)
            self.block = block
            self.start = 0
        self.capacity = capacity
        return 0

    cdef int append_memory(self, const void *data, Py_ssize_t size) except -1:
        memcpy(self.room(size), data, size)
        self.length += size
        return 0

    cpdef int append(self, bytes data) except -1:
        """Adds bytes at the end."""
        return self.append_memory(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))

    cpdef int append_decimal(self, long long number) except -1:
        """Adds the decimal digits of a number."""
        self.length += write_integer(<char *>self.room(20), number)
        return 0

    cpdef int append_line(self, int mark, long long number) except -1:
        """Adds a mark, the decimal digits of a number, and CR LF."""
        cdef char *target = <char *>self.room(24)
        cdef int size
        target[0] = <char>mark
        size = 1 + write_integer(target + 1, number)
        target[size] = c"\r"
        target[size + 1] = c"\n"
        self.length += size + 2
        return 0

    cpdef int append_block(self, bytes data) except -1:
        """Adds `$`, the length of data, CR LF, data, CR LF."""
        return self.append_block_memory(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))

    cpdef int append_buffer_block(self, Buffer other) except -1:
        """append_block() of a buffer's content, which may be this one."""
        self.room(other.length + 26)        # its own content may move now, but not later
        return self.append_block_memory(other.block + other.start, other.length)

    cdef int append_block_memory(self, const void *data, Py_ssize_t size) except -1:
        cdef char *target = <char *>self.room(size + 26)
        cdef Py_ssize_t end
        target[0] = c"$"
        end = 1 + write_integer(target + 1, size)
        target[end] = c"\r"
        target[end + 1] = c"\n"
        memcpy(target + end + 2, data, size)
        end += 2 + size
        target[end] = c"\r"
        target[end + 1] = c"\n"
        self.length += end + 2
        return 0

    cpdef bytes slice(self, Py_ssize_t start, Py_ssize_t stop):
        """A copy of the bytes from `start` up to `stop`, both cut to what is there."""
        if start < 0:
            start = 0
        if stop > self.length:
            stop = self.length
        if start >= stop:
            return b""
        return PyBytes_FromStringAndSize(<char *>self.block + self.start + start, stop - start)

    cpdef int write_at(self, Py_ssize_t offset, bytes data) except -1:
        """Overwrites from `offset` on; grows as needed, a gap is filled with zeros."""
        cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
        if offset < 0:
            raise ValueError("negative offset")
        if size > INT64_MAX - offset:
            raise MemoryError()
        self.extend_to(offset + size)
        if size:
            memcpy(self.block + self.start + offset, PyBytes_AS_STRING(data), size)
        return 0

    cpdef int extend_to(self, Py_ssize_t size) except -1:
        """Adds zeros until there are `size` bytes; does nothing if there are as many already."""
        cdef Py_ssize_t missing = size - self.length
        if missing > 0:
            memset(self.room(missing), 0, missing)
            self.length = size
        return 0

    cpdef int discard(self, Py_ssize_t count) except -1:
        """Drops bytes from the front."""
        if count < 0 or count > self.length:
            raise ValueError("discards more than there is")
        self.start += count
        self.length -= count
        if self.length == 0:
            self.start = 0
        return 0

    cpdef int clear(self) except -1:
        """Drops all content and the block."""
        if self.block != NULL:
            release(self.block, self.capacity)
        self.block = NULL
        self.start = self.length = self.capacity = 0
        return 0

    def check(self):
        """Asserts the invariants."""
        assert 0 <= self.start and 0 <= self.length
        assert self.start + self.length <= self.capacity
        assert (self.block == NULL) == (self.capacity == 0)
