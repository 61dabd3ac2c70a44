"""The library cmsgpack: values of Lua to MessagePack and back, as Redis does it.

A number that is an integer is packed as one, in the fewest bytes; any other as a float if that is
exact, else as a double. A table whose keys are 1 ... n is an array, any other a map; tables that
are nested deeper than 16, functions and coroutines become nil.

Source: the MessagePack specification, https://github.com/msgpack/msgpack/blob/master/spec.md, and
the replies of Redis.
"""

from libc.limits cimport INT_MAX
from libc.math cimport floor
from libc.stdint cimport (
    INT32_MIN,
    UINT32_MAX,
    int8_t,
    int16_t,
    int32_t,
    int64_t,
    uint32_t,
    uint64_t,
)
from libc.string cimport memcpy

from rediskit.scripting.lua cimport (
    IS_BOOLEAN,
    IS_NUMBER,
    IS_STRING,
    IS_TABLE,
    connect,
    library,
    lua_createtable,
    lua_gettop,
    lua_insert,
    lua_next,
    lua_pushboolean,
    lua_pushlstring,
    lua_pushnil,
    lua_pushnumber,
    lua_pushvalue,
    lua_rawgeti,
    lua_rawset,
    lua_rawseti,
    lua_setfield,
    lua_settop,
    lua_State,
    lua_toboolean,
    lua_tolstring,
    lua_tonumber,
    lua_type,
    luaL_argerror,
    luaL_checkinteger,
    luaL_checklstring,
    luaL_checkstack,
    luaL_error,
    luaL_optinteger,
    pop,
)
from rediskit.scripting.sandbox cimport add_function
from rediskit.scripting.writer cimport Writer, put, put_byte, start

if library() != NULL:
    connect(library())

cdef enum:
    DEEPEST = 16

cdef enum Fault:
    NO_FAULT
    TOO_SHORT
    NO_FORMAT

cdef struct Reader:
    const unsigned char *at
    size_t left
    Fault fault

# Nothing of Lua runs between the writing and the use of what is in here.
cdef Writer packed


# Packing

cdef void put_ordered(int mark, uint64_t number, int size) noexcept nogil:
    """Writes a mark and the low bytes of a number, the highest first."""
    put_byte(&packed, <char>mark)
    while size > 0:
        size -= 1
        put_byte(&packed, <char>(number >> (8 * size)))


cdef void pack_integer(int64_t number) noexcept nogil:
    if number >= 0:
        if number < 128:
            put_byte(&packed, <char>number)
        elif number < 256:
            put_ordered(0xCC, number, 1)
        elif number < 65536:
            put_ordered(0xCD, number, 2)
        elif number <= UINT32_MAX:
            put_ordered(0xCE, number, 4)
        else:
            put_ordered(0xCF, number, 8)
    elif number >= -32:
        put_byte(&packed, <char>number)
    elif number >= -128:
        put_ordered(0xD0, <uint64_t>number, 1)
    elif number >= -32768:
        put_ordered(0xD1, <uint64_t>number, 2)
    elif number >= INT32_MIN:
        put_ordered(0xD2, <uint64_t>number, 4)
    else:
        put_ordered(0xD3, <uint64_t>number, 8)


cdef void pack_number(double number) noexcept nogil:
    cdef float small = <float>number
    cdef uint32_t short_image
    cdef uint64_t image
    if -9223372036854775808.0 <= number < 9223372036854775808.0 and floor(number) == number:
        pack_integer(<int64_t>number)
    elif <double>small == number:
        memcpy(&short_image, &small, sizeof(small))
        put_ordered(0xCA, short_image, 4)
    else:
        memcpy(&image, &number, sizeof(number))
        put_ordered(0xCB, image, 8)


cdef void pack_text(lua_State *L) noexcept nogil:
    cdef size_t size
    cdef const char *text = lua_tolstring(L, -1, &size)
    if size < 32:
        put_byte(&packed, <char>(0xA0 | size))
    elif size < 256:
        put_ordered(0xD9, size, 1)
    elif size < 65536:
        put_ordered(0xDA, size, 2)
    else:
        put_ordered(0xDB, size, 4)
    put(&packed, text, size)


cdef int array_length(lua_State *L) noexcept nogil:
    """The length of the table on top of the stack if its keys are 1 ... n, else -1."""
    cdef int count = 0
    cdef double key, largest = 0
    lua_pushnil(L)
    while lua_next(L, -2):
        pop(L, 1)
        key = lua_tonumber(L, -1) if lua_type(L, -1) == IS_NUMBER else 0
        if key <= 0 or floor(key) != key:
            pop(L, 1)
            return -1
        largest = key if key > largest else largest
        count += 1
    return count if largest == count else -1


