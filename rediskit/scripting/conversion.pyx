"""Replies to Lua values and back, by the table of Redis' manual.

    reply                Lua                                      and back
    integer              number                                   integer, cut towards 0
    bulk string          string                                   bulk string
    array                table, null in it false                  array up to the first nil
    status               table {ok = }                            status
    error                table {err = }                           error
    null                 false; nil in RESP3                      null
    boolean              boolean                                  true 1, false null; boolean
    double               table {double = }                        double
    map                  table {map = {}}                         map
    set                  table {set = {member = true}}            set
    big number           table {big_number = }                    big number
    verbatim string      table {verbatim_string = {string = , format = }}    verbatim string

Those from `boolean` on are of RESP3, which a script asks for by redis.setresp(3). A reply comes as
its bytes and goes as bytes: between them no Python object is made.
"""

from libc.math cimport isnan
from libc.stdint cimport INT64_MIN
from libc.stdio cimport snprintf
from libc.stdlib cimport strtod
from libc.string cimport memchr, memcpy, memmove

from rediskit.scripting.lua cimport (
    IS_BOOLEAN,
    IS_NIL,
    IS_NUMBER,
    IS_STRING,
    IS_TABLE,
    connect,
    library,
    lua_checkstack,
    lua_concat,
    lua_createtable,
    lua_next,
    lua_pushboolean,
    lua_pushlstring,
    lua_pushnil,
    lua_pushnumber,
    lua_pushvalue,
    lua_rawget,
    lua_rawgeti,
    lua_rawset,
    lua_rawseti,
    lua_setfield,
    lua_State,
    lua_toboolean,
    lua_tolstring,
    lua_tonumber,
    lua_type,
    luaL_checkstack,
    pop,
)
from rediskit.scripting.writer cimport Writer, has_room, put
from rediskit.structures.digits cimport write_integer

if library() != NULL:
    connect(library())

cdef enum:
    LONGEST_DOUBLE = 64
    STACK_PER_LEVEL = 6


# Replies to values

cdef inline long long read_number(Source *source) noexcept nogil:
    """The integer that stands here, up to CR LF."""
    cdef const char *at = source.at
    cdef bint negative = at[0] == c"-"
    cdef unsigned long long total = 0
    if negative or at[0] == c"+":
        at += 1
    while at[0] != c"\r":
        total = total * 10 + <unsigned long long>(at[0] - c"0")
        at += 1
    source.at = at + 2
    return -<long long>total if negative else <long long>total


cdef inline size_t line_length(Source *source) noexcept nogil:
    """Bytes up to CR LF."""
    cdef size_t length = 0
    while source.at[length] != c"\r":
        length += 1
    return length


cdef void push_line(lua_State *L, Source *source) noexcept nogil:
    cdef size_t length = line_length(source)
    lua_pushlstring(L, source.at, length)
    source.at += length + 2


cdef void push_bulk(lua_State *L, Source *source) noexcept nogil:
    cdef long long length = read_number(source)
    if length < 0:
        lua_pushboolean(L, 0)
        return
    lua_pushlstring(L, source.at, <size_t>length)
    source.at += length + 2


cdef void push_array(lua_State *L, Source *source) noexcept nogil:
    cdef long long count = read_number(source), index
    if count < 0:
        lua_pushboolean(L, 0)
        return
    lua_createtable(L, <int>count, 0)
    for index in range(1, count + 1):
        push_reply(L, source)
        lua_rawseti(L, -2, <int>index)


cdef void push_map(lua_State *L, Source *source) noexcept nogil:
    cdef long long count = read_number(source)
    lua_createtable(L, 0, 1)
    lua_createtable(L, 0, <int>count)
    while count > 0:
        push_reply(L, source)
        push_reply(L, source)
        lua_rawset(L, -3)
        count -= 1
    lua_setfield(L, -2, "map")


cdef void push_set(lua_State *L, Source *source) noexcept nogil:
    cdef long long count = read_number(source)
    lua_createtable(L, 0, 1)
    lua_createtable(L, 0, <int>count)
    while count > 0:
        push_reply(L, source)
        lua_pushboolean(L, 1)
        lua_rawset(L, -3)
        count -= 1
    lua_setfield(L, -2, "set")


cdef void push_verbatim(lua_State *L, Source *source) noexcept nogil:
    cdef long long length = read_number(source)
    lua_createtable(L, 0, 1)
    lua_createtable(L, 0, 2)
    lua_pushlstring(L, source.at + 4, <size_t>length - 4)
    lua_setfield(L, -2, "string")
    lua_pushlstring(L, source.at, 3)
    lua_setfield(L, -2, "format")
    lua_setfield(L, -2, "verbatim_string")
    source.at += length + 2


