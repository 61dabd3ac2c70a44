"""The string commands."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.comparisons import digest_argument, holds
from rediskit.datatypes.string import String
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, deadline_ms, index_range, integer
from rediskit.grammar.command import DENYOOM, FAST, READ, WRITE, command
from rediskit.grammar.key_specs import set_keys
from rediskit.integers import SMALLEST
from rediskit.keyspace.database import KEEP_DEADLINE, NO_DEADLINE
from rediskit.keyspace.strings import append as append_to
from rediskit.keyspace.strings import increment as add_to_integer
from rediskit.keyspace.strings import write_at
from rediskit.protocol.replies import OK
from rediskit.structures.lcs import longest_common, table_bytes
from rediskit.structures.native import add_long_double

SET_OPTIONS = Options(
    "NX | XX | IFEQ value | IFNE value | IFDEQ digest | IFDNE digest",
    "GET",
    "EX value | PX value | EXAT value | PXAT value | KEEPTTL",
    IFDEQ=digest_argument,
    IFDNE=digest_argument,
)
GETEX_OPTIONS = Options("EX value | PX value | EXAT value | PXAT value | PERSIST")
COMPARISONS = {b"IFEQ", b"IFNE", b"IFDEQ", b"IFDNE"}
LCS_OPTIONS = Options("LEN", "IDX", "MINMATCHLEN value", "WITHMATCHLEN")


@command("GET key", READ, FAST, since="1.0.0", complexity="O(1)")
def get(client: Client, key: bytes):
    """Looks up the string at a key."""
    return client.database.read_text(key)


@command(
    "SET key value [NX | XX | IFEQ comparison-value | IFNE comparison-value"
    " | IFDEQ comparison-digest | IFDNE comparison-digest] [GET]"
    " [EX seconds | PX milliseconds | EXAT unix-time-seconds"
    " | PXAT unix-time-milliseconds | KEEPTTL]",
    WRITE,
    DENYOOM,
    since="1.0.0",
    keys="RW ACCESS UPDATE VARIABLE_FLAGS",
    find_keys=set_keys,
    history=[("8.4.0", "Added the options `IFEQ`, `IFNE`, `IFDEQ` and `IFDNE`.")],
    complexity="O(1), or O(log(N)) for N keys that have a deadline, with one",
)
def set_(client: Client, key: bytes, value: bytes, *options):
    """Stores a string at a key, whatever was there before."""
    if options:
        return set_with_options(client, key, value, SET_OPTIONS.read(options))
    client.database.store(key, value, NO_DEADLINE)
    client.database.changed(key, "set")
    return OK


def set_with_options(client, key, value, options):
    """SET with at least one option; `options` as read by SET_OPTIONS."""
    database = client.database
    deadline = deadline_of(client, options, b"set")
    old = None
    if b"GET" in options:
        old = database.read_text(key)
    if b"NX" in options and database.peek_key(key):
        return old
    if b"XX" in options and not database.peek_key(key):
        return old
    if COMPARISONS.isdisjoint(options):
        store_with_deadline(client, key, value, deadline)
    elif not store_compared(client, key, value, deadline, options):
        return old
    return old if b"GET" in options else OK


def store_with_deadline(client, key, value, deadline):
    """Stores a value, announces it, and hands it on with its deadline as a point in time."""
    client.database.store(key, value, deadline)
    client.database.changed(key, "set")
    if deadline > 0:
        client.database.changed(key, "expire", 0)
        client.rewrite(b"SET", key, value, b"PXAT", deadline)


def store_compared(client, key, value, deadline, options):
    """Stores a value if the one before is what the options ask for; whether it is.

    Logs and replicas get a plain SET: there the one before is the same.
    """
    if not holds(client.database.edit_text(key), options):
        return False
    if deadline == KEEP_DEADLINE:
        client.rewrite(b"SET", key, value, b"KEEPTTL")
    elif deadline == NO_DEADLINE:
        client.rewrite(b"SET", key, value)
    store_with_deadline(client, key, value, deadline)
    return True


def delete_expired(client: Client, key: bytes):
    """What a deadline in the past does: the key goes at once."""
    if client.database.delete(key):
        client.database.changed(key, "del")
        client.rewrite(b"DEL", key)


def deadline_of(client, options, name):
    """The deadline that EX, PX, EXAT or PXAT ask for; else NO_DEADLINE, or KEEP_DEADLINE."""
    if b"KEEPTTL" in options:
        return KEEP_DEADLINE
    now_ms = client.database.clock.now_ms
    if b"EX" in options:
        return deadline_ms(options[b"EX"], 1000, now_ms, name)
    if b"PX" in options:
        return deadline_ms(options[b"PX"], 1, now_ms, name)
    if b"EXAT" in options:
        return deadline_ms(options[b"EXAT"], 1000, 0, name)
    if b"PXAT" in options:
        return deadline_ms(options[b"PXAT"], 1, 0, name)
    return NO_DEADLINE


@command(
    "SETNX key value",
    WRITE,
    DENYOOM,
    FAST,
    since="1.0.0",
    deprecated=("2.6.12", "`SET` with the `NX` argument"),
    keys="OW INSERT",
    complexity="O(1)",
)
def setnx(client: Client, key: bytes, value: bytes):
    """Stores a string at a key, if there is no such key."""
    if client.database.peek_key(key):
        return 0
    client.database.store(key, value, NO_DEADLINE)
    client.database.changed(key, "set")
    return 1


@command(
    "SETEX key seconds value",
    WRITE,
    DENYOOM,
    since="2.0.0",
    deprecated=("2.6.12", "`SET` with the `EX` argument"),
    keys="OW UPDATE",
    complexity="O(log(N)) for N keys that have a deadline",
)
def setex(client: Client, key: bytes, seconds: bytes, value: bytes):
    """Stores a string at a key, for so many seconds."""
    now_ms = client.database.clock.now_ms
    store_with_deadline(client, key, value, deadline_ms(seconds, 1000, now_ms, b"setex"))
    return OK


@command(
    "PSETEX key milliseconds value",
    WRITE,
    DENYOOM,
    since="2.6.0",
    deprecated=("2.6.12", "`SET` with the `PX` argument"),
    keys="OW UPDATE",
    complexity="O(log(N)) for N keys that have a deadline",
)
def psetex(client: Client, key: bytes, milliseconds: bytes, value: bytes):
    """Stores a string at a key, for so many milliseconds."""
    now_ms = client.database.clock.now_ms
    store_with_deadline(client, key, value, deadline_ms(milliseconds, 1, now_ms, b"psetex"))
    return OK


@command(
    "GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds"
    " | PXAT unix-time-milliseconds | PERSIST]",
    WRITE,
    FAST,
    since="6.2.0",
    keys="RW ACCESS UPDATE",
    complexity="O(1), or O(log(N)) for N keys that have a deadline, to change it",
)
def getex(client: Client, key: bytes, *options):
    """Looks up the string at a key, and may set or take off the key's deadline."""
    database = client.database
    options = GETEX_OPTIONS.read(options)
    text = database.read_text(key)
    if text is None:
        return None
    deadline = deadline_of(client, options, b"getex")
    if type(text) is String:
        text = text.text()
    if b"PERSIST" in options:
        if database.deadline(key) >= 0:
            database.set_deadline(key, NO_DEADLINE)
            database.changed(key, "persist")
            client.rewrite(b"PERSIST", key)
    elif deadline != NO_DEADLINE and deadline <= database.clock.now_ms:
        delete_expired(client, key)
    elif deadline != NO_DEADLINE:
        database.set_deadline(key, deadline)
        database.changed(key, "expire")
        client.rewrite(b"PEXPIREAT", key, deadline)
    return text


