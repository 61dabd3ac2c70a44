"""DEBUG: what tests of Redis-compatible servers need, and nobody else should use.

It is one command for the command table; its subcommands are declared here with `debug`, like
commands: the usage line tells the name, the function's parameters how many words it takes.
"""

import os
import time

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.config.kinds import parse_memory
from rediskit.datatypes.registry import STRING, datatype_of
from rediskit.errors import CommandError
from rediskit.glob import matches
from rediskit.grammar.arguments import Options, integer
from rediskit.grammar.command import ADMIN, LOADING, NOSCRIPT, STALE, command
from rediskit.keyspace.digest import Digest
from rediskit.keyspace.objects import encoding_of, references_to
from rediskit.protocol.numbers import parse_float
from rediskit.protocol.replies import (
    OK,
    BigNumber,
    Push,
    Status,
    Verbatim,
    encode,
)

SUBCOMMANDS = {}
RELOAD_OPTIONS = Options(
    "MERGE", "NOFLUSH", "NOSAVE", unknown=lambda word: errors.DEBUG_RELOAD_OPTIONS
)
VARIABLE_ARGUMENTS = 0x04  # CO_VARARGS of a code object

EXPIRES = b"!!expire!!"
LARGEST_THRESHOLD = 1 << 32


class Subcommand:
    """One part of DEBUG: its usage line, its function, and how many words it takes."""

    def __init__(self, usage, function):
        code = function.__code__
        self.usage = usage
        self.function = function
        self.most = code.co_argcount - 1
        self.least = self.most - len(function.__defaults__ or ())
        if code.co_flags & VARIABLE_ARGUMENTS:
            self.most = 1 << 30

    def help_lines(self):
        """The usage line, and the summary below."""
        return [self.usage, f"    {self.function.__doc__.strip().splitlines()[0]}"]


def debug(usage):
    """Declares a function(client, *words) as the part of DEBUG that `usage` describes."""

    def declare(function):
        name = usage.partition(" ")[0].lower().encode()
        SUBCOMMANDS[name] = Subcommand(usage, function)
        return function

    return declare


@command(
    "DEBUG",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="1.0.0",
    arity=-2,
    complexity="That of the subcommand",
)
def debug_command(client: Client, name: bytes, *words):
    """Does what tests need and nobody else should use; DEBUG HELP tells what."""
    allowed = client.server.config["enable-debug-command"]
    if allowed == "no" or (allowed == "local" and not client.is_local):
        raise CommandError(errors.command_disabled("DEBUG", "enable-debug-command"))
    found = SUBCOMMANDS.get(name.lower())
    if found is None or not found.least <= len(words) <= found.most:
        raise CommandError(errors.wrong_subcommand(name, "DEBUG"))
    return found.function(client, *words)


def switch(word: bytes):
    """Whether a word spells a number other than 0, as a switch of DEBUG."""
    return word not in (b"0", b"no", b"off")


# The server


@debug("SLEEP <seconds>")
def sleep(client: Client, seconds: bytes):
    """Sleeps for so many seconds, which may have decimals, and serves nobody meanwhile."""
    try:
        duration = parse_float(seconds)
    except ValueError:
        duration = 0.0
    if 0 < duration < float("inf"):
        time.sleep(duration)
        client.server.clock.tick()
    return OK


@debug("LOG <message>")
def log(client: Client, message: bytes):
    """Puts a line into the log of the server."""
    client.server.log.warning("DEBUG LOG: " + message.decode("utf-8", "surrogateescape"))
    return OK


@debug("ERROR <string>")
def error(client: Client, text: bytes):
    """Replies with an error of any text."""
    return RawError(text)


class RawError:
    """An error reply of any text, with or without a code; not counted as an error."""

    def __init__(self, text):
        self.text = text.replace(b"\r", b" ").replace(b"\n", b" ")

    def encode_into(self, out, protocol):
        """Writes the error."""
        out.append(b"-" + self.text + b"\r\n")


@debug("RELOAD [MERGE] [NOFLUSH] [NOSAVE]")
def reload(client: Client, *words):
    """Saves a snapshot, loads it. MERGE: keys may be there; NOFLUSH: they stay; NOSAVE: as is."""
    options = RELOAD_OPTIONS.read(words)
    server = client.server
    snapshots = server.snapshots
    if server.is_loading:
        raise CommandError(errors.LOADING)
    if b"NOSAVE" not in options and not snapshots.save():
        raise CommandError(errors.SAVE_FAILED)
    changes = snapshots.changes
    if b"NOFLUSH" not in options:
        server.keyspace.flush(server.keyspace.databases, False)
        server.functions.flush()
    succeeded = snapshots.loads.load(merges=b"MERGE" in options)
    snapshots.changes = changes
    if not succeeded:
        raise CommandError(errors.DEBUG_LOAD_FAILED)
    server.log.warning("DB reloaded by DEBUG RELOAD")
    return OK


