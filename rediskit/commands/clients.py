"""CLIENT: what the server tells of its clients, and what they can do to each other.

Clients are described in lines of `name=value` words, which the log shows too (clients.description).
"""

from rediskit import errors
from rediskit.clients.bits import UNTOUCHING
from rediskit.clients.client import REPLY_OFF, REPLY_ON, REPLY_SKIP_NEXT, Client
from rediskit.clients.description import describe
from rediskit.clients.kinds import NORMAL, PRIMARY, PUBSUB, REPLICA
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, integer
from rediskit.grammar.command import ADMIN, LOADING, NOSCRIPT, STALE, command
from rediskit.integers import LARGEST
from rediskit.protocol.replies import OK, SILENCE, Verbatim

TYPES = {
    b"normal": NORMAL,
    b"master": PRIMARY,
    b"replica": REPLICA,
    b"slave": REPLICA,
    b"pubsub": PUBSUB,
}
ATTRIBUTES = {b"lib-name": "library_name", b"lib-ver": "library_version"}
SWITCH = {b"on": True, b"off": False}
FILTERS = (
    "ID client-id | TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB> | USER username | "
    "ADDR ip:port | LADDR ip:port | SKIPME <YES | NO> | MAXAGE maxage"
)


# What they are


def present(client: Client):
    """All clients that have a connection which is not about to be closed, in order of their ids."""
    return [other for other in client.server.clients.values() if not other.closing]


@command(
    "CLIENT ID", NOSCRIPT, LOADING, STALE, since="5.0.0", group="connection", complexity="O(1)"
)
def client_id(client: Client):
    """Returns the number that no other connection to this server has or had."""
    return client.id


@command(
    "CLIENT INFO",
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.2.0",
    group="connection",
    tips="nondeterministic_output",
    complexity="O(1)",
)
def client_info(client: Client):
    """Describes this connection in a line, as CLIENT LIST does."""
    return lines_of([client])


@command(
    "CLIENT LIST [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.4.0",
    group="connection",
    tips="nondeterministic_output",
    complexity="O(N) for N connections",
)
def client_list(client: Client, *words):
    """Describes each connection in a line: all of them, those of a type, or a few by ID."""
    if not words:
        return lines_of(present(client))
    option = words[0].upper()
    if option == b"TYPE" and len(words) == 2:
        wanted = client_kind(words[1])
        return lines_of([other for other in present(client) if other.kind == wanted])
    if option == b"ID" and len(words) > 1:
        numbers = [integer(word, errors.INVALID_CLIENT_ID) for word in words[1:]]
        found = [client.server.clients.get(number) for number in numbers]
        return lines_of([each for each in found if each is not None and not each.closing])
    raise CommandError(errors.SYNTAX_ERROR)


def lines_of(clients: list):
    """The descriptions of clients, a line each."""
    lines = "".join(describe(client) + "\n" for client in clients)
    return Verbatim(lines.encode("utf-8", "surrogateescape"))


def client_kind(name: bytes):
    """The kind of clients that a word names. Raises CommandError."""
    found = TYPES.get(name.lower())
    if found is None:
        raise CommandError(errors.unknown_client_type(name))
    return found


# Names


@command(
    "CLIENT GETNAME", NOSCRIPT, LOADING, STALE, since="2.6.9", group="connection", complexity="O(1)"
)
def client_getname(client: Client):
    """Tells what the connection is called."""
    return client.name or None


@command(
    "CLIENT SETNAME connection-name",
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.6.9",
    group="connection",
    tips="request_policy:all_nodes response_policy:all_succeeded",
    complexity="O(1)",
)
def client_setname(client: Client, name: bytes):
    """Gives the connection a name, for CLIENT LIST to show."""
    client.name = checked_text(name, errors.CLIENT_NAME)
    return OK


@command(
    "CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>",
    NOSCRIPT,
    LOADING,
    STALE,
    since="7.2.0",
    group="connection",
    complexity="O(1)",
    tips="request_policy:all_nodes response_policy:all_succeeded",
)
def client_setinfo(client: Client, attribute: bytes, value: bytes):
    """Notes what library the client uses, or which version of it."""
    place = ATTRIBUTES.get(attribute.lower())
    if place is None:
        raise CommandError(errors.unknown_attribute(attribute))
    setattr(client, place, checked_text(value, errors.client_attribute(attribute)))
    return OK


def checked_text(value: bytes, error: str):
    """A text that fits into a description: visible characters, no blanks. Raises CommandError."""
    for byte in value:
        if not 33 <= byte <= 126:
            raise CommandError(error)
    return value


# Switches


@command(
    "CLIENT NO-EVICT <ON | OFF>",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="7.0.0",
    group="connection",
    complexity="O(1)",
)
def client_no_evict(client: Client, enabled: bytes):
    """Says whether the server may close this connection when clients take too much memory."""
    client.no_evict = switch(enabled)
    return OK


@command(
    "CLIENT NO-TOUCH <ON | OFF>",
    NOSCRIPT,
    LOADING,
    STALE,
    since="7.2.0",
    group="connection",
    complexity="O(1)",
)
def client_no_touch(client: Client, enabled: bytes):
    """Says whether what this client does to keys counts as use of them."""
    if switch(enabled):
        client.gates |= UNTOUCHING
    else:
        client.gates &= ~UNTOUCHING
    return OK


def switch(word: bytes):
    """Whether a word says ON; CommandError if it does not say OFF either."""
    value = SWITCH.get(word.lower())
    if value is None:
        raise CommandError(errors.SYNTAX_ERROR)
    return value


