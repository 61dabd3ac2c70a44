# Sorting byte strings by numbers or texts that go with them; see sorting.pyx.

cpdef list by_number(list elements, list weights, bint backwards, Py_ssize_t start,
                     Py_ssize_t stop)
cpdef list by_text(list elements, list weights, bint backwards, bint collated, Py_ssize_t start,
                   Py_ssize_t stop)
