"""The sparse form of a HyperLogLog's registers: runs of equal ranks, in order, without gaps.

    00llllll            l + 1 registers of rank 0
    01llllll llllllll   the same, for up to 16384
    1vvvvvll            l + 1 registers of rank v + 1

To find a register, the runs before it have to be added up; that is done for those in 8 bytes at a
time, in one word.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove, memset

from rediskit.structures.bits cimport Span
from rediskit.structures.buffer cimport Buffer

cdef enum:
    HIGHEST_IN_RUN = 32         # rank
    LONGEST_VALUE_RUN = 4
    MERGED_RUNS = 5             # looked at after a change, so that equal neighbours become one


# For each set of those among 8 bytes that look like the first of a long run of zeros: 255 in each
# byte that is the second of one, if the first of the 8 begins a run.
cdef uint64_t[256] SECONDS


cdef void fill_seconds() noexcept:
    cdef int firsts, index
    cdef bint is_second
    for firsts in range(256):
        SECONDS[firsts] = 0
        is_second = False
        for index in range(8):
            if is_second:
                SECONDS[firsts] |= <uint64_t>0xFF << (8 * index)
            is_second = not is_second and firsts >> index & 1


fill_seconds()


cdef inline int sum_of_bytes(uint64_t word) noexcept:
    word = (word & 0x00FF00FF00FF00FFULL) + (word >> 8 & 0x00FF00FF00FF00FFULL)
    return <int>(word * 0x0001000100010001ULL >> 48)


cdef inline int add_up(uint64_t word, int *size, int *last) noexcept:
    """How many registers the whole runs within 8 bytes stand for, the first byte beginning one.

    Fills in how many bytes these runs take, 7 or 8, and where the last of them begins. There is
    hardly a branch in it: what comes next in a sketch cannot be predicted.
    """
    cdef int count = counts_of_eight(word)
    if count > 0:
        size[0] = 8
        last[0] = 7
        return count
    return add_up_longs(word, size, last)


cdef inline int add_up_longs(uint64_t word, int *size, int *last) noexcept:
    """add_up() where some of the runs take 2 bytes."""
    cdef uint64_t ones = 0x0101010101010101ULL
    cdef uint64_t longs = ((word << 1) & ~word) >> 7 & ones         # 1 in what looks like a first
    cdef uint64_t seconds = SECONDS[longs * 0x0102040810204080ULL >> 56]
    cdef uint64_t values = (word >> 7 & ones) * 0xFF
    cdef uint64_t shorts, starts
    cdef int cut
    longs = longs * 0xFF & ~seconds
    cut = <int>(longs >> 63)                    # a run whose second byte is not among the 8
    longs = longs << 8 * cut >> 8 * cut
    starts = ~seconds << 8 * cut >> 8 * cut
    shorts = starts & ~longs
    size[0] = 8 - cut
    last[0] = 7 - cut - <int>(seconds >> (56 - 8 * cut) & 1)
    return (sum_of_bytes(word & (shorts & (3 * ones | (0x3C * ones & ~values)) | seconds))
            + (sum_of_bytes(word & longs & 0x3F * ones) << 8) + sum_of_bytes(starts & ones))


cdef bint find_run(const unsigned char *data, Py_ssize_t size, int index, Place *place) noexcept:
    """Goes on from `place` to the run that a register is in; False if there is none."""
    cdef Py_ssize_t position = place.position
    cdef int first = place.first, count, step, last
    cdef uint64_t word
    while position + 8 <= size:
        memcpy(&word, data + position, 8)
        count = add_up(word, &step, &last)
        if index < first + count:
            break
        first += count
        place.previous = position + last
        place.previous_first = first - run_count(data + place.previous)
        position += step
    while position < size:
        step = 1 + is_long_zero(data[position])
        if position + step > size:
            return False
        count = run_count(data + position)
        if index < first + count:
            place.position = position
            place.first = first
            place.count = count
            return True
        place.previous = position
        place.previous_first = first
        first += count
        position += step
    return False


cdef int raise_sparse(Buffer sketch, int index, int rank, Py_ssize_t limit,
                      Place *place) except -1:
    """Raises one register; CHANGED, SAME, or TOO_LARGE, when nothing has changed.

    `place` says where to search from, and afterwards where to search for a higher register from.
    """
    cdef unsigned char[5] runs
    cdef unsigned char *data = sketch.block + sketch.start
    cdef int old_rank, old_size, size = 0, last
    cdef Py_ssize_t start = place.position
    if rank > HIGHEST_IN_RUN:
        return TOO_LARGE
    if not find_run(data, sketch.length, index, place):
        raise ValueError("too few registers")
    if place.position == start and start != HEADER:
        begin(place)
        find_run(data, sketch.length, index, place)
    old_rank = run_rank(data[place.position])
    if old_rank < rank:
        old_size = 1 + is_long_zero(data[place.position])
        last = place.first + place.count - 1
        if index != place.first:
            size += write_run(runs + size, old_rank, index - place.first)
        size += write_run(runs + size, rank, 1)
        if index != last:
            size += write_run(runs + size, old_rank, last - index)
        if size > old_size and sketch.length + size - old_size > limit:
            return TOO_LARGE
        replace(sketch, place.position, old_size, runs, size)
        merge_equal_runs(sketch, place.previous if place.previous >= 0 else HEADER)
    if place.previous >= 0:
        place.position = place.previous
        place.first = place.previous_first
        place.previous = -1
    else:
        begin(place)
    return CHANGED if old_rank < rank else SAME


cdef int replace(Buffer sketch, Py_ssize_t position, int old_size, const unsigned char *runs,
                 int size) except -1:
    """Puts `size` bytes in the place of `old_size` ones."""
    cdef unsigned char *data
    if size > old_size:
        sketch.room(size - old_size)
    data = sketch.block + sketch.start + position
    if size != old_size:
        memmove(data + size, data + old_size, sketch.length - position - old_size)
        sketch.length += size - old_size
    memcpy(data, runs, size)
    return 0


cdef void merge_equal_runs(Buffer sketch, Py_ssize_t position) noexcept:
    """Unites neighbours of equal rank among the next few runs, as far as one run can hold them.

    Not as far as possible: just where Redis does, so that strings are the same.
    """
    cdef unsigned char *data = sketch.block + sketch.start
    cdef int left = MERGED_RUNS, count
    while position < sketch.length and left:
        left -= 1
        if not data[position] & 0x80:
            position += 1 + is_long_zero(data[position])
            continue
        if position + 1 < sketch.length and (data[position] ^ data[position + 1]) & 0xFC == 0:
            count = run_count(data + position) + run_count(data + position + 1)
            if count <= LONGEST_VALUE_RUN:
                data[position + 1] = value_run(run_rank(data[position]), count)
                memmove(data + position, data + position + 1, sketch.length - position - 1)
                sketch.length -= 1
                continue
        position += 1


cdef int check_runs(const Span *span) except -1:
    """Raises ValueError unless the runs of a sparse sketch make up all registers."""
    cdef Py_ssize_t position = HEADER
    cdef int64_t registers = 0
    cdef int step, last
    cdef uint64_t word
    while position + 8 <= span.size:
        memcpy(&word, span.data + position, 8)
        registers += add_up(word, &step, &last)
        position += step
    while position < span.size:
        step = 1 + is_long_zero(span.data[position])
        if position + step > span.size:
            raise ValueError("a run is cut off")
        registers += run_count(span.data + position)
        position += step
    if registers != REGISTERS:
        raise ValueError("not as many registers as there should be")
    return 0


cdef void count_runs(const unsigned char *data, Py_ssize_t size, uint32_t *histogram) noexcept:
    """How many registers have which rank, in a sparse sketch whose runs are sound."""
    cdef Py_ssize_t position = HEADER, singly = HEADER
    cdef uint32_t[2][64] counts
    cdef uint64_t runs
    cdef int index
    memset(counts, 0, sizeof(counts))
    while position < size:
        if position >= singly and position + 8 <= size:
            memcpy(&runs, data + position, 8)
            if counts_of_eight(runs) > 0:
                for index in range(8):
                    counts[index & 1][run_rank(data[position + index])] += (
                        short_run_count(data[position + index]))
                position += 8
                continue
            singly = position + 8
        if is_long_zero(data[position]):
            counts[0][0] += run_count(data + position)
            position += 2
        else:
            counts[1][run_rank(data[position])] += short_run_count(data[position])
            position += 1
    for index in range(64):
        histogram[index] = counts[0][index] + counts[1][index]
