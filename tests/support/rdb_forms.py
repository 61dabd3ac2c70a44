"""Snapshots and payloads put together by hand, in forms of old versions too.

Written from the description of the format, not with the package's own writer, so that both can be
wrong but not in the same way.
"""

import struct

from rediskit.structures.crc64 import crc64


def length(number):
    """A length as the format has it."""
    if number < 64:
        return bytes([number])
    if number < 1 << 14:
        return bytes([0x40 | number >> 8, number & 255])
    return b"\x80" + struct.pack(">I", number)


def string(text):
    """A plain string."""
    return length(len(text)) + text


def _integer_of(text):
    try:
        number = int(text)
    except ValueError:
        return None
    return number if b"%d" % number == text and -(2**63) <= number < 2**63 else None


def ziplist(elements):
    """A ziplist of byte strings, integers in the smallest form."""
    body, previous, tail = b"", 0, 10
    for element in elements:
        head = bytes([previous]) if previous < 254 else b"\xfe" + struct.pack("<I", previous)
        entry = head + _ziplist_content(element)
        tail = 10 + len(body)
        body += entry
        previous = len(entry)
    return struct.pack("<IIH", 11 + len(body), tail, len(elements)) + body + b"\xff"


def _ziplist_content(element):
    number = _integer_of(element)
    if number is not None:
        if 0 <= number <= 12:
            return bytes([0xF1 + number])
        for code, size in ((0xFE, 1), (0xC0, 2), (0xF0, 3), (0xD0, 4), (0xE0, 8)):
            if -(1 << 8 * size - 1) <= number < 1 << 8 * size - 1:
                return bytes([code]) + number.to_bytes(size, "little", signed=True)
    size = len(element)
    if size < 64:
        return bytes([size]) + element
    if size < 1 << 14:
        return bytes([0x40 | size >> 8, size & 255]) + element
    return b"\x80" + struct.pack(">I", size) + element


def listpack(elements):
    """A listpack of byte strings and ints."""
    body = b""
    for element in elements:
        number = element if isinstance(element, int) else None
        entry = _listpack_content(element, number)
        body += entry + _trailer(len(entry))
    return struct.pack("<IH", 7 + len(body), len(elements)) + body + b"\xff"


def _listpack_content(element, number):
    if number is not None:
        if 0 <= number < 128:
            return bytes([number])
        if -4096 <= number < 4096:
            return bytes([0xC0 | number >> 8 & 31, number & 255])
        for code, size in ((0xF1, 2), (0xF2, 3), (0xF3, 4), (0xF4, 8)):
            if -(1 << 8 * size - 1) <= number < 1 << 8 * size - 1:
                return bytes([code]) + number.to_bytes(size, "little", signed=True)
    size = len(element)
    if size < 64:
        return bytes([0x80 | size]) + element
    if size < 4096:
        return bytes([0xE0 | size >> 8, size & 255]) + element
    return b"\xf0" + struct.pack("<I", size) + element


def _trailer(size):
    groups = [size & 127]
    while size >> 7:
        size >>= 7
        groups.append(size & 127)
    groups.reverse()
    return bytes([groups[0], *(group | 128 for group in groups[1:])])


def zipmap(pairs):
    """A zipmap, each value with some free bytes behind it."""
    body = b""
    for index, (field, value) in enumerate(pairs):
        free = index % 3
        body += _zipmap_size(field) + field + _zipmap_size(value) + bytes([free]) + value
        body += b"\0" * free
    return bytes([min(len(pairs), 254)]) + body + b"\xff"


def _zipmap_size(text):
    return bytes([len(text)]) if len(text) < 254 else b"\xfe" + struct.pack("<I", len(text))


def intset(integers, width):
    """An intset of integers in so many bytes each."""
    return struct.pack("<II", width, len(integers)) + b"".join(
        number.to_bytes(width, "little", signed=True) for number in integers
    )


def score(text):
    """A score in digits."""
    special = {b"nan": 253, b"inf": 254, b"-inf": 255}
    return bytes([special[text]]) if text in special else bytes([len(text)]) + text


def file(*parts, version=b"0011", magic=b"REDIS"):
    """A whole snapshot of what stands between its head and its end."""
    body = magic + version + b"".join(parts) + b"\xff"
    return body + crc64(body).to_bytes(8, "little")


def key(name, type_, value):
    """A key with its value."""
    return bytes([type_]) + string(name) + value


def payload(type_, value, version=11):
    """What DUMP would give."""
    body = bytes([type_]) + value + version.to_bytes(2, "little")
    return body + crc64(body).to_bytes(8, "little")


