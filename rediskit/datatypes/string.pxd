from rediskit.structures.buffer cimport Buffer
from rediskit.structures.text cimport Text

cdef class String(Text):
    cpdef Py_ssize_t size(self)
    cpdef bytes text(self)
    cpdef bytes slice(self, Py_ssize_t start, Py_ssize_t stop)
    cpdef Buffer edit(self)
    cpdef encode_into(self, Buffer out, int protocol)

cpdef object content_of(object text)
