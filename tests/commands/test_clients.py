"""CLIENT and its subcommands."""

import socket

import pytest

from rediskit.clients.kinds import PUBSUB, REPLICA
from tests.support.peers import Peers
from tests.support.resp import Connection

# The names of CLIENT LIST in Redis 7.4, in its order.
FIELDS = [
    *("id", "addr", "laddr", "fd", "name", "age", "idle", "flags", "db", "sub", "psub", "ssub"),
    *("multi", "watch", "qbuf", "qbuf-free", "argv-mem", "multi-mem", "rbs", "rbp", "obl", "oll"),
    *("omem", "tot-mem", "events", "cmd", "user", "redir", "resp", "lib-name", "lib-ver"),
]


@pytest.fixture
def peers():
    """A server in this process, and its clients."""
    made = Peers()
    yield made
    made.close()


def fields(line):
    """A line of CLIENT LIST as a dict."""
    return dict(word.split("=", 1) for word in line.split(" "))


def info(peer):
    """A client's own description."""
    return fields(peer.execute("CLIENT", "INFO").content.decode().rstrip("\n"))


def listed(peer, *words):
    """{id: description} of CLIENT LIST."""
    content = peer.execute("CLIENT", "LIST", *words).content.decode()
    return {int(line["id"]): line for line in map(fields, content.splitlines())}


# What they are


def test_the_fields_of_a_client(server):
    with server.connect() as connection:
        own = "{}:{}".format(*connection.socket.getsockname())
        line = info(connection)
        assert list(line) == FIELDS
        assert (line["addr"], line["laddr"]) == (own, f"127.0.0.1:{server.port}")
        assert line["id"] == str(connection.execute("CLIENT", "ID").content)
        assert int(line["fd"]) > 0 and int(line["tot-mem"]) > 0
        fixed = {name: line[name] for name in ("db", "events", "cmd", "user", "multi", "redir")}
        assert fixed == {
            "db": "0", "events": "r", "cmd": "client|info", "user": "default", "multi": "-1",
            "redir": "-1",
        }  # fmt: skip
        assert (line["argv-mem"], line["flags"], line["resp"]) == ("10", "N", "2")


def test_a_client_on_a_unix_socket(start_server, tmp_path):
    path = str(tmp_path / "socket")
    start_server(unixsocket=path)
    with Connection(path) as connection:
        line = info(connection)
        assert (line["addr"], line["laddr"], line["flags"]) == (f"{path}:0", f"{path}:0", "U")


def test_a_description_follows_what_the_client_does(peers):
    one, other = peers.connect(), peers.connect("10.0.0.1:9")
    assert listed(one)[2] | {"tot-mem": ""} == info(one) | {
        "id": "2", "addr": "10.0.0.1:9", "laddr": "10.0.0.1:9", "cmd": "NULL", "argv-mem": "0",
        "fd": str(other.connection.fd), "tot-mem": "", "rbs": "0", "rbp": "0",
    }  # fmt: skip
    for line in (
        "SELECT 5", "CLIENT SETNAME me", "CLIENT SETINFO lib-name library", "CLIENT NO-EVICT ON",
        "CLIENT SETINFO LIB-VER 1.0", "CLIENT NO-TOUCH ON", "HELLO 3",
    ):  # fmt: skip
        other.run(line)
    line = listed(one)[2]
    assert (line["db"], line["name"], line["resp"], line["cmd"]) == ("5", "me", "3", "hello")
    assert (line["lib-name"], line["lib-ver"], line["flags"]) == ("library", "1.0", "eT")


def test_ages(peers):
    one, other = peers.connect(), peers.connect()
    peers.server.clock.set(peers.server.clock.now_ms + 7000)
    line = listed(one)[other.client.id]
    assert (line["age"], line["idle"]) == ("7", "7")
    line = listed(one)[one.client.id]
    assert (line["age"], line["idle"]) == ("7", "0")


def test_a_client_that_waits(peers):
    one, other = peers.connect(), peers.connect()
    one.run("CLIENT PAUSE 60000 WRITE")
    other.send("SET", "k", "value")
    other.send("SET", "k", "v")
    assert other.is_silent()
    line = listed(one)[2]
    assert (line["flags"], line["cmd"], line["argv-mem"]) == ("b", "set", "9")
    assert line["qbuf"] == "5"


def test_output_that_is_not_read(peers):
    one, other = peers.connect(), peers.connect()
    one.execute("SET", "k", b"x" * 100_000)
    for _ in range(100):
        other.send("GET", "k")
        peers.turn(1)
    line = listed(one)[2]
    assert line["events"] == "rw"
    assert (line["obl"], line["oll"]) == ("0", "1")
    assert int(line["omem"]) > 1_000_000
    assert int(line["tot-mem"]) > int(line["omem"])


