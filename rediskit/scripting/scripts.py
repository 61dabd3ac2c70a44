"""The scripts that a server knows, by the SHA-1 of their text, and how one is run.

The interpreter is made when the first script comes. A text that came with EVAL is forgotten again
when many others came after it; one that came with SCRIPT LOAD stays until SCRIPT FLUSH.
"""

import hashlib

from rediskit import errors
from rediskit.clients.kinds import PROGRAM
from rediskit.errors import CommandError, ScriptError
from rediskit.grammar.arguments import integer
from rediskit.protocol.decoding import decode
from rediskit.scripting.lua import why_not
from rediskit.scripting.shebang import command_flags, script_flags
from rediskit.scripting.state import ScriptReply, State
from rediskit.structures.memory import account

MOST_EVALUATED = 500  # scripts of EVAL that are kept
OVERHEAD_BYTES = 400  # that a script takes beside its text
SHA_SIZE = 40
FIRST_KEY = 3  # position of the first key in a request
_PROGRAM = PROGRAM


class Script:
    """A script that was compiled. name: its SHA-1 in hexadecimal digits, bytes."""

    killer = "SCRIPT KILL"

    def __init__(self, name, body, flags, function):
        self.name = name
        self.body = body
        self.flags = flags
        self.function = function
        self.is_loaded = False


class Scripts:
    """The scripts of one server. evicted: how many were forgotten since others came."""

    def __init__(self, runner, config):
        self.runner = runner
        self.config = config
        self.state = None
        self.by_name = {}
        self.by_body = {}
        self.evaluated = {}
        self.evicted = 0
        self.held_bytes = 0
        config.on_change("busy-reply-threshold", self._follow_limits)
        config.on_change("lua-memory-limit", self._follow_limits)

    def _follow_limits(self, _):
        if self.state is not None:
            self.state.limit_ms = self.config["busy-reply-threshold"]
            self.state.limit_bytes = self.config["lua-memory-limit"]

    @property
    def interpreter_bytes(self):
        """What the interpreter holds."""
        return 0 if self.state is None else self.state.bytes

    # What is known

    def __len__(self):
        return len(self.by_name)

    def __contains__(self, name):
        return name.lower() in self.by_name

    def load(self, body):
        """Keeps a script until flush(); its name. Raises CommandError."""
        script = self.by_body.get(body) or self._add(body)
        script.is_loaded = True
        self.evaluated.pop(script.name, None)
        return script.name

    def flush(self):
        """Forgets all scripts, and the interpreter with all it holds."""
        self.by_name.clear()
        self.by_body.clear()
        self.evaluated.clear()
        self.state = None
        account(-self.held_bytes)
        self.held_bytes = 0

    def request_flags(self, flags, body, name):
        """The flags of a request that runs a script, in place of those of its command.

        The script is told by its text or its name. One that cannot be run changes nothing.
        """
        script = self.by_body.get(body) if name is None else self.by_name.get(name.lower())
        if script is not None:
            return command_flags(flags, script.flags)
        try:
            return flags if body is None else command_flags(flags, script_flags(body)[0])
        except CommandError:
            return flags

    def _add(self, body):
        flags, start = script_flags(body)
        name = hashlib.sha1(body, usedforsecurity=False).hexdigest().encode()
        if self.state is None:
            self.state = self._interpreter()
        try:
            function = self.state.compile(body[start:], b"@user_script")
        except ScriptError as error:
            raise CommandError(errors.script_compile(error.text)) from None
        script = Script(name, body, flags, function)
        self.by_name[name] = self.by_body[body] = script
        size = len(body) + OVERHEAD_BYTES
        self.held_bytes += size
        account(size)
        return script

    def _interpreter(self):
        reason = why_not()
        if reason is not None:
            raise CommandError(errors.no_scripts(reason))
        state = State(self.runner, True, self.config["lua-memory-limit"])
        state.limit_ms = self.config["busy-reply-threshold"]
        return state

    def _forget(self, script):
        del self.by_name[script.name]
        del self.by_body[script.body]
        self.state.drop(script.function)
        size = len(script.body) + OVERHEAD_BYTES
        self.held_bytes -= size
        account(-size)

    def _note(self, script):
        """A script was run by EVAL: of those, the one that was longest ago goes first."""
        evaluated = self.evaluated
        evaluated.pop(script.name, None)
        evaluated[script.name] = script
        if len(evaluated) > MOST_EVALUATED:
            oldest = next(iter(evaluated))
            self._forget(evaluated.pop(oldest))
            self.evicted += 1

    # Running

    def evaluate(self, client, words, is_read_only):
        """Runs the script that a request of EVAL brings. Raises CommandError."""
        keys = key_count(words)
        script = self.by_body.get(words[1])
        if script is None:
            script = self._add(words[1])
        if not script.is_loaded:
            self._note(script)
        return self.run(client, script, words, keys, is_read_only)

    def evaluate_known(self, client, words, is_read_only):
        """Runs the script whose name a request of EVALSHA brings. Raises CommandError."""
        script = self.by_name.get(words[1])
        if script is None:
            script = self._known(words[1])
        keys = key_count(words)
        if not script.is_loaded:
            self._note(script)
        return self.run(client, script, words, keys, is_read_only)

    def _known(self, name):
        script = self.by_name.get(name.lower()) if len(name) == SHA_SIZE else None
        if script is None:
            raise CommandError(errors.NO_SCRIPT)
        return script

    def run(self, client, script, words, keys, is_read_only):
        """Runs a script with the keys and arguments of a request; its value."""
        runner = self.runner
        state = self.state
        runner.begin(client, script, script.flags, is_read_only)
        try:
            protocol = client.protocol
            if client.kind == _PROGRAM:
                protocol = 3
            value = state.run(script.function, words, FIRST_KEY, keys, protocol, script.name)
        finally:
            runner.end()
        if client.kind == _PROGRAM and type(value) is ScriptReply:
            return decode(value.encoded)
        return value


def key_count(words):
    """How many keys a request has, by its third word. Raises CommandError."""
    text = words[2]
    if text == b"1":
        count = 1
    elif text == b"0":
        return 0
    else:
        count = integer(text)
    if count > len(words) - FIRST_KEY:
        raise CommandError(errors.TOO_MANY_KEYS)
    if count < 0:
        raise CommandError(errors.NEGATIVE_NUMBER_OF_KEYS)
    return count
