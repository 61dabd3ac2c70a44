"""XREAD and XREADGROUP: reading on from where one was, and waiting for what comes."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.clients.kinds import SCRIPT
from rediskit.commands.stream_groups import Claims
from rediskit.datatypes.stream import Stream, StreamPicks, StreamRange, StreamReplies
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer, milliseconds
from rediskit.grammar.command import BLOCKING, READ, WRITE, Wait, command
from rediskit.grammar.stream_ids import stream_id
from rediskit.integers import LARGEST
from rediskit.protocol.replies import NULL_ARRAY
from rediskit.structures.ids import FIRST_ID, LAST_ID, following, preceding, spell_id

EVERYTHING = LARGEST
_LAST_ID = LAST_ID
NEW = b">"
LAST = b"$"
TOP = b"+"


class Reading:
    """What XREAD and XREADGROUP are told.

    client: who reads. words: all of them. count: of entries of each stream at most. block_ms: how
    long to wait, 0 for ever, or None. group, consumer: names, or None. keeps: whether entries are
    to be acknowledged. idle_ms: of pending entries that are to be claimed first, or None. start:
    where the keys begin among the words.
    """

    def __init__(self, client, words, is_group):
        self.client = client
        self.words = words
        self.is_group = is_group
        self.count = EVERYTHING
        self.block_ms = None
        self.group = self.consumer = None
        self.keeps = True
        self.idle_ms = None
        self.start = self.read_options()
        number = len(words) - self.start
        if number % 2:
            raise CommandError(
                errors.XREADGROUP_UNBALANCED if is_group else errors.XREAD_UNBALANCED
            )
        self.keys = words[self.start : self.start + number // 2]
        self.ids = words[self.start + number // 2 :]

    def read_options(self):
        """Reads everything before the keys; their position. Raises CommandError."""
        words, position = self.words, 0
        while position < len(words):
            name = words[position].upper()
            more = len(words) - position - 1
            if name == b"STREAMS" and more:
                if self.is_group and self.group is None:
                    self.check_balance(position + 1)
                    raise CommandError(errors.XREADGROUP_NO_GROUP)
                return position + 1
            position = self.read_option(name, position, more)
        raise CommandError(errors.SYNTAX_ERROR)

    def check_balance(self, start):
        """Raises CommandError where there are not as many ids as keys."""
        if (len(self.words) - start) % 2:
            raise CommandError(errors.XREADGROUP_UNBALANCED)

    def read_option(self, name, position, more):
        """Reads the option at a position, behind which there are `more` words; the next one's."""
        words = self.words
        if name == b"BLOCK" and more:
            if self.client.kind == SCRIPT:
                raise CommandError(errors.block_in_script(self.client.call.arguments[0]))
            self.block_ms = round(milliseconds(words[position + 1]) * 1000)
            return position + 2
        if name == b"COUNT" and more:
            count = integer(words[position + 1])
            self.count = count if count > 0 else EVERYTHING
            return position + 2
        if name == b"GROUP" and more > 1:
            self.needs_group(errors.XREAD_GROUP)
            self.group = words[position + 1]
            self.consumer = words[position + 2]
            return position + 3
        if name == b"NOACK":
            self.needs_group(errors.XREAD_NOACK)
            self.keeps = False
            return position + 1
        if name == b"CLAIM" and more:
            self.needs_group(errors.XREAD_CLAIM)
            self.idle_ms = integer(words[position + 1], errors.XREADGROUP_IDLE)
            if self.idle_ms < 0:
                raise CommandError(errors.XREADGROUP_IDLE_NEGATIVE)
            return position + 2
        raise CommandError(errors.SYNTAX_ERROR)

    def needs_group(self, error):
        """Raises CommandError for an option of XREADGROUP's that was given to XREAD."""
        if not self.is_group:
            raise CommandError(error)


# XREAD


@command(
    "XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
    READ,
    BLOCKING,
    since="5.0.0",
    complexity="O(M*log(N)+K) for M streams of N entries and K entries that are read",
)
def xread(client: Client, *words):
    """Gives the entries of streams behind given ids, waiting for them if need be."""
    reading = Reading(client, words, False)
    pairs = []
    for key, text in zip(reading.keys, reading.ids, strict=True):
        pairs.append(id_to_read_from(client.database.read(key, Stream), text))
    found = StreamReplies()
    for key, pair in zip(reading.keys, pairs, strict=True):
        stream = client.database.read(key, Stream)  # which Redis counts once more, too
        first = following(pair)
        if stream is not None and first is not None and stream.top_id > pair and len(stream):
            count = stream.count(first, LAST_ID, reading.count)
            found.append((key, StreamRange(stream, first, LAST_ID, count)))
    if found:
        return found
    if reading.block_ms is None:
        return NULL_ARRAY
    ids = [spell_id(pair) for pair in pairs]
    resolved = [b"XREAD", *words[: reading.start], *reading.keys, *ids]
    return Wait(reading.keys, reading.block_ms, NULL_ARRAY, Stream, arguments=resolved)


