"""One selector: the commands, keys and channels that a list of rules permits.

Commands are kept twice: as a set that requests are checked with, and as the rules that led there,
which is what people see. Of the rules only those are kept that still say something: `+@all` and
`-@all` forget all others, and a rule forgets an earlier one for the same command or category, or
for a part of that command. Rules that are left with nothing to do stay, because they say what
shall hold for commands to come.

A rule for `command|word`, where `word` names no subcommand, permits requests whose first argument
it is. Keys are checked by what a command does with them (key_specs): reading needs R of a pattern,
writing W, anything else any pattern.
"""

from rediskit import errors
from rediskit.config.quoting import split
from rediskit.glob import matches
from rediskit.grammar.command import (
    CATEGORIES,
    DECLARED,
    NO_AUTH,
    PUBSUB,
)
from rediskit.grammar.key_specs import ACCESS, DELETE, INSERT, UPDATE

# What a key pattern is good for.
MAY_READ = 1
MAY_WRITE = 2
_SPELLINGS = {MAY_READ: b"%R~", MAY_WRITE: b"%W~", MAY_READ | MAY_WRITE: b"~"}

# As C integers.
_MAY_READ = MAY_READ
_MAY_WRITE = MAY_WRITE
_NO_AUTH = NO_AUTH
_PUBSUB = PUBSUB
_READING = ACCESS
_WRITING = INSERT | DELETE | UPDATE

# Why a request is denied. The larger the number, the closer the request came to being permitted.
COMMAND_DENIED = 1
KEY_DENIED = 2
CHANNEL_DENIED = 3

# Which words of a request are channels: the first and the last place, and whether the words are
# patterns, which must be permitted to the letter.
_CHANNELS = {
    b"publish": (1, 1, False),
    b"spublish": (1, 1, False),
    b"subscribe": (1, -1, False),
    b"ssubscribe": (1, -1, False),
    b"psubscribe": (1, -1, True),
}

_BLANKS = b" \t\n\v\f\r\0"


