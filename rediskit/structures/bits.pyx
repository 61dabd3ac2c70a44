"""Bits of byte strings: single ones, fields of up to 64, how many, where the first, and, or, xor.

Bit 0 is the highest bit of the first byte. Functions read `text`, bytes or a Buffer, where it
lies; bits behind its end are zero to single bits and fields. What changes bits does so within a
Buffer, or within an entry of a Table that holds its value as bytes.

Whole words of 8 bytes are counted, compared and combined in plain loops that the compiler turns
into the widest instructions; counting is compiled for several processors, and the best version
is taken when the module is loaded.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy, memset

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.digits cimport integer_of
from rediskit.structures.entry cimport (
    BYTES, RAW, Entry, entry_kind, entry_value, entry_value_length)
from rediskit.structures.memory cimport allocate, release
from rediskit.structures.table cimport Table

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) \\
        && !defined(__SANITIZE_ADDRESS__)
    #define FOR_SEVERAL_PROCESSORS \\
        __attribute__((target_clones("arch=icelake-server", "popcnt", "default")))
    #else
    #define FOR_SEVERAL_PROCESSORS
    #endif

    FOR_SEVERAL_PROCESSORS
    static uint64_t ones_of(const unsigned char *data, size_t size) {
        uint64_t total = 0, word;
        size_t words = size / 8, index;
        for (index = 0; index < words; index++) {
            memcpy(&word, data + 8 * index, 8);
            total += __builtin_popcountll(word);
        }
        word = 0;
        memcpy(&word, data + 8 * words, size % 8);
        return total + __builtin_popcountll(word);
    }
    #if defined(__linux__)
    #include <sys/mman.h>
    #endif
    #define HUGE_PAGE ((uintptr_t)2 << 20)
    #define WORTH_HUGE_PAGES (8 * HUGE_PAGE)
    static void use_huge_pages(void *data, size_t size) {
    #if defined(__linux__) && defined(MADV_HUGEPAGE)
        uintptr_t start = ((uintptr_t)data + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
        uintptr_t end = ((uintptr_t)data + size) & ~(HUGE_PAGE - 1);
        if (size >= WORTH_HUGE_PAGES)
            madvise((void *)start, end - start, MADV_HUGEPAGE);
    #endif
    }
    #define leading_zeros(byte) (__builtin_clz(byte) - 24)
    """
    uint64_t ones_of(const unsigned char *data, size_t size) noexcept nogil
    void use_huge_pages(void *data, size_t size) noexcept nogil
    int leading_zeros(unsigned int byte) noexcept nogil     # of 8 bits, not all of them zero

cdef enum:
    BLOCK = 16384               # what is combined before going on: it stays in the nearest cache

cdef const unsigned char *EMPTY = b""

AND = 0
OR = 1
XOR = 2


cdef int take_span(object text, Span *span) except -1:
    """Fills in where the bytes of `text`, bytes or a Buffer, lie. Raises TypeError."""
    cdef Buffer buffer
    if type(text) is bytes:
        span.data = <const unsigned char *>PyBytes_AS_STRING(text)
        span.size = PyBytes_GET_SIZE(text)
    elif type(text) is Buffer:
        buffer = text
        span.size = buffer.length
        span.data = EMPTY
        if span.size:
            span.data = buffer.block + buffer.start
    else:
        raise TypeError("bits of neither bytes nor a Buffer")
    return 0


# One bit


cpdef int64_t read_offset(bytes text) noexcept:
    """The number that decimal digits spell; -1 if they spell none of 63 bits."""
    cdef int64_t value
    if integer_of(PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text), &value) and value >= 0:
        return value
    return -1


cpdef int get_bit(object text, int64_t offset) except -1:
    """The bit at an offset."""
    cdef Span span
    take_span(text, &span)
    if offset < 0 or offset >> 3 >= span.size:
        return 0
    return span.data[offset >> 3] >> (7 - (offset & 7)) & 1


