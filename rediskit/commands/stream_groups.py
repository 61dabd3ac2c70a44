"""The stream commands of consumer groups: making them, acknowledging, claiming.

Reading for a group is in stream_reading.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.streams import ACKED, DELETED, DELREF, KEPT, NOT_THERE, read_ids
from rediskit.datatypes.stream import Stream, StreamPicks
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer, integer_between
from rediskit.grammar.command import DENYOOM, FAST, READ, WRITE, command
from rediskit.grammar.stream_ids import lower_bound, open_id, stream_id, upper_bound
from rediskit.integers import LARGEST
from rediskit.protocol.replies import NULL_ARRAY, OK
from rediskit.structures.group import UNOWNED, Group
from rediskit.structures.ids import FIRST_ID, LAST_ID, following, parse_id, spell_id

UNKNOWN_COUNT = -1
MOST_CLAIMED = LARGEST // 16  # XAUTOCLAIM COUNT: ids of 16 bytes each
ATTEMPTS = 10  # entries that XAUTOCLAIM looks at for each that it may give


# Groups


@command(
    "XGROUP CREATE key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]",
    WRITE,
    DENYOOM,
    since="5.0.0",
    keys="RW INSERT",
    complexity="O(1)",
    history=[("7.0.0", "Added the `entries_read` named argument.")],
)
def xgroup_create(client: Client, key: bytes, name: bytes, text: bytes, *options):
    """Makes a consumer group, which has read a stream up to an id."""
    makes_stream, entries_read = read_create_options(options, "create")
    database = client.database
    stream = database.edit(key, Stream)
    if stream is None and not makes_stream:
        raise CommandError(errors.XGROUP_NO_KEY)
    last = FIRST_ID if stream is None else stream.last_id
    pair = last if text == b"$" else stream_id(text)
    if stream is None:
        stream = Stream()
        database.add(key, stream)
    if name in stream.groups:
        raise CommandError(errors.BUSY_GROUP)
    stream.groups[name] = group = Group()
    group.last_id = pair
    group.entries_read = min(entries_read, stream.added)
    database.changed(key, "xgroup-create")
    return OK


def read_create_options(options, subcommand):
    """(MKSTREAM, ENTRIESREAD) of XGROUP CREATE and SETID. Raises CommandError."""
    makes_stream, entries_read = False, UNKNOWN_COUNT
    position = 0
    while position < len(options):
        name = options[position].upper()
        if subcommand == "create" and name == b"MKSTREAM":
            makes_stream = True
            position += 1
        elif name == b"ENTRIESREAD" and position + 1 < len(options):
            entries_read = integer(options[position + 1])
            if entries_read < UNKNOWN_COUNT:
                raise CommandError(errors.ENTRIES_READ)
            position += 2
        else:
            raise CommandError(errors.wrong_subcommand(subcommand.upper(), "XGROUP"))
    return makes_stream, entries_read


def find_group(client, key, name):
    """(stream, group) for XGROUP's subcommands. Raises CommandError where either is missing."""
    stream = client.database.edit(key, Stream)
    if stream is None:
        raise CommandError(errors.XGROUP_NO_KEY)
    group = stream.groups.get(name)
    if group is None:
        raise CommandError(errors.no_consumer_group(name, key))
    return stream, group


@command(
    "XGROUP SETID key group <id | $> [ENTRIESREAD entries-read]",
    WRITE,
    since="5.0.0",
    keys="RW UPDATE",
    complexity="O(1)",
    history=[("7.0.0", "Added the optional `entries_read` argument.")],
)
def xgroup_setid(client: Client, key: bytes, name: bytes, text: bytes, *options):
    """Sets the id that a consumer group has read up to."""
    entries_read = read_create_options(options, "setid")[1]
    stream, group = find_group(client, key, name)
    group.last_id = stream.last_id if text == b"$" else open_id(text)
    group.entries_read = min(entries_read, stream.added)
    client.database.changed(key, "xgroup-setid")
    return OK


@command(
    "XGROUP DESTROY key group",
    WRITE,
    since="5.0.0",
    keys="RW DELETE",
    complexity="O(N) for N entries that are pending",
)
def xgroup_destroy(client: Client, key: bytes, name: bytes):
    """Removes a consumer group, and what it has yet to acknowledge."""
    stream = client.database.edit(key, Stream)
    if stream is None:
        raise CommandError(errors.XGROUP_NO_KEY)
    if stream.groups.pop(name, None) is None:
        return 0
    client.database.changed(key, "xgroup-destroy")
    return 1


