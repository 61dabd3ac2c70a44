"""The sorted set commands about single members and about the ends; see also sorted_set_ranges,
which has those about ranges, and sorted_set_algebra, which has those about several sets.
"""

import math

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.keys import scan_count, scan_cursor, unknown_scan_option
from rediskit.datatypes.sorted_set import RandomMembers, SortedSet, pairs_of
from rediskit.errors import CommandError
from rediskit.glob import matches
from rediskit.grammar.arguments import Options, integer_between, number, seconds
from rediskit.grammar.command import BLOCKING, DENYOOM, FAST, READ, WRITE, Wait, command
from rediskit.integers import LARGEST
from rediskit.protocol.numbers import format_float
from rediskit.protocol.replies import NULL_ARRAY
from rediskit.structures import scored
from rediskit.structures.chance import chance

ADD_OPTIONS = Options("NX", "XX", "GT", "LT", "CH", "INCR")
SCAN_OPTIONS = Options("MATCH value", "COUNT value", unknown=unknown_scan_option, COUNT=scan_count)
POP_OPTIONS = Options("COUNT count")
CONDITIONS = {
    b"NX": scored.NEW,
    b"XX": scored.THERE,
    b"GT": scored.HIGHER,
    b"LT": scored.LOWER,
    b"INCR": scored.INCREMENT,
}
COLON = 58  # the first byte behind the digits

# As C integers.
_NEW = scored.NEW
_THERE = scored.THERE
_INCREMENT = scored.INCREMENT
_ORDERS = scored.HIGHER | scored.LOWER

# What SortedSet.add() says.
ADDED = 1
CHANGED = 2
REFUSED = 3
NOT_A_NUMBER = 4


# Adding


@command(
    "ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="1.2.0",
    complexity="O(M*log(N)) for M members put into a set of N",
    history=[
        ("2.4.0", "Accepts multiple elements."),
        ("3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."),
        ("6.2.0", "Added the `GT` and `LT` options."),
    ],
)
def zadd(client: Client, key: bytes, *arguments):
    """Puts members with scores into a sorted set; those that are there get new scores."""
    if len(arguments) == 2 and spells_number(arguments[0]):
        outcome = add_one(client, key, number(arguments[0]), arguments[1], 0, "zadd")
        return 1 if outcome == ADDED else 0
    return zadd_with_options(client, key, arguments)


def spells_number(word):
    """Whether an argument cannot be one of ZADD's options: a digit, a sign or a point leads."""
    return len(word) > 0 and word[0] < COLON


def zadd_with_options(client: Client, key: bytes, arguments):
    """ZADD with any arguments."""
    options, first = ADD_OPTIONS.read_leading(arguments)
    conditions = 0
    for option in options:
        conditions |= CONDITIONS.get(option, 0)
    words = len(arguments) - first
    if words == 0 or words % 2:
        raise CommandError(errors.SYNTAX_ERROR)
    if conditions & _NEW and conditions & _THERE:
        raise CommandError(errors.ZADD_NX_XX)
    if conditions & _ORDERS and (conditions & _NEW or conditions & _ORDERS == _ORDERS):
        raise CommandError(errors.ZADD_GT_LT)
    if conditions & _INCREMENT:
        if words > 2:
            raise CommandError(errors.ZADD_INCR_PAIR)
        return increment(client, key, arguments[first], arguments[first + 1], conditions)
    scores = [number(arguments[index]) for index in range(first, len(arguments), 2)]
    members = arguments[first + 1 :: 2]
    added, changed = add_many(client, key, scores, members, conditions)
    return added + changed if b"CH" in options else added


def add_one(client, key, score, member, conditions, event):
    """Gives one member a score; what SortedSet.add() says of it."""
    limits = client.database.keyspace.limits
    most, longest = limits.sorted_set_entries, limits.sorted_set_value
    zset = client.database.edit(key, SortedSet)
    if zset is None:
        if conditions & _THERE:
            return REFUSED
        zset = SortedSet()
        outcome = zset.add(member, score, conditions, most, longest)
        client.database.add(key, zset)
    else:
        outcome = zset.add(member, score, conditions, most, longest)
    if outcome in (ADDED, CHANGED):
        client.database.changed(key, event)
    return outcome


