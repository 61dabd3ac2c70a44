"""Data for the measurements of data types: the same requests for every server, on every run.

A content is an iterable of requests, each a tuple of arguments; `feed` sends them.
"""

import random

import hiredis

from tests.support.resp import request

SEED = 7
PER_REQUEST = 100  # elements that one request adds
BATCH_BYTES = 1 << 20
CHUNK_BYTES = 1 << 20  # of a long string
NO_REPLY = object()


def feed(server, requests):
    """Sends requests to a server, a megabyte at a time, and reads their replies.

    Returns the last reply; raises what redis would have said of a refused one.
    """
    reader = hiredis.Reader(notEnoughData=NO_REPLY)
    connection = server.connect(timeout=60.0)
    batch, count, reply = [], 0, None
    size = 0
    for arguments in requests:
        batch.append(request(*arguments))
        size += len(batch[-1])
        count += 1
        if size >= BATCH_BYTES:
            reply = _exchange(connection.socket, reader, b"".join(batch), count)
            batch, count, size = [], 0, 0
    if batch:
        reply = _exchange(connection.socket, reader, b"".join(batch), count)
    connection.close()
    return reply


def _exchange(connection, reader, data, count):
    connection.sendall(data)
    last = None
    while count:
        reader.feed(connection.recv(1 << 20))
        while count and (reply := reader.gets()) is not NO_REPLY:
            if isinstance(reply, hiredis.ReplyError):
                raise reply
            last = reply
            count -= 1
    return last


def _key(number):
    return b"key:%012d" % number


def _in_requests(head, elements):
    """`head` with the elements (tuples of arguments), PER_REQUEST at a time."""
    arguments = list(head)
    for number, element in enumerate(elements, 1):
        arguments += element
        if number % PER_REQUEST == 0:
            yield arguments
            arguments = list(head)
    if len(arguments) > len(head):
        yield arguments


def a_list(count, name="list"):
    """A list of `count` elements of 16 bytes."""
    return _in_requests(("RPUSH", name), ((_key(n),) for n in range(count)))


def a_set(count, name="set", step=1):
    """A set of `count` members of 16 bytes; every `step`-th number makes one."""
    return _in_requests(("SADD", name), ((_key(n * step),) for n in range(count)))


def a_hash(count, name="hash"):
    """A hash of `count` fields of 16 bytes with values of 16 bytes."""
    return _in_requests(("HSET", name), ((_key(n), b"x" * 16) for n in range(count)))


def a_sorted_set(count, name="scores", step=1):
    """A sorted set of `count` members of 16 bytes with random scores below a million."""
    chance = random.Random(SEED)
    pairs = ((b"%d" % chance.randrange(10**6), _key(n * step)) for n in range(count))
    return _in_requests(("ZADD", name), pairs)


def small_hashes(count):
    """`count` hashes of 10 fields."""
    for number in range(count):
        pairs = [each for n in range(10) for each in (b"field:%d" % n, b"value:%d" % (number + n))]
        yield ("HSET", _key(number), *pairs)


def small_integer_sets(count):
    """`count` sets of 10 integers."""
    chance = random.Random(SEED)
    for number in range(count):
        yield ("SADD", _key(number), *chance.sample(range(10**6), 10))


def small_sorted_sets(count):
    """`count` sorted sets of 10 members."""
    chance = random.Random(SEED)
    for number in range(count):
        pairs = [each for n in range(10) for each in (chance.randrange(1000), b"member:%d" % n)]
        yield ("ZADD", _key(number), *pairs)


def two_sets(count):
    """Two sets that have half of their members in common."""
    yield from a_set(count, "set:1")
    yield from a_set(count, "set:2", 2)


def two_sorted_sets(count):
    """Two sorted sets that have half of their members in common."""
    yield from a_sorted_set(count, "scores:1")
    yield from a_sorted_set(count, "scores:2", 2)


def numbers(count):
    """A list of `count` random numbers."""
    chance = random.Random(SEED)
    return _in_requests(("RPUSH", "numbers"), ((chance.randrange(10**9),) for _ in range(count)))


def two_strings(size):
    """Two strings of `size` random bytes."""
    chance = random.Random(SEED)
    for name in ("string:1", "string:2"):
        chunk = chance.randbytes(min(size, CHUNK_BYTES))
        for _ in range(max(1, size // CHUNK_BYTES)):
            yield ("APPEND", name, chunk)
