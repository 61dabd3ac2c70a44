"""MONITOR and SLOWLOG, over connections in this process."""

import re

import pytest

from tests.support.peers import Peers


@pytest.fixture
def peers():
    """A server with connections."""
    made = Peers()
    yield made
    made.close()


@pytest.fixture
def monitor(peers):
    """A client that monitors."""
    made = peers.connect("10.0.0.9:9")
    assert made.run("MONITOR") == "+OK"
    return made


def shown(monitor):
    """The next line of a monitor, without the time."""
    line = monitor.spelled()
    assert re.fullmatch(r"\+\d{10}\.\d{6} \[.*\] \".*\"", line)
    return line.partition(" ")[2]


def test_a_monitor_is_shown_every_call(peers, monitor):
    one = peers.connect("10.0.0.1:1")
    one.run("SET k v")
    one.run("SELECT 3")
    one.run("INCR k")
    assert shown(monitor) == '[0 10.0.0.1:1] "SET" "k" "v"'
    assert shown(monitor) == '[3 10.0.0.1:1] "SELECT" "3"'
    assert shown(monitor) == '[3 10.0.0.1:1] "INCR" "k"'
    assert monitor.is_silent()


def test_calls_that_fail_are_shown_and_requests_that_are_refused_are_not(peers, monitor):
    one = peers.connect("10.0.0.1:1")
    for line in ("SET k v", "LPUSH k x", "FOO", "GET", "CONFIG GET save", "CLIENT LIST", "PING"):
        one.run(line)
    assert shown(monitor).endswith('"SET" "k" "v"')
    assert shown(monitor).endswith('"LPUSH" "k" "x"')
    assert shown(monitor).endswith('"PING"')
    assert monitor.is_silent()


def test_an_exec_that_ends_a_transaction_in_vain_is_shown(peers, monitor):
    one = peers.connect("10.0.0.1:1")
    for lines in (("MULTI", "FOO", "EXEC"), ("MULTI", "EXEC x")):
        for line in lines:
            answer = one.run(line)
        assert answer.startswith("-EXECABORT")
        assert shown(monitor) == '[0 10.0.0.1:1] "MULTI"'
        assert shown(monitor).startswith('[0 10.0.0.1:1] "EXEC"')
        assert monitor.is_silent()


def test_passwords_are_not_shown(peers, monitor):
    one = peers.connect("10.0.0.1:1")
    one.run("AUTH default secret")
    one.run("HELLO 2 AUTH default secret SETNAME me")
    assert shown(monitor).endswith('"AUTH" "(redacted)" "(redacted)"')
    assert shown(monitor).endswith('"HELLO" "2" "AUTH" "(redacted)" "(redacted)" "SETNAME" "me"')


def test_a_call_that_waits_is_shown_once_when_it_begins(peers, monitor):
    one, other = peers.connect("10.0.0.1:1"), peers.connect("10.0.0.2:2")
    one.send("BLPOP", "l", "0")
    assert shown(monitor).endswith('"BLPOP" "l" "0"')
    other.run("RPUSH l x")
    assert one.spelled() == '["l", "x"]'
    assert shown(monitor).endswith('"RPUSH" "l" "x"')
    assert monitor.is_silent()


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_monitor_is_shown_its_own_calls_behind_their_replies(peers, protocol):
    monitor = peers.connect("10.0.0.9:9")
    monitor.run(f"HELLO {protocol}")
    assert monitor.run("MONITOR") == "+OK"
    assert monitor.run("PING") == "+PONG"
    assert shown(monitor) == '[0 10.0.0.9:9] "PING"'
    monitor.send("MONITOR")
    assert monitor.is_silent()


def test_a_monitor_must_leave_the_keys_alone(peers, monitor):
    assert monitor.run("GET k") == "-ERR Replica can't interact with the keyspace"
    assert monitor.run("SET k v") == "-ERR Replica can't interact with the keyspace"
    assert monitor.run("RESET") == "+RESET"
    assert monitor.run("SET k v") == "+OK"
    assert monitor.is_silent()


def test_a_monitor_is_marked_and_neither_paused_nor_timed_out(peers, monitor):
    one = peers.connect()
    assert "flags=O " in one.run("CLIENT LIST")
    one.run("CLIENT PAUSE 60000 ALL")
    assert monitor.run("PING") == "+PONG"
    server = peers.server
    server.config.set_many({"timeout": "10"})
    server.clock.set(server.clock.now_ms + 11_000)
    for _ in range(10):
        server.network.sweep()
    assert one.is_closed()
    assert monitor.client.connection.fd >= 0


def test_a_monitor_that_wants_no_replies_is_shown_nothing(peers, monitor):
    monitor.send("CLIENT", "REPLY", "OFF")
    peers.connect().run("PING")
    assert monitor.is_silent()


def test_a_monitor_that_goes_is_forgotten(peers, monitor):
    one = peers.connect()
    monitor.close()
    peers.turn_until(lambda: not peers.server.dispatcher.monitors.clients)
    assert one.run("PING") == "+PONG"


def test_programs_get_replies_only(execute):
    with pytest.raises(Exception, match="MONITOR isn't allowed for DENY BLOCKING client"):
        execute("MONITOR")


# SLOWLOG


