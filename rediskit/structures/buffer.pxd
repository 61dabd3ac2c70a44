# A growable string of bytes; see buffer.pyx.

from rediskit.structures.memory cimport Owned

cdef class Buffer(Owned):
    cdef unsigned char *block
    cdef Py_ssize_t start           # of the content within the block
    cdef readonly Py_ssize_t length
    cdef Py_ssize_t capacity        # of the block

    cdef unsigned char *room(self, Py_ssize_t size) except NULL
    cdef int reallocate(self, Py_ssize_t capacity) except -1
    cdef int append_memory(self, const void *data, Py_ssize_t size) except -1
    cdef int append_block_memory(self, const void *data, Py_ssize_t size) except -1

    cpdef int append(self, bytes data) except -1
    cpdef int append_decimal(self, long long number) except -1
    cpdef int append_line(self, int mark, long long number) except -1
    cpdef int append_block(self, bytes data) except -1
    cpdef int append_buffer_block(self, Buffer other) except -1
    cpdef bytes slice(self, Py_ssize_t start, Py_ssize_t stop)
    cpdef int write_at(self, Py_ssize_t offset, bytes data) except -1
    cpdef int extend_to(self, Py_ssize_t size) except -1
    cpdef int discard(self, Py_ssize_t count) except -1
    cpdef int clear(self) except -1
