"""The list commands."""

from math import ceil

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.datatypes.list import List
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, index_range, integer, integer_between, seconds
from rediskit.grammar.command import (
    BLOCKING,
    DENYOOM,
    FAST,
    READ,
    WRITE,
    Wait,
    command,
)
from rediskit.integers import LARGEST
from rediskit.protocol.replies import NULL_ARRAY, OK

# Pushing


@command(
    "LPUSH key element [element ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="1.0.0",
    keys="RW INSERT",
    complexity="O(N) for N elements put in",
)
def lpush(client: Client, key: bytes, element: bytes, *more):
    """Puts elements at the front of a list, one by one; makes the list if there is none."""
    database = client.database
    known: List = database.edit(key, List)
    items: List = List() if known is None else known
    limit = database.keyspace.limits.list_size
    items.expect_one(element, limit)
    items.push_left(element)
    if more:
        items.expect(more, limit)
        for element in more:
            items.push_left(element)
    if known is None:
        database.add(key, items)
    database.changed(key, "lpush", 1 + len(more))
    return len(items)


@command(
    "RPUSH key element [element ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="1.0.0",
    keys="RW INSERT",
    complexity="O(N) for N elements put in",
)
def rpush(client: Client, key: bytes, element: bytes, *more):
    """Puts elements at the end of a list, one by one; makes the list if there is none."""
    database = client.database
    known: List = database.edit(key, List)
    items: List = List() if known is None else known
    limit = database.keyspace.limits.list_size
    items.expect_one(element, limit)
    items.push_right(element)
    if more:
        items.expect(more, limit)
        for element in more:
            items.push_right(element)
    if known is None:
        database.add(key, items)
    database.changed(key, "rpush", 1 + len(more))
    return len(items)


@command(
    "LPUSHX key element [element ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="2.2.0",
    keys="RW INSERT",
    complexity="O(N) for N elements put in",
)
def lpushx(client: Client, key: bytes, *elements):
    """Puts elements at the front of a list, if there is one."""
    if client.database.edit(key, List) is None:
        return 0
    return lpush(client, key, *elements)


@command(
    "RPUSHX key element [element ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="2.2.0",
    keys="RW INSERT",
    complexity="O(N) for N elements put in",
)
def rpushx(client: Client, key: bytes, *elements):
    """Puts elements at the end of a list, if there is one."""
    if client.database.edit(key, List) is None:
        return 0
    return rpush(client, key, *elements)


# Popping


@command(
    "LPOP key [count]",
    WRITE,
    FAST,
    since="1.0.0",
    keys="RW ACCESS DELETE",
    complexity="O(N) for N elements taken off",
)
def lpop(client: Client, key: bytes, count=None):
    """Takes elements off the front of a list, one or as many as asked for."""
    if count is not None:
        return pop_counted(client, key, count, True)
    items: List = client.database.edit(key, List)
    if items is None:
        return None
    element = items.pop_left()
    removed(client, key, items, True, 1)
    return element


@command(
    "RPOP key [count]",
    WRITE,
    FAST,
    since="1.0.0",
    keys="RW ACCESS DELETE",
    complexity="O(N) for N elements taken off",
)
def rpop(client: Client, key: bytes, count=None):
    """Takes elements off the end of a list, one or as many as asked for."""
    if count is not None:
        return pop_counted(client, key, count, False)
    items: List = client.database.edit(key, List)
    if items is None:
        return None
    element = items.pop_right()
    removed(client, key, items, False, 1)
    return element


def pop_counted(client: Client, key: bytes, count: bytes, left: bool):
    """LPOP or RPOP with a count: an array, even of one element or none."""
    most = integer_between(count, 0, LARGEST, errors.MUST_BE_POSITIVE)
    items: List = client.database.edit(key, List)
    if items is None:
        return NULL_ARRAY
    if most == 0:
        return []
    return pop_many(client, key, items, most, left)


def pop_many(client, key, items, most, left):
    """Removes up to `most` elements and announces it; a list of them."""
    elements = items.pop_many(min(most, len(items)), left)
    removed(client, key, items, left, len(elements))
    return elements


def removed(client, key, items, left, count):
    """Announces that so many elements were removed at one end."""
    database = client.database
    items.shrunk(database.keyspace.limits.list_size)
    database.changed(key, "lpop" if left else "rpop", count, items)


# Looking


