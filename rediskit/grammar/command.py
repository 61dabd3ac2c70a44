"""Declarations of commands, which look like the manual.

    @command("GETRANGE key start end", READ, since="2.4.0")
    def getrange(client, key, start, end):
        \"""Returns a substring of the string stored at a key.\"""

The usage line, the flags and the docstring are all there is about a command; arity, key positions,
ACL categories and documentation are derived from them (`usage`, `key_specs`) when first asked for,
so that declaring four hundred commands costs next to nothing at start-up. Upper-case words at the
head of a usage line name the command: two of them ("CLIENT KILL ...") make a subcommand, and its
container, with a HELP subcommand, appears by itself.

A declaration never changes once it is made. What one server makes of it, its spelling after
rename-command and how often it was called, is kept in that server's CommandTable under the
declaration's number.

A command that cannot be served yet returns a `Wait` instead of a value.
"""

from rediskit.grammar import key_specs
from rediskit.grammar.key_specs import find as find_keys
from rediskit.grammar.usage import parse, total_size
from rediskit.protocol.replies import Status

# Flags, in the order COMMAND INFO shows them.
WRITE = 1 << 0
READ = 1 << 1
DENYOOM = 1 << 2
ADMIN = 1 << 3
PUBSUB = 1 << 4
NOSCRIPT = 1 << 5
BLOCKING = 1 << 6
LOADING = 1 << 7
STALE = 1 << 8
SKIP_MONITOR = 1 << 9
SKIP_SLOWLOG = 1 << 10
ASKING = 1 << 11
FAST = 1 << 12
NO_AUTH = 1 << 13
NO_MANDATORY_KEYS = 1 << 14
NO_ASYNC_LOADING = 1 << 15
NO_MULTI = 1 << 16
ALLOW_BUSY = 1 << 17
# Flags that COMMAND INFO does not show.
MAY_REPLICATE = 1 << 18
DANGEROUS = 1 << 19
UNQUEUED = 1 << 20  # it is run at once within MULTI
RUNS_QUEUE = 1 << 21  # EXEC
WHILE_SUBSCRIBED = 1 << 22  # a subscriber may run it in RESP2
RUNS_SCRIPT = 1 << 23  # its flags are those that the script tells (details["flags_of"])

FLAG_NAMES = {
    WRITE: b"write",
    READ: b"readonly",
    DENYOOM: b"denyoom",
    ADMIN: b"admin",
    PUBSUB: b"pubsub",
    NOSCRIPT: b"noscript",
    BLOCKING: b"blocking",
    LOADING: b"loading",
    STALE: b"stale",
    SKIP_MONITOR: b"skip_monitor",
    SKIP_SLOWLOG: b"skip_slowlog",
    ASKING: b"asking",
    FAST: b"fast",
    NO_AUTH: b"no_auth",
    NO_MANDATORY_KEYS: b"no_mandatory_keys",
    NO_ASYNC_LOADING: b"no_async_loading",
    NO_MULTI: b"no_multi",
    ALLOW_BUSY: b"allow_busy",
}

# The group of the manual for each module of rediskit.commands.
GROUPS = {
    "acl": "server",
    "bitmaps": "bitmap",
    "cluster": "cluster",
    "comparisons": "string",
    "configuration": "server",
    "connection": "connection",
    "debug": "server",
    "dumps": "generic",
    "expiry": "generic",
    "functions": "scripting",
    "geo": "geo",
    "hash_fields_expiry": "hash",
    "hash_imports": "hash",
    "hashes": "hash",
    "hyperloglogs": "hyperloglog",
    "introspection": "server",
    "keys": "generic",
    "list_moves": "list",
    "lists": "list",
    "memory": "server",
    "migration": "generic",
    "modules": "server",
    "monitoring": "server",
    "persistence": "server",
    "pubsub": "pubsub",
    "replication": "server",
    "scripting": "scripting",
    "server": "server",
    "set_members_expiry": "set",
    "sets": "set",
    "sorted_set_algebra": "sorted-set",
    "sorted_set_ranges": "sorted-set",
    "sorted_sets": "sorted-set",
    "sorting": "generic",
    "stream_groups": "stream",
    "stream_information": "stream",
    "stream_reading": "stream",
    "stream_settings": "stream",
    "streams": "stream",
    "strings": "string",
    "strings_within_bounds": "string",
    "transactions": "transactions",
}

