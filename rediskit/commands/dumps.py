"""DUMP and RESTORE: a value as bytes that any Redis understands, and back."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, integer
from rediskit.grammar.command import ASKING, DANGEROUS, DENYOOM, READ, WRITE, command
from rediskit.integers import LARGEST
from rediskit.keyspace.database import NO_DEADLINE
from rediskit.protocol.replies import OK
from rediskit.rdb.damage import Damaged
from rediskit.rdb.snapshot import dump, is_intact, restore

MOST_FREQUENT = 255
NEW_FREQUENCY = 5  # of a key that has not been used yet
LONGEST_IDLE = 0xFFFFFF  # seconds that an entry can note


def bounded(high: int, error: str):
    """A function that reads an integer from 0 to `high`."""

    def read(word):
        number = integer(word)
        if not 0 <= number <= high:
            raise CommandError(error)
        return number

    return read


RESTORE_OPTIONS = Options(
    "REPLACE",
    "ABSTTL",
    "IDLETIME value | FREQ value",
    IDLETIME=bounded(LARGEST, errors.INVALID_IDLE_TIME),
    FREQ=bounded(MOST_FREQUENT, errors.INVALID_FREQUENCY),
)


@command(
    "DUMP key",
    READ,
    since="2.6.0",
    keys="RO ACCESS",
    tips="nondeterministic_output",
    complexity="O(N) for N elements or bytes",
)
def dump_command(client: Client, key: bytes):
    """Returns a value as a snapshot would hold it, with a version and a checksum."""
    value = client.database.read_value(key)
    return None if value is None else dump(value)


@command(
    "RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
    WRITE,
    DENYOOM,
    DANGEROUS,
    since="2.6.0",
    keys="OW UPDATE",
    complexity="O(N) for N elements or bytes, O(N*log(N)) for a sorted set",
)
def restore_command(client: Client, key: bytes, ttl: bytes, serialized_value: bytes, *options):
    """Makes a key of what DUMP returned."""
    return restore_key(client, key, ttl, serialized_value, options)


@command(
    "RESTORE-ASKING key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds]"
    " [FREQ frequency]",
    WRITE,
    DENYOOM,
    ASKING,
    DANGEROUS,
    since="3.0.0",
    keys="OW UPDATE",
    group="server",
    categories="keyspace",
    complexity="O(N) for N elements or bytes, O(N*log(N)) for a sorted set",
)
def restore_asking(client: Client, key: bytes, ttl: bytes, serialized_value: bytes, *options):
    """As RESTORE, into a slot that this node of a cluster is about to take over."""
    return restore_key(client, key, ttl, serialized_value, options)


def restore_key(client: Client, key: bytes, ttl: bytes, payload: bytes, words):
    """Stores the value of a payload with a time to live of `ttl` ms, 0 for ever; OK."""
    options = RESTORE_OPTIONS.read(words)
    database = client.database
    is_there = database.peek_key(key)
    if is_there and b"REPLACE" not in options:
        raise CommandError(errors.BUSY_KEY)
    deadline = integer(ttl)
    if deadline < 0:
        raise CommandError(errors.INVALID_TTL)
    value = value_of(client.server, payload)
    if deadline and b"ABSTTL" not in options:
        deadline = min(deadline + database.clock.now_ms, LARGEST)
    if deadline and deadline <= database.clock.now_ms:
        if is_there:
            database.delete(key)
            database.changed(key, "del")
            client.rewrite(b"DEL", key)
        return OK
    database.store(key, value, deadline or NO_DEADLINE)
    if is_there:
        database.noted(key, True)  # for Redis it is a new key all the same
    mark_access(database.table, key, options)
    if deadline and b"ABSTTL" not in options:
        client.rewrite(b"RESTORE", key, b"%d" % deadline, payload, *words, b"ABSTTL")
    database.changed(key, "restore")
    return OK


def value_of(server, payload: bytes):
    """The value of a payload. Raises CommandError, having logged what is damaged."""
    if not is_intact(payload, checksum=not server.snapshots.loads.skips_checksums):
        raise CommandError(errors.BAD_DUMP)
    try:
        return restore(payload, server.keyspace.limits)
    except Damaged as damage:
        server.log.warning(f"RESTORE: integrity check failed: {damage}")
        raise CommandError(errors.BAD_DUMP_DATA) from None


def mark_access(table, key: bytes, options):
    """Notes what IDLETIME or FREQ say, if it is what accesses are marked with; else a new key."""
    if table.counts_frequency:
        frequency = options.get(b"FREQ", NEW_FREQUENCY)
        table.set_access(key, (table.access_clock & 0xFFFF) << 8 | frequency)
    else:
        idle = min(options.get(b"IDLETIME", 0), LONGEST_IDLE)
        table.set_access(key, (table.access_clock - idle) & LONGEST_IDLE)
