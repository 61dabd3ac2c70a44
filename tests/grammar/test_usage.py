"""The grammar of usage lines: hand-made lines, and every line that redis-server documents."""

import json

import pytest

from rediskit.grammar.usage import UsageError, parse, total_size
from tests.support.documentation import every_document, plain, usage_of


def shown(arguments):
    """A tree on one line: name:type, TOKEN in front, ? optional, + multiple, ++ with its token."""
    return " ".join(map(_shown, arguments))


def _shown(argument):
    if argument.type == "pure-token":
        text = argument.token
    elif argument.arguments:
        bracket = "<{}>" if argument.type == "oneof" else "({})"
        text = bracket.format(shown(argument.arguments))
        text = f"{argument.token}={text}" if argument.token else text
    else:
        text = f"{argument.name}:{argument.type}"
        text = f"{argument.token}={text}" if argument.token else text
    repeats = "++" if argument.multiple_token else "+" if argument.multiple else ""
    return text + repeats + ("?" if argument.optional else "")


LINES = [
    ("", "", (0, 0)),
    ("key", "key:key", (1, 1)),
    ("key value", "key:key value:string", (2, 2)),
    ("key [count]", "key:key count:integer?", (1, 2)),
    ("key [key ...]", "key:key+", (1, None)),
    ("[section [section ...]]", "section:string+?", (0, None)),
    ("key value [key value ...]", "(key:key value:string)+", (2, None)),
    ("key [key ...] timeout", "key:key+ timeout:integer", (2, None)),
    ("[NX | XX]", "<NX XX>?", (0, 1)),
    ("<LEFT | RIGHT>", "<LEFT RIGHT>", (1, 1)),
    ("[GET]", "GET?", (0, 1)),
    ("[EX seconds | KEEPTTL]", "<EX=seconds:integer KEEPTTL>?", (0, 2)),
    ("[LIMIT offset count]", "LIMIT=(offset:integer count:integer)?", (0, 3)),
    ("[COUNT count [ANY]]", "(COUNT=count:integer ANY?)?", (0, 3)),
    ("[WEIGHTS weight [weight ...]]", "WEIGHTS=weight:integer+?", (0, None)),
    ("[GET pattern [GET pattern ...]]", "GET=pattern:pattern++?", (0, None)),
    ("[AGGREGATE <SUM | MIN>]", "AGGREGATE=<SUM MIN>?", (0, 2)),
    ("STREAMS key [key ...] id [id ...]", "STREAMS=(key:key+ id:string+)", (3, None)),
    ("<host port | NO ONE>", "<(host:string port:integer) (NO ONE)>", (2, 2)),
    ('<key | "">', '<key:key "">', (1, 1)),
    ("[= | ~] threshold", "<= ~>? threshold:string", (1, 2)),
    ("<BYRADIUS radius <M | KM>>", "(BYRADIUS=radius:double <M KM>)", (3, 3)),
    ("[<A a | B> ...]", "<A=a:string B>+?", (0, None)),
    ("[A a | B b ...]", "<A=a:string B=b:string>+?", (0, None)),
    ("ip:port", "ip:port:string", (1, 1)),
    ("[key[key ...]]", "key:key+?", (0, None)),
]


@pytest.mark.parametrize(("line", "tree", "size"), LINES, ids=[line for line, _, _ in LINES])
def test_line(line, tree, size):
    arguments = parse(line)
    assert shown(arguments) == tree
    assert total_size(arguments) == size


@pytest.mark.parametrize("line", ["[key", "key]", "<A | B", "a | b", "...", "[|]", "[a | ]", "[a>"])
def test_line_that_breaks_the_grammar(line):
    with pytest.raises(UsageError):
        parse(line)


def test_stated_types_win_over_names():
    assert shown(parse("key min [LIMIT offset]", {"min": "string", "offset": "double"})) == (
        "key:key min:string LIMIT=offset:double?"
    )
    assert shown(parse("[MIN]", {"min": "string"})) == "MIN?"


# Where the line of 7.0 does not tell what its JSON files say, or 7.4 says it otherwise.
DIFFERENT = {
    "client|list": "ID is a block of one argument, in 7.4 a plain one",
    "config|get": "parameter is a block of one argument",
    "failover": "TO and its option FORCE are one block",
    "module|loadex": "ARGS is a block of one argument",
    "psubscribe": "pattern is a block of one argument",
    "xinfo|stream": "FULL and its option COUNT are one block, in 7.4 as here",
    "xtrim": "its options are one block that must be there",
}


def test_every_line_of_redis_has_the_tree_that_redis_documents(redis_server):
    """Spells each tree of COMMAND DOCS as the manual does, and reads it back."""
    with redis_server.connect() as connection:
        documents = every_document(plain(connection.execute("COMMAND", "DOCS")))
    compared = 0
    for name, document in documents.items():
        if name in DIFFERENT:
            continue
        expected = [_without_names(each) for each in document.get("arguments", [])]
        found = [_structure(each) for each in parse(usage_of(document))]
        assert found == expected, f"{name}: {usage_of(document)}\n{json.dumps(expected)}"
        compared += 1
    assert compared > 300


def _without_names(document):
    """What of a documented argument follows from its line: not the names of what has no name."""
    found = {
        "flags": sorted(document.get("flags", [])),
        "token": document.get("token"),
        "is": document["type"] if document["type"] in ("oneof", "block", "pure-token") else "value",
        "arguments": [_without_names(each) for each in document.get("arguments", [])],
    }
    if found["is"] == "value":
        found["name"] = document["name"]
    return found


def _structure(argument):
    flags = ("multiple", "multiple_token", "optional")
    found = {
        "flags": [flag for flag in flags if getattr(argument, flag)],
        "token": None if argument.token is None else argument.token.strip('"'),
        "is": argument.type if argument.type in ("oneof", "block", "pure-token") else "value",
        "arguments": [_structure(each) for each in argument.arguments],
    }
    if found["is"] == "value":
        found["name"] = argument.name
    return found
