"""What every command says of itself: a summary of our own, its cost, its age, its group."""

import re

import pytest

import rediskit.commands  # noqa: F401  fills the command table
from rediskit.commands.debug import SUBCOMMANDS
from rediskit.commands.introspection import documentation
from rediskit.grammar.command import DECLARED
from tests.support.documentation import every_summary, plain
from tests.support.readme import TITLES

COST = re.compile(r"O\(.+?\)|That of the \w+")
LONGEST_SUMMARY = 90


def name_of(declared):
    return declared.name.decode()


def without_marks(text):
    """The words of a summary: in lower case, without punctuation."""
    return re.findall(r"[a-z0-9]+", text.lower())


@pytest.mark.parametrize("declared", list(DECLARED.every()), ids=name_of)
def test_every_command_is_documented(declared):
    document = documentation(declared)
    summary = document[b"summary"].decode()
    assert re.fullmatch(r"[A-Z].+[^.]\.", summary)
    assert len(summary) <= LONGEST_SUMMARY
    cost = document[b"complexity"].decode()
    assert COST.match(cost) and not cost.endswith("."), cost
    assert re.fullmatch(r"\d+\.\d+\.\d+", document[b"since"].decode())
    assert document[b"group"].decode() in TITLES


@pytest.mark.parametrize("name", sorted(SUBCOMMANDS), ids=bytes.decode)
def test_every_part_of_debug_is_documented(name):
    usage, summary = SUBCOMMANDS[name].help_lines()
    assert usage.split()[0] == name.decode().upper()
    assert re.fullmatch(r"    [A-Z].+\.", summary)


def test_no_summary_is_that_of_redis(redis_server):
    with redis_server.connect() as connection:
        theirs = every_summary(plain(connection.execute("COMMAND", "DOCS")))
    compared = [declared for declared in DECLARED.every() if name_of(declared) in theirs]
    borrowed = [
        name_of(declared)
        for declared in compared
        if without_marks(declared.summary) == without_marks(theirs[name_of(declared)])
    ]
    assert not borrowed
    assert len(compared) > 200
