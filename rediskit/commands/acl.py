"""ACL: users, what they may do, and what they were denied. What users are is in rediskit.users."""

import secrets

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.commands.introspection import Unordered
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer
from rediskit.grammar.command import (
    ADMIN,
    CATEGORIES,
    LOADING,
    NOSCRIPT,
    STALE,
    command,
)
from rediskit.protocol.replies import OK
from rediskit.users.registry import UsersError
from rediskit.users.selector import COMMAND_DENIED, KEY_DENIED, commands_of_category

MOST_PASSWORD_BITS = 4096
USUAL_PASSWORD_BITS = 256
BITS_PER_DIGIT = 4
USUAL_LOG_COUNT = 10

# Who a client is


@command("ACL WHOAMI", NOSCRIPT, LOADING, STALE, since="6.0.0", complexity="O(1)")
def acl_whoami(client: Client):
    """Tells which user the connection acts as."""
    return client.user.name


@command(
    "ACL GENPASS [bits]",
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.0.0",
    complexity="O(1)",
    types="bits=integer",
)
def acl_genpass(client: Client, *words):
    """Makes up a password that nobody can guess, as hexadecimal digits."""
    if len(words) > 1:
        raise wrong_subcommand(client)
    bits = integer(words[0]) if words else USUAL_PASSWORD_BITS
    if not 0 < bits <= MOST_PASSWORD_BITS:
        raise CommandError(errors.acl_password_bits(MOST_PASSWORD_BITS))
    digits = -(-bits // BITS_PER_DIGIT)
    return secrets.token_hex(-(-digits // 2))[:digits].encode()


def wrong_subcommand(client: Client):
    """The CommandError for a subcommand with words that it does not take."""
    return CommandError(errors.wrong_subcommand(client.call.arguments[1], "ACL"))


# What users there are


@command("ACL USERS", ADMIN, NOSCRIPT, LOADING, STALE, since="6.0.0", complexity="O(N) for N users")
def acl_users(client: Client):
    """Returns the name of each user."""
    return [user.name for user in client.server.users.in_order()]


@command("ACL LIST", ADMIN, NOSCRIPT, LOADING, STALE, since="6.0.0", complexity="O(N) for N users")
def acl_list(client: Client):
    """Returns each user as a line of an ACL file."""
    users = client.server.users.in_order()
    return [b"user " + user.name + b" " + user.describe() for user in users]


@command(
    "ACL GETUSER username",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.0.0",
    complexity="O(N) for N rules of the user",
)
def acl_getuser(client: Client, name: bytes):
    """Shows one user: flags, passwords, commands, keys, channels, selectors."""
    client.redact(2)
    user = client.server.users.get(name)
    if user is None:
        return None
    root, *others = map(selector_fields, user.selectors)
    flags = Unordered(user.flags())
    return {b"flags": flags, b"passwords": user.passwords, **root, b"selectors": others}


def selector_fields(selector):
    """One selector as ACL GETUSER shows it."""
    return {
        b"commands": selector.spelled_commands(),
        b"keys": selector.spelled_keys(),
        b"channels": selector.spelled_channels(),
    }


@command(
    "ACL CAT [category]", NOSCRIPT, LOADING, STALE, since="6.0.0", complexity="O(N) for N commands"
)
def acl_cat(client: Client, *words):
    """Names the categories of commands, or the commands of one category."""
    if len(words) > 1:
        raise wrong_subcommand(client)
    if not words:
        return [category.encode() for category in CATEGORIES]
    found = commands_of_category(words[0])
    if found is None:
        raise CommandError(errors.acl_unknown_category(words[0]))
    return [each.name for each in found]


# What they may do


@command(
    "ACL SETUSER username [rule [rule ...]]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.0.0",
    complexity="O(N) for N rules",
    history=[
        ("6.2.0", "Added Pub/Sub channel patterns."),
        ("7.0.0", "Added selectors and key based permissions."),
    ],
)
def acl_setuser(client: Client, name: bytes, *rules):
    """Applies rules to a user, one after the other; makes the user if there is none."""
    client.redact(*range(2, len(client.call.arguments)))
    client.server.users.change(name, rules)
    return OK


@command(
    "ACL DELUSER username [username ...]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.0.0",
    complexity="O(N) for N connections",
)
def acl_deluser(client: Client, *names):
    """Removes users, and disconnects whoever is logged in as one of them."""
    client.redact(*range(2, len(client.call.arguments)))
    return client.server.users.remove(names)


@command(
    "ACL DRYRUN username command [arg [arg ...]]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="7.0.0",
    complexity="O(N) for N rules of the user",
)
def acl_dryrun(client: Client, name: bytes, *words):
    """Tells whether a user may send a request, which is not run."""
    user = client.server.users.get(name)
    if user is None:
        raise CommandError(errors.acl_no_user(name))
    words = list(words)
    found = client.server.commands.find(words)
    if found is None:
        raise CommandError(errors.acl_no_command(words[0]))
    if not found.accepts(len(words)):
        raise CommandError(errors.wrong_arity(found.name))
    denial = user.denial(found, words)
    if denial is None:
        return OK
    reason, position = denial
    if reason == COMMAND_DENIED:
        return errors.dry_run_command(name, found.name)
    tell = errors.dry_run_key if reason == KEY_DENIED else errors.dry_run_channel
    return tell(name, words[position])


# What they were denied


@command(
    "ACL LOG [count | RESET]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="6.0.0",
    complexity="O(N) for N entries",
    history=[("7.2.0", "Added entry ID, timestamp created, and timestamp last updated.")],
)
def acl_log(client: Client, *words):
    """Returns the requests that were denied of late, newest first, or forgets them."""
    if len(words) > 1:
        raise wrong_subcommand(client)
    acl_log = client.server.users.acl_log
    if words and words[0].upper() == b"RESET":
        acl_log.forget()
        return OK
    count = integer(words[0]) if words else USUAL_LOG_COUNT
    return acl_log.latest(max(count, 0))


# The file of users


@command("ACL LOAD", ADMIN, NOSCRIPT, LOADING, STALE, since="6.0.0", complexity="O(N) for N users")
def acl_load(client: Client):
    """Replaces the users by those of the ACL file, unless there is an error in it."""
    need_file(client)
    try:
        client.server.users.load()
    except UsersError as error:
        raise CommandError("ERR " + error.text) from None
    return OK


@command("ACL SAVE", ADMIN, NOSCRIPT, LOADING, STALE, since="6.0.0", complexity="O(N) for N users")
def acl_save(client: Client):
    """Writes the users to the ACL file."""
    need_file(client)
    try:
        client.server.users.save()
    except OSError as error:
        client.server.log.warning(f"Writing ACL file for ACL SAVE: {error.strerror}")
        raise CommandError(errors.ACL_SAVE) from None
    return OK


def need_file(client: Client):
    """Raises CommandError where no file of users is configured."""
    if not client.server.config["aclfile"]:
        raise CommandError(errors.ACL_NO_FILE)
