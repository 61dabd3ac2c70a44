"""What a script finds: Lua's libraries as Redis offers them, without what could harm a server.

Lua 5.1.5 as it was released trusts its programs. What is replaced here, and why:

    load, loadstring    byte code can do anything, so it is refused; while a chunk is compiled
                        nothing is collected, since the compiler does not hold all it uses
    unpack              its count of results overflowed
    collectgarbage      a script cannot switch the collector off
    string.rep          takes its time and memory before it fails
    string.find, match, gmatch, gsub    a pattern of many repetitions ran out of C's stack
    table.insert        goes past metatables
    math.random         the same numbers in every run of a script, on every machine
    os                  clock alone

Names that are not in KEPT are gone.
"""

from libc.limits cimport INT_MAX
from libc.math cimport floor
from libc.string cimport strcmp

from rediskit.scripting.lua cimport (
    GC_COLLECT,
    GC_RESTART,
    GC_STOP,
    GLOBALS,
    IS_FUNCTION,
    IS_NIL,
    IS_STRING,
    IS_TABLE,
    UPVALUE_1,
    connect,
    library,
    lua_call,
    lua_CFunction,
    lua_checkstack,
    lua_concat,
    lua_createtable,
    lua_error,
    lua_gc,
    lua_getfield,
    lua_getmetatable,
    lua_gettop,
    lua_insert,
    lua_next,
    lua_objlen,
    lua_pushboolean,
    lua_pushcclosure,
    lua_pushfstring,
    lua_pushlightuserdata,
    lua_pushlstring,
    lua_pushnil,
    lua_pushnumber,
    lua_pushstring,
    lua_pushvalue,
    lua_rawgeti,
    lua_rawset,
    lua_rawseti,
    lua_replace,
    lua_setfield,
    lua_setmetatable,
    lua_settop,
    lua_State,
    lua_tocfunction,
    lua_tolstring,
    lua_topointer,
    lua_touserdata,
    lua_type,
    luaL_argerror,
    luaL_checkinteger,
    luaL_checklstring,
    luaL_checktype,
    luaL_error,
    luaL_loadbuffer,
    luaL_optinteger,
    luaL_optlstring,
    luaL_where,
    luaopen_base,
    luaopen_math,
    luaopen_string,
    luaopen_table,
    pop,
)
from rediskit.scripting.readonly cimport (
    make_readonly,
    open_readonly,
    push_original,
    refuse,
)
from rediskit.scripting.writer cimport Writer, content, put, start

cdef extern from "<time.h>" nogil:
    long clock()
    long CLOCKS_PER_SEC

if library() != NULL:
    connect(library())

cdef enum:
    LARGEST_CHUNK = 1 << 28         # bytes: the lexer counts in int
    MOST_REPETITIONS = 1000         # of a pattern: each takes some 200 bytes of C's stack
    SIGNATURE = 27                  # the first byte of byte code
    GC_COUNT = 3
    GC_COUNT_BYTES = 4
    GC_STEP = 5
    SPREAD = 200                    # what setpause and setstepmul are said to have been

cdef const char **KEPT = [
    "_G", "_VERSION", "assert", "collectgarbage", "coroutine", "error", "gcinfo", "getmetatable",
    "ipairs", "load", "loadstring", "math", "next", "pairs", "pcall", "rawequal", "rawget",
    "rawset", "select", "setmetatable", "string", "table", "tonumber", "tostring", "type",
    "unpack", "xpcall", NULL]

# What Lua itself has under these names.
cdef lua_CFunction lua_insert_element, lua_find, lua_match, lua_gmatch, lua_gsub

# Nothing of Lua runs between the writing and the use of what is in here.
cdef Writer scratch


# Compiling

cdef int load_chunk(
        lua_State *L, const char *code, size_t size, const char *name) noexcept nogil:
    """Compiles a chunk: pushes a function and returns 0, or pushes an error's text."""
    cdef int failed
    if size > LARGEST_CHUNK:
        lua_pushstring(L, "script too large")
        return 1
    if size and code[0] == SIGNATURE:
        return luaL_loadbuffer(L, " \033", 2, name)
    lua_gc(L, GC_STOP, 0)
    failed = luaL_loadbuffer(L, code, size, name)
    lua_gc(L, GC_RESTART, 0)
    return failed


