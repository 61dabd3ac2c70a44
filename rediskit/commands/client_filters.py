"""Which clients CLIENT LIST and CLIENT KILL mean: filters, all of which a client has to pass.

    TYPE normal USER joe ID 3 5 NOT-NAME worker

Each has a form with NOT- in front, but for MAXAGE, IDLE and SKIPME. Of a filter that is given
twice the last one counts. More than TYPE and ID of CLIENT LIST, and those of CLIENT KILL in Redis
7.4, are Valkey's.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.clients.description import flags
from rediskit.clients.kinds import NORMAL, PRIMARY, PUBSUB, REPLICA
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer
from rediskit.protocol.numbers import integer_or_none

TYPES = {
    b"normal": NORMAL,
    b"master": PRIMARY,
    b"primary": PRIMARY,
    b"replica": REPLICA,
    b"slave": REPLICA,
    b"pubsub": PUBSUB,
}
FLAGS = b"NMSOPxbtRBdcuAUreTgo"  # that a client may have, see clients.description
CAPABILITIES = b"r"
STRICT = errors.INVALID_CLIENT_ID  # the error of CLIENT LIST, which takes nothing else behind ID


def client_kind(client: Client, name: bytes):
    """The kind of clients that a word names. Raises CommandError."""
    found = TYPES.get(name.lower())
    if found is None:
        raise CommandError(errors.unknown_client_type(name))
    return found


def user_name(client: Client, name: bytes):
    """The name of a user there is. Raises CommandError."""
    if client.server.users.get(name) is None:
        raise CommandError(errors.no_such_user(name))
    return name


def yes_or_no(client: Client, word: bytes):
    """Whether a word says YES; CommandError if it does not say NO either."""
    answer = word.lower()
    if answer not in (b"yes", b"no"):
        raise CommandError(errors.SYNTAX_ERROR)
    return answer == b"yes"


def age(client: Client, word: bytes):
    """A number of seconds above 0. Raises CommandError."""
    seconds = integer(word, errors.MAXAGE_NOT_AN_INTEGER)
    if seconds < 1:
        raise CommandError(errors.MAXAGE_NOT_POSITIVE)
    return seconds


def idle_time(client: Client, word: bytes):
    """A number of seconds above 0. Raises CommandError."""
    seconds = integer(word, errors.IDLE_NOT_AN_INTEGER)
    if seconds < 1:
        raise CommandError(errors.IDLE_NOT_POSITIVE)
    return seconds


def database_number(client: Client, word: bytes):
    """The number of a database. Raises CommandError."""
    number = integer(word, errors.DATABASE_OUT_OF_RANGE)
    if not 0 <= number < len(client.database.keyspace.databases):
        raise CommandError(errors.DATABASE_OUT_OF_RANGE)
    return number


def flag_letters(client: Client, word: bytes):
    """Letters of flags. Raises CommandError."""
    if word.strip(FLAGS):
        raise CommandError(errors.unknown_flags(word))
    return word


def capability_letters(client: Client, word: bytes):
    """Letters of capabilities. Raises CommandError."""
    if word.strip(CAPABILITIES):
        raise CommandError(errors.unknown_capabilities(word))
    return word


def as_it_is(client: Client, word: bytes):
    """A word that is compared."""
    return word


def host_of(other: Client):
    """Where a client comes from, without the port."""
    return other.address.rpartition(":")[0].strip("[]").encode()


# For each name: a function from (the client that asks, a word) to a value, and one from (another
# client, the value) to whether it passes.
FILTERS = {
    b"TYPE": (client_kind, lambda other, kind: other.kind == kind),
    b"USER": (user_name, lambda other, name: other.user.name == name),
    b"ADDR": (as_it_is, lambda other, address: other.address.encode() == address),
    b"LADDR": (as_it_is, lambda other, address: other.local_address.encode() == address),
    b"IP": (as_it_is, lambda other, host: host_of(other) == host),
    b"NAME": (as_it_is, lambda other, name: other.name == name),
    b"LIB-NAME": (as_it_is, lambda other, name: other.library_name == name),
    b"LIB-VER": (as_it_is, lambda other, version: other.library_version == version),
    b"DB": (database_number, lambda other, number: other.database.number == number),
    b"FLAGS": (flag_letters, lambda other, letters: set(letters) <= set(flags(other).encode())),
    b"CAPA": (capability_letters, lambda other, letters: set(letters) <= set(other.capabilities)),
}
LIMITS = {b"MAXAGE": age, b"IDLE": idle_time, b"SKIPME": yes_or_no}


class Filters:
    """The filters that the words of a client's request ask for. Raises CommandError.

    ids: the numbers of an ID filter in their order, or None. bad_id: the error for a word that is
    no number where one has to be.
    """

    def __init__(self, client: Client, words: tuple, bad_id: str):
        self.client = client
        self.ids = None
        self.others = {}  # {name in capitals: value}
        self.limits = {}
        position = 0
        while position < len(words):
            name = words[position].upper()
            if position + 1 >= len(words):
                raise CommandError(errors.SYNTAX_ERROR)
            if name in (b"ID", b"NOT-ID"):
                position = self.read_ids(name, words, position + 1, bad_id)
                continue
            if name in LIMITS:
                self.limits[name] = LIMITS[name](client, words[position + 1])
            elif name.removeprefix(b"NOT-") in FILTERS:
                convert, _ = FILTERS[name.removeprefix(b"NOT-")]
                self.others[name] = convert(client, words[position + 1])
            else:
                raise CommandError(errors.SYNTAX_ERROR)
            position += 2

    def read_ids(self, name: bytes, words: tuple, position: int, bad_id: str):
        """Reads numbers up to the next filter; the position behind them."""
        numbers = []
        while position < len(words):
            number = integer_or_none(words[position])
            following = words[position].upper()
            if number is None and numbers and (is_filter(following) or bad_id != STRICT):
                break
            if number is None or (number < 1 and bad_id != STRICT):
                raise CommandError(bad_id)
            numbers.append(number)
            position += 1
        if name == b"ID":
            self.ids = numbers
        else:
            self.others[name] = numbers
        return position

    def skips_itself(self, default: bool):
        """Whether the client that asks is not meant."""
        return self.limits.get(b"SKIPME", default)

    def let_through(self, other: Client):
        """Whether another client passes all of them, but for ID."""
        seconds = self.client.server.clock.seconds
        if seconds - other.created < self.limits.get(b"MAXAGE", 0):
            return False
        if seconds - other.last_interaction < self.limits.get(b"IDLE", 0):
            return False
        for name, value in self.others.items():
            is_wanted = not name.startswith(b"NOT-")
            if name == b"NOT-ID":
                passes = other.id in value
            else:
                passes = FILTERS[name.removeprefix(b"NOT-")][1](other, value)
            if passes != is_wanted:
                return False
        return True


def is_filter(name: bytes):
    """Whether a word in capitals names a filter."""
    bare = name.removeprefix(b"NOT-")
    return bare in FILTERS or bare == b"ID" or name in LIMITS
