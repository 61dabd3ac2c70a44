"""Two servers in one process do not know of each other: in one thread, and each in its own.

What one is told, counts, keeps, renames, limits or writes, the other has no part in. The tests of a
pair run in one thread; at the end each server gets a thread, first running commands, then its loop.
"""

import os
import threading
import time

import pytest

from rediskit.config.configuration import Configuration
from rediskit.config.file import Declaration
from rediskit.errors import CommandError
from rediskit.server import Server
from tests.support.resp import Connection, words
from tests.support.servers import free_port

SECONDS = 0.5


class Side:
    """One of two servers, and a client of it: run("GET k")."""

    def __init__(self, folder, *arguments, renamed=(), random_seed=None):
        folder.mkdir(exist_ok=True)
        config = Configuration.load(["--dir", str(folder), *arguments])
        for number, pair in enumerate(renamed, 1):
            config.declare(Declaration("rename-command", list(pair), number, b""))
        self.folder = folder
        self.server = Server(config, random_seed=random_seed)
        self.client = self.server.client()

    def __call__(self, line):
        return self.server.execute(self.client, *words(line))

    def refusal(self, line):
        """The error that a command is refused with."""
        with pytest.raises(CommandError) as caught:
            self(line)
        return caught.value.text

    def info(self, section):
        """INFO as a dict of bytes."""
        text = self("INFO " + section).text
        return dict(line.split(b":", 1) for line in text.split(b"\r\n") if b":" in line)


@pytest.fixture
def make(tmp_path):
    """A function that makes a Side, with options, in a folder of a name; all are closed."""
    sides = []

    def make_side(name, *arguments, **options):
        sides.append(Side(tmp_path / name, *arguments, **options))
        return sides[-1]

    yield make_side
    for side in sides:
        side.server.close()


@pytest.fixture
def pair(make):
    """Two servers that are told nothing."""
    return make("one", "--enable-debug-command", "yes"), make("other")


# What they are told and count


def test_the_same_line_renames_in_each(make):
    line = [(b"GET", b"FETCH")]
    one, other = make("one", renamed=line), make("other", renamed=line)
    plain = make("plain")
    assert one("FETCH k") is other("FETCH k") is plain("GET k") is None
    assert one.refusal("GET k").startswith("ERR unknown command 'GET'")
    assert plain.refusal("FETCH k").startswith("ERR unknown command 'FETCH'")


def test_statistics(pair):
    one, other = pair
    one("CONFIG SET latency-tracking no")
    for _ in range(3):
        one("SET k v")
        one("GET k")
    other.refusal("GET")
    other.refusal("NONSENSE")
    ours, theirs = one.info("commandstats"), other.info("commandstats")
    assert ours[b"cmdstat_set"].startswith(b"calls=3,")
    assert b"cmdstat_set" not in theirs
    assert theirs[b"cmdstat_get"].startswith(b"calls=0,")
    assert b"rejected_calls=1" in theirs[b"cmdstat_get"]
    assert b"errorstat_ERR" not in one.info("errorstats")
    assert b"errorstat_ERR" in other.info("errorstats")
    assert one.info("stats")[b"keyspace_hits"] == b"3"
    assert other.info("stats")[b"keyspace_hits"] == b"0"
    assert other("LATENCY HISTOGRAM get") == {}
    other("CONFIG RESETSTAT")
    assert one.info("commandstats")[b"cmdstat_set"].startswith(b"calls=3,")


def test_configuration(pair):
    one, other = pair
    for directive, value in (("maxclients", "77"), ("hash-max-listpack-entries", "3")):
        before = other(f"CONFIG GET {directive}")
        one(f"CONFIG SET {directive} {value}")
        assert other(f"CONFIG GET {directive}") == before != one(f"CONFIG GET {directive}")
    for run in pair:
        run("HSET h a 1 b 2 c 3 d 4")
    assert one("OBJECT ENCODING h") == b"hashtable"
    assert other("OBJECT ENCODING h") == b"listpack"


def test_users(pair):
    one, other = pair
    one("ACL SETUSER ann on >secret ~a* +get")
    one("CONFIG SET requirepass hidden")
    assert other("ACL USERS") == [b"default"]
    assert other.refusal("AUTH ann secret").startswith("WRONGPASS")
    assert other.refusal("AUTH hidden").startswith("ERR AUTH <password> called without any")
    one("AUTH ann secret")
    assert one.refusal("GET b").startswith("NOPERM")
    assert other("GET b") is None
    one("AUTH hidden")
    assert {entry[b"reason"] for entry in one("ACL LOG")} == {b"key"}
    assert {entry[b"reason"] for entry in other("ACL LOG")} == {b"auth"}
    assert other("ACL WHOAMI") == b"default"