@debug("CONFIG-REWRITE-FORCE-ALL")
def config_rewrite_force_all(client: Client):
    """As CONFIG REWRITE, but also writes what has its default."""
    client.server.config.rewrite(with_defaults=True)
    return OK


@debug("CHANGE-REPL-ID")
def change_repl_id(client: Client):
    """Gives the server another replication ID."""
    client.server.log.notice("Changing replication IDs after receiving change-repl-id")
    client.server.replication_id = os.urandom(20).hex()
    return OK


@debug("SET-ACTIVE-EXPIRE <0|1>")
def set_active_expire(client: Client, wanted: bytes):
    """Says whether keys that are due are looked for: with 0 they go when they are accessed."""
    client.server.keyspace.expires = switch(wanted)
    return OK


@debug("SET-DISABLE-DENY-SCRIPTS <0|1>")
def set_disable_deny_scripts(client: Client, wanted: bytes):
    """Says whether scripts may call what is not meant for them."""
    client.server.scripts.runner.allows_all = switch(wanted)
    return OK


@debug("SET-SKIP-CHECKSUM-VALIDATION <0|1>")
def set_skip_checksum_validation(client: Client, wanted: bytes):
    """Says whether the checksums of snapshots and of what RESTORE is given may be wrong."""
    client.server.snapshots.loads.skips_checksums = switch(wanted)
    return OK


@debug("PAUSE-CRON <0|1>")
def pause_cron(client: Client, wanted: bytes):
    """Says whether what is done several times a second is left undone."""
    client.server.cron_paused = switch(wanted)
    return OK


@debug("REPLYBUFFER RESIZING <0|1>")
def reply_buffer(client: Client, setting: bytes, wanted: bytes):
    """Says whether the memory of empty reply buffers is freed."""
    if setting.lower() != b"resizing":
        raise CommandError(errors.wrong_subcommand(client.call.arguments[1], "DEBUG"))
    client.server.network.frees_buffers = switch(wanted)
    return OK


@debug("DICT-RESIZING <0|1>")
def dict_resizing(client: Client, wanted: bytes):
    """Taken for the sake of tests: tables here grow and shrink by segments, without resizing."""
    integer(wanted)
    return OK


@debug("QUICKLIST-PACKED-THRESHOLD <size>")
def quicklist_packed_threshold(client: Client, size: bytes):
    """Taken for the sake of tests: a list here packs elements of any size."""
    try:
        threshold = parse_memory(size)
    except ValueError:
        threshold = -1
    if not 0 <= threshold < LARGEST_THRESHOLD:
        raise CommandError(errors.DEBUG_PACKED_THRESHOLD)
    return OK


@debug("STRINGMATCH-LEN <pattern> <string>")
def stringmatch_len(client: Client, pattern: bytes, text: bytes):
    """Tells whether a pattern matches a string, 1 or 0."""
    return int(matches(pattern, text))


# Keys


@debug("OBJECT <key>")
def object_(client: Client, key: bytes):
    """Shows how the value of a key lies in memory."""
    database = client.database
    value = database.peek_value(key)
    if value is None:
        raise CommandError(errors.NO_SUCH_KEY)
    table = database.table
    references = references_to(value, client.server.eviction.shares_integers())
    fields = [f"Value at:0x{table.address_of(key):x} refcount:{references}"]
    fields.append(f"encoding:{encoding_of(table, key, value).decode()}")
    size = serialized_size(value)
    if size is not None:
        fields.append(f"serializedlength:{size}")
    access = table.access(key)
    if table.counts_frequency:
        fields.append(f"lru:{access} freq:{access & 255} access_time:{access >> 8}")
    else:
        idle = (table.access_clock - access) & 0xFFFFFF
        fields.append(f"lru:{access} lru_seconds_idle:{idle}")
    if encoding_of(table, key, value) == b"quicklist":
        fields.append(chunk_fields(client, value))
    return Status(" ".join(fields).encode())


def chunk_fields(client: Client, value):
    """What Redis tells of a quicklist; whether it is compressed is what the directive asks for."""
    chunks, size = value.count_chunks()
    compressed = int(client.server.config["list-compress-depth"] > 0)
    return (
        f"ql_nodes:{chunks} ql_avg_node:{len(value) / chunks:.2f} ql_listpack_max:{value.fill}"
        f" ql_compressed:{compressed} ql_uncompressed_size:{size}"
    )


def serialized_size(value):
    """How many bytes a string takes in a snapshot, not compressed; None for other types.

    Source: the encodings of lengths and integers of the RDB format.
    """
    if datatype_of(value) is not STRING:
        return None
    if type(value) is int:
        for size in (1, 2, 4):
            if -(1 << (8 * size - 1)) <= value < 1 << (8 * size - 1):
                return 1 + size
        return 1 + len(b"%d" % value)
    length = len(value)
    if length < 1 << 6:
        return 1 + length
    if length < 1 << 14:
        return 2 + length
    return 5 + length


