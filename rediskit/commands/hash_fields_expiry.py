"""The commands for the deadlines of hash fields.

When a field's time has come is kept in the hash (see Mapping); that it then goes, on access or by
itself, is the Database's business.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.hashes import edit_hash, read_hash
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer, integer_between
from rediskit.grammar.command import DENYOOM, FAST, READ, WRITE, command

LARGEST = (1 << 63) - 1
LATEST_MS = (1 << 46) - 1  # no field expires later than this
CONDITIONS = (b"NX", b"XX", b"GT", b"LT")

# What is replied for a field.
NO_FIELD = -2
NO_DEADLINE = -1
CONDITION_FAILED = 0
DONE = 1
DELETED = 2  # the deadline has passed already


@command(
    "HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="7.4.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hexpire(client: Client, key: bytes, seconds: bytes, *rest):
    """Lets fields of a hash vanish in so many seconds."""
    return expire_at(client, b"hexpire", key, seconds, 1000, client.database.clock.now_ms, rest)


@command(
    "HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="7.4.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hpexpire(client: Client, key: bytes, milliseconds: bytes, *rest):
    """Lets fields of a hash vanish in so many milliseconds."""
    return expire_at(client, b"hpexpire", key, milliseconds, 1, client.database.clock.now_ms, rest)


@command(
    "HEXPIREAT key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="7.4.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hexpireat(client: Client, key: bytes, moment: bytes, *rest):
    """Lets fields of a hash vanish at a point in time, given in seconds since 1970."""
    return expire_at(client, b"hexpireat", key, moment, 1000, 0, rest)


@command(
    "HPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="7.4.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hpexpireat(client: Client, key: bytes, moment: bytes, *rest):
    """Lets fields of a hash vanish at a point in time, given in milliseconds since 1970."""
    return expire_at(client, b"hpexpireat", key, moment, 1, 0, rest)


def expire_at(
    client: Client, name: bytes, key: bytes, moment: bytes, unit_ms: int, base_ms: int, rest: tuple
):
    """What the four commands do: a moment in units since a base, for the fields of `rest`."""
    database = client.database
    fields = edit_hash(database, key)
    deadline = deadline_of(name, moment, unit_ms, base_ms)
    condition = rest[0].upper()
    if condition in CONDITIONS:
        rest = rest[1:]
    names = named_fields(rest, errors.NUMFIELDS_NOT_POSITIVE)
    if fields is None:
        return [NO_FIELD] * len(names)
    is_past = deadline <= database.clock.now_ms
    replies, changed = [], []
    for field in names:
        before = fields.deadline(field)
        if before == NO_FIELD or not holds(condition, before, deadline):
            replies.append(NO_FIELD if before == NO_FIELD else CONDITION_FAILED)
            continue
        if is_past:
            fields.remove(field)
        else:
            fields.set_deadline(field, deadline)
        replies.append(DELETED if is_past else DONE)
        changed.append(field)
    if changed and is_past:
        database.keyspace.expired_fields += len(changed)
        client.rewrite(b"HDEL", key, *changed)
        database.changed(key, "hdel", len(changed), fields)
    elif changed:
        database.note_fields(key, fields)
        count = b"%d" % len(changed)
        client.rewrite(b"HPEXPIREAT", key, b"%d" % deadline, b"FIELDS", count, *changed)
        database.changed(key, "hexpire", len(changed))
    return replies


def deadline_of(name: bytes, moment: bytes, unit_ms: int, base_ms: int):
    """The deadline that an argument stands for. Raises CommandError."""
    value = integer(moment)
    if value < 0:
        raise CommandError(errors.EXPIRE_NEGATIVE)
    if value * unit_ms > LATEST_MS - base_ms:
        raise CommandError(errors.invalid_expire(name))
    return value * unit_ms + base_ms


def holds(condition: bytes, before: int, deadline: int):
    """Whether a field may get a deadline instead of the one before, -1 for none."""
    if before == NO_DEADLINE:
        return condition not in (b"XX", b"GT")
    if condition == b"GT":
        return deadline > before
    if condition == b"LT":
        return deadline < before
    return condition != b"NX"


def named_fields(rest: tuple, count_error: str):
    """The fields of FIELDS numfields field [field ...]. Raises CommandError."""
    if rest[0].upper() != b"FIELDS":
        raise CommandError(errors.FIELDS_MISSING)
    count = integer_between(rest[1], 1, LARGEST, count_error)
    if count != len(rest) - 2:
        raise CommandError(errors.NUMFIELDS_MISMATCH)
    return rest[2:]


@command(
    "HTTL key FIELDS numfields field [field ...]",
    READ,
    FAST,
    since="7.4.0",
    tips="nondeterministic_output",
    complexity="O(M) for M fields",
)
def httl(client: Client, key: bytes, *rest):
    """Tells how many seconds each of some fields has left; -1 is for ever, -2 no field."""
    return times_left(client, key, rest, client.database.clock.now_ms, 1000)


@command(
    "HPTTL key FIELDS numfields field [field ...]",
    READ,
    FAST,
    since="7.4.0",
    tips="nondeterministic_output",
    complexity="O(M) for M fields",
)
def hpttl(client: Client, key: bytes, *rest):
    """Tells how many milliseconds each of some fields has left; -1 is for ever, -2 no field."""
    return times_left(client, key, rest, client.database.clock.now_ms, 1)


@command(
    "HEXPIRETIME key FIELDS numfields field [field ...]",
    READ,
    FAST,
    since="7.4.0",
    complexity="O(M) for M fields",
)
def hexpiretime(client: Client, key: bytes, *rest):
    """Tells when fields vanish, in seconds since 1970; -1 is never, -2 no field."""
    return times_left(client, key, rest, 0, 1000)


@command(
    "HPEXPIRETIME key FIELDS numfields field [field ...]",
    READ,
    FAST,
    since="7.4.0",
    complexity="O(M) for M fields",
)
def hpexpiretime(client: Client, key: bytes, *rest):
    """Tells when fields vanish, in milliseconds since 1970; -1 is never, -2 no field."""
    return times_left(client, key, rest, 0, 1)


def times_left(client: Client, key: bytes, rest: tuple, base_ms: int, unit_ms: int):
    """For each named field the time from a base to its deadline, rounded up; else -1 or -2."""
    fields = read_hash(client.database, key)
    names = named_fields(rest, errors.FIELD_COUNT_NOT_POSITIVE)
    if fields is None:
        return [NO_FIELD] * len(names)
    replies = []
    for field in names:
        deadline = fields.deadline(field)
        if deadline >= 0:
            deadline = (deadline - base_ms + unit_ms - 1) // unit_ms
        replies.append(deadline)
    return replies


@command(
    "HPERSIST key FIELDS numfields field [field ...]",
    WRITE,
    FAST,
    since="7.4.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hpersist(client: Client, key: bytes, *rest):
    """Takes the deadlines off fields of a hash."""
    database = client.database
    fields = edit_hash(database, key)
    names = named_fields(rest, errors.FIELD_COUNT_NOT_POSITIVE)
    if fields is None:
        return [NO_FIELD] * len(names)
    replies = []
    for field in names:
        deadline = fields.deadline(field)
        if deadline >= 0:
            fields.set_deadline(field, NO_DEADLINE)
            deadline = DONE
        replies.append(deadline)
    if DONE in replies:
        database.changed(key, "hpersist")
    return replies