@command(
    "XGROUP CREATECONSUMER key group consumer",
    WRITE,
    DENYOOM,
    since="6.2.0",
    keys="RW INSERT",
    complexity="O(1)",
)
def xgroup_createconsumer(client: Client, key: bytes, name: bytes, consumer: bytes):
    """Makes a consumer in a group; whether there was none of this name."""
    group = find_group(client, key, name)[1]
    if group.find_consumer(consumer) != UNOWNED:
        return 0
    group.create_consumer(consumer, client.database.clock.now_ms)
    client.database.changed(key, "xgroup-createconsumer")
    return 1


@command(
    "XGROUP DELCONSUMER key group consumer",
    WRITE,
    since="5.0.0",
    keys="RW DELETE",
    complexity="O(N) for N entries that the consumer has yet to acknowledge",
)
def xgroup_delconsumer(client: Client, key: bytes, name: bytes, consumer: bytes):
    """Removes a consumer from a group; says how many entries it had yet to acknowledge."""
    group = find_group(client, key, name)[1]
    number = group.find_consumer(consumer)
    if number == UNOWNED:
        return 0
    pending = group.remove_consumer(number)
    client.database.changed(key, "xgroup-delconsumer")
    return pending


# Acknowledging


@command(
    "XACK key group id [id ...]",
    WRITE,
    FAST,
    since="5.0.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M ids and N entries that are pending",
)
def xack(client: Client, key: bytes, name: bytes, *texts):
    """Notes that a group is done with entries; says how many were pending."""
    stream = client.database.read(key, Stream)
    group = None if stream is None else stream.groups.get(name)
    if group is None:
        return 0
    pairs = [stream_id(text) for text in texts]
    count = 0
    for pair in pairs:
        count += group.acknowledge(pair)
    client.database.keyspace.dirty += count
    return count


@command(
    "XACKDEL key group [KEEPREF | DELREF | ACKED] IDS numids id [id ...]",
    WRITE,
    FAST,
    since="8.2.0",
    keys="RW DELETE UPDATE",
    complexity="O(M*log(N)) for M ids and a stream of N entries",
)
def xackdel(client: Client, key: bytes, name: bytes, *words):
    """Acknowledges entries and removes them, unless another group may yet need them."""
    references, pairs = read_ids(words)
    stream = client.database.edit(key, Stream)
    group = None if stream is None else stream.groups.get(name)
    if group is None:
        return [NOT_THERE] * len(pairs)
    outcomes, deleted = [], 0
    for pair in pairs:
        if not group.acknowledge(pair):
            outcomes.append(NOT_THERE)
            continue
        if references == ACKED and stream.is_referenced(pair):
            outcomes.append(KEPT)
            continue
        if references == DELREF:
            stream.forget(pair, pair)
        deleted += stream.remove(pair)
        outcomes.append(DELETED)
    client.database.keyspace.dirty += len(pairs) - outcomes.count(NOT_THERE)
    if deleted:
        client.database.changed(key, "xdel", 0)
    return outcomes


@command(
    "XNACK key group <SILENT | FAIL | FATAL> IDS numids id [id ...] [RETRYCOUNT count] [FORCE]",
    WRITE,
    FAST,
    since="8.8.0",
    keys="RW UPDATE",
    types="count=integer",
    complexity="O(M*log(N)) for M ids and N entries that are pending",
)
def xnack(client: Client, key: bytes, name: bytes, mode: bytes, *words):
    """Gives pending entries back to their group, for any consumer to claim; says how many."""
    mode = mode.upper()
    if mode not in (b"SILENT", b"FAIL", b"FATAL"):
        raise CommandError(errors.XNACK_MODE)
    pairs, retry_count, forces = read_nack(words)
    stream = client.database.edit(key, Stream)
    group = None if stream is None else stream.groups.get(name)
    if group is None:
        raise CommandError(errors.no_group(key, name))
    count = 0
    for pair in pairs:
        row = group.find(pair)
        if row is None and not (forces and stream.contains(pair)):
            continue
        deliveries = deliveries_after(mode, row)
        group.release_to_nobody(pair, deliveries if retry_count is None else retry_count)
        count += 1
    client.database.keyspace.dirty += count
    return count


