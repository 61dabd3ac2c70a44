"""The hash table against a dict, with check() after each step."""

import gc
import random
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory
from rediskit.structures.table import KEEP_DEADLINE, NO_DEADLINE, Table

KEYS = st.one_of(
    st.binary(max_size=4),
    st.sampled_from([b"", b"\0", b"\0\0", b"k" * 255, b"k" * 256, b"k" * 300, b"k" * 5000]),
)
VALUES = st.one_of(
    st.binary(max_size=20),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.floats(allow_nan=False),
    st.sampled_from([b"v" * 255, b"v" * 256, b"v" * 4096, b"v" * 4097, b"v" * 70000]),
)
NOW = 1000


class Steps:
    """Random steps on a table, each done on a dict {key: [value, deadline, is raw]} too."""

    def __init__(self, seed, keys=200):
        self.chance = random.Random(seed)
        self.table = Table()
        self.model = {}
        self.keys = keys

    def a_key(self):
        number = self.chance.randrange(self.keys)
        if number % 50 == 0:
            return b"long %d " % number * self.chance.choice([1, 40, 700])
        return b"\0%d" % number

    def a_value(self):
        size = self.chance.choice([0, 1, 16, 60, 243, 255, 256, 4100])
        return self.chance.choice([
            self.chance.randbytes(size), self.chance.getrandbits(63) - (1 << 62),
            self.chance.random(), [size], (size,),
        ])  # fmt: skip

    def set(self):
        key, value = self.a_key(), self.a_value()
        deadline = self.chance.choice([NO_DEADLINE, NO_DEADLINE, self.chance.randrange(2 * NOW)])
        assert self.table.set(key, value, deadline) == (key not in self.model)
        self.model[key] = [value, deadline, False]

    def set_keeping_the_deadline(self):
        key, value = self.a_key(), self.a_value()
        old = self.model.get(key, [None, NO_DEADLINE, False])
        assert self.table.set(key, value, KEEP_DEADLINE) == (key not in self.model)
        self.model[key] = [value, old[1], False]

    def set_text(self):
        key, number = self.a_key(), self.chance.getrandbits(60)
        self.table.set_text(key, b"%d" % number, NO_DEADLINE)
        self.model[key] = [number, NO_DEADLINE, False]

    def set_raw(self):
        key, value = self.a_key(), self.chance.randbytes(10)
        old = self.model.get(key, [None, NO_DEADLINE, False])
        self.table.set_raw(key, value)
        self.model[key] = [value, old[1], True]

    def write_at(self):
        key, data = self.a_key(), self.chance.randbytes(3)
        old = self.model.get(key)
        value = old and old[0]
        fits = type(value) is bytes and len(value) >= 5
        assert self.table.write_at(key, 2, data) == fits
        if fits:
            self.model[key] = [value[:2] + data + value[5:], old[1], True]

    def add(self):
        key, delta = self.a_key(), self.chance.getrandbits(62) - (1 << 61)
        old = self.model.get(key)
        if old is None:
            assert self.table.add(key, delta) is None
        elif type(old[0]) is int and abs(old[0] + delta) < 1 << 62:
            assert self.table.add(key, delta) == old[0] + delta
            self.model[key][0] += delta

    def set_deadline(self):
        key = self.a_key()
        deadline = self.chance.choice([NO_DEADLINE, self.chance.randrange(2 * NOW), 1 << 62])
        assert self.table.set_deadline(key, deadline) == (key in self.model)
        if key in self.model:
            self.model[key][1] = deadline

    def remove(self):
        key = self.a_key()
        assert self.table.remove(key) == (self.model.pop(key, None) is not None)

    def pop(self):
        key = self.a_key()
        assert self.table.pop(key) == self.model.pop(key, [None])[0]

    def drop_due(self):
        now_ms, limit = self.chance.randrange(NOW), self.chance.choice([0, 1, 3, 100])
        due = {key for key, x in self.model.items() if 0 <= x[1] <= now_ms}
        told = self.table.due(now_ms, limit)
        assert len(told) == min(limit, len(due)) and due.issuperset(told)
        assert self.table.drop_due(now_ms, limit) == len(told)
        for key in told:
            del self.model[key]

    def set_access(self):
        key, access = self.a_key(), self.chance.getrandbits(24)
        assert self.table.set_access(key, access) == (key in self.model)
        if key in self.model:
            assert self.table.access(key) == access

    def compare(self):
        """Looks at one key in every way, and at what can be asked of the whole."""
        table, key = self.table, self.a_key()
        value, deadline, is_raw = self.model.get(key, [None, -2, False])
        there = key in self.model
        assert len(table) == len(self.model)
        assert table.get(key) == table.peek(key) == value
        assert table.text(key) == (b"%d" % value if type(value) is int else value)
        assert table.contains(key) == (key in table) == there
        assert table.deadline(key) == deadline
        assert table.is_raw(key) == is_raw
        due = 0 <= deadline <= NOW
        assert table.is_due(key, NOW) == due
        assert table.get(key, NOW) == (None if due else value)
        assert table.size_of(key) == size_of(value, there)
        assert table.slice(key, 1, 3) == (value[1:3] if type(value) is bytes else None)
        deadlines = [x[1] for x in self.model.values() if x[1] >= 0]
        assert table.deadline_count == len(deadlines)
        first = min(deadlines, default=-1)
        assert table.first_deadline() <= first and (first >= 0) == (table.first_deadline() >= 0)
        assert table.has_due(NOW) or not 0 <= first <= NOW
        assert (table.random_key() in self.model) == bool(self.model)

    def run(self, names, count):
        for _ in range(count):
            getattr(self, self.chance.choice(names))()
            self.table.check()
            self.compare()
        assert dict.fromkeys(self.table) == dict.fromkeys(self.model)


