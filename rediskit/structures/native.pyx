"""What the operating system and C offer and Python has no cheap word for.

Receiving without an object per attempt, sending from a Buffer, a call without a tuple, a clock
without a float, and arithmetic in C's long double, which INCRBYFLOAT is defined by.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.ref cimport PyObject
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdio cimport snprintf
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from rediskit.structures.buffer cimport Buffer

cdef extern from "<sys/socket.h>" nogil:
    ssize_t recv(int fd, void *target, size_t size, int flags)
    ssize_t c_send "send"(int fd, const void *data, size_t size, int flags)
    int MSG_DONTWAIT, MSG_NOSIGNAL

cdef extern from "<time.h>" nogil:
    struct timespec:
        long tv_sec
        long tv_nsec
    int CLOCK_MONOTONIC
    int clock_gettime(int clock, timespec *now)

cdef extern from "<stdlib.h>" nogil:
    long double strtold(const char *text, char **end)

cdef extern from "<math.h>" nogil:
    bint isnan(long double value)
    bint isinf(long double value)

cdef extern from "Python.h":
    PyObject *PyObject_Vectorcall(
        PyObject *function, PyObject **arguments, size_t count, PyObject *names) except NULL

cdef enum:
    RECEIVE_SIZE = 262144
    FEW_ARGUMENTS = 16

cdef char[RECEIVE_SIZE] receive_area


cpdef object receive(int fd, Py_ssize_t limit):
    """Up to `limit` bytes (at most 256 KB) that have arrived on a socket.

    b"" when the peer sends no more, None when nothing is there now. Raises OSError.
    """
    cdef ssize_t size
    if limit > RECEIVE_SIZE:
        limit = RECEIVE_SIZE
    while True:
        size = recv(fd, receive_area, limit, MSG_DONTWAIT)
        if size >= 0:
            return PyBytes_FromStringAndSize(receive_area, size)
        if errno == EAGAIN:
            return None
        if errno != EINTR:
            raise OSError(errno, os_strerror(errno))


cpdef Py_ssize_t send(int fd, Buffer buffer) except -1:
    """Sends what the socket takes of a buffer's content and discards it there; how many bytes.

    0 when the socket takes nothing now. Raises OSError.
    """
    cdef ssize_t size
    while buffer.length:
        size = c_send(fd, buffer.block + buffer.start, buffer.length, MSG_DONTWAIT | MSG_NOSIGNAL)
        if size >= 0:
            buffer.discard(size)
            return size
        if errno == EAGAIN:
            return 0
        if errno != EINTR:
            raise OSError(errno, os_strerror(errno))
    return 0


cdef object os_strerror(int number):
    import os
    return os.strerror(number)


cpdef object call(object function, object first, list arguments):
    """function(first, *arguments[1:]), without building a tuple or a list."""
    cdef PyObject *few[FEW_ARGUMENTS]
    cdef PyObject **all = few
    cdef Py_ssize_t count = PyList_GET_SIZE(arguments), index
    cdef PyObject *result
    if count == 0:
        raise ValueError("no arguments")
    if count > FEW_ARGUMENTS:
        all = <PyObject **>malloc(count * sizeof(PyObject *))
        if all == NULL:
            raise MemoryError()
    all[0] = <PyObject *>first
    for index in range(1, count):
        all[index] = <PyObject *>PyList_GET_ITEM(arguments, index)
    try:
        result = PyObject_Vectorcall(<PyObject *>function, all, count, NULL)
    finally:
        if all != few:
            free(all)
    return take(result)


cdef inline object take(PyObject *owned):
    """A new reference as an object."""
    cdef object result = <object>owned
    Py_DECREF_owned(owned)
    return result


cdef extern from "Python.h":
    void Py_DECREF_owned "Py_DECREF"(PyObject *reference)


cpdef long long monotonic_us() noexcept:
    """Microseconds of a clock that never goes back."""
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <long long>now.tv_sec * 1000000 + now.tv_nsec // 1000


def add_long_double(bytes left, bytes right):
    """The sum of two spelled numbers in C's long double, spelled with up to 17 decimals.

    Trailing zeros are cut. None if the sum is not a finite number. The texts must be well-formed;
    what strtold cannot read counts as far as it can be read.
    """
    cdef long double total = strtold(left, NULL) + strtold(right, NULL)
    cdef char spelled[5200]
    cdef int size
    if isnan(total) or isinf(total):
        return None
    size = snprintf(spelled, sizeof(spelled), "%.17Lf", total)
    while spelled[size - 1] == c"0":
        size -= 1
    if spelled[size - 1] == c".":
        size -= 1
    if size == 2 and spelled[0] == c"-" and spelled[1] == c"0":
        return b"0"
    return spelled[:size]
