"""redis.call and its siblings: what a script has as `redis`, and as `server`.

A function comes in two parts. The outer one is called by Lua, reads and pushes values, may raise
errors of Lua, and holds nothing of Python. The inner one (perform, digest ...) knows Python, calls
no function of Lua that might raise an error, and leaves what it found in the Machine.
"""

import hashlib

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.ref cimport Py_INCREF, Py_XDECREF, PyObject
from libc.stdio cimport snprintf
from libc.string cimport memcmp, strlen


from rediskit.errors import CommandError
from rediskit.protocol.replies import encode
from rediskit.version import REDIS_VERSION

from rediskit.scripting.conversion cimport push_error, push_reply, push_status
from rediskit.scripting.host cimport Host
from rediskit.scripting.lua cimport (
    IS_FUNCTION,
    IS_NIL,
    IS_NUMBER,
    IS_STRING,
    IS_TABLE,
    REGISTRY,
    UPVALUE_1,
    connect,
    library,
    lua_concat,
    lua_createtable,
    lua_error,
    lua_gettop,
    lua_isnumber,
    lua_next,
    lua_pushboolean,
    lua_pushcclosure,
    lua_pushlightuserdata,
    lua_pushlstring,
    lua_pushnil,
    lua_pushnumber,
    lua_pushstring,
    lua_pushvalue,
    lua_rawgeti,
    lua_replace,
    lua_setfield,
    lua_setmetatable,
    lua_settop,
    lua_State,
    lua_tolstring,
    lua_tonumber,
    lua_touserdata,
    lua_type,
    luaL_ref,
    luaL_unref,
    pop,
)
from rediskit.scripting.machine cimport (
    ENCODED,
    ERROR,
    NO,
    NOTHING,
    NUMBER,
    STOPPED,
    TEXT,
    YES,
    Machine,
)
from rediskit.scripting.sandbox cimport absent
from rediskit.scripting.writer cimport content, put, start
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.digits cimport write_integer

cdef extern from "<strings.h>" nogil:
    int strcasecmp(const char *one, const char *other)

if library() != NULL:
    connect(library())

cdef enum:
    KEPT_NAMES = 64             # a power of two
    MOST_FLAGS = 16
    # Where register_function keeps what it is given.
    ARGUMENTS = 2               # at most
    FLAGS = 2
    NAME = 3
    CALLBACK = 4
    DESCRIPTION = 5
    LAST_FIELD = 5
    LARGE_REPLY = 65536
    LONGEST_NUMBER = 40
    REPLICATE_ALL = 3
    LOG_DEBUG = 0
    LOG_WARNING = 3

cdef const char *NO_ARGUMENT = b"Please specify at least one argument for this redis lib call"
cdef const char *BAD_ARGUMENT = b"Lua redis lib command arguments must be strings or integers"

# As C strings for Lua.
cdef bytes version = REDIS_VERSION.encode()
cdef const char *VERSION = version
cdef int VERSION_NUMBER = int.from_bytes(bytes(map(int, REDIS_VERSION.split("."))), "big")


# The inner parts

