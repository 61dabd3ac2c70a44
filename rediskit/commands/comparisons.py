"""Compare and set, compare and delete: what a string must be before a command changes it.

A condition is one option of SET or DELEX: IFEQ and IFNE give the value that the string has, or has
not; IFDEQ and IFDNE its digest, which DIGEST tells. The digest is XXH3 with 64 bits and the seed
0, spelled as 16 hexadecimal digits.
"""

from xxhash import xxh3_64_hexdigest

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.datatypes.string import String
from rediskit.errors import CommandError
from rediskit.grammar.command import FAST, READ, WRITE, command
from rediskit.grammar.key_specs import delex_keys

HEXADECIMAL = b"0123456789abcdefABCDEF"


def digest_of(text):
    """The digest of a string, bytes or String, as 16 lower-case hexadecimal digits."""
    content = text.text() if type(text) is String else text
    return xxh3_64_hexdigest(content).encode()


def digest_argument(word: bytes):
    """A digest as it may be compared with digest_of(). Raises CommandError."""
    if len(word) != 16 or word.strip(HEXADECIMAL):
        raise CommandError(errors.BAD_DIGEST)
    return word.lower()


def is_equal(text, value):
    """Whether a string, bytes or String, is the same as some bytes."""
    if type(text) is String:
        return len(text) == len(value) and text.text() == value
    return text == value


def holds(text, options):
    """Whether a string, None for a missing one, is what a condition among the options asks for.

    Without a condition all is well; what is missing differs from everything.
    """
    if b"IFEQ" in options:
        return text is not None and is_equal(text, options[b"IFEQ"])
    if b"IFNE" in options:
        return text is None or not is_equal(text, options[b"IFNE"])
    if b"IFDEQ" in options:
        return text is not None and digest_of(text) == options[b"IFDEQ"]
    if b"IFDNE" in options:
        return text is None or digest_of(text) != options[b"IFDNE"]
    return True


@command("DIGEST key", READ, FAST, since="8.4.0", complexity="O(N) for N bytes")
def digest(client: Client, key: bytes):
    """Returns the digest of a string, by which IFDEQ and IFDNE compare it."""
    text = client.database.read_text(key)
    return None if text is None else digest_of(text)


@command(
    "DELEX key [IFEQ value | IFNE value | IFDEQ digest | IFDNE digest]",
    WRITE,
    FAST,
    since="8.4.0",
    keys="RW DELETE VARIABLE_FLAGS",
    find_keys=delex_keys,
    complexity="O(1), or O(N) for N bytes, to compare by digest",
)
def delex(client: Client, key: bytes, *condition):
    """Deletes a key, a string only if it is what is asked for."""
    if condition:
        if len(condition) != 2:
            raise CommandError(errors.wrong_arity(b"delex"))
        name = condition[0].upper()
        if name not in (b"IFEQ", b"IFNE", b"IFDEQ", b"IFDNE"):
            raise CommandError(errors.DELEX_CONDITION)
        is_digest = name in (b"IFDEQ", b"IFDNE")
        value = digest_argument(condition[1]) if is_digest else condition[1]
        text = string_to_delete(client, key)
        if text is None or not holds(text, {name: value}):
            return 0
    return delete_compared(client, key)


def string_to_delete(client: Client, key: bytes):
    """The string at a key, None if missing; DELEX has its own error for other types."""
    try:
        return client.database.edit_text(key)
    except CommandError:
        raise CommandError(errors.DELEX_NOT_A_STRING) from None


def delete_compared(client: Client, key: bytes):
    """Deletes a key; 1 if it was there, 0 if not."""
    if not client.database.delete(key):
        return 0
    client.rewrite(b"DEL", key)
    client.database.changed(key, "del")
    return 1


@command(
    "DELIFEQ key value",
    WRITE,
    FAST,
    since="9.0.0",
    keys="RM ACCESS DELETE",
    complexity="O(1)",
)
def delifeq(client: Client, key: bytes, value: bytes):
    """Deletes a string if it is what is asked for; the name that Valkey has for DELEX IFEQ."""
    text = client.database.edit_text(key)
    if text is None or not is_equal(text, value):
        return 0
    return delete_compared(client, key)