@command("LLEN key", READ, FAST, since="1.0.0", keys="RO", complexity="O(1)")
def llen(client: Client, key: bytes):
    """Tells how many elements a list has."""
    items: List = client.database.read(key, List)
    return 0 if items is None else len(items)


@command(
    "LRANGE key start stop",
    READ,
    since="1.0.0",
    complexity="O(log(N)+M) for N elements, M of them returned",
)
def lrange(client: Client, key: bytes, start: bytes, stop: bytes):
    """Returns the elements from one index to another."""
    first, last = integer(start), integer(stop)
    items: List = client.database.read(key, List)
    if items is None:
        return []
    first, past = index_range(first, last, len(items))
    return items.range(first, past)


@command("LINDEX key index", READ, since="1.0.0", complexity="O(log(N)) for N elements")
def lindex(client: Client, key: bytes, index: bytes):
    """Returns the element at an index."""
    items: List = client.database.read(key, List)
    if items is None:
        return None
    position = place_of(items, integer(index))
    return None if position is None else items.get(position)


def place_of(items: List, index: int):
    """The index from the start for one that may count from the end; None if there is none."""
    if index < 0:
        index += len(items)
    return index if 0 <= index < len(items) else None


@command(
    "LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
    READ,
    since="6.0.6",
    complexity="O(N) for N elements looked at",
)
def lpos(client: Client, key: bytes, element: bytes, *options):
    """Tells at what index, or indexes, a list has an element."""
    options = LPOS_OPTIONS.read(options)
    rank = options.get(b"RANK", 1)
    count = options.get(b"COUNT")
    most = options.get(b"MAXLEN") or LARGEST
    items: List = client.database.read(key, List)
    if items is None:
        return None if count is None else []
    found = positions(items, element, rank, count or (1 if count is None else LARGEST), most)
    if count is None:
        return found[0] if found else None
    return found


def positions(items: List, element: bytes, rank: int, count: int, most: int):
    """Up to `count` indices of an element from the rank-th on, looking at `most` elements.

    A negative rank counts from the end.
    """
    backwards = rank < 0
    skipped = abs(rank) - 1
    left = min(most, len(items))
    at = len(items) - 1 if backwards else 0
    found = []
    while len(found) < count:
        index = items.find(element, at, left, backwards)
        if index < 0:
            break
        left -= abs(index - at) + 1
        at = index - 1 if backwards else index + 1
        if skipped:
            skipped -= 1
        else:
            found.append(index)
    return found


def rank_of(text: bytes):
    """The value of RANK: which match is the first to be told."""
    rank = integer_between(text, -LARGEST, LARGEST)
    if rank == 0:
        raise CommandError(errors.RANK_ZERO)
    return rank


LPOS_OPTIONS = Options(
    "RANK value",
    "COUNT value",
    "MAXLEN value",
    RANK=rank_of,
    COUNT=lambda text: integer_between(text, 0, LARGEST, errors.COUNT_NEGATIVE),
    MAXLEN=lambda text: integer_between(text, 0, LARGEST, errors.MAXLEN_NEGATIVE),
)


# Changing


@command(
    "LINSERT key <BEFORE | AFTER> pivot element",
    WRITE,
    DENYOOM,
    since="2.2.0",
    keys="RW INSERT",
    complexity="O(N) for N elements looked at",
)
def linsert(client: Client, key: bytes, where: bytes, pivot: bytes, element: bytes):
    """Puts an element right before, or right after, the first that equals another."""
    offset = {b"BEFORE": 0, b"AFTER": 1}.get(where.upper())
    if offset is None:
        raise CommandError(errors.SYNTAX_ERROR)
    database = client.database
    items: List = database.edit(key, List)
    if items is None:
        return 0
    index = items.find(pivot, 0, len(items))
    if index < 0:
        return -1
    items.expect_one(element, database.keyspace.limits.list_size)
    items.insert(index + offset, element)
    database.changed(key, "linsert")
    return len(items)


@command(
    "LSET key index element",
    WRITE,
    DENYOOM,
    since="1.0.0",
    complexity="O(log(N)) for N elements",
)
def lset(client: Client, key: bytes, index: bytes, element: bytes):
    """Puts another element in the place of that at an index."""
    database = client.database
    items: List = database.edit(key, List)
    if items is None:
        raise CommandError(errors.NO_SUCH_KEY)
    position = place_of(items, integer(index))
    if position is None:
        raise CommandError(errors.INDEX_OUT_OF_RANGE)
    limit = database.keyspace.limits.list_size
    items.expect_one(element, limit)
    items.set(position, element)
    items.shrunk(limit)
    database.changed(key, "lset")
    return OK


