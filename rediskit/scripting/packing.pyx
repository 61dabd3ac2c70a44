"""The library struct: numbers and strings to the bytes of C structures and back.

    > <      big, little endian from here on (at first as the machine has it)
    !n       alignment: n is a power of two, 8 if left out; at first 1
    x        a padding byte
    b B      char, signed and unsigned        h H   short        l L   long        T   size_t
    in In    integer of n bytes, 4 if left out
    f d      float, double
    s        string that ends at a zero byte
    cn       n characters, 1 if left out; c0: all of the string, or as many as the number before
             says when unpacking
    blank    nothing

Source: the documentation of Roberto Ierusalimschy's struct 0.2, and the replies of Redis.
"""

from libc.limits cimport INT_MAX
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memchr, memcpy

from rediskit.scripting.lua cimport (
    connect,
    library,
    lua_createtable,
    lua_isnumber,
    lua_pushfstring,
    lua_pushlstring,
    lua_pushnil,
    lua_pushnumber,
    lua_State,
    lua_tolstring,
    lua_tonumber,
    luaL_argerror,
    luaL_checklstring,
    luaL_checknumber,
    luaL_checkstack,
    luaL_error,
    luaL_optinteger,
    pop,
)
from rediskit.scripting.sandbox cimport add_function
from rediskit.scripting.writer cimport Writer, content, put, put_byte, start

if library() != NULL:
    connect(library())

cdef extern from *:
    """
    #if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    #define REDISKIT_LITTLE 1
    #else
    #define REDISKIT_LITTLE 0
    #endif
    """
    bint NATIVE_IS_LITTLE "REDISKIT_LITTLE"

cdef extern from "<ctype.h>" nogil:
    int isalnum(int character)

cdef enum:
    LARGEST_INTEGER = 32            # bytes
    LARGEST_ALIGNMENT = 8
    DEFAULT_INTEGER = 4

cdef struct Format:
    const char *at                  # what follows
    bint is_little
    size_t alignment

# Nothing of Lua runs between the writing and the use of what is in here, but for errors.
cdef Writer packed


cdef Format read_format(lua_State *L) noexcept nogil:
    """The format that is the first argument."""
    cdef Format format
    format.at = luaL_checklstring(L, 1, NULL)
    format.is_little = NATIVE_IS_LITTLE
    format.alignment = 1
    return format


cdef size_t read_count(lua_State *L, Format *format, size_t default) noexcept nogil:
    """The digits that stand here, or what is meant if there are none."""
    cdef size_t count = 0
    if not c"0" <= format.at[0] <= c"9":
        return default
    while c"0" <= format.at[0] <= c"9":
        if count > INT_MAX // 10 - 1:
            luaL_error(L, "integral size overflow")
        count = count * 10 + <size_t>(format.at[0] - c"0")
        format.at += 1
    return count


cdef size_t size_of_option(lua_State *L, char option, Format *format) noexcept nogil:
    """Bytes of an option; 0: it varies, or takes none."""
    cdef size_t size
    if option in b"bBx":
        return 1
    if option in b"hH":
        return 2
    if option in b"lLTd":
        return 8
    if option == c"f":
        return 4
    if option == c"c":
        return read_count(L, format, 1)
    if option == c"i" or option == c"I":
        size = read_count(L, format, DEFAULT_INTEGER)
        if size > LARGEST_INTEGER:
            luaL_error(
                L, "integral size %d is larger than limit of %d", <int>size, LARGEST_INTEGER)
        return size
    return 0


cdef size_t padding(size_t position, Format *format, char option, size_t size) noexcept nogil:
    """Bytes to skip so that an option is aligned."""
    if size == 0 or option == c"c":
        return 0
    if size > format.alignment:
        size = format.alignment
    return (size - (position & (size - 1))) & (size - 1)


cdef void control(lua_State *L, char option, Format *format) noexcept nogil:
    """Follows an option that stands for no value."""
    cdef size_t alignment
    if option == c">":
        format.is_little = False
    elif option == c"<":
        format.is_little = True
    elif option == c"!":
        alignment = read_count(L, format, LARGEST_ALIGNMENT)
        if alignment == 0 or alignment & (alignment - 1):
            luaL_error(L, "alignment %d is not a power of 2", <int>alignment)
        format.alignment = alignment
    elif option != c" ":
        luaL_argerror(L, 1, lua_pushfstring(L, "invalid format option '%c'", <int>option))


cdef bint is_integer(char option) noexcept nogil:
    return option in b"bBhHlLTiI"


# Packing

cdef void put_ordered(const unsigned char *bytes, size_t size, bint swapped) noexcept nogil:
    """Writes bytes of a number, in the order they have or in the other."""
    cdef size_t index
    for index in range(size):
        put_byte(&packed, <char>bytes[size - 1 - index if swapped else index])


cdef void pack_integer(lua_State *L, int argument, size_t size, bint is_little) noexcept nogil:
    cdef double number = luaL_checknumber(L, argument)
    cdef uint64_t value
    cdef unsigned char bytes[LARGEST_INTEGER]
    cdef size_t index
    if number < 0:
        value = <uint64_t><int64_t>number
    else:
        value = <uint64_t>number
    for index in range(size):
        bytes[index] = <unsigned char>(value & 0xFF)
        value >>= 8
    put_ordered(bytes, size, not is_little)


cdef void pack_float(
        lua_State *L, int argument, size_t size, bint is_little) noexcept nogil:
    cdef double number = luaL_checknumber(L, argument)
    cdef float small = <float>number
    if size == sizeof(small):
        put_ordered(<unsigned char *>&small, size, is_little != NATIVE_IS_LITTLE)
    else:
        put_ordered(<unsigned char *>&number, size, is_little != NATIVE_IS_LITTLE)


