# The C side of an interpreter: what functions called by Lua need, and hold no reference to.

from cpython.ref cimport PyObject

from rediskit.scripting.conversion cimport Source
from rediskit.scripting.lua cimport lua_State
from rediskit.scripting.sandbox cimport Sandbox
from rediskit.scripting.writer cimport Writer

cdef enum Outcome:
    NOTHING                     # null
    TEXT
    NUMBER
    YES
    NO
    ENCODED                     # bytes of a reply
    ERROR                       # in `message`
    STOPPED                     # the script has to end

cdef struct Machine:
    lua_State *L
    PyObject *caller            # a redis_library.Caller
    Sandbox sandbox
    size_t bytes                # that Lua holds
    size_t most_bytes           # that it may hold
    size_t collect_at           # bytes that make a collection worth while
    bint speaks_3               # the script asked for RESP3
    int protocol                # of the reply of the script
    Writer out                  # that reply
    bint is_stopped
    const char *stop_text       # the error of a script that was stopped
    long long start_us
    long long limit_us          # time a script has; 0: all it wants

    # What a call gave, or what has gone wrong.
    PyObject *value             # bytes, owned
    long long number
    Source source
    Writer message
    bint has_counted            # errorstats have the error
    char place[256]             # where it was raised: "@user_script:12"; empty if unknown
