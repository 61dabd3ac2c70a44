"""The kinds of values that directives of redis.conf take.

A kind says how the words behind a directive's name become a value (`parse`), how CONFIG GET shows
the value (`show`) and which lines CONFIG REWRITE writes for it (`lines`). Words and shown texts
are `bytes`; what `parse` refuses it refuses with ConfigError, worded as Redis words it. Parsing
changes nothing: what setting a value takes beyond remembering it is its listeners' to do.
"""

import os

from rediskit import errors
from rediskit.config.quoting import quote
from rediskit.integers import LARGEST, SMALLEST

IMMUTABLE = 1  # only the configuration file and the command line may set it
MANY = 2  # takes several words
SENSITIVE = 4  # its value must not show in SLOWLOG, MONITOR and the log
PROTECTED = 8  # CONFIG SET may change it only where enable-protected-configs allows
HIDDEN = 16  # CONFIG GET shows it only when asked for it by its exact name
NOT_WHILE_LOADING = 32
VOLATILE = 64  # names a file: setting the same name again reads the file again
NULLABLE = 128  # the empty text is no value at all, and CONFIG REWRITE drops the line

INT_MAX = 2**31 - 1
UINT_MAX = 2**32 - 1
ULONG_MAX = 2**64 - 1

_UNITS = {
    b"": 1,
    b"b": 1,
    b"k": 1000,
    b"kb": 1024,
    b"m": 1000**2,
    b"mb": 1024**2,
    b"g": 1000**3,
    b"gb": 1024**3,
}


