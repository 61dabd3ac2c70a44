"""Values of commands -> bytes of replies, in RESP2 or RESP3: one table from Python type to wire.

    value               RESP3            RESP2
    bytes, str          $3 bulk          $3 bulk            (str in UTF-8)
    int                 :1               :1
    None                _                $-1
    Status              +OK              +OK
    list, tuple         *2               *2
    CommandError        -ERR ...         -ERR ...
    float               ,0.1             $3 bulk
    bool                #t               :1
    dict                %1               *2 flat
    set, frozenset      ~2               *2
    Push                >2               *2
    Verbatim            =7 txt:...       $3 bulk
    BigNumber           (123             $3 bulk
    NULL_ARRAY          _                *-1
    has encode_into     whatever its encode_into(out, protocol) writes, a view of a structure
    has begin           the same, but may be made as it is read: see streaming.py

Source: the Redis serialization protocol specification, and the replies of Redis where that
is silent.
"""

from rediskit.errors import CommandError
from rediskit.protocol.numbers import format_float
from rediskit.structures.buffer import Buffer

ARRAY, INTEGER, MAP, SET, PUSH, VERBATIM = b"*:%~>="
NOTHING = b"_\r\n"
NULL_BULK = b"$-1\r\n"
TRUE = b"#t\r\n"
FALSE = b"#f\r\n"


def one_line(text):
    """`text` with what would end a line early made blank."""
    return text.replace(b"\r", b" ").replace(b"\n", b" ")


class Status:
    """A simple string, such as OK."""

    def __init__(self, text):
        self.text = text
        self.line = b"+" + one_line(text) + b"\r\n"

    def __eq__(self, other):
        return isinstance(other, Status) and self.text == other.text

    def __hash__(self):
        return hash(self.text)

    def __repr__(self):
        return f"Status({self.text!r})"


class Push:
    """What a client gets unasked: a message, an invalidation. A list in RESP2."""

    def __init__(self, values):
        self.values = values


class Pushes(list):
    """Several Push, one after the other: the reply of a command that subscribes."""

    def encode_into(self, out, protocol):
        """Appends them."""
        for push in self:
            encode(out, push, protocol)


class Verbatim:
    """A text for people. `format` is its three letter kind: b"txt" or b"mkd"."""

    def __init__(self, text, format=b"txt"):
        self.text = text
        self.format = format


class BigNumber:
    """An integer of any size, given as int."""

    def __init__(self, number):
        self.number = number


class NullArray:
    """The array that is not there. There is one, NULL_ARRAY."""

    def __repr__(self):
        return "NULL_ARRAY"


class Unordered(list):
    """A list that RESP3 shows as a set: its elements may be what Python's own set does not take."""

    def encode_into(self, out, protocol):
        """Appends the reply to a Buffer."""
        open_set(out, len(self), protocol)
        for element in self:
            encode(out, element, protocol)


class Silence:
    """No reply at all. There is one, SILENCE."""

    def encode_into(self, out, protocol):
        """Writes nothing."""


OK = Status(b"OK")
PONG = Status(b"PONG")
QUEUED = Status(b"QUEUED")
RESET = Status(b"RESET")
NULL_ARRAY = NullArray()
SILENCE = Silence()

# Draws from a container may be more than fit into memory: so many are copied at most.
MOST_COPIED = 1 << 20


def encode(out, value, protocol):
    """Appends `value`, a command's result, to `out` as protocol 2 or 3 spells it. TypeError."""
    kind = type(value)
    if kind is bytes:
        out.append_block(value)
    elif kind is Status:
        status = value
        out.append(status.line)
    elif kind is int:
        out.append_line(INTEGER, value)
    elif value is None:
        out.append(NOTHING if protocol > 2 else NULL_BULK)
    elif kind is list:
        encode_list(out, value, protocol)
    else:
        encode_rare(out, value, protocol)


def begin(out, value, protocol):
    """As encode(); but of what is made as it is read, only the beginning, if that is not all.

    Then it returns the value, a source whose encode_more() gives the rest; else None.
    """
    kind = type(value)
    if kind is bytes:
        out.append_block(value)
    elif kind is Status or kind is int or kind is list or value is None:
        encode(out, value, protocol)
    elif not hasattr(value, "begin"):
        encode_rare(out, value, protocol)
    elif value.begin(out, protocol):
        return value
    return None


def encode_list(out, values, protocol):
    """Appends an array."""
    out.append_line(ARRAY, len(values))
    for value in values:
        if type(value) is bytes:
            out.append_block(value)
        else:
            encode(out, value, protocol)


