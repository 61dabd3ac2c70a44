# The hot paths of XREAD and XREADGROUP; see stream_reading.py.

cimport cython

from rediskit.clients.client cimport Client
from rediskit.commands.stream_groups cimport Claims
from rediskit.datatypes.stream cimport Stream
from rediskit.grammar.arguments cimport integer
from rediskit.grammar.stream_ids cimport stream_id
from rediskit.structures.group cimport Group
from rediskit.structures.ids cimport following, preceding

cdef tuple _LAST_ID


@cython.final
cdef class Reading:
    cdef Client client
    cdef readonly tuple words
    cdef readonly bint is_group
    cdef readonly Py_ssize_t count
    cdef readonly object block_ms
    cdef readonly bytes group
    cdef readonly bytes consumer
    cdef readonly bint keeps
    cdef readonly object idle_ms
    cdef readonly Py_ssize_t start
    cdef readonly tuple keys
    cdef readonly tuple ids

    @cython.locals(position=Py_ssize_t, more=Py_ssize_t, name=bytes)
    cdef Py_ssize_t read_options(self) except -1
    cdef check_balance(self, Py_ssize_t start)
    cdef Py_ssize_t read_option(self, bytes name, Py_ssize_t position, Py_ssize_t more) except -1
    cdef needs_group(self, error)

cdef tuple id_to_read_from(Stream stream, bytes text)
cdef tuple history_start(bytes text)
@cython.locals(claims=Claims, claimed=list, first=tuple, most=Py_ssize_t, count=Py_ssize_t)
cdef read_group(Client client, Reading reading, bytes key, Stream stream, Group group, tuple after)
@cython.locals(group=Group)
cdef read_history(Claims claims, tuple after, Py_ssize_t most)
