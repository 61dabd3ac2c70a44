"""Strings that are changed where they are: within the entry of their key, or in place.

A string of up to INLINE_LIMIT bytes lies within its entry, where the table changes it if its
length may stay; a longer one is a String, which has a buffer to be changed in. Callers announce
the change (`Database.changed`).
"""

from rediskit import errors
from rediskit.datatypes.string import INLINE_LIMIT, String
from rediskit.errors import CommandError
from rediskit.keyspace.database import KEEP_DEADLINE, NO_DEADLINE

MODERATE = 1 << 20  # bytes of a string that may be copied once more


def store_edited(database, key, value, deadline):
    """Sets a key to bytes that a command put together; shown as encoding raw."""
    if len(value) <= INLINE_LIMIT:
        return database.noted(key, database.table.set_raw(key, value, deadline))
    return database.noted(key, database.table.set(key, String(value), deadline))


def append(database, key, data):
    """Adds bytes at the end of the string at a key; its new length."""
    text = database.edit_text(key)
    if text is None:
        database.store(key, data)
        return len(data)
    if type(text) is String:
        text.edit().append(data)
        return len(text)
    store_edited(database, key, text + data, KEEP_DEADLINE)
    return len(text) + len(data)


def write_at(database, key, offset, data):
    """Overwrites a part of the string at a key, padding with zero bytes; its new length."""
    text = database.edit_text(key)
    if type(text) is String:
        text.edit().write_at(offset, data)
        return len(text)
    deadline = NO_DEADLINE if text is None else KEEP_DEADLINE
    text = text or b""
    end = offset + len(data)
    if end <= len(text) and database.table.write_at(key, offset, data):
        return len(text)
    if end > MODERATE:
        string = String(text)
        string.edit().write_at(offset, data)
        database.noted(key, database.table.set(key, string, deadline))
        return len(string)
    text = text.ljust(offset, b"\0")
    text = text[:offset] + data + text[end:]
    # Without room to grow: one that is written piece by piece gets that with the next piece.
    store_edited(database, key, text, deadline)
    return len(text)


def increment(database, key, delta):
    """Adds to the integer at a key, 0 if missing, and returns the sum.

    Raises CommandError for another type, text that is no integer, and overflow.
    """
    try:
        total = database.table.add(key, delta, database.clock.now_ms)
    except ValueError:
        raise CommandError(errors.NOT_AN_INTEGER) from None
    except OverflowError:
        raise CommandError(errors.INCREMENT_OVERFLOW) from None
    if total is None:
        database.expire_if_due(key)
        database.noted(key, database.table.set(key, delta, NO_DEADLINE))
        return delta
    if total is NotImplemented:
        database.edit_text(key)
        raise CommandError(errors.NOT_AN_INTEGER)
    return total
