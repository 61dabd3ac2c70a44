cimport cython

from rediskit.grammar.command cimport Command
from rediskit.users.selector cimport Selector


cdef class User:
    cdef readonly bytes name
    cdef public bint enabled
    cdef public bint needs_no_password
    cdef public bint sanitizes
    cdef readonly list passwords
    cdef readonly list selectors

    @cython.locals(selector=Selector)
    cpdef object denial(self, Command command, list arguments)
