# Listpacks, written element by element: what a snapshot has for small containers.
#
#     bytes of all (4), elements (2, 65535: count them) | element | element | ... | 255
#
#     element: head, text or integer, and the size of that in groups of 7 bits, read backwards
#     0xxxxxxx             an integer from 0 to 127         1111 0001   an integer of 16 bits
#     10llllll             text of up to 63 bytes           1111 0010   ... of 24 bits
#     110xxxxx xxxxxxxx    an integer of 13 bits            1111 0011   ... of 32 bits
#     1110llll llllllll    text of up to 4095 bytes         1111 0100   ... of 64 bits
#     1111 0000 (4 bytes)  longer text
#
# Numbers are little-endian, but for those that share their first byte. (Source: the listpack
# specification of Redis.)

from libc.stdint cimport int64_t, uint16_t, uint32_t
from libc.string cimport memcpy

from rediskit.structures.packed cimport BYTES, Item

cdef enum:
    LISTPACK_HEAD = 6
    LISTPACK_END = 255
    LISTPACK_SMALLEST = 7
    LARGEST_FRAME = 10              # bytes of an element beside its text; a number has no more
    LP_SMALL_SIZE = 127             # largest size of an element that one byte tells
    LP_SHORT_TEXT = 0x80
    LP_INTEGER_13 = 0xC0
    LP_MEDIUM_TEXT = 0xE0
    LP_LONG_TEXT = 0xF0
    LP_INTEGER_16 = 0xF1
    LP_INTEGER_24 = 0xF2
    LP_INTEGER_32 = 0xF3
    LP_INTEGER_64 = 0xF4

cdef inline size_t lp_trailer(size_t size) noexcept nogil:
    # Bytes that tell the size of an element. The limits are one short, in Redis as here.
    if size <= LP_SMALL_SIZE:
        return 1
    if size < 16383:
        return 2
    if size < 2097151:
        return 3
    return 4 if size < 268435455 else 5

cdef inline size_t lp_write_size(unsigned char *to, size_t size) noexcept nogil:
    cdef size_t count = lp_trailer(size), index
    for index in range(count):
        to[index] = <unsigned char>(
            ((size >> 7 * (count - 1 - index)) & 127) | (128 if index else 0))
    return count

cdef inline size_t lp_write_integer(unsigned char *to, int64_t value) noexcept nogil:
    if 0 <= value <= 127:
        to[0] = <unsigned char>value
        return 1
    if -4096 <= value <= 4095:
        to[0] = <unsigned char>(LP_INTEGER_13 | ((value >> 8) & 31))
        to[1] = <unsigned char>(value & 255)
        return 2
    if -32768 <= value <= 32767:
        to[0] = LP_INTEGER_16
        memcpy(to + 1, &value, 2)
        return 3
    if -(1 << 23) <= value < 1 << 23:
        to[0] = LP_INTEGER_24
        memcpy(to + 1, &value, 3)
        return 4
    if -(<int64_t>1 << 31) <= value < <int64_t>1 << 31:
        to[0] = LP_INTEGER_32
        memcpy(to + 1, &value, 4)
        return 5
    to[0] = LP_INTEGER_64
    memcpy(to + 1, &value, 8)
    return 9

cdef inline size_t lp_write_text(unsigned char *to, const unsigned char *text,
                                 size_t length) noexcept nogil:
    cdef uint32_t word
    cdef size_t head
    if length < 64:
        to[0] = <unsigned char>(LP_SHORT_TEXT | length)
        head = 1
    elif length < 4096:
        to[0] = <unsigned char>(LP_MEDIUM_TEXT | length >> 8)
        to[1] = <unsigned char>(length & 255)
        head = 2
    else:
        to[0] = LP_LONG_TEXT
        word = <uint32_t>length
        memcpy(to + 1, &word, 4)
        head = 5
    memcpy(to + head, text, length)
    return head + length

cdef inline unsigned char *lp_put(unsigned char *to, const Item *item) noexcept nogil:
    # Writes a text or an integer as an element; where it ends.
    cdef size_t size
    if item.kind == BYTES:
        size = lp_write_text(to, item.text, item.length)
    else:
        size = lp_write_integer(to, item.integer)
    to += size
    return to + lp_write_size(to, size)

cdef inline size_t lp_finish(unsigned char *start, unsigned char *end, size_t count) noexcept nogil:
    # Writes the end and the head of a listpack of `count` elements; its bytes.
    cdef uint32_t size
    cdef uint16_t elements = <uint16_t>(count if count < 65535 else 65535)
    end[0] = LISTPACK_END
    size = <uint32_t>(end + 1 - start)
    memcpy(start, &size, 4)
    memcpy(start + 4, &elements, 2)
    return size
