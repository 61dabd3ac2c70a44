"""Requests for a load: command templates, weights, key distributions, value sizes.

A template is a command line with placeholders:

    {key}     the key prefix and twelve digits, drawn from the distribution
    {value}   random printable bytes of the wanted size
    {number}  a random whole number below the number of keys

`3*GET {key}` is drawn three times as often as `GET {key}`. A template becomes one bytes pattern
whose fields are filled by `%`, many requests at a time: that is what Python can do quickly.
"""

import bisect
import itertools
import random
import re
import string

DISTRIBUTIONS = ("uniform", "zipf", "sequential", "hot")
VALUE_VARIANTS = 64
KEY_DIGITS = 12
FIELD = re.compile(r"(\{key\}|\{value\}|\{number\})")


class KeySpace:
    """Draws key numbers from 0 to `count` - 1.

    uniform: each as likely. sequential: 0, 1, 2 ... round and round. zipf: number n with a
    likelihood of 1 / (n + 1) ** `exponent`. hot: `hot_share` of the draws (0 to 1) fall on the
    first `hot_keys` share of the numbers.
    """

    def __init__(self, count, distribution="uniform", exponent=1.0, hot_keys=0.2, hot_share=0.8):
        self.count = count
        self.draw = getattr(self, "_draw_" + distribution)
        self._next = 0
        self._hot_keys = max(1, int(count * hot_keys))
        self._hot_share = hot_share
        if distribution == "zipf":
            weights = ((rank + 1) ** -exponent for rank in range(count))
            self._cumulative = list(itertools.accumulate(weights))

    def _draw_uniform(self, amount):
        uniform, count = random.random, self.count
        return [int(uniform() * count) for _ in range(amount)]

    def _draw_sequential(self, amount):
        start = self._next
        self._next = (start + amount) % self.count
        return [(start + step) % self.count for step in range(amount)]

    def _draw_zipf(self, amount):
        uniform, cumulative = random.random, self._cumulative
        total = cumulative[-1]
        return [bisect.bisect(cumulative, uniform() * total) for _ in range(amount)]

    def _draw_hot(self, amount):
        uniform, share, hot, count = random.random, self._hot_share, self._hot_keys, self.count
        cold = max(1, count - hot)
        last = count - 1
        return [
            int(uniform() * hot) if uniform() < share else min(hot + int(uniform() * cold), last)
            for _ in range(amount)
        ]


class Values:
    """Draws bulk strings, encoded, of a size between two bounds (bytes, both included)."""

    def __init__(self, smallest, largest):
        letters = (string.ascii_letters + string.digits).encode()
        sizes = [random.randint(smallest, largest) for _ in range(VALUE_VARIANTS)]
        self.variants = [bulk(bytes(random.choices(letters, k=size))) for size in sizes]

    def draw(self, amount):
        """A list of encoded bulk strings."""
        return random.choices(self.variants, k=amount)


class Template:
    """One command of a mix: a pattern for `%`, the kinds of its fields, and its weight."""

    def __init__(self, line, prefix="key:"):
        weight, star, command = line.partition("*")
        weighted = star and weight.strip().isdigit()
        self.weight = int(weight) if weighted else 1
        self.name = (command if weighted else line).strip()
        if not self.name:
            raise ValueError("an empty command")
        self.fields = FIELD.findall(self.name)
        words = self.name.split()
        self.pattern = b"*%d\r\n" % len(words)
        for word in words:
            self.pattern += _pattern_of(word, prefix.encode())


def _pattern_of(word, prefix):
    """An argument as a pattern for `%`; {value} and {number} bring their own lengths."""
    if word in ("{value}", "{number}"):
        return b"%b"
    if "{value}" in word or "{number}" in word:
        raise ValueError(f"{word}: {{value}} and {{number}} must be words of their own")
    literals = [piece.encode() for piece in word.split("{key}")]
    keys = len(literals) - 1
    length = sum(map(len, literals)) + keys * (len(prefix) + KEY_DIGITS)
    field = prefix.replace(b"%", b"%%") + b"%%0%dd" % KEY_DIGITS
    return b"$%d\r\n%b\r\n" % (length, field.join(x.replace(b"%", b"%%") for x in literals))


def bulk(data):
    """A bulk string as a request carries it."""
    return b"$%d\r\n%b\r\n" % (len(data), data)


class Mix:
    """Draws encoded requests from weighted templates."""

    def __init__(self, templates, keys, values):
        self.templates = templates
        self.keys = keys
        self.values = values
        self._weights = [template.weight for template in templates]

    def draw(self, amount):
        """The bytes of `amount` requests."""
        if len(self.templates) == 1:
            return self._fill(self.templates[0], amount)
        chosen = random.choices(self.templates, self._weights, k=amount)
        return b"".join(self._fill(template, 1) for template in chosen)

    def _fill(self, template, amount):
        kinds = template.fields
        if not kinds:
            return template.pattern * amount
        columns = [self._column(kind, amount) for kind in kinds]
        fields = columns[0] if len(columns) == 1 else itertools.chain(*zip(*columns, strict=True))
        return template.pattern * amount % tuple(fields)

    def _column(self, kind, amount):
        if kind == "{key}":
            return self.keys.draw(amount)
        if kind == "{value}":
            return self.values.draw(amount)
        count = self.keys.count
        return [bulk(b"%d" % int(random.random() * count)) for _ in range(amount)]
