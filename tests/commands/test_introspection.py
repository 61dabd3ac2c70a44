"""COMMAND: what it says of every command, compared with what redis-server says of its own."""

import json

import pytest

import rediskit.commands  # noqa: F401  fills the command table
from rediskit import errors
from rediskit.commands.introspection import (
    Unordered,
    command_,
    count,
    docs,
    documentation,
    getkeys,
    getkeysandflags,
    info,
    information,
    list_,
)
from rediskit.errors import CommandError
from rediskit.grammar.command import DECLARED
from rediskit.protocol.replies import Status, encode
from rediskit.structures.buffer import Buffer
from tests.support.documentation import every_document, every_information, pairs, plain
from tests.support.resp import words

FIELDS = ["name", "arity", "flags", "first", "last", "step", "categories", "tips", "key specs"]
UNORDERED = {"flags", "categories", "tips"}

# Where we differ on purpose, mostly as Redis 7.4 from the oracle's 7.0: {(command, field): ours}.
KNOWN = {
    ("client|setname", "tips"): ["request_policy:all_nodes", "response_policy:all_succeeded"],
    ("command|getkeys", "arity"): -3,
    ("command|getkeysandflags", "arity"): -3,
    ("zrank", "arity"): -3,
    ("zrevrank", "arity"): -3,
    ("blmove", "flags"): ["blocking", "denyoom", "write"],
    ("brpoplpush", "flags"): ["blocking", "denyoom", "write"],
    **{(name, "flags"): ["blocking", "write"] for name in ("blpop", "brpop")},
    **{(name, "flags"): ["blocking", "fast", "write"] for name in ("bzpopmin", "bzpopmax")},
    ("wait", "flags"): [],
}  # fmt: skip

# Commands whose arguments 7.4 documents otherwise than 7.0, and how.
KNOWN_DOCUMENTS = {
    "bitcount": "end is optional",
    "geosearch": "BYPOLYGON",
    "geosearchstore": "BYPOLYGON",
    "zinter": "AGGREGATE COUNT",
    "zinterstore": "AGGREGATE COUNT",
    "zunion": "AGGREGATE COUNT",
    "zunionstore": "AGGREGATE COUNT",
    "acl|cat": "the name category",
    "bitop": "the operations are tokens",
    "hscan": "NOVALUES",
    "migrate": "what is one of two options is optional twice",
    "set": "IFEQ and its like",
    "sort": "patterns name no key specification",
    "sort_ro": "patterns name no key specification",
    "zrank": "WITHSCORE",
    "zrevrank": "WITHSCORE",
    "client|kill": "MAXAGE, and filters that are not optional one by one",
    "client|list": "ID is no block of one argument",
    "command|getkeys": "has arguments",
    "command|getkeysandflags": "has arguments",
    "config|get": "parameter is no block of one argument",
    "failover": "TO is a block of its own",
    "lcs": "the name min-match-len",
    "geohash": "any number of members",
    "geopos": "any number of members",
    "module|loadex": "ARGS is no block of one argument",
    "pfmerge": "any number of source keys",
    "psubscribe": "pattern is no block of one argument",
    "xadd": "what becomes of references, IDMP, no block that must be there",
    "xclaim": "the name lastid",
    "xgroup|create": "the name group",
    "xgroup|createconsumer": "the names group and consumer",
    "xgroup|delconsumer": "the names group and consumer",
    "xgroup|destroy": "the name group",
    "xgroup|setid": "the name group",
    "xinfo|consumers": "the name group",
    "xinfo|stream": "FULL is a token of its own",
    "xreadgroup": "CLAIM",
    "xsetid": "the name max-deleted-id",
    "xtrim": "what becomes of references, no block that must be there around its options",
}


def as_text(value):
    """A value of a command as `plain` shows a reply."""
    if isinstance(value, Status):
        return value.text.decode()
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return [as_text(part) for pair in value.items() for part in pair]
    if isinstance(value, list):
        return [as_text(element) for element in value]
    return value


def comparable(field, value):
    """One field of COMMAND INFO without order where it has none, and without Redis' notes."""
    if field in UNORDERED:
        return sorted(value)
    if field == "key specs":
        specs = [pairs(spec) for spec in value]
        return [{name: spec[name] for name in spec if name != "notes"} for spec in specs]
    return value


@pytest.fixture
def client(execute):
    """A client of a server in this process."""
    return execute.client


@pytest.fixture(scope="module")
def theirs(redis_server):
    with redis_server.connect() as connection:
        return every_information(plain(connection.execute("COMMAND")))


