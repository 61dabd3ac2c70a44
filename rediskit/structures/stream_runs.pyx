"""Some consecutive entries of a stream in one block: a run.

The names of the first entry's fields stand at the head of the run, and entries that have the same
fields in the same order hold values only. Ids are told by their distance from the entry before.

    run     header, names ..., entry ...
    entry   size  code  [sequence number]  [number of fields]  value ... | field value ...

`size` tells the bytes behind it. The lowest bits of `code` are OWN_FIELDS, for an entry that has
the number of its fields and their names, and GIVEN_SEQ; the rest is by how many milliseconds it is
later. Without GIVEN_SEQ the sequence number is 0 in another millisecond, and else one more than
that of the entry before; it is given as itself in another millisecond, and else as what it
is beyond one more. These numbers are of 7 bits a byte, the lowest first. The first entry follows an
imagined one, (ms, seq - 1) of its own id. Names and values are the items of a pack, without
their trailers (see packed).

So an id takes one byte or two as long as entries come in quick succession. To remove an entry
the distance of the next one is told anew, which never takes more bytes than both entries did.
"""

from libc.string cimport memcmp, memmove

from rediskit.structures.ids cimport id_below, id_equals
from rediskit.structures.memory cimport allocate, release, resize
from rediskit.structures.packed cimport SHORTEST_LONG, SHORTEST_MEDIUM

cdef enum:
    SMALL = 512                 # bytes of a run up to which it grows by little
    LARGEST_FRONT = 24          # bytes of an entry before its fields and values


# Numbers and values


cdef inline size_t varint_size(uint64_t value) noexcept nogil:
    cdef size_t size = 1
    while value > 127:
        value >>= 7
        size += 1
    return size


cdef inline unsigned char *put_varint(unsigned char *to, uint64_t value) noexcept nogil:
    while value > 127:
        to[0] = <unsigned char>(value & 127 | 128)
        value >>= 7
        to += 1
    to[0] = <unsigned char>value
    return to + 1


cdef inline int integer_width(long long value) noexcept nogil:
    cdef int width = 1
    while value < -128 or value > 127:
        value >>= 8
        width += 1
    return width


cdef inline size_t value_size(const Item *item) noexcept nogil:
    """Bytes of a text or an integer."""
    if item.kind == INTEGER:
        return 1 if 0 <= item.integer < TEXT_SHORT else 1 + integer_width(item.integer)
    if item.length < SHORTEST_MEDIUM:
        return 1 + item.length
    return (2 if item.length < SHORTEST_LONG else 5) + item.length


cdef inline unsigned char *put_value(unsigned char *to, const Item *item) noexcept nogil:
    cdef uint32_t length = <uint32_t>item.length
    cdef int width, index
    if item.kind == INTEGER:
        if 0 <= item.integer < TEXT_SHORT:
            to[0] = <unsigned char>item.integer
            return to + 1
        width = integer_width(item.integer)
        to[0] = <unsigned char>(INTEGER_WIDE + width)
        for index in range(width):
            to[1 + index] = <unsigned char>(item.integer >> 8 * index & 255)
        return to + 1 + width
    if length < SHORTEST_MEDIUM:
        to[0] = <unsigned char>(TEXT_SHORT + length)
        to += 1
    elif length < SHORTEST_LONG:
        to[0] = <unsigned char>(TEXT_MEDIUM | (length >> 8))
        to[1] = <unsigned char>(length & 255)
        to += 2
    else:
        to[0] = TEXT_LONG
        memcpy(to + 1, &length, 4)
        to += 5
    memcpy(to, item.text, length)
    return to + length


cdef inline bint is_value(const unsigned char *at, size_t size, const Item *item) noexcept nogil:
    """Whether a value that takes `size` bytes is this item."""
    cdef Item other
    read_value(at, &other)
    if other.kind != item.kind:
        return False
    if item.kind == INTEGER:
        return other.integer == item.integer
    return other.length == item.length and memcmp(other.text, item.text, item.length) == 0


# Ids


cdef inline uint64_t code_of(Id id, Id before, uint64_t *number) noexcept nogil:
    """The code of an entry that names no fields; stores its sequence number as it is told."""
    cdef uint64_t later = id.ms - before.ms
    number[0] = id.seq if later else id.seq - before.seq - 1
    return later << CODE_BITS | (GIVEN_SEQ if number[0] else 0)


cdef inline size_t code_size(uint64_t code, uint64_t number) noexcept nogil:
    return varint_size(code) + (varint_size(number) if code & GIVEN_SEQ else 0)


cdef inline unsigned char *put_code(unsigned char *to, uint64_t code,
                                    uint64_t number) noexcept nogil:
    to = put_varint(to, code)
    return put_varint(to, number) if code & GIVEN_SEQ else to


# Adding


cdef Run *new_run(Id first, const Item *items, uint32_t fields) except NULL:
    """A run whose first entry will have this id and these fields."""
    cdef uint64_t size = sizeof(Run)
    cdef uint32_t index
    cdef unsigned char *to
    cdef Run *run
    for index in range(fields):
        size += value_size(items + 2 * index)
    run = <Run *>allocate(size)
    to = run_bytes(run)
    for index in range(fields):
        to = put_value(to, items + 2 * index)
    run.first = first
    run.last = make_id(first.ms, first.seq - 1)
    run.head = run.used = <uint32_t>(size - sizeof(Run))
    run.capacity = <uint32_t>size
    run.count = run.added = 0
    run.fields = fields
    return run


