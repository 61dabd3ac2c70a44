# What the producers of a stream have sent lately; see producers.pyx.

cdef class Producers:
    cdef readonly dict sent             # {producer: {message: id, 16 bytes}}
    cdef readonly long long duration_seconds
    cdef readonly long long most
    cdef public unsigned long long added
    cdef public unsigned long long repeated
    cdef readonly Py_ssize_t held

    cdef int hold(self, Py_ssize_t delta) except -1

    cpdef int limit(self, long long duration_seconds, long long most) except -1
    cpdef tuple find(self, bytes producer, bytes message, object now_ms)
    cpdef int note(self, bytes producer, bytes message, tuple pair) except -1
    cpdef int count_messages(self) except -1
    cpdef Producers copy(self)
    cpdef int clear(self) except -1
