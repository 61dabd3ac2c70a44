"""The elements of a compact form: a listpack (listpacks.pxd), or what older versions wrote.

    ziplist    bytes (4), offset of the last element (4), elements (2) | element... | 255
    element    bytes of the element before: 1, or 254 and 4 | head | text or integer
    head       00llllll   01llllll llllllll   10000000 (4 bytes)    text; lengths high byte first
               192, 208, 224, 240, 254    an integer of 16, 32, 64, 24, 8 bits
               1111nnnn, n from 1 to 13   the integer n - 1

    zipmap     fields, 254 or more: count them | field, value, field, value... | 255
    field      length: 1 byte up to 253, or 254 and 4 | text
    value      length, then how many bytes are free behind it | text | free bytes

Numbers are little-endian where nothing else is said. All bytes are looked at before any of them is
believed: begin_elements() walks them once, with every length checked, and next_element() again.
"""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint16_t, uint32_t
from libc.string cimport memcpy

from rediskit.rdb.format cimport UNKNOWN_COUNT
from rediskit.rdb.listpacks cimport (
    LISTPACK_END, LISTPACK_HEAD, LISTPACK_SMALLEST, LP_INTEGER_13, LP_INTEGER_16, LP_INTEGER_24,
    LP_INTEGER_32, LP_INTEGER_64, LP_LONG_TEXT, LP_MEDIUM_TEXT, LP_SHORT_TEXT, LP_SMALL_SIZE,
    lp_trailer)
from rediskit.structures.packed cimport integer_item, text_item

cdef enum:
    ZIPLIST_HEAD = 10
    ZIPLIST_SMALLEST = 11
    ZIPMAP_SMALLEST = 2
    LONG_SIZE = 254                 # first byte of a size in 5 bytes
    MOST_COUNTED = 254              # fields that the head of a zipmap tells

    DONE = 0
    FOUND = 1
    BROKEN = -1


cdef inline uint32_t word_at(const unsigned char *at) noexcept:
    cdef uint32_t word
    memcpy(&word, at, 4)
    return word


cdef inline uint16_t half_at(const unsigned char *at) noexcept:
    cdef uint16_t half
    memcpy(&half, at, 2)
    return half


cdef inline int64_t signed_at(const unsigned char *at, int width) noexcept:
    """A little-endian integer of 1 to 8 bytes."""
    cdef int64_t value = 0
    memcpy(<char *>&value + 8 - width, at, width)
    return value >> (64 - 8 * width)


cdef inline size_t listpack_span(const unsigned char *at, size_t room) noexcept:
    """Bytes of head and content of an element with at least one byte; 0 if it is no element."""
    cdef unsigned int code = at[0]
    if code < LP_SHORT_TEXT:
        return 1
    if code < LP_INTEGER_13:
        return 1 + (code & 63)
    if code < LP_MEDIUM_TEXT:
        return 2
    if code < LP_LONG_TEXT:
        return 2 + ((code & 15) << 8 | at[1]) if room >= 2 else 0
    if code == LP_LONG_TEXT:
        return 5 + <size_t>word_at(at + 1) if room >= 5 else 0
    if code < LP_INTEGER_64:
        return code - LP_INTEGER_16 + 3
    return 9 if code == LP_INTEGER_64 else 0


cdef inline void fill_listpack(Item *item, const unsigned char *at, size_t span) noexcept:
    """Fills in an element whose span is known."""
    cdef unsigned int code = at[0]
    cdef size_t head
    if code < LP_SHORT_TEXT:
        integer_item(item, code)
    elif LP_INTEGER_13 <= code < LP_MEDIUM_TEXT:
        integer_item(item, <int64_t>((code & 31) << 8 | at[1]) - ((code & 16) << 9))
    elif code > LP_LONG_TEXT:
        integer_item(item, signed_at(at + 1, <int>span - 1))
    else:
        head = 1 if code < LP_INTEGER_13 else 2 if code < LP_LONG_TEXT else 5
        text_item(item, at + head, span - head)


cdef inline int step_listpack(Elements *elements, Item *item) noexcept:
    """Goes on to the next element, and fills in this one unless `item` is NULL."""
    cdef const unsigned char *at = elements.at
    cdef size_t room = <size_t>(elements.end - 1 - at), span, trailer, index, told = 0
    if room == 0:
        return DONE if at[0] == LISTPACK_END else BROKEN
    span = listpack_span(at, room)
    if span and span <= LP_SMALL_SIZE and span < room and at[span] == span:
        if item != NULL:
            fill_listpack(item, at, span)
        elements.at = at + span + 1
        return FOUND
    trailer = lp_trailer(span)
    if span == 0 or span + trailer > room:
        return BROKEN
    for index in range(trailer):
        told = told << 7 | (at[span + index] & 127)
    if told != span:
        return BROKEN
    if item != NULL:
        fill_listpack(item, at, span)
    elements.at = at + span + trailer
    return FOUND


