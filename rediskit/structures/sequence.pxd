# A list of packed chunks; see sequence.pyx for how it works.

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.packed cimport Item, Pack
from rediskit.structures.sequence_nodes cimport ChunkPath, ChunkTree

# An item of a sequence, good until the next change of it.
cdef struct Place:
    ChunkPath path
    const Pack *pack
    Py_ssize_t at               # the position in the pack: pack_read(place.pack, place.at, &item)

cdef class Sequence:
    cdef ChunkTree tree         # with fill: > 0: items of a chunk; -1 to -5: 4, 8 .. 64 KB

    # For compiled callers. The text of an item that is put in must not lie in the same sequence.
    cdef int push(self, const Item *item, bint left) except -1
    cdef bint peek(self, bint left, Item *item) noexcept
    cdef void drop(self, bint left) noexcept
    cdef bint seek(self, Py_ssize_t index, Place *place) noexcept
    cdef bint step(self, Place *place, bint backwards) noexcept
    cdef int insert_item(self, Py_ssize_t index, const Item *item) except -1
    cdef int set_item(self, Py_ssize_t index, const Item *item) except -1

    cpdef int push_left(self, bytes value) except -1
    cpdef int push_right(self, bytes value) except -1
    cpdef bytes pop_left(self)
    cpdef bytes pop_right(self)
    cpdef bytes get(self, Py_ssize_t index)
    cpdef int set(self, Py_ssize_t index, bytes value) except -1
    cpdef int insert(self, Py_ssize_t index, bytes value) except -1
    cpdef int remove(self, Py_ssize_t start, Py_ssize_t count=*) except -1
    cpdef Py_ssize_t remove_value(self, bytes value, Py_ssize_t most, bint backwards=*) except -1
    cpdef Py_ssize_t find(self, bytes value, Py_ssize_t start, Py_ssize_t most,
                          bint backwards=*) except -2
    cpdef list values(self, Py_ssize_t start, Py_ssize_t count, bint backwards=*)
    cpdef int append_range(self, Buffer out, Py_ssize_t start, Py_ssize_t count) except -1
    cpdef Sequence copy(self)
    cpdef int clear(self) except -1
