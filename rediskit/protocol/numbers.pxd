# Integers and floats as Redis reads and spells them; see numbers.py.

cimport cython

cdef unsigned long long LARGEST
cdef object SMALLEST
cdef double WHOLE_LIMIT
cdef object LARGEST_UNSIGNED
cdef bytes FLOAT_CHARACTERS
cdef dict SPECIAL_FLOATS

@cython.locals(view="const unsigned char *", length=Py_ssize_t, position=Py_ssize_t,
               digit=int, total="unsigned long long", negative=bint, value="long long")
cpdef object integer_or_none(bytes text)
@cython.locals(value=object)
cpdef long long parse_integer(bytes text) except? -1
cpdef object parse_unsigned(bytes text)
cpdef double parse_float(bytes text) except? -1
cpdef double parse_float_loosely(bytes text) except? -1
cdef double hexadecimal_float(bytes text) except? -1
@cython.locals(whole="long long", spelled=bytes)
cpdef bytes format_float(double value)
cdef bytes shortest(bytes spelled)
