"""Moving several elements of a list to another at once: LMOVEM and BLMOVEM.

What is moved is a block at an end of the source. BULK puts it as it is at an end of the
destination; OBO, one by one, turns it round if both ends are the same.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.lists import LARGEST, is_left, removed, until_list
from rediskit.datatypes.list import List
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer_between, seconds
from rediskit.grammar.command import BLOCKING, DENYOOM, WRITE, command
from rediskit.protocol.replies import NULL_ARRAY


class Moves:
    """How many elements are to be moved, and how; from the words behind the two ends.

    count: the most, or if it is_exact, just so many. is_block: they keep their order (BULK).
    """

    def __init__(self, wherefrom, whereto, words):
        self.from_left = is_left(wherefrom)
        self.to_left = is_left(whereto)
        self.count = 1
        self.is_exact = self.is_block = False
        if not words:
            return
        if len(words) != 3:
            raise CommandError(errors.SYNTAX_ERROR)
        limit, order = words[0].upper(), words[2].upper()
        if limit not in (b"COUNT", b"EXACTLY") or order not in (b"OBO", b"BULK"):
            raise CommandError(errors.SYNTAX_ERROR)
        self.count = integer_between(words[1], 1, LARGEST, errors.COUNT_NOT_POSITIVE)
        self.is_exact = limit == b"EXACTLY"
        self.is_block = order == b"BULK"

    def turns_round(self):
        """Whether the elements change their order."""
        return not self.is_block and self.from_left == self.to_left


def move_many(client: Client, source: bytes, destination: bytes, moves: Moves):
    """The elements that were moved, in the order they have now; None if there are too few."""
    database = client.database
    items: List = database.edit(source, List)
    target: List = database.edit(destination, List)
    if items is None or (moves.is_exact and len(items) < moves.count):
        return None
    count = min(moves.count, len(items))
    start = 0 if moves.from_left else len(items) - count
    elements = items.values(start, count)
    if moves.turns_round():
        elements.reverse()
    if target is items:
        items.remove(start, count)
    is_new = target is None
    if is_new:
        target = List()
    target.expect(tuple(elements), database.keyspace.limits.list_size)
    for element in reversed(elements) if moves.to_left else elements:
        target.push_end(element, moves.to_left)
    if is_new:
        database.add(destination, target)
    if target is not items:
        items.remove(start, count)
    database.changed(destination, "lpush" if moves.to_left else "rpush", 0)
    removed(client, source, items, moves.from_left, count)
    return elements


@command(
    "LMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> [<COUNT count | EXACTLY count>"
    " <OBO | BULK>]",
    WRITE,
    DENYOOM,
    since="8.10.0",
    keys="RW ACCESS DELETE, RW INSERT",
    complexity="O(N) for N elements moved",
)
def lmovem(
    client: Client, source: bytes, destination: bytes, wherefrom: bytes, whereto: bytes, *words
):
    """Takes elements off either end of a list, and puts them at either end of another."""
    moves = Moves(wherefrom, whereto, words)
    elements = move_many(client, source, destination, moves)
    if elements is None:
        return NULL_ARRAY if moves.is_exact else []
    return elements


@command(
    "BLMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout"
    " [<COUNT count | EXACTLY count> <OBO | BULK>]",
    WRITE,
    DENYOOM,
    BLOCKING,
    since="8.10.0",
    types="timeout=double",
    keys="RW ACCESS DELETE, RW INSERT",
    complexity="O(N) for N elements moved",
)
def blmovem(
    client: Client,
    source: bytes,
    destination: bytes,
    wherefrom: bytes,
    whereto: bytes,
    timeout: bytes,
    *words,
):
    """As LMOVEM, waiting until there is something to move, or enough of it for EXACTLY."""
    moves = Moves(wherefrom, whereto, words)
    wait_seconds = seconds(timeout)
    elements = move_many(client, source, destination, moves)
    if elements is None:
        return until_list([source], wait_seconds)
    client.rewrite(b"LMOVEM", source, destination, wherefrom, whereto, *words)
    return elements
