"""The sorted set commands about ranges: of ranks, of scores, of members with equal scores.

A range of scores or members is turned into one of ranks; from then on there is one kind only.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.datatypes.sorted_set import SortedSet
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, index_range, integer, lex_bound, score_bound
from rediskit.grammar.command import DENYOOM, FAST, READ, WRITE, command

BY_RANK, BY_SCORE, BY_LEX = range(3)


def limit(offset, count):
    """LIMIT's two integers."""
    return integer(offset), integer(count)


RANGE_OPTIONS = Options("BYSCORE | BYLEX", "REV", "LIMIT offset count", "WITHSCORES", LIMIT=limit)
STORE_OPTIONS = Options("BYSCORE | BYLEX", "REV", "LIMIT offset count", LIMIT=limit)
OLD_OPTIONS = Options("WITHSCORES", "LIMIT offset count", LIMIT=limit)


class Range:
    """What range is asked for, its bounds understood but not yet looked up.

    kind: BY_RANK, BY_SCORE or BY_LEX. start, stop: the bounds as they were given, from the end
    that is begun at. backwards: from the highest on. limit: (offset, count) or None.
    """

    def __init__(self, kind, start, stop, backwards=False, limit=None):
        self.kind = kind
        self.backwards = backwards
        self.limit = limit
        if kind == BY_RANK:
            self.lowest, self.highest = integer(start), integer(stop)
        else:
            if backwards:
                start, stop = stop, start
            bound = score_bound if kind == BY_SCORE else lex_bound
            self.lowest, self.highest = bound(start), bound(stop)

    def find(self, zset):
        """(rank of the first member, how many), ranks counted from the end that is begun at."""
        size = len(zset)
        if self.kind == BY_RANK:
            first, past = index_range(self.lowest, self.highest, size)
            return first, past - first
        low, high = self.ends(zset, size)
        first = size - high if self.backwards else low
        count = max(high - low, 0)
        if self.limit is None:
            return first, count
        offset, most = self.limit
        if offset < 0:
            return 0, 0
        count = max(count - offset, 0)
        return first + offset, count if most < 0 else min(count, most)

    def ends(self, zset, size):
        """(lowest rank, rank behind the highest) of a range of scores or members."""
        lowest, lowest_is_open = self.lowest
        highest, highest_is_open = self.highest
        if self.kind == BY_SCORE:
            low = zset.count_below(lowest, lowest_is_open)
            return low, zset.count_below(highest, not highest_is_open)
        return (
            lex_place(zset, size, lowest, lowest_is_open, lowest_is_open),
            lex_place(zset, size, highest, highest_is_open, not highest_is_open),
        )


def lex_place(zset, size, member, is_open, through):
    """How many members come before a bound as read by lex_bound; `through`: before it or are it."""
    if member is None:
        return 0 if is_open else size
    return zset.count_before(member, through)


def members_in(client, key, wanted, with_scores):
    """The reply of a command that shows a range."""
    zset = client.database.read(key, SortedSet)
    if zset is None:
        return []
    first, count = wanted.find(zset)
    if count == 0:
        return []
    return zset.range(first, count, wanted.backwards, with_scores, client.protocol > 2)


# Showing


@command(
    "ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
    READ,
    since="1.2.0",
    types="start=string stop=string",
    complexity="O(log(N)+M) for N members, M of them returned",
    history=[("6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.")],
)
def zrange(client: Client, key: bytes, start: bytes, stop: bytes, *options):
    """Returns the members of a sorted set between two ranks, scores or strings."""
    if not options:
        return members_in(client, key, Range(BY_RANK, start, stop), False)
    found = RANGE_OPTIONS.read(options)
    kind = kind_of(found)
    wanted = limited_range(kind, start, stop, b"REV" in found, found)
    return members_in(client, key, wanted, b"WITHSCORES" in found)


def kind_of(options):
    """What kind of range ZRANGE's or ZRANGESTORE's options ask for."""
    if b"BYSCORE" in options:
        return BY_SCORE
    return BY_LEX if b"BYLEX" in options else BY_RANK


def limited_range(kind, start, stop, backwards, options):
    """The Range of a command with options, which have to fit together."""
    if kind == BY_RANK and options.get(b"LIMIT", (0, -1)) != (0, -1):
        raise CommandError(errors.ZRANGE_LIMIT)
    if kind == BY_LEX and b"WITHSCORES" in options:
        raise CommandError(errors.ZRANGE_WITHSCORES)
    return Range(kind, start, stop, backwards, options.get(b"LIMIT"))


def old_range(client, kind, key, start, stop, backwards, options):
    """A range command from before ZRANGE had options."""
    if not options:
        return members_in(client, key, Range(kind, start, stop, backwards), False)
    found = OLD_OPTIONS.read(options)
    wanted = limited_range(kind, start, stop, backwards, found)
    return members_in(client, key, wanted, b"WITHSCORES" in found)


@command(
    "ZREVRANGE key start stop [WITHSCORES]",
    READ,
    since="1.2.0",
    deprecated=("6.2.0", "`ZRANGE` with the `REV` argument"),
    complexity="O(log(N)+M) for N members, M of them returned",
)
def zrevrange(client: Client, key: bytes, start: bytes, stop: bytes, *options):
    """Returns the members between two ranks, counted from the highest score down."""
    return old_range(client, BY_RANK, key, start, stop, True, options)


@command(
    "ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]",
    READ,
    since="1.0.5",
    deprecated=("6.2.0", "`ZRANGE` with the `BYSCORE` argument"),
    complexity="O(log(N)+M) for N members, M of them returned",
    history=[("2.0.0", "Added the `WITHSCORES` modifier.")],
)
def zrangebyscore(client: Client, key: bytes, start: bytes, stop: bytes, *options):
    """Returns the members whose scores lie between two bounds, lowest first."""
    return old_range(client, BY_SCORE, key, start, stop, False, options)


