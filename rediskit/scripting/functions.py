"""Libraries of functions: code that is kept with the data, and run by name.

A library is loaded as a whole or not at all. Libraries have an interpreter of their own, where KEYS
and ARGV are no globals but what a function is called with.

    payload of DUMP    245 code, 245 code ..., version, checksum: what a snapshot has of libraries
"""

from rediskit import errors
from rediskit.clients.kinds import PROGRAM
from rediskit.errors import CommandError, ScriptError
from rediskit.protocol.decoding import decode
from rediskit.protocol.replies import Status
from rediskit.rdb.libraries import dump_libraries, read_libraries
from rediskit.scripting.lua import why_not
from rediskit.scripting.scripts import FIRST_KEY
from rediskit.scripting.shebang import check_name, command_flags, flag_names, library_name
from rediskit.scripting.state import ScriptReply, State
from rediskit.structures.memory import account

LOAD_LIMIT_MS = 500
OVERHEAD_BYTES = 400  # that a library takes beside its code, and a function
FLUSH, APPEND, REPLACE = b"FLUSH", b"APPEND", b"REPLACE"


class Function:
    """A function of a library. function: the number by which the interpreter knows it."""

    killer = "FUNCTION KILL"

    def __init__(self, name, function, flags, description):
        self.name = name
        self.function = function
        self.flags = flags
        self.description = description

    @property
    def flag_names(self):
        """The names of its flags, a list of Status."""
        return [Status(name) for name in flag_names(self.flags)]


class Library:
    """Code and the functions that it registered, {name: Function}."""

    def __init__(self, name, code):
        self.name = name
        self.code = code
        self.functions = {}

    def add(self, name, function, flags, description):
        """Takes a function, for redis.register_function. Raises CommandError."""
        check_name(name)
        if name in self.functions:
            raise CommandError(errors.FUNCTION_TWICE)
        self.functions[name] = Function(name, function, flags, description)

    @property
    def held_bytes(self):
        """What it takes, about."""
        return len(self.code) + OVERHEAD_BYTES * (1 + len(self.functions))


