"""Libraries of functions in Lua: loading and deleting, showing, moving, and calling."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.glob import matches
from rediskit.grammar.arguments import Options
from rediskit.grammar.command import (
    ALLOW_BUSY,
    DENYOOM,
    MAY_REPLICATE,
    NO_MANDATORY_KEYS,
    NOSCRIPT,
    READ,
    RUNS_SCRIPT,
    SKIP_MONITOR,
    STALE,
    WRITE,
    command,
)
from rediskit.protocol.numbers import integer_or_none
from rediskit.protocol.replies import OK

LOAD_OPTIONS = Options("REPLACE", unknown=errors.unknown_option)
LIST_OPTIONS = Options("LIBRARYNAME pattern", "WITHCODE", unknown=errors.unknown_argument)
POLICIES = (b"FLUSH", b"APPEND", b"REPLACE")
ENGINE = b"LUA"
EVERYWHERE = "request_policy:all_shards response_policy:all_succeeded"


@command(
    "FUNCTION LOAD [REPLACE] function-code",
    WRITE,
    DENYOOM,
    NOSCRIPT,
    since="7.0.0",
    tips=EVERYWHERE,
    complexity="O(1), and what loading the code takes",
)
def function_load(client: Client, *words):
    """Loads a library of functions."""
    options = LOAD_OPTIONS.read(words[:-1])
    functions = client.server.functions
    name = functions.load(words[-1], b"REPLACE" in options)
    client.database.keyspace.dirty += 1
    return name


@command(
    "FUNCTION DELETE library-name",
    WRITE,
    NOSCRIPT,
    since="7.0.0",
    tips=EVERYWHERE,
    complexity="O(1)",
)
def function_delete(client: Client, name: bytes):
    """Deletes a library with its functions."""
    client.server.functions.delete(name)
    client.database.keyspace.dirty += 1
    return OK


@command(
    "FUNCTION FLUSH [ASYNC | SYNC]",
    WRITE,
    NOSCRIPT,
    since="7.0.0",
    tips=EVERYWHERE,
    complexity="O(N) for N functions",
)
def function_flush(client: Client, mode=None, *more):
    """Deletes every library with its functions."""
    if more:
        raise CommandError(errors.wrong_subcommand(client.call.arguments[1], "FUNCTION"))
    if mode is not None and mode.upper() not in (b"ASYNC", b"SYNC"):
        raise CommandError(errors.FUNCTION_FLUSH)
    client.server.functions.flush()
    client.database.keyspace.dirty += 1
    return OK


@command(
    "FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE]",
    NOSCRIPT,
    since="7.0.0",
    tips="nondeterministic_output_order",
    complexity="O(N) for N functions",
)
def function_list(client: Client, *words):
    """Shows the libraries and what functions they have, with their code if asked for."""
    if words and words[-1].upper() == b"LIBRARYNAME":
        raise CommandError(errors.FUNCTION_NO_LIBRARY_NAME)
    options = LIST_OPTIONS.read(words)
    if len(words) > sum(2 if name == b"LIBRARYNAME" else 1 for name in options):
        raise CommandError(errors.unknown_argument(words[-1 - (words[-1].upper() != b"WITHCODE")]))
    pattern = options.get(b"LIBRARYNAME")
    shown = []
    for library in client.server.functions.libraries.values():
        if pattern is None or matches(pattern.lower(), library.name.lower()):
            fields = {
                b"library_name": library.name,
                b"engine": ENGINE,
                b"functions": [described(each) for each in library.functions.values()],
            }
            if b"WITHCODE" in options:
                fields[b"library_code"] = library.code
            shown.append(fields)
    return shown


def described(function):
    """What FUNCTION LIST shows of a function."""
    return {
        b"name": function.name,
        b"description": function.description,
        b"flags": set(function.flag_names),
    }


@command(
    "FUNCTION STATS",
    NOSCRIPT,
    ALLOW_BUSY,
    since="7.0.0",
    tips="nondeterministic_output request_policy:all_shards response_policy:special",
    complexity="O(1)",
)
def function_stats(client: Client):
    """Shows what function is being run, and how many there are."""
    functions = client.server.functions
    runner = functions.runner
    running = None
    if runner.script is not None:
        passed_ms = client.server.clock.exact_us() // 1000 - runner.started_ms
        running = {
            b"name": runner.script.name,
            b"command": runner.words,
            b"duration_ms": max(passed_ms, 0),
        }
    counts = {
        b"libraries_count": len(functions.libraries),
        b"functions_count": len(functions.functions),
    }
    return {b"running_script": running, b"engines": {ENGINE: counts}}


@command("FUNCTION DUMP", NOSCRIPT, since="7.0.0", complexity="O(N) for N functions")
def function_dump(client: Client):
    """Returns all libraries in one piece of bytes."""
    return client.server.functions.dump()


@command(
    "FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE]",
    WRITE,
    DENYOOM,
    NOSCRIPT,
    since="7.0.0",
    tips=EVERYWHERE,
    complexity="O(N) for N functions",
)
def function_restore(client: Client, payload: bytes, policy=b"APPEND", *more):
    """Loads the libraries that FUNCTION DUMP returned."""
    if more:
        raise CommandError(errors.wrong_subcommand(client.call.arguments[1], "FUNCTION"))
    if policy.upper() not in POLICIES:
        raise CommandError(errors.FUNCTION_RESTORE_POLICY)
    client.server.functions.restore(payload, policy.upper())
    client.database.keyspace.dirty += 1
    return OK


@command(
    "FUNCTION KILL",
    NOSCRIPT,
    ALLOW_BUSY,
    since="7.0.0",
    tips="request_policy:all_shards response_policy:one_succeeded",
    complexity="O(1)",
)
def function_kill(client: Client):
    """Ends the function that is being run, unless it has written."""
    client.server.functions.runner.kill("FUNCTION KILL")
    return OK


def flags_of_function(client, words, flags):
    """The flags of a request that calls a function."""
    return client.server.functions.request_flags(flags, words[1])


@command(
    "FCALL function numkeys [key [key ...]] [arg [arg ...]]",
    NOSCRIPT,
    SKIP_MONITOR,
    MAY_REPLICATE,
    NO_MANDATORY_KEYS,
    STALE,
    RUNS_SCRIPT,
    since="7.0.0",
    keys="RW ACCESS UPDATE",
    flags_of=flags_of_function,
    complexity="That of the function",
)
def fcall(client: Client, name: bytes, numkeys: bytes, *arguments):
    """Calls a function."""
    return call_function(client, numkeys, False)


@command(
    "FCALL_RO function numkeys [key [key ...]] [arg [arg ...]]",
    NOSCRIPT,
    SKIP_MONITOR,
    NO_MANDATORY_KEYS,
    STALE,
    READ,
    RUNS_SCRIPT,
    since="7.0.0",
    keys="RO ACCESS",
    flags_of=flags_of_function,
    complexity="That of the function",
)
def fcall_ro(client: Client, name: bytes, numkeys: bytes, *arguments):
    """Calls a function that may not write."""
    return call_function(client, numkeys, True)


def call_function(client: Client, numkeys: bytes, is_read_only):
    """FCALL and FCALL_RO."""
    functions = client.server.functions
    words = client.call.arguments
    functions.find(words[1])
    count = integer_or_none(numkeys)
    if count is None:
        raise CommandError(errors.BAD_KEY_COUNT)
    if count > len(words) - 3:
        raise CommandError(errors.TOO_MANY_KEYS)
    if count < 0:
        raise CommandError(errors.NEGATIVE_NUMBER_OF_KEYS)
    return functions.call(client, words, count, is_read_only)