cdef inline int exchange_bit(unsigned char *data, int64_t offset, bint bit) noexcept:
    cdef int shift = 7 - (offset & 7)
    cdef int old = data[offset >> 3] >> shift & 1
    data[offset >> 3] ^= <unsigned char>((old ^ bit) << shift)
    return old


cpdef int set_bit(Buffer buffer, int64_t offset, bint bit) except -1:
    """Sets a bit, which must be there, and returns what it was. Raises IndexError."""
    if offset < 0 or offset >> 3 >= buffer.length:
        raise IndexError("bit behind the end")
    return exchange_bit(buffer.block + buffer.start, offset, bit)


cpdef int entry_bit(Table table, bytes key, int64_t offset, int64_t now_ms) noexcept:
    """A bit of the value of a key, if that is bytes within its entry; else -1."""
    cdef Entry *entry = table.touched(key, now_ms)
    if entry == NULL or entry_kind(entry) != BYTES or offset < 0:
        return -1
    if offset >> 3 >= <int64_t>entry_value_length(entry):
        return 0
    return entry_value(entry)[offset >> 3] >> (7 - (offset & 7)) & 1


cpdef int set_entry_bit(Table table, bytes key, int64_t offset, bint bit, int64_t now_ms) noexcept:
    """Sets a bit of a value that lies within its entry as bytes, and returns what it was.

    -1, and nothing has changed, if there is no such value or it ends before that bit.
    """
    cdef Entry *entry = table.touched(key, now_ms)
    if entry == NULL or entry_kind(entry) != BYTES or offset < 0:
        return -1
    if offset >> 3 >= <int64_t>entry_value_length(entry):
        return -1
    entry[0] |= RAW
    return exchange_bit(entry_value(entry), offset, bit)


# Fields


cdef uint64_t field_at(const unsigned char *data, Py_ssize_t size, int64_t offset,
                       int width) noexcept:
    """The unsigned number in `width` bits, 1 to 64, from an offset on."""
    cdef int64_t index = offset >> 3
    cdef int skipped = offset & 7, left = width, taken
    cdef uint64_t value = 0
    cdef unsigned int byte
    while left:
        taken = 8 - skipped if 8 - skipped < left else left
        byte = data[index] if index < size else 0
        byte = byte >> (8 - skipped - taken) & ((1 << taken) - 1)
        value = value << taken | byte
        left -= taken
        skipped = 0
        index += 1
    return value


cdef void put_field(unsigned char *data, int64_t offset, int width, uint64_t value) noexcept:
    """Writes the low `width` bits of a number from an offset on; there must be as many bits."""
    cdef int64_t index = offset >> 3
    cdef int skipped = offset & 7, left = width, taken, shift
    cdef unsigned int mask
    while left:
        taken = 8 - skipped if 8 - skipped < left else left
        left -= taken
        shift = 8 - skipped - taken
        mask = ((1 << taken) - 1) << shift
        data[index] = <unsigned char>(
            (data[index] & ~mask) | (<unsigned int>(value >> left) << shift & mask))
        skipped = 0
        index += 1


# Many bits


cpdef int64_t count_ones(object text, int64_t first, int64_t past) except -1:
    """How many of the bits from `first` up to `past`, both within the text, are set."""
    cdef Span span
    cdef int64_t start, stop, total
    take_span(text, &span)
    if first < 0 or past > 8 * span.size:
        raise IndexError("bits behind the end")
    if first >= past:
        return 0
    start = first >> 3
    stop = (past + 7) >> 3
    total = ones_of(span.data + start, stop - start)
    total -= ones_in_byte(span.data[start] >> (8 - (first & 7)))
    if past & 7:
        total -= ones_in_byte(span.data[stop - 1] & (0xFF >> (past & 7)))
    return total


cdef inline int ones_in_byte(unsigned char byte) noexcept:
    return ones_of(&byte, 1)