def add_many(client: Client, key: bytes, scores, members, conditions: int):
    """Gives members scores; (how many are new, how many have another score than before)."""
    database = client.database
    zset = known = database.edit(key, SortedSet)
    if zset is None:
        if conditions & _THERE:
            return 0, 0
        zset = SortedSet()
    limits = database.keyspace.limits
    added = changed = 0
    for score, member in zip(scores, members, strict=True):
        outcome = zset.add(
            member, score, conditions, limits.sorted_set_entries, limits.sorted_set_value
        )
        added += outcome == ADDED
        changed += outcome == CHANGED
    if known is None:
        database.add(key, zset)
    if added or changed:
        database.changed(key, "zadd", added + changed)
    return added, changed


@command(
    "ZINCRBY key increment member",
    WRITE,
    DENYOOM,
    FAST,
    since="1.2.0",
    keys="RW ACCESS UPDATE",
    complexity="O(log(N)) for N members",
)
def zincrby(client: Client, key: bytes, amount: bytes, member: bytes):
    """Adds a number to the score of a member, which begins at 0."""
    return increment(client, key, amount, member, _INCREMENT)


def increment(client: Client, key: bytes, amount: bytes, member: bytes, conditions: int):
    """Adds to a member's score; the new score, None if a condition does not hold."""
    outcome = add_one(client, key, number(amount), member, conditions, "zincr")
    if outcome == NOT_A_NUMBER:
        raise CommandError(errors.SCORE_NAN)
    if outcome == REFUSED:
        return None
    return client.database.edit(key, SortedSet).score(member)


@command(
    "ZREM key member [member ...]",
    WRITE,
    FAST,
    since="1.2.0",
    keys="RW DELETE",
    complexity="O(M*log(N)) for N members, M of them removed",
    history=[("2.4.0", "Accepts multiple elements.")],
)
def zrem(client: Client, key: bytes, *members):
    """Takes members out of a sorted set; the key goes with the last one."""
    zset = client.database.edit(key, SortedSet)
    if zset is None:
        return 0
    removed = 0
    for member in members:
        removed += zset.remove(member)
    if removed:
        client.database.changed(key, "zrem", removed, zset)
    return removed


# Looking up


@command("ZCARD key", READ, FAST, since="1.2.0", keys="RO", complexity="O(1)")
def zcard(client: Client, key: bytes):
    """Tells how many members a sorted set has."""
    zset = client.database.read(key, SortedSet)
    return 0 if zset is None else len(zset)


@command("ZSCORE key member", READ, FAST, since="1.2.0", complexity="O(1)")
def zscore(client: Client, key: bytes, member: bytes):
    """Looks up the score of a member."""
    zset = client.database.read(key, SortedSet)
    return None if zset is None else score_of(zset, member)


def score_of(zset, member):
    """The score of a member, None if it is not there."""
    return zset.score(member)


@command(
    "ZMSCORE key member [member ...]",
    READ,
    FAST,
    since="6.2.0",
    complexity="O(M) for M members looked up",
)
def zmscore(client: Client, key: bytes, *members):
    """Looks up the scores of several members."""
    zset = client.database.read(key, SortedSet)
    if zset is None:
        return [None] * len(members)
    return [score_of(zset, member) for member in members]


@command(
    "ZRANK key member [WITHSCORE]",
    READ,
    FAST,
    since="2.0.0",
    complexity="O(log(N)) for N members",
    history=[("7.2.0", "Added the optional `WITHSCORE` argument.")],
)
def zrank(client: Client, key: bytes, member: bytes, option=None):
    """Tells how many members stand before one, lowest score first."""
    return rank(client, key, member, option, False)


@command(
    "ZREVRANK key member [WITHSCORE]",
    READ,
    FAST,
    since="2.0.0",
    complexity="O(log(N)) for N members",
    history=[("7.2.0", "Added the optional `WITHSCORE` argument.")],
)
def zrevrank(client: Client, key: bytes, member: bytes, option=None):
    """Tells how many members stand before one, highest score first."""
    return rank(client, key, member, option, True)


