# Bytes of a client -> requests; see requests.py.

cimport cython

from rediskit.protocol.numbers cimport integer_or_none

cdef Py_ssize_t COUNT_LIMIT, LINE_LIMIT, RESERVED, NAME_LIMIT, WAIT
cdef int CR, ASTERISK, DOLLAR, ZERO
cdef int SPACE, TAB, VERTICAL_TAB, FORM_FEED, DOUBLE_QUOTE, SINGLE_QUOTE
cdef list NAMES


@cython.final
cdef class RequestParser:
    cdef bytes data
    cdef Py_ssize_t size
    cdef Py_ssize_t position
    cdef Py_ssize_t start
    cdef list waiting
    cdef Py_ssize_t waiting_size
    cdef list arguments
    cdef Py_ssize_t filled
    cdef Py_ssize_t missing
    cdef Py_ssize_t bulk_length
    cdef bytearray gathered
    cdef object failure
    cdef bint _authenticated
    cdef Py_ssize_t _max_bulk_length
    cdef Py_ssize_t count_limit
    cdef Py_ssize_t length_limit

    cdef set_limits(self)
    cpdef feed(self, bytes data)
    @cython.locals(request=list)
    cpdef list next(self)
    cpdef Py_ssize_t pending(self)
    cpdef Py_ssize_t unparsed(self)
    cdef drop_parsed(self)
    cdef join_waiting(self)
    cdef fail(self, failure)
    @cython.locals(view="const unsigned char *", words=list, count=Py_ssize_t)
    cdef list take(self)
    @cython.locals(view="const unsigned char *", arguments=list, value=bytes,
                   length=Py_ssize_t, position=Py_ssize_t)
    cdef list take_bulks(self)
    @cython.locals(view="const unsigned char *", first=Py_ssize_t, position=Py_ssize_t,
                   end=Py_ssize_t, number=Py_ssize_t, digit=int)
    cdef Py_ssize_t take_number(self, Py_ssize_t limit) noexcept
    @cython.locals(end=Py_ssize_t)
    cdef Py_ssize_t line_end(self, too_long) except? -2
    @cython.locals(end=Py_ssize_t)
    cdef Py_ssize_t take_count(self) except? -2
    @cython.locals(end=Py_ssize_t, mark=int)
    cdef Py_ssize_t take_length(self) except? -2
    @cython.locals(end=Py_ssize_t, value=bytes)
    cdef bytes gather(self, Py_ssize_t length)
    @cython.locals(slot=Py_ssize_t, index=Py_ssize_t, known=bytes, value=bytes)
    cdef bytes name(self, const unsigned char *view, Py_ssize_t position, Py_ssize_t length)
    @cython.locals(end=Py_ssize_t, words=list)
    cdef list take_inline(self)
    @cython.locals(view="const unsigned char *", words=list, first=Py_ssize_t)
    cdef list plain_words(self, Py_ssize_t position, Py_ssize_t end)
