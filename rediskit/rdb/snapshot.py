"""RDB, the format of Redis' snapshots and of what DUMP gives: the page about it, and who uses it.

Layout of a file:

    "REDIS" version (4 digits; Valkey 9 and later: "VALKEY" and 3 digits)
    250 name value ...                      what wrote it: redis-ver, redis-bits, ctime, used-mem
    254 number                              the database that the keys behind it belong to
    251 keys keys-with-a-deadline           how large that is, a hint
    [252 deadline | 253 deadline] [248 idle | 249 frequency] type key value
    ...                                     the next keys, the next databases
    255 CRC                                 of all before it; 0: none was wanted

    245 library   247 module...   244 slot size deadlines      may stand where a key does
    242 template n (field)        241                          so may these of Redis 8

A DUMP payload is: type value version (2 bytes) CRC.

Lengths take 1, 2, 5 or 9 bytes, the highest first:

    00llllll   01llllll llllllll   10000000 (4 bytes)   10000001 (8 bytes)

Strings, keys too, are a length and so many bytes, or

    11000000 11000001 11000010              an integer of 8, 16, 32 bits that the string spells
    11000011 size length (size bytes)       LZF (structures/lzf): it expands to `length` bytes

Deadlines are 8 bytes of milliseconds (252) or 4 of seconds (253) since 1970, idle is a length of
seconds, a frequency is a byte. All numbers of a fixed width are little-endian.

Types, and what stands for the value. n is a length; blob is a string that holds a compact form:

    0 string       text                     10 list      blob: a ziplist
    1 list         n (element)              14 list      n (blob: a ziplist)
    2 set          n (member)               18 list      n (2 blob: a listpack | 1 element)
    3 sorted set   n (member digits)        11 set       blob: an intset
    5 sorted set   n (member double)        20 set       blob: a listpack
    4 hash         n (field value)          12, 17 sorted set   blob: a ziplist, a listpack
    9 hash         blob: a zipmap           13, 16 hash         blob: a ziplist, a listpack
    24 hash        first n (deadline - first + 1, or 0, field value)      22: n (deadline ...
    25 hash        first blob: a listpack of field value deadline         23: without first
    200 set        first n (deadline - first + 1, or 0, member)           ours, of no Redis
    31 hash        as 4
    32 hash        template (value)         30 hash      blob: a listpack of template value ...
    6, 7 module                             22 of Valkey: n (field value deadline)
    15, 19, 21, 26, 27 stream               see stream_writer.pyx

Digits of a score are a byte of length and so many bytes; 253, 254, 255 are nan, inf, -inf. An
intset is width (4) count (4) and integers of that width, ascending. Listpacks are in listpacks.pxd,
ziplists and zipmaps in elements.pyx.

What is written is version 10, that of Redis 7.0: types 0, 2, 4, 5, 11, 16, 17, 18, 19; or 12, that
of Redis 7.4, where fields of hashes have deadlines: types 24, 25, or members of sets: 200, which no
Redis reads, as what Redis 8.12 writes is not known yet. Streams that know more than those of Redis
7.0 have types 26 or 27, in a payload with the version of Redis 8.6 or 8.8; a file is not searched
for them before it is begun, so its version does not tell. What is read: all of the above but
modules, from any version. (Source: rdb.h and the documentation of Redis and Valkey.)

Who uses it: snapshot_writer(keyspace, fd).write_some(limit_bytes) until it gives False, and
snapshot_reader(keyspace, fd, size).load_some(limit_bytes) likewise. The writer takes no references,
so that it can run in the child of a fork; begun in the parent before that, as it looks at Python
objects then. For one that works in slices beside commands, see snapshot_writer.pyx.
"""

from rediskit.rdb.damage import Damaged
from rediskit.rdb.snapshot_reader import SnapshotReader
from rediskit.rdb.snapshot_writer import SnapshotWriter
from rediskit.rdb.value_reader import ValueReader
from rediskit.rdb.value_writer import ValueWriter
from rediskit.structures import memory
from rediskit.structures.crc64 import crc64
from rediskit.version import BITS, REDIS_VERSION

