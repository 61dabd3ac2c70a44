"""EVAL and its siblings on a server: what is kept, counted, propagated, refused and ended."""

import hashlib
import time

import pytest

from rediskit.errors import CommandError
from rediskit.server import Server

WRITES = b"return redis.call('SET', KEYS[1], ARGV[1])"


@pytest.fixture
def server():
    """A server without a loop."""
    with Server() as made:
        yield made


@pytest.fixture
def run(server):
    """A function that runs a command for one client."""
    client = server.client()
    return lambda *words: server.execute(client, *words)


def test_values_for_a_program(run):
    assert run(b"EVAL", b"return {1, 'a', {ok = 'x'}, false, true}", b"0")[:2] == [1, b"a"]
    assert run(b"EVAL", b"return {map = {a = 1}}", b"0") == {b"a": 1}
    assert run(b"EVAL", b"return {double = 1.5}", b"0") == 1.5
    assert run(b"EVAL", b"return {set = {a = true}}", b"0") == {b"a"}
    assert run(b"EVAL", b"return redis.call('HGETALL', 'nosuch')", b"0") == []


def test_scripts_are_known_by_their_names(run):
    name = run(b"SCRIPT", b"LOAD", WRITES)
    assert name == hashlib.sha1(WRITES).hexdigest().encode()
    run(b"EVALSHA", name.upper(), b"1", b"k", b"v")
    assert run(b"GET", b"k") == b"v"
    run(b"SCRIPT", b"FLUSH")
    with pytest.raises(CommandError, match="NOSCRIPT"):
        run(b"EVALSHA", name, b"1", b"k", b"v")


def test_the_oldest_scripts_of_eval_are_forgotten(server, run):
    kept = run(b"SCRIPT", b"LOAD", b"return 'kept'")
    for number in range(520):
        assert run(b"EVAL", b"return %d" % number, b"0") == number
        run(b"EVAL", b"return 'often'", b"0")
    assert len(server.scripts) == 501 and server.scripts.evicted == 21
    assert run(b"EVALSHA", kept, b"0") == b"kept"
    first = hashlib.sha1(b"return 0").hexdigest().encode()
    often = hashlib.sha1(b"return 'often'").hexdigest().encode()
    assert run(b"SCRIPT", b"EXISTS", first, often) == [0, 1]


def test_ten_thousand_scripts_and_a_flush_leave_memory_where_it_was(server, run):
    run(b"EVAL", b"return 1", b"0")
    run(b"SCRIPT", b"FLUSH")
    before = server.account.used()
    for number in range(10_000):
        run(b"SCRIPT", b"LOAD", b"return redis.call('GET', 'key:%d')" % number)
    assert server.account.used() > before + 1_000_000
    run(b"SCRIPT", b"FLUSH")
    assert server.account.used() <= before


def test_what_a_script_writes_is_one_unit(server, run):
    units = []
    server.keyspace.changes.takers.append(lambda unit, is_atomic: units.append((unit, is_atomic)))
    run(b"EVAL", b"redis.call('SET', 'a', 1) redis.call('SELECT', 2) redis.call('INCR', 'b')", b"0")
    ((unit, is_atomic),) = units
    assert unit == [(0, [b"SET", b"a", b"1"]), (2, [b"INCR", b"b"])] and is_atomic
    units.clear()
    run(b"EVAL", b"redis.set_repl(redis.REPL_NONE) redis.call('SET', 'a', 2)", b"0")
    run(b"EVAL", b"return redis.call('GET', 'a')", b"0")
    assert not units
    assert run(b"GET", b"a") == b"2", "SELECT in a script is the script's own"


def test_errors_are_counted_once(server, run):
    errors = server.dispatcher.errors
    for text in (b"redis.call('INCR', 'h')", b"return redis.pcall('INCR', 'h')"):
        run(b"HSET", b"h", b"f", b"v")
        before = errors.get("WRONGTYPE", 0)
        with pytest.raises(CommandError, match="WRONGTYPE"):
            run(b"EVAL", text, b"0")
        assert errors["WRONGTYPE"] == before + 1
    run(b"EVAL", b"redis.pcall('nosuch') return 1", b"0")
    assert errors["ERR"] == 1


