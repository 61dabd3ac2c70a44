# cjson.decode; see json_decode.pyx.

from rediskit.scripting.lua cimport lua_State

cdef int decode(lua_State *L) noexcept nogil