# What they keep


def test_data_and_databases(pair):
    one, other = pair
    for run in pair:
        run("SELECT 3")
        run("SET k " + run.folder.name)
    one("SELECT 0")
    one("SET zero 1")
    assert other("DBSIZE") == 1
    one("FLUSHALL")
    assert (one("DBSIZE"), other("GET k")) == (0, b"other")
    other("SWAPDB 0 3")
    other("SELECT 0")
    assert other("GET k") == b"other"
    assert one.info("keyspace") == {}


def test_transactions_and_watching(pair):
    one, other = pair
    one("WATCH k")
    one("MULTI")
    one("SET k 1")
    other("SET k 2")
    assert len(one("EXEC")) == 1
    assert (one("GET k"), other("GET k")) == (b"1", b"2")


def test_deadlines(pair):
    one, other = pair
    start_ms = one.server.clock.now_ms
    for run in pair:
        run("SET k v PX 1000")
    one.server.clock.set(start_ms + 5000)
    assert one("GET k") is None
    assert other("GET k") == b"v"
    assert (one.server.keyspace.expired, other.server.keyspace.expired) == (1, 0)


# What they hold


def fill(run, count=200):
    """Gives a server keys of a kilobyte each."""
    for number in range(count):
        run(f"SET key:{number} " + "v" * 1000)


def test_memory(pair):
    one, other = pair
    before = [int(run.info("memory")[b"used_memory"]) for run in pair]
    fill(one)
    ours, theirs = (run.info("memory") for run in pair)
    assert int(ours[b"used_memory"]) > before[0] + 200_000
    assert abs(int(theirs[b"used_memory"]) - before[1]) < 20_000
    assert int(theirs[b"used_memory_peak"]) < before[1] + 20_000
    assert other("MEMORY STATS")[b"dataset.bytes"] < 20_000 < one("MEMORY STATS")[b"dataset.bytes"]
    one("FLUSHALL")
    assert abs(int(one.info("memory")[b"used_memory"]) - before[0]) < 20_000


def test_limits_and_eviction(pair):
    one, other = pair
    limit = int(one.info("memory")[b"used_memory"]) + 100_000
    one(f"CONFIG SET maxmemory {limit} maxmemory-policy allkeys-random")
    fill(other, 1000)
    fill(one, 300)
    assert 20 < one("DBSIZE") < 300
    assert int(one.info("memory")[b"used_memory"]) <= limit + 20_000
    assert int(one.info("stats")[b"evicted_keys"]) == 300 - one("DBSIZE")
    assert other("DBSIZE") == 1000
    assert other.info("stats")[b"evicted_keys"] == b"0"
    other("CONFIG SET maxmemory 1")
    assert other.refusal("SET k v").startswith("OOM")
    one("SET k v")
    assert one("GET k") == b"v"


def drawn(run):
    """What a server draws at random, and what it evicts."""
    run("SADD members " + " ".join(map(str, range(100))))
    seen = [run("SPOP members") for _ in range(10)]
    seen += run("SRANDMEMBER members 5")
    for number in range(100):
        run(f"SET key:{number} v")
    seen += [run("RANDOMKEY") for _ in range(10)]
    return seen


def test_who_is_seeded_alike_draws_alike(make):
    one, other = make("one", random_seed=7), make("other", random_seed=7)
    third = make("third", random_seed=8)
    seen = drawn(one)
    assert drawn(third) != seen
    assert drawn(other) == seen


def test_draws_of_one_do_not_disturb_the_other(make):
    alone, one, other = (make(name, random_seed=7) for name in ("alone", "one", "other"))
    for run in (alone, one, other):
        run("SADD many " + " ".join(map(str, range(50))))
    expected = [alone("SPOP many") for _ in range(20)]
    mixed = [(one("SPOP many"), other("SRANDMEMBER many 3")) for _ in range(20)]
    assert [mine for mine, _ in mixed] == expected


# What they tell


class Listening:
    """A server that listens, and raw connections to it; its loop is turned by hand."""

    def __init__(self, side):
        self.side = side
        self.port = free_port()
        side.server.config.assign("bind", ("127.0.0.1",))
        side.server.config.assign("port", self.port)
        side.server.network.listen()

    def connect(self):
        """A new Connection, once it is accepted."""
        before = len(self.side.server.clients)
        connection = Connection(("127.0.0.1", self.port))
        while len(self.side.server.clients) == before:
            self.side.server.loop.turn()
        return connection

    def ask(self, connection, line):
        """Sends a command and returns the reply, turning the loop meanwhile."""
        connection.send(*words(line))
        answered = []
        waiting = threading.Thread(target=lambda: answered.append(connection.read()))
        waiting.start()
        self.turn_while(waiting.is_alive)
        return answered[0]

    def turn_while(self, condition, seconds=5):
        """Turns the loop while something is so."""
        end = time.monotonic() + seconds
        while condition():
            assert time.monotonic() < end
            self.side.server.loop.call_later(1, self.side.server.loop.wakeup)
            self.side.server.loop.turn()


