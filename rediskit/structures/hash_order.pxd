# Entries in the order of their hashes, so that those of one segment can be dealt with together.

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memset

from rediskit.structures.entry cimport Entry

cdef enum:
    BUCKET_BITS = 12

cdef struct Hashed:
    uint64_t hash
    Entry *entry

cdef inline void sort_by_hash(const Hashed *source, Py_ssize_t count, Hashed *target) noexcept:
    # Distributes by the upper bits, then inserts within each bucket, which hold few as hashes
    # are uniform. `target` has room for `count`; `source` is another array.
    cdef uint32_t ends[1 << BUCKET_BITS]
    cdef uint32_t total = 0, size
    cdef Py_ssize_t index, place
    cdef Hashed one
    memset(ends, 0, sizeof(ends))
    for index in range(count):
        ends[source[index].hash >> (64 - BUCKET_BITS)] += 1
    for index in range(1 << BUCKET_BITS):
        size = ends[index]
        ends[index] = total
        total += size
    for index in range(count):
        one = source[index]
        place = ends[one.hash >> (64 - BUCKET_BITS)]
        ends[one.hash >> (64 - BUCKET_BITS)] += 1
        target[place] = one
    for index in range(1, count):
        one = target[index]
        place = index
        while place and target[place - 1].hash > one.hash:
            target[place] = target[place - 1]
            place -= 1
        target[place] = one
