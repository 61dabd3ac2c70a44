"""Set commands: events, what logs and replicas get, encodings by configuration, large replies."""

import random

import pytest

from rediskit.errors import CommandError
from tests.support.resp import words

SMALLEST = -(1 << 63)


def members(run, key="s"):
    return set(run(f"SMEMBERS {key}"))


@pytest.mark.parametrize(("before", "line", "events"), [
    ("", "SADD s a b", "sadd"),
    ("SADD s a", "SADD s a", ""),
    ("SADD s a b", "SREM s a x", "srem"),
    ("SADD s a b", "SREM s x", ""),
    ("SADD s a b", "SREM s a b", "srem del"),
    ("SADD s a b", "SPOP s", "spop"),
    ("SADD s a", "SPOP s", "spop del"),
    ("SADD s a b", "SPOP s 1", "spop"),
    ("SADD s a b", "SPOP s 2", "spop del"),
    ("SADD s a b", "SPOP s 0", ""),
    ("", "SPOP s 5", ""),
    ("SADD s a b", "SMOVE s t a", "srem sadd"),
    ("SADD s a", "SMOVE s t a", "srem del sadd"),
    ("SADD s a b", "SMOVE s s a", ""),
    ("SADD s a b", "SMOVE s t x", ""),
    ("SADD s a b", "SINTERSTORE d s", "sinterstore"),
    ("SADD s a b", "SUNIONSTORE d s", "sunionstore"),
    ("SADD s a b", "SDIFFSTORE d s", "sdiffstore"),
    ("SADD d a b", "SINTERSTORE d none", "del"),
    ("SADD d a b", "SUNIONSTORE d none", "del"),
    ("SADD d a b", "SDIFFSTORE d none", "del"),
    ("", "SDIFFSTORE d none", ""),
    ("SADD s a", "SRANDMEMBER s -5", ""),
])  # fmt: skip
def test_events(run, before, line, events):
    if before:
        run(before)
    assert run.told(line) == events


def test_a_move_to_a_set_that_has_the_member_announces_one_change(run):
    run("SADD s a b")
    run("SADD t a")
    assert run.told("SMOVE s t a") == "srem"


def test_spop_is_handed_on_as_what_it_removed(run):
    run("SADD s a b c")
    (request,) = run.handed_on("SPOP s")
    assert request.startswith(b"SREM s ") and members(run) == {b"a", b"b", b"c"} - {request[7:]}
    (request,) = run.handed_on("SPOP s 1")
    assert request.startswith(b"SREM s ")
    assert run.handed_on("SPOP s 1") == [b"DEL s"]
    assert run.handed_on("SPOP s 1") == run.handed_on("SPOP s") == []


def test_a_large_spop_is_handed_on_in_parts(run):
    run("SADD s " + " ".join(map(str, range(5000))))
    first, *requests, last = run.handed_on("SPOP s 4500")
    assert (first, last) == (b"MULTI", b"EXEC")
    removed = [request.split()[2:] for request in requests]
    assert all(request.startswith(b"SREM s ") for request in requests)
    assert [len(each) for each in removed] == [1024, 1024, 1024, 1024, 404]
    left = {b"%d" % number for number in range(5000)} - {each for part in removed for each in part}
    assert members(run) == left


@pytest.mark.parametrize(("lines", "encoding"), [
    ("SADD s 1 2 3 4", "intset"),
    ("SADD s 1 2 3 4|SADD s 5", "hashtable"),
    ("SADD s 1 2 3 4 5", "listpack"),
    ("SADD s 1 2 3 4 5 6 7", "hashtable"),
    ("SADD s a 1 2 3 4 5", "listpack"),
    ("SADD s a 1 2 3 4 5|SADD s 6", "hashtable"),
    ("SADD s 1|SADD s a", "listpack"),
    ("SADD s 123456789", "intset"),
    ("SADD s 123456789|SADD s a", "hashtable"),
    ("SADD s a|SADD s 123456789", "hashtable"),
    ("SADD s a|SADD s 12345678", "listpack"),
    ("SADD s 1|SADD s 1 1 1 1 1", "hashtable"),
    ("SADD s a|SADD s 1 1 1 1 1 1 1", "hashtable"),
    ("SADD a 1 2 x|SADD b 1 2 y|SINTERSTORE s a b", "intset"),
    ("SADD a 1 2 x|SADD b 1 y x|SINTERSTORE s a b", "listpack"),
    ("SADD a 1 2|SADD b 3 4|SUNIONSTORE s a b", "intset"),
    ("SADD a 1 2|SADD b 3 4 5|SUNIONSTORE s a b", "hashtable"),
    ("SADD a 1 2|SADD b x|SUNIONSTORE s a b", "listpack"),
    ("SADD a 1 2 3 4|SADD b 3 4 a|SDIFFSTORE s a b", "intset"),
    ("SADD a x|SMOVE a s x", "listpack"),
    ("SADD a 1|SMOVE a s 1", "intset"),
    ("SADD a 1 2 x|SREM a x|COPY a s", "listpack"),
])  # fmt: skip
def test_encodings_follow_the_configuration(run, lines, encoding):
    run("CONFIG SET set-max-intset-entries 4 set-max-listpack-entries 6 set-max-listpack-value 8")
    for line in lines.split("|"):
        run(line)
    assert run("OBJECT ENCODING s") == encoding.encode()


def test_the_last_few_of_a_large_set_become_small_again(run):
    run("SADD s " + " ".join(f"m{number}" for number in range(1000)))
    assert run("OBJECT ENCODING s") == b"hashtable"
    popped = run("SPOP s 990")
    assert run("OBJECT ENCODING s") == b"listpack"
    assert len(set(popped)) == 990 and len(members(run)) == 10


