# The nodes of the B+tree of ordered.pyx, and how elements are shifted within and between them.
#
#     Leaf    links to its neighbours, then all scores, then all items: a search touches few lines
#     Inner   for each child: its first score and item, its address, how many items it holds
#
# Only a leaf that is the whole tree may be smaller than LEAF_CAPACITY; it grows in steps. The
# sizes fill the 64 KB runs of `memory` without a rest.

from libc.string cimport memmove

# How many of the ascending scores are less than, or at most, a score. Looking at all of them is
# faster than halving: two or more are compared at once, and cache misses overlap, not queue.
cdef extern from *:
    """
    typedef double score_pair __attribute__((vector_size(16), aligned(8)));
    typedef long long mask_pair __attribute__((vector_size(16)));

    #define COUNT_SCORES(name, compared)                                                        \
        static inline int name(const double *scores, int count, double score) {                \
            score_pair limit = {score, score};                                                  \
            mask_pair total = {0, 0}, more = {0, 0};                                            \
            int index = 0, rest = 0;                                                            \
            for (; index + 4 <= count; index += 4) {                                            \
                total += *(const score_pair *)(scores + index) compared limit;                  \
                more += *(const score_pair *)(scores + index + 2) compared limit;               \
            }                                                                                   \
            for (; index < count; index++)                                                      \
                rest += scores[index] compared score;                                           \
            total += more;                                                                      \
            return rest - (int)(total[0] + total[1]);                                           \
        }
    COUNT_SCORES(count_below, <)
    COUNT_SCORES(count_through, <=)
    #define prefetch_for_reading(address) __builtin_prefetch(address)
    """
    int count_below(const double *scores, int count, double score) noexcept nogil
    int count_through(const double *scores, int count, double score) noexcept nogil
    void prefetch "prefetch_for_reading" (const void *address) noexcept nogil

cdef enum:
    LEAF_CAPACITY = 60
    INNER_CAPACITY = 64
    LEAF_MINIMUM = 20           # sparser nodes are merged, except along the tree's two edges
    INNER_MINIMUM = 21
    SMALLEST_LEAF = 6           # a lone leaf holds 6, 14, 30, then 60
    MAX_HEIGHT = 16             # 21 ** 16 items: more than there is memory

cdef struct Leaf:
    Leaf *previous
    Leaf *next
    int count
    int capacity
    size_t padding              # the scores start at a multiple of 32

cdef struct Inner:
    Py_ssize_t count
    double scores[INNER_CAPACITY]
    void *items[INNER_CAPACITY]
    void *children[INNER_CAPACITY]
    Py_ssize_t counts[INNER_CAPACITY]

cdef struct Tree:
    void *root                  # a Leaf if height is 0; NULL if there are no items
    Leaf *leftmost
    Leaf *rightmost
    Py_ssize_t length
    Py_ssize_t held             # bytes of all nodes
    int height                  # levels of inner nodes

cdef struct Path:               # the way from the root to a place in a leaf
    Inner *nodes[MAX_HEIGHT]
    int indexes[MAX_HEIGHT]
    Leaf *leaf
    int index

cdef int insert_first(Tree *tree, double score, void *item) except -1
cdef int insert_at(Tree *tree, Path *path, double score, void *item) except -1
cdef void refresh_first(Tree *tree, const Path *path, int level) noexcept
cdef void take(Tree *tree, Path *path, int count, void **out) noexcept
cdef void clear(Tree *tree) noexcept

cdef inline size_t leaf_bytes(int capacity) noexcept nogil:
    return sizeof(Leaf) + <size_t>capacity * (sizeof(double) + sizeof(void *))

cdef inline double *leaf_scores(const Leaf *leaf) noexcept nogil:
    return <double *>(<char *>leaf + sizeof(Leaf))

cdef inline void **leaf_items(const Leaf *leaf) noexcept nogil:
    return <void **>(leaf_scores(leaf) + leaf.capacity)

cdef inline void copy_in_leaves(Leaf *to, int at, Leaf *source, int start, int count) noexcept:
    # Shifts `count` elements; both may be the same leaf, and overlap. Counts are the caller's.
    memmove(leaf_scores(to) + at, leaf_scores(source) + start, count * sizeof(double))
    memmove(leaf_items(to) + at, leaf_items(source) + start, count * sizeof(void *))

cdef inline void copy_in_inners(Inner *to, Py_ssize_t at, Inner *source, Py_ssize_t start,
                                Py_ssize_t count) noexcept:
    memmove(to.scores + at, source.scores + start, count * sizeof(double))
    memmove(to.items + at, source.items + start, count * sizeof(void *))
    memmove(to.children + at, source.children + start, count * sizeof(void *))
    memmove(to.counts + at, source.counts + start, count * sizeof(Py_ssize_t))

cdef inline Py_ssize_t sum_of(const Py_ssize_t *counts, Py_ssize_t number) noexcept nogil:
    cdef Py_ssize_t total = 0, index
    for index in range(number):
        total += counts[index]
    return total