def deliveries_after(mode, row):
    """How many deliveries a released entry counts; row: None if it was not pending."""
    if mode == b"FATAL":
        return LARGEST
    if row is None:
        return 0
    return max(0, row[3] - 1) if mode == b"SILENT" else row[3]


def read_nack(words):
    """(ids, RETRYCOUNT or None, FORCE) of XNACK's words. Raises CommandError."""
    if words[0].upper() != b"IDS":
        raise CommandError(errors.XNACK_IDS)
    number = integer_between(words[1], 1, LARGEST, errors.XNACK_NUMIDS)
    if number > len(words) - 2:
        raise CommandError(errors.XNACK_MISMATCH)
    pairs = [stream_id(text) for text in words[2 : 2 + number]]
    retry_count, forces = None, False
    position = 2 + number
    while position < len(words):
        name = words[position].upper()
        if name == b"FORCE":
            forces = True
        elif name == b"RETRYCOUNT" and position + 1 < len(words):
            position += 1
            retry_count = integer_between(words[position], 0, LARGEST, errors.XNACK_RETRY_COUNT)
        elif parse_id(words[position], 0) is not None:
            raise CommandError(errors.XNACK_MISMATCH)
        else:
            raise CommandError(errors.unknown_xnack_option(words[position]))
        position += 1
    return pairs, retry_count, forces


# Looking


@command(
    "XPENDING key group [[IDLE min-idle-time] start end count [consumer]]",
    READ,
    since="5.0.0",
    types="min-idle-time=integer start=string end=string",
    complexity="O(N) for N entries that are given, O(M) for M consumers without a range",
    history=[("6.2.0", "Added the `IDLE` option and exclusive range intervals.")],
    tips="nondeterministic_output",
)
def xpending(client: Client, key: bytes, name: bytes, *words):
    """Says which entries a group has yet to acknowledge, in all or one by one."""
    asked = read_pending(words)
    stream = client.database.read(key, Stream)
    group = None if stream is None else stream.groups.get(name)
    if group is None:
        raise CommandError(errors.no_group(key, name))
    if asked is None:
        return pending_summary(group)
    return pending_rows(group, client.database.clock.now_ms, *asked)


def read_pending(words):
    """(idle, first, last, count, consumer or None) of XPENDING; None for its short form."""
    if not words:
        return None
    if not 3 <= len(words) <= 6:
        raise CommandError(errors.SYNTAX_ERROR)
    idle_ms, start = 0, 0
    if words[0].upper() == b"IDLE":
        idle_ms = integer(words[1])
        if len(words) < 5:
            raise CommandError(errors.SYNTAX_ERROR)
        start = 2
    count = max(0, integer(words[start + 2]))
    first, last = lower_bound(words[start]), upper_bound(words[start + 1])
    consumer = words[start + 3] if start + 3 < len(words) else None
    return idle_ms, first, last, count, consumer


def pending_summary(group):
    """[how many, lowest id, highest id, [[consumer, how many]]] of what is pending."""
    edges = group.edges()
    if edges is None:
        return [0, None, None, NULL_ARRAY]
    consumers = [
        [name, b"%d" % pending] for name, _, _, _, pending in group.consumer_list() if pending
    ]
    return [len(group), spell_id(edges[0]), spell_id(edges[1]), consumers]


def pending_rows(group, now_ms, idle_ms, first, last, count, consumer):
    """[[id, consumer, idle, deliveries]] of the rows in a range."""
    until_ms = now_ms - idle_ms if idle_ms > 0 else LARGEST
    if consumer is None:
        rows = group.rows(first, last, count, until_ms)
    else:
        number = group.find_consumer(consumer)
        if number == UNOWNED:
            return []
        rows = group.rows_of(number, first, last, count, until_ms)
    return [
        [
            spell_id(pair),
            group.name_of(owner),
            -1 if owner == UNOWNED else max(0, now_ms - time_ms),
            deliveries,
        ]
        for pair, owner, time_ms, deliveries in rows
    ]


# Claiming


