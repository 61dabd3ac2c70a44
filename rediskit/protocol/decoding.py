"""A reply's bytes in RESP3 -> the value that `replies` would encode to them.

Programs that embed the server get the values of scripts this way: a script's value is made into
bytes at once, since it does not outlive the script.
"""

from rediskit.errors import ScriptError
from rediskit.protocol.replies import BigNumber, Status, Verbatim


def decode(reply):
    """The value of one whole reply: bytes, int, None, Status, list, dict, set, float, bool ..."""
    return _value(reply, 0)[0]


def _value(reply, at):
    """(the value that begins at a position, the position behind it)."""
    end = reply.index(b"\r\n", at)
    mark, line, at = reply[at : at + 1], reply[at + 1 : end], end + 2
    if mark in _LINES:
        return _LINES[mark](line), at
    size = int(line)
    if mark == b"$" or mark == b"=":
        if size < 0:
            return None, at
        text = reply[at : at + size]
        return (text if mark == b"$" else Verbatim(text[4:], text[:3])), at + size + 2
    values = []
    for _ in range(2 * size if mark == b"%" else size):
        value, at = _value(reply, at)
        values.append(value)
    return _AGGREGATES[mark](values), at


def _map(values):
    """A dict, or a list of pairs where a key is none for a dict."""
    pairs = list(zip(values[::2], values[1::2], strict=True))
    try:
        return dict(pairs)
    except TypeError:
        return [list(pair) for pair in pairs]


def _set(values):
    try:
        return set(values)
    except TypeError:
        return values


_LINES = {
    b"+": Status,
    b"-": ScriptError,
    b":": int,
    b"_": lambda line: None,
    b"#": lambda line: line == b"t",
    b",": float,
    b"(": lambda line: BigNumber(int(line)),
}
_AGGREGATES = {b"*": list, b"%": _map, b"~": _set}