cdef void pack_table(lua_State *L, int level) noexcept nogil:
    cdef int count, index
    if level == DEEPEST:
        put_byte(&packed, <char>0xC0)
        return
    luaL_checkstack(L, 4, "in function cmsgpack.pack")
    count = array_length(L)
    if count < 0:
        pack_map(L, level)
        return
    if count < 16:
        put_byte(&packed, <char>(0x90 | count))
    elif count < 65536:
        put_ordered(0xDC, count, 2)
    else:
        put_ordered(0xDD, count, 4)
    for index in range(1, count + 1):
        lua_rawgeti(L, -1, index)
        pack_value(L, level + 1)
        pop(L, 1)


cdef void pack_map(lua_State *L, int level) noexcept nogil:
    cdef int count = 0
    lua_pushnil(L)
    while lua_next(L, -2):
        pop(L, 1)
        count += 1
    if count < 16:
        put_byte(&packed, <char>(0x80 | count))
    elif count < 65536:
        put_ordered(0xDE, count, 2)
    else:
        put_ordered(0xDF, count, 4)
    lua_pushnil(L)
    while lua_next(L, -2):
        lua_pushvalue(L, -2)
        pack_value(L, level + 1)
        pop(L, 1)
        pack_value(L, level + 1)
        pop(L, 1)


cdef void pack_value(lua_State *L, int level) noexcept nogil:
    """Packs the value on top of the stack, which stays there."""
    cdef int type = lua_type(L, -1)
    if packed.failed:
        return
    if type == IS_STRING:
        pack_text(L)
    elif type == IS_NUMBER:
        pack_number(lua_tonumber(L, -1))
    elif type == IS_BOOLEAN:
        put_byte(&packed, <char>(0xC3 if lua_toboolean(L, -1) else 0xC2))
    elif type == IS_TABLE:
        pack_table(L, level)
    else:
        put_byte(&packed, <char>0xC0)


cdef int pack(lua_State *L) noexcept nogil:
    cdef int count = lua_gettop(L), index
    if count == 0:
        return luaL_argerror(L, 0, "MessagePack pack needs input.")
    luaL_checkstack(L, 1, "Too many arguments for MessagePack pack.")
    start(&packed)
    for index in range(1, count + 1):
        lua_pushvalue(L, index)
        pack_value(L, 0)
        pop(L, 1)
    if packed.failed:
        return luaL_error(L, "not enough memory")
    lua_pushlstring(L, packed.data, packed.length)
    return 1


# Unpacking

cdef bint has(Reader *reader, size_t size) noexcept nogil:
    """Whether there are `size` more bytes."""
    if reader.left < size:
        reader.fault = TOO_SHORT
        return False
    return True


cdef uint64_t take(Reader *reader, int size) noexcept nogil:
    """An unsigned number of so many bytes, 0 if there are not as many."""
    cdef uint64_t number = 0
    if not has(reader, size):
        return 0
    reader.left -= size
    while size:
        number = (number << 8) | reader.at[0]
        reader.at += 1
        size -= 1
    return number


cdef double take_float(Reader *reader, int size) noexcept nogil:
    cdef uint64_t image = take(reader, size)
    cdef uint32_t short_image = <uint32_t>image
    cdef double number
    cdef float small
    if size == sizeof(small):
        memcpy(&small, &short_image, sizeof(small))
        return <double>small
    memcpy(&number, &image, sizeof(number))
    return number


cdef void push_text(lua_State *L, Reader *reader, size_t size) noexcept nogil:
    if not has(reader, size):
        lua_pushnil(L)
        return
    lua_pushlstring(L, <const char *>reader.at, size)
    reader.at += size
    reader.left -= size


cdef void push_array(lua_State *L, Reader *reader, uint64_t count) noexcept nogil:
    cdef uint64_t index = 1
    luaL_checkstack(L, 4, "in function cmsgpack.unpack")
    lua_createtable(L, 0, 0)
    while index <= count and not reader.fault:
        push_value(L, reader)
        lua_rawseti(L, -2, <int>index)
        index += 1


cdef void push_map(lua_State *L, Reader *reader, uint64_t count) noexcept nogil:
    luaL_checkstack(L, 4, "in function cmsgpack.unpack")
    lua_createtable(L, 0, 0)
    while count:
        push_value(L, reader)
        push_value(L, reader)
        if reader.fault:
            pop(L, 2)
            return
        lua_rawset(L, -3)
        count -= 1