class Claims:
    """Rows of a group that become a consumer's, one after the other, and what is told of it."""

    def __init__(self, client, key, stream, group, group_name, consumer_name):
        self.client = client
        self.key = key
        self.stream = stream
        self.group = group
        self.group_name = group_name
        self.consumer_name = consumer_name
        self.number = UNOWNED
        self.now_ms = client.database.clock.now_ms

    def find_consumer(self):
        """Finds the consumer, or makes it; it was named now."""
        self.number = self.group.find_consumer(self.consumer_name)
        if self.number:
            self.group.touch(self.number, self.now_ms, False)
        else:
            self.number = self.group.create_consumer(self.consumer_name, self.now_ms)
            self.client.database.changed(self.key, "xgroup-createconsumer")
            self.client.rewrite(
                b"XGROUP", b"CREATECONSUMER", self.key, self.group_name, self.consumer_name
            )

    def take(self, pair, time_ms, deliveries):
        """Makes the consumer the owner of a row."""
        self.group.give(pair, self.number, time_ms, deliveries)
        self.group.touch(self.number, self.now_ms, True)
        self.client.database.keyspace.dirty += 1
        self.propagate(self.consumer_name, pair, time_ms, deliveries)

    def drop(self, pair):
        """Removes the row of an entry that is gone from the stream."""
        self.group.acknowledge(pair)
        self.client.database.keyspace.dirty += 1
        self.client.rewrite(b"XACK", self.key, self.group_name, spell_id(pair))

    def take_oldest(self, idle_ms, most):
        """Takes up to `most` rows that were delivered so long ago, the oldest first.

        Gives (id, for how long it had been pending, how often it was delivered) for each.
        """
        taken = []
        for row in self.group.oldest(self.now_ms - idle_ms, most):
            pair, owner, time_ms, deliveries = row
            if not self.stream.contains(pair):
                self.drop(pair)
                continue
            self.take(pair, self.now_ms, min(deliveries + 1, LARGEST))
            taken.append((pair, 0 if owner == UNOWNED else self.now_ms - time_ms, deliveries))
        return taken

    def propagate(self, consumer_name, pair, time_ms, deliveries):
        """Has the log and the replicas make the same row."""
        if self.client.database.keyspace.changes.takers:
            request = [b"XCLAIM", self.key, self.group_name, consumer_name, b"0", spell_id(pair)]
            request += [b"TIME", time_ms, b"RETRYCOUNT", deliveries, b"FORCE", b"JUSTID"]
            self.client.rewrite(*request, b"LASTID", spell_id(self.group.last_id))

    def propagate_position(self):
        """Has the log and the replicas know how far the group has read."""
        self.client.rewrite(
            b"XGROUP",
            b"SETID",
            self.key,
            self.group_name,
            spell_id(self.group.last_id),
            b"ENTRIESREAD",
            self.group.entries_read,
        )

    def propagate_delivery(self, first, count, keeps):
        """Tells of `count` entries that were delivered, from an id on."""
        self.client.database.keyspace.dirty += 1
        if not self.client.database.keyspace.changes.takers:
            return
        if keeps:
            for pair in self.stream.ids(first, LAST_ID, count):
                self.propagate(self.consumer_name, pair, self.now_ms, 1)
        self.propagate_position()


def find_claims(client, key, name, consumer):
    """The Claims of a group. Raises CommandError where there is none."""
    stream = client.database.read(key, Stream)
    group = None if stream is None else stream.groups.get(name)
    if group is None:
        raise CommandError(errors.no_group(key, name))
    return Claims(client, key, stream, group, name, consumer)


@command(
    "XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds]"
    " [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
    WRITE,
    FAST,
    since="5.0.0",
    keys="RW UPDATE",
    types="min-idle-time=string ms=integer",
    complexity="O(M*log(N)) for M ids and N entries that are pending",
    tips="nondeterministic_output",
)
def xclaim(client: Client, key: bytes, name: bytes, consumer: bytes, idle: bytes, *words):
    """Makes a consumer the owner of entries that are pending, mostly another's."""
    claims = find_claims(client, key, name, consumer)
    idle_ms = max(0, integer(idle, errors.XCLAIM_MIN_IDLE))
    pairs, options = read_claim(words, claims.now_ms)
    group, stream = claims.group, claims.stream
    last = options.get(b"LASTID", FIRST_ID)
    moves = last > group.last_id
    if moves:
        group.last_id = last
    claims.find_consumer()
    taken = []
    for pair in pairs:
        row = group.find(pair)
        if not stream.contains(pair):
            if row is not None:
                claims.drop(pair)
            continue
        if row is None and b"FORCE" in options:
            row = (pair, UNOWNED, -1, 1)
        if row is None or row[1] != UNOWNED and claims.now_ms - row[2] < idle_ms:
            continue
        deliveries = options.get(b"RETRYCOUNT", -1)
        if deliveries < 0:
            deliveries = min(row[3] + (b"JUSTID" not in options), LARGEST)
        claims.take(pair, options[b"TIME"], deliveries)
        moves = False
        taken.append(pair)
    if moves:
        claims.propagate_position()
        client.database.keyspace.dirty += 1
    return claimed(stream, taken, b"JUSTID" in options)