def test_lists_of_some(peers):
    one, other, third = (peers.connect() for _ in range(3))
    assert list(listed(one)) == [1, 2, 3]
    assert list(listed(one, "ID", "3", "99", "1")) == [3, 1]
    assert list(listed(one, "type", "Normal")) == [1, 2, 3]
    assert listed(one, "TYPE", "pubsub") == listed(one, "TYPE", "replica") == {}
    other.client.become(PUBSUB)
    third.client.become(REPLICA)
    assert list(listed(one, "TYPE", "pubsub")) == [2]
    assert list(listed(one, "TYPE", "slave")) == list(listed(one, "TYPE", "REPLICA")) == [3]


def test_lists_are_verbatim_texts_in_resp3(peers):
    one = peers.connect()
    one.run("HELLO 3")
    for line in ("CLIENT LIST", "CLIENT INFO", "CLIENT LIST ID 1"):
        assert one.run(line).startswith("=txt:id=1 addr=test:0 ")
    assert one.run("CLIENT LIST ID 9") == "=txt:"


def test_a_program_is_described_too(peers):
    client = peers.server.client()
    words = fields(str(client))
    assert list(words) == FIELDS
    assert (words["addr"], words["fd"], words["events"], words["cmd"]) == ("?:0", "-1", "", "NULL")


# Names


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("CLIENT SETNAME 'a b'", "names cannot contain spaces, newlines or special characters."),
        (r'CLIENT SETNAME "a\x00"', "names cannot contain"),
        (r'CLIENT SETNAME "\xc3\xa9"', "names cannot contain"),
        ("CLIENT SETINFO lib-name 'a b'", "-ERR lib-name cannot contain spaces, newlines"),
        ("CLIENT SETINFO LIB-VER '1 0'", "-ERR LIB-VER cannot contain spaces, newlines"),
        ("CLIENT SETINFO lib-x 1", "-ERR Unrecognized option 'lib-x'"),
        ("HELLO 2 SETNAME 'a b'", "names cannot contain"),
    ],
)
def test_what_is_no_name(peers, line, reply):
    one = peers.connect()
    assert reply in one.run(line)
    assert one.run("CLIENT GETNAME") == "nil"
    assert info(one)["lib-name"] == info(one)["lib-ver"] == ""


def test_names_can_be_taken_back(peers):
    one = peers.connect()
    assert one.run("CLIENT SETNAME me") == "+OK"
    assert one.run("CLIENT GETNAME") == '"me"'
    assert one.run("CLIENT SETINFO lib-name x") == "+OK"
    assert one.run("CLIENT SETNAME ''") == one.run("CLIENT SETINFO lib-name ''") == "+OK"
    assert one.run("CLIENT GETNAME") == "nil"
    assert info(one)["lib-name"] == ""


# Replies


def test_unwanted_replies(peers):
    one = peers.connect()
    lines = (
        "CLIENT REPLY OFF", "PING", "FOO", "CLIENT REPLY SKIP", "CLIENT REPLY x",
        "CLIENT REPLY ON", "CLIENT REPLY SKIP", "FOO", "ECHO 1", "CLIENT REPLY SKIP",
        "CLIENT REPLY SKIP", "ECHO 2", "ECHO 3", "CLIENT REPLY SKIP", "CLIENT REPLY ON",
    )  # fmt: skip
    for line in lines:
        one.send(*line.split())
    assert [one.spelled() for _ in range(4)] == ["+OK", '"1"', '"3"', "+OK"]
    assert one.run("CLIENT REPLY maybe") == "-ERR syntax error"


def test_requests_without_replies_are_done(peers):
    one = peers.connect()
    one.send("CLIENT", "REPLY", "OFF")
    one.send("SET", "k", "v")
    assert one.is_silent()
    assert peers.connect().run("GET k") == '"v"'


# Ending others


def test_the_old_form_of_kill(peers):
    one, other = peers.connect("test:1"), peers.connect("test:2")
    assert one.run("CLIENT KILL test:2") == "+OK"
    assert other.is_closed()
    assert one.run("CLIENT KILL test:2") == "-ERR No such client"
    assert one.run("CLIENT KILL test:1") == "+OK"
    assert one.is_closed()


