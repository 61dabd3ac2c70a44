# The C functions of Lua 5.1; see lua.pyx.
#
# Each module that cimports this has its own pointers, which it fills with connect() when it is
# imported: a call then costs what a call of any shared library's function costs.

cdef extern from *:
    """
    #include <dlfcn.h>
    #include <stddef.h>

    typedef struct lua_State lua_State;
    typedef struct lua_Debug {
        int event;
        const char *name, *namewhat, *what, *source;
        int currentline, nups, linedefined, lastlinedefined;
        char short_src[512];            /* more than any build of Lua writes */
        int i_ci;
    } lua_Debug;
    typedef int (*lua_CFunction)(lua_State *L);
    typedef void *(*lua_Alloc)(void *owner, void *block, size_t old_size, size_t new_size);
    typedef void (*lua_Hook)(lua_State *L, lua_Debug *record);

    #define REDISKIT_LUA_FUNCTIONS(X) \\
        X(lua_State *, lua_newstate, (lua_Alloc, void *)) \\
        X(void, lua_close, (lua_State *)) \\
        X(int, lua_gettop, (lua_State *)) \\
        X(void, lua_settop, (lua_State *, int)) \\
        X(void, lua_pushvalue, (lua_State *, int)) \\
        X(void, lua_remove, (lua_State *, int)) \\
        X(void, lua_insert, (lua_State *, int)) \\
        X(void, lua_replace, (lua_State *, int)) \\
        X(int, lua_checkstack, (lua_State *, int)) \\
        X(int, lua_type, (lua_State *, int)) \\
        X(const char *, lua_typename, (lua_State *, int)) \\
        X(int, lua_isnumber, (lua_State *, int)) \\
        X(double, lua_tonumber, (lua_State *, int)) \\
        X(int, lua_toboolean, (lua_State *, int)) \\
        X(const char *, lua_tolstring, (lua_State *, int, size_t *)) \\
        X(size_t, lua_objlen, (lua_State *, int)) \\
        X(void *, lua_touserdata, (lua_State *, int)) \\
        X(const void *, lua_topointer, (lua_State *, int)) \\
        X(lua_CFunction, lua_tocfunction, (lua_State *, int)) \\
        X(void, lua_pushnil, (lua_State *)) \\
        X(void, lua_pushnumber, (lua_State *, double)) \\
        X(void, lua_pushlstring, (lua_State *, const char *, size_t)) \\
        X(void, lua_pushstring, (lua_State *, const char *)) \\
        X(const char *, lua_pushfstring, (lua_State *, const char *, ...)) \\
        X(void, lua_pushcclosure, (lua_State *, lua_CFunction, int)) \\
        X(void, lua_pushboolean, (lua_State *, int)) \\
        X(void, lua_pushlightuserdata, (lua_State *, void *)) \\
        X(void, lua_concat, (lua_State *, int)) \\
        X(void, lua_rawget, (lua_State *, int)) \\
        X(void, lua_rawgeti, (lua_State *, int, int)) \\
        X(void, lua_createtable, (lua_State *, int, int)) \\
        X(void *, lua_newuserdata, (lua_State *, size_t)) \\
        X(int, lua_getmetatable, (lua_State *, int)) \\
        X(int, lua_setmetatable, (lua_State *, int)) \\
        X(void, lua_rawset, (lua_State *, int)) \\
        X(void, lua_rawseti, (lua_State *, int, int)) \\
        X(int, lua_next, (lua_State *, int)) \\
        X(void, lua_getfield, (lua_State *, int, const char *)) \\
        X(void, lua_setfield, (lua_State *, int, const char *)) \\
        X(void, lua_call, (lua_State *, int, int)) \\
        X(int, lua_pcall, (lua_State *, int, int, int)) \\
        X(int, lua_cpcall, (lua_State *, lua_CFunction, void *)) \\
        X(int, lua_error, (lua_State *)) \\
        X(int, lua_gc, (lua_State *, int, int)) \\
        X(int, lua_getstack, (lua_State *, int, lua_Debug *)) \\
        X(int, lua_getinfo, (lua_State *, const char *, lua_Debug *)) \\
        X(const char *, lua_getlocal, (lua_State *, const lua_Debug *, int)) \\
        X(lua_Alloc, lua_getallocf, (lua_State *, void **)) \\
        X(int, lua_sethook, (lua_State *, lua_Hook, int, int)) \\
        X(int, luaL_loadbuffer, (lua_State *, const char *, size_t, const char *)) \\
        X(int, luaL_ref, (lua_State *, int)) \\
        X(void, luaL_unref, (lua_State *, int, int)) \\
        X(const char *, luaL_checklstring, (lua_State *, int, size_t *)) \\
        X(const char *, luaL_optlstring, (lua_State *, int, const char *, size_t *)) \\
        X(double, luaL_checknumber, (lua_State *, int)) \\
        X(ptrdiff_t, luaL_checkinteger, (lua_State *, int)) \\
        X(ptrdiff_t, luaL_optinteger, (lua_State *, int, ptrdiff_t)) \\
        X(void, luaL_checktype, (lua_State *, int, int)) \\
        X(void, luaL_checkany, (lua_State *, int)) \\
        X(void, luaL_checkstack, (lua_State *, int, const char *)) \\
        X(int, luaL_argerror, (lua_State *, int, const char *)) \\
        X(void, luaL_where, (lua_State *, int)) \\
        X(int, luaL_error, (lua_State *, const char *, ...)) \\
        X(int, luaopen_base, (lua_State *)) \\
        X(int, luaopen_table, (lua_State *)) \\
        X(int, luaopen_string, (lua_State *)) \\
        X(int, luaopen_math, (lua_State *))

    #define REDISKIT_DECLARE(result, name, parameters) static result (*name) parameters;
    REDISKIT_LUA_FUNCTIONS(REDISKIT_DECLARE)

    /* Finds every function in a loaded library; the name of the first that is missing, or NULL. */
    static const char *rediskit_connect(void *library)
    {
    #define REDISKIT_FIND(result, name, parameters) \\
        if (!(*(void **)&name = dlsym(library, #name))) return #name;
        REDISKIT_LUA_FUNCTIONS(REDISKIT_FIND)
        return NULL;
    }
    """
    ctypedef struct lua_State:
        pass
    ctypedef struct lua_Debug:
        const char *name
        const char *what
        const char *source
        int currentline
        int event
    ctypedef int (*lua_CFunction)(lua_State *L) noexcept nogil
    ctypedef void *(*lua_Alloc)(void *, void *, size_t, size_t) noexcept
    ctypedef void (*lua_Hook)(lua_State *L, lua_Debug *record) noexcept nogil
    const char *connect "rediskit_connect"(void *library) noexcept nogil

    lua_State *lua_newstate(lua_Alloc allocator, void *owner) noexcept nogil
    void lua_close(lua_State *L) noexcept nogil
    int lua_gettop(lua_State *L) noexcept nogil
    void lua_settop(lua_State *L, int index) noexcept nogil
    void lua_pushvalue(lua_State *L, int index) noexcept nogil
    void lua_remove(lua_State *L, int index) noexcept nogil
    void lua_insert(lua_State *L, int index) noexcept nogil
    void lua_replace(lua_State *L, int index) noexcept nogil
    int lua_checkstack(lua_State *L, int size) noexcept nogil
    int lua_type(lua_State *L, int index) noexcept nogil
    const char *lua_typename(lua_State *L, int type) noexcept nogil
    int lua_isnumber(lua_State *L, int index) noexcept nogil
    double lua_tonumber(lua_State *L, int index) noexcept nogil
    int lua_toboolean(lua_State *L, int index) noexcept nogil
    const char *lua_tolstring(lua_State *L, int index, size_t *length) noexcept nogil
    size_t lua_objlen(lua_State *L, int index) noexcept nogil
    void *lua_touserdata(lua_State *L, int index) noexcept nogil
    const void *lua_topointer(lua_State *L, int index) noexcept nogil
    lua_CFunction lua_tocfunction(lua_State *L, int index) noexcept nogil
    void lua_pushnil(lua_State *L) noexcept nogil
    void lua_pushnumber(lua_State *L, double number) noexcept nogil
    void lua_pushlstring(lua_State *L, const char *text, size_t length) noexcept nogil
    void lua_pushstring(lua_State *L, const char *text) noexcept nogil
    const char *lua_pushfstring(lua_State *L, const char *format, ...) noexcept nogil
    void lua_pushcclosure(lua_State *L, lua_CFunction function, int upvalues) noexcept nogil
    void lua_pushboolean(lua_State *L, int value) noexcept nogil
    void lua_pushlightuserdata(lua_State *L, void *pointer) noexcept nogil
    void lua_concat(lua_State *L, int count) noexcept nogil
    void lua_rawget(lua_State *L, int index) noexcept nogil
    void lua_rawgeti(lua_State *L, int index, int number) noexcept nogil
    void lua_createtable(lua_State *L, int elements, int fields) noexcept nogil
    void *lua_newuserdata(lua_State *L, size_t size) noexcept nogil
    int lua_getmetatable(lua_State *L, int index) noexcept nogil
    int lua_setmetatable(lua_State *L, int index) noexcept nogil
    void lua_rawset(lua_State *L, int index) noexcept nogil
    void lua_rawseti(lua_State *L, int index, int number) noexcept nogil
    int lua_next(lua_State *L, int index) noexcept nogil
    void lua_getfield(lua_State *L, int index, const char *name) noexcept nogil
    void lua_setfield(lua_State *L, int index, const char *name) noexcept nogil
    void lua_call(lua_State *L, int arguments, int results) noexcept nogil
    int lua_pcall(lua_State *L, int arguments, int results, int handler) noexcept nogil
    int lua_cpcall(lua_State *L, lua_CFunction function, void *argument) noexcept nogil
    int lua_error(lua_State *L) noexcept nogil
    int lua_gc(lua_State *L, int what, int data) noexcept nogil
    int lua_getstack(lua_State *L, int level, lua_Debug *record) noexcept nogil
    int lua_getinfo(lua_State *L, const char *what, lua_Debug *record) noexcept nogil
    const char *lua_getlocal(lua_State *L, const lua_Debug *record, int number) noexcept nogil
    lua_Alloc lua_getallocf(lua_State *L, void **owner) noexcept nogil
    int lua_sethook(lua_State *L, lua_Hook hook, int mask, int count) noexcept nogil
    int luaL_loadbuffer(
        lua_State *L, const char *code, size_t size, const char *name) noexcept nogil
    int luaL_ref(lua_State *L, int table) noexcept nogil
    void luaL_unref(lua_State *L, int table, int reference) noexcept nogil
    const char *luaL_checklstring(lua_State *L, int argument, size_t *length) noexcept nogil
    const char *luaL_optlstring(
        lua_State *L, int argument, const char *default, size_t *length) noexcept nogil
    double luaL_checknumber(lua_State *L, int argument) noexcept nogil
    ptrdiff_t luaL_checkinteger(lua_State *L, int argument) noexcept nogil
    ptrdiff_t luaL_optinteger(lua_State *L, int argument, ptrdiff_t default) noexcept nogil
    void luaL_checktype(lua_State *L, int argument, int type) noexcept nogil
    void luaL_checkany(lua_State *L, int argument) noexcept nogil
    void luaL_checkstack(lua_State *L, int size, const char *message) noexcept nogil
    int luaL_argerror(lua_State *L, int argument, const char *message) noexcept nogil
    void luaL_where(lua_State *L, int level) noexcept nogil
    int luaL_error(lua_State *L, const char *format, ...) noexcept nogil
    int luaopen_base(lua_State *L) noexcept nogil
    int luaopen_table(lua_State *L) noexcept nogil
    int luaopen_string(lua_State *L) noexcept nogil
    int luaopen_math(lua_State *L) noexcept nogil

cdef enum:
    # Pseudo-indices.
    REGISTRY = -10000
    GLOBALS = -10002
    UPVALUE_1 = -10003                  # the second is UPVALUE_1 - 1, and so on
    # Types.
    IS_NONE = -1
    IS_NIL = 0
    IS_BOOLEAN = 1
    IS_LIGHT = 2
    IS_NUMBER = 3
    IS_STRING = 4
    IS_TABLE = 5
    IS_FUNCTION = 6
    IS_USERDATA = 7
    IS_THREAD = 8
    # What lua_pcall returns.
    RAN = 0
    FAILED = 2
    NO_MEMORY = 4
    FAILED_TWICE = 5
    # What lua_gc does.
    GC_STOP = 0
    GC_RESTART = 1
    GC_COLLECT = 2
    # When a hook is called.
    EACH_LINE = 4
    EACH_COUNT = 8
    TO_THE_END = -1                     # as a number of results: all of them

cdef void *library() noexcept


cdef inline void pop(lua_State *L, int count) noexcept nogil:
    lua_settop(L, -count - 1)
