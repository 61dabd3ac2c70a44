"""What the operating system and C offer and Python has no cheap word for.

Receiving without an object per attempt, sending from a Buffer, a call without a tuple, a clock
without a float, and arithmetic in C's long double, which INCRBYFLOAT is defined by.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.ref cimport PyObject
from libc.errno cimport EAGAIN, EINTR, ERANGE, errno
from libc.float cimport LDBL_MAX
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
    int CLOCK_MONOTONIC, CLOCK_REALTIME
    int clock_gettime(int clock, timespec *now)

cdef extern from "<stdlib.h>" nogil:
    long double strtold(const char *text, char **end)

cdef extern from *:
    """
    #define set_errno(value) (errno = (value))
    """
    void set_errno(int value) noexcept nogil

cdef extern from *:
    """
    #ifdef __linux__
    #include <sys/prctl.h>
    #define disable_huge_pages() prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)
    #else
    #define disable_huge_pages() (errno = ENOSYS, -1)
    #endif
    """
    int disable_huge_pages() nogil

cdef extern from "<math.h>" nogil:
    bint isnan(long double value)
    bint isinf(long double value)

cdef extern from "Python.h":
    PyObject *PyObject_Vectorcall(
        PyObject *function, PyObject **arguments, size_t count, PyObject *names) except NULL

cdef enum:
    RECEIVE_SIZE = 262144
    FEW_ARGUMENTS = 16
    LONGEST_NUMBER = 5120       # bytes of a spelled number, as in Redis

cdef double LEAST = 5e-324      # above 0

# All threads share it: receive() holds Python's GIL until what came is in an object of its own.
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


def refuse_huge_pages():
    """Has the system give this process and its children no transparent huge pages. OSError."""
    if disable_huge_pages():
        raise OSError(errno, os_strerror(errno))


cdef object os_strerror(int number):
    import os
    return os.strerror(number)


cpdef object call(object function, object first, list arguments, Py_ssize_t skipped=1):
    """function(first, *arguments[skipped:]), without building a tuple or a list; skips >= 1."""
    cdef PyObject *few[FEW_ARGUMENTS]
    cdef PyObject **all = few
    cdef Py_ssize_t count = PyList_GET_SIZE(arguments), index
    cdef PyObject *result
    if skipped < 1 or count < skipped:
        raise ValueError("too few arguments")
    skipped -= 1
    count -= skipped
    if count > FEW_ARGUMENTS:
        all = <PyObject **>malloc(count * sizeof(PyObject *))
        if all == NULL:
            raise MemoryError()
    all[0] = <PyObject *>first
    for index in range(1, count):
        all[index] = <PyObject *>PyList_GET_ITEM(arguments, skipped + index)
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


cdef extern from *:
    """
    #if defined(__x86_64__)
    #define read_ticks() __builtin_ia32_rdtsc()
    #elif defined(__aarch64__)
    static inline unsigned long long read_ticks(void) {
        unsigned long long ticks;
        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
        return ticks;
    }
    #else
    static inline unsigned long long read_ticks(void) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000000000ULL + now.tv_nsec;
    }
    #endif
    """
    unsigned long long read_ticks() noexcept nogil

# The anchor is the process's, and all threads move it: with the GIL held, so it is of one moment.
cdef long long anchor_ns = 0            # the clock and the processor's counter, looked at together
cdef unsigned long long anchor_ticks = 0
cdef double ns_per_tick = 0
cdef enum:
    LONGEST_QUICK_NS = 1000000


cpdef long long monotonic_us() noexcept:
    """Microseconds of a clock that never goes back."""
    global anchor_ns, anchor_ticks, ns_per_tick
    cdef timespec now
    cdef unsigned long long ticks = read_ticks()
    cdef long long now_ns
    clock_gettime(CLOCK_MONOTONIC, &now)
    now_ns = <long long>now.tv_sec * 1000000000 + now.tv_nsec
    if anchor_ns and ticks - anchor_ticks > 100000:
        ns_per_tick = <double>(now_ns - anchor_ns) / <double>(ticks - anchor_ticks)
    if not anchor_ns or ticks - anchor_ticks > 100000:
        anchor_ns = now_ns
        anchor_ticks = ticks
    return now_ns // 1000


cpdef long long wall_us() noexcept:
    """Microseconds since 1970."""
    cdef timespec now
    clock_gettime(CLOCK_REALTIME, &now)
    return <long long>now.tv_sec * 1000000 + now.tv_nsec // 1000


cpdef long long quick_us() noexcept:
    """monotonic_us() for a third of its cost, exact to a few microseconds.

    Goes on from the last monotonic_us() by the processor's own counter, for a millisecond at most.
    """
    cdef double passed_ns
    if ns_per_tick == 0:
        return monotonic_us()
    passed_ns = <double>(read_ticks() - anchor_ticks) * ns_per_tick
    if passed_ns > LONGEST_QUICK_NS:
        return monotonic_us()
    return (anchor_ns + <long long>passed_ns) // 1000


cdef long double read_long_double(bytes text) except? -1:
    """The number that a text spells from its first to its last byte. ValueError."""
    cdef const char *start = PyBytes_AS_STRING(text)
    cdef char *end = NULL
    cdef long double value
    cdef int range_error
    if len(text) == 0 or len(text) >= LONGEST_NUMBER or start[0] in b" \t\n\v\f\r":
        raise ValueError("not a number")
    set_errno(0)
    value = strtold(start, &end)
    range_error = errno == ERANGE and (isinf(value) or value == 0)
    if end != start + len(text) or range_error or isnan(value):
        raise ValueError("not a number")
    return value


cpdef double parse_long_double(bytes text) except? -1:
    """The number that C's long double reads, as a double. ValueError.

    What is too large for a double is infinite, what is too small the one nearest to 0.
    """
    cdef long double value = read_long_double(text)
    cdef double nearest = <double>value
    if nearest == 0 and value != 0:
        return LEAST if value > 0 else -LEAST
    return nearest


def add_long_double(bytes left, bytes right):
    """The sum of two spelled numbers in C's long double, spelled with up to 17 decimals.

    Trailing zeros are cut. None if the sum is not finite. Raises ValueError if a text is not a
    number.
    """
    cdef long double total = read_long_double(left) + read_long_double(right)
    if isnan(total) or isinf(total):
        return None
    return spell_long_double(total)


def bounded_sum(bytes value, bytes increment, bytes low, bytes high, bint saturates):
    """(whether it is to be kept, the sum, what was added) of two spelled numbers, within bounds.

    Outside of them nothing is added, or (saturates) as much as leads to the nearest one. The last
    is None if it is not finite. Raises ValueError for lower bounds above the higher one.
    """
    cdef long double before = read_long_double(value), total = before + read_long_double(increment)
    cdef long double lowest = read_long_double(low), highest = read_long_double(high)
    if lowest > highest:
        raise ValueError("bounds")
    if isinf(lowest) and lowest < 0:
        lowest = -LDBL_MAX
    if isinf(highest) and highest > 0:
        highest = LDBL_MAX
    if not lowest <= total <= highest:
        if not saturates:
            return False, spell_long_double(before), b"0"
        total = lowest if total < lowest else highest
    if isinf(total - before):
        return True, spell_long_double(total), None
    return True, spell_long_double(total), spell_long_double(total - before)


cdef bytes spell_long_double(long double number):
    """A finite number with up to 17 decimals, trailing zeros cut."""
    cdef char spelled[LONGEST_NUMBER + 100]
    cdef int size = snprintf(spelled, sizeof(spelled), "%.17Lf", number)
    while spelled[size - 1] == c"0":
        size -= 1
    if spelled[size - 1] == c".":
        size -= 1
    if size == 2 and spelled[0] == c"-" and spelled[1] == c"0":
        return b"0"
    return spelled[:size]
