# A B+tree of (score, item) with counts; see ordered.pyx for how it works.

from rediskit.structures.memory cimport Owned
from rediskit.structures.ordered_nodes cimport Leaf, Tree, leaf_items, leaf_scores

cdef enum Order:
    BY_ADDRESS          # items of equal score: by their own value, which is never followed
    BY_KEY              # items of equal score: they are Entry *, by the bytes of their keys

# A place in the tree, good until the next change of the tree. `leaf` is NULL past either end.
cdef struct Cursor:
    Leaf *leaf
    int index

cdef inline double cursor_score(const Cursor *cursor) noexcept nogil:
    return leaf_scores(cursor.leaf)[cursor.index]

cdef inline void *cursor_item(const Cursor *cursor) noexcept nogil:
    return leaf_items(cursor.leaf)[cursor.index]

cdef inline void cursor_next(Cursor *cursor) noexcept nogil:
    cursor.index += 1
    if cursor.index >= cursor.leaf.count:
        cursor.leaf = cursor.leaf.next
        cursor.index = 0

cdef inline void cursor_previous(Cursor *cursor) noexcept nogil:
    cursor.index -= 1
    if cursor.index < 0:
        cursor.leaf = cursor.leaf.previous
        if cursor.leaf != NULL:
            cursor.index = cursor.leaf.count - 1

cdef class Ordered(Owned):
    cdef Tree tree
    cdef Order order

    # Items are the caller's: the tree never frees one. Scores are any double but NaN.
    cdef bint insert(self, double score, void *item) except -1
    cdef bint remove(self, double score, void *item) noexcept
    cdef bint move(self, double old_score, double new_score, void *item) except -1
    cdef bint replace(self, double score, void *old_item, void *new_item) except -1
    cdef void clear(self) noexcept

    cdef Cursor first(self) noexcept
    cdef Cursor last(self) noexcept
    cdef Cursor at_rank(self, Py_ssize_t rank) noexcept
    cdef Py_ssize_t rank(self, double score, void *item) noexcept
    cdef Py_ssize_t rank_of_score(self, double score, bint after) noexcept
    cdef Py_ssize_t rank_of_key(self, const unsigned char *key, size_t length,
                                bint after) noexcept

    cdef int take_through(self, double limit, void **out, int most) noexcept
    cdef void remove_ranks(self, Py_ssize_t start, Py_ssize_t stop, void **out) noexcept
