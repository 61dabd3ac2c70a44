"""What servers say to each other, as far as it is about snapshots: SYNC, PSYNC, REPLCONF; WAIT."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.clients.kinds import REPLICA
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer, integer_between, milliseconds
from rediskit.grammar.command import (
    ADMIN,
    ALLOW_BUSY,
    LOADING,
    NO_ASYNC_LOADING,
    NO_MULTI,
    NOSCRIPT,
    STALE,
    Wait,
    command,
)
from rediskit.protocol.replies import OK, SILENCE, Status

LONGEST_ADDRESS = 45


@command(
    "SYNC",
    ADMIN,
    NOSCRIPT,
    NO_ASYNC_LOADING,
    NO_MULTI,
    since="1.0.0",
    complexity="O(N) for N keys and their elements, in the background",
)
def sync(client: Client):
    """Has the client sent a snapshot, as the oldest replicas ask for it."""
    ask_for_snapshot(client)
    return SILENCE


@command(
    "PSYNC replicationid offset",
    ADMIN,
    NOSCRIPT,
    NO_ASYNC_LOADING,
    NO_MULTI,
    since="2.8.0",
    arity=-3,
    complexity="O(N) for N keys and their elements, in the background",
)
def psync(client: Client, replication_id: bytes, offset: bytes, *words):
    """Has the client sent what it misses of the data, as replicas ask for it."""
    integer(offset)
    ask_for_snapshot(client)
    client.write(Status(b"FULLRESYNC %s 0" % client.server.replication_id.encode()))
    return SILENCE


def ask_for_snapshot(client: Client):
    """Has a client sent a snapshot, or raises CommandError."""
    transfers = client.server.transfers
    if client.kind > REPLICA or not transfers.wishes(client).only_snapshot:
        raise CommandError(errors.ONLY_SNAPSHOTS)
    if client.output.length:
        raise CommandError(errors.SYNC_PENDING_OUTPUT)
    transfers.ask(client)


@command(
    "REPLCONF",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    ALLOW_BUSY,
    since="3.0.0",
    arity=-1,
    complexity="O(1)",
)
def replconf(client: Client, *words):
    """Tells the server about a replica: where it listens, and what it understands."""
    if len(words) % 2:
        raise CommandError(errors.SYNTAX_ERROR)
    wishes = client.server.transfers.wishes(client)
    for name, value in zip(words[::2], words[1::2], strict=True):
        name = name.lower()
        if name in (b"ack", b"getack"):
            return SILENCE
        if name not in REPLCONF_OPTIONS:
            raise CommandError(errors.unknown_replconf(name))
        REPLCONF_OPTIONS[name](wishes, value)
    return OK


def listening_port(wishes, value):
    """Where the replica listens itself."""
    integer(value)


def ip_address(wishes, value):
    """The replica's address, if it is not the one it comes from."""
    if len(value) > LONGEST_ADDRESS:
        raise CommandError(errors.address_too_long(len(value)))


def capability(wishes, value):
    """What the replica knows to do; what we do not know of is no fault."""


def only_snapshot(wishes, value):
    """Whether the replica wants a snapshot and nothing else."""
    wishes.only_snapshot = bool(integer_between(value, 0, 1))


def snapshot_filter(wishes, value):
    """What the snapshot shall hold: the names of parts; none for all of them."""
    parts = value.split()
    for part in parts:
        if part.lower() != b"functions":
            raise CommandError(errors.unknown_filter(part))
    wishes.no_data = bool(parts)


REPLCONF_OPTIONS = {
    b"listening-port": listening_port,
    b"ip-address": ip_address,
    b"capa": capability,
    b"rdb-only": only_snapshot,
    b"rdb-filter-only": snapshot_filter,
}


@command(
    "WAIT numreplicas timeout",
    since="3.0.0",
    group="generic",
    categories="connection",
    tips="request_policy:all_shards response_policy:agg_min",
    complexity="O(1)",
)
def wait(client: Client, replicas: bytes, timeout: bytes):
    """Waits until so many replicas have what the client wrote; tells how many do."""
    wanted = integer(replicas)
    timeout_ms = milliseconds(timeout)
    if wanted <= 0:  # there are no replicas yet
        return 0
    return Wait((), timeout_ms, fallback=0)
