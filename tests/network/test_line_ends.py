"""CR and LF never leave in a line of a reply, nor in the log, wherever a client puts them.

Every command is given them in every argument. Behind each request comes an ECHO: if its reply does
not follow the request's one reply at once, something that looked like a reply came between.
"""

import pytest

from rediskit.grammar.command import DECLARED
from rediskit.logfile import Log
from tests.support.peers import Peers
from tests.support.soup import LEFT_OUT, SILENCING, fill

SPLITTING = b"a\r\n+OK\r\n:1\n$-1\r\n\x1b[31m"
MOST_ARGUMENTS = 6

# Others have more than one reply, or change those that follow.
CONVERSATIONAL = b"""
    subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe monitor multi sync psync
    reset wait waitaof
""".split()


def commands():
    left_out = {*LEFT_OUT, *SILENCING, *CONVERSATIONAL}
    return [each for each in DECLARED.every() if each.name not in left_out]


@pytest.fixture
def peers(tmp_path):
    made = Peers()
    fill(lambda words: made.server.execute(made.server.client(), *words))
    log = made.server.log
    log.level, log.path = Log().level, str(tmp_path / "log")
    yield made
    made.close()
    text = (tmp_path / "log").read_bytes() if (tmp_path / "log").exists() else b""
    assert b"\r" not in text and b"\x1b" not in text
    assert all(b":" in line.partition(b" ")[0] for line in text.splitlines())


def lines_of(reply):
    """The texts of all that is a line within a reply."""
    if reply.mark in "+-(,":
        yield reply.content
    elif reply.mark in "*~>" and reply.content:
        for each in reply.content:
            yield from lines_of(each)
    elif reply.mark == "%":
        for pair in reply.content:
            for each in pair:
                yield from lines_of(each)


def splits(peer, words):
    """Whether a request is answered by anything but one reply whose lines are whole."""
    peer.send(*words)
    peer.send("ECHO", "behind")
    reply = peer.read()
    if any("\r" in line or "\n" in line for line in lines_of(reply)):
        return True
    return peer.spelled() != '"behind"'


@pytest.mark.parametrize("protocol", [2, 3])
def test_no_argument_splits_a_reply(peers, protocol):
    faulty = []
    for command in commands():
        peer = peers.connect()
        peer.execute("HELLO", protocol)
        for count in range(MOST_ARGUMENTS + 1):
            for key in (SPLITTING, b"text", b"list"):
                words = [*command.name.split(b"|"), *[key, *[SPLITTING] * MOST_ARGUMENTS][:count]]
                if splits(peer, words):
                    faulty.append(words)
                    peer = peers.connect()
        peer.close()
        peers.peers.remove(peer)
    assert not faulty


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize(
    "words",
    [
        [SPLITTING],
        [SPLITTING, SPLITTING],
        [b"CONFIG", SPLITTING],
        [b"CLIENT", SPLITTING],
        [b"CONFIG", b"SET", SPLITTING, SPLITTING],
        [b"CONFIG", b"SET", b"maxmemory", SPLITTING],
        [b"CONFIG", b"SET", b"bind", SPLITTING],
        [b"CONFIG", b"SET", b"dir", SPLITTING],
        [b"CONFIG", b"GET", SPLITTING],
        [b"ACL", b"SETUSER", SPLITTING, SPLITTING],
        [b"ACL", b"SETUSER", b"u", SPLITTING],
        [b"HELLO", SPLITTING],
        [b"HELLO", b"2", b"SETNAME", SPLITTING],
        [b"AUTH", SPLITTING, SPLITTING],
        [b"CLIENT", b"SETNAME", SPLITTING],
        [b"CLIENT", b"SETINFO", b"LIB-NAME", SPLITTING],
        [b"DEBUG", SPLITTING],
        [b"SET", b"k", b"v", SPLITTING],
        [b"COMMAND", b"INFO", SPLITTING],
        [b"LATENCY", b"GRAPH", SPLITTING],
        [b"OBJECT", SPLITTING, b"k"],
    ],
)
def test_no_name_or_value_splits_an_error(peers, protocol, words):
    peer = peers.connect()
    peer.execute("HELLO", protocol)
    assert not splits(peer, words)


def test_inline_requests_cannot_either(peers):
    peer = peers.connect()
    peer.send_raw(b'"a\\r\\n+OK" "\\n"\r\nECHO behind\r\n')
    reply = peer.read()
    assert reply.is_error and "\n" not in reply.content and "\r" not in reply.content
    assert peer.spelled() == '"behind"'