@pytest.mark.parametrize(
    ("filters", "killed"),
    [
        ("ID 2", [2]),
        ("ID 9", []),
        ("ID 1", []),
        ("ID 1 SKIPME no", [1]),
        ("TYPE normal", [2, 4]),
        ("TYPE pubsub", [3]),
        ("TYPE master", []),
        ("SKIPME yes", [2, 3, 4]),
        ("skipme NO", [1, 2, 3, 4]),
        ("ADDR test:2", [2]),
        ("LADDR test:4", [4]),
        ("ADDR test:2 LADDR test:4", []),
        ("ADDR test:2 LADDR test:2", [2]),
        ("USER default", [2, 3, 4]),
        ("USER default TYPE pubsub", [3]),
        ("MAXAGE 10", [2, 3]),
        ("MAXAGE 11", []),
        ("ID 2 ID 3", [3]),
        ("ID 2 3 9", [2, 3]),
        ("ID 3 2 2 TYPE normal", [2]),
        ("NOT-ID 2 3", [4]),
        ("NOT-TYPE pubsub", [2, 4]),
        ("NOT-ADDR test:2 NOT-LADDR test:4", [3]),
        ("NOT-USER default", []),
        ("IP test SKIPME no", [1, 2, 3, 4]),
        ("NOT-IP test", []),
        ("NAME x", []),
        ("NOT-NAME x", [2, 3, 4]),
        ("LIB-NAME lib LIB-VER 1", [2]),
        ("NOT-LIB-NAME lib", [3, 4]),
        ("NOT-LIB-VER 1", [3, 4]),
        ("DB 3", [2]),
        ("NOT-DB 3", [3, 4]),
        ("CAPA r", [2]),
        ("NOT-CAPA r", [3, 4]),
        ("FLAGS N", [2, 3, 4]),
        ("NOT-FLAGS N", []),
        ("FLAGS T", []),
        ("IDLE 10", [3]),
    ],
)
def test_filters_of_kill(peers, filters, killed):
    one, second, third = (peers.connect(f"test:{number}") for number in (1, 2, 3))
    third.client.become(PUBSUB)
    peers.server.clock.set(peers.server.clock.now_ms + 10_000)
    second.run("CLIENT SETINFO LIB-NAME lib")
    second.run("CLIENT SETINFO LIB-VER 1")
    second.run("CLIENT CAPA foo REDIRECT")
    second.run("SELECT 3")
    peers.connect("test:4")
    assert one.run("CLIENT KILL " + filters) == f":{len(killed)}"
    peers.turn()
    assert [peer.client.id for peer in peers.peers if peer.client.closing] == killed
    assert all(peers.peers[number - 1].is_closed() for number in killed)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("ID x", "ERR client-id should be greater than 0"),
        ("ID 0", "ERR client-id should be greater than 0"),
        ("ID 2 FOO x", "ERR syntax error"),
        ("ID 2 SKIPME", "ERR syntax error"),
        ("SKIPME maybe", "ERR syntax error"),
        ("TYPE foo", "ERR Unknown client type 'foo'"),
        ("USER foo", "ERR No such user 'foo'"),
        ("MAXAGE x", "ERR maxage is not an integer or out of range"),
        ("MAXAGE 0", "ERR maxage should be greater than 0"),
        ("IDLE x", "ERR idle is not an integer or out of range"),
        ("IDLE 0", "ERR idle should be greater than 0"),
        ("DB 16", "ERR DB index is out of range"),
        ("FLAGS N?", "ERR Unknown flags found in the provided filter: N?"),
        ("CAPA rx", "ERR Unknown capa found in the provided filter: rx"),
        ("NOT-MAXAGE 5", "ERR syntax error"),
        ("NOT-USER foo", "ERR No such user 'foo'"),
        ("FOO x", "ERR syntax error"),
        ("FOO", "ERR No such client"),
    ],
)
def test_mistaken_kills_kill_nobody(peers, words, error):
    one = peers.connect()
    peers.connect()
    assert one.run("CLIENT KILL " + words) == "-" + error
    peers.turn()
    assert len(peers.server.clients) == 2


def test_who_kills_itself_gets_the_reply_and_no_more(peers):
    one = peers.connect()
    one.send("CLIENT", "KILL", "SKIPME", "no")
    one.send("SET", "k", "v")
    assert one.spelled() == ":1"
    assert one.is_closed()
    assert peers.connect().run("EXISTS k") == ":0"


def test_who_was_killed_is_not_there_any_more(peers):
    one = peers.connect()
    peers.connect()
    for line in ("CLIENT KILL ID 2", "CLIENT KILL ID 2", "CLIENT LIST ID 2"):
        one.send(*line.split())
    assert [one.spelled() for _ in range(3)] == [":1", ":0", '""']


def test_who_is_killed_while_paused_does_nothing_more(peers):
    one, other = peers.connect(), peers.connect()
    one.run("CLIENT PAUSE 60000 WRITE")
    other.send("SET", "k", "v")
    assert other.is_silent()
    for line in ("CLIENT KILL ID 2", "CLIENT UNPAUSE", "GET k"):
        one.send(*line.split())
    assert [one.spelled() for _ in range(3)] == [":1", "+OK", "nil"]
    assert other.is_closed()
    assert one.run("GET k") == "nil"


