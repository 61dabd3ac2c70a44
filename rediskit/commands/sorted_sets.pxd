# The hot paths of the sorted set commands; see sorted_sets.py.

cimport cython

from rediskit.grammar.arguments cimport number
from rediskit.clients.client cimport Client
from rediskit.datatypes.limits cimport Limits
from rediskit.datatypes.sorted_set cimport SortedSet, pairs_of
from rediskit.protocol.numbers cimport format_float

cdef int _NEW, _THERE, _INCREMENT, _ORDERS
cdef int ADDED, CHANGED, REFUSED, NOT_A_NUMBER, COLON

cdef bint spells_number(bytes word) except -1
@cython.locals(zset=SortedSet, outcome=int, limits=Limits, most=Py_ssize_t, longest=Py_ssize_t)
cdef int add_one(Client client, bytes key, double score, bytes member, int conditions,
                 str event) except -1
cdef object score_of(SortedSet zset, bytes member)
@cython.locals(zset=SortedSet, place=Py_ssize_t)
cdef object rank(Client client, bytes key, bytes member, option, bint highest_first)
cdef object pop_or_nothing(Client client, bytes key, tuple arguments, bint highest)
@cython.locals(zset=SortedSet, found=list)
cdef object pop(Client client, bytes key, Py_ssize_t count, bint highest)
