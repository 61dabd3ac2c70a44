# One Lua interpreter; see state.pyx.

from rediskit.scripting.lua cimport lua_State
from rediskit.scripting.machine cimport Machine
from rediskit.scripting.redis_library cimport Caller
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.memory cimport Owned

cdef class ScriptReply:
    cdef readonly bytes encoded
    cdef readonly int protocol

    cpdef object encode_into(self, Buffer out, int protocol)

cdef class State(Owned):
    cdef Machine machine
    cdef Caller caller
    cdef readonly bint is_eval
    cdef readonly bint was_stopped      # the last run: by the host

    cpdef object run(
        self, int function, list words, Py_ssize_t first, Py_ssize_t keys, int protocol,
        bytes name)
    cdef object result(self, lua_State *L, int outcome)
    cdef object error(self, lua_State *L, int status, bytes name)
    cdef int tidy(self) except -1