class RuleError(Exception):
    """A rule that cannot be followed. `reason` says why, in Redis' words."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def has_blanks(text):
    """Whether white space or NUL bytes, which no name and no pattern may hold, are in a text."""
    return any(byte in _BLANKS for byte in text)


def commands_of_category(name):
    """All commands and subcommands of an ACL category (bytes, any case); None: no such one."""
    category = name.lower().decode("latin-1")
    if category not in CATEGORIES:
        return None
    return [each for each in DECLARED.every() if category in each.categories]


class KeyPattern:
    """A glob pattern of keys, and what it permits to do with them."""

    def __init__(self, text, access):
        self.text = text
        self.access = access

    def spelled(self):
        """The rule that adds it."""
        return _SPELLINGS[self.access] + self.text


class Selector:
    """What one list of rules permits.

    covers_future: whether commands that nobody knows yet are permitted (+@all). commands: those
    permitted. first_arguments: {command: first arguments with which it is permitted}.
    command_rules: the rules behind +@all or -@all. all_keys, all_channels: there are no patterns.
    """

    def __init__(self, opens_channels=False):
        self.covers_future = False
        self.all_commands = False
        self.commands = set()
        self.first_arguments = {}
        self.command_rules = []
        self.all_keys = False
        self.key_patterns = []
        self.all_channels = opens_channels
        self.channels = []

    def copy(self):
        """Another selector with the same rules."""
        other = Selector()
        other.covers_future = self.covers_future
        other.all_commands = self.all_commands
        other.commands = set(self.commands)
        other.first_arguments = {c: list(words) for c, words in self.first_arguments.items()}
        other.command_rules = list(self.command_rules)
        other.all_keys = self.all_keys
        other.key_patterns = [KeyPattern(each.text, each.access) for each in self.key_patterns]
        other.all_channels = self.all_channels
        other.channels = list(self.channels)
        return other

    @property
    def permits_everything(self):
        """Whether no request is ever denied."""
        return self.all_commands and self.all_keys and self.all_channels

    # Checking

    def denial(self, command, arguments):
        """None if a request is permitted, else (why, position of the word that is not).

        The request has a length that its command accepts.
        """
        if (
            not self.all_commands
            and command not in self.commands
            and not command.flags & _NO_AUTH
            and not self.permits_first(command, arguments)
        ):
            return COMMAND_DENIED, 0
        if not self.all_keys:
            for position, flags in command.get_keys(arguments):
                if not self.permits_key(arguments[position], flags):
                    return KEY_DENIED, position
        if not self.all_channels and command.flags & _PUBSUB:
            position = self.denied_channel(command, arguments)
            if position:
                return CHANNEL_DENIED, position
        return None

    def permits_first(self, command, arguments):
        """Whether a command that is denied as a whole is permitted with its first argument."""
        permitted = self.first_arguments.get(command)
        return permitted is not None and len(arguments) > 1 and arguments[1].lower() in permitted

    def permits_key(self, key, flags):
        """Whether some pattern permits what a command does (key_specs flags) with a key."""
        needed = 0
        if flags & _READING:
            needed |= _MAY_READ
        if flags & _WRITING:
            needed |= _MAY_WRITE
        for pattern in self.key_patterns:
            if pattern.access & needed == needed and matches(pattern.text, key):
                return True
        return False

    def denied_channel(self, command, arguments):
        """The position of the first channel that is not permitted, 0 if there is none."""
        place = _CHANNELS.get(command.name)
        if place is None:
            return 0
        first, last, is_pattern = place
        for position in range(first, len(arguments) if last < 0 else last + 1):
            if not self.permits_channel(arguments[position], is_pattern):
                return position
        return 0

    def permits_channel(self, channel, is_pattern):
        """Whether a channel is permitted, or a pattern of channels, which must be listed itself."""
        if self.all_channels:
            return True
        if is_pattern:
            return channel in self.channels
        return any(matches(pattern, channel) for pattern in self.channels)

    def reads_all_keys(self):
        """Whether every key may be read."""
        return self.all_keys or any(
            each.text == b"*" and each.access & MAY_READ for each in self.key_patterns
        )

    # Rules

    def apply(self, rule):
        """Follows one rule. Raises RuleError; what was before is then lost: work on a copy."""
        method = _WORDS.get(rule.lower())
        if method is not None:
            method(self)
        elif rule.startswith((b"~", b"%")):
            self._add_keys(rule)
        elif rule.startswith(b"&"):
            self._add_channels(rule[1:])
        elif rule.startswith((b"+@", b"-@")):
            self._set_category(rule[2:], rule.startswith(b"+"))
        elif rule.startswith(b"-"):
            self._set_command(rule[1:], False)
        elif rule.startswith(b"+"):
            self._permit(rule[1:])
        else:
            raise RuleError(errors.RULE_SYNTAX)

    def _allow_all_keys(self):
        self.all_keys = True
        self.key_patterns.clear()

    def _reset_keys(self):
        self.all_keys = False
        self.key_patterns.clear()

    def _allow_all_channels(self):
        self.all_channels = True
        self.channels.clear()

    def _reset_channels(self):
        self.all_channels = False
        self.channels.clear()

    def _allow_all_commands(self):
        self._reset_commands(True)
        self.commands.update(DECLARED.numbered)

    def _deny_all_commands(self):
        self._reset_commands(False)

    def _reset_commands(self, covers_future):
        self.covers_future = self.all_commands = covers_future
        self.commands.clear()
        self.first_arguments.clear()
        self.command_rules.clear()

    def _add_keys(self, rule):
        if self.all_keys:
            raise RuleError(errors.RULE_ALL_KEYS)
        letters, _, text = rule.partition(b"~")
        access = MAY_READ | MAY_WRITE
        if letters:
            access = _ACCESS.get(letters[1:].upper())
        if access is None or b"~" not in rule or has_blanks(text):
            raise RuleError(errors.RULE_SYNTAX)
        for pattern in self.key_patterns:
            if pattern.text == text:
                pattern.access |= access
                return
        self.key_patterns.append(KeyPattern(text, access))

    def _add_channels(self, pattern):
        if self.all_channels:
            raise RuleError(errors.RULE_ALL_CHANNELS)
        if has_blanks(pattern):
            raise RuleError(errors.RULE_SYNTAX)
        if pattern not in self.channels:
            self.channels.append(pattern)

    def _set_category(self, name, permitted):
        found = commands_of_category(name)
        if found is None:
            raise RuleError(errors.RULE_UNKNOWN_COMMAND)
        for command in found:
            self._set(command, permitted)
        self._note(b"@" + name.lower(), permitted)

    def _set_command(self, name, permitted):
        command = DECLARED.named(name)
        if command is None:
            raise RuleError(errors.RULE_UNKNOWN_COMMAND)
        self._set(command, permitted)
        self._note(command.name, permitted)

    def _permit(self, name):
        """Permits a command, a subcommand, or a command with a first argument."""
        word, bar, part = name.rpartition(b"|")
        if not bar:
            self._set_command(name, True)
            return
        command = DECLARED.named(word)
        if command is None:
            raise RuleError(errors.RULE_UNKNOWN_COMMAND)
        if command.container is not None:
            raise RuleError(errors.RULE_FIRST_ARGUMENT)
        if not part:
            raise RuleError(errors.RULE_SYNTAX)
        if command.is_container:
            self._set_command(name, True)
            return
        permitted = self.first_arguments.setdefault(command, [])
        if part.lower() not in permitted:
            permitted.append(part.lower())
        self._note(name.lower(), True)

    def _set(self, command, permitted):
        """Permits or denies a command with all its parts."""
        for each in (command, *(command.subcommands or {}).values()):
            self.first_arguments.pop(each, None)
            if permitted:
                self.commands.add(each)
            else:
                self.commands.discard(each)

    def _note(self, name, permitted):
        """Keeps a rule in the list, in the place of those that it makes void."""
        part = name + b"|"
        rules = [r for r in self.command_rules if r[1:] != name and not r[1:].startswith(part)]
        self.command_rules = [*rules, (b"+" if permitted else b"-") + name]
        self.all_commands = self.covers_future and all(
            rule.startswith(b"+") for rule in self.command_rules
        )

    # Spelling

    def spelled_keys(self):
        """The rules for keys, with blanks between."""
        return b"~*" if self.all_keys else b" ".join([each.spelled() for each in self.key_patterns])

    def spelled_channels(self):
        """The rules for channels, with blanks between, without resetchannels."""
        return b"&*" if self.all_channels else b" ".join([b"&" + each for each in self.channels])

    def spelled_commands(self):
        """The rules for commands, with blanks between."""
        return b" ".join([b"+@all" if self.covers_future else b"-@all", *self.command_rules])

    def describe(self):
        """Rules that make this selector of a new one."""
        channels = self.spelled_channels()
        if not self.all_channels:
            channels = b"resetchannels " + channels
        parts = (self.spelled_keys(), channels.rstrip(), self.spelled_commands())
        return b" ".join([part for part in parts if part])


def parse_selector(rule, opens_channels):
    """The Selector of a rule such as b"(~key* +get)". Raises RuleError."""
    selector = Selector(opens_channels)
    for inner in split(rule[1 : len(rule) - 1]) or ():
        selector.apply(inner)
    return selector


_ACCESS = {
    b"R": MAY_READ,
    b"W": MAY_WRITE,
    b"RW": MAY_READ | MAY_WRITE,
    b"WR": MAY_READ | MAY_WRITE,
}

_WORDS = {
    b"allkeys": Selector._allow_all_keys,
    b"~*": Selector._allow_all_keys,
    b"resetkeys": Selector._reset_keys,
    b"allchannels": Selector._allow_all_channels,
    b"&*": Selector._allow_all_channels,
    b"resetchannels": Selector._reset_channels,
    b"allcommands": Selector._allow_all_commands,
    b"+@all": Selector._allow_all_commands,
    b"nocommands": Selector._deny_all_commands,
    b"-@all": Selector._deny_all_commands,
}