cdef inline bint has_names(const Run *run, const Item *items, uint32_t fields) noexcept nogil:
    """Whether these are the fields that are named at the head."""
    cdef const unsigned char *at = run_bytes(run)
    cdef Item name
    cdef uint32_t index
    cdef size_t size
    if run.fields != fields:
        return False
    for index in range(fields):
        size = read_value(at, &name)
        if not is_value(at, size, items + 2 * index):
            return False
        at += size
    return True


cdef uint64_t plan_entry(const Run *run, Plan *plan) noexcept:
    """Finds out how an entry will be told; how many bytes that takes."""
    cdef uint64_t number, code = code_of(plan.id, run.last, &number)
    cdef uint32_t index
    plan.is_own = not has_names(run, plan.items, plan.fields)
    plan.size = code_size(code, number)
    for index in range(plan.fields):
        plan.size += value_size(plan.items + 2 * index + 1)
        if plan.is_own:
            plan.size += value_size(plan.items + 2 * index)
    if plan.is_own:
        plan.size += varint_size(plan.fields)
    return varint_size(plan.size) + plan.size


cdef int reserve_run(Run **run, uint64_t size, uint64_t limit) except -1:
    """Gives a run room for so many bytes, and for some more up to a limit of its content."""
    cdef uint64_t used = run[0].used, wanted = used + size, ahead
    if sizeof(Run) + wanted <= run[0].capacity:
        return 0
    ahead = wanted >> 3 if wanted < SMALL else wanted >> 1
    if run[0].count and wanted < limit:
        wanted += ahead if ahead < limit - wanted else limit - wanted
    run[0] = <Run *>resize(run[0], run[0].capacity, sizeof(Run) + wanted)
    run[0].capacity = <uint32_t>(sizeof(Run) + wanted)
    return 0


cdef void push_entry(Run *run, const Plan *plan) noexcept:
    """Adds an entry that was planned, and that there is room for."""
    cdef unsigned char *to = run_bytes(run) + run.used
    cdef uint64_t number, code = code_of(plan.id, run.last, &number)
    cdef uint32_t index
    to = put_varint(to, plan.size)
    to = put_code(to, code | (OWN_FIELDS if plan.is_own else 0), number)
    if plan.is_own:
        to = put_varint(to, plan.fields)
    for index in range(plan.fields):
        if plan.is_own:
            to = put_value(to, plan.items + 2 * index)
        to = put_value(to, plan.items + 2 * index + 1)
    run.used = <uint32_t>(to - run_bytes(run))
    run.last = plan.id
    run.count += 1
    run.added += 1


# Removing


cdef void close_up(Run *run, uint32_t start, const Entry *next, Id before) noexcept:
    """Removes the bytes from `start` to an entry, which then follows another id."""
    cdef unsigned char[LARGEST_FRONT] front
    cdef unsigned char *data = run_bytes(run)
    cdef const unsigned char *old = data + next.at
    cdef uint64_t size, code, number
    cdef uint32_t front_size, rest
    old += read_varint(old, &size)
    read_varint(old, &code)
    code = code_of(next.id, before, &number) | code & OWN_FIELDS
    rest = next.content if not next.is_own else next.content - <uint32_t>varint_size(next.fields)
    size = code_size(code, number) + next.end - rest
    front_size = <uint32_t>(put_code(put_varint(front, size), code, number) - front)
    memcpy(data + start, front, front_size)
    memmove(data + start + front_size, data + rest, run.used - rest)
    run.used -= rest - start - front_size


cdef void remove_entry(Run *run, const Entry *entry, Id before) noexcept:
    """Removes an entry, not the only one; `before`: the id of the one before, if there is one."""
    cdef Entry next = entry[0]
    if entry.at == run.head:
        cut_front(run, 1)
        return
    run.count -= 1
    if not read_entry(run, &next):
        run.used = entry.at
        run.last = before
        return
    close_up(run, entry.at, &next, before)


cdef void cut_front(Run *run, uint32_t count) noexcept:
    """Removes so many entries from the front, fewer than there are."""
    cdef Entry entry
    cdef uint32_t index
    before_entries(run, &entry)
    for index in range(count + 1):
        read_entry(run, &entry)
    run.first = entry.id
    run.count -= count
    close_up(run, run.head, &entry, make_id(entry.id.ms, entry.id.seq - 1))


# The whole


cdef Run *copy_run(const Run *run) except NULL:
    """Another run with the same entries, and no more room than they need."""
    cdef size_t size = sizeof(Run) + run.used
    cdef Run *other = <Run *>allocate(size)
    memcpy(other, run, size)
    other.capacity = <uint32_t>size
    return other


cdef void trim_run(Run **run) noexcept:
    """Gives back the room that a run has for more, if it can be done."""
    cdef size_t size = sizeof(Run) + run[0].used
    try:
        run[0] = <Run *>resize(run[0], run[0].capacity, size)
    except MemoryError:
        return
    run[0].capacity = <uint32_t>size


cdef int check_run(const Run *run) except -1:
    """Asserts that the entries are as the header says, and their ids ascend."""
    cdef Entry entry
    cdef PairWalk pairs
    cdef Item field, value
    cdef Id before
    cdef uint32_t count = 0
    assert sizeof(Run) + run.used <= run.capacity
    before_entries(run, &entry)
    before = entry.id
    while read_entry(run, &entry):
        assert count == 0 or id_below(before, entry.id)
        assert count or id_equals(entry.id, run.first)
        before = entry.id
        begin_pairs(run, &entry, &pairs)
        while next_pair(&pairs, &field, &value):
            assert pairs.values <= run_bytes(run) + entry.end
        assert pairs.values == run_bytes(run) + entry.end
        count += 1
    assert count == run.count and 0 < count <= run.added
    assert entry.end == run.used and id_equals(before, run.last)
    return 0