cdef int loaded(lua_State *L, int failed) noexcept nogil:
    """The results of load and loadstring: the function, or nil and the error's text."""
    if not failed:
        return 1
    lua_pushnil(L)
    lua_insert(L, -2)
    return 2


cdef int loadstring(lua_State *L) noexcept nogil:
    cdef size_t size
    cdef const char *code = luaL_checklstring(L, 1, &size)
    cdef const char *name = luaL_optlstring(L, 2, code, NULL)
    return loaded(L, load_chunk(L, code, size, name))


cdef int load(lua_State *L) noexcept nogil:
    """Takes all pieces first: the function that gives them must not run while they are read."""
    cdef const char *name
    cdef const char *piece
    cdef size_t size
    cdef int count = 0, index
    luaL_checktype(L, 1, IS_FUNCTION)
    name = luaL_optlstring(L, 2, "=(load)", NULL)
    lua_settop(L, 2)
    lua_createtable(L, 0, 0)
    while True:
        lua_pushvalue(L, 1)
        lua_call(L, 0, 1)
        if lua_type(L, -1) == IS_NIL:
            break
        if lua_tolstring(L, -1, &size) == NULL:
            return luaL_error(L, "reader function must return a string")
        if size == 0:
            break
        count += 1
        lua_rawseti(L, 3, count)
    start(&scratch)
    for index in range(1, count + 1):
        lua_rawgeti(L, 3, index)
        piece = lua_tolstring(L, -1, &size)
        put(&scratch, piece, size)
        pop(L, 1)
    if scratch.failed:
        return luaL_error(L, "not enough memory")
    return loaded(L, load_chunk(L, content(&scratch), scratch.length, name))


# Of the base library

cdef int unpack(lua_State *L) noexcept nogil:
    cdef int first, last, index
    cdef long long count
    luaL_checktype(L, 1, IS_TABLE)
    first = <int>luaL_optinteger(L, 2, 1)
    if lua_type(L, 3) <= IS_NIL:
        last = <int>lua_objlen(L, 1)
    else:
        last = <int>luaL_checkinteger(L, 3)
    if first > last:
        return 0
    count = <long long>last - first + 1
    if count >= INT_MAX or not lua_checkstack(L, <int>count):
        return luaL_error(L, "too many results to unpack")
    for index in range(<int>count):
        lua_rawgeti(L, 1, first + index)
    return <int>count


cdef int collectgarbage(lua_State *L) noexcept nogil:
    cdef const char *what = luaL_optlstring(L, 1, "collect", NULL)
    cdef int data = <int>luaL_optinteger(L, 2, 0)
    if strcmp(what, "count") == 0:
        lua_pushnumber(L, lua_gc(L, GC_COUNT, 0) + lua_gc(L, GC_COUNT_BYTES, 0) / 1024.0)
    elif strcmp(what, "step") == 0:
        lua_pushboolean(L, lua_gc(L, GC_STEP, data))
    elif strcmp(what, "collect") == 0:
        lua_pushnumber(L, lua_gc(L, GC_COLLECT, 0))
    elif strcmp(what, "stop") == 0 or strcmp(what, "restart") == 0:
        lua_pushnumber(L, 0)
    elif strcmp(what, "setpause") == 0 or strcmp(what, "setstepmul") == 0:
        lua_pushnumber(L, SPREAD)
    else:
        luaL_where(L, 1)
        lua_pushfstring(L, "bad argument #1 to 'collectgarbage' (invalid option '%s')", what)
        lua_concat(L, 2)
        return lua_error(L)
    return 1


# Of the libraries string and table

cdef int string_rep(lua_State *L) noexcept nogil:
    cdef Sandbox *sandbox = <Sandbox *>lua_touserdata(L, UPVALUE_1)
    cdef size_t size
    cdef const char *text = luaL_checklstring(L, 1, &size)
    cdef long long count = luaL_checkinteger(L, 2)
    if count <= 0 or size == 0:
        lua_pushlstring(L, "", 0)
        return 1
    if <unsigned long long>count > sandbox.most_bytes // size:
        return luaL_error(L, "resulting string too large")
    start(&scratch)
    while count > 0 and not scratch.failed:
        put(&scratch, text, size)
        count -= 1
    if scratch.failed:
        return luaL_error(L, "not enough memory")
    lua_pushlstring(L, scratch.data, scratch.length)
    start(&scratch)
    return 1


