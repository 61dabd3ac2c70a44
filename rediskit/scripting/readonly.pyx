"""Tables that scripts can read and not change: globals, libraries, metatables of basic types.

Lua 5.1 has no such tables. A script is given an empty table in place of the original; a metatable
behind it finds what is read in the original and refuses what is written. The functions that go past
metatables (next, pairs, rawget, rawset, setmetatable, table.insert) are replaced by ones that know
such tables, so that an original never gets into a script's hands.

    what a script has   {}  --metatable-->  { __index = original, __newindex = refuse,
                                              [mark] = original }
"""

from rediskit.scripting.lua cimport (
    GLOBALS,
    IS_NIL,
    IS_TABLE,
    UPVALUE_1,
    connect,
    library,
    lua_createtable,
    lua_error,
    lua_getmetatable,
    lua_next,
    lua_pushcclosure,
    lua_pushlightuserdata,
    lua_pushlstring,
    lua_pushnil,
    lua_pushvalue,
    lua_rawget,
    lua_rawset,
    lua_replace,
    lua_setfield,
    lua_setmetatable,
    lua_settop,
    lua_State,
    lua_type,
    luaL_argerror,
    luaL_checkany,
    luaL_checktype,
    luaL_error,
    pop,
)

if library() != NULL:
    connect(library())

cdef char mark = 0                  # its address is a key that no script can spell
cdef const char *REFUSAL = "Attempt to modify a readonly table"


cdef void make_readonly(lua_State *L) noexcept nogil:
    """Replaces the table on top of the stack by one that lets it be read."""
    lua_createtable(L, 0, 0)
    lua_createtable(L, 0, 4)
    lua_pushvalue(L, -3)
    lua_setfield(L, -2, "__index")
    lua_pushcclosure(L, refuse_assignment, 0)
    lua_setfield(L, -2, "__newindex")
    lua_pushlightuserdata(L, &mark)
    lua_pushvalue(L, -4)
    lua_rawset(L, -3)
    lua_setmetatable(L, -2)
    lua_replace(L, -2)


cdef bint push_original(lua_State *L, int index) noexcept nogil:
    """Whether the value at a (positive) index is read-only; pushes the original if so."""
    if lua_type(L, index) != IS_TABLE or not lua_getmetatable(L, index):
        return False
    lua_pushlightuserdata(L, &mark)
    lua_rawget(L, -2)
    if lua_type(L, -1) == IS_NIL:
        pop(L, 2)
        return False
    lua_replace(L, -2)
    return True


cdef int refuse(lua_State *L) noexcept nogil:
    """Raises the error for a change that a library's function would make."""
    lua_pushlstring(L, REFUSAL, 34)
    return lua_error(L)


cdef int refuse_assignment(lua_State *L) noexcept nogil:
    return luaL_error(L, "%s", REFUSAL)


cdef void look_through(lua_State *L) noexcept nogil:
    """Puts the original in the place of a read-only first argument."""
    if push_original(L, 1):
        lua_replace(L, 1)


cdef int next_(lua_State *L) noexcept nogil:
    luaL_checktype(L, 1, IS_TABLE)
    lua_settop(L, 2)
    look_through(L)
    if lua_next(L, 1):
        return 2
    lua_pushnil(L)
    return 1


cdef int pairs(lua_State *L) noexcept nogil:
    luaL_checktype(L, 1, IS_TABLE)
    lua_pushvalue(L, UPVALUE_1)
    lua_pushvalue(L, 1)
    lua_pushnil(L)
    return 3


cdef int rawget(lua_State *L) noexcept nogil:
    luaL_checktype(L, 1, IS_TABLE)
    luaL_checkany(L, 2)
    lua_settop(L, 2)
    look_through(L)
    lua_rawget(L, 1)
    return 1


cdef int rawset(lua_State *L) noexcept nogil:
    luaL_checktype(L, 1, IS_TABLE)
    luaL_checkany(L, 2)
    luaL_checkany(L, 3)
    if push_original(L, 1):
        return refuse(L)
    lua_settop(L, 3)
    lua_rawset(L, 1)
    return 1


cdef int getmetatable(lua_State *L) noexcept nogil:
    """What is written as __metatable, if that is there; nothing of read-only tables but this."""
    cdef bint is_hidden
    luaL_checkany(L, 1)
    is_hidden = push_original(L, 1)
    if not lua_getmetatable(L, 1):
        lua_pushnil(L)
        return 1
    lua_pushlstring(L, "__metatable", 11)
    lua_rawget(L, -2)
    if lua_type(L, -1) == IS_NIL and not is_hidden:
        pop(L, 1)
    return 1


cdef int setmetatable(lua_State *L) noexcept nogil:
    cdef int type = lua_type(L, 2)
    luaL_checktype(L, 1, IS_TABLE)
    if type != IS_NIL and type != IS_TABLE:
        return luaL_argerror(L, 2, "nil or table expected")
    if push_original(L, 1):
        return refuse(L)
    lua_settop(L, 2)
    if lua_getmetatable(L, 1):
        lua_pushlstring(L, "__metatable", 11)
        lua_rawget(L, -2)
        if lua_type(L, -1) != IS_NIL:
            return luaL_error(L, "cannot change a protected metatable")
        lua_settop(L, 2)
    lua_setmetatable(L, 1)
    return 1


cdef void open_readonly(lua_State *L) noexcept nogil:
    """Replaces the global functions that read-only tables have to be known to."""
    lua_pushcclosure(L, next_, 0)
    lua_pushvalue(L, -1)
    lua_setfield(L, GLOBALS, "next")
    lua_pushcclosure(L, pairs, 1)
    lua_setfield(L, GLOBALS, "pairs")
    lua_pushcclosure(L, rawget, 0)
    lua_setfield(L, GLOBALS, "rawget")
    lua_pushcclosure(L, rawset, 0)
    lua_setfield(L, GLOBALS, "rawset")
    lua_pushcclosure(L, getmetatable, 0)
    lua_setfield(L, GLOBALS, "getmetatable")
    lua_pushcclosure(L, setmetatable, 0)
    lua_setfield(L, GLOBALS, "setmetatable")