@pytest.fixture
def listening(pair):
    """Both, listening on ports of their own."""
    return [Listening(side) for side in pair]


def test_channels_events_and_monitors(pair, listening):
    one, other = pair
    one("CONFIG SET notify-keyspace-events KEA")
    first = [side.connect() for side in listening]
    for side, connection in zip(listening, first, strict=True):
        assert side.ask(connection, "PSUBSCRIBE *").mark == "*"
    monitor = listening[1].connect()
    assert listening[1].ask(monitor, "MONITOR").content == "OK"
    assert (one("PUBLISH news x"), other("PUBSUB NUMPAT")) == (1, 1)
    one("SET k v")
    other("SET hidden v")
    other("PUBLISH news y")
    for side in listening:
        for _ in range(3):
            side.side.server.loop.call_later(0, side.side.server.loop.wakeup)
            side.side.server.loop.turn()
    told = [first[0].read().content[3].content for _ in range(3)]
    assert told == [b"x", b"set", b"k"]
    assert first[1].read().content[3].content == b"y"
    lines = [monitor.read().content for _ in range(3)]
    assert [line.split('"')[1] for line in lines] == ["PUBSUB", "SET", "PUBLISH"]
    for connection in (*first, monitor):
        connection.close()


def test_slow_log_and_latency(pair):
    one, other = pair
    one("CONFIG SET slowlog-log-slower-than 0 latency-monitor-threshold 1")
    one("SET k v")
    one("DEBUG SLEEP 0.005")
    assert one("SLOWLOG LEN") == 3
    assert other("SLOWLOG LEN") == 0
    assert [row[0] for row in one("LATENCY LATEST")] == ["command"]
    assert other("LATENCY LATEST") == []


# What they write


def test_each_has_its_own_directory(pair, tmp_path):
    one, other = pair
    here = os.getcwd()
    for run in pair:
        run("SET k " + run.folder.name)
        run("SAVE")
        assert run("CONFIG GET dir") == {b"dir": os.fsencode(run.folder)}
        assert os.listdir(run.folder) == ["dump.rdb"]
    for run in pair:
        run("FLUSHALL")
        assert run.server.snapshots.loads.load()
        assert run("GET k") == run.folder.name.encode()
    one.server.config.set_many({"dir": "../other", "dbfilename": "second.rdb"})
    one("SAVE")
    assert sorted(os.listdir(other.folder)) == ["dump.rdb", "second.rdb"]
    assert os.getcwd() == here


@pytest.mark.parametrize("is_forked", [True, False])
def test_both_save_into_one_directory_at_once(pair, monkeypatch, is_forked):
    one, other = pair
    monkeypatch.setattr(type(one.server.children), "can_fork", lambda self: is_forked)
    names = set()
    ends = time.monotonic() + 20
    for begun, run in enumerate(pair, 1):
        run("SET k " + run.folder.name)
        run("SET more 1")
        run.server.config.set_many(
            {
                "dir": str(one.folder),
                "dbfilename": run.folder.name + ".rdb",
                "rdb-key-save-delay": "200000",
            }
        )
        run.server.snapshots.is_automatic = True  # the loop is turned below
        run("BGSAVE")
        while len(names) < begun:
            names.update(name for name in os.listdir(one.folder) if name.startswith("temp-"))
            assert time.monotonic() < ends
    while any(run.server.children.current for run in pair):
        for run in pair:
            run.server.loop.call_later(1, run.server.loop.wakeup)
            run.server.loop.turn()
        assert time.monotonic() < ends
    assert len(names) == 2
    assert sorted(os.listdir(one.folder)) == ["one.rdb", "other.rdb"]
    for run in pair:
        run("FLUSHDB")
        run.server.snapshots.loads.load()
        assert run("GET k") == run.folder.name.encode()


def test_who_starts_leaves_what_the_other_writes(pair):
    one, other = pair
    other.server.config.set_many({"dir": str(one.folder)})
    one("SET k v")
    one.server.config.set_many({"rdb-key-save-delay": "1000000"})
    one.server.snapshots.is_automatic = True
    one("BGSAVE")
    while not os.listdir(one.folder):
        time.sleep(0.001)
    (one.folder / "temp-1-0123456789ab.rdb").touch()
    [*before] = os.listdir(one.folder)
    other.server.snapshots.loads.start(lambda succeeded: None)
    left = os.listdir(one.folder)
    assert len(left) == 1
    assert set(before) - set(left) == {"temp-1-0123456789ab.rdb"}