def size_of(value, there):
    if not there:
        return -1
    if type(value) is int:
        return len(str(value))
    return len(value) if type(value) is bytes else -2


GROWING = ["set"] * 6 + ["set_text", "set_raw", "write_at", "add", "set_deadline", "remove"] + [
    "set_keeping_the_deadline", "set_access"]  # fmt: skip
SHRINKING = ["remove"] * 4 + ["pop", "drop_due", "set", "set_deadline"]


@pytest.mark.parametrize("seed", range(8))
def test_random_steps(seed):
    steps = Steps(seed, keys=[5, 100, 1000, 3000][seed % 4])
    for names in (GROWING, SHRINKING, GROWING + SHRINKING):
        steps.run(names, 400)


def test_memory_is_counted_and_comes_back():
    gc.collect()
    before = memory.used()
    steps = Steps(9, keys=500)
    steps.run(GROWING, 300)
    assert steps.table.memory == memory.used() - before
    for key in list(steps.model):
        assert steps.table.remove(key)
        steps.table.check()
    assert len(steps.table) == 0
    assert steps.table.memory == memory.used() - before <= 160
    steps.model.clear()
    steps.run(GROWING, 100)
    steps.table.clear()
    steps.table.check()
    assert steps.table.memory == memory.used() - before <= 16
    del steps
    assert memory.used() == before


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=30))
def test_any_keys_and_values(pairs):
    table = Table()
    for key, value in pairs.items():
        assert table.set(key, value)
    table.check()
    for key, value in pairs.items():
        assert table.get(key) == value
        assert type(table.get(key)) is type(value)
    assert sorted(table) == sorted(pairs)
    for key in pairs:
        assert not table.set(key, b"other", 5)
    table.check()
    assert table.drop_due(5, 1000) == len(pairs)
    table.check()


@pytest.fixture(scope="module")
def grown():
    """100,000 numbered keys, with check() on the way up."""
    table = Table()
    for number in range(100_000):
        table.set(b"key:%d" % number, number)
        if number % 9973 == 0:
            table.check()
    table.check()
    return table