cdef int check_pattern(lua_State *L) noexcept nogil:
    """Refuses a pattern (argument 2) of which too many parts call the matcher again."""
    cdef size_t size = 0, index
    cdef const char *pattern
    cdef int count = 0
    if lua_type(L, 2) != IS_STRING:
        return 0
    pattern = lua_tolstring(L, 2, &size)
    if size <= MOST_REPETITIONS:
        return 0
    for index in range(size):
        if pattern[index] in b"*+-?()":
            count += 1
    return luaL_error(L, "pattern too complex") if count > MOST_REPETITIONS else 0


cdef int string_find(lua_State *L) noexcept nogil:
    check_pattern(L)
    return lua_find(L)


cdef int string_match(lua_State *L) noexcept nogil:
    check_pattern(L)
    return lua_match(L)


cdef int string_gmatch(lua_State *L) noexcept nogil:
    check_pattern(L)
    return lua_gmatch(L)


cdef int string_gsub(lua_State *L) noexcept nogil:
    check_pattern(L)
    return lua_gsub(L)


cdef int table_insert(lua_State *L) noexcept nogil:
    if push_original(L, 1):
        return refuse(L)
    return lua_insert_element(L)


# Of the libraries math and os

cdef void seed(Sandbox *sandbox, int number) noexcept nogil:
    """Begins the numbers of math.random anew: POSIX' 48-bit generator, seeded as srand48 does."""
    sandbox.random = (<unsigned long long><unsigned int>number << 16) | 0x330E


cdef double next_random(Sandbox *sandbox) noexcept nogil:
    """A number from 0 up to, but not including, 1."""
    cdef unsigned long long following = sandbox.random * 0x5DEECE66DULL + 0xBULL
    sandbox.random = following & 0xFFFFFFFFFFFFULL
    return <double>((sandbox.random >> 17) % INT_MAX) / <double>INT_MAX


cdef int math_random(lua_State *L) noexcept nogil:
    cdef double drawn = next_random(<Sandbox *>lua_touserdata(L, UPVALUE_1))
    cdef int count = lua_gettop(L)
    cdef int least = 1, most
    if count == 0:
        lua_pushnumber(L, drawn)
        return 1
    if count > 2:
        return luaL_error(L, "wrong number of arguments")
    if count == 2:
        least = <int>luaL_checkinteger(L, 1)
    most = <int>luaL_checkinteger(L, count)
    if least > most:
        return luaL_argerror(L, count, "interval is empty")
    lua_pushnumber(L, floor(drawn * (<double>most - least + 1)) + least)
    return 1


cdef int math_randomseed(lua_State *L) noexcept nogil:
    seed(<Sandbox *>lua_touserdata(L, UPVALUE_1), <int>luaL_checkinteger(L, 1))
    return 0


cdef int os_clock(lua_State *L) noexcept nogil:
    lua_pushnumber(L, <double>clock() / <double>CLOCKS_PER_SEC)
    return 1


# Opening

cdef void add_function(lua_State *L, const char *name, lua_CFunction function) noexcept nogil:
    """Puts a function into the table on top of the stack."""
    lua_pushcclosure(L, function, 0)
    lua_setfield(L, -2, name)


cdef void add_with(
        lua_State *L, const char *name, lua_CFunction function, void *upvalue) noexcept nogil:
    lua_pushlightuserdata(L, upvalue)
    lua_pushcclosure(L, function, 1)
    lua_setfield(L, -2, name)


cdef lua_CFunction replace(
        lua_State *L, const char *name, lua_CFunction function) noexcept nogil:
    """Puts a function into the table on top of the stack; returns the one that was there."""
    cdef lua_CFunction before
    lua_getfield(L, -1, name)
    before = lua_tocfunction(L, -1)
    pop(L, 1)
    add_function(L, name, function)
    return before


cdef void open_library(lua_State *L, lua_CFunction opener) noexcept nogil:
    lua_pushcclosure(L, opener, 0)
    lua_call(L, 0, 0)


