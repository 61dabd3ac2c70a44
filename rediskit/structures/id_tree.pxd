# A tree that finds blocks by the lowest id that may be in them; see id_tree.pyx.

from rediskit.structures.ids cimport Id, id_below

cdef enum:
    BRANCH_CAPACITY = 41        # fills the 64 KB runs of `memory` without a rest
    BRANCH_MINIMUM = 13         # sparser ones are merged, except along the tree's two edges
    MAX_HEIGHT = 16             # 13 ** 16 blocks: more than there is memory

cdef struct Branch:
    Py_ssize_t count
    Id ids[BRANCH_CAPACITY]     # of each child but the first: no lower id is in it or behind it
    void *children[BRANCH_CAPACITY]

cdef struct IdTree:
    void *root                  # a block if height is 0; NULL if there is none
    Py_ssize_t branches         # how many there are
    int height                  # levels of branches

cdef struct IdPath:             # the way from the root to one block
    Branch *branches[MAX_HEIGHT]
    int indexes[MAX_HEIGHT]

cdef inline void **block_at(IdTree *tree, const IdPath *path) noexcept:
    # Where the pointer to the path's block stands.
    if tree.height == 0:
        return &tree.root
    return &path.branches[tree.height - 1].children[path.indexes[tree.height - 1]]

cdef inline void find_edge(IdTree *tree, bint left, IdPath *path) noexcept:
    # The way to the first block, or to the last.
    cdef void *node = tree.root
    cdef int level
    for level in range(tree.height):
        path.branches[level] = <Branch *>node
        path.indexes[level] = 0 if left else <int>(<Branch *>node).count - 1
        node = path.branches[level].children[path.indexes[level]]

cdef void find_block(IdTree *tree, Id id, IdPath *path) noexcept
cdef bint find_neighbour(IdTree *tree, IdPath *path, bint left) noexcept
cdef int insert_block(IdTree *tree, IdPath *path, Id id, void *block) except -1
cdef void remove_block(IdTree *tree, IdPath *path) noexcept
cdef void free_branches(IdTree *tree) noexcept
cdef int check_tree(IdTree *tree) except -1
