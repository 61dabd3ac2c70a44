"""The ordered tree against a sorted list, with check() after each step."""

import bisect
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures.ordered_trial import OrderedKeys, OrderedNumbers

SCORES = st.one_of(
    st.integers(-5, 5).map(float),
    st.sampled_from([-0.0, math.inf, -math.inf, 5e-324, 1e308]),
    st.floats(allow_nan=False),
)
KEYS = st.one_of(
    st.binary(max_size=3), st.sampled_from([b"", b"\0", b"a" * 300, b"a" * 299 + b"b"])
)


def make(count, seed=1, spread=10**9):
    """A tree of `count` numbers with random scores below `spread`, and the same as a list."""
    chance = random.Random(seed)
    tree = OrderedNumbers()
    pairs = []
    for number in range(1, count + 1):
        score = float(chance.randrange(spread))
        assert tree.insert(score, number)
        pairs.append((score, number))
    tree.check()
    return tree, sorted(pairs)


def contents(tree):
    return tree.pairs_from(0, len(tree) + 1)


class Steps:
    """Random steps on a tree, each done on a sorted list of (score, item) too."""

    def __init__(self, tree, make_item, scores, chance):
        self.tree = tree
        self.make_item = make_item
        self.scores = scores
        self.chance = chance
        self.pairs = []

    def a_pair(self):
        return self.chance.choice(self.pairs) if self.pairs else None

    def insert(self):
        item = self.make_item(self.chance)
        if any(known == item for _, known in self.pairs):
            return
        score = self.scores(self.chance)
        assert self.tree.insert(score, item)
        bisect.insort(self.pairs, (score, item))

    def insert_again(self):
        if self.pairs:
            assert not self.tree.insert(*self.a_pair())

    def remove(self):
        if self.pairs:
            pair = self.a_pair()
            assert self.tree.remove(*pair)
            self.pairs.remove(pair)

    def move(self):
        if self.pairs:
            pair = self.a_pair()
            score = self.scores(self.chance)
            if self.chance.random() < 0.5:
                score = pair[0] + self.chance.choice([-1, 0, 1])
            assert self.tree.move(pair[0], score, pair[1])
            self.pairs.remove(pair)
            bisect.insort(self.pairs, (score, pair[1]))

    def take_through(self):
        limit = self.scores(self.chance)
        most = self.chance.randrange(100)
        expected = [item for score, item in self.pairs if score <= limit][:most]
        assert self.tree.take_through(limit, most) == expected
        del self.pairs[: len(expected)]
        return expected

    def remove_ranks(self):
        start = self.chance.randrange(-1, len(self.pairs) + 2)
        stop = start + self.chance.choice([-1, 0, 1, 1, 3, 20, 150])
        expected = [item for _, item in self.pairs[max(start, 0) : max(stop, 0)]]
        assert self.tree.remove_ranks(start, stop) == expected
        if expected:
            del self.pairs[max(start, 0) : stop]
        return expected

    def look(self):
        """Compares what can be asked without changing anything."""
        tree, pairs, chance = self.tree, self.pairs, self.chance
        assert len(tree) == len(pairs)
        assert tree.first() == (pairs[0] if pairs else None)
        assert tree.last() == (pairs[-1] if pairs else None)
        score = self.scores(chance)
        assert tree.rank_of_score(score, False) == sum(known < score for known, _ in pairs)
        assert tree.rank_of_score(score, True) == sum(known <= score for known, _ in pairs)
        rank = chance.randrange(-1, len(pairs) + 2)
        inside = 0 <= rank < len(pairs)
        assert tree.at_rank(rank) == (pairs[rank] if inside else None)
        if inside:
            assert tree.rank(*pairs[rank]) == rank
            assert tree.rank(pairs[rank][0] + 0.5, pairs[rank][1]) == -1
        assert tree.pairs_from(rank, 70) == (pairs[rank : rank + 70] if inside else [])
        before = pairs[max(rank - 69, 0) : rank + 1][::-1] if inside else []
        assert tree.pairs_from(rank, 70, True) == before


