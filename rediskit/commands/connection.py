"""The connection commands, but for CLIENT (clients)."""

from rediskit import errors
from rediskit.clients.bits import SUBSCRIBED
from rediskit.clients.client import Client
from rediskit.commands.clients import checked_text
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer, integer_between
from rediskit.grammar.command import (
    ALLOW_BUSY,
    FAST,
    LOADING,
    NO_AUTH,
    NOSCRIPT,
    STALE,
    UNQUEUED,
    WHILE_SUBSCRIBED,
    command,
)
from rediskit.protocol.replies import OK, PONG, RESET
from rediskit.users.acl_log import AUTHENTICATION_DENIED
from rediskit.version import shown_version


@command(
    "PING [message]",
    FAST,
    WHILE_SUBSCRIBED,
    since="1.0.0",
    tips="request_policy:all_shards response_policy:all_succeeded",
    complexity="O(1)",
)
def ping(client: Client, message=None):
    """Replies PONG, or the message that came with it."""
    if client.gates and client.gates & SUBSCRIBED and client.protocol == 2:
        return [b"pong", message or b""]
    return PONG if message is None else message


@command("ECHO message", LOADING, STALE, FAST, since="1.0.0", complexity="O(1)")
def echo(client: Client, message: bytes):
    """Sends a message back."""
    return message


@command("SELECT index", LOADING, STALE, FAST, since="1.0.0", complexity="O(1)")
def select(client: Client, index: bytes):
    """Chooses the database that this connection works on."""
    number = integer_between(index, -(1 << 31), (1 << 31) - 1)
    databases = client.database.keyspace.databases
    if not 0 <= number < len(databases):
        raise CommandError(errors.DATABASE_OUT_OF_RANGE)
    client.database = databases[number]
    return OK


@command(
    "QUIT",
    NOSCRIPT,
    LOADING,
    STALE,
    FAST,
    NO_AUTH,
    ALLOW_BUSY,
    UNQUEUED,
    WHILE_SUBSCRIBED,
    since="1.0.0",
    deprecated=("7.2.0", "just closing the connection"),
    arity=-1,
    complexity="O(1)",
)
def quit_(client: Client, *_):
    """Ends the conversation with one last OK."""
    client.close_after_reply = True
    return OK


@command(
    "RESET",
    NOSCRIPT,
    LOADING,
    STALE,
    FAST,
    NO_AUTH,
    ALLOW_BUSY,
    UNQUEUED,
    WHILE_SUBSCRIBED,
    since="6.2.0",
    complexity="O(N) for N watched keys and subscriptions",
)
def reset(client: Client):
    """Makes the connection what it was at first: its user, database, protocol and all."""
    client.server.dispatcher.withdraw(client)
    client.start_over()
    client.database = client.server.keyspace.databases[0]
    users = client.server.users
    client.enter(users.default, users.need_password)
    return RESET


@command(
    "AUTH [username] password",
    NOSCRIPT,
    LOADING,
    STALE,
    FAST,
    NO_AUTH,
    ALLOW_BUSY,
    since="1.0.0",
    arity=-2,
    complexity="O(N) for N passwords of the user",
)
def auth(client: Client, *words):
    """Logs in as a user, as the default one if none is named."""
    client.redact(1, 2)
    if len(words) > 2:
        raise CommandError(errors.SYNTAX_ERROR)
    default = client.server.users.default
    if len(words) == 1 and default.needs_no_password:
        raise CommandError(errors.AUTH_WITHOUT_PASSWORD)
    name = words[0] if len(words) == 2 else default.name
    authenticate(client, name, words[len(words) - 1])
    return OK


def authenticate(client: Client, name: bytes, password: bytes):
    """Makes a client the user it says it is. Raises CommandError if the password is wrong."""
    users = client.server.users
    user = users.authenticate(name, password)
    if user is None:
        log = client.server.users.acl_log
        log.add(AUTHENTICATION_DENIED, client.acl_context, client.call.arguments[0], name, client)
        raise CommandError(errors.WRONG_PASSWORD)
    client.trust(user)


@command(
    "HELLO [protover [AUTH username password] [SETNAME clientname]]",
    NOSCRIPT,
    LOADING,
    STALE,
    FAST,
    NO_AUTH,
    ALLOW_BUSY,
    since="6.0.0",
    complexity="O(1)",
)
def hello(client: Client, *words):
    """Chooses RESP2 or RESP3, may log in and set a name, and describes the server."""
    protocol, credentials, name = hello_options(client, words)
    if credentials is not None:
        authenticate(client, *credentials)
    if not client.is_trusted:
        raise CommandError(errors.HELLO_AUTHENTICATION)
    if name is not None:
        client.name = name
    if protocol:
        client.protocol = protocol
    return {
        b"server": b"redis",
        b"version": shown_version(client.server.config).encode(),
        b"proto": client.protocol,
        b"id": client.id,
        b"mode": b"standalone",
        b"role": b"master",
        b"modules": [],
    }


def hello_options(client: Client, words: tuple):
    """(protocol or 0, (user, password) or None, name or None). Raises CommandError.

    What follows AUTH is blotted out of the client's request.
    """
    protocol, credentials, name = 0, None, None
    if words:
        protocol = integer(words[0], errors.PROTOCOL_NOT_AN_INTEGER)
        if protocol not in (2, 3):
            raise CommandError(errors.PROTOCOL_VERSION)
    position = 1
    while position < len(words):
        option = words[position].upper()
        if option == b"AUTH" and position + 2 < len(words):
            credentials = words[position + 1], words[position + 2]
            client.redact(position + 2, position + 3)
            position += 3
        elif option == b"SETNAME" and position + 1 < len(words):
            name = checked_text(words[position + 1], errors.CLIENT_NAME)
            position += 2
        else:
            raise CommandError(errors.hello_option(words[position]))
    return protocol, credentials, name