def test_commands_that_wait_do_not_in_scripts(run):
    for call in ("'BLPOP', 'l', 0", "'BZPOPMIN', 'z', 0", "'BLMOVE', 'l', 'm', 'LEFT', 'LEFT', 0"):
        assert run(b"EVAL", f"return redis.call({call})".encode(), b"0") is None
    assert run(b"EVAL", b"return redis.call('WAIT', 1, 0)", b"0") == 0


def test_rules_of_users_hold_in_scripts(server, run):
    run(b"ACL", b"SETUSER", b"u", b"on", b"nopass", b"~mine:*", b"+eval", b"+set", b"+acl")
    client = server.client()
    server.execute(client, b"AUTH", b"u", b"x")

    def try_(text):
        return server.execute(client, b"EVAL", text, b"0")

    try_(b"return redis.call('SET', 'mine:k', 1)")
    with pytest.raises(CommandError, match="access at least one of the keys"):
        try_(b"return redis.call('SET', 'k', 1)")
    with pytest.raises(CommandError, match="can't run this command"):
        try_(b"return redis.call('GET', 'mine:k')")
    assert try_(b"return redis.acl_check_cmd('GET', 'mine:k')") is None
    assert try_(b"return redis.acl_check_cmd('SET', 'mine:k', 1)") == 1
    assert {entry[b"context"] for entry in run(b"ACL", b"LOG")} == {b"lua"}


def test_memory_limit_and_flags(run):
    run(b"CONFIG", b"SET", b"maxmemory", b"1")
    with pytest.raises(CommandError, match="^OOM command not allowed"):
        run(b"EVAL", b"return redis.call('SET', 'k', 1)", b"0")
    with pytest.raises(CommandError, match="^OOM"):
        run(b"EVAL", b"#!lua\nreturn 1", b"0")
    assert run(b"EVAL", b"#!lua flags=no-writes\nreturn 1", b"0") == 1
    run(b"EVAL", b"#!lua flags=allow-oom\nreturn redis.call('SET', 'k', 1)", b"0")
    run(b"CONFIG", b"SET", b"maxmemory", b"0")
    assert run(b"GET", b"k") == b"1"


def test_time_stands_still_in_a_script(run):
    text = b"""
        redis.call('SET', 'k', 'v', 'PX', 1)
        local before, start = redis.call('TIME'), os.clock()
        while os.clock() < start + 0.01 do end
        local now = redis.call('TIME')
        return {redis.call('EXISTS', 'k'), before[1] == now[1] and before[2] == now[2]}
    """
    assert run(b"EVAL", text, b"0") == [1, 1]


def test_a_slow_script_of_a_program_can_be_ended(server, run):
    run(b"CONFIG", b"SET", b"busy-reply-threshold", b"20")
    server.scripts.runner.is_killed = True
    with pytest.raises(CommandError, match="Script killed by user with SCRIPT KILL."):
        run(b"EVAL", b"while true do end", b"0")
    assert run(b"EVAL", b"return 1", b"0") == 1


def test_a_slow_script_can_be_killed_by_others(start_server):
    process = start_server("--busy-reply-threshold", "20")
    slow, other = process.connect(), process.connect()
    slow.send(b"EVAL", b"while true do end", b"0")
    until = time.monotonic() + 10
    while not str(other.execute(b"PING")).startswith("-BUSY"):
        assert time.monotonic() < until
        time.sleep(0.01)
    for words in ((b"GET", b"k"), (b"FUNCTION", b"KILL"), (b"SHUTDOWN",)):
        assert str(other.execute(*words)).startswith("-BUSY")
    assert str(other.execute(b"SCRIPT", b"KILL")) == "+OK"
    assert "killed by user" in str(slow.read())
    assert str(other.execute(b"PING")) == "+PONG"
