"""The bitmap commands: strings seen as rows of bits, bit 0 being the highest of the first byte."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.datatypes.string import INLINE_LIMIT, String, content_of
from rediskit.errors import CommandError
from rediskit.grammar.arguments import index_range, integer
from rediskit.grammar.command import DENYOOM, FAST, READ, WRITE, command
from rediskit.grammar.key_specs import bitfield_keys
from rediskit.keyspace.database import KEEP_DEADLINE, NO_DEADLINE
from rediskit.keyspace.strings import store_edited
from rediskit.structures.bits import (
    AND,
    OR,
    XOR,
    combine,
    count_ones,
    entry_bit,
    find_bit,
    get_bit,
    invert,
    read_offset,
    set_bit,
    set_entry_bit,
)
from rediskit.structures.buffer import Buffer
from rediskit.structures.fields import (
    FAIL,
    GET,
    INCREMENT,
    SATURATE,
    SET,
    WRAP,
    Operation,
    run_all,
    run_in_entry,
)

COMBINATIONS = {b"AND": AND, b"OR": OR, b"XOR": XOR}
ALWAYS_ALLOWED = 8 << 20  # bit offsets below are within the least proto-max-bulk-len

# BITFIELD's words in capitals and in small letters; other spellings are looked up in capitals.
ACTIONS = {b"GET": GET, b"SET": SET, b"INCRBY": INCREMENT}
ACTIONS.update({name.lower(): action for name, action in ACTIONS.items()})
OVERFLOWS = {b"WRAP": WRAP, b"SAT": SATURATE, b"FAIL": FAIL}
ENCODINGS = {b"u%d" % width: (False, width) for width in range(1, 64)}
ENCODINGS.update({b"i%d" % width: (True, width) for width in range(1, 65)})


# Single bits


@command(
    "SETBIT key offset value",
    WRITE,
    DENYOOM,
    since="2.2.0",
    types="value=integer",
    keys="RW ACCESS UPDATE",
    complexity="O(1), or O(N) where the string grows by N bytes",
)
def setbit(client: Client, key: bytes, offset: bytes, value: bytes):
    """Sets one bit of a string to 0 or 1, and returns what it was; zeros fill any gap."""
    position = bit_offset(client, offset)
    if value == b"1":
        return change_bit(client, key, position, True)
    if value == b"0":
        return change_bit(client, key, position, False)
    raise CommandError(errors.BIT_VALUE)


def change_bit(client, key, position, bit):
    """Sets a bit and returns what it was."""
    database = client.database
    old = set_entry_bit(database.table, key, position, bit, database.clock.now_ms)
    if old < 0:
        text = database.edit_text(key)
        if type(text) is String and position >> 3 < len(text):
            old = set_bit(text.edit(), position, bit)
            if old != bit:
                database.changed(key, "setbit")
            return old
        bits = Bits(database, key, (position >> 3) + 1)
        old = set_bit(bits.buffer, position, bit)
        bits.save()
        if bits.grew:
            database.changed(key, "setbit")
            return old
    if old != bit:
        database.changed(key, "setbit")
    return old


@command("GETBIT key offset", READ, FAST, since="2.2.0", complexity="O(1)")
def getbit(client: Client, key: bytes, offset: bytes):
    """Returns one bit of a string; behind the end all bits are 0."""
    return bit_at(client, key, bit_offset(client, offset))


def bit_at(client, key, position):
    """The bit at an offset of the string at a key."""
    database = client.database
    bit = entry_bit(database.table, key, position, database.clock.now_ms)
    if bit >= 0:
        database.keyspace.hits += 1
        return bit
    text = database.read_text(key)
    return 0 if text is None else get_bit(content_of(text), position)


def bit_offset(client, text):
    """The bit offset that an argument says. Raises CommandError."""
    position = read_offset(text)
    if position < 0 or (position >= ALWAYS_ALLOWED and not is_allowed(client, position)):
        raise CommandError(errors.BIT_OFFSET)
    return position


def is_allowed(client: Client, position: int):
    """Whether a string may be so long that it has this bit."""
    return position >> 3 < client.server.config["proto-max-bulk-len"]


class Bits:
    """The string at a key, made at least `size` bytes long, to be changed in `buffer`.

    A long string is changed where it is; a short one in a copy, which `save` puts in its place.
    grew: whether it was shorter before. Raises CommandError WRONGTYPE.
    """

    def __init__(self, database, key, size):
        text = database.edit_text(key)
        self.database = database
        self.key = key
        self.deadline = NO_DEADLINE if text is None else KEEP_DEADLINE
        self.grew = text is None or len(text) < size
        self.is_short = type(text) is not String and size <= INLINE_LIMIT
        if self.is_short:
            self.buffer = Buffer(text or b"")
        elif type(text) is String:
            self.buffer = text.edit()
        else:
            string = String(text or b"")
            self.buffer = string.edit()
        self.buffer.extend_to(size)
        if not self.is_short and type(text) is not String:
            database.noted(key, database.table.set(key, string, self.deadline))

    def save(self):
        """Puts a changed copy in the place of a short string."""
        if self.is_short:
            store_edited(self.database, self.key, bytes(self.buffer), self.deadline)


# Counting and searching


@command(
    "BITCOUNT key [start [end [BYTE | BIT]]]",
    READ,
    since="2.6.0",
    complexity="O(N) for N bytes",
    history=[("8.0.0", "Made the `end` argument optional, as Valkey did.")],
)
def bitcount(client: Client, key: bytes, *bounds):
    """Tells how many bits are 1 in a string, or in a part of it."""
    if len(bounds) > 3:
        raise CommandError(errors.SYNTAX_ERROR)
    start = integer(bounds[0]) if bounds else None
    end = integer(bounds[1]) if len(bounds) > 1 else -1
    unit = bits_of_unit(bounds[2]) if len(bounds) == 3 else 8
    text = client.database.read_text(key)
    if text is None:
        return 0
    content = content_of(text)
    if start is None:
        return count_ones(content, 0, 8 * len(content))
    if start < 0 and end < 0 and start > end:
        return 0
    first, past = bit_range(start, end, len(content), unit)
    return count_ones(content, first, past)


@command(
    "BITPOS key bit [start [end [BYTE | BIT]]]", READ, since="2.8.7", complexity="O(N) for N bytes"
)
def bitpos(client: Client, key: bytes, bit: bytes, *bounds):
    """Tells where in a string, or in a part of it, the first 0 or the first 1 is."""
    wanted = integer(bit)
    if wanted != 0 and wanted != 1:
        raise CommandError(errors.BITPOS_BIT)
    if len(bounds) > 3:
        raise CommandError(errors.SYNTAX_ERROR)
    start = integer(bounds[0]) if bounds else 0
    unit = bits_of_unit(bounds[2]) if len(bounds) == 3 else 8
    end = integer(bounds[1]) if len(bounds) > 1 else -1
    text = client.database.read_text(key)
    if text is None:
        return -1 if wanted else 0
    content = content_of(text)
    first, past = bit_range(start, end, len(content), unit)
    found = find_bit(content, wanted, first, past)
    if found < 0 and not wanted and first < past and len(bounds) < 2:
        return past  # without an end the string goes on with zeros
    return found


def bits_of_unit(word: bytes):
    """How many bits the unit that BYTE or BIT names has. Raises CommandError."""
    unit = word.upper()
    if unit == b"BIT":
        return 1
    if unit == b"BYTE":
        return 8
    raise CommandError(errors.SYNTAX_ERROR)


def bit_range(start: int, end: int, size: int, unit: int):
    """(first, past), in bits, of a range over `size` bytes that is given in units.

    Unlike in other ranges, an end that lies before the start is the start.
    """
    total = size * 8 // unit
    first, past = index_range(start, max(end, -total) if end < 0 else end, total)
    return first * unit, past * unit


@command(
    "BITOP <AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey key [key ...]",
    WRITE,
    DENYOOM,
    since="2.6.0",
    complexity="O(N) for N bytes in all strings",
    history=[("8.2.0", "Added the `DIFF`, `DIFF1`, `ANDOR` and `ONE` operations.")],
)
def bitop(client: Client, operation: bytes, destination: bytes, *keys):
    """Combines strings bit by bit with AND, OR, XOR and others, and stores what comes out."""
    operation = operation.upper()
    if operation == b"NOT":
        if len(keys) != 1:
            raise CommandError(errors.BITOP_NOT)
    elif operation in COMPARISONS:
        if len(keys) < 2 and operation != b"ONE":
            raise CommandError(errors.bitop_two_keys(operation))
    elif operation not in COMBINATIONS:
        raise CommandError(errors.SYNTAX_ERROR)
    database = client.database
    texts = [content_of(database.read_text(key) or b"") for key in keys]
    if operation in COMBINATIONS:
        result = combine(COMBINATIONS[operation], texts)
    elif operation in COMPARISONS:
        result = COMPARISONS[operation](texts)
    else:
        result = invert(texts[0])
    database.expire_if_due(destination)
    if result:
        database.overwritten(destination, result)
        store_edited(database, destination, result, NO_DEADLINE)
        database.changed(destination, "set")
    elif database.delete(destination):
        database.changed(destination, "del")
    return len(result)


def only_first(texts: list):
    """The bits that the first text has and no other."""
    return combine(XOR, [texts[0], shared(texts)])


def only_others(texts: list):
    """The bits that some text has, but not the first."""
    return combine(XOR, [combine(OR, texts[1:]), shared(texts)])


def shared(texts: list):
    """The bits that the first text and some other have."""
    return combine(AND, [texts[0], combine(OR, texts[1:])])


def in_one(texts: list):
    """The bits that exactly one text has."""
    seen = repeated = b""
    for text in texts:
        repeated = combine(OR, [repeated, combine(AND, [seen, text])])
        seen = combine(OR, [seen, text])
    return combine(XOR, [seen, repeated])


COMPARISONS = {b"DIFF": only_first, b"DIFF1": only_others, b"ANDOR": shared, b"ONE": in_one}


# Fields of numbers


@command(
    "BITFIELD key [<GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>]"
    " <SET encoding offset value | INCRBY encoding offset increment>> ...]",
    WRITE,
    DENYOOM,
    since="3.2.0",
    types="value=integer",
    find_keys=bitfield_keys,
    keys="RW ACCESS UPDATE VARIABLE_FLAGS",
    complexity="O(N) for N operations",
)
def bitfield(client: Client, key: bytes, *words):
    """Reads, sets and increments integers of up to 64 bits, anywhere in a string."""
    operations = read_operations(client, words)
    size = written_size(operations)
    if size:
        return change_fields(client, key, operations, size)
    return read_fields(client, key, operations)


@command(
    "BITFIELD_RO key [GET encoding offset [GET encoding offset ...]]",
    READ,
    FAST,
    since="6.0.0",
    complexity="O(N) for N operations",
)
def bitfield_ro(client: Client, key: bytes, *words):
    """Reads integers of up to 64 bits, anywhere in a string."""
    operations = read_operations(client, words)
    if written_size(operations):
        raise CommandError(errors.BITFIELD_READ_ONLY)
    return read_fields(client, key, operations)


def read_operations(client, words):
    """The list of BITFIELD's operations. Raises CommandError."""
    operations = []
    overflow = WRAP
    position = 0
    count = len(words)
    while position < count:
        word = words[position]
        left = count - position - 1
        action = ACTIONS.get(word)
        if action is None:
            word = word.upper()
            if word == b"OVERFLOW" and left >= 1:
                overflow = OVERFLOWS.get(words[position + 1].upper())
                if overflow is None:
                    raise CommandError(errors.BITFIELD_OVERFLOW)
                position += 2
                continue
            action = ACTIONS.get(word)
        if action is None or left < (2 if action == GET else 3):
            raise CommandError(errors.SYNTAX_ERROR)
        encoding = ENCODINGS.get(words[position + 1])
        if encoding is None:
            raise CommandError(errors.BITFIELD_TYPE)
        is_signed, width = encoding
        offset = field_offset(client, words[position + 2], width)
        value = 0 if action == GET else integer(words[position + 3])
        operations.append(Operation(action, overflow, is_signed, width, offset, value))
        position += 3 if action == GET else 4
    return operations


