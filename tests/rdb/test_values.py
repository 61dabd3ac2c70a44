"""Values through payloads: whatever is in them comes back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.datatypes.hash import Hash
from rediskit.datatypes.limits import Limits
from rediskit.datatypes.list import List
from rediskit.datatypes.set import Set
from rediskit.datatypes.sorted_set import SortedSet
from rediskit.datatypes.string import String
from rediskit.rdb.snapshot import dump, is_intact, restore

LIMITS = Limits()
TEXTS = st.one_of(
    st.binary(max_size=70),
    st.integers(-(2**63), 2**63 - 1).map(lambda number: b"%d" % number),
    st.sampled_from([b"", b"-0", b"007", b"a" * 5000, b"9223372036854775808"]),
)
SCORES = st.floats(allow_nan=False)


def through(value, compression):
    """What is restored from the payload of a value."""
    payload = dump(value, compression)
    assert is_intact(payload)
    found = restore(payload, LIMITS)
    if hasattr(found, "check"):
        found.check()
    return found


@given(st.one_of(TEXTS, st.binary(max_size=20000)), st.booleans())
def test_strings(text, compression):
    assert through(text, compression) == text
    assert through(String(text), compression) == text


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers(number):
    assert through(number, True) == b"%d" % number


@settings(max_examples=50)
@given(st.lists(TEXTS, min_size=1, max_size=300), st.booleans())
def test_lists(texts, compression):
    elements = List()
    elements.expect(tuple(texts), LIMITS.list_size)
    for text in texts:
        elements.push_right(text)
    found = through(elements, compression)
    assert list(found) == texts
    assert found.encoding == elements.encoding


@settings(max_examples=50)
@given(st.sets(TEXTS, min_size=1, max_size=300), st.booleans())
def test_sets(texts, compression):
    members = Set()
    for text in texts:
        members.put(text, LIMITS)
    found = through(members, compression)
    assert set(found.members()) == texts
    assert found.encoding == members.encoding


@settings(max_examples=50)
@given(st.dictionaries(TEXTS, SCORES, min_size=1, max_size=200), st.booleans())
def test_sorted_sets(scores, compression):
    scored = SortedSet()
    for member, score in scores.items():
        scored.add(member, score)
    found = through(scored, compression)
    assert {member: found.score(member) for member in found} == scores
    assert found.encoding == scored.encoding


@settings(max_examples=50)
@given(
    st.dictionaries(
        TEXTS,
        st.tuples(TEXTS, st.sampled_from([-1, -1, 1, 5, 2**48 - 1])),
        min_size=1,
        max_size=200,
    ),
    st.booleans(),
)
def test_hashes(wanted, compression):
    fields = Hash()
    for field, (value, deadline) in wanted.items():
        fields.put(field, value, LIMITS.hash_entries, LIMITS.hash_value)
        if deadline > 0:
            fields.set_deadline(field, deadline)
    found = through(fields, compression)
    assert {f: (found.get(f), found.deadline(f)) for f in found.fields()} == wanted
    assert found.is_compact == fields.is_compact
    assert found.first_deadline() == fields.first_deadline()