cdef void skip(lua_State *L, Source *source, int each) noexcept nogil:
    """Drops attributes of the reply that follows, or a push before it."""
    cdef long long count = each * read_number(source)
    while count > 0:
        push_reply(L, source)
        pop(L, 1)
        count -= 1


cdef void push_double(lua_State *L, Source *source) noexcept nogil:
    lua_createtable(L, 0, 1)
    lua_pushnumber(L, strtod(source.at, NULL))
    lua_setfield(L, -2, "double")
    source.at += line_length(source) + 2


cdef void push_status(lua_State *L, const char *text, size_t size) noexcept nogil:
    """Pushes {ok = text}."""
    lua_createtable(L, 0, 1)
    lua_pushlstring(L, text, size)
    lua_setfield(L, -2, "ok")


cdef void push_error(
        lua_State *L, const char *text, size_t size, bint is_counted) noexcept nogil:
    """Pushes {err = text}. is_counted: errorstats have it already.

    A text that opens with "-" brings its code with it, unless it is a single word; any other gets
    "ERR".
    """
    cdef bint has_code = size > 0 and text[0] == c"-"
    if has_code:
        text += 1
        size -= 1
    while size and (text[size - 1] == c"\n" or text[size - 1] == c"\r"):
        size -= 1
    lua_createtable(L, 0, 2)
    if has_code and memchr(text, c" ", size) != NULL:
        lua_pushlstring(L, text, size)
    else:
        lua_pushlstring(L, "ERR ", 4)
        lua_pushlstring(L, text, size)
        lua_concat(L, 2)
    lua_setfield(L, -2, "err")
    if is_counted:
        lua_pushboolean(L, 1)
        lua_setfield(L, -2, "ignore_error_stats_update")


cdef void push_error_line(lua_State *L, Source *source) noexcept nogil:
    cdef size_t length = line_length(source)
    push_error(L, source.at - 1, length + 1, True)
    source.at += length + 2


cdef void push_reply(lua_State *L, Source *source) noexcept nogil:
    """Pushes the value that a reply becomes. May raise an error of Lua."""
    cdef char mark = source.at[0]
    source.at += 1
    luaL_checkstack(L, STACK_PER_LEVEL, "reply nested too deeply")
    if mark == c"$":
        push_bulk(L, source)
    elif mark == c":":
        lua_pushnumber(L, <double>read_number(source))
    elif mark == c"*":
        push_array(L, source)
    elif mark == c"+":
        push_status(L, source.at, line_length(source))
        source.at += line_length(source) + 2
    elif mark == c"-":
        push_error_line(L, source)
    elif mark == c"%":
        push_map(L, source)
    elif mark == c"~":
        push_set(L, source)
    elif mark == c",":
        push_double(L, source)
    elif mark == c"#":
        lua_pushboolean(L, source.at[0] == c"t")
        source.at += 3
    elif mark == c"(":
        lua_createtable(L, 0, 1)
        push_line(L, source)
        lua_setfield(L, -2, "big_number")
    elif mark == c"=":
        push_verbatim(L, source)
    elif mark == c"|" or mark == c">":
        skip(L, source, 2 if mark == c"|" else 1)
        push_reply(L, source)
    else:                               # "_"
        lua_pushnil(L)
        source.at += 2


# Values to replies

cdef void push_names(lua_State *L) noexcept nogil:
    """Pushes the NAMES upvalues of a function in which write_value() is called."""
    lua_pushlstring(L, "err", 3)
    lua_pushlstring(L, "ok", 2)
    lua_pushlstring(L, "double", 6)
    lua_pushlstring(L, "map", 3)
    lua_pushlstring(L, "set", 3)
    lua_pushlstring(L, "big_number", 10)
    lua_pushlstring(L, "verbatim_string", 15)


cdef bint has_field(lua_State *L, int table, int name) noexcept nogil:
    """Whether a table (at an index from the top) has a field; pushes that if so."""
    lua_pushvalue(L, name)
    lua_rawget(L, table - 1)
    if lua_type(L, -1) != IS_NIL:
        return True
    pop(L, 1)
    return False


cdef long long whole(double number) noexcept nogil:
    """A number without its fraction; what does not fit is the smallest integer, as on x86."""
    if isnan(number) or number >= 9223372036854775808.0 or number < -9223372036854775808.0:
        return INT64_MIN
    return <long long>number