@command(
    "LREM key count element",
    WRITE,
    since="1.0.0",
    keys="RW DELETE",
    complexity="O(N) for N elements looked at",
)
def lrem(client: Client, key: bytes, count: bytes, element: bytes):
    """Takes elements that equal one out of a list: all, or so many from either end."""
    most = integer_between(count, -LARGEST, LARGEST)
    database = client.database
    items: List = database.edit(key, List)
    if items is None:
        return 0
    found = items.remove_value(element, abs(most) or LARGEST, most < 0)
    if found:
        items.shrunk(database.keyspace.limits.list_size)
        database.changed(key, "lrem", found, items)
    return found


@command(
    "LTRIM key start stop",
    WRITE,
    since="1.0.0",
    keys="RW DELETE",
    complexity="O(N) for N elements dropped",
)
def ltrim(client: Client, key: bytes, start: bytes, stop: bytes):
    """Keeps the elements from one index to another, and drops the others."""
    first, last = integer(start), integer(stop)
    database = client.database
    items: List = database.edit(key, List)
    if items is None:
        return OK
    before = len(items)
    first, past = index_range(first, last, before)
    items.remove(past, before - past)
    items.remove(0, first)
    items.shrunk(database.keyspace.limits.list_size)
    database.changed(key, "ltrim", before - len(items), items)
    return OK


# Moving


def is_left(word: bytes):
    """Whether LEFT is said; raises CommandError if it is neither LEFT nor RIGHT."""
    side = word.upper()
    if side != b"LEFT" and side != b"RIGHT":
        raise CommandError(errors.SYNTAX_ERROR)
    return side == b"LEFT"


@command(
    "LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>",
    WRITE,
    DENYOOM,
    since="6.2.0",
    keys="RW ACCESS DELETE, RW INSERT",
    complexity="O(1)",
)
def lmove(client: Client, source: bytes, destination: bytes, wherefrom: bytes, whereto: bytes):
    """Takes an element off either end of a list, and puts it at either end of another."""
    return move(client, source, destination, is_left(wherefrom), is_left(whereto))


@command(
    "RPOPLPUSH source destination",
    WRITE,
    DENYOOM,
    since="1.2.0",
    keys="RW ACCESS DELETE, RW INSERT",
    deprecated=("6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments"),
    complexity="O(1)",
)
def rpoplpush(client: Client, source: bytes, destination: bytes):
    """Takes an element off the end of a list, and puts it at the front of another."""
    return move(client, source, destination, False, True)


def move(client, source, destination, from_left, to_left):
    """Moves an element from an end of one list to an end of another, or of the same one.

    Returns the element; None if the source is missing.
    """
    database = client.database
    items = database.edit(source, List)
    if items is None:
        return None
    known = database.edit(destination, List)
    target = List() if known is None else known
    element = items.get(0 if from_left else len(items) - 1)
    if target is not items:
        target.expect_one(element, database.keyspace.limits.list_size)
    target.push_end(element, to_left)
    if known is None:
        database.add(destination, target)
    items.pop_end(from_left)
    database.changed(destination, "lpush" if to_left else "rpush", 0)
    removed(client, source, items, from_left, 1)
    return element


@command(
    "LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
    WRITE,
    since="7.0.0",
    keys="RW ACCESS DELETE",
    complexity="O(K+N) for K keys, N elements taken off",
)
def lmpop(client: Client, numkeys: bytes, *arguments):
    """Takes elements off either end of the first of several lists that has any."""
    keys, left, count = mpop_arguments(numkeys, arguments)
    popped = pop_first(client, keys, left, count)
    return NULL_ARRAY if popped is None else popped


def mpop_arguments(numkeys: bytes, arguments: tuple):
    """(keys, whether from the left, most elements) of LMPOP and BLMPOP. Raises CommandError."""
    number = integer_between(numkeys, 1, LARGEST, errors.NUMKEYS_NOT_POSITIVE)
    if number >= len(arguments):
        raise CommandError(errors.SYNTAX_ERROR)
    left = is_left(arguments[number])
    options = MPOP_OPTIONS.read(arguments[: number + 3], number + 1)
    if len(arguments) > number + 3:
        raise CommandError(errors.SYNTAX_ERROR)  # COUNT may come once
    return arguments[:number], left, options.get(b"COUNT", 1)


