"""The stream commands that set what a stream knows beside its entries."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.datatypes.stream import Stream
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer, integer_between
from rediskit.grammar.command import DENYOOM, FAST, WRITE, command
from rediskit.grammar.stream_ids import stream_id
from rediskit.protocol.replies import OK
from rediskit.structures.producers import Producers

LONGEST_DURATION = 86400  # seconds
MOST_MESSAGES = 10000


@command(
    "XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
    WRITE,
    DENYOOM,
    FAST,
    since="5.0.0",
    keys="RW UPDATE",
    complexity="O(1)",
    history=[("7.0.0", "Added the `entries_added` and `max_deleted_entry_id` arguments.")],
)
def xsetid(client: Client, key: bytes, last: bytes, *options):
    """Sets the last id of a stream, and what it says of entries that are gone."""
    pair = stream_id(last)
    added, max_deleted = read_setid(pair, options)
    stream = client.database.edit(key, Stream)
    if stream is None:
        raise CommandError(errors.NO_SUCH_KEY)
    if pair < stream.max_deleted_id:
        raise CommandError(errors.XSETID_CURRENT_MAX_DELETED)
    if len(stream):
        if pair < stream.top_id:
            raise CommandError(errors.XSETID_SMALL)
        if added is not None and added < len(stream):
            raise CommandError(errors.XSETID_LENGTH)
    stream.last_id = pair
    if added is not None:
        stream.added = added
    if max_deleted != (0, 0):
        stream.max_deleted_id = max_deleted
    client.database.changed(key, "xsetid")
    return OK


def read_setid(pair, options):
    """(entries added or None, highest id deleted) of XSETID's options. Raises CommandError."""
    added, max_deleted = None, (0, 0)
    for index in range(0, len(options), 2):
        name = options[index].upper()
        if index + 1 == len(options) or name not in (b"ENTRIESADDED", b"MAXDELETEDID"):
            raise CommandError(errors.SYNTAX_ERROR)
        if name == b"ENTRIESADDED":
            added = integer(options[index + 1])
            if added < 0:
                raise CommandError(errors.ENTRIES_ADDED)
        else:
            max_deleted = stream_id(options[index + 1])
            if pair < max_deleted:
                raise CommandError(errors.XSETID_MAX_DELETED)
    return added, max_deleted


@command(
    "XCFGSET key [IDMP-DURATION duration] [IDMP-MAXSIZE maxsize]",
    WRITE,
    FAST,
    since="8.6.0",
    types="duration=integer maxsize=integer",
    keys="RW UPDATE",
    complexity="O(1), and O(N) for N messages that are forgotten",
)
def xcfgset(client: Client, key: bytes, *options):
    """Sets how many messages of each producer a stream remembers, and for how long."""
    found = read_settings(options)
    stream = client.database.edit(key, Stream)
    if stream is None:
        raise CommandError(errors.NO_SUCH_KEY)
    if stream.producers is None:
        stream.producers = Producers()
    producers = stream.producers
    producers.limit(
        found.get(b"IDMP-DURATION", producers.duration_seconds),
        found.get(b"IDMP-MAXSIZE", producers.most),
    )
    client.database.keyspace.dirty += 1
    return OK


def read_settings(options):
    """{name: number} of XCFGSET's options. Raises CommandError."""
    bounds = {
        b"IDMP-DURATION": (LONGEST_DURATION, errors.IDMP_DURATION),
        b"IDMP-MAXSIZE": (MOST_MESSAGES, errors.IDMP_MAXSIZE),
    }
    found = {}
    for index in range(0, len(options), 2):
        name = options[index].upper()
        if index + 1 == len(options) or name not in bounds:
            raise CommandError(errors.SYNTAX_ERROR)
        if name in found:
            raise CommandError(errors.idmp_twice(name))
        most, error = bounds[name]
        found[name] = integer_between(options[index + 1], 1, most, error)
    if not found:
        raise CommandError(errors.IDMP_NO_PARAMETER)
    return found


@command(
    "XIDMPRECORD key producer-id idempotent-id stream-id",
    WRITE,
    DENYOOM,
    FAST,
    since="8.6.2",
    keys="RW UPDATE",
    complexity="O(log(N)) for a stream of N entries",
)
def xidmprecord(client: Client, key: bytes, producer: bytes, message: bytes, text: bytes):
    """Has a stream remember which entry a producer's message became, for logs and replicas."""
    if not producer:
        raise CommandError(errors.IDMP_PRODUCER_EMPTY)
    if not message:
        raise CommandError(errors.IDMP_MESSAGE_EMPTY)
    pair = stream_id(text)
    stream = client.database.edit(key, Stream)
    if stream is None or not stream.contains(pair):
        raise CommandError(errors.IDMP_NO_ENTRY)
    if stream.producers is None:
        stream.producers = Producers()
    known = stream.producers.find(producer, message, 0)
    if known is not None and known != pair:
        raise CommandError(errors.IDMP_OTHER_ENTRY)
    if known is None:
        stream.producers.note(producer, message, pair)
        stream.producers.added += 1
    client.database.keyspace.dirty += 1
    return OK
