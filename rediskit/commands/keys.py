"""The generic commands: keys, whatever they hold."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.datatypes.hash import Hash
from rediskit.datatypes.registry import DATATYPES, INLINE, NAMED, datatype_of
from rediskit.datatypes.set import Set
from rediskit.errors import CommandError
from rediskit.glob import matches
from rediskit.grammar.arguments import Options, integer, integer_between
from rediskit.grammar.command import DANGEROUS, DENYOOM, FAST, READ, WRITE, command
from rediskit.keyspace.objects import encoding_of, references_to
from rediskit.protocol.replies import OK, Status

COPY_OPTIONS = Options("DB value", "REPLACE")
LARGEST_CURSOR = (1 << 64) - 1
NO_TYPE = Status(b"none")
TYPES = {datatype: Status(datatype.name) for datatype in DATATYPES}


@command(
    "DEL key [key ...]",
    WRITE,
    since="1.0.0",
    keys="RM DELETE",
    tips="request_policy:multi_shard response_policy:agg_sum",
    complexity="O(N) for N keys and the elements of their values",
)
def del_(client: Client, *keys):
    """Deletes keys, and tells how many of them there were."""
    return delete_keys(client, keys, client.database.keyspace.lazy_user_del)


@command(
    "UNLINK key [key ...]",
    WRITE,
    FAST,
    since="4.0.0",
    keys="RM DELETE",
    tips="request_policy:multi_shard response_policy:agg_sum",
    complexity="O(N) for N keys, their elements in the background",
)
def unlink(client: Client, *keys):
    """Deletes keys as DEL does, but frees the memory of large values later."""
    return delete_keys(client, keys, True)


def delete_keys(client: Client, keys: tuple, lazily: bool):
    """Deletes keys; how many there were. `lazily`: what is large may be freed later."""
    database = client.database
    database.expect(keys)
    deleted = 0
    for key in keys:
        if database.discard(key, lazily):
            database.changed(key, "del")
            deleted += 1
    return deleted


@command(
    "EXISTS key [key ...]",
    READ,
    FAST,
    since="1.0.0",
    keys="RO",
    tips="request_policy:multi_shard response_policy:agg_sum",
    complexity="O(N) for N keys",
)
def exists(client: Client, *keys):
    """Counts those of the given keys that are there."""
    database = client.database
    database.expect(keys)
    found = 0
    for key in keys:
        if database.view_key(key):
            found += 1
    return found


@command(
    "TOUCH key [key ...]",
    READ,
    FAST,
    since="3.2.1",
    keys="RO",
    tips="request_policy:multi_shard response_policy:agg_sum",
    complexity="O(N) for N keys",
)
def touch(client: Client, *keys):
    """Lets keys count as just used, and tells how many of them there are."""
    return sum(client.database.read_key(key) for key in keys)


@command("TYPE key", READ, FAST, since="1.0.0", keys="RO", complexity="O(1)")
def type_command(client: Client, key: bytes):
    """Says of what type a value is, or none where there is no key."""
    value = client.database.view_value(key)
    return NO_TYPE if value is None else TYPES[datatype_of(value)]


@command(
    "KEYS pattern",
    READ,
    DANGEROUS,
    since="1.0.0",
    tips="request_policy:all_shards nondeterministic_output_order",
    complexity="O(N) for N keys in the database",
)
def keys_command(client: Client, pattern: bytes):
    """Returns whichever keys match a pattern, all of them at once."""
    database = client.database
    found = []
    cursor = 0
    while True:
        cursor, keys = database.scan(cursor, 1000)
        if pattern == b"*":
            found += keys
        else:
            found += [key for key in keys if matches(pattern, key)]
        if not cursor:
            return found


def scan_cursor(argument: bytes):
    """The cursor an argument spells. Raises CommandError."""
    if not argument.isdigit() or len(argument) > 20 or int(argument) > LARGEST_CURSOR:
        raise CommandError(errors.INVALID_CURSOR)
    return int(argument)


def scan_count(argument: bytes):
    """The value of COUNT. Raises CommandError."""
    count = integer(argument)
    if count < 1:
        raise CommandError(errors.SYNTAX_ERROR)
    return count


def unknown_scan_option(word: bytes):
    """The error for what is no option of SCAN, SSCAN or ZSCAN, though perhaps one of HSCAN."""
    return errors.SCAN_NOVALUES if word.upper() == b"NOVALUES" else errors.SYNTAX_ERROR


SCAN_OPTIONS = Options(
    "MATCH value",
    "COUNT value",
    "TYPE value",
    unknown=unknown_scan_option,
    COUNT=scan_count,
)


@command(
    "SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]",
    READ,
    since="2.8.0",
    tips="nondeterministic_output request_policy:special",
    complexity="O(1) a call, O(N) for all of N keys",
)
def scan(client: Client, cursor: bytes, *options):
    """Returns a few keys, and a cursor with which to ask for more."""
    position = scan_cursor(cursor)
    options = SCAN_OPTIONS.read(options)
    pattern = options.get(b"MATCH", b"*")
    type_name = options.get(b"TYPE", b"").lower()
    datatype = NAMED.get(type_name)
    table = client.database.table

    def is_wanted(key):
        return matches(pattern, key) and (not type_name or datatype_of(table.peek(key)) is datatype)

    is_chosen = is_wanted if type_name or pattern != b"*" else None
    following, keys = client.database.scan(position, options.get(b"COUNT", 10), is_chosen)
    return [b"%d" % following, keys]


@command(
    "RANDOMKEY",
    READ,
    since="1.0.0",
    tips="request_policy:all_shards nondeterministic_output",
    complexity="O(1)",
)
def randomkey(client: Client):
    """Picks a key by chance."""
    return client.database.random_key()


@command(
    "DBSIZE",
    READ,
    FAST,
    since="1.0.0",
    group="server",
    categories="keyspace",
    tips="request_policy:all_shards response_policy:agg_sum",
    complexity="O(1)",
)
def dbsize(client: Client):
    """Tells how many keys the selected database has."""
    return len(client.database)


@command(
    "RENAME key newkey",
    WRITE,
    since="1.0.0",
    keys="RW ACCESS DELETE",
    complexity="O(1), or O(N) to free a value of N elements that had the name",
)
def rename(client: Client, key: bytes, newkey: bytes):
    """Gives a key another name, in place of whatever had it."""
    rename_key(client, key, newkey, False)
    return OK


@command(
    "RENAMENX key newkey",
    WRITE,
    FAST,
    since="1.0.0",
    keys="RW ACCESS DELETE, OW INSERT",
    complexity="O(1)",
)
def renamenx(client: Client, key: bytes, newkey: bytes):
    """Gives a key another name, if no key has it."""
    return rename_key(client, key, newkey, True)


def rename_key(client: Client, key: bytes, new_key: bytes, only_new: bool):
    """Moves a value and its deadline to another key; whether that was allowed."""
    database = client.database
    value = database.peek_value(key)
    if value is None:
        raise CommandError(errors.NO_SUCH_KEY)
    if key == new_key:
        return 0
    if database.peek_value(new_key) is not None and only_new:
        return 0
    move_entry(database, key, database, new_key)
    database.changed(key, "rename_from")
    database.changed(new_key, "rename_to", 0)
    return 1


def move_entry(source, key: bytes, target, new_key: bytes):
    """Moves an entry with all it has to another key, perhaps of another database."""
    copy_entry(source, key, target, new_key, source.table.peek(key))
    source.table.remove(key)


def copy_entry(source, key: bytes, target, new_key: bytes, value):
    """Stores a value with the deadline and access of another key; what was there goes."""
    replaced = target.table.peek(new_key) if target.keyspace.lazy_server_del else None
    target.overwritten(new_key, value)
    if type(value) is Hash or type(value) is Set:
        target.elements.note(new_key, value)
    if source.table.is_raw(key):
        target.table.set_raw(new_key, value, source.table.deadline(key))
    else:
        target.table.set(new_key, value, source.table.deadline(key))
    target.table.set_access(new_key, source.table.access(key))
    if replaced is not None:
        target.keyspace.free_value_lazily(replaced)
    target.noted(new_key, True)  # for Redis it is a new key even where there was one


@command("MOVE key db", WRITE, FAST, since="1.0.0", keys="RW ACCESS UPDATE", complexity="O(1)")
def move(client: Client, key: bytes, db: bytes):
    """Takes a key over into another database, if that has none of the same name."""
    source = client.database
    target = database_of(client, db)
    if target is source:
        raise CommandError(errors.SAME_OBJECT)
    if source.peek_value(key) is None or target.peek_value(key) is not None:
        return 0
    move_entry(source, key, target, key)
    source.changed(key, "move_from")
    target.changed(key, "move_to", 0)
    return 1


def database_of(client: Client, argument: bytes):
    """The database whose number an argument spells. Raises CommandError."""
    number = integer_between(argument, -(1 << 31), (1 << 31) - 1)
    databases = client.database.keyspace.databases
    if not 0 <= number < len(databases):
        raise CommandError(errors.DATABASE_OUT_OF_RANGE)
    return databases[number]


@command(
    "COPY source destination [DB destination-db] [REPLACE]",
    WRITE,
    DENYOOM,
    since="6.2.0",
    complexity="O(N) for N elements or bytes",
)
def copy(client: Client, source: bytes, destination: bytes, *options):
    """Stores a copy of a value at another key, in this database or another."""
    options = COPY_OPTIONS.read(options)
    database = client.database
    target = database_of(client, options[b"DB"]) if b"DB" in options else database
    if target is database and source == destination:
        raise CommandError(errors.SAME_OBJECT)
    value = database.view_value(source)
    if value is None:
        return 0
    if target.peek_value(destination) is not None and b"REPLACE" not in options:
        return 0
    if type(value) not in INLINE:
        value = value.copy()
    copy_entry(database, source, target, destination, value)
    target.changed(destination, "copy_to")
    return 1


@command(
    "OBJECT ENCODING key",
    READ,
    since="2.2.3",
    keys="RO",
    tips="nondeterministic_output",
    complexity="O(1)",
)
def object_encoding(client: Client, key: bytes):
    """Names the form that a value has in memory."""
    value = client.database.view_value(key, False)
    return None if value is None else encoding_of(client.database.table, key, value)


@command(
    "OBJECT REFCOUNT key",
    READ,
    since="2.2.3",
    keys="RO",
    tips="nondeterministic_output",
    complexity="O(1)",
)
def object_refcount(client: Client, key: bytes):
    """Tells how often the value of a key is used: once, unless Redis would share it."""
    value = client.database.view_value(key, False)
    if value is None:
        return None
    return references_to(value, client.server.eviction.shares_integers())


@command(
    "OBJECT IDLETIME key",
    READ,
    since="2.2.3",
    keys="RO",
    tips="nondeterministic_output",
    complexity="O(1)",
)
def object_idletime(client: Client, key: bytes):
    """Tells for how many seconds nobody has used a key."""
    database = client.database
    if database.view_value(key, False) is None:
        return None
    if database.table.counts_frequency:
        raise CommandError(errors.NO_IDLE_TIME)
    return (database.table.access_clock - database.table.access(key)) & 0xFFFFFF


@command(
    "OBJECT FREQ key",
    READ,
    since="4.0.0",
    keys="RO",
    tips="nondeterministic_output",
    complexity="O(1)",
)
def object_freq(client: Client, key: bytes):
    """Tells how often a key is used, on a logarithmic scale that fades with time."""
    database = client.database
    if database.view_value(key, False) is None:
        return None
    if not database.table.counts_frequency:
        raise CommandError(errors.NO_FREQUENCY)
    return database.table.access(key) & 255
