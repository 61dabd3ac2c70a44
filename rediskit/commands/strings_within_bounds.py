"""Strings that are set or counted together with a condition and a deadline: MSETEX and INCREX."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.strings import deadline_of, delete_expired, store_counted, store_pairs
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, integer
from rediskit.grammar.command import DENYOOM, FAST, WRITE, command
from rediskit.keyspace.database import KEEP_DEADLINE, NO_DEADLINE
from rediskit.keyspace.strings import increment
from rediskit.structures.native import bounded_sum, parse_long_double

MSETEX_OPTIONS = Options("NX | XX", "EX value | PX value | EXAT value | PXAT value | KEEPTTL")
INCREX_OPTIONS = Options(
    "BYFLOAT increment | BYINT increment",
    "LBOUND bound",
    "UBOUND bound",
    "SATURATE",
    "EX value | PX value | EXAT value | PXAT value | PERSIST",
    "ENX",
    once=True,
)
BYINT = (b"BYINT", b"byint")  # as it is mostly spelled
MOST_KEYS = (1 << 31) - 1
LARGEST = (1 << 63) - 1
SMALLEST = -(1 << 63)
INFINITE = (b"inf", b"infinity")


@command(
    "MSETEX numkeys key value [key value ...] [NX | XX] [EX seconds | PX milliseconds"
    " | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    WRITE,
    DENYOOM,
    since="8.4.0",
    keys="OW UPDATE",
    tips="request_policy:multi_shard response_policy:all_succeeded",
    complexity="O(N) for N keys",
)
def msetex(client: Client, numkeys: bytes, *words):
    """Stores strings at several keys for some time, if all or none of the keys are there."""
    count = integer(numkeys, errors.MSETEX_NUMKEYS)
    if not 1 <= count <= MOST_KEYS:
        raise CommandError(errors.MSETEX_NUMKEYS)
    if count > len(words) // 2:
        raise CommandError(errors.MSETEX_PAIRS)
    if len(words) == count * 2:
        store_pairs(client, words)
        return 1
    pairs = words[: count * 2]
    options = MSETEX_OPTIONS.read(words, count * 2)
    deadline = deadline_of(client, options, b"msetex")
    if b"NX" in options or b"XX" in options:
        wanted = b"XX" in options
        for key in pairs[::2]:
            if client.database.peek_key(key) != wanted:
                return 0
    store_pairs(client, pairs, deadline)
    if deadline > 0:
        client.rewrite(b"MSETEX", numkeys, *pairs, b"PXAT", deadline)
    return 1


@command(
    "INCREX key [BYFLOAT increment | BYINT increment] [LBOUND lower-bound] [UBOUND upper-bound]"
    " [SATURATE] [EX seconds | PX milliseconds | EXAT unix-time-seconds"
    " | PXAT unix-time-milliseconds | PERSIST] [ENX]",
    WRITE,
    DENYOOM,
    FAST,
    since="8.8.0",
    keys="RW ACCESS UPDATE",
    complexity="O(1), or O(log(N)) for N keys that have a deadline, to change it",
)
def increx(client: Client, key: bytes, *words):
    """Adds to the number at a key within bounds, and may set or take off the key's deadline."""
    if not words or (len(words) == 2 and words[0] in BYINT):
        delta = integer(words[1], errors.INCREX_NOT_AN_INTEGER) if words else 1
        reply = add_plainly(client, key, delta)
        if reply is not None:
            return reply
    options = INCREX_OPTIONS.read(words)
    deadline = deadline_of(client, options, b"increx")
    if b"ENX" in options and deadline == NO_DEADLINE:
        is_persisting = b"PERSIST" in options
        raise CommandError(errors.SYNTAX_ERROR if is_persisting else errors.INCREX_ENX)
    if b"BYFLOAT" in options:
        return add_number(client, key, options, deadline)
    return add_integer(client, key, options, deadline)


