"""A B+tree of (score, item) with counts: rank and range in O(log n), few cache misses.

It orders the members of a sorted set and the deadlines of keys. An item is an address that belongs
to the caller. Items of equal score are told apart by their address (deadlines), or, if they are
entries of a table, by the bytes of their keys (sorted sets); an entry is only read on equal scores.

The (score, item) pairs stand in leaves of 60, scores apart from items, linked in both directions.
An inner node knows of each child its first pair, exactly, and the number of its items, so that a
search reads one run of scores per level, and a rank is a sum along the way down.

A full node splits into halves; but where the tree is appended to (or prepended to) the old node
stays full, so that ascending scores take 17 bytes each. A node less than a third full is merged
with a neighbour, or takes from it. Nodes along the left and right edge of the tree may hold as
little as one element: popping from an end only frees what has become empty.

Removal never allocates. Insertion allocates everything it needs before it changes anything.
"""

from libc.string cimport memcmp

from rediskit.structures.entry cimport Entry, entry_key, entry_key_length
from rediskit.structures.memory cimport Account, enter, usable
from rediskit.structures.ordered_nodes cimport (
    INNER_CAPACITY, INNER_MINIMUM, LEAF_CAPACITY, LEAF_MINIMUM, Inner, Leaf, Path, Tree, clear,
    count_below, count_through, insert_at, insert_first, leaf_bytes, leaf_items, leaf_scores,
    prefetch, refresh_first, sum_of, take)

cdef enum Target:
    TO_ADDRESS              # an item by score, then address
    TO_KEY                  # an item by score, then key
    TO_SCORE                # a bound among the scores
    TO_BARE_KEY             # a bound among the keys, whatever the scores

cdef struct Probe:          # what is looked for
    double score
    const void *item        # equals itself without being followed: it may be gone
    const unsigned char *key
    size_t length
    Target target
    bint through            # a bound after what equals it, not before


cdef inline void aim(Order order, Probe *probe, double score, const void *item) noexcept:
    probe.score = score
    probe.item = item
    probe.through = False
    if order == BY_KEY:
        probe.target = TO_KEY
        probe.key = entry_key(<const Entry *>item)
        probe.length = entry_key_length(<const Entry *>item)
    else:
        probe.target = TO_ADDRESS


cdef inline int compare_tie(const Probe *probe, const void *item) noexcept:
    """Whether an item of the same score comes before (< 0), at or after (> 0) the probe."""
    cdef size_t length
    cdef int difference
    if item == probe.item:
        return 0
    if probe.target == TO_ADDRESS:
        return -1 if <size_t>item < <size_t>probe.item else 1
    length = entry_key_length(<const Entry *>item)
    difference = memcmp(entry_key(<const Entry *>item), probe.key,
                        length if length < probe.length else probe.length)
    if difference:
        return difference
    return (length > probe.length) - (length < probe.length)


cdef inline int count_left(const Probe *probe, const double *scores, void **items, int count,
                           bint through) noexcept:
    """How many of these elements come before the probe; with `through`, before it or at it."""
    cdef int low = 0, high = count, middle
    if probe.target != TO_BARE_KEY:
        if probe.target == TO_SCORE and through:
            return count_through(scores, count, probe.score)
        low = count_below(scores, count, probe.score)
        if probe.target == TO_SCORE or low == count or scores[low] != probe.score:
            return low
        high = low + 1
        if high < count and scores[high] == probe.score:
            high = low + count_through(scores + low, count - low, probe.score)
    while low < high:
        middle = (low + high) >> 1
        if probe.target != TO_ADDRESS and high - low > 2:
            # Whichever entry is next is on its way from memory while this one is compared.
            prefetch(items[(low + middle) >> 1])
            prefetch(items[(middle + 1 + high) >> 1])
        if compare_tie(probe, items[middle]) < through:
            low = middle + 1
        else:
            high = middle
    return low


cdef void descend(const Tree *tree, const Probe *probe, Path *path) noexcept:
    """Finds the way to the place of the probe; the tree is not empty."""
    cdef void *node = tree.root
    cdef Inner *inner
    cdef int level, index
    # An item that equals a child's first one is in that child, so exact probes go through it.
    cdef bint through = probe.through or probe.target <= TO_KEY
    for level in range(tree.height):
        inner = <Inner *>node
        index = count_left(probe, inner.scores + 1, inner.items + 1, <int>inner.count - 1, through)
        path.nodes[level] = inner
        path.indexes[level] = index
        node = inner.children[index]
        prefetch(node)
    path.leaf = <Leaf *>node
    path.index = count_left(probe, leaf_scores(path.leaf), leaf_items(path.leaf),
                            path.leaf.count, probe.through)


