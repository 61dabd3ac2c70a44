"""DEBUG."""

import pytest

from rediskit.commands.debug import SUBCOMMANDS, serialized_size
from rediskit.config.configuration import Configuration
from rediskit.datatypes.list import List
from rediskit.datatypes.string import String
from rediskit.errors import CommandError
from rediskit.logfile import Log
from rediskit.protocol.replies import OK, Status
from rediskit.rdb.snapshot import dump
from rediskit.server import Server
from rediskit.structures.buffer import Buffer


def make_server(setting="yes", log=None):
    return Server(Configuration.load(["--enable-debug-command", setting]), log)


@pytest.fixture
def server():
    return make_server()


@pytest.fixture
def client(server):
    return server.client()


@pytest.fixture
def run(server, client):
    """Runs a command given as one text; spaces separate its words."""
    return lambda text: server.execute(client, *text.encode().split())


def refusal(run, text):
    with pytest.raises(CommandError) as caught:
        run(text)
    return caught.value.text


# Who may use it


def test_not_unless_it_is_allowed():
    server = make_server("no")
    client = server.client()
    with pytest.raises(CommandError, match="^ERR DEBUG command not allowed. If the enable-debug"):
        server.execute(client, b"DEBUG", b"SLEEP", b"0")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1:50", True),
        ("[::1]:50", True),
        ("/run/socket:0", True),
        ("10.0.0.1:50", False),
        ("[fe80::1]:50", False),
    ],
)
def test_local_clients_only(address, allowed):
    server = make_server("local")
    client = server.client()
    client.address = address
    if allowed:
        assert server.execute(client, b"DEBUG", b"SLEEP", b"0") == OK
    else:
        with pytest.raises(CommandError, match="not allowed"):
            server.execute(client, b"DEBUG", b"SLEEP", b"0")


@pytest.mark.parametrize("text", ["FOO", "SLEEP", "SLEEP 0 0", "LOG", "DIGEST x", "HELP x"])
def test_unknown_or_wrong_number_of_words(run, text):
    name = text.partition(" ")[0]
    expected = f"ERR unknown subcommand or wrong number of arguments for '{name}'. Try DEBUG HELP."
    assert refusal(run, "DEBUG " + text) == expected


def test_help_names_every_part(run):
    lines = [line.text.decode() for line in run("DEBUG HELP")]
    assert lines[0].startswith("DEBUG <subcommand>")
    for name in SUBCOMMANDS:
        assert any(line.split()[0] == name.decode().upper() for line in lines), name


# The server


def test_log(tmp_path):
    path = tmp_path / "log"
    server = make_server(log=Log(path=str(path)))
    assert server.execute(server.client(), b"DEBUG", b"LOG", b"two words") == OK
    assert path.read_text().endswith("# DEBUG LOG: two words\n")


@pytest.mark.parametrize("text", [b"CODE and text", b"no code", b"two\r\nlines"])
def test_error_is_sent_as_it_is_and_not_counted(server, client, text):
    reply = server.execute(client, b"DEBUG", b"ERROR", text)
    out = Buffer()
    reply.encode_into(out, 2)
    assert bytes(out) == b"-" + text.replace(b"\r\n", b"  ") + b"\r\n"
    assert server.dispatcher.error_replies == 0


def test_change_repl_id(server, run):
    before = server.replication_id
    assert run("DEBUG CHANGE-REPL-ID") == OK
    assert server.replication_id != before
    assert len(bytes.fromhex(server.replication_id)) == 20


def test_config_rewrite_force_all(tmp_path):
    path = tmp_path / "redis.conf"
    path.write_text("enable-debug-command yes\n")
    server = Server(Configuration.load([str(path)]))
    assert server.execute(server.client(), b"DEBUG", b"CONFIG-REWRITE-FORCE-ALL") == OK
    assert "maxmemory 0\n" in path.read_text()


def test_set_active_expire(server, run):
    run("SET k v PX 1")
    server.clock.set(server.clock.now_ms + 100)
    assert run("DEBUG SET-ACTIVE-EXPIRE 0") == OK
    server.keyspace.expire_cycle()
    assert server.keyspace.total_keys() == 1
    assert run("DEBUG SET-ACTIVE-EXPIRE 1") == OK
    server.keyspace.expire_cycle()
    assert server.keyspace.total_keys() == 0


