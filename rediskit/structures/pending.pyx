"""Ids of entries that wait for an acknowledgement, in order, with who got them and when.

A group has one Pending with a row for each delivery, and each of its consumers a bare one, of the
ids only. The rows stand in leaves of 48, which a tree finds by id (see id_tree).

    narrow row   milliseconds since the leaf's base (4 bytes) and sequence number (4) as one number,
                 time (6) and count (2) as one number, owner (4)
    wide row     id (16), time (8), count (8), owner (4)

A bare row is the id alone: 8 bytes, or 16. A leaf is narrow as long as all of its rows can be, so
that an entry takes some 30 bytes in both places together, and any id, time and count can be kept.

A leaf knows how long ago its oldest delivery was, or a moment before that: whoever looks for the
oldest of all passes over most leaves. Leaves that become less than a third full are merged with a
neighbour. Removing never needs an allocation; what is added is allocated before anything changes.
"""

from libc.string cimport memcpy, memmove

from rediskit.structures.id_tree cimport (
    Branch, block_at, check_tree, find_block, find_edge, find_neighbour, free_branches,
    insert_block, remove_block)
from rediskit.structures.ids cimport id_below, id_equals, make_id
from rediskit.structures.memory cimport allocate, release, usable

cdef enum:
    LEAF_CAPACITY = 48          # fills, with owners, the 64 KB runs of `memory` without a rest
    LEAF_MINIMUM = 16
    SMALLEST_LEAF = 3           # a leaf that is the whole tree grows 3, 6, 12, 24, 48
    NARROW_BARE = 8
    NARROW = 20
    WIDE_BARE = 16
    WIDE = 36
    TIME_BITS = 48
    COUNT_BITS = 16


# Rows


cdef inline size_t leaf_bytes(uint32_t capacity, uint32_t width) noexcept nogil:
    return sizeof(Leaf) + <size_t>capacity * width


cdef inline char *row_at(const Leaf *leaf, uint32_t index) noexcept nogil:
    return <char *>leaf + sizeof(Leaf) + <size_t>index * leaf.width


cdef inline bint is_wide(const Leaf *leaf) noexcept nogil:
    return leaf.width == WIDE or leaf.width == WIDE_BARE


cdef inline Id row_id(const Leaf *leaf, uint32_t index) noexcept nogil:
    cdef uint64_t key
    cdef Id id
    if is_wide(leaf):
        memcpy(&id, row_at(leaf, index), sizeof(Id))
        return id
    memcpy(&key, row_at(leaf, index), 8)
    return make_id(leaf.base_ms + (key >> 32), <uint32_t>key)


cdef void read_row(const Leaf *leaf, uint32_t index, Delivery *delivery) noexcept nogil:
    cdef const char *at = row_at(leaf, index)
    cdef uint64_t packed
    delivery.id = row_id(leaf, index)
    if leaf.width == WIDE:
        memcpy(&delivery.time_ms, at + 16, 8)
        memcpy(&delivery.count, at + 24, 8)
        memcpy(&delivery.owner, at + 32, 4)
    elif leaf.width == NARROW:
        memcpy(&packed, at + 8, 8)
        delivery.time_ms = <int64_t>(packed >> COUNT_BITS)
        delivery.count = packed & 0xFFFF
        memcpy(&delivery.owner, at + 16, 4)


cdef inline void write_row(Leaf *leaf, uint32_t index, const Delivery *delivery) noexcept nogil:
    """Writes a row that is known to fit."""
    cdef char *at = row_at(leaf, index)
    cdef uint64_t key, packed
    if is_wide(leaf):
        memcpy(at, &delivery.id, sizeof(Id))
        if leaf.width == WIDE:
            memcpy(at + 16, &delivery.time_ms, 8)
            memcpy(at + 24, &delivery.count, 8)
            memcpy(at + 32, &delivery.owner, 4)
        return
    key = (delivery.id.ms - leaf.base_ms) << 32 | delivery.id.seq
    memcpy(at, &key, 8)
    if leaf.width == NARROW:
        packed = <uint64_t>delivery.time_ms << COUNT_BITS | delivery.count
        memcpy(at + 8, &packed, 8)
        memcpy(at + 16, &delivery.owner, 4)


