# SipHash-1-3 keyed with a secret of this process (https://www.aumasson.jp/siphash/siphash.pdf):
# whoever does not know the secret cannot choose keys that collide.

from libc.stdint cimport uint64_t

cdef uint64_t hash_bytes(const unsigned char *data, size_t length) noexcept
