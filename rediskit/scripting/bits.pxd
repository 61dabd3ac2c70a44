# The library bit; see bits.pyx.

from rediskit.scripting.lua cimport lua_State

cdef void open_bits(lua_State *L) noexcept nogil
