# The sparse form of HyperLogLog registers: runs; see runs.pyx.

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

from rediskit.structures.bits cimport Span
from rediskit.structures.buffer cimport Buffer

cdef enum:
    REGISTERS = 16384
    HEADER = 16                 # bytes of a sketch before its registers

cdef enum:
    SAME = 0
    CHANGED = 1
    TOO_LARGE = 2               # for the sparse form

cdef struct Place:              # of a run, offsets being those in the whole string
    Py_ssize_t position
    int first                   # register
    int count                   # of registers
    Py_ssize_t previous         # position of the run before it; -1: not known, or none
    int previous_first

cdef int raise_sparse(Buffer sketch, int index, int rank, Py_ssize_t limit,
                      Place *place) except -1
cdef int check_runs(const Span *span) except -1
cdef void count_runs(const unsigned char *data, Py_ssize_t size, uint32_t *histogram) noexcept

cdef inline void begin(Place *place) noexcept:
    place.position = HEADER
    place.first = 0
    place.count = 0
    place.previous = -1
    place.previous_first = 0


cdef inline bint is_long_zero(unsigned char byte) noexcept:
    return byte & 0xC0 == 0x40

cdef inline int run_rank(unsigned char byte) noexcept:
    return ((byte >> 2 & 31) + 1) & -(byte >> 7)        # no branch, which would be mispredicted

cdef inline int short_run_count(unsigned char byte) noexcept:
    return (byte & (63 ^ (60 & -(byte >> 7)))) + 1      # of a run of one byte

cdef inline int run_count(const unsigned char *run) noexcept:
    if is_long_zero(run[0]):
        return ((run[0] & 63) << 8 | run[1]) + 1
    return short_run_count(run[0])

cdef inline unsigned char value_run(int rank, int count) noexcept:
    return 0x80 | (rank - 1) << 2 | (count - 1)

cdef inline int write_run(unsigned char *target, int rank, int count) noexcept:
    """Writes a run and returns its size."""
    if rank:
        target[0] = value_run(rank, count)
        return 1
    if count <= 64:
        target[0] = count - 1
        return 1
    target[0] = 0x40 | (count - 1) >> 8
    target[1] = (count - 1) & 255
    return 2


cdef inline int counts_of_eight(uint64_t runs) noexcept:
    """How many registers 8 bytes stand for; -1 if one of them may belong to a run of 2 bytes."""
    cdef uint64_t values, counts
    if (runs << 1) & ~runs & 0x8080808080808080ULL:
        return -1
    values = (runs >> 7 & 0x0101010101010101ULL) * 0xFF
    counts = runs & (3 * 0x0101010101010101ULL | (0x3C * 0x0101010101010101ULL & ~values))
    counts = (counts & 0x00FF00FF00FF00FFULL) + (counts >> 8 & 0x00FF00FF00FF00FFULL)
    return <int>(counts * 0x0001000100010001ULL >> 48) + 8
