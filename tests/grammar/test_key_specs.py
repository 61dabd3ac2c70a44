"""Key specifications: derived from usage lines, stated by `keys`, applied to requests."""

import pytest

from rediskit.grammar import key_specs
from rediskit.grammar.key_specs import (
    ACCESS,
    DELETE,
    KEY_FLAG_NAMES,
    NOT_KEY,
    OW,
    RO,
    RW,
    UPDATE,
    bitfield_keys,
    derive,
    find,
    is_movable,
    legacy_range,
    migrate_keys,
    set_keys,
    sort_keys,
)
from rediskit.grammar.usage import parse

READ, WRITE = (True, False), (False, True)
NEITHER = (False, False)


def specs_of(usage, kind=READ, keys=None):
    """The specifications of a usage line with the command's name, and its number of words."""
    head, _, rest = usage.partition(" ")
    words = 1
    if "|" in head:
        words = 2
    return derive(parse(rest), words, *kind, keys)


def shown(spec):
    """A specification in the words of COMMAND INFO, on one line."""
    begin = {"index": f"@{spec.index}", "keyword": f"{spec.keyword}/{spec.index}", "unknown": "?"}
    found = {
        "range": f"{spec.last},{spec.step},{spec.limit}",
        "keynum": f"numkeys,{spec.step}",
        "unknown": "?",
    }
    flags = "/".join(name.decode() for flag, name in KEY_FLAG_NAMES.items() if spec.flags & flag)
    return f"{begin[spec.begin]} {found[spec.find]} {flags}".replace("b'", "").replace("'", "")


# usage, kind, keys, the specifications, (first, last, step), whether movable
DERIVED = [
    ("PING [message]", NEITHER, None, [], (0, 0, 0), False),
    ("GET key", READ, None, ["@1 0,1,0 RO/access"], (1, 1, 1), False),
    ("EXISTS key [key ...]", READ, "RO", ["@1 -1,1,0 RO"], (1, -1, 1), False),
    ("HSET key field value", WRITE, None, ["@1 0,1,0 RW/update"], (1, 1, 1), False),
    ("OBJECT|ENCODING key", READ, "RO", ["@2 0,1,0 RO"], (2, 2, 1), False),
    ("MSET key value [key value ...]", WRITE, "OW UPDATE", ["@1 -1,2,0 OW/update"], (1, -1, 2), 0),
    ("BLPOP key [key ...] timeout", WRITE, None, ["@1 -2,1,0 RW/update"], (1, -2, 1), False),
    ("LCS key1 key2 [LEN]", READ, None, ["@1 1,1,0 RO/access"], (1, 2, 1), False),
    (
        "COPY source destination [REPLACE]", WRITE, None,
        ["@1 0,1,0 RO/access", "@2 0,1,0 OW/update"], (1, 2, 1), False,
    ),
    (
        "RENAME key newkey", WRITE, "RW ACCESS DELETE",
        ["@1 0,1,0 RW/access/delete", "@2 0,1,0 OW/update"], (1, 2, 1), False,
    ),
    (
        "BITOP <AND | NOT> destkey key [key ...]", WRITE, None,
        ["@2 0,1,0 OW/update", "@3 -1,1,0 RO/access"], (2, -1, 1), False,
    ),
    (
        "PFMERGE destkey [sourcekey [sourcekey ...]]", WRITE, "RW ACCESS INSERT",
        ["@1 0,1,0 RW/access/insert", "@2 -1,1,0 RO/access"], (1, -1, 1), False,
    ),
    (
        "LMPOP numkeys key [key ...] <LEFT | RIGHT>", WRITE, "RW ACCESS DELETE",
        ["@1 numkeys,1 RW/access/delete"], (0, 0, 0), True,
    ),
    (
        "ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]]", WRITE, None,
        ["@1 0,1,0 OW/update", "@2 numkeys,1 RO/access"], (1, 1, 1), True,
    ),
    (
        "EVAL script numkeys [key [key ...]] [arg [arg ...]]", NEITHER, None,
        ["@2 numkeys,1 RW/access/update"], (0, 0, 0), True,
    ),
    (
        "XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]", READ, None,
        ["STREAMS/1 -1,1,2 RO/access"], (0, 0, 0), True,
    ),
    (
        "GEORADIUS key longitude latitude radius <M | KM> [ANY] [STORE key | STOREDIST key]",
        WRITE, "RO ACCESS",
        ["@1 0,1,0 RO/access", "STORE/6 0,1,0 OW/update", "STOREDIST/6 0,1,0 OW/update"],
        (1, 1, 1), True,
    ),
    (
        'MIGRATE host port <key | ""> destination-db timeout [COPY] [KEYS key [key ...]]', WRITE,
        "RW ACCESS DELETE, KEYS/-2 RW ACCESS DELETE INCOMPLETE",
        ["@3 0,1,0 RW/access/delete", "KEYS/-2 -1,1,0 RW/access/delete/incomplete"],
        (3, 3, 1), True,
    ),
    (
        "SORT key [BY pattern] [GET pattern [GET pattern ...]] [STORE destination]", WRITE,
        "RO ACCESS, ? RO ACCESS, STORE/? OW UPDATE",
        ["@1 0,1,0 RO/access", "? ? RO/access", "? ? OW/update"], (1, 1, 1), True,
    ),
    ("SPUBLISH shardchannel message", NEITHER, None, ["@1 0,1,0 not_key"], (1, 1, 1), False),
    ("CLUSTER|KEYSLOT key", NEITHER, "", [], (0, 0, 0), False),
]  # fmt: skip