MPOP_OPTIONS = Options(
    "COUNT value",
    COUNT=lambda text: integer_between(text, 1, LARGEST, errors.COUNT_NOT_POSITIVE),
)


def pop_first(client: Client, keys: tuple, left: bool, count: int):
    """[key, elements] of up to `count` elements of the first list there is; None if none is."""
    for key in keys:
        items: List = client.database.edit(key, List)
        if items is not None:
            elements = pop_many(client, key, items, count, left)
            client.rewrite(b"LPOP" if left else b"RPOP", key, b"%d" % len(elements))
            return [key, elements]
    return None


# Waiting


def until_list(keys, timeout: float, fallback=NULL_ARRAY):
    """What a command returns that waits up to `timeout` seconds for a list at one of the keys."""
    return Wait(keys, ceil(timeout * 1000), fallback, List)


@command(
    "BLPOP key [key ...] timeout",
    WRITE,
    BLOCKING,
    since="2.0.0",
    types="timeout=double",
    keys="RW ACCESS DELETE",
    complexity="O(K) for K keys",
)
def blpop(client: Client, *arguments):
    """Takes an element off the front of a list, waiting until one of the lists has any."""
    return pop_or_wait(client, arguments, True)


@command(
    "BRPOP key [key ...] timeout",
    WRITE,
    BLOCKING,
    since="2.0.0",
    types="timeout=double",
    keys="RW ACCESS DELETE",
    complexity="O(K) for K keys",
)
def brpop(client: Client, *arguments):
    """Takes an element off the end of a list, waiting until one of the lists has any."""
    return pop_or_wait(client, arguments, False)


def pop_or_wait(client: Client, arguments: tuple, left: bool):
    """BLPOP and BRPOP: [key, element]."""
    *keys, timeout = arguments
    wait_seconds = seconds(timeout)
    for key in keys:
        items: List = client.database.edit(key, List)
        if items is not None:
            element = items.pop_end(left)
            removed(client, key, items, left, 1)
            client.rewrite(b"LPOP" if left else b"RPOP", key)
            return [key, element]
    return until_list(keys, wait_seconds)


@command(
    "BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
    WRITE,
    BLOCKING,
    since="7.0.0",
    types="timeout=double",
    keys="RW ACCESS DELETE",
    complexity="O(K+N) for K keys, N elements taken off",
)
def blmpop(client: Client, timeout: bytes, numkeys: bytes, *arguments):
    """As LMPOP, waiting until one of the lists has elements."""
    keys, left, count = mpop_arguments(numkeys, arguments)
    wait_seconds = seconds(timeout)
    popped = pop_first(client, keys, left, count)
    return until_list(keys, wait_seconds) if popped is None else popped


@command(
    "BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout",
    WRITE,
    DENYOOM,
    BLOCKING,
    since="6.2.0",
    types="timeout=double",
    keys="RW ACCESS DELETE, RW INSERT",
    complexity="O(1)",
)
def blmove(
    client: Client,
    source: bytes,
    destination: bytes,
    wherefrom: bytes,
    whereto: bytes,
    timeout: bytes,
):
    """As LMOVE, waiting until there is an element to move."""
    from_left, to_left = is_left(wherefrom), is_left(whereto)
    rewrite = [b"LMOVE", source, destination, wherefrom, whereto]
    return move_or_wait(client, rewrite, from_left, to_left, seconds(timeout))


@command(
    "BRPOPLPUSH source destination timeout",
    WRITE,
    DENYOOM,
    BLOCKING,
    since="2.2.0",
    types="timeout=double",
    keys="RW ACCESS DELETE, RW INSERT",
    deprecated=("6.2.0", "`BLMOVE` with the `RIGHT` and `LEFT` arguments"),
    complexity="O(1)",
)
def brpoplpush(client: Client, source: bytes, destination: bytes, timeout: bytes):
    """As RPOPLPUSH, waiting until there is an element to move."""
    rewrite = [b"RPOPLPUSH", source, destination]
    return move_or_wait(client, rewrite, False, True, seconds(timeout))


def move_or_wait(client: Client, rewrite: list, from_left: bool, to_left: bool, timeout: float):
    """BLMOVE and BRPOPLPUSH; `rewrite` is the request that does the same without waiting."""
    source, destination = rewrite[1], rewrite[2]
    element = move(client, source, destination, from_left, to_left)
    if element is None:
        # Time that is up is told otherwise than that it may not wait at all.
        return until_list([source], timeout, NULL_ARRAY if client.may_wait else None)
    client.rewrite(*rewrite)
    return element