def rank(client, key, member, option, highest_first):
    """How many members come before one, [that, score] if asked for, or the null for either."""
    if option is not None and option.upper() != b"WITHSCORE":
        raise CommandError(errors.SYNTAX_ERROR)
    zset = client.database.read(key, SortedSet)
    place = -1 if zset is None else zset.rank(member, highest_first)
    if option is None:
        return None if place < 0 else place
    return NULL_ARRAY if place < 0 else [place, zset.score(member)]


# Taking from the ends


@command(
    "ZPOPMIN key [count]",
    WRITE,
    FAST,
    since="5.0.0",
    keys="RW ACCESS DELETE",
    complexity="O(M*log(N)) for N members, M of them taken out",
)
def zpopmin(client: Client, key: bytes, *count):
    """Takes out the members with the lowest scores, one or as many as asked for."""
    return pop_or_nothing(client, key, count, False)


@command(
    "ZPOPMAX key [count]",
    WRITE,
    FAST,
    since="5.0.0",
    keys="RW ACCESS DELETE",
    complexity="O(M*log(N)) for N members, M of them taken out",
)
def zpopmax(client: Client, key: bytes, *count):
    """Takes out the members with the highest scores, one or as many as asked for."""
    return pop_or_nothing(client, key, count, True)


def pop_or_nothing(client, key, arguments, highest):
    """ZPOPMIN or ZPOPMAX; `arguments`: those behind the key."""
    if not arguments:
        return pop(client, key, 1, highest) or []
    if len(arguments) > 1:
        raise CommandError(errors.SYNTAX_ERROR)
    count = integer_between(arguments[0], 0, LARGEST, errors.MUST_BE_POSITIVE)
    found = pop(client, key, count, highest) or []
    return pairs_of(found) if client.protocol > 2 else found


