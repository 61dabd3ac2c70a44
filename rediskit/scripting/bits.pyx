"""The library bit: operations on the bits of 32-bit integers, as Lua BitOp 1.0.2 defines them.

A number is rounded to the nearest integer and taken modulo 2^32; results are signed.
Source: the documentation of Lua BitOp, https://bitop.luajit.org/semantics.html.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memcpy

from rediskit.scripting.lua cimport (
    connect,
    library,
    lua_createtable,
    lua_gettop,
    lua_pushlstring,
    lua_pushnumber,
    lua_State,
    lua_type,
    luaL_checknumber,
)
from rediskit.scripting.sandbox cimport add_function

if library() != NULL:
    connect(library())

cdef enum:
    MOST_DIGITS = 8

cdef double ROUNDING = 6755399441055744.0       # 2^52 + 2^51: what is added rounds to an integer
cdef const char *LOWER = b"0123456789abcdef"
cdef const char *UPPER = b"0123456789ABCDEF"


cdef inline uint32_t bits_of(lua_State *L, int argument) noexcept nogil:
    cdef double shifted = luaL_checknumber(L, argument) + ROUNDING
    cdef uint64_t image
    memcpy(&image, &shifted, sizeof(image))
    return <uint32_t>image


cdef inline int give(lua_State *L, uint32_t bits) noexcept nogil:
    lua_pushnumber(L, <double><int32_t>bits)
    return 1


cdef int tobit(lua_State *L) noexcept nogil:
    return give(L, bits_of(L, 1))


cdef int bnot(lua_State *L) noexcept nogil:
    return give(L, ~bits_of(L, 1))


cdef int band(lua_State *L) noexcept nogil:
    cdef uint32_t bits = bits_of(L, 1)
    cdef int argument
    for argument in range(2, lua_gettop(L) + 1):
        bits &= bits_of(L, argument)
    return give(L, bits)


cdef int bor(lua_State *L) noexcept nogil:
    cdef uint32_t bits = bits_of(L, 1)
    cdef int argument
    for argument in range(2, lua_gettop(L) + 1):
        bits |= bits_of(L, argument)
    return give(L, bits)


cdef int bxor(lua_State *L) noexcept nogil:
    cdef uint32_t bits = bits_of(L, 1)
    cdef int argument
    for argument in range(2, lua_gettop(L) + 1):
        bits ^= bits_of(L, argument)
    return give(L, bits)


cdef int lshift(lua_State *L) noexcept nogil:
    cdef uint32_t bits = bits_of(L, 1)
    return give(L, bits << (bits_of(L, 2) & 31))


cdef int rshift(lua_State *L) noexcept nogil:
    cdef uint32_t bits = bits_of(L, 1)
    return give(L, bits >> (bits_of(L, 2) & 31))


cdef int arshift(lua_State *L) noexcept nogil:
    cdef int32_t number = <int32_t>bits_of(L, 1)
    return give(L, <uint32_t>(number >> (bits_of(L, 2) & 31)))


cdef inline uint32_t rotated(uint32_t bits, uint32_t left) noexcept nogil:
    left &= 31
    return (bits << left) | (bits >> ((32 - left) & 31))


cdef int rol(lua_State *L) noexcept nogil:
    cdef uint32_t bits = bits_of(L, 1)
    return give(L, rotated(bits, bits_of(L, 2)))


cdef int ror(lua_State *L) noexcept nogil:
    cdef uint32_t bits = bits_of(L, 1)
    return give(L, rotated(bits, 32 - (bits_of(L, 2) & 31)))


cdef int bswap(lua_State *L) noexcept nogil:
    cdef uint32_t bits = bits_of(L, 1)
    bits = ((bits & 0xFF00FF) << 8) | ((bits >> 8) & 0xFF00FF)
    return give(L, (bits << 16) | (bits >> 16))


cdef int tohex(lua_State *L) noexcept nogil:
    """tohex(x [, digits]): in capitals where there are less than no digits."""
    cdef uint32_t bits = bits_of(L, 1)
    cdef int32_t wanted = MOST_DIGITS
    cdef const char *alphabet = LOWER
    cdef char digits[MOST_DIGITS]
    cdef int index
    if lua_type(L, 2) > 0:
        wanted = <int32_t>bits_of(L, 2)
    if wanted < 0:
        alphabet = UPPER
        wanted = MOST_DIGITS if wanted < -MOST_DIGITS else -wanted
    if wanted > MOST_DIGITS:
        wanted = MOST_DIGITS
    for index in range(wanted - 1, -1, -1):
        digits[index] = alphabet[bits & 15]
        bits >>= 4
    lua_pushlstring(L, digits, wanted)
    return 1


cdef void open_bits(lua_State *L) noexcept nogil:
    """Pushes the table `bit`."""
    lua_createtable(L, 0, 12)
    add_function(L, "tobit", tobit)
    add_function(L, "bnot", bnot)
    add_function(L, "band", band)
    add_function(L, "bor", bor)
    add_function(L, "bxor", bxor)
    add_function(L, "lshift", lshift)
    add_function(L, "rshift", rshift)
    add_function(L, "arshift", arshift)
    add_function(L, "rol", rol)
    add_function(L, "ror", ror)
    add_function(L, "bswap", bswap)
    add_function(L, "tohex", tohex)