cdef class Caller:
    """The Python side of an interpreter: whom it calls, and in which buffers."""

    def __init__(self, Host host):
        self.host = host
        self.reply = Buffer()
        self.names = [b""] * KEPT_NAMES

    cdef object name(self, const char *text, size_t size):
        """The first word of a call as bytes, the same object as last time where possible."""
        cdef size_t place
        cdef object known
        if size == 0:
            return b""
        place = (size * 7 + <unsigned char>text[0] * 31 + <unsigned char>text[size - 1])
        place &= KEPT_NAMES - 1
        known = self.names[place]
        if <size_t>PyBytes_GET_SIZE(known) == size:
            if memcmp(PyBytes_AS_STRING(known), text, size) == 0:
                return known
        known = PyBytes_FromStringAndSize(text, size)
        self.names[place] = known
        return known

    cdef list words(self, lua_State *L, int count):
        """The arguments of a call, strings and numbers, as a list of bytes."""
        cdef list words = []
        cdef size_t size
        cdef const char *text
        cdef char spelled[LONGEST_NUMBER]
        cdef int index
        for index in range(1, count + 1):
            if lua_type(L, index) == IS_STRING:
                text = lua_tolstring(L, index, &size)
            else:
                text = spelled
                size = spell(spelled, lua_tonumber(L, index))
            if index == 1:
                words.append(self.name(text, size))
            else:
                words.append(PyBytes_FromStringAndSize(text, size))
        return words

    cdef int take(self, Machine *machine, value) except -1:
        """Leaves the value of a command in the machine; returns what kind it is of."""
        cdef object kind = type(value)
        if kind is bytes:
            Py_XDECREF(machine.value)
            Py_INCREF(value)
            machine.value = <PyObject *>value
            return TEXT
        if value is None:
            return NOTHING
        if kind is int and -(1 << 62) < value < 1 << 62:
            machine.number = value
            return NUMBER
        if self.reply.capacity > LARGE_REPLY:
            self.reply.clear()
        self.reply.start = self.reply.length = 0
        encode(self.reply, value, 3 if machine.speaks_3 else 2)
        machine.source.at = <const char *>self.reply.block + self.reply.start
        return ENCODED


cdef size_t spell(char *target, double number) noexcept nogil:
    """Writes a number as a command gets it: up to 17 digits, an integer without a point."""
    if -1e15 < number < 1e15 and <double><long long>number == number:
        return write_integer(target, <long long>number)
    return snprintf(target, LONGEST_NUMBER, "%.17g", number)


cdef void keep_message(Machine *machine, const char *text, size_t size) noexcept nogil:
    """Keeps the text of an error, "CODE words" or "-CODE words"."""
    start(&machine.message)
    put(&machine.message, text, size)


cdef int fail(Caller caller, Machine *machine, mistake) except -1:
    """Leaves an exception in the machine: an error of the script's, or one that ends it."""
    cdef bytes line
    if isinstance(mistake, CommandError):
        line = mistake.line
        keep_message(machine, PyBytes_AS_STRING(line), PyBytes_GET_SIZE(line) - 2)
        machine.has_counted = caller.host.has_counted
        return ERROR
    caller.mistake = mistake
    machine.is_stopped = True
    return STOPPED


cdef int perform(Machine *machine, lua_State *L, int count) noexcept:
    """Runs the command that `count` arguments on the stack are; what came of it, an Outcome."""
    cdef Caller caller = <Caller>machine.caller
    try:
        caller.host.speaks_3 = machine.speaks_3
        return caller.take(machine, caller.host.call(caller.words(L, count)))
    except BaseException as mistake:
        return fail(caller, machine, mistake)


cdef int ask(Machine *machine, lua_State *L, int count) noexcept:
    """Whether the user may run the command on the stack: YES, NO, or an error."""
    cdef Caller caller = <Caller>machine.caller
    try:
        return YES if caller.host.permits(caller.words(L, count)) else NO
    except BaseException as mistake:
        return fail(caller, machine, mistake)


cdef int write_log(Machine *machine, int level, const char *text, size_t size) noexcept:
    cdef Caller caller = <Caller>machine.caller
    try:
        caller.host.log(level, PyBytes_FromStringAndSize(text, size))
        return NOTHING
    except BaseException as mistake:
        return fail(caller, machine, mistake)


cdef int set_targets(Machine *machine, int targets) noexcept:
    cdef Caller caller = <Caller>machine.caller
    try:
        caller.host.replicate(targets)
        return NOTHING
    except BaseException as mistake:
        return fail(caller, machine, mistake)


