"""The library cjson: JSON as lua-cjson 2.1.0 reads and writes it, with its settings.

Source: the manual of lua-cjson, https://kyne.au/~mark/software/lua-cjson-manual.html, and the
replies of Redis.
"""

from libc.limits cimport INT_MAX
from libc.string cimport strcmp

from rediskit.scripting.json_decode cimport decode
from rediskit.scripting.json_encode cimport encode
from rediskit.scripting.lua cimport (
    IS_BOOLEAN,
    IS_NIL,
    UPVALUE_1,
    connect,
    library,
    lua_createtable,
    lua_gettop,
    lua_newuserdata,
    lua_pushboolean,
    lua_pushcclosure,
    lua_pushfstring,
    lua_pushlightuserdata,
    lua_pushnumber,
    lua_pushstring,
    lua_pushvalue,
    lua_remove,
    lua_setfield,
    lua_settop,
    lua_State,
    lua_toboolean,
    lua_touserdata,
    lua_type,
    luaL_argerror,
    luaL_checkinteger,
    luaL_checklstring,
)

if library() != NULL:
    connect(library())

cdef enum:
    MOST_DIGITS = 14


cdef Settings *settings_for(lua_State *L, int most) noexcept nogil:
    """The settings of a function that takes up to `most` arguments; those left out are nil."""
    if lua_gettop(L) > most:
        luaL_argerror(L, most + 1, "found too many arguments")
    lua_settop(L, most)
    return <Settings *>lua_touserdata(L, UPVALUE_1)


cdef void set_integer(
        lua_State *L, int argument, int *setting, int least, int most) noexcept nogil:
    """Sets what an argument says, if it is there, and pushes what holds then."""
    cdef ptrdiff_t wanted
    if lua_type(L, argument) != IS_NIL:
        wanted = luaL_checkinteger(L, argument)
        if wanted < least or wanted > most:
            luaL_argerror(L, argument, lua_pushfstring(
                L, "expected integer between %d and %d", least, most))
        setting[0] = <int>wanted
    lua_pushnumber(L, setting[0])


cdef void set_choice(lua_State *L, int *setting, bint knows_null) noexcept nogil:
    """As set_integer(), for true, false, "on", "off", and perhaps "null"."""
    cdef const char *word
    if lua_type(L, 1) == IS_BOOLEAN:
        setting[0] = TAKEN if lua_toboolean(L, 1) else REFUSED
    elif lua_type(L, 1) != IS_NIL:
        word = luaL_checklstring(L, 1, NULL)
        if strcmp(word, "on") == 0:
            setting[0] = TAKEN
        elif strcmp(word, "off") == 0:
            setting[0] = REFUSED
        elif knows_null and strcmp(word, "null") == 0:
            setting[0] = AS_NULL
        else:
            luaL_argerror(L, 1, lua_pushfstring(L, "invalid option '%s'", word))
    if setting[0] == AS_NULL:
        lua_pushstring(L, "null")
    else:
        lua_pushboolean(L, setting[0] == TAKEN)


cdef int encode_sparse_array(lua_State *L) noexcept nogil:
    """encode_sparse_array(convert, ratio, safe)"""
    cdef Settings *settings = settings_for(L, 3)
    cdef int converts = settings.converts_sparse
    set_choice(L, &converts, False)
    settings.converts_sparse = converts
    set_integer(L, 2, &settings.sparse_ratio, 0, INT_MAX)
    set_integer(L, 3, &settings.sparse_safe, 0, INT_MAX)
    return 3


cdef int encode_max_depth(lua_State *L) noexcept nogil:
    cdef Settings *settings = settings_for(L, 1)
    set_integer(L, 1, &settings.encode_depth, 1, INT_MAX)
    return 1


cdef int decode_max_depth(lua_State *L) noexcept nogil:
    cdef Settings *settings = settings_for(L, 1)
    set_integer(L, 1, &settings.decode_depth, 1, INT_MAX)
    return 1


cdef int encode_number_precision(lua_State *L) noexcept nogil:
    cdef Settings *settings = settings_for(L, 1)
    set_integer(L, 1, &settings.digits, 1, MOST_DIGITS)
    return 1


cdef int encode_keep_buffer(lua_State *L) noexcept nogil:
    """Changes nothing here: all share one buffer."""
    cdef Settings *settings = settings_for(L, 1)
    cdef int keeps = settings.keeps_buffer
    set_choice(L, &keeps, False)
    settings.keeps_buffer = keeps
    return 1


cdef int encode_invalid_numbers(lua_State *L) noexcept nogil:
    set_choice(L, &settings_for(L, 1).encode_not_numbers, True)
    return 1


cdef int decode_invalid_numbers(lua_State *L) noexcept nogil:
    set_choice(L, &settings_for(L, 1).decode_not_numbers, False)
    return 1


cdef void start_settings(Settings *settings) noexcept nogil:
    settings.converts_sparse = False
    settings.sparse_ratio = 2
    settings.sparse_safe = 10
    settings.encode_depth = 1000
    settings.decode_depth = 1000
    settings.digits = MOST_DIGITS
    settings.keeps_buffer = True
    settings.encode_not_numbers = REFUSED
    settings.decode_not_numbers = TAKEN


cdef void add(
        lua_State *L, const char *name, int (*function)(lua_State *) noexcept nogil) noexcept nogil:
    """Puts a function into the table on top of the stack, with the settings that lie below it."""
    lua_pushvalue(L, -2)
    lua_pushcclosure(L, function, 1)
    lua_setfield(L, -2, name)


cdef int new(lua_State *L) noexcept nogil:
    """Another table of the same functions, with settings of its own."""
    open_json(L)
    return 1


cdef void open_json(lua_State *L) noexcept nogil:
    """Pushes the table `cjson`."""
    start_settings(<Settings *>lua_newuserdata(L, sizeof(Settings)))
    lua_createtable(L, 0, 16)
    add(L, "encode", encode)
    add(L, "decode", decode)
    add(L, "encode_sparse_array", encode_sparse_array)
    add(L, "encode_max_depth", encode_max_depth)
    add(L, "decode_max_depth", decode_max_depth)
    add(L, "encode_number_precision", encode_number_precision)
    add(L, "encode_keep_buffer", encode_keep_buffer)
    add(L, "encode_invalid_numbers", encode_invalid_numbers)
    add(L, "decode_invalid_numbers", decode_invalid_numbers)
    add(L, "new", new)
    lua_pushlightuserdata(L, NULL)
    lua_setfield(L, -2, "null")
    lua_pushstring(L, "cjson")
    lua_setfield(L, -2, "_NAME")
    lua_pushstring(L, "2.1.0")
    lua_setfield(L, -2, "_VERSION")
    lua_remove(L, -2)
