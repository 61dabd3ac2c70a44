"""What OBJECT tells of a value, as Redis would have it lie in memory."""

EMBEDDED_LIMIT = 44  # longer strings are shown as raw
SHARED_INTEGERS = 10000  # integers below it have the same few bytes in every entry
SHARED = 2**31 - 1


def references_to(value, shares_integers):
    """How many references OBJECT REFCOUNT shows. Redis shares small integers between all keys,
    unless maxmemory-policy needs to know when each key was accessed."""
    is_small = type(value) is int and 0 <= value < SHARED_INTEGERS
    return SHARED if is_small and shares_integers else 1


def encoding_of(table, key, value):
    """The name of a value's encoding, as OBJECT ENCODING shows it."""
    if type(value) is int:
        return b"int"
    if type(value) is bytes:
        if table.is_raw(key) or len(value) > EMBEDDED_LIMIT:
            return b"raw"
        return b"embstr"
    return value.encoding