def add_plainly(client, key, delta):
    """INCREX without bounds or a deadline, as INCRBY; None where that fails."""
    try:
        total = increment(client.database, key, delta)
    except CommandError:
        return None
    client.database.changed(key, "incrby")
    client.rewrite(b"SET", key, total, b"KEEPTTL")
    return [total, delta]


def add_integer(client: Client, key: bytes, options: dict, deadline):
    """INCREX with integers: [value now, increment applied]."""
    delta = integer(options.get(b"BYINT", b"1"), errors.INCREX_NOT_AN_INTEGER)
    low, high = SMALLEST, LARGEST
    if b"LBOUND" in options:
        low = integer(options[b"LBOUND"], errors.bound_not_an_integer(b"LBOUND"))
    if b"UBOUND" in options:
        high = integer(options[b"UBOUND"], errors.bound_not_an_integer(b"UBOUND"))
    if low > high:
        raise CommandError(errors.INCREX_BOUNDS)
    text = client.database.edit_text(key)
    before = 0 if text is None else integer(bytes(text))
    total = before + delta
    if not low <= total <= high:
        if b"SATURATE" not in options:
            return [before, 0]
        total = max(low, min(total, high))
    if not SMALLEST <= total - before <= LARGEST:
        raise CommandError(errors.INCREX_OVERFLOW)
    keep(client, key, b"%d" % total, text is None, "incrby", options, deadline)
    return [total, total - before]


def add_number(client: Client, key: bytes, options: dict, deadline):
    """INCREX with floats: [value now, increment applied], in RESP2 spelled."""
    increment = spelled(options[b"BYFLOAT"], errors.INCREX_NOT_A_FLOAT)
    if increment.lstrip(b"+-").lower() in INFINITE:
        raise CommandError(errors.INCREX_INFINITE)
    low, high = b"-inf", b"inf"
    if b"LBOUND" in options:
        low = spelled(options[b"LBOUND"], errors.bound_not_a_float(b"LBOUND"))
    if b"UBOUND" in options:
        high = spelled(options[b"UBOUND"], errors.bound_not_a_float(b"UBOUND"))
    text = client.database.edit_text(key)
    before = spelled(b"0" if text is None else bytes(text), errors.NOT_A_FLOAT)
    if before.lstrip(b"+-").lower() in INFINITE:
        raise CommandError(errors.INCREX_VALUE_INFINITE)
    try:
        is_kept, total, applied = bounded_sum(before, increment, low, high, b"SATURATE" in options)
    except ValueError:
        raise CommandError(errors.INCREX_BOUNDS) from None
    if applied is None:
        raise CommandError(errors.INCREX_APPLIED_INFINITE)
    if is_kept:
        keep(client, key, total, text is None, "incrbyfloat", options, deadline)
    return [total, applied] if client.protocol == 2 else [float(total), float(applied)]


def spelled(text: bytes, error: str):
    """A text that spells a number, infinities included. Raises CommandError."""
    try:
        parse_long_double(text)
    except ValueError:
        raise CommandError(error) from None
    return text


def keep(client, key, value, is_new, event, options, deadline):
    """Stores what INCREX made of a key, and what its options say of the key's deadline.

    Logs and replicas get the value itself.
    """
    database = client.database
    before = NO_DEADLINE if is_new else database.deadline(key)
    is_persisted = b"PERSIST" in options and before >= 0
    has_time = deadline > 0 and not (b"ENX" in options and before >= 0)
    if has_time and deadline <= database.clock.now_ms:
        delete_expired(client, key)
        return
    if not has_time:
        deadline = NO_DEADLINE if is_new or is_persisted else KEEP_DEADLINE
    store_counted(database, key, value, deadline)
    database.changed(key, event)
    if has_time:
        database.changed(key, "expire", 0)
        client.rewrite(b"SET", key, value, b"PXAT", deadline)
    elif is_persisted:
        database.changed(key, "persist", 0)
        client.rewrite(b"SET", key, value)
    else:
        client.rewrite(b"SET", key, value, b"KEEPTTL")