cdef bint descend_to_end(const Tree *tree, const Probe *probe, Path *path) noexcept:
    """Finds the way behind the last item without searching, if that is where the probe belongs."""
    cdef void *node = tree.root
    cdef Leaf *leaf = tree.rightmost
    cdef double last = leaf_scores(leaf)[leaf.count - 1]
    cdef int level
    if last > probe.score:
        return False
    if last == probe.score and compare_tie(probe, leaf_items(leaf)[leaf.count - 1]) >= 0:
        return False
    for level in range(tree.height):
        path.nodes[level] = <Inner *>node
        path.indexes[level] = <int>path.nodes[level].count - 1
        node = path.nodes[level].children[path.indexes[level]]
    path.leaf = leaf
    path.index = leaf.count
    return True


cdef void descend_to_rank(const Tree *tree, Py_ssize_t rank, Path *path) noexcept:
    """Finds the way to the item of a rank, 0 <= rank < length."""
    cdef void *node = tree.root
    cdef Inner *inner
    cdef int level, index
    for level in range(tree.height):
        inner = <Inner *>node
        index = 0
        while rank >= inner.counts[index]:
            rank -= inner.counts[index]
            index += 1
        path.nodes[level] = inner
        path.indexes[level] = index
        node = inner.children[index]
    path.leaf = <Leaf *>node
    path.index = <int>rank


cdef inline bint hits(const Probe *probe, const Path *path) noexcept:
    """Whether the item at the end of the path is the one looked for."""
    return (path.index < path.leaf.count
            and leaf_scores(path.leaf)[path.index] == probe.score
            and compare_tie(probe, leaf_items(path.leaf)[path.index]) == 0)


cdef Py_ssize_t rank_of_path(const Tree *tree, const Path *path) noexcept:
    cdef Py_ssize_t rank = path.index
    cdef int level
    for level in range(tree.height):
        rank += sum_of(path.nodes[level].counts, path.indexes[level])
    return rank


cdef Py_ssize_t rank_of_bound(const Tree *tree, const Probe *probe) noexcept:
    cdef Path path
    if tree.root == NULL:
        return 0
    descend(tree, probe, &path)
    return rank_of_path(tree, &path)


cdef bint fits_between(const Path *path, const Probe *probe) noexcept:
    """Whether the element at the path's end could become the probe without losing its place.

    False negatives are fine: an element at either end of its leaf is not looked at closely.
    """
    cdef double *scores = leaf_scores(path.leaf)
    cdef void **items = leaf_items(path.leaf)
    cdef int index = path.index
    if index == 0 or index >= path.leaf.count - 1:
        return False
    if scores[index - 1] > probe.score or scores[index + 1] < probe.score:
        return False
    if scores[index - 1] == probe.score and compare_tie(probe, items[index - 1]) >= 0:
        return False
    return scores[index + 1] != probe.score or compare_tie(probe, items[index + 1]) > 0


cdef inline bint moves_simply(const Tree *tree, const Path *path, const Path *target) noexcept:
    """Whether an element can leave one place for another with no node split, merged or freed."""
    if target.leaf != path.leaf and target.leaf.count == target.leaf.capacity:
        return False
    return path.leaf.count > LEAF_MINIMUM or (tree.height == 0 and path.leaf.count > 1)