def test_set_skip_checksum_validation(server, client, run):
    payload = dump(b"v")[:-1] + b"?"
    restore = b"RESTORE", b"k", b"0", payload
    run("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1")
    assert server.execute(client, *restore) == OK
    assert run("GET k") == b"v"
    run("DEL k")
    run("DEBUG SET-SKIP-CHECKSUM-VALIDATION 0")
    with pytest.raises(CommandError, match="checksum are wrong"):
        server.execute(client, *restore)


def test_pause_cron(server, run):
    run("DEBUG PAUSE-CRON 1")
    server.shutdown_signal = 15
    server.cron()
    assert run("SHUTDOWN ABORT") == OK
    run("DEBUG PAUSE-CRON 0")
    assert not server.cron_paused


@pytest.mark.parametrize("size", ["0", "10b", "100", "3gb"])
def test_packed_threshold(run, size):
    assert run("DEBUG QUICKLIST-PACKED-THRESHOLD " + size) == OK


@pytest.mark.parametrize("size", ["x", "-1", "4gb", "1z"])
def test_bad_packed_threshold(run, size):
    text = refusal(run, "DEBUG QUICKLIST-PACKED-THRESHOLD " + size)
    assert text == "ERR argument must be a memory value bigger than 1 and smaller than 4gb"


def test_dict_resizing(run):
    assert run("DEBUG DICT-RESIZING 0") == OK
    assert "not an integer" in refusal(run, "DEBUG DICT-RESIZING x")


def test_stringmatch_len(run):
    assert run("DEBUG STRINGMATCH-LEN a*c abbc") == 1
    assert run("DEBUG STRINGMATCH-LEN a*c abb") == 0


# Keys


@pytest.mark.parametrize(
    ("value", "encoding", "size"),
    [
        ("5", "int", 2),
        ("300", "int", 3),
        ("70000", "int", 5),
        ("99999999999", "int", 12),
        ("v", "embstr", 2),
        ("v" * 63, "raw", 64),
        ("v" * 64, "raw", 66),
        ("v" * 20000, "raw", 20005),
    ],
)
def test_object(run, value, encoding, size):
    run("SET k " + value)
    words = run("DEBUG OBJECT k").text.decode().split()
    assert words[:2] == ["Value", words[1]]
    fields = dict(word.split(":") for word in words[1:])
    assert fields["at"].startswith("0x")
    assert fields["encoding"] == encoding
    assert fields["serializedlength"] == str(size)
    assert fields["lru_seconds_idle"] == "0"


def test_object_tells_the_frequency_where_that_is_counted(server, run):
    server.config.set_many({"maxmemory-policy": "allkeys-lfu"})
    run("SET k v")
    assert b" freq:5 " in run("DEBUG OBJECT k").text


def test_object_of_nothing(run):
    assert refusal(run, "DEBUG OBJECT k") == "ERR no such key"


def test_size_of_other_types_is_unknown():
    assert serialized_size(List()) is None
    assert serialized_size(String(b"x" * 5000)) == 5002


def test_populate(run):
    run("SET key:1 mine")
    assert run("DEBUG POPULATE 3") == OK
    assert run("MGET key:0 key:1 key:2 key:3") == [b"value:0", b"mine", b"value:2", None]


def test_populate_with_prefix_and_size(run):
    run("DEBUG POPULATE 2 100%d 10")
    assert run("MGET 100%d:0 100%d:1") == [b"value:0\0\0\0", b"value:1\0\0\0"]
    run("DEBUG POPULATE 1 short 3")
    assert run("GET short:0") == b"val"
    run("DEBUG POPULATE 1 long 10000")
    assert run("STRLEN long:0") == 10000


def test_populate_tells_observers_and_counts_no_change(server, run):
    heard = []
    server.keyspace.observers.append(lambda database, key, event: heard.append(key))
    run("DEBUG POPULATE 2")
    assert heard == [b"key:0", b"key:1"]
    assert server.keyspace.dirty == 0


