"""Where a command's keys are, and what it does to them.

A key specification has two steps, as COMMAND INFO shows them (redis.io/docs/reference/key-specs):
begin where (at an index, or behind a keyword), then find how (a range, or a number that says how
many). `derive` reads them off the tree of a usage line, `find` applies them to a request.

What happens to a key follows from the command's flags: a READ command reads its keys (RO ACCESS),
a WRITE command changes them (RW UPDATE), unless it has a destination: that is overwritten (OW
UPDATE) and the others are read. A declaration says otherwise with `keys`, a text with one part for
each specification in order, parts left out at the end being derived:

    keys="RW ACCESS DELETE, RW INSERT"      what LMOVE does to its source and its destination
    keys="RO"                               EXISTS: looks at metadata only
    keys=""                                 no argument is a key, whatever its name
    keys="RO ACCESS, ? RO ACCESS"           ?: a key that no specification can find
    keys="RO ACCESS, STORE/? OW UPDATE"     the same of an option's key
    keys="RW, KEYS/-2 RW INCOMPLETE"        KEYS/-2: search that keyword from that word on

Once a part says where, the parts are the whole list. What such specifications miss, a function
finds: `find_keys=` takes the words of a request and returns what `find` does.
"""

from rediskit.grammar.usage import BLOCK, KEY, ONE_OF, STRING, total_size

# What a command does to a key, in the order COMMAND INFO shows it.
RO = 1 << 0
RW = 1 << 1
OW = 1 << 2
RM = 1 << 3
ACCESS = 1 << 4
UPDATE = 1 << 5
INSERT = 1 << 6
DELETE = 1 << 7
NOT_KEY = 1 << 8
INCOMPLETE = 1 << 9
VARIABLE_FLAGS = 1 << 10

KEY_FLAG_NAMES = {
    RO: b"RO",
    RW: b"RW",
    OW: b"OW",
    RM: b"RM",
    ACCESS: b"access",
    UPDATE: b"update",
    INSERT: b"insert",
    DELETE: b"delete",
    NOT_KEY: b"not_key",
    INCOMPLETE: b"incomplete",
    VARIABLE_FLAGS: b"variable_flags",
}
_FLAGS_BY_WORD = {name.decode().upper(): flag for flag, name in KEY_FLAG_NAMES.items()}

_NOT_KEY = NOT_KEY  # as a C integer

INDEX = "index"
KEYWORD = "keyword"
RANGE = "range"
KEY_NUMBER = "keynum"
UNKNOWN = "unknown"

_SET = ((1, OW | UPDATE),)
_READ_AND_SET = ((1, RW | ACCESS | UPDATE),)

_READING_OPTIONS = (b"GET", b"IFEQ", b"IFNE", b"IFDEQ", b"IFDNE")

_DESTINATIONS = ("destination", "destkey", "newkey", "dst")
_CHANNEL = "shardchannel"
_NUMBER_OF_KEYS = "numkeys"


class KeySpec:
    """One key specification.

    begin  INDEX: at word `index`; KEYWORD: behind `keyword`, searched from word `index` on (from
           the end backwards when it is negative); UNKNOWN
    find   RANGE: every `step`-th word from there to `last` (counted from there; from the end of
           the request when negative), the first 1/`limit` of them if `limit` is more than 1;
           KEY_NUMBER: that many words, `step` apart, from the next word on; UNKNOWN
    """

    def __init__(self, begin, index, keyword, find, last=0, step=1, limit=0):
        self.begin = begin
        self.index = index
        self.keyword = keyword
        self.find = find
        self.last = last
        self.step = step
        self.limit = limit
        self.flags = 0

    def __repr__(self):
        where = self.keyword or self.index
        return f"<KeySpec {self.begin} {where} {self.find} {self.last},{self.step},{self.limit}>"

    def place(self):
        """All that says where the keys are: what equal specifications have in common."""
        return (
            self.begin,
            self.index,
            self.keyword,
            self.find,
            self.last,
            self.step,
            self.limit,
        )

    def become_unknown(self):
        """Forgets where to search."""
        self.begin = self.find = UNKNOWN
        self.index = 0
        self.keyword = None

    def collect(self, words, found):
        """Appends (position, flags) of a request's keys; whether the request makes sense."""
        place = self._start(words)
        count = len(words)
        if place < 0 or place >= count and self.find == RANGE:
            return True
        if self.find == RANGE:
            end = self._end(place, count)
        else:
            if place >= count or not words[place].isdigit():
                return False
            number = int(words[place][:10])
            end = place + number * self.step if number else count
            place += 1
        if end >= count:
            return False
        flags = self.flags
        while place <= end:
            found.append((place, flags))
            place += self.step
        return True

    def _start(self, words):
        """The word to begin at; -1 when there is nothing to find."""
        if self.begin == INDEX:
            return self.index
        if self.begin == UNKNOWN:
            return -1
        if self.index >= 0:
            places = range(self.index, len(words) - 1)
        else:
            places = range(len(words) + self.index, 0, -1)
        for place in places:
            if words[place].upper() == self.keyword:
                return place + 1
        return -1

    def _end(self, start, count):
        """The last word that can be a key, of a request of `count` words."""
        if self.last >= 0:
            return start + self.last
        if self.limit > 1:
            return start + (count - start) // self.limit - 1
        return count + self.last