def test_information_is_that_of_redis(theirs):
    different = []
    compared = 0
    for declared in DECLARED.every():
        name = declared.name.decode()
        if name not in theirs:
            continue
        compared += 1
        ours = as_text(information(declared))
        for field, our, their in zip(FIELDS, ours, theirs[name], strict=False):
            our, their = comparable(field, our), comparable(field, their)
            if our != KNOWN.get((name, field), their):
                different.append(f"{name} {field}: {our}, redis: {their}")
    assert not different, "\n" + "\n".join(different)
    assert compared > 8


def test_documents_are_those_of_redis(redis_server):
    with redis_server.connect() as connection:
        documents = every_document(plain(connection.execute("COMMAND", "DOCS")))
    different = []
    for declared in DECLARED.every():
        name = declared.name.decode()
        if name not in documents or name in KNOWN_DOCUMENTS:
            continue
        ours = [structure(each) for each in documentation(declared).get(b"arguments", [])]
        theirs = [structure_of_redis(each) for each in documents[name].get("arguments", [])]
        if ours != theirs:
            different.append(f"{name}:\n  {json.dumps(ours)}\nredis:\n  {json.dumps(theirs)}")
        for field in ("since", "group", "deprecated_since"):
            our = as_text(documentation(declared).get(field.encode()))
            their = documents[name].get(field)
            if their is not None and our != their and not name.endswith("|help"):
                different.append(f"{name} {field}: {our}, redis: {their}")
    assert not different, "\n" + "\n".join(different)


def structure(document):
    """What of our argument's document must be as in Redis; names of choices are made up."""
    return structure_of_redis(
        {
            name.decode(): content if name == b"arguments" else as_text(content)
            for name, content in document.items()
        },
        structure,
    )


def structure_of_redis(document, inner=None):
    fields = ("type", "token", "key_spec_index")
    found = {name: document[name] for name in fields if name in document}
    found["flags"] = sorted(document.get("flags", []))
    if document["type"] not in ("oneof", "block", "pure-token"):
        found["name"] = document["name"].replace("_", "-")
    children = document.get("arguments", [])
    found["arguments"] = [(inner or structure_of_redis)(child) for child in children]
    return found


REQUESTS = """
    get k | set k v | set k v get | mset a 1 b 2 | mset a 1 b | lcs a b | del a b | touch a b
    rename a b | copy a b | sort k store d | sort k by w_* get # store d store e
    object encoding k | object encoding | object nosuch k | memory usage k
    eval a 1 | eval a 1 k | eval a 3 k | eval a 0 x | eval a x x | fcall f 2 a b c | fcall f 0
    zunionstore d 2 a b | zunionstore d 3 a b | zunionstore d 0 a b | lmpop 2 a b left
    lmpop 3 a b left | sintercard 1 a limit 2 | bitop and d a b | pfmerge d a | pfcount a b
    xread count 2 streams a b 1 2 | xread count 2 streams a b 1 | xread count 2 a b
    xreadgroup group g c streams a b 1 2 | xgroup create k g $ | blpop a b 0
    georadius k 1 2 3 m store d | georadius k 1 2 3 m storedist d store e
    sort l store by store b | sort l limit store a store b | sort l get store d store
    sort l store | sort l store store store x | sort l store limit store a b
    migrate h 1 k 0 1 | migrate h 1 "" 0 1 keys a b | bitfield k get u8 0 | bitfield k set u8 0 1
    spublish c m | client kill x | client nosuch x | ping x | select 1 | nosuch x
    command getkeys get x | flushall x | GET k | Set k v | get k extra | set k
"""
REQUESTS = [line.strip() for part in REQUESTS.split("\n") for line in part.split("|")]
REQUESTS = [line for line in REQUESTS if line]


def reply_of(function, client, *arguments):
    try:
        return as_text(function(client, *arguments))
    except CommandError as error:
        return error.text


@pytest.mark.parametrize("line", REQUESTS)
def test_keys_of_requests_are_those_redis_finds(client, redis_server, line):
    request = words(line)
    if client.server.commands.find(request) is None and "nosuch" not in line:
        pytest.skip("not a command of ours")
    with redis_server.connect() as connection:
        found = connection.execute("COMMAND", "GETKEYS", *request)
        with_flags = connection.execute("COMMAND", "GETKEYSANDFLAGS", *request)
    assert reply_of(getkeys, client, *request) == plain(found)
    ours = reply_of(getkeysandflags, client, *request)
    assert ours == plain(with_flags)