cdef int register(Machine *machine, lua_State *L, int function) noexcept:
    """Hands on a function: its name is the third value on the stack, its flags follow the fifth."""
    cdef Caller caller = <Caller>machine.caller
    cdef list flags = []
    cdef int index
    try:
        for index in range(LAST_FIELD + 1, lua_gettop(L) + 1):
            flags.append(text_at(L, index))
        caller.host.register(text_at(L, NAME), function, flags, text_at(L, DESCRIPTION))
        return NOTHING
    except BaseException as mistake:
        return fail(caller, machine, mistake)


cdef object text_at(lua_State *L, int index):
    """The string at an index as bytes, None where there is none."""
    cdef size_t size
    cdef const char *text
    if lua_type(L, index) != IS_STRING:
        return None
    text = lua_tolstring(L, index, &size)
    return PyBytes_FromStringAndSize(text, size)


cdef int digest(Machine *machine, const char *text, size_t size) noexcept:
    """Leaves the SHA-1 of a text as `value`."""
    cdef Caller caller = <Caller>machine.caller
    try:
        hashed = hashlib.sha1(PyBytes_FromStringAndSize(text, size), usedforsecurity=False)
        return caller.take(machine, hashed.hexdigest().encode())
    except BaseException as mistake:
        return fail(caller, machine, mistake)


# The same, for functions that are not said to hold the lock, though they do.
ctypedef int (*Performer)(Machine *machine, lua_State *L, int count) noexcept nogil
ctypedef int (*Logger)(Machine *machine, int level, const char *text, size_t size) noexcept nogil
ctypedef int (*Digester)(Machine *machine, const char *text, size_t size) noexcept nogil
ctypedef int (*Setter)(Machine *machine, int targets) noexcept nogil
ctypedef int (*Registrar)(Machine *machine, lua_State *L, int function) noexcept nogil

cdef Performer perform_free = <Performer><void *>perform
cdef Performer ask_free = <Performer><void *>ask
cdef Logger log_free = <Logger><void *>write_log
cdef Digester digest_free = <Digester><void *>digest
cdef Setter targets_free = <Setter><void *>set_targets
cdef Registrar register_free = <Registrar><void *>register


# The outer parts

cdef inline Machine *machine_of(lua_State *L) noexcept nogil:
    """The machine of a function that has it as its first upvalue."""
    return <Machine *>lua_touserdata(L, UPVALUE_1)


cdef void stop(lua_State *L, Machine *machine) noexcept nogil:
    """Raises the error that ends a script."""
    push_error(L, machine.stop_text, strlen(machine.stop_text), False)
    lua_error(L)


cdef int fail_with(lua_State *L, const char *text, bint raises) noexcept nogil:
    """Pushes an error, and raises it or lets it be returned."""
    push_error(L, text, strlen(text), False)
    return lua_error(L) if raises else 1


cdef int push_outcome(lua_State *L, Machine *machine, int outcome, bint raises) noexcept nogil:
    """Pushes what an inner part has left in the machine, or raises it; how many values."""
    if outcome == TEXT:
        lua_pushlstring(
            L, PyBytes_AS_STRING_free(machine.value), PyBytes_GET_SIZE_free(machine.value))
    elif outcome == NUMBER:
        lua_pushnumber(L, <double>machine.number)
    elif outcome == ENCODED:
        push_reply(L, &machine.source)
    elif outcome == NOTHING:
        if machine.speaks_3:
            lua_pushnil(L)
        else:
            lua_pushboolean(L, 0)
    elif outcome == YES or outcome == NO:
        lua_pushboolean(L, outcome == YES)
    elif outcome == ERROR:
        push_error(L, machine.message.data, machine.message.length, machine.has_counted)
        if raises:
            return lua_error(L)
    else:
        stop(L, machine)
    return 1


cdef extern from *:
    """
    #define bytes_data(object) PyBytes_AS_STRING(object)
    #define bytes_size(object) ((size_t)PyBytes_GET_SIZE(object))
    """
    # As functions that are given no reference.
    const char *PyBytes_AS_STRING_free "bytes_data"(PyObject *text) noexcept nogil
    size_t PyBytes_GET_SIZE_free "bytes_size"(PyObject *text) noexcept nogil


