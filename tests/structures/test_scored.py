"""Members with scores against a dict of Python's, in both forms, with check() after each step."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory, scored, scored_algebra
from rediskit.structures.buffer import Buffer
from rediskit.structures.scored import Scored

SAME, ADDED, CHANGED, REFUSED, NOT_A_NUMBER = range(5)
ALL = 1 << 60
INFINITY = float("inf")

# Some spell integers, which a pack keeps as such, some only look like it.
MEMBERS = st.one_of(
    st.sampled_from([b"", b"0", b"1", b"10", b"2", b"-5", b"01", b"1e3", b"a", b"b" * 300]),
    st.integers(0, 30).map(lambda number: b"m%d" % number),
)
SCORES = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 1.5, 2.0**53, 2.0**60, 1e-300, INFINITY, -INFINITY]),
    st.integers(-3, 3).map(float),
)
STEPS = st.one_of(
    st.tuples(st.just("add"), MEMBERS, SCORES, st.integers(0, 31)),
    st.tuples(st.just("remove"), MEMBERS),
    st.tuples(st.just("pop"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("cut"), st.integers(0, 10), st.integers(0, 10)),
)
LIMITS = [(0, 64), (8, 64), (10**6, 10**6)]


def in_order(model):
    return sorted(model, key=lambda member: (model[member], member))


def expected_outcome(model, member, score, conditions):
    """What add() says, and the model afterwards."""
    if member not in model:
        return (REFUSED, None) if conditions & scored.THERE else (ADDED, score)
    old = model[member]
    if conditions & scored.NEW:
        return REFUSED, None
    if conditions & scored.INCREMENT:
        score += old
        if score != score:
            return NOT_A_NUMBER, None
    if conditions & scored.HIGHER and score <= old or conditions & scored.LOWER and score >= old:
        return REFUSED, None
    return (SAME, None) if score == old else (CHANGED, score)


def take_step(subject, model, step, most, longest):
    if step[0] == "add":
        _, member, score, conditions = step
        outcome, new = expected_outcome(model, member, score, conditions)
        assert subject.add(member, score, conditions, most, longest) == outcome
        if new is not None:
            model[member] = new
    elif step[0] == "remove":
        assert subject.remove(step[1]) == (step[1] in model)
        model.pop(step[1], None)
    elif step[0] == "pop":
        _, count, highest = step
        gone = (in_order(model)[::-1] if highest else in_order(model))[:count]
        wanted = [part for member in gone for part in (member, model.pop(member))]
        assert subject.pop(count, highest) == wanted
    else:
        _, start, stop = step
        subject.remove_range(start, stop)
        for member in in_order(model)[start : max(start, stop)]:
            del model[member]


def compare(subject, model):
    """Every question there is, for all members."""
    order = in_order(model)
    pairs = [part for member in order for part in (member, model[member])]
    assert len(subject) == len(model)
    assert list(subject) == order
    assert subject.elements(0, ALL, False, True) == pairs
    assert subject.elements(1, 3, True, False) == order[::-1][1:4]
    for place, member in enumerate(order):
        assert subject.score(member) == model[member]
        assert subject.rank(member) == place
        assert subject.rank(member, True) == len(order) - 1 - place
        assert member in subject
    assert subject.score(b"nobody") is None
    assert subject.rank(b"nobody") == -1
    for score in {0.5, -INFINITY, INFINITY, *model.values()}:
        assert subject.count_below(score, False) == sum(s < score for s in model.values())
        assert subject.count_below(score, True) == sum(s <= score for s in model.values())


@pytest.mark.parametrize(("most", "longest"), LIMITS)
@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=60))
def test_any_steps(most, longest, steps):
    subject, model = Scored(), {}
    for step in steps:
        take_step(subject, model, step, most, longest)
        subject.check()
    compare(subject, model)
    if (most, longest) == (10**6, 10**6):
        assert subject.is_compact


@pytest.mark.parametrize("compact", [True, False])
def test_ranges_of_members_with_equal_scores(compact):
    subject = Scored()
    members = [b"", b"1", b"10", b"2", b"a", b"aa", b"b"]
    for member in members:
        subject.add(member, 7, 0, 100 if compact else 0, 100)
    for bound in [*members, b"0", b"zz", b"a\0"]:
        assert subject.count_before(bound, False) == sum(m < bound for m in members)
        assert subject.count_before(bound, True) == sum(m <= bound for m in members)


def test_large_ones_at_random():
    chance = random.Random(1)
    subject, model = Scored(), {}
    for _ in range(30000):
        member = b"member:%d" % chance.randrange(8000)
        if chance.random() < 0.3:
            take_step(subject, model, ("remove", member), 128, 64)
        else:
            step = ("add", member, float(chance.randrange(500)), 0)
            take_step(subject, model, step, 128, 64)
    subject.check()
    compare(subject, model)
    subject.remove_range(100, len(subject) - 100)
    subject.check()
    assert list(subject) == in_order(model)[:100] + in_order(model)[-100:]


def test_form_and_memory():
    before = memory.used()
    subject = Scored()
    for number in range(128):
        subject.add(b"%d" % number, number)
    assert subject.is_compact
    assert memory.used() - before == subject.memory < 128 * 8
    subject.add(b"5", 1000)
    assert subject.is_compact
    subject.add(b"new", 1)
    assert not subject.is_compact
    assert subject.memory > 128 * 20
    subject.remove(b"new")
    assert not subject.is_compact
    subject.fit(128, 64)
    assert subject.is_compact
    subject.check()
    subject.fit(0, 0)
    assert subject.is_compact
    subject.add(b"x" * 65, 1)
    assert not subject.is_compact
    subject.fit(200, 64)
    assert not subject.is_compact
    del subject
    assert memory.used() == before


@pytest.mark.parametrize("size", [5, 500])
def test_copies_are_independent(size):
    subject, copy = Scored(), Scored()
    for number in range(size):
        subject.add(b"%d" % number, number * 0.5)
    subject.copy_into(copy)
    copy.check()
    assert copy.is_compact == subject.is_compact
    copy.add(b"more", 1)
    subject.remove(b"1")
    assert copy.score(b"1") == 0.5
    assert subject.score(b"more") is None
    part = Scored()
    part.copy_range(subject, 1, 3, True, 128, 64)
    part.check()
    assert list(part) == list(subject)[-4:-1]
    empty = Scored()
    empty.copy_range(subject, size + 5, 3, False, 128, 64)
    assert len(empty) == 0


@pytest.mark.parametrize("size", [7, 700])
def test_random_members_are_fair(size):
    subject = Scored()
    for number in range(size):
        subject.add(b"%d" % number, number)
    draws = [subject.random_member() for _ in range(size * 100)]
    assert all(score == float(member) for member, score in draws)
    counts = [sum(1 for drawn, _ in draws if drawn == b"%d" % number) for number in range(7)]
    assert all(40 < count < 180 for count in counts)
    assert Scored().random_member() is None


def test_scanning_meets_what_stays():
    subject = Scored()
    for number in range(5000):
        subject.add(b"%d" % number, number)
    cursor, met = 0, {}
    while True:
        cursor, found = subject.scan(cursor, 10)
        met.update(zip(found[::2], found[1::2], strict=True))
        subject.remove(b"%d" % (4999 - len(met) % 1000))
        if not cursor:
            break
    assert all(met[b"%d" % number] == number for number in range(4000))


@pytest.mark.parametrize("most", [0, 100])
def test_replies(most):
    subject, out = Scored(), Buffer()
    subject.add(b"12", 1, 0, most)
    subject.add(b"b", 2.5, 0, most)
    subject.append_to(out, 0, 2, False, 0, repr)
    assert bytes(out) == b"$2\r\n12\r\n$1\r\nb\r\n"
    out.clear()
    subject.append_to(out, 0, 2, True, 1, lambda score: b"%g" % score)
    assert bytes(out) == b"$1\r\nb\r\n$3\r\n2.5\r\n$2\r\n12\r\n$1\r\n1\r\n"
    out.clear()
    subject.append_to(out, 0, 2, False, 2, lambda score: b"%g" % score)
    assert bytes(out) == b"*2\r\n$2\r\n12\r\n,1\r\n*2\r\n$1\r\nb\r\n,2.5\r\n"


def test_zero_and_large_scores_in_a_pack():
    subject = Scored()
    for score in (-0.0, 2.0**53 + 2, -(2.0**62), 5e-324, 127.0, 128.0):
        subject.add(b"%r" % score, score)
        assert subject.score(b"%r" % score) == score
    assert subject.is_compact
    subject.check()


# Failing allocations


@pytest.mark.parametrize("most", [10**6, 0])
def test_a_failed_allocation_changes_nothing(most):
    chance = random.Random(most)
    subject, model = Scored(), {}
    failures = 0
    try:
        for _ in range(300):
            member, score = b"%d" % chance.randrange(300), float(chance.randrange(50))
            for failing in range(1, 12):
                memory.fail_at(failing)
                try:
                    subject.add(member, score, 0, most, 64)
                except MemoryError:
                    memory.fail_at(0)
                    failures += 1
                    assert subject.elements(0, ALL, False, True) == [
                        part for each in in_order(model) for part in (each, model[each])
                    ]
                else:
                    memory.fail_at(0)
                    model[member] = score
                    break
            subject.check()
    finally:
        memory.fail_at(0)
    assert failures > 5
    memory.fail_at(1)
    for member in list(model)[::2]:
        subject.remove(member)
    memory.fail_at(0)
    subject.check()


# Several


def filled(members, most):
    subject = Scored()
    for member, score in members.items():
        subject.add(member, score, 0, most, 64)
    return subject


AGGREGATES = {
    scored_algebra.SUM: lambda a, b: a + b if a + b == a + b else 0.0,
    scored_algebra.MINIMUM: min,
    scored_algebra.MAXIMUM: max,
    scored_algebra.COUNT: lambda a, b: a + b if a + b == a + b else 0.0,
}
SOURCES = st.lists(st.dictionaries(MEMBERS, SCORES, max_size=12), min_size=1, max_size=4)


def weighted(source, weight, aggregate):
    if aggregate == scored_algebra.COUNT:
        return dict.fromkeys(source, weight)
    return {m: s * weight if s * weight == s * weight else 0.0 for m, s in source.items()}


@pytest.mark.parametrize("most", [0, 1000])
@settings(max_examples=60, deadline=None)
@given(SOURCES, st.sampled_from(list(AGGREGATES)), st.sampled_from([1.0, 0.0, -2.0, INFINITY]))
def test_algebra(most, models, aggregate, weight):
    sources = [filled(model, most) for model in models]
    if len(models) > 1:  # one of them is a set
        sources[1] = set(models[1])
        models[1] = dict.fromkeys(models[1], 1.0)
    weights = [weight] * len(models)
    union, common = {}, weighted(models[0], weight, aggregate)
    for model in models:
        for member, score in weighted(model, weight, aggregate).items():
            known = member in union
            union[member] = AGGREGATES[aggregate](union[member], score) if known else score
    for model in models[1:]:
        other = weighted(model, weight, aggregate)
        common = {m: AGGREGATES[aggregate](s, other[m]) for m, s in common.items() if m in other}
    rest = {m: s for m, s in models[0].items() if not any(m in other for other in models[1:])}
    for function, wanted in ((scored_algebra.unite, union), (scored_algebra.intersect, common)):
        result = Scored()
        function(result, sources, weights, aggregate)
        result.check()
        assert {m: result.score(m) for m in result} == wanted
    result = Scored()
    scored_algebra.subtract(result, sources)
    result.check()
    assert {m: result.score(m) for m in result} == rest
    assert scored_algebra.count_common(sources, 0) == len(common)
    assert scored_algebra.count_common(sources, 2) == min(len(common), 2)
