# The entries of a stream; see stream.pyx for how it works.

from libc.stdint cimport uint32_t, uint64_t

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.id_tree cimport IdPath, IdTree
from rediskit.structures.ids cimport Id
from rediskit.structures.packed cimport Item
from rediskit.structures.stream_runs cimport Entry, Run

# An entry of a stream, good until the next change of it.
cdef struct StreamPlace:
    IdPath path
    const Run *run
    Entry entry

cdef class Entries:
    cdef IdTree tree
    cdef readonly Py_ssize_t length
    cdef readonly Py_ssize_t runs       # how many
    cdef readonly Py_ssize_t held       # bytes of all runs
    cdef Id last                        # the highest that an entry had, or was set
    cdef Id max_deleted                 # the highest that was removed by its id
    cdef public uint64_t added          # entries that it ever had
    cdef public dict groups             # {name: Group}
    cdef public object producers        # a Producers, or None

    # For compiled callers. The text of an item that is put in must not lie in the same stream.
    cdef int push(self, Id id, const Item *items, uint32_t fields, uint64_t most_bytes,
                  uint64_t most_entries) except -1
    cdef bint seek(self, Id id, StreamPlace *place) noexcept
    cdef bint seek_back(self, Id id, StreamPlace *place) noexcept
    cdef bint step(self, StreamPlace *place) noexcept
    cdef bint holds(self, Id id, StreamPlace *place) noexcept
    cdef bint first_place(self, StreamPlace *place) noexcept
    cdef void drop(self, StreamPlace *place) noexcept
    cdef Py_ssize_t count_between(self, Id first, Id last, Py_ssize_t most) noexcept

    cdef Run **begin_run(self, Id id, const Item *items, uint32_t fields) except NULL
    cdef void drop_run(self, IdPath *path) noexcept
    cdef int append_run_back(self, Buffer out, const Run *run, Id first, Id last,
                             Py_ssize_t *most) except -1

    cpdef int append(self, tuple pair, tuple words, Py_ssize_t start, uint64_t most_bytes,
                     uint64_t most_entries) except -1
    cpdef tuple next_pair(self, uint64_t now_ms)
    cpdef bint contains(self, tuple pair) except -1
    cpdef list fields_of(self, tuple pair)
    cpdef bint remove(self, tuple pair) except -1
    cpdef Py_ssize_t trim_length(self, uint64_t keep, bint approximately, uint64_t limit) except -1
    cpdef Py_ssize_t trim_before(self, tuple pair, bint approximately, uint64_t limit) except -1
    cpdef bint cut(self, tuple pair) except -1
    cpdef Py_ssize_t count_whole_runs(self, uint64_t keep, tuple before, uint64_t limit) except -1
    cpdef Py_ssize_t count(self, tuple first, tuple last, Py_ssize_t most=*) except -1
    cpdef list ids(self, tuple first, tuple last, Py_ssize_t most=*)
    cpdef list values(self, tuple first, tuple last, Py_ssize_t most=*, bint backwards=*)
    cpdef int append_range(self, Buffer out, tuple first, tuple last, Py_ssize_t most,
                           bint backwards=*) except -1
    cpdef bint append_fields(self, Buffer out, tuple pair) except -1
    cpdef int copy_to(self, Entries other) except -1
    cpdef int clear(self) except -1

cdef int append_entry(Buffer out, const Run *run, const Entry *entry) except -1
cdef int append_pairs(Buffer out, const Run *run, const Entry *entry) except -1
