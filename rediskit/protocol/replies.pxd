# Values of commands -> bytes of replies; see replies.py.

cimport cython

from rediskit.structures.buffer cimport Buffer

from rediskit.protocol.numbers cimport format_float

cdef int ARRAY, INTEGER, MAP, SET, PUSH, VERBATIM
cdef bytes NOTHING, NULL_BULK, TRUE, FALSE
cdef dict ENCODERS


@cython.final
cdef class Status:
    cdef readonly bytes text
    cdef readonly bytes line


@cython.locals(status=Status, kind=object)
cpdef encode(Buffer out, object value, int protocol)
cpdef begin(Buffer out, object value, int protocol)
@cython.locals(value=object)
cdef encode_list(Buffer out, list values, int protocol)
cdef encode_rare(Buffer out, object value, int protocol)
cpdef open_array(Buffer out, Py_ssize_t count)
cpdef open_map(Buffer out, Py_ssize_t pairs, int protocol)
cpdef open_set(Buffer out, Py_ssize_t count, int protocol)
cpdef open_push(Buffer out, Py_ssize_t count, int protocol)
@cython.locals(out=Buffer)
cpdef bytes push_of(list values, int protocol)
