"""COMMAND and its subcommands: what the command table knows, as the wire shows it.

Everything here is read off the declarations; see rediskit.grammar.command.
"""

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.glob import matches
from rediskit.grammar.command import (
    FLAG_NAMES,
    LOADING,
    NO_MANDATORY_KEYS,
    STALE,
    command,
)
from rediskit.grammar.key_specs import (
    INDEX,
    KEY_FLAG_NAMES,
    KEYWORD,
    RANGE,
    UNKNOWN,
    is_movable,
    legacy_range,
)
from rediskit.protocol.replies import Status, Unordered

CONNECTION = "connection"
ANY_ORDER = "nondeterministic_output_order"


@command(
    "COMMAND",
    LOADING,
    STALE,
    since="2.8.13",
    complexity="O(N) for N commands",
    categories=CONNECTION,
    tips=ANY_ORDER,
    arity=-1,
)
def command_(client):
    """Describes every command: its arity, its flags, where its keys are."""
    return [information(declared) for declared in client.server.commands.commands.values()]


@command(
    "COMMAND COUNT",
    LOADING,
    STALE,
    since="2.8.13",
    complexity="O(1)",
    categories=CONNECTION,
)
def count(client):
    """Tells how many commands there are."""
    return len(client.server.commands.commands)


@command(
    "COMMAND INFO [command-name [command-name ...]]",
    LOADING,
    STALE,
    since="2.8.13",
    complexity="O(N) for N commands",
    categories=CONNECTION,
    tips=ANY_ORDER,
    history=[("7.0.0", "Allowed to be called with no argument to get info on all commands.")],
)
def info(client, *names):
    """Describes the named commands, or all: arity, flags, where the keys are."""
    if not names:
        return command_(client)
    commands = client.server.commands
    found = [_named(commands, name) for name in names]
    return [None if declared is None else information(declared) for declared in found]


@command(
    "COMMAND DOCS [command-name [command-name ...]]",
    LOADING,
    STALE,
    since="7.0.0",
    complexity="O(N) for N commands",
    categories=CONNECTION,
    tips=ANY_ORDER,
)
def docs(client, *names):
    """Returns what a manual would say of the named commands, or of all."""
    commands = client.server.commands
    found = [_named(commands, name) for name in names] if names else commands.commands.values()
    return {declared.name: documentation(declared) for declared in found if declared is not None}


@command(
    "COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
    LOADING,
    STALE,
    since="7.0.0",
    complexity="O(N) for N commands",
    categories=CONNECTION,
    tips=ANY_ORDER,
)
def list_(client, *options):
    """Returns the names of all commands, or of those in a category or like a pattern."""
    commands = client.server.commands
    if not options:
        return [declared.name for declared in commands.every()]
    if len(options) != 3 or options[0].upper() != b"FILTERBY":
        raise CommandError(errors.SYNTAX_ERROR)
    kind, value = options[1].upper(), options[2]
    if kind == b"MODULE":
        return []  # no command comes from a module
    if kind == b"ACLCAT":
        category = value.decode("latin-1").lower()
        return [each.name for each in commands.every() if category in each.categories]
    if kind == b"PATTERN":
        return [each.name for each in commands.every() if matches(value, each.name, True)]
    raise CommandError(errors.SYNTAX_ERROR)


@command(
    "COMMAND GETKEYS command [arg [arg ...]]",
    LOADING,
    STALE,
    since="2.8.13",
    complexity="O(N) for N words",
    categories=CONNECTION,
)
def getkeys(client, *words):
    """Tells which words of a request are keys."""
    return [words[position] for position, _ in _keys_of(client.server.commands, list(words))]


@command(
    "COMMAND GETKEYSANDFLAGS command [arg [arg ...]]",
    LOADING,
    STALE,
    since="7.0.0",
    complexity="O(N) for N words",
    categories=CONNECTION,
)
def getkeysandflags(client, *words):
    """Tells which words of a request are keys, and what becomes of each."""
    return [
        [words[position], _names(KEY_FLAG_NAMES, flags)]
        for position, flags in _keys_of(client.server.commands, list(words))
    ]


