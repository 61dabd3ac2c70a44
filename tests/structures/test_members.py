"""Sets of byte strings against Python's sets, with check() after each step, in every form."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import memory
from rediskit.structures.buffer import Buffer
from rediskit.structures.gathering import Gathered, count_selected, gather, select_into
from rediskit.structures.members import Members

SMALL = (4, 4, 8)  # most integers, most members of a pack, bytes of the longest
MEMBERS = st.one_of(
    st.integers(-5, 20).map(lambda number: b"%d" % number),
    st.integers(-(2**63), 2**63 - 1).map(lambda number: b"%d" % number),
    st.binary(max_size=10),
    st.sampled_from([b"", b"-0", b"01", b"x" * 255, b"y" * 256, b"z" * 70000]),
)


def members_of(values, bounds=SMALL):
    found = Members()
    for value in values:
        found.add(value, *bounds)
    found.check()
    return found


def blocks_of(source):
    out = Buffer()
    source.append_to(out)
    return bytes(out)


def numbers(count):
    return [b"%d" % number for number in range(count)]


FORMS = {
    "integers": members_of(numbers(40), (100, 0, 0)),
    "pack": members_of([*numbers(20), *(b"m%d" % n for n in range(20))], (100, 100, 100)),
    "table": members_of([*numbers(200), *(b"m%d" % n for n in range(800))], (4, 4, 8)),
}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["add", "remove", "pop", "copy"]), MEMBERS)),
    st.sampled_from([SMALL, (0, 0, 0), (0, 5, 64), (5, 0, 64), (512, 128, 64), (3, 9, 3)]),
)
def test_random_steps_against_a_set(steps, bounds):
    model, members = set(), Members()
    for step, value in steps:
        if step == "add":
            assert members.add(value, *bounds) == (value not in model)
            model.add(value)
        elif step == "remove":
            assert members.remove(value) == (value in model)
            model.discard(value)
        elif step == "pop":
            popped = members.pop()
            assert popped is None if not model else popped in model
            model.discard(popped)
        else:
            other = Members()
            members.copy_into(other)
            assert other.form == members.form
            members = other
        members.check()
        assert set(members) == model and len(members) == len(model)
        assert members.contains(value) == (value in model)


def test_the_form_follows_the_bounds():
    members = members_of([b"1", b"2", b"3", b"4"])
    assert members.form == "integers"
    assert members_of([*members, b"5"]).form == "table"
    assert members_of([b"1", b"2", b"3", b"a"]).form == "pack"
    assert members_of([b"1", b"2", b"3", b"4", b"a"]).form == "table"
    assert members_of([b"a", b"b", b"c", b"4"]).form == "pack"
    assert members_of([b"a", b"b", b"c", b"4", b"e"]).form == "table"
    assert members_of([b"a" * 8]).form == "pack"
    assert members_of([b"a" * 9]).form == "table"
    # An integer whose digits are too many for a pack.
    assert members_of([b"123456789", b"a"]).form == "table"
    assert members_of([b"-1234567", b"a"]).form == "pack"


@pytest.mark.parametrize(
    ("first", "count", "form"),
    [
        (b"1", 4, "integers"),
        (b"1", 5, "table"),
        (b"a", 4, "pack"),
        (b"a", 5, "table"),
    ],
)
def test_a_great_many_are_expected(first, count, form):
    members = Members()
    members.expect(first, count, 4, 4)
    members.check()
    assert members.form == form
    members.add(first, *SMALL)
    members.expect(b"2", count, 4, 4)
    assert members.form == form and list(members) == [first]


def test_integers_may_be_expected_in_a_pack():
    members = Members()
    members.expect(b"1", 1, 0, 128)
    members.add(b"1", 0, 128, 64)
    assert members.form == "pack"


@pytest.mark.parametrize("form", FORMS)
def test_replies_have_every_member(form):
    members = FORMS[form]
    assert members.form == form
    gathered = gather([members], True)
    assert sorted(gathered) == sorted(members) and len(gathered) == len(members)
    wanted = b"".join(b"$%d\r\n%b\r\n" % (len(each), each) for each in members.members())
    assert blocks_of(members) == blocks_of(gathered) == wanted


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("other_form", FORMS)
def test_two_sets(form, other_form):
    one, other = FORMS[form], FORMS[other_form]
    both, rest = set(one) & set(other), set(one) - set(other)
    assert set(gather([one, other], True)) == both
    assert set(gather([one, other], False)) == rest
    assert set(gather([one, other, one], False)) == set()
    assert count_selected([one, other], True, 0) == len(both)
    assert count_selected([one, other], True, 5) == min(len(both), 5)
    for wanted, selected in ((True, both), (False, rest)):
        target = Members()
        select_into(target, [one, other], wanted, *SMALL)
        target.check()
        assert set(target) == selected
    united, left = Members(), Members()
    one.copy_into(united)
    one.copy_into(left)
    united.add_all(other, *SMALL)
    left.remove_all(other)
    united.check()
    left.check()
    assert set(united) == set(one) | set(other) and set(left) == rest


def test_what_was_gathered_may_hold_anything():
    values = [b"", b"\r\n", b"$1\r\n", b"\0" * 300]
    assert sorted(gather([members_of(values)], True)) == sorted(values)
    assert list(Gathered()) == [] and len(Gathered()) == 0


# Chance. A chi-square value passes its limit in one of a million runs.


def chi_square(counts, expected):
    return sum((count - expected) ** 2 / expected for count in counts)


def limit_of(freedom):
    """About the value passed with a chance of 1e-6 (Wilson and Hilferty 1931, z = 4.75)."""
    return freedom * (1 - 2 / (9 * freedom) + 4.75 * (2 / (9 * freedom)) ** 0.5) ** 3


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", ["random_member", "append_random", "sample", "sample_many"])
def test_every_member_has_the_same_chance(form, way):
    members = FORMS[form]
    counts = dict.fromkeys(members, 0)
    draws = 40 * len(members)
    for member in drawn(members, way, draws):
        counts[member] += 1
    total = sum(counts.values())
    assert total >= draws
    # Of samples without repetition, the spread is smaller: the test is only stricter on defects.
    assert chi_square(counts.values(), total / len(members)) < limit_of(len(members) - 1)


def drawn(members, way, draws):
    if way == "random_member":
        return [members.random_member() for _ in range(draws)]
    if way == "append_random":
        out = Buffer()
        members.append_random(out, draws)
        return bytes(out).split(b"\r\n")[1::2]
    size = len(members) // (8 if way == "sample" else 2)
    return [member for _ in range(-(-draws // size)) for member in members.sample(size)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_every_member_is_popped_with_the_same_chance(form, share):
    count = max(1, int(share * len(FORMS[form])))
    counts = dict.fromkeys(FORMS[form], 0)
    rounds = 20 * len(FORMS[form]) // count + 20
    for _ in range(rounds):
        members = Members()
        FORMS[form].copy_into(members)
        popped = [members.pop()] if count == 1 else members.pop_many(count)
        assert len(set(popped)) == count and len(members) == len(FORMS[form]) - count
        assert set(popped).isdisjoint(members)
        for member in popped:
            counts[member] += 1
    members.check()
    expected = rounds * count / len(counts)
    assert chi_square(counts.values(), expected) < limit_of(len(counts) - 1)


@pytest.mark.parametrize("form", FORMS)
def test_samples_are_whole_or_different_members(form):
    members = FORMS[form]
    for count in (0, 1, 2, len(members) // 3, len(members) - 1, len(members), len(members) + 1):
        found = members.sample(count)
        assert len(found) == len(set(found)) == min(count, len(members))
        assert set(found) <= set(members)
    assert Members().sample(3) == [] and Members().random_member() is None
    assert Members().pop() is None and Members().pop_many(2) == []


@pytest.mark.parametrize(("count", "form"), [(990, "pack"), (996, "pack"), (800, "table")])
def test_what_nearly_all_leave_moves_to_a_small_form(count, form):
    members = Members()
    FORMS["table"].copy_into(members)
    members.pop_many(count, 10, 10, 64)
    members.check()
    assert members.form == form and len(members) == 1000 - count
    assert set(members) < set(FORMS["table"])


def test_a_small_form_is_split_in_its_form():
    for form in ("integers", "pack"):
        members = Members()
        FORMS[form].copy_into(members)
        popped = members.pop_many(30)
        members.check()
        assert members.form == form and set(popped) | set(members) == set(FORMS[form])


# Scanning


def test_a_scan_meets_what_stays_though_others_come_and_go():
    generator = random.Random(5)
    members = members_of(b"stays %d" % number for number in range(500))
    stays = set(members)
    cursor, met = 0, set()
    while True:
        cursor, found = members.scan(cursor, 7)
        met.update(found)
        for _ in range(20):
            members.add(b"comes %d" % generator.randrange(5000), *SMALL)
            members.remove(b"comes %d" % generator.randrange(5000))
        if not cursor:
            break
    members.check()
    assert stays <= met


def test_small_forms_are_scanned_at_once():
    for form in ("integers", "pack"):
        assert FORMS[form].scan(0, 1) == (0, list(FORMS[form]))


# Memory


@pytest.mark.parametrize("form", FORMS)
def test_memory_is_what_it_takes(form):
    before = memory.used()
    members = Members()
    FORMS[form].copy_into(members)
    assert members.memory == memory.used() - before > 0
    members.clear()
    assert members.form == "integers" and not members
    del members
    assert memory.used() == before
