"""Scripts and functions: Lua 5.1 in a sandbox, at the speed of the core.

    lua               the C functions of Lua, found in the shared object that lupa brings
    writer            bytes that grow in C, for what Lua functions write
    readonly          tables that scripts can read and not change
    sandbox           what a script finds: libraries, globals, and what replaces Lua's own
    conversion        replies to Lua values and back
    redis_library     redis.call and its siblings
    json, msgpack, packing, bits    the libraries cjson, cmsgpack, struct and bit
    state             one Lua interpreter: compiles and runs

No Python object is ever visible to a script. Lua raises its errors by longjmp: whatever may raise
one runs in functions that hold no reference to a Python object (they are `noexcept nogil`, though
the interpreter's lock is always held), and is entered through lua_pcall.
"""
