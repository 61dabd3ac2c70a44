# Bytes that grow in C memory, for functions of Lua; see writer.pyx.

from libc.string cimport memcpy

cdef struct Writer:
    char *data
    size_t length
    size_t capacity
    size_t most                 # bytes it may hold
    bint failed                 # there was no memory: what was written is not whole

cdef bint grow(Writer *writer, size_t more) noexcept nogil
cdef void forget(Writer *writer) noexcept nogil


cdef inline bint has_room(Writer *writer, size_t more) noexcept nogil:
    """Whether `more` bytes can be written at data + length."""
    return writer.capacity - writer.length >= more or grow(writer, more)


cdef inline void put(Writer *writer, const char *data, size_t size) noexcept nogil:
    if has_room(writer, size):
        memcpy(writer.data + writer.length, data, size)
        writer.length += size


cdef inline void put_byte(Writer *writer, char byte) noexcept nogil:
    if has_room(writer, 1):
        writer.data[writer.length] = byte
        writer.length += 1


cdef inline void start(Writer *writer) noexcept nogil:
    """Begins anew. What the last use left is kept, unless it was large."""
    if writer.capacity > 65536:
        forget(writer)
    writer.length = 0
    writer.failed = False


cdef inline char *content(Writer *writer) noexcept nogil:
    """What was written; never NULL."""
    return writer.data if writer.data != NULL else <char *>&writer.failed
