cimport cython

cdef unsigned long long _NOT_KEY
cdef tuple _SET, _READ_AND_SET


cdef class KeySpec:
    cdef public str begin
    cdef public str find
    cdef public unsigned long long flags
    cdef public Py_ssize_t index
    cdef public bytes keyword
    cdef public Py_ssize_t last
    cdef public Py_ssize_t limit
    cdef public Py_ssize_t step

    @cython.locals(place=Py_ssize_t, count=Py_ssize_t, end=Py_ssize_t, number="long long")
    cdef bint collect(self, list words, list found) except -1
    @cython.locals(place=Py_ssize_t)
    cdef Py_ssize_t _start(self, list words) except -2
    cdef Py_ssize_t _end(self, Py_ssize_t start, Py_ssize_t count)


@cython.locals(spec=KeySpec)
cpdef list find(list specs, list words)
cpdef tuple set_keys(list words)
