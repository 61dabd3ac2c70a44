"""Argument bytes -> values, or the error Redis has for them.

Numbers first, then what several commands take in the same form: deadlines, timeouts, pairs,
ranges; last `Options`, the one parser of "NX", "EX seconds", "LIMIT offset count" for all
commands:

    OPTIONS = Options("NX | XX", "GET", "EX seconds | PX milliseconds | KEEPTTL")
    OPTIONS.read([b"nx", b"EX", b"10"])             # {b"NX": True, b"EX": b"10"}
"""

from rediskit.errors import (
    LEX_RANGE,
    NOT_A_FLOAT,
    NOT_AN_INTEGER,
    SCORE_RANGE,
    SYNTAX_ERROR,
    TIMEOUT_NEGATIVE,
    TIMEOUT_NOT_A_FLOAT,
    TIMEOUT_NOT_AN_INTEGER,
    TIMEOUT_OUT_OF_RANGE,
    CommandError,
    invalid_expire,
    must_be_between,
)
from rediskit.integers import LARGEST
from rediskit.protocol.numbers import integer_or_none, parse_float, parse_float_loosely
from rediskit.structures.native import parse_long_double

_LARGEST = LARGEST  # as a C integer


def integer(text, error=NOT_AN_INTEGER):
    """A signed 64-bit integer; `error` is the text where it is none."""
    value = integer_or_none(text)
    if value is None:
        raise CommandError(error)
    return value


def integer_between(text, low, high, error=None):
    """An integer from `low` to `high`, both included; `error` is the text for all that is not.

    Without it there are Redis' two: for what is no integer, and for what is out of range.
    """
    value = integer(text, error or NOT_AN_INTEGER)
    if not low <= value <= high:
        raise CommandError(error or must_be_between(low, high))
    return value


def number(text, error=NOT_A_FLOAT):
    """A double, infinities included; `error` is the text where it is none."""
    try:
        return parse_float(text)
    except ValueError:
        raise CommandError(error) from None


def seconds(text):
    """A timeout of a blocking command in seconds, a float; 0.0 means for ever."""
    try:
        value = parse_long_double(text)
    except ValueError:
        raise CommandError(TIMEOUT_NOT_A_FLOAT) from None
    if value * 1000 > LARGEST:
        raise CommandError(TIMEOUT_OUT_OF_RANGE)
    if value < 0:
        raise CommandError(TIMEOUT_NEGATIVE)
    return value


def milliseconds(text):
    """A timeout of a blocking command in milliseconds, an integer; 0 means for ever."""
    value = integer(text, TIMEOUT_NOT_AN_INTEGER)
    if value < 0:
        raise CommandError(TIMEOUT_NEGATIVE)
    return value


def deadline_ms(text, unit_ms, base_ms, command, may_have_passed=False):
    """The moment, in milliseconds since 1970, that an integer in units of `unit_ms` stands for.

    `base_ms`: now for EX and PX, 0 for EXAT and PXAT. `command`: its name, for the error.
    EXPIRE and its like take a moment that has passed (`may_have_passed`), SET and its like do not.
    """
    value = integer(text)
    if value <= 0 and not may_have_passed:
        raise CommandError(invalid_expire(command))
    most = _LARGEST // unit_ms
    least = -most - (1 if unit_ms == 1 else 0)  # there is one more below 0
    if not least <= value <= most or value * unit_ms > _LARGEST - base_ms:
        raise CommandError(invalid_expire(command))
    return value * unit_ms + base_ms


def pairs(words, error=SYNTAX_ERROR):
    """(first, second) for every two words; `error` is the text where one is left over."""
    if len(words) % 2:
        raise CommandError(error)
    return list(zip(words[::2], words[1::2], strict=True))


def index_range(start, stop, length):
    """(first, past) of what Redis' `start` and `stop`, both included, < 0 from the end, pick.

    0 <= first <= past <= length; first == past where nothing is picked.
    """
    first = max(start + length, 0) if start < 0 else start
    past = (stop + length if stop < 0 else min(stop, length - 1)) + 1
    return (first, past) if first < past else (0, 0)