@command("GETDEL key", WRITE, FAST, since="6.2.0", keys="RW ACCESS DELETE", complexity="O(1)")
def getdel(client: Client, key: bytes):
    """Deletes a string, and returns what it was."""
    text = client.database.read_text(key)
    if text is not None:
        client.database.delete(key)
        client.database.changed(key, "del")
        client.rewrite(b"DEL", key)
    return text


@command(
    "GETSET key value",
    WRITE,
    DENYOOM,
    FAST,
    since="1.0.0",
    deprecated=("6.2.0", "`SET` with the `GET` argument"),
    keys="RW ACCESS UPDATE",
    complexity="O(1)",
)
def getset(client: Client, key: bytes, value: bytes):
    """Stores a string at a key, and returns the one that was there before."""
    old = client.database.read_text(key)
    client.database.store(key, value, NO_DEADLINE)
    client.database.changed(key, "set")
    client.rewrite(b"SET", key, value)
    return old


@command("STRLEN key", READ, FAST, since="2.2.0", keys="RO", complexity="O(1)")
def strlen(client: Client, key: bytes):
    """Tells how many bytes long a string is."""
    return client.database.read_size(key)


@command("GETRANGE key start end", READ, since="2.4.0", complexity="O(N) for N bytes returned")
def getrange(client: Client, key: bytes, start: bytes, end: bytes):
    """Returns the bytes of a string from one index to another."""
    first, last = integer(start), integer(end)
    text = client.database.read_text(key)
    if text is None:
        return b""
    first, past = text_range(first, last, len(text))
    return text.slice(first, past) if type(text) is String else text[first:past]