cdef inline size_t take_text(Item *item, const unsigned char *at, size_t head, size_t length,
                             size_t room) noexcept:
    """Fills in a text behind a head; bytes of both, 0 if there are not so many."""
    if room < head + length:
        return 0
    text_item(item, at + head, length)
    return head + length


cdef int step_ziplist(Elements *elements, Item *item) noexcept:
    cdef const unsigned char *at = elements.at
    cdef size_t room = <size_t>(elements.end - 1 - at), size, told, width = 1
    cdef unsigned int code
    if room == 0:
        return DONE if at[0] == LISTPACK_END else BROKEN
    told = at[0]
    if told == LONG_SIZE:
        if room < 6:
            return BROKEN
        told = word_at(at + 1)
        width = 5
    if told != elements.previous or room < width + 1:
        return BROKEN
    at += width
    room -= width
    code = at[0]
    if code < 0x40:
        size = take_text(item, at, 1, code, room)
    elif code < 0x80:
        size = take_text(item, at, 2, (code & 63) << 8 | at[1], room) if room >= 2 else 0
    elif code == 0x80:
        size = 0
        if room >= 5:
            size = take_text(item, at, 5, <size_t>at[1] << 24 | <size_t>at[2] << 16
                             | <size_t>at[3] << 8 | at[4], room)
    elif 0xF1 <= code <= 0xFD:
        integer_item(item, <int64_t>code - 0xF1)
        size = 1
    else:
        size = (3 if code == 0xC0 else 5 if code == 0xD0 else 9 if code == 0xE0
                else 4 if code == 0xF0 else 2 if code == 0xFE else 0)
        if size > room:
            size = 0
        if size:
            integer_item(item, signed_at(at + 1, <int>size - 1))
    if size == 0 or size > room:
        return BROKEN
    elements.at = at + size
    elements.previous = width + size
    return FOUND


cdef int step_zipmap(Elements *elements, Item *item) noexcept:
    cdef const unsigned char *at = elements.at
    cdef size_t room = <size_t>(elements.end - 1 - at), length, free_bytes = 0, width = 1
    if room == 0:
        return DONE if at[0] == LISTPACK_END and not elements.is_value else BROKEN
    length = at[0]
    if length == LISTPACK_END:
        return BROKEN
    if length == LONG_SIZE:
        if room < 5:
            return BROKEN
        length = word_at(at + 1)
        width = 5
    if elements.is_value:
        if room < width + 1:
            return BROKEN
        free_bytes = at[width]
        width += 1
    if room < width + length + free_bytes:
        return BROKEN
    text_item(item, at + width, length)
    elements.at = at + width + length + free_bytes
    elements.is_value = not elements.is_value
    return FOUND


cdef inline int step(Elements *elements, Item *item) noexcept:
    if elements.form == LISTPACK_FORM:
        return step_listpack(elements, item)
    if elements.form == ZIPLIST_FORM:
        return step_ziplist(elements, item)
    return step_zipmap(elements, item)


cdef bint has_head(Elements *elements, size_t size) noexcept:
    """Whether the head fits the size; sets the place of the first element."""
    if elements.form == LISTPACK_FORM:
        elements.at = elements.start + LISTPACK_HEAD
        return size >= LISTPACK_SMALLEST and word_at(elements.start) == size
    if elements.form == ZIPLIST_FORM:
        elements.at = elements.start + ZIPLIST_HEAD
        return size >= ZIPLIST_SMALLEST and word_at(elements.start) == size
    elements.at = elements.start + 1
    return size >= ZIPMAP_SMALLEST


cdef bint tells(const Elements *elements, Py_ssize_t count, const unsigned char *last) noexcept:
    """Whether the head says how many elements there are, and where the last of them is."""
    cdef const unsigned char *start = elements.start
    cdef Py_ssize_t told
    if elements.form == ZIPMAP_FORM:
        return start[0] >= MOST_COUNTED or start[0] == count // 2
    if elements.form == LISTPACK_FORM:
        told = half_at(start + 4)
    else:
        told = half_at(start + 8)
        if word_at(start + 4) != last - start:
            return False
    return told == UNKNOWN_COUNT or told == count


cdef Py_ssize_t begin_elements(Elements *elements, Form form, const unsigned char *data,
                               size_t size) noexcept:
    cdef Py_ssize_t count = 0
    cdef const unsigned char *last
    cdef Item item
    cdef int found
    elements.form = form
    elements.start = data
    elements.end = data + size
    elements.previous = 0
    elements.is_value = False
    if not has_head(elements, size):
        return -1
    last = elements.at
    while True:
        data = elements.at
        found = step(elements, &item if form != LISTPACK_FORM else NULL)
        if found != FOUND:
            break
        last = data
        count += 1
    if found == BROKEN or not tells(elements, count, last):
        return -1
    has_head(elements, size)
    elements.previous = 0
    return count


cdef bint next_element(Elements *elements, Item *item) noexcept:
    return step(elements, item) == FOUND
