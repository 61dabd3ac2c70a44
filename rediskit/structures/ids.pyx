"""The ids of a stream's entries: milliseconds and a sequence number, 64 bits each, without sign.

In C an id is an Id; in Python it is a pair of integers, so that pairs compare as ids do. On the
wire it is spelled "ms-seq".

A number in an id that a client sends is whatever strtoull() takes, as Redis uses that: blanks, a
sign and zeros may lead; only a canonical negative number is refused.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memchr

cdef enum:
    LONGEST_TEXT = 127          # bytes of an id that is worth a look

FIRST_ID = (0, 0)
LAST_ID = (0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)


cdef Id id_of(tuple pair) except *:
    """The Id of a pair. Raises OverflowError and TypeError."""
    return make_id(<uint64_t>pair[0], <uint64_t>pair[1])


cdef bytes spelled(Id id):
    """The bytes that spell an id."""
    cdef char[LONGEST_ID] text
    return PyBytes_FromStringAndSize(text, write_id(text, id))


cdef bint read_plain(const char *text, Py_ssize_t length, uint64_t *value) noexcept:
    """Reads digits; False if there are none, something else, or too many of them."""
    cdef uint64_t total = 0, limit = <uint64_t>-1
    cdef Py_ssize_t position
    cdef unsigned int digit
    for position in range(length):
        digit = <unsigned char>text[position] - <unsigned int>c"0"
        if digit > 9 or total > (limit - digit) // 10:
            return False
        total = total * 10 + digit
    value[0] = total
    return length > 0


cdef bint read_number(const char *text, Py_ssize_t length, uint64_t *value) noexcept:
    """Reads a number as Redis does; see the head of this file."""
    cdef Py_ssize_t position = 0
    if read_plain(text, length, value):
        return True
    while position < length and (text[position] == c" " or c"\t" <= text[position] <= c"\r"):
        position += 1
    if position == length or (text[position] != c"-" and text[position] != c"+"):
        return position > 0 and read_plain(text + position, length - position, value)
    if not read_plain(text + position + 1, length - position - 1, value):
        return False
    if text[position] == c"-":
        if position == 0 and text[1] != c"0" and value[0] <= <uint64_t>1 << 63:
            return False
        value[0] = 0 - value[0]
    return True


cpdef tuple parse_id(bytes text, uint64_t missing_seq):
    """The pair for "ms-seq", or "ms" and a sequence number; None for what is no id."""
    cdef const char *start = PyBytes_AS_STRING(text)
    cdef Py_ssize_t length = PyBytes_GET_SIZE(text)
    cdef const char *end
    cdef const char *dash
    cdef uint64_t ms, seq = missing_seq
    if length > LONGEST_TEXT:
        return None
    end = <const char *>memchr(start, 0, length)
    if end == NULL:
        end = start + length
    dash = <const char *>memchr(start, c"-", end - start)
    if not read_number(start, (dash if dash != NULL else end) - start, &ms):
        return None
    if dash != NULL and not read_number(dash + 1, end - dash - 1, &seq):
        return None
    return (ms, seq)


cpdef object parse_ms(bytes text):
    """The milliseconds of "ms-*"; None for what is not of this form."""
    cdef const char *start = PyBytes_AS_STRING(text)
    cdef Py_ssize_t length = PyBytes_GET_SIZE(text)
    cdef uint64_t ms
    if not 3 <= length <= LONGEST_TEXT or start[length - 1] != c"*" or start[length - 2] != c"-":
        return None
    if memchr(start, c"-", length - 2) != NULL or not read_number(start, length - 2, &ms):
        return None
    return ms


cpdef tuple following(tuple pair):
    """The next id; None after the last there can be."""
    cdef Id id = id_of(pair)
    return (id.ms, id.seq) if next_id(&id) else None


cpdef tuple preceding(tuple pair):
    """The id before; None before the first there can be."""
    cdef Id id = id_of(pair)
    return (id.ms, id.seq) if previous_id(&id) else None


cpdef bytes spell_id(tuple pair):
    """The bytes that spell an id."""
    return spelled(id_of(pair))