def test_keys_of_no_sensible_request(client):
    assert reply_of(getkeys, client, b"nosuch", b"x") == errors.INVALID_COMMAND
    assert reply_of(getkeys, client, b"command") == errors.NO_KEY_ARGUMENTS
    assert reply_of(getkeysandflags, client, b"command", b"count") == errors.NO_KEY_ARGUMENTS


def test_info(client):
    assert [each[0] for each in command_(client)] == list(DECLARED.commands)
    assert [each[0] for each in info(client)] == list(DECLARED.commands)
    found = info(client, b"nosuch", b"Command", b"command|Info", b"command|nosuch", b"command|a|b")
    assert [each and each[0] for each in found] == [None, b"command", b"command|info", None, None]
    parts = {part[0] for part in found[1][9]}
    assert {b"command|info", b"command|help"} <= parts
    assert found[2][:6] == [
        b"command|info", -2, [Status(b"loading"), Status(b"stale")], 0, 0, 0,
    ]  # fmt: skip


def test_count(client):
    assert (
        count(client)
        == len(DECLARED.commands)
        == len([name for name in list_(client) if b"|" not in name])
    )


def test_docs(client):
    assert docs(client).keys() == DECLARED.commands.keys()
    assert docs(client, b"nosuch") == {}
    found = docs(client, b"COMMAND|List", b"nosuch", b"command")
    assert list(found) == [b"command|list", b"command"]
    document = found[b"command|list"]
    assert document[b"summary"].startswith(b"Returns the names of all commands")
    assert (document[b"since"], document[b"group"]) == (b"7.0.0", b"server")
    assert document[b"arguments"][0][b"token"] == b"FILTERBY"
    assert document[b"arguments"][0][b"flags"] == [Status(b"optional")]
    assert found[b"command"][b"subcommands"][b"command|list"] == document
    history = docs(client, b"command|info")[b"command|info"][b"history"]
    assert history[0][0] == b"7.0.0"


def test_list(client):
    assert b"command" in list_(client)
    assert b"command|list" in list_(client)
    found = list_(client, b"FilterBy", b"pattern", b"COMMAND|G*")
    assert found == [b"command|getkeys", b"command|getkeysandflags"]
    connection = list_(client, b"FILTERBY", b"ACLCAT", b"Connection")
    assert {b"command", b"command|list", b"command|help"} <= set(connection)
    assert list_(client, b"FILTERBY", b"ACLCAT", b"@connection") == []
    assert list_(client, b"FILTERBY", b"ACLCAT", b"\xff") == []
    assert list_(client, b"FILTERBY", b"MODULE", b"any") == []


@pytest.mark.parametrize(
    "line", ["x", "FILTERBY", "FILTERBY PATTERN", "FILTERBY X y", "X ACLCAT y"]
)
def test_list_with_a_wrong_filter(client, line):
    assert reply_of(list_, client, *words(line)) == errors.SYNTAX_ERROR


def test_every_command_can_be_shown():
    """Every usage line parses, every function has a summary and takes what its line allows."""
    for declared in DECLARED.every():
        information(declared)
        document = documentation(declared)
        assert document[b"summary"].endswith(b"."), declared
        for spec in declared.key_specs:
            assert spec.flags, declared
        if declared.function is not None:
            assert declared.accepts(abs(declared.arity)), declared


def test_help():
    lines = as_text(DECLARED.named(b"command|help").function(None))
    assert lines[0] == "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    assert lines[1:5] == [
        "(no subcommand)",
        "    Describes every command: its arity, its flags, where its keys are.",
        "COUNT",
        "    Tells how many commands there are.",
    ]
    assert lines[-2:] == ["HELP", "    Print this help."]


def test_replies_have_the_shape_of_redis():
    def encoded(value, protocol):
        out = Buffer()
        encode(out, value, protocol)
        return out.slice(0, len(out))

    assert encoded(Unordered([[b"a"], {}]), 3) == b"~2\r\n*1\r\n$1\r\na\r\n%0\r\n"
    assert encoded(Unordered([[b"a"], {}]), 2) == b"*2\r\n*1\r\n$1\r\na\r\n*0\r\n"
    found = encoded(information(DECLARED.named(b"command|count")), 3)
    assert found == (
        b"*10\r\n$13\r\ncommand|count\r\n:2\r\n~2\r\n+loading\r\n+stale\r\n:0\r\n:0\r\n:0\r\n"
        b"~2\r\n+@slow\r\n+@connection\r\n~0\r\n~0\r\n~0\r\n"
    )