cdef void write_head(Writer *out, char mark, long long number) noexcept nogil:
    """Writes a mark, a number, CR LF."""
    cdef char *target
    cdef int size
    if not has_room(out, 24):
        return
    target = out.data + out.length
    target[0] = mark
    size = 1 + write_integer(target + 1, number)
    target[size] = c"\r"
    target[size + 1] = c"\n"
    out.length += size + 2


cdef void write_bulk(Writer *out, const char *text, size_t size) noexcept nogil:
    write_head(out, c"$", <long long>size)
    put(out, text, size)
    put(out, "\r\n", 2)


cdef void write_line(lua_State *L, Writer *out, char mark) noexcept nogil:
    """Writes the string on top of the stack as a line; what would end it early is made blank."""
    cdef size_t size, index
    cdef const char *text = lua_tolstring(L, -1, &size)
    cdef char *target
    if not has_room(out, size + 3):
        return
    target = out.data + out.length
    target[0] = mark
    for index in range(size):
        if text[index] == c"\r" or text[index] == c"\n":
            target[index + 1] = c" "
        else:
            target[index + 1] = text[index]
    memcpy(target + size + 1, "\r\n", 2)
    out.length += size + 3


cdef void write_null(Writer *out, int protocol) noexcept nogil:
    if protocol > 2:
        put(out, "_\r\n", 3)
    else:
        put(out, "$-1\r\n", 5)


cdef void write_boolean(
        lua_State *L, Writer *out, int protocol, bint speaks_3) noexcept nogil:
    cdef bint value = lua_toboolean(L, -1)
    if speaks_3 and protocol > 2:
        put(out, "#t\r\n" if value else "#f\r\n", 4)
    elif value or speaks_3:
        write_head(out, c":", value)
    else:
        write_null(out, protocol)


cdef void write_double(lua_State *L, Writer *out, int protocol) noexcept nogil:
    """Writes the number on top of the stack by the fewest digits that read back as the same."""
    cdef char spelled[LONGEST_DOUBLE]
    cdef double number = lua_tonumber(L, -1)
    cdef int digits = 15, size = 0
    while digits <= 17:
        size = snprintf(spelled, LONGEST_DOUBLE, "%.*g", digits, number)
        if strtod(spelled, NULL) == number:
            break
        digits += 1
    if isnan(number):
        size = snprintf(spelled, LONGEST_DOUBLE, "nan")
    if protocol > 2:
        put(out, ",", 1)
        put(out, spelled, size)
        put(out, "\r\n", 2)
    else:
        write_bulk(out, spelled, size)


cdef int count_pairs(lua_State *L) noexcept nogil:
    """How many fields the table on top of the stack has."""
    cdef int count = 0
    lua_pushnil(L)
    while lua_next(L, -2):
        pop(L, 1)
        count += 1
    return count


cdef void write_map(lua_State *L, Writer *out, int protocol, bint speaks_3) noexcept nogil:
    cdef int count = count_pairs(L)
    if protocol > 2:
        write_head(out, c"%", count)
    else:
        write_head(out, c"*", 2 * <long long>count)
    lua_pushnil(L)
    while lua_next(L, -2):
        lua_pushvalue(L, -2)
        write_value(L, out, protocol, speaks_3)
        pop(L, 1)
        write_value(L, out, protocol, speaks_3)
        pop(L, 1)


cdef void write_set(lua_State *L, Writer *out, int protocol, bint speaks_3) noexcept nogil:
    write_head(out, c"~" if protocol > 2 else c"*", count_pairs(L))
    lua_pushnil(L)
    while lua_next(L, -2):
        pop(L, 1)
        lua_pushvalue(L, -1)
        write_value(L, out, protocol, speaks_3)
        pop(L, 1)


cdef bint write_verbatim(lua_State *L, Writer *out, int protocol) noexcept nogil:
    """Writes {string = , format = } on top of the stack; whether it is that."""
    cdef const char *format
    cdef const char *text
    cdef size_t format_size = 0, size = 0
    lua_pushlstring(L, "format", 6)
    lua_rawget(L, -2)
    lua_pushlstring(L, "string", 6)
    lua_rawget(L, -3)
    format = lua_tolstring(L, -2, &format_size) if lua_type(L, -2) == IS_STRING else NULL
    text = lua_tolstring(L, -1, &size) if lua_type(L, -1) == IS_STRING else NULL
    pop(L, 2)
    if format == NULL or text == NULL:
        return False
    if protocol < 3:
        write_bulk(out, text, size)
        return True
    write_head(out, c"=", <long long>size + 4)
    put(out, format, 3 if format_size > 3 else format_size)
    put(out, "   ", 3 - (3 if format_size > 3 else format_size))
    put(out, ":", 1)
    put(out, text, size)
    put(out, "\r\n", 2)
    return True


