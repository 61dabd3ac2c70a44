cimport cython

from rediskit.clients.client cimport Client
from rediskit.keyspace.database cimport Database
from rediskit.datatypes.list cimport List
from rediskit.structures.sorting cimport by_number, by_text


@cython.locals(pattern=Pattern)
cdef list in_order(Database database, list elements, Pattern pattern, dict options, bint backwards,
                   Py_ssize_t first, Py_ssize_t past)
@cython.locals(pattern=Pattern)
cdef list fetched(Database database, list elements, list texts)


@cython.final
cdef class Pattern:
    cdef bytes before
    cdef bytes after
    cdef bytes field
    cdef bint is_element
    cdef bint leads_nowhere

    cdef object find(self, Database database, bytes element)
