"""Which type of values an object is of, told without a reference to it."""

from cpython.ref cimport PyObject

from rediskit.datatypes.registry import DATATYPES, INLINE

cdef extern from "Python.h":
    PyObject *type_pointer "(PyObject *)Py_TYPE"(const PyObject *value) noexcept nogil

cdef enum:
    MOST_TYPES = 16

# The registry keeps the classes alive.
cdef PyObject *classes[MOST_TYPES]
cdef Kind[MOST_TYPES] kinds
cdef int count = 0


cdef int enter(type class_, int number) except -1:
    """Has the objects of a class be of the kind that has a number."""
    global count
    if count == MOST_TYPES:
        raise OverflowError("too many types of values")
    classes[count] = <PyObject *>class_
    kinds[count] = <Kind>number
    count += 1
    return 0


for datatype in DATATYPES:
    for class_ in datatype.classes:
        if class_ not in INLINE:
            enter(class_, datatype.number)


cdef Kind kind_of(const PyObject *value) noexcept:
    cdef PyObject *type_ = type_pointer(value)
    cdef int place
    for place in range(count):
        if classes[place] == type_:
            return kinds[place]
    return NO_KIND