@pytest.fixture
def slow(execute):
    """Runs command lines on a server to which every call is slow."""
    execute("CONFIG SET slowlog-log-slower-than 0")
    execute("SLOWLOG RESET")
    return execute


def logged(execute, count=-1):
    """The requests in the slow log, the newest first."""
    return [b" ".join(call[3]) for call in execute(f"SLOWLOG GET {count}")]


def test_what_is_slow_is_kept(slow):
    slow("SET k v")
    slow("GET k")
    assert logged(slow) == [b"GET k", b"SET k v", b"SLOWLOG RESET"]
    assert slow("SLOWLOG LEN") == 4


def test_an_entry(slow):
    slow("CLIENT SETNAME me")
    number, seconds, microseconds, words, address, name, count = slow("SLOWLOG GET 1")[0]
    assert (number, words, address, name) == (2, [b"CLIENT", b"SETNAME", b"me"], b"", b"me")
    assert count == 3
    assert seconds == slow.server.clock.seconds
    assert microseconds >= 0


def test_how_much_of_a_call_is_kept(slow):
    slow("CONFIG SET slowlog-entry-max-argc 4 slowlog-entry-max-string-len 5")
    slow("RPUSH list 12345 123456 3 4 5 6")
    assert slow("SLOWLOG GET 1")[0][3] == [b"RPUSH", b"list", b"12345", b"... (5 more arguments)"]
    assert slow("SLOWLOG GET 2")[1][6] == 8
    slow("CONFIG SET slowlog-entry-max-argc 32")
    slow("SET k 1234567")
    assert slow("SLOWLOG GET 1")[0][3] == [b"SET", b"k", b"12345... (2 more bytes)"]
    with pytest.raises(Exception, match="argument must be between 2 and 2147483647 inclusive"):
        slow("CONFIG SET slowlog-entry-max-argc 1")


def test_what_info_tells_of_slow_calls(slow):
    slow("CONFIG RESETSTAT")
    slow("PING")
    slow("PING")
    text = slow("INFO stats").text
    assert b"slowlog_commands_count:3\r\n" in text
    assert b"slowlog_commands_time_ms_sum:" in text and b"slowlog_commands_time_ms_max:" in text


def test_how_many_are_shown(slow):
    for _ in range(20):
        slow("PING")
    slow("CONFIG SET slowlog-log-slower-than -1")
    assert [len(slow(f"SLOWLOG GET {count}")) for count in ("", 0, 3, 99, -1)] == [10, 0, 3, 21, 21]
    for count in ("-2", "x", "1.5", "99999999999999999999"):
        with pytest.raises(Exception, match="count should be greater than or equal to -1"):
            slow(f"SLOWLOG GET {count}")


def test_what_is_not_slow_enough_is_not_kept(execute):
    execute("CONFIG SET slowlog-log-slower-than 100000000")
    execute("SLOWLOG RESET")
    execute("PING")
    assert execute("SLOWLOG LEN") == 0
    execute("CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 0")
    assert execute.server.dispatcher.slow_calls.limit_us > 1 << 60
    execute("PING")
    assert execute("SLOWLOG LEN") == 0


def test_passwords_are_not_kept(slow):
    slow("AUTH default secret")
    slow("CONFIG SET requirepass secret timeout 0")
    assert logged(slow, 2) == [
        b"CONFIG SET requirepass (redacted) timeout 0",
        b"AUTH (redacted) (redacted)",
    ]


def test_calls_that_fail_are_kept_and_requests_that_are_refused_are_not(slow):
    slow("SET k v")
    for line in ("INCR k", "FOO", "GET"):
        with pytest.raises(Exception, match="ERR"):
            slow(line)
    assert logged(slow, 1) == [b"INCR k"]


def test_a_call_that_waits_is_kept_when_its_wait_is_over(peers):
    one, other = peers.connect(), peers.connect()
    other.run("CONFIG SET slowlog-log-slower-than 0")
    one.send("BLPOP", "l", "0")
    assert one.is_silent()
    assert "BLPOP" not in other.run("SLOWLOG GET")
    other.run("RPUSH l x")
    assert other.run("SLOWLOG GET").count("BLPOP") == 1
    assert one.spelled() == '["l", "x"]'
    assert one.run("BLPOP l 0.001") == "nil*"
    assert other.run("SLOWLOG GET").count("BLPOP") == 2


@pytest.mark.parametrize(
    ("slowlog_us", "most", "latency_ms", "expected_us"),
    [
        (10000, 128, 0, 10000),
        (10000, 128, 5, 5000),
        (-1, 128, 5, 5000),
        (500, 0, 1, 1000),
        (7, 1, 1, 7),
        (0, 1, 1, 0),
        (-1, 1, 0, (1 << 63) - 1),
        (-1, 1, (1 << 63) - 1, (1 << 63) - 1),
    ],
)
def test_what_the_dispatcher_takes_for_slow(execute, slowlog_us, most, latency_ms, expected_us):
    execute(
        f"CONFIG SET slowlog-log-slower-than {slowlog_us} slowlog-max-len {most} "
        f"latency-monitor-threshold {latency_ms}"
    )
    assert execute.server.dispatcher.slow_calls.limit_us == expected_us
