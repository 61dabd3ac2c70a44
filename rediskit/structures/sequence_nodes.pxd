# The counted tree that finds the chunks of a sequence; see sequence.pyx for the whole.
#
# A branch knows of each child how many items are in it. The children of the lowest branches are
# packs, all at the same depth. A tree of one chunk is that chunk alone.

from libc.string cimport memmove

from rediskit.structures.packed cimport Pack

cdef enum:
    BRANCH_CAPACITY = 61        # fills the 64 KB runs of `memory` without a rest
    BRANCH_MINIMUM = 20         # sparser ones are merged, except along the tree's two edges
    MAX_HEIGHT = 16             # 20 ** 16 chunks: more than there is memory

cdef struct Branch:
    Py_ssize_t count
    Py_ssize_t counts[BRANCH_CAPACITY]
    void *children[BRANCH_CAPACITY]

cdef struct ChunkTree:
    void *root                  # a Pack if height is 0; NULL if there are no items
    Py_ssize_t length           # items of all chunks
    int height                  # levels of branches
    short fill                  # the sequence's; it takes no room here

cdef struct ChunkPath:          # the way from the root to one chunk
    Branch *branches[MAX_HEIGHT]
    int indexes[MAX_HEIGHT]

cdef inline Pack **chunk_at(ChunkTree *tree, const ChunkPath *path) noexcept:
    # Where the pointer to the path's chunk stands.
    if tree.height == 0:
        return <Pack **>&tree.root
    return <Pack **>&path.branches[tree.height - 1].children[path.indexes[tree.height - 1]]

cdef inline void find_end(ChunkTree *tree, bint left, ChunkPath *path) noexcept:
    # The way to the first chunk, or to the last.
    cdef void *node = tree.root
    cdef int level
    for level in range(tree.height):
        path.branches[level] = <Branch *>node
        path.indexes[level] = 0 if left else <int>(<Branch *>node).count - 1
        node = path.branches[level].children[path.indexes[level]]

cdef inline void count_along(ChunkTree *tree, const ChunkPath *path, Py_ssize_t change) noexcept:
    # The path's chunk has got (or lost) so many items.
    cdef int level
    for level in range(tree.height):
        path.branches[level].counts[path.indexes[level]] += change
    tree.length += change

cdef Py_ssize_t find_index(ChunkTree *tree, Py_ssize_t index, ChunkPath *path) noexcept
cdef bint find_neighbour(ChunkTree *tree, ChunkPath *path, bint left) noexcept
cdef int insert_chunk(ChunkTree *tree, ChunkPath *path, bint after, Pack *pack) except -1
cdef void remove_chunk(ChunkTree *tree, ChunkPath *path) noexcept
cdef Py_ssize_t count_chunks(ChunkTree *tree) noexcept
cdef void free_chunks(ChunkTree *tree) noexcept
cdef Py_ssize_t held_by(ChunkTree *tree) noexcept
cdef int check_tree(ChunkTree *tree) except -1
