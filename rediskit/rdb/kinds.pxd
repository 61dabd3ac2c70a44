# Which type of values an object is of, told without a reference to it; see kinds.pyx.

from cpython.ref cimport PyObject

# The numbers that the rows of datatypes/registry.py have.
cdef enum Kind:
    NO_KIND = -1
    TEXT_KIND = 0
    LIST_KIND = 1
    SET_KIND = 2
    SORTED_SET_KIND = 3
    HASH_KIND = 4
    STREAM_KIND = 6

cdef Kind kind_of(const PyObject *value) noexcept