@pytest.mark.parametrize("case", DERIVED, ids=[case[0] for case in DERIVED])
def test_derivation(case):
    usage, kind, keys, expected, legacy, movable = case
    specs = specs_of(usage, kind, keys)
    assert [shown(spec) for spec in specs] == expected
    assert legacy_range(specs) == legacy
    assert is_movable(specs) is bool(movable)


def test_keys_bear_the_number_of_their_specification():
    tree = parse("key1 key2 [STORE destination]")
    derive(tree, 1, False, True, "RO, RO, OW")
    assert [argument.key_spec for argument in tree] == [0, 0, 1]
    tree = parse("key [BY pattern] [STORE destination]")
    derive(tree, 1, False, True, "RO ACCESS, ? RO ACCESS, STORE/? OW UPDATE")
    assert [argument.key_spec for argument in tree] == [0, None, 2]
    tree = parse("key")
    derive(tree, 1, True, False, "")
    assert (tree[0].key_spec, tree[0].type) == (None, "string")
    tree = parse("shardchannel [shardchannel ...]")
    specs = derive(tree, 1, False, False)
    assert (tree[0].key_spec, tree[0].type, specs[0].flags) == (None, "string", NOT_KEY)


@pytest.mark.parametrize(
    "keys", ["RX", "RO access", "RO, RO", "NONE/2 RO", "RO, ? RO, RO", "RO,", "KEYS/x RO"]
)
def test_keys_that_make_no_sense(keys):
    with pytest.raises(ValueError):
        specs_of("GET key", READ, keys)


