# Many small byte strings and numbers in one block; see packed.pyx for how it works.

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.digits cimport integer_of, write_integer
from rediskit.structures.entry cimport BYTES, INTEGER, REAL

cdef extern from *:
    """
    /* Blocks are aligned to 2 bytes only. */
    typedef struct __attribute__((packed, aligned(2))) {
        uint32_t used, count, capacity;
        uint16_t start;
    } rediskit_pack;
    """
    ctypedef struct Pack "rediskit_pack":
        uint32_t used           # bytes of all items
        uint32_t count          # of items
        uint32_t capacity       # of the block, with this header
        uint16_t start          # free bytes between this header and the first item

# What an item is. Text that spells an integer is that integer: see text_item().
cdef struct Item:
    int kind                    # BYTES, INTEGER or REAL, as in entry.pxd
    const unsigned char *text
    size_t length
    int64_t integer
    double real

cdef enum:
    TEXT_SHORT = 0x80           # first byte of an item; below: the integers 0 to 127
    TEXT_MEDIUM = 0xC0
    TEXT_LONG = 0xE0
    INTEGER_WIDE = 0xF0         # + bytes that follow, 1 to 8
    REAL_WIDE = 0xF9
    SHORTEST_MEDIUM = 64        # bytes of text
    SHORTEST_LONG = 8192
    TRAILER_SHORT = 0x80        # last byte of an item: + bytes before it, at most LONGEST_SHORT
    TRAILER_MEDIUM = 0xFE       # ... preceded by 2 bytes that tell
    TRAILER_LONG = 0xFF         # ... preceded by 4 bytes that tell
    LONGEST_SHORT = 125
    LONGEST_MEDIUM = 65535

cdef inline const unsigned char *pack_bytes(const Pack *pack) noexcept nogil:
    return <const unsigned char *>pack + sizeof(Pack) + pack.start

cdef inline Py_ssize_t pack_count(const Pack *pack) noexcept nogil:
    return pack.count if pack != NULL else 0

cdef inline Py_ssize_t pack_used(const Pack *pack) noexcept nogil:
    return pack.used if pack != NULL else 0

cdef inline Py_ssize_t pack_held(const Pack *pack) noexcept nogil:
    return pack.capacity if pack != NULL else 0

cdef inline size_t pack_spare(const Pack *pack) noexcept nogil:
    # Free bytes behind the last item.
    return pack.capacity - sizeof(Pack) - pack.start - pack.used

cdef inline uint32_t read_32(const unsigned char *at) noexcept nogil:
    cdef uint32_t value
    memcpy(&value, at, 4)
    return value

cdef inline uint16_t read_16(const unsigned char *at) noexcept nogil:
    cdef uint16_t value
    memcpy(&value, at, 2)
    return value

cdef inline size_t trailer_size(size_t body) noexcept nogil:
    return 1 if body <= LONGEST_SHORT else 3 if body <= LONGEST_MEDIUM else 5

cdef inline size_t item_span(const unsigned char *at) noexcept nogil:
    # All bytes of the item that starts here.
    cdef unsigned int code = at[0]
    cdef size_t body
    if code < TEXT_SHORT:
        return 1
    if code < TEXT_MEDIUM:
        return 2 + (code & 63)
    if code > INTEGER_WIDE:
        return 2 + (code & 15 if code < REAL_WIDE else 8)
    if code < TEXT_LONG:
        body = 2 + ((code & 31) << 8 | at[1])
    else:
        body = 5 + <size_t>read_32(at + 1)
    return body + trailer_size(body)

cdef inline size_t item_span_before(const unsigned char *end) noexcept nogil:
    # All bytes of the item that ends here.
    cdef unsigned int code = (end - 1)[0]
    if code < TRAILER_SHORT:
        return 1
    if code < TRAILER_MEDIUM:
        return code - TRAILER_SHORT + 1
    if code == TRAILER_MEDIUM:
        return 3 + <size_t>read_16(end - 3)
    return 5 + <size_t>read_32(end - 5)

# A position is the offset of an item, good until the next change of the pack; -1 is no item.

cdef inline Py_ssize_t pack_first(const Pack *pack) noexcept nogil:
    return 0 if pack_count(pack) else -1

cdef inline Py_ssize_t pack_last(const Pack *pack) noexcept nogil:
    if pack_count(pack) == 0:
        return -1
    return pack.used - <Py_ssize_t>item_span_before(pack_bytes(pack) + pack.used)

cdef inline Py_ssize_t pack_next(const Pack *pack, Py_ssize_t at) noexcept nogil:
    at += <Py_ssize_t>item_span(pack_bytes(pack) + at)
    return at if at < pack.used else -1

cdef inline Py_ssize_t pack_previous(const Pack *pack, Py_ssize_t at) noexcept nogil:
    if at == 0:
        return -1
    return at - <Py_ssize_t>item_span_before(pack_bytes(pack) + at)

