r"""Bytes of a client -> requests, each a list of bytes: [name, argument, ...].

Two forms, told apart by their first byte (source: the Redis serialization protocol specification):

    *2\r\n$3\r\nGET\r\n$3\r\nkey\r\n     a multibulk: a count, then so many bulks with lengths
    GET "a key"\r\n                      inline: a line of words, quoted where need be

The same bytes give the same requests and errors however they are split. All state of a half
received request is kept, so no byte of it is parsed twice: `arguments` and `missing` of the
multibulk, `bulk_length` of the bulk, and what came of a bulk so far in `gathered`. Announced
counts and lengths take no memory; only what was received does.
"""

from rediskit.config import quoting
from rediskit.errors import (
    INVALID_BULK_LENGTH,
    INVALID_MULTIBULK_LENGTH,
    TOO_BIG_COUNT,
    TOO_BIG_INLINE,
    TOO_BIG_LENGTH,
    UNAUTHENTICATED_COUNT,
    UNAUTHENTICATED_LENGTH,
    UNBALANCED_QUOTES,
    ProtocolError,
    SecurityAttack,
    expected_dollar,
)
from rediskit.protocol.numbers import integer_or_none

COUNT_LIMIT = (1 << 31) - 1  # arguments of a request
LINE_LIMIT = 64 * 1024  # bytes of an inline request, a count or a length
BULK_LIMIT = 512 * 1024 * 1024  # bytes of an argument, unless configured
UNAUTHENTICATED_COUNT_LIMIT = 10
UNAUTHENTICATED_LENGTH_LIMIT = 16384
LARGE_BULK = 32 * 1024  # an argument for which Redis makes room when it begins
RESERVED = 64  # most list slots made before their arguments came

WAIT = -1  # instead of a length: its line is not whole yet
CR, ASTERISK, DOLLAR, ZERO = b"\r*$0"
SPACE, TAB, VERTICAL_TAB, FORM_FEED, DOUBLE_QUOTE, SINGLE_QUOTE = b" \t\v\f\"'"

# Command names seen lately. A name is found again by its length and two bytes of it; to hand out
# the same object saves memory, and hashing, for Python keeps the hash of a bytes object in it.
# All servers and threads share them: a name is never changed, only another one put in its place.
NAMES = [b""] * 256
NAME_LIMIT = 16
ATTACKS = (b"post", b"host:")


