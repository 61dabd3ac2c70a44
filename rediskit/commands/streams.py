"""The stream commands about entries: adding, looking, removing.

See also stream_reading (XREAD, XREADGROUP), stream_groups, and stream_information (XINFO).
"""

import hashlib

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.datatypes.stream import Stream, StreamRange
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer, integer_between
from rediskit.grammar.command import DENYOOM, FAST, READ, WRITE, command
from rediskit.grammar.stream_ids import lower_bound, stream_id, upper_bound
from rediskit.integers import LARGEST
from rediskit.protocol.replies import NULL_ARRAY
from rediskit.structures.ids import LAST_ID, parse_ms, preceding, spell_id
from rediskit.structures.producers import Producers

EVERYTHING = LARGEST
LARGEST_SEQ = LAST_ID[1]
_LAST_ID = LAST_ID

# How much trimming approximately does at most, in runs and in entries.
MOST_RUNS = 100
MOST_TRIMMED = 1_000_000
MOST_TRIMMED_OTHERWISE = 10_000

# What becomes of references to entries that are removed.
KEEPREF, DELREF, ACKED = b"KEEPREF", b"DELREF", b"ACKED"
REFERENCES = (KEEPREF, DELREF, ACKED)

# What XDELEX and XACKDEL say of an id.
DELETED = 1
KEPT = 2
NOT_THERE = -1


# Adding


class AddOptions:
    """What XADD and XTRIM are told beside the entry.

    makes_stream: whether a missing stream is made. references: KEEPREF, DELREF or ACKED. strategy:
    MAXLEN, MINID or None; threshold: a number, or an id. limit: None, or how many entries may go.
    reached: with ACKED, the id that trimming came to.
    producer, message: of IDMP; message is None for IDMPAUTO.
    """

    def __init__(self):
        self.makes_stream = True
        self.references = KEEPREF
        self.strategy = None
        self.threshold = None
        self.approximately = False
        self.limit = None
        self.reached = None
        self.producer = None
        self.message = None


@command(
    "XADD key [NOMKSTREAM] [KEEPREF | DELREF | ACKED]"
    " [IDMPAUTO producer-id | IDMP producer-id idempotent-id]"
    " [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="5.0.0",
    complexity="O(1), and O(N) for N entries that are trimmed",
    history=[
        (
            "6.2.0",
            "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option.",
        ),
        ("7.0.0", "Added support for the `<ms>-*` explicit ID form."),
        ("8.2.0", "Added the `KEEPREF`, `DELREF` and `ACKED` options."),
        ("8.6.0", "Added the `IDMP` and `IDMPAUTO` options."),
    ],
    tips="nondeterministic_output",
)
def xadd(client: Client, key: bytes, *words):
    """Adds an entry to the end of a stream, which it makes if there is none."""
    if words[0] == b"*":
        return add(client, key, words, 0, None)
    options = AddOptions()
    at = read_options(words, options, True)
    return add(client, key, words, at, options)


def add(client, key, words, at, options):
    """Adds the entry whose id is words[at]; the id, spelled. options: None where there are none."""
    if at + 3 > len(words) or (len(words) - at) % 2 == 0:
        raise CommandError(errors.wrong_arity("xadd"))
    text = words[at]
    asked = None if text == b"*" else asked_id(text)
    if options is not None and options.producer is not None:
        check_message(options, text, words[at + 1 :])
    database = client.database
    stream = database.edit(key, Stream)
    is_new = stream is None
    if is_new:
        if options is not None and not options.makes_stream:
            return None
        stream = Stream()
    if options is not None and options.producer is not None and stream.producers is not None:
        now_ms = database.clock.now_ms
        pair = stream.producers.find(options.producer, options.message, now_ms)
        if pair is not None:
            return repeat(client, key, stream, options, pair)
    limits = database.keyspace.limits
    pair = id_to_add(stream, asked, database.clock.now_ms)
    try:
        stream.append(pair, words, at + 1, limits.stream_bytes, limits.stream_entries)
    except OverflowError:
        raise CommandError(errors.STREAM_ELEMENT_TOO_LARGE) from None
    if is_new:
        database.add(key, stream)
    database.changed(key, "xadd")
    if options is not None:
        finish_add(client, key, stream, options, pair)
    if database.keyspace.changes.takers:
        propagate_add(client, key, stream, options, pair, words[at + 1 :])
    return spell_id(pair)


