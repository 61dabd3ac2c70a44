"""The commands for the deadlines of set members; see element_deadlines for what they share.

They are those of hash fields with MEMBERS for FIELDS. What no manual says yet is done as there:
SADDEX announces `sadd` whether its members are new or not, and SADD, which changes nothing of a
member that is there, leaves its deadline as it is.
"""

from rediskit.clients.client import Client
from rediskit.commands.element_deadlines import (
    Elements,
    Request,
    expire_at,
    is_met,
    persist,
    read_request,
    times_left,
    with_moment,
)
from rediskit.commands.sets import edit_set, read_set
from rediskit.datatypes.set import Set
from rediskit.grammar.command import DENYOOM, FAST, READ, WRITE, command

NO_DEADLINE = -1
MEMBERS = Elements(b"MEMBERS", edit_set, read_set, "s", "srem")


@command(
    "SEXPIRE key seconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]",
    WRITE,
    FAST,
    since="8.12.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M members of a set of N",
)
def sexpire(client: Client, key: bytes, *words):
    """Lets members of a set vanish in so many seconds."""
    return expire_at(client, MEMBERS, b"sexpire", key, words)


@command(
    "SPEXPIRE key milliseconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]",
    WRITE,
    FAST,
    since="8.12.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M members of a set of N",
)
def spexpire(client: Client, key: bytes, *words):
    """Lets members of a set vanish in so many milliseconds."""
    return expire_at(client, MEMBERS, b"spexpire", key, words)


@command(
    "SEXPIREAT key unix-time-seconds [NX | XX | GT | LT] MEMBERS nummembers member [member ...]",
    WRITE,
    FAST,
    since="8.12.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M members of a set of N",
)
def sexpireat(client: Client, key: bytes, *words):
    """Lets members of a set vanish at a point in time, given in seconds since 1970."""
    return expire_at(client, MEMBERS, b"sexpireat", key, words)


@command(
    "SPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] MEMBERS nummembers member"
    " [member ...]",
    WRITE,
    FAST,
    since="8.12.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M members of a set of N",
)
def spexpireat(client: Client, key: bytes, *words):
    """Lets members of a set vanish at a point in time, given in milliseconds since 1970."""
    return expire_at(client, MEMBERS, b"spexpireat", key, words)


@command(
    "STTL key MEMBERS nummembers member [member ...]",
    READ,
    FAST,
    since="8.12.0",
    tips="nondeterministic_output",
    complexity="O(M) for M members",
)
def sttl(client: Client, key: bytes, *words):
    """Tells how many seconds each of some members has left; -1 is for ever, -2 no member."""
    return times_left(client, MEMBERS, b"sttl", key, words)


@command(
    "SPTTL key MEMBERS nummembers member [member ...]",
    READ,
    FAST,
    since="8.12.0",
    tips="nondeterministic_output",
    complexity="O(M) for M members",
)
def spttl(client: Client, key: bytes, *words):
    """Tells how many milliseconds each of some members has left; -1 is for ever, -2 no member."""
    return times_left(client, MEMBERS, b"spttl", key, words)


@command(
    "SEXPIRETIME key MEMBERS nummembers member [member ...]",
    READ,
    FAST,
    since="8.12.0",
    complexity="O(M) for M members",
)
def sexpiretime(client: Client, key: bytes, *words):
    """Tells when members vanish, in seconds since 1970; -1 is never, -2 no member."""
    return times_left(client, MEMBERS, b"sexpiretime", key, words)


@command(
    "SPEXPIRETIME key MEMBERS nummembers member [member ...]",
    READ,
    FAST,
    since="8.12.0",
    complexity="O(M) for M members",
)
def spexpiretime(client: Client, key: bytes, *words):
    """Tells when members vanish, in milliseconds since 1970; -1 is never, -2 no member."""
    return times_left(client, MEMBERS, b"spexpiretime", key, words)


@command(
    "SPERSIST key MEMBERS nummembers member [member ...]",
    WRITE,
    FAST,
    since="8.12.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M members of a set of N",
)
def spersist(client: Client, key: bytes, *words):
    """Takes the deadlines off members of a set."""
    return persist(client, MEMBERS, key, words)


@command(
    "SADDEX key [MNX | MXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds"
    " | PXAT unix-time-milliseconds | KEEPTTL] MEMBERS nummembers member [member ...]",
    WRITE,
    DENYOOM,
    FAST,
    since="8.12.0",
    keys="RW UPDATE",
    complexity="O(M*log(N)) for M members put into a set of N",
)
def saddex(client: Client, key: bytes, *words):
    """Puts members into a set for some time, if all or none of them are there."""
    request: Request = read_request(client, MEMBERS, b"saddex", words, 1, b"KEEPTTL")
    database = client.database
    container = edit_set(database, key)
    if not is_met(request, MEMBERS, container, words, 1):
        return 0
    names = words[request.first : request.past]
    if 0 <= request.deadline <= database.clock.now_ms:
        add_expired(client, key, container, names)
    else:
        add_timed(client, key, container, request, names)
        client.rewrite(b"SADDEX", key, *with_moment(request, words))
    return 1


def add_timed(client: Client, key: bytes, container, request: Request, names: tuple):
    """Puts members into a set, or a new one if it is None, with the deadline that is asked for."""
    database = client.database
    limits = database.keyspace.limits
    members: Set = Set() if container is None else container
    members.prepare(names, limits)
    for member in names:
        members.put(member, limits)
        if not request.keeps:
            members.set_deadline(member, request.deadline)
    if container is None:
        database.store(key, members, NO_DEADLINE)
    elif request.deadline >= 0:
        database.elements.note(key, members)
    database.changed(key, "sadd", len(names))
    if request.deadline >= 0:
        database.changed(key, "sexpire", 0)


def add_expired(client: Client, key: bytes, container, names: tuple):
    """What SADDEX does with a deadline in the past: the members go, as if added just before."""
    database = client.database
    database.changed(key, "sadd", 0)
    if container is None:
        database.changed(key, "srem", 0)
        database.changed(key, "del", 0)
        return
    removed = [member for member in names if container.remove(member)]
    if removed:
        client.rewrite(b"SREM", key, *removed)
    database.changed(key, "srem", len(removed), container)
