# Argument bytes -> values; see arguments.py.

cimport cython

from rediskit.protocol.numbers cimport integer_or_none, parse_float

cdef long long _LARGEST



cpdef object integer(bytes text, error=*)
@cython.locals(value="long long", most="long long", least="long long")
cpdef long long deadline_ms(bytes text, long long unit_ms, long long base_ms, command,
                            bint may_have_passed=*) except? -1
@cython.locals(value=double)
cpdef double number(bytes text, error=*) except? -1
cpdef double seconds(bytes text) except? -1


@cython.final
cdef class Options:
    cdef readonly dict table
    cdef readonly object unknown

    @cython.locals(found=dict, end=Py_ssize_t)
    cpdef dict read(self, object words, Py_ssize_t position=*)
    @cython.locals(found=dict, end=Py_ssize_t)
    cpdef tuple read_leading(self, object words, Py_ssize_t position=*)
    cdef Option find(self, word)
    @cython.locals(option=Option, seen="unsigned long long", end=Py_ssize_t)
    cdef Py_ssize_t take(self, object words, Py_ssize_t position, dict found) except -1


@cython.final
cdef class Option:
    cdef readonly bytes name
    cdef readonly unsigned long long bit
    cdef public unsigned long long excluded
    cdef readonly Py_ssize_t count
    cdef readonly bint repeats
    cdef readonly object convert

    cdef keep(self, object words, Py_ssize_t position, dict found)
