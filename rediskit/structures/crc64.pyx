"""CRC-64 with the polynomial of Jones, as snapshots and DUMP payloads carry it.

Polynomial 0xad93d23594c935a9, bits reflected, initial value 0, not inverted at the end; the CRC of
"123456789" is 0xe9c6d914c4b8d9ca. Sixteen bytes are taken at a time, each through a table that
knows what a byte in its place does to the sum (slicing: Kounavis, Berry 2005).
"""

from libc.stdint cimport uint64_t
from libc.string cimport memcpy

cdef enum:
    SLICES = 16

cdef uint64_t REFLECTED = 0x95AC9329AC4BC9B5ULL
cdef uint64_t[SLICES][256] tables       # [n][byte]: the sum of a byte that n zero bytes follow


cdef void fill_tables() noexcept:
    cdef uint64_t crc
    cdef int byte, bit, slice_
    for byte in range(256):
        crc = <uint64_t>byte
        for bit in range(8):
            crc = (crc >> 1) ^ (REFLECTED if crc & 1 else 0)
        tables[0][byte] = crc
    for slice_ in range(1, SLICES):
        for byte in range(256):
            crc = tables[slice_ - 1][byte]
            tables[slice_][byte] = (crc >> 8) ^ tables[0][crc & 255]


fill_tables()


cdef inline uint64_t half_of(uint64_t word, int behind) noexcept nogil:
    """What eight bytes do to the sum that so many others follow."""
    return (tables[behind + 7][word & 255] ^ tables[behind + 6][(word >> 8) & 255]
            ^ tables[behind + 5][(word >> 16) & 255] ^ tables[behind + 4][(word >> 24) & 255]
            ^ tables[behind + 3][(word >> 32) & 255] ^ tables[behind + 2][(word >> 40) & 255]
            ^ tables[behind + 1][(word >> 48) & 255] ^ tables[behind][word >> 56])


cdef uint64_t update_crc64(uint64_t crc, const unsigned char *data, size_t length) noexcept nogil:
    """The CRC of what `crc` is the sum of and more bytes."""
    cdef uint64_t word, other
    while length >= 16:
        memcpy(&word, data, 8)
        memcpy(&other, data + 8, 8)
        crc = half_of(word ^ crc, 8) ^ half_of(other, 0)
        data += 16
        length -= 16
    while length:
        crc = (crc >> 8) ^ tables[0][(crc ^ data[0]) & 255]
        data += 1
        length -= 1
    return crc


def crc64(bytes data, uint64_t crc=0):
    """The CRC of bytes, going on from that of what came before them."""
    return update_crc64(crc, data, len(data))
