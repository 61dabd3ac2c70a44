"""cjson.decode: JSON to values of Lua.

More is taken than JSON allows, as lua-cjson takes it: control characters in strings, and, unless
decode_invalid_numbers is off, hexadecimal and infinite numbers and NaN. null becomes cjson.null.
"""

from libc.stdlib cimport strtod
from libc.string cimport strncmp
from posix.strings cimport strncasecmp

from rediskit.scripting.json cimport REFUSED, Settings
from rediskit.scripting.lua cimport (
    UPVALUE_1,
    connect,
    library,
    lua_checkstack,
    lua_createtable,
    lua_gettop,
    lua_pushboolean,
    lua_pushlightuserdata,
    lua_pushlstring,
    lua_pushnumber,
    lua_rawset,
    lua_rawseti,
    lua_State,
    lua_touserdata,
    luaL_argerror,
    luaL_checklstring,
    luaL_error,
)
from rediskit.scripting.writer cimport Writer, content, put, put_byte, start

if library() != NULL:
    connect(library())

cdef enum:
    MOST_QUICK_DIGITS = 15          # a number of so many digits is exact

cdef enum Token:
    OBJECT_BEGIN
    OBJECT_END
    ARRAY_BEGIN
    ARRAY_END
    STRING
    NUMBER
    BOOLEAN
    NULL_TOKEN
    COLON
    COMMA
    END
    FAULTY

cdef const char **TOKEN_NAMES = [
    "T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END", "T_STRING", "T_NUMBER", "T_BOOLEAN",
    "T_NULL", "T_COLON", "T_COMMA", "T_END"]

cdef struct Scanner:
    lua_State *L
    Settings *settings
    const char *text
    const char *at                  # what follows
    int depth
    Token token                     # the last one
    const char *place               # where it began, or where it is wrong
    const char *fault               # what is wrong with it
    double number
    bint truth
    const char *content             # of a string, without its quotes, if nothing is escaped
    size_t size

# The string that is read, when something in it is escaped. Used before any function of Lua is
# called again.
cdef Writer unescaped


cdef void fail(Scanner *scanner, const char *place, const char *fault) noexcept nogil:
    scanner.token = FAULTY
    scanner.place = place
    scanner.fault = fault


cdef void refuse(Scanner *scanner, const char *expected) noexcept nogil:
    """Raises the error for a token that may not stand here."""
    cdef const char *found = scanner.fault
    if scanner.token != FAULTY:
        found = TOKEN_NAMES[<int>scanner.token]
    luaL_error(
        scanner.L, "Expected %s but found %s at character %d", expected, found,
        <int>(scanner.place - scanner.text) + 1)


# Tokens

cdef int hex_digit(char digit) noexcept nogil:
    if c"0" <= digit <= c"9":
        return digit - c"0"
    if c"a" <= (digit | 32) <= c"f":
        return (digit | 32) - c"a" + 10
    return -1


cdef int read_unit(const char *digits) noexcept nogil:
    """The number of four hexadecimal digits, -1 if they are not that."""
    cdef int total = 0, index, digit
    for index in range(4):
        digit = hex_digit(digits[index])
        if digit < 0:
            return -1
        total = total * 16 + digit
    return total


cdef void put_character(unsigned int code) noexcept nogil:
    """Writes a character in UTF-8."""
    if code < 0x80:
        put_byte(&unescaped, <char>code)
    elif code < 0x800:
        put_byte(&unescaped, <char>(0xC0 | code >> 6))
        put_byte(&unescaped, <char>(0x80 | code & 63))
    elif code < 0x10000:
        put_byte(&unescaped, <char>(0xE0 | code >> 12))
        put_byte(&unescaped, <char>(0x80 | code >> 6 & 63))
        put_byte(&unescaped, <char>(0x80 | code & 63))
    else:
        put_byte(&unescaped, <char>(0xF0 | code >> 18))
        put_byte(&unescaped, <char>(0x80 | code >> 12 & 63))
        put_byte(&unescaped, <char>(0x80 | code >> 6 & 63))
        put_byte(&unescaped, <char>(0x80 | code & 63))


cdef int read_unicode(const char *escape) noexcept nogil:
    """Reads \\u and four digits, or two such for one character; bytes read, 0 if it is none."""
    cdef int first = read_unit(escape + 2), second
    if first < 0:
        return 0
    if first & 0xF800 != 0xD800:
        put_character(first)
        return 6
    if first & 0x400 or escape[6] != c"\\" or escape[7] != c"u":
        return 0
    second = read_unit(escape + 8)
    if second < 0 or second & 0xFC00 != 0xDC00:
        return 0
    put_character((((first & 0x3FF) << 10) | (second & 0x3FF)) + 0x10000)
    return 12


