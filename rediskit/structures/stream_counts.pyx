"""How many entries a stream ever had up to one: what a group has read, and how far it lags behind.

An entry's number is its place among all that were ever added. It is known only where no entry was
deleted by its id between there and the end of the stream: what is trimmed goes from the front,
so the number of the first and of the last entry are always known. The rules are Redis' (XINFO
GROUPS in its manual), so that the same counts are shown.
"""

from rediskit.structures.ids cimport id_below, id_equals, id_of, make_id
from rediskit.structures.stream cimport StreamPlace


cdef bint has_gaps(Entries entries, Id id) noexcept:
    """Whether an entry that is not below an id may have been deleted from among the others."""
    cdef StreamPlace place
    if entries.length == 0 or (entries.max_deleted.ms == 0 and entries.max_deleted.seq == 0):
        return False
    if id_below(entries.max_deleted, id):
        return False
    entries.first_place(&place)
    return not id_below(entries.max_deleted, place.entry.id)


cdef long long entries_before(Entries entries, Id id) noexcept:
    """How many entries there ever were up to an id, itself included; -1 if that is not known."""
    cdef StreamPlace place
    cdef bint is_start = id.ms == 0 and id.seq == 0
    if entries.added == 0:
        return 0
    if entries.length == 0 and not id_below(entries.last, id):
        return <long long>entries.added
    if not is_start and id_below(id, entries.max_deleted):
        return -1
    if id_equals(id, entries.last):
        return <long long>entries.added
    if id_below(entries.last, id) or not entries.first_place(&place):
        return -1
    if (entries.max_deleted.ms or entries.max_deleted.seq) and not id_below(
            entries.max_deleted, place.entry.id):
        return -1
    if id_below(id, place.entry.id):
        return <long long>entries.added - entries.length
    if id_equals(id, place.entry.id):
        return <long long>entries.added - entries.length + 1
    return -1


cpdef long long count_through(Entries entries, tuple pair) except? -2:
    """entries_before() of a pair."""
    return entries_before(entries, id_of(pair))


cpdef object lag_of(Entries entries, tuple last, long long entries_read):
    """How many entries a group that has read up to an id has yet to read; None if unknown."""
    cdef Id id = id_of(last)
    if entries.added == 0:
        return 0
    if entries_read < 0 or has_gaps(entries, id):
        entries_read = entries_before(entries, id)
    return None if entries_read < 0 else <long long>entries.added - entries_read
