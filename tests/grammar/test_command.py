"""Declarations and the command table, with commands made up for the purpose."""

import os

import pytest

from rediskit.grammar import command as module
from rediskit.grammar.command import (
    ADMIN,
    BLOCKING,
    DANGEROUS,
    DECLARED,
    FAST,
    FLAG_NAMES,
    LOADING,
    PUBSUB,
    READ,
    STALE,
    WRITE,
    Wait,
    command,
    help_lines,
)
from rediskit.grammar.key_specs import ACCESS, DELETE, RO, RW
from tests.support.declarations import undeclared


@pytest.fixture(autouse=True)
def nothing_declared():
    """Nothing is declared but what one test declares."""
    with undeclared():
        yield


def declare(usage, *flags, function=None, **details):
    """Declares a command whose function takes anything, and returns its Command."""

    def anything(client, *arguments):
        """Takes anything."""
        return list(arguments)

    details = {"since": "1.0.0", "group": "string"} | details
    command(usage, *flags, **details)(function or anything)
    return list(DECLARED.every())[-1]


def test_declaration_leaves_the_function_as_it_is():
    @command("GETRANGE key start end", READ, since="2.4.0", group="string")
    def getrange(client, key, start, end):
        """Returns a part of a string.

        More than the summary.
        """
        return key

    assert getrange(None, b"k", b"0", b"1") == b"k"
    declared = DECLARED.commands[b"getrange"]
    assert declared.function is getrange
    assert declared.name == b"getrange"
    assert declared.summary == "Returns a part of a string."
    assert declared.since == "2.4.0"
    assert declared.group == "string"
    assert declared.flags == READ
    assert declared.words == 1
    assert not declared.is_container
    assert declared.arity == 4
    assert [spec.place() for spec in declared.key_specs] == [("index", 1, None, "range", 0, 1, 0)]
    assert declared.has_keys()
    for _ in range(2):
        assert declared.get_keys([b"GETRANGE", b"k", b"0", b"1"]) == ((1, RO | ACCESS),)
    assert declared.categories == ["read", "string", "slow"]


ARITIES = [
    ("PING [message]", -1),
    ("GET key", 2),
    ("SET key value [NX | XX]", -3),
    ("DEL key [key ...]", -2),
    ("LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", -4),
    ("GEOSEARCH key <FROMMEMBER m | FROMLONLAT a b> <BYRADIUS r <M | KM> | BYBOX w h <M>>", -7),
    ("CLIENT NO-EVICT <ON | OFF>", 3),
    ("CLIENT LIST [TYPE type]", -2),
    ("TIME", 1),
]


@pytest.mark.parametrize(("usage", "arity"), ARITIES)
def test_arity(usage, arity):
    declared = declare(usage)
    assert declared.arity == arity
    for count in range(1, 12):
        assert declared.accepts(count) == (count == arity if arity > 0 else count >= -arity)


def test_arity_can_be_stated():
    declared = declare("QUIT", arity=-1)
    assert declared.arity == -1
    assert declared.accepts(5)


def test_the_room_is_what_the_function_takes():
    declared = declare("LPOP key [count]", function=lambda client, key, count=None: None)
    assert (declared.arity, declared.room) == (-2, 3)
    assert [count for count in range(5) if declared.accepts(count)] == [2, 3, 4]
    declared = declare("CLIENT LIST [a]", function=lambda client, a=None: None)
    assert (declared.arity, declared.room) == (-2, 3)
    declared = declare("DEL key [key ...]")
    assert declared.accepts(1 << 20) and declared.room > 1 << 20


def test_names_in_any_case():
    get = declare("GET key")
    kill = declare("CLIENT KILL address")
    assert DECLARED.named(b"get") is DECLARED.named(b"GeT") is get
    assert DECLARED.named(b"Client|Kill") is kill
    for unknown in (b"", b"nosuch", b"get|x", b"client|nosuch", b"client|", b"|kill"):
        assert DECLARED.named(unknown) is None


