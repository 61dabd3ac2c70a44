"""Which class of values an object is of, told without a reference to it."""

from cpython.ref cimport PyObject

from rediskit.datatypes.hash import Hash
from rediskit.datatypes.list import List
from rediskit.datatypes.set import Set
from rediskit.datatypes.sorted_set import SortedSet
from rediskit.datatypes.string import String

cdef extern from "Python.h":
    PyObject *type_pointer "(PyObject *)Py_TYPE"(const PyObject *value) noexcept nogil

# The names of the module keep them alive.
cdef PyObject *string_type = <PyObject *>String
cdef PyObject *list_type = <PyObject *>List
cdef PyObject *set_type = <PyObject *>Set
cdef PyObject *sorted_set_type = <PyObject *>SortedSet
cdef PyObject *hash_type = <PyObject *>Hash


cdef Kind kind_of(const PyObject *value) noexcept:
    cdef PyObject *type_ = type_pointer(value)
    if type_ == hash_type:
        return HASH_KIND
    if type_ == sorted_set_type:
        return SORTED_SET_KIND
    if type_ == set_type:
        return SET_KIND
    if type_ == list_type:
        return LIST_KIND
    return TEXT_KIND if type_ == string_type else NO_KIND
