"""The directives: their names and defaults, which values they take, and how they show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit.config.configuration import Configuration
from rediskit.config.kinds import MANY, parse_memory, show_memory
from rediskit.config.table import BY_NAME, TABLE
from tests.support.configurations import refusal

# What `CONFIG GET *` of Redis 7.0 lacks, because Redis 7.2 and 7.4 brought it.
SINCE_7_2 = {
    "redis-version-override",  # ours
    "lua-memory-limit",  # ours
    "slowlog-entry-max-argc",  # Redis 8.8
    "slowlog-entry-max-string-len",
    "aof-rewrite-cpulist",
    "bgsave-cpulist",
    "bio-cpulist",
    "cluster-announce-human-nodename",
    "hide-user-data-from-log",
    "locale-collate",
    "max-new-connections-per-cycle",
    "max-new-tls-connections-per-cycle",
    "server-cpulist",
    "set-max-listpack-entries",
    "set-max-listpack-value",
}
HIDDEN_SINCE_7_2 = {"aof-disable-auto-gc"}
# Where the servers under comparison were started differently.
OF_THE_START = {"bind", "dir", "port", "save", "enable-debug-command"}


# The table


def test_names_are_unique_and_lower_case():
    names = [directive.name for directive in TABLE]
    names += [directive.alias for directive in TABLE if directive.alias]
    assert len(names) == len(set(names)) == len(BY_NAME)
    assert all(name == name.lower() for name in names)


# Their defaults are not what any words say: where the server was started, and no primary.
WITHOUT_WORDS = {"dir", "replicaof"}


@pytest.mark.parametrize(
    "directive",
    [directive for directive in TABLE if directive.name not in WITHOUT_WORDS],
    ids=lambda directive: directive.name,
)
def test_default_reads_back_what_it_shows(directive):
    shown = directive.show(directive.default)
    words = shown.split(b" ") if directive.flags & MANY else [shown]
    assert directive.parse(words, directive.default) == directive.default


def test_names_and_defaults_are_those_of_redis(redis_server):
    theirs = redis_server.client(decode_responses=True).config_get("*")
    config = Configuration()
    ours = {}
    for name, text in config.get_matching([b"*"]).items():
        ours[name.decode()] = text.decode()
    assert ours.keys() - theirs.keys() == SINCE_7_2
    assert theirs.keys() - ours.keys() == HIDDEN_SINCE_7_2
    compared = (ours.keys() & theirs.keys()) - OF_THE_START
    assert {name: ours[name] for name in compared} == {name: theirs[name] for name in compared}


# Values


@pytest.mark.parametrize(
    ("word", "size"),
    [
        (b"0", 0),
        (b"", 0),
        (b"1b", 1),
        (b"1k", 1000),
        (b"1kb", 1024),
        (b"2M", 2 * 1000**2),
        (b"2Mb", 2 * 1024**2),
        (b"3g", 3 * 1000**3),
        (b"3GB", 3 * 1024**3),
        (b"99999999999999999999", 2**64 - 1),
        (b"20000000000gb", 2**64 - 1),
    ],
)
def test_memory(word, size):
    assert parse_memory(word) == size


@pytest.mark.parametrize("word", [b"-1", b"1.5gb", b"1tb", b" 1", b"1 ", b"1_0", b"x", b"1" * 200])
def test_wrong_memory(word):
    with pytest.raises(ValueError):
        parse_memory(word)


@given(st.integers(0, 2**63))
def test_memory_shown_reads_back(size):
    assert parse_memory(show_memory(size)) == size


# What a directive is set to, and what CONFIG GET then shows.
SET_AND_SHOWN = [
    ("maxmemory", "1gb", "1073741824"),
    ("maxmemory", "", "0"),
    ("maxmemory-clients", "5%", "5%"),
    ("maxmemory-clients", "1mb", "1048576"),
    ("appendonly", "YES", "yes"),
    ("maxmemory-policy", "ALLKEYS-LRU", "allkeys-lru"),
    ("oom-score-adj", "Relative", "yes"),
    ("oom-score-adj-values", "1 2 -3", "1 2 -3"),
    ("hz", "0", "1"),
    ("hz", "10000", "500"),
    ("save", "10 5 3 4", "10 5 3 4"),
    ("save", "", ""),
    ("save", "99999999999999999999999 1", "9223372036854775807 1"),
    ("shutdown-on-sigterm", "force save", "save force"),
    ("shutdown-on-sigterm", "default", "default"),
    ("shutdown-on-sigint", "NOW default", "now"),
    ("notify-keyspace-events", "KEA", "AKE"),
    ("notify-keyspace-events", "nxE", "xnE"),
    ("notify-keyspace-events", "", ""),
    (
        "client-output-buffer-limit",
        "replica 1mb 2mb 60 normal 5 6 7",
        "normal 5 6 7 slave 1048576 2097152 60 pubsub 33554432 8388608 60",
    ),
    ("latency-tracking-info-percentiles", "50.125 99.9999999 0 100", "50.125 100 0 100"),
    ("latency-tracking-info-percentiles", "", ""),
    ("slave-priority", "12", "12"),
    ("list-max-ziplist-size", "-9", "-9"),
    ("requirepass", "a b", "a b"),
    ("proc-title-template", "{title} x {port}", "{title} x {port}"),
    ("cluster-announce-hostname", "a-b.example", "a-b.example"),
    ("bind", "127.0.0.1 -::1", "127.0.0.1 -::1"),
    ("bind", "", ""),
]
# Of Redis 8.8.
NEWER_SHOWN = [
    ("notify-keyspace-events", "KEAmnd", "AnKEm"),
    ("notify-keyspace-events", "VITSmEKconA", "AnocKEmSTIV"),
    ("notify-keyspace-events", "dtexzhsl$ga", "A"),
]
# A running Redis would really bind.
COMPARED = [row for row in SET_AND_SHOWN if row[0] != "bind"]


@pytest.mark.parametrize(("name", "value", "shown"), SET_AND_SHOWN + NEWER_SHOWN)
def test_set_and_get(name, value, shown):
    config = Configuration()
    config.set_many({name: value})
    assert config.get_matching([name]) == {name.encode(): shown.encode()}


@pytest.mark.parametrize(("name", "value", "shown"), COMPARED)
def test_set_and_get_is_as_in_redis(redis_server, name, value, shown):
    client = redis_server.client(decode_responses=True)
    before = client.config_get(name)[name]
    try:
        client.config_set(name, value)
        assert client.config_get(name) == {name: shown}
    finally:
        client.config_set(name, before)
        client.close()


REFUSED = [
    ("maxmemory", "1.5gb", "argument must be a memory value"),
    ("maxmemory", "-1", "argument must be a memory value"),
    ("maxclients", "0", "argument must be between 1 and 4294967295 inclusive"),
    ("maxclients", "abc", "argument couldn't be parsed into an integer"),
    ("lfu-decay-time", " 1", "argument couldn't be parsed into an integer"),
    ("lfu-decay-time", "+1", "argument couldn't be parsed into an integer"),
    ("lfu-decay-time", "01", "argument couldn't be parsed into an integer"),
    ("lfu-decay-time", "1_0", "argument couldn't be parsed into an integer"),
    ("lfu-decay-time", "", "argument couldn't be parsed into an integer"),
    ("timeout", "99999999999", "argument must be between 0 and 2147483647 inclusive"),
    ("timeout", "99999999999999999999", "argument couldn't be parsed into an integer"),
    (
        "slowlog-log-slower-than",
        "-2",
        "argument must be between -1 and 9223372036854775807 inclusive",
    ),
    (
        "proto-max-bulk-len",
        "2kb",
        "argument must be between 1048576 and 9223372036854775807 inclusive",
    ),
    ("maxmemory-clients", "101%", "percentage argument must be less or equal to 100"),
    ("maxmemory-clients", "-5%", "argument must be a memory or percent value"),
    ("maxmemory-clients", "%", "argument must be a memory or percent value"),
    ("maxmemory-clients", "x", "argument must be a memory or percent value"),
    ("appendonly", "maybe", "argument must be 'yes' or 'no'"),
    (
        "shutdown-on-sigterm",
        "foo",
        "argument(s) must be one of the following: default, save, nosave, now, force",
    ),
    (
        "shutdown-on-sigterm",
        "",
        "argument(s) must be one of the following: default, save, nosave, now, force",
    ),
    (
        "shutdown-on-sigterm",
        "save nosave",
        "shutdown options SAVE and NOSAVE can't be used simultaneously",
    ),
    ("save", "1", "Invalid save parameters"),
    ("save", "0 1", "Invalid save parameters"),
    ("save", "1 -1", "Invalid save parameters"),
    ("save", "a b", "Invalid save parameters"),
    (
        "notify-keyspace-events",
        "KExQ",
        "Invalid event class character. Use 'Ag$lshzxeKEtmdnaocSTIV'.",
    ),
    (
        "client-output-buffer-limit",
        "slave 1mb 2mb",
        "Wrong number of arguments in buffer limit configuration.",
    ),
    (
        "client-output-buffer-limit",
        "master 1mb 2mb 60",
        "Invalid client class specified in buffer limit configuration.",
    ),
    (
        "client-output-buffer-limit",
        "replica 1mb x 60",
        "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
    ),
    (
        "latency-tracking-info-percentiles",
        "x",
        "Invalid latency-tracking-info-percentiles parameters",
    ),
    (
        "latency-tracking-info-percentiles",
        "101",
        "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
    ),
    ("oom-score-adj-values", "1 2", "wrong number of arguments"),
    (
        "oom-score-adj-values",
        "1 2 3000",
        "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
    ),
    ("proc-title-template", "{foo}", "template format is invalid or contains unknown variables"),
    ("proc-title-template", "{", "template format is invalid or contains unknown variables"),
    (
        "cluster-announce-hostname",
        "a_b",
        "Hostnames may only contain alphanumeric characters, hyphens or dots",
    ),
    ("cluster-announce-hostname", "a" * 256, "Hostnames must be less than 256 characters"),
    ("databases", "3", "can't set immutable config"),
    ("DATABASES", "3", "can't set immutable config"),
]


@pytest.mark.parametrize(("name", "value", "reason"), REFUSED)
def test_refusals(name, value, reason):
    config = Configuration()
    before = config.get_matching([b"*"])
    expected = f"ERR CONFIG SET failed (possibly related to argument '{name}') - {reason}"
    assert refusal(config.set_many, {name: value}) == expected
    assert config.get_matching([b"*"]) == before


@pytest.mark.parametrize(
    ("name", "value", "reason"), [row for row in REFUSED if row[0] != "notify-keyspace-events"]
)
def test_refusals_are_those_of_redis(redis_server, name, value, reason):
    with redis_server.connect() as connection:
        reply = connection.execute("CONFIG", "SET", name, value)
    expected = f"ERR CONFIG SET failed (possibly related to argument '{name}') - {reason}"
    assert reply == ("-", expected)