def test_every_command_has_a_number_of_its_own():
    for usage in ("GET key", "CLIENT KILL address", "COMMAND COUNT", "COMMAND"):
        declare(usage)
    numbers = [declared.number for declared in DECLARED.every()]
    assert len(set(numbers)) == len(numbers)
    assert all(DECLARED.numbered[each.number] is each for each in DECLARED.every())


@pytest.mark.skipif(os.environ.get("REDISKIT_PURE") == "1", reason="the .pxd sees to it")
def test_a_declaration_does_not_change():
    get = declare("GET key")
    for name in ("number", "name", "function", "flags", "words", "usage"):
        with pytest.raises(AttributeError):
            setattr(get, name, None)


def test_container_appears_by_itself():
    kill = declare("CLIENT KILL address", ADMIN, since="2.4.0", group="connection")
    info = declare("CLIENT INFO", since="6.2.0", group="connection")
    container = DECLARED.commands[b"client"]
    assert container.is_container
    assert container.function is None
    assert container.subcommands.keys() == {b"kill", b"info", b"help"}
    assert container.subcommands[b"kill"] is kill
    assert kill.container is container
    assert (kill.name, kill.words) == (b"client|kill", 2)
    assert kill.categories == ["admin", "slow", "dangerous", "connection"]
    assert info.categories == ["slow", "connection"]
    assert container.categories == ["slow"]
    assert container.flags == 0
    assert container.since == "2.4.0"
    assert container.arity == -2
    assert not container.accepts(1)
    assert container.key_specs == []
    assert list(DECLARED.commands) == [b"client"]


@pytest.mark.parametrize("order", ["container first", "container last"])
def test_container_that_is_a_command_too(order):
    usages = ["COMMAND", "COMMAND COUNT"]
    for usage in usages if order == "container first" else reversed(usages):
        declare(usage, categories="connection", **({"arity": -1} if usage == "COMMAND" else {}))
    container = DECLARED.commands[b"command"]
    assert container.function is not None
    assert container.accepts(1)
    assert DECLARED.named(b"command") is container
    assert DECLARED.named(b"command|count").container is container
    assert DECLARED.named(b"command|nosuch") is None
    assert DECLARED.named(b"command|help").categories == ["slow", "connection"]
    lines = [status.text.decode() for status in DECLARED.named(b"command|help").function(None)]
    assert lines == help_lines(container)
    assert lines[1:3] == ["(no subcommand)", "    Takes anything."]


def test_help_is_made_of_the_declarations():
    def kill(client, *filters):
        """Ends connections."""

    declare("CLIENT KILL <ip:port | ID client-id>", function=kill)
    declare("CLIENT GETNAME", function=kill)
    helper = DECLARED.named(b"client|help")
    assert helper.flags == LOADING | STALE
    assert helper.arity == 2
    assert [status.text for status in helper.function(None)] == [
        b"CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        b"KILL <ip:port | ID client-id>",
        b"    Ends connections.",
        b"GETNAME",
        b"    Ends connections.",
        b"HELP",
        b"    Print this help.",
    ]


def test_second_word_that_is_no_subcommand():
    for usage in ("FLUSHALL [ASYNC | SYNC]", "LMOVE <LEFT | RIGHT>", "SHUTDOWN [NOSAVE]"):
        assert declare(usage).words == 1
    declared = declare("XREADGROUP GROUP group consumer STREAMS key [key ...] id [id ...]", words=1)
    assert declared.name == b"xreadgroup"
    assert declared.arity == -7
    assert list(DECLARED.commands) == [b"flushall", b"lmove", b"shutdown", b"xreadgroup"]


def test_flags_are_bits_of_their_own():
    shown = list(FLAG_NAMES)
    assert len(set(shown)) == len(FLAG_NAMES) == len(set(FLAG_NAMES.values()))
    assert all(flag & (flag - 1) == 0 for flag in shown)
    assert declare("GET key", READ, FAST, READ).flags == READ | FAST
    assert declare("GET key", READ | FAST).flags == READ | FAST


