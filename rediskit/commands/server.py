"""The commands for the server as a whole: its time, its figures, emptying it, ending it."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.gates import IS_BUSY
from rediskit.grammar.arguments import Options, integer_between
from rediskit.grammar.command import (
    ADMIN,
    ALLOW_BUSY,
    DANGEROUS,
    FAST,
    LOADING,
    NO_MULTI,
    NOSCRIPT,
    STALE,
    WRITE,
    command,
)
from rediskit.operations import info
from rediskit.protocol.replies import OK, SILENCE, Verbatim

FLUSH_OPTIONS = Options("ASYNC | SYNC")
SHUTDOWN_OPTIONS = Options("NOSAVE | SAVE", "NOW", "FORCE", "ABORT")


@command(
    "TIME",
    LOADING,
    STALE,
    FAST,
    since="2.6.0",
    tips="nondeterministic_output",
    complexity="O(1)",
)
def time(client: Client):
    """Tells the time of the server: seconds since 1970, and microseconds."""
    now_us = client.server.clock.now_us
    return [b"%d" % (now_us // 1_000_000), b"%d" % (now_us % 1_000_000)]


@command(
    "INFO [section [section ...]]",
    LOADING,
    STALE,
    DANGEROUS,
    since="1.0.0",
    tips="nondeterministic_output request_policy:all_shards response_policy:special",
    complexity="O(N) for N lines",
)
def info_command(client: Client, *sections):
    """Describes the server in lines of names and values, section by section."""
    return Verbatim(info.report(client.server, sections).encode("utf-8", "surrogateescape"))


@command(
    "ROLE",
    NOSCRIPT,
    LOADING,
    STALE,
    FAST,
    since="2.8.12",
    categories="admin dangerous",
    complexity="O(N) for N replicas",
)
def role(client: Client):
    """Tells whether the server is a primary or a replica, and of whom."""
    return [b"master", 0, []]


# Emptying and exchanging databases


@command(
    "FLUSHDB [ASYNC | SYNC]",
    WRITE,
    since="1.0.0",
    categories="keyspace dangerous",
    tips="request_policy:all_shards response_policy:all_succeeded",
    complexity="O(N) for N keys and their elements, with ASYNC in the background",
)
def flushdb(client: Client, *options):
    """Empties the selected database."""
    return flush(client, [client.database], options)


@command(
    "FLUSHALL [ASYNC | SYNC]",
    WRITE,
    since="1.0.0",
    categories="keyspace dangerous",
    tips="request_policy:all_shards response_policy:all_succeeded",
    complexity="O(N) for N keys and their elements, with ASYNC in the background",
)
def flushall(client: Client, *options):
    """Empties every database."""
    flush(client, client.database.keyspace.databases, options)
    client.server.snapshots.save_what_was_flushed()
    return OK


def flush(client: Client, databases: list, words: tuple):
    """Empties databases, at once or in the background, as the words or the directive say."""
    if len(words) > 1:
        raise CommandError(errors.SYNTAX_ERROR)
    options = FLUSH_OPTIONS.read(words)
    in_background = b"ASYNC" in options
    if not options:
        in_background = client.server.config["lazyfree-lazy-user-flush"]
    client.database.keyspace.flush(databases, in_background)
    client.rewrite(*client.call.arguments)  # is handed on even if all were empty
    return OK


@command(
    "SWAPDB index1 index2",
    WRITE,
    FAST,
    since="4.0.0",
    categories="keyspace dangerous",
    complexity="O(N) for N clients that watch or wait for keys of either",
)
def swapdb(client: Client, index1: bytes, index2: bytes):
    """Exchanges the content of two databases, for every client at once."""
    lowest, highest = -(1 << 31), (1 << 31) - 1
    first = integer_between(index1, lowest, highest, errors.INVALID_FIRST_DATABASE)
    second = integer_between(index2, lowest, highest, errors.INVALID_SECOND_DATABASE)
    keyspace = client.database.keyspace
    count = len(keyspace.databases)
    if not (0 <= first < count and 0 <= second < count):
        raise CommandError(errors.DATABASE_OUT_OF_RANGE)
    keyspace.swap(first, second)
    return OK


# The end


@command(
    "SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    NO_MULTI,
    ALLOW_BUSY,
    since="1.0.0",
    complexity="O(N) for N keys and their elements to save, else O(1)",
)
def shutdown(client: Client, *words):
    """Ends the server, after a snapshot if one is due or asked for."""
    options = SHUTDOWN_OPTIONS.read(words)
    server = client.server
    if b"ABORT" in options:
        if len(options) > 1:
            raise CommandError(errors.SYNTAX_ERROR)
        if not server.abort_shutdown():
            raise CommandError(errors.NO_SHUTDOWN)
        return OK
    if server.dispatcher.gates.is_closed(IS_BUSY) and b"NOSAVE" not in options:
        raise CommandError(server.dispatcher.gates.busy_reason)
    save = True if b"SAVE" in options else (False if b"NOSAVE" in options else None)
    if not server.shut_down(save, is_forced=b"FORCE" in options):
        raise CommandError(errors.SHUTDOWN_FAILED)
    client.close_after_reply = True
    return SILENCE
