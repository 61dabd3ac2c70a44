"""HIMPORT."""

import pytest

from rediskit.errors import CommandError


def test_hashes_of_the_same_fields(run):
    run("HIMPORT PREPARE user name mail")
    run("SET one text PX 100")
    assert run.told("HIMPORT SET one user Ann a@b") == "hset"
    assert run("HGETALL one") == {b"name": b"Ann", b"mail": b"a@b"} and run("PTTL one") == -1
    run("HSET one other 1")
    run("HIMPORT SET one user Bob c@d")
    assert run("HGETALL one") == {b"name": b"Bob", b"mail": b"c@d"}
    run("HIMPORT PREPARE user name")
    run("HIMPORT SET one user Joe")
    assert run("HGETALL one") == {b"name": b"Joe"}


def test_what_is_handed_on(run):
    assert run.handed_on("HIMPORT PREPARE user name mail") == []
    assert run.handed_on("HIMPORT SET k user Ann a@b") == [b"HSET k name Ann mail a@b"]
    assert run.handed_on("HIMPORT SET k user Bob c@d") == [
        b"MULTI",
        b"DEL k",
        b"HSET k name Bob mail c@d",
        b"EXEC",
    ]


def test_fieldsets_are_of_a_connection(run):
    run("HIMPORT PREPARE a x")
    run("HIMPORT PREPARE b x")
    other = run.server.client()
    with pytest.raises(CommandError, match="ERR no such fieldset"):
        run.server.execute(other, b"HIMPORT", b"SET", b"k", b"a", b"1")
    assert run("HIMPORT DISCARD a") == 1 and run("HIMPORT DISCARD a") == 0
    assert run("HIMPORT DISCARDALL") == 1 and run("HIMPORT DISCARDALL") == 0
    run("HIMPORT PREPARE a x")
    run("RESET")
    with pytest.raises(CommandError, match="ERR no such fieldset"):
        run("HIMPORT SET k a 1")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("HIMPORT PREPARE a x y x", "ERR duplicate field name in fieldset"),
        ("HIMPORT SET k none 1", "ERR no such fieldset"),
        ("HIMPORT SET k user 1", "ERR value count does not match fieldset field count"),
        ("HIMPORT SET k user 1 2 3", "ERR value count does not match fieldset field count"),
        ("HIMPORT PREPARE a", "ERR wrong number of arguments for 'himport|prepare' command"),
        ("HIMPORT FOO", "ERR unknown subcommand 'FOO'. Try HIMPORT HELP."),
    ],
)
def test_errors(run, line, error):
    run("HIMPORT PREPARE user name mail")
    with pytest.raises(CommandError) as caught:
        run(line)
    assert caught.value.text == error and run("EXISTS k") == 0
