"""Running scripts: values both ways, errors and where they were raised, memory."""

import gc

import pytest

from rediskit.errors import CommandError, ScriptError
from rediskit.protocol.replies import BigNumber, Status, Verbatim
from rediskit.structures import memory

REPLY = {
    b"integer": 12,
    b"bulk": b"text",
    b"array": [1, b"two", [None, 3]],
    b"status": Status(b"FINE"),
    b"double": 1.5,
    b"map": {b"k": b"v"},
    b"set": {b"member"},
    b"true": True,
    b"false": False,
    b"big": BigNumber(1 << 70),
    b"verbatim": Verbatim(b"text"),
    b"null": None,
}
INSPECT = """
    local function show(v)
        if type(v) ~= 'table' then return type(v) .. ':' .. tostring(v) end
        local parts = {}
        for k, each in pairs(v) do parts[#parts + 1] = tostring(k) .. '=' .. show(each) end
        table.sort(parts)
        return '{' .. table.concat(parts, ' ') .. '}'
    end
    return show(redis.call(ARGV[1]))
"""
IN_RESP2 = {
    b"integer": b"number:12",
    b"bulk": b"string:text",
    b"array": b"{1=number:1 2=string:two 3={1=boolean:false 2=number:3}}",
    b"status": b"{ok=string:FINE}",
    b"double": b"string:1.5",
    b"map": b"{1=string:k 2=string:v}",
    b"set": b"{1=string:member}",
    b"true": b"number:1",
    b"false": b"number:0",
    b"big": b"string:1180591620717411303424",
    b"verbatim": b"string:text",
    b"null": b"boolean:false",
}
IN_RESP3 = IN_RESP2 | {
    b"array": b"{1=number:1 2=string:two 3={2=number:3}}",
    b"double": b"{double=number:1.5}",
    b"map": b"{map={k=string:v}}",
    b"set": b"{set={member=boolean:true}}",
    b"true": b"boolean:true",
    b"false": b"boolean:false",
    b"big": b"{big_number=string:1180591620717411303424}",
    b"verbatim": b"{verbatim_string={format=string:txt string=string:text}}",
    b"null": b"nil:nil",
}


@pytest.mark.parametrize("name", list(REPLY))
def test_replies_become_values(lua, name):
    lua.host.values.update(REPLY)
    assert lua.run(INSPECT, name) == IN_RESP2[name]
    assert lua.run("redis.setresp(3) " + INSPECT, name) == IN_RESP3[name]


@pytest.mark.parametrize(
    ("value", "resp2", "resp3"),
    [
        ("1", b":1\r\n", b":1\r\n"),
        ("-3.99", b":-3\r\n", b":-3\r\n"),
        ("1e300", b":-9223372036854775808\r\n", b":-9223372036854775808\r\n"),
        ("0/0", b":-9223372036854775808\r\n", b":-9223372036854775808\r\n"),
        ("'x'", b"$1\r\nx\r\n", b"$1\r\nx\r\n"),
        ("true", b":1\r\n", b":1\r\n"),
        ("false", b"$-1\r\n", b"_\r\n"),
        ("print_", b"$-1\r\n", b"_\r\n"),
        ("{ok = 'x'}", b"+x\r\n", b"+x\r\n"),
        ("{err = 'A x'}", b"-A x\r\n", b"-A x\r\n"),
        ("{double = 0.1}", b"$3\r\n0.1\r\n", b",0.1\r\n"),
        ("{map = {k = 1}}", b"*2\r\n$1\r\nk\r\n:1\r\n", b"%1\r\n$1\r\nk\r\n:1\r\n"),
        ("{set = {k = true}}", b"*1\r\n$1\r\nk\r\n", b"~1\r\n$1\r\nk\r\n"),
        ("{big_number = '12'}", b"$2\r\n12\r\n", b"(12\r\n"),
        ("{verbatim_string = {format = 'txt', string = 'x'}}", b"$1\r\nx\r\n", b"=5\r\ntxt:x\r\n"),
        ("{1, {2}, nil, 4}", b"*2\r\n:1\r\n*1\r\n:2\r\n", b"*2\r\n:1\r\n*1\r\n:2\r\n"),
        ("{err = 1}", b"*0\r\n", b"*0\r\n"),
    ],
)
def test_values_become_replies(lua, value, resp2, resp3):
    text = f"local print_ = function() end return {{{value}}}"
    for protocol, wanted in ((2, resp2), (3, resp3)):
        assert lua.run(text, protocol=protocol) == b"*1\r\n" + wanted
    assert lua.run("redis.setresp(3) return {true}", protocol=3) == b"*1\r\n#t\r\n"


def test_a_table_that_holds_itself_comes_to_an_end(lua):
    assert b"-ERR reached lua stack limit" in lua.run("local t = {} t[1] = t return t")


def test_arguments_of_calls(lua):
    lua.run("return redis.call('get', 1, 1.5, -0.1, 1e20, 3.0, 'a\\0b')")
    words = [b"get", b"1", b"1.5", b"-0.10000000000000001", b"1e+20", b"3", b"a\0b"]
    assert lua.host.calls == [words]
    assert "must be strings or integers" in lua.error("redis.call('get', true)")
    assert "at least one argument" in lua.error("redis.call()")


