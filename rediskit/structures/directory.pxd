# The places of entries by the hashes of their keys; see directory.pyx for how it works.

from libc.stdint cimport uint64_t

from rediskit.structures.entry cimport Entry
from rediskit.structures.memory cimport Owned
from rediskit.structures.segments cimport Place, Segment
from rediskit.structures.hash_order cimport Hashed

cdef enum:
    BATCH = 64                      # keys whose entries are fetched at once


cdef struct Batch:                  # the places of keys, as far as their hashes tell
    int count
    uint64_t tags[BATCH]
    uint64_t cells[BATCH]
    int positions[BATCH]


cdef class Directory(Owned):
    cdef uint64_t *cells            # 2 ** depth of them: depth << 57 | count << 48 | segment
    cdef int depth
    cdef Py_ssize_t deepest         # segments as deep as the directory
    cdef Py_ssize_t length
    cdef Py_ssize_t held            # bytes of entries, segments and cells
    cdef uint64_t swept             # see free_segments

    cdef bint locate(self, uint64_t hash_, const unsigned char *key, size_t length,
                     Place *place) noexcept
    cdef int make_room(self, uint64_t hash_, Place *place) except -1
    cdef void insert_slot(self, Place *place, Entry *entry) noexcept
    cdef void remove_slot(self, Place *place) noexcept
    cdef int free_entry(self, Entry *entry) except -1
    cdef Py_ssize_t remove_group(self, const Hashed *group, Py_ssize_t count) noexcept
    cdef void fetch_segment(self, uint64_t hash_) noexcept
    cdef Entry *random_entry(self) noexcept
    cdef uint64_t scan_entries(self, uint64_t cursor, Py_ssize_t count, list found) except? 0
    cdef int free_all(self) except -1
    cdef int free_segments(self, Py_ssize_t limit) except -1
    cdef int check_places(self) except -1
    cpdef fetch_ahead(self, list keys)
    cpdef fetch_words(self, list requests, Py_ssize_t index)

    cdef Segment *fit_capacity(self, uint64_t index, int count, int capacity) except NULL
    cdef Segment *try_capacity(self, uint64_t index, int count, int capacity) noexcept
    cdef void set_cells(self, uint64_t index, Segment *segment, int count, int depth) noexcept
    cdef void set_count(self, uint64_t index, Segment *segment, int count) noexcept
    cdef int split(self, uint64_t index) except -1
    cdef int double_cells(self) except -1
    cdef void merge(self, uint64_t index) noexcept
    cdef int halve_cells(self) except -1
    cdef void free_segment(self, Segment *segment) noexcept
    cdef void free_empty_segments(self) noexcept

# Fills in the place of any entry, each equally likely; False if there is none.
cdef bint draw_place(Directory directory, Place *place) noexcept
cdef const uint64_t *draw_slot(Directory directory) noexcept
