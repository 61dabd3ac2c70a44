"""Data of every type and form, at the sizes where forms and encodings change."""

LENGTHS = (
    0,
    1,
    11,
    12,
    20,
    21,
    44,
    45,
    63,
    64,
    65,
    253,
    254,
    255,
    256,
    4095,
    4096,
    4097,
    16383,
    16384,
    70000,
)
INTEGERS = (
    0,
    -1,
    12,
    13,
    127,
    128,
    -128,
    -129,
    4095,
    4096,
    -4096,
    -4097,
    32767,
    32768,
    -32768,
    -32769,
    2**23 - 1,
    2**23,
    -(2**23),
    -(2**23) - 1,
    2**31 - 1,
    2**31,
    -(2**31),
    -(2**31) - 1,
    2**63 - 1,
    -(2**63),
)
SCORES = (
    "0",
    "-0.0",
    "1",
    "-1",
    "0.1",
    "1e300",
    "-1e-300",
    "inf",
    "-inf",
    "3.0000000000000004",
    "9007199254740993",
    "123456789012345680000",
    "4096",
    "5e-324",
)


def noise(size, seed=1):
    """So many bytes that do not compress."""
    state, found = seed, bytearray()
    while len(found) < size:
        state = state * 6364136223846793005 + 1442695040888963407 & 2**64 - 1
        found += (state >> 32).to_bytes(4, "little")
    return bytes(found[:size])


def _strings():
    for size in LENGTHS:
        yield ["SET", f"noise:{size}", noise(size, size)]
        yield ["SET", f"same:{size}", b"a" * size]
        yield ["SET", b"k" * size, b"long key"]
    for number in INTEGERS:
        yield ["SET", f"integer:{number}", number]
        yield ["SET", number, "key"]
    for text in ("+1", "01", "-0", "1 ", "12a", "9223372036854775808"):
        yield ["SET", f"text:{text}", text]
    yield ["SET", "text", "abcabcabcabd" * 50]
    yield ["APPEND", "edited", "12"]
    yield ["SETRANGE", "edited:long", 5000, "end"]
    yield ["PFADD", "sketch", *range(50)]


def _elements():
    return [noise(size, size) for size in LENGTHS if size < 5000] + list(INTEGERS)


def _lists():
    yield ["RPUSH", "list:one", "x"]
    yield ["RPUSH", "list:elements", *_elements(), "", "12", "-0"]
    yield ["RPUSH", "list:long", *(f"element {n}" for n in range(3000)), noise(70000)]
    for number in INTEGERS:
        yield ["RPUSH", f"list:{number}", number, "tail"]
    for size in LENGTHS:
        yield ["RPUSH", f"list:size:{size}", noise(size), "tail"]


def _sets():
    yield ["SADD", "set:one", "x"]
    yield ["SADD", "set:words", "a", "b", "12", noise(50)]
    yield ["SADD", "set:elements", *_elements()]
    yield ["SADD", "set:large", *(f"member {n}" for n in range(700))]
    yield ["SADD", "set:mixed", *range(300), "x"]
    for width in (1, 100, 40000, 3 * 10**9, 2**62):
        yield ["SADD", f"set:integers:{width}", *(width + n for n in range(-20, 20))]
    yield ["SADD", "set:integers:most", *range(512)]
    yield ["SADD", "set:integers:more", *range(513)]


def _hashes():
    yield ["HSET", "hash:one", "f", "v"]
    yield ["HSET", "hash:integers", *(w for n in INTEGERS for w in (n, -(n + 1)))]
    yield ["HSET", "hash:longest", "f", noise(64), noise(64), "v"]
    yield ["HSET", "hash:too-long", "f", noise(65)]
    yield ["HSET", "hash:most", *(w for n in range(512) for w in (f"field {n}", n))]
    yield ["HSET", "hash:more", *(w for n in range(513) for w in (f"field {n}", n * 10**9))]
    yield ["HSET", "hash:elements", *(w for e in _elements() for w in (e, e))]


def _sorted_sets():
    yield ["ZADD", "zset:one", 1, "x"]
    yield ["ZADD", "zset:scores", *(w for s in SCORES for w in (s, f"of {s}"))]
    yield ["ZADD", "zset:members", *(w for n in INTEGERS for w in (n / 3, n))]
    yield ["ZADD", "zset:equal", *(w for n in range(100) for w in (7, f"m{n}"))]
    yield ["ZADD", "zset:most", *(w for n in range(128) for w in (n / 7, f"m{n}"))]
    yield ["ZADD", "zset:more", *(w for n in range(129) for w in (n / 7, f"m{n}"))]
    yield ["ZADD", "zset:long", 1, noise(65), "inf", "top", "-inf", "bottom"]
    yield ["ZADD", "zset:large:scores", *(w for s in SCORES for w in (s, f"of {s}" + "x" * 70))]


def _streams():
    yield ["XADD", "stream:one", "1-1", "f", "v"]
    yield ["XADD", "stream:empty", "MAXLEN", 0, "7-7", "f", "v"]
    yield ["XADD", "stream:elements", "5-5", *(w for e in _elements() for w in (e, e))]
    for number in range(250):
        field = "f" if number % 7 else "g"
        yield ["XADD", "stream:long", f"{number // 3}-{number + 1}", field, number * 10**5, "h", ""]
    for number in INTEGERS:
        yield ["XADD", "stream:integers", "*", number, -(number + 1)]
    yield ["XDEL", "stream:long", "0-1", "4-15", "7-22", "7-23", "7-24"]
    yield ["XGROUP", "CREATE", "stream:long", "one", 0]
    yield ["XGROUP", "CREATE", "stream:long", "other", "$"]
    yield ["XGROUP", "CREATECONSUMER", "stream:long", "one", "idle"]
    for consumer in ("a", "b"):
        words = ["GROUP", "one", consumer, "COUNT", 60, "STREAMS", "stream:long", ">"]
        yield ["XREADGROUP", *words]
    yield ["XACK", "stream:long", "one", "1-4", "1-5", "20-61"]


def commands():
    """Command lines, as lists of words, that make keys in two databases; some with deadlines."""
    for make in (_strings, _lists, _sets, _hashes, _sorted_sets, _streams):
        yield from make()
    yield ["SET", "timed", "x", "PXAT", 9_999_999_999_999]
    yield ["PEXPIREAT", "hash:one", 4_000_000_000_123]
    yield ["PEXPIREAT", "list:long", 4_000_000_000_000]
    yield ["SELECT", 9]
    yield ["SET", "elsewhere", "x"]
    yield ["RPUSH", "list:one", "x"]
    yield ["SELECT", 0]


def encoded(words):
    """The words of a command line as bytes."""
    return [word if isinstance(word, bytes) else str(word).encode() for word in words]
