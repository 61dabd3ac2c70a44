# The CRC of 64 bits that Redis' files carry; see crc64.pyx.

from libc.stdint cimport uint64_t

cdef uint64_t update_crc64(uint64_t crc, const unsigned char *data, size_t length) noexcept nogil
