"""The counted tree that finds the chunks of a sequence; see sequence.pyx for the whole.

Like the ordered tree it splits full nodes in halves, except where it is being extended at one of
its ends, and merges those that become less than a third full, except along its two edges.
"""

from rediskit.structures.memory cimport allocate, release
from rediskit.structures.packed cimport pack_check, pack_count, pack_free, pack_held

cdef enum Side:
    INSIDE, LEFT, RIGHT         # where in the whole tree a chunk is put


cdef Py_ssize_t find_index(ChunkTree *tree, Py_ssize_t index, ChunkPath *path) noexcept:
    """The way to the chunk with the item of an index, 0 <= index < length; the index in it."""
    cdef void *node = tree.root
    cdef Branch *branch
    cdef int level, child
    for level in range(tree.height):
        branch = <Branch *>node
        child = 0
        while index >= branch.counts[child]:
            index -= branch.counts[child]
            child += 1
        path.branches[level] = branch
        path.indexes[level] = child
        node = branch.children[child]
    return index


cdef bint find_neighbour(ChunkTree *tree, ChunkPath *path, bint left) noexcept:
    """Moves a path to the chunk before or after its own; False, and no move, if there is none."""
    cdef int level = tree.height - 1
    while level >= 0:
        if left and path.indexes[level] > 0:
            path.indexes[level] -= 1
            break
        if not left and path.indexes[level] < path.branches[level].count - 1:
            path.indexes[level] += 1
            break
        level -= 1
    if level < 0:
        return False
    while level < tree.height - 1:
        path.branches[level + 1] = <Branch *>path.branches[level].children[path.indexes[level]]
        level += 1
        path.indexes[level] = <int>path.branches[level].count - 1 if left else 0
    return True


cdef inline void copy_children(Branch *to, Py_ssize_t at, Branch *source, Py_ssize_t start,
                               Py_ssize_t count) noexcept:
    memmove(to.counts + at, source.counts + start, count * sizeof(Py_ssize_t))
    memmove(to.children + at, source.children + start, count * sizeof(void *))


cdef inline void put_child(Branch *branch, Py_ssize_t at, void *child, Py_ssize_t items) noexcept:
    copy_children(branch, at + 1, branch, at, branch.count - at)
    branch.children[at] = child
    branch.counts[at] = items
    branch.count += 1


cdef inline void close_child(Branch *branch, Py_ssize_t at) noexcept:
    copy_children(branch, at, branch, at + 1, branch.count - at - 1)
    branch.count -= 1


cdef Py_ssize_t items_of(const Branch *branch) noexcept:
    cdef Py_ssize_t total = 0, index
    for index in range(branch.count):
        total += branch.counts[index]
    return total


cdef Branch *new_branch() except NULL:
    cdef Branch *branch = <Branch *>allocate(sizeof(Branch))
    branch.count = 0
    return branch


cdef int reserve(ChunkTree *tree, const ChunkPath *path, Branch **spare) except -1:
    """Allocates the branches that one more chunk at a path will need; gives how many."""
    cdef int level = tree.height - 1, count = 0
    try:
        while level >= 0 and path.branches[level].count == BRANCH_CAPACITY:
            spare[count] = new_branch()
            count += 1
            level -= 1
        if level < 0:
            if tree.height == MAX_HEIGHT:
                raise MemoryError()
            spare[count] = new_branch()
            count += 1
    except MemoryError:
        while count:
            count -= 1
            release(spare[count], sizeof(Branch))
        raise
    return count


cdef bint along_edge(const ChunkPath *path, int level, Side side) noexcept:
    """Whether the path's node below `level` is the first, or the last, of its depth."""
    while level >= 0:
        if path.indexes[level] != (0 if side == LEFT else path.branches[level].count - 1):
            return False
        level -= 1
    return True


cdef void split(Branch *left, Branch *right, Side side, Py_ssize_t at, void *child,
                Py_ssize_t items) noexcept:
    """Puts a child into a full branch by moving its right half to another one."""
    cdef Py_ssize_t keep = BRANCH_CAPACITY // 2
    if side == RIGHT:
        keep = BRANCH_CAPACITY
    elif side == LEFT:
        keep = at
    copy_children(right, 0, left, keep, left.count - keep)
    right.count = left.count - keep
    left.count = keep
    if at < keep or keep == 0:
        put_child(left, at, child, items)
    else:
        put_child(right, at - keep, child, items)


cdef int insert_chunk(ChunkTree *tree, ChunkPath *path, bint after, Pack *pack) except -1:
    """Puts a chunk before or after the path's own. The path is of no use then.

    Raises MemoryError, and then has changed nothing.
    """
    cdef Branch *spare[MAX_HEIGHT + 1]
    cdef Branch *branch
    cdef void *added = pack     # to be put into the branch of this level
    cdef Py_ssize_t items = pack.count, at
    cdef int level = tree.height - 1, left = reserve(tree, path, spare)
    cdef Side side = INSIDE
    if along_edge(path, level, RIGHT if after else LEFT):
        side = RIGHT if after else LEFT
    while level >= 0:
        branch = path.branches[level]
        at = path.indexes[level] + after
        if level < tree.height - 1:
            branch.counts[path.indexes[level]] += pack.count - items
            at = path.indexes[level] + 1
        if added != NULL and branch.count < BRANCH_CAPACITY:
            put_child(branch, at, added, items)
            added = NULL
            items = 0
        elif added != NULL:
            left -= 1
            split(branch, spare[left], side, at, added, items)
            added = spare[left]
            items = items_of(spare[left])
        level -= 1
    if added != NULL:
        branch = spare[0]
        put_child(branch, 0, tree.root, tree.length + pack.count - items)
        put_child(branch, after if tree.height == 0 else 1, added, items)
        tree.root = branch
        tree.height += 1
    tree.length += pack.count
    return 0


