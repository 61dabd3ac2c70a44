"""A long byte string: bytes until they are changed, from then on a Buffer.

What it is good for is in datatypes/string; it lies here so that a snapshot, in the child of a
fork, can read the bytes without a reference to any object: that would copy a page for each.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.ref cimport PyObject

from rediskit.structures.buffer cimport Buffer


cdef class Text:
    """content: bytes or a Buffer."""


cdef void look_at(const PyObject *text, const unsigned char **data, size_t *length) noexcept:
    """Stores where the bytes of a Text are and how many; good until it changes."""
    cdef void *content = <void *>(<Text>text).content
    if PyBytes_CheckExact(<object>content):
        data[0] = <const unsigned char *>PyBytes_AS_STRING(<object>content)
        length[0] = PyBytes_GET_SIZE(<object>content)
    else:
        data[0] = (<Buffer>content).block + (<Buffer>content).start
        length[0] = (<Buffer>content).length
