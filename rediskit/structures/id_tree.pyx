"""A B+tree that finds blocks by the lowest id that may be in them.

It knows nothing of what a block is: a run of a stream's entries, or a leaf of a pending list. The
blocks are the children of the lowest branches, all at the same depth. A tree of one block is
that block alone. An id that is lower than all belongs to the first block, so the id of a branch's
first child does not count: whoever looks there came by the id that an upper branch has for it.

A new block always comes behind another one. Where the tree is extended at its end, a full branch
stays full; elsewhere it splits in halves. Branches that become less than a third full are merged
with a neighbour, or evened out, except along the two edges. Removing never allocates.
"""

from libc.string cimport memmove

from rediskit.structures.memory cimport allocate, release


cdef void find_block(IdTree *tree, Id id, IdPath *path) noexcept:
    """The way to the block that an id is in, or belongs to; there is a block."""
    cdef void *node = tree.root
    cdef Branch *branch
    cdef int level, low, high, middle
    for level in range(tree.height):
        branch = <Branch *>node
        low = 0
        high = <int>branch.count - 1
        while low < high:       # the last child whose id is not above
            middle = (low + high + 1) >> 1
            if id_below(id, branch.ids[middle]):
                high = middle - 1
            else:
                low = middle
        path.branches[level] = branch
        path.indexes[level] = low
        node = branch.children[low]


cdef bint find_neighbour(IdTree *tree, IdPath *path, bint left) noexcept:
    """Moves a path to the block before or after its own; False, and no move, if there is none."""
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
    memmove(to.ids + at, source.ids + start, count * sizeof(Id))
    memmove(to.children + at, source.children + start, count * sizeof(void *))


cdef inline void put_child(Branch *branch, Py_ssize_t at, Id id, void *child) noexcept:
    copy_children(branch, at + 1, branch, at, branch.count - at)
    branch.children[at] = child
    branch.ids[at] = id
    branch.count += 1


cdef inline void close_child(Branch *branch, Py_ssize_t at) noexcept:
    copy_children(branch, at, branch, at + 1, branch.count - at - 1)
    branch.count -= 1


cdef Branch *new_branch() except NULL:
    cdef Branch *branch = <Branch *>allocate(sizeof(Branch))
    branch.count = 0
    return branch


cdef int reserve(IdTree *tree, const IdPath *path, Branch **spare) except -1:
    """Allocates the branches that one more block at a path will need; gives how many."""
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
    tree.branches += count
    return count


cdef bint along_edge(const IdPath *path, int level, bint left) noexcept:
    """Whether the path's node below `level` is the first, or the last, of its depth."""
    while level >= 0:
        if path.indexes[level] != (0 if left else path.branches[level].count - 1):
            return False
        level -= 1
    return True


cdef Id split(Branch *left, Branch *right, bint is_last, Py_ssize_t at, Id id,
              void *child) noexcept:
    """Puts a child into a full branch by moving its right half to another; the id of that."""
    cdef Py_ssize_t keep = BRANCH_CAPACITY if is_last else BRANCH_CAPACITY // 2
    copy_children(right, 0, left, keep, left.count - keep)
    right.count = left.count - keep
    left.count = keep
    if at < keep:
        put_child(left, at, id, child)
    else:
        put_child(right, at - keep, id, child)
    return right.ids[0]


cdef int insert_block(IdTree *tree, IdPath *path, Id id, void *block) except -1:
    """Puts a block behind the path's own; `id`: none below it is in the new one or behind that.

    The path is of no use then. Raises MemoryError, and then has changed nothing.
    """
    cdef Branch *spare[MAX_HEIGHT + 1]
    cdef Branch *branch
    cdef int level = tree.height - 1, left
    cdef bint is_last
    if tree.root == NULL:
        tree.root = block
        return 0
    left = reserve(tree, path, spare)
    is_last = along_edge(path, level, False)
    while level >= 0:
        branch = path.branches[level]
        if branch.count < BRANCH_CAPACITY:
            put_child(branch, path.indexes[level] + 1, id, block)
            return 0
        left -= 1
        id = split(branch, spare[left], is_last, path.indexes[level] + 1, id, block)
        block = spare[left]
        level -= 1
    branch = spare[0]
    put_child(branch, 0, id, tree.root)
    put_child(branch, 1, id, block)
    tree.root = branch
    tree.height += 1
    return 0


