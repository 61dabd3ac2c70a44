"""Deadlines of single elements: what the commands of hash fields and of set members share.

When the time of an element has come is kept in its container (Mapping, Members); that it then
goes, on access or by itself, is the Database's business. Here is what the commands do, whose
words, events and errors an `Elements` names for each of the two types.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer, integer_between
from rediskit.integers import LARGEST

LATEST_MS = (1 << 46) - 1  # no element expires later than this
CONDITIONS = (b"NX", b"XX", b"GT", b"LT")
# Milliseconds in a unit, and whether it is counted from now on.
TIMES = {b"EX": (1000, True), b"PX": (1, True), b"EXAT": (1000, False), b"PXAT": (1, False)}

# What is replied for an element; the first two are deadlines to a container, too.
MISSING = -2
NO_DEADLINE = -1
CONDITION_FAILED = 0
DONE = 1
DELETED = 2  # the deadline has passed already


class Elements:
    """The words, events and errors of one type of container for the deadlines of its elements.

    keyword: what stands before the elements, FIELDS or MEMBERS. edit, read: functions (database,
    key) that give the container without what is due, or None. initial: what the events and
    requests for the type begin with, "h" or "s". removal: the name of the event and the request
    that an element goes by.
    """

    def __init__(self, keyword, edit, read, initial, removal):
        self.keyword = keyword
        self.edit = edit
        self.read = read
        self.expire_event = initial + "expire"
        self.persist_event = initial + "persist"
        self.removal_event = removal
        self.expire_request = (initial + "pexpireat").upper().encode()
        self.persist_request = (initial + "persist").upper().encode()
        self.removal_request = removal.upper().encode()
        self.if_none = keyword[:1] + b"NX"  # FNX or MNX
        self.if_all = keyword[:1] + b"XX"
        plural = keyword.lower()
        self.none_given = errors.no_elements(keyword)
        self.not_at_place = errors.elements_not_at_place(keyword)
        self.repeated = errors.elements_repeated(keyword)
        self.too_few = errors.elements_too_few(keyword, plural, plural.removesuffix(b"s"))
        self.mismatch = errors.elements_mismatch(plural)
        self.bad_parameter = errors.elements_parameter(keyword.capitalize())
        self.bad_number = errors.elements_number(plural)
        self.bad_count = errors.elements_count(plural)
        self.both_conditions = errors.elements_conditions(self.if_all, self.if_none)

    def listed(self, words, count_error):
        """The elements of "FIELDS numfields field [field ...]". Raises CommandError."""
        if words[0].upper() != self.keyword:
            raise CommandError(self.not_at_place)
        count = integer_between(words[1], 1, LARGEST, count_error)
        if count != len(words) - 2:
            raise CommandError(self.mismatch)
        return words[2:]


# One step for each element


def expire_at(client: Client, elements: Elements, name: bytes, key: bytes, words: tuple):
    """HEXPIRE and its like: `words` are the moment and all behind it.

    name: of the command, which tells the unit (P: milliseconds) and whether it counts from now.
    """
    database = client.database
    container = elements.edit(database, key)
    unit_ms = 1 if name[1:2] == b"p" else 1000
    base_ms = 0 if name.endswith(b"at") else database.clock.now_ms
    deadline = deadline_of(name, words[0], unit_ms, base_ms)
    condition = words[1].upper()
    if condition in CONDITIONS:
        if words[2].upper() in CONDITIONS:
            raise CommandError(errors.MULTIPLE_CONDITIONS)
        words = words[1:]
        if len(words) < 4 and words[1].upper() == elements.keyword:
            raise CommandError(elements.too_few)
    names = elements.listed(words[1:], elements.bad_parameter)
    if container is None:
        return [MISSING] * len(names)
    is_past = deadline <= database.clock.now_ms
    replies, changed = [], []
    for element in names:
        before = container.deadline(element)
        if before == MISSING or not holds(condition, before, deadline):
            replies.append(MISSING if before == MISSING else CONDITION_FAILED)
            continue
        if is_past:
            container.remove(element)
        else:
            container.set_deadline(element, deadline)
        replies.append(DELETED if is_past else DONE)
        changed.append(element)
    if changed and is_past:
        tell_removed(client, elements, key, container, changed)
    elif changed:
        tell_expiring(client, elements, key, container, changed, deadline)
    return replies


def times_left(client: Client, elements: Elements, name: bytes, key: bytes, words: tuple):
    """HTTL and its like: the time to, or of, each element's deadline, rounded up; else -1 or -2.

    name: of the command, which tells the unit (P: milliseconds) and from when it is counted.
    """
    container = elements.read(client.database, key)
    unit_ms = 1 if name[1:2] == b"p" else 1000
    base_ms = 0 if name.endswith(b"time") else client.database.clock.now_ms
    names = elements.listed(words, elements.bad_count)
    if container is None:
        return [MISSING] * len(names)
    replies = []
    for element in names:
        deadline = container.deadline(element)
        if deadline >= 0:
            deadline = (deadline - base_ms + unit_ms - 1) // unit_ms
        replies.append(deadline)
    return replies


def persist(client: Client, elements: Elements, key: bytes, words: tuple):
    """HPERSIST and its like."""
    database = client.database
    container = elements.edit(database, key)
    names = elements.listed(words, elements.bad_count)
    if container is None:
        return [MISSING] * len(names)
    replies, changed = [], []
    for element in names:
        deadline = container.deadline(element)
        if deadline >= 0:
            container.set_deadline(element, NO_DEADLINE)
            deadline = DONE
            changed.append(element)
        replies.append(deadline)
    if changed:
        database.changed(key, elements.persist_event, 1, None, changed)
    return replies


def deadline_of(name: bytes, moment: bytes, unit_ms: int, base_ms: int):
    """The deadline that an argument of the command `name` stands for. Raises CommandError."""
    value = integer(moment)
    if value < 0:
        raise CommandError(errors.EXPIRE_NEGATIVE)
    if value * unit_ms > LATEST_MS - base_ms:
        raise CommandError(errors.invalid_expire(name))
    return value * unit_ms + base_ms


def holds(condition: bytes, before: int, deadline: int):
    """Whether an element may get a deadline instead of the one before, -1 for none."""
    if before == NO_DEADLINE:
        return condition not in (b"XX", b"GT")
    if condition == b"GT":
        return deadline > before
    if condition == b"LT":
        return deadline < before
    return condition != b"NX"


# Commands that do something else besides: HGETEX, HSETEX, SADDEX


class Request:
    """What the words behind the key of HGETEX, HSETEX or SADDEX ask for.

    condition: b"", or in capitals. keeps: KEEPTTL or PERSIST. deadline: a moment, or -1.
    time_at: the index of EX or its like among the words, or -1. first, past: the words from the
    first to behind the last element.
    """

    def __init__(self):
        self.condition = b""
        self.keeps = False
        self.deadline = NO_DEADLINE
        self.time_at = -1
        self.first = 0
        self.past = 0


def read_request(client, elements, name, words, width, kept):
    """The Request of the words behind the key, in any order. Raises CommandError.

    width: how many words there are for each element. kept: b"KEEPTTL" or b"PERSIST", whichever the
    command has; one with KEEPTTL takes conditions.
    """
    request = Request()
    position = 0
    while position < len(words):
        word = words[position].upper()
        if word == elements.keyword:
            position = find_elements(elements, request, words, position, width)
        elif word == kept or word in TIMES:
            if request.keeps or request.time_at >= 0:
                raise CommandError(errors.one_expiry(kept))
            if word == kept:
                request.keeps = True
                position += 1
                continue
            if position + 1 >= len(words):
                raise CommandError(errors.EXPIRE_MISSING)
            unit_ms, is_relative = TIMES[word]
            base_ms = client.database.clock.now_ms if is_relative else 0
            request.deadline = deadline_of(name, words[position + 1], unit_ms, base_ms)
            request.time_at = position
            position += 2
        elif kept == b"KEEPTTL" and (word == elements.if_none or word == elements.if_all):
            if request.condition:
                raise CommandError(elements.both_conditions)
            request.condition = word
            position += 1
        else:
            raise CommandError(errors.unexpected_argument(words[position]))
    if request.past == 0:
        raise CommandError(elements.none_given)
    return request


def find_elements(elements, request, words, position, width):
    """Notes where the elements behind a keyword are; the position behind the last one."""
    if request.past:
        raise CommandError(elements.repeated)
    if position + 1 >= len(words):
        raise CommandError(elements.mismatch)
    count = integer(words[position + 1], elements.bad_number)
    if count < 1:
        raise CommandError(elements.bad_number)
    if count > (len(words) - position - 2) // width:
        raise CommandError(elements.mismatch)
    request.first = position + 2
    request.past = position + 2 + count * width
    return request.past


def is_met(request, elements, container, words, width):
    """Whether none, or all, of the elements are in a container or None, if that is asked for."""
    if not request.condition:
        return True
    wanted = request.condition == elements.if_all
    if container is None:
        return not wanted
    for index in range(request.first, request.past, width):
        if container.contains(words[index]) != wanted:
            return False
    return True


def with_moment(request: Request, words: tuple):
    """The words, the time among them as a moment: what logs and replicas get."""
    if request.time_at < 0:
        return words
    at = request.time_at
    return (*words[:at], b"PXAT", b"%d" % request.deadline, *words[at + 2 :])


# Telling


def tell_removed(client: Client, elements: Elements, key: bytes, container, names: list):
    """Announces that elements went because their deadline had passed when it was given."""
    client.database.elements.count_expired(container, len(names))
    client.rewrite(elements.removal_request, key, *names)
    client.database.changed(key, elements.removal_event, len(names), container, names)


def tell_expiring(
    client: Client, elements: Elements, key: bytes, container, names: list, deadline: int
):
    """Announces that elements got a deadline."""
    client.database.elements.note(key, container)
    client.rewrite(
        elements.expire_request,
        key,
        b"%d" % deadline,
        elements.keyword,
        b"%d" % len(names),
        *names,
    )
    client.database.changed(key, elements.expire_event, len(names), None, names)
