"""How the nodes of an ordered tree split, merge and go; see ordered.pyx for the whole."""

from libc.string cimport memcpy

from rediskit.structures.memory cimport allocate, release, usable

cdef enum Side:
    INSIDE, LEFT, RIGHT     # where in the whole tree something is put

cdef struct Spare:          # nodes allocated before an insertion
    Leaf *leaf
    Inner *inners[MAX_HEIGHT + 1]
    int count


# Nodes

cdef Leaf *new_leaf(Tree *tree, int capacity) except NULL:
    cdef Leaf *leaf = <Leaf *>allocate(leaf_bytes(capacity))
    leaf.previous = leaf.next = NULL
    leaf.count = 0
    leaf.capacity = capacity
    tree.held += usable(leaf_bytes(capacity))
    return leaf


cdef Inner *new_inner(Tree *tree) except NULL:
    cdef Inner *inner = <Inner *>allocate(sizeof(Inner))
    inner.count = 0
    tree.held += usable(sizeof(Inner))
    return inner


cdef void free_leaf(Tree *tree, Leaf *leaf) noexcept:
    """Takes a leaf out of the chain and releases it."""
    if leaf.previous != NULL:
        leaf.previous.next = leaf.next
    else:
        tree.leftmost = leaf.next
    if leaf.next != NULL:
        leaf.next.previous = leaf.previous
    else:
        tree.rightmost = leaf.previous
    tree.held -= usable(leaf_bytes(leaf.capacity))
    release(leaf, leaf_bytes(leaf.capacity))


cdef void free_inner(Tree *tree, Inner *inner) noexcept:
    tree.held -= usable(sizeof(Inner))
    release(inner, sizeof(Inner))


cdef inline void set_first(Inner *parent, int index, const void *child, bint is_leaf) noexcept:
    """Copies a child's first score and item into its parent."""
    if is_leaf:
        parent.scores[index] = leaf_scores(<const Leaf *>child)[0]
        parent.items[index] = leaf_items(<const Leaf *>child)[0]
    else:
        parent.scores[index] = (<const Inner *>child).scores[0]
        parent.items[index] = (<const Inner *>child).items[0]


cdef void refresh_first(Tree *tree, const Path *path, int level) noexcept:
    """The first element of the path's node below `level` has changed: tells the nodes above."""
    cdef const void *child
    cdef Inner *parent
    cdef int index
    while level >= 0:
        parent = path.nodes[level]
        index = path.indexes[level]
        set_first(parent, index, parent.children[index], level == tree.height - 1)
        if index:
            return
        level -= 1


# Inserting

cdef int reserve(Tree *tree, const Path *path, Spare *spare) except -1:
    """Allocates whatever splitting the path's full leaf will need. Raises MemoryError."""
    cdef int level = tree.height - 1
    spare.count = 0
    spare.leaf = new_leaf(tree, LEAF_CAPACITY)
    try:
        while level >= 0 and path.nodes[level].count == INNER_CAPACITY:
            spare.inners[spare.count] = new_inner(tree)
            spare.count += 1
            level -= 1
        if level < 0:
            if tree.height == MAX_HEIGHT:
                raise MemoryError()
            spare.inners[spare.count] = new_inner(tree)
            spare.count += 1
    except MemoryError:
        while spare.count:
            spare.count -= 1
            free_inner(tree, spare.inners[spare.count])
        tree.held -= usable(leaf_bytes(LEAF_CAPACITY))
        release(spare.leaf, leaf_bytes(LEAF_CAPACITY))
        raise
    return 0


cdef int grow_root_leaf(Tree *tree, Path *path) except -1:
    """Replaces a lone full leaf by the next larger one."""
    cdef Leaf *old = path.leaf
    cdef int capacity = 2 * old.capacity + 2
    cdef Leaf *leaf = new_leaf(tree, LEAF_CAPACITY if capacity > LEAF_CAPACITY else capacity)
    copy_in_leaves(leaf, 0, old, 0, old.count)
    leaf.count = old.count
    free_leaf(tree, old)
    tree.root = tree.leftmost = tree.rightmost = path.leaf = leaf
    return 0


cdef inline void put_in_leaf(Leaf *leaf, int index, double score, void *item) noexcept:
    copy_in_leaves(leaf, index + 1, leaf, index, leaf.count - index)
    leaf_scores(leaf)[index] = score
    leaf_items(leaf)[index] = item
    leaf.count += 1


cdef void put_child(Inner *parent, int index, void *child, Py_ssize_t items, bint is_leaf) noexcept:
    copy_in_inners(parent, index + 1, parent, index, parent.count - index)
    parent.children[index] = child
    parent.counts[index] = items
    set_first(parent, index, child, is_leaf)
    parent.count += 1