@pytest.mark.parametrize("small", [3, 50, 400])
@pytest.mark.parametrize("kind", ["%d", "m%d"])
def test_differences_and_others_as_python_has_them(run, small, kind):
    generator = random.Random(small)
    model = {}
    for name in "abc":
        size = small if name == "a" else generator.randrange(1, 900)
        model[name] = {(kind % generator.randrange(1000)).encode() for _ in range(size)}
        run.server.execute(run.client, b"SADD", name.encode(), *model[name])
    for keys in ("a b", "b a", "a b c", "c a b", "b c"):
        first, *rest = (model[name] for name in keys.split())
        assert set(run(f"SINTER {keys}")) == first.intersection(*rest)
        assert set(run(f"SUNION {keys}")) == first.union(*rest)
        assert set(run(f"SDIFF {keys}")) == first.difference(*rest)
        for command, wanted in (
            ("SINTERSTORE", first.intersection(*rest)),
            ("SUNIONSTORE", first.union(*rest)),
            ("SDIFFSTORE", first.difference(*rest)),
        ):
            assert run(f"{command} d {keys}") == len(wanted)
            assert members(run, "d") == wanted
        assert run(f"SINTERCARD {len(keys.split())} {keys}") == len(first.intersection(*rest))
    for name in "abc":
        assert members(run, name) == model[name]


def test_a_result_does_not_share_members_with_its_sources(run):
    run("SADD s a b c")
    for command in ("SUNIONSTORE d s", "SDIFFSTORE d s", "SINTERSTORE d s"):
        run(command)
        run("SREM d a")
        assert members(run) == {b"a", b"b", b"c"} and members(run, "d") == {b"b", b"c"}


def test_a_scan_meets_all_that_stays(run):
    run("SADD s " + " ".join(f"stays{number}" for number in range(300)))
    cursor, met, step = b"0", set(), 0
    while step == 0 or cursor != b"0":
        cursor, found = run(f"SSCAN s {cursor.decode()} COUNT 5")
        met.update(found)
        run(f"SADD s comes{step} comes{step + 1}")
        run(f"SREM s comes{step}")
        step += 1
    assert step > 20
    assert {b"stays%d" % number for number in range(300)} <= met


def test_a_scan_with_a_pattern(run):
    run("SADD s " + " ".join(f"m{number}" for number in range(500)))
    cursor, met = run("SSCAN s 0 MATCH m*7 COUNT 1000")
    assert cursor == b"0" and set(met) == {b"m%d" % n for n in range(500) if n % 10 == 7}


@pytest.mark.parametrize("command", ["SPOP s", "SRANDMEMBER s", "SRANDMEMBER s -100"])
def test_a_count_out_of_range_changes_nothing(run, command):
    run("SADD s a b")
    for count in (SMALLEST, 1 << 63, "1x"):
        with pytest.raises(CommandError):
            run(f"{command.split()[0]} s {count}")
    assert members(run) == {b"a", b"b"}


def test_as_many_draws_as_one_likes_take_no_memory_before_they_are_written(run):
    run("SADD s a b")
    before = run.server.account.used()
    draws = run("SRANDMEMBER s -9223372036854775807")
    assert len(draws) == (1 << 63) - 1
    assert next(iter(draws)) in (b"a", b"b")
    assert run.server.account.used() - before < 1000


def test_expired_sets_are_missing(run):
    run("SADD s a")
    run("PEXPIRE s 100")
    run.at(100)
    assert list(run("SMEMBERS s")) == [] and run("SADD s b") == 1
    assert members(run) == {b"b"} and run("TTL s") == -1


def test_large_members_and_many_of_them(run):
    large = b"x" * 100_000
    assert run.server.execute(run.client, b"SADD", b"s", large, b"", large) == 2
    assert run.server.execute(run.client, b"SISMEMBER", b"s", large) == 1
    assert run.server.execute(run.client, *words("SREM s"), large) == 1
    assert list(run("SMEMBERS s")) == [b""]


def used_memory(connection):
    _, text = connection.run("INFO memory")
    return int(text.split(b"used_memory:")[1].split()[0])


def read_bytes(connection, count):
    received = bytearray()
    while len(received) < count:
        received += connection.socket.recv(count - len(received))
    return bytes(received)


def test_draws_without_end_are_streamed(server):
    with server.connect() as connection, server.connect() as other:
        connection.run("SADD s a b")
        before = used_memory(other)
        connection.send(b"SRANDMEMBER", b"s", b"-9000000000000000000")
        assert read_bytes(connection, 22) == b"*9000000000000000000\r\n"
        for _ in range(2):
            draws = read_bytes(connection, 7 * 1_000_000)
            assert draws.count(b"$1\r\na\r\n") + draws.count(b"$1\r\nb\r\n") == 1_000_000
            assert used_memory(other) - before < 10_000_000
            other.run("DEL s")
    with server.connect() as connection:
        assert connection.run("PING") == ("+", "PONG")


def test_requests_behind_a_streamed_reply_are_served_when_it_ends(server):
    with server.connect() as connection:
        connection.run("SADD s member")
        connection.send(b"SRANDMEMBER", b"s", b"-200000")
        connection.send(b"SCARD", b"s")
        reply = b"*200000\r\n" + b"$6\r\nmember\r\n" * 200_000 + b":1\r\n"
        assert read_bytes(connection, len(reply)) == reply
        assert connection.run("PING") == ("+", "PONG")


def test_draws_that_are_not_streamed_are_whole(server):
    with server.connect() as connection:
        connection.run("SADD s a b")
        _, draws = connection.run("SRANDMEMBER s -5000")
        assert len(draws) == 5000
