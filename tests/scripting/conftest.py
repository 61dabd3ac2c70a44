"""What the tests of scripts share: an interpreter whose host is a dictionary."""

import pytest

from rediskit.errors import CommandError
from rediskit.protocol.replies import OK
from rediskit.scripting.host import Host
from rediskit.scripting.lua import why_not
from rediskit.scripting.state import ScriptReply, State

MEGABYTE = 1 << 20
NAME = b"@user_script"


class Values(Host):
    """A host that answers from a table of values by the name of the command.

    values: {name: value, or an exception to raise}. calls: the requests that came. stops: what
    is_to_stop() says. written: lines of the log.
    """

    def __init__(self):
        self.values = {b"get": b"value", b"set": OK, b"nothing": None}
        self.calls = []
        self.stops = True
        self.written = []
        self.registered = []

    def call(self, words):
        """Answers from `values`."""
        self.has_counted = True
        self.calls.append(words)
        value = self.values[words[0]]
        if isinstance(value, BaseException):
            raise value
        return value

    def permits(self, words):
        """All but FLUSHALL."""
        return words[0] != b"flushall"

    def log(self, level, message):
        """Keeps a line."""
        self.written.append((level, message))

    def replicate(self, targets):
        """Keeps what was asked for."""
        self.calls.append([b"replicate", targets])

    def is_to_stop(self):
        """As `stops` says."""
        return self.stops

    def register(self, name, function, flags, description):
        """Keeps a function."""
        self.registered.append((name, function, flags, description))


class Interpreter:
    """A State that runs texts."""

    def __init__(self, is_eval=True, limit_bytes=64 * MEGABYTE):
        self.host = Values()
        self.state = State(self.host, is_eval, limit_bytes)
        self.state.limit_ms = 50

    def run(self, text, *words, keys=0, protocol=2):
        """The value of a script; bytes of a reply where it has many parts. Raises CommandError."""
        code = text if isinstance(text, bytes) else text.encode()
        function = self.state.compile(code, NAME)
        try:
            value = self.state.run(function, list(words), 0, keys, protocol, b"name")
        finally:
            self.state.drop(function)
        return value.encoded if type(value) is ScriptReply else value

    def error(self, text, *words):
        """The text of the error that a script ends in."""
        with pytest.raises(CommandError) as caught:
            self.run(text, *words)
        return caught.value.text


@pytest.fixture
def lua():
    """An Interpreter for scripts."""
    if why_not() is not None:
        pytest.skip(why_not())
    return Interpreter()


@pytest.fixture
def library():
    """An Interpreter for libraries of functions."""
    if why_not() is not None:
        pytest.skip(why_not())
    return Interpreter(is_eval=False)