def asked_id(text):
    """The id of "ms-seq" or "ms", or the milliseconds of "ms-*". Raises CommandError."""
    ms = parse_ms(text)
    if ms is not None:
        return ms
    pair = stream_id(text)
    if pair == (0, 0):
        raise CommandError(errors.STREAM_ID_ZERO)
    return pair


def id_to_add(stream, asked, now_ms):
    """The id of a new entry: `asked`, or completed by the stream. Raises CommandError."""
    if asked is None:
        pair = stream.next_pair(now_ms)
        if pair is None:
            raise CommandError(errors.STREAM_EXHAUSTED)
        return pair
    last = stream.last_id
    if last == _LAST_ID:
        raise CommandError(errors.STREAM_EXHAUSTED)
    if type(asked) is not tuple:
        ms, asked = asked, (asked, 0)
        if ms == last[0]:
            asked = (ms, last[1] + 1)
    if asked <= last or asked[1] > LARGEST_SEQ:
        raise CommandError(errors.STREAM_ID_SMALL)
    return asked


def finish_add(client, key, stream, options, pair):
    """What comes after an entry was added: its message is noted, the stream trimmed."""
    if options.producer is not None:
        if stream.producers is None:
            stream.producers = Producers()
        stream.producers.note(options.producer, options.message, pair)
        stream.producers.added += 1
    limits = client.database.keyspace.limits
    if options.strategy is not None and trim(stream, options, limits):
        client.database.changed(key, "xtrim", 0)


def propagate_add(client, key, stream, options, pair, words):
    """Has the log and the replicas do what was done: the same id, and trimming to the same end."""
    spelled = spell_id(pair)
    request = [b"XADD", key]
    if options is not None:
        if not options.makes_stream:
            request.append(b"NOMKSTREAM")
        request += exact_trimming(stream, options)
    client.rewrite(*request, spelled, *words)
    if options is not None and options.producer is not None and stream.contains(pair):
        client.rewrite(b"XIDMPRECORD", key, options.producer, options.message, spelled)


def read_options(words, options, adds):
    """Fills in AddOptions; the position of the id (XADD), or the end. Raises CommandError."""
    position = 0
    limit = None
    while position < len(words):
        word = words[position]
        name = word.upper()
        more = len(words) - position - 1
        if adds and word == b"*":
            break
        if (name == b"MAXLEN" or name == b"MINID") and more:
            position = read_threshold(words, position, name, options)
        elif name == b"LIMIT" and more:
            limit = integer(words[position + 1])
            if limit < 0:
                raise CommandError(errors.STREAM_LIMIT)
            position += 1
        elif name in REFERENCES:
            if options.references != KEEPREF and options.references != name:
                raise CommandError(errors.SYNTAX_ERROR)
            options.references = name
        elif adds and name == b"NOMKSTREAM":
            options.makes_stream = False
        elif adds and (name == b"IDMP" and more > 1 or name == b"IDMPAUTO" and more):
            position = read_message(words, position, name, options)
        elif adds:
            break
        else:
            raise CommandError(errors.SYNTAX_ERROR)
        position += 1
    if adds and position < len(words) and words[position] != b"*":
        asked_form(words[position])
    check_limit(options, limit, adds)
    return position


def asked_form(text):
    """Raises CommandError for what is neither an id nor "ms-*"."""
    if parse_ms(text) is None:
        stream_id(text)


def read_threshold(words, position, name, options):
    """Reads MAXLEN or MINID from `position` on; the position of its threshold."""
    if options.strategy is not None:
        raise CommandError(errors.STREAM_TRIM_BOTH)
    mark = words[position + 1]
    options.approximately = False
    if len(words) - position > 2 and (mark == b"~" or mark == b"="):
        options.approximately = mark == b"~"
        position += 1
    text = words[position + 1]
    if name == b"MINID":
        options.threshold = stream_id(text)
    else:
        options.threshold = integer(text)
        if options.threshold < 0:
            raise CommandError(errors.STREAM_MAXLEN)
    options.strategy = name
    return position + 1


def read_message(words, position, name, options):
    """Reads IDMP or IDMPAUTO from `position` on; the position of its last word."""
    if options.producer is not None:
        raise CommandError(errors.IDMP_TWICE)
    options.producer = words[position + 1]
    if not options.producer:
        raise CommandError(errors.idmp_no_producer(name))
    if name == b"IDMPAUTO":
        return position + 1
    options.message = words[position + 2]
    if not options.message:
        raise CommandError(errors.IDMP_NO_MESSAGE)
    return position + 2