def pop(client, key, count, highest):
    """Takes up to `count` members: [member, score, ...], None if there is no such key."""
    zset = client.database.edit(key, SortedSet)
    if zset is None:
        return None
    found = zset.pop(count, highest)
    if found:
        client.database.changed(key, "zpopmax" if highest else "zpopmin", len(found) // 2, zset)
    return found


@command(
    "ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]",
    WRITE,
    since="7.0.0",
    keys="RW ACCESS DELETE",
    complexity="O(K+M*log(N)) for K keys, M of N members taken out",
)
def zmpop(client: Client, numkeys: bytes, *arguments):
    """Takes members out of the first of several sorted sets that has any, at either end."""
    keys, highest, count = several_pops(numkeys, arguments)
    return pop_first_found(client, keys, highest, count) or NULL_ARRAY


def several_pops(numkeys: bytes, arguments):
    """(keys, whether from the highest end, count) that ZMPOP and BZMPOP are asked for."""
    number_of_keys = integer_between(numkeys, 1, LARGEST, errors.NUMKEYS_NOT_POSITIVE)
    if number_of_keys >= len(arguments):
        raise CommandError(errors.SYNTAX_ERROR)
    where = arguments[number_of_keys].upper()
    rest = arguments[number_of_keys + 1 :]
    if where not in (b"MIN", b"MAX") or len(rest) > 2:
        raise CommandError(errors.SYNTAX_ERROR)
    count = POP_OPTIONS.read(rest).get(b"COUNT", b"1")
    count = integer_between(count, 1, LARGEST, errors.COUNT_NOT_POSITIVE)
    return arguments[:number_of_keys], where == b"MAX", count


def pop_first_found(client: Client, keys, highest: bool, count: int):
    """[key, [[member, score], ...]] of the first key that is there; None if none is."""
    for key in keys:
        found = pop(client, key, count, highest)
        if found:
            name = b"ZPOPMAX" if highest else b"ZPOPMIN"
            client.rewrite(name, key, b"%d" % (len(found) // 2))
            return [key, pairs_of(found)]
    return None


@command(
    "BZPOPMIN key [key ...] timeout",
    WRITE,
    BLOCKING,
    FAST,
    since="5.0.0",
    types="timeout=double",
    keys="RW ACCESS DELETE",
    complexity="O(K+log(N)) for K keys and N members",
    history=[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
)
def bzpopmin(client: Client, *arguments):
    """Takes out the member with the lowest score, waiting until a sorted set has one."""
    return pop_or_wait(client, arguments, False)


@command(
    "BZPOPMAX key [key ...] timeout",
    WRITE,
    BLOCKING,
    FAST,
    since="5.0.0",
    types="timeout=double",
    keys="RW ACCESS DELETE",
    complexity="O(K+log(N)) for K keys and N members",
    history=[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
)
def bzpopmax(client: Client, *arguments):
    """Takes out the member with the highest score, waiting until a sorted set has one."""
    return pop_or_wait(client, arguments, True)


def pop_or_wait(client: Client, arguments, highest: bool):
    """[key, member, score] from the first key that is there, else a Wait for them."""
    *keys, timeout = arguments
    timeout_ms = math.ceil(seconds(timeout) * 1000)
    for key in keys:
        found = pop(client, key, 1, highest)
        if found:
            client.rewrite(b"ZPOPMAX" if highest else b"ZPOPMIN", key)
            return [key, *found]
    return Wait(keys, timeout_ms, NULL_ARRAY, SortedSet)


@command(
    "BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
    WRITE,
    BLOCKING,
    since="7.0.0",
    types="timeout=double",
    keys="RW ACCESS DELETE",
    complexity="O(K+M*log(N)) for K keys, M of N members taken out",
)
def bzmpop(client: Client, timeout: bytes, numkeys: bytes, *arguments):
    """As ZMPOP, waiting until one of the sorted sets has members."""
    keys, highest, count = several_pops(numkeys, arguments)
    timeout_ms = math.ceil(seconds(timeout) * 1000)
    found = pop_first_found(client, keys, highest, count)
    return found or Wait(keys, timeout_ms, NULL_ARRAY, SortedSet)


# Picking and iterating


@command(
    "ZRANDMEMBER key [count [WITHSCORES]]",
    READ,
    since="6.2.0",
    tips="nondeterministic_output",
    complexity="O(M*log(N)) for N members, M of them picked",
)
def zrandmember(client: Client, key: bytes, *arguments):
    """Picks members of a sorted set by chance, one again only if the count is negative."""
    if not arguments:
        zset = client.database.read(key, SortedSet)
        return None if zset is None else zset.random_member()[0]
    count, with_scores = random_count(arguments)
    zset = client.database.read(key, SortedSet)
    if zset is None or count == 0:
        return []
    if count >= len(zset):
        return zset.range(0, count, False, with_scores, client.protocol > 2)
    if count < 0:
        is_nested = client.protocol > 2
        return RandomMembers(zset, -count, with_scores, is_nested)
    found = []
    for place in chance.sample(range(len(zset)), count):
        found += zset.elements(place, 1, False, with_scores)
    return pairs_of(found) if with_scores and client.protocol > 2 else found


def random_count(arguments):
    """(count, whether scores are wanted) of ZRANDMEMBER."""
    if len(arguments) > 2 or (len(arguments) == 2 and arguments[1].upper() != b"WITHSCORES"):
        raise CommandError(errors.SYNTAX_ERROR)
    with_scores = len(arguments) == 2
    count = integer_between(arguments[0], -LARGEST, LARGEST)
    if with_scores and not -(LARGEST // 2) <= count <= LARGEST // 2:
        raise CommandError(errors.OUT_OF_RANGE)
    return count, with_scores


@command(
    "ZSCAN key cursor [MATCH pattern] [COUNT count]",
    READ,
    since="2.8.0",
    tips="nondeterministic_output",
    complexity="O(1) a call, O(N) for all of N members",
)
def zscan(client: Client, key: bytes, cursor: bytes, *options):
    """Returns a few members with scores, and a cursor with which to ask for more."""
    position = scan_cursor(cursor)
    zset = client.database.read(key, SortedSet)
    if zset is None:
        return [b"0", []]
    options = SCAN_OPTIONS.read(options)
    following, found = zset.scan(position, options.get(b"COUNT", 10))
    pattern = options.get(b"MATCH", b"*")
    elements = []
    for index in range(0, len(found), 2):
        if pattern == b"*" or matches(pattern, found[index]):
            elements += (found[index], format_float(found[index + 1]))
    return [b"%d" % following, elements]
