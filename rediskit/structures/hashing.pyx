"""SipHash-1-3, the keyed hash function of the tables.

One round per 8 bytes and three at the end, as Rust and Python use it; the paper's 2-4 is twice as
slow and buys nothing where the hashes themselves are never shown. SCAN cursors do show the upper
bits of a hash, which tells an attacker as much as the order of any scan does.

The secret is the process's: all its tables share it, for a hash is also wanted where no table is
at hand. The order of keys depends on it, and so does what a seeded server draws at random. Where
that must be the same in every run, the environment variable REDISKIT_HASH_SEED (any integer) says
from what the secret is made when the process starts, as PYTHONHASHSEED does for Python's hashes;
whoever knows it can choose keys that collide, so it is for tests.
"""

import hashlib

import os

from libc.stdint cimport uint64_t
from libc.string cimport memcpy

cdef uint64_t[4] initial        # the paper's constants, xor-ed with the secret


cdef int prepare(bytes secret, uint64_t *initial) except -1:
    """Fills in what hashing with a 16-byte secret starts from."""
    assert len(secret) == 16
    halves = [int.from_bytes(secret[:8], "little"), int.from_bytes(secret[8:], "little")]
    for index, constant in enumerate([b"somepseu", b"dorandom", b"lygenera", b"tedbytes"]):
        initial[index] = int.from_bytes(constant, "big") ^ halves[index & 1]
    return 0


cdef bytes first_secret():
    """16 bytes made of the variable REDISKIT_HASH_SEED, or by chance if it is not set."""
    seed = os.environ.get("REDISKIT_HASH_SEED")
    if not seed:
        return os.urandom(16)
    return hashlib.blake2b(b"%d" % int(seed), digest_size=16).digest()


prepare(first_secret(), initial)        # for good: tables would not find their entries any more


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


cdef inline uint64_t hash_from(const uint64_t *begin, const unsigned char *data,
                               size_t length) noexcept:
    cdef uint64_t v[4]
    cdef uint64_t word
    cdef const unsigned char *end = data + (length & ~<size_t>7)
    memcpy(v, begin, sizeof(v))
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


cdef uint64_t hash_bytes(const unsigned char *data, size_t length) noexcept:
    """The 64-bit hash of `length` bytes."""
    return hash_from(initial, data, length)


def siphash(bytes data, bytes secret=None):
    """The hash of `data` as an unsigned 64-bit integer, with another 16-byte secret if given."""
    cdef uint64_t[4] own
    if secret is None:
        return hash_bytes(data, len(data))
    prepare(secret, own)
    return hash_from(own, data, len(data))
