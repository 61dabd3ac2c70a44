"""The exception that is an error reply, and how its text is put together.

The texts themselves are in `errors`, which prepares those that do not vary.
"""

PREPARED = {}  # {text: what prepare() makes of it}


class CommandError(Exception):
    """An error reply. `text` is the whole line, its code included and free of CR and LF.

    A text that does not open with a code (a first word in capitals) gets "ERR". line: the reply
    as the wire has it, bytes. is_counted: errorstats have it, since a script has met it before.
    """

    is_counted = False

    def __init__(self, text):
        parts = PREPARED.get(text)
        if parts is None:
            parts = prepare(text)
            self.args = parts[:1]
        self.text, self.code, self.line = parts


def prepare(text):
    """(text, code, line) of a CommandError."""
    text = text.rstrip("\r\n").replace("\r", " ").replace("\n", " ")
    code = text.partition(" ")[0]
    if not (code.isascii() and code.isupper()):
        code = "ERR"
        text = "ERR " + text
    return text, code, b"-" + text.encode("utf-8", "surrogateescape") + b"\r\n"


class ScriptError(CommandError):
    """An error of a script. `text` (bytes) is kept as it is: its code may be any word.

    is_counted: errorstats have it already, since it came from a command.
    """

    def __init__(self, text, is_counted=False):
        text = text.partition(b"\0")[0].replace(b"\r", b" ").replace(b"\n", b" ")
        self.line = b"-" + text + b"\r\n"
        self.text = text.decode("utf-8", "surrogateescape")
        self.code = self.text.partition(" ")[0]
        self.args = (self.text,)
        self.is_counted = is_counted


class ProtocolError(CommandError):
    """Bytes that are no request. Its text is the last reply, then the connection is closed."""


class SecurityAttack(ProtocolError):
    """A web browser talks to us: POST or Host: as a command. Close without a reply, log `text`."""

    def __init__(self):
        super().__init__(
            "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: "
            "commands to Redis. This is likely due to an attacker attempting to use Cross Protocol "
            "Scripting to compromise your Redis instance. Connection aborted."
        )
        self.text = self.text.removeprefix("ERR ")


def shown(value):
    """A str of what a client sent (bytes, str or int), up to its first NUL byte.

    Bytes that are no UTF-8 become surrogates, which `replies` turns back into the same bytes.
    """
    if isinstance(value, bytes):
        return value.partition(b"\0")[0].decode("utf-8", "surrogateescape")
    return str(value)


def template(text):
    """A function that takes the fields of `text` in order, and returns it filled in."""
    fields = [part.partition("}")[0].partition(":")[0] for part in text.split("{")[1:]]

    def fill(*values):
        return text.format(**dict(zip(fields, map(shown, values), strict=True)))

    return fill
