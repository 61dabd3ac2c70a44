"""cjson.encode: values of Lua to JSON.

A table whose keys are positive integers is an array, unless most of its elements are missing; any
other, and an empty one, is an object.
"""

from libc.math cimport floor, isinf, isnan, signbit
from libc.stdio cimport snprintf
from libc.string cimport memset

from rediskit.scripting.json cimport AS_NULL, REFUSED, Settings
from rediskit.scripting.lua cimport (
    IS_BOOLEAN,
    IS_LIGHT,
    IS_NIL,
    IS_NUMBER,
    IS_STRING,
    IS_TABLE,
    UPVALUE_1,
    connect,
    library,
    lua_checkstack,
    lua_gettop,
    lua_next,
    lua_pushlstring,
    lua_pushnil,
    lua_rawgeti,
    lua_State,
    lua_toboolean,
    lua_tolstring,
    lua_tonumber,
    lua_touserdata,
    lua_type,
    lua_typename,
    luaL_argerror,
    luaL_error,
    pop,
)
from rediskit.scripting.writer cimport Writer, has_room, put, put_byte, start
from rediskit.structures.digits cimport write_integer

if library() != NULL:
    connect(library())

cdef enum:
    LONGEST_NUMBER = 32
    LONGEST_ESCAPE = 6
    PLAIN = 0                       # a byte that stands for itself
    BY_NUMBER = 1                   # one that is spelled \u00XX

# What follows the backslash of a byte: a letter, or one of the two above.
cdef char[256] escapes

# Nothing of Lua runs between the writing and the use of what is in here.
cdef Writer written


cdef void fill_escapes() noexcept:
    memset(escapes, PLAIN, 256)
    memset(escapes, BY_NUMBER, 32)
    escapes[127] = BY_NUMBER
    escapes[<int>c"\b"] = c"b"
    escapes[<int>c"\t"] = c"t"
    escapes[<int>c"\n"] = c"n"
    escapes[<int>c"\f"] = c"f"
    escapes[<int>c"\r"] = c"r"
    escapes[<int>c'"'] = c'"'
    escapes[<int>c"/"] = c"/"
    escapes[<int>c"\\"] = c"\\"


fill_escapes()


cdef int refuse(lua_State *L, const char *reason) noexcept nogil:
    """Raises an error about the value on top of the stack."""
    return luaL_error(
        L, "Cannot serialise %s: %s", lua_typename(L, lua_type(L, -1)), reason)


cdef size_t write_escape(char *target, unsigned char byte) noexcept nogil:
    """Writes the escape of a byte that needs one; how many bytes."""
    target[0] = c"\\"
    if escapes[byte] != BY_NUMBER:
        target[1] = escapes[byte]
        return 2
    return snprintf(target, LONGEST_ESCAPE + 1, "\\u%04x", <unsigned int>byte)


cdef void write_text(lua_State *L, int index) noexcept nogil:
    cdef size_t size, at = 0, plain
    cdef const unsigned char *text = <const unsigned char *>lua_tolstring(L, index, &size)
    cdef char *target
    put_byte(&written, c'"')
    while at < size:
        plain = at
        while at < size and escapes[text[at]] == PLAIN:
            at += 1
        put(&written, <const char *>text + plain, at - plain)
        if at < size and has_room(&written, LONGEST_ESCAPE + 1):
            target = written.data + written.length
            written.length += write_escape(target, text[at])
            at += 1
        elif at < size:
            return                      # there is no memory
    put_byte(&written, c'"')


cdef void write_number(lua_State *L, Settings *settings, int index) noexcept nogil:
    cdef double number = lua_tonumber(L, index)
    cdef char *target
    if isnan(number) or isinf(number):
        if settings.encode_not_numbers == REFUSED:
            refuse(L, "must not be NaN or Inf")
        if settings.encode_not_numbers == AS_NULL:
            put(&written, "null", 4)
            return
    if not has_room(&written, LONGEST_NUMBER):
        return
    target = written.data + written.length
    if -1e14 < number < 1e14 and floor(number) == number and settings.digits == 14:
        if number != 0 or not signbit(number):
            written.length += write_integer(target, <long long>number)
            return
    written.length += snprintf(target, LONGEST_NUMBER, "%.*g", settings.digits, number)


