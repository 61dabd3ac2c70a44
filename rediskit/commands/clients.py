"""CLIENT: what the server tells of its clients, and what they can do to each other.

Clients are described in lines of `name=value` words, which the log shows too (clients.description).
"""

from rediskit import errors
from rediskit.clients.bits import UNTOUCHING
from rediskit.clients.client import REPLY_OFF, REPLY_ON, REPLY_SKIP_NEXT, Client
from rediskit.clients.description import describe
from rediskit.commands.client_filters import Filters
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer
from rediskit.grammar.command import ADMIN, LOADING, NOSCRIPT, STALE, command
from rediskit.integers import LARGEST
from rediskit.protocol.replies import OK, SILENCE, Verbatim

ATTRIBUTES = {b"lib-name": "library_name", b"lib-ver": "library_version"}
SWITCH = {b"on": True, b"off": False}
_FILTERS = (
    "ID client-id [client-id ...] | NOT-ID client-id [client-id ...] | MAXAGE maxage | IDLE idle"
)
_PLAIN = {"TYPE": "<NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>", "USER": "username"} | {
    "ADDR": "ip:port", "LADDR": "ip:port", "IP": "ip", "NAME": "name", "LIB-NAME": "libname",
    "LIB-VER": "libver", "DB": "database-id", "FLAGS": "flags", "CAPA": "capa",
}  # fmt: skip
FILTERS = " | ".join(
    [_FILTERS]
    + [f"{name} {value} | NOT-{name} {value}" for name, value in _PLAIN.items()]
    + ["SKIPME <YES | NO>"]
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
    f"CLIENT LIST [<{FILTERS}> [<{FILTERS}> ...]]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.4.0",
    group="connection",
    arity=-2,
    tips="nondeterministic_output",
    complexity="O(N) for N connections",
)
def client_list(client: Client, *words):
    """Describes each connection in a line: all of them, or those that pass a number of filters."""
    filters = Filters(client, words, errors.INVALID_CLIENT_ID)
    found = chosen(client, filters)
    if filters.skips_itself(False):
        found = [other for other in found if other is not client]
    return lines_of(found)


def chosen(client: Client, filters: Filters):
    """The clients that all filters let through, in the order of their ids or that of ID."""
    if filters.ids is None:
        others = present(client)
    else:
        named = [client.server.clients.get(number) for number in filters.ids]
        others = [other for other in named if other is not None and not other.closing]
    return [other for other in others if filters.let_through(other)]


def lines_of(clients: list):
    """The descriptions of clients, a line each."""
    lines = "".join(describe(client) + "\n" for client in clients)
    return Verbatim(lines.encode("utf-8", "surrogateescape"))


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
        filters = Filters(client, (b"ADDR", words[0], b"SKIPME", b"no"), "")
        if not kill(client, filters):
            raise CommandError(errors.NO_SUCH_CLIENT)
        return OK
    return kill(client, Filters(client, words, errors.CLIENT_ID_NOT_POSITIVE))


def kill(client: Client, filters: Filters):
    """Closes the connections that all filters let through; how many there were."""
    skipped = client if filters.skips_itself(True) else None
    killed = {other.id: other for other in chosen(client, filters) if other is not skipped}
    for other in killed.values():
        if other is client:
            client.close_after_reply = True
        else:
            other.close_soon()
    return len(killed)


@command(
    "CLIENT CAPA capability [capability ...]",
    NOSCRIPT,
    LOADING,
    STALE,
    since="8.0.0",
    group="connection",
    complexity="O(N) for N words",
)
def client_capa(client: Client, *words):
    """Notes what the client can do: follow REDIRECT, which is all that is known as yet.

    Nobody is redirected as long as there are no replicas that answer reads.
    """
    if b"redirect" in [word.lower() for word in words]:
        client.capabilities = b"r"
    return OK


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
