"""SORT and SORT_RO: the elements of a list, set or sorted set, in the order of whatever weighs.

Patterns after BY and GET name other keys: the first `*` stands for an element, and what comes
after `->` names a field of a hash. A BY pattern without `*` asks for no sorting at all.
"""

from rediskit import errors
from rediskit.clients.bits import RESTRICTED
from rediskit.clients.client import Client
from rediskit.clients.kinds import SCRIPT
from rediskit.datatypes.list import List
from rediskit.datatypes.registry import HASH, LIST, SET, SORTED_SET, STRING, datatype_of
from rediskit.datatypes.set import Set
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, integer
from rediskit.grammar.command import DENYOOM, READ, WRITE, command
from rediskit.grammar.key_specs import sort_keys
from rediskit.structures.sorting import by_number, by_text

SORTABLE = (LIST, SET, SORTED_SET)
ELEMENT = b"#"  # GET #: the element itself

READING = (
    "BY value",
    "LIMIT value value",
    "GET value ...",
    "ASC",
    "DESC",
    "ALPHA",
)


def limit_of(offset, count):
    """The values of LIMIT."""
    return integer(offset), integer(count)


READING_OPTIONS = Options(*READING, LIMIT=limit_of)
STORING_OPTIONS = Options(*READING, "STORE value", LIMIT=limit_of)


@command(
    "SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC]"
    " [ALPHA] [STORE destination]",
    WRITE,
    DENYOOM,
    since="1.0.0",
    keys="RO ACCESS, ? RO ACCESS, STORE/? OW UPDATE",
    find_keys=sort_keys,
    categories="set sortedset list dangerous",
    complexity="O(N*log(N)) for N elements",
)
def sort(client: Client, key: bytes, *options):
    """Puts the elements of a list or a set in order, by themselves or by what other keys hold."""
    options = permitted(client, STORING_OPTIONS.read(options))
    destination = options.get(b"STORE")
    found = sorted_elements(client, key, options)
    if destination is None:
        return found
    database = client.database
    if found:
        items = List()
        elements = [b"" if element is None else element for element in found]
        items.extend(elements, database.keyspace.limits.list_size)
        database.store(destination, items)
        database.changed(destination, "sortstore", len(found))
    elif database.delete(destination):
        database.changed(destination, "del")
    return len(found)


@command(
    "SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC]"
    " [ALPHA]",
    READ,
    since="7.0.0",
    keys="RO ACCESS, ? RO ACCESS",
    find_keys=sort_keys,
    categories="set sortedset list dangerous",
    complexity="O(N*log(N)) for N elements",
)
def sort_ro(client: Client, key: bytes, *options):
    """As SORT, but never stores what it returns."""
    return sorted_elements(client, key, permitted(client, READING_OPTIONS.read(options)))


def permitted(client: Client, options: dict):
    """The options, if the client's user may write the destination, and read what patterns lead to.

    Raises CommandError.
    """
    if not client.gates & RESTRICTED:
        return options
    destination = options.get(b"STORE")
    if destination is not None:
        # Asked again, as the rules may have been applied to another word: see sort_keys.
        plain = [*client.call.arguments[:2], b"STORE", destination]
        if client.user.denial(client.call.command, plain) is not None:
            raise CommandError(errors.NO_PERMISSION_KEY)
    if client.user.reads_all_keys(client.call.command, client.call.arguments):
        return options
    for name, value in options.items():
        if name == b"BY" and b"*" in value:
            raise CommandError(errors.SORT_BY_DENIED)
        if name == b"GET":
            raise CommandError(errors.SORT_GET_DENIED)
    return options


def sorted_elements(client: Client, key: bytes, options: dict):
    """What SORT replies: a list of bytes, or None where a GET pattern leads nowhere."""
    database = client.database
    value = database.read_value(key)
    if type(value) is Set:
        value = database.elements.without_due(key, value)
    if value is None:
        return []
    datatype = datatype_of(value)
    if datatype not in SORTABLE:
        raise CommandError(errors.WRONG_TYPE)
    by = options.get(b"BY")
    is_sorted = by is None or b"*" in by
    backwards = is_descending(options)
    first, past = limits(options, len(value))
    if not is_sorted and datatype is not SET:
        elements = elements_of(value, datatype, first, past - first, backwards)
    else:
        elements = elements_of(value, datatype, 0, len(value), False)
        if is_sorted:
            pattern = None if by is None else Pattern(by)
            elements = in_order(database, elements, pattern, options, backwards, first, past)
        elif b"STORE" in options or client.kind == SCRIPT:
            elements = by_text(elements, None, backwards, False, first, past)
        else:
            elements = elements[first:past]
    return fetched(database, elements, options.get(b"GET"))


def is_descending(options: dict):
    """Whether DESC is said, and not ASC after it."""
    order = None
    for name in options:
        if name == b"ASC" or name == b"DESC":
            order = name
    return order == b"DESC"


def limits(options: dict, length: int):
    """(first, past) of what LIMIT leaves of so many elements."""
    offset, count = options.get(b"LIMIT", (0, -1))
    first = min(max(offset, 0), length)
    return first, length if count < 0 else min(first + count, length)


def elements_of(value, datatype, start: int, count: int, backwards: bool):
    """Up to `count` elements in their own order, begun so far from an end."""
    if datatype is LIST:
        return value.values(len(value) - 1 - start if backwards else start, count, backwards)
    if datatype is SORTED_SET:
        return list(value.range(start, count, backwards))
    return list(value)


def in_order(database, elements, pattern, options, backwards, first, past):
    """The elements from first to past, sorted by themselves or by what a Pattern finds for them."""
    weights = None
    if pattern is not None:
        weights = []
        for element in elements:
            weights.append(pattern.find(database, element))
    if b"ALPHA" in options:
        return by_text(elements, weights, backwards, b"STORE" not in options, first, past)
    try:
        return by_number(elements, weights, backwards, first, past)
    except ValueError:
        raise CommandError(errors.SORT_SCORES) from None


def fetched(database, elements, texts):
    """What GET patterns find for each element, one after the other; without any, the elements."""
    if not texts:
        return elements
    patterns = [Pattern(text) for text in texts]
    found = []
    for element in elements:
        for pattern in patterns:
            found.append(pattern.find(database, element))
    return found


class Pattern:
    """Where the value is that goes with an element: a string, or a field of a hash."""

    def __init__(self, text):
        self.is_element = text == ELEMENT
        self.before, star, rest = text.partition(b"*")
        self.leads_nowhere = not star
        self.after, _, self.field = rest.partition(b"->")
        if not self.field:
            self.after = rest

    def find(self, database, element):
        """The value for an element, as bytes; None if there is none, or none of the right type."""
        if self.is_element:
            return element
        if self.leads_nowhere:
            return None
        key = self.before + element + self.after
        value = database.read_value(key)
        if value is None:
            return None
        datatype = datatype_of(value)
        if self.field:
            fields = database.elements.without_due(key, value) if datatype is HASH else None
            return None if fields is None else fields.get(self.field)
        if datatype is not STRING:
            return None
        return value if type(value) is bytes else value.text()
