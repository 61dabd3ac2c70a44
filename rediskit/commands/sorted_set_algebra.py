"""The commands about several sorted sets: unions, intersections, differences.

Sets take part too, all their members having the score 1.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.sorted_set_ranges import store_result
from rediskit.datatypes.set import Set
from rediskit.datatypes.sorted_set import SortedSet
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, integer, number
from rediskit.grammar.command import DENYOOM, READ, WRITE, command
from rediskit.structures import scored_algebra

AGGREGATES = {
    b"SUM": scored_algebra.SUM,
    b"MIN": scored_algebra.MINIMUM,
    b"MAX": scored_algebra.MAXIMUM,
    b"COUNT": scored_algebra.COUNT,
}
NOTHING = ()
COUNT_HISTORY = ("8.8.0", "Added `COUNT` to the aggregates.")

UNION_COST = "O(N+M*log(M)) for N members in all sets, M of them different"
INTERSECTION_COST = (
    "O(N*K+M*log(M)) for K sets, the smallest with N members, M of which are in all of them"
)
DIFFERENCE_COST = "O(N*K+M*log(M)) for K sets, the first with N members, M of which are left"


def aggregate(name):
    """The number of an AGGREGATE."""
    if name.upper() not in AGGREGATES:
        raise CommandError(errors.SYNTAX_ERROR)
    return AGGREGATES[name.upper()]


SHOWING_OPTIONS = Options("AGGREGATE name", "WITHSCORES", AGGREGATE=aggregate)
STORING_OPTIONS = Options("AGGREGATE name", AGGREGATE=aggregate)
DIFFERENCE_OPTIONS = Options("WITHSCORES")
LIMIT_OPTIONS = Options("LIMIT limit")
NO_OPTIONS = Options()


def read_sources(client: Client, name: str, numkeys: bytes, arguments):
    """(the containers of the first `numkeys` of the arguments, the arguments behind them)."""
    count = integer(numkeys)
    if count < 1:
        raise CommandError(errors.needs_input_key(name))
    if count > len(arguments):
        raise CommandError(errors.SYNTAX_ERROR)
    return [source_of(client, key) for key in arguments[:count]], arguments[count:]


def source_of(client: Client, key: bytes):
    """The sorted set or set at a key, an empty tuple if it is missing. Raises WRONGTYPE."""
    value = client.database.read_value(key)
    if type(value) is Set:
        value = client.database.elements.without_due(key, value)
    if value is None:
        return NOTHING
    if type(value) is not SortedSet and type(value) is not Set:
        raise CommandError(errors.WRONG_TYPE)
    return value


def read_weights(sources, words):
    """(a weight for each source, the words without WEIGHTS and its numbers)."""
    weights = [1.0] * len(sources)
    rest = []
    position = 0
    while position < len(words):
        following = position + 1 + len(sources)
        if words[position].upper() == b"WEIGHTS" and following <= len(words):
            weights = [weight(word) for word in words[position + 1 : following]]
            position = following
        else:
            rest.append(words[position])
            position += 1
    return weights, rest


def weight(word):
    """A weight, infinities included."""
    return number(word, errors.WEIGHT_NOT_A_FLOAT)


def combine(client: Client, function, name: str, numkeys: bytes, arguments, accepted):
    """(the result of unite() or intersect(), the options)."""
    sources, words = read_sources(client, name, numkeys, arguments)
    weights, rest = read_weights(sources, words)
    options = accepted.read(rest)
    # Sums of floats depend on the order; it is that of the sizes.
    order = sorted(range(len(sources)), key=lambda place: len(sources[place]))
    result = SortedSet()
    function(
        result,
        [sources[place] for place in order],
        [weights[place] for place in order],
        options.get(b"AGGREGATE", scored_algebra.SUM),
    )
    return result, options


def subtract(client: Client, name: str, numkeys: bytes, arguments, accepted):
    """(what the first of several has and the others have not, the options)."""
    sources, words = read_sources(client, name, numkeys, arguments)
    options = accepted.read(words)
    result = SortedSet()
    scored_algebra.subtract(result, sources)
    return result, options


def show(client: Client, result: SortedSet, options: dict):
    """The reply of a command that does not store its result."""
    with_scores = b"WITHSCORES" in options
    return result.range(0, len(result), False, with_scores, client.protocol > 2)


def keep(client: Client, destination: bytes, result: SortedSet, event: str):
    """Stores a result in the form that its size asks for; its length."""
    limits = client.database.keyspace.limits
    result.fit(limits.sorted_set_entries, limits.sorted_set_value)
    return store_result(client, destination, result, event)


@command(
    "ZUNION numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX |"
    " COUNT>] [WITHSCORES]",
    READ,
    since="6.2.0",
    complexity=UNION_COST,
    history=[COUNT_HISTORY],
)
def zunion(client: Client, numkeys: bytes, *arguments):
    """Returns the members of several sorted sets together, their scores combined."""
    unite = scored_algebra.unite
    return show(client, *combine(client, unite, "zunion", numkeys, arguments, SHOWING_OPTIONS))


@command(
    "ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]]"
    " [AGGREGATE <SUM | MIN | MAX | COUNT>]",
    WRITE,
    DENYOOM,
    since="2.0.0",
    complexity=UNION_COST,
    history=[COUNT_HISTORY],
)
def zunionstore(client: Client, destination: bytes, numkeys: bytes, *arguments):
    """Stores the members of several sorted sets together, their scores combined."""
    unite = scored_algebra.unite
    result, _ = combine(client, unite, "zunionstore", numkeys, arguments, STORING_OPTIONS)
    return keep(client, destination, result, "zunionstore")


@command(
    "ZINTER numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX |"
    " COUNT>] [WITHSCORES]",
    READ,
    since="6.2.0",
    complexity=INTERSECTION_COST,
    history=[COUNT_HISTORY],
)
def zinter(client: Client, numkeys: bytes, *arguments):
    """Returns the members that several sorted sets have in common, their scores combined."""
    intersect = scored_algebra.intersect
    return show(client, *combine(client, intersect, "zinter", numkeys, arguments, SHOWING_OPTIONS))


@command(
    "ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]]"
    " [AGGREGATE <SUM | MIN | MAX | COUNT>]",
    WRITE,
    DENYOOM,
    since="2.0.0",
    complexity=INTERSECTION_COST,
    history=[COUNT_HISTORY],
)
def zinterstore(client: Client, destination: bytes, numkeys: bytes, *arguments):
    """Stores the members that several sorted sets have in common, their scores combined."""
    intersect = scored_algebra.intersect
    result, _ = combine(client, intersect, "zinterstore", numkeys, arguments, STORING_OPTIONS)
    return keep(client, destination, result, "zinterstore")


@command(
    "ZINTERCARD numkeys key [key ...] [LIMIT limit]",
    READ,
    since="7.0.0",
    complexity="O(N*K) for K sets, the smallest with N members",
)
def zintercard(client: Client, numkeys: bytes, *arguments):
    """Tells how many members several sorted sets have in common, up to a limit."""
    sources, words = read_sources(client, "zintercard", numkeys, arguments)
    limit = LIMIT_OPTIONS.read(words).get(b"LIMIT", b"0")
    limit = integer(limit, errors.LIMIT_NEGATIVE)
    if limit < 0:
        raise CommandError(errors.LIMIT_NEGATIVE)
    return scored_algebra.count_common(sorted(sources, key=len), limit)


@command(
    "ZDIFF numkeys key [key ...] [WITHSCORES]",
    READ,
    since="6.2.0",
    complexity=DIFFERENCE_COST,
)
def zdiff(client: Client, numkeys: bytes, *arguments):
    """Returns the members of the first sorted set that no other has."""
    return show(client, *subtract(client, "zdiff", numkeys, arguments, DIFFERENCE_OPTIONS))


@command(
    "ZDIFFSTORE destination numkeys key [key ...]",
    WRITE,
    DENYOOM,
    since="6.2.0",
    complexity=DIFFERENCE_COST,
)
def zdiffstore(client: Client, destination: bytes, numkeys: bytes, *arguments):
    """Stores the members of the first sorted set that no other has."""
    result, _ = subtract(client, "zdiffstore", numkeys, arguments, NO_OPTIONS)
    return keep(client, destination, result, "zdiffstore")