class ConfigError(Exception):
    """A directive or its value was refused. `text` says why, in Redis' words, without "ERR"."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text


def parse_memory(word: bytes) -> int:
    """Bytes of b"100", b"1k" (1000), b"1kb" (1024) and so on up to gb; ValueError.

    No digits at all mean 0, as in Redis; what does not fit 64 bits is 2**64 - 1.
    """
    unit = word.lstrip(b"0123456789")
    digits = word[: len(word) - len(unit)]
    if len(digits) > 127:
        raise ValueError(word)
    try:
        factor = _UNITS[unit.lower()]
    except KeyError:
        raise ValueError(word) from None
    return min(int(digits or b"0") * factor, ULONG_MAX)


def show_memory(size: int) -> bytes:
    """The shortest exact spelling of a number of bytes, in gb, mb or kb where it is round."""
    for unit, factor in ((b"gb", 1024**3), (b"mb", 1024**2), (b"kb", 1024)):
        if size and size % factor == 0:
            return b"%d%s" % (size // factor, unit)
    return b"%d" % size


def parse_decimal(word: bytes) -> int:
    """A signed 64-bit integer in its one canonical spelling (no plus, no leading 0); ValueError."""
    if len(word) > 20:
        raise ValueError(word)
    number = int(word)
    if b"%d" % number != word or not SMALLEST <= number <= LARGEST:
        raise ValueError(word)
    return number


def parse_loose_decimal(word: bytes) -> int:
    """An integer as C's strtoll reads it: spaces before, a sign, leading zeros; ValueError.

    What does not fit 64 bits becomes the nearest that does; the empty text is 0.
    """
    digits = word.lstrip(b" \t\n\v\f\r")
    sign = digits[:1]
    if sign in (b"+", b"-"):
        digits = digits[1:]
    if not word:
        return 0
    if not digits.isdigit() or len(digits) > 1000:
        raise ValueError(word)
    number = -int(digits) if sign == b"-" else int(digits)
    return max(SMALLEST, min(number, LARGEST))


def decode(word: bytes) -> str:
    """A word as text, up to its first NUL byte, where file names and addresses must end."""
    return os.fsdecode(word.partition(b"\0")[0])


class Directive:
    """One directive with a single word as value. Subclasses are the kinds."""

    __slots__ = ("name", "alias", "flags", "default", "check")
    # True where each line in a file adds to those before it.
    accumulates = False

    def __init__(self, name, default, alias=None, flags=0, check=None):
        self.name = name
        self.alias = alias
        self.flags = flags
        self.default = default
        self.check = check

    def parse(self, words, current):
        """The value that the words mean; `current` is the value they are to replace."""
        raise NotImplementedError

    def show(self, value) -> bytes:
        """The value as CONFIG GET shows it."""
        return b"%d" % value

    def written(self, value) -> bytes:
        """The value as CONFIG REWRITE writes it."""
        return self.show(value)

    def lines(self, value) -> list:
        """The lines that CONFIG REWRITE is to leave in the file: (words behind the name, forced).

        A line that is not forced stands for the default: it is written only in the place of one
        that is there already. Lines for which nothing is returned are removed.
        """
        return [(self.written(value), value != self.default)]

    def accept(self, value):
        """The value, if the check that belongs to this directive has nothing against it."""
        if self.check is not None:
            self.check(value)
        return value


class YesNo(Directive):
    """yes or no: bool."""

    __slots__ = ()

    def parse(self, words, current):
        word = words[0].lower()
        if word not in (b"yes", b"no"):
            raise ConfigError(errors.CONFIG_YES_OR_NO)
        return self.accept(word == b"yes")

    def show(self, value):
        return b"yes" if value else b"no"


class Number(Directive):
    """A decimal integer within bounds: int."""

    __slots__ = ("lower", "upper")

    def __init__(self, name, default, lower, upper, alias=None, flags=0):
        super().__init__(name, default, alias, flags)
        self.lower = lower
        self.upper = upper

    def read(self, word):
        try:
            return parse_decimal(word)
        except ValueError:
            raise ConfigError(errors.CONFIG_INTEGER) from None

    def parse(self, words, current):
        number = self.read(words[0])
        if not self.lower <= number <= self.upper:
            raise ConfigError(errors.config_between(self.lower, self.upper))
        return number


class Frequency(Number):
    """Times a second: any number is taken, and brought between 1 and 500."""

    __slots__ = ()

    def parse(self, words, current):
        return max(1, min(super().parse(words, current), 500))


class Octal(Number):
    """File permissions: int, spelled in base 8."""

    __slots__ = ()

    def parse(self, words, current):
        digits = words[0].lstrip(b" \t\n\v\f\r")
        if digits.strip(b"01234567") or len(digits) > 20 or not digits and words[0]:
            raise ConfigError(errors.CONFIG_OCTAL)
        number = int(digits or b"0", 8)
        if not self.lower <= number <= self.upper:
            raise ConfigError(errors.config_between(f"{self.lower:o}", f"{self.upper:o}"))
        return number

    def show(self, value):
        return b"%o" % value


class Memory(Number):
    """A number of bytes, with or without unit: int."""

    __slots__ = ()

    def read(self, word):
        try:
            return parse_memory(word)
        except ValueError:
            raise ConfigError(errors.CONFIG_MEMORY) from None

    def written(self, value):
        return show_memory(value)


class MemoryOrPercent(Number):
    """A number of bytes, or a percentage: int, negative for a percentage (-5 is 5%)."""

    __slots__ = ()

    def parse(self, words, current):
        word = words[0]
        try:
            if len(word) > 1 and word.endswith(b"%"):
                return self._percentage(word)
            size = parse_memory(word)
        except ValueError:
            raise ConfigError(errors.CONFIG_MEMORY_OR_PERCENT) from None
        if size > self.upper:
            raise ConfigError(errors.config_between(self.lower, self.upper))
        return size

    def _percentage(self, word):
        percentage = parse_decimal(word[: len(word) - 1])
        if percentage < 0:
            raise ValueError(word)
        if percentage > -self.lower:
            raise ConfigError(f"percentage argument must be less or equal to {-self.lower}")
        return -percentage

    def show(self, value):
        return b"%d%%" % -value if value < 0 else b"%d" % value

    def written(self, value):
        return self.show(value) if value < 0 else show_memory(value)


class Choice(Directive):
    """One of several words in any case: str, spelled as in the table."""

    __slots__ = ("choices", "synonyms")

    def __init__(self, name, default, choices, alias=None, flags=0, synonyms=None):
        super().__init__(name, default, alias, flags)
        self.choices = choices.split()
        self.synonyms = synonyms or {}

    def choose(self, word):
        chosen = word.lower().decode("latin-1")
        if chosen not in self.choices:
            raise ConfigError(errors.config_one_of(self.choices))
        return self.synonyms.get(chosen, chosen)

    def parse(self, words, current):
        return self.choose(words[0] if len(words) == 1 else b"")

    def show(self, value):
        return value.encode("latin-1")


class Choices(Choice):
    """Any of several words: tuple of str in the table's order; the first word means none."""

    __slots__ = ()

    def parse(self, words, current):
        chosen = {self.choose(word) for word in words or [b""]}
        return self.accept(tuple([word for word in self.choices[1:] if word in chosen]))

    def accept(self, value):
        if "save" in value and "nosave" in value:
            raise ConfigError("shutdown options SAVE and NOSAVE can't be used simultaneously")
        return value

    def show(self, value):
        return " ".join(value or self.choices[:1]).encode("latin-1")


