# Redis' glob patterns; see glob.py.

cimport cython

cdef int STAR, QUESTION, OPEN, CLOSE, BACKSLASH, CARET, DASH


@cython.locals(parts="const unsigned char *", bytes_="const unsigned char *",
               end=Py_ssize_t, length=Py_ssize_t, place=Py_ssize_t, position=Py_ssize_t,
               stars=int, after_star=Py_ssize_t, taken=Py_ssize_t, following=Py_ssize_t)
cpdef bint matches(bytes pattern, bytes text, bint ignore_case=*) except -1
@cython.locals(part=int)
cdef Py_ssize_t fits(const unsigned char *parts, Py_ssize_t place, Py_ssize_t end, int byte,
                     bint ignore_case) noexcept
@cython.locals(part=int, negated=bint, found=bint, first=int, last=int)
cdef Py_ssize_t fits_class(const unsigned char *parts, Py_ssize_t place, Py_ssize_t end, int byte,
                           bint ignore_case) noexcept
cdef int lower(int byte) noexcept