def field_offset(client, text, width):
    """The bit offset of a field; behind a "#" it counts fields. Raises CommandError."""
    if not text.startswith(b"#"):
        return bit_offset(client, text)
    position = integer(text[1:], errors.BIT_OFFSET) * width
    if position < 0 or not is_allowed(client, position):
        raise CommandError(errors.BIT_OFFSET)
    return position


def written_size(operations):
    """How many bytes hold all fields that are not only read; 0 if there are none."""
    size = 0
    for operation in operations:
        if operation.action != GET:
            size = max(size, operation.end)
    return size


def read_fields(client, key, operations):
    """What operations that are all GET reply."""
    database = client.database
    outcome = run_in_entry(database.table, key, operations, 0, database.clock.now_ms)
    if outcome is None:
        outcome = run_all(operations, content_of(database.read_text(key) or b""))
    else:
        database.keyspace.hits += 1
    return outcome[0]


def change_fields(client, key, operations, size):
    """Runs operations on a string that gets at least `size` bytes, and returns their replies."""
    database = client.database
    outcome = run_in_entry(database.table, key, operations, size, database.clock.now_ms)
    has_grown = False
    if outcome is None:
        bits = Bits(database, key, size)
        outcome = run_all(operations, bits.buffer)
        bits.save()
        has_grown = bits.grew
    replies, changes = outcome
    if has_grown:
        changes = count_written(operations, replies)
    if changes:
        database.changed(key, "setbit", changes)
    return replies


def count_written(operations, replies):
    """How many fields were written, perhaps with what they had."""
    written = 0
    for operation, reply in zip(operations, replies, strict=True):
        written += operation.action != GET and reply is not None
    return written