cdef void push_value(lua_State *L, Reader *reader) noexcept nogil:
    """Pushes the next value; where there is a fault, anything. May raise an error of Lua."""
    cdef int mark
    if not has(reader, 1):
        lua_pushnil(L)
        return
    mark = reader.at[0]
    if mark >= 0xCC and mark <= 0xD3 or mark < 0x80 or mark >= 0xE0:
        lua_pushnumber(L, next_integer(reader))
        return
    reader.at += 1
    reader.left -= 1
    if mark < 0x90:
        push_map(L, reader, mark & 0x0F)
    elif mark < 0xA0:
        push_array(L, reader, mark & 0x0F)
    elif mark < 0xC0:
        push_text(L, reader, mark & 0x1F)
    elif mark == 0xC0:
        lua_pushnil(L)
    elif mark == 0xC2 or mark == 0xC3:
        lua_pushboolean(L, mark == 0xC3)
    elif mark == 0xCA or mark == 0xCB:
        lua_pushnumber(L, take_float(reader, 4 if mark == 0xCA else 8))
    else:
        push_long(L, reader, mark)


cdef double next_integer(Reader *reader) noexcept nogil:
    """An integer, whose mark comes next."""
    cdef int mark = <int>take(reader, 1)
    if mark < 0x80:
        return mark
    if mark >= 0xE0:
        return <int8_t>mark
    if mark < 0xD0:
        return <double>take(reader, 1 << (mark - 0xCC))
    if mark == 0xD0:
        return <int8_t>take(reader, 1)
    if mark == 0xD1:
        return <int16_t>take(reader, 2)
    if mark == 0xD2:
        return <int32_t>take(reader, 4)
    return <double><int64_t>take(reader, 8)


cdef void push_long(lua_State *L, Reader *reader, int mark) noexcept nogil:
    """A value whose mark has been taken and whose length follows."""
    if mark == 0xD9 or mark == 0xC4:
        push_text(L, reader, take(reader, 1))
    elif mark == 0xDA or mark == 0xC5:
        push_text(L, reader, take(reader, 2))
    elif mark == 0xDB or mark == 0xC6:
        push_text(L, reader, take(reader, 4))
    elif mark == 0xDC:
        push_array(L, reader, take(reader, 2))
    elif mark == 0xDD:
        push_array(L, reader, take(reader, 4))
    elif mark == 0xDE:
        push_map(L, reader, take(reader, 2))
    elif mark == 0xDF:
        push_map(L, reader, take(reader, 4))
    else:
        reader.fault = NO_FORMAT
        lua_pushnil(L)


cdef int unpack_some(lua_State *L, ptrdiff_t limit, ptrdiff_t offset) noexcept nogil:
    """Unpacks up to `limit` values from an offset on; 0 and 0: all, and no offset is returned."""
    cdef size_t size
    cdef const char *text = luaL_checklstring(L, 1, &size)
    cdef bint takes_all = limit == 0 and offset == 0
    cdef Reader reader
    cdef int count = 0
    if offset < 0 or limit < 0:
        return luaL_error(
            L, "Invalid request to unpack with offset of %d and limit of %d.", <int>offset,
            <int>size)
    if <size_t>offset > size:
        return luaL_error(
            L, "Start offset %d greater than input length %d.", <int>offset, <int>size)
    if takes_all:
        limit = INT_MAX
    reader.at = <const unsigned char *>text + offset
    reader.left = size - <size_t>offset
    reader.fault = NO_FAULT
    lua_settop(L, 1)
    while reader.left and count < limit:
        luaL_checkstack(
            L, 2, "too many return values at once; use unpack_one or unpack_limit instead.")
        push_value(L, &reader)
        count += 1
        if reader.fault == TOO_SHORT:
            return luaL_error(L, "Missing bytes in input.")
        if reader.fault == NO_FORMAT:
            return luaL_error(L, "Bad data format in input.")
    if takes_all:
        return count
    lua_pushnumber(L, <double>(size - reader.left) if reader.left else -1)
    lua_insert(L, 2)
    return count + 1


cdef int unpack(lua_State *L) noexcept nogil:
    return unpack_some(L, 0, 0)


cdef int unpack_one(lua_State *L) noexcept nogil:
    return unpack_some(L, 1, luaL_optinteger(L, 2, 0))


cdef int unpack_limit(lua_State *L) noexcept nogil:
    cdef ptrdiff_t limit = luaL_checkinteger(L, 2)
    return unpack_some(L, limit, luaL_optinteger(L, 3, 0))


cdef void open_msgpack(lua_State *L) noexcept nogil:
    """Pushes the table `cmsgpack`."""
    lua_createtable(L, 0, 6)
    add_function(L, "pack", pack)
    add_function(L, "unpack", unpack)
    add_function(L, "unpack_one", unpack_one)
    add_function(L, "unpack_limit", unpack_limit)
    lua_pushlstring(L, "cmsgpack", 8)
    lua_setfield(L, -2, "_NAME")
    lua_pushlstring(L, "lua-cmsgpack 0.4.0", 18)
    lua_setfield(L, -2, "_VERSION")
