# Values from a snapshot or a payload; see value_reader.pyx.

from libc.stdint cimport int64_t, uint64_t

from rediskit.rdb.elements cimport Elements
from rediskit.rdb.filter cimport Filter
from rediskit.rdb.stream_reader cimport StreamReader
from rediskit.structures.packed cimport Item, Pack
from rediskit.structures.scored cimport Scored

cdef struct Pair:                   # of a compact sorted set
    Item member
    double score
    const unsigned char *text       # of the member; it may lie in the digits
    size_t length
    char[24] digits

cdef class ValueReader(StreamReader):
    cdef Py_ssize_t hash_entries, hash_value, set_integers, set_entries, set_value
    cdef Py_ssize_t sorted_set_entries, sorted_set_value
    cdef long long list_size
    cdef Filter filter
    cdef readonly int version       # of the format
    cdef object value               # the container that is being read
    cdef int type                   # what it is written as
    cdef uint64_t elements_left     # ... of it to be read
    cdef int64_t first_deadline
    cdef dict templates             # {number: names of fields}
    cdef unsigned char *held        # a copy of a field
    cdef size_t held_capacity

    cdef int begin_value(self, int type_) except -1
    cdef bint read_elements(self, uint64_t until) except -1
    cdef object end_value(self)
    cdef object read_text(self)

    cdef int hold(self, Item *item) except -1
    cdef int begin_hash(self) except -1
    cdef int begin_sorted_set(self) except -1
    cdef int begin_set(self) except -1
    cdef int read_field(self) except -1
    cdef int read_scored(self) except -1
    cdef int read_member(self) except -1
    cdef int read_part(self) except -1
    cdef int read_node(self) except -1
    cdef double take_score(self) except? -1
    cdef int load_templated(self) except -1
    cdef int read_template(self) except -1
    cdef int load_hash(self, int form, int width) except -1
    cdef void copy_pairs(self, Elements *elements, Pack *pack) noexcept
    cdef int add_field(self, Item *field, Item *value, int64_t deadline) except -1
    cdef int load_sorted_set(self, int form) except -1
    cdef int add_pair(self, Scored scored, Pair *pair) except -1
    cdef bint fits(self, const Item *item) noexcept
    cdef int check_deadline(self, int64_t deadline) except -1
    cdef int load_set(self) except -1
    cdef int load_intset(self) except -1
    cdef int load_list(self, int form) except -1
    cdef int add_member(self, Item *item) except -1