def test_errors_of_commands(lua):
    lua.host.values[b"fail"] = CommandError("WRONGTYPE x")
    assert lua.error("\nreturn redis.call('fail')") == (
        "WRONGTYPE x script: name, on @user_script:2."
    )
    assert lua.error("return redis.pcall('fail')") == "WRONGTYPE x"
    assert lua.run("return redis.pcall('fail')['err']") == b"WRONGTYPE x"
    assert lua.run("local ok, e = pcall(redis.call, 'fail') return e.err") == b"WRONGTYPE x"
    with pytest.raises(ScriptError) as caught:
        lua.run("return redis.call('fail')")
    assert caught.value.is_counted
    with pytest.raises(ScriptError) as caught:
        lua.run("error('x')")
    assert not caught.value.is_counted


@pytest.mark.parametrize(
    ("raised", "text"),
    [
        ("error('x')", "ERR user_script:1: x"),
        ("error('x', 0)", "ERR x"),
        ("error()", "ERR nil"),
        ("error(true)", "ERR true"),
        ("error({err = 'A b'})", "A b"),
        ("error({})", "ERR unknown error"),
        ("local t = nil; t.x = 1", "ERR user_script:1: attempt to index local 't' (a nil value)"),
    ],
)
def test_errors_of_scripts(lua, raised, text):
    assert lua.error(raised) == text + " script: name, on @user_script:1."


def test_what_is_none_of_the_scripts_errors_ends_it(lua):
    lua.host.values[b"bug"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        lua.run("while true do pcall(redis.call, 'bug') end")
    assert lua.run("return 1") == 1


def test_keys_and_arguments(lua):
    assert lua.run("return {#KEYS, #ARGV, KEYS[1], ARGV[1]}", b"k", b"v", b"w", keys=1) == (
        b"*4\r\n:1\r\n:2\r\n$1\r\nk\r\n$1\r\nv\r\n"
    )
    lua.run("KEYS[1] = 'changed'", b"k", keys=1)
    assert lua.run("return KEYS[1]", b"k", keys=1) == b"k"


def test_random_numbers_are_those_of_redis(lua):
    numbers = "return {tostring(math.random()), math.random(10), math.random(5, 6)}"
    assert lua.run(numbers).startswith(b"*3\r\n$16\r\n0.39646477363839\r\n")
    seeded = "math.randomseed(5) return tostring(math.random())"
    assert lua.run(seeded) == lua.run(seeded)
    assert "interval is empty" in lua.error("return math.random(0)")


def test_the_log(lua):
    lua.run("redis.log(redis.LOG_WARNING, 'a', 1, {}, 'b')")
    assert lua.host.written == [(3, b"a 1 b")]
    assert "Invalid debug level." in lua.error("redis.log(4, 'a')")


def test_permissions_and_targets(lua):
    assert lua.run("return redis.acl_check_cmd('get', 'k')") == 1
    assert lua.run("return redis.acl_check_cmd('flushall')") is None
    lua.run("redis.set_repl(redis.REPL_NONE)")
    assert lua.host.calls == [[b"replicate", 0]]


def test_functions_of_a_library(library):
    chunk = library.state.compile(
        b"redis.register_function('f', function(keys, args) return {keys, args} end)\n"
        b"redis.register_function{function_name = 'g', callback = function() return 2 end,"
        b" flags = {'no-writes', 'allow-oom'}, description = 'text'}",
        b"@user_function",
    )
    library.state.load(chunk)
    (f, number, flags, description), other = library.host.registered
    assert (f, flags, description) == (b"f", [], None)
    assert (other[0], *other[2:]) == (b"g", [b"no-writes", b"allow-oom"], b"text")
    value = library.state.run(number, [b"k", b"a"], 0, 1, 2, b"f")
    assert value.encoded == b"*2\r\n*1\r\n$1\r\nk\r\n*1\r\n$1\r\na\r\n"
    assert library.state.run(other[1], [], 0, 0, 2, b"g") == 2


def test_a_library_sees_little_while_it_is_loaded(library):
    for name in ("string", "pairs", "KEYS", "math"):
        chunk = library.state.compile(f"local x = {name}".encode(), b"@user_function")
        with pytest.raises(ScriptError, match=f"nonexistent global variable '{name}'"):
            library.state.load(chunk)
    with pytest.raises(ScriptError, match="nonexistent global variable 'call'"):
        library.state.load(library.state.compile(b"redis.call('get')", b"@user_function"))
    value = library.run("return {string.rep('x', 2), type(redis.call)}")
    assert value == b"*2\r\n$2\r\nxx\r\n$8\r\nfunction\r\n"


def test_memory_is_counted_and_given_back(lua):
    before = memory.used()
    lua.run("return #('x'):rep(1000000)")
    assert memory.used() >= before
    held = lua.state.bytes
    assert held > 10_000
    with_it = memory.used()
    del lua.state
    gc.collect()
    assert memory.used() <= with_it - held


def test_many_scripts_leave_nothing_behind(lua):
    lua.run("return 1")
    before = lua.state.bytes
    for number in range(3000):
        lua.run(f"return {number}")
    assert lua.state.bytes < before + (2 << 20)
    names = {id(each) for each in gc.get_objects()}
    lua.run("return redis.call('get', 'k')")
    assert len({id(each) for each in gc.get_objects()} - names) < 200
