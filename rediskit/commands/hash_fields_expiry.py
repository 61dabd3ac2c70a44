"""The commands for the deadlines of hash fields; see element_deadlines for what they share."""

from rediskit.clients.client import Client
from rediskit.commands.element_deadlines import (
    Elements,
    Request,
    expire_at,
    is_met,
    persist,
    read_request,
    tell_expiring,
    tell_removed,
    times_left,
    with_moment,
)
from rediskit.commands.hashes import edit_hash, put, read_hash
from rediskit.datatypes.hash import Hash
from rediskit.grammar.command import DENYOOM, FAST, READ, WRITE, command
from rediskit.keyspace.database import NO_DEADLINE

FIELDS = Elements(b"FIELDS", edit_hash, read_hash, "h", "hdel")


@command(
    "HEXPIRE key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    WRITE,
    FAST,
    since="7.4.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hexpire(client: Client, key: bytes, *words):
    """Lets fields of a hash vanish in so many seconds."""
    return expire_at(client, FIELDS, b"hexpire", key, words)


@command(
    "HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    WRITE,
    FAST,
    since="7.4.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hpexpire(client: Client, key: bytes, *words):
    """Lets fields of a hash vanish in so many milliseconds."""
    return expire_at(client, FIELDS, b"hpexpire", key, words)


@command(
    "HEXPIREAT key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    WRITE,
    FAST,
    since="7.4.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hexpireat(client: Client, key: bytes, *words):
    """Lets fields of a hash vanish at a point in time, given in seconds since 1970."""
    return expire_at(client, FIELDS, b"hexpireat", key, words)


@command(
    "HPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
    WRITE,
    FAST,
    since="7.4.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hpexpireat(client: Client, key: bytes, *words):
    """Lets fields of a hash vanish at a point in time, given in milliseconds since 1970."""
    return expire_at(client, FIELDS, b"hpexpireat", key, words)


@command(
    "HTTL key FIELDS numfields field [field ...]",
    READ,
    FAST,
    since="7.4.0",
    tips="nondeterministic_output",
    complexity="O(M) for M fields",
)
def httl(client: Client, key: bytes, *words):
    """Tells how many seconds each of some fields has left; -1 is for ever, -2 no field."""
    return times_left(client, FIELDS, b"httl", key, words)


@command(
    "HPTTL key FIELDS numfields field [field ...]",
    READ,
    FAST,
    since="7.4.0",
    tips="nondeterministic_output",
    complexity="O(M) for M fields",
)
def hpttl(client: Client, key: bytes, *words):
    """Tells how many milliseconds each of some fields has left; -1 is for ever, -2 no field."""
    return times_left(client, FIELDS, b"hpttl", key, words)


@command(
    "HEXPIRETIME key FIELDS numfields field [field ...]",
    READ,
    FAST,
    since="7.4.0",
    complexity="O(M) for M fields",
)
def hexpiretime(client: Client, key: bytes, *words):
    """Tells when fields vanish, in seconds since 1970; -1 is never, -2 no field."""
    return times_left(client, FIELDS, b"hexpiretime", key, words)


@command(
    "HPEXPIRETIME key FIELDS numfields field [field ...]",
    READ,
    FAST,
    since="7.4.0",
    complexity="O(M) for M fields",
)
def hpexpiretime(client: Client, key: bytes, *words):
    """Tells when fields vanish, in milliseconds since 1970; -1 is never, -2 no field."""
    return times_left(client, FIELDS, b"hpexpiretime", key, words)


@command(
    "HPERSIST key FIELDS numfields field [field ...]",
    WRITE,
    FAST,
    since="7.4.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hpersist(client: Client, key: bytes, *words):
    """Takes the deadlines off fields of a hash."""
    return persist(client, FIELDS, key, words)


@command(
    "HGETDEL key FIELDS numfields field [field ...]",
    WRITE,
    FAST,
    since="8.0.0",
    keys="RW ACCESS DELETE",
    complexity="O(N) for N fields",
)
def hgetdel(client: Client, key: bytes, *words):
    """Takes fields out of a hash, and returns what they were."""
    database = client.database
    names = FIELDS.listed(words, FIELDS.bad_count)
    fields: Hash = edit_hash(database, key)
    if fields is None:
        return [None] * len(names)
    values, removed = [], []
    for field in names:
        value = fields.get(field)
        if value is not None:
            fields.remove(field)
            removed.append(field)
        values.append(value)
    if removed:
        client.rewrite(b"HDEL", key, *removed)
        database.changed(key, "hdel", len(removed), fields, removed)
    return values


@command(
    "HGETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds"
    " | PXAT unix-time-milliseconds | PERSIST] FIELDS numfields field [field ...]",
    WRITE,
    FAST,
    since="8.0.0",
    keys="RW ACCESS UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hgetex(client: Client, key: bytes, *words):
    """Looks up fields of a hash, and may set or take off their deadlines."""
    request: Request = read_request(client, FIELDS, b"hgetex", words, 1, b"PERSIST")
    names = words[request.first : request.past]
    fields: Hash = edit_hash(client.database, key)
    if fields is None:
        return [None] * len(names)
    values = [fields.get(field) for field in names]
    if request.time_at >= 0:
        found = [name for name, value in zip(names, values, strict=True) if value is not None]
        expire_found(client, key, fields, found, request.deadline)
    elif request.keeps:
        persist_found(client, key, fields, names)
    return values


def expire_found(client: Client, key: bytes, fields: Hash, names: list, deadline: int):
    """Gives fields that are there a deadline; one in the past removes them."""
    if not names:
        return
    if deadline <= client.database.clock.now_ms:
        removed = [field for field in names if fields.remove(field)]
        tell_removed(client, FIELDS, key, fields, removed)
        return
    for field in names:
        fields.set_deadline(field, deadline)
    tell_expiring(client, FIELDS, key, fields, names, deadline)


def persist_found(client: Client, key: bytes, fields: Hash, names: tuple):
    """Takes the deadlines off those fields that have one."""
    timed = []
    for field in names:
        if fields.deadline(field) >= 0:
            fields.set_deadline(field, NO_DEADLINE)
            timed.append(field)
    if timed:
        client.rewrite(b"HPERSIST", key, b"FIELDS", len(timed), *timed)
        client.database.changed(key, "hpersist", len(timed), None, timed)


@command(
    "HSETEX key [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds"
    " | PXAT unix-time-milliseconds | KEEPTTL] FIELDS numfields field value [field value ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="8.0.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M fields in a hash of N",
)
def hsetex(client: Client, key: bytes, *words):
    """Stores values in fields of a hash for some time, if all or none of them are there."""
    request: Request = read_request(client, FIELDS, b"hsetex", words, 2, b"KEEPTTL")
    fields: Hash = edit_hash(client.database, key)
    if request.condition and not is_met(request, FIELDS, fields, words, 2):
        return 0
    if 0 <= request.deadline <= client.database.clock.now_ms:
        set_expired(client, key, fields, words[request.first : request.past : 2])
    else:
        store_fields(client, key, fields, request, words)
    return 1


def store_fields(client, key, fields, request, words):
    """Sets the fields that a Request of HSETEX names, in a Hash or, if None, in a new one."""
    database = client.database
    is_new = fields is None
    if is_new:
        fields = Hash()
    deadline = request.deadline
    for index in range(request.first, request.past, 2):
        put(database, fields, words[index], words[index + 1], request.keeps)
        if deadline >= 0:
            fields.set_deadline(words[index], deadline)
    if is_new:
        database.store(key, fields, NO_DEADLINE)
    elif deadline >= 0:
        database.elements.note(key, fields)
    count = (request.past - request.first) // 2
    is_told = database.keyspace.tell_of_elements is not None
    names = words[request.first : request.past : 2] if is_told else None
    database.changed(key, "hset", count, None, names)
    if deadline >= 0:
        client.rewrite(b"HSETEX", key, *with_moment(request, words))
        database.changed(key, "hexpire", 0, None, names)


def set_expired(client: Client, key: bytes, fields, names: tuple):
    """What HSETEX does with a deadline in the past: the fields go, as if set just before."""
    database = client.database
    database.changed(key, "hset", 0, None, names)
    if fields is None:
        database.changed(key, "hdel", 0, None, names)
        database.changed(key, "del", 0)
        return
    removed = [field for field in names if fields.remove(field)]
    if removed:
        client.rewrite(b"HDEL", key, *removed)
    database.changed(key, "hdel", len(removed), fields, removed)