def test_it_finds_all_of_many(grown):
    assert len(grown) == 100_000
    assert all(grown.get(b"key:%d" % number) == number for number in range(100_000))
    assert not any(grown.contains(b"other:%d" % number) for number in range(1000))
    assert grown.memory < 100_000 * 48


def test_it_shrinks_as_it_empties():
    table = Table()
    keys = [b"%d" % number for number in range(50_000)]
    for key in keys:
        table.set(key, b"value")
    full = table.memory
    random.Random(1).shuffle(keys)
    for step, key in enumerate(keys):
        assert table.remove(key)
        if step % 4999 == 0:
            table.check()
            assert table.memory < full * (1 - step / len(keys)) * 1.3 + 2000
    table.check()
    assert table.memory <= 160


# Scanning


def scanned(table, count=10, between=lambda: None):
    """How often a whole scan meets each key; `between` runs after every call."""
    met = Counter()
    cursor = 0
    for _ in range(10**6):
        cursor, keys = table.scan(cursor, count)
        met.update(keys)
        if not cursor:
            return met
        between()
    raise AssertionError("the scan does not end")


@pytest.mark.parametrize("count", [1, 7, 100, 10**9, (1 << 63) - 1])
def test_a_scan_of_a_still_table_meets_every_key_once(count):
    for size in (0, 1, 5, 255, 256, 257, 3000):
        table = Table()
        for number in range(size):
            table.set(b"%d" % number, None)
        met = scanned(table, count)
        assert set(met) == set(table)
        assert set(met.values()) <= {1}


@pytest.mark.parametrize("seed", range(6))
def test_a_scan_meets_what_stays_while_the_table_grows_and_shrinks(seed):
    chance = random.Random(seed)
    table = Table()
    stays = {b"stays %d" % number for number in range(300)}
    for key in stays:
        table.set(key, 1)
    goes = [b"goes %d" % number for number in range(chance.choice([0, 5000, 20000]))]
    for key in goes:
        table.set(key, 1)
    step = chance.choice([300, 1000])
    grows = seed % 2

    def between():
        nonlocal grows
        if grows:
            for _ in range(step):
                goes.append(b"more %d" % chance.getrandbits(60))
                table.set(goes[-1], 1)
            grows = len(goes) < 30000
        else:
            for _ in range(min(step, len(goes))):
                table.remove(goes.pop(chance.randrange(len(goes))))
            grows = not goes and chance.random() < 0.3

    met = scanned(table, 10, between)
    table.check()
    assert stays <= set(met)
    assert sum(met[key] for key in stays) < 2 * len(stays)


def test_any_cursor_is_harmless(grown):
    chance = random.Random(4)
    for bits in (1, 16, 32, 48, 64):
        cursor = chance.getrandbits(bits)
        following, keys = grown.scan(cursor, 10)
        assert all(key in grown for key in keys)
        assert following == 0 or following > cursor & ((1 << 48) - 1)
    assert grown.scan((1 << 64) - 1, 10)[0] == 0


def test_a_scan_makes_progress_whatever_the_count(grown):
    for count in (0, -5):
        cursor, keys = grown.scan(0, count)
        assert keys or cursor


def test_iteration_bears_changes():
    table = Table()
    for number in range(5000):
        table.set(b"%d" % number, None)
    for number, key in enumerate(table):
        table.remove(key)
        table.set(b"new %d" % number, None)
        if number > 20000:
            break
    table.check()
    assert not any(table.contains(b"%d" % number) for number in range(5000))


# Random entries


@pytest.mark.parametrize("size", [1, 2, 50, 1000])
def test_random_keys_are_drawn_with_equal_chances(size):
    """Chi-square over the counts, at most six standard deviations above its mean."""
    table = Table()
    for number in range(size):
        table.set(b"%d" % number, None)
    draws = 100 * size
    drawn = Counter(table.random_key() for _ in range(draws))
    expected = draws / size
    square = sum((drawn[b"%d" % n] - expected) ** 2 / expected for n in range(size))
    assert square <= size + 6 * (2 * size) ** 0.5
    assert set(drawn) <= set(table)


