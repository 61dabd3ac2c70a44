# Ids that wait for an acknowledgement, in order; see pending.pyx for how they are kept.

from libc.stdint cimport int64_t, uint32_t, uint64_t

from rediskit.structures.id_tree cimport IdPath, IdTree
from rediskit.structures.ids cimport Id

cdef enum:
    NOBODY = 0                  # the owner of an entry that was released

cdef struct Delivery:
    Id id
    int64_t time_ms             # when it was delivered last; of NOBODY's, a number that grows
    uint64_t count              # how often it was
    uint32_t owner              # the number of a consumer

cdef struct Leaf:
    uint64_t base_ms            # what the milliseconds of narrow rows start from
    uint64_t oldest             # not above the place in time of any row: see place_in_time()
    uint32_t count
    uint32_t capacity           # in rows
    uint32_t width              # bytes of a row

cdef struct Pending:
    IdTree tree
    Py_ssize_t length
    Py_ssize_t held             # bytes of all leaves and branches
    bint bare                   # it holds ids only: a consumer's

# A row of it, good until the next change.
cdef struct PendingPlace:
    IdPath path
    Leaf *leaf
    uint32_t index
    Delivery delivery           # what the row says, as far as it says that

cdef inline uint64_t place_in_time(const Delivery *delivery) noexcept nogil:
    # Ascends from what was released first to what was delivered last.
    if delivery.owner == NOBODY:
        return <uint64_t>delivery.time_ms
    return <uint64_t>delivery.time_ms | <uint64_t>1 << 63

cdef bint find_pending(Pending *pending, Id id, PendingPlace *place) noexcept
cdef bint seek_pending(Pending *pending, Id id, PendingPlace *place) noexcept
cdef bint step_pending(Pending *pending, PendingPlace *place) noexcept
cdef void read_row(const Leaf *leaf, uint32_t index, Delivery *delivery) noexcept nogil
cdef bint last_pending(Pending *pending, PendingPlace *place) noexcept
cdef bint next_leaf(Pending *pending, PendingPlace *place) noexcept
cdef int put_pending(Pending *pending, const Delivery *delivery) except -1
cdef bint remove_pending(Pending *pending, Id id) noexcept
cdef void clear_pending(Pending *pending) noexcept
cdef int copy_pending(Pending *pending, Pending *other) except -1
cdef int check_pending(Pending *pending) except -1