def claimed(stream, pairs, only_ids):
    """The reply for entries that were claimed."""
    if only_ids:
        return [spell_id(pair) for pair in pairs]
    return StreamPicks(stream, [(pair,) for pair in pairs])


def read_claim(words, now_ms):
    """(ids, {option: value}) of XCLAIM, TIME always being there. Raises CommandError."""
    pairs = []
    for text in words:
        pair = parse_id(text, 0)
        if pair is None:
            break
        pairs.append(pair)
    options = {}
    position = len(pairs)
    while position < len(words):
        name = words[position].upper()
        if name in (b"FORCE", b"JUSTID"):
            options[name] = True
            position += 1
            continue
        if name not in CLAIM_VALUES or position + 1 == len(words):
            raise CommandError(errors.unknown_xclaim_option(words[position]))
        value = CLAIM_VALUES[name](words[position + 1])
        if name == b"IDLE":
            name, value = b"TIME", now_ms - value
        options[name] = value
        position += 2
    time_ms = options.get(b"TIME", now_ms)
    options[b"TIME"] = time_ms if 0 <= time_ms <= now_ms else now_ms
    return pairs, options


CLAIM_VALUES = {
    b"IDLE": lambda text: integer(text, errors.XCLAIM_IDLE),
    b"TIME": lambda text: integer(text, errors.XCLAIM_TIME),
    b"RETRYCOUNT": lambda text: integer(text, errors.XCLAIM_RETRY_COUNT),
    b"LASTID": stream_id,
}


@command(
    "XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]",
    WRITE,
    FAST,
    since="6.2.0",
    keys="RW DELETE",
    types="min-idle-time=string start=string",
    complexity="O(1) if COUNT is small",
    history=[
        (
            "7.0.0",
            "Added an element to the reply array, containing deleted entries the command"
            " cleared from the PEL",
        ),
    ],
    tips="nondeterministic_output",
)
def xautoclaim(client: Client, key: bytes, name: bytes, consumer: bytes, idle: bytes, *words):
    """Makes a consumer the owner of entries that are pending for long, from an id on."""
    idle_ms = max(0, integer(idle, errors.XAUTOCLAIM_MIN_IDLE))
    first = lower_bound(words[0])
    count, only_ids = read_autoclaim(words[1:])
    claims = find_claims(client, key, name, consumer)
    claims.find_consumer()
    group, stream = claims.group, claims.stream
    taken, gone, attempts = [], [], count * ATTEMPTS
    while attempts and len(taken) + len(gone) < count:
        rows = group.rows(first, LAST_ID, min(attempts, count - len(taken) - len(gone)))
        if not rows:
            break
        attempts -= len(rows)
        first = following(rows[len(rows) - 1][0]) or LAST_ID
        for row in rows:
            pair, owner, time_ms, deliveries = row
            if not stream.contains(pair):
                claims.drop(pair)
                gone.append(pair)
            elif owner == UNOWNED or claims.now_ms - time_ms >= idle_ms:
                claims.take(pair, claims.now_ms, min(deliveries + (not only_ids), LARGEST))
                taken.append(pair)
    left = group.rows(first, LAST_ID, 1)
    cursor = left[0][0] if left else FIRST_ID
    return [spell_id(cursor), claimed(stream, taken, only_ids), [spell_id(p) for p in gone]]


def read_autoclaim(words):
    """(COUNT, JUSTID) of XAUTOCLAIM. Raises CommandError."""
    count, only_ids = 100, False
    position = 0
    while position < len(words):
        name = words[position].upper()
        if name == b"COUNT" and position + 1 < len(words):
            position += 1
            count = integer_between(words[position], 1, MOST_CLAIMED, errors.COUNT_ABOVE_ZERO)
        elif name == b"JUSTID":
            only_ids = True
        else:
            raise CommandError(errors.SYNTAX_ERROR)
        position += 1
    return count, only_ids