cdef inline bint is_narrow(const Delivery *delivery, uint64_t base_ms, bint bare) noexcept nogil:
    """Whether a delivery fits into a narrow row of a leaf with this base."""
    if (delivery.id.ms < base_ms or (delivery.id.ms - base_ms) >> 32
            or delivery.id.seq >> 32):
        return False
    return bare or (<uint64_t>delivery.time_ms >> TIME_BITS == 0
                    and delivery.count >> COUNT_BITS == 0)


cdef inline bint fits(const Leaf *leaf, const Delivery *delivery, bint bare) noexcept nogil:
    """Whether a delivery may become a row of a leaf as that is."""
    return is_wide(leaf) or is_narrow(delivery, leaf.base_ms, bare)


cdef inline uint32_t index_in(const Leaf *leaf, Id id) noexcept nogil:
    """The index of the first row that is not below an id."""
    cdef uint32_t low = 0, high = leaf.count, middle
    while low < high:
        middle = (low + high) >> 1
        if id_below(row_id(leaf, middle), id):
            low = middle + 1
        else:
            high = middle
    return low


# Leaves


cdef inline void free_leaf(Pending *pending, Leaf *leaf) noexcept:
    pending.held -= <Py_ssize_t>usable(leaf_bytes(leaf.capacity, leaf.width))
    release(leaf, leaf_bytes(leaf.capacity, leaf.width))


cdef Leaf *new_leaf(Pending *pending, uint32_t capacity, bint wide, uint64_t base_ms) except NULL:
    cdef uint32_t width
    cdef Leaf *leaf
    if pending.bare:
        width = WIDE_BARE if wide else NARROW_BARE
    else:
        width = WIDE if wide else NARROW
    leaf = <Leaf *>allocate(leaf_bytes(capacity, width))
    pending.held += <Py_ssize_t>usable(leaf_bytes(capacity, width))
    leaf.base_ms = base_ms
    leaf.oldest = <uint64_t>-1
    leaf.count = 0
    leaf.capacity = capacity
    leaf.width = width
    return leaf


cdef inline void add_row(Leaf *leaf, const Delivery *delivery) noexcept:
    """Adds a row at the end."""
    write_row(leaf, leaf.count, delivery)
    leaf.count += 1
    if place_in_time(delivery) < leaf.oldest:
        leaf.oldest = place_in_time(delivery)


cdef void add_rows(Leaf *leaf, const Leaf *source, uint32_t start, uint32_t stop) noexcept:
    cdef Delivery delivery
    cdef uint32_t index
    delivery.time_ms = delivery.count = delivery.owner = 0
    for index in range(start, stop):
        read_row(source, index, &delivery)
        add_row(leaf, &delivery)


cdef Leaf *rebuilt(Pending *pending, const Leaf *leaf, uint32_t capacity,
                   const Delivery *more) except NULL:
    """A leaf with the same rows, in which one more fits as it is."""
    cdef uint64_t base_ms = leaf.base_ms
    cdef bint wide = is_wide(leaf)
    cdef Leaf *other
    if not wide and not is_narrow(more, base_ms, pending.bare):
        # A lower base may do.
        base_ms = more.id.ms if more.id.ms < base_ms else base_ms
        wide = (not is_narrow(more, base_ms, pending.bare)
                or (row_id(leaf, leaf.count - 1).ms - base_ms) >> 32)
    other = new_leaf(pending, capacity, wide, base_ms)
    add_rows(other, leaf, 0, leaf.count)
    return other


cdef int put_leaf(Pending *pending, IdPath *path, Id id, Leaf *leaf) except -1:
    """Puts a leaf behind the path's own, or releases it and raises MemoryError."""
    cdef Py_ssize_t branches = pending.tree.branches
    try:
        insert_block(&pending.tree, path, id, leaf)
    except MemoryError:
        free_leaf(pending, leaf)
        raise
    pending.held += (pending.tree.branches - branches) * <Py_ssize_t>usable(sizeof(Branch))
    return 0


cdef void drop_leaf(Pending *pending, IdPath *path) noexcept:
    """Takes a leaf out."""
    cdef Py_ssize_t branches = pending.tree.branches
    free_leaf(pending, <Leaf *>block_at(&pending.tree, path)[0])
    remove_block(&pending.tree, path)
    pending.held -= (branches - pending.tree.branches) * <Py_ssize_t>usable(sizeof(Branch))


