# The elements of a compact form, whichever it is; see elements.pyx.

from rediskit.structures.packed cimport Item

cdef enum Form:
    LISTPACK_FORM
    ZIPLIST_FORM
    ZIPMAP_FORM

cdef struct Elements:
    Form form
    const unsigned char *start
    const unsigned char *at         # of the next element
    const unsigned char *end        # of all bytes; the last of them marks the end
    size_t previous                 # bytes of the element before, of a ziplist
    bint is_value                   # of a zipmap: whether a value is next

# The elements from the start; how many there are, -1 if the bytes are damaged anywhere.
cdef Py_ssize_t begin_elements(Elements *elements, Form form, const unsigned char *data,
                               size_t size) noexcept
# Fills in an element; False at the end. The bytes are known to be whole.
cdef bint next_element(Elements *elements, Item *item) noexcept
