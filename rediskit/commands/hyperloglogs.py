"""The HyperLogLog commands: how many different elements there were, within 0.81 %."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.datatypes.hyperloglog import HyperLogLog
from rediskit.datatypes.string import String, content_of
from rediskit.errors import CommandError
from rediskit.grammar.command import ADMIN, DENYOOM, FAST, MAY_REPLICATE, READ, WRITE, command
from rediskit.keyspace.database import KEEP_DEADLINE, NO_DEADLINE
from rediskit.keyspace.strings import store_edited
from rediskit.protocol.replies import OK, Status
from rediskit.structures.chance import chance
from rediskit.structures.registers import (
    COUNT,
    Registers,
    add_all,
    add_to_entry,
    cached_estimate,
    cached_in_entry,
    estimate_in_entry,
    estimate_in_place,
    is_sketch,
)

IN_ENTRY = -1  # what cached_in_entry() says of a sketch to be counted anew
SAMPLES = 1000  # what PFSELFTEST adds between two looks
MOST_SAMPLES = 200_000
TOLERANCE = 5 * 1.04 / COUNT**0.5  # five standard errors


@command(
    "PFADD key [element [element ...]]",
    WRITE,
    DENYOOM,
    FAST,
    since="2.8.9",
    keys="RW INSERT",
    complexity="O(N) for N elements",
)
def pfadd(client: Client, key: bytes, *elements):
    """Adds elements to a HyperLogLog, a small sketch of how many different ones there are."""
    changed = add_in_place(client, key, elements)
    if changed >= 0:
        if changed:
            client.database.changed(key, "pfadd", changed)
        return 1 if changed else 0
    database = client.database
    text = database.edit_text(key)
    sketch = HyperLogLog(text)
    changed = sketch.add(elements, sparse_limit(client))
    if text is None:
        sketch.forget_count()
        changed += 1
    elif not changed:
        return 0
    save(client, key, sketch, text is None)
    database.changed(key, "pfadd", changed)
    return 1


def add_in_place(client: Client, key: bytes, elements: tuple):
    """PFADD where the sketch is there and keeps its form; -1 if it is not so.

    Returns how many elements changed a register.
    """
    database = client.database
    try:
        changed = add_to_entry(
            database.table, key, elements, sparse_limit(client), database.clock.now_ms
        )
    except ValueError:
        raise CommandError(errors.HYPERLOGLOG_CORRUPTED) from None
    if changed < 0:
        text = database.edit_text(key)
        if type(text) is String:
            return add_all(text.content, elements)
    return changed


def sparse_limit(client):
    """How many bytes a sparse sketch may take."""
    return client.database.keyspace.limits.sketch_bytes


def save(client: Client, key: bytes, sketch, is_new: bool):
    """Stores a changed sketch at a key."""
    if not sketch.is_in_place:
        deadline = NO_DEADLINE if is_new else KEEP_DEADLINE
        store_edited(client.database, key, bytes(sketch.content), deadline)
    return 0


@command(
    "PFCOUNT key [key ...]",
    READ,
    MAY_REPLICATE,
    since="2.8.9",
    keys="RW ACCESS",
    complexity="O(N) for N keys, of which one alone keeps its estimate",
)
def pfcount(client: Client, key: bytes, *keys):
    """Estimates how many different elements some HyperLogLogs have seen together."""
    database = client.database
    if keys:
        registers = Registers()
        for each in (key, *keys):
            text = database.read_text(each)
            if text is not None:
                HyperLogLog(text).unite_into(registers)
        return registers.estimate()
    return count_one(client, key)


def count_one(client, key):
    """PFCOUNT of one key: what its sketch carries, or else is found out, and carried then.

    With that the string changes, but not what it stands for: no event is published of it.
    """
    database = client.database
    count = cached_in_entry(database.table, key, database.clock.now_ms)
    if count >= 0:
        database.keyspace.hits += 1
        return count
    try:
        if count == IN_ENTRY:
            count = estimate_in_entry(database.table, key, database.clock.now_ms)
            database.keyspace.hits += 1
        else:
            text = database.read_text(key)
            if text is None:
                return 0
            content = content_of(text)
            if not is_sketch(content):
                raise CommandError(errors.HYPERLOGLOG_WRONG_TYPE)
            count = cached_estimate(content)
            if count >= 0:
                return count
            count = estimate_in_place(text.edit())  # only a String can be a sketch here
    except ValueError:
        raise CommandError(errors.HYPERLOGLOG_CORRUPTED) from None
    database.changed(key, "")
    return count


@command(
    "PFMERGE destkey [sourcekey [sourcekey ...]]",
    WRITE,
    DENYOOM,
    since="2.8.9",
    keys="RW ACCESS INSERT",
    complexity="O(N) for N HyperLogLogs",
)
def pfmerge(client: Client, destination: bytes, *sources):
    """Makes one HyperLogLog of several, as if it had seen all of their elements."""
    database = client.database
    registers = Registers()
    is_dense = False
    for key in (destination, *sources):
        text = database.read_text(key)
        if text is not None:
            sketch = HyperLogLog(text)
            sketch.unite_into(registers)
            is_dense = is_dense or sketch.is_dense
    text = database.edit_text(destination)
    sketch = HyperLogLog(text)
    if is_dense:
        sketch.make_dense()
    sketch.raise_to(registers, sparse_limit(client))
    save(client, destination, sketch, text is None)
    database.changed(destination, "pfadd")
    return OK


# For tests and the curious


@command(
    "PFDEBUG subcommand key",
    WRITE,
    DENYOOM,
    ADMIN,
    since="2.8.9",
    keys="RW ACCESS",
    complexity="O(N) for N registers, of which there are 16,384",
)
def pfdebug(client: Client, subcommand: bytes, key: bytes):
    """Shows the registers of a HyperLogLog, or what form they have."""
    text = client.database.edit_text(key)
    if text is None:
        raise CommandError(errors.HYPERLOGLOG_NO_KEY)
    sketch = HyperLogLog(text)
    answer = ANSWERS.get(subcommand.upper())
    if answer is None:
        raise CommandError(errors.pfdebug_unknown(subcommand))
    return answer(client, key, sketch)


def registers_of(client: Client, key: bytes, sketch):
    """PFDEBUG GETREG: all registers. Makes the sketch dense."""
    densify(client, key, sketch)
    return list(sketch.registers())


def decode(client: Client, key: bytes, sketch):
    """PFDEBUG DECODE: the runs of the sparse form, as Redis spells them."""
    if sketch.is_dense:
        raise CommandError(errors.HYPERLOGLOG_NOT_SPARSE)
    spelled = []
    for rank, count, is_long in sketch.runs():
        if rank:
            spelled.append(b"v:%d,%d" % (rank, count))
        else:
            spelled.append(b"%c:%d" % (b"Z" if is_long else b"z", count))
    return b" ".join(spelled)


def encoding(client: Client, key: bytes, sketch):
    """PFDEBUG ENCODING: the form of the registers."""
    return Status(b"dense" if sketch.is_dense else b"sparse")


def densify(client: Client, key: bytes, sketch):
    """PFDEBUG TODENSE: gives the registers the dense form; 1 if they had another."""
    if not sketch.make_dense():
        return 0
    save(client, key, sketch, False)
    client.database.keyspace.dirty += 1
    return 1


ANSWERS = {
    b"GETREG": registers_of,
    b"DECODE": decode,
    b"ENCODING": encoding,
    b"TODENSE": densify,
}


@command("PFSELFTEST", ADMIN, since="2.8.9", complexity="O(1): always 200,000 elements")
def pfselftest(client: Client):
    """Checks with many random elements that HyperLogLogs count well enough."""
    limit = sparse_limit(client)
    seed = chance.getrandbits(64)
    dense, sketch = HyperLogLog(), HyperLogLog()
    dense.make_dense()
    for start in range(0, MOST_SAMPLES, SAMPLES):
        end = start + SAMPLES
        elements = [b"%d-%d" % (seed, number) for number in range(start, end)]
        dense.add(elements, limit)
        sketch.add(elements, limit)
        if dense.count() != sketch.count() or list(dense.registers()) != list(sketch.registers()):
            raise CommandError(errors.pfselftest_forms(end))
        if abs(dense.count() - end) > max(TOLERANCE * end, 1):
            raise CommandError(errors.pfselftest_error(end, dense.count()))
    return OK