cdef int read_escape(Scanner *scanner, const char *escape) noexcept nogil:
    """Reads what begins with a backslash; bytes read, 0 if it is wrong."""
    cdef char letter = escape[1]
    cdef int size = 2
    if letter == c'"' or letter == c"\\" or letter == c"/":
        put_byte(&unescaped, letter)
    elif letter == c"b":
        put_byte(&unescaped, c"\b")
    elif letter == c"f":
        put_byte(&unescaped, c"\f")
    elif letter == c"n":
        put_byte(&unescaped, c"\n")
    elif letter == c"r":
        put_byte(&unescaped, c"\r")
    elif letter == c"t":
        put_byte(&unescaped, c"\t")
    elif letter == c"u":
        size = read_unicode(escape)
        if size == 0:
            fail(scanner, escape, "invalid unicode escape code")
    else:
        fail(scanner, escape, "invalid escape code")
        return 0
    return size


cdef void read_string(Scanner *scanner) noexcept nogil:
    """Reads a string, whose first quote comes next."""
    cdef const char *at = scanner.at + 1
    scanner.token = STRING
    scanner.content = at
    while at[0] != c'"' and at[0] != c"\\" and at[0]:
        at += 1
    if at[0] == c'"':
        scanner.size = at - scanner.content
        scanner.at = at + 1
        return
    read_escaped(scanner, at)


cdef void read_escaped(Scanner *scanner, const char *at) noexcept nogil:
    """Reads the rest of a string, from its first escape on, or from its end that is none."""
    cdef const char *plain
    cdef int size
    start(&unescaped)
    put(&unescaped, scanner.content, at - scanner.content)
    while at[0] != c'"':
        if at[0] == 0:
            fail(scanner, at, "unexpected end of string")
            return
        if at[0] == c"\\":
            size = read_escape(scanner, at)
            if size == 0:
                return
            at += size
            continue
        plain = at
        while at[0] != c'"' and at[0] != c"\\" and at[0]:
            at += 1
        put(&unescaped, plain, at - plain)
    if unescaped.failed:
        luaL_error(scanner.L, "not enough memory")
    scanner.content = content(&unescaped)
    scanner.size = unescaped.length
    scanner.at = at + 1


cdef bint is_odd_number(const char *at) noexcept nogil:
    """Whether a number begins here that JSON does not know."""
    if at[0] == c"+":
        return True
    if at[0] == c"-":
        at += 1
    if at[0] == c"0":
        return (at[1] | 32) == c"x" or c"0" <= at[1] <= c"9"
    if c"1" <= at[0] <= c"9":
        return False
    return strncasecmp(at, "inf", 3) == 0 or strncasecmp(at, "nan", 3) == 0


cdef bint read_quickly(Scanner *scanner) noexcept nogil:
    """Reads an integer of few digits; whether it is one."""
    cdef const char *at = scanner.at
    cdef bint negative = at[0] == c"-"
    cdef long long total = 0
    cdef int digits = 0
    at += negative
    while c"0" <= at[digits] <= c"9" and digits <= MOST_QUICK_DIGITS:
        total = total * 10 + (at[digits] - c"0")
        digits += 1
    if digits == 0 or digits > MOST_QUICK_DIGITS or total == 0:
        return False
    if at[digits] == c"." or (at[digits] | 32) == c"e" or at[0] == c"0":
        return False
    scanner.number = <double>(-total if negative else total)
    scanner.at = at + digits
    return True


cdef void read_number(Scanner *scanner) noexcept nogil:
    cdef char *end
    scanner.token = NUMBER
    if read_quickly(scanner):
        return
    if scanner.settings.decode_not_numbers == REFUSED and is_odd_number(scanner.at):
        fail(scanner, scanner.at, "invalid number")
        return
    scanner.number = strtod(scanner.at, &end)
    if end == scanner.at:
        fail(scanner, scanner.at, "invalid number")
        return
    scanner.at = end


cdef void read_word(Scanner *scanner, const char *word, int size, Token token) noexcept nogil:
    """Reads true, false or null, or what else begins with the same letter."""
    if strncmp(scanner.at, word, size) == 0:
        scanner.token = token
        scanner.truth = size == 4
        scanner.at += size
    else:
        read_letters(scanner)


cdef void read_letters(Scanner *scanner) noexcept nogil:
    """Reads a number that is spelled by letters, if that is what stands here."""
    if scanner.settings.decode_not_numbers != REFUSED and is_odd_number(scanner.at):
        read_number(scanner)
    else:
        fail(scanner, scanner.at, "invalid token")