def encode_rare(out, value, protocol):
    """Appends a value of one of the less frequent types."""
    encoder = ENCODERS.get(type(value))
    if encoder is not None:
        encoder(out, value, protocol)
    elif hasattr(value, "encode_into"):
        value.encode_into(out, protocol)
    else:
        for kind, encoder in ENCODERS.items():
            if isinstance(value, kind):
                encoder(out, value, protocol)
                return
        raise TypeError(f"no reply is made of {type(value).__name__}")


def materialised(value):
    """A value that does not change with the structure that it may be a view of.

    Views become a list, set, dict or bytes; so do their like within lists. Only more than
    MOST_COPIED elements drawn at random stay a view.
    """
    if isinstance(value, list | tuple):
        return [materialised(part) for part in value]
    if type(value) is Push:
        return value.values
    if not hasattr(value, "encode_into"):
        return value
    if hasattr(value, "items"):
        return dict(value.items())
    if hasattr(value, "__bytes__"):
        return bytes(value)
    if not hasattr(value, "__iter__") or getattr(value, "count", 0) > MOST_COPIED:
        return value
    return set(value) if getattr(value, "is_set", False) else list(value)


def open_array(out, count):
    """Opens an array of `count` values, which the caller then encodes."""
    out.append_line(ARRAY, count)


def open_map(out, pairs, protocol):
    """Opens a map; the caller then encodes a key and a value for each of `pairs`."""
    if protocol > 2:
        out.append_line(MAP, pairs)
    else:
        out.append_line(ARRAY, pairs * 2)


def open_set(out, count, protocol):
    """Opens a set of `count` members, which the caller then encodes."""
    out.append_line(SET if protocol > 2 else ARRAY, count)


def open_push(out, count, protocol):
    """Opens a push of `count` values, which the caller then encodes."""
    out.append_line(PUSH if protocol > 2 else ARRAY, count)


def push_of(values, protocol):
    """A push of some values as bytes, for sending it to many."""
    out = Buffer()
    open_push(out, len(values), protocol)
    for value in values:
        encode(out, value, protocol)
    return out.slice(0, out.length)


def _encode_error(out, value, protocol):
    out.append(value.line)


def _encode_float(out, value, protocol):
    text = format_float(value)
    if protocol > 2:
        out.append(b"," + text + b"\r\n")
    else:
        out.append_block(text)


def _encode_bool(out, value, protocol):
    if protocol > 2:
        out.append(TRUE if value else FALSE)
    else:
        out.append_line(INTEGER, 1 if value else 0)


def _encode_map(out, value, protocol):
    open_map(out, len(value), protocol)
    for field, content in value.items():
        encode(out, field, protocol)
        encode(out, content, protocol)


def _encode_set(out, value, protocol):
    open_set(out, len(value), protocol)
    for member in value:
        encode(out, member, protocol)


def _encode_push(out, value, protocol):
    open_push(out, len(value.values), protocol)
    for part in value.values:
        encode(out, part, protocol)


def _encode_sequence(out, value, protocol):
    encode_list(out, list(value), protocol)


def _encode_text(out, value, protocol):
    out.append_block(value.encode("utf-8", "surrogateescape"))


def _encode_whole(out, value, protocol):
    out.append_line(INTEGER, int(value))


def _encode_buffer(out, value, protocol):
    out.append_block(bytes(value))


def _encode_verbatim(out, value, protocol):
    if protocol > 2:
        out.append_line(VERBATIM, len(value.text) + 4)
        out.append(value.format + b":" + value.text + b"\r\n")
    else:
        out.append_block(value.text)


def _encode_big_number(out, value, protocol):
    text = str(value.number).encode("ascii")
    if protocol > 2:
        out.append(b"(" + text + b"\r\n")
    else:
        out.append_block(text)


def _encode_null_array(out, value, protocol):
    out.append(NOTHING if protocol > 2 else b"*-1\r\n")


# Subclasses, such as IntEnum's, take the first entry that fits.
ENCODERS = {
    tuple: _encode_sequence,
    CommandError: _encode_error,
    float: _encode_float,
    bool: _encode_bool,
    dict: _encode_map,
    set: _encode_set,
    frozenset: _encode_set,
    str: _encode_text,
    Push: _encode_push,
    Verbatim: _encode_verbatim,
    BigNumber: _encode_big_number,
    NullArray: _encode_null_array,
    Buffer: _encode_buffer,
    bytearray: _encode_buffer,
    memoryview: _encode_buffer,
    int: _encode_whole,
    list: _encode_sequence,
    bytes: _encode_buffer,
    Status: lambda out, value, protocol: out.append(value.line),
}
