# Streams from a snapshot or a payload; see stream_reader.pyx.

from libc.stdint cimport int64_t, uint64_t

from rediskit.rdb.elements cimport Elements
from rediskit.rdb.source cimport Source
from rediskit.structures.group cimport Group
from rediskit.structures.ids cimport Id
from rediskit.structures.packed cimport Item
from rediskit.structures.stream cimport Entries

cdef struct ItemArray:
    Item *items
    size_t capacity

cdef class StreamReader(Source):
    cdef uint64_t stream_bytes, stream_entries
    cdef ItemArray names            # of the fields of a master entry
    cdef ItemArray words            # fields and values of an entry

    cdef Py_ssize_t open_elements(self, Elements *elements, int form, int width) except -1
    cdef int read_run(self, Entries entries) except -1
    cdef int read_rest(self, Entries entries, int type_) except -1

    cdef bytes take_text(self)
    cdef Id take_id(self) except *
    cdef Id take_raw_id(self) except *
    cdef int64_t take_time(self, int64_t least) except? -1
    cdef long long element_number(self, Elements *elements) except? -1
    cdef int read_stream_entry(self, Entries entries, Elements *elements, Id first,
                        uint64_t fields) except -1
    cdef int read_group(self, Entries entries, int type_) except -1
    cdef int read_rows(self, Group group) except -1
    cdef int read_consumer(self, Group group, int type_) except -1
    cdef int read_released(self, Group group) except -1
    cdef int read_producers(self, Entries entries) except -1
