"""The hash commands; those for the deadlines of fields are in hash_fields_expiry."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.keys import scan_count, scan_cursor
from rediskit.datatypes.hash import Hash, HashColumn, HashDraws, HashPairs
from rediskit.errors import CommandError
from rediskit.glob import matches
from rediskit.grammar.arguments import Options, integer, integer_between
from rediskit.grammar.command import DENYOOM, FAST, READ, WRITE, command
from rediskit.integers import LARGEST, SMALLEST
from rediskit.protocol.replies import OK
from rediskit.structures.mapping import FIELDS, VALUES
from rediskit.structures.mapping_draws import random_field, sample
from rediskit.structures.native import add_long_double

SCAN_OPTIONS = Options("MATCH value", "COUNT value", "NOVALUES", COUNT=scan_count)


def read_hash(database, key):
    """The Hash at a key without the fields that are due; None if missing. Raises CommandError."""
    return without_due(database, key, database.read(key, Hash))


def edit_hash(database, key):
    """As read_hash(), but not counted as a look-up: what is to be changed."""
    return without_due(database, key, database.edit(key, Hash))


def without_due(database, key, fields):
    """A Hash, or None, without the fields that are due; None if none is left."""
    if fields is not None and fields.has_due(database.clock.now_ms):
        return database.elements.without_due(key, fields)
    return fields


def put(database, fields, field, value, keeps_deadline=False):
    """Gives a field of a hash a value; whether the field is new."""
    limits = database.keyspace.limits
    return fields.put(field, value, limits.hash_entries, limits.hash_value, keeps_deadline)


# Writing


@command(
    "HSET key field value [field value ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="2.0.0",
    history=[("4.0.0", "Accepts multiple `field` and `value` arguments.")],
    complexity="O(N) for N fields",
)
def hset(client: Client, key: bytes, field: bytes, value: bytes, *more):
    """Stores values in fields of a hash, whether these are new or not."""
    database = client.database
    if more:
        if len(more) % 2:
            raise CommandError(errors.wrong_arity(b"hset"))
        return put_pairs(database, key, (field, value, *more))
    known: Hash = edit_hash(database, key)
    fields: Hash = Hash() if known is None else known
    added = 1 if put(database, fields, field, value) else 0
    if known is None:
        database.add(key, fields)
    database.changed(key, "hset", 1, None, (field,))
    return added


@command(
    "HMSET key field value [field value ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="2.0.0",
    deprecated=("4.0.0", "`HSET` with multiple field-value pairs"),
    complexity="O(N) for N fields",
)
def hmset(client: Client, key: bytes, *pairs):
    """As HSET, but replies OK."""
    if len(pairs) % 2:
        raise CommandError(errors.wrong_arity(b"hmset"))
    put_pairs(client.database, key, pairs)
    return OK


def put_pairs(database, key, pairs):
    """Sets fields to values, from (field, value, field, value ...); how many are new."""
    known = edit_hash(database, key)
    fields = Hash() if known is None else known
    added = 0
    for index in range(0, len(pairs), 2):
        added += put(database, fields, pairs[index], pairs[index + 1])
    if known is None:
        database.add(key, fields)
    is_told = database.keyspace.tell_of_elements is not None
    database.changed(key, "hset", len(pairs) // 2, None, pairs[::2] if is_told else None)
    return added


@command(
    "HSETNX key field value",
    WRITE,
    DENYOOM,
    FAST,
    since="2.0.0",
    keys="RW INSERT",
    complexity="O(1)",
)
def hsetnx(client: Client, key: bytes, field: bytes, value: bytes):
    """Adds a field to a hash, if the hash has none of that name."""
    database = client.database
    fields: Hash = edit_hash(database, key)
    if fields is not None and fields.contains(field):
        return 0
    return put_pairs(database, key, (field, value))


@command(
    "HDEL key field [field ...]",
    WRITE,
    FAST,
    since="2.0.0",
    keys="RW DELETE",
    complexity="O(N) for N fields",
)
def hdel(client: Client, key: bytes, *names):
    """Takes fields out of a hash; the key goes with the last one."""
    database = client.database
    fields: Hash = edit_hash(database, key)
    if fields is None:
        return 0
    deleted = [field for field in names if fields.remove(field)]
    if deleted:
        database.changed(key, "hdel", len(deleted), fields, deleted)
    return len(deleted)


@command(
    "HINCRBY key field increment",
    WRITE,
    DENYOOM,
    FAST,
    since="2.0.0",
    keys="RW ACCESS UPDATE",
    complexity="O(1)",
)
def hincrby(client: Client, key: bytes, field: bytes, increment: bytes):
    """Adds an integer to that of a field, which begins at 0."""
    delta = integer(increment)
    database = client.database
    fields: Hash = edit_hash(database, key)
    value = None if fields is None else fields.get(field)
    total = delta if value is None else integer(value, errors.HASH_NOT_AN_INTEGER) + delta
    if not SMALLEST <= total <= LARGEST:
        raise CommandError(errors.INCREMENT_OVERFLOW)
    put_number(database, key, fields, field, b"%d" % total)
    database.changed(key, "hincrby", 1, None, (field,))
    return total


def put_number(database, key, known, field, number):
    """Gives a field a number in a hash, None: in a new one; the deadline stays. The hash."""
    fields = Hash() if known is None else known
    put(database, fields, field, number, True)
    if known is None:
        database.add(key, fields)
    return fields


@command(
    "HINCRBYFLOAT key field increment",
    WRITE,
    DENYOOM,
    FAST,
    since="2.6.0",
    types="increment=double",
    keys="RW ACCESS UPDATE",
    complexity="O(1)",
)
def hincrbyfloat(client: Client, key: bytes, field: bytes, increment: bytes):
    """Adds a floating-point number to that of a field, which begins at 0."""
    if sum_of(b"0", increment, errors.NOT_A_FLOAT) is None:
        raise CommandError(errors.VALUE_NOT_FINITE)
    database = client.database
    fields: Hash = edit_hash(database, key)
    value = None if fields is None else fields.get(field)
    total = sum_of(b"0" if value is None else value, increment, errors.HASH_NOT_A_FLOAT)
    if total is None:
        raise CommandError(errors.INCREMENT_NOT_FINITE)
    fields = put_number(database, key, fields, field, total)
    database.changed(key, "hincrbyfloat", 1, None, (field,))
    client.rewrite(b"HSET", key, field, total)
    deadline = fields.deadline(field)
    if deadline >= 0:
        client.rewrite(b"HPEXPIREAT", key, b"%d" % deadline, b"FIELDS", b"1", field)
    return total


def sum_of(value: bytes, increment: bytes, error: str):
    """The sum of two spelled numbers, spelled; None if not finite. `error` if one is no number."""
    try:
        return add_long_double(value, increment)
    except ValueError:
        raise CommandError(error) from None


# Reading


@command("HGET key field", READ, FAST, since="2.0.0", complexity="O(1)")
def hget(client: Client, key: bytes, field: bytes):
    """Looks up one field of a hash."""
    fields: Hash = read_hash(client.database, key)
    return None if fields is None else fields.get(field)


@command("HMGET key field [field ...]", READ, FAST, since="2.0.0", complexity="O(N) for N fields")
def hmget(client: Client, key: bytes, *names):
    """Looks up several fields of a hash."""
    fields: Hash = read_hash(client.database, key)
    if fields is None:
        return [None] * len(names)
    return [fields.get(field) for field in names]


@command(
    "HGETALL key",
    READ,
    since="2.0.0",
    tips="nondeterministic_output_order",
    complexity="O(N) for N fields",
)
def hgetall(client: Client, key: bytes):
    """Returns a whole hash, each field with its value."""
    fields: Hash = read_hash(client.database, key)
    return {} if fields is None else HashPairs(fields)


@command(
    "HKEYS key",
    READ,
    since="2.0.0",
    tips="nondeterministic_output_order",
    complexity="O(N) for N fields",
)
def hkeys(client: Client, key: bytes):
    """Returns the names of all fields, without their values."""
    fields: Hash = read_hash(client.database, key)
    return [] if fields is None else HashColumn(fields, FIELDS)


@command(
    "HVALS key",
    READ,
    since="2.0.0",
    tips="nondeterministic_output_order",
    complexity="O(N) for N fields",
)
def hvals(client: Client, key: bytes):
    """Returns the values of all fields, without their names."""
    fields: Hash = read_hash(client.database, key)
    return [] if fields is None else HashColumn(fields, VALUES)


@command("HLEN key", READ, FAST, since="2.0.0", keys="RO", complexity="O(1)")
def hlen(client: Client, key: bytes):
    """Tells how many fields a hash has."""
    fields: Hash = read_hash(client.database, key)
    return 0 if fields is None else len(fields)


@command("HSTRLEN key field", READ, FAST, since="3.2.0", keys="RO", complexity="O(1)")
def hstrlen(client: Client, key: bytes, field: bytes):
    """Tells how many bytes long the value of a field is."""
    fields: Hash = read_hash(client.database, key)
    return 0 if fields is None else max(fields.value_size(field), 0)


@command("HEXISTS key field", READ, FAST, since="2.0.0", keys="RO", complexity="O(1)")
def hexists(client: Client, key: bytes, field: bytes):
    """Tells whether a hash has a field of that name."""
    fields: Hash = read_hash(client.database, key)
    return 1 if fields is not None and fields.contains(field) else 0


@command(
    "HRANDFIELD key [count [WITHVALUES]]",
    READ,
    since="6.2.0",
    tips="nondeterministic_output",
    complexity="O(M) for M fields picked",
)
def hrandfield(client: Client, key: bytes, *options):
    """Picks fields of a hash by chance, one again only if the count is negative."""
    if not options:
        fields: Hash = read_hash(client.database, key)
        return None if fields is None else random_field(fields)
    count = integer_between(options[0], -LARGEST, LARGEST)
    with_values = len(options) > 1
    if len(options) > 2 or (with_values and options[1].upper() != b"WITHVALUES"):
        raise CommandError(errors.SYNTAX_ERROR)
    if with_values and not -(LARGEST // 2) <= count <= LARGEST // 2:
        raise CommandError(errors.OUT_OF_RANGE)
    fields = read_hash(client.database, key)
    if fields is None or not count:
        return []
    if count < 0:
        return HashDraws(fields, -count, with_values)
    drawn = sample(fields, count, with_values)
    if with_values and client.protocol == 2:
        return [text for pair in drawn for text in pair]
    return drawn


@command(
    "HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
    READ,
    since="2.8.0",
    tips="nondeterministic_output",
    complexity="O(1) a call, O(N) for all of N fields",
)
def hscan(client: Client, key: bytes, cursor: bytes, *options):
    """Returns a few fields with values, and a cursor with which to ask for more."""
    position = scan_cursor(cursor)
    fields: Hash = read_hash(client.database, key)
    if fields is None:
        return [b"0", []]
    options = SCAN_OPTIONS.read(options)
    with_values = b"NOVALUES" not in options
    following, found = fields.scan(position, options.get(b"COUNT", 10), with_values)
    pattern = options.get(b"MATCH")
    if pattern is not None and pattern != b"*":
        found = matching(found, pattern, 2 if with_values else 1)
    return [b"%d" % following, found]


def matching(found: list, pattern: bytes, step: int):
    """Those `step` texts after each other whose first one matches a pattern."""
    kept = []
    for index in range(0, len(found), step):
        if matches(pattern, found[index]):
            kept += found[index : index + step]
    return kept
