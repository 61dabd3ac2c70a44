"""The commands that save the data: SAVE, BGSAVE, LASTSAVE."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options
from rediskit.grammar.command import (
    ADMIN,
    FAST,
    LOADING,
    NO_ASYNC_LOADING,
    NO_MULTI,
    NOSCRIPT,
    STALE,
    command,
)
from rediskit.protocol.replies import OK, Status

BGSAVE_OPTIONS = Options("SCHEDULE")
STARTED = Status(b"Background saving started")
SCHEDULED = Status(b"Background saving scheduled")


@command(
    "SAVE",
    ADMIN,
    NOSCRIPT,
    NO_ASYNC_LOADING,
    NO_MULTI,
    since="1.0.0",
    complexity="O(N) for N keys and their elements",
)
def save(client: Client):
    """Writes a snapshot while everybody waits."""
    snapshots = client.server.snapshots
    if snapshots.background is not None:
        raise CommandError(errors.SAVE_IN_PROGRESS)
    if not snapshots.save():
        raise CommandError(errors.SAVE_FAILED)
    return OK


@command(
    "BGSAVE [SCHEDULE]",
    ADMIN,
    NOSCRIPT,
    NO_ASYNC_LOADING,
    since="1.0.0",
    arity=-1,
    history=[("3.2.2", "Added the `SCHEDULE` option.")],
    complexity="O(N) for N keys and their elements, in the background",
)
def bgsave(client: Client, *words):
    """Writes a snapshot while commands go on."""
    if len(words) > 1:
        raise CommandError(errors.SYNTAX_ERROR)
    BGSAVE_OPTIONS.read(words)
    snapshots = client.server.snapshots
    if snapshots.background is not None:
        raise CommandError(errors.SAVE_IN_PROGRESS)
    if client.queue is not None:
        # The rest of a transaction is not to be saved without its beginning.
        snapshots.schedule()
        return SCHEDULED
    if not snapshots.begin():
        raise CommandError(errors.SAVE_FAILED)
    return STARTED


@command(
    "LASTSAVE",
    LOADING,
    STALE,
    FAST,
    since="1.0.0",
    categories="admin dangerous",
    tips="nondeterministic_output",
    complexity="O(1)",
)
def lastsave(client: Client):
    """Tells when the last snapshot was whole, in seconds since 1970."""
    return client.server.snapshots.last_save