def _named(commands, name):
    """The Command of a name as COMMAND INFO takes it: GET, client|kill; None if there is none."""
    words = name.split(b"|")
    declared = commands.find(words)
    return declared if declared is not None and declared.words == len(words) else None


def _keys_of(commands, words):
    declared = commands.find(words)
    if declared is None:
        raise CommandError(errors.INVALID_COMMAND)
    if not declared.has_keys():
        raise CommandError(errors.NO_KEY_ARGUMENTS)
    if not declared.accepts(len(words)):
        raise CommandError(errors.INVALID_COMMAND_ARITY)
    keys = declared.get_keys(words)
    if not keys and not declared.flags & NO_MANDATORY_KEYS:
        raise CommandError(errors.INVALID_COMMAND_ARGUMENTS)
    return keys


def _names(table, flags):
    return Unordered(Status(name) for flag, name in table.items() if flags & flag)


def information(declared):
    """What COMMAND INFO shows of a Command: a list of ten, see redis.io/commands/command."""
    flags = _names(FLAG_NAMES, declared.flags)
    if is_movable(declared.key_specs):
        flags.append(Status(b"movablekeys"))
    subcommands = (declared.subcommands or {}).values()
    return [
        declared.name,
        declared.arity,
        flags,
        *legacy_range(declared.key_specs),
        Unordered(Status(b"@" + name.encode()) for name in declared.categories),
        Unordered(tip.encode() for tip in declared.details.get("tips", "").split()),
        Unordered(map(_key_spec, declared.key_specs)),
        [information(part) for part in subcommands] or Unordered(),
    ]


def _key_spec(spec):
    if spec.begin == INDEX:
        begin = {b"index": spec.index}
    elif spec.begin == KEYWORD:
        begin = {b"keyword": spec.keyword, b"startfrom": spec.index}
    else:
        begin = {}
    if spec.find == RANGE:
        find = {b"lastkey": spec.last, b"keystep": spec.step, b"limit": spec.limit}
    elif spec.find == UNKNOWN:
        find = {}
    else:
        find = {b"keynumidx": 0, b"firstkey": 1, b"keystep": spec.step}
    return {
        b"flags": _names(KEY_FLAG_NAMES, spec.flags),
        b"begin_search": {b"type": spec.begin.encode(), b"spec": begin},
        b"find_keys": {b"type": spec.find.encode(), b"spec": find},
    }


def documentation(declared):
    """What COMMAND DOCS shows of a Command: a dict, see redis.io/commands/command-docs."""
    details = declared.details
    found = {
        b"summary": declared.summary.encode(),
        b"since": declared.since.encode(),
        b"group": declared.group.encode(),
    }
    complexity = details.get("complexity")
    if complexity is None and declared.function is None:
        complexity = "That of the subcommand"
    if complexity is not None:
        found[b"complexity"] = complexity.encode()
    if "deprecated" in details:
        version, replacement = details["deprecated"]
        found[b"doc_flags"] = Unordered([Status(b"deprecated")])
        found[b"deprecated_since"] = version.encode()
        found[b"replaced_by"] = replacement.encode()
    if "history" in details:
        found[b"history"] = Unordered(
            [version.encode(), change.encode()] for version, change in details["history"]
        )
    if declared.is_container:
        found[b"subcommands"] = {
            part.name: documentation(part) for part in declared.subcommands.values()
        }
    elif declared.usage:
        found[b"arguments"] = [_argument(argument) for argument in declared.arguments()]
    return found


def _argument(argument):
    found = {b"name": argument.name.encode(), b"type": argument.type.encode()}
    if not argument.arguments:
        found[b"display_text"] = argument.name.encode()
    if argument.key_spec is not None:
        found[b"key_spec_index"] = argument.key_spec
    if argument.token is not None:
        found[b"token"] = argument.token.strip('"').encode()
    flags = [
        Status(name.encode())
        for name in ("optional", "multiple", "multiple_token")
        if getattr(argument, name)
    ]
    if flags:
        found[b"flags"] = Unordered(flags)
    if argument.arguments:
        found[b"arguments"] = [_argument(child) for child in argument.arguments]
    return found
