"""HIMPORT: hashes of the same fields, whose names are sent once and then only the values.

A fieldset is a list of names that a connection has given a name. It is gone with the connection.
What is stored is a hash as any other; Redis, which can keep the names once for many hashes, shows
the same to those who read them.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.hashes import put
from rediskit.datatypes.hash import Hash
from rediskit.errors import CommandError
from rediskit.grammar.command import DENYOOM, WRITE, command
from rediskit.keyspace.database import NO_DEADLINE
from rediskit.protocol.replies import OK


@command(
    "HIMPORT PREPARE fieldset field [field ...]",
    DENYOOM,
    since="8.10.0",
    complexity="O(N) for N fields",
)
def himport_prepare(client: Client, name: bytes, *fields):
    """Names a list of fields, of which HIMPORT SET then takes the values."""
    if len(set(fields)) < len(fields):
        raise CommandError(errors.DUPLICATE_FIELD)
    if client.fieldsets is None:
        client.fieldsets = {}
    client.fieldsets[name] = fields
    return OK


@command(
    "HIMPORT SET key fieldset value [value ...]",
    WRITE,
    DENYOOM,
    since="8.10.0",
    keys="OW UPDATE",
    complexity="O(N) for N fields",
)
def himport_set(client: Client, key: bytes, name: bytes, *values):
    """Stores a hash of the fields that a name stands for, in place of whatever is at the key."""
    fields = None if client.fieldsets is None else client.fieldsets.get(name)
    if fields is None:
        raise CommandError(errors.NO_FIELDSET)
    if len(fields) != len(values):
        raise CommandError(errors.FIELDSET_COUNT)
    database = client.database
    content = Hash()
    pairs = []
    for field, value in zip(fields, values, strict=True):
        put(database, content, field, value)
        pairs += (field, value)
    if not database.store(key, content, NO_DEADLINE):
        client.rewrite(b"DEL", key)
    client.rewrite(b"HSET", key, *pairs)
    database.changed(key, "hset", len(fields), None, fields)
    return OK


@command("HIMPORT DISCARD fieldset", since="8.10.0", complexity="O(N) for N fields")
def himport_discard(client: Client, name: bytes):
    """Forgets a name for a list of fields."""
    if client.fieldsets is None or client.fieldsets.pop(name, None) is None:
        return 0
    return 1


@command("HIMPORT DISCARDALL", since="8.10.0", complexity="O(N) for N fields of all names")
def himport_discardall(client: Client):
    """Forgets all names for lists of fields; tells how many there were."""
    count = len(client.fieldsets or ())
    client.fieldsets = None
    return count
