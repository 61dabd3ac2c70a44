"""Redis' glob patterns: KEYS, SCAN MATCH, PSUBSCRIBE, CONFIG GET.

    *        any bytes, or none           [abc]   one of these bytes
    ?        any one byte                 [a-z]   one of a range, in either order
    \\x       x itself                     [^a-z]  any one byte but these

Every part but `*` takes exactly one byte. So after a mismatch only the last `*` passed needs to
take one byte more, never an earlier one: the time is at most len(pattern) * len(text), whatever
the number of `*`. An unclosed class ends with the pattern; a final backslash is itself.
"""

MOST_STARS = 1000  # whatever needs more of them does not match, as since Redis 7.4.1
STAR, QUESTION, OPEN, CLOSE, BACKSLASH, CARET, DASH = b"*?[]\\^-"


def matches(pattern, text, ignore_case=False):
    """Whether all of `text` fits `pattern`, both bytes. ignore_case: ASCII letters only.

    As in Redis' commands, an empty text fits nothing but b"" and b"*".
    """
    parts = pattern
    bytes_ = text
    end = len(pattern)
    length = len(text)
    if length == 0:
        return end == 0 or (end == 1 and parts[0] == STAR)
    place = 0
    position = 0
    stars = 0  # passed
    after_star = -1  # in the pattern, behind the last star passed
    taken = 0  # in the text, behind what that star takes
    while position < length:
        if place < end and parts[place] == STAR:
            while place < end and parts[place] == STAR:
                place += 1
            if place == end:
                return True
            stars += 1
            if stars > MOST_STARS:
                return False
            after_star = place
            taken = position
            continue
        following = fits(parts, place, end, bytes_[position], ignore_case) if place < end else -1
        if following >= 0:
            place = following
            position += 1
        elif after_star < 0:
            return False
        else:
            taken += 1
            position = taken
            place = after_star
    while place < end and parts[place] == STAR:
        place += 1
    return place == end


def fits(parts, place, end, byte, ignore_case):
    """Where the pattern goes on behind its part at `place` if that takes `byte`, else -1."""
    part = parts[place]
    if part == QUESTION:
        return place + 1
    if part == OPEN:
        return fits_class(parts, place + 1, end, byte, ignore_case)
    if part == BACKSLASH and place + 1 < end:
        place += 1
        part = parts[place]
    if part == byte or (ignore_case and lower(part) == lower(byte)):
        return place + 1
    return -1


def fits_class(parts, place, end, byte, ignore_case):
    """`fits` for the class that was opened before `place`."""
    negated = place < end and parts[place] == CARET
    if negated:
        place += 1
    found = False
    while place < end and parts[place] != CLOSE:
        part = parts[place]
        if part == BACKSLASH and place + 1 < end:
            place += 1
            found = found or parts[place] == byte
        elif place + 2 < end and parts[place + 1] == DASH:
            first = min(part, parts[place + 2])
            last = max(part, parts[place + 2])
            place += 2
            if ignore_case:
                found = found or lower(first) <= lower(byte) <= lower(last)
            else:
                found = found or first <= byte <= last
        else:
            found = found or part == byte or (ignore_case and lower(part) == lower(byte))
        place += 1
    if found == negated:
        return -1
    return place + 1 if place < end else end


def lower(byte):
    """An ASCII capital's small letter; any other byte as it is."""
    return byte + 32 if 65 <= byte <= 90 else byte
