"""The list commands."""

from math import ceil

from rediskit import errors
from rediskit.arguments import Options, index_range, integer, integer_between, seconds
from rediskit.client import Client
from rediskit.command import (
    BLOCKING,
    DENYOOM,
    FAST,
    NOSCRIPT,
    READ,
    WRITE,
    Wait,
    command,
)
from rediskit.datatypes.list import List
from rediskit.errors import CommandError
from rediskit.protocol.replies import NULL_ARRAY, OK

LARGEST = (1 << 63) - 1


# Pushing


@command("LPUSH key element [element ...]", WRITE, DENYOOM, FAST, since="1.0.0", keys="RW INSERT")
def lpush(client: Client, key: bytes, *elements):
    """Prepends elements to a list. Creates the key if it doesn't exist."""
    database = client.database
    items: List = database.open(key, List)
    items.expect(elements, database.keyspace.limits.list_size)
    for element in elements:
        items.push_left(element)
    database.changed(key, "lpush")
    return len(items)


@command("RPUSH key element [element ...]", WRITE, DENYOOM, FAST, since="1.0.0", keys="RW INSERT")
def rpush(client: Client, key: bytes, *elements):
    """Appends elements to a list. Creates the key if it doesn't exist."""
    database = client.database
    items: List = database.open(key, List)
    items.expect(elements, database.keyspace.limits.list_size)
    for element in elements:
        items.push_right(element)
    database.changed(key, "rpush")
    return len(items)


@command("LPUSHX key element [element ...]", WRITE, DENYOOM, FAST, since="2.2.0", keys="RW INSERT")
def lpushx(client: Client, key: bytes, *elements):
    """Prepends elements to a list only when the list exists."""
    if client.database.find(key, List) is None:
        return 0
    return lpush(client, key, *elements)


@command("RPUSHX key element [element ...]", WRITE, DENYOOM, FAST, since="2.2.0", keys="RW INSERT")
def rpushx(client: Client, key: bytes, *elements):
    """Appends elements to a list only when the list exists."""
    if client.database.find(key, List) is None:
        return 0
    return rpush(client, key, *elements)


# Popping


@command("LPOP key [count]", WRITE, FAST, since="1.0.0", keys="RW ACCESS DELETE")
def lpop(client: Client, key: bytes, count=None):
    """Removes and returns the first elements in a list. Deletes the key if it was the last one."""
    if count is not None:
        return pop_counted(client, key, count, True)
    items: List = client.database.find(key, List)
    if items is None:
        return None
    element = items.pop_left()
    removed(client, key, items, True)
    return element


@command("RPOP key [count]", WRITE, FAST, since="1.0.0", keys="RW ACCESS DELETE")
def rpop(client: Client, key: bytes, count=None):
    """Removes and returns the last elements in a list. Deletes the key if it was the last one."""
    if count is not None:
        return pop_counted(client, key, count, False)
    items: List = client.database.find(key, List)
    if items is None:
        return None
    element = items.pop_right()
    removed(client, key, items, False)
    return element


def pop_counted(client: Client, key: bytes, count: bytes, left: bool):
    """LPOP or RPOP with a count: an array, even of one element or none."""
    most = integer_between(count, 0, LARGEST, errors.MUST_BE_POSITIVE)
    items = client.database.find(key, List)
    if items is None:
        return NULL_ARRAY
    if most == 0:
        return []
    return pop_many(client, key, items, most, left)


def pop_many(client: Client, key: bytes, items: List, most: int, left: bool):
    """Removes up to `most` elements and announces it; a list of them."""
    elements = items.pop_many(min(most, len(items)), left)
    removed(client, key, items, left)
    return elements


def removed(client: Client, key: bytes, items: List, left: bool):
    """Announces that elements were removed at one end."""
    database = client.database
    items.shrunk(database.keyspace.limits.list_size)
    database.changed(key, "lpop" if left else "rpop", items)


# Looking


@command("LLEN key", READ, FAST, since="1.0.0", keys="RO")
def llen(client: Client, key: bytes):
    """Returns the length of a list."""
    items = client.database.find(key, List)
    return 0 if items is None else len(items)


@command("LRANGE key start stop", READ, since="1.0.0")
def lrange(client: Client, key: bytes, start: bytes, stop: bytes):
    """Returns a range of elements from a list."""
    first, last = integer(start), integer(stop)
    items: List = client.database.find(key, List)
    if items is None:
        return []
    first, past = index_range(first, last, len(items))
    return items.range(first, past)