cdef void pack_text(lua_State *L, int argument, char option, size_t size) noexcept nogil:
    cdef size_t length
    cdef const char *text = luaL_checklstring(L, argument, &length)
    if size == 0:
        size = length
    if length < size:
        luaL_argerror(L, argument, "string too short")
    put(&packed, text, size)
    if option == c"s":
        put_byte(&packed, 0)


cdef int pack(lua_State *L) noexcept nogil:
    cdef Format format = read_format(L)
    cdef int argument = 2
    cdef char option
    cdef size_t size, skipped
    lua_pushnil(L)                      # between the arguments and what errors push
    start(&packed)
    while format.at[0]:
        option = format.at[0]
        format.at += 1
        size = size_of_option(L, option, &format)
        skipped = padding(packed.length, &format, option, size)
        while skipped:
            put_byte(&packed, 0)
            skipped -= 1
        if is_integer(option):
            pack_integer(L, argument, size, format.is_little)
        elif option == c"x":
            put_byte(&packed, 0)
            continue
        elif option == c"f" or option == c"d":
            pack_float(L, argument, size, format.is_little)
        elif option == c"c" or option == c"s":
            pack_text(L, argument, option, size)
        else:
            control(L, option, &format)
            continue
        argument += 1
    if packed.failed:
        return luaL_error(L, "not enough memory")
    lua_pushlstring(L, content(&packed), packed.length)
    return 1


# Unpacking

cdef double unpack_integer(
        const unsigned char *bytes, size_t size, bint is_signed, bint is_little) noexcept nogil:
    cdef uint64_t value = 0, sign
    cdef size_t index
    for index in range(size):
        value = (value << 8) | bytes[size - 1 - index if is_little else index]
    if not is_signed:
        return <double>value
    if 0 < size < 8:
        sign = <uint64_t>1 << (size * 8 - 1)
        value = (value ^ sign) - sign
    return <double><int64_t>value


cdef double unpack_float(const char *bytes, size_t size, bint swapped) noexcept nogil:
    cdef char ordered[8]
    cdef double number
    cdef float small
    cdef size_t index
    for index in range(size):
        ordered[index] = bytes[size - 1 - index if swapped else index]
    if size == sizeof(small):
        memcpy(&small, ordered, sizeof(small))
        return <double>small
    memcpy(&number, ordered, sizeof(number))
    return number


cdef size_t counted_size(lua_State *L, int results) noexcept nogil:
    """The size of c0: the number that was unpacked just before, which is taken away."""
    cdef double size
    if results == 0 or not lua_isnumber(L, -1):
        luaL_error(L, "format 'c0' needs a previous size")
    size = lua_tonumber(L, -1)
    pop(L, 1)
    return <size_t>size if 0 <= size < INT_MAX else INT_MAX


cdef int unpack(lua_State *L) noexcept nogil:
    cdef Format format = read_format(L)
    cdef size_t length, size, position
    cdef const char *data = luaL_checklstring(L, 2, &length)
    cdef ptrdiff_t first = luaL_optinteger(L, 3, 1)
    cdef int results = 0
    cdef char option
    if first < 1:
        luaL_argerror(L, 3, "offset must be 1 or greater")
    position = <size_t>(first - 1)
    while format.at[0]:
        option = format.at[0]
        format.at += 1
        size = size_of_option(L, option, &format)
        position += padding(position, &format, option, size)
        check_rest(L, length, position, size)
        luaL_checkstack(L, 2, "too many results")
        if is_integer(option):
            lua_pushnumber(L, unpack_integer(
                <const unsigned char *>data + position, size, option >= c"a", format.is_little))
            results += 1
        elif option == c"f" or option == c"d":
            lua_pushnumber(
                L, unpack_float(data + position, size, format.is_little != NATIVE_IS_LITTLE))
            results += 1
        elif option == c"c":
            if size == 0:
                size = counted_size(L, results)
                results -= 1
                check_rest(L, length, position, size)
            lua_pushlstring(L, data + position, size)
            results += 1
        elif option == c"s":
            size = text_size(L, data + position, length - position)
            lua_pushlstring(L, data + position, size - 1)
            results += 1
        elif option != c"x":
            control(L, option, &format)
        position += size
    lua_pushnumber(L, <double>position + 1)
    return results + 1


cdef void check_rest(
        lua_State *L, size_t length, size_t position, size_t size) noexcept nogil:
    if size > length or position > length - size:
        luaL_argerror(L, 2, "data string too short")


cdef size_t text_size(lua_State *L, const char *text, size_t most) noexcept nogil:
    """Bytes up to the first zero, with that."""
    cdef const char *end = <const char *>memchr(text, 0, most)
    if end == NULL:
        luaL_error(L, "unfinished string in data")
    return <size_t>(end - text) + 1


cdef int size(lua_State *L) noexcept nogil:
    cdef Format format = read_format(L)
    cdef size_t position = 0, size
    cdef char option
    while format.at[0]:
        option = format.at[0]
        format.at += 1
        size = size_of_option(L, option, &format)
        position += padding(position, &format, option, size)
        if option == c"s":
            luaL_argerror(L, 1, "option 's' has no fixed size")
        if option == c"c" and size == 0:
            luaL_argerror(L, 1, "option 'c0' has no fixed size")
        if not isalnum(option):
            control(L, option, &format)
        position += size
    lua_pushnumber(L, <double>position)
    return 1


cdef void open_packing(lua_State *L) noexcept nogil:
    """Pushes the table `struct`."""
    lua_createtable(L, 0, 3)
    add_function(L, "pack", pack)
    add_function(L, "unpack", unpack)
    add_function(L, "size", size)
