"""The server's configuration: typed values by directive name, changed all or nothing.

`rediskit.config.table` is the table of what there is, `rediskit.config.file` reads and rewrites
redis.conf. Here are the values of one server, and those who follow them: whoever uses a value
often registers with `on_change` (or `follow`) and keeps it in an attribute of its own, because
nothing on the way of a command should look a directive up.

A listener applies a new value to the running server. It may refuse by raising ConfigError; then
all that the same CONFIG SET changed goes back to what it was.
"""

import os

from rediskit import errors
from rediskit.config import file as configfile
from rediskit.config.kinds import (
    HIDDEN,
    IMMUTABLE,
    MANY,
    NOT_WHILE_LOADING,
    PROTECTED,
    SENSITIVE,
    VOLATILE,
    ConfigError,
)
from rediskit.config.table import BY_NAME, TABLE
from rediskit.errors import CommandError
from rediskit.glob import matches

__all__ = ["ConfigError", "Configuration"]


class Configuration:
    """The values of one server: `config["maxclients"]` is an int, `config["save"]` a tuple...

    What each value is, the kinds in `rediskit.config.kinds` tell. Names are the current ones
    (`replica-priority`); old names are understood by `load`, `set_many` and `get_matching` only.

    path: absolute name of the configuration file, or None.
    given: whether there were a file or options at all.
    module_options: dict of b"module.option" -> value, for options with a dot in their name.
    """

    def __init__(self):
        self.path = None
        self.given = False
        self.module_options = {}
        self.declarations = []
        self._values = {directive.name: directive.default for directive in TABLE}
        self._values["dir"] = _working_directory()
        self._listeners = {}
        self._describers = {}

    @classmethod
    def load(cls, arguments=()):
        """The configuration that a command line asks for: [file | -] [--option value ...].

        Relative names in it are taken from the working directory, or from `dir` behind it.
        Raises configfile.ConfigFileError for a wrong line, configfile.UnreadableFile for a file
        that cannot be opened.
        """
        config = cls()
        configfile.load(config, arguments)
        return config

    def __getitem__(self, name: str):
        return self._values[name]

    def path_of(self, name: str) -> str:
        """The file that a directive names: relative names are taken from `dir`. "" for none."""
        return self.located(self[name]) if self[name] else ""

    def located(self, path: str) -> str:
        """A file's name, which is taken from the directory `dir` if it is relative."""
        return os.path.join(self._values["dir"], path)

    def assign(self, name: str, value):
        """Gives a directive a typed value that the server itself decided on, and tells nobody."""
        if name not in self._values:
            raise KeyError(name)
        self._values[name] = value

    # Listeners

    def on_change(self, name: str, callback):
        """Has callback(value) called when the directive changes; it may raise ConfigError."""
        self._listen(name, callback, True)

    def on_change_of_any(self, names, callback):
        """Has callback() called once when any of the directives change; it may raise ConfigError.

        All new values are in place by then.
        """
        for name in names:
            self._listen(name, callback, False)

    def follow(self, name: str, callback):
        """Calls callback(value) now, and again whenever the directive changes."""
        callback(self[name])
        self.on_change(name, callback)

    def _listen(self, name, callback, wants_value):
        if name not in self._values:
            raise KeyError(name)
        self._listeners.setdefault(name, []).append((callback, wants_value))

    # CONFIG SET

    def set_many(self, pairs, protected_allowed=True, loading=False):
        """Sets several directives, all or nothing.

        pairs: mapping, or iterable of (name, value); names and values bytes or str, as a client
        sends them. protected_allowed: whether this caller may change protected directives.
        Raises CommandError, the reply of CONFIG SET.
        """
        pairs = pairs.items() if hasattr(pairs, "items") else pairs
        pairs = [(_word(name), _word(value)) for name, value in pairs]
        before, called = [], []
        try:
            changed = []
            for name, directive, value in _settable(pairs, protected_allowed, loading):
                before.append((directive, self._values[directive.name]))
                if self._set(name, directive, value):
                    changed.append((name, directive))
            self._apply(changed, called)
        except Exception:
            self._restore(before, called)
            raise

    def _set(self, name, directive, value):
        """Stores one value; returns whether its listeners are to hear of it."""
        words = value.split(b" ") if directive.flags & MANY else [value]
        current = self._values[directive.name]
        try:
            new = directive.parse(words, current)
            if new == current and not directive.flags & VOLATILE:
                return False
        except ConfigError as error:
            raise _refused(name, error.text) from None
        self._values[directive.name] = new
        return True

    def _apply(self, changed, called):
        """Calls the listeners of what changed, each once, and notes in `called` whom it called."""
        for name, directive in changed:
            for callback, wants_value in self._listeners.get(directive.name, ()):
                call = (callback, directive if wants_value else None)
                if call in called:
                    continue
                called.append(call)
                try:
                    self._call(*call)
                except ConfigError as error:
                    raise _refused(name, error.text) from None

    def _restore(self, before, called):
        """Puts back the values of `before`, and tells the listeners that heard of newer ones."""
        for directive, value in reversed(before):
            self._values[directive.name] = value
        for call in called:
            _attempt(self._call, *call)

    def _call(self, callback, directive):
        if directive is None:
            callback()
        else:
            callback(self._values[directive.name])

    @staticmethod
    def is_sensitive(name: bytes) -> bool:
        """Whether the value of the directive must stay out of logs."""
        directive = BY_NAME.get(name.lower())
        return directive is not None and bool(directive.flags & SENSITIVE)

    # CONFIG GET

    def get_matching(self, patterns) -> dict:
        """{name: text} (bytes) of all directives, under either name, that glob patterns match.

        What is asked for by its exact name is returned under the name as it was spelled.
        """
        found = {}
        seen = set()
        for pattern in patterns:
            pattern = _word(pattern)
            if any(character in pattern for character in b"[*?"):
                names = [
                    name
                    for name, directive in BY_NAME.items()
                    if not directive.flags & HIDDEN and matches(pattern, name, True)
                ]
            else:
                names = [pattern]
            for name in names:
                directive = BY_NAME.get(name.lower())
                if directive is not None and name.lower() not in seen:
                    seen.add(name.lower())
                    found[name] = directive.show(self._values[directive.name])
        return dict(sorted(found.items()))

    def show(self, name: str) -> bytes:
        """The value of one directive as CONFIG GET shows it."""
        return BY_NAME[name.encode()].show(self._values[name])

    # What only a file can say

    def declare(self, declaration):
        """Keeps a line (`user`, `rename-command`, `loadmodule`) for whoever understands it."""
        self.declarations.append(declaration)

    def each_declared(self, kind: str, callback):
        """Calls callback(*words) for every line of a kind, in order, words as bytes.

        kind: "user", "rename-command" or "loadmodule". A ConfigError of the callback's is
        raised as the ConfigFileError of that line.
        """
        for declaration in self.declarations:
            if declaration.kind == kind:
                declaration.resolve(callback)

    # CONFIG REWRITE

    def describe(self, kind: str, callback):
        """Has CONFIG REWRITE write the lines of a kind that callback() returns.

        callback() returns a list of bytes: for "user", what stands behind the word `user` in
        each line. Without a callback such lines stay as they are.
        """
        self._describers[kind] = callback

    def rewrite(self, with_defaults=False):
        """Writes the values in force into the configuration file, keeping what it can of it.

        with_defaults: also those that are what they would be anyway.
        Raises CommandError if there is no file, and if it cannot be written.
        """
        if self.path is None:
            raise CommandError(errors.NO_CONFIG_FILE)
        blocks = {}
        for directive in TABLE:
            lines = directive.lines(self._values[directive.name])
            blocks[directive.name] = [(words, forced or with_defaults) for words, forced in lines]
        for kind, callback in self._describers.items():
            blocks[kind] = [(line, True) for line in callback()]
        try:
            configfile.rewrite(self.path, blocks)
        except OSError as error:
            raise CommandError(errors.config_rewrite(error.strerror)) from None