# The ACL category of a group; a group that is not here has none.
GROUP_CATEGORIES = {
    "bitmap": "bitmap",
    "connection": "connection",
    "generic": "keyspace",
    "geo": "geo",
    "hash": "hash",
    "hyperloglog": "hyperloglog",
    "list": "list",
    "scripting": "scripting",
    "set": "set",
    "sorted-set": "sortedset",
    "stream": "stream",
    "string": "string",
    "transactions": "transaction",
}

# All ACL categories in Redis' order.
CATEGORIES = (
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
)

UNLIMITED = 1 << 30
VARIABLE_ARGUMENTS = 0x04  # CO_VARARGS of a code object


class Command:
    """One command or subcommand as it was declared.

    `number` tells the commands of a table apart, `name` is lower-case bytes (b"get",
    b"client|kill"), `words` how many words of a request name it (1 or 2), `details` the keyword
    arguments of its declaration. `function` is None for a mere container.
    """

    def __init__(self, number, function, name, usage, flags, group, details):
        self.number = number
        self.function = function
        self.name = name
        self.usage = usage
        self.flags = flags
        self.group = group
        self.details = details
        self.words = 1 + name.count(b"|")
        self.container = None
        self.subcommands = None
        self.spellings = None
        self.least = 0
        self.room = UNLIMITED
        self.is_fixed = False
        self.specs = None
        self.fixed_keys = None  # those of every request, where all have the same
        self.keys_vary = False

    def __repr__(self):
        return f"<Command {self.name.decode()}>"

    @property
    def is_container(self):
        """Whether the command has subcommands."""
        return self.subcommands is not None

    @property
    def arity(self):
        """The number of words of a request, name included; negative: at least that many."""
        if self.least == 0:
            self._measure()
        return self.least if self.is_fixed else -self.least

    def accepts(self, count):
        """Whether `arity` allows a request of `count` words, name included.

        One that is longer than `room`, which is known by then, fails when it is run.
        """
        if self.least == 0:
            self._measure()
        return count == self.least or count > self.least and not self.is_fixed

    def arguments(self):
        """The tree of the usage line, a new list of usage.Argument; keys bear their numbers."""
        arguments = self._parse()
        self._specs_of(arguments)
        return arguments

    def _parse(self):
        stated = self.details.get("types")
        types = dict(part.split("=") for part in stated.split()) if stated else None
        return parse(self.usage, types)

    @property
    def key_specs(self):
        """A list of key_specs.KeySpec."""
        if self.specs is None:
            self.specs = self._specs_of(self._parse())
        return self.specs

    def _specs_of(self, arguments):
        return key_specs.derive(
            arguments,
            self.words,
            self.flags & READ != 0,
            self.flags & WRITE != 0,
            self.details.get("keys"),
        )

    def flags_for(self, client, words):
        """The flags of one request of this command: a script may have told what it does."""
        if self.flags & RUNS_SCRIPT:
            return self.details["flags_of"](client, words, self.flags)
        return self.flags

    def has_keys(self):
        """Whether any argument is a key; a shard channel is not."""
        return any(not spec.flags & key_specs.NOT_KEY for spec in self.key_specs)

    def get_keys(self, words):
        """((position, key flags), ...) of a request of this command, its name included.

        The request has an accepted length. Empty when there are no keys or it makes no sense.
        """
        if self.fixed_keys is not None:
            return self.fixed_keys
        if self.keys_vary:
            return find_keys(self.specs, words)
        find = self.details.get("find_keys")
        if find is not None:
            return find(words)
        self.keys_vary = not key_specs.is_fixed(self.key_specs)
        if not self.keys_vary:
            self.fixed_keys = tuple(find_keys(self.specs, [b""] * abs(self.arity)))
        return self.get_keys(words)

    @property
    def categories(self):
        """The ACL categories of the command, a list of names in the order of CATEGORIES."""
        stated = self.details.get("categories")
        if stated is not None:
            found = set(stated.split())
        elif self.function is not None:
            found = {GROUP_CATEGORIES.get(self.group)}
        else:
            found = set()
        found.add("fast" if self.flags & FAST else "slow")
        if self.flags & WRITE:
            found.add("write")
        if self.flags & READ and "scripting" not in found:
            found.add("read")
        if self.flags & ADMIN:
            found |= {"admin", "dangerous"}
        if self.flags & PUBSUB:
            found.add("pubsub")
        if self.flags & BLOCKING:
            found.add("blocking")
        if self.flags & DANGEROUS:
            found.add("dangerous")
        return [name for name in CATEGORIES if name in found]

    @property
    def summary(self):
        """The first line of the function's docstring."""
        if self.function is None:
            return f"Groups the {self.name.decode().upper()} commands."
        lines = (self.function.__doc__ or "").strip().splitlines()
        return lines[0] if lines else ""

    @property
    def since(self):
        """The version of Redis that brought the command; a container came with its first part."""
        if "since" in self.details:
            return self.details["since"]
        versions = [part.details["since"] for part in self.subcommands.values()]
        return min(versions, key=lambda version: [int(part) for part in version.split(".")])

    def _measure(self):
        """Derives the allowed lengths from the usage line and from what the function takes.

        As in Redis, a command with options takes any number of words and finds the faults itself
        when it is run: `room` is how many its function has parameters for.
        """
        stated = self.details.get("arity")
        if stated is not None:
            least = abs(stated)
            self.is_fixed = stated > 0
        else:
            least, most = total_size(self._parse())
            self.is_fixed = least == most
            least += self.words
        if self.function is not None:
            code = self.function.__code__
            if not code.co_flags & VARIABLE_ARGUMENTS:
                self.room = self.words + code.co_argcount - 1
        self.least = least

    def add(self, subcommand):
        """Makes `subcommand` one of this container's."""
        if self.subcommands is None:
            self.subcommands = {}
            self.spellings = {}
        short_name = subcommand.name.partition(b"|")[2]
        self.subcommands[short_name] = subcommand
        self.spellings[short_name] = subcommand
        self.spellings[short_name.upper()] = subcommand
        subcommand.container = self