def find(specs, words):
    """[(position, key flags), ...] of a request; empty when it is no sensible one.

    Shard channels, which only look like keys, are left out.
    """
    found = []
    for spec in specs:
        if not spec.flags & _NOT_KEY and not spec.collect(words, found):
            return []
    return found


def legacy_range(specs):
    """(first, last, step) as COMMAND INFO shows them beside the specifications; (0, 0, 0): none.

    Of several specifications those at fixed places are joined if they lie in a row.
    """
    ranges = [spec for spec in specs if spec.begin == INDEX and spec.find == RANGE]
    if not ranges:
        return 0, 0, 0
    first, end, step = ranges[0].index, None, ranges[0].step
    for spec in ranges:
        if end is not None and (spec.index != end + 1 or spec.step != 1 or step != 1):
            break
        end = spec.index + spec.last if spec.last >= 0 else spec.last
    return first, end, step


def is_movable(specs):
    """Whether some key is not at a fixed place (the flag movablekeys)."""
    return any(spec.begin != INDEX or spec.find != RANGE for spec in specs)


def is_fixed(specs):
    """Whether the keys are at the same places in every request of an accepted length."""
    return all(spec.begin == INDEX and spec.find == RANGE and spec.last >= 0 for spec in specs)


def derive(arguments, words, is_read, is_write, keys=None):
    """The specifications of a usage tree; numbers its keys (Argument.key_spec).

    `words`: how many words name the command. Raises ValueError when `keys` is no such text.
    """
    finder = _Finder(arguments, words)
    if keys is not None and not keys.strip():
        for _, argument in finder.found:
            argument.type = STRING
        return []
    stated = [_Part(text) for text in keys.split(",")] if keys is not None else []
    if any(part.place for part in stated):
        return _stated_places(finder, stated)
    _default_flags(finder, is_read, is_write)
    if len(stated) > len(finder.found):
        raise ValueError(f"more key specifications than keys in {keys!r}")
    for (spec, _), part in zip(finder.found, stated, strict=False):
        spec.flags = part.flags
    return _numbered(finder)


def set_keys(words):
    """What SET finds: its key is read only if the option GET, or one that compares, says so."""
    for word in words[3:]:
        if word.upper() in _READING_OPTIONS:
            return _READ_AND_SET
    return _SET


def delex_keys(words):
    """What DELEX finds: its key is read only if there is a condition."""
    return [(1, RM | DELETE if len(words) == 2 else RW | ACCESS | DELETE)]


def bitfield_keys(words):
    """What BITFIELD finds: its key is only read if all operations are GET."""
    position = 2
    while position < len(words):
        operation = words[position].upper()
        if operation == b"GET":
            position += 3
        elif operation == b"OVERFLOW":
            position += 2
        else:
            break
    only_reads = position == len(words)
    return [(1, RO | ACCESS if only_reads else RW | ACCESS | UPDATE)]


def sort_keys(words):
    """What SORT finds: its key, and the destination of the last STORE.

    As Redis does, it takes a destination for an option too when that is called like one.
    """
    found = [(1, RO | ACCESS)]
    skipped = {b"LIMIT": 2, b"GET": 1, b"BY": 1}
    position = 2
    while position < len(words):
        option = words[position].upper()
        if option == b"STORE" and position + 1 < len(words):
            found[1:] = [(position + 1, OW | UPDATE)]
        position += 1 + skipped.get(option, 0)
    return found


def migrate_keys(words):
    """What MIGRATE finds: its key, or when that is empty those behind KEYS."""
    flags = RW | ACCESS | DELETE
    skipped = {b"AUTH": 1, b"AUTH2": 2}
    position = 6
    while position < len(words) and not words[3]:
        option = words[position].upper()
        if option == b"KEYS":
            return [(key, flags) for key in range(position + 1, len(words))]
        position += 1 + skipped.get(option, 0)
    return [(3, flags)]


class _Part:
    """One part of `keys`: flags, and perhaps where (`place`)."""

    def __init__(self, text):
        words = text.split()
        self.place = None
        if words and words[0] not in _FLAGS_BY_WORD:
            self.place = words.pop(0)
        self.flags = 0
        for word in words:
            if word not in _FLAGS_BY_WORD:
                raise ValueError(f"{word!r} is no key flag in {text!r}")
            self.flags |= _FLAGS_BY_WORD[word]


