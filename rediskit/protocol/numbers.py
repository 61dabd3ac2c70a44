"""Integers and floats exactly as Redis reads and spells them.

Reading is strict where Python is generous: no blanks, no "+1", no "01", no "1_0" in an integer;
what C's strtod takes is a float, except for NaN and for what overflows or vanishes. A float is
spelled by the fewest digits that read back as the same double, plain where that is short,
otherwise with an exponent of as few digits as possible ("1e+20", "1e-7"). That is what Redis
does since 7.2, but for one number in some hundreds, where its Grisu2 takes a digit too many.
"""

from rediskit.integers import LARGEST, SMALLEST

WHOLE_LIMIT = float(1 << 62)  # below it, a whole float is spelled as an integer
LARGEST_UNSIGNED = (1 << 64) - 1

FLOAT_CHARACTERS = b"0123456789+-.eE"
SPECIAL_FLOATS = {
    sign + name: float(sign + name) for sign in (b"", b"+", b"-") for name in (b"inf", b"infinity")
}


def integer_or_none(text):
    """The signed 64-bit integer that `text` spells in the one canonical way, or None."""
    view = text
    length = len(text)
    if length == 0 or length > 20:
        return None
    position = 0
    negative = view[0] == 45
    if negative:
        position = 1
        if length == 1:
            return None
    if view[position] == 48:
        return 0 if length == 1 else None
    if length - position > 19:
        return None
    total = 0
    while position < length:
        digit = view[position] - 48
        if not 0 <= digit <= 9:
            return None
        total = total * 10 + digit
        position += 1
    if total > LARGEST:
        return SMALLEST if negative and total == LARGEST + 1 else None
    value = total
    return -value if negative else value


def parse_integer(text):
    """The signed 64-bit integer that `text` spells in the one canonical way. ValueError."""
    value = integer_or_none(text)
    if value is None:
        raise ValueError("not an integer or out of range")
    return value


def parse_unsigned(text):
    """The unsigned 64-bit integer that `text` spells; "+" or zeros may lead. ValueError."""
    digits = text[1:] if text.startswith(b"+") else text
    if digits.isdigit():
        digits = digits.lstrip(b"0") or b"0"
        if len(digits) <= 20:
            value = int(digits)
            if value <= LARGEST_UNSIGNED:
                return value
    raise ValueError("not an unsigned integer or out of range")


def parse_float(text):
    """The double `text` spells: decimal, hexadecimal or infinite. ValueError."""
    if not text.strip(FLOAT_CHARACTERS):
        value = float(text)
        if value - value != 0.0:
            raise ValueError("out of range")
        if value == 0.0 and text.lower().partition(b"e")[0].strip(b"+-.0"):
            raise ValueError("out of range")
        return value
    lowered = text.lower()
    value = SPECIAL_FLOATS.get(lowered)
    if value is None:
        value = hexadecimal_float(lowered)
    return value


def parse_float_loosely(text):
    """As ranges of scores spell a double: blanks before it, nothing for 0, any size. ValueError."""
    text = text.lstrip(b" \t\n\v\f\r")
    if not text.strip(FLOAT_CHARACTERS):
        return float(text or b"0")
    return parse_float(text)


def hexadecimal_float(text):
    """The double that lower case `text` spells as C's hexadecimal float. ValueError."""
    digits = text.lstrip(b"+-")
    if not digits.startswith(b"0x") or len(text) - len(digits) > 1:
        raise ValueError("not a float")
    if text.strip(b"0123456789abcdefpx.+-"):
        raise ValueError("not a float")
    try:
        value = float.fromhex(text.decode("ascii"))
    except OverflowError:
        raise ValueError("out of range") from None
    if value == 0.0 and digits[2:].partition(b"p")[0].strip(b"0."):
        raise ValueError("out of range")
    return value


def format_float(value):
    """How a reply spells a double: b"3", b"0.1", b"1e-7", b"inf", b"-inf", b"nan"."""
    if -WHOLE_LIMIT <= value <= WHOLE_LIMIT:
        whole = int(value)
        if whole == value:
            if whole == 0 and str(value)[0] == "-":
                return b"-0"
            return f"{whole}".encode("ascii")
    elif value != value:
        return b"nan"
    elif value - value != 0.0:
        return b"inf" if value > 0 else b"-inf"
    spelled = repr(value).encode("ascii")
    if len(spelled) - spelled.find(b".") <= 7 and spelled.find(b"e") < 0:
        return spelled  # few decimals: Redis lays it out in the same way
    return shortest(spelled)


def shortest(spelled):
    """Redis' layout of the digits of `spelled`, Python's repr of a finite float but no zero."""
    sign = spelled[:1] if spelled.startswith(b"-") else b""
    mantissa, _, exponent = spelled[len(sign) :].partition(b"e")
    whole, _, fraction = mantissa.partition(b".")
    if fraction == b"0":
        fraction = b""
    power = int(exponent or b"0") - len(fraction)  # value = digits * 10 ** power
    digits = (whole + fraction).lstrip(b"0")
    stripped = digits.rstrip(b"0")
    power += len(digits) - len(stripped)
    digits = stripped
    point = len(digits) + power  # value = 0.digits * 10 ** point
    magnitude = abs(point - 1)
    if power >= 0 and magnitude < len(digits) + 7:
        return sign + digits + b"0" * power
    if power < 0 and (power > -7 or magnitude < 4):
        if point <= 0:
            return sign + b"0." + b"0" * -point + digits
        return sign + digits[:point] + b"." + digits[point:]
    tail = b"." + digits[1:] if len(digits) > 1 else b""
    return b"%b%b%be%b%d" % (sign, digits[:1], tail, b"-" if point < 1 else b"+", magnitude)
