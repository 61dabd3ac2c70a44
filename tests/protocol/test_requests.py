"""One table of conversations; each is fed whole, byte by byte, and with garbage behind it."""

import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit import errors
from rediskit.errors import ProtocolError, SecurityAttack
from rediskit.protocol.requests import RequestParser

KILO = 1024
LINE_LIMIT = 64 * KILO
ATTACK = SecurityAttack().text


def multibulk(*words):
    """A request as a client library sends it."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words)


MANY = [b"MSET"] + [b"%d" % number for number in range(200)]

# Bytes -> requests, and the error text that ends the conversation, if any.
CASES = {
    "nothing": (b"", [], None),
    "get": (multibulk(b"GET", b"key"), [[b"GET", b"key"]], None),
    "pipeline": (multibulk(b"PING") * 3, [[b"PING"]] * 3, None),
    "empty argument": (multibulk(b"SET", b"", b""), [[b"SET", b"", b""]], None),
    "empty name": (multibulk(b""), [[b""]], None),
    "long name": (multibulk(b"x" * 100), [[b"x" * 100]], None),
    "line ends within": (multibulk(b"ECHO", b"a\r\n$1\r\n"), [[b"ECHO", b"a\r\n$1\r\n"]], None),
    "every byte": (multibulk(bytes(range(256))), [[bytes(range(256))]], None),
    "more than is reserved": (multibulk(*MANY), [MANY], None),
    "long argument": (multibulk(b"ECHO", b"x" * 3000), [[b"ECHO", b"x" * 3000]], None),
    "bulk end is not looked at": (b"*1\r\n$4\r\nPINGxxQUIT\r\n", [[b"PING"], [b"QUIT"]], None),
    "LF of a line neither": (b"*1\rx$4\rxPING\r\n", [[b"PING"]], None),
    "no arguments": (b"*0\r\n*-1\r\n*-5\r\nPING\r\n", [[b"PING"]], None),
    "count at limit": (b"*2147483647\r\n", [], None),
    "unfinished count": (b"*12\r", [], None),
    "unfinished length": (b"*1\r\n$4", [], None),
    "unfinished argument": (b"*1\r\n$4\r\nPING\r", [], None),
    "count too large": (b"*2147483648\r\n", [], errors.INVALID_MULTIBULK_LENGTH),
    "count huge": (b"*9223372036854775808\r\n", [], errors.INVALID_MULTIBULK_LENGTH),
    "count with zero": (b"*01\r\n", [], errors.INVALID_MULTIBULK_LENGTH),
    "count with plus": (b"*+1\r\n", [], errors.INVALID_MULTIBULK_LENGTH),
    "count is a word": (b"*foo\r\n", [], errors.INVALID_MULTIBULK_LENGTH),
    "count is missing": (b"*\r\n", [], errors.INVALID_MULTIBULK_LENGTH),
    "count over a line": (b"*1\n\r\n", [], errors.INVALID_MULTIBULK_LENGTH),
    "length negative": (b"*1\r\n$-1\r\n", [], errors.INVALID_BULK_LENGTH),
    "length with zero": (b"*1\r\n$01\r\n", [], errors.INVALID_BULK_LENGTH),
    "length is a word": (b"*1\r\n$x\r\n", [], errors.INVALID_BULK_LENGTH),
    "length is missing": (b"*1\r\n$\r\n", [], errors.INVALID_BULK_LENGTH),
    "length too large": (b"*1\r\n$536870913\r\n", [], errors.INVALID_BULK_LENGTH),
    "length at limit": (b"*1\r\n$536870912\r\n", [], None),
    "length far too large": (b"*1\r\n$99999999999\r\n", [], errors.INVALID_BULK_LENGTH),
    "no dollar": (b"*1\r\nPING\r\n", [], errors.expected_dollar(ord("P"))),
    "no dollar but a number": (b"*1\r\n:4\r\n", [], errors.expected_dollar(ord(":"))),
    "empty line for a bulk": (b"*1\r\n\r\n", [], errors.expected_dollar(ord(" "))),
    "second bulk wrong": (b"*2\r\n$1\r\na\r\n!1\r\n", [], errors.expected_dollar(ord("!"))),
    "request, then error": (b"PING\r\n*x\r\n", [[b"PING"]], errors.INVALID_MULTIBULK_LENGTH),
    "count line endless": (b"*" + b"1" * LINE_LIMIT, [], errors.TOO_BIG_COUNT),
    "count line within limit": (b"*" + b"1" * (LINE_LIMIT - 1), [], None),
    "length line endless": (b"*1\r\n$" + b"1" * LINE_LIMIT, [], errors.TOO_BIG_LENGTH),
    "length line within limit": (b"*1\r\n$" + b"1" * (LINE_LIMIT - 1), [], None),
    "inline": (b"PING\r\n", [[b"PING"]], None),
    "inline LF": (b"PING\nPING\n", [[b"PING"]] * 2, None),
    "inline unfinished": (b"PING\r", [], None),
    "inline words": (b" SET\ta  b \r\n", [[b"SET", b"a", b"b"]], None),
    "inline blank lines": (b"\r\n\n  \r\nPING\r\n", [[b"PING"]], None),
    "inline CR within": (b"PING\rx\r\n", [[b"PING", b"x"]], None),
    "inline double quotes": (b'ECHO "a b" ""\r\n', [[b"ECHO", b"a b", b""]], None),
    "inline escapes": (b'x "\\x41\\n\\r\\t\\b\\a\\q\\"\\\\"\n', [[b"x", b'A\n\r\t\b\aq"\\']], None),
    "inline single quotes": (b"ECHO 'a\\'b\\n'\r\n", [[b"ECHO", b"a'b\\n"]], None),
    "inline quote within": (b'ECHO a"b c"\r\n', [[b"ECHO", b"ab c"]], None),
    "inline vertical tab": (b"ECHO a\x0bb\r\n", [[b"ECHO", b"a\x0bb"]], None),
    "inline unbalanced": (b'ECHO "a\r\n', [], errors.UNBALANCED_QUOTES),
    "inline unbalanced single": (b"ECHO 'a\n", [], errors.UNBALANCED_QUOTES),
    "inline after quote": (b'ECHO "a"b\r\n', [], errors.UNBALANCED_QUOTES),
    "inline endless": (b"x" * (LINE_LIMIT + 1), [], errors.TOO_BIG_INLINE),
    "inline within limit": (b"x" * LINE_LIMIT, [], None),
    "inline at limit": (b"x" * LINE_LIMIT + b"\n", [[b"x" * LINE_LIMIT]], None),
    "inline too long": (b"x" * (LINE_LIMIT + 1) + b"\n", [], errors.TOO_BIG_INLINE),
    "a browser": (b"POST / HTTP/1.1\r\nHost: a\r\n", [], ATTACK),
    "a browser's header": (b"GET / HTTP/1.1\r\nhost: a\r\n", [[b"GET", b"/", b"HTTP/1.1"]], ATTACK),
    "an attack in a multibulk": (multibulk(b"pOsT", b"x"), [], ATTACK),
    "an attacker's argument": (multibulk(b"ECHO", b"POST"), [[b"ECHO", b"POST"]], None),
}

UNAUTHENTICATED = {
    "ten arguments": (multibulk(*b"abcdefghij".split()), [[b"abcdefghij"]], None),
    "count at limit": (b"*10\r\n", [], None),
    "count over limit": (b"*11\r\n", [], errors.UNAUTHENTICATED_COUNT),
    "count over every limit": (b"*2147483648\r\n", [], errors.INVALID_MULTIBULK_LENGTH),
    "length at limit": (b"*1\r\n$16384\r\n", [], None),
    "length over limit": (b"*1\r\n$16385\r\n", [], errors.UNAUTHENTICATED_LENGTH),
    "length over every limit": (b"*1\r\n$536870913\r\n", [], errors.INVALID_BULK_LENGTH),
}


def take_all(parser):
    """Requests until there is none, and the text of the error that ended it, if any."""
    requests = []
    while True:
        try:
            request = parser.next()
        except ProtocolError as error:
            return requests, error.text
        if request is None:
            return requests, None
        requests.append(request)


def talk(chunks, parser=None):
    """What a parser makes of bytes that come in these chunks."""
    parser = parser or RequestParser()
    requests = []
    for chunk in chunks:
        parser.feed(chunk)
        taken, error = take_all(parser)
        requests += taken
        if error is not None:
            return requests, error
    return requests, None


def in_pieces(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("name", CASES)
def test_whole(name):
    data, requests, error = CASES[name]
    assert talk([data]) == (requests, error)


@pytest.mark.parametrize("name", CASES)
def test_split(name):
    data, requests, error = CASES[name]
    sizes = (1, 2, 3, 7) if len(data) < 4 * KILO else (1000, 16 * KILO, 65535)
    for size in sizes:
        assert talk(in_pieces(data, size)) == (requests, error), size


@pytest.mark.parametrize("name", CASES)
def test_fed_in_pieces_before_anything_is_taken(name):
    data, requests, error = CASES[name]
    parser = RequestParser()
    for piece in in_pieces(data, max(len(data) // 50, 1)):
        parser.feed(piece)
    assert take_all(parser) == (requests, error)


@pytest.mark.parametrize("name", CASES)
def test_every_cut_in_two(name):
    data, requests, error = CASES[name]
    if len(data) > KILO:
        data_cuts = [1, 4, 5, 6, len(data) // 2, len(data) - 2, len(data) - 1]
    else:
        data_cuts = range(len(data) + 1)
    for cut in data_cuts:
        assert talk([data[:cut], data[cut:]]) == (requests, error), cut


def is_finished(data):
    """Whether these bytes are whole requests, or end in an error."""
    parser = RequestParser()
    talk([data], parser)
    return parser.pending_bytes == 0


@pytest.mark.parametrize("name", [name for name in CASES if is_finished(CASES[name][0])])
def test_with_garbage_behind(name):
    data, requests, error = CASES[name]
    parser = RequestParser()
    taken, failed = talk([data + b"\xff!\r\n"], parser)
    if error is None:
        assert (taken, failed) == ([*requests, [b"\xff!"]], None)
    else:
        assert (taken, failed) == (requests, error)
        with pytest.raises(ProtocolError) as again:
            parser.next()
        assert again.value.text == error


@pytest.mark.parametrize("name", UNAUTHENTICATED)
def test_limits_before_authentication(name):
    data, requests, error = UNAUTHENTICATED[name]
    for chunks in ([data], in_pieces(data, 1)):
        parser = RequestParser()
        parser.authenticated = False
        assert not parser.authenticated
        assert talk(chunks, parser) == (requests, error)


def test_an_announced_count_takes_no_memory():
    parser = RequestParser()
    tracemalloc.start()
    try:
        parser.feed(b"*2147483647\r\n$3\r\nDEL\r\n$1\r\nk\r\n")
        assert parser.next() is None
        assert tracemalloc.get_traced_memory()[1] < 16 * KILO
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [1000, 256 * KILO])
def test_a_request_of_millions_of_words(size):
    words = [b"DEL"] + [b"%d" % (number % 1000) for number in range(2_000_000)]
    assert talk(in_pieces(multibulk(*words), size)) == ([words], None)


def test_authenticating_lifts_the_limits():
    parser = RequestParser()
    parser.authenticated = False
    parser.feed(multibulk(b"AUTH", b"x") + multibulk(*[b"y"] * 11))
    assert parser.next() == [b"AUTH", b"x"]
    parser.authenticated = True
    assert parser.next() == [b"y"] * 11


def test_largest_argument_is_configured():
    parser = RequestParser()
    parser.max_bulk_length = 1000
    assert parser.max_bulk_length == 1000
    assert talk([multibulk(b"x" * 1000)], parser) == ([[b"x" * 1000]], None)
    assert talk([multibulk(b"x" * 1001)], parser) == ([], errors.INVALID_BULK_LENGTH)
    parser = RequestParser()
    parser.max_bulk_length = 1 << 40
    assert talk([b"*1\r\n$549755813888\r\nabc"], parser) == ([], None)


def test_nothing_is_kept_once_all_is_handed_out():
    parser = RequestParser()
    assert parser.pending_bytes == 0
    data = multibulk(b"SET", b"key", b"value")
    for cut in range(len(data)):
        parser.feed(data[:cut])
        assert parser.next() is None or not cut
        assert parser.pending_bytes == cut
        parser.feed(data[cut:])
        assert parser.pending_bytes == len(data)
        assert parser.next() == [b"SET", b"key", b"value"]
        assert parser.next() is None
        assert parser.pending_bytes == 0


def test_pending_bytes_count_what_waits_and_drop_what_asked_for_nothing():
    parser = RequestParser()
    parser.feed(b"\r\n*0\r\nPI")
    parser.feed(b"NG\r\nPING")
    assert parser.pending_bytes == 16
    assert parser.next() == [b"PING"]
    assert parser.pending_bytes == 4
    assert parser.next() is None
    assert parser.pending_bytes == 4


def test_failure_drops_what_was_received_and_what_comes():
    parser = RequestParser()
    parser.feed(b"*x\r\n" + b"y" * 1000)
    with pytest.raises(ProtocolError):
        parser.next()
    parser.feed(multibulk(b"PING"))
    assert parser.pending_bytes == 0
    with pytest.raises(ProtocolError):
        parser.next()


def test_requests_are_lists_of_bytes_that_belong_to_the_caller():
    parser = RequestParser()
    parser.feed(multibulk(b"GET", b"k") + b"GET k\r\n")
    first, second = parser.next(), parser.next()
    first.append(b"more")
    assert second == [b"GET", b"k"]
    assert [type(word) for word in first + second] == [bytes] * 5


def test_names_of_many_shapes_are_not_mixed_up():
    names = [bytes(letters) for letters in itertools.product(b"ABab", repeat=4)]
    parser = RequestParser()
    for _ in range(2):
        assert talk([multibulk(name) for name in names], parser) == ([[n] for n in names], None)


def test_a_great_argument_in_small_pieces_takes_linear_time():
    """A parser that joins or scans from the start with each piece would take minutes here."""
    size = 8 * KILO * KILO
    parser = RequestParser()
    parser.feed(b"*2\r\n$3\r\nSET\r\n$%d\r\n" % size)
    piece = b"x" * 256
    for _ in range(size // len(piece)):
        parser.feed(piece)
        assert parser.next() is None
    parser.feed(b"\r\n")
    assert parser.next() == [b"SET", b"x" * size]


def test_many_arguments_in_small_pieces_take_linear_time():
    words = [b"%d" % number for number in range(100_000)]
    parser = RequestParser()
    requests = []
    for piece in in_pieces(multibulk(*words), 16):
        parser.feed(piece)
        request = parser.next()
        if request is not None:
            requests.append(request)
    assert requests == [words]


words = st.lists(st.binary(max_size=40), min_size=1, max_size=8).filter(
    lambda words: words[0].lower() not in (b"post", b"host:")
)


@given(st.lists(words, max_size=6), st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_any_requests_in_any_pieces(requests, sizes):
    data = b"".join(multibulk(*request) for request in requests)
    chunks, position = [], 0
    for size in itertools.cycle(sizes):
        if position >= len(data):
            break
        chunks.append(data[position : position + size])
        position += size
    assert talk(chunks) == (requests, None)


@given(st.binary(max_size=80), st.integers(0, 80))
def test_any_bytes_mean_the_same_however_they_are_split(data, cut):
    expected = talk([data])
    assert talk([data[:cut], data[cut:]]) == expected
    assert talk(in_pieces(data, 1)) == expected


protocol_bytes = st.lists(
    st.sampled_from([b"*", b"$", b"1", b"2", b"0", b"-", b"\r\n", b"\r", b"\n", b"a", b'"', b" "]),
    max_size=30,
).map(b"".join)


@given(protocol_bytes)
def test_near_requests_mean_the_same_however_they_are_split(data):
    assert talk(in_pieces(data, 1)) == talk([data])