PLAIN_VERSION = 10
TIMED_VERSION = 12
NEWEST_VERSION = 80  # of a payload that RESTORE takes
FOOTER = 10  # bytes of version and CRC


def snapshot_writer(
    keyspace,
    fd=-1,
    *,
    checksum=True,
    compression=True,
    marks_access=False,
    aof_base=False,
    libraries=(),
):
    """A SnapshotWriter of all databases, which has written the head.

    fd: of the file; -1: what is written is fetched by take() after each write_some(). checksum,
    compression: rdbchecksum, rdbcompression. marks_access: whether the policy of maxmemory is one
    that idle times or frequencies matter to. libraries: codes of functions, that go first.
    """
    aux = [
        (b"redis-ver", REDIS_VERSION.encode()),
        (b"redis-bits", b"%d" % BITS),
        (b"ctime", b"%d" % keyspace.clock.seconds),
        (b"used-mem", b"%d" % memory.used()),
        (b"aof-base", b"%d" % aof_base),
    ]
    return SnapshotWriter(
        [database.table for database in keyspace.databases],
        fd,
        _version_for(keyspace),
        checksum,
        compression,
        marks_access,
        aux,
        libraries,
    )


def _version_for(keyspace):
    """The oldest version that can carry the data."""
    if any(database.elements.has_any() for database in keyspace.databases):
        return TIMED_VERSION
    return PLAIN_VERSION


def write_snapshot(keyspace, fd=-1, **options):
    """Writes all databases at once; the SnapshotWriter, whose take() has it where fd is -1."""
    writer = snapshot_writer(keyspace, fd, **options)
    writer.write_some()
    return writer


def snapshot_reader(
    keyspace, fd=-1, size=0, *, payload=b"", checksum=True, keeps_due=False, replaces=False
):
    """A SnapshotReader into databases, which hold none of the keys yet, unless it `replaces` them.

    It reads `size` bytes from where the file is, or a payload. keeps_due: keys whose time is up
    are loaded too.
    """

    def note_fields(number, key, fields):
        keyspace.databases[number].elements.note(key, fields)

    return SnapshotReader(
        [database.table for database in keyspace.databases],
        keyspace.limits,
        fd,
        size,
        payload,
        checksum,
        0 if keeps_due else keyspace.clock.now_ms,
        note_fields,
        replaces,
    )


def load_snapshot(keyspace, fd=-1, size=0, **options):
    """Reads all of a snapshot at once; the SnapshotReader. Raises Damaged and OSError."""
    reader = snapshot_reader(keyspace, fd, size, **options)
    reader.load_some()
    return reader


def dump(value, compression=True):
    """The payload for a value: bytes, an int, or an object of a class of `datatypes`."""
    writer = ValueWriter(-1, False, compression)
    version = writer.write_payload(value)
    payload = writer.take() + version.to_bytes(2, "little")
    return payload + crc64(payload).to_bytes(8, "little")


def is_intact(payload, checksum=True):
    """Whether a payload's version is one that is known, and its CRC is right, or not asked for."""
    if len(payload) < FOOTER:
        return False
    version = int.from_bytes(payload[-FOOTER:-8], "little")
    if version > NEWEST_VERSION:
        return False
    return not checksum or crc64(payload[:-8]) == int.from_bytes(payload[-8:], "little")


def restore(payload, limits):
    """The value of a payload that is intact: bytes, or an object of a class of `datatypes`.

    limits: of containers before they change their form. Raises Damaged, also where there is
    nothing in a container.
    """
    version = int.from_bytes(payload[-FOOTER:-8], "little")
    if len(payload) == FOOTER:
        raise Damaged("no value", 0)
    reader = ValueReader(limits, -1, len(payload) - FOOTER, payload, False)
    value = reader.read_payload(version)
    if value is None:
        raise Damaged("an empty container", reader.offset)
    return value
