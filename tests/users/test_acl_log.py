"""The log of what was denied: what is one entry, and how many are kept."""

import pytest

from rediskit.config.configuration import Configuration
from rediskit.users.acl_log import AUTHENTICATION_DENIED, RECENT, SAME_WITHIN_MS, ACLLog
from rediskit.users.selector import COMMAND_DENIED, KEY_DENIED


class At:
    """A clock that stands still."""

    def __init__(self):
        self.now_ms = 1_700_000_000_000


@pytest.fixture
def acl_log():
    """An empty log with the usual limit."""
    return ACLLog(Configuration(), At())


class Described:
    """A client with a number, and a text that describes it."""

    def __init__(self, number, text):
        self.id = number
        self.text = text

    def __str__(self):
        return self.text


FIRST = Described(1, "first")


def add(acl_log, what=b"get", reason=COMMAND_DENIED, context=b"toplevel", who=b"u", client=FIRST):
    """Records a denial."""
    acl_log.add(reason, context, what, who, client)


def numbers(acl_log):
    """(number, count) of each entry, the newest first."""
    return [(entry.number, entry.count) for entry in acl_log.entries]


def test_an_entry_tells_all(acl_log):
    add(acl_log)
    acl_log.clock.now_ms += 1500
    add(acl_log, client=Described(2, "second"))
    acl_log.clock.now_ms += 250
    assert acl_log.latest(10) == [
        {
            b"count": 2,
            b"reason": b"command",
            b"context": b"toplevel",
            b"object": b"get",
            b"username": b"u",
            b"age-seconds": 0.25,
            b"client-info": b"second",
            b"entry-id": 0,
            b"timestamp-created": acl_log.clock.now_ms - 1750,
            b"timestamp-last-updated": acl_log.clock.now_ms - 250,
        }
    ]


def test_a_client_is_described_once_a_millisecond(acl_log):
    client = Described(1, "now")
    add(acl_log, client=client)
    client.text = "at once"
    add(acl_log, client=client)
    [entry] = acl_log.latest(1)
    assert (entry[b"client-info"], entry[b"count"]) == (b"now", 2)
    acl_log.clock.now_ms += 1
    add(acl_log, client=client)
    [entry] = acl_log.latest(1)
    assert (entry[b"client-info"], entry[b"count"]) == (b"at once", 3)


def test_entries_are_the_same_only_if_all_is(acl_log):
    add(acl_log)
    add(acl_log, b"set")
    add(acl_log, reason=KEY_DENIED)
    add(acl_log, context=b"multi")
    add(acl_log, who=b"v")
    assert numbers(acl_log) == [(4, 1), (3, 1), (2, 1), (1, 1), (0, 1)]
    add(acl_log)
    assert numbers(acl_log) == [(0, 2), (4, 1), (3, 1), (2, 1), (1, 1)]


def test_what_is_too_long_ago_is_another_entry(acl_log):
    add(acl_log)
    acl_log.clock.now_ms += SAME_WITHIN_MS
    add(acl_log)
    acl_log.clock.now_ms += SAME_WITHIN_MS + 1
    add(acl_log)
    assert numbers(acl_log) == [(1, 1), (0, 2)]


def test_only_the_latest_are_looked_through(acl_log):
    for number in range(RECENT + 1):
        add(acl_log, b"%d" % number)
    add(acl_log, b"1")
    assert numbers(acl_log)[0] == (1, 2)
    add(acl_log, b"0")
    assert numbers(acl_log)[0] == (RECENT + 1, 1)


def test_the_oldest_are_forgotten(acl_log):
    acl_log.config.set_many({"acllog-max-len": "3"})
    for number in range(5):
        add(acl_log, b"%d" % number)
    assert numbers(acl_log) == [(4, 1), (3, 1), (2, 1)]
    assert [entry[b"object"] for entry in acl_log.latest(2)] == [b"4", b"3"]
    acl_log.config.set_many({"acllog-max-len": "0"})
    assert len(acl_log.latest(10)) == 3
    add(acl_log, b"9")
    assert acl_log.latest(10) == []
    assert acl_log.counts[COMMAND_DENIED] == 6
    acl_log.reset_counts()
    assert set(acl_log.counts.values()) == {0}


def test_forgetting_all(acl_log):
    add(acl_log, b"auth", AUTHENTICATION_DENIED)
    acl_log.forget()
    assert acl_log.latest(10) == []
    add(acl_log)
    assert numbers(acl_log) == [(1, 1)]
