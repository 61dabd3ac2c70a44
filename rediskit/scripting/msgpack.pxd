# The library cmsgpack; see msgpack.pyx.

from rediskit.scripting.lua cimport lua_State

cdef void open_msgpack(lua_State *L) noexcept nogil