@command(
    "CLIENT REPLY <ON | OFF | SKIP>",
    NOSCRIPT,
    LOADING,
    STALE,
    since="3.2.0",
    group="connection",
    complexity="O(1)",
)
def client_reply(client: Client, mode: bytes):
    """Says whether the client is sent any replies; SKIP leaves out the next one."""
    mode = mode.lower()
    if mode == b"on":
        client.reply_mode = REPLY_ON
    elif mode == b"off":
        client.reply_mode = REPLY_OFF
    elif mode != b"skip":
        raise CommandError(errors.SYNTAX_ERROR)
    else:
        if client.reply_mode != REPLY_OFF:
            client.reply_mode = REPLY_SKIP_NEXT
        return SILENCE
    return OK


# What they do to others


def client_number(word: bytes):
    """The client ID that a word spells. Raises CommandError."""
    number = integer(word, errors.CLIENT_ID_NOT_POSITIVE)
    if number < 1:
        raise CommandError(errors.CLIENT_ID_NOT_POSITIVE)
    return number


def yes_or_no(word: bytes):
    """Whether a word says YES; CommandError if it does not say NO either."""
    answer = word.lower()
    if answer not in (b"yes", b"no"):
        raise CommandError(errors.SYNTAX_ERROR)
    return answer == b"yes"


def age(word: bytes):
    """A number of seconds above 0. Raises CommandError."""
    seconds = integer(word, errors.MAXAGE_NOT_AN_INTEGER)
    if seconds < 1:
        raise CommandError(errors.MAXAGE_NOT_POSITIVE)
    return seconds


KILL_FILTERS = Options(
    "ID id",
    "TYPE type",
    "USER name",
    "ADDR address",
    "LADDR address",
    "SKIPME answer",
    "MAXAGE seconds",
    ID=client_number,
    TYPE=client_kind,
    SKIPME=yes_or_no,
    MAXAGE=age,
)


@command(
    f"CLIENT KILL <ip:port | <{FILTERS}> [<{FILTERS}> ...]>",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.4.0",
    group="connection",
    arity=-3,
    complexity="O(N) for N connections",
)
def client_kill(client: Client, *words):
    """Closes the connection from an address, or all that pass a number of filters."""
    if len(words) == 1:
        if not kill(client, {b"ADDR": words[0], b"SKIPME": False}):
            raise CommandError(errors.NO_SUCH_CLIENT)
        return OK
    filters = KILL_FILTERS.read(words)
    name = filters.get(b"USER")
    if name is not None and client.server.users.get(name) is None:
        raise CommandError(errors.no_such_user(name))
    return kill(client, filters)


def kill(client: Client, filters: dict):
    """Closes the connections that all filters let through; how many there were."""
    killed = [other for other in present(client) if is_meant(client, other, filters)]
    for other in killed:
        if other is client:
            client.close_after_reply = True
        else:
            other.close_soon()
    return len(killed)


def is_meant(client: Client, other: Client, filters: dict):
    """Whether all filters of a CLIENT KILL by `client` let another through."""
    if other is client and filters.get(b"SKIPME", True):
        return False
    found = {
        b"ID": other.id,
        b"TYPE": other.kind,
        b"USER": other.user.name,
        b"ADDR": other.address.encode(),
        b"LADDR": other.local_address.encode(),
    }
    for name, value in found.items():
        if filters.get(name, value) != value:
            return False
    return client.server.clock.seconds - other.created >= filters.get(b"MAXAGE", 0)


@command(
    "CLIENT PAUSE timeout [WRITE | ALL]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.9.50",
    group="connection",
    complexity="O(1)",
)
def client_pause(client: Client, timeout: bytes, *modes):
    """Holds back the clients' commands for a while, all of them or those that write."""
    if len(modes) > 1:
        raise CommandError(errors.wrong_subcommand(client.call.arguments[1], "CLIENT"))
    mode = modes[0].lower() if modes else b"all"
    if mode not in (b"write", b"all"):
        raise CommandError(errors.PAUSE_MODE)
    milliseconds = integer(timeout, errors.TIMEOUT_NOT_AN_INTEGER)
    if milliseconds < 0:
        raise CommandError(errors.TIMEOUT_NEGATIVE)
    now_ms = client.server.clock.now_ms
    if milliseconds > LARGEST - now_ms:
        raise CommandError(errors.TIMEOUT_OUT_OF_RANGE)
    client.server.dispatcher.pause.begin(now_ms + milliseconds, mode == b"write")
    return OK


@command(
    "CLIENT UNPAUSE",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.2.0",
    group="connection",
    complexity="O(N) for N paused clients",
)
def client_unpause(client: Client):
    """Ends a pause: what was held back is run."""
    client.server.dispatcher.pause.end()
    return OK


@command(
    "CLIENT UNBLOCK client-id [TIMEOUT | ERROR]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="5.0.0",
    group="connection",
    complexity="O(N) for N keys that it waits for",
)
def client_unblock(client: Client, number: bytes, *reasons):
    """Ends the wait of another client, as if time were up, or with an error."""
    if len(reasons) > 1:
        raise CommandError(errors.wrong_subcommand(client.call.arguments[1], "CLIENT"))
    reason = reasons[0].lower() if reasons else b"timeout"
    if reason not in (b"timeout", b"error"):
        raise CommandError(errors.UNBLOCK_REASON)
    other = client.server.clients.get(integer(number))
    if other is None or other.waiting is None or other.closing:
        return 0
    if reason == b"error":
        client.server.dispatcher.stop_waiting(other, CommandError(errors.UNBLOCKED))
    else:
        client.server.dispatcher.stop_waiting(other)
    return 1
