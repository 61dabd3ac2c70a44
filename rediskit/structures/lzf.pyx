"""LZF, the quick compression of long strings within snapshots.

The data are runs of literal bytes and references to what came before:

    000nnnnn byte...            n + 1 literal bytes
    nnnddddd dddddddd           n + 2 bytes (n from 1 to 6) that begin d + 1 bytes back
    111ddddd nnnnnnnn dddddddd  n + 9 bytes that begin d + 1 bytes back

A reference may reach into what it produces itself. (Format: LibLZF, Marc Lehmann.)

The compressor is greedy: the last place of each hash of three bytes is remembered, and what
matches there is referred to. The memory of places is one array for all calls; what earlier calls
left there lies below `base` and counts as nothing, so that it need not be cleared each time.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memset

cdef extern from *:
    """
    #define trailing_zeros(word) __builtin_ctzll(word)
    """
    int trailing_zeros(uint64_t word) noexcept nogil

cdef enum:
    LONGEST_LITERAL = 32
    LONGEST_MATCH = 264
    SHORTEST_MATCH = 3
    FARTHEST = 8192
    FEWEST_BITS = 9                 # of a hash, for short data, so that few lines of cache are used
    MOST_BITS = 14
    MOST_DATA = 0x7FFFFFFF

# All threads share these: a call holds Python's GIL from its beginning to its end.
cdef uint32_t[1 << MOST_BITS] places    # base + the last place of each hash
cdef uint32_t base = 1                  # places below it are none of this call's


cdef inline uint32_t four_bytes(const unsigned char *at) noexcept nogil:
    cdef uint32_t word
    memcpy(&word, at, 4)
    return word


cdef inline uint32_t place_of(uint32_t word, int bits) noexcept nogil:
    """Where the place of three bytes, the low ones of a word, is remembered."""
    return ((word << 8) * <uint32_t>2654435761) >> (32 - bits)


cdef inline uint32_t take_base(size_t length) noexcept:
    """The number that stands for place 0 in a call for so many bytes."""
    global base
    cdef uint32_t own
    if length > 0xFFFFFFFF - base:
        memset(places, 0, sizeof(places))
        base = 1
    own = base
    base += <uint32_t>length
    return own


cdef inline size_t match_length(const unsigned char *old, const unsigned char *new,
                                const unsigned char *end) noexcept nogil:
    """How many bytes are equal, at least SHORTEST_MATCH, at most LONGEST_MATCH."""
    cdef size_t most = <size_t>(end - new), length = SHORTEST_MATCH
    cdef uint64_t word, other
    if most > LONGEST_MATCH:
        most = LONGEST_MATCH
    while length + 8 <= most:
        memcpy(&word, old + length, 8)
        memcpy(&other, new + length, 8)
        if word != other:
            return length + (trailing_zeros(word ^ other) >> 3)
        length += 8
    while length < most and old[length] == new[length]:
        length += 1
    return length


cdef inline void copy_run(unsigned char *to, const unsigned char *data, size_t size,
                          bint has_slack) noexcept nogil:
    """Copies up to 32 bytes; 32, which is but a few moves, where there is slack behind both."""
    if has_slack:
        memcpy(to, data, LONGEST_LITERAL)
    else:
        memcpy(to, data, size)


cdef inline unsigned char *put_literals(const unsigned char *data, size_t length,
                                        unsigned char *to, const unsigned char *stop,
                                        const unsigned char *end) noexcept:
    """Writes literal runs; where they end, NULL if there is no room. `end`: of all data."""
    cdef size_t run
    while length:
        run = length if length < LONGEST_LITERAL else LONGEST_LITERAL
        if <size_t>(stop - to) < run + 1:
            return NULL
        to[0] = <unsigned char>(run - 1)
        copy_run(to + 1, data, run, stop - to > LONGEST_LITERAL and end - data >= LONGEST_LITERAL)
        to += run + 1
        data += run
        length -= run
    return to


cdef inline unsigned char *put_match(size_t length, size_t distance, unsigned char *to,
                                     const unsigned char *stop) noexcept:
    """Writes a reference; where it ends, NULL if there is no room."""
    cdef size_t back = distance - 1
    length -= 2
    if stop - to < 3:
        return NULL
    if length < 7:
        to[0] = <unsigned char>(length << 5 | back >> 8)
        to[1] = <unsigned char>(back & 255)
        return to + 2
    to[0] = <unsigned char>(7 << 5 | back >> 8)
    to[1] = <unsigned char>(length - 7)
    to[2] = <unsigned char>(back & 255)
    return to + 3


cdef size_t compress(const unsigned char *data, size_t length, unsigned char *to,
                     size_t limit) noexcept:
    """Compresses into at most `limit` bytes; how many, 0 if that does not do."""
    cdef const unsigned char *at = data
    cdef const unsigned char *literals = data
    cdef const unsigned char *end = data + length
    cdef const unsigned char *old
    cdef unsigned char *start = to
    cdef const unsigned char *stop = to + limit
    cdef uint32_t own, remembered, here, word
    cdef size_t matched
    cdef int bits = FEWEST_BITS
    if length > MOST_DATA:
        return 0
    own = take_base(length)
    while bits < MOST_BITS and <size_t>1 << bits < length:
        bits += 1
    while at + 4 <= end:
        word = four_bytes(at)
        here = place_of(word, bits)
        remembered = places[here]
        places[here] = own + <uint32_t>(at - data)
        old = data + (remembered - own)
        if (remembered < own or at - old > FARTHEST
                or (four_bytes(old) ^ word) & 0xFFFFFF):
            at += 1
            continue
        if at > literals:
            to = put_literals(literals, at - literals, to, stop, end)
            if to == NULL:
                return 0
        matched = match_length(old, at, end)
        to = put_match(matched, at - old, to, stop)
        if to == NULL:
            return 0
        at += matched
        literals = at
        # What follows often repeats what stood here: two places of the match are remembered.
        if at + 2 <= end:
            word = four_bytes(at - 2)
            places[place_of(word, bits)] = own + <uint32_t>(at - 2 - data)
            places[place_of(word >> 8, bits)] = own + <uint32_t>(at - 1 - data)
    to = put_literals(literals, end - literals, to, stop, end)
    return 0 if to == NULL else to - start


cdef Py_ssize_t expanded_size(const unsigned char *data, size_t length) noexcept nogil:
    """How many bytes compressed data expand to; -1 if they are damaged."""
    cdef const unsigned char *end = data + length
    cdef size_t total = 0, size, back
    while data < end:
        size = data[0]
        if size < LONGEST_LITERAL:
            size += 1
            if <size_t>(end - data) < size + 1:
                return -1
            data += size + 1
        else:
            back = (size & 31) << 8
            size >>= 5
            data += 1
            if size == 7:
                if data >= end:
                    return -1
                size += data[0]
                data += 1
            if data >= end:
                return -1
            back |= data[0]
            data += 1
            size += 2
            if back >= total:
                return -1
        total += size
    return <Py_ssize_t>total


cdef bint expand(const unsigned char *data, size_t length, unsigned char *to,
                 size_t size) noexcept nogil:
    """Expands data to exactly `size` bytes; False if they are damaged or expand to another size.

    There are LZF_SLACK more bytes behind those, which may be written too.
    """
    cdef const unsigned char *end = data + length
    cdef const unsigned char *old
    cdef unsigned char *start = to
    cdef unsigned char *stop = to + size
    cdef size_t run, back
    while data < end:
        run = data[0]
        data += 1
        if run < LONGEST_LITERAL:
            run += 1
            if run > <size_t>(end - data) or run > <size_t>(stop - to):
                return False
            copy_run(to, data, run, end - data >= LONGEST_LITERAL)
            data += run
            to += run
            continue
        back = (run & 31) << 8
        run >>= 5
        if run == 7:
            if data >= end:
                return False
            run += data[0]
            data += 1
        if data >= end:
            return False
        back |= data[0]
        data += 1
        run += 2
        if back >= <size_t>(to - start) or run > <size_t>(stop - to):
            return False
        old = to - back - 1
        if back >= 7:
            # Eight bytes at a time do not reach what they themselves produce; few are more than 16.
            memcpy(to, old, 8)
            memcpy(to + 8, old + 8, 8)
            length = 16
            while length < run:
                memcpy(to + length, old + length, 8)
                length += 8
        else:
            for length in range(run):
                to[length] = old[length]
        to += run
    return to == stop


def lzf_compress(bytes data, size_t limit):
    """Bytes compressed to at most `limit` bytes; None if that does not do."""
    cdef bytes out = PyBytes_FromStringAndSize(NULL, limit)
    cdef size_t size = compress(<const unsigned char *>PyBytes_AS_STRING(data),
                                PyBytes_GET_SIZE(data),
                                <unsigned char *>PyBytes_AS_STRING(out), limit)
    return out[:size] if size else None


def lzf_expand(bytes data):
    """Compressed bytes expanded. Raises ValueError if they are damaged."""
    cdef const unsigned char *start = <const unsigned char *>PyBytes_AS_STRING(data)
    cdef Py_ssize_t size = expanded_size(start, PyBytes_GET_SIZE(data))
    cdef bytes out
    if size < 0:
        raise ValueError("damaged LZF data")
    out = PyBytes_FromStringAndSize(NULL, size + LZF_SLACK)
    if not expand(start, PyBytes_GET_SIZE(data), <unsigned char *>PyBytes_AS_STRING(out), size):
        raise ValueError("damaged LZF data")
    return out[:size]
