"""The set commands."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.keys import scan_count, scan_cursor, unknown_scan_option
from rediskit.datatypes.set import (
    Draws,
    MemberReply,
    Set,
    common,
    common_count,
    only_first,
    only_first_count,
)
from rediskit.errors import CommandError
from rediskit.glob import matches
from rediskit.grammar.arguments import Options, integer_between
from rediskit.grammar.command import DENYOOM, FAST, READ, WRITE, command
from rediskit.integers import LARGEST
from rediskit.keyspace.database import NO_DEADLINE

CARD_OPTIONS = Options("LIMIT value")
UNION_CARD_OPTIONS = Options("APPROX", "LIMIT value")
SSCAN_OPTIONS = Options("MATCH value", "COUNT value", unknown=unknown_scan_option, COUNT=scan_count)
REMOVED_TOGETHER = 1024  # members in one SREM that logs and replicas get for an SPOP


def read_set(database, key):
    """The Set at a key without the members that are due; None if missing. Raises CommandError."""
    return without_due(database, key, database.read(key, Set))


def edit_set(database, key):
    """As read_set(), but not counted as a look-up: what is to be changed."""
    return without_due(database, key, database.edit(key, Set))


def without_due(database, key, container):
    """A Set, or None, without the members that are due; None if none is left."""
    if container is not None and container.has_due(database.clock.now_ms):
        return database.elements.without_due(key, container)
    return container


# Adding and removing


@command(
    "SADD key member [member ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="1.0.0",
    keys="RW INSERT",
    history=[("2.4.0", "Accepts multiple `member` arguments.")],
    complexity="O(N) for N members put in",
)
def sadd(client: Client, key: bytes, *members):
    """Puts members into a set; makes the set if there is none."""
    database = client.database
    limits = database.keyspace.limits
    known: Set = edit_set(database, key)
    container: Set = Set() if known is None else known
    container.prepare(members, limits)
    added = 0
    for member in members:
        if container.put(member, limits):
            added += 1
    if known is None:
        database.add(key, container)
    if added:
        database.changed(key, "sadd", added)
    return added


@command(
    "SREM key member [member ...]",
    WRITE,
    FAST,
    since="1.0.0",
    keys="RW DELETE",
    history=[("2.4.0", "Accepts multiple `member` arguments.")],
    complexity="O(N) for N members taken out",
)
def srem(client: Client, key: bytes, *members):
    """Takes members out of a set; the key goes with the last one."""
    database = client.database
    container: Set = edit_set(database, key)
    if container is None:
        return 0
    removed = 0
    for member in members:
        if container.remove(member):
            removed += 1
    if removed:
        database.changed(key, "srem", removed, container)
    return removed


@command(
    "SMOVE source destination member",
    WRITE,
    FAST,
    since="1.0.0",
    keys="RW ACCESS DELETE, RW INSERT",
    complexity="O(1)",
)
def smove(client: Client, source: bytes, destination: bytes, member: bytes):
    """Takes a member out of one set and puts it into another."""
    database = client.database
    origin: Set = edit_set(database, source)
    if origin is None:
        return 0
    known: Set = edit_set(database, destination)
    if source == destination or not origin.contains(member):
        return 1 if origin.contains(member) else 0
    target: Set = Set() if known is None else known
    is_added = target.put(member, database.keyspace.limits)
    if known is None:
        database.table.set(destination, target, NO_DEADLINE)
    origin.remove(member)
    database.changed(source, "srem", 1, origin)
    database.noted(destination, known is None)
    if is_added:
        database.changed(destination, "sadd")
    return 1


# Looking


@command("SCARD key", READ, FAST, since="1.0.0", keys="RO", complexity="O(1)")
def scard(client: Client, key: bytes):
    """Tells how many members a set has."""
    container: Set = read_set(client.database, key)
    return 0 if container is None else len(container)


@command("SISMEMBER key member", READ, FAST, since="1.0.0", keys="RO", complexity="O(1)")
def sismember(client: Client, key: bytes, member: bytes):
    """Tells whether something is in a set."""
    container: Set = read_set(client.database, key)
    return 1 if container is not None and container.contains(member) else 0


@command(
    "SMISMEMBER key member [member ...]",
    READ,
    FAST,
    since="6.2.0",
    complexity="O(N) for N members looked up",
)
def smismember(client: Client, key: bytes, *members):
    """Tells of several things at once which of them are in a set."""
    container: Set = read_set(client.database, key)
    if container is None:
        return [0] * len(members)
    return [1 if container.contains(member) else 0 for member in members]


@command(
    "SMEMBERS key",
    READ,
    since="1.0.0",
    tips="nondeterministic_output_order",
    complexity="O(N) for N members",
)
def smembers(client: Client, key: bytes):
    """Returns a whole set."""
    container = read_set(client.database, key)
    return MemberReply([] if container is None else container)


@command(
    "SSCAN key cursor [MATCH pattern] [COUNT count]",
    READ,
    since="2.8.0",
    tips="nondeterministic_output",
    complexity="O(1) a call, O(N) for all of N members",
)
def sscan(client: Client, key: bytes, cursor: bytes, *options):
    """Returns a few members, and a cursor with which to ask for more."""
    position = scan_cursor(cursor)
    container = read_set(client.database, key)
    if container is None:
        return [b"0", []]
    options = SSCAN_OPTIONS.read(options)
    following, members = container.scan(position, options.get(b"COUNT", 10))
    pattern = options.get(b"MATCH")
    if pattern is not None and pattern != b"*":
        members = [member for member in members if matches(pattern, member)]
    return [b"%d" % following, members]


# Any members


@command(
    "SPOP key [count]",
    WRITE,
    FAST,
    since="1.0.0",
    keys="RW ACCESS DELETE",
    tips="nondeterministic_output",
    arity=-2,
    history=[("3.2.0", "Added the `count` argument.")],
    complexity="O(N) for N members picked",
)
def spop(client: Client, key: bytes, count=None, *excess):
    """Picks members by chance, and takes them out of the set."""
    if excess:
        raise CommandError(errors.SYNTAX_ERROR)
    if count is not None:
        return pop_counted(client, key, count)
    database = client.database
    container: Set = edit_set(database, key)
    if container is None:
        return None
    member = container.pop()
    client.rewrite(b"SREM", key, member)
    database.changed(key, "spop", 1, container)
    return member


def pop_counted(client: Client, key: bytes, count: bytes):
    """SPOP with a count: a set, even of one member or none."""
    wanted = integer_between(count, 0, LARGEST, errors.MUST_BE_POSITIVE)
    database = client.database
    container: Set = edit_set(database, key)
    if container is None or wanted == 0:
        return MemberReply([])
    if wanted >= len(container):
        database.delete(key)
        client.rewrite(b"DEL", key)
        database.changed(key, "spop", len(container))
        database.changed(key, "del", 0)
        return MemberReply(container)
    members = container.take(wanted, database.keyspace.limits)
    for start in range(0, wanted, REMOVED_TOGETHER):
        client.rewrite(b"SREM", key, *members[start : start + REMOVED_TOGETHER])
    database.changed(key, "spop", wanted)
    return MemberReply(members)


@command(
    "SRANDMEMBER key [count]",
    READ,
    since="1.0.0",
    tips="nondeterministic_output",
    arity=-2,
    history=[("2.6.0", "Added the optional `count` argument.")],
    complexity="O(N) for N members picked",
)
def srandmember(client: Client, key: bytes, count=None, *excess):
    """Picks members of a set by chance, one again only if the count is negative."""
    if excess:
        raise CommandError(errors.SYNTAX_ERROR)
    wanted = 0 if count is None else integer_between(count, -LARGEST, LARGEST)
    container: Set = read_set(client.database, key)
    if count is None:
        return None if container is None else container.random_member()
    if container is None or wanted == 0:
        return []
    if wanted < 0:
        return Draws(container, -wanted)
    if wanted >= len(container):
        return MemberReply(container, is_set=False)
    return container.sample(wanted)


# Several sets


@command(
    "SINTER key [key ...]",
    READ,
    since="1.0.0",
    tips="nondeterministic_output_order",
    complexity="O(N*K) for K sets, the smallest with N members",
)
def sinter(client: Client, *keys):
    """Returns the members that several sets have in common."""
    sets = find_sets(client, keys)
    if None in sets:
        return MemberReply([])
    if len(sets) == 1:
        return MemberReply(sets[0])
    sets.sort(key=len)
    return common(sets)


@command(
    "SINTERCARD numkeys key [key ...] [LIMIT limit]",
    READ,
    since="7.0.0",
    complexity="O(N*K) for K sets, the smallest with N members",
)
def sintercard(client: Client, numkeys: bytes, *words):
    """Tells how many members several sets have in common, up to a limit."""
    sets, most = counted_sets(client, numkeys, words, CARD_OPTIONS)
    if None in sets:
        return 0
    sets.sort(key=len)
    return common_count(sets, most)


def counted_sets(client: Client, numkeys: bytes, words: tuple, accepted: Options):
    """(the sets of SINTERCARD and its like, None for a missing one; the most to count, 0: all)."""
    count = integer_between(numkeys, 1, LARGEST, errors.NUMKEYS_NOT_POSITIVE)
    if count > len(words):
        raise CommandError(errors.TOO_MANY_KEYS)
    options = accepted.read(words[count:])
    most = integer_between(options.get(b"LIMIT", b"0"), 0, LARGEST, errors.LIMIT_NEGATIVE)
    return find_sets(client, words[:count]), most


@command(
    "SINTERSTORE destination key [key ...]",
    WRITE,
    DENYOOM,
    since="1.0.0",
    keys="RW UPDATE",
    complexity="O(N*K) for K sets, the smallest with N members",
)
def sinterstore(client: Client, destination: bytes, *keys):
    """Stores the members that several sets have in common."""
    sets = find_sets(client, keys)
    result = Set()
    if None not in sets:
        sets.sort(key=len)
        result.select(sets, True, client.database.keyspace.limits)
    return store_result(client, destination, result, "sinterstore")


@command(
    "SUNION key [key ...]",
    READ,
    since="1.0.0",
    tips="nondeterministic_output_order",
    complexity="O(N) for N members in all sets",
)
def sunion(client: Client, *keys):
    """Returns the members of several sets together, each of them once."""
    sets = [found for found in find_sets(client, keys) if found is not None]
    if len(sets) == 1:
        return MemberReply(sets[0])
    return MemberReply(united(client, sets))


@command(
    "SUNIONCARD numkeys key [key ...] [APPROX] [LIMIT limit]",
    READ,
    since="8.10.0",
    complexity="O(N*K) for N members in all of K sets",
)
def sunioncard(client: Client, numkeys: bytes, *words):
    """Tells how many members several sets have together, up to a limit.

    Nothing is kept while they are counted, so APPROX, which allows for an estimate, changes
    nothing.
    """
    sets, most = counted_sets(client, numkeys, words, UNION_CARD_OPTIONS)
    sets = [found for found in sets if found is not None]
    sets.sort(key=len, reverse=True)
    count = 0
    for index, found in enumerate(sets):
        count += only_first_count([found, *sets[:index]], most - count if most else 0)
        if count == most:
            break
    return count


@command(
    "SUNIONSTORE destination key [key ...]",
    WRITE,
    DENYOOM,
    since="1.0.0",
    complexity="O(N) for N members in all sets",
)
def sunionstore(client: Client, destination: bytes, *keys):
    """Stores the members of several sets together, each of them once."""
    sets = [found for found in find_sets(client, keys) if found is not None]
    return store_result(client, destination, united(client, sets), "sunionstore")


def united(client: Client, sets: list):
    """A new set of all members of some sets."""
    result = Set()
    result.unite(sets, client.database.keyspace.limits)
    return result


@command(
    "SDIFF key [key ...]",
    READ,
    since="1.0.0",
    tips="nondeterministic_output_order",
    complexity="O(N) for N members in all sets",
)
def sdiff(client: Client, *keys):
    """Returns the members of the first set that no other has."""
    sets = sets_to_subtract(client, keys)
    if not sets:
        return MemberReply([])
    if len(sets) == 1:
        return MemberReply(sets[0])
    if is_probing_cheaper(sets):
        return only_first(sets)
    return MemberReply(subtracted(client, sets))


@command(
    "SDIFFCARD numkeys key [key ...] [LIMIT limit]",
    READ,
    since="8.10.0",
    complexity="O(N*K) for K sets, the first with N members",
)
def sdiffcard(client: Client, numkeys: bytes, *words):
    """Tells how many members of the first set no other has, up to a limit."""
    sets, most = counted_sets(client, numkeys, words, CARD_OPTIONS)
    if sets[0] is None:
        return 0
    return only_first_count([found for found in sets if found is not None], most)


@command(
    "SDIFFSTORE destination key [key ...]",
    WRITE,
    DENYOOM,
    since="1.0.0",
    complexity="O(N) for N members in all sets",
)
def sdiffstore(client: Client, destination: bytes, *keys):
    """Stores the members of the first set that no other has."""
    sets = sets_to_subtract(client, keys)
    result = Set()
    if sets:
        if is_probing_cheaper(sets):
            result.select(sets, False, client.database.keyspace.limits)
        else:
            result = subtracted(client, sets)
    return store_result(client, destination, result, "sdiffstore")


def sets_to_subtract(client: Client, keys: tuple):
    """The first set and those to subtract from it, the largest first; [] if nothing is left."""
    sets = find_sets(client, keys)
    if sets[0] is None or keys[0] in keys[1:]:
        return []
    others = [found for found in sets[1:] if found is not None]
    others.sort(key=len, reverse=True)
    return [sets[0], *others]


def is_probing_cheaper(sets: list):
    """Whether to look each member of the first set up in the others.

    The alternative is to remove the members of the others from a copy of the first, which pays
    where the first is far larger. A look-up that finds ends the search, so two count as one step.
    """
    return len(sets[0]) * len(sets) // 2 <= sum(map(len, sets))


def subtracted(client: Client, sets: list):
    """A copy of the first set without the members of the others."""
    result = united(client, sets[:1])
    for other in sets[1:]:
        result.remove_all(other)
    return result


def find_sets(client: Client, keys: tuple):
    """The set of each key, None where there is none. Raises CommandError WRONGTYPE."""
    database = client.database
    return [read_set(database, key) for key in keys]


def store_result(client: Client, destination: bytes, result: Set, event: str):
    """Puts a set in the place of whatever the destination held, nothing if it is empty."""
    database = client.database
    if len(result):
        database.store(destination, result, NO_DEADLINE)
        database.changed(destination, event)
    elif database.delete(destination):
        database.changed(destination, "del")
    return len(result)