def check_limit(options, limit, adds):
    """Sees to how many entries trimming may remove. Raises CommandError."""
    if limit and options.strategy is None:
        raise CommandError(errors.STREAM_LIMIT_ALONE)
    if not adds and options.strategy is None:
        raise CommandError(errors.STREAM_NO_STRATEGY)
    if limit is not None and not options.approximately:
        raise CommandError(errors.STREAM_LIMIT_EXACT)
    options.limit = limit


def check_message(options, text, words):
    """Raises CommandError where IDMP may not be used; names the message of IDMPAUTO."""
    if text != b"*":
        raise CommandError(errors.IDMP_WITH_ID)
    if options.message is None:
        options.message = fingerprint(words)


def fingerprint(words):
    """16 bytes that tell a message by its fields and values, in whatever order they come."""
    total = 0
    for index in range(0, len(words), 2):
        field, value = words[index], words[index + 1]
        pair = len(field).to_bytes(8, "little") + field + value
        total += int.from_bytes(hashlib.blake2b(pair, digest_size=16).digest(), "little")
    return (total % (1 << 128)).to_bytes(16, "little")


def repeat(client, key, stream, options, pair):
    """What XADD says to a message that was sent before: the id it got then."""
    stream.producers.repeated += 1
    spelled = spell_id(pair)
    if stream.contains(pair):
        client.database.keyspace.dirty += 1
        client.rewrite(b"XIDMPRECORD", key, options.producer, options.message, spelled)
    return spelled


@command(
    "XLEN key",
    READ,
    FAST,
    since="5.0.0",
    keys="RO",
    complexity="O(1)",
)
def xlen(client: Client, key: bytes):
    """Says how many entries a stream has."""
    stream: Stream = client.database.read(key, Stream)
    return 0 if stream is None else len(stream)


# Looking


@command(
    "XRANGE key start end [COUNT count]",
    READ,
    since="5.0.0",
    types="start=string end=string",
    complexity="O(log(N)+M) for M entries of a stream of N",
    history=[("6.2.0", "Added exclusive ranges.")],
)
def xrange(client: Client, key: bytes, start: bytes, end: bytes, *options):
    """Gives the entries of a stream whose ids are in a range."""
    first, last = lower_bound(start), upper_bound(end)
    return entries_between(client, key, first, last, options, False)


@command(
    "XREVRANGE key end start [COUNT count]",
    READ,
    since="5.0.0",
    types="start=string end=string",
    complexity="O(log(N)+M) for M entries of a stream of N",
    history=[("6.2.0", "Added exclusive ranges.")],
)
def xrevrange(client: Client, key: bytes, end: bytes, start: bytes, *options):
    """As XRANGE, the highest id first."""
    first, last = lower_bound(start), upper_bound(end)
    return entries_between(client, key, first, last, options, True)


def entries_between(client, key, first, last, options, backwards):
    """XRANGE and XREVRANGE."""
    most = EVERYTHING if not options else count_option(options)
    stream: Stream = client.database.read(key, Stream)
    if stream is None:
        return []
    if most == 0:
        return NULL_ARRAY
    return StreamRange(stream, first, last, stream.count(first, last, most), backwards)


def count_option(words):
    """The value of COUNT, 0 for a negative one, the last if there are several."""
    if len(words) % 2:
        raise CommandError(errors.SYNTAX_ERROR)
    count = 0
    for index in range(0, len(words), 2):
        if words[index].upper() != b"COUNT":
            raise CommandError(errors.SYNTAX_ERROR)
        count = max(0, integer(words[index + 1]))
    return count


# Removing


@command(
    "XDEL key id [id ...]",
    WRITE,
    FAST,
    since="5.0.0",
    keys="RW DELETE",
    complexity="O(M*log(N)) for M ids and a stream of N entries",
)
def xdel(client: Client, key: bytes, *texts):
    """Removes entries from a stream; says how many there were."""
    stream: Stream = client.database.edit(key, Stream)
    if stream is None:
        return 0
    count = 0
    for pair in [stream_id(text) for text in texts]:
        count += stream.remove(pair)
    if count:
        client.database.changed(key, "xdel", count)
    return count


@command(
    "XDELEX key [KEEPREF | DELREF | ACKED] IDS numids id [id ...]",
    WRITE,
    FAST,
    since="8.2.0",
    keys="RW DELETE",
    complexity="O(M*log(N)) for M ids and a stream of N entries",
)
def xdelex(client: Client, key: bytes, *words):
    """Removes entries, and says of each what became of it, as groups may yet need it."""
    references, pairs = read_ids(words)
    stream = client.database.edit(key, Stream)
    if stream is None:
        return [NOT_THERE] * len(pairs)
    outcomes = [delete(stream, pair, references) for pair in pairs]
    if DELETED in outcomes:
        client.database.changed(key, "xdel", outcomes.count(DELETED))
    return outcomes