@command(
    "ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]",
    READ,
    since="2.2.0",
    deprecated=("6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments"),
    complexity="O(log(N)+M) for N members, M of them returned",
    history=[("2.1.6", "`min` and `max` can be exclusive.")],
)
def zrevrangebyscore(client: Client, key: bytes, start: bytes, stop: bytes, *options):
    """Returns the members whose scores lie between two bounds, highest first."""
    return old_range(client, BY_SCORE, key, start, stop, True, options)


@command(
    "ZRANGEBYLEX key min max [LIMIT offset count]",
    READ,
    since="2.8.9",
    types="min=string max=string",
    deprecated=("6.2.0", "`ZRANGE` with the `BYLEX` argument"),
    complexity="O(log(N)+M) for N members, M of them returned",
)
def zrangebylex(client: Client, key: bytes, start: bytes, stop: bytes, *options):
    """Returns the members between two strings, where all have the same score."""
    return old_range(client, BY_LEX, key, start, stop, False, options)


@command(
    "ZREVRANGEBYLEX key max min [LIMIT offset count]",
    READ,
    since="2.8.9",
    types="max=string min=string",
    deprecated=("6.2.0", "`ZRANGE` with the `REV` and `BYLEX` arguments"),
    complexity="O(log(N)+M) for N members, M of them returned",
)
def zrevrangebylex(client: Client, key: bytes, start: bytes, stop: bytes, *options):
    """Returns the members between two strings, last first, where all have the same score."""
    return old_range(client, BY_LEX, key, start, stop, True, options)


# Counting


@command(
    "ZCOUNT key min max",
    READ,
    FAST,
    since="2.0.0",
    complexity="O(log(N)) for N members",
)
def zcount(client: Client, key: bytes, start: bytes, stop: bytes):
    """Tells how many members have scores between two bounds."""
    return count_in(client, key, Range(BY_SCORE, start, stop))


@command(
    "ZLEXCOUNT key min max",
    READ,
    FAST,
    since="2.8.9",
    types="min=string max=string",
    complexity="O(log(N)) for N members",
)
def zlexcount(client: Client, key: bytes, start: bytes, stop: bytes):
    """Tells how many members lie between two strings, where all have the same score."""
    return count_in(client, key, Range(BY_LEX, start, stop))


def count_in(client, key, wanted):
    """How many members a range has."""
    zset = client.database.read(key, SortedSet)
    return 0 if zset is None else wanted.find(zset)[1]


# Storing


@command(
    "ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]",
    WRITE,
    DENYOOM,
    since="6.2.0",
    types="min=string max=string",
    complexity="O(log(N)+M*log(M)) for N members, M of them stored",
)
def zrangestore(
    client: Client, destination: bytes, source: bytes, start: bytes, stop: bytes, *options
):
    """Stores what ZRANGE would return as a sorted set of its own."""
    found = STORE_OPTIONS.read(options)
    wanted = limited_range(kind_of(found), start, stop, b"REV" in found, found)
    zset = client.database.read(source, SortedSet)
    result = SortedSet()
    if zset is not None:
        limits = client.database.keyspace.limits
        most, longest = limits.sorted_set_entries, limits.sorted_set_value
        first, count = wanted.find(zset)
        result.copy_range(zset, first, count, wanted.backwards, most, longest)
    return store_result(client, destination, result, "zrangestore")


def store_result(client: Client, destination: bytes, zset: SortedSet, event: str, count=1):
    """Has a key hold the result of a command, `count` changes, or nothing if it is empty.

    Returns its length.
    """
    database = client.database
    if len(zset):
        database.store(destination, zset)
        database.changed(destination, event, count)
    elif database.delete(destination):
        database.changed(destination, "del")
    return len(zset)


# Removing


@command(
    "ZREMRANGEBYRANK key start stop",
    WRITE,
    since="2.0.0",
    keys="RW DELETE",
    complexity="O(M*log(N)) for N members, M of them removed",
)
def zremrangebyrank(client: Client, key: bytes, start: bytes, stop: bytes):
    """Takes the members between two ranks out of a sorted set."""
    return remove_range(client, key, Range(BY_RANK, start, stop), "zremrangebyrank")


@command(
    "ZREMRANGEBYSCORE key min max",
    WRITE,
    since="1.2.0",
    keys="RW DELETE",
    complexity="O(M*log(N)) for N members, M of them removed",
)
def zremrangebyscore(client: Client, key: bytes, start: bytes, stop: bytes):
    """Takes the members whose scores lie between two bounds out of a sorted set."""
    return remove_range(client, key, Range(BY_SCORE, start, stop), "zremrangebyscore")


@command(
    "ZREMRANGEBYLEX key min max",
    WRITE,
    since="2.8.9",
    types="min=string max=string",
    keys="RW DELETE",
    complexity="O(M*log(N)) for N members, M of them removed",
)
def zremrangebylex(client: Client, key: bytes, start: bytes, stop: bytes):
    """Takes the members between two strings out, where all have the same score."""
    return remove_range(client, key, Range(BY_LEX, start, stop), "zremrangebylex")


def remove_range(client, key, wanted, event):
    """Removes a range that begins at the lowest end; how many members."""
    zset = client.database.edit(key, SortedSet)
    if zset is None:
        return 0
    first, count = wanted.find(zset)
    if count:
        zset.remove_range(first, first + count)
        client.database.changed(key, event, count, zset)
    return count
