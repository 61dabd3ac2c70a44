"""Random scripts leave the server, its memory and other clients unharmed."""

import random

from rediskit.errors import CommandError
from rediskit.server import Server
from tests.support.lua_grammar import lua_script

ROUNDS = 1500
MEGABYTE = 1 << 20


def test_random_scripts_harm_nobody():
    server = Server()
    client, other = server.client(), server.client()
    server.execute(client, b"CONFIG", b"SET", b"lua-memory-limit", b"%d" % (16 * MEGABYTE))
    server.execute(other, b"SET", b"mine", b"untouched")
    numbers = random.Random(1)
    outcomes = {True: 0, False: 0}
    for _ in range(ROUNDS):
        try:
            server.execute(client, b"EVAL", lua_script(numbers), b"1", b"k", b"v")
            outcomes[True] += 1
        except CommandError:
            outcomes[False] += 1
    assert min(outcomes.values()) > ROUNDS // 10, "scripts of one kind only"
    assert server.execute(other, b"GET", b"mine") == b"untouched"
    assert server.execute(other, b"EVAL", b"return redis.call('GET', 'mine')", b"0") == b"untouched"
    assert server.scripts.interpreter_bytes < 16 * MEGABYTE
    assert server.dispatcher.calls.running is None
    server.execute(client, b"SCRIPT", b"FLUSH")
    assert server.scripts.interpreter_bytes == server.scripts.held_bytes == 0
