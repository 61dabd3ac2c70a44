"""The generic commands about time: setting, reading and clearing the deadlines of keys."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.arguments import deadline_ms
from rediskit.grammar.command import FAST, READ, WRITE, command
from rediskit.keyspace.database import NO_DEADLINE

CONDITION_NAMES = {b"NX", b"XX", b"GT", b"LT"}
MISSING = -2


@command(
    "EXPIRE key seconds [NX | XX | GT | LT]",
    WRITE,
    FAST,
    since="1.0.0",
    complexity="O(log(N)) for N keys that have a deadline",
)
def expire(client: Client, key: bytes, seconds: bytes, *conditions):
    """Lets a key vanish in so many seconds."""
    return expire_at(client, key, seconds, 1000, client.database.clock.now_ms, conditions)


@command(
    "PEXPIRE key milliseconds [NX | XX | GT | LT]",
    WRITE,
    FAST,
    since="2.6.0",
    complexity="O(log(N)) for N keys that have a deadline",
)
def pexpire(client: Client, key: bytes, milliseconds: bytes, *conditions):
    """Lets a key vanish in so many milliseconds."""
    return expire_at(client, key, milliseconds, 1, client.database.clock.now_ms, conditions)


@command(
    "EXPIREAT key unix-time-seconds [NX | XX | GT | LT]",
    WRITE,
    FAST,
    since="1.2.0",
    complexity="O(log(N)) for N keys that have a deadline",
)
def expireat(client: Client, key: bytes, unix_time_seconds: bytes, *conditions):
    """Lets a key vanish at a point in time, given in seconds since 1970."""
    return expire_at(client, key, unix_time_seconds, 1000, 0, conditions)


@command(
    "PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]",
    WRITE,
    FAST,
    since="2.6.0",
    complexity="O(log(N)) for N keys that have a deadline",
)
def pexpireat(client: Client, key: bytes, unix_time_milliseconds: bytes, *conditions):
    """Lets a key vanish at a point in time, given in milliseconds since 1970."""
    return expire_at(client, key, unix_time_milliseconds, 1, 0, conditions)


def expire_at(client: Client, key: bytes, argument: bytes, unit_ms: int, base_ms: int, conditions):
    """The four of them: a deadline `argument` units after `base_ms`; 1 if it was set, else 0."""
    database = client.database
    wanted = read_conditions(conditions) if conditions else conditions
    name = client.call.command.name
    deadline = max(deadline_ms(argument, unit_ms, base_ms, name, may_have_passed=True), 0)
    current = database.deadline(key)
    if current == MISSING or (wanted and not conditions_hold(wanted, current, deadline)):
        return 0
    if deadline <= database.clock.now_ms:
        database.delete(key)
        database.changed(key, "del")
        client.rewrite(b"DEL", key)
    else:
        database.set_deadline(key, deadline)
        database.changed(key, "expire")
        client.rewrite(b"PEXPIREAT", key, deadline)
    return 1


def read_conditions(conditions):
    """The set of conditions that EXPIRE's options name. Raises CommandError."""
    wanted = set()
    for condition in conditions:
        name = condition.upper()
        if name not in CONDITION_NAMES:
            raise CommandError(errors.unsupported_option(condition))
        wanted.add(name)
    if b"NX" in wanted and len(wanted) > 1:
        raise CommandError(errors.EXPIRE_NX_CONFLICT)
    if b"GT" in wanted and b"LT" in wanted:
        raise CommandError(errors.EXPIRE_GT_LT_CONFLICT)
    return wanted


def conditions_hold(wanted, current: int, deadline: int):
    """Whether a key with the `current` deadline (-1: for ever) may get another."""
    if b"NX" in wanted and current != NO_DEADLINE:
        return False
    if b"XX" in wanted and current == NO_DEADLINE:
        return False
    if b"GT" in wanted and (current == NO_DEADLINE or deadline <= current):
        return False
    return not (b"LT" in wanted and current != NO_DEADLINE and deadline >= current)


@command("TTL key", READ, FAST, since="1.0.0", tips="nondeterministic_output", complexity="O(1)")
def ttl(client: Client, key: bytes):
    """Tells how many seconds a key has left; -1 is for ever, -2 no key."""
    left = time_left(client, key)
    return (left + 500) // 1000 if left >= 0 else left


@command("PTTL key", READ, FAST, since="2.6.0", tips="nondeterministic_output", complexity="O(1)")
def pttl(client: Client, key: bytes):
    """Tells how many milliseconds a key has left; -1 is for ever, -2 no key."""
    return time_left(client, key)


def time_left(client: Client, key: bytes):
    """Milliseconds up to a key's deadline; -1 if it has none, -2 if it is missing."""
    deadline = deadline_looked_up(client, key)
    if deadline < 0:
        return deadline
    return deadline - client.database.clock.now_ms


def deadline_looked_up(client: Client, key: bytes):
    """A key's deadline, -1 or -2; counted as a hit or miss."""
    deadline = client.database.deadline(key)
    if deadline == MISSING:
        client.database.missed(key)
    else:
        client.database.keyspace.hits += 1
    return deadline


@command("EXPIRETIME key", READ, FAST, since="7.0.0", complexity="O(1)")
def expiretime(client: Client, key: bytes):
    """Tells when a key vanishes, in seconds since 1970; -1 is never, -2 no key."""
    deadline = deadline_looked_up(client, key)
    return (deadline + 500) // 1000 if deadline >= 0 else deadline


@command("PEXPIRETIME key", READ, FAST, since="7.0.0", complexity="O(1)")
def pexpiretime(client: Client, key: bytes):
    """Tells when a key vanishes, in milliseconds since 1970; -1 is never, -2 no key."""
    return deadline_looked_up(client, key)


@command(
    "PERSIST key",
    WRITE,
    FAST,
    since="2.2.0",
    complexity="O(log(N)) for N keys that have a deadline",
)
def persist(client: Client, key: bytes):
    """Takes the deadline off a key."""
    if client.database.deadline(key) < 0:
        return 0
    client.database.set_deadline(key, NO_DEADLINE)
    client.database.changed(key, "persist")
    return 1
