"""One Lua interpreter: compiles scripts, runs them, and ends them when they take too long.

The interpreter's memory comes from our own allocator, so it counts as the server's, and has a
limit: a script that wants more gets an error, which it can handle, and no byte of it stays.
Between two runs the stack holds two functions:

    1  explain      is called by lua_pcall where an error is raised, and notes what and where
    2  run_script   is what lua_pcall calls: makes KEYS and ARGV, calls the script, and turns its
                    value into a reply

Everything that can raise an error of Lua happens in there.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_CheckSignals
from cpython.ref cimport Py_XDECREF, PyObject
from libc.stdio cimport snprintf

from rediskit.errors import ScriptError

from rediskit.scripting.bits cimport open_bits
from rediskit.scripting.conversion cimport (
    ERR,
    NAMES,
    has_field,
    push_error,
    push_names,
    whole,
    write_value,
)
from rediskit.scripting.host cimport Host
from rediskit.scripting.json cimport open_json
from rediskit.scripting.lua cimport (
    EACH_COUNT,
    FAILED,
    GC_COLLECT,
    GLOBALS,
    IS_BOOLEAN,
    IS_NUMBER,
    IS_STRING,
    IS_TABLE,
    NO_MEMORY,
    RAN,
    REGISTRY,
    UPVALUE_1,
    connect,
    library,
    lua_call,
    lua_close,
    lua_cpcall,
    lua_createtable,
    lua_Debug,
    lua_error,
    lua_gc,
    lua_getallocf,
    lua_getfield,
    lua_getinfo,
    lua_getmetatable,
    lua_getstack,
    lua_newstate,
    lua_pcall,
    lua_pushcclosure,
    lua_pushlightuserdata,
    lua_pushlstring,
    lua_pushstring,
    lua_pushvalue,
    lua_rawget,
    lua_rawgeti,
    lua_rawset,
    lua_rawseti,
    lua_setfield,
    lua_sethook,
    lua_setmetatable,
    lua_settop,
    lua_State,
    lua_toboolean,
    lua_tolstring,
    lua_tonumber,
    lua_touserdata,
    lua_type,
    lua_typename,
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
    TEXT,
    YES,
    Machine,
)
from rediskit.scripting.msgpack cimport open_msgpack
from rediskit.scripting.packing cimport open_packing
from rediskit.scripting.readonly cimport make_readonly
from rediskit.scripting.redis_library cimport (
    Caller,
    keep_message,
    open_loading,
    open_redis,
    stop,
)
from rediskit.scripting.sandbox cimport (
    absent,
    close_sandbox,
    load_chunk,
    open_sandbox,
    seed,
)
from rediskit.scripting.writer cimport forget, put, start
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.memory cimport Account, Owned, allocate, enter, release, resize
from rediskit.structures.native cimport monotonic_us, quick_us

from rediskit.scripting.lua import why_not

cdef extern from "Python.h":
    # As functions that are given no reference.
    PyObject *item "PyList_GET_ITEM"(PyObject *words, Py_ssize_t index) noexcept nogil
    const char *text_of "PyBytes_AS_STRING"(PyObject *word) noexcept nogil
    Py_ssize_t size_of "PyBytes_GET_SIZE"(PyObject *word) noexcept nogil

if library() != NULL:
    connect(library())

cdef enum:
    STEPS = 100000              # instructions between two looks at the clock
    FIRST_SEED = 0x1234ABCD     # of math.random; POSIX' generator has it unless it is seeded
    SPARE_BYTES = 1 << 20       # of garbage that is not worth a collection of its own
    # Places on the stack.
    EXPLAIN = 1
    RUN_SCRIPT = 2
    # Further upvalues of run_script.
    KEYS = UPVALUE_1 - NAMES - 1
    ARGV = UPVALUE_1 - NAMES - 2
    REAL_GLOBALS = UPVALUE_1 - NAMES - 3

cdef const char *SCRIPT_KILLED = b"Script killed by user with SCRIPT KILL."
cdef const char *FUNCTION_KILLED = b"Script killed by user with FUNCTION KILL."

cdef struct Chunk:
    # What compile_chunk() takes and gives.
    const char *code
    size_t size
    const char *name
    int function

cdef struct Run:
    # What run_script() takes and gives.
    int function
    PyObject *words
    Py_ssize_t first
    Py_ssize_t keys
    Py_ssize_t end
    bint is_eval
    int outcome

cdef struct Setting:
    # What set_up() takes and gives.
    Machine *machine
    bint is_eval
    int explain
    int run_script


# Memory

cdef inline size_t rounded(size_t size) noexcept:
    """Our allocator aligns to what divides a size; Lua needs 8."""
    return (size + 7) & ~<size_t>7


cdef void *allocate_for_lua(
        void *owner, void *block, size_t old_size, size_t new_size) noexcept:
    """Lua's allocator: NULL where there is no memory, or would be more than may be."""
    cdef Machine *machine = <Machine *>owner
    if new_size == 0:
        if block != NULL:
            release(block, rounded(old_size))
            machine.bytes -= old_size
        return NULL
    if block == NULL:
        old_size = 0
    if new_size > old_size and machine.bytes + (new_size - old_size) > machine.most_bytes:
        return NULL
    try:
        if block == NULL:
            block = allocate(rounded(new_size))
        else:
            block = resize(block, rounded(old_size), rounded(new_size))
    except MemoryError:
        return NULL
    machine.bytes += new_size - old_size
    return block


