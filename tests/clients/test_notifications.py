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
    for letters in ("", "K", "g", "Em", "En", "Ed"):
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


def test_values_that_are_replaced(run, heard):
    run("SET k v")
    run("RPUSH l a")
    run("SADD s a")
    heard.classes("Eoc")
    for line, told in (
        ("SET k w", "overwritten k"),
        ("SET l w", "overwritten l, type_changed l"),
        ("SET new w", ""),
        ("APPEND k x", ""),
        ("INCR number", ""),
        ("INCRBYFLOAT number 1.5", ""),
        ("INCREX number BYFLOAT 1", ""),
        ("SUNIONSTORE k s", "overwritten k, type_changed k"),
        ("SUNIONSTORE s s", "overwritten s"),
        ("RENAME s k", "overwritten k"),
        ("COPY l k REPLACE", "overwritten k, type_changed k"),
        ("BITOP NOT l k", "overwritten l"),
        ("SETEX l 100 v", "overwritten l"),
        ("MSETEX 1 l v", "overwritten l"),
        ("GETSET l v", "overwritten l"),
        ("DEL l", ""),
        ("SORT s STORE k", ""),
    ):
        run(line)
        assert ", ".join(each.removeprefix("__keyevent@0__:") for each in heard()) == told, line
    heard.classes("Ec")
    run("SET k v")
    assert heard() == []
    run("RPUSH list a")
    run("SET list v")
    assert heard() == ["__keyevent@0__:type_changed list"]
    heard.classes("EA")
    run("SET list v")
    assert heard() == ["__keyevent@0__:set list"]


@pytest.mark.parametrize(
    ("letter", "line", "told"),
    [
        ("S", "HSET k a 1 bb 2", ["__subkeyspace@0__:k hset|1:a,2:bb"]),
        ("T", "HSET k a 1 bb 2", ["__subkeyevent@0__:hset 1:k|1:a,2:bb"]),
        ("V", "HSET k a 1 bb 2", ["__subkeyspaceevent@0__:hset|k 1:a,2:bb"]),
        ("I", "HSET k a 1 bb 2",
         ["__subkeyspaceitem@0__:k\na hset", "__subkeyspaceitem@0__:k\nbb hset"]),
        ("S", "HSET k a 1", ["__subkeyspace@0__:k hset|1:a"]),
        ("S", "HSETNX k a 1", ["__subkeyspace@0__:k hset|1:a"]),
        ("S", "HMSET k a 1 b 2", ["__subkeyspace@0__:k hset|1:a,1:b"]),
        ("S", "HINCRBY k n 1", ["__subkeyspace@0__:k hincrby|1:n"]),
        ("S", "HINCRBYFLOAT k n 1", ["__subkeyspace@0__:k hincrbyfloat|1:n"]),
        ("S", "HDEL h a x", ["__subkeyspace@0__:h hdel|1:a"]),
        ("S", "HDEL h x", []),
        ("S", "HEXPIRE h 1 FIELDS 2 a x", ["__subkeyspace@0__:h hexpire|1:a"]),
        ("S", "HEXPIRE h 0 FIELDS 2 a x", ["__subkeyspace@0__:h hdel|1:a"]),
        ("S", "HPERSIST h FIELDS 2 a due", ["__subkeyspace@0__:h hpersist|3:due"]),
        ("S", "HGETEX h EX 1 FIELDS 1 a", ["__subkeyspace@0__:h hexpire|1:a"]),
        ("S", "HGETEX h PERSIST FIELDS 1 due", ["__subkeyspace@0__:h hpersist|3:due"]),
        ("S", "HGETDEL h FIELDS 2 a x", ["__subkeyspace@0__:h hdel|1:a"]),
        ("S", "HSETEX h EX 1 FIELDS 1 a 1",
         ["__subkeyspace@0__:h hset|1:a", "__subkeyspace@0__:h hexpire|1:a"]),
        ("S", "SET text v", []),
        ("S", "SADD s a", []),
        ("S", "SEXPIRE members 1 MEMBERS 1 a", []),
    ],
)  # fmt: skip
def test_events_of_fields(run, heard, letter, line, told):
    run("HSET h a 1 due 2")
    run("HPEXPIRE h 5 FIELDS 1 due")
    run("SADD members a")
    heard.classes(f"h{letter}")
    run(line)
    assert heard() == told
    heard.classes(letter)
    run("HSET h a 1")
    assert heard() == []


def test_events_of_fields_that_expire(run, heard):
    run("HSET h a 1 b 2 c 3")
    run("HPEXPIRE h 5 FIELDS 2 a b")
    heard.classes("KEhxS")
    run.at(5)
    run("HLEN h")
    [told] = [each for each in heard() if "subkey" in each]
    assert sorted(told.removeprefix("__subkeyspace@0__:h hexpired|").split(",")) == ["1:a", "1:b"]
    run("HPEXPIRE h 5 FIELDS 1 c")
    heard()
    run.at(10)
    run.server.keyspace.expire_cycle()
    assert heard() == [
        "__keyspace@0__:h hexpired",
        "__keyevent@0__:hexpired h",
        "__subkeyspace@0__:h hexpired|1:c",
    ]