cdef void free_branch(IdTree *tree, Branch *branch) noexcept:
    release(branch, sizeof(Branch))
    tree.branches -= 1


cdef void remove_block(IdTree *tree, IdPath *path) noexcept:
    """Takes the path's block, which is its owner's to release, out of the tree."""
    cdef int level = tree.height - 1
    cdef Branch *branch
    if level < 0:
        tree.root = NULL
        return
    close_child(path.branches[level], path.indexes[level])
    while level > 0:
        branch = path.branches[level]
        level -= 1
        if branch.count == 0:
            free_branch(tree, branch)
            close_child(path.branches[level], path.indexes[level])
        elif (branch.count < BRANCH_MINIMUM and not along_edge(path, level, True)
                and not along_edge(path, level, False)):
            even_out(tree, path.branches[level],
                     path.indexes[level] - (path.indexes[level] > 0))
        else:
            break
    while tree.height and (<Branch *>tree.root).count == 1:
        branch = <Branch *>tree.root
        tree.root = branch.children[0]
        tree.height -= 1
        free_branch(tree, branch)


cdef void even_out(IdTree *tree, Branch *parent, Py_ssize_t index) noexcept:
    """Merges two neighbouring branches if they fit into one, or else evens them out."""
    cdef Branch *left = <Branch *>parent.children[index]
    cdef Branch *right = <Branch *>parent.children[index + 1]
    cdef Py_ssize_t total = left.count + right.count, keep = total // 2
    right.ids[0] = parent.ids[index + 1]        # it will count, and may have been outdated
    if total <= BRANCH_CAPACITY:
        copy_children(left, left.count, right, 0, right.count)
        left.count = total
        free_branch(tree, right)
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
    parent.ids[index + 1] = right.ids[0]


cdef void free_branches(IdTree *tree) noexcept:
    """Releases all branches, walking them with a path; the blocks are their owner's to release."""
    cdef IdPath path
    cdef Branch *branch
    cdef int level = 0
    if tree.height:
        path.branches[0] = <Branch *>tree.root
        path.indexes[0] = 0
        while level >= 0:
            branch = path.branches[level]
            if level == tree.height - 1 or path.indexes[level] == branch.count:
                free_branch(tree, branch)
                level -= 1
                continue
            path.indexes[level] += 1
            path.branches[level + 1] = <Branch *>branch.children[path.indexes[level] - 1]
            path.indexes[level + 1] = 0
            level += 1
    tree.root = NULL
    tree.height = 0


cdef int check_tree(IdTree *tree) except -1:
    """Asserts all invariants but those of the blocks: order, fill, depth."""
    if tree.height == 0:
        assert tree.branches == 0
        return 0
    assert (<Branch *>tree.root).count >= 2
    assert check_branch(tree, <Branch *>tree.root, 0, True, True) == tree.branches
    return 0


cdef Py_ssize_t check_branch(IdTree *tree, Branch *branch, int level, bint left,
                             bint right) except -1:
    """Asserts what a branch must be; how many there are from it on."""
    cdef Py_ssize_t index, total = 1
    cdef Branch *child
    assert 1 <= branch.count <= BRANCH_CAPACITY
    assert left or right or branch.count >= BRANCH_MINIMUM
    for index in range(1, branch.count):
        assert index == 1 or id_below(branch.ids[index - 1], branch.ids[index])
    if level == tree.height - 1:
        return total
    for index in range(branch.count):
        child = <Branch *>branch.children[index]
        assert index == 0 or child.count == 1 or id_below(branch.ids[index], child.ids[1])
        total += check_branch(tree, child, level + 1, left and index == 0,
                              right and index == branch.count - 1)
    return total