# Time

cdef void on_count(lua_State *L, lua_Debug *record) noexcept nogil:
    """Is called by Lua after every STEPS instructions."""
    cdef void *owner
    lua_getallocf(L, &owner)
    if is_over_free(<Machine *>owner):
        # From now on after each instruction, so that no pcall of the script's goes on for long.
        lua_sethook(L, on_count, EACH_COUNT, 1)
        lua_sethook((<Machine *>owner).L, on_count, EACH_COUNT, 1)
        stop(L, <Machine *>owner)


cdef bint is_over(Machine *machine) noexcept:
    """Whether the script has to end."""
    cdef Caller caller = <Caller>machine.caller
    if machine.is_stopped:
        return True
    if machine.limit_us == 0 or monotonic_us() - machine.start_us < machine.limit_us:
        return False
    try:
        PyErr_CheckSignals()
        machine.is_stopped = caller.host.is_to_stop()
    except BaseException as mistake:
        caller.mistake = mistake
        machine.is_stopped = True
    return machine.is_stopped


# For functions that are not said to hold the lock, though they do.
ctypedef bint (*Clock)(Machine *machine) noexcept nogil

cdef Clock is_over_free = <Clock><void *>is_over


# Running

cdef void push_words(
        lua_State *L, PyObject *words, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    """Pushes a table of the words from `first` up to `end`."""
    cdef Py_ssize_t index
    cdef PyObject *word
    lua_createtable(L, <int>(end - first), 0)
    for index in range(first, end):
        word = item(words, index)
        lua_pushlstring(L, text_of(word), size_of(word))
        lua_rawseti(L, -2, <int>(index - first) + 1)


cdef int run_script(lua_State *L) noexcept nogil:
    """Calls the function of a Run, which is the first argument."""
    cdef Machine *machine = <Machine *>lua_touserdata(L, UPVALUE_1)
    cdef Run *run = <Run *>lua_touserdata(L, 1)
    if run.is_eval:
        lua_pushvalue(L, KEYS)
        push_words(L, run.words, run.first, run.first + run.keys)
        lua_rawset(L, REAL_GLOBALS)
        lua_pushvalue(L, ARGV)
        push_words(L, run.words, run.first + run.keys, run.end)
        lua_rawset(L, REAL_GLOBALS)
        lua_rawgeti(L, REGISTRY, run.function)
        lua_call(L, 0, 1)
    else:
        lua_rawgeti(L, REGISTRY, run.function)
        push_words(L, run.words, run.first, run.first + run.keys)
        push_words(L, run.words, run.first + run.keys, run.end)
        lua_call(L, 2, 1)
    run.outcome = outcome_of(L, machine)
    return 1


cdef int outcome_of(lua_State *L, Machine *machine) noexcept nogil:
    """What kind of reply the value on top of the stack is; one of many parts is written."""
    cdef int type = lua_type(L, -1)
    if type == IS_STRING:
        return TEXT
    if type == IS_NUMBER:
        machine.number = whole(lua_tonumber(L, -1))
        return NUMBER
    if type == IS_BOOLEAN and machine.speaks_3:
        return YES if lua_toboolean(L, -1) else NO
    if type == IS_BOOLEAN and lua_toboolean(L, -1):
        machine.number = 1
        return NUMBER
    if type != IS_TABLE:
        return NOTHING
    if has_field(L, -1, ERR):
        if lua_type(L, -1) == IS_STRING:
            keep_error(L, machine)
            return ERROR
        pop(L, 1)
    start(&machine.out)
    write_value(L, &machine.out, machine.protocol, machine.speaks_3)
    if machine.out.failed:
        push_error(L, "not enough memory", 17, False)
        lua_error(L)
    return ENCODED


cdef void keep_error(lua_State *L, Machine *machine) noexcept nogil:
    """Keeps the error on top of the stack, that of the table below it."""
    cdef size_t size
    cdef const char *text = lua_tolstring(L, -1, &size)
    keep_message(machine, text, size)
    lua_pushlstring(L, "ignore_error_stats_update", 25)
    lua_rawget(L, -3)
    machine.has_counted = lua_toboolean(L, -1)
    pop(L, 2)


cdef int explain(lua_State *L) noexcept nogil:
    """Notes what an error says and where it was raised."""
    cdef Machine *machine = <Machine *>lua_touserdata(L, UPVALUE_1)
    cdef lua_Debug record
    machine.has_counted = False
    machine.place[0] = 0
    note_message(L, machine)
    if lua_getstack(L, 1, &record):
        lua_getinfo(L, "Sl", &record)
        if record.what[0] == c"C" and lua_getstack(L, 2, &record):
            lua_getinfo(L, "Sl", &record)
        snprintf(machine.place, sizeof(machine.place), "%s:%d", record.source, record.currentline)
    return 1


cdef void note_message(lua_State *L, Machine *machine) noexcept nogil:
    """Notes the text of an error, the only argument: a table with `err`, or anything."""
    cdef size_t size
    cdef const char *text
    if lua_type(L, 1) == IS_TABLE:
        lua_pushlstring(L, "err", 3)
        lua_rawget(L, 1)
        if lua_type(L, -1) == IS_STRING:
            lua_pushvalue(L, 1)
            lua_pushvalue(L, -2)
            keep_error(L, machine)
            return
        keep_message(machine, "ERR unknown error", 17)
        return
    keep_message(machine, "ERR ", 4)
    if lua_type(L, 1) == IS_BOOLEAN:
        text = "true" if lua_toboolean(L, 1) else "false"
        put(&machine.message, text, 4 if lua_toboolean(L, 1) else 5)
        return
    text = lua_tolstring(L, 1, &size)
    if text == NULL:
        lua_pushstring(L, lua_typename(L, lua_type(L, 1)))
        text = lua_tolstring(L, -1, &size)
    put(&machine.message, text, size)


# Compiling

cdef int compile_chunk(lua_State *L) noexcept nogil:
    """Compiles the Chunk that is the first argument and keeps its function in the registry."""
    cdef Chunk *chunk = <Chunk *>lua_touserdata(L, 1)
    if load_chunk(L, chunk.code, chunk.size, chunk.name):
        return lua_error(L)
    chunk.function = luaL_ref(L, REGISTRY)
    return 0


cdef int drop_function(lua_State *L) noexcept nogil:
    luaL_unref(L, REGISTRY, (<Chunk *>lua_touserdata(L, 1)).function)
    return 0


cdef int collect(lua_State *L) noexcept nogil:
    """Collects until nothing more is freed: Lua's own buffers shrink by half each time."""
    cdef Machine *machine = <Machine *>lua_touserdata(L, 1)
    cdef size_t before = 0
    while machine.bytes != before:
        before = machine.bytes
        lua_gc(L, GC_COLLECT, 0)
    return 0


# Setting up

cdef int set_up(lua_State *L) noexcept nogil:
    """Opens all libraries; keeps what the stack shall hold in the registry."""
    cdef Setting *setting = <Setting *>lua_touserdata(L, 1)
    cdef Machine *machine = setting.machine
    open_sandbox(L, &machine.sandbox)
    open_json(L)
    lua_setfield(L, GLOBALS, "cjson")
    open_msgpack(L)
    lua_setfield(L, GLOBALS, "cmsgpack")
    open_packing(L)
    lua_setfield(L, GLOBALS, "struct")
    open_bits(L)
    lua_setfield(L, GLOBALS, "bit")
    open_redis(L, machine, setting.is_eval)
    lua_pushvalue(L, -1)
    lua_setfield(L, GLOBALS, "redis")
    lua_setfield(L, GLOBALS, "server")
    close_sandbox(L)
    if not setting.is_eval:
        keep_loading(L, machine)
    lua_pushlightuserdata(L, machine)
    push_names(L)
    lua_pushlstring(L, "KEYS", 4)
    lua_pushlstring(L, "ARGV", 4)
    lua_pushvalue(L, 2)                 # the real globals, from close_sandbox()
    lua_pushcclosure(L, run_script, NAMES + 4)
    setting.run_script = luaL_ref(L, REGISTRY)
    lua_pushlightuserdata(L, machine)
    lua_pushcclosure(L, explain, 1)
    setting.explain = luaL_ref(L, REGISTRY)
    return 0


cdef void keep_loading(lua_State *L, Machine *machine) noexcept nogil:
    """Keeps two tables of globals in the registry, the usual one and that of a library's load."""
    lua_createtable(L, 0, 2)
    open_loading(L, machine)
    make_readonly(L)
    lua_pushvalue(L, -1)
    lua_setfield(L, -3, "redis")
    lua_setfield(L, -2, "server")
    lua_createtable(L, 0, 1)
    lua_pushcclosure(L, absent, 0)
    lua_setfield(L, -2, "__index")
    lua_setmetatable(L, -2)
    lua_setfield(L, REGISTRY, "rediskit.loading")
    lua_pushvalue(L, 2)
    lua_setfield(L, REGISTRY, "rediskit.running")


cdef int enter_loading(lua_State *L) noexcept nogil:
    return choose_globals(L, "rediskit.loading")


cdef int leave_loading(lua_State *L) noexcept nogil:
    return choose_globals(L, "rediskit.running")


cdef int choose_globals(lua_State *L, const char *name) noexcept nogil:
    """Has scripts find one of the tables that keep_loading() keeps."""
    lua_pushvalue(L, GLOBALS)
    lua_getmetatable(L, -1)
    lua_getfield(L, REGISTRY, name)
    lua_setfield(L, -2, "__index")
    return 0


cdef class ScriptReply:
    """A reply of many parts that is encoded already, in one protocol."""

    def __init__(self, bytes encoded, int protocol):
        self.encoded = encoded
        self.protocol = protocol

    cpdef object encode_into(self, Buffer out, int protocol):
        """Appends it."""
        out.append(self.encoded)


cdef class State(Owned):
    """An interpreter with its libraries. Raises MemoryError, or ValueError where there is no Lua.

    host: whom redis.call calls (a Host).  is_eval: for scripts, with KEYS and ARGV as globals;
    otherwise for libraries of functions.  limit_bytes: what Lua may hold.
    """

    def __init__(self, Host host, is_eval, size_t limit_bytes):
        cdef Setting setting
        cdef int status
        if library() == NULL:
            raise ValueError(why_not())
        self.caller = Caller(host)
        self.is_eval = is_eval
        self.machine.caller = <PyObject *>self.caller
        self.limit_bytes = limit_bytes
        self.machine.stop_text = SCRIPT_KILLED if is_eval else FUNCTION_KILLED
        seed(&self.machine.sandbox, FIRST_SEED)
        self.machine.L = lua_newstate(allocate_for_lua, &self.machine)
        if self.machine.L == NULL:
            raise MemoryError()
        setting.machine = &self.machine
        setting.is_eval = is_eval
        status = lua_cpcall(self.machine.L, set_up, &setting)
        if status != RAN:
            raise MemoryError()
        lua_rawgeti(self.machine.L, REGISTRY, setting.explain)
        lua_rawgeti(self.machine.L, REGISTRY, setting.run_script)
        lua_sethook(self.machine.L, on_count, EACH_COUNT, STEPS)
        self.tidy()

    def __dealloc__(self):
        cdef Account before
        if self.machine.L != NULL:
            before = self.enter_own()
            lua_close(self.machine.L)
            enter(before)
        Py_XDECREF(self.machine.value)
        forget(&self.machine.out)
        forget(&self.machine.message)

    @property
    def bytes(self):
        """What Lua holds."""
        return self.machine.bytes

    @property
    def limit_bytes(self):
        """What Lua may hold."""
        return self.machine.most_bytes

    @limit_bytes.setter
    def limit_bytes(self, size_t limit):
        self.machine.most_bytes = self.machine.out.most = limit
        self.machine.sandbox.most_bytes = limit

    @property
    def limit_ms(self):
        """The time after which the host is asked whether a script is to stop; 0: never."""
        return self.machine.limit_us // 1000

    @limit_ms.setter
    def limit_ms(self, long long limit):
        self.machine.limit_us = limit * 1000

    def compile(self, bytes code, bytes name):
        """Compiles a chunk; the number that run() takes. Raises ScriptError."""
        cdef Chunk chunk
        cdef lua_State *L = self.machine.L
        cdef int status
        chunk.code = PyBytes_AS_STRING(code)
        chunk.size = PyBytes_GET_SIZE(code)
        chunk.name = PyBytes_AS_STRING(name)
        status = lua_cpcall(L, compile_chunk, &chunk)
        if status == RAN:
            return chunk.function
        try:
            if status != NO_MEMORY:
                raise ScriptError(error_text(L))
            raise ScriptError(b"not enough memory")
        finally:
            lua_settop(L, RUN_SCRIPT)

    def drop(self, int function):
        """Forgets a function."""
        cdef Chunk chunk
        chunk.function = function
        lua_cpcall(self.machine.L, drop_function, &chunk)
        lua_settop(self.machine.L, RUN_SCRIPT)

    def load(self, int function):
        """Runs a compiled chunk that registers functions. Raises ScriptError."""
        lua_cpcall(self.machine.L, enter_loading, NULL)
        try:
            self.run(function, [], 0, 0, 2, None)
        finally:
            lua_cpcall(self.machine.L, leave_loading, NULL)

    cpdef object run(
            self, int function, list words, Py_ssize_t first, Py_ssize_t keys, int protocol,
            bytes name):
        """Runs a function; its value as a command returns one. Raises ScriptError.

        words: bytes, from `first` on `keys` keys and then arguments.  protocol: 2 or 3, that of the
        reply.  name: what an error calls the function; None: it does not say where it was raised.
        """
        cdef Run run
        cdef lua_State *L = self.machine.L
        cdef int status
        run.function = function
        run.words = <PyObject *>words
        run.first = first
        run.keys = keys
        run.end = len(words)
        run.is_eval = self.is_eval
        self.machine.protocol = protocol
        self.machine.speaks_3 = False
        self.machine.start_us = quick_us()
        lua_pushvalue(L, RUN_SCRIPT)
        lua_pushlightuserdata(L, &run)
        status = lua_pcall(L, 1, 1, EXPLAIN)
        try:
            if status != RAN or self.caller.mistake is not None:
                raise self.error(L, status, name)
            return self.result(L, run.outcome)
        finally:
            lua_settop(L, RUN_SCRIPT)
            self.was_stopped = self.machine.is_stopped
            if self.machine.is_stopped:
                self.machine.is_stopped = False
                lua_sethook(L, on_count, EACH_COUNT, STEPS)
            if self.machine.bytes > self.machine.collect_at:
                self.tidy()

    cdef object result(self, lua_State *L, int outcome):
        """The value of a run that ended well. Raises ScriptError."""
        cdef size_t size
        cdef const char *text
        if outcome == TEXT:
            text = lua_tolstring(L, -1, &size)
            return PyBytes_FromStringAndSize(text, size)
        if outcome == NUMBER:
            return self.machine.number
        if outcome == NOTHING:
            return None
        if outcome == YES or outcome == NO:
            return outcome == YES
        if outcome == ERROR:
            raise ScriptError(message_of(&self.machine), self.machine.has_counted)
        text = self.machine.out.data
        return ScriptReply(
            PyBytes_FromStringAndSize(text, self.machine.out.length), self.machine.protocol)

    cdef object error(self, lua_State *L, int status, bytes name):
        """The exception for a run that did not."""
        mistake = self.caller.mistake
        self.caller.mistake = None
        if mistake is not None:
            return mistake
        if status == NO_MEMORY:
            return ScriptError(b"ERR not enough memory")
        if status != FAILED:
            return ScriptError(b"ERR error in error handling")
        text = message_of(&self.machine)
        if name is not None and self.machine.place[0]:
            text += b" script: " + name + b", on " + self.machine.place + b"."
        return ScriptError(text, self.machine.has_counted)

    cdef int tidy(self) except -1:
        """Collects what is not used any more, and says when to do so again."""
        lua_cpcall(self.machine.L, collect, &self.machine)
        lua_settop(self.machine.L, RUN_SCRIPT)
        self.machine.collect_at = 2 * self.machine.bytes + SPARE_BYTES
        return 0


cdef bytes error_text(lua_State *L):
    """The string on top of the stack."""
    cdef size_t size
    cdef const char *text = lua_tolstring(L, -1, &size)
    return b"unknown error" if text == NULL else PyBytes_FromStringAndSize(text, size)


cdef bytes message_of(Machine *machine):
    """The error that was noted last."""
    if machine.message.failed or machine.message.length == 0:
        return b"ERR"
    return PyBytes_FromStringAndSize(machine.message.data, machine.message.length)
