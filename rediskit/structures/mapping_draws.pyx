"""Fields of a mapping drawn by chance, each, or each set of them, as likely as any other.

Several draws first note where every field is (a position in the pack, or an entry of the table) and
then choose among these places; a few out of a large table are drawn there one by one.
"""

from libc.stdint cimport uint64_t

from rediskit.structures.entry cimport Entry
from rediskit.structures.mapping cimport (
    Walk, is_large, key_item, table_of, value_item, walk_step)
from rediskit.structures.memory cimport allocate, next_random, release
from rediskit.structures.packed cimport Item, Pack, append_item, item_object, pack_next, pack_read
from rediskit.structures.segments cimport cell_segment, slot_entry, slots_of

cdef enum:
    FEW = 3                     # of a table, less than one in so many is drawn one by one


cdef inline uint64_t random_below(uint64_t limit) noexcept:
    """Up to 2 ** 32 numbers, with chances that differ by less than one in 2 ** 32."""
    return ((next_random() >> 32) * limit) >> 32


cdef size_t *list_places(Mapping mapping, Py_ssize_t length) except NULL:
    """Where each of `length` (> 0) fields is; the caller releases so many places."""
    cdef size_t *places = <size_t *>allocate(length * sizeof(size_t))
    cdef Walk walk
    cdef Py_ssize_t index
    mapping.begin_walk(&walk)
    for index in range(length):
        if is_large(mapping):
            walk_step(&walk)
            places[index] = <size_t>slot_entry(
                slots_of(cell_segment(walk.cells[walk.index]))[walk.position - 1])
        else:
            places[index] = walk.at
            walk_step(&walk)
    return places


cdef inline void read_place(Mapping mapping, size_t place, Item *field, Item *value) noexcept:
    if is_large(mapping):
        key_item(field, <Entry *>place)
        value_item(value, <Entry *>place)
    else:
        pack_read(<Pack *>mapping.content, place, field)
        pack_read(<Pack *>mapping.content, pack_next(<Pack *>mapping.content, place), value)


cdef object place_object(Mapping mapping, size_t place, bint with_values):
    """The field at a place, or [field, value]."""
    cdef Item field, value
    read_place(mapping, place, &field, &value)
    if with_values:
        return [item_object(&field), item_object(&value)]
    return item_object(&field)


cpdef object random_field(Mapping mapping):
    """A field drawn with equal chances; None if there is none."""
    drawn = sample(mapping, 1, False)
    return drawn[0] if drawn else None


cpdef list sample(Mapping mapping, Py_ssize_t count, bint with_values):
    """Up to `count` different fields, each set of so many with the same chance.

    A list of fields, or of [field, value].
    """
    cdef Py_ssize_t length = mapping.length(), index, other
    cdef size_t *places
    cdef list found = []
    count = min(count, length)
    if count <= 0:
        return found
    if is_large(mapping) and count < length // FEW:
        return sample_sparse(mapping, count, with_values)
    places = list_places(mapping, length)
    try:
        for index in range(count):
            other = index + <Py_ssize_t>random_below(length - index)
            places[index], places[other] = places[other], places[index]
            found.append(place_object(mapping, places[index], with_values))
    finally:
        release(places, length * sizeof(size_t))
    return found


cdef list sample_sparse(Mapping mapping, Py_ssize_t count, bint with_values):
    """sample() for a small part of a table."""
    cdef set seen = set()
    cdef list found = []
    cdef size_t place
    while len(found) < count:
        place = <size_t>table_of(mapping).random_entry()
        if place not in seen:
            seen.add(place)
            found.append(place_object(mapping, place, with_values))
    return found


cpdef int append_draws(Buffer out, Mapping mapping, Py_ssize_t count, bint with_values,
                       bytes opening) except -1:
    """Appends `count` fields, each drawn from all, perhaps with their values, to a buffer.

    In the form of append_to(); `opening` comes before each.
    """
    cdef Py_ssize_t length = mapping.length()
    cdef size_t *places
    if length == 0:
        return 0
    if is_large(mapping) and count < length // FEW:
        while count > 0:
            append_place(out, mapping, <size_t>table_of(mapping).random_entry(), with_values,
                         opening)
            count -= 1
        return 0
    places = list_places(mapping, length)
    try:
        while count > 0:
            append_place(out, mapping, places[random_below(length)], with_values, opening)
            count -= 1
    finally:
        release(places, length * sizeof(size_t))
    return 0


cdef int append_place(Buffer out, Mapping mapping, size_t place, bint with_values,
                      bytes opening) except -1:
    cdef Item field, value
    read_place(mapping, place, &field, &value)
    out.append(opening)
    append_item(out, &field)
    if with_values:
        append_item(out, &value)
    return 0
