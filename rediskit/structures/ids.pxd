# The ids of a stream's entries; see ids.pyx.

from libc.stdint cimport int64_t, uint64_t

from rediskit.structures.digits cimport write_unsigned

cdef enum:
    LONGEST_ID = 41             # bytes of an id that is spelled: twice 20 digits, and "-"

cdef struct Id:
    uint64_t ms
    uint64_t seq

cdef inline Id make_id(uint64_t ms, uint64_t seq) noexcept nogil:
    cdef Id id
    id.ms = ms
    id.seq = seq
    return id

cdef inline bint id_below(Id one, Id other) noexcept nogil:
    return one.ms < other.ms or (one.ms == other.ms and one.seq < other.seq)

cdef inline bint id_equals(Id one, Id other) noexcept nogil:
    return one.ms == other.ms and one.seq == other.seq

cdef inline bint next_id(Id *id) noexcept nogil:
    # Makes it the next one; False, and no change, if it is the last there can be.
    if id.seq != <uint64_t>-1:
        id.seq += 1
    elif id.ms != <uint64_t>-1:
        id.ms += 1
        id.seq = 0
    else:
        return False
    return True

cdef inline bint previous_id(Id *id) noexcept nogil:
    # Makes it the one before; False, and no change, if it is the first there can be.
    if id.seq:
        id.seq -= 1
    elif id.ms:
        id.ms -= 1
        id.seq = <uint64_t>-1
    else:
        return False
    return True

cdef inline int write_id(char *to, Id id) noexcept nogil:
    # Spells an id as "ms-seq", at most LONGEST_ID bytes; how many.
    cdef int size = write_unsigned(to, id.ms)
    to[size] = c"-"
    return size + 1 + write_unsigned(to + size + 1, id.seq)

cdef Id id_of(tuple pair) except *
cdef bytes spelled(Id id)
cpdef tuple parse_id(bytes text, uint64_t missing_seq)
cpdef object parse_ms(bytes text)
cpdef tuple following(tuple pair)
cpdef tuple preceding(tuple pair)
cpdef bytes spell_id(tuple pair)
