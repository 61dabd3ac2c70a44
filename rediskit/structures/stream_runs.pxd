# Some consecutive entries of a stream in one block; see stream_runs.pyx for its layout.

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

from rediskit.structures.entry cimport BYTES, INTEGER
from rediskit.structures.ids cimport Id, make_id
from rediskit.structures.packed cimport (
    INTEGER_WIDE, TEXT_LONG, TEXT_MEDIUM, TEXT_SHORT, Item, read_32)

cdef enum:
    OWN_FIELDS = 1              # bits of an entry's code: it names its fields
    GIVEN_SEQ = 2               # its sequence number is not the one that is expected
    CODE_BITS = 2
    MOST_APART = 0x1000000000000  # milliseconds between the first and the last entry of a run
    LARGEST_RUN = 65536         # bytes; a single larger entry has a run of its own
    LARGEST_ENTRY = 1 << 30     # bytes

cdef struct Run:
    Id first                    # of its first entry
    Id last
    uint32_t used               # bytes behind this header: the names of the fields, the entries
    uint32_t capacity           # of the block, with this header
    uint32_t count              # of entries
    uint32_t added              # entries that it ever had
    uint32_t fields             # how many have their names at the head
    uint32_t head               # bytes of these names

# An entry of a run, good until the next change of the run.
cdef struct Entry:
    Id id
    uint32_t at                 # offset of the entry
    uint32_t end                # ... and of the next one; the run's `used` if it is the last
    uint32_t content            # offset of its values, or of its fields and values
    uint32_t fields
    bint is_own                 # whether it names its fields

# The fields and values of an entry, one pair after the other.
cdef struct PairWalk:
    const unsigned char *names
    const unsigned char *values
    uint32_t left
    bint is_own

cdef inline unsigned char *run_bytes(const Run *run) noexcept nogil:
    return <unsigned char *>run + sizeof(Run)

cdef inline size_t read_varint(const unsigned char *at, uint64_t *value) noexcept nogil:
    # 7 bits a byte, the lowest first; gives how many bytes.
    cdef uint64_t total = at[0] & 127
    cdef size_t size = 1
    while at[size - 1] & 128:
        total |= <uint64_t>(at[size] & 127) << 7 * size
        size += 1
    value[0] = total
    return size

cdef inline size_t read_value(const unsigned char *at, Item *item) noexcept nogil:
    # An item without the trailer that it has in a pack; gives its bytes.
    cdef unsigned int code = at[0], width
    cdef uint64_t bits
    if code < TEXT_SHORT:
        item.kind = INTEGER
        item.integer = code
        return 1
    if code > INTEGER_WIDE:
        item.kind = INTEGER
        width = code & 15
        bits = <uint64_t>-1 if at[width] & 0x80 else 0      # signed, little-endian
        while width:
            bits = bits << 8 | at[width]
            width -= 1
        item.integer = <long long>bits
        return 1 + (code & 15)
    item.kind = BYTES
    if code < TEXT_MEDIUM:
        item.text = at + 1
        item.length = code & 63
    elif code < TEXT_LONG:
        item.text = at + 2
        item.length = (code & 31) << 8 | at[1]
    else:
        item.text = at + 5
        item.length = read_32(at + 1)
    return (item.text - at) + item.length

cdef inline void begin_pairs(const Run *run, const Entry *entry, PairWalk *walk) noexcept nogil:
    walk.values = run_bytes(run) + entry.content
    walk.names = run_bytes(run)
    walk.left = entry.fields
    walk.is_own = entry.is_own

cdef inline bint next_pair(PairWalk *walk, Item *field, Item *value) noexcept nogil:
    # Reads the next field and its value; False at the end.
    if walk.left == 0:
        return False
    walk.left -= 1
    if walk.is_own:
        walk.values += read_value(walk.values, field)
    else:
        walk.names += read_value(walk.names, field)
    walk.values += read_value(walk.values, value)
    return True

cdef inline bint read_entry(const Run *run, Entry *entry) noexcept nogil:
    # Reads the entry at `entry.end`, whose id follows that of `entry`; False at the end of the run.
    cdef const unsigned char *data = run_bytes(run)
    cdef const unsigned char *at = data + entry.end
    cdef uint64_t size, code, number
    if entry.end == run.used:
        return False
    entry.at = entry.end
    at += read_varint(at, &size)
    entry.end = <uint32_t>(at - data + size)
    at += read_varint(at, &code)
    number = 0
    if code & GIVEN_SEQ:
        at += read_varint(at, &number)
    if code >> CODE_BITS:
        entry.id.ms += code >> CODE_BITS
        entry.id.seq = number
    else:
        entry.id.seq += 1 + number
    entry.fields = run.fields
    entry.is_own = code & OWN_FIELDS
    if entry.is_own:
        at += read_varint(at, &number)
        entry.fields = <uint32_t>number
    entry.content = <uint32_t>(at - data)
    return True

cdef inline void before_entries(const Run *run, Entry *entry) noexcept nogil:
    # Where read_entry() will read the first entry of a run.
    entry.id = make_id(run.first.ms, run.first.seq - 1)
    entry.end = run.head

# What is to be added, told before it is: `fields` are Item fields and values in turn.
cdef struct Plan:
    Id id
    const Item *items
    uint32_t fields
    bint is_own
    uint64_t size               # of the entry's bytes behind its own size

cdef Run *new_run(Id first, const Item *items, uint32_t fields) except NULL
cdef uint64_t plan_entry(const Run *run, Plan *plan) noexcept
cdef int reserve_run(Run **run, uint64_t size, uint64_t limit) except -1
cdef void push_entry(Run *run, const Plan *plan) noexcept
cdef void remove_entry(Run *run, const Entry *entry, Id before) noexcept
cdef void cut_front(Run *run, uint32_t count) noexcept
cdef Run *copy_run(const Run *run) except NULL
cdef void trim_run(Run **run) noexcept
cdef int check_run(const Run *run) except -1