@pytest.mark.parametrize("words", ["-1", "x", "1 k -1", "1 k x"])
def test_populate_checks_its_numbers(run, words):
    text = refusal(run, "DEBUG POPULATE " + words)
    assert text == "ERR value is out of range, must be positive"


def test_populate_with_values_beyond_the_limit(run):
    assert "maximum allowed size" in refusal(run, "DEBUG POPULATE 1 k 99999999999")


# Digests


def digest(run):
    return run("DEBUG DIGEST").text


def test_digest_of_nothing(run):
    assert digest(run) == b"0" * 40


def test_digest_is_that_of_redis(run):
    """The expected values are what redis-server 7.0.15 says of the same keys."""
    assert run("DEBUG DIGEST-VALUE") == []
    run("DEBUG POPULATE 3 a 2")
    assert digest(run) == b"700f175548d78e3f4c04b258fb76a71916a963b6"
    assert run("DEBUG DIGEST-VALUE a:1 nothing") == [
        Status(b"615fe975ac4517bfe4fe105e3be4f459d2f66942"),
        Status(b"0" * 40),
    ]


def test_equal_data_have_equal_digests(run):
    run("MSET a 1 b 2 c 3")
    run("SET long " + "x" * 5000)
    before = digest(run)
    run("FLUSHALL")
    run("SET long " + "x" * 4999)
    run("APPEND long x")
    for pair in ("c 3", "b 2", "a 1"):
        run("SET " + pair)
    assert digest(run) == before


@pytest.mark.parametrize(
    "change",
    ["SET a 2", "SET b 1", "DEL a", "EXPIRE a 100", "RENAME a b", "MOVE a 1", "SWAPDB 0 1"],
)
def test_every_difference_shows(run, change):
    run("SET a 1")
    before = digest(run)
    run(change)
    assert digest(run) != before


def test_expired_keys_do_not_count(server, run):
    before = digest(run)
    run("SET a 1 PX 10")
    assert digest(run) != before
    server.clock.set(server.clock.now_ms + 100)
    assert digest(run) == before


# The protocol


@pytest.mark.parametrize(
    ("kind", "resp2", "resp3"),
    [
        ("string", b"$11\r\nHello World\r\n", b"$11\r\nHello World\r\n"),
        ("integer", b":12345\r\n", b":12345\r\n"),
        ("double", b"$5\r\n3.141\r\n", b",3.141\r\n"),
        ("null", b"$-1\r\n", b"_\r\n"),
        ("array", b"*3\r\n:0\r\n:1\r\n:2\r\n", b"*3\r\n:0\r\n:1\r\n:2\r\n"),
        ("set", b"*3\r\n:0\r\n:1\r\n:2\r\n", b"~3\r\n:0\r\n:1\r\n:2\r\n"),
        (
            "map",
            b"*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n",
            b"%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n",
        ),
        (
            "attrib",
            b"$39\r\nSome real reply following the attribute\r\n",
            b"|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n"
            b"$39\r\nSome real reply following the attribute\r\n",
        ),
        (
            "push",
            None,
            b">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n"
            b"$40\r\nSome real reply following the push reply\r\n",
        ),
        ("true", b":1\r\n", b"#t\r\n"),
        ("FALSE", b":0\r\n", b"#f\r\n"),
        (
            "bignum",
            b"$37\r\n1234567999999999999999999999999999999\r\n",
            b"(1234567999999999999999999999999999999\r\n",
        ),
        (
            "verbatim",
            b"$25\r\nThis is a verbatim\nstring\r\n",
            b"=29\r\ntxt:This is a verbatim\nstring\r\n",
        ),
    ],
)
def test_protocol(client, run, kind, resp2, resp3):
    for protocol, expected in ((2, resp2), (3, resp3)):
        client.protocol = protocol
        if expected is None:
            text = refusal(run, "DEBUG PROTOCOL " + kind)
            assert text == "ERR RESP2 is not supported by this command"
        else:
            client.output.clear()
            client.reply(run("DEBUG PROTOCOL " + kind))
            assert bytes(client.output) == expected


def test_unknown_kind(run):
    assert refusal(run, "DEBUG PROTOCOL foo").startswith("ERR Wrong protocol type name. ")