cdef void remove_chunk(ChunkTree *tree, ChunkPath *path) noexcept:
    """Takes the path's chunk, which was released already, out of the tree."""
    cdef int level = tree.height - 1
    cdef Branch *branch
    if level < 0:
        tree.root = NULL
        tree.length = 0
        return
    count_along(tree, path, -path.branches[level].counts[path.indexes[level]])
    close_child(path.branches[level], path.indexes[level])
    while level > 0:
        branch = path.branches[level]
        level -= 1
        if branch.count == 0:
            release(branch, sizeof(Branch))
            close_child(path.branches[level], path.indexes[level])
        elif (branch.count < BRANCH_MINIMUM and not along_edge(path, level, LEFT)
                and not along_edge(path, level, RIGHT)):
            even_out(path.branches[level], path.indexes[level] - (path.indexes[level] > 0))
        else:
            break
    while tree.height and (<Branch *>tree.root).count == 1:
        branch = <Branch *>tree.root
        tree.root = branch.children[0]
        tree.height -= 1
        release(branch, sizeof(Branch))


cdef void even_out(Branch *parent, Py_ssize_t index) noexcept:
    """Merges two neighbouring branches if they fit into one, or else evens them out."""
    cdef Branch *left = <Branch *>parent.children[index]
    cdef Branch *right = <Branch *>parent.children[index + 1]
    cdef Py_ssize_t total = left.count + right.count, keep = total // 2
    if total <= BRANCH_CAPACITY:
        copy_children(left, left.count, right, 0, right.count)
        left.count = total
        parent.counts[index] += parent.counts[index + 1]
        release(right, sizeof(Branch))
        close_child(parent, index + 1)
        return
    if left.count < keep:
        copy_children(left, left.count, right, 0, keep - left.count)
        copy_children(right, 0, right, keep - left.count, total - keep)
    else:
        copy_children(right, left.count - keep, right, 0, right.count)
        copy_children(right, 0, left, keep, left.count - keep)
    left.count = keep
    right.count = total - keep
    parent.counts[index] = items_of(left)
    parent.counts[index + 1] = items_of(right)


cdef void free_chunks(ChunkTree *tree) noexcept:
    """Releases all chunks and branches, walking them with a path instead of recursion."""
    cdef ChunkPath path
    cdef Branch *branch
    cdef int level = 0
    cdef Pack *pack = <Pack *>tree.root
    if tree.height == 0:
        pack_free(&pack)
    else:
        path.branches[0] = <Branch *>tree.root
        path.indexes[0] = 0
        while level >= 0:
            branch = path.branches[level]
            if path.indexes[level] == branch.count:
                release(branch, sizeof(Branch))
                level -= 1
                continue
            path.indexes[level] += 1
            if level == tree.height - 1:
                pack_free(<Pack **>&branch.children[path.indexes[level] - 1])
            else:
                path.branches[level + 1] = <Branch *>branch.children[path.indexes[level] - 1]
                path.indexes[level + 1] = 0
                level += 1
    tree.root = NULL
    tree.height = 0
    tree.length = 0


cdef Py_ssize_t count_chunks(ChunkTree *tree) noexcept:
    """How many chunks there are."""
    cdef ChunkPath path
    cdef Py_ssize_t count = 0
    cdef int level = tree.height - 1
    if tree.root == NULL:
        return 0
    find_end(tree, True, &path)
    if level < 0:
        return 1
    while True:
        # All children of the lowest branch at once.
        count += path.branches[level].count
        path.indexes[level] = <int>path.branches[level].count - 1
        if not find_neighbour(tree, &path, False):
            return count


cdef Py_ssize_t held_by(ChunkTree *tree) noexcept:
    """Bytes of all chunks and branches; looks at each chunk."""
    cdef ChunkPath path
    cdef Py_ssize_t total = 0
    cdef int level
    find_end(tree, True, &path)
    for level in range(tree.height):
        total += sizeof(Branch)
    while True:
        total += pack_held(chunk_at(tree, &path)[0])
        level = tree.height - 1
        while level > 0 and path.indexes[level] == path.branches[level].count - 1:
            level -= 1          # the next chunk, if any, is below other branches from here on
        if not find_neighbour(tree, &path, False):
            return total
        total += (tree.height - 1 - level) * <Py_ssize_t>sizeof(Branch)


cdef int check_tree(ChunkTree *tree) except -1:
    """Asserts all invariants: counts, fill, depth, and those of every chunk."""
    if tree.root == NULL:
        assert tree.height == tree.length == 0
        return 0
    assert tree.height == 0 or (<Branch *>tree.root).count >= 2
    assert check_node(tree, tree.root, 0, True, True) == tree.length
    return 0


cdef Py_ssize_t check_node(ChunkTree *tree, void *node, int level, bint left,
                           bint right) except -1:
    """Asserts what one node must be; gives its items. Recursion ends at the tree's height."""
    cdef Branch *branch = <Branch *>node
    cdef Py_ssize_t index, total = 0
    if level == tree.height:
        assert pack_count(<Pack *>node) > 0
        pack_check(<Pack *>node)
        return pack_count(<Pack *>node)
    assert 1 <= branch.count <= BRANCH_CAPACITY
    assert left or right or branch.count >= BRANCH_MINIMUM
    for index in range(branch.count):
        assert branch.counts[index] == check_node(
            tree, branch.children[index], level + 1, left and index == 0,
            right and index == branch.count - 1)
        total += branch.counts[index]
    return total