def _stated_places(finder, parts):
    """Specifications as `keys` lists them; derived ones are used up in order."""
    specs = []
    derived = [spec for spec, _ in finder.found]
    for part in parts:
        if part.place is None:
            if not derived:
                raise ValueError("more key specifications than keys")
            spec = derived.pop(0)
        elif part.place == "?":
            spec = KeySpec(UNKNOWN, 0, None, UNKNOWN)
        else:
            keyword, _, start = part.place.partition("/")
            spec = next((one for one in derived if one.keyword == keyword.encode()), None)
            if spec is None:
                raise ValueError(f"no option {part.place} takes a key")
            derived.remove(spec)
            if start == "?":
                spec.become_unknown()
            else:
                spec.index = int(start)
        spec.flags = part.flags
        specs.append(spec)
    for spec, argument in finder.found:
        argument.key_spec = specs.index(spec) if spec in specs else None
    return specs


def _default_flags(finder, is_read, is_write):
    has_destination = any(argument.name in _DESTINATIONS for _, argument in finder.found)
    for spec, argument in finder.found:
        if argument.name == _CHANNEL:
            spec.flags = NOT_KEY
        elif is_read:
            spec.flags = RO | ACCESS
        elif not is_write:
            spec.flags = RW | ACCESS | UPDATE
        elif argument.name in _DESTINATIONS or argument.token in ("STORE", "STOREDIST"):
            spec.flags = OW | UPDATE
        else:
            spec.flags = RO | ACCESS if has_destination else RW | UPDATE


def _numbered(finder):
    """The specifications with equal ones and single neighbours of equal flags made one."""
    specs = []
    for spec, argument in finder.found:
        same = next((one for one in specs if one.place() == spec.place()), None)
        if same is None and specs and _is_neighbour(specs[len(specs) - 1], spec):
            same = specs[len(specs) - 1]
            same.last += 1
        if same is None:
            same = spec
            specs.append(spec)
        if argument.type == KEY:
            argument.key_spec = specs.index(same)
    return specs


def _is_neighbour(before, spec):
    return (
        before.begin == spec.begin == INDEX
        and before.find == spec.find == RANGE
        and before.last >= 0
        and spec.last == 0
        and spec.index == before.index + before.last + 1
        and before.flags == spec.flags
    )


class _Finder:
    """Walks a usage tree with a count of the words before; `found`: [(KeySpec, Argument)]."""

    def __init__(self, arguments, words):
        self.found = []
        self.row(arguments, words, words, 0)

    def row(self, arguments, place, least, keyword):
        """Arguments in a row.

        place    the index of the next word, None when it varies
        least    the smallest index it can have
        keyword  the token in front of the first argument if that is where to search, or None
        """
        for number, argument in enumerate(arguments):
            behind = arguments[number + 1 :]
            before = arguments[number - 1] if number else None
            if argument.type == KEY or argument.name == _CHANNEL:
                counted = before is not None and before.name == _NUMBER_OF_KEYS
                self.key(argument, place, least, keyword, behind, counted)
            elif argument.type == BLOCK:
                counted = before is not None and before.name == _NUMBER_OF_KEYS
                self.block(argument, place, least, behind, counted)
            elif argument.type == ONE_OF:
                for choice in argument.arguments:
                    self.row([choice], place, least, None)
            size, most = argument.size()
            least += size
            place = place + size if place is not None and size == most else None
            keyword = None

    def key(self, argument, place, least, keyword, behind, counted):
        if argument.token is not None:
            if place is not None and not argument.optional:
                place += 1
            else:
                keyword = argument.token
        if keyword:
            begin = (KEYWORD, least, keyword.encode())
        elif counted:
            # The number itself comes right before the keys.
            self.add(argument, (INDEX, least - 1, None), KEY_NUMBER)
            return
        elif place is None:
            return
        else:
            begin = (INDEX, place, None)
        if not argument.multiple:
            self.add(argument, begin, RANGE)
            return
        partners = sum(1 for other in behind if other.multiple and not other.optional)
        if partners:
            self.add(argument, begin, RANGE, -1, 1, partners + 1)
            return
        least_behind, _ = total_size(behind)
        self.add(argument, begin, RANGE, -1 - least_behind)

    def block(self, argument, place, least, behind, counted=False):
        keyword = argument.token
        if keyword is not None and place is not None and not argument.optional:
            place += 1
            keyword = None
        if not argument.multiple:
            self.row(argument.arguments, place, least, keyword)
            return
        if place is None:
            return
        step, _ = argument.occurrence()
        least_behind, _ = total_size(behind)
        for number, child in enumerate(argument.arguments):
            if child.type == KEY:
                offset, _ = total_size(argument.arguments[:number])
                if counted:
                    # The number itself comes right before the first block.
                    self.add(child, (INDEX, least - 1, None), KEY_NUMBER, 0, step)
                    continue
                begin = (INDEX, place + offset, None)
                self.add(child, begin, RANGE, -1 - least_behind, step)

    def add(self, argument, begin, how, last=0, step=1, limit=0):
        self.found.append((KeySpec(*begin, how, last, step, limit), argument))