def text_range(first: int, last: int, size: int):
    """(first, past) of GETRANGE: unlike in other ranges, an end before the start is the start."""
    if first < 0 and last < 0 and first > last:
        return 0, 0
    return index_range(first, max(last, -size) if last < 0 else last, size)


@command(
    "SUBSTR key start end",
    READ,
    since="1.0.0",
    deprecated=("2.0.0", "`GETRANGE`"),
    complexity="O(N) for N bytes returned",
)
def substr(client: Client, key: bytes, start: bytes, end: bytes):
    """As GETRANGE, which took its place."""
    return getrange(client, key, start, end)


@command(
    "SETRANGE key offset value",
    WRITE,
    DENYOOM,
    since="2.2.0",
    complexity="O(N) for N bytes written",
)
def setrange(client: Client, key: bytes, offset: bytes, value: bytes):
    """Writes over bytes of a string, from an offset on; zeros fill any gap."""
    position = integer(offset)
    if position < 0:
        raise CommandError(errors.OFFSET_OUT_OF_RANGE)
    database = client.database
    size = max(database.edit_size(key), 0)
    if not value:
        return size
    check_length(client, position, len(value))
    size = write_at(database, key, position, value)
    database.changed(key, "setrange")
    return size


@command(
    "APPEND key value",
    WRITE,
    DENYOOM,
    FAST,
    since="2.0.0",
    keys="RW INSERT",
    complexity="O(N) for N bytes added",
)
def append(client: Client, key: bytes, value: bytes):
    """Adds bytes to the end of a string; makes the string if there is none."""
    database = client.database
    check_length(client, max(database.edit_size(key), 0), len(value))
    size = append_to(database, key, value)
    database.changed(key, "append")
    return size


def check_length(client: Client, size: int, more: int):
    """Raises CommandError if a string of `size` bytes may not become so much longer."""
    if size + more > client.server.config["proto-max-bulk-len"]:
        raise CommandError(errors.STRING_TOO_LONG)


@command(
    "MGET key [key ...]",
    READ,
    FAST,
    since="1.0.0",
    tips="request_policy:multi_shard",
    complexity="O(N) for N keys",
)
def mget(client: Client, *keys):
    """Looks up the strings at several keys."""
    database = client.database
    database.expect(keys)
    values = []
    for key in keys:
        value = database.read_value(key)
        values.append(value if type(value) is bytes or type(value) is String else None)
    return values


@command(
    "MSET key value [key value ...]",
    WRITE,
    DENYOOM,
    since="1.0.1",
    keys="OW UPDATE",
    tips="request_policy:multi_shard response_policy:all_succeeded",
    complexity="O(N) for N keys",
)
def mset(client: Client, *pairs):
    """Stores strings at several keys, all at once."""
    if len(pairs) % 2:
        raise CommandError(errors.wrong_arity(b"mset"))
    store_pairs(client, pairs)
    return OK


@command(
    "MSETNX key value [key value ...]",
    WRITE,
    DENYOOM,
    since="1.0.1",
    keys="OW INSERT",
    tips="request_policy:multi_shard response_policy:agg_min",
    complexity="O(N) for N keys",
)
def msetnx(client: Client, *pairs):
    """Stores strings at several keys, if there is none of these keys."""
    if len(pairs) % 2:
        raise CommandError(errors.wrong_arity(b"msetnx"))
    for index in range(0, len(pairs), 2):
        if client.database.peek_key(pairs[index]):
            return 0
    store_pairs(client, pairs)
    return 1


def store_pairs(client, pairs, deadline=NO_DEADLINE):
    """Sets each key of (key, value, key, value ...)."""
    database = client.database
    database.expect(pairs[::2])
    for index in range(0, len(pairs), 2):
        key = pairs[index]
        database.store(key, pairs[index + 1], deadline)
        if deadline > 0:
            database.changed(key, "expire", 0)
        database.changed(key, "set")