CATEGORIES = [
    ({"group": "string"}, [WRITE, FAST], ["write", "string", "fast"]),
    ({"group": "generic"}, [READ, DANGEROUS], ["keyspace", "read", "slow", "dangerous"]),
    ({"group": "sorted-set"}, [WRITE, BLOCKING], ["write", "sortedset", "slow", "blocking"]),
    ({"group": "scripting"}, [READ], ["slow", "scripting"]),
    ({"group": "pubsub"}, [PUBSUB, FAST], ["pubsub", "fast"]),
    ({"group": "server"}, [ADMIN], ["admin", "slow", "dangerous"]),
    ({"group": "generic", "categories": "set list"}, [READ], ["read", "set", "list", "slow"]),
    ({"group": "server", "categories": "admin dangerous"}, [], ["admin", "slow", "dangerous"]),
]


@pytest.mark.parametrize(("details", "flags", "expected"), CATEGORIES)
def test_categories(details, flags, expected):
    assert declare("TEST", *flags, **details).categories == expected


def test_group_is_that_of_the_module():
    def function(client):
        """Does nothing."""

    function.__module__ = "rediskit.commands.sorted_sets"
    command("TEST", since="1.0.0")(function)
    assert DECLARED.commands[b"test"].group == "sorted-set"
    function.__module__ = "rediskit.commands.nosuch"
    with pytest.raises(ValueError, match="nosuch"):
        command("TEST", since="1.0.0")(function)


def test_keys_can_be_stated_and_found_by_a_function():
    declared = declare("LPOP key", WRITE, keys="RW ACCESS DELETE")
    assert declared.get_keys([b"LPOP", b"k"]) == ((1, RW | ACCESS | DELETE),)
    declared = declare("TEST a b", find_keys=lambda words: [(2, RO)])
    assert declared.get_keys([b"TEST", b"a", b"b"]) == [(2, RO)]
    declared = declare("DEBUG OBJECT key", READ, keys="")
    assert not declared.has_keys()
    assert declared.arguments()[0].type == "string"


def test_keys_at_fixed_places_and_elsewhere():
    copy = declare("COPY source destination [REPLACE]", WRITE)
    assert [place for place, _ in copy.get_keys([b"COPY", b"a", b"b"])] == [1, 2]
    lcs = declare("LCS key1 key2 [LEN]", READ)
    assert [place for place, _ in lcs.get_keys([b"LCS", b"a", b"b", b"LEN"])] == [1, 2]
    encoding = declare("OBJECT ENCODING key", READ)
    assert [place for place, _ in encoding.get_keys([b"OBJECT", b"ENCODING", b"a"])] == [2]
    delete = declare("DEL key [key ...]", WRITE)
    for count in range(1, 4):
        keys = delete.get_keys([b"DEL"] + [b"k"] * count)
        assert [place for place, _ in keys] == list(range(1, count + 1))
    assert list(declare("PING").get_keys([b"PING"])) == []
    assert list(declare("SPUBLISH shardchannel m").get_keys([b"SPUBLISH", b"c", b"m"])) == []


def test_types_can_be_stated():
    declared = declare("ZRANGE key min max", types="min=string max=string")
    assert [argument.type for argument in declared.arguments()] == ["key", "string", "string"]


def test_wait():
    wait = Wait([b"k"], 1500)
    assert (wait.keys, wait.timeout_ms, wait.fallback) == ([b"k"], 1500, None)
    assert Wait([b"k"], fallback=0).fallback == 0
    assert Wait([b"k"]).timeout_ms == 0


def test_declaring_does_not_parse(monkeypatch):
    monkeypatch.setattr(module, "parse", None)
    declare("GET key [[[ not a usage line")
    assert DECLARED.named(b"get").name == b"get"