cpdef int64_t find_bit(object text, bint bit, int64_t first, int64_t past) except -2:
    """Where the first bit of this kind is from `first` up to `past`, both within the text; or -1.
    """
    cdef Span span
    cdef int64_t index, stop
    cdef unsigned char skipped = 0 if bit else 0xFF     # a byte without such a bit
    cdef unsigned char byte
    take_span(text, &span)
    if first < 0 or past > 8 * span.size:
        raise IndexError("bits behind the end")
    if first >= past:
        return -1
    index = first >> 3
    stop = (past + 7) >> 3
    byte = (span.data[index] ^ skipped) & (0xFF >> (first & 7))
    if byte == 0:
        index = first_other_byte(span.data, index + 1, stop, skipped)
        if index == stop:
            return -1
        byte = span.data[index] ^ skipped
    index = 8 * index + leading_zeros(byte)
    return index if index < past else -1


cdef int64_t first_other_byte(const unsigned char *data, int64_t index, int64_t stop,
                              unsigned char byte) noexcept:
    """Where the first byte that is not `byte` lies from `index` on; `stop` if there is none."""
    cdef uint64_t pattern = byte * 0x0101010101010101ULL, different
    cdef uint64_t words[8]
    cdef int word
    while index + 64 <= stop:
        memcpy(words, data + index, 64)
        different = 0
        for word in range(8):
            different |= words[word] ^ pattern
        if different:
            break
        index += 64
    while index < stop and data[index] == byte:
        index += 1
    return index


cdef bytes new_bytes(Py_ssize_t size):
    """Bytes to be filled in. Long ones get huge pages, as a page fault for each 4 KB would take
    longer than combining; nobody changes them in place, so a fork's child never copies these."""
    cdef bytes result = PyBytes_FromStringAndSize(NULL, size)
    use_huge_pages(PyBytes_AS_STRING(result), size)
    return result


cpdef bytes combine(int operation, list texts):
    """All texts, each padded with zeros to the longest, combined by AND, OR or XOR."""
    cdef Py_ssize_t count = len(texts), index, longest = 0
    cdef Span *spans
    cdef bytes result
    if count == 0:
        return b""
    spans = <Span *>allocate(count * sizeof(Span))
    try:
        for index in range(count):
            take_span(texts[index], &spans[index])
            longest = max(longest, spans[index].size)
        result = new_bytes(longest)
        combine_spans(operation, spans, count, <unsigned char *>PyBytes_AS_STRING(result), longest)
    finally:
        release(spans, count * sizeof(Span))
    return result


cdef void combine_spans(int operation, const Span *spans, Py_ssize_t count,
                        unsigned char *target, Py_ssize_t longest) noexcept:
    cdef Py_ssize_t offset = 0, size, index, there
    while offset < longest:
        size = min(longest - offset, BLOCK)
        for index in range(count):
            there = max(0, min(spans[index].size - offset, size))
            combine_block(operation if index else -1, target + offset,
                          spans[index].data + (offset if there else 0), there, size)
        offset += size


cdef void combine_block(int operation, unsigned char *target, const unsigned char *source,
                        Py_ssize_t there, Py_ssize_t size) noexcept:
    """Combines a block of `size` bytes with `there` bytes of a source and zeros behind them.

    Operation -1 copies.
    """
    cdef Py_ssize_t index
    if operation < 0:
        memcpy(target, source, there)
    elif operation == 0:
        for index in range(there):
            target[index] &= source[index]
    elif operation == 1:
        for index in range(there):
            target[index] |= source[index]
    else:
        for index in range(there):
            target[index] ^= source[index]
    if operation <= 0:
        memset(target + there, 0, size - there)


cpdef bytes invert(object text):
    """A text with every bit turned over."""
    cdef Span span
    cdef bytes result
    cdef unsigned char *target
    cdef Py_ssize_t index
    take_span(text, &span)
    result = new_bytes(span.size)
    target = <unsigned char *>PyBytes_AS_STRING(result)
    for index in range(span.size):
        target[index] = ~span.data[index]
    return result
