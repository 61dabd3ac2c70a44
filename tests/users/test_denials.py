"""The log of what was denied: what is one entry, and how many are kept."""

import pytest

from rediskit.config import Configuration
from rediskit.users.denials import AUTHENTICATION_DENIED, RECENT, SAME_WITHIN_MS, Denials
from rediskit.users.selector import COMMAND_DENIED, KEY_DENIED


class At:
    """A clock that stands still."""

    def __init__(self):
        self.now_ms = 1_700_000_000_000


@pytest.fixture
def denials():
    """An empty log with the usual limit."""
    return Denials(Configuration(), At())


class Described:
    """A client with a number, and a text that describes it."""

    def __init__(self, number, text):
        self.id = number
        self.text = text

    def __str__(self):
        return self.text


FIRST = Described(1, "first")


def add(denials, what=b"get", reason=COMMAND_DENIED, context=b"toplevel", who=b"u", client=FIRST):
    """Records a denial."""
    denials.add(reason, context, what, who, client)


def numbers(denials):
    """(number, count) of each entry, the newest first."""
    return [(entry.number, entry.count) for entry in denials.entries]


def test_an_entry_tells_all(denials):
    add(denials)
    denials.clock.now_ms += 1500
    add(denials, client=Described(2, "second"))
    denials.clock.now_ms += 250
    assert denials.latest(10) == [
        {
            b"count": 2,
            b"reason": b"command",
            b"context": b"toplevel",
            b"object": b"get",
            b"username": b"u",
            b"age-seconds": 0.25,
            b"client-info": b"second",
            b"entry-id": 0,
            b"timestamp-created": denials.clock.now_ms - 1750,
            b"timestamp-last-updated": denials.clock.now_ms - 250,
        }
    ]


def test_a_client_is_described_once_a_millisecond(denials):
    client = Described(1, "now")
    add(denials, client=client)
    client.text = "at once"
    add(denials, client=client)
    [entry] = denials.latest(1)
    assert (entry[b"client-info"], entry[b"count"]) == (b"now", 2)
    denials.clock.now_ms += 1
    add(denials, client=client)
    [entry] = denials.latest(1)
    assert (entry[b"client-info"], entry[b"count"]) == (b"at once", 3)


def test_entries_are_the_same_only_if_all_is(denials):
    add(denials)
    add(denials, b"set")
    add(denials, reason=KEY_DENIED)
    add(denials, context=b"multi")
    add(denials, who=b"v")
    assert numbers(denials) == [(4, 1), (3, 1), (2, 1), (1, 1), (0, 1)]
    add(denials)
    assert numbers(denials) == [(0, 2), (4, 1), (3, 1), (2, 1), (1, 1)]


def test_what_is_too_long_ago_is_another_entry(denials):
    add(denials)
    denials.clock.now_ms += SAME_WITHIN_MS
    add(denials)
    denials.clock.now_ms += SAME_WITHIN_MS + 1
    add(denials)
    assert numbers(denials) == [(1, 1), (0, 2)]


def test_only_the_latest_are_looked_through(denials):
    for number in range(RECENT + 1):
        add(denials, b"%d" % number)
    add(denials, b"1")
    assert numbers(denials)[0] == (1, 2)
    add(denials, b"0")
    assert numbers(denials)[0] == (RECENT + 1, 1)


def test_the_oldest_are_forgotten(denials):
    denials.config.set_many({"acllog-max-len": "3"})
    for number in range(5):
        add(denials, b"%d" % number)
    assert numbers(denials) == [(4, 1), (3, 1), (2, 1)]
    assert [entry[b"object"] for entry in denials.latest(2)] == [b"4", b"3"]
    denials.config.set_many({"acllog-max-len": "0"})
    assert len(denials.latest(10)) == 3
    add(denials, b"9")
    assert denials.latest(10) == []
    assert denials.counts[COMMAND_DENIED] == 6
    denials.reset_counts()
    assert set(denials.counts.values()) == {0}


def test_forgetting_all(denials):
    add(denials, b"auth", AUTHENTICATION_DENIED)
    denials.forget()
    assert denials.latest(10) == []
    add(denials)
    assert numbers(denials) == [(1, 1)]
