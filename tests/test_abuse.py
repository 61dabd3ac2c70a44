"""Whatever one throws at a server, it goes on, and has a reply or an error for everything.

Commands with senseless arguments (support.soup), looked at closely within this process; the same
over connections; bytes that are no requests. `python -m tests.support.soup` goes on for longer.
"""

import contextlib
import gc
import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory
from tests.support.peers import Peers
from tests.support.resp import request
from tests.support.soup import LEFT_OUT, Soup, fill
from tests.support.taster import Taster

REQUESTS = 1000
CONNECTIONS = 6
SPILT_BYTES = 64 << 10
MOST_RESIDENT = 400 << 20


@pytest.mark.parametrize("seed", range(4))
def test_every_command_replies_or_refuses(seed):
    taster = Taster(seed)
    taster.taste(REQUESTS)
    assert taster.done > REQUESTS / 5
    assert taster.refused > REQUESTS / 5


def test_memory_is_given_back():
    Taster(0).taste(10)
    gc.collect()
    before = memory.statistics()["allocated"]
    Taster(1).taste(REQUESTS)
    gc.collect()
    assert memory.statistics()["allocated"] - before < SPILT_BYTES


class Guests:
    """Some connections to a server in this process, which is watched for mistakes of its own."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.soup = Soup(seed, LEFT_OUT)
        self.peers = Peers()
        self.mistakes = []
        self.peers.server.log.warning = self.warned
        self.peers.server.config.set_many({"proto-max-bulk-len": "1mb"})
        fill(lambda words: self.peers.server.execute(self.peers.server.client(), *words))
        self.open = [self.peers.connect() for _ in range(CONNECTIONS)]

    def warned(self, text):
        """Takes a warning of the log: only those about attackers are no mistake of the server."""
        if "SECURITY ATTACK" not in text:
            self.mistakes.append(text)

    def say(self, data):
        """One of the connections sends bytes, in two parts; what has come until then is dropped."""
        place = self.random.randrange(CONNECTIONS)
        cut = self.random.randrange(len(data) + 1)
        for part in (data[:cut], data[cut:]):
            try:
                self.open[place].socket.sendall(part)
                self.peers.turn(1)
                while self.open[place].socket.recv(1 << 16):
                    continue
                raise ConnectionResetError
            except BlockingIOError:
                continue
            except ConnectionError:
                self.open[place].close()
                self.open[place] = self.peers.connect()
                break

    def leave(self):
        """The server must still know its words, and have made no mistake."""
        assert self.peers.connect().run("ECHO here") == '"here"'
        self.peers.close()
        assert not self.mistakes, self.mistakes[0]


@pytest.fixture
def guests():
    made = []

    def make(seed):
        made.append(Guests(seed))
        return made[-1]

    yield make
    for each in made:
        each.leave()


@pytest.mark.parametrize("seed", range(2))
def test_senseless_requests_of_several_clients(guests, seed):
    company = guests(seed)
    for _ in range(REQUESTS):
        company.say(request(*company.soup.request()))


@pytest.mark.parametrize("seed", range(2))
def test_damaged_requests(guests, seed):
    company = guests(seed)
    for _ in range(REQUESTS):
        count = company.random.choice([1, 1, 2, 20])
        data = b"".join(request(*company.soup.request()) for _ in range(count))
        company.say(damaged(company.random, data))


def damaged(choose, data):
    """Bytes with some of them missing, doubled, exchanged or thrown in."""
    data = bytearray(data)
    for _ in range(choose.choice([0, 1, 1, 3])):
        place = choose.randrange(len(data) + 1)
        length = choose.choice([1, 1, 2, 10])
        put = choose.choice(
            [
                b"",
                b"\r\n",
                b"\n",
                b"*",
                b"$",
                b"-1",
                b"0",
                b"99999999999999999999",
                b"2147483648",
                bytes(data[place : place + length]) * 2,
                choose.randbytes(length),
            ]
        )
        data[place : place + length] = put
    return bytes(data)


PIECES = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"\r",
        b"*1",
        b"*2\r\n",
        b"$4\r\nPING\r\n",
        b"$",
        b"-",
        b"*-1\r\n",
        b"*0\r\n",
        b"$-1\r\n",
        b'"',
        b"'",
        b"\\x",
        b"PING",
        b" ",
        b"\x00",
        b"GET text",
        b"POST",
        b"+OK\r\n",
        b"*2147483648\r\n",
        b"$1048577\r\n",
        b"*99999999999999999999\r\n",
        b"*+1\r\n",
        b"*01\r\n",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=8), max_size=12).map(b"".join))
@settings(max_examples=100, deadline=None)
def test_any_bytes(data):
    company = Guests(0)
    with contextlib.ExitStack() as stack:
        stack.callback(company.leave)
        company.say(data)


def test_a_running_server_survives(start_server):
    server = start_server(enable_debug_command="yes", proto_max_bulk_len="1mb")
    choose = random.Random(5)
    soup = Soup(5, LEFT_OUT)
    for turn in range(40):
        with server.connect() as connection, contextlib.suppress(ConnectionError):
            for _ in range(20):
                data = request(*soup.request())
                connection.send_raw(damaged(choose, data) if turn % 2 else data)
    with server.connect() as connection:
        assert connection.run("ECHO alive").content == b"alive"
        info = connection.run("INFO memory").content.decode()
    resident = int(info.partition("used_memory_rss:")[2].split()[0])
    assert resident < MOST_RESIDENT
    for sign in ("Command failed", "Failure in", "Traceback"):
        assert sign not in server.log


@pytest.fixture
def newcomers():
    """Peers of a server whose password nobody has shown yet."""
    peers = Peers(requirepass="secret")
    yield peers
    peers.close()


def test_a_newcomer_who_reads_nothing_is_sent_away(newcomers):
    newcomer = newcomers.connect()
    refused = newcomers.server.network.unauthenticated_limit.hard_bytes

    def is_sent_away():
        with contextlib.suppress(BlockingIOError, ConnectionError):
            newcomer.socket.send(request("PING") * 100)
        assert len(newcomer.client.output) < 2 * refused
        return newcomer.connection.fd < 0

    newcomers.turn_until(is_sent_away)


def test_who_has_shown_the_password_may_read_later(newcomers):
    peer = newcomers.connect()
    peer.run("AUTH secret")
    for _ in range(200):
        peer.send("ECHO", "x" * 2000)
        newcomers.turn(1)
    assert len(peer.client.output) > newcomers.server.network.unauthenticated_limit.hard_bytes
    assert [peer.spelled() for _ in range(200)] == ['"' + "x" * 2000 + '"'] * 200


def test_newcomers_do_not_hold_others_back(newcomers):
    known = newcomers.connect()
    known.run("AUTH secret")
    crowd = [newcomers.connect() for _ in range(50)]
    for newcomer in crowd:
        newcomer.socket.send(request("PING") * 300)
    network = newcomers.server.network
    network.reset_statistics()
    known.send("ECHO", "hello")
    newcomers.turn(2)
    assert network.reads_processed < 25
    assert known.spelled() == '"hello"'
    for newcomer in crowd:
        assert [newcomer.spelled() for _ in range(300)] == [
            "-NOAUTH Authentication required."
        ] * 300


def test_newcomers_may_announce_little(newcomers):
    for data, reply in (
        (b"*11\r\n", "-ERR Protocol error: unauthenticated multibulk length"),
        (b"*2\r\n$16385\r\n", "-ERR Protocol error: unauthenticated bulk length"),
        (b"x" * (64 << 10) + b"y", "-ERR Protocol error: too big inline request"),
    ):
        newcomer = newcomers.connect()
        newcomer.socket.send(data)
        assert newcomer.spelled() == reply
        assert newcomer.is_closed()
    newcomer = newcomers.connect()
    newcomer.send("SET", "k", "x" * 16000)
    assert newcomer.spelled() == "-NOAUTH Authentication required."


MIDDLES = [
    b"",
    b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$900000\r\n" + b"x" * 50_000,
    b"*1000000\r\n$1\r\na\r\n",
    b"x" * 1000,
    b"MULTI\r\nSET k v\r\n",
    b"BLPOP nothing 0\r\nPING\r\n",
    b"WATCH k\r\n",
    b"GET large\r\n" * 20,
    b"LRANGE list 0 -1\r\n" * 20,
    b"CLIENT PAUSE 1\r\nSET k v\r\n",
    b"SUBSCRIBE c\r\n",
    b"MONITOR\r\n",
]


def test_whoever_hangs_up_in_the_middle_leaves_nothing():
    peers = Peers()
    server = peers.server
    setter = server.client()
    server.execute(setter, b"SET", b"large", b"x" * (1 << 20))
    server.execute(setter, b"RPUSH", b"list", *[b"y" * 100] * 5000)

    def hang_up():
        for data in MIDDLES:
            peer = peers.connect()
            with contextlib.suppress(BlockingIOError):
                peer.socket.send(data)
            peers.turn()
            peer.close()
        peers.peers.clear()
        peers.turn()
        gc.collect()
        assert not server.network.connections and not server.clients
        return memory.statistics()["allocated"], len(os.listdir("/proc/self/fd"))

    hang_up()
    used, files = hang_up()
    for _ in range(5):
        last = hang_up()
    assert last[1] == files
    assert last[0] - used < SPILT_BYTES
    assert not len(server.dispatcher.waiting)
    peers.close()
