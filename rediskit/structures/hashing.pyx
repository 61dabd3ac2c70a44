"""SipHash-1-3, the keyed hash function of the tables.

One round per 8 bytes and three at the end, as Rust and Python use it; the paper's 2-4 is twice as
slow and buys nothing where the hashes themselves are never shown. SCAN cursors do show the upper
bits of a hash, which tells an attacker as much as the order of any scan does.
"""

import os

from libc.stdint cimport uint64_t
from libc.string cimport memcpy

cdef uint64_t[4] initial        # the paper's constants, xor-ed with the secret


cdef int set_secret(bytes secret) except -1:
    """Sets the 16-byte secret; tables that hold entries would not find them any more."""
    assert len(secret) == 16
    halves = [int.from_bytes(secret[:8], "little"), int.from_bytes(secret[8:], "little")]
    for index, constant in enumerate([b"somepseu", b"dorandom", b"lygenera", b"tedbytes"]):
        initial[index] = int.from_bytes(constant, "big") ^ halves[index & 1]
    return 0


set_secret(os.urandom(16))


cdef inline uint64_t rotate(uint64_t word, int bits) noexcept nogil:
    return (word << bits) | (word >> (64 - bits))


cdef inline void mix(uint64_t *v) noexcept nogil:
    v[0] += v[1]
    v[2] += v[3]
    v[1] = rotate(v[1], 13) ^ v[0]
    v[3] = rotate(v[3], 16) ^ v[2]
    v[0] = rotate(v[0], 32)
    v[2] += v[1]
    v[0] += v[3]
    v[1] = rotate(v[1], 17) ^ v[2]
    v[3] = rotate(v[3], 21) ^ v[0]
    v[2] = rotate(v[2], 32)


cdef uint64_t hash_bytes(const unsigned char *data, size_t length) noexcept:
    """The 64-bit hash of `length` bytes."""
    cdef uint64_t v[4]
    cdef uint64_t word
    cdef const unsigned char *end = data + (length & ~<size_t>7)
    memcpy(v, initial, sizeof(v))
    while data != end:
        memcpy(&word, data, 8)
        v[3] ^= word
        mix(v)
        v[0] ^= word
        data += 8
    word = 0
    memcpy(&word, data, length & 7)
    word |= <uint64_t>length << 56
    v[3] ^= word
    mix(v)
    v[0] ^= word
    v[2] ^= 0xFF
    mix(v)
    mix(v)
    mix(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def siphash(bytes data, bytes secret=None):
    """The hash of `data` as an unsigned 64-bit integer, with another 16-byte secret if given."""
    cdef uint64_t[4] own
    if secret is None:
        return hash_bytes(data, len(data))
    memcpy(own, initial, sizeof(own))
    set_secret(secret)
    hash_ = hash_bytes(data, len(data))
    memcpy(initial, own, sizeof(own))
    return hash_
