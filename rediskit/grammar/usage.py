"""Usage lines as the manual prints them, read into a tree of arguments.

    SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | KEEPTTL]

Upper-case words (and signs such as `*` and `""`) are tokens that stand for themselves, lower-case
words name arguments, `[...]` may be left out, `<...>` groups, `|` separates alternatives, and
`...` at the end of a bracket repeats: `key [key ...]` is one or more keys, `[id ...]` any number
of ids, `[GET pattern [GET pattern ...]]` an option that brings its token each time.

Reading goes in two steps. `_Reader` turns the line into nested raw elements: a word is a str, a
bracket a tuple. `_shape` turns raw elements into `Argument`s, which know what COMMAND DOCS wants:
a token belongs to the argument behind it, arguments that are repeated together form a block.
"""

STRING = "string"
INTEGER = "integer"
DOUBLE = "double"
KEY = "key"
PATTERN = "pattern"
UNIX_TIME = "unix-time"
PURE_TOKEN = "pure-token"
ONE_OF = "oneof"
BLOCK = "block"

OPTIONAL = "optional"
GROUPED = "grouped"

# What an argument's name says of its type; every other name is a string. Where a command means
# something else by a name, its declaration says so (`types`).
_NAMED_TYPES = {
    KEY: "key key1 key2 newkey destkey sourcekey source destination src dst",
    INTEGER: """
        bit bits client-id cluster-bus-port config-epoch count cursor db decrement destination-db
        end end-slot entries-added entries-read frequency idle-time increment index index1 index2
        iterations len limit maxage milliseconds min-idle-time min-match-len ms num-matches
        numfields numkeys numlocal nummembers numreplicas offset port protover rank seconds slot
        start start-slot stop timeout ttl version weight
    """,
    DOUBLE: "score longitude latitude radius width height min max",
    PATTERN: "pattern",
    UNIX_TIME: "unix-time-seconds unix-time-milliseconds",
}
_TYPES = {name: kind for kind, names in _NAMED_TYPES.items() for name in names.split()}


class UsageError(ValueError):
    """A usage line that does not follow the grammar."""


class Argument:
    """One node of the tree: an argument, a pure token, a choice (oneof) or a block of arguments.

    `key_spec` is the number of the key specification that finds this key, None for other types.
    """

    __slots__ = (
        "arguments",
        "key_spec",
        "multiple",
        "multiple_token",
        "name",
        "optional",
        "token",
        "type",
    )

    def __init__(self, name, kind, token=None, arguments=()):
        self.name = name
        self.type = kind
        self.token = token
        self.arguments = list(arguments)
        self.optional = False
        self.multiple = False
        self.multiple_token = False
        self.key_spec = None

    def __repr__(self):
        flags = "".join(
            mark for mark, is_set in (("?", self.optional), ("+", self.multiple)) if is_set
        )
        inner = f" {self.arguments}" if self.arguments else ""
        token = f" {self.token}" if self.token and self.type != PURE_TOKEN else ""
        return f"<{self.type}{flags} {self.name}{token}{inner}>"

    def occurrence(self):
        """(least, most) words of one occurrence; most is None when there is no limit."""
        if self.type == PURE_TOKEN:
            return 1, 1
        own = 1 if self.token is not None else 0
        if self.type == ONE_OF:
            sizes = [child.size() for child in self.arguments]
            least = min(size[0] for size in sizes)
            most = None if any(s[1] is None for s in sizes) else max(size[1] for size in sizes)
        elif self.type == BLOCK:
            least, most = total_size(self.arguments)
        else:
            least = most = 1
        return own + least, None if most is None else own + most

    def size(self):
        """(least, most) words that this argument takes in a command, tokens included."""
        least, most = self.occurrence()
        return 0 if self.optional else least, None if self.multiple else most


def total_size(arguments):
    """(least, most) words that arguments in a row take; most is None when there is no limit."""
    least, most = 0, 0
    for argument in arguments:
        argument_least, argument_most = argument.size()
        least += argument_least
        most = None if most is None or argument_most is None else most + argument_most
    return least, most


def parse(line, types=None):
    """The arguments of a usage line that has been freed of the command's own name.

    `types`: {argument name: type} where the name's usual type is wrong. Raises UsageError.
    """
    arguments = _shape(_Reader(line).sequence())
    if types:
        _set_types(arguments, types)
    return arguments


def _set_types(arguments, types):
    for argument in arguments:
        if argument.arguments:
            _set_types(argument.arguments, types)
        elif argument.type != PURE_TOKEN:
            argument.type = types.get(argument.name, argument.type)