class Text(Directive):
    """Any text, such as a file's name: str (bytes that are not UTF-8 as surrogates)."""

    __slots__ = ()

    def parse(self, words, current):
        return self.accept(decode(words[0]))

    def show(self, value):
        return os.fsencode(value)

    def written(self, value):
        return quote(self.show(value))

    def lines(self, value):
        if self.flags & NULLABLE and not value:
            return []
        return super().lines(value)


class Secret(Text):
    """A password: bytes, as clients send it."""

    __slots__ = ()

    def parse(self, words, current):
        return words[0]

    def show(self, value):
        return value


class Folder(Text):
    """The directory that relative file names are taken from: str, its true and absolute name."""

    __slots__ = ()

    def parse(self, words, current):
        if not words[0]:
            raise ConfigError("dir can't be empty")
        path = os.path.join(current, super().parse(words, current))
        try:
            os.stat(os.path.join(path, "."))  # fails as going there would
            return os.path.realpath(path)
        except OSError as error:
            raise ConfigError(error.strerror) from None

    def lines(self, value):
        return [(self.written(value), True)]


class SavePoints(Directive):
    """When to save by itself: tuple of (seconds, changes). Lines of a file add up."""

    __slots__ = ()
    accumulates = True

    def parse(self, words, current):
        if words == [b""]:
            return ()
        try:
            numbers = [parse_loose_decimal(word) for word in words]
        except ValueError:
            raise ConfigError("Invalid save parameters") from None
        points = tuple(zip(numbers[::2], numbers[1::2], strict=False))
        for seconds, changes in points:
            if seconds < 1 or changes < 0:
                raise ConfigError("Invalid save parameters")
        if len(numbers) % 2:
            raise ConfigError("Invalid save parameters")
        return points

    def show(self, value):
        return b" ".join([b"%d %d" % point for point in value])

    def lines(self, value):
        return [(self.show(value) or b'""', True)]


class OutputLimits(Directive):
    """client-output-buffer-limit: dict of class -> (hard bytes, soft bytes, soft seconds).

    Classes that are not named keep the limits they have.
    """

    __slots__ = ()

    def parse(self, words, current):
        if len(words) % 4:
            raise ConfigError("Wrong number of arguments in buffer limit configuration.")
        limits = dict(current)
        for position in range(0, len(words), 4):
            name, hard, soft, seconds = words[position : position + 4]
            name = name.lower().decode("latin-1")
            name = "replica" if name == "slave" else name
            if name not in limits:
                raise ConfigError("Invalid client class specified in buffer limit configuration.")
            try:
                limits[name] = parse_memory(hard), parse_memory(soft), _parse_seconds(seconds)
            except ValueError:
                raise ConfigError(
                    "Error in hard, soft or soft_seconds setting in buffer limit configuration."
                ) from None
        return limits

    def show(self, value):
        shown = []
        for name, limits in value.items():
            name = b"slave" if name == "replica" else name.encode()
            shown.append(name + b" %d %d %d" % limits)
        return b" ".join(shown)

    def lines(self, value):
        lines = []
        for name, limits in value.items():
            hard, soft, seconds = limits
            spelled = name.encode(), show_memory(hard), show_memory(soft), b"%d" % seconds
            lines.append((b" ".join(spelled), limits != self.default[name]))
        return lines