cdef void write_array(lua_State *L, Writer *out, int protocol, bint speaks_3) noexcept nogil:
    """Writes the elements 1, 2 ... up to the first nil."""
    cdef int count = 0, index
    while True:
        lua_rawgeti(L, -1, count + 1)
        if lua_type(L, -1) == IS_NIL:
            break
        pop(L, 1)
        count += 1
    pop(L, 1)
    write_head(out, c"*", count)
    for index in range(1, count + 1):
        lua_rawgeti(L, -1, index)
        write_value(L, out, protocol, speaks_3)
        pop(L, 1)


cdef bint write_special(lua_State *L, Writer *out, int protocol, bint speaks_3) noexcept nogil:
    """Writes a table that is no array but stands for something else; whether it does."""
    cdef bint written = False
    if has_field(L, -1, ERR):
        written = lua_type(L, -1) == IS_STRING
        if written:
            write_line(L, out, c"-")
        pop(L, 1)
    if not written and has_field(L, -1, OK):
        written = lua_type(L, -1) == IS_STRING
        if written:
            write_line(L, out, c"+")
        pop(L, 1)
    if not written and has_field(L, -1, DOUBLE):
        written = lua_type(L, -1) == IS_NUMBER
        if written:
            write_double(L, out, protocol)
        pop(L, 1)
    return written or write_aggregate(L, out, protocol, speaks_3)


cdef bint write_aggregate(
        lua_State *L, Writer *out, int protocol, bint speaks_3) noexcept nogil:
    cdef bint written = False
    if has_field(L, -1, MAP):
        written = lua_type(L, -1) == IS_TABLE
        if written:
            write_map(L, out, protocol, speaks_3)
        pop(L, 1)
    if not written and has_field(L, -1, SET):
        written = lua_type(L, -1) == IS_TABLE
        if written:
            write_set(L, out, protocol, speaks_3)
        pop(L, 1)
    if not written and has_field(L, -1, BIG_NUMBER):
        written = lua_type(L, -1) == IS_STRING
        if written:
            write_big_number(L, out, protocol)
        pop(L, 1)
    if not written and has_field(L, -1, VERBATIM):
        written = lua_type(L, -1) == IS_TABLE and write_verbatim(L, out, protocol)
        pop(L, 1)
    return written


cdef void write_big_number(lua_State *L, Writer *out, int protocol) noexcept nogil:
    """Writes the digits on top of the stack; what would end a line is made blank in RESP2, too."""
    cdef size_t size, from_here
    cdef char *target
    lua_tolstring(L, -1, &size)
    if protocol < 3:
        write_head(out, c"$", <long long>size)
    from_here = out.length
    write_line(L, out, c"(")
    if protocol < 3 and not out.failed:
        target = out.data + from_here
        memmove(target, target + 1, size + 2)
        out.length -= 1


cdef void write_text(lua_State *L, Writer *out) noexcept nogil:
    cdef size_t size
    cdef const char *text = lua_tolstring(L, -1, &size)
    write_bulk(out, text, size)


cdef void write_value(lua_State *L, Writer *out, int protocol, bint speaks_3) noexcept nogil:
    """Writes the value on top of the stack, which stays there, as a reply in protocol 2 or 3.

    speaks_3: the script asked for RESP3. Whoever calls this has the upvalues of push_names() from
    FIRST_NAME on. May raise an error of Lua.
    """
    cdef int type = lua_type(L, -1)
    if out.failed:
        return                          # a small table can be a reply without end
    if type == IS_STRING:
        write_text(L, out)
    elif type == IS_NUMBER:
        write_head(out, c":", whole(lua_tonumber(L, -1)))
    elif type == IS_BOOLEAN:
        write_boolean(L, out, protocol, speaks_3)
    elif type != IS_TABLE:
        write_null(out, protocol)
    elif not lua_checkstack(L, STACK_PER_LEVEL):
        put(out, "-ERR reached lua stack limit\r\n", 30)
    elif not write_special(L, out, protocol, speaks_3):
        write_array(L, out, protocol, speaks_3)