cdef Leaf *split_leaf(Tree *tree, Path *path, Side side, Spare *spare,
                      double score, void *item) noexcept:
    """Puts an item into a full leaf by halving it; gives the new right half."""
    cdef Leaf *left = path.leaf
    cdef Leaf *right = spare.leaf
    cdef int keep = left.count // 2
    if side == RIGHT:
        keep = left.count
    elif side == LEFT:
        keep = 0
    copy_in_leaves(right, 0, left, keep, left.count - keep)
    right.count = left.count - keep
    left.count = keep
    right.previous = left
    right.next = left.next
    left.next = right
    if right.next != NULL:
        right.next.previous = right
    else:
        tree.rightmost = right
    if path.index < keep or side == LEFT:
        put_in_leaf(left, path.index, score, item)
    else:
        put_in_leaf(right, path.index - keep, score, item)
    return right


cdef Inner *split_inner(Inner *left, int index, Side side, Inner *right, void *child,
                        Py_ssize_t items, bint is_leaf) noexcept:
    """Puts a child into a full inner node by halving it; gives the new right half."""
    cdef int keep = INNER_CAPACITY // 2
    if side == RIGHT:
        keep = INNER_CAPACITY
    elif side == LEFT:
        keep = 1
    copy_in_inners(right, 0, left, keep, left.count - keep)
    right.count = left.count - keep
    left.count = keep
    if index < keep:
        put_child(left, index, child, items, is_leaf)
    else:
        put_child(right, index - keep, child, items, is_leaf)
    return right


cdef int split_and_put(Tree *tree, Path *path, double score, void *item) except -1:
    """Puts an item into a full leaf, splitting as many nodes as it takes."""
    cdef Spare spare
    cdef Side side = INSIDE
    cdef void *added            # the right half of a node that was split, to go into its parent
    cdef Py_ssize_t items       # in `added`
    cdef int level = tree.height - 1, index
    cdef Inner *parent
    reserve(tree, path, &spare)
    if path.leaf.next == NULL and path.index == path.leaf.count:
        side = RIGHT
    elif path.leaf.previous == NULL and path.index == 0:
        side = LEFT
    added = split_leaf(tree, path, side, &spare, score, item)
    items = (<Leaf *>added).count
    while level >= 0:
        parent = path.nodes[level]
        index = path.indexes[level]
        parent.counts[index] += 1
        set_first(parent, index, parent.children[index], level == tree.height - 1)
        if added != NULL:
            parent.counts[index] -= items
            if parent.count < INNER_CAPACITY:
                put_child(parent, index + 1, added, items, level == tree.height - 1)
                added = NULL
            else:
                spare.count -= 1
                added = split_inner(parent, index + 1, side, spare.inners[spare.count], added,
                                    items, level == tree.height - 1)
                items = sum_of((<Inner *>added).counts, (<Inner *>added).count)
        level -= 1
    if added != NULL:
        parent = spare.inners[0]
        put_child(parent, 0, tree.root, tree.length + 1 - items, tree.height == 0)
        put_child(parent, 1, added, items, tree.height == 0)
        tree.root = parent
        tree.height += 1
    return 0


cdef int insert_at(Tree *tree, Path *path, double score, void *item) except -1:
    """Puts an item where the path ends. Raises MemoryError, and then has changed nothing."""
    cdef int level
    if path.leaf.count == path.leaf.capacity and path.leaf.capacity < LEAF_CAPACITY:
        grow_root_leaf(tree, path)
    if path.leaf.count == LEAF_CAPACITY:
        split_and_put(tree, path, score, item)
    else:
        put_in_leaf(path.leaf, path.index, score, item)
        for level in range(tree.height):
            path.nodes[level].counts[path.indexes[level]] += 1
        if path.index == 0:
            refresh_first(tree, path, tree.height - 1)
    tree.length += 1
    return 0


cdef int insert_first(Tree *tree, double score, void *item) except -1:
    """Puts an item into an empty tree."""
    tree.root = tree.leftmost = tree.rightmost = new_leaf(tree, SMALLEST_LEAF)
    put_in_leaf(tree.leftmost, 0, score, item)
    tree.length = 1
    return 0


# Removing

cdef inline void close_child(Inner *parent, int index) noexcept:
    copy_in_inners(parent, index, parent, index + 1, parent.count - index - 1)
    parent.count -= 1


cdef void take(Tree *tree, Path *path, int count, void **out) noexcept:
    """Removes `count` > 0 items of one leaf from the path's end on, copying them to `out`."""
    cdef Leaf *leaf = path.leaf
    cdef int level, index = path.index
    if out != NULL:
        memcpy(out, leaf_items(leaf) + index, count * sizeof(void *))
    copy_in_leaves(leaf, index, leaf, index + count, leaf.count - index - count)
    leaf.count -= count
    tree.length -= count
    for level in range(tree.height):
        path.nodes[level].counts[path.indexes[level]] -= count
    if leaf.count and index == 0:
        refresh_first(tree, path, tree.height - 1)
    if leaf.count < LEAF_MINIMUM:
        mend(tree, path)


