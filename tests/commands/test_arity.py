"""How many words a command takes: what MULTI queues, as COMMAND INFO says, and its own errors."""

import pytest

import rediskit.commands  # noqa: F401  fills DECLARED
from rediskit import errors
from rediskit.errors import CommandError
from rediskit.grammar.command import DECLARED, UNLIMITED, UNQUEUED
from rediskit.protocol.replies import QUEUED
from tests.support.documentation import every_information, plain

MANY = 40

# Redis refuses these before they are queued where they are not allowed, ours when they are run.
PROTECTED = {"module|load", "module|loadex", "module|unload"}


def request_of(declared, count):
    """A request of a command with so many words, its name included."""
    names = declared.name.upper().split(b"|")
    return names + [b"x"] * (count - len(names))


def counts_of(declared):
    """Numbers of words around those that the command takes."""
    least = abs(declared.arity)
    around = {least - 1, least, least + 1, MANY}
    if declared.room < UNLIMITED:
        around |= {declared.room, declared.room + 1}
    return sorted(count for count in around if count >= declared.words)


def told(run, request):
    """What a client of ours is told, as the oracle would say it."""
    try:
        value = run.server.execute(run.client, *request)
    except CommandError as error:
        return error.text
    return "QUEUED" if value is QUEUED else value


def test_what_is_queued_is_what_redis_queues(execute, redis_server):
    different, compared = [], 0
    with redis_server.connect() as connection:
        theirs = every_information(plain(connection.execute("COMMAND")))
        connection.execute("MULTI")
        execute("MULTI")
        for declared in DECLARED.every():
            name = declared.name.decode()
            if declared.flags & UNQUEUED or name not in theirs or name in PROTECTED:
                continue
            if theirs[name][1] != declared.arity:  # see KNOWN in test_introspection
                continue
            for count in counts_of(declared):
                request = request_of(declared, count)
                ours, their = told(execute, request), connection.execute(*request).content
                compared += 1
                if ours != their:
                    different.append(f"{name} with {count} words: {ours!r}, redis: {their!r}")
        connection.execute("DISCARD")
    assert not different, "\n" + "\n".join(different)
    assert compared > 500


NARROW = [
    declared
    for declared in DECLARED.every()
    if declared.accepts(MANY) and declared.room < UNLIMITED and not declared.is_container
]


def test_there_are_commands_that_take_fewer_words_than_their_arity_says():
    assert {b"ping", b"lpop", b"rpop"} <= {declared.name for declared in NARROW}


@pytest.mark.parametrize("declared", NARROW, ids=lambda declared: declared.name.decode())
def test_too_many_words_are_an_error_of_the_command(execute, redis_server, declared):
    request = request_of(declared, declared.room + 1)
    execute("MULTI")
    assert told(execute, request) == "QUEUED"
    [error] = execute("EXEC")
    assert error.text == told(execute, request) == errors.wrong_arity(declared.name)
    record = execute.server.commands.record_of(declared)
    assert (record.failed_calls, record.rejected_calls) == (2, 0)
    with redis_server.connect() as connection:
        assert connection.execute(*request).content == error.text


@pytest.mark.parametrize("line", ["FUNCTION FLUSH a b", "function flush sync b"])
def test_an_error_of_its_own(execute, line):
    words = line.encode().split()
    assert told(execute, words) == errors.wrong_subcommand(words[1], "FUNCTION")
