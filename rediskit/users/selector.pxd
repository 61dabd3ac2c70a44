cimport cython

from rediskit.grammar.command cimport Command
from rediskit.glob cimport matches

cdef int _MAY_READ, _MAY_WRITE
cdef unsigned long long _NO_AUTH, _PUBSUB, _READING, _WRITING


cdef class KeyPattern:
    cdef readonly bytes text
    cdef public int access


cdef class Selector:
    cdef readonly bint covers_future
    cdef readonly bint all_commands
    cdef readonly set commands
    cdef readonly dict first_arguments
    cdef readonly list command_rules
    cdef readonly bint all_keys
    cdef readonly list key_patterns
    cdef readonly bint all_channels
    cdef readonly list channels

    cpdef object denial(self, Command command, list arguments)
    cdef bint permits_first(self, Command command, list arguments) except -1
    @cython.locals(needed=int, pattern=KeyPattern)
    cdef bint permits_key(self, bytes key, unsigned long long flags) except -1
    cdef Py_ssize_t denied_channel(self, Command command, list arguments) except -1
