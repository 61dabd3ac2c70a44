"""Scripts in Lua: EVAL and its siblings, and what SCRIPT does with those that the server knows."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.command import (
    ALLOW_BUSY,
    MAY_REPLICATE,
    NO_MANDATORY_KEYS,
    NOSCRIPT,
    READ,
    RUNS_SCRIPT,
    SKIP_MONITOR,
    STALE,
    command,
)
from rediskit.protocol.replies import OK

_DECLARED = (NOSCRIPT, SKIP_MONITOR, MAY_REPLICATE, NO_MANDATORY_KEYS, STALE, RUNS_SCRIPT)
_DECLARED_RO = (NOSCRIPT, SKIP_MONITOR, NO_MANDATORY_KEYS, STALE, READ, RUNS_SCRIPT)
COMPLEXITY = "That of the script"


def flags_of_text(client, words, flags):
    """The flags of a request whose second word is a script."""
    return client.server.scripts.request_flags(flags, words[1], None)


def flags_of_name(client, words, flags):
    """The flags of a request whose second word names a script."""
    return client.server.scripts.request_flags(flags, None, words[1])


@command(
    "EVAL script numkeys [key [key ...]] [arg [arg ...]]",
    *_DECLARED,
    since="2.6.0",
    keys="RW ACCESS UPDATE",
    flags_of=flags_of_text,
    complexity=COMPLEXITY,
)
def eval_(client: Client, *arguments):
    """Runs a script in Lua."""
    return client.server.scripts.evaluate(client, client.call.arguments, False)


@command(
    "EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]]",
    *_DECLARED,
    since="2.6.0",
    keys="RW ACCESS UPDATE",
    flags_of=flags_of_name,
    complexity=COMPLEXITY,
)
def evalsha(client: Client, *arguments):
    """Runs a script in Lua that the server knows, by its SHA-1."""
    return client.server.scripts.evaluate_known(client, client.call.arguments, False)


@command(
    "EVAL_RO script numkeys [key [key ...]] [arg [arg ...]]",
    *_DECLARED_RO,
    since="7.0.0",
    keys="RO ACCESS",
    flags_of=flags_of_text,
    complexity=COMPLEXITY,
)
def eval_ro(client: Client, *arguments):
    """Runs a script in Lua that may not write."""
    return client.server.scripts.evaluate(client, client.call.arguments, True)


@command(
    "EVALSHA_RO sha1 numkeys [key [key ...]] [arg [arg ...]]",
    *_DECLARED_RO,
    since="7.0.0",
    keys="RO ACCESS",
    flags_of=flags_of_name,
    complexity=COMPLEXITY,
)
def evalsha_ro(client: Client, *arguments):
    """Runs a script in Lua that the server knows, and that may not write."""
    return client.server.scripts.evaluate_known(client, client.call.arguments, True)


@command(
    "SCRIPT LOAD script",
    NOSCRIPT,
    STALE,
    since="2.6.0",
    tips="request_policy:all_nodes response_policy:all_succeeded",
    complexity="O(N) for N bytes",
)
def script_load(client: Client, script: bytes):
    """Has the server keep a script; its SHA-1."""
    return client.server.scripts.load(script)


@command(
    "SCRIPT EXISTS sha1 [sha1 ...]",
    NOSCRIPT,
    since="2.6.0",
    tips="request_policy:all_shards response_policy:agg_logical_and",
    complexity="O(N) for N scripts that are asked for",
)
def script_exists(client: Client, *names):
    """Tells of each SHA-1 whether the server knows the script."""
    scripts = client.server.scripts
    return [int(name in scripts) for name in names]


@command(
    "SCRIPT FLUSH [ASYNC | SYNC]",
    NOSCRIPT,
    since="2.6.0",
    tips="request_policy:all_nodes response_policy:all_succeeded",
    complexity="O(N) for N scripts",
)
def script_flush(client: Client, mode=None, *more):
    """Has the server forget all scripts."""
    if more or mode is not None and mode.upper() not in (b"ASYNC", b"SYNC"):
        raise CommandError(errors.SCRIPT_FLUSH)
    client.server.scripts.flush()
    return OK


@command(
    "SCRIPT KILL",
    NOSCRIPT,
    ALLOW_BUSY,
    since="2.6.0",
    tips="request_policy:all_shards response_policy:one_succeeded",
    complexity="O(1)",
)
def script_kill(client: Client):
    """Ends the script that is being run, unless it has written."""
    client.server.scripts.runner.kill("SCRIPT KILL")
    return OK


@command("SCRIPT DEBUG <YES | SYNC | NO>", NOSCRIPT, since="3.2.0", complexity="O(1)")
def script_debug(client: Client, mode: bytes):
    """Turns the debugger off, which this server does not have."""
    if mode.upper() not in (b"YES", b"SYNC", b"NO"):
        raise CommandError(errors.SCRIPT_DEBUG)
    if mode.upper() != b"NO":
        raise CommandError(errors.NO_DEBUGGER)
    return OK