class _Reader:
    """Cuts a line into raw elements: words, and (kind, alternatives, is_repeated) brackets."""

    def __init__(self, line):
        spaced = line
        for mark in "[]<>|":
            spaced = spaced.replace(mark, f" {mark} ")
        self.line = line
        self.words = spaced.split()
        self.position = 0

    def next_word(self):
        if self.position == len(self.words):
            return None
        self.position += 1
        return self.words[self.position - 1]

    def sequence(self):
        """The raw elements up to the end of the line."""
        elements = []
        while (word := self.next_word()) is not None:
            if word in ("]", ">", "|", "..."):
                raise UsageError(f"unexpected {word} in {self.line!r}")
            elements.append(self.element(word))
        return elements

    def element(self, word):
        if word == "[":
            return self.bracket(OPTIONAL, "]")
        if word == "<":
            return self.bracket(GROUPED, ">")
        return word

    def bracket(self, kind, closing):
        alternatives = [[]]
        is_repeated = False
        while (word := self.next_word()) != closing:
            if word is None or word in ("]", ">"):
                raise UsageError(f"bracket not closed in {self.line!r}")
            if word == "|":
                alternatives.append([])
            elif word == "...":
                is_repeated = True
            else:
                alternatives[-1].append(self.element(word))
        if not all(alternatives):
            raise UsageError(f"empty alternative in {self.line!r}")
        return kind, alternatives, is_repeated


def _is_token(element):
    return isinstance(element, str) and not any(letter.islower() for letter in element)


def _shape(elements):
    """Raw elements in a row as a list of Arguments."""
    arguments = []
    position = 0
    while position < len(elements):
        length = _repeated_length(elements, position)
        if length:
            unit = _as_one(_shape(elements[position : position + length]))
            unit.multiple = True
            unit.multiple_token = _is_token(elements[position])
            arguments.append(unit)
            position += length + 1
        elif _is_token(elements[position]):
            end = _end_of_values(elements, position + 1)
            arguments += _with_token(elements[position], _shape(elements[position + 1 : end]))
            position = end
        else:
            arguments.append(_value(elements[position]))
            position += 1
    return arguments


def _repeated_length(elements, position):
    """How many elements from `position` on the bracket behind them repeats; 0 if none does."""
    for behind in range(position + 1, len(elements)):
        if _repeats(elements[behind], elements[position:behind]):
            return behind - position
    return 0


def _repeats(element, before):
    return isinstance(element, tuple) and element == (OPTIONAL, [before], True)


def _end_of_values(elements, start):
    """The end of what belongs to a token: all up to the next token or thing that may be absent."""
    position = start
    while position < len(elements):
        element = elements[position]
        if _is_token(element):
            break
        if isinstance(element, tuple) and element[0] == OPTIONAL:
            repeated = len(element[1][0])
            if not _repeats(element, elements[max(start, position - repeated) : position]):
                break
        position += 1
    return position


def _with_token(token, values):
    """The arguments for a token and what belongs to it."""
    if not values:
        return [Argument(token.lower(), PURE_TOKEN, token)]
    if len(values) > 1 and all(value.type not in (ONE_OF, BLOCK) for value in values):
        return [_block(values, token)]
    if values[0].token is not None:
        return [_block([values[0]], token), *values[1:]]
    values[0].token = token
    return values


def _value(element):
    """One raw element that no token precedes as an Argument."""
    if isinstance(element, str):
        if _is_token(element):
            return Argument(element.lower(), PURE_TOKEN, element)
        return Argument(element, _TYPES.get(element, STRING))
    kind, alternatives, is_repeated = element
    choices = [_as_one(_shape(alternative)) for alternative in alternatives]
    if len(choices) == 1:
        argument = choices[0]
    else:
        argument = Argument(_joined_name(choices), ONE_OF, arguments=choices)
    if kind == OPTIONAL:
        argument.optional = True
    if is_repeated:
        argument.multiple = True
        argument.multiple_token = argument.token is not None and argument.type != PURE_TOKEN
    return argument


def _as_one(arguments):
    return arguments[0] if len(arguments) == 1 else _block(arguments)


def _block(arguments, token=None):
    name = token.lower() if token else _joined_name(arguments)
    return Argument(name, BLOCK, token, arguments)


def _joined_name(arguments):
    return "-".join(argument.name.strip('"') or "empty" for argument in arguments[:4])