cdef class Ordered:
    """Items (addresses) ordered by score. Compiled callers only; see ordered.pxd."""

    def __len__(self):
        return self.tree.length

    def __dealloc__(self):
        cdef Account before = self.enter_own()
        self.clear()
        enter(before)

    cdef bint insert(self, double score, void *item) except -1:
        """Adds an item; False if the same (score, item) is there already. Raises MemoryError."""
        cdef Probe probe
        cdef Path path
        if self.tree.root == NULL:
            insert_first(&self.tree, score, item)
            return True
        aim(self.order, &probe, score, item)
        if not descend_to_end(&self.tree, &probe, &path):
            descend(&self.tree, &probe, &path)
            if hits(&probe, &path):
                return False
        insert_at(&self.tree, &path, score, item)
        return True

    cdef bint remove(self, double score, void *item) noexcept:
        """Removes an item; False if there is none with this score."""
        cdef Probe probe
        cdef Path path
        if self.tree.root == NULL:
            return False
        aim(self.order, &probe, score, item)
        descend(&self.tree, &probe, &path)
        if not hits(&probe, &path):
            return False
        take(&self.tree, &path, 1, NULL)
        return True

    cdef bint move(self, double old_score, double new_score, void *item) except -1:
        """Gives an item another score; False if there is none with the old one.

        Raises MemoryError, and then has changed nothing.
        """
        cdef Probe probe
        cdef Path path, target
        if self.tree.root == NULL:
            return False
        aim(self.order, &probe, old_score, item)
        descend(&self.tree, &probe, &path)
        if not hits(&probe, &path):
            return False
        probe.score = new_score
        if old_score == new_score or fits_between(&path, &probe):
            leaf_scores(path.leaf)[path.index] = new_score      # 0.0 may become -0.0
            if path.index == 0:
                refresh_first(&self.tree, &path, self.tree.height - 1)
            return True
        descend(&self.tree, &probe, &target)
        if moves_simply(&self.tree, &path, &target):
            take(&self.tree, &path, 1, NULL)
            target.index -= target.leaf == path.leaf and target.index > path.index
            insert_at(&self.tree, &target, new_score, item)
            return True
        self.insert(new_score, item)
        return self.remove(old_score, item)

    cdef bint replace(self, double score, void *old_item, void *new_item) except -1:
        """An item has moved to another address; False if the old one is not there.

        BY_KEY: the new entry has the same key. The old one is not followed: it may be freed.
        BY_ADDRESS: raises MemoryError, and then has changed nothing.
        """
        cdef Probe probe
        cdef Path path
        if self.tree.root == NULL:
            return False
        aim(self.order, &probe, score, new_item)
        probe.item = old_item
        descend(&self.tree, &probe, &path)
        if not hits(&probe, &path):
            return False
        probe.item = new_item
        if self.order == BY_KEY or fits_between(&path, &probe):
            leaf_items(path.leaf)[path.index] = new_item
            if path.index == 0:
                refresh_first(&self.tree, &path, self.tree.height - 1)
            return True
        if self.insert(score, new_item):
            self.remove(score, old_item)
        return True

    cdef void clear(self) noexcept:
        """Forgets all items."""
        clear(&self.tree)

    cdef Cursor first(self) noexcept:
        """The lowest item."""
        cdef Cursor cursor
        cursor.leaf = self.tree.leftmost
        cursor.index = 0
        return cursor

    cdef Cursor last(self) noexcept:
        """The highest item."""
        cdef Cursor cursor
        cursor.leaf = self.tree.rightmost
        cursor.index = self.tree.rightmost.count - 1 if self.tree.rightmost != NULL else 0
        return cursor

    cdef Cursor at_rank(self, Py_ssize_t rank) noexcept:
        """The item of a rank, counted from 0; past the end if there is none."""
        cdef Cursor cursor
        cdef Path path
        cursor.leaf = NULL
        cursor.index = 0
        if 0 <= rank < self.tree.length:
            descend_to_rank(&self.tree, rank, &path)
            cursor.leaf = path.leaf
            cursor.index = path.index
        return cursor

    cdef Py_ssize_t rank(self, double score, void *item) noexcept:
        """How many items come before an item; -1 if it is not there."""
        cdef Probe probe
        cdef Path path
        if self.tree.root == NULL:
            return -1
        aim(self.order, &probe, score, item)
        descend(&self.tree, &probe, &path)
        return rank_of_path(&self.tree, &path) if hits(&probe, &path) else -1

    cdef Py_ssize_t rank_of_score(self, double score, bint after) noexcept:
        """How many items have a lower score; with `after`, that score or a lower one."""
        cdef Probe probe
        probe.target = TO_SCORE
        probe.score = score
        probe.through = after
        return rank_of_bound(&self.tree, &probe)

    cdef Py_ssize_t rank_of_key(self, const unsigned char *key, size_t length,
                                bint after) noexcept:
        """How many items have a lower key; with `after`, that key or a lower one.

        BY_KEY only. Means something only where all scores are equal; else it is any place.
        """
        cdef Probe probe
        probe.target = TO_BARE_KEY
        probe.item = NULL
        probe.key = key
        probe.length = length
        probe.through = after
        return rank_of_bound(&self.tree, &probe)

    cdef int take_through(self, double limit, void **out, int most) noexcept:
        """Removes the lowest items whose score is at most `limit`, `most` at a time, into `out`.

        Gives how many; fewer than `most` means that none are left.
        """
        cdef Path path
        cdef int taken = 0, count
        cdef Leaf *leaf
        while taken < most and self.tree.leftmost != NULL:
            leaf = self.tree.leftmost
            count = leaf.count if leaf.count < most - taken else most - taken
            count = count_through(leaf_scores(leaf), count, limit)
            if count == 0:
                break
            descend_to_rank(&self.tree, 0, &path)
            take(&self.tree, &path, count, out + taken)
            taken += count
        return taken

    cdef void remove_ranks(self, Py_ssize_t start, Py_ssize_t stop, void **out) noexcept:
        """Removes the items of ranks start <= rank < stop, a leaf at a time.

        `out`, unless NULL, receives them in order: it has room for min(stop, length) - start.
        """
        cdef Path path
        cdef Py_ssize_t left, count
        if start < 0:
            start = 0
        left = (stop if stop < self.tree.length else self.tree.length) - start
        while left > 0:
            descend_to_rank(&self.tree, start, &path)
            count = path.leaf.count - path.index
            if count > left:
                count = left
            take(&self.tree, &path, <int>count, out)
            left -= count
            if out != NULL:
                out += count

    def check(self):
        """Asserts all invariants: order, counts, fill, depth, links and first elements."""
        cdef Leaf *previous = NULL
        cdef Py_ssize_t bytes_held = 0
        if self.tree.root == NULL:
            assert self.tree.leftmost == NULL and self.tree.rightmost == NULL
            assert self.tree.length == self.tree.held == self.tree.height == 0
            return
        if self.tree.height:
            assert (<Inner *>self.tree.root).count >= 2
        assert self.tree.leftmost.previous == NULL and self.tree.rightmost.next == NULL
        assert check_node(self, self.tree.root, 0, True, True, &previous,
                          &bytes_held) == self.tree.length
        assert previous == self.tree.rightmost
        assert bytes_held == self.tree.held
        check_order(self)