def score_bound(text):
    """(score, is_open) of one end of a range of scores: b"1.5", b"(1.5" or b"-inf"."""
    is_open = text.startswith(b"(")
    try:
        return parse_float_loosely(text[1:] if is_open else text), is_open
    except ValueError:
        raise CommandError(SCORE_RANGE) from None


def lex_bound(text):
    """(member, is_open) of one end of a range of members: b"[a" or b"(a".

    (None, True) for b"-", before every member; (None, False) for b"+", behind every member.
    """
    if text == b"-" or text == b"+":
        return None, text == b"-"
    if not text.startswith((b"[", b"(")):
        raise CommandError(LEX_RANGE)
    return text[1:], text.startswith(b"(")


class Options:
    """The options of a command, each group in the notation of the manual, without brackets.

    "A | B value"       at most one of the group; a value for each word in small letters
    "GET pattern ..."   may come again and again: its value is a list

    converters: for an option's name, a function from its value or values to what `read` gives.
    unknown:    a function from a word that is no option to an error text; else a syntax error.
    once:       whether an option given twice is a syntax error.
    """

    def __init__(self, *groups, unknown=None, once=False, **converters):
        self.table = {}
        self.unknown = unknown
        bit = 1
        for group in groups:
            alternatives = group.split("|")
            first_bit = bit
            for alternative in alternatives:
                name, *values = alternative.split()
                repeats = "..." in values
                count = len(values) - repeats
                option = Option(name.encode(), bit, count, repeats, converters.pop(name, None))
                self.table[option.name] = self.table[option.name.lower()] = option
                bit <<= 1
            for option in self.table.values():
                if option.bit >= first_bit:
                    option.excluded = bit - first_bit - (0 if once else option.bit)
        if converters:
            raise ValueError(f"converters for no option: {list(converters)}")

    def read(self, words, position=0):
        """What the words from `position` on say: {name: True, value, tuple of values or list}.

        Names are bytes in capitals. An option given twice has its last value. Raises CommandError
        for what is no option, values that are missing, and two options that exclude each other.
        """
        found = {}
        end = self.take(words, position, found)
        if end < len(words):
            word = words[end]
            if self.unknown is None or self.find(word) is not None:
                raise CommandError(SYNTAX_ERROR)
            raise CommandError(self.unknown(word))
        return found

    def read_leading(self, words, position=0):
        """(what `read` gives, position of the first word that is no option)."""
        found = {}
        end = self.take(words, position, found)
        if end < len(words) and self.find(words[end]) is not None:
            raise CommandError(SYNTAX_ERROR)
        return found, end

    def find(self, word):
        """The Option that a word names in any case, or None."""
        option = self.table.get(word)
        if option is None:
            option = self.table.get(word.upper())
        return option

    def take(self, words, position, found):
        """Fills `found` up to the first word that cannot be an option here; its position."""
        seen = 0
        end = len(words)
        while position < end:
            option = self.find(words[position])
            if option is None or seen & option.excluded or end - position <= option.count:
                break
            seen |= option.bit
            if option.count == 0:
                found[option.name] = True
            else:
                option.keep(words, position + 1, found)
            position += 1 + option.count
        return position


class Option:
    """One option of a command; made by Options."""

    def __init__(self, name, bit, count, repeats, convert):
        self.name = name  # bytes in capitals
        self.bit = bit  # of its own
        self.excluded = 0  # bits of those that must not come with it
        self.count = count  # of values
        self.repeats = repeats
        self.convert = convert

    def keep(self, words, position, found):
        """Puts the values at `position` into `found`."""
        if self.count == 1:
            value = words[position]
            if self.convert is not None:
                value = self.convert(value)
        else:
            value = tuple(words[position : position + self.count])
            if self.convert is not None:
                value = self.convert(*value)
        if self.repeats:
            found.setdefault(self.name, []).append(value)
        else:
            found[self.name] = value
