# Tables that scripts can read and not change; see readonly.pyx.

from rediskit.scripting.lua cimport lua_State

cdef void make_readonly(lua_State *L) noexcept nogil
cdef bint push_original(lua_State *L, int index) noexcept nogil
cdef int refuse(lua_State *L) noexcept nogil
cdef void open_readonly(lua_State *L) noexcept nogil
