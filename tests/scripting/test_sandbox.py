"""What a script cannot do: each of these has harmed a server once, or would."""

import pytest

READ_ONLY = "Attempt to modify a readonly table"
BYTE_CODE = "unexpected symbol near 'char(27)'"
LIBRARIES = [
    *("redis", "server", "string", "table", "math", "os", "cjson", "cmsgpack", "struct", "bit"),
    "coroutine",
]


@pytest.mark.parametrize("name", [*LIBRARIES, "_G"])
def test_libraries_and_globals_cannot_be_changed(lua, name):
    for change in (f"{name}.x = 1", f"rawset({name}, 'x', 1)", f"table.insert({name}, 1)"):
        assert READ_ONLY in lua.error(change), change
    assert READ_ONLY in lua.error(f"setmetatable({name}, {{}})")
    assert lua.run(f"return rawget({name}, 'x') == nil") == 1


@pytest.mark.parametrize("name", LIBRARIES)
def test_functions_of_libraries_cannot_be_replaced(lua, name):
    assert READ_ONLY in lua.error(f"for k in pairs({name}) do {name}[k] = nil end")
    assert lua.run(f"local n = 0 for k in pairs({name}) do n = n + 1 end return n") > 0


def test_metatables_of_basic_types_cannot_be_changed(lua):
    assert READ_ONLY in lua.error("getmetatable('').__index = function() return 1 end")
    assert READ_ONLY in lua.error("getmetatable('').__index.rep = 1")
    assert READ_ONLY in lua.error("getmetatable(_G).__index = {}")
    assert "index a nil value" in lua.error("getmetatable(1).__index = {}")
    assert lua.run("return ('x'):rep(2)") == b"xx"


def test_originals_of_tables_that_cannot_be_changed_stay_hidden(lua):
    hidden = """
        local found = {}
        local function look(value)
            if type(value) == 'table' and not found[value] then
                found[value] = true
                for k, v in pairs(value) do look(k) look(v) end
                look(getmetatable(value))
            end
        end
        look(_G) look(getmetatable(''))
        local free = 0
        for each in pairs(found) do
            local mine = each == KEYS or each == ARGV
            if not mine and pcall(rawset, each, 'x', 1) then free = free + 1 end
        end
        return free
    """
    assert lua.run(hidden) == 0
    assert lua.run("local f, s = pairs(redis) return pcall(rawset, s, 'x', 1)") is None


def test_globals_that_are_not_there_are_an_error(lua):
    assert "nonexistent global variable 'x'" in lua.error("return x")
    assert READ_ONLY in lua.error("x = 1")
    assert READ_ONLY in lua.error("function f() end")


@pytest.mark.parametrize(
    "name",
    [
        *("io", "package", "require", "dofile", "loadfile", "debug", "newproxy", "print"),
        *("getfenv", "setfenv", "module"),
    ],
)
def test_what_is_not_there(lua, name):
    assert lua.run(f"return rawget(_G, '{name}') == nil") == 1


def test_os_is_a_clock_and_nothing_else(lua):
    count = "local n = 0 for k in pairs(os) do n = n + 1 end return {n, type(os.clock())}"
    assert lua.run(count) == b"*2\r\n:1\r\n$6\r\nnumber\r\n"


def test_byte_code_is_refused_by_every_loader(lua):
    dumped = "local code = string.dump(function() return 1 end) "
    assert BYTE_CODE.encode() in lua.run(dumped + "return select(2, loadstring(code))")
    pieces = (
        "local done return select(2, load(function()"
        " if not done then done = 1 return code end end))"
    )
    assert BYTE_CODE.encode() in lua.run(dumped + pieces)
    assert BYTE_CODE in lua.error(b"\x1bLua")


def test_nothing_is_collected_while_a_chunk_is_compiled(lua):
    """The parser of Lua 5.1 does not hold its own name of the chunk."""
    source = """
        for round = 1, 20 do
            local piece = 0
            local code = load(function()
                piece = piece + 1
                collectgarbage()
                if piece < 50 then return 'local v' .. piece .. ' = "' .. ('y'):rep(100) .. '" ' end
            end, ('name'):rep(round))
            assert(code)()
        end
        return collectgarbage('count') < 20000
    """
    lua.host.stops = False
    assert lua.run(source) == 1


def test_unpack_of_too_much(lua):
    for bounds in ("-2, 2147483647", "0, 2147483647", "-2147483648, 2147483647", "1, 1e9"):
        assert "too many results to unpack" in lua.error(f"return unpack({{1}}, {bounds})")
    assert lua.run("return {unpack({1, 2, 3}, 2)}") == b"*2\r\n:2\r\n:3\r\n"
    assert lua.run("return select('#', unpack({}, 5, 4))") == 0


def test_long_brackets_and_chunks(lua):
    many = "=" * 100_000
    assert lua.run(f"return [{many}[x]{many}]") == b"x"
    assert "unfinished long string" in lua.error(f"return [{many}[x")
    assert "invalid long string delimiter" in lua.error(f"return [{many} x")
    lua.state.limit_bytes = 1 << 31
    assert "script too large" in lua.error(b" " * (1 << 28) + b"x")