def delete(stream, pair, references):
    """Removes one entry: DELETED, KEPT, or NOT_THERE."""
    if references == ACKED and stream.contains(pair) and stream.is_referenced(pair):
        return KEPT
    if references == DELREF:
        stream.forget(pair, pair)
    return DELETED if stream.remove(pair) else NOT_THERE


def read_ids(words):
    """(what becomes of references, ids) of "[KEEPREF | DELREF | ACKED] IDS numids id ..."."""
    references, position = KEEPREF, 0
    if words[0].upper() in REFERENCES:
        references, position = words[0].upper(), 1
        if len(words) > 1 and words[1].upper() in REFERENCES:
            raise CommandError(errors.SYNTAX_ERROR)
    if position >= len(words) or words[position].upper() != b"IDS":
        raise CommandError(errors.IDS_MISSING)
    texts = words[position + 2 :]
    number = words[position + 1] if position + 1 < len(words) else b""
    if integer_between(number, 1, LARGEST, errors.NUMIDS_NOT_POSITIVE) != len(texts):
        raise CommandError(errors.NUMIDS_MISMATCH)
    return references, [stream_id(text) for text in texts]


@command(
    "XTRIM key <MAXLEN | MINID> [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]",
    WRITE,
    since="5.0.0",
    keys="RW DELETE",
    complexity="O(N) for N entries that are removed",
    history=[
        ("6.2.0", "Added the `MINID` trimming strategy and the `LIMIT` option."),
        ("8.2.0", "Added the `KEEPREF`, `DELREF` and `ACKED` options."),
    ],
    tips="nondeterministic_output",
)
def xtrim(client: Client, key: bytes, *words):
    """Removes the oldest entries of a stream; says how many."""
    options = AddOptions()
    read_options(words, options, False)
    stream = client.database.edit(key, Stream)
    if stream is None:
        return 0
    count = trim(stream, options, client.database.keyspace.limits)
    if count:
        client.database.changed(key, "xtrim", count)
        client.rewrite(b"XTRIM", key, *exact_trimming(stream, options))
    return count


def trim(stream, options, limits):
    """Removes what XADD or XTRIM are to remove; how many entries."""
    limit = trim_limit(options, limits)
    by_length = options.strategy == b"MAXLEN"
    keep = options.threshold if by_length else None
    before = None if by_length else options.threshold
    if options.references == ACKED:
        count, options.reached = stream.trim_referenced(keep, before, limit, options.approximately)
        return count
    if options.references == DELREF:
        return trim_forgetting(stream, options, keep, before, limit)
    if before is None:
        return stream.trim_length(keep, options.approximately, limit)
    return stream.trim_before(before, options.approximately, limit)


def trim_forgetting(stream, options, keep, before, limit):
    """Removes entries, and has no group wait for them any more; how many."""
    first = stream.first_id
    if before is None:
        count = stream.trim_length(keep, options.approximately, limit)
    else:
        count = stream.trim_before(before, options.approximately, limit)
    if count:
        stream.forget(first, preceding(stream.first_id) if len(stream) else stream.last_id)
    return count


def trim_limit(options, limits):
    """How many entries may go at most, 0 for any number."""
    if not options.approximately:
        return 0
    if options.limit is not None:
        return options.limit
    limit = MOST_RUNS * limits.stream_entries
    return min(limit, MOST_TRIMMED) if limit > 0 else MOST_TRIMMED_OTHERWISE


def exact_trimming(stream, options):
    """The words with which a copy of the stream is trimmed as this one was."""
    if options.strategy is None:
        return []
    strategy, threshold = options.strategy, options.threshold
    if options.references == ACKED:
        # Entries stayed among those that went: how many are left does not tell which.
        strategy, threshold = b"MINID", options.reached
    elif options.approximately and strategy == b"MAXLEN":
        threshold = len(stream)
    elif options.approximately:
        threshold = stream.first_id if len(stream) else _LAST_ID
    spelled = b"%d" % threshold if strategy == b"MAXLEN" else spell_id(threshold)
    words = [] if options.references == KEEPREF else [options.references]
    return [*words, strategy, b"=", spelled]
