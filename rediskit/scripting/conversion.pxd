# Replies to Lua values and back; see conversion.pyx.

from rediskit.scripting.lua cimport UPVALUE_1, lua_State
from rediskit.scripting.writer cimport Writer

cdef enum:
    # Upvalues that a function has in which values become replies, from FIRST_NAME down.
    FIRST_NAME = UPVALUE_1 - 1
    ERR = FIRST_NAME
    OK = FIRST_NAME - 1
    DOUBLE = FIRST_NAME - 2
    MAP = FIRST_NAME - 3
    SET = FIRST_NAME - 4
    BIG_NUMBER = FIRST_NAME - 5
    VERBATIM = FIRST_NAME - 6
    NAMES = 7

cdef struct Source:
    const char *at              # what follows of an encoded reply, which is whole and right

cdef void push_reply(lua_State *L, Source *source) noexcept nogil
cdef void push_status(lua_State *L, const char *text, size_t size) noexcept nogil
cdef void push_error(
    lua_State *L, const char *text, size_t size, bint is_counted) noexcept nogil
cdef void push_names(lua_State *L) noexcept nogil
cdef bint has_field(lua_State *L, int table, int name) noexcept nogil
cdef void write_value(lua_State *L, Writer *out, int protocol, bint speaks_3) noexcept nogil
cdef long long whole(double number) noexcept nogil
