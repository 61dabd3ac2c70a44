cimport cython

from rediskit.clients.client cimport Client
from rediskit.grammar.arguments cimport integer
from rediskit.keyspace.database cimport Database


@cython.final
cdef class Elements:
    cdef readonly bytes keyword
    cdef readonly object edit
    cdef readonly object read
    cdef readonly str expire_event
    cdef readonly str persist_event
    cdef readonly str removal_event
    cdef readonly bytes expire_request
    cdef readonly bytes persist_request
    cdef readonly bytes removal_request
    cdef readonly bytes if_none
    cdef readonly bytes if_all
    cdef readonly str none_given
    cdef readonly str not_at_place
    cdef readonly str repeated
    cdef readonly str too_few
    cdef readonly str mismatch
    cdef readonly str bad_parameter
    cdef readonly str bad_number
    cdef readonly str bad_count
    cdef readonly str both_conditions

    cpdef tuple listed(self, tuple words, str count_error)


@cython.final
cdef class Request:
    cdef readonly bytes condition
    cdef readonly bint keeps
    cdef readonly long long deadline
    cdef readonly Py_ssize_t time_at
    cdef readonly Py_ssize_t first
    cdef readonly Py_ssize_t past


@cython.locals(position=Py_ssize_t, word=bytes)
cpdef Request read_request(Client client, Elements elements, bytes name, tuple words,
                           Py_ssize_t width, bytes kept)
@cython.locals(count="long long")
cdef Py_ssize_t find_elements(Elements elements, Request request, tuple words,
                              Py_ssize_t position, Py_ssize_t width) except -1
@cython.locals(index=Py_ssize_t, wanted=bint)
cpdef bint is_met(Request request, Elements elements, object container, tuple words,
                  Py_ssize_t width) except -1
