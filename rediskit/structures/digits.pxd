# Integers to and from decimal digits, as short as C can do it.

from libc.stdint cimport INT64_MAX, int64_t, uint64_t

cdef inline bint integer_of(const char *text, Py_ssize_t length, int64_t *value) noexcept nogil:
    """Whether text is the one canonical spelling of a signed 64-bit integer; stores it if so."""
    cdef uint64_t total = 0, limit = <uint64_t>INT64_MAX
    cdef Py_ssize_t position = 0
    cdef unsigned int digit
    cdef bint negative
    if length == 0 or length > 20:
        return False
    negative = text[0] == c"-"
    if negative:
        position = 1
        limit += 1
        if length == 1:
            return False
    if text[position] == c"0" and (length > 1):
        return False
    while position < length:
        digit = <unsigned char>text[position] - <unsigned int>c"0"
        if digit > 9 or total > (limit - digit) // 10:
            return False
        total = total * 10 + digit
        position += 1
    value[0] = <int64_t>(0 - total) if negative else <int64_t>total
    return True

cdef inline int write_unsigned(char *target, uint64_t rest) noexcept nogil:
    """Writes decimal digits (at most 20 bytes, no terminator); how many bytes."""
    cdef char digits[20]
    cdef int count = 0, written = 0
    while True:
        digits[count] = <char>(c"0" + rest % 10)
        count += 1
        rest //= 10
        if rest == 0:
            break
    while count:
        count -= 1
        target[written] = digits[count]
        written += 1
    return written

cdef inline int write_integer(char *target, int64_t value) noexcept nogil:
    """The same for an integer with a sign."""
    if value < 0:
        target[0] = c"-"
        return 1 + write_unsigned(target + 1, 0 - <uint64_t>value)
    return write_unsigned(target, <uint64_t>value)
