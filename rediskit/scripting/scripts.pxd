cimport cython

from rediskit.clients.client cimport Client
from rediskit.scripting.runner cimport Runner
from rediskit.scripting.state cimport ScriptReply, State

cdef int _PROGRAM


cdef class Script:
    cdef readonly bytes name
    cdef readonly bytes body
    cdef readonly int flags
    cdef readonly int function
    cdef public bint is_loaded


cdef class Scripts:
    cdef readonly Runner runner
    cdef object config
    cdef readonly State state
    cdef readonly dict by_name
    cdef readonly dict by_body
    cdef readonly dict evaluated
    cdef public long long evicted
    cdef readonly long long held_bytes

    cdef Script _add(self, bytes body)
    cdef Script _known(self, bytes name)
    cdef _note(self, Script script)
    cdef _forget(self, Script script)
    @cython.locals(script=Script)
    cpdef evaluate(self, Client client, list words, bint is_read_only)
    @cython.locals(script=Script)
    cpdef evaluate_known(self, Client client, list words, bint is_read_only)
    @cython.locals(state=State, runner=Runner)
    cpdef run(self, Client client, Script script, list words, Py_ssize_t keys, bint is_read_only)


@cython.locals(text=bytes, count="Py_ssize_t")
cpdef Py_ssize_t key_count(list words) except -1