cdef inline void pack_read(const Pack *pack, Py_ssize_t position, Item *item) noexcept nogil:
    # The text, if it is one, is good until the next change of the pack.
    cdef const unsigned char *at = pack_bytes(pack) + position
    cdef unsigned int code = at[0], width
    cdef uint64_t bits
    if code < TEXT_SHORT:
        item.kind = INTEGER
        item.integer = code
    elif code < TEXT_LONG + 1:
        item.kind = BYTES
        if code < TEXT_MEDIUM:
            item.text = at + 1
            item.length = code & 63
        elif code < TEXT_LONG:
            item.text = at + 2
            item.length = (code & 31) << 8 | at[1]
        else:
            item.text = at + 5
            item.length = read_32(at + 1)
    elif code < REAL_WIDE:
        item.kind = INTEGER
        width = code & 15
        # Signed, little-endian: the last byte carries the sign.
        bits = <uint64_t>-1 if at[width] & 0x80 else 0
        while width:
            bits = bits << 8 | at[width]
            width -= 1
        item.integer = <int64_t>bits
    else:
        item.kind = REAL
        memcpy(&item.real, at + 1, 8)

cdef inline void text_item(Item *item, const unsigned char *text, size_t length) noexcept:
    # The item for a byte string: an integer if it is the canonical spelling of one.
    item.kind = BYTES
    item.text = text
    item.length = length
    # Few texts that are no integers start like one.
    if 0 < length <= 20 and (text[0] <= c"9" and (text[0] >= c"0" or text[0] == c"-")):
        if integer_of(<const char *>text, <Py_ssize_t>length, &item.integer):
            item.kind = INTEGER

cdef inline void integer_item(Item *item, int64_t integer) noexcept nogil:
    item.kind = INTEGER
    item.integer = integer

cdef inline void real_item(Item *item, double real) noexcept nogil:
    item.kind = REAL
    item.real = real

cdef inline void spell_item(Item *item, char *digits) noexcept:
    # Turns an integer back into its decimal digits; `digits` has room for 20 bytes.
    if item.kind == INTEGER:
        item.length = <size_t>write_integer(digits, item.integer)
        item.text = <const unsigned char *>digits
        item.kind = BYTES

cdef inline int append_item(Buffer out, Item *item) except -1:
    # Appends a text or an integer in the form of a length and its bytes.
    cdef char digits[20]
    if item.kind == REAL:
        raise TypeError("a real has no one spelling")
    spell_item(item, digits)
    return out.append_block_memory(item.text, <Py_ssize_t>item.length)

# The same for up to `count` items from a position on; takes those it appended off `count`.
cdef int append_items(Buffer out, const Pack *pack, Py_ssize_t at, Py_ssize_t *count) except -1

cdef object item_object(const Item *item)
cdef Py_ssize_t pack_at(const Pack *pack, Py_ssize_t index) noexcept
cdef Py_ssize_t pack_find(const Pack *pack, Py_ssize_t at, const Item *item, int stride) noexcept
cdef bint pack_equals(const Pack *pack, Py_ssize_t at, const Item *item) noexcept
cdef size_t item_size(const Item *item) noexcept

# A NULL pack is an empty one; what empties it releases it and leaves NULL. The text of an item
# that is put in must not lie in the same pack.
cdef int pack_insert(Pack **pack, Py_ssize_t at, const Item *item) except -1
cdef int pack_append(Pack **pack, const Item *item) except -1
cdef void pack_push(Pack *pack, const Item *item) noexcept
cdef int pack_replace(Pack **pack, Py_ssize_t at, const Item *item) except -1
cdef void pack_remove(Pack **pack, Py_ssize_t at, Py_ssize_t count) noexcept
cdef int pack_copy(Pack **pack, Py_ssize_t at, const Pack *source, Py_ssize_t start,
                   Py_ssize_t stop, Py_ssize_t count) except -1
cdef int pack_reserve(Pack **pack, size_t front, size_t back) except -1
cdef void pack_trim(Pack **pack) noexcept
cdef void pack_free(Pack **pack) noexcept
cdef int pack_check(const Pack *pack) except -1

cdef class Packed:
    cdef Pack *pack

    cdef Py_ssize_t position(self, Py_ssize_t index) except -1
    cpdef int append(self, object value) except -1
    cpdef int insert(self, Py_ssize_t index, object value) except -1
    cpdef int replace(self, Py_ssize_t index, object value) except -1
    cpdef int remove(self, Py_ssize_t index, Py_ssize_t count=*) except -1
    cpdef object get(self, Py_ssize_t index)
    cpdef Py_ssize_t find(self, object value, Py_ssize_t start=*, int stride=*) except -2