cdef bint on_edge(const Path *path, int level) noexcept:
    """Whether the path's node below `level` is the first or the last of its depth."""
    cdef bint left = True, right = True
    while level >= 0:
        left = left and path.indexes[level] == 0
        right = right and path.indexes[level] == path.nodes[level].count - 1
        level -= 1
    return left or right


cdef void mend(Tree *tree, Path *path) noexcept:
    """Removes empty nodes along the path and fills up sparse ones, from the leaf upwards."""
    cdef int level = tree.height - 1, index
    cdef Inner *parent
    cdef Py_ssize_t count = path.leaf.count
    if tree.height == 0:
        if count == 0:
            free_leaf(tree, path.leaf)
            tree.root = NULL
        return
    while level >= 0:
        parent = path.nodes[level]
        index = path.indexes[level]
        if count == 0:
            if level == tree.height - 1:
                free_leaf(tree, <Leaf *>parent.children[index])
            else:
                free_inner(tree, <Inner *>parent.children[index])
            close_child(parent, index)
            if index == 0 and parent.count:
                refresh_first(tree, path, level - 1)
        elif (count < (LEAF_MINIMUM if level == tree.height - 1 else INNER_MINIMUM)
                and not on_edge(path, level)):
            index -= index > 0
            if level == tree.height - 1:
                even_leaves(tree, parent, index)
            else:
                even_inners(tree, parent, index)
        else:
            break
        count = parent.count
        level -= 1
    lower_root(tree)


cdef void even_leaves(Tree *tree, Inner *parent, int index) noexcept:
    """Merges two neighbouring leaves if they fit into one, or else evens them out."""
    cdef Leaf *left = <Leaf *>parent.children[index]
    cdef Leaf *right = <Leaf *>parent.children[index + 1]
    cdef int total = left.count + right.count, keep = total // 2
    if total <= LEAF_CAPACITY:
        copy_in_leaves(left, left.count, right, 0, right.count)
        left.count = total
        parent.counts[index] = total
        free_leaf(tree, right)
        close_child(parent, index + 1)
        return
    if left.count < keep:
        copy_in_leaves(left, left.count, right, 0, keep - left.count)
        copy_in_leaves(right, 0, right, keep - left.count, total - keep)
    else:
        copy_in_leaves(right, left.count - keep, right, 0, right.count)
        copy_in_leaves(right, 0, left, keep, left.count - keep)
    parent.counts[index] = left.count = keep
    parent.counts[index + 1] = right.count = total - keep
    set_first(parent, index + 1, right, True)


cdef void even_inners(Tree *tree, Inner *parent, int index) noexcept:
    """Merges two neighbouring inner nodes if they fit into one, or else evens them out."""
    cdef Inner *left = <Inner *>parent.children[index]
    cdef Inner *right = <Inner *>parent.children[index + 1]
    cdef Py_ssize_t total = left.count + right.count, keep = total // 2
    if total <= INNER_CAPACITY:
        copy_in_inners(left, left.count, right, 0, right.count)
        left.count = total
        parent.counts[index] += parent.counts[index + 1]
        free_inner(tree, right)
        close_child(parent, index + 1)
        return
    if left.count < keep:
        copy_in_inners(left, left.count, right, 0, keep - left.count)
        copy_in_inners(right, 0, right, keep - left.count, total - keep)
    else:
        copy_in_inners(right, left.count - keep, right, 0, right.count)
        copy_in_inners(right, 0, left, keep, left.count - keep)
    left.count = keep
    right.count = total - keep
    parent.counts[index] = sum_of(left.counts, left.count)
    parent.counts[index + 1] = sum_of(right.counts, right.count)
    set_first(parent, index + 1, right, False)


cdef void lower_root(Tree *tree) noexcept:
    """Takes away roots that have but one child."""
    cdef Inner *root
    while tree.height and (<Inner *>tree.root).count == 1:
        root = <Inner *>tree.root
        tree.root = root.children[0]
        tree.height -= 1
        free_inner(tree, root)


cdef void free_inners(Tree *tree) noexcept:
    """Releases all inner nodes, walking them with a path instead of recursion."""
    cdef Path path
    cdef int level = 0
    cdef Inner *node
    if tree.height == 0:
        return
    path.nodes[0] = <Inner *>tree.root
    path.indexes[0] = 0
    while level >= 0:
        node = path.nodes[level]
        if level < tree.height - 1 and path.indexes[level] < node.count:
            path.nodes[level + 1] = <Inner *>node.children[path.indexes[level]]
            path.indexes[level] += 1
            path.indexes[level + 1] = 0
            level += 1
        else:
            free_inner(tree, node)
            level -= 1


cdef void clear(Tree *tree) noexcept:
    """Releases all nodes."""
    free_inners(tree)
    while tree.leftmost != NULL:
        free_leaf(tree, tree.leftmost)
    tree.root = NULL
    tree.height = 0
    tree.length = 0