def id_to_read_from(stream, text):
    """The id that a word of XREAD's stands for: what comes behind it is read."""
    if text == LAST:
        return FIRST_ID if stream is None else stream.last_id
    if text == TOP:
        if stream is None:
            return FIRST_ID
        return preceding(stream.top_id) if len(stream) else stream.last_id
    if text == NEW:
        raise CommandError(errors.XREAD_NEW_ID)
    return stream_id(text)


# XREADGROUP


@command(
    "XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [CLAIM min-idle-time]"
    " [NOACK] STREAMS key [key ...] id [id ...]",
    WRITE,
    BLOCKING,
    since="5.0.0",
    words=1,
    types="min-idle-time=integer",
    keys="RO ACCESS",
    complexity="O(M*log(N)+K) for M streams of N entries and K entries that are read",
    history=[("8.4.0", "Added the `CLAIM` option.")],
)
def xreadgroup(client: Client, *words):
    """Gives a consumer what its group has not read yet, or what it has yet to acknowledge."""
    reading = Reading(client, words, True)
    targets = []
    for key, text in zip(reading.keys, reading.ids, strict=True):
        stream = client.database.read(key, Stream)
        group = None if stream is None else stream.groups.get(reading.group)
        if group is None:
            raise CommandError(errors.no_group_to_read(key, reading.group))
        targets.append((key, stream, group, history_start(text)))
    found = StreamReplies()
    for key, stream, group, after in targets:
        client.database.read(key, Stream)  # which Redis counts once more, too
        read = read_group(client, reading, key, stream, group, after)
        if read is not None:
            found.append((key, read))
    if found:
        return found
    if reading.block_ms is None:
        return NULL_ARRAY
    return Wait(
        reading.keys,
        reading.block_ms,
        NULL_ARRAY,
        Stream,
        minds_loss=True,
        retry_ms=first_claim_ms(client, reading, targets),
    )


def history_start(text):
    """The id behind which a consumer's history is read; None for new entries."""
    if text == NEW:
        return None
    if text == LAST:
        raise CommandError(errors.XREADGROUP_DOLLAR)
    if text == TOP:
        raise CommandError(errors.XREADGROUP_PLUS)
    pair = stream_id(text)
    return None if pair == _LAST_ID else pair  # which is how Redis tells new entries apart


def read_group(client, reading, key, stream, group, after):
    """What a consumer reads of one stream; None if there is nothing new."""
    claims = Claims(client, key, stream, group, reading.group, reading.consumer)
    claims.find_consumer()
    if after is not None:
        return read_history(claims, after, reading.count)
    claimed = []
    if reading.idle_ms is not None:
        claimed = claims.take_oldest(reading.idle_ms, reading.count)
    first = following(group.last_id)
    most = reading.count - len(claimed)
    count = group.deliver(stream, most, claims.number, claims.now_ms, reading.keeps)
    if count:
        group.touch(claims.number, claims.now_ms, True)
        claims.propagate_delivery(first, count, reading.keeps)
    if reading.idle_ms is not None:
        new = stream.ids(first, group.last_id) if count else []
        picks = claimed + [(pair, 0, 0) for pair in new]
        return StreamPicks(stream, picks) if picks else None
    return StreamRange(stream, first, group.last_id, count) if count else None


def read_history(claims, after, most):
    """Delivers once more what a consumer has yet to acknowledge behind an id."""
    first = following(after)
    group, number = claims.group, claims.number
    rows = [] if first is None else group.rows_of(number, first, LAST_ID, most)
    for pair, _, _, deliveries in rows:
        if claims.stream.contains(pair):
            group.give(pair, number, claims.now_ms, min(deliveries + 1, EVERYTHING))
    return StreamPicks(claims.stream, [(row[0],) for row in rows])


def first_claim_ms(client, reading, targets):
    """In how many milliseconds a pending entry will be old enough to be claimed; None if never."""
    if reading.idle_ms is None:
        return None
    times = [group.oldest_time() for _, _, group, after in targets if after is None]
    times = [time_ms for time_ms in times if time_ms is not None]
    if not times:
        return None
    return max(1, min(times) + reading.idle_ms - client.database.clock.now_ms)