cdef int make_room(Pending *pending, IdPath *path, const Delivery *delivery) except -1:
    """Sees to it that the leaf which a delivery belongs to has room for it; finds its way anew."""
    cdef Leaf **leaf = <Leaf **>block_at(&pending.tree, path)
    cdef Leaf *other
    cdef Leaf *old = leaf[0]
    cdef uint32_t capacity = old.capacity
    if old.count < capacity and fits(old, delivery, pending.bare):
        return 0
    if old.count < LEAF_CAPACITY:
        if old.count == capacity:
            capacity = 2 * capacity if 2 * capacity < LEAF_CAPACITY else LEAF_CAPACITY
        leaf[0] = rebuilt(pending, old, capacity, delivery)
        free_leaf(pending, old)
        return 0
    if id_below(row_id(old, old.count - 1), delivery.id):
        # What comes behind everything in a full leaf begins a new one.
        other = new_leaf(pending, LEAF_CAPACITY, not is_narrow(
            delivery, delivery.id.ms, pending.bare), delivery.id.ms)
        put_leaf(pending, path, delivery.id, other)
        find_block(&pending.tree, delivery.id, path)
        return 0
    other = new_leaf(pending, LEAF_CAPACITY, is_wide(old), old.base_ms)
    add_rows(other, old, LEAF_CAPACITY // 2, LEAF_CAPACITY)
    put_leaf(pending, path, row_id(other, 0), other)
    old.count = LEAF_CAPACITY // 2
    find_block(&pending.tree, delivery.id, path)
    return make_room(pending, path, delivery)


# What there is to be done


cdef int put_pending(Pending *pending, const Delivery *delivery) except -1:
    """Puts a delivery in, in the place of one of the same id if there is one.

    Raises MemoryError, and then has changed nothing that can be seen.
    """
    cdef IdPath path
    cdef Leaf *leaf
    cdef uint32_t index
    if pending.tree.root == NULL:
        leaf = new_leaf(pending, SMALLEST_LEAF, not is_narrow(delivery, delivery.id.ms,
                                                              pending.bare), delivery.id.ms)
        put_leaf(pending, &path, delivery.id, leaf)
        add_row(leaf, delivery)
        pending.length = 1
        return 0
    find_block(&pending.tree, delivery.id, &path)
    leaf = <Leaf *>block_at(&pending.tree, &path)[0]
    index = index_in(leaf, delivery.id)
    if index < leaf.count and id_equals(row_id(leaf, index), delivery.id):
        if not fits(leaf, delivery, pending.bare):
            block_at(&pending.tree, &path)[0] = rebuilt(pending, leaf, leaf.capacity, delivery)
            free_leaf(pending, leaf)
            leaf = <Leaf *>block_at(&pending.tree, &path)[0]
    else:
        make_room(pending, &path, delivery)
        leaf = <Leaf *>block_at(&pending.tree, &path)[0]
        index = index_in(leaf, delivery.id)
        memmove(row_at(leaf, index + 1), row_at(leaf, index), (leaf.count - index) * leaf.width)
        leaf.count += 1
        pending.length += 1
    write_row(leaf, index, delivery)
    if place_in_time(delivery) < leaf.oldest:
        leaf.oldest = place_in_time(delivery)
    return 0


cdef bint merge(Pending *pending, IdPath *path) noexcept:
    """Joins the path's leaf with the next if both fit into one. The path is of no use then."""
    cdef IdPath next_path = path[0]
    cdef Leaf **left = <Leaf **>block_at(&pending.tree, path)
    cdef Leaf *right
    cdef Leaf *both
    cdef Delivery last
    if not find_neighbour(&pending.tree, &next_path, False):
        return False
    right = <Leaf *>block_at(&pending.tree, &next_path)[0]
    if left[0].count + right.count > LEAF_CAPACITY - LEAF_MINIMUM // 2:
        return False
    last.id = row_id(right, right.count - 1)
    last.time_ms = last.count = 0
    try:
        both = new_leaf(pending, LEAF_CAPACITY, is_wide(left[0]) or is_wide(right) or not is_narrow(
            &last, left[0].base_ms, pending.bare), left[0].base_ms)
    except MemoryError:
        return False            # two small leaves are as good
    add_rows(both, left[0], 0, left[0].count)
    add_rows(both, right, 0, right.count)
    free_leaf(pending, left[0])
    left[0] = both
    drop_leaf(pending, &next_path)
    return True


cdef bint remove_pending(Pending *pending, Id id) noexcept:
    """Removes an id; whether it was there."""
    cdef PendingPlace place
    cdef Leaf *leaf
    if not find_pending(pending, id, &place):
        return False
    leaf = place.leaf
    leaf.count -= 1
    pending.length -= 1
    memmove(row_at(leaf, place.index), row_at(leaf, place.index + 1),
            (leaf.count - place.index) * leaf.width)
    if leaf.count == 0:
        drop_leaf(pending, &place.path)
    elif leaf.count < LEAF_MINIMUM and pending.tree.height:
        if not merge(pending, &place.path) and find_neighbour(&pending.tree, &place.path, True):
            merge(pending, &place.path)
    return True


cdef bint arrive(Pending *pending, PendingPlace *place) noexcept:
    """Fills in what a place's row says, or that of the next leaf; False if there is none."""
    place.leaf = <Leaf *>block_at(&pending.tree, &place.path)[0]
    if place.index == place.leaf.count and not next_leaf(pending, place):
        return False
    read_row(place.leaf, place.index, &place.delivery)
    return True


cdef bint next_leaf(Pending *pending, PendingPlace *place) noexcept:
    """Moves before the first row of the next leaf, unread; False if there is none."""
    if not find_neighbour(&pending.tree, &place.path, False):
        return False
    place.leaf = <Leaf *>block_at(&pending.tree, &place.path)[0]
    place.index = 0
    return True


cdef bint seek_pending(Pending *pending, Id id, PendingPlace *place) noexcept:
    """Finds the first row that is not below an id; False if there is none."""
    if pending.tree.root == NULL:
        return False
    place.delivery.time_ms = place.delivery.count = place.delivery.owner = 0
    find_block(&pending.tree, id, &place.path)
    place.index = index_in(<Leaf *>block_at(&pending.tree, &place.path)[0], id)
    return arrive(pending, place)


cdef bint find_pending(Pending *pending, Id id, PendingPlace *place) noexcept:
    """Finds the row of an id; False if there is none."""
    return seek_pending(pending, id, place) and id_equals(place.delivery.id, id)


cdef bint step_pending(Pending *pending, PendingPlace *place) noexcept:
    """Moves to the next row; False if there is none."""
    place.index += 1
    return arrive(pending, place)


cdef bint last_pending(Pending *pending, PendingPlace *place) noexcept:
    """Finds the last row; False if there is none."""
    if pending.tree.root == NULL:
        return False
    find_edge(&pending.tree, False, &place.path)
    place.index = (<Leaf *>block_at(&pending.tree, &place.path)[0]).count - 1
    return arrive(pending, place)


cdef void clear_pending(Pending *pending) noexcept:
    """Removes all rows."""
    cdef IdPath path
    cdef Leaf *leaf
    if pending.tree.root != NULL:
        find_edge(&pending.tree, True, &path)
        while True:
            leaf = <Leaf *>block_at(&pending.tree, &path)[0]
            release(leaf, leaf_bytes(leaf.capacity, leaf.width))
            if not find_neighbour(&pending.tree, &path, False):
                break
    free_branches(&pending.tree)
    pending.length = pending.held = 0


cdef int copy_pending(Pending *pending, Pending *other) except -1:
    """Puts all rows into another one, which is empty. Raises MemoryError: some may be in it."""
    cdef PendingPlace place
    cdef bint found = seek_pending(pending, make_id(0, 0), &place)
    while found:
        put_pending(other, &place.delivery)
        found = step_pending(pending, &place)
    return 0


cdef int check_pending(Pending *pending) except -1:
    """Asserts all invariants."""
    cdef PendingPlace place
    cdef Id before = make_id(0, 0)
    cdef Py_ssize_t length = 0, held = pending.tree.branches * <Py_ssize_t>usable(sizeof(Branch))
    cdef bint found = seek_pending(pending, before, &place)
    check_tree(&pending.tree)
    while found:
        assert length == 0 or id_below(before, place.delivery.id)
        assert pending.bare or place_in_time(&place.delivery) >= place.leaf.oldest
        before = place.delivery.id
        length += 1
        if place.index == 0:
            assert 0 < place.leaf.count <= place.leaf.capacity <= LEAF_CAPACITY
            assert place.leaf.capacity == LEAF_CAPACITY or pending.tree.height == 0
            held += <Py_ssize_t>usable(leaf_bytes(place.leaf.capacity, place.leaf.width))
        found = step_pending(pending, &place)
    assert (length, held) == (pending.length, pending.held)
    return 0
