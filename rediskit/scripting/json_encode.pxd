# cjson.encode; see json_encode.pyx.

from rediskit.scripting.lua cimport lua_State

cdef int encode(lua_State *L) noexcept nogil