MS = struct.Struct("<Q").pack
WORDS = [b"a", b"12", b"13", b"-129", b"300000", b"5000000000", b"x" * 70, b""]
PAIRS = [(b"f", b"v"), (b"10", b"99"), (b"g" * 254, b"h" * 254)]
SCORES = [b"-inf", b"a", b"-1.5", b"b", b"2", b"c", b"inf", b"d"]

# (type, value, the commands' words that make the same), for versions up to 7.0 of Redis.
OLD = [
    (1, length(len(WORDS)) + b"".join(map(string, WORDS)), ["RPUSH", *WORDS]),
    (10, string(ziplist(WORDS)), ["RPUSH", *WORDS]),
    (
        14,
        length(3) + string(ziplist(WORDS)) + string(ziplist([])) + string(ziplist([b"z"])),
        ["RPUSH", *WORDS, b"z"],
    ),
    (
        18,
        length(3)
        + b"\x02"
        + string(listpack([b"a", 5, -5000]))
        + b"\x01"
        + string(b"plain")
        + b"\x02"
        + string(listpack([b"y" * 5000, 2**40])),
        ["RPUSH", b"a", 5, -5000, b"plain", b"y" * 5000, 2**40],
    ),
    (2, length(len(WORDS)) + b"".join(map(string, WORDS)), ["SADD", *WORDS]),
    (11, string(intset([-300, 1, 2], 2)), ["SADD", -300, 1, 2]),
    (11, string(intset([1, 70000], 4)), ["SADD", 1, 70000]),
    (11, string(intset([-(2**40), 2**62], 8)), ["SADD", -(2**40), 2**62]),
    (
        3,
        length(4) + b"".join(string(SCORES[n + 1]) + score(SCORES[n]) for n in range(0, 8, 2)),
        ["ZADD", *SCORES],
    ),
    (
        5,
        length(2) + string(b"m") + struct.pack("<d", 0.1) + string(b"n") + struct.pack("<d", -7),
        ["ZADD", b"0.1", b"m", b"-7", b"n"],
    ),
    (
        12,
        string(ziplist([w for n in range(0, 8, 2) for w in (SCORES[n + 1], SCORES[n])])),
        ["ZADD", *SCORES],
    ),
    (
        17,
        string(listpack([b"a", b"-inf", b"b", b"-1.5", b"c", 2, b"d", b"inf"])),
        ["ZADD", *SCORES],
    ),
    (
        4,
        length(3) + b"".join(string(f) + string(v) for f, v in PAIRS),
        ["HSET", *(w for pair in PAIRS for w in pair)],
    ),
    (9, string(zipmap(PAIRS)), ["HSET", *(w for pair in PAIRS for w in pair)]),
    (
        13,
        string(ziplist([w for pair in PAIRS for w in pair])),
        ["HSET", *(w for pair in PAIRS for w in pair)],
    ),
    (16, string(listpack([b"f", b"v", 10, 99])), ["HSET", b"f", b"v", 10, 99]),
    (0, b"\xc0\x7f", ["SET", 127]),
    (0, b"\xc1\x00\x80", ["SET", -32768]),
    (0, b"\xc2\x00\x00\x00\x80", ["SET", -(2**31)]),
    (0, b"\xc3\x05\x0c\x00a\xe0\x02\x00", ["SET", b"a" * 12]),
    (0, string(b"plain"), ["SET", b"plain"]),
]

LATER = 9_999_999_999_000
# Of Redis 7.2 and 7.4: fields by their deadlines, -1 for none, as HPEXPIRETIME tells them.
NEW = [
    (20, string(listpack([b"a", 12, b"b"])), ["SADD", b"a", 12, b"b"], {}),
    (
        22,
        length(2)
        + length(0)
        + string(b"f")
        + string(b"v")
        + b"\x81"
        + struct.pack(">Q", LATER)
        + string(b"g")
        + string(b"w"),
        ["HSET", b"f", b"v", b"g", b"w"],
        {b"f": -1, b"g": LATER},
    ),
    (
        23,
        string(listpack([b"g", b"w", LATER, b"f", b"v", 0])),
        ["HSET", b"f", b"v", b"g", b"w"],
        {b"f": -1, b"g": LATER},
    ),
    (
        24,
        MS(LATER)
        + length(3)
        + length(0)
        + string(b"f")
        + string(b"v")
        + length(1)
        + string(b"g")
        + string(b"w")
        + length(6)
        + string(b"h")
        + string(b"x"),
        ["HSET", b"f", b"v", b"g", b"w", b"h", b"x"],
        {b"f": -1, b"g": LATER, b"h": LATER + 5},
    ),
    (
        25,
        MS(LATER) + string(listpack([b"g", b"w", LATER, b"f", b"v", 0])),
        ["HSET", b"f", b"v", b"g", b"w"],
        {b"f": -1, b"g": LATER},
    ),
]
