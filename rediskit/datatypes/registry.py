"""The types of values, a row for each: what the rest of the server has to know of a type.

A new type is a row here and its files:

    structures/...      what it is made of
    datatypes/...       its class, which has `encoding`, `memory`, `copy()`, `digest_into(digest)`,
                        `__len__` and, as large ones are freed in slices, `clear_some(limit)`
    commands/...        its commands; a Wait names the class that ends it
    rdb/                what it looks like in a snapshot: format.pxd has the numbers of the forms,
                        kinds.pxd a name for the row's number; value_writer.pyx chooses the form
                        and writes it (object_type, put_object), value_reader.pyx begins, goes on
                        and ends (begin_value, read_elements, end_value)

TYPE, SCAN, OBJECT, DEBUG DIGEST, MEMORY USAGE, COPY, lazy freeing and keyspace events then know it.
"""

from rediskit.datatypes.hash import Hash
from rediskit.datatypes.list import List
from rediskit.datatypes.set import Set
from rediskit.datatypes.sorted_set import SortedSet
from rediskit.datatypes.stream import Stream
from rediskit.datatypes.string import String

INLINE = (int, bytes)  # strings that lie within the entry of their key


class Datatype:
    """A type of values.

    name: as TYPE tells it. number: that of Redis' objects, by which digests tell types, and rdb
    knows them. classes: of its values. event_class: the letter of notify-keyspace-events for the
    `events` that commands announce of it. compact: encodings that are one block of memory.
    """

    __slots__ = ("name", "number", "classes", "event_class", "events", "compact")

    def __init__(self, name, number, classes, event_class, events, compact=()):
        self.name = name
        self.number = number
        self.classes = classes
        self.event_class = event_class
        self.events = events.split()
        self.compact = compact


STRING = Datatype(
    b"string",
    number=0,
    classes=(bytes, int, String),
    event_class="$",
    events="set setrange append incrby incrbyfloat setbit pfadd",
    compact=(b"int", b"embstr", b"raw"),
)
LIST = Datatype(
    b"list",
    number=1,
    classes=(List,),
    event_class="l",
    events="lpush rpush lpop rpop linsert lset lrem ltrim sortstore",
    compact=(b"listpack",),
)
SET = Datatype(
    b"set",
    number=2,
    classes=(Set,),
    event_class="s",
    events="sadd srem spop sinterstore sunionstore sdiffstore sexpire sexpired spersist",
    compact=(b"listpack", b"intset"),
)
SORTED_SET = Datatype(
    b"zset",
    number=3,
    classes=(SortedSet,),
    event_class="z",
    events="zadd zincr zrem zremrangebyrank zremrangebyscore zremrangebylex zpopmin zpopmax"
    " zrangestore zinterstore zunionstore zdiffstore geosearchstore georadiusstore",
    compact=(b"listpack",),
)
HASH = Datatype(
    b"hash",
    number=4,
    classes=(Hash,),
    event_class="h",
    events="hset hdel hincrby hincrbyfloat hexpire hexpired hpersist",
    compact=(b"listpack", b"listpackex"),
)
STREAM = Datatype(
    b"stream",
    number=6,
    classes=(Stream,),
    event_class="t",
    events="xadd xtrim xdel xsetid xgroup-create xgroup-setid xgroup-destroy xgroup-createconsumer"
    " xgroup-delconsumer",
)

DATATYPES = (STRING, LIST, SET, SORTED_SET, HASH, STREAM)
OF_CLASS = {each: datatype for datatype in DATATYPES for each in datatype.classes}
NAMED = {datatype.name: datatype for datatype in DATATYPES}


def datatype_of(value):
    """The Datatype of a value."""
    return OF_CLASS[type(value)]


def pieces_of(value):
    """About how many blocks of memory a container is made of."""
    return 1 if value.encoding in datatype_of(value).compact else len(value)