cdef Py_ssize_t check_node(Ordered ordered, void *node, int level, bint left, bint right,
                           Leaf **previous, Py_ssize_t *bytes_held) except -1:
    """Asserts what one node must be; gives how many items it holds. Recursion ends at height."""
    cdef Inner *inner = <Inner *>node
    cdef Leaf *leaf = <Leaf *>node
    cdef Py_ssize_t index, total = 0
    cdef Cursor lowest
    if level == ordered.tree.height:
        assert leaf.previous == previous[0]
        assert previous[0] == NULL or previous[0].next == leaf
        assert previous[0] != NULL or leaf == ordered.tree.leftmost
        assert 1 <= leaf.count <= leaf.capacity <= LEAF_CAPACITY
        assert level == 0 or leaf.capacity == LEAF_CAPACITY
        assert left or right or leaf.count >= LEAF_MINIMUM
        previous[0] = leaf
        bytes_held[0] += usable(leaf_bytes(leaf.capacity))
        return leaf.count
    assert 1 <= inner.count <= INNER_CAPACITY
    assert left or right or inner.count >= INNER_MINIMUM
    bytes_held[0] += usable(sizeof(Inner))
    for index in range(inner.count):
        lowest = first_below(ordered, inner.children[index], level + 1)
        assert inner.scores[index] == cursor_score(&lowest)
        assert inner.items[index] == cursor_item(&lowest)
        assert inner.counts[index] == check_node(
            ordered, inner.children[index], level + 1, left and index == 0,
            right and index == inner.count - 1, previous, bytes_held)
        total += inner.counts[index]
    return total


cdef Cursor first_below(Ordered ordered, void *node, int level) noexcept:
    cdef Cursor cursor
    while level < ordered.tree.height:
        node = (<Inner *>node).children[0]
        level += 1
    cursor.leaf = <Leaf *>node
    cursor.index = 0
    return cursor


cdef int check_order(Ordered ordered) except -1:
    """Asserts that every item comes after the one before it."""
    cdef Cursor cursor = ordered.first()
    cdef Probe probe
    cdef double score
    while cursor.leaf != NULL:
        score = cursor_score(&cursor)
        assert score == score
        aim(ordered.order, &probe, score, cursor_item(&cursor))
        cursor_next(&cursor)
        if cursor.leaf != NULL:
            assert score <= cursor_score(&cursor)
            assert score < cursor_score(&cursor) or compare_tie(&probe, cursor_item(&cursor)) > 0
    return 0
