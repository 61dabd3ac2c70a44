"""A list of packed chunks: both ends in O(1), any index in O(log n).

The items stand in packs of a limited size, which a counted tree finds by index. A chunk is
full when it holds as many bytes, or items, as `fill` says (the meaning of list-max-listpack-size);
an item that is larger than that has a chunk of its own.

A chunk that is pushed to gets room ahead at that end, and gives it back when a new one is begun. An
insertion into a full chunk splits it where the new item goes. Chunks that have lost items are
merged with a neighbour when both together fill no more than half of one; popping from an end
does not look at neighbours, as the chunk at the end will be gone, or be pushed to, anyway.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport INT64_MAX

from rediskit.structures.memory cimport account
from rediskit.structures.packed cimport (
    append_items, item_object, item_size, item_span, pack_append, pack_at, pack_bytes, pack_copy,
    pack_count, pack_equals, pack_find, pack_free, pack_insert, pack_last, pack_next,
    pack_previous, pack_read, pack_remove, pack_replace, pack_reserve, pack_spare, pack_trim,
    pack_used, text_item)
from rediskit.structures.sequence_nodes cimport (
    check_tree, chunk_at, count_along, find_end, find_index, find_neighbour, free_chunks, held_by,
    insert_chunk, remove_chunk)

cdef enum:
    COUNTED_BYTES = 8192        # a chunk limited by its number of items is no larger either
    SMALLEST_LIMIT = 4096       # what a fill of -1 stands for; -2 for twice that, and so on
    OBJECT_BYTES = 48           # of a Sequence itself, in Python's memory
    SMALL = 512                 # chunks up to here grow by little


cdef inline Py_ssize_t limit_bytes(int fill) noexcept:
    if fill >= 0:
        return COUNTED_BYTES
    return <Py_ssize_t>SMALLEST_LIMIT << (-fill - 1 if fill >= -5 else 4)


cdef inline Py_ssize_t limit_count(int fill) noexcept:
    if fill < 0:
        return INT64_MAX
    return fill if fill else 1


cdef inline bint fits(const Pack *pack, int fill, Py_ssize_t size) noexcept:
    """Whether an item of so many bytes may join a chunk."""
    return (pack_count(pack) < limit_count(fill)
            and (pack == NULL or pack.used + size <= limit_bytes(fill)))


cdef int make_room(Pack **pack, int fill, Py_ssize_t size, bint left) except -1:
    """Gives a chunk room for an item that fits, and for some more, at one end."""
    cdef Py_ssize_t used = pack_used(pack[0]), ahead
    if used and (pack[0].start if left else <Py_ssize_t>pack_spare(pack[0])) >= size:
        return 0
    ahead = size + (used >> 3 if used < SMALL else used >> 1)
    if ahead > limit_bytes(fill) - used >= size:
        ahead = limit_bytes(fill) - used
    return pack_reserve(pack, ahead if left else 0, 0 if left else ahead)


cdef inline void seal(Pack **pack) noexcept:
    """Takes back the room of a chunk that is not at an end any more, if it is worth it."""
    if pack[0].capacity - pack[0].used > pack[0].capacity >> 4:
        pack_trim(pack)


cdef int add_chunk(ChunkTree *tree, ChunkPath *path, bint after, const Item *item) except -1:
    """Puts an item into a chunk of its own beside the path's, and makes the path useless."""
    cdef Pack *pack = NULL
    pack_append(&pack, item)
    try:
        insert_chunk(tree, path, after, pack)
    except MemoryError:
        pack_free(&pack)
        raise
    return 0


cdef int split_chunk(ChunkTree *tree, Py_ssize_t index) except -1:
    """Makes the item of an index, which is not the first of its chunk, the first of a new one."""
    cdef ChunkPath path
    cdef Pack *right = NULL
    cdef Pack **left
    cdef Py_ssize_t before = find_index(tree, index, &path), at, count
    left = chunk_at(tree, &path)
    at = pack_at(left[0], before)
    count = left[0].count - before
    pack_copy(&right, 0, left[0], at, left[0].used, count)
    try:
        insert_chunk(tree, &path, True, right)
    except MemoryError:
        pack_free(&right)
        raise
    find_index(tree, index - before, &path)
    pack_remove(chunk_at(tree, &path), at, count)
    count_along(tree, &path, -count)
    return 0