class RequestParser:
    """Feed it what was received, then take requests until there is None.

    authenticated    False sets the low limits for clients that have yet to show a password
    max_bulk_length  most bytes of one argument (proto-max-bulk-len)
    pending_bytes    received but not yet handed out

    Once an error was raised it is raised again by every next(): close the connection.
    """

    def __init__(self):
        self.data = b""  # what is being parsed
        self.size = 0  # of it
        self.position = 0  # how far we are in it
        self.start = 0  # where the request under way began: < 0 in earlier data
        self.waiting = None  # list of what came while there was something to parse
        self.waiting_size = 0  # bytes of it
        self.arguments = None  # list, of the multibulk under way
        self.filled = 0  # arguments of it that are whole
        self.missing = 0  # arguments of it still to come
        self.bulk_length = WAIT  # of the argument under way
        self.gathered = None  # bytearray, what came of that argument in earlier data
        self.failure = None  # the error that ended the conversation
        self._authenticated = True
        self._max_bulk_length = BULK_LIMIT
        self.set_limits()

    @property
    def authenticated(self):
        return self._authenticated

    @authenticated.setter
    def authenticated(self, yes):
        self._authenticated = yes
        self.set_limits()

    @property
    def max_bulk_length(self):
        return self._max_bulk_length

    @max_bulk_length.setter
    def max_bulk_length(self, limit):
        self._max_bulk_length = limit
        self.set_limits()

    @property
    def pending_bytes(self):
        return self.pending()

    def pending(self):
        """pending_bytes, without the cost of a property."""
        return self.size - self.start + self.waiting_size

    def unparsed(self):
        """Of these, the bytes that are not part of a whole argument."""
        size = self.size - self.position + self.waiting_size
        return size if self.gathered is None else size + len(self.gathered)

    def parsed(self):
        """Of these, the bytes of arguments that are whole, without what is around them."""
        if self.arguments is None:
            return 0
        return sum([len(argument) for argument in self.arguments[: self.filled]])

    def announced(self):
        """Bytes that are still to come of a large argument whose length has come."""
        if self.bulk_length < LARGE_BULK:
            return 0
        return max(0, self.bulk_length + 2 - self.unparsed())

    def set_limits(self):
        self.count_limit = COUNT_LIMIT
        self.length_limit = self._max_bulk_length
        if not self._authenticated:
            self.count_limit = UNAUTHENTICATED_COUNT_LIMIT
            self.length_limit = min(UNAUTHENTICATED_LENGTH_LIMIT, self._max_bulk_length)

    def feed(self, data):
        """Adds received bytes."""
        if self.failure is not None:
            return
        if self.size == 0:
            self.data = data
            self.size = len(data)
        else:
            if self.waiting is None:
                self.waiting = []
            self.waiting.append(data)
            self.waiting_size += len(data)

    def next(self):
        """The next request, or None until more is fed. Raises ProtocolError, SecurityAttack."""
        if self.failure is not None:
            raise self.failure
        while True:
            request = self.take()
            if request is not None:
                self.start = self.position
                return request
            self.drop_parsed()
            if self.waiting is None:
                return None
            self.join_waiting()

    def drop_parsed(self):
        """Keeps only what is not parsed yet: an idle connection holds no memory."""
        self.start -= self.position
        self.size -= self.position
        self.data = self.data[self.position :] if self.size else b""
        self.position = 0

    def join_waiting(self):
        """Makes what came since the data to parse, behind what is left of it."""
        if self.size:
            self.waiting.insert(0, self.data)
        self.data = b"".join(self.waiting)
        self.size = len(self.data)
        self.waiting = None
        self.waiting_size = 0

    def fail(self, failure):
        """Raises `failure`, now and ever after, and forgets what was received."""
        self.failure = failure
        self.data = b""
        self.size = self.position = self.start = self.waiting_size = 0
        self.waiting = self.arguments = self.gathered = None
        raise failure

    def take(self):
        """The next request that is whole in `data`, or None."""
        view = self.data
        while self.missing == 0:
            if self.position >= self.size:
                return None
            if view[self.position] != ASTERISK:
                words = self.take_inline()
                if words is None or words:
                    return words
            else:
                count = self.take_number(self.count_limit)
                if count == WAIT:
                    count = self.take_count()
                    if count == WAIT:
                        return None
                if count:
                    self.arguments = [None] * (count if count < RESERVED else RESERVED)
                    self.missing = count
                    self.filled = 0
                    break
            self.start = self.position  # nothing was asked for: *0 or a blank line
        return self.take_bulks()

    def take_bulks(self):
        """The multibulk under way, or None if `data` ends before it."""
        view = self.data
        arguments = self.arguments
        while self.missing:
            length = self.bulk_length
            if length == WAIT:
                length = self.take_number(self.length_limit)
                if length == WAIT:
                    length = self.take_length()
                    if length == WAIT:
                        return None
            position = self.position
            if self.gathered is not None or self.size - position < length + 2:
                value = self.gather(length)
                if value is None:
                    return None
                if self.filled == 0:
                    value = self.name(value, 0, length)
            else:
                if self.filled == 0:
                    value = self.name(view, position, length)
                else:
                    value = view[position : position + length]
                self.position = position + length + 2
            if self.filled < RESERVED:
                arguments[self.filled] = value
            else:
                arguments.append(value)
            self.filled += 1
            self.missing -= 1
        self.arguments = None
        return arguments

    def take_number(self, limit):
        """The number behind the mark here, or WAIT if anything about it is unusual."""
        view = self.data
        first = self.position + 1
        position = first
        end = first + 10
        if end >= self.size:
            end = self.size - 1
        number = 0
        while position < end:
            digit = view[position] - ZERO
            if not 0 <= digit <= 9:
                break
            number = number * 10 + digit
            position += 1
        if position >= end or view[position] != CR or number > limit:
            return WAIT
        if position - first != 1 and (position == first or view[first] == ZERO):
            return WAIT
        if self.missing and view[first - 1] != DOLLAR:
            return WAIT
        self.position = position + 2
        return number

    def line_end(self, too_long):
        """Where the CR of the line here is, or WAIT if the line is not whole."""
        end = self.data.find(b"\r", self.position, self.position + LINE_LIMIT + 1)
        if end < 0:
            if self.size - self.position > LINE_LIMIT:
                self.fail(ProtocolError(too_long))
            return WAIT
        return end if end + 1 < self.size else WAIT

    def take_count(self):
        """How many arguments the line here announces, at least 0, or WAIT."""
        end = self.line_end(TOO_BIG_COUNT)
        if end == WAIT:
            return WAIT
        count = integer_or_none(self.data[self.position + 1 : end])
        if count is None or count > COUNT_LIMIT:
            self.fail(ProtocolError(INVALID_MULTIBULK_LENGTH))
        if count > self.count_limit:
            self.fail(ProtocolError(UNAUTHENTICATED_COUNT))
        self.position = end + 2
        return count if count > 0 else 0

    def take_length(self):
        """The length that the line here announces, or WAIT."""
        end = self.line_end(TOO_BIG_LENGTH)
        if end == WAIT:
            return WAIT
        mark = self.data[self.position]
        if mark != DOLLAR:
            self.fail(ProtocolError(expected_dollar(mark)))
        length = integer_or_none(self.data[self.position + 1 : end])
        if length is None or length < 0 or length > self._max_bulk_length:
            self.fail(ProtocolError(INVALID_BULK_LENGTH))
        if length > self.length_limit:
            self.fail(ProtocolError(UNAUTHENTICATED_LENGTH))
        self.position = end + 2
        return length

    def gather(self, length):
        """Takes what is here of a bulk that is split. Its bytes once it is whole, else None.

        What stands in the place of its CR and LF is not looked at, as in Redis.
        """
        if self.gathered is None:
            self.gathered = bytearray()
            self.bulk_length = length
        end = self.position + length + 2 - len(self.gathered)
        if end > self.size:
            end = self.size
        self.gathered += self.data[self.position : end]
        self.position = end
        if len(self.gathered) < length + 2:
            return None
        del self.gathered[length:]
        value = bytes(self.gathered)
        self.gathered = None
        self.bulk_length = WAIT
        return value

    def name(self, view, position, length):
        """A command's name, the same object as last time. Raises SecurityAttack."""
        if length == 0 or length > NAME_LIMIT:
            return view[position : position + length]
        slot = (view[position] * 8 + view[position + length - 1] * 2 + length) & 255
        known = NAMES[slot]
        if len(known) == length:
            index = 0
            while index < length and known[index] == view[position + index]:
                index += 1
            if index == length:
                return known
        value = view[position : position + length]
        if value.lower() in ATTACKS:
            self.fail(SecurityAttack())
        NAMES[slot] = value
        return value

    def take_inline(self):
        """The words of the line here, or None if the line is not whole."""
        end = self.data.find(b"\n", self.position, self.position + LINE_LIMIT + 1)
        if end < 0:
            if self.size - self.position > LINE_LIMIT:
                self.fail(ProtocolError(TOO_BIG_INLINE))
            return None
        words = self.plain_words(self.position, end)
        if words is None:
            words = quoting.split(self.data[self.position : end].removesuffix(b"\r"))
            if words is None:
                self.fail(ProtocolError(UNBALANCED_QUOTES))
        self.position = end + 1
        if words:
            words[0] = self.name(words[0], 0, len(words[0]))
        return words

    def plain_words(self, position, end):
        """The words up to `end`, or None if it takes more than looking for blanks."""
        view = self.data
        words = []
        while position < end:
            first = position
            while position < end and view[position] not in (SPACE, TAB, CR):
                if view[position] in (DOUBLE_QUOTE, SINGLE_QUOTE, 0, VERTICAL_TAB, FORM_FEED):
                    return None
                position += 1
            if position > first:
                words.append(view[first:position])
            position += 1
        return words
