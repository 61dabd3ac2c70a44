"""The commands for the server as a whole: its time, its figures, emptying it, ending it."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
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
    """Returns the server time."""
    now_us = client.server.clock.now_us
    return [b"%d" % (now_us // 1_000_000), b"%d" % (now_us % 1_000_000)]


@command(
    "INFO [section [section ...]]",
    LOADING,
    STALE,
    DANGEROUS,
    since="1.0.0",
    tips="nondeterministic_output request_policy:all_shards response_policy:special",
    complexity="O(1)",
)
def info_command(client: Client, *sections):
    """Returns information and statistics about the server."""
    return Verbatim(info.report(client.server, sections).encode("utf-8", "surrogateescape"))


@command(
    "ROLE",
    NOSCRIPT,
    LOADING,
    STALE,
    FAST,
    since="2.8.12",
    categories="admin dangerous",
    complexity="O(1)",
)
def role(client: Client):
    """Returns the replication role."""
    return [b"master", 0, []]


# Emptying and exchanging databases


@command(
    "FLUSHDB [ASYNC | SYNC]",
    WRITE,
    since="1.0.0",
    categories="keyspace dangerous",
    tips="request_policy:all_shards response_policy:all_succeeded",
)
def flushdb(client: Client, *options):
    """Removes all keys from the current database."""
    return flush(client, [client.database], options)


@command(
    "FLUSHALL [ASYNC | SYNC]",
    WRITE,
    since="1.0.0",
    categories="keyspace dangerous",
    tips="request_policy:all_shards response_policy:all_succeeded",
)
def flushall(client: Client, *options):
    """Removes all keys from all databases."""
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
    client.rewrite(*client.arguments)  # is handed on even if all were empty
    return OK


@command(
    "SWAPDB index1 index2",
    WRITE,
    FAST,
    since="4.0.0",
    categories="keyspace dangerous",
)
def swapdb(client: Client, index1: bytes, index2: bytes):
    """Swaps two databases."""
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
)
def shutdown(client: Client, *words):
    """Synchronously saves the database to disk and shuts down the server."""
    options = SHUTDOWN_OPTIONS.read(words)
    server = client.server
    if b"ABORT" in options:
        if len(options) > 1:
            raise CommandError(errors.SYNTAX_ERROR)
        if not server.abort_shutdown():
            raise CommandError(errors.NO_SHUTDOWN)
        return OK
    save = True if b"SAVE" in options else (False if b"NOSAVE" in options else None)
    if not server.shut_down(save, is_forced=b"FORCE" in options):
        raise CommandError(errors.SHUTDOWN_FAILED)
    client.close_after_reply = True
    return SILENCE