cdef void read_token(Scanner *scanner) noexcept nogil:
    """Reads the next token."""
    cdef char mark
    while scanner.at[0] in b" \t\n\r":
        scanner.at += 1
    mark = scanner.at[0]
    scanner.place = scanner.at
    if mark == c'"':
        read_string(scanner)
    elif c"0" <= mark <= c"9" or mark == c"-":
        read_number(scanner)
    elif mark == c"t":
        read_word(scanner, "true", 4, BOOLEAN)
    elif mark == c"f":
        read_word(scanner, "false", 5, BOOLEAN)
    elif mark == c"n":
        read_word(scanner, "null", 4, NULL_TOKEN)
    elif mark == 0:
        scanner.token = END
    elif read_mark(scanner, mark):
        scanner.at += 1
    else:
        read_letters(scanner)


cdef bint read_mark(Scanner *scanner, char mark) noexcept nogil:
    """Reads a token of one character; whether it is one."""
    if mark == c"{":
        scanner.token = OBJECT_BEGIN
    elif mark == c"}":
        scanner.token = OBJECT_END
    elif mark == c"[":
        scanner.token = ARRAY_BEGIN
    elif mark == c"]":
        scanner.token = ARRAY_END
    elif mark == c":":
        scanner.token = COLON
    elif mark == c",":
        scanner.token = COMMA
    else:
        return False
    return True


# Values

cdef void descend(Scanner *scanner) noexcept nogil:
    scanner.depth += 1
    if scanner.depth > scanner.settings.decode_depth or not lua_checkstack(scanner.L, 4):
        luaL_error(
            scanner.L, "Found too many nested data structures (%d) at character %d",
            scanner.depth, <int>(scanner.at - scanner.text))


cdef void push_object(Scanner *scanner) noexcept nogil:
    cdef lua_State *L = scanner.L
    descend(scanner)
    lua_createtable(L, 0, 0)
    read_token(scanner)
    while scanner.token != OBJECT_END:
        if scanner.token != STRING:
            refuse(scanner, "object key string")
        lua_pushlstring(L, scanner.content, scanner.size)
        read_token(scanner)
        if scanner.token != COLON:
            refuse(scanner, "colon")
        read_token(scanner)
        push_value(scanner)
        lua_rawset(L, -3)
        read_token(scanner)
        if scanner.token == OBJECT_END:
            break
        if scanner.token != COMMA:
            refuse(scanner, "comma or object end")
        read_token(scanner)
        if scanner.token == OBJECT_END:
            refuse(scanner, "object key string")
    scanner.depth -= 1


cdef void push_array(Scanner *scanner) noexcept nogil:
    cdef lua_State *L = scanner.L
    cdef int count = 0
    descend(scanner)
    lua_createtable(L, 0, 0)
    read_token(scanner)
    if scanner.token != ARRAY_END:
        while True:
            push_value(scanner)
            count += 1
            lua_rawseti(L, -2, count)
            read_token(scanner)
            if scanner.token == ARRAY_END:
                break
            if scanner.token != COMMA:
                refuse(scanner, "comma or array end")
            read_token(scanner)
    scanner.depth -= 1


cdef void push_value(Scanner *scanner) noexcept nogil:
    """Pushes the value whose first token has been read."""
    cdef lua_State *L = scanner.L
    if scanner.token == STRING:
        lua_pushlstring(L, scanner.content, scanner.size)
    elif scanner.token == NUMBER:
        lua_pushnumber(L, scanner.number)
    elif scanner.token == BOOLEAN:
        lua_pushboolean(L, scanner.truth)
    elif scanner.token == OBJECT_BEGIN:
        push_object(scanner)
    elif scanner.token == ARRAY_BEGIN:
        push_array(scanner)
    elif scanner.token == NULL_TOKEN:
        lua_pushlightuserdata(L, NULL)
    else:
        refuse(scanner, "value")


cdef int decode(lua_State *L) noexcept nogil:
    """cjson.decode(text)"""
    cdef Scanner scanner
    cdef size_t size
    if lua_gettop(L) != 1:
        luaL_argerror(L, 1, "expected 1 argument")
    scanner.L = L
    scanner.settings = <Settings *>lua_touserdata(L, UPVALUE_1)
    scanner.text = scanner.at = luaL_checklstring(L, 1, &size)
    scanner.depth = 0
    if size >= 2 and (scanner.text[0] == 0 or scanner.text[1] == 0):
        return luaL_error(L, "JSON parser does not support UTF-16 or UTF-32")
    read_token(&scanner)
    push_value(&scanner)
    read_token(&scanner)
    if scanner.token != END:
        refuse(&scanner, "the end")
    return 1
