# Members with scores, in the order of the scores; see scored.pyx for how it works.

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.ordered cimport Cursor
from rediskit.structures.packed cimport Item, Pack
from rediskit.structures.scored_index cimport Index

cdef enum Condition:            # of add(), or-ed together
    IF_NEW = 1
    IF_THERE = 2
    IF_HIGHER = 4               # than the member's score; a new member is no matter
    IF_LOWER = 8
    BY_INCREMENT = 16           # the score is added to the member's

cdef enum Outcome:              # of add()
    SAME = 0
    ADDED = 1
    CHANGED = 2
    REFUSED = 3                 # a condition does not hold
    NOT_A_NUMBER = 4            # inf - inf

cdef struct Walk:               # along some members; good until the next change
    const Pack *pack            # the compact form, or NULL
    Py_ssize_t at               # of a member in the pack
    Cursor cursor               # in the large form
    bint backwards

cdef class Scored:
    cdef void *content          # a Pack, NULL if empty; or an Index, owned, its lowest bit set

    cdef bint look_up(self, const unsigned char *key, size_t length, double *score) noexcept
    cdef int append(self, const unsigned char *key, size_t length, double score,
                    Py_ssize_t most, Py_ssize_t longest) except -1
    cdef int reserve(self, size_t size) except -1
    cdef void trim(self) noexcept
    cdef int append_pair(self, const Item *member, double score) except -1
    cdef bint holds_compact(self, const Item *member) noexcept
    cdef bint enter_large(self, const unsigned char *key, size_t length, double score) except -1
    cdef void walk(self, Walk *walk, Py_ssize_t rank, bint backwards) noexcept
    cdef Index make_large(self)

    cpdef int add(self, bytes member, double score, int conditions=*, Py_ssize_t most=*,
                  Py_ssize_t longest=*) except -1
    cpdef bint remove(self, bytes member) except -1
    cpdef object score(self, bytes member)
    cpdef Py_ssize_t rank(self, bytes member, bint highest_first=*) noexcept
    cpdef Py_ssize_t count_below(self, double score, bint through) noexcept
    cpdef Py_ssize_t count_before(self, bytes member, bint through) except -1
    cpdef list elements(self, Py_ssize_t start, Py_ssize_t count, bint backwards, bint with_scores)
    cpdef int remove_range(self, Py_ssize_t start, Py_ssize_t stop) except -1
    cpdef list pop(self, Py_ssize_t count, bint highest)
    cpdef object random_member(self)
    cdef bint draw(self, Item *member, double *score) noexcept
    cpdef int append_random(self, Buffer out, int form, object spell) except -1
    cpdef int append_to(self, Buffer out, Py_ssize_t start, Py_ssize_t count, bint backwards,
                        int form, object spell) except -1
    cpdef int copy_range(self, Scored source, Py_ssize_t start, Py_ssize_t count, bint backwards,
                         Py_ssize_t most, Py_ssize_t longest) except -1
    cpdef int fit(self, Py_ssize_t most, Py_ssize_t longest) except -1

    cdef void empty(self) noexcept
    cdef int add_compact(self, const unsigned char *key, size_t length, double score,
                         int conditions, Py_ssize_t most, Py_ssize_t longest) except -1
    cdef int add_large(self, const unsigned char *key, size_t length, double score,
                       int conditions) except -1

cdef inline bint is_large(Scored scored) noexcept:
    return <size_t>scored.content & 1 != 0

cdef Py_ssize_t scored_length(Scored scored) noexcept
cdef bint walk_step(Walk *walk, Item *member, double *score) noexcept
