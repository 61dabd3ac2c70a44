"""Union, intersection and difference of members with scores.

A source is a Scored, or any other collection of bytes (a set), whose members all have the score 1.
A result is put into a Scored that is empty; it becomes large, and is worth nothing after a
MemoryError. Callers give the sources in the order in which scores shall be added up; the members
of an intersection are those of the first source that the others have too, so that one should be
the smallest.

A union gathers its entries in the table first, with their scores still growing, and orders them at
the end: what is in all sources is ordered once.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memcpy

from rediskit.structures.entry cimport Entry, entry_real, entry_value
from rediskit.structures.memory cimport allocate, release, resize
from rediskit.structures.packed cimport Item
from rediskit.structures.scored cimport Scored, Walk, walk_step
from rediskit.structures.scored_index cimport Index
from rediskit.structures.scored_pairs cimport DIGITS, member_text

cdef enum Aggregate:
    BY_SUM
    BY_MINIMUM
    BY_MAXIMUM
    BY_COUNT

cdef enum:
    FIRST_CAPACITY = 1024

SUM, MINIMUM, MAXIMUM, COUNT = BY_SUM, BY_MINIMUM, BY_MAXIMUM, BY_COUNT


cdef inline double weighted(double score, double weight, int aggregate) noexcept:
    """inf * 0 counts as 0. Where sources are counted, each counts as much as its weight."""
    score = weight if aggregate == BY_COUNT else score * weight
    return score if score == score else 0


cdef inline double aggregated(double score, double other, int aggregate) noexcept:
    """inf - inf counts as 0."""
    if aggregate == BY_MINIMUM:
        return score if score < other else other
    if aggregate == BY_MAXIMUM:
        return score if score > other else other
    score += other
    return score if score == score else 0


cdef class Members:
    """Goes through the members of a source, of whatever kind."""

    cdef Walk walk
    cdef object others              # of a source that is no Scored: an iterator
    cdef bytes held
    cdef const unsigned char *key
    cdef size_t length
    cdef double score
    cdef char digits[DIGITS]

    def __cinit__(self, source):
        if isinstance(source, Scored):
            (<Scored>source).walk(&self.walk, 0, False)
        else:
            self.others = iter(source)

    cdef bint step(self) except -1:
        """Sets `key`, `length` and `score` to those of the next member; False at the end."""
        cdef Item member
        if self.others is None:
            if not walk_step(&self.walk, &member, &self.score):
                return False
            self.length = member_text(&member, self.digits)
            self.key = member.text
            return True
        self.held = next(self.others, None)
        if self.held is None:
            return False
        self.key = <const unsigned char *>PyBytes_AS_STRING(self.held)
        self.length = PyBytes_GET_SIZE(self.held)
        self.score = 1
        return True


cdef inline bint look_up(source, const unsigned char *key, size_t length,
                         double *score) except -1:
    """Stores the score of a member of a source; whether it has it."""
    if isinstance(source, Scored):
        return (<Scored>source).look_up(key, length, score)
    score[0] = 1
    return PyBytes_FromStringAndSize(<const char *>key, length) in source


cdef class Gathered:
    """A growing array of entries that are not in order yet."""

    cdef Entry **entries
    cdef size_t length
    cdef size_t capacity

    def __cinit__(self):
        self.capacity = FIRST_CAPACITY
        self.entries = <Entry **>allocate(self.capacity * sizeof(Entry *))

    def __dealloc__(self):
        if self.entries != NULL:
            release(self.entries, self.capacity * sizeof(Entry *))

    cdef int append(self, Entry *entry) except -1:
        cdef size_t size = self.capacity * sizeof(Entry *)
        if self.length == self.capacity:
            self.entries = <Entry **>resize(self.entries, size, 2 * size)
            self.capacity *= 2
        self.entries[self.length] = entry
        self.length += 1
        return 0


def unite(Scored result, list sources, list weights, int aggregate):
    """Puts in what any source has; scores times weights, aggregated (SUM, ... COUNT)."""
    cdef Index index = result.make_large()
    cdef Gathered gathered = Gathered()
    cdef Members members
    cdef Entry *entry
    cdef double weight, score
    cdef size_t each
    cdef bint is_new
    for source, weight in zip(sources, weights, strict=True):
        members = Members(source)
        while members.step():
            score = weighted(members.score, weight, aggregate)
            entry = index.enter(members.key, members.length, score, &is_new)
            if is_new:
                gathered.append(entry)
            else:
                score = aggregated(entry_real(entry), score, aggregate)
                memcpy(entry_value(entry), &score, 8)
    for each in range(gathered.length):
        index.order.insert(entry_real(gathered.entries[each]), gathered.entries[each])


def intersect(Scored result, list sources, list weights, int aggregate):
    """Puts in what all sources have; scores as in unite()."""
    cdef Index index = result.make_large()
    cdef Members members = Members(sources[0])
    cdef list others = list(zip(sources[1:], weights[1:], strict=True))
    cdef double first_weight = weights[0], weight, score, other
    cdef bint found
    while members.step():
        score = weighted(members.score, first_weight, aggregate)
        found = True
        for source, weight in others:
            found = look_up(source, members.key, members.length, &other)
            if not found:
                break
            score = aggregated(score, weighted(other, weight, aggregate), aggregate)
        if found:
            index.insert(members.key, members.length, score)


def subtract(Scored result, list sources):
    """Puts in what the first source has and no other."""
    cdef Index index = result.make_large()
    cdef Members members = Members(sources[0])
    cdef list others = sources[1:]
    cdef double other
    cdef bint found
    while members.step():
        found = False
        for source in others:
            found = look_up(source, members.key, members.length, &other)
            if found:
                break
        if not found:
            index.insert(members.key, members.length, members.score)


def count_common(list sources, Py_ssize_t limit):
    """How many members all sources have; up to `limit`, unless that is 0."""
    cdef Members members = Members(sources[0])
    cdef list others = sources[1:]
    cdef Py_ssize_t count = 0
    cdef double other
    cdef bint found
    while members.step():
        found = True
        for source in others:
            found = look_up(source, members.key, members.length, &other)
            if not found:
                break
        if found:
            count += 1
            if count == limit:
                break
    return count
