# The library struct; see packing.pyx.

from rediskit.scripting.lua cimport lua_State

cdef void open_packing(lua_State *L) noexcept nogil
