# A set of byte strings in one of three forms; see members.pyx for how it works.

from cpython.ref cimport PyObject
from libc.stdint cimport uint64_t

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.entry cimport Entry
from rediskit.structures.intset cimport Integers
from rediskit.structures.packed cimport Item, Pack
from rediskit.structures.segments cimport POINTER
from rediskit.structures.table cimport Table

cdef enum:
    FORM_BITS = 62              # below the form

cdef enum Form:
    INTEGERS_FORM = 0           # also that of a new, empty set
    PACK_FORM = 1
    TABLE_FORM = 2

# One member, in every way it may be looked for. It is not to be copied: text may lie in digits.
cdef struct Probe:
    Item item                   # an integer if the text spells one
    const unsigned char *text
    size_t length
    char[24] digits

cdef struct MemberWalk:         # along all members; good until the next change of the set
    int form
    const Pack *pack
    Py_ssize_t at               # of a member in the pack, or the index of an integer
    const Integers *integers
    const uint64_t *cells       # of the table, 2 ** depth of them
    uint64_t cell
    int depth
    int position
    Entry *entry                # that was met last, NULL in other forms than the table

cdef class Members:
    cdef uint64_t content       # form << 62 | address of a block, NULL if empty, or of a Table

    cdef bint holds(self, const Probe *probe) noexcept
    cdef bint add_probe(self, const Probe *probe, Py_ssize_t most_integers, Py_ssize_t most,
                        Py_ssize_t longest) except -1
    cdef bint remove_probe(self, const Probe *probe) except -1

    cpdef int expect(self, bytes member, Py_ssize_t count, Py_ssize_t most_integers,
                     Py_ssize_t most) except -1
    cpdef bint add(self, bytes member, Py_ssize_t most_integers=*, Py_ssize_t most=*,
                   Py_ssize_t longest=*) except -1
    cpdef bint remove(self, bytes member) except -1
    cpdef bint contains(self, bytes member) noexcept
    cpdef int add_all(self, Members other, Py_ssize_t most_integers=*, Py_ssize_t most=*,
                      Py_ssize_t longest=*) except -1
    cpdef int remove_all(self, Members other) except -1
    cpdef bytes pop(self)
    cpdef list pop_many(self, Py_ssize_t count, Py_ssize_t most_integers=*, Py_ssize_t most=*,
                        Py_ssize_t longest=*)
    cpdef bytes random_member(self)
    cpdef list sample(self, Py_ssize_t count)
    cpdef list members(self)
    cpdef tuple scan(self, uint64_t cursor, Py_ssize_t count)
    cpdef int append_to(self, Buffer out) except -1
    cpdef int append_random(self, Buffer out, Py_ssize_t count) except -1
    cpdef int copy_into(self, Members other) except -1
    cpdef int clear(self) except -1

    cdef Table make_table(self)
    cdef int make_pack(self) except -1
    cdef list split(self, Py_ssize_t count)
    cdef list pop_most(self, Py_ssize_t kept, Py_ssize_t most_integers, Py_ssize_t most,
                       Py_ssize_t longest)

cdef Py_ssize_t members_length(Members members) noexcept
cdef void walk_members(Members members, MemberWalk *walk) noexcept
cdef bint walk_step(MemberWalk *walk, Item *item) noexcept
cdef bytes item_text(const Item *item)
cdef void make_probe(Probe *probe, const Item *item) noexcept

# What `content` is

cdef inline int form_of(Members members) noexcept:
    return <int>(members.content >> FORM_BITS)

cdef inline Integers *integers_of(Members members) noexcept:
    return <Integers *>(members.content & POINTER)

cdef inline Pack *pack_of(Members members) noexcept:
    return <Pack *>(members.content & POINTER)

cdef inline Table table_of(Members members):
    return <Table><PyObject *>(members.content & POINTER)

cdef inline PyObject *table_at(Members members) noexcept:
    # Not to be held: in the child of a fork a reference would copy a page.
    return <PyObject *>(members.content & POINTER)