@command(
    "INCR key",
    WRITE,
    DENYOOM,
    FAST,
    since="1.0.0",
    keys="RW ACCESS UPDATE",
    complexity="O(1)",
)
def incr(client: Client, key: bytes):
    """Adds one to the integer at a key, which begins at 0."""
    total = add_to_integer(client.database, key, 1)
    client.database.changed(key, "incrby")
    return total


@command(
    "DECR key",
    WRITE,
    DENYOOM,
    FAST,
    since="1.0.0",
    keys="RW ACCESS UPDATE",
    complexity="O(1)",
)
def decr(client: Client, key: bytes):
    """Takes one from the integer at a key, which begins at 0."""
    total = add_to_integer(client.database, key, -1)
    client.database.changed(key, "incrby")
    return total


@command(
    "INCRBY key increment",
    WRITE,
    DENYOOM,
    FAST,
    since="1.0.0",
    keys="RW ACCESS UPDATE",
    complexity="O(1)",
)
def incrby(client: Client, key: bytes, increment: bytes):
    """Adds an integer to that at a key, which begins at 0."""
    total = add_to_integer(client.database, key, integer(increment))
    client.database.changed(key, "incrby")
    return total


@command(
    "DECRBY key decrement",
    WRITE,
    DENYOOM,
    FAST,
    since="1.0.0",
    keys="RW ACCESS UPDATE",
    complexity="O(1)",
)
def decrby(client: Client, key: bytes, decrement: bytes):
    """Subtracts an integer from that at a key, which begins at 0."""
    amount = integer(decrement)
    if amount == SMALLEST:
        raise CommandError(errors.DECREMENT_OVERFLOW)
    total = add_to_integer(client.database, key, -amount)
    client.database.changed(key, "incrby")
    return total


@command(
    "INCRBYFLOAT key increment",
    WRITE,
    DENYOOM,
    FAST,
    since="2.6.0",
    types="increment=double",
    keys="RW ACCESS UPDATE",
    complexity="O(1)",
)
def incrbyfloat(client: Client, key: bytes, increment: bytes):
    """Adds a floating-point number to that at a key, which begins at 0."""
    database = client.database
    text = database.edit_text(key)
    deadline = NO_DEADLINE if text is None else KEEP_DEADLINE
    try:
        total = add_long_double(b"0" if text is None else bytes(text), increment)
    except ValueError:
        raise CommandError(errors.NOT_A_FLOAT) from None
    if total is None:
        raise CommandError(errors.INCREMENT_NOT_FINITE)
    store_counted(database, key, total, deadline)
    database.changed(key, "incrbyfloat")
    client.rewrite(b"SET", key, total, b"KEEPTTL")
    return total


def store_counted(database, key: bytes, total: bytes, deadline):
    """Stores a number that was counted up: not one that was overwritten."""
    database.noted(key, database.table.set_text(key, total, deadline))


@command(
    "LCS key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
    READ,
    since="7.0.0",
    complexity="O(N*M) for strings of N and M bytes",
)
def lcs(client: Client, key1: bytes, key2: bytes, *options):
    """Finds the longest sequence of bytes that two strings share, with gaps or without."""
    first, second = lcs_text(client, key1), lcs_text(client, key2)
    options = LCS_OPTIONS.read(options)
    shortest = integer(options.get(b"MINMATCHLEN", b"0"))
    if b"LEN" in options and b"IDX" in options:
        raise CommandError(errors.LCS_BOTH)
    if table_bytes(first, second) > client.server.config["proto-max-bulk-len"]:
        raise CommandError(errors.LCS_MEMORY)
    common, runs = longest_common(first, second)
    if b"LEN" in options:
        return len(common)
    if b"IDX" not in options:
        return common
    found = []
    for start, other_start, length in runs:
        if length >= shortest:
            match = [[start, start + length - 1], [other_start, other_start + length - 1]]
            found.append([*match, length] if b"WITHMATCHLEN" in options else match)
    return {b"matches": found, b"len": len(common)}


def lcs_text(client: Client, key: bytes):
    """The string of one of the keys of LCS, empty if missing. Raises CommandError."""
    value = client.database.read_value(key)
    if value is None:
        return b""
    if type(value) is String:
        return value.text()
    if type(value) is not bytes:
        raise CommandError(errors.LCS_NOT_STRINGS)
    return value
