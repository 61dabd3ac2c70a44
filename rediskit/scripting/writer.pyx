"""Bytes that grow in C memory, for functions of Lua.

A Writer outlives the function that uses it: when Lua leaves that by longjmp, nothing leaks. It is
a plain struct that its owner keeps; all zeros is an empty one. Where memory fails it says so once,
in `failed`, and takes no more.
"""

from libc.stdlib cimport free, realloc


cdef enum:
    MOST_BYTES = 1 << 29        # where nothing else is said


cdef bint grow(Writer *writer, size_t more) noexcept nogil:
    """Makes room for `more` bytes; whether there is memory, and no more than may be."""
    cdef size_t wanted = writer.length + more
    cdef void *moved = NULL
    if writer.failed:
        return False
    if wanted >= more and wanted <= (writer.most if writer.most else MOST_BYTES):
        wanted += wanted if wanted < 1 << 24 else wanted >> 2
        wanted = wanted if wanted > 256 else 256
        moved = realloc(writer.data, wanted)
    if moved == NULL:
        writer.failed = True
        return False
    writer.data = <char *>moved
    writer.capacity = wanted
    return True


cdef void forget(Writer *writer) noexcept nogil:
    """Gives the memory back."""
    free(writer.data)
    writer.data = NULL
    writer.length = writer.capacity = 0
