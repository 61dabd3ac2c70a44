# Which class of values an object is of, told without a reference to it; see kinds.pyx.

from cpython.ref cimport PyObject

cdef enum Kind:
    NO_KIND
    TEXT_KIND
    LIST_KIND
    SET_KIND
    SORTED_SET_KIND
    HASH_KIND

cdef Kind kind_of(const PyObject *value) noexcept