POSITIONS = [
    ("GET key", "GET a", [1]),
    ("DEL key [key ...]", "DEL a b c", [1, 2, 3]),
    ("BLPOP key [key ...] timeout", "BLPOP a b 0", [1, 2]),
    ("MSET key value [key value ...]", "MSET a 1 b 2", [1, 3]),
    ("MSET key value [key value ...]", "MSET a 1 b", [1, 3]),
    ("LMPOP numkeys key [key ...] <LEFT | RIGHT>", "LMPOP 2 a b LEFT", [2, 3]),
    ("LMPOP numkeys key [key ...] <LEFT | RIGHT>", "LMPOP 4 a b LEFT", []),
    ("LMPOP numkeys key [key ...] <LEFT | RIGHT>", "LMPOP 0 a b LEFT", []),
    ("LMPOP numkeys key [key ...] <LEFT | RIGHT>", "LMPOP -1 a b LEFT", []),
    ("LMPOP numkeys key [key ...] <LEFT | RIGHT>", "LMPOP x a b LEFT", []),
    ("LMPOP numkeys key [key ...] <LEFT | RIGHT>", "LMPOP 99999999999999999999 a", []),
    ("XREAD [BLOCK n] STREAMS key [key ...] id [id ...]", "XREAD streams a b 1 2", [2, 3]),
    ("XREAD [BLOCK n] STREAMS key [key ...] id [id ...]", "XREAD Streams a b 1", [2]),
    ("XREAD [BLOCK n] STREAMS key [key ...] id [id ...]", "XREAD BLOCK 1 STREAMS a 1", [4]),
    ("XREAD [BLOCK n] STREAMS key [key ...] id [id ...]", "XREAD BLOCK 1", []),
    ("PFMERGE destkey [sourcekey [sourcekey ...]]", "PFMERGE a", [1]),
    ("PFMERGE destkey [sourcekey [sourcekey ...]]", "PFMERGE a b c", [1, 2, 3]),
    ("SUNSUBSCRIBE [shardchannel [shardchannel ...]]", "SUNSUBSCRIBE a", []),
    ("SUNSUBSCRIBE [shardchannel [shardchannel ...]]", "SUNSUBSCRIBE", []),
    ("F key [KEYS key [key ...]]", "F a KEYS b c", [1, 3, 4]),
]


@pytest.mark.parametrize(("usage", "line", "positions"), POSITIONS)
def test_positions(usage, line, positions):
    words = [word.encode() for word in line.split()]
    assert [position for position, _ in find(specs_of(usage), words)] == positions


def test_search_from_the_end_finds_the_last_keyword():
    specs = specs_of("F key [KEYS key [key ...]]", READ, "RO, KEYS/-2 RO")
    assert [place for place, _ in find(specs, b"F a KEYS KEYS b".split())] == [1, 4]


FUNCTIONS = [
    (set_keys, "SET k v", [(1, OW | UPDATE)]),
    (set_keys, "SET get v", [(1, OW | UPDATE)]),
    (set_keys, "SET k v EX 10 get", [(1, RW | ACCESS | UPDATE)]),
    (bitfield_keys, "BITFIELD k", [(1, RO | ACCESS)]),
    (bitfield_keys, "BITFIELD k get u8 0 OVERFLOW fail", [(1, RO | ACCESS)]),
    (bitfield_keys, "BITFIELD k get u8 0 set u8 0 1", [(1, RW | ACCESS | UPDATE)]),
    (bitfield_keys, "BITFIELD k get u8", [(1, RW | ACCESS | UPDATE)]),
    (sort_keys, "SORT k", [(1, RO | ACCESS)]),
    (sort_keys, "SORT k BY store GET store store a", [(1, RO | ACCESS), (7, OW | UPDATE)]),
    (sort_keys, "SORT k store a STORE b", [(1, RO | ACCESS), (5, OW | UPDATE)]),
    (sort_keys, "SORT k LIMIT store store", [(1, RO | ACCESS)]),
    (sort_keys, "SORT k store", [(1, RO | ACCESS)]),
    (migrate_keys, "MIGRATE h 1 k 0 9", [(3, RW | ACCESS | DELETE)]),
    (migrate_keys, "MIGRATE h 1 k 0 9 KEYS a", [(3, RW | ACCESS | DELETE)]),
]


@pytest.mark.parametrize(("function", "line", "expected"), FUNCTIONS)
def test_functions_for_what_specifications_cannot_find(function, line, expected):
    assert list(function([word.encode() for word in line.split()])) == expected


def test_migrate_of_many_keys():
    words = [b"MIGRATE", b"h", b"1", b"", b"0", b"9", b"AUTH", b"keys", b"KEYS", b"a", b"b"]
    flags = key_specs.RW | key_specs.ACCESS | key_specs.DELETE
    assert migrate_keys(words) == [(9, flags), (10, flags)]
