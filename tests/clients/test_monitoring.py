"""What a monitor is shown, and what the slow log keeps."""

import pytest

from rediskit.clients.monitoring import SlowLog, monitor_line
from rediskit.server import Server


@pytest.fixture
def client():
    return Server().client()


def line(client, *words):
    return monitor_line(client, list(words), 1_700_000_000_000_042)


def test_a_line_tells_when_who_and_what(client):
    client.address = "127.0.0.1:50"
    assert line(client, b"GET", b"k") == b'+1700000000.000042 [0 127.0.0.1:50] "GET" "k"\r\n'
    client.database = client.server.keyspace.databases[3]
    assert line(client, b"PING") == b'+1700000000.000042 [3 127.0.0.1:50] "PING"\r\n'


def test_a_line_is_one_line_whatever_is_in_the_request(client):
    shown = line(client, b"SET", b'a\r\n"\\', b"\x00\xff")
    assert shown.endswith(b'"SET" "a\\r\\n\\"\\\\" "\\x00\\xff"\r\n')


@pytest.mark.parametrize(
    ("address", "shown"),
    [("", b"[0 ?:0]"), ("/run/r.sock:0", b"[0 unix:/run/r.sock]"), ("[::1]:7", b"[0 [::1]:7]")],
)
def test_addresses(client, address, shown):
    client.address = address
    assert shown in line(client, b"PING")


@pytest.mark.parametrize("count", [31, 32, 33, 34, 1000])
def test_a_long_request_is_cut_to_32_words(count):
    words = [b"%d" % number for number in range(count)]
    if count <= 32:
        assert SlowLog(None).cut(words) == words
    else:
        assert SlowLog(None).cut(words) == [*words[:31], b"... (%d more arguments)" % (count - 31)]


def test_a_long_word_is_cut_to_128_bytes():
    assert SlowLog(None).cut([b"x" * 128]) == [b"x" * 128]
    assert SlowLog(None).cut([b"x" * 129]) == [b"x" * 128 + b"... (1 more bytes)"]
    assert SlowLog(None).cut([b"\0" * 5000]) == [b"\0" * 128 + b"... (4872 more bytes)"]


@pytest.fixture
def log(client):
    made = SlowLog(client.server.clock)
    made.follow(100, 3)
    return made


def note(log, client, microseconds, *words):
    log.note(client, client.server.commands.find(list(words)), list(words), microseconds)


def test_the_newest_slow_calls_are_kept(log, client):
    client.name, client.address = b"me", "127.0.0.1:50"
    for microseconds in (99, 100, 101, 102, 103):
        note(log, client, microseconds, b"GET", b"k")
    assert [call.microseconds for call in log.calls] == [103, 102, 101]
    assert [call.number for call in log.calls] == [3, 2, 1]
    newest = log.calls[0]
    assert newest.arguments == [b"GET", b"k"]
    assert (newest.address, newest.name) == (b"127.0.0.1:50", b"me")
    assert newest.seconds == client.server.clock.seconds


def test_numbers_go_on_when_the_log_is_cleared(log, client):
    note(log, client, 200, b"PING")
    log.clear()
    note(log, client, 200, b"PING")
    assert [call.number for call in log.calls] == [1]


@pytest.mark.parametrize(("limit_us", "most_calls"), [(-1, 3), (0, 0)])
def test_a_log_that_is_off_keeps_nothing(log, client, limit_us, most_calls):
    log.follow(limit_us, most_calls)
    assert not log.is_on
    note(log, client, 1 << 40, b"PING")
    assert not log.calls


def test_the_log_shrinks_with_the_next_call(log, client):
    for _ in range(3):
        note(log, client, 200, b"PING")
    log.follow(100, 1)
    assert len(log.calls) == 3
    note(log, client, 300, b"PING")
    assert [call.microseconds for call in log.calls] == [300]
    log.follow(100, 0)
    assert not log.calls