class Wait:
    """What a command returns that waits until one of `keys` changes.

    `timeout_ms` is the longest wait, 0 is for ever. `fallback` is the reply when time is up, and
    at once where a client may not wait (in a transaction, in a script). `datatype` is the class of
    values that the command waits for: a key that holds another, or nothing, is not worth a try,
    unless `minds_loss` says that the command is to be told of that, too; None lets every change of
    a key be one. `arguments` is what is run again, if it is another request. `retry_ms`: in so
    many milliseconds it is worth a try even if no key has changed.
    """

    def __init__(
        self,
        keys,
        timeout_ms=0,
        fallback=None,
        datatype=None,
        minds_loss=False,
        arguments=None,
        retry_ms=None,
    ):
        self.keys = keys
        self.timeout_ms = timeout_ms
        self.fallback = fallback
        self.datatype = datatype
        self.minds_loss = minds_loss
        self.arguments = arguments
        self.retry_ms = retry_ms


class Declarations:
    """Commands that were declared.

    commands: by their lower-case names, subcommands hanging on their containers. spellings: the
    same by lower-case and upper-case spelling. numbered: all by their numbers, with subcommands.
    """

    def __init__(self):
        self.commands = {}
        self.spellings = {}
        self.numbered = []

    def declare(self, function, usage, flags, group, words, details):
        """Makes a Command, and the container it may need; `details` hold `since`, see `command`."""
        names, arguments = _split(usage, words)
        bits = 0
        for flag in flags:
            bits |= flag
        name = "|".join(names).lower().encode()
        group = group or _group_of(function)
        declared = self._make(function, name, arguments, bits, group, details)
        if len(names) == 2:
            self._container_of(names[0], group).add(declared)
        else:
            self._replace_container(declared)
        return declared

    def every(self):
        """All commands and subcommands, containers included."""
        for declared in self.commands.values():
            yield declared
            if declared.subcommands is not None:
                yield from declared.subcommands.values()

    def named(self, name):
        """The Command of a name, b"get" or b"client|kill" in any case, or None."""
        word, bar, rest = name.lower().partition(b"|")
        declared = self.commands.get(word)
        if declared is None or not bar:
            return declared
        return (declared.subcommands or {}).get(rest)

    def _make(self, *description):
        made = Command(len(self.numbered), *description)
        self.numbered.append(made)
        return made

    def _container_of(self, word, group):
        name = word.lower().encode()
        container = self.commands.get(name)
        if container is None:
            usage = "subcommand [argument [argument ...]]"
            container = self._make(None, name, usage, 0, group, {"keys": ""})
            self._register(container)
        if container.subcommands is None:
            container.add(self._help_of(container, group))
        return container

    def _help_of(self, container, group):
        """The HELP subcommand that every container has."""

        def help_(client):
            """Prints this help."""
            return [Status(line.encode()) for line in help_lines(container)]

        details = {"since": "5.0.0", "complexity": "O(1)"}
        if "categories" in container.details:
            details["categories"] = container.details["categories"]
        return self._make(help_, container.name + b"|help", "", LOADING | STALE, group, details)

    def _replace_container(self, declared):
        """Registers a command; subcommands that were declared before it become its own."""
        before = self.commands.get(declared.name)
        self._register(declared)
        if before is not None and before.function is None:
            declared.add(self._help_of(declared, declared.group))
            for short_name, subcommand in before.subcommands.items():
                if short_name != b"help":
                    declared.add(subcommand)

    def _register(self, declared):
        self.commands[declared.name] = declared
        self.spellings[declared.name] = declared
        self.spellings[declared.name.upper()] = declared


