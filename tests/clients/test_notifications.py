"""Keyspace notifications: which class an event belongs to, and what is published."""

import re

import pytest

from rediskit.clients.notifications import CLASS_OF
from tests.support.sources import PACKAGE

ANNOUNCED = re.compile(r"""\b(?:changed|announce)\([^"\n]*(?:"(\w+)"(?: if \w+ else "(\w+)")?)""")
# Names that a command hands to a function that announces them.
HANDED = re.compile(r'"((?:zincr|z\w+store|geo\w+store|zremrangeby\w+))"')


@pytest.fixture
def heard(run):
    """What a client that subscribes to everything has been told since the last time."""
    listener = run.server.client()
    run.server.execute(listener, b"PSUBSCRIBE", b"*")

    def since():
        told = re.findall(
            rb"\*4\r\n.*?\*\r\n\$\d+\r\n(.*?)\r\n\$\d+\r\n(.*?)\r\n", bytes(listener.output), re.S
        )
        listener.output.clear()
        return [f"{channel.decode()} {data.decode()}" for channel, data in told]

    since.classes = lambda letters: run.server.config.set_many({"notify-keyspace-events": letters})
    return since


def test_every_event_that_is_announced_has_a_class():
    names = set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        for found in ANNOUNCED.findall(text):
            names.update(found)
        names.update(HANDED.findall(text) if path.parent.name == "commands" else ())
    names.discard("")
    assert len(names) > 30
    assert names <= CLASS_OF.keys()


def test_a_channel_for_the_key_and_one_for_the_event(run, heard):
    heard.classes("KEA")
    run("SET k v")
    assert heard() == ["__keyspace@0__:k set", "__keyevent@0__:set k"]
    heard.classes("KA")
    run("SELECT 3")
    run("SET k v")
    assert heard() == ["__keyspace@3__:k set"]
    heard.classes("EA")
    run("DEL k")
    assert heard() == ["__keyevent@3__:del k"]
    heard.classes("A")
    run("SET k v")
    assert heard() == []


CLASSES = {
    "g": ("del",),
    "$": ("set",),
    "l": ("rpush",),
    "s": ("sadd",),
    "h": ("hset",),
    "z": ("zadd",),
    "x": ("expired",),
    "n": ("new",),
    "m": ("keymiss",),
    "gl": ("rpush", "del"),
    "t": (),
    "d": (),
}


@pytest.mark.parametrize("letters", CLASSES)
def test_only_classes_that_are_on(run, heard, letters):
    heard.classes("E" + letters)
    for line in (
        "SET k v PX 5",
        "RPUSH l a",
        "SADD s a",
        "HSET h f v",
        "ZADD z 1 a",
        "DEL l s",
        "GET none",
    ):
        run(line)
    run.at(10)
    run.server.keyspace.expire_cycle()
    told = {line.split()[0].partition(":")[2] for line in heard()}
    assert told - {"expire"} == set(CLASSES[letters])


def test_what_is_off_costs_nothing(run, heard):
    observers = len(run.server.keyspace.observers)
    heard.classes("KEAnm")
    keyspace = run.server.keyspace
    assert len(keyspace.observers) == observers + 1
    assert keyspace.tell_of_new is not None
    for letters in ("", "K", "g", "Em", "En", "Et"):
        heard.classes(letters)
        assert len(keyspace.observers) == observers
        assert (keyspace.tell_of_miss is not None) == ("m" in letters)
        assert (keyspace.tell_of_new is not None) == ("n" in letters)


def test_fields_that_expire(run, heard):
    heard.classes("Ehg")
    run("HSET h f v g w")
    run("HPEXPIRE h 10 FIELDS 1 f")
    run("HPERSIST h FIELDS 1 f")
    run("HPEXPIRE h 10 FIELDS 2 f g")
    run.at(20)
    run("HGET h f")
    assert [line.removeprefix("__keyevent@0__:") for line in heard()] == [
        "hset h",
        "hexpire h",
        "hpersist h",
        "hexpire h",
        "hexpired h",
        "del h",
    ]
    run("HSET h f v")
    run("HEXPIREAT h 1 FIELDS 1 f")
    assert heard()[1:] == ["__keyevent@0__:hdel h", "__keyevent@0__:del h"]


def test_a_client_hears_of_what_it_does_itself_behind_the_reply(run):
    run.server.config.set_many({"notify-keyspace-events": "K$"})
    run("HELLO 3")
    run("PSUBSCRIBE __key*")
    run.client.output.clear()
    run.server.dispatcher.request(run.client, [b"SET", b"k", b"v"])
    assert bytes(run.client.output).startswith(b"+OK\r\n>4\r\n")


def test_observers_may_end_their_observation_while_they_are_told(run):
    """A watcher that fails goes; those behind it must hear of the change all the same."""
    other = run.server.client()
    run.server.execute(other, b"WATCH", b"k")
    heard = []
    run.server.keyspace.observers.append(lambda database, key, event: heard.append(event))
    run("SET k v")
    assert heard == ["set"]
    assert other.watch_failed


def test_the_classes_are_those_of_the_directive():
    assert set(CLASS_OF.values()) <= set("g$lshzxetdnm")
