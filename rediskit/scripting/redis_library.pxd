# redis.call and its siblings; see redis_library.pyx.

from cpython.ref cimport PyObject

from rediskit.scripting.host cimport Host
from rediskit.scripting.lua cimport lua_State
from rediskit.scripting.machine cimport Machine
from rediskit.structures.buffer cimport Buffer

cdef class Caller:
    cdef Host host
    cdef Buffer reply
    cdef list names             # first words of calls that were made, by a hash of theirs
    cdef object mistake         # an exception that is none of the script's

    cdef object name(self, const char *text, size_t size)
    cdef list words(self, lua_State *L, int count)
    cdef int take(self, Machine *machine, value) except -1

cdef void open_redis(lua_State *L, Machine *machine, bint is_eval) noexcept nogil
cdef void open_loading(lua_State *L, Machine *machine) noexcept nogil
cdef void stop(lua_State *L, Machine *machine) noexcept nogil
cdef void keep_message(Machine *machine, const char *text, size_t size) noexcept nogil