def _split(usage, words):
    """(the words that name a command, the rest of its usage line)."""
    first, _, rest = usage.partition(" ")
    if words != 1:
        second, _, behind = rest.partition(" ")
        if second and second.replace("-", "").isalpha() and second.isupper():
            return (first, second), behind
    return (first,), rest


def _group_of(function):
    module = function.__module__.rpartition(".")[2]
    if module not in GROUPS:
        raise ValueError(f"no group is known for commands of module {module!r}: pass group=")
    return GROUPS[module]


def help_lines(container):
    """What the HELP subcommand of a command says, a list of str: usage and summary of each part."""
    name = container.name.decode().upper()
    lines = [f"{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    if container.function is not None:
        lines += ["(no subcommand)", f"    {container.summary}"]
    for short_name, part in container.subcommands.items():
        if short_name != b"help":
            lines += [f"{short_name.decode().upper()} {part.usage}".rstrip(), f"    {part.summary}"]
    return [*lines, "HELP", "    Print this help."]


DECLARED = Declarations()  # what every server has


def command(usage, *flags, since, group=None, words=None, **details):
    """Declares a function as the command that `usage` describes.

    flags     READ, WRITE, FAST ...: any number, or-ed together
    since     the version of Redis that brought it
    group     of the manual, when it is not that of the module (GROUPS)
    words     1 when a second upper-case word does not name a subcommand (XREADGROUP GROUP ...)
    details   complexity, deprecated=(version, what replaces it), history=[(version, change), ...]
              (COMMAND DOCS); tips: "nondeterministic_output request_policy:all_shards" (COMMAND
              INFO); types="min=string": argument types that their names do not tell (see usage);
              keys, find_keys: see key_specs; categories: ACL categories instead of that of
              the group, "set list dangerous"; arity: where Redis' own is not that of the usage line
    """

    def declare(function):
        DECLARED.declare(function, usage, flags, group, words, {"since": since, **details})
        return function

    return declare