def _parse_seconds(word):
    seconds = parse_loose_decimal(word)
    if not 0 <= seconds <= INT_MAX:
        raise ValueError(word)
    return seconds


class ScoreValues(Directive):
    """oom-score-adj-values: tuple of three int, for a primary, a replica, a background child."""

    __slots__ = ()

    def parse(self, words, current):
        if len(words) != len(self.default):
            raise ConfigError("wrong number of arguments")
        try:
            values = tuple([parse_loose_decimal(word) for word in words])
        except ValueError:
            values = (INT_MAX,)
        if min(values) < -2000 or max(values) > 2000:
            raise ConfigError(
                "Invalid oom-score-adj-values, elements must be between -2000 and 2000."
            )
        return values

    def show(self, value):
        return b"%d %d %d" % value


class EventClasses(Directive):
    """notify-keyspace-events: str of event class letters, with A spelled out ("$g...").

    Letters stand in Redis' order: g$lshzxetda, n, o, c, K, E, m, S, T, I, V.
    """

    __slots__ = ()
    ALL = "g$lshzxetda"

    def parse(self, words, current):
        letters = words[0].decode("latin-1")
        if "A" in letters:
            letters = letters.replace("A", self.ALL)
        known = self.ALL + "nocKEmSTIV"
        if not set(letters) <= set(known):
            raise ConfigError("Invalid event class character. Use 'Ag$lshzxeKEtmdnaocSTIV'.")
        return "".join([letter for letter in known if letter in letters])

    def show(self, value):
        return value.replace(self.ALL, "A").encode("latin-1")

    def written(self, value):
        return quote(value.replace(self.ALL, "A").encode("latin-1"))


class Addresses(Directive):
    """bind: tuple of str. A "-" before an address allows for its not being available."""

    __slots__ = ()

    def parse(self, words, current):
        if len(words) > 16:
            raise ConfigError("Too many bind addresses specified.")
        return () if words == [b""] else tuple([decode(word) for word in words])

    def show(self, value):
        return b" ".join([os.fsencode(address) for address in value])

    def lines(self, value):
        return [] if value == self.default else [(_quote_words(value) or b'""', True)]


class PrimaryAddress(Directive):
    """replicaof: (host, port), or None if this server is no replica."""

    __slots__ = ()

    def parse(self, words, current):
        if len(words) != 2:
            raise ConfigError("wrong number of arguments")
        if words[0].lower() == b"no" and words[1].lower() == b"one":
            return None
        try:
            port = parse_loose_decimal(words[1])
        except ValueError:
            port = -1
        if not 0 <= port <= 65535:
            raise ConfigError("Invalid master port")
        return decode(words[0]), port

    def show(self, value):
        return b"" if value is None else b"%s %d" % (os.fsencode(value[0]), value[1])

    def lines(self, value):
        if value is None:
            return []
        return [(b"%s %d" % (_quote_words(value[:1]), value[1]), True)]


def _quote_words(texts):
    """The texts as words of one line, quoted where they need it."""
    words = []
    for text in texts:
        word = os.fsencode(text)
        plain = word and not word.strip(
            b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-*_%[]/"
        )
        words.append(word if plain else quote(word))
    return b" ".join(words)


class Percentiles(Directive):
    """latency-tracking-info-percentiles: tuple of float from 0 to 100."""

    __slots__ = ()

    def parse(self, words, current):
        percentiles = []
        for word in [] if words == [b""] else words:
            try:
                percentile = float(word) if b"_" not in word and word == word.strip() else None
            except ValueError:
                percentile = None
            if percentile is None or percentile != percentile:
                raise ConfigError("Invalid latency-tracking-info-percentiles parameters")
            if not 0.0 <= percentile <= 100.0:
                raise ConfigError(
                    "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
                )
            percentiles.append(percentile)
        return tuple(percentiles)

    def show(self, value):
        return b" ".join([_six_decimals(number) for number in value])

    def lines(self, value):
        exact = []
        for number in value:
            short = _six_decimals(number)
            exact.append(short if float(short) == number else repr(number).encode())
        return [(b" ".join(exact) or b'""', True)]


def _six_decimals(number):
    return (b"%f" % number).rstrip(b"0").rstrip(b".")