def test_random_key_of_a_table_that_has_emptied():
    table = Table()
    for number in range(20000):
        table.set(b"%d" % number, None)
    for number in range(19999):
        table.remove(b"%d" % number)
    assert table.random_key() == b"19999"
    table.remove(b"19999")
    assert table.random_key() is None


# Values


def test_long_keys_and_values():
    table = Table()
    for key_size in (0, 1, 255, 256, 4096, 70000):
        for size in (0, 1, 255, 256, 4096, 4097, 1 << 20):
            key, value = b"k" * key_size, b"v" * size
            table.set(key, value, 77)
            table.check()
            assert (table.get(key), table.deadline(key)) == (value, 77)
            assert table.set_deadline(key, NO_DEADLINE)
            table.check()
            assert (table.get(key), table.deadline(key)) == (value, -1)
    assert len(table) == 6


def test_integers_are_recognized_in_their_one_spelling():
    table = Table()
    for text in (b"0", b"-1", b"123", b"9223372036854775807", b"-9223372036854775808"):
        table.set_text(b"k", text)
        assert table.get(b"k") == int(text)
        assert table.text(b"k") == text
        assert table.size_of(b"k") == len(text)
    for text in (b"", b"-", b"-0", b"01", b"+1", b" 1", b"1 ", b"1_0", b"1.0", b"0x1",
                 b"9223372036854775808", b"-9223372036854775809", b"18446744073709551617",
                 b"99999999999999999999", b"1\0"):  # fmt: skip
        table.set_text(b"k", text)
        assert table.get(b"k") == text


@pytest.mark.parametrize("start", [0, 5, -5, (1 << 63) - 1, -(1 << 63)])
@pytest.mark.parametrize("delta", [0, 1, -1, (1 << 63) - 1, -(1 << 63)])
def test_adding(start, delta):
    for value in (start, b"%d" % start):
        table = Table()
        table.set(b"k", value, 7)
        if -(1 << 63) <= start + delta < 1 << 63:
            assert table.add(b"k", delta) == start + delta
            assert table.get(b"k") == start + delta
        else:
            with pytest.raises(OverflowError):
                table.add(b"k", delta)
            assert table.get(b"k") == value
        assert table.deadline(b"k") == 7
        table.check()


def test_adding_to_what_is_no_integer():
    table = Table()
    assert table.add(b"k", 1) is None
    for value, result in ((b"x", ValueError), (b"", ValueError), ([], None), (1.5, None)):
        table.set(b"k", value)
        if result:
            with pytest.raises(result):
                table.add(b"k", 1)
        else:
            assert table.add(b"k", 1) is NotImplemented
        assert table.get(b"k") == value
    table.set(b"k", 1, 50)
    assert table.add(b"k", 1, 50) is None
    assert table.add(b"k", 1, 49) == 2


def test_writing_within_a_value():
    table = Table()
    table.set(b"k", b"hello")
    assert not table.write_at(b"k", -1, b"x")
    assert not table.write_at(b"k", 3, b"abc")
    assert not table.write_at(b"k", 1 << 62, b"abc")
    assert not table.write_at(b"missing", 0, b"")
    assert not table.is_raw(b"k")
    assert table.write_at(b"k", 2, b"abc")
    assert table.get(b"k") == b"heabc"
    assert table.is_raw(b"k")
    table.set_deadline(b"k", 9)
    assert table.is_raw(b"k")
    table.set(b"k", b"hello", KEEP_DEADLINE)
    assert not table.is_raw(b"k")
    table.set(b"k", 12345)
    assert not table.write_at(b"k", 0, b"9")


def test_a_key_may_be_the_value_and_the_other_way_round():
    table = Table()
    key = b"same"
    table.set(key, key)
    table.set(table.get(key), table.peek(key), 5)
    table.set_text(key, table.get(key), KEEP_DEADLINE)
    table.check()
    assert (table.get(key), table.deadline(key)) == (key, 5)