def test_a_child_holds_no_socket_of_any(pair, listening):
    one, _ = pair
    connections = [side.connect() for side in listening]
    one("SET k v")
    one.server.config.set_many({"rdb-key-save-delay": "1000000"})
    one.server.snapshots.is_automatic = True
    one("BGSAVE")
    descriptors = f"/proc/{one.server.children.current.process}/fd"
    ends = time.monotonic() + 5
    while True:
        names = [os.readlink(f"{descriptors}/{name}") for name in os.listdir(descriptors)]
        if any("temp-" in name for name in names):
            break
        assert time.monotonic() < ends
        time.sleep(0.002)
    ours = {
        f"socket:[{os.fstat(listener.socket.fileno()).st_ino}]"
        for side in listening
        for listener in side.side.server.network.listeners.listeners
    }
    ours |= {
        f"socket:[{os.fstat(connection.fd).st_ino}]"
        for side in listening
        for connection in side.side.server.network.connections
    }
    assert len(ours) == 4
    assert not ours & set(names)
    for connection in connections:
        connection.close()


# Each in a thread of its own


def in_threads(*functions):
    """Runs functions at once, each in its thread; raises what one raised."""
    mistakes = []

    def guarded(function):
        try:
            function()
        except BaseException as mistake:
            mistakes.append(mistake)
            raise

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not mistakes


def work(run, number):
    """Runs commands of every kind for some time, and looks at each reply."""
    ends = time.monotonic() + SECONDS
    turn = 0
    while time.monotonic() < ends:
        turn += 1
        key = f"k{turn % 50}"
        run(f"SET {key} {number}")
        assert run(f"GET {key}") == b"%d" % number
        run(f"RPUSH list:{key} c a b")
        assert list(run(f"SORT list:{key} ALPHA LIMIT 0 1")) == [b"a"]
        run(f"ZADD scores {turn} {key}")
        run(f"HSET hash {key} {turn}")
        run(f"SADD members {number}")
        assert run("SPOP members") == b"%d" % number
        run("SET short v PX 1")
        run("RANDOMKEY")
        run("SCAN 0 COUNT 20")
        run("INFO")
        if turn % 20 == 0:
            run("SAVE")
            run("MULTI")
            run(f"SELECT {turn % 16}")
            run("FLUSHDB")
            assert len(run("EXEC")) == 2
            run("SELECT 0")
            run("FLUSHALL ASYNC" if turn % 40 else "FLUSHALL")
    return turn


def test_two_threads_that_run_commands(pair):
    turns = []
    in_threads(
        *(
            lambda run=run, number=number: turns.append(work(run, number))
            for number, run in enumerate(pair)
        )
    )
    assert min(turns) > 20
    for run in pair:
        for database in run.server.keyspace.databases:
            database.table.check()
        calls = run.info("commandstats")[b"cmdstat_sort"]
        assert int(calls.split(b",")[0].removeprefix(b"calls=")) in turns


def test_two_threads_that_run_loops(make):
    ports = [free_port(), free_port()]
    sides = [
        make(f"loop{port}", "--port", str(port), "--bind", "127.0.0.1", "--save", "1 1")
        for port in ports
    ]
    ended = []
    threads = [
        threading.Thread(target=lambda side=side: ended.append(side.server.run())) for side in sides
    ]
    for thread in threads:
        thread.start()

    def talk(port):
        for _ in range(100):
            try:
                connection = Connection(("127.0.0.1", port))
                break
            except ConnectionError:
                time.sleep(0.02)
        with connection:
            for turn in range(300):
                assert connection.execute("SET", f"k{turn}", port).content == "OK"
                assert connection.execute("GET", f"k{turn}").content == b"%d" % port
            assert connection.execute("DBSIZE").content == 300
            assert connection.execute("BGSAVE").content == "Background saving started"
            while b"rdb_bgsave_in_progress:1" in connection.execute("INFO").content:
                time.sleep(0.01)
            connection.send("SHUTDOWN", "NOSAVE")

    in_threads(*(lambda port=port: talk(port) for port in ports))
    for thread in threads:
        thread.join(10)
    assert ended == [0, 0]
    for side, port in zip(sides, ports, strict=True):
        assert os.listdir(side.folder) == ["dump.rdb"]
        fresh = make(side.folder.name)
        assert fresh.server.snapshots.loads.load()
        assert fresh("GET k299") == b"%d" % port