# Pausing and unblocking (see also test_dispatcher and test_waiting)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("CLIENT PAUSE x", "ERR timeout is not an integer or out of range"),
        ("CLIENT PAUSE 1.5", "ERR timeout is not an integer or out of range"),
        ("CLIENT PAUSE -1", "ERR timeout is negative"),
        ("CLIENT PAUSE 9223372036854775807", "ERR timeout is out of range"),
        ("CLIENT PAUSE 1 foo", "ERR CLIENT PAUSE mode must be WRITE or ALL"),
        ("CLIENT PAUSE x foo", "ERR CLIENT PAUSE mode must be WRITE or ALL"),
        (
            "CLIENT pause 1 ALL x",
            "ERR unknown subcommand or wrong number of arguments for 'pause'. Try CLIENT HELP.",
        ),
        ("CLIENT UNBLOCK x", "ERR value is not an integer or out of range"),
        ("CLIENT UNBLOCK 1 foo", "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"),
        (
            "CLIENT Unblock 1 ERROR x",
            "ERR unknown subcommand or wrong number of arguments for 'Unblock'. Try CLIENT HELP.",
        ),
        ("CLIENT NO-EVICT maybe", "ERR syntax error"),
        ("CLIENT NO-TOUCH maybe", "ERR syntax error"),
        ("CLIENT LIST TYPE foo", "ERR Unknown client type 'foo'"),
        ("CLIENT LIST ID", "ERR syntax error"),
        ("CLIENT LIST ID 1 x", "ERR Invalid client ID"),
        ("CLIENT LIST FOO", "ERR syntax error"),
        ("CLIENT INFO x", "ERR wrong number of arguments for 'client|info' command"),
        ("CLIENT FOO", "ERR unknown subcommand 'FOO'. Try CLIENT HELP."),
        ("CLIENT", "ERR wrong number of arguments for 'client' command"),
    ],
)
def test_mistakes(peers, line, error):
    one = peers.connect()
    assert one.run(line) == "-" + error
    assert not peers.server.dispatcher.pause.is_on
    assert one.run("PING") == "+PONG"


def test_who_is_paused_cannot_be_unblocked(peers):
    one, other = peers.connect(), peers.connect()
    one.run("CLIENT PAUSE 60000 WRITE")
    other.send("SET", "k", "v")
    assert other.is_silent()
    assert one.run("CLIENT UNBLOCK 2 ERROR") == ":0"
    assert other.is_silent()


def test_a_pause_of_no_time(peers):
    one = peers.connect()
    assert one.run("CLIENT PAUSE 0") == "+OK"
    assert one.run("PING") == "+PONG"
    assert one.run("CLIENT PAUSE 9000000000000000000 WRITE") == "+OK"
    assert one.run("CLIENT UNPAUSE") == "+OK"
    assert one.run("SET k v") == "+OK"


def test_help_names_every_subcommand(peers):
    text = peers.connect().run("CLIENT HELP")
    assert text.startswith("[+CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:, ")
    for name in (
        "ID", "INFO", "LIST", "KILL", "GETNAME", "SETNAME", "SETINFO", "NO-EVICT", "NO-TOUCH",
        "REPLY", "PAUSE", "UNPAUSE", "UNBLOCK", "HELP",
    ):  # fmt: skip
        assert f"+{name} " in text or f"+{name}," in text


def test_a_client_that_vanishes_is_forgotten(server):
    with server.connect() as one:
        vanishing = socket.create_connection(server.address)
        vanishing.sendall(b"CLIENT SETNAME gone\r\n")
        assert vanishing.recv(100) == b"+OK\r\n"
        vanishing.close()
        while "name=gone" in one.execute("CLIENT", "LIST").content.decode():
            pass
        assert len(listed(one)) == 1


def test_the_filters_of_kill_are_those_of_list(peers):
    one, second = peers.connect("test:1"), peers.connect("test:2")
    second.run("CLIENT SETNAME two")

    def ids(words):
        lines = one.run("CLIENT LIST " + words).split("id=")
        return [int(line.split()[0]) for line in lines if line[:1].isdigit()]

    assert ids("") == [1, 2] and ids("SKIPME yes") == [2]
    assert ids("NAME two") == ids("ID 2 NAME two TYPE normal") == [2]
    assert ids("NOT-NAME two") == [1] and ids("ID 2 1 2") == [2, 1, 2]
    assert one.run("CLIENT LIST ID 2 foo") == "-ERR Invalid client ID"
    assert one.run("CLIENT LIST FOO x") == "-ERR syntax error"


def test_no_notifications_of_maintenance(peers):
    """Clients of today ask for them on each connection, and go by a prompt error."""
    refused = "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP."
    assert peers.connect().run("CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type none") == refused