class Functions:
    """The libraries of one server.

    libraries: by their names. functions: by theirs in lower case, those of all libraries.
    """

    def __init__(self, runner, config):
        self.runner = runner
        self.config = config
        self.clear()
        config.on_change("busy-reply-threshold", self._follow_limits)
        config.on_change("lua-memory-limit", self._follow_limits)

    def clear(self):
        """Begins without libraries; what was there is neither deleted nor counted."""
        self.state = None
        self.libraries = {}
        self.functions = {}
        self.held_bytes = 0

    def _follow_limits(self, _):
        if self.state is not None:
            self.state.limit_ms = self.config["busy-reply-threshold"]
            self.state.limit_bytes = self.config["lua-memory-limit"]

    @property
    def interpreter_bytes(self):
        """What the interpreter holds."""
        return 0 if self.state is None else self.state.bytes

    # Loading

    def load(self, code, replaces=False, is_timed=True):
        """Loads a library; its name. Raises CommandError, and then nothing has changed.

        replaces: instead of the one of this name, if there is one.  is_timed: it must not take
        longer than half a second.
        """
        name, start = library_name(code)
        before = self.libraries.get(name)
        if before is not None and not replaces:
            raise CommandError(errors.library_exists(name))
        library = self._compiled(name, code, start, is_timed)
        taken = self._taken(library, before)
        if taken is not None:
            self._drop(library)
            raise CommandError(errors.function_exists(taken))
        if before is not None:
            self.delete(name)
        self._add(library)
        return name

    def _compiled(self, name, code, start, is_timed):
        """The Library of some code, which has been run. Raises CommandError."""
        if self.state is None:
            self.state = self._interpreter()
        try:
            chunk = self.state.compile(code[start:], b"@user_function")
        except ScriptError as error:
            raise CommandError(errors.function_compile(error.text)) from None
        library = self.runner.registered = Library(name, code)
        self.state.limit_ms = LOAD_LIMIT_MS if is_timed else 0
        try:
            self.state.load(chunk)
            if not library.functions:
                raise CommandError(errors.NO_FUNCTIONS)
        except ScriptError as error:
            self._drop(library)
            reason = errors.FUNCTION_LOAD_TIMEOUT if self.state.was_stopped else error.text
            raise CommandError(errors.function_register(reason)) from None
        finally:
            self.runner.registered = None
            self.state.drop(chunk)
            self.state.limit_ms = self.config["busy-reply-threshold"]
        return library

    def _interpreter(self):
        reason = why_not()
        if reason is not None:
            raise CommandError(errors.no_scripts(reason))
        return State(self.runner, False, self.config["lua-memory-limit"])

    def _taken(self, library, before):
        """The name of a function that another library than `before` has already, or None."""
        before = [] if before is None else [each.lower() for each in before.functions]
        for name in library.functions:
            if name.lower() in self.functions and name.lower() not in before:
                return name
        return None

    def _add(self, library):
        self.libraries[library.name] = library
        self.functions.update(
            (name.lower(), function) for name, function in library.functions.items()
        )
        self.held_bytes += library.held_bytes
        account(library.held_bytes)

    def _drop(self, library):
        """Has the interpreter forget the functions of a library."""
        for function in library.functions.values():
            self.state.drop(function.function)

    def delete(self, name):
        """Deletes a library. Raises CommandError."""
        library = self.libraries.pop(name, None)
        if library is None:
            raise CommandError(errors.LIBRARY_NOT_FOUND)
        for each in library.functions:
            del self.functions[each.lower()]
        self._drop(library)
        self.held_bytes -= library.held_bytes
        account(-library.held_bytes)

    def flush(self):
        """Deletes all libraries, and the interpreter with all it holds."""
        self.libraries.clear()
        self.functions.clear()
        self.state = None
        account(-self.held_bytes)
        self.held_bytes = 0

    # As bytes

    def codes(self):
        """The code of every library, a list of bytes."""
        return [library.code for library in self.libraries.values()]

    def dump(self):
        """All libraries as a payload for restore()."""
        return dump_libraries(self.codes())

    def restore(self, payload, policy):
        """Adds the libraries of a payload by a policy: FLUSH, APPEND or REPLACE.

        Raises CommandError, and then nothing has changed.
        """
        codes = read_libraries(payload)
        if codes is None:
            raise CommandError(errors.BAD_DUMP)
        before = self.state, self.libraries, self.functions, self.held_bytes
        kept = [] if policy == FLUSH else self.codes()
        self.clear()
        try:
            for code in kept:
                self.load(code, is_timed=False)
            for code in codes:
                name = library_name(code)[0]
                if policy != REPLACE and name in self.libraries:
                    raise CommandError(errors.library_restored(name))
                self.load(code, replaces=True, is_timed=False)
        except CommandError:
            account(-self.held_bytes)
            self.state, self.libraries, self.functions, self.held_bytes = before
            raise
        account(-before[3])

    # Running

    def find(self, name):
        """A Function by its name. Raises CommandError."""
        function = self.functions.get(name.lower())
        if function is None:
            raise CommandError(errors.FUNCTION_NOT_FOUND)
        return function

    def request_flags(self, flags, name):
        """The flags of a request that calls a function, in place of those of its command."""
        function = self.functions.get(name.lower())
        return flags if function is None else command_flags(flags, function.flags)

    def call(self, client, words, keys, is_read_only):
        """Runs the function that a request of FCALL names. Raises CommandError."""
        function = self.find(words[1])
        runner = self.runner
        runner.begin(client, function, function.flags, is_read_only)
        protocol = 3 if client.kind == PROGRAM else client.protocol
        try:
            value = self.state.run(
                function.function, words, FIRST_KEY, keys, protocol, function.name
            )
        finally:
            runner.end()
        if client.kind == PROGRAM and type(value) is ScriptReply:
            return decode(value.encoded)
        return value
