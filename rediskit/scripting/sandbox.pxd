# What a script finds; see sandbox.pyx.

from rediskit.scripting.lua cimport lua_CFunction, lua_State

cdef struct Sandbox:
    unsigned long long random           # of math.random
    size_t most_bytes                   # of one string

cdef void open_sandbox(lua_State *L, Sandbox *sandbox) noexcept nogil
cdef void close_sandbox(lua_State *L) noexcept nogil
cdef int load_chunk(
    lua_State *L, const char *code, size_t size, const char *name) noexcept nogil
cdef void seed(Sandbox *sandbox, int number) noexcept nogil
cdef void add_function(lua_State *L, const char *name, lua_CFunction function) noexcept nogil
cdef int absent(lua_State *L) noexcept nogil
