# A long byte string with an owner; see text.pyx.

from cpython.ref cimport PyObject

cdef class Text:
    cdef public object content      # bytes until the first change, then a Buffer

# Where the bytes of a Text are, without a reference to it or to what it holds.
cdef void look_at(const PyObject *text, const unsigned char **data, size_t *length) noexcept
