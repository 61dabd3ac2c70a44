"""Numbers of 1 to 64 bits, signed or not, at any bit offset of a byte string, read and changed.

The first bit of a field is its highest. A number that does not fit its field wraps around, stays
at the nearest limit, or is not written, as its operation says. All arithmetic is that of signed 64
bits, which hold every number but those of an unsigned field of 64 bits, which there is not.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint64_t

from rediskit.structures.bits cimport Span, field_at, put_field, take_span
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.entry cimport (
    BYTES, RAW, Entry, entry_kind, entry_value, entry_value_length)
from rediskit.structures.table cimport Table

cdef extern from *:
    """
    #define add_overflows __builtin_add_overflow
    """
    bint add_overflows(int64_t left, int64_t right, int64_t *total) noexcept nogil

cdef enum:
    GETS = 0
    SETS = 1
    INCREMENTS = 2

cdef enum:
    WRAPS = 0
    SATURATES = 1
    FAILS = 2

GET = GETS
SET = SETS
INCREMENT = INCREMENTS
WRAP = WRAPS
SATURATE = SATURATES
FAIL = FAILS


cdef class Operation:
    """GET, SET (to a value) or INCREMENT (by a value) of one field, with WRAP, SATURATE or FAIL.

    width: 1 to 64 bits, for unsigned numbers 63 at most. offset, value: of signed 64 bits.
    """

    def __init__(self, int action, int overflow, bint is_signed, int width, int64_t offset,
                 int64_t value):
        if not 1 <= width <= 63 + is_signed or offset < 0 or offset > INT64_MAX - width:
            raise ValueError("no such field")
        self.action = action
        self.overflow = overflow
        self.is_signed = is_signed
        self.width = width
        self.offset = offset
        self.value = value

    @property
    def end(self):
        """How many bytes a string has at least that holds the field."""
        return (self.offset + self.width + 7) >> 3

    cdef object run(self, unsigned char *data, Py_ssize_t size, int *changed):
        """The number that was there, for INCREMENT the new one; None where writing failed.

        What is not GET needs a field that lies within the data.
        """
        cdef int64_t old = self.number_at(data, size), new
        if self.action == GETS:
            return old
        new = old
        if not self.fit(&new):
            return None
        if new != old:
            put_field(data, self.offset, self.width, <uint64_t>new)
            changed[0] += 1
        return new if self.action == INCREMENTS else old

    cdef int64_t number_at(self, const unsigned char *data, Py_ssize_t size) noexcept:
        return self.wrapped(<int64_t>field_at(data, size, self.offset, self.width))

    cdef int64_t wrapped(self, int64_t number) noexcept:
        """The number that the low bits of another one spell."""
        cdef int shift = 64 - self.width
        if self.is_signed:
            return <int64_t>(<uint64_t>number << shift) >> shift
        return <int64_t>(<uint64_t>number << shift >> shift)

    cdef bint fit(self, int64_t *number) noexcept:
        """Makes the new number of an old one; False if it does not fit and must not be written.

        SET takes numbers that are too low for an unsigned field, or further below a signed one
        than 64 bits tell, for too high ones, as Redis does.
        """
        cdef int64_t highest = <int64_t>((<uint64_t>1 << (self.width - self.is_signed)) - 1)
        cdef int64_t lowest = -highest - 1 if self.is_signed else 0
        cdef int64_t old = number[0] if self.action == INCREMENTS else 0, total
        cdef bint too_high, too_low
        if add_overflows(old, self.value, &total):
            too_high = self.value > 0
            too_low = not too_high
        else:
            too_high = total > highest
            too_low = total < lowest
        if too_low and self.action == SETS:
            too_high = not self.is_signed or <uint64_t>highest - <uint64_t>total > INT64_MAX
        if self.overflow == SATURATES and (too_high or too_low):
            total = highest if too_high else lowest
        number[0] = self.wrapped(total)
        return self.overflow != FAILS or not (too_high or too_low)


cpdef tuple run_all(list operations, object text):
    """(what each operation gives, how many changed the text), run in order.

    `text`: a Buffer that holds all fields, or bytes if all operations are GET.
    """
    cdef Span span
    cdef Operation operation
    cdef int changed = 0
    take_span(text, &span)
    for operation in operations:
        if operation.action != GETS:
            check_field(operation, span.size if type(text) is Buffer else 0)
    return [operation.run(<unsigned char *>span.data, span.size, &changed)
            for operation in operations], changed


cpdef tuple run_in_entry(Table table, bytes key, list operations, Py_ssize_t size, int64_t now_ms):
    """run_all() on the value of a key; None if it is not bytes within its entry, or is shorter.

    `size`: of a string that holds all fields that are not only read, 0 if there are none.
    """
    cdef Entry *entry = table.touched(key, now_ms)
    cdef Operation operation
    cdef int changed = 0
    if entry == NULL or entry_kind(entry) != BYTES:
        return None
    if <Py_ssize_t>entry_value_length(entry) < size:
        return None
    for operation in operations:
        if operation.action != GETS:
            check_field(operation, entry_value_length(entry))
    if size:
        entry[0] |= RAW
    return [operation.run(entry_value(entry), entry_value_length(entry), &changed)
            for operation in operations], changed


cdef int check_field(Operation operation, Py_ssize_t size) except -1:
    if (operation.offset + operation.width + 7) >> 3 > size:
        raise IndexError("field behind the end")
    return 0