def _settable(pairs, protected_allowed, loading):
    """[(name in lower case, directive, value)] of pairs that CONFIG SET may set; CommandError."""
    found = {}
    refused = None
    for name, value in pairs:
        directive = BY_NAME.get(name.lower())
        if directive is None:
            if refused is None:
                refused = CommandError(errors.unknown_directive(name))
        elif refused is not None:
            continue
        elif directive.flags & IMMUTABLE:
            refused = _refused(name, errors.CONFIG_IMMUTABLE)
        elif directive.flags & PROTECTED and not protected_allowed:
            refused = _refused(name, errors.CONFIG_PROTECTED)
        elif directive.flags & NOT_WHILE_LOADING and loading:
            refused = CommandError(errors.LOADING)
        elif name.lower() in found:
            refused = _refused(name, errors.CONFIG_DUPLICATE)
        else:
            found[name.lower()] = name.lower(), directive, value
    if refused is not None:
        raise refused
    return list(found.values())


def _working_directory():
    """Where this process is, "" if that is no more."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _attempt(function, *arguments):
    """Calls a function on the way back from an error, which a second one must not hide."""
    try:
        function(*arguments)
    except ConfigError:
        return


def _refused(name, reason):
    return CommandError(errors.config_set(name, reason))


def _word(text):
    return os.fsencode(text) if isinstance(text, str) else text
