# Values as a snapshot or a payload has them; see value_writer.pyx.

from cpython.ref cimport PyObject

from rediskit.rdb.stream_writer cimport StreamWriter
from rediskit.structures.entry cimport Entry
from rediskit.structures.packed cimport Item, Pack

cdef class ValueWriter(StreamWriter):
    cdef int entry_type(self, const Entry *entry) except -1
    cdef int put_entry_value(self, const Entry *entry, int type_) except -1
    cdef int object_type(self, const PyObject *value) except -1
    cdef int put_object(self, const PyObject *value, int type_) except -1

    cdef int put_item(self, Item *item) except -1
    cdef int put_list(self, const PyObject *value) except -1
    cdef int put_chunk(self, const Pack *pack) except -1
    cdef int put_set(self, const PyObject *value, int type_) except -1
    cdef int put_intset(self, const PyObject *value) except -1
    cdef int put_hash(self, const PyObject *value, int type_) except -1
    cdef int put_hash_listpack(self, const PyObject *value, int type_) except -1
    cdef int put_timed_listpack(self, const PyObject *value) except -1
    cdef int put_sorted_set(self, const PyObject *value) except -1
    cdef int put_sorted_set_listpack(self, const PyObject *value) except -1