# Objects


class Noted:
    """An object that runs a function when it goes."""

    def __init__(self, function):
        self.function = function

    def __del__(self):
        self.function()


def test_objects_are_referenced_once_and_let_go():
    table, value = Table(), ["value"]
    before = sys.getrefcount(value)
    table.set(b"a", value)
    table.set(b"b", value, 5)
    assert sys.getrefcount(value) == before + 2
    assert table.get(b"a") is value
    table.set(b"a", value)
    table.set_deadline(b"a", 3)
    table.set_deadline(b"b", NO_DEADLINE)
    assert sys.getrefcount(value) == before + 2
    table.set(b"a", 1)
    assert sys.getrefcount(value) == before + 1
    assert table.pop(b"b") is value
    assert sys.getrefcount(value) == before
    for name, arguments in (("clear", ()), ("remove", (b"k",)), ("drop_due", (9, 9)),
                            ("clear_some", (1,))):  # fmt: skip
        table = Table()
        table.set(b"k", value, 9)
        getattr(table, name)(*arguments)
        assert sys.getrefcount(value) == before
    table = Table()
    table.set(b"k", value)
    del table
    assert sys.getrefcount(value) == before


@pytest.mark.parametrize("how", ["set", "remove", "pop", "drop_due"])
def test_a_destructor_may_use_the_table(how):
    table = Table()
    seen = []

    def use():
        table.check()
        seen.append(len(table))
        for number in range(600):
            table.set(b"new %d" % number, number, number)
        table.check()

    table.set(b"k", Noted(use), 5)
    table.set(b"other", 1, 50)
    if how == "set":
        table.set(b"k", 1, 90)
    elif how == "drop_due":
        assert table.drop_due(5, 10) >= 1
    else:
        getattr(table, how)(b"k")
    table.check()
    assert seen == [2 if how == "set" else 1]
    assert table.get(b"other") == 1


# Emptying


@pytest.mark.parametrize("limit", [1, 100, 4096, 10**9])
@pytest.mark.parametrize("deadline", [NO_DEADLINE, 5])
def test_clearing_in_steps(limit, deadline):
    before = memory.used()
    table = Table()
    for number in range(5000):
        table.set(b"%d" % number, [number] if number % 3 else b"x" * 5000, deadline)
    left, steps = 5000, 0
    while left:
        following = table.clear_some(limit)
        assert following < left
        assert left - following < limit + 257
        left = following
        steps += 1
    assert steps >= 5000 // (limit + 256)
    del table
    assert memory.used() == before


def test_a_cleared_table_is_as_new():
    table = Table()
    for number in range(5000):
        table.set(b"%d" % number, number, number)
    table.clear()
    table.check()
    assert (len(table), table.random_key(), table.first_deadline()) == (0, None, -1)
    table.set(b"k", 1, 5)
    table.check()


def test_dropping_due_entries_in_batches():
    table = Table()
    chance = random.Random(6)
    deadlines = {b"%d" % n: chance.randrange(1000) for n in range(20000)}
    for key, deadline in deadlines.items():
        table.set(key, b"v", deadline)
    for number in range(5000):
        table.set(b"stays %d" % number, b"v")
    for now_ms in (-1, 0, 100, 500, 999):
        due = {key for key, deadline in deadlines.items() if deadline <= now_ms}
        while dropped := table.drop_due(now_ms, chance.choice([1, 63, 64, 65, 1000])):
            assert dropped <= 1000
        table.check()
        deadlines = {key: x for key, x in deadlines.items() if key not in due}
        assert len(table) == 5000 + len(deadlines)
        assert all(key in table for key in deadlines)
    assert table.deadline_count == 0


# Access