cdef bint are_words(lua_State *L, int count) noexcept nogil:
    """Whether all arguments are strings or numbers."""
    cdef int index, type
    for index in range(1, count + 1):
        type = lua_type(L, index)
        if type != IS_STRING and type != IS_NUMBER:
            return False
    return True


cdef int call_server(lua_State *L, bint raises) noexcept nogil:
    cdef Machine *machine = machine_of(L)
    cdef int count = lua_gettop(L)
    if count == 0:
        return fail_with(L, NO_ARGUMENT, raises)
    if not are_words(L, count):
        return fail_with(L, BAD_ARGUMENT, raises)
    return push_outcome(L, machine, perform_free(machine, L, count), raises)


cdef int call(lua_State *L) noexcept nogil:
    return call_server(L, True)


cdef int pcall(lua_State *L) noexcept nogil:
    return call_server(L, False)


cdef int acl_check_cmd(lua_State *L) noexcept nogil:
    cdef Machine *machine = machine_of(L)
    cdef int count = lua_gettop(L)
    if count == 0:
        return fail_with(L, b"Please specify at least one argument for this redis lib call", True)
    if not are_words(L, count):
        return fail_with(L, BAD_ARGUMENT, True)
    return push_outcome(L, machine, ask_free(machine, L, count), True)


cdef int log(lua_State *L) noexcept nogil:
    """redis.log(level, text ...): the texts with blanks between."""
    cdef Machine *machine = machine_of(L)
    cdef int count = lua_gettop(L), index
    cdef double level
    cdef size_t size
    cdef const char *text
    if count < 2:
        return fail_with(L, b"redis.log() requires two arguments or more.", True)
    if not lua_isnumber(L, 1):
        return fail_with(L, b"First argument must be a number (log level).", True)
    level = lua_tonumber(L, 1)
    if not LOG_DEBUG <= level <= LOG_WARNING:
        return fail_with(L, b"Invalid debug level.", True)
    start(&machine.message)
    for index in range(2, count + 1):
        text = lua_tolstring(L, index, &size)
        if text != NULL:
            if index > 2:
                put(&machine.message, b" ", 1)
            put(&machine.message, text, size)
    size = machine.message.length
    if log_free(machine, <int>level, content(&machine.message), size) != NOTHING:
        stop(L, machine)
    return 0


cdef int sha1hex(lua_State *L) noexcept nogil:
    cdef Machine *machine = machine_of(L)
    cdef size_t size = 0
    cdef const char *text
    if lua_gettop(L) != 1:
        return fail_with(L, b"wrong number of arguments", True)
    text = lua_tolstring(L, 1, &size)
    return push_outcome(L, machine, digest_free(machine, text, size), True)


cdef int error_reply(lua_State *L) noexcept nogil:
    cdef size_t size
    cdef const char *text
    if lua_gettop(L) != 1 or lua_type(L, 1) != IS_STRING:
        return fail_with(L, b"wrong number or type of arguments", False)
    text = lua_tolstring(L, 1, &size)
    if size == 0 or text[0] != c"-":
        lua_pushlstring(L, b"-", 1)
        lua_pushvalue(L, 1)
        lua_concat(L, 2)
        text = lua_tolstring(L, -1, &size)
    push_error(L, text, size, False)
    return 1


cdef int status_reply(lua_State *L) noexcept nogil:
    cdef size_t size
    cdef const char *text
    if lua_gettop(L) != 1 or lua_type(L, 1) != IS_STRING:
        return fail_with(L, b"wrong number or type of arguments", False)
    text = lua_tolstring(L, 1, &size)
    push_status(L, text, size)
    return 1