@debug("POPULATE <count> [<prefix>] [<size>]")
def populate(client: Client, count: bytes, prefix: bytes = b"key", size: bytes = b"0"):
    """Makes so many strings, prefix:0 and on (key:0 without one), that are not there yet."""
    number, length = integer(count, errors.MUST_BE_POSITIVE), integer(size, errors.MUST_BE_POSITIVE)
    if number < 0 or length < 0:
        raise CommandError(errors.MUST_BE_POSITIVE)
    if length > client.server.config["proto-max-bulk-len"]:
        raise CommandError(errors.STRING_TOO_LONG)
    database = client.database
    contains, store = database.table.contains, database.store
    key_pattern = prefix.replace(b"%", b"%%") + b":%d"
    announces = bool(database.keyspace.observers)
    for index in range(number):
        key = key_pattern % index
        if contains(key):
            continue
        value = b"value:%d" % index
        if length:
            value = value[:length].ljust(length, b"\0")
        store(key, value)
        if announces:
            database.keyspace.announce(database, key, "set")
    return OK


# Digests


@debug("DIGEST")
def digest(client: Client):
    """Returns a digest of all keys and values, 40 hexadecimal digits."""
    total = Digest()
    for database in client.database.keyspace.databases:
        add_database(total, database)
    return Status(str(total).encode())


def add_database(total, database):
    """Puts all keys of a database that have not expired into a digest."""
    cursor = 0
    is_empty = True
    while True:
        cursor, keys = database.scan(cursor, 1000)
        if keys and is_empty:
            total.mix(database.number.to_bytes(4, "big"))
            is_empty = False
        for key in keys:
            entry = Digest()
            entry.mix(key)
            mix_value(entry, database, key, database.table.peek(key))
            total.combine(entry)
        if not cursor:
            return


def mix_value(entry, database, key: bytes, value):
    """Puts a value, its type and whether it expires into a digest."""
    entry.mix(datatype_of(value).number.to_bytes(4, "big"))
    if type(value) is int:
        entry.mix(b"%d" % value)
    elif type(value) is bytes:
        entry.mix(value)
    else:
        value.digest_into(entry)
    if database.table.deadline(key) >= 0:
        entry.add(EXPIRES)


@debug("DIGEST-VALUE <key> [<key> ...]")
def digest_value(client: Client, *keys):
    """Returns a digest for the value of each key."""
    replies = []
    for key in keys:
        entry = Digest()
        value = client.database.peek_value(key)
        if value is not None:
            mix_value(entry, client.database, key, value)
        replies.append(Status(str(entry).encode()))
    return replies


# The protocol


class Attributed:
    """A reply with an attribute before it, which RESP2 leaves out."""

    def __init__(self, attributes, value):
        self.attributes = attributes
        self.value = value

    def encode_into(self, out, protocol):
        """Writes the attributes, then the reply."""
        if protocol == 3:
            out.append_line(ord("|"), len(self.attributes))
            for name, value in self.attributes.items():
                encode(out, name, protocol)
                encode(out, value, protocol)
        encode(out, self.value, protocol)


class Pushed:
    """A reply with a push message before it."""

    def __init__(self, message, value):
        self.message = message
        self.value = value

    def encode_into(self, out, protocol):
        """Writes the message, then the reply."""
        encode(out, Push(self.message), protocol)
        encode(out, self.value, protocol)


PROTOCOL_VALUES = {
    b"string": b"Hello World",
    b"integer": 12345,
    b"double": 3.141,
    b"null": None,
    b"array": [0, 1, 2],
    b"set": {0, 1, 2},
    b"map": {0: False, 1: True, 2: False},
    b"attrib": Attributed(
        {b"key-popularity": [b"key:123", 90]}, b"Some real reply following the attribute"
    ),
    b"push": Pushed([b"server-cpu-usage", 42], b"Some real reply following the push reply"),
    b"verbatim": Verbatim(b"This is a verbatim\nstring"),
    b"true": True,
    b"false": False,
    b"bignum": BigNumber(1234567999999999999999999999999999999),
}


@debug("PROTOCOL <type>")
def protocol(client: Client, kind: bytes):
    """Replies with a value of a type, such as map, double or push."""
    kind = kind.lower()
    if kind not in PROTOCOL_VALUES:
        raise CommandError(errors.DEBUG_PROTOCOL_TYPE)
    if kind == b"push" and client.protocol == 2:
        raise CommandError(errors.DEBUG_NO_RESP2)
    return PROTOCOL_VALUES[kind]


@debug("HELP")
def help_(client: Client):
    """Print this help."""
    lines = ["DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    for name in [*sorted(SUBCOMMANDS.keys() - {b"help"}), b"help"]:
        lines += SUBCOMMANDS[name].help_lines()
    return [Status(line.encode()) for line in lines]
