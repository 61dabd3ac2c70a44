"""What is chosen for eviction, beside what a plain look at all entries would choose."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures.eviction import EvictionPool, first_to_expire, random_key
from rediskit.structures.table import Table

MASK = 0xFFFFFF


def filled(count, clock=0):
    table = Table()
    table.access_clock = clock
    for number in range(count):
        table.set(b"%d" % number, b"v")
    return table


def evict_all(pool, tables, samples, only_with_deadline=False):
    """The keys in the order in which they are chosen; every choice is removed."""
    order = []
    while True:
        chosen = pool.choose(tables, samples, only_with_deadline)
        if chosen is None:
            return order
        index, key = chosen
        assert tables[index].remove(key), "chosen, but not there"
        tables[index].check()
        order.append((index, key))


def test_nothing_is_chosen_from_nothing():
    pool = EvictionPool()
    assert pool.choose([], 5, False) is None
    assert pool.choose([Table(), Table()], 5, False) is None
    assert pool.choose([filled(3)], 5, True) is None
    assert random_key(Table(), False) is None and random_key(filled(3), True) is None
    assert first_to_expire([]) is None and first_to_expire([Table(), filled(2)]) is None


@pytest.mark.parametrize("clock", [1000, 5])
def test_the_longest_unused_goes_first_among_few(clock):
    """Enough samples see every entry; the clock wraps around, too."""
    table = filled(8, clock)
    for number in range(8):
        table.set_access(b"%d" % number, (clock - 10 * number) & MASK)
    order = evict_all(EvictionPool(), [table], 64)
    assert [key for _, key in order] == [b"%d" % number for number in range(7, -1, -1)]


def test_the_least_frequently_used_goes_first_and_frequencies_decay():
    table = Table()
    table.counts_frequency = True
    table.access_clock = 100
    for number, (minute, count) in enumerate([(100, 9), (100, 3), (98, 4), (50, 200), (97, 13)]):
        table.set(b"%d" % number, b"v")
        table.set_access(b"%d" % number, minute << 8 | count)
    order = [int(key) for _, key in evict_all(EvictionPool(), [table], 64)]
    assert order == [2, 1, 0, 4, 3]  # decayed counters: 9, 3, 2, 150, 10


@given(
    sizes=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    samples=st.integers(1, 64),
    timed=st.booleans(),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_everything_that_may_go_is_chosen_once_and_nothing_else(sizes, samples, timed, chance):
    tables, expected = [], set()
    for index, size in enumerate(sizes):
        table = Table()
        table.access_clock = 1 << 20
        for number in range(size):
            has_deadline = chance.random() < 0.5
            key = b"%d" % number
            table.set(key, b"v", 1000 if has_deadline else -1)
            table.set_access(key, chance.getrandbits(20))
            if has_deadline or not timed:
                expected.add((index, key))
        tables.append(table)
    order = evict_all(EvictionPool(), tables, samples, timed)
    assert len(order) == len(expected) and set(order) == expected


@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_a_pool_lives_with_whatever_happens_between_choices(chance):
    """Candidates go, are accessed, lose their deadlines, and their tables are exchanged."""
    tables = [filled(30, 50), filled(30, 50)]
    pool = EvictionPool()
    for clock in range(50, 150):
        table = chance.choice(tables)
        key = b"%d" % chance.randrange(30)
        table.access_clock = clock
        action = chance.choice(["get", "set", "remove", "timed", "swap", "clear", "choose"])
        if action == "get":
            table.get(key)
        elif action == "set":
            table.set(key, b"new")
        elif action == "remove":
            table.remove(key)
        elif action == "timed":
            table.set_deadline(key, chance.choice([-1, 5000]))
        elif action == "swap":
            tables.reverse()
        elif action == "clear" and chance.random() < 0.1:
            table.clear()
        timed = chance.random() < 0.5
        chosen = pool.choose(tables, chance.randrange(1, 8), timed)
        if chosen is not None:
            assert tables[chosen[0]].contains(chosen[1])
            assert not timed or tables[chosen[0]].deadline(chosen[1]) >= 0
        else:
            assert not any(each.deadline_count if timed else len(each) for each in tables)


def test_what_was_accessed_since_it_was_seen_is_no_candidate():
    table = filled(12, 0)
    table.access_clock = 100
    pool = EvictionPool()
    pool.choose([table], 64, False)
    for number in range(11):
        table.get(b"%d" % number)
    assert pool.choose([table], 64, False) == (0, b"11")


def test_the_pool_chooses_better_than_its_samples_do():
    """Of 2000 entries, 5 random ones at a time: most that go are of the older half."""
    table = filled(2000)
    table.access_clock = 5000
    for number in range(2000):
        table.set_access(b"%d" % number, number)
    pool, gone = EvictionPool(), []
    for _ in range(1000):
        _, key = pool.choose([table], 5, False)
        table.remove(key)
        gone.append(int(key))
    assert sum(number < 1000 for number in gone) > 850
    assert min(gone[-100:]) < 1000


def test_random_keys_have_equal_chances():
    table = filled(10)
    for number in range(5):
        table.set_deadline(b"%d" % number, 1000)
    drawn = Counter(random_key(table, False) for _ in range(5000))
    assert len(drawn) == 10 and min(drawn.values()) > 300
    drawn = Counter(random_key(table, True) for _ in range(5000))
    assert len(drawn) == 5 and min(drawn.values()) > 700


def test_the_first_to_expire_is_found_although_deadlines_were_put_off():
    tables = [Table(), Table()]
    for number in range(40):
        tables[number % 2].set(b"%d" % number, b"v", 1000 + number)
    for number in range(30):
        tables[number % 2].set_deadline(b"%d" % number, 9000 - number)
    left = sorted(range(40), key=lambda number: 9000 - number if number < 30 else 1000 + number)
    for number in left:
        index, key = first_to_expire(tables)
        assert (index, key) == (number % 2, b"%d" % number)
        tables[index].remove(key)
        tables[index].check()


def test_a_look_for_the_first_to_expire_is_bounded():
    table = Table()
    for number in range(5000):
        table.set(b"%d" % number, b"v", 1000)
        table.set_deadline(b"%d" % number, 1000 + random.randrange(1, 100000))
    for _ in range(200):
        _, key = first_to_expire([table])
        assert table.remove(key)
    table.check()
