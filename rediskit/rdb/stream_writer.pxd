# Streams as a snapshot or a payload has them; see stream_writer.pyx.

from cpython.ref cimport PyObject

from rediskit.rdb.output cimport Output
from rediskit.structures.group cimport Group
from rediskit.structures.ids cimport Id
from rediskit.structures.pending cimport Pending
from rediskit.structures.stream_runs cimport Run

cdef class StreamWriter(Output):
    cdef unsigned char *frame       # what a compact form is built in
    cdef size_t frame_capacity

    cdef int make_frame(self, size_t size) except -1
    cdef int put_stream(self, const PyObject *value, int type_) except -1

    cdef int put_id(self, Id id) except -1
    cdef int put_raw_id(self, Id id) except -1
    cdef int put_run(self, const Run *run) except -1
    cdef int put_group(self, const PyObject *name, Group group, int type_) except -1
    cdef int put_rows(self, Pending *pending) except -1
    cdef int put_ids(self, Pending *pending) except -1
    cdef int put_released(self, Group group) except -1
    cdef int put_producers(self, const PyObject *value) except -1

cdef int stream_type(const PyObject *value) noexcept