def run(steps, names, count):
    for _ in range(count):
        removed = getattr(steps, steps.chance.choice(names))()
        if removed and isinstance(steps.tree, OrderedKeys):
            steps.tree.forget(removed)
        steps.tree.check()
        steps.look()


def fill(steps, count):
    """Inserts about `count` items without looking closely after each."""
    known = set()
    for _ in range(count):
        item = steps.make_item(steps.chance)
        if item not in known:
            known.add(item)
            score = steps.scores(steps.chance)
            assert steps.tree.insert(score, item)
            steps.pairs.append((score, item))
    steps.pairs.sort()
    steps.tree.check()


GROWING = ["insert"] * 30 + ["remove"] * 5 + ["insert_again", "move", "move", "take_through"]
SHRINKING = ["insert"] * 5 + ["remove"] * 20 + ["move", "remove_ranks", "take_through"]
MOVING = ["move"] * 5 + ["insert", "remove"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("start", [0, 130, 9000])
def test_random_steps_with_numbers(seed, start):
    chance = random.Random(seed)
    spread = [3, 50, 10**6][seed % 3]
    steps = Steps(
        OrderedNumbers(),
        lambda chance: chance.randrange(1, 10**9),
        lambda chance: float(chance.randrange(spread)),
        chance,
    )
    fill(steps, start)
    for names in (GROWING, MOVING, SHRINKING):
        run(steps, names, 80 if start > 1000 else 400)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("start", [0, 5000])
def test_random_steps_with_keys(seed, start):
    steps = Steps(
        OrderedKeys(),
        lambda chance: b"m%d" % chance.randrange(10**6) * chance.randrange(1, 100),
        lambda chance: float(chance.randrange(1 + seed)),
        random.Random(seed),
    )
    fill(steps, start)
    for names in (GROWING, MOVING, SHRINKING):
        run(steps, names, 100 if start > 1000 else 300)


@pytest.mark.parametrize("inserts", [300, 3000, 30000])
@pytest.mark.parametrize("kind", ["ascending", "descending", "random", "inwards"])
def test_large_trees_grow_and_shrink(inserts, kind):
    chance = random.Random(inserts)
    numbers = list(range(1, inserts + 1))
    if kind == "descending":
        numbers.reverse()
    elif kind == "random":
        chance.shuffle(numbers)
    elif kind == "inwards":
        numbers = [n for pair in zip(numbers, reversed(numbers), strict=True) for n in pair]
        numbers = numbers[:inserts]
    tree = OrderedNumbers()
    for number in numbers:
        assert tree.insert(float(number), number)
    tree.check()
    assert contents(tree) == [(float(number), number) for number in range(1, inserts + 1)]
    chance.shuffle(numbers)
    for step, number in enumerate(numbers):
        assert tree.remove(float(number), number)
        assert not tree.remove(float(number), number)
        if step % (inserts // 50) == 0:
            tree.check()
    tree.check()
    assert len(tree) == tree.held() == 0


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(SCORES, st.integers(1, 2**64 - 1)), max_size=200))
def test_any_scores(pairs):
    tree = OrderedNumbers()
    known = set()
    for score, number in pairs:
        assert tree.insert(score, number) == ((score, number) not in known)
        known.add((score, number))
    tree.check()
    ordered = sorted(known)
    assert contents(tree) == ordered
    for rank, (score, number) in enumerate(ordered):
        assert tree.rank(score, number) == rank
    for score, number in known:
        assert tree.remove(-score if score == 0 else score, number)
    tree.check()
    assert len(tree) == 0