cdef int setresp(lua_State *L) noexcept nogil:
    cdef double version
    if lua_gettop(L) != 1:
        return fail_with(L, b"redis.setresp() requires one argument.", True)
    version = lua_tonumber(L, 1)
    if version != 2 and version != 3:
        return fail_with(L, b"RESP version must be 2 or 3.", True)
    machine_of(L).speaks_3 = version == 3
    return 0


cdef int set_repl(lua_State *L) noexcept nogil:
    cdef double targets
    if lua_gettop(L) != 1:
        return fail_with(L, b"redis.set_repl() requires two arguments.", True)
    targets = lua_tonumber(L, 1)
    if not 0 <= targets <= REPLICATE_ALL:
        return fail_with(
            L, b"Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
            True)
    if targets_free(machine_of(L), <int>targets) != NOTHING:
        stop(L, machine_of(L))
    return 0


cdef int replicate_commands(lua_State *L) noexcept nogil:
    lua_pushboolean(L, 1)
    return 1


cdef int breakpoint(lua_State *L) noexcept nogil:
    """Stops nothing: there is no debugger."""
    lua_pushboolean(L, 0)
    return 1


cdef int debug(lua_State *L) noexcept nogil:
    """Prints nothing: there is no debugger."""
    return 0


cdef int register_function(lua_State *L) noexcept nogil:
    """register_function(name, callback), or of a table with these and flags and a description."""
    cdef Machine *machine = machine_of(L)
    cdef int count = lua_gettop(L), outcome, function
    cdef const char *fault = NULL
    if count < 1 or count > ARGUMENTS:
        return fail_with(L, b"wrong number of arguments to redis.register_function", True)
    lua_settop(L, LAST_FIELD)
    if count == 2:
        fault = take_positions(L)
    elif lua_type(L, 1) == IS_TABLE:
        fault = take_fields(L)
    else:
        fault = (b"calling redis.register_function with a single argument is only applicable to "
                 b"Lua table (representing named arguments).")
    if fault != NULL:
        return fail_with(L, fault, True)
    lua_tolstring(L, NAME, NULL)
    lua_pushvalue(L, CALLBACK)
    function = luaL_ref(L, REGISTRY)
    outcome = register_free(machine, L, function)
    if outcome == NOTHING:
        return 0
    luaL_unref(L, REGISTRY, function)
    return push_outcome(L, machine, outcome, True)


cdef const char *take_positions(lua_State *L) noexcept nogil:
    """Takes a name and a function; what is wrong with them, or NULL."""
    if lua_type(L, 1) != IS_STRING and lua_type(L, 1) != IS_NUMBER:
        return b"first argument to redis.register_function must be a string"
    if lua_type(L, 2) != IS_FUNCTION:
        return b"second argument to redis.register_function must be a function"
    lua_pushvalue(L, 1)
    lua_replace(L, NAME)
    lua_pushvalue(L, 2)
    lua_replace(L, CALLBACK)
    return NULL


cdef const char *take_fields(lua_State *L) noexcept nogil:
    """Takes what a table names; what is wrong with it, or NULL."""
    cdef const char *fault
    lua_pushnil(L)
    while lua_next(L, 1):
        if lua_type(L, -2) != IS_STRING:
            return b"unknown argument given to redis.register_function"
        fault = take_field(L, lua_tolstring(L, -2, NULL))
        if fault != NULL:
            return fault
        lua_settop(L, LAST_FIELD + 1)
    if lua_type(L, NAME) == IS_NIL:
        return b"redis.register_function must get a function name argument"
    if lua_type(L, CALLBACK) == IS_NIL:
        return b"redis.register_function must get a callback argument"
    return take_flags(L)


