"""The longest common subsequence of two byte strings, by the textbook table of prefix lengths.

(Cormen et al., Introduction to Algorithms, "Longest common subsequence".) The table takes
4 * (m + 1) * (n + 1) bytes, which table_bytes() tells before any is taken.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint32_t
from libc.string cimport memset

from rediskit.structures.memory cimport allocate, release


def table_bytes(bytes first, bytes second):
    """Bytes of memory that longest_common() takes for these two."""
    return 4 * (len(first) + 1) * (len(second) + 1)


cdef void fill(uint32_t *table, const unsigned char *first, size_t rows,
               const unsigned char *second, size_t columns) noexcept nogil:
    cdef size_t row, column, width = columns + 1
    cdef uint32_t *above
    cdef uint32_t *current
    memset(table, 0, 4 * width)
    for row in range(rows):
        above = table + row * width
        current = above + width
        current[0] = 0
        for column in range(columns):
            if first[row] == second[column]:
                current[column + 1] = above[column] + 1
            elif above[column + 1] > current[column]:
                current[column + 1] = above[column + 1]
            else:
                current[column + 1] = current[column]


def longest_common(bytes first, bytes second):
    """(the subsequence, [(start in first, start in second, length), ...]) for two strings.

    The second part are the runs it consists of, those nearest the ends of the strings first.
    """
    cdef size_t row = len(first), column = len(second), width = column + 1
    cdef size_t size = 4 * (row + 1) * width
    cdef const unsigned char *one = <const unsigned char *>PyBytes_AS_STRING(first)
    cdef const unsigned char *other = <const unsigned char *>PyBytes_AS_STRING(second)
    cdef uint32_t *table = <uint32_t *>allocate(size)
    cdef size_t left, run = 0
    cdef list runs = []
    cdef bytes found
    cdef unsigned char *target
    try:
        fill(table, one, row, other, column)
        left = table[row * width + column]
        found = PyBytes_FromStringAndSize(NULL, left)
        target = <unsigned char *>PyBytes_AS_STRING(found)
        while row and column:
            if one[row - 1] == other[column - 1]:
                row -= 1
                column -= 1
                left -= 1
                target[left] = one[row]
                run += 1
                continue
            if run:
                runs.append((row, column, run))
                run = 0
            if table[(row - 1) * width + column] > table[row * width + column - 1]:
                row -= 1
            else:
                column -= 1
        if run:
            runs.append((row, column, run))
    finally:
        release(table, size)
    return found, runs