cdef int array_length(lua_State *L, Settings *settings) noexcept nogil:
    """The length of the table on top of the stack as an array, -1 if it is an object."""
    cdef double key, largest = 0
    cdef int count = 0
    lua_pushnil(L)
    while lua_next(L, -2):
        pop(L, 1)
        key = lua_tonumber(L, -1) if lua_type(L, -1) == IS_NUMBER else 0
        if key < 1 or floor(key) != key:
            pop(L, 1)
            return -1
        largest = key if key > largest else largest
        count += 1
    if settings.sparse_ratio > 0 and largest > settings.sparse_safe:
        if largest > <double>count * settings.sparse_ratio:
            if not settings.converts_sparse:
                refuse(L, "excessively sparse array")
            return -1
    return <int>largest if largest <= 1 << 30 else -1


cdef void write_array(
        lua_State *L, Settings *settings, int length, int depth) noexcept nogil:
    cdef int index
    put_byte(&written, c"[")
    for index in range(1, length + 1):
        if index > 1:
            put_byte(&written, c",")
        lua_rawgeti(L, -1, index)
        write_value(L, settings, depth)
        pop(L, 1)
        if written.failed:
            break
    put_byte(&written, c"]")


cdef void write_object(lua_State *L, Settings *settings, int depth) noexcept nogil:
    cdef bint is_first = True
    cdef int type
    put_byte(&written, c"{")
    lua_pushnil(L)
    while lua_next(L, -2):
        if not is_first:
            put_byte(&written, c",")
        is_first = False
        type = lua_type(L, -2)
        if type == IS_STRING:
            write_text(L, -2)
        elif type == IS_NUMBER:
            put_byte(&written, c'"')
            write_number(L, settings, -2)
            put_byte(&written, c'"')
        else:
            pop(L, 2)
            refuse(L, "table key must be a number or string")
        put_byte(&written, c":")
        write_value(L, settings, depth)
        pop(L, 1)
        if written.failed:
            pop(L, 1)
            break
    put_byte(&written, c"}")


cdef void write_table(lua_State *L, Settings *settings, int depth) noexcept nogil:
    cdef int length
    if depth > settings.encode_depth or not lua_checkstack(L, 4):
        luaL_error(L, "Cannot serialise, excessive nesting (%d)", depth)
    length = array_length(L, settings)
    if length > 0:
        write_array(L, settings, length, depth)
    else:
        write_object(L, settings, depth)


cdef void write_value(lua_State *L, Settings *settings, int depth) noexcept nogil:
    """Writes the value on top of the stack, which stays there; depth: of the tables around it."""
    cdef int type = lua_type(L, -1)
    if written.failed:
        return
    if type == IS_STRING:
        write_text(L, -1)
    elif type == IS_NUMBER:
        write_number(L, settings, -1)
    elif type == IS_BOOLEAN:
        if lua_toboolean(L, -1):
            put(&written, "true", 4)
        else:
            put(&written, "false", 5)
    elif type == IS_TABLE:
        write_table(L, settings, depth + 1)
    elif type == IS_NIL or type == IS_LIGHT and lua_touserdata(L, -1) == NULL:
        put(&written, "null", 4)
    else:
        refuse(L, "type not supported")


cdef int encode(lua_State *L) noexcept nogil:
    """cjson.encode(value)"""
    if lua_gettop(L) != 1:
        luaL_argerror(L, 1, "expected 1 argument")
    start(&written)
    write_value(L, <Settings *>lua_touserdata(L, UPVALUE_1), 0)
    if written.failed:
        return luaL_error(L, "not enough memory")
    lua_pushlstring(L, written.data, written.length)
    return 1
