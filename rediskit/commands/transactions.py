"""Transactions: requests that are queued and then run in one go, if nothing they rely on changed.

The queue is the client's; the dispatcher fills it and runs it, `watching` knows who watches what.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.command import (
    ALLOW_BUSY,
    FAST,
    LOADING,
    NOSCRIPT,
    RUNS_QUEUE,
    SKIP_SLOWLOG,
    STALE,
    UNQUEUED,
    command,
)
from rediskit.protocol.replies import NULL_ARRAY, OK


@command(
    "MULTI", NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY, UNQUEUED, since="1.2.0", complexity="O(1)"
)
def multi(client: Client):
    """Begins a transaction: commands are queued until EXEC."""
    if client.queue is not None:
        raise CommandError(errors.NESTED_MULTI)
    client.begin_transaction()
    return OK


@command(
    "EXEC",
    NOSCRIPT,
    LOADING,
    STALE,
    SKIP_SLOWLOG,
    UNQUEUED,
    RUNS_QUEUE,
    since="1.2.0",
    complexity="That of the queued commands",
)
def exec_(client: Client):
    """Runs the queued commands in one go, unless a watched key has changed."""
    if client.queue is None:
        raise CommandError(errors.EXEC_WITHOUT_MULTI)
    dispatcher = client.server.dispatcher
    dispatcher.watching.look(client)
    if client.queue_failed:
        dispatcher.discard(client)
        raise CommandError(errors.EXEC_ABORT)
    if client.watch_failed:
        dispatcher.discard(client)
        return NULL_ARRAY
    return dispatcher.run_queue(client)


@command(
    "DISCARD",
    NOSCRIPT,
    LOADING,
    STALE,
    FAST,
    ALLOW_BUSY,
    UNQUEUED,
    since="2.0.0",
    complexity="O(N) for N queued commands and watched keys",
)
def discard(client: Client):
    """Gives a transaction up: what is queued is dropped, and no key is watched any more."""
    if client.queue is None:
        raise CommandError(errors.DISCARD_WITHOUT_MULTI)
    client.server.dispatcher.discard(client)
    return OK


@command(
    "WATCH key [key ...]",
    NOSCRIPT,
    LOADING,
    STALE,
    FAST,
    ALLOW_BUSY,
    UNQUEUED,
    since="2.2.0",
    keys="RO",
    complexity="O(N) for N keys",
)
def watch(client: Client, *keys):
    """Lets the next EXEC run nothing if one of these keys changes before."""
    if client.queue is not None:
        raise CommandError(errors.WATCH_IN_MULTI)
    watching = client.server.dispatcher.watching
    for key in keys:
        watching.watch(client, key)
    return OK


@command(
    "UNWATCH",
    NOSCRIPT,
    LOADING,
    STALE,
    FAST,
    ALLOW_BUSY,
    since="2.2.0",
    complexity="O(N) for N watched keys",
)
def unwatch(client: Client):
    """Lets the next EXEC run, whatever becomes of the keys that were watched."""
    client.server.dispatcher.watching.forget(client)
    client.watch_failed = False
    return OK
