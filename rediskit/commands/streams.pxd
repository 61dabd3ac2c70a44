# The hot paths of the stream commands; see streams.py.

cimport cython

from rediskit.clients.client cimport Client
from rediskit.datatypes.limits cimport Limits
from rediskit.datatypes.stream cimport Stream, StreamRange
from rediskit.grammar.arguments cimport integer
from rediskit.grammar.stream_ids cimport lower_bound, stream_id, upper_bound
from rediskit.keyspace.database cimport Database
from rediskit.structures.ids cimport parse_ms, spell_id

cdef tuple _LAST_ID

@cython.locals(database=Database, stream=Stream, limits=Limits, pair=tuple)
cdef add(Client client, bytes key, tuple words, Py_ssize_t at, AddOptions options)
cdef tuple id_to_add(Stream stream, object asked, unsigned long long now_ms)
cdef trim(Stream stream, AddOptions options, Limits limits)
cdef entries_between(Client client, bytes key, tuple first, tuple last, tuple options,
                     bint backwards)
cdef Py_ssize_t count_option(tuple words) except -2


@cython.locals(position=Py_ssize_t, more=Py_ssize_t, name=bytes, word=bytes)
cdef Py_ssize_t read_options(tuple words, AddOptions options, bint adds) except -1
@cython.locals(mark=bytes, text=bytes)
cdef Py_ssize_t read_threshold(tuple words, Py_ssize_t position, bytes name,
                               AddOptions options) except -1
cdef check_limit(AddOptions options, object limit, bint adds)
cdef asked_form(bytes text)
cdef object asked_id(bytes text)
@cython.locals(limits=Limits)
cdef finish_add(Client client, bytes key, Stream stream, AddOptions options, tuple pair)
@cython.locals(limit="long long")
cdef long long trim_limit(AddOptions options, Limits limits) except -1


@cython.final
cdef class AddOptions:
    cdef public bint makes_stream
    cdef public bytes references
    cdef public bytes strategy
    cdef public object threshold
    cdef public bint approximately
    cdef public object limit
    cdef public tuple reached
    cdef public object producer
    cdef public object message
