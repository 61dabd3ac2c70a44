"""Intersections and differences: the members of one set that others have, or have not.

All that is asked of the other sets is whether they hold a member, so what is walked should be the
smallest set. What was gathered for a reply is kept in the form of the reply.
"""

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.members cimport (
    Members, MemberWalk, Probe, make_probe, walk_members, walk_step)
from rediskit.structures.packed cimport Item


cdef inline bint is_selected(list sets, bint wanted, const Probe *probe) noexcept:
    """Whether a member of the first set is in all of the others, or (not wanted) in none."""
    cdef Py_ssize_t index
    for index in range(1, len(sets)):
        if (<Members>sets[index]).holds(probe) != wanted:
            return False
    return True


cpdef Py_ssize_t count_selected(list sets, bint wanted, Py_ssize_t most_counted) except -1:
    """How many members of the first of some Members are in all others (`wanted`), or in none.

    Counts up to `most_counted`; 0: all.
    """
    cdef MemberWalk walk
    cdef Item item
    cdef Probe probe
    cdef Py_ssize_t count = 0
    walk_members(sets[0], &walk)
    while walk_step(&walk, &item):
        make_probe(&probe, &item)
        if is_selected(sets, wanted, &probe):
            count += 1
            if count == most_counted:
                break
    return count


cpdef Gathered gather(list sets, bint wanted):
    """The members of the first of some Members that are in all of the others, or in none."""
    cdef MemberWalk walk
    cdef Item item
    cdef Probe probe
    cdef Gathered found = Gathered()
    walk_members(sets[0], &walk)
    while walk_step(&walk, &item):
        make_probe(&probe, &item)
        if is_selected(sets, wanted, &probe):
            found.blocks.append_block_memory(probe.text, <Py_ssize_t>probe.length)
            found.count += 1
    return found


cpdef int select_into(Members target, list sets, bint wanted, Py_ssize_t most_integers=512,
                      Py_ssize_t most=128, Py_ssize_t longest=64) except -1:
    """Adds what gather() would find to a set that is none of them."""
    cdef MemberWalk walk
    cdef Item item
    cdef Probe probe
    walk_members(sets[0], &walk)
    while walk_step(&walk, &item):
        make_probe(&probe, &item)
        if is_selected(sets, wanted, &probe):
            target.add_probe(&probe, most_integers, most, longest)
    return 0


cdef class Gathered:
    """Members that were gathered, each as "$length\\r\\nbytes\\r\\n"; they are bytes to Python."""

    def __cinit__(self):
        self.blocks = Buffer()

    def __len__(self):
        return self.count

    def __iter__(self):
        cdef Py_ssize_t start = 0, stop
        text = self.blocks.slice(0, self.blocks.length)
        while start < len(text):
            stop = text.index(b"\r", start)
            length = int(text[start + 1:stop])
            yield text[stop + 2:stop + 2 + length]
            start = stop + 4 + length

    cpdef int append_to(self, Buffer out) except -1:
        """Appends them to a buffer in that form."""
        return out.append_memory(self.blocks.block + self.blocks.start, self.blocks.length)