cdef const char *take_field(lua_State *L, const char *name) noexcept nogil:
    """Takes one field, whose value is on top of the stack; what is wrong with it, or NULL."""
    cdef int type = lua_type(L, -1)
    cdef bint is_text = type == IS_STRING or type == IS_NUMBER
    if strcasecmp(name, b"function_name") == 0:
        if not is_text:
            return (b"function_name argument given to redis.register_function must be a string")
        lua_replace(L, NAME)
    elif strcasecmp(name, b"description") == 0:
        if not is_text:
            return b"description argument given to redis.register_function must be a string"
        lua_replace(L, DESCRIPTION)
    elif strcasecmp(name, b"callback") == 0:
        if type != IS_FUNCTION:
            return b"callback argument given to redis.register_function must be a function"
        lua_replace(L, CALLBACK)
    elif strcasecmp(name, b"flags") == 0:
        if type != IS_TABLE:
            return (b"flags argument to redis.register_function must be a table representing "
                    b"function flags")
        lua_replace(L, FLAGS)
    else:
        return b"unknown argument given to redis.register_function"
    return NULL


cdef const char *take_flags(lua_State *L) noexcept nogil:
    """Pushes the flags; what is wrong with them, or NULL."""
    cdef int count = 1
    if lua_type(L, FLAGS) != IS_TABLE:
        return NULL
    while count <= MOST_FLAGS:
        lua_rawgeti(L, FLAGS, count)
        if lua_type(L, -1) == IS_NIL:
            pop(L, 1)
            return NULL
        if lua_type(L, -1) != IS_STRING:
            return b"unknown flag given"
        count += 1
    return b"unknown flag given"


# Opening

cdef void add(
        lua_State *L, const char *name, int (*function)(lua_State *) noexcept nogil,
        Machine *machine) noexcept nogil:
    """Puts a function that knows the machine into the table on top of the stack."""
    lua_pushlightuserdata(L, machine)
    lua_pushcclosure(L, function, 1)
    lua_setfield(L, -2, name)


cdef void add_number(lua_State *L, const char *name, double number) noexcept nogil:
    lua_pushnumber(L, number)
    lua_setfield(L, -2, name)


cdef void add_common(lua_State *L, Machine *machine) noexcept nogil:
    """What is there even while a library is being loaded."""
    add(L, "log", log, machine)
    add_number(L, "LOG_DEBUG", LOG_DEBUG)
    add_number(L, "LOG_VERBOSE", 1)
    add_number(L, "LOG_NOTICE", 2)
    add_number(L, "LOG_WARNING", LOG_WARNING)
    add_number(L, "REDIS_VERSION_NUM", VERSION_NUMBER)
    lua_pushstring(L, VERSION)
    lua_setfield(L, -2, "REDIS_VERSION")


cdef void open_redis(lua_State *L, Machine *machine, bint is_eval) noexcept nogil:
    """Pushes the table `redis` of a script, or of a function."""
    lua_createtable(L, 0, 32)
    add_common(L, machine)
    add(L, "call", call, machine)
    add(L, "pcall", pcall, machine)
    add(L, "acl_check_cmd", acl_check_cmd, machine)
    add(L, "sha1hex", sha1hex, machine)
    add(L, "error_reply", error_reply, machine)
    add(L, "status_reply", status_reply, machine)
    add(L, "setresp", setresp, machine)
    add(L, "set_repl", set_repl, machine)
    add_number(L, "REPL_NONE", 0)
    add_number(L, "REPL_AOF", 1)
    add_number(L, "REPL_SLAVE", 2)
    add_number(L, "REPL_REPLICA", 2)
    add_number(L, "REPL_ALL", REPLICATE_ALL)
    if is_eval:
        add(L, "replicate_commands", replicate_commands, machine)
        add(L, "breakpoint", breakpoint, machine)
        add(L, "debug", debug, machine)


cdef void open_loading(lua_State *L, Machine *machine) noexcept nogil:
    """Pushes the table `redis` of a library that is being loaded."""
    lua_createtable(L, 0, 8)
    add_common(L, machine)
    add(L, "register_function", register_function, machine)
    lua_createtable(L, 0, 1)
    lua_pushcclosure(L, absent, 0)
    lua_setfield(L, -2, "__index")
    lua_setmetatable(L, -2)
