"""HyperLogLogs: sketches from which the number of different elements in a set can be told.

An element's hash picks one of 16384 registers by its low 14 bits; a register keeps the highest
rank it has met, the rank being 1 + how many zeros the other 50 bits begin with, from their low
end (Flajolet, Fusy, Gandouet, Meunier 2007). The cardinality is estimated from how many registers
hold which rank by the formula of Ertl 2017, "New cardinality estimation algorithms for
HyperLogLog sketches", algorithm 6. The standard error is 0.81 %.

A sketch is a string whose every byte is Redis':

    0   4 bytes  "HYLL"
    4   1 byte   0: dense, 1: sparse
    5   3 bytes  nothing
    8   8 bytes  the last estimate, little endian; its highest bit says that it is out of date
    16           the registers
                 dense    12288 bytes: 6 bits each, the first in the low bits of the first byte
                 sparse   runs of equal registers, see runs

Such a string may come from anybody. Functions that take one as `text` or `sketch` raise
ValueError where it is no sketch or its runs do not make up 16384 registers.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.math cimport INFINITY, llround, pow, sqrt
from libc.stdint cimport INT64_MAX, int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from rediskit.structures.bits cimport Span, take_span
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.entry cimport (
    BYTES, RAW, Entry, entry_kind, entry_value, entry_value_length)
from rediskit.structures.runs cimport (
    CHANGED, HEADER, REGISTERS, SAME, TOO_LARGE, Place, begin, check_runs, count_runs,
    counts_of_eight, is_long_zero, raise_sparse, run_count, run_rank, short_run_count)
from rediskit.structures.table cimport Table

cdef extern from *:
    """
    #define trailing_zeros(word) __builtin_ctzll(word)
    """
    int trailing_zeros(uint64_t word) noexcept nogil

cdef enum:
    INDEX_BITS = 14
    RANK_BITS = 50              # of the hash, behind those of the index
    ENCODING = 4                # offsets within the header
    ESTIMATE = 8
    STALE = 15                  # its highest bit
    DENSE = 0
    SPARSE = 1
    DENSE_SIZE = HEADER + REGISTERS * 6 // 8

DENSE_BYTES = DENSE_SIZE
COUNT = REGISTERS

cdef Buffer scratch = Buffer()          # of add_to_entry()
cdef int64_t KEEP_DEADLINE = -2
cdef uint64_t HASH_SEED = 0xADC83B19
cdef double ALPHA = 0.721347520444481703680     # 1 / (2 ln 2)


cdef uint64_t hash_of(const unsigned char *data, size_t size, uint64_t seed) noexcept:
    """MurmurHash64A by Austin Appleby (public domain); words are little endian."""
    cdef uint64_t multiplier = 0xC6A4A7935BD1E995ULL, word, result
    cdef size_t tail = size & 7
    cdef const unsigned char *end = data + (size - tail)
    result = seed ^ (size * multiplier)
    while data != end:
        memcpy(&word, data, 8)
        word *= multiplier
        word ^= word >> 47
        result = (result ^ word * multiplier) * multiplier
        data += 8
    if tail:
        word = 0
        memcpy(&word, data, tail)
        result = (result ^ word) * multiplier
    result = (result ^ result >> 47) * multiplier
    return result ^ result >> 47


cdef inline int rank_of(uint64_t hash_) noexcept:
    return trailing_zeros(hash_ >> INDEX_BITS | <uint64_t>1 << RANK_BITS) + 1


# The whole string


cpdef bytes new_sketch():
    """A sketch of no elements."""
    return b"HYLL\x01\0\0\0" + bytes(8) + b"\x7f\xff"


cpdef bint is_sketch(object text) except -1:
    """Whether a string, bytes or a Buffer, has a header and a size that a sketch can have."""
    cdef Span span
    take_span(text, &span)
    if span.size < HEADER or memcmp(span.data, b"HYLL", 4) != 0:
        return False
    if span.data[ENCODING] == DENSE:
        return span.size == DENSE_SIZE
    return span.data[ENCODING] == SPARSE


cdef int open_sketch(object text, Span *span) except -1:
    if not is_sketch(text):
        raise ValueError("no sketch")
    return take_span(text, span)


cdef inline unsigned char *memory_of(Buffer sketch) noexcept:
    return sketch.block + sketch.start


cpdef bint is_dense(object text) except -1:
    """Whether a sketch has the dense form."""
    cdef Span span
    open_sketch(text, &span)
    return span.data[ENCODING] == DENSE


cpdef int64_t cached_estimate(object text) except? -1:
    """The estimate that a sketch carries; -1 if it is out of date."""
    cdef Span span
    cdef uint64_t value
    open_sketch(text, &span)
    memcpy(&value, span.data + ESTIMATE, 8)
    return -1 if value >> 63 else <int64_t>value


cpdef int forget_estimate(Buffer sketch) except -1:
    """Marks the estimate that a sketch carries as out of date."""
    cdef Span span
    open_sketch(sketch, &span)
    memory_of(sketch)[STALE] |= 0x80
    return 0


cpdef bint add(Buffer sketch, bytes element, Py_ssize_t limit) except -1:
    """Counts an element in; whether that changed a register.

    A sparse sketch that would take more than `limit` bytes, or cannot hold the rank, becomes
    dense. Marks the estimate as out of date if a register changed.
    """
    cdef Span span
    cdef uint64_t hash_ = hash_of(
        <const unsigned char *>PyBytes_AS_STRING(element), PyBytes_GET_SIZE(element), HASH_SEED)
    cdef int index = hash_ & (REGISTERS - 1), rank = rank_of(hash_), outcome = SAME
    cdef Place place
    open_sketch(sketch, &span)
    if span.data[ENCODING] == SPARSE:
        begin(&place)
        outcome = raise_sparse(sketch, index, rank, limit, &place)
        if outcome == TOO_LARGE:
            make_dense(sketch)
    if memory_of(sketch)[ENCODING] == DENSE:
        outcome = raise_dense(memory_of(sketch) + HEADER, index, rank)
    if outcome == CHANGED:
        memory_of(sketch)[STALE] |= 0x80
        return True
    return False


cpdef int add_all(object sketch, tuple elements) except -2:
    """add() of elements to a dense sketch in a Buffer: how many changed a register.

    -1 if `sketch` is no such thing.
    """
    cdef Buffer buffer
    cdef int changed = 0
    if type(sketch) is not Buffer:
        return -1
    buffer = sketch
    if not is_sketch(buffer) or memory_of(buffer)[ENCODING] != DENSE:
        return -1
    for element in elements:
        changed += add(buffer, element, 0)
    return changed


cpdef int add_to_entry(Table table, bytes key, tuple elements, Py_ssize_t limit,
                       int64_t now_ms) except -2:
    """add() of elements to the sparse sketch that the entry of a key holds as bytes.

    Returns how many changed a register; -1, and nothing has changed, if there is none, or the
    sketch would become dense.
    """
    cdef Entry *entry = sketch_entry(table, key, now_ms)
    cdef int changed = 0
    if entry == NULL:
        return -1
    scratch.length = 0
    scratch.append_memory(entry_value(entry), entry_value_length(entry))
    for element in elements:
        changed += add(scratch, element, limit)
    if memory_of(scratch)[ENCODING] != SPARSE:
        return -1
    if changed:
        table.put(<const unsigned char *>PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key),
                  BYTES | RAW, memory_of(scratch), scratch.length, KEEP_DEADLINE)
    return changed


cpdef int64_t cached_in_entry(Table table, bytes key, int64_t now_ms) noexcept:
    """The estimate that the sparse sketch in the entry of a key carries.

    -1 if it is out of date, -2 if there is no such sketch.
    """
    cdef Entry *entry = sketch_entry(table, key, now_ms)
    cdef uint64_t value
    if entry == NULL:
        return -2
    memcpy(&value, entry_value(entry) + ESTIMATE, 8)
    return -1 if value >> 63 else <int64_t>value


cpdef int64_t estimate_in_entry(Table table, bytes key, int64_t now_ms) except? -1:
    """estimate() of the sparse sketch in the entry of a key, which then carries it; -1 if none."""
    cdef Entry *entry = sketch_entry(table, key, now_ms)
    cdef int64_t count
    cdef Span span
    if entry == NULL:
        return -1
    span.data = entry_value(entry)
    span.size = entry_value_length(entry)
    count = estimate_span(&span)
    memcpy(entry_value(entry) + ESTIMATE, &count, 8)
    return count


cpdef int64_t estimate_in_place(Buffer sketch) except? -1:
    """estimate() of a sketch, which then carries it."""
    cdef int64_t count = estimate(sketch)
    memcpy(memory_of(sketch) + ESTIMATE, &count, 8)
    return count


cdef Entry *sketch_entry(Table table, bytes key, int64_t now_ms) noexcept:
    """The entry of a key if its value is a sparse sketch within it; else NULL."""
    cdef Entry *entry = table.touched(key, now_ms)
    if entry == NULL or entry_kind(entry) != BYTES:
        return NULL
    if entry_value_length(entry) < HEADER or memcmp(entry_value(entry), b"HYLL\x01", 5) != 0:
        return NULL
    return entry


cpdef int raise_to(Buffer sketch, Registers registers, Py_ssize_t limit) except -1:
    """Raises the registers of a sketch to others, all of which must be as high as its own.

    `limit` as in add(). Marks the estimate as out of date.
    """
    cdef Span span
    cdef Place place
    cdef int index
    open_sketch(sketch, &span)
    if span.data[ENCODING] == SPARSE:
        begin(&place)
        for index in range(REGISTERS):
            if registers.values[index] == 0:
                continue
            if raise_sparse(sketch, index, registers.values[index], limit, &place) == TOO_LARGE:
                make_dense(sketch)
                break
    if memory_of(sketch)[ENCODING] == DENSE:
        pack(registers.values, memory_of(sketch) + HEADER)
    memory_of(sketch)[STALE] |= 0x80
    return 0


cpdef int make_dense(Buffer sketch) except -1:
    """Gives a sketch the dense form. Nothing has changed on ValueError."""
    cdef Registers registers
    if is_dense(sketch):
        return 0
    registers = Registers()
    registers.unite(sketch)
    sketch.extend_to(DENSE_SIZE)
    sketch.length = DENSE_SIZE
    memory_of(sketch)[ENCODING] = DENSE
    pack(registers.values, memory_of(sketch) + HEADER)
    return 0


# Dense form


cdef inline int raise_dense(unsigned char *packed, int index, int rank) noexcept:
    """Raises one register; CHANGED or SAME."""
    cdef unsigned char *at = packed + (index * 6 >> 3)
    cdef int shift = index * 6 & 7
    cdef unsigned int word = at[0]
    if shift > 2:
        word |= <unsigned int>at[1] << 8
    if <int>(word >> shift & 63) >= rank:
        return SAME
    word = (word & ~(<unsigned int>63 << shift)) | <unsigned int>rank << shift
    at[0] = <unsigned char>word
    if shift > 2:
        at[1] = <unsigned char>(word >> 8)
    return CHANGED


cdef void unpack(const unsigned char *packed, unsigned char *values) noexcept:
    """Registers of 6 bits to registers of a byte, 8 at a time."""
    cdef uint64_t word
    cdef int group
    for group in range(REGISTERS // 8):
        # 8 bytes at a time, of which the last 2 are not wanted; the last time the first 2.
        if group < REGISTERS // 8 - 1:
            memcpy(&word, packed + 6 * group, 8)
        else:
            memcpy(&word, packed + 6 * group - 2, 8)
            word >>= 16
        word = (word & 0xFFFFFF) | (word & 0xFFFFFF000000ULL) << 8
        word = (word & 0x00000FFF00000FFFULL) | (word & 0x00FFF00000FFF000ULL) << 4
        word = (word & 0x003F003F003F003FULL) | (word & 0x0FC00FC00FC00FC0ULL) << 2
        memcpy(values + 8 * group, &word, 8)


cdef void pack(const unsigned char *values, unsigned char *packed) noexcept:
    """What unpack() undoes."""
    cdef uint64_t word
    cdef int group
    for group in range(REGISTERS // 8):
        memcpy(&word, values + 8 * group, 8)
        word = (word & 0x003F003F003F003FULL) | (word & 0x3F003F003F003F00ULL) >> 2
        word = (word & 0x00000FFF00000FFFULL) | (word & 0x0FFF00000FFF0000ULL) >> 4
        word = (word & 0xFFFFFF) | (word & 0x00FFFFFF00000000ULL) >> 8
        memcpy(packed + 6 * group, &word, 6)


# Sparse form


def runs_of(text):
    """The runs of a sparse sketch: [(rank, count of registers, whether it takes 2 bytes), ...].

    They may be those of more or fewer registers than there are; a run that is cut off goes on
    with a zero.
    """
    cdef Span span
    cdef Py_ssize_t position = HEADER
    cdef unsigned char[2] run
    open_sketch(text, &span)
    if span.data[ENCODING] != SPARSE:
        raise ValueError("not sparse")
    found = []
    while position < span.size:
        run[0] = span.data[position]
        run[1] = span.data[position + 1] if position + 1 < span.size else 0
        found.append((run_rank(run[0]), run_count(run), is_long_zero(run[0])))
        position += 1 + is_long_zero(run[0])
    return found


# All registers at once


cdef class Registers:
    """16384 registers of a byte each, at first 0; here sketches are united."""

    cpdef int unite(self, object text) except -1:
        """Raises each register to that of a sketch. ValueError may leave some of them raised."""
        cdef Span span
        cdef unsigned char[REGISTERS] others
        cdef int index
        open_sketch(text, &span)
        if span.data[ENCODING] == SPARSE:
            return self.unite_runs(&span)
        unpack(span.data + HEADER, others)
        for index in range(REGISTERS):
            self.values[index] = max(self.values[index], others[index])
        return 0

    cdef int unite_runs(self, const Span *span) except -1:
        cdef Py_ssize_t position = HEADER, size = span.size
        cdef const unsigned char *data = span.data
        cdef Py_ssize_t singly = HEADER
        cdef int first = 0, index
        cdef uint64_t runs
        check_runs(span)
        while position < size:
            if position >= singly and position + 8 <= size:
                memcpy(&runs, data + position, 8)
                if counts_of_eight(runs) > 0:
                    for index in range(8):
                        self.raise_run(first, data[position + index])
                        first += short_run_count(data[position + index])
                    position += 8
                    continue
                singly = position + 8
            if is_long_zero(data[position]):
                first += run_count(data + position)
                position += 2
            else:
                self.raise_run(first, data[position])
                first += short_run_count(data[position])
                position += 1
        return 0

    cdef inline void raise_run(self, int first, unsigned char run) noexcept:
        """Raises the registers of a run of one byte."""
        cdef unsigned char rank = run_rank(run)
        cdef int index
        self.values[first] = max(self.values[first], rank)
        if run & 0x80 and run & 3:
            for index in range(first + 1, first + short_run_count(run)):
                self.values[index] = max(self.values[index], rank)

    cpdef int64_t estimate(self):
        """The estimated cardinality."""
        cdef uint32_t[64] histogram
        count_ranks(self.values, histogram)
        return cardinality(histogram)

    def __getitem__(self, int index):
        if not 0 <= index < REGISTERS:
            raise IndexError("no such register")
        return self.values[index]

    def __len__(self):
        return REGISTERS


cpdef int64_t estimate(object text) except? -1:
    """The cardinality that the registers of a sketch tell."""
    cdef Span span
    open_sketch(text, &span)
    return estimate_span(&span)


cdef int64_t estimate_span(const Span *span) except? -1:
    cdef uint32_t[64] histogram
    cdef unsigned char[REGISTERS] values
    if span.data[ENCODING] == DENSE:
        unpack(span.data + HEADER, values)
        count_ranks(values, histogram)
    else:
        check_runs(span)
        count_runs(span.data, span.size, histogram)
    return cardinality(histogram)


cdef void count_ranks(const unsigned char *values, uint32_t *histogram) noexcept:
    """How many registers have which rank.

    Four histograms take turns, as adding to one place again has to wait for the last time.
    """
    cdef uint32_t[4][64] counts
    cdef uint64_t word
    cdef int group, index
    memset(counts, 0, sizeof(counts))
    for group in range(0, REGISTERS, 8):
        memcpy(&word, values + group, 8)
        if word == 0:
            counts[0][0] += 8
            continue
        for index in range(group, group + 8, 4):
            counts[0][values[index] & 63] += 1
            counts[1][values[index + 1] & 63] += 1
            counts[2][values[index + 2] & 63] += 1
            counts[3][values[index + 3] & 63] += 1
    for index in range(64):
        histogram[index] = (
            counts[0][index] + counts[1][index] + counts[2][index] + counts[3][index])


cdef int64_t cardinality(const uint32_t *histogram) noexcept:
    """Ertl's improved estimator. Ranks that no hash has are left out."""
    cdef double registers = REGISTERS, result
    cdef double total = registers * tau((registers - histogram[RANK_BITS + 1]) / registers)
    cdef int rank
    for rank in range(RANK_BITS, 0, -1):
        total = (total + histogram[rank]) * 0.5
    total += registers * sigma(histogram[0] / registers)
    result = ALPHA * registers * registers / total
    return llround(result) if result < <double>INT64_MAX else INT64_MAX


cdef double sigma(double x) noexcept:
    cdef double y = 1, z = x, before
    if x == 1:
        return INFINITY
    while True:
        x *= x
        before = z
        z += x * y
        y += y
        if z == before:
            return z


cdef double tau(double x) noexcept:
    cdef double y = 1, z = 1 - x, before
    if x == 0 or x == 1:
        return 0
    while True:
        x = sqrt(x)
        before = z
        y *= 0.5
        z -= pow(1 - x, 2) * y
        if z == before:
            return z / 3