def test_tohex_of_the_smallest_number(lua):
    assert lua.run("return bit.tohex(-2147483648)") == b"80000000"
    assert lua.run("return bit.tohex(255, -2147483648)") == b"000000FF"
    assert lua.run("return bit.tohex(255, 2147483647)") == b"000000ff"


def test_nesting_of_json_and_msgpack(lua):
    nest = "local t = {} for i = 1, 5000 do t = {t} end "
    assert "excessive nesting (1001)" in lua.error(nest + "return cjson.encode(t)")
    deep = "Found too many nested data structures (1001)"
    assert deep in lua.error("return cjson.decode(('['):rep(5000))")
    assert len(lua.run(nest + "return cmsgpack.pack(t)")) == 17
    assert "Missing bytes" in lua.error("return cmsgpack.unpack(('\\145'):rep(5000))")
    assert "in function cmsgpack" in lua.error("return cmsgpack.unpack(('\\145'):rep(100000))")


def test_a_graph_that_is_small_but_long_when_it_is_spelled(lua):
    graph = "local t = {1} for i = 1, 40 do t = {t, t} end return cjson.encode(t)"
    lua.state.limit_bytes = 8 << 20
    assert "not enough memory" in lua.error(graph.replace("cjson.encode(t)", "t"))


def test_sizes_of_strings(lua):
    assert "resulting string too large" in lua.error("return ('xy'):rep(1e9)")
    assert lua.run("return #(''):rep(2147483647)") == 0
    assert lua.run("return ('x'):rep(-1)") == b""
    assert "invalid format" in lua.error("return string.format('%1000d', 1)")
    assert lua.run("return #string.format('%99.99f', -1e308)") > 300
    assert lua.run("return #string.format('%s', ('x'):rep(100000))") == 100_000


@pytest.mark.parametrize("call", ["find", "match", "gmatch", "gsub"])
def test_patterns_cannot_exhaust_the_stack_of_c(lua, call):
    arguments = "('a'):rep(300000), ('a?'):rep(300000)" + (", 'b'" if call == "gsub" else "")
    assert "pattern too complex" in lua.error(f"return string.{call}({arguments})")


def test_stacks_of_c_and_of_lua(lua):
    assert "stack overflow" in lua.error("local function f() return f() + 1 end return f()")
    assert "overflow" in lua.error("local function f() return coroutine.wrap(f)() end return f()")
    assert "overflow" in lua.error("local function f() return (('x'):gsub('x', f)) end return f()")
    assert "too many syntax levels" in lua.error("return " + "(" * 1000 + ")" * 1000)
    nested = "local function f() return pcall(f) end return f()"
    assert lua.run(nested) in (1, None)


def test_memory_has_a_limit(lua):
    lua.host.stops = False
    assert lua.error("local s = 'x' while true do s = s .. s end") == "ERR not enough memory"
    assert lua.error("local t = {} while true do t[#t + 1] = {} end") == "ERR not enough memory"
    assert (
        lua.run("return pcall(function() local s = 'x' while true do s = s .. s end end)") is None
    )
    assert lua.run("return 1") == 1
    assert lua.state.bytes < 1 << 20


def test_garbage_is_given_back(lua):
    lua.host.stops = False
    lua.run("return 1")
    before = lua.state.bytes
    for _ in range(20):
        lua.run("local t = {} for i = 1, 100000 do t[i] = 'x' .. i end return #t")
    assert lua.state.bytes < before + (4 << 20)


def test_lines_in_error_and_status_replies(lua):
    assert lua.error("return redis.error_reply('A b\\r\\nc\\nd')") == "A b  c d"
    assert lua.error("return redis.error_reply('A b\\0c')") == "A b"
    assert lua.run("return redis.status_reply('a\\r\\nb')") == b"+a  b\r\n"
    assert lua.run("return {{err = 'A\\r\\nb'}, {ok = 'c\\nd'}}") == b"*2\r\n-A  b\r\n+c d\r\n"


@pytest.mark.parametrize(
    "hanging",
    [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local f = function() while true do pcall(redis.call, 'get') end end while true do f() end",
        "coroutine.wrap(function() while 1 do pcall(function() while 1 do end end) end end)()",
        "while true do coroutine.wrap(function() while true do end end)() end",
        "repeat local ok = xpcall(function() while true do end end, function() end) until false",
    ],
)
def test_a_script_that_hangs_can_be_ended(lua, hanging):
    assert lua.error(hanging).startswith("ERR Script killed by user with SCRIPT KILL.")
    assert lua.run("return 1") == 1


def test_a_script_that_takes_its_time_may_go_on(lua):
    lua.host.stops = False
    assert lua.run("local t = os.clock() while os.clock() < t + 0.2 do end return 7") == 7


def test_the_collector_cannot_be_switched_off(lua):
    lua.host.stops = False
    lua.run("collectgarbage('stop') collectgarbage('setpause', 1e9)")
    lua.run("for i = 1, 2e6 do local t = {i} end")
    assert lua.state.bytes < 32 << 20
