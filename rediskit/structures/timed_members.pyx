"""A set whose members may have deadlines (SEXPIRE), milliseconds since 1970.

The first deadline leads to the form of a table, whose entries know theirs; without one, a set is
as in members.pyx. What is due stays, and is seen, until drop_due().
"""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t

from rediskit.structures.entry cimport DEADLINE, entry_deadline
from rediskit.structures.members cimport (
    TABLE_FORM, Members, MemberWalk, form_of, item_text, table_at, table_of, walk_members,
    walk_step)
from rediskit.structures.packed cimport Item
from rediskit.structures.table cimport Table


cdef bint members_timed(Members members) noexcept:
    """Whether a member has a deadline; takes no reference."""
    cdef PyObject *table = table_at(members)
    if form_of(members) != TABLE_FORM or (<Table>table).deadlines is None:
        return False
    return (<Table>table).deadlines.tree.length > 0


cdef class TimedMembers(Members):
    """A set of bytes, some with a deadline."""

    cpdef int64_t deadline(self, bytes member) noexcept:
        """A member's deadline; -1 if it has none, -2 if it is missing."""
        if form_of(self) == TABLE_FORM:
            return table_of(self).deadline(member)
        return -1 if self.contains(member) else -2

    cpdef bint set_deadline(self, bytes member, int64_t deadline) except -1:
        """Gives a member a deadline (> 0), or none with -1; whether the member is there."""
        if form_of(self) == TABLE_FORM:
            return table_of(self).set_deadline(member, deadline)
        if not self.contains(member):
            return False
        if deadline >= 0:
            self.make_table().set_deadline(member, deadline)
        return True

    cpdef int64_t first_deadline(self) noexcept:
        """No deadline is earlier than this; -1 if there is none."""
        return table_of(self).first_deadline() if form_of(self) == TABLE_FORM else -1

    cpdef bint has_due(self, int64_t now_ms) noexcept:
        """Whether there may be a member whose deadline has passed; drop_due() tells."""
        return form_of(self) == TABLE_FORM and table_of(self).has_due(now_ms)

    def due(self, int64_t now_ms, Py_ssize_t limit):
        """Up to `limit` members that are due, as a list; they stay."""
        return table_of(self).due(now_ms, limit) if form_of(self) == TABLE_FORM else []

    cpdef Py_ssize_t drop_due(self, int64_t now_ms, Py_ssize_t limit) except -1:
        """Removes up to `limit` members that are due; how many."""
        return table_of(self).drop_due(now_ms, limit) if form_of(self) == TABLE_FORM else 0

    cpdef list timed(self):
        """[(member, deadline), ...] of all members that have one."""
        cdef MemberWalk walk
        cdef Item item
        cdef list found = []
        if self.first_deadline() < 0:
            return found
        walk_members(self, &walk)
        while walk_step(&walk, &item):
            if walk.entry[0] & DEADLINE:
                found.append((item_text(&item), entry_deadline(walk.entry)))
        return found

    cpdef int copy_deadlines(self, TimedMembers other) except -1:
        """Gives the members of a copy the deadlines that they have here."""
        for member, deadline in self.timed():
            other.set_deadline(member, deadline)
        return 0
