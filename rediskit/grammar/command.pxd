cimport cython

from rediskit.grammar.key_specs cimport find as find_keys
from rediskit.structures.histogram cimport Histogram

cdef dict _lookup
cdef object _last_name
cdef bint _is_tracking_latency


cdef class Command:
    cdef public object function
    cdef readonly bytes name
    cdef readonly str usage
    cdef public unsigned long long flags
    cdef readonly str group
    cdef readonly dict details
    cdef readonly int words
    cdef readonly Command container
    cdef readonly dict subcommands
    cdef readonly dict spellings
    cdef Py_ssize_t least
    cdef Py_ssize_t most
    cdef bint is_fixed
    cdef list specs
    cdef tuple fixed_keys
    cdef bint keys_vary
    cdef public long long calls
    cdef public long long microseconds
    cdef public long long rejected_calls
    cdef public long long failed_calls
    cdef public Histogram latency

    cpdef bint accepts(self, Py_ssize_t count) except -1
    cdef object _measure(self)
    cdef list _parse(self)
    cdef list _specs_of(self, arguments)
    cdef Py_ssize_t _room(self) except -1
    cpdef object get_keys(self, list words)
    cpdef object add(self, Command subcommand)
    cpdef object record(self, long long microseconds)


cdef Command _last_found


cdef class Wait:
    cdef public object keys
    cdef public long long timeout_ms
    cdef public object fallback
    cdef public object datatype
    cdef public bint minds_loss
    cdef public list arguments


@cython.locals(found=Command)
cpdef Command find_command(list arguments)
