# All databases as a snapshot; see snapshot_writer.pyx.

from libc.stdint cimport uint64_t

from rediskit.rdb.value_writer cimport ValueWriter
from rediskit.structures.entry cimport Entry
from rediskit.structures.segments cimport Segment
from rediskit.structures.table cimport Table

cdef class SnapshotWriter(ValueWriter):
    cdef readonly int version
    cdef readonly Py_ssize_t keys_written
    cdef readonly Py_ssize_t database       # whose turn it is; how many there are: all is written
    cdef readonly bint finished
    cdef bint marks_access
    cdef list tables
    cdef list left_out              # of each database: None, or a Table of keys written already
    cdef Py_ssize_t left_out_count
    cdef Py_ssize_t count           # of tables
    cdef void **addresses           # of the tables, without references
    cdef uint64_t reached           # of the database: what has a lower hash is written
    cdef bint opened                # its number is written

    cpdef bint write_some(self, Py_ssize_t limit_bytes=*) except -1
    cpdef int before_change(self, Py_ssize_t database, bytes key) except -1

    cdef int put_aux(self, bytes name, bytes value) except -1
    cdef int put_library(self, bytes code) except -1
    cdef int open_database(self, Py_ssize_t number, bint with_sizes) except -1
    cdef bint put_database(self, uint64_t until) except -1
    cdef bint put_segment(self, const Segment *segment, int count, int depth,
                          uint64_t until) except -1
    cdef bint is_left_out(self, const Entry *entry) noexcept
    cdef int put_entry(self, Py_ssize_t database, const Entry *entry) except -1