@settings(max_examples=150, deadline=None)
@given(st.lists(KEYS, unique=True, max_size=150), KEYS)
def test_bounds_among_keys_of_equal_score(keys, bound):
    tree = OrderedKeys()
    for key in keys:
        assert tree.insert(7.0, key)
    tree.check()
    assert contents(tree) == [(7.0, key) for key in sorted(keys)]
    assert tree.rank_of_key(bound, False) == sum(key < bound for key in keys)
    assert tree.rank_of_key(bound, True) == sum(key <= bound for key in keys)


def test_an_entry_that_moved_is_replaced_without_being_followed():
    chance = random.Random(3)
    tree = OrderedKeys()
    keys = [b"%d" % number for number in range(1000)]
    for key in keys:
        tree.insert(1.0, key)
    chance.shuffle(keys)
    for key in keys:
        assert tree.relocate(1.0, key)
    tree.check()
    assert contents(tree) == [(1.0, key) for key in sorted(keys)]


def test_a_number_is_replaced_and_finds_its_new_place():
    tree, pairs = make(2000, spread=20)
    chance = random.Random(4)
    known = {number: score for score, number in pairs}
    for _ in range(500):
        old, score = chance.choice(list(known.items()))
        new = chance.choice([old + 10**6, old * 7 + 10**7, chance.randrange(10**8, 10**9)])
        if new in known:
            continue
        assert tree.replace(score, old, new)
        assert not tree.replace(score, old, new)
        known[new] = known.pop(old)
        tree.check()
    assert contents(tree) == sorted((score, number) for number, score in known.items())


def test_moving_what_is_not_there():
    tree, pairs = make(100)
    assert not tree.move(pairs[0][0] + 1e9, 5.0, pairs[0][1])
    assert not OrderedNumbers().move(1.0, 2.0, 3)
    assert not OrderedNumbers().replace(1.0, 2, 3)
    assert not OrderedNumbers().remove(1.0, 2)
    assert contents(tree) == pairs


def test_zero_and_minus_zero_are_the_same_score():
    tree = OrderedNumbers()
    tree.insert(0.0, 2)
    tree.insert(-0.0, 1)
    tree.insert(0.0, 3)
    assert [number for _, number in contents(tree)] == [1, 2, 3]
    assert tree.rank_of_score(-0.0, False) == 0
    assert tree.rank_of_score(-0.0, True) == 3
    assert tree.move(0.0, -0.0, 2)
    assert math.copysign(1, tree.at_rank(1)[0]) == -1
    tree.check()


def test_ascending_scores_leave_full_leaves():
    tree = OrderedNumbers()
    for number in range(1, 50001):
        tree.insert(float(number // 3), number)
    tree.check()
    assert tree.held() / len(tree) < 17.3


def test_few_items_take_little():
    tree = OrderedNumbers()
    assert tree.held() == 0
    tree.insert(1.0, 1)
    assert tree.held() <= 128
    tree.remove(1.0, 1)
    assert tree.held() == 0


def test_due_items_come_out_in_batches():
    tree, pairs = make(20000, spread=5000)
    due = [number for score, number in pairs if score <= 2500]
    got = []
    while batch := tree.take_through(2500.0, 100):
        got += batch
        tree.check()
    assert got == due
    assert contents(tree) == pairs[len(due) :]
    assert tree.take_through(-math.inf, 100) == []


def test_everything_goes_in_one_range():
    tree, pairs = make(5000)
    assert tree.remove_ranks(-5, 10**12) == [number for _, number in pairs]
    tree.check()
    assert tree.held() == 0


def test_clear():
    for count in (0, 1, 60, 61, 5000):
        tree, _ = make(count)
        tree.clear()
        tree.check()
        assert len(tree) == tree.held() == 0
        tree.insert(1.0, 1)
        assert contents(tree) == [(1.0, 1)]


def test_memory_is_given_back():
    from rediskit.structures import memory

    before = memory.used()
    tree, _ = make(10000)
    assert memory.used() - before >= tree.held()
    del tree
    assert memory.used() == before
