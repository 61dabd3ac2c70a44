from rediskit.grammar.key_specs cimport find as find_keys


cdef class Command:
    cdef readonly Py_ssize_t number
    cdef readonly object function
    cdef readonly bytes name
    cdef readonly str usage
    cdef readonly unsigned long long flags
    cdef readonly str group
    cdef readonly dict details
    cdef readonly int words
    cdef readonly Command container
    cdef readonly dict subcommands
    cdef readonly dict spellings
    cdef Py_ssize_t least
    cdef readonly Py_ssize_t room
    cdef bint is_fixed
    cdef list specs
    cdef tuple fixed_keys
    cdef bint keys_vary

    cpdef bint accepts(self, Py_ssize_t count) except -1
    cdef object _measure(self)
    cdef list _parse(self)
    cdef list _specs_of(self, arguments)
    cpdef unsigned long long flags_for(self, client, list words) except? 0
    cpdef object get_keys(self, list words)
    cpdef object add(self, Command subcommand)


cdef class Declarations:
    cdef readonly dict commands
    cdef readonly dict spellings
    cdef readonly list numbered


cdef class Wait:
    cdef public object keys
    cdef public long long timeout_ms
    cdef public object fallback
    cdef public object datatype
    cdef public bint minds_loss
    cdef public list arguments
    cdef public object retry_ms