def test_accesses_are_marked():
    table = Table()
    table.access_clock = 7
    table.set(b"k", b"v")
    for access in ("get", "text", "size_of"):
        table.access_clock += 1
        getattr(table, access)(b"k")
        assert table.access(b"k") == table.access_clock
    for look in ("peek", "contains", "deadline", "memory_of", "is_raw"):
        table.access_clock += 1
        getattr(table, look)(b"k")
        assert table.access(b"k") == 10
    table.leaves_access = True
    table.get(b"k")
    assert table.access(b"k") == 10
    assert table.access(b"missing") is None


def test_frequencies_grow_slowly_and_decay():
    table = Table()
    table.counts_frequency = True
    table.access_clock = 65530  # minutes, which wrap around at 65536
    table.set(b"k", b"v")
    assert table.access(b"k") & 255 == 5
    for _ in range(100):
        table.get(b"k")
    few = table.access(b"k") & 255
    for _ in range(10000):
        table.get(b"k")
    many = table.access(b"k") & 255
    assert 5 < few < many < 255
    table.access_clock = (65530 + 10) & 0xFFFF
    assert table.access(b"k") & 255 == many - 10
    table.get(b"k")
    assert table.access(b"k") & 255 in (many - 10, many - 9)
    table.frequency_decay_minutes = 0
    table.access_clock = 9000
    assert table.access(b"k") & 255 in (many - 10, many - 9)


def test_a_frequency_that_always_grows_stops_at_its_most():
    table = Table()
    table.counts_frequency = True
    table.frequency_log_factor = 0
    table.set(b"k", b"v")
    for _ in range(300):
        table.get(b"k")
    assert table.access(b"k") & 255 == 255


# When memory runs out


def outcome(step, *arguments):
    """What a step returns, or MemoryError."""
    try:
        return step(*arguments)
    except MemoryError:
        return MemoryError


def state(table, key, value):
    references = sys.getrefcount(value)
    return repr(table.peek(key)), table.deadline(key), len(table), references


@pytest.mark.parametrize("seed", range(4))
def test_a_failed_allocation_changes_nothing(seed):
    """Every step fails at its first, second ... allocation, until it needs no more of them."""
    steps = Steps(seed, keys=2000)
    table, model, value = steps.table, steps.model, ["object"]
    for number in range([0, 250, 256, 1900][seed]):
        steps.table.set(b"%d" % number, number, number if number % 2 else NO_DEADLINE)
        model[b"%d" % number] = [number, number if number % 2 else NO_DEADLINE, False]
    references = sys.getrefcount(value)
    chance = random.Random(seed)
    for step in range(150):
        key = b"%d" % chance.randrange(2000)
        new = chance.choice([b"x" * chance.choice([1, 300, 5000]), step, value])
        deadline = chance.choice([NO_DEADLINE, KEEP_DEADLINE, chance.randrange(2000)])
        before = state(table, key, value)
        for failing in range(1, 10):
            memory.fail_at(failing)
            done = outcome(table.set, key, new, deadline)
            memory.fail_at(0)
            table.check()
            if done is not MemoryError:
                break
            assert state(table, key, value) == before
        else:
            raise AssertionError("never has enough memory")
        assert table.peek(key) == new
    del new
    table.clear()
    assert sys.getrefcount(value) == references


@pytest.mark.parametrize("seed", range(3))
def test_removing_needs_no_memory(seed):
    """Where shrinking cannot get a smaller block, it is left for later."""
    table = Table()
    chance = random.Random(seed)
    keys = [b"%d" % number for number in range(3000)]
    for number, key in enumerate(keys):
        table.set(key, b"v", number if number % 2 else NO_DEADLINE)
    chance.shuffle(keys)
    for number, key in enumerate(keys):
        memory.fail_at(chance.randrange(1, 3))
        assert table.drop_due(number // 2, 1) >= 0
        table.remove(key)
        memory.fail_at(0)
        if number % 10 == 0:
            table.check()
    table.check()
    assert len(table) == 0
    table.clear()
    assert table.memory <= 16