cdef bint merge(ChunkTree *tree, int fill, ChunkPath *path) noexcept:
    """Joins the path's chunk with the next if both are small. The path is of no use then."""
    cdef ChunkPath next_path = path[0]
    cdef Pack **left = chunk_at(tree, path)
    cdef Pack **right
    cdef Py_ssize_t count
    if not find_neighbour(tree, &next_path, False):
        return False
    right = chunk_at(tree, &next_path)
    count = right[0].count
    if (pack_used(left[0]) + pack_used(right[0]) > limit_bytes(fill) // 2
            or pack_count(left[0]) + count > limit_count(fill) // 2):
        return False
    try:
        pack_copy(left, left[0].used, right[0], 0, right[0].used, count)
    except MemoryError:
        return False            # two small chunks are as good
    count_along(tree, path, count)
    pack_free(right)
    remove_chunk(tree, &next_path)
    return True


cdef void merge_around(ChunkTree *tree, int fill, Py_ssize_t index) noexcept:
    """Joins the chunk at an index, or the last, with its neighbours if they are small."""
    cdef ChunkPath path
    cdef Py_ssize_t first
    if tree.height == 0:
        return
    if index >= tree.length:
        index = tree.length - 1
    first = index - find_index(tree, index, &path)
    merge(tree, fill, &path)
    if first:
        find_index(tree, first - 1, &path)
        merge(tree, fill, &path)


cdef Py_ssize_t remove_in_chunk(Pack **pack, const Item *item, Py_ssize_t most) noexcept:
    """Removes up to `most` items of a value from the start of a chunk on; gives how many."""
    cdef Py_ssize_t at = 0, removed = 0, run, next
    while removed < most and pack[0] != NULL and at < pack[0].used:
        at = pack_find(pack[0], at, item, 1)
        if at < 0:
            break
        run = 1
        next = pack_next(pack[0], at)
        while next >= 0 and removed + run < most and pack_equals(pack[0], next, item):
            run += 1
            next = pack_next(pack[0], next)
        pack_remove(pack, at, run)
        removed += run
    return removed


cdef Py_ssize_t remove_in_chunk_backwards(Pack **pack, const Item *item,
                                          Py_ssize_t most) noexcept:
    """Removes up to `most` items of a value from the end of a chunk on; gives how many."""
    cdef Py_ssize_t at = pack_last(pack[0]), removed = 0, previous
    while removed < most and at >= 0:
        previous = pack_previous(pack[0], at)
        if pack_equals(pack[0], at, item):
            pack_remove(pack, at, 1)
            removed += 1
        at = previous
    return removed


cdef class Sequence:
    """A list of byte strings. An index counts from 0; one out of range raises IndexError.

    `fill` says how large a chunk becomes: a positive number is that many items, and no more than
    8 KB; -1 to -5 are 4, 8, 16, 32 and 64 KB. It can be changed at any time.
    """

    def __cinit__(self):
        self.tree.fill = -2
        account(OBJECT_BYTES)

    def __init__(self, values=()):
        for value in values:
            self.push_right(value)

    def __dealloc__(self):
        free_chunks(&self.tree)
        account(-OBJECT_BYTES)

    def __len__(self):
        return self.tree.length

    def __iter__(self):
        """The values as they are now."""
        return iter(self.values(0, self.tree.length))

    @property
    def fill(self):
        """How large a chunk becomes; see the class."""
        return self.tree.fill

    @fill.setter
    def fill(self, short fill):
        self.tree.fill = fill

    @property
    def held(self):
        """Bytes of all chunks and of the tree; looks at each chunk."""
        return held_by(&self.tree)

    @property
    def memory(self):
        """Bytes of all of it."""
        return OBJECT_BYTES + held_by(&self.tree)

    @property
    def lone_chunk_bytes(self):
        """Bytes of all items if they are in one chunk; -1 if they are in several."""
        return pack_used(<Pack *>self.tree.root) if self.tree.height == 0 else -1

    def count_chunks(self):
        """How many chunks there are, looked at one by one, and the bytes of all items."""
        cdef Place place
        cdef Py_ssize_t count = 0, size = 0
        if self.seek(0, &place):
            while True:
                count += 1
                size += pack_used(chunk_at(&self.tree, &place.path)[0])
                if not find_neighbour(&self.tree, &place.path, False):
                    break
        return count, size

    cdef int push(self, const Item *item, bint left) except -1:
        """Puts an item at an end."""
        cdef ChunkPath path
        cdef Pack **chunk
        cdef Py_ssize_t size = <Py_ssize_t>item_size(item)
        find_end(&self.tree, left, &path)
        chunk = chunk_at(&self.tree, &path)
        if chunk[0] != NULL and not fits(chunk[0], self.tree.fill, size):
            seal(chunk)
            return add_chunk(&self.tree, &path, not left, item)
        make_room(chunk, self.tree.fill, size, left)
        pack_insert(chunk, 0 if left else pack_used(chunk[0]), item)
        count_along(&self.tree, &path, 1)
        return 0

    cdef bint peek(self, bint left, Item *item) noexcept:
        """Reads the item at an end; False if there is none."""
        cdef ChunkPath path
        cdef Pack *pack
        if self.tree.root == NULL:
            return False
        find_end(&self.tree, left, &path)
        pack = chunk_at(&self.tree, &path)[0]
        pack_read(pack, 0 if left else pack_last(pack), item)
        return True

    cdef void drop(self, bint left) noexcept:
        """Removes the item at an end, if there is one."""
        cdef ChunkPath path
        cdef Pack **chunk
        if self.tree.root == NULL:
            return
        find_end(&self.tree, left, &path)
        chunk = chunk_at(&self.tree, &path)
        pack_remove(chunk, 0 if left else pack_last(chunk[0]), 1)
        if chunk[0] == NULL:
            remove_chunk(&self.tree, &path)
        else:
            count_along(&self.tree, &path, -1)

    cdef bint seek(self, Py_ssize_t index, Place *place) noexcept:
        """Finds the item of an index; False if there is none."""
        if not 0 <= index < self.tree.length:
            return False
        index = find_index(&self.tree, index, &place.path)
        place.pack = chunk_at(&self.tree, &place.path)[0]
        place.at = pack_at(place.pack, index)
        return True

    cdef bint step(self, Place *place, bint backwards) noexcept:
        """Goes on to the next item, or to the previous one; False if there is none."""
        place.at = (pack_previous(place.pack, place.at) if backwards
                    else pack_next(place.pack, place.at))
        if place.at >= 0:
            return True
        if not find_neighbour(&self.tree, &place.path, backwards):
            return False
        place.pack = chunk_at(&self.tree, &place.path)[0]
        place.at = pack_last(place.pack) if backwards else 0
        return True

    cdef int insert_item(self, Py_ssize_t index, const Item *item) except -1:
        """Puts an item before the one of an index, 0 <= index <= length."""
        cdef ChunkPath path
        cdef Pack **chunk
        cdef Py_ssize_t size = <Py_ssize_t>item_size(item), before
        if index == 0 or index == self.tree.length:
            return self.push(item, index == 0)
        before = find_index(&self.tree, index, &path)
        chunk = chunk_at(&self.tree, &path)
        if before and not fits(chunk[0], self.tree.fill, size):
            split_chunk(&self.tree, index)
            before = find_index(&self.tree, index, &path)
            chunk = chunk_at(&self.tree, &path)
        if not fits(chunk[0], self.tree.fill, size):
            # It goes between two chunks. As index > 0, there is one before this one.
            find_neighbour(&self.tree, &path, True)
            chunk = chunk_at(&self.tree, &path)
            before = chunk[0].count
            if not fits(chunk[0], self.tree.fill, size):
                return add_chunk(&self.tree, &path, True, item)
        make_room(chunk, self.tree.fill, size, False)
        pack_insert(chunk, chunk[0].used if before == chunk[0].count
                    else pack_at(chunk[0], before), item)
        count_along(&self.tree, &path, 1)
        return 0

    cdef int set_item(self, Py_ssize_t index, const Item *item) except -1:
        """Puts an item in the place of the one of an index, 0 <= index < length."""
        cdef ChunkPath path
        cdef Py_ssize_t within = find_index(&self.tree, index, &path), at, change
        cdef Pack **chunk = chunk_at(&self.tree, &path)
        at = pack_at(chunk[0], within)
        change = <Py_ssize_t>item_size(item) - <Py_ssize_t>item_span(pack_bytes(chunk[0]) + at)
        if (chunk[0].count == 1 or change <= 0
                or chunk[0].used + change <= limit_bytes(self.tree.fill)):
            pack_replace(chunk, at, item)
            if change < 0:
                merge_around(&self.tree, self.tree.fill, index)
            return 0
        self.insert_item(index, item)
        return self.remove(index + 1)

    cpdef int push_left(self, bytes value) except -1:
        """Puts a value before all others."""
        cdef Item item
        bytes_item(&item, value)
        return self.push(&item, True)

    cpdef int push_right(self, bytes value) except -1:
        """Puts a value behind all others."""
        cdef Item item
        bytes_item(&item, value)
        return self.push(&item, False)

    cpdef bytes pop_left(self):
        """Removes the first value and returns it; None if there is none."""
        cdef Item item
        if not self.peek(True, &item):
            return None
        value = item_object(&item)
        self.drop(True)
        return value

    cpdef bytes pop_right(self):
        """Removes the last value and returns it; None if there is none."""
        cdef Item item
        if not self.peek(False, &item):
            return None
        value = item_object(&item)
        self.drop(False)
        return value

    cpdef bytes get(self, Py_ssize_t index):
        """The value of an index."""
        cdef Place place
        cdef Item item
        if not self.seek(index, &place):
            raise IndexError(index)
        pack_read(place.pack, place.at, &item)
        return item_object(&item)

    cpdef int set(self, Py_ssize_t index, bytes value) except -1:
        """Puts a value in the place of another."""
        cdef Item item
        bytes_item(&item, value)
        if not 0 <= index < self.tree.length:
            raise IndexError(index)
        return self.set_item(index, &item)

    cpdef int insert(self, Py_ssize_t index, bytes value) except -1:
        """Puts a value before the one of an index, or at the end if that is the length."""
        cdef Item item
        bytes_item(&item, value)
        if not 0 <= index <= self.tree.length:
            raise IndexError(index)
        return self.insert_item(index, &item)

    cpdef int remove(self, Py_ssize_t start, Py_ssize_t count=1) except -1:
        """Removes up to `count` values from an index on."""
        cdef ChunkPath path
        cdef Pack **chunk
        cdef Py_ssize_t within, some
        if not 0 <= start <= self.tree.length:
            raise IndexError(start)
        if count > self.tree.length - start:
            count = self.tree.length - start
        if count <= 0:
            return 0
        while count > 0:
            within = find_index(&self.tree, start, &path)
            chunk = chunk_at(&self.tree, &path)
            some = chunk[0].count - within
            if some > count:
                some = count
            if some == chunk[0].count:
                pack_free(chunk)
                remove_chunk(&self.tree, &path)
            else:
                pack_remove(chunk, pack_at(chunk[0], within), some)
                count_along(&self.tree, &path, -some)
            count -= some
        merge_around(&self.tree, self.tree.fill, start)
        return 0

    cpdef Py_ssize_t remove_value(self, bytes value, Py_ssize_t most,
                                  bint backwards=False) except -1:
        """Removes the first (or last) `most` items that are this value; gives how many."""
        cdef ChunkPath path
        cdef Pack **chunk
        cdef Item item
        cdef Py_ssize_t removed = 0, some, here, next = self.tree.length - 1 if backwards else 0
        bytes_item(&item, value)
        while removed < most and 0 <= next < self.tree.length:
            here = next - find_index(&self.tree, next, &path)
            chunk = chunk_at(&self.tree, &path)
            next = here - 1 if backwards else here + chunk[0].count
            if backwards:
                some = remove_in_chunk_backwards(chunk, &item, most - removed)
            else:
                some = remove_in_chunk(chunk, &item, most - removed)
            if some == 0:
                continue
            removed += some
            if not backwards:
                next -= some
            if chunk[0] == NULL:
                remove_chunk(&self.tree, &path)
                continue
            count_along(&self.tree, &path, -some)
            # Only with a neighbour that was looked through already, so that `next` stays true.
            if backwards or find_neighbour(&self.tree, &path, True):
                merge(&self.tree, self.tree.fill, &path)
        return removed

    cpdef Py_ssize_t find(self, bytes value, Py_ssize_t start, Py_ssize_t most,
                          bint backwards=False) except -2:
        """The index of the next item that is this value, looking at `most` items; or -1."""
        cdef Place place
        cdef Item item
        cdef Py_ssize_t looked = 0
        bytes_item(&item, value)
        if not self.seek(start, &place):
            return -1
        while looked < most:
            if pack_equals(place.pack, place.at, &item):
                return start - looked if backwards else start + looked
            looked += 1
            if not self.step(&place, backwards):
                break
        return -1

    cpdef list values(self, Py_ssize_t start, Py_ssize_t count, bint backwards=False):
        """Up to `count` values from an index on, in either direction."""
        cdef Place place
        cdef Item item
        cdef list found = []
        if count <= 0 or not self.seek(start, &place):
            return found
        while True:
            pack_read(place.pack, place.at, &item)
            found.append(item_object(&item))
            count -= 1
            if count == 0 or not self.step(&place, backwards):
                return found

    cpdef int append_range(self, Buffer out, Py_ssize_t start, Py_ssize_t count) except -1:
        """Appends up to `count` values to a buffer, each as "$length\\r\\nbytes\\r\\n"."""
        cdef Place place
        if count <= 0 or not self.seek(start, &place):
            return 0
        while True:
            append_items(out, place.pack, place.at, &count)
            if count == 0 or not find_neighbour(&self.tree, &place.path, False):
                return 0
            place.pack = chunk_at(&self.tree, &place.path)[0]
            place.at = 0

    cpdef Sequence copy(self):
        """Another sequence of the same class with the same values, chunk by chunk."""
        cdef Sequence other = type(self).__new__(type(self))
        cdef ChunkPath path, end
        cdef Pack *pack
        cdef const Pack *own
        other.tree.fill = self.tree.fill
        if self.tree.root == NULL:
            return other
        find_end(&self.tree, True, &path)
        while True:
            own = chunk_at(&self.tree, &path)[0]
            pack = NULL
            pack_copy(&pack, 0, own, 0, own.used, own.count)
            if other.tree.root == NULL:
                other.tree.root = pack
                other.tree.length = pack.count
            else:
                find_end(&other.tree, False, &end)
                try:
                    insert_chunk(&other.tree, &end, True, pack)
                except MemoryError:
                    pack_free(&pack)
                    raise
            if not find_neighbour(&self.tree, &path, False):
                return other

    def clear_some(self, Py_ssize_t limit):
        """Removes about `limit` values of what nobody uses any more; how many are left."""
        self.remove(max(0, self.tree.length - limit), limit)
        return self.tree.length

    cpdef int clear(self) except -1:
        """Removes all values."""
        free_chunks(&self.tree)
        return 0

    def check(self):
        """Asserts all invariants, and that no chunk of several items is over the limit of 64 KB."""
        cdef Place place
        check_tree(&self.tree)
        if not self.seek(0, &place):
            return
        while True:
            assert place.pack.count == 1 or place.pack.used <= 65536
            if not find_neighbour(&self.tree, &place.path, False):
                return
            place.pack = chunk_at(&self.tree, &place.path)[0]


cdef inline int bytes_item(Item *item, bytes value) except -1:
    """The item for a byte string, which must outlive it."""
    if value is None:
        raise TypeError("bytes expected, not None")
    text_item(item, <const unsigned char *>PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))
    return 0
