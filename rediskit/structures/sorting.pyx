"""Sorting byte strings by numbers or texts that go with them, as SORT does.

Numbers are read as C's strtod does and turned into unsigned integers of the same order, by which
the elements are distributed byte by byte, from the lowest on; a byte that all have in common
costs nothing. Elements of the same number are then sorted by their bytes. Texts are compared.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_Check, PyBytes_GET_SIZE
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.ref cimport Py_INCREF, PyObject
from libc.errno cimport errno
from libc.locale cimport LC_COLLATE, setlocale
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, malloc, strtod
from libc.string cimport memcmp, memcpy, memset, strcmp

cdef extern from *:
    """
    #define set_errno(value) (errno = (value))
    """
    void set_errno(int value) noexcept nogil

cdef extern from "Python.h":
    PyObject *PyList_GET_ITEM(list elements, Py_ssize_t index) noexcept

ctypedef int (*Compare)(const void *one, const void *other) noexcept

cdef extern from "<stdlib.h>":
    void qsort(void *items, size_t count, size_t size, Compare compare) noexcept

cdef extern from "<string.h>" nogil:
    int strcoll(const char *first, const char *second)

cdef enum:
    EXACT_DIGITS = 15           # an integer of so many digits is a double
    FEW = 512                   # elements that are rather compared than distributed
    MOST = 0xFFFFFFFF           # elements

cdef struct Weighed:
    uint64_t number
    PyObject *element
    PyObject *text              # what a text is sorted by; NULL if there is none

# The comparing functions are given no context. Nobody else sorts at the same time, in no thread:
# from where this is set until all is sorted no Python code runs, and the GIL is held.
cdef int direction = 1


# Comparing

cdef int compare_bytes(PyObject *one, PyObject *other) noexcept:
    cdef Py_ssize_t length = PyBytes_GET_SIZE(<object>one)
    cdef Py_ssize_t other_length = PyBytes_GET_SIZE(<object>other)
    cdef int order = memcmp(PyBytes_AS_STRING(<object>one), PyBytes_AS_STRING(<object>other),
                            min(length, other_length))
    return order if order else (length > other_length) - (length < other_length)


cdef int compare_elements(const void *one, const void *other) noexcept:
    return direction * compare_bytes((<const Weighed *>one).element,
                                     (<const Weighed *>other).element)


cdef int compare_numbers(const void *one, const void *other) noexcept:
    cdef uint64_t first = (<const Weighed *>one).number
    cdef uint64_t second = (<const Weighed *>other).number
    return (first > second) - (first < second)


cdef int compare_texts(const void *one, const void *other) noexcept:
    cdef PyObject *first = (<const Weighed *>one).text
    cdef PyObject *second = (<const Weighed *>other).text
    if first == NULL or second == NULL:
        return direction * ((first != NULL) - (second != NULL))
    return direction * compare_bytes(first, second)


cdef int collate_texts(const void *one, const void *other) noexcept:
    cdef PyObject *first = (<const Weighed *>one).text
    cdef PyObject *second = (<const Weighed *>other).text
    if first == NULL or second == NULL:
        return direction * ((first != NULL) - (second != NULL))
    return direction * strcoll(PyBytes_AS_STRING(<object>first), PyBytes_AS_STRING(<object>second))


cdef bint is_plain_locale() noexcept:
    """Whether the locale sorts texts by their bytes."""
    cdef const char *name = setlocale(LC_COLLATE, NULL)
    return name == NULL or strcmp(name, b"C") == 0 or strcmp(name, b"POSIX") == 0


# Numbers

cdef bint read_number(object text, double *number) noexcept:
    """Reads all of a text as a double; False if it is none, or out of range."""
    cdef const char *at = PyBytes_AS_STRING(text)
    cdef Py_ssize_t length = PyBytes_GET_SIZE(text), index = 0
    cdef long long total = 0
    cdef char *end
    if 0 < length <= EXACT_DIGITS:
        while index < length and c"0" <= at[index] <= c"9":
            total = total * 10 + (at[index] - c"0")
            index += 1
        if index == length:
            number[0] = <double>total
            return True
    set_errno(0)
    number[0] = strtod(at, &end)
    return end[0] == 0 and errno == 0 and number[0] == number[0]


cdef uint64_t ordered_number(double number) noexcept:
    """An integer that is smaller or larger than another as their numbers are."""
    cdef uint64_t bits, sign = <uint64_t>1 << 63
    number += 0.0               # makes 0 of -0
    memcpy(&bits, &number, 8)
    return ~bits if bits & sign else bits | sign


cdef bint weigh(Weighed *weighed, list elements, list weights, bint as_numbers) noexcept:
    """Fills an array with the elements and their weights; False if one is no number."""
    cdef Py_ssize_t index
    cdef double number
    cdef PyObject *weight
    for index in range(len(elements)):
        weighed[index].element = PyList_GET_ITEM(elements, index)
        weight = PyList_GET_ITEM(elements if weights is None else weights, index)
        if not PyBytes_Check(<object>weight):
            weight = NULL
        weighed[index].text = weight
        if as_numbers:
            number = 0
            if weight != NULL and not read_number(<object>weight, &number):
                return False
            weighed[index].number = ordered_number(number)
    return True


cdef bint distribute(Weighed *source, Weighed *target, Py_ssize_t count) noexcept:
    """Sorts by number, going to and fro between two arrays; whether it ends in the second."""
    cdef uint32_t starts[8][256]
    cdef Py_ssize_t index
    cdef int level, value
    cdef uint32_t start, size
    cdef uint64_t number
    cdef Weighed *emptied
    cdef bint swapped = False
    memset(starts, 0, sizeof(starts))
    for index in range(count):
        number = source[index].number
        for level in range(8):
            starts[level][number >> (8 * level) & 255] += 1
    for level in range(8):
        if starts[level][source[0].number >> (8 * level) & 255] == count:
            continue
        start = 0
        for value in range(256):
            size = starts[level][value]
            starts[level][value] = start
            start += size
        for index in range(count):
            value = source[index].number >> (8 * level) & 255
            target[starts[level][value]] = source[index]
            starts[level][value] += 1
        emptied = source
        source = target
        target = emptied
        swapped = not swapped
    return swapped


cdef void order_equals(Weighed *weighed, Py_ssize_t count) noexcept:
    """Sorts elements of the same number, which stand side by side, by their bytes."""
    cdef Py_ssize_t first = 0, past
    while first < count:
        past = first + 1
        while past < count and weighed[past].number == weighed[first].number:
            past += 1
        if past - first > 1:
            qsort(weighed + first, past - first, sizeof(Weighed), compare_elements)
        first = past


cdef Weighed *order_numbers(Weighed *weighed, Py_ssize_t count, bint backwards) noexcept:
    """Sorts an array that has room for twice as many; gives its sorted half."""
    cdef Py_ssize_t index
    if backwards:
        for index in range(count):
            weighed[index].number = ~weighed[index].number
    if count <= FEW:
        qsort(weighed, count, sizeof(Weighed), compare_numbers)
    elif distribute(weighed, weighed + count, count):
        weighed += count
    order_equals(weighed, count)
    return weighed


# From Python

cdef Weighed *weighed_of(list elements, list weights, bint as_numbers) except NULL:
    """A new array of the elements and their weights, with room for twice as many."""
    cdef Py_ssize_t count = len(elements)
    cdef Weighed *weighed
    if weights is not None and len(weights) != count:
        raise ValueError("as many weights as elements are needed")
    if count > MOST:
        raise MemoryError()
    weighed = <Weighed *>malloc((2 * count + 1) * sizeof(Weighed))
    if weighed == NULL:
        raise MemoryError()
    if not weigh(weighed, elements, weights, as_numbers):
        free(weighed)
        raise ValueError("not a number")
    return weighed


cdef list elements_of(const Weighed *weighed, Py_ssize_t start, Py_ssize_t stop):
    cdef list elements
    cdef Py_ssize_t index
    cdef object element
    elements = PyList_New(max(stop - start, 0))
    for index in range(start, stop):
        element = <object>weighed[index].element
        Py_INCREF(element)
        PyList_SET_ITEM(elements, index - start, element)
    return elements


cpdef list by_number(list elements, list weights, bint backwards, Py_ssize_t start,
                     Py_ssize_t stop):
    """Elements, all bytes, in the order of their weights as numbers: those from start to stop.

    Without weights (None) the elements are their own; a weight that is None counts as 0. `stop` is
    at most their number. Raises ValueError if a weight is no number.
    """
    global direction
    cdef Weighed *weighed = weighed_of(elements, weights, True)
    try:
        direction = -1 if backwards else 1
        return elements_of(order_numbers(weighed, len(elements), backwards), start, stop)
    finally:
        free(weighed)


cpdef list by_text(list elements, list weights, bint backwards, bint collated, Py_ssize_t start,
                   Py_ssize_t stop):
    """The same in the order of their weights as texts; None comes before all texts.

    collated: as the locale of the process sorts texts, instead of by bytes.
    """
    global direction
    cdef Weighed *weighed = weighed_of(elements, weights, False)
    try:
        direction = -1 if backwards else 1
        if collated and not is_plain_locale():
            qsort(weighed, len(elements), sizeof(Weighed), collate_texts)
        else:
            qsort(weighed, len(elements), sizeof(Weighed), compare_texts)
        return elements_of(weighed, start, stop)
    finally:
        free(weighed)
