"""The tables of servers: names, commands of one server alone, and what is counted."""

import pytest

from rediskit.grammar.command import DECLARED, command
from rediskit.grammar.command_table import CommandTable
from tests.support.declarations import undeclared


def function(client, *arguments):
    """Takes anything."""


@pytest.fixture(autouse=True)
def few_commands():
    """Nothing is declared but GET, SET and CLIENT KILL."""
    with undeclared():
        for usage in ("GET key", "SET key value", "CLIENT KILL address"):
            command(usage, since="1.0.0", group="string")(function)
        yield


def add(table, usage):
    """Declares a command for one server."""
    return table.declare(function, usage, (), "string", None, {"since": "1.0.0"})


def test_any_spelling_finds_a_command():
    find = CommandTable().find
    get, kill = DECLARED.named(b"get"), DECLARED.named(b"client|kill")
    for name in (b"get", b"GET", b"Get", b"gEt"):
        assert find([name]) is get
        assert find([name, b"k"]) is get
    for name in (b"kill", b"KILL", b"Kill"):
        assert find([b"client", name]) is kill
        assert find([b"cLient", name, b"x"]) is kill
    assert find([b"CLIENT"]) is DECLARED.commands[b"client"]
    for unknown in ([b"nosuch"], [b""], [b"CLIENT", b"nosuch"], [b"CLIENT", b""], [b"get\0"]):
        assert find(unknown) is None


def test_renaming():
    table, other = CommandTable(), CommandTable()
    get, name = DECLARED.named(b"get"), b"get"
    with pytest.raises(ValueError, match="set"):
        table.rename(b"get", b"SET")
    with pytest.raises(KeyError):
        table.rename(b"nosuch", b"x")
    with pytest.raises(KeyError):
        table.rename(b"client|kill", b"x")
    assert table.find([name]) is get
    table.rename(b"Get", b"Fetch")
    assert table.find([name]) is None
    assert table.find([b"GET"]) is None
    assert table.find([b"FETCH"]) is table.find([b"fetch"]) is get
    assert list(table.commands) == [b"set", b"client", b"fetch"]
    table.rename(b"set", b"")
    assert table.find([b"set"]) is None
    assert list(table.commands) == [b"client", b"fetch"]
    table.rename(b"fetch", b"FETCH")
    assert table.find([b"fetch"]) is get
    assert other.find([b"get"]) is DECLARED.named(b"get") is get
    assert other.find([b"fetch"]) is None
    other.rename(b"get", b"set2")
    other.rename(b"set2", b"get")
    assert other.find([b"GET"]) is get


def test_commands_of_one_server():
    table, other = CommandTable(), CommandTable()
    push, pop = add(table, "JOBS PUSH job"), add(table, "JOBS POP")
    hello = add(other, "HI")
    assert table.find([b"Jobs", b"push", b"x"]) is push
    assert [each.name for each in table.every()] == [
        *[each.name for each in DECLARED.every()],
        b"jobs", b"jobs|help", b"jobs|push", b"jobs|pop",
    ]  # fmt: skip
    assert b"POP" in [line.text for line in table.find([b"JOBS", b"HELP"]).function(None)]
    assert other.find([b"jobs", b"push"]) is None
    assert table.find([b"hi"]) is None
    for command_, of in ((push, table), (pop, table), (hello, other)):
        of.count_call(command_, 1)
        assert of.record_of(command_).calls == 1
    assert [name for name, _ in names_recorded(table)] == [b"jobs|push", b"jobs|pop"]
    assert [name for name, _ in names_recorded(other)] == [b"hi"]
    assert len(DECLARED.numbered) == 5
    assert CommandTable().find([b"hi"]) is None


def names_recorded(table):
    """[(name, calls)] of what was counted."""
    return [(declared.name, record.calls) for declared, record in table.recorded()]


@pytest.mark.parametrize("usage", ["GET key", "Get key", "CLIENT NEW", "FETCH key", "FETCH ALL"])
def test_a_name_that_is_taken(usage):
    table = CommandTable()
    table.rename(b"get", b"fetch")
    with pytest.raises(ValueError, match="already"):
        add(table, usage)
    assert list(table.numbered) == DECLARED.numbered
    assert set(DECLARED.commands[b"client"].subcommands) == {b"help", b"kill"}


def test_a_command_may_be_declared_again():
    table = CommandTable()
    first = add(table, "HI")
    name = b"hi"
    assert table.find([name]) is first
    second = add(table, "HI")
    assert table.find([name]) is second


def test_what_is_counted():
    table, other = CommandTable(), CommandTable()
    get = DECLARED.named(b"get")
    assert list(table.recorded()) == []
    table.count_call(get, 5)
    table.count_call(get, 100)
    table.count_failed(get)
    table.count_rejected(get)
    table.count_rejected(get)
    record = table.record_of(get)
    assert (record.calls, record.microseconds) == (2, 105)
    assert (record.rejected_calls, record.failed_calls) == (2, 1)
    assert record.latency.percentile(50) == 5.0
    assert list(table.recorded()) == [(get, record)]
    assert list(other.recorded()) == []
    table.reset_statistics()
    assert list(table.recorded()) == []
    assert table.record_of(get).latency is None


def test_latency_is_tracked_only_when_asked_for():
    table, other = CommandTable(), CommandTable()
    get = DECLARED.named(b"get")
    table.tracks_latency = False
    for each in (table, other):
        each.count_call(get, 5)
    assert table.record_of(get).calls == 1
    assert table.record_of(get).latency is None
    assert other.record_of(get).latency.total == 1


def test_what_is_declared_later_is_not_in_a_table():
    table = CommandTable()
    command("LATE", since="1.0.0", group="string")(function)
    assert table.find([b"late"]) is None
    with pytest.raises(KeyError):
        table.record_of(DECLARED.named(b"late"))
    assert CommandTable().find([b"late"]) is DECLARED.named(b"late")
