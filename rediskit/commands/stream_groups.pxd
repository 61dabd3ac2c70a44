# The hot paths of consumer groups; see stream_groups.py.

cimport cython

from rediskit.clients.client cimport Client
from rediskit.datatypes.stream cimport Stream
from rediskit.grammar.stream_ids cimport stream_id
from rediskit.structures.group cimport Group
from rediskit.structures.ids cimport spell_id


@cython.final
cdef class Claims:
    cdef readonly Client client
    cdef readonly bytes key
    cdef readonly Stream stream
    cdef readonly Group group
    cdef readonly bytes group_name
    cdef readonly bytes consumer_name
    cdef readonly unsigned int number
    cdef readonly long long now_ms

    cpdef find_consumer(self)
    cpdef take(self, tuple pair, long long time_ms, unsigned long long deliveries)
    cpdef drop(self, tuple pair)
    cpdef list take_oldest(self, long long idle_ms, Py_ssize_t most)
    cpdef propagate(self, bytes consumer_name, tuple pair, long long time_ms,
                    unsigned long long deliveries)
    cpdef propagate_position(self)
    cpdef propagate_delivery(self, tuple first, Py_ssize_t count, bint keeps)
