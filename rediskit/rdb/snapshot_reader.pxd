# A snapshot into databases; see snapshot_reader.pyx.

from libc.stdint cimport int64_t, uint64_t

from rediskit.rdb.value_reader cimport ValueReader
from rediskit.structures.entry cimport Entry
from rediskit.structures.loading cimport TableLoader
from rediskit.structures.packed cimport Item
from rediskit.structures.table cimport Table

cdef class SnapshotReader(ValueReader):
    cdef readonly bint is_valkey
    cdef readonly bint finished
    cdef readonly Py_ssize_t keys_loaded
    cdef readonly Py_ssize_t keys_expired       # left out because their time is up
    cdef readonly Py_ssize_t keys_empty         # left out because there is nothing in them
    cdef readonly Py_ssize_t deadlines          # keys with one, those left out included
    cdef readonly dict aux
    cdef readonly list libraries
    cdef readonly list skipped                  # what was, in words
    cdef readonly Py_ssize_t database
    cdef public object observer
    cdef list tables
    cdef Table table                # of the database; None if nothing is to be kept
    cdef TableLoader loader         # what has been read may still wait there
    cdef int64_t now_ms
    cdef bint replaces
    cdef object on_timed
    cdef bint begun
    cdef bint within_value          # a container's elements are still to be read

    # Of the key that is being read.
    cdef unsigned char *key
    cdef size_t key_length
    cdef size_t key_capacity
    cdef int64_t deadline
    cdef int64_t idle_seconds       # -1: not told
    cdef int frequency              # -1: not told

    cpdef bint load_some(self, Py_ssize_t limit_bytes=*) except -1

    cdef int read_head(self) except -1
    cdef int read_entry(self) except -1
    cdef int read_opcode(self, int opcode) except -1
    cdef int read_key(self, int type_) except -1
    cdef int keep_key(self) except -1
    cdef int forget_key(self) except -1
    cdef int settle(self) except -1
    cdef int expect(self, uint64_t keys) except -1
    cdef int select_database(self) except -1
    cdef int skip_module(self) except -1
    cdef int refuse(self, int type_) except -1
    cdef str key_name(self)
    cdef int store_text(self) except -1
    cdef int store_container(self) except -1
    cdef int store(self, int kind, const void *value, size_t length) except -1
    cdef void mark_access(self, Entry *entry) noexcept