cdef bint is_kept(const char *name) noexcept nogil:
    cdef int index = 0
    while KEPT[index] != NULL:
        if strcmp(KEPT[index], name) == 0:
            return True
        index += 1
    return False


cdef void drop_globals(lua_State *L) noexcept nogil:
    """Removes the global names that are not in KEPT."""
    lua_pushnil(L)
    while lua_next(L, GLOBALS):
        pop(L, 1)
        if not is_kept(lua_tolstring(L, -1, NULL)):
            lua_pushvalue(L, -1)
            lua_pushnil(L)
            lua_rawset(L, GLOBALS)


cdef void open_sandbox(lua_State *L, Sandbox *sandbox) noexcept nogil:
    """Opens Lua's own libraries, as scripts shall have them. Their tables can still be changed."""
    global lua_insert_element, lua_find, lua_match, lua_gmatch, lua_gsub
    open_library(L, luaopen_base)
    open_library(L, luaopen_table)
    open_library(L, luaopen_string)
    open_library(L, luaopen_math)
    drop_globals(L)
    open_readonly(L)
    lua_pushvalue(L, GLOBALS)
    add_function(L, "load", load)
    add_function(L, "loadstring", loadstring)
    add_function(L, "unpack", unpack)
    add_function(L, "collectgarbage", collectgarbage)
    lua_getfield(L, GLOBALS, "table")
    lua_insert_element = replace(L, "insert", table_insert)
    lua_getfield(L, GLOBALS, "string")
    lua_find = replace(L, "find", string_find)
    lua_match = replace(L, "match", string_match)
    lua_gmatch = replace(L, "gmatch", string_gmatch)
    replace(L, "gfind", string_gmatch)
    lua_gsub = replace(L, "gsub", string_gsub)
    add_with(L, "rep", string_rep, sandbox)
    lua_getfield(L, GLOBALS, "math")
    add_with(L, "random", math_random, sandbox)
    add_with(L, "randomseed", math_randomseed, sandbox)
    lua_createtable(L, 0, 1)
    add_function(L, "clock", os_clock)
    lua_setfield(L, GLOBALS, "os")
    pop(L, 4)


cdef int absent(lua_State *L) noexcept nogil:
    return luaL_error(
        L, "Script attempted to access nonexistent global variable '%s'",
        lua_tolstring(L, 2, NULL))


cdef void close_sandbox(lua_State *L) noexcept nogil:
    """Makes all that is global read-only, and leaves the table of globals on the stack.

    What a script has as _G stands in for it from now on.
    """
    lua_pushvalue(L, GLOBALS)
    lua_pushnil(L)
    while lua_next(L, -2):
        if lua_type(L, -1) == IS_TABLE and not same(L, -1, -3):
            lua_pushvalue(L, -2)
            lua_insert(L, -2)
            make_readonly(L)
            lua_rawset(L, -4)
        else:
            pop(L, 1)
    protect_strings(L)
    lua_createtable(L, 0, 1)
    add_function(L, "__index", absent)
    lua_setmetatable(L, -2)
    lua_pushvalue(L, -1)
    make_readonly(L)
    describe_metatable(L)
    lua_pushvalue(L, -1)
    lua_setfield(L, -3, "_G")
    lua_replace(L, GLOBALS)


cdef bint same(lua_State *L, int one, int other) noexcept nogil:
    return lua_topointer(L, one) == lua_topointer(L, other)


cdef void protect_strings(lua_State *L) noexcept nogil:
    """Has getmetatable("") give a table that cannot be changed."""
    lua_pushlstring(L, "", 0)
    lua_getmetatable(L, -1)
    lua_createtable(L, 0, 1)
    lua_getfield(L, -4, "string")
    lua_setfield(L, -2, "__index")
    make_readonly(L)
    lua_setfield(L, -2, "__metatable")
    pop(L, 2)


cdef void describe_metatable(lua_State *L) noexcept nogil:
    """Has getmetatable(_G) give a table that cannot be changed; _G is on top of the stack."""
    lua_getmetatable(L, -1)
    lua_createtable(L, 0, 1)
    add_function(L, "__index", absent)
    make_readonly(L)
    lua_setfield(L, -2, "__metatable")
    pop(L, 1)
