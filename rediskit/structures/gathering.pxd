# What several sets have in common; see gathering.pyx for how it works.

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.members cimport Members

cdef class Gathered:
    cdef readonly Buffer blocks
    cdef readonly Py_ssize_t count

    cpdef int append_to(self, Buffer out) except -1

cpdef Py_ssize_t count_selected(list sets, bint wanted, Py_ssize_t most_counted) except -1
cpdef Gathered gather(list sets, bint wanted)
cpdef int select_into(Members target, list sets, bint wanted, Py_ssize_t most_integers=*,
                      Py_ssize_t most=*, Py_ssize_t longest=*) except -1
