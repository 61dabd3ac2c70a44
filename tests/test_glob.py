"""Glob patterns: what redis-server was seen to match, and a naive matcher of the same rules."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rediskit.glob import matches

MATCHES = [
    (b"", b""), (b"*", b""), (b"*", b"abc"), (b"**", b"abc"), (b"abc", b"abc"), (b"a?c", b"abc"),
    (b"a*", b"a"), (b"*c", b"abc"), (b"a*c", b"abbbc"), (b"a*b*c", b"a1b2b3c"), (b"*a*", b"bab"),
    (b"[abc]", b"b"), (b"[a-c]", b"b"), (b"[c-a]", b"b"), (b"[^a-c]", b"d"), (b"[^a]", b"b"),
    (b"[a-]", b"`"), (b"[a", b"a"), (b"[ab", b"b"), (b"[^", b"x"), (b"[^]", b"x"),
    (b"x[a-c", b"xb"),
    (b"[\\]]", b"]"), (b"[\\^]", b"^"), (b"[a^]", b"^"), (b"[\\a-c]", b"-"), (b"\\*", b"*"),
    (b"\\a", b"a"), (b"\\\\", b"\\"), (b"\\", b"\\"), (b"a\\", b"a\\"), (b"]", b"]"), (b"-", b"-"),
    (b"[\x80-\xff]", b"\xc3"), (b"\0*", b"\0a"), (b"a[b*]c", b"a*c"), (b"h[^e]llo", b"hallo"),
]  # fmt: skip

MISSES = [
    (b"", b"a"), (b"**", b""), (b"?", b""), (b"a", b""), (b"a", b"b"), (b"a", b"ab"), (b"ab", b"a"),
    (b"a?", b"a"), (b"?", b"ab"), (b"a*c", b"abb"), (b"[abc]", b"d"), (b"[a-c]", b"d"),
    (b"[]", b"a"),
    (b"[", b"["), (b"[^a]", b"a"), (b"[a]", b"aa"), (b"[\\]]", b"\\"), (b"\\*", b"a"), (b"A", b"a"),
    (b"\\", b"a"), (b"[a-c", b"d"), (b"*b", b"a"), (b"*a", b"ab"), (b"h[^e]llo", b"hello"),
]  # fmt: skip


@pytest.mark.parametrize("pattern, text", MATCHES)
def test_matches(pattern, text):
    assert matches(pattern, text) is True
    assert matches(pattern, text, True) is True


@pytest.mark.parametrize("pattern, text", MISSES)
def test_misses(pattern, text):
    assert matches(pattern, text) is False


def test_ignoring_case():
    for pattern, text in [(b"ab*", b"ABC"), (b"AB?", b"abc"), (b"[abc]", b"B"), (b"[A-C]", b"b"),
                          (b"[^x]", b"Y"), (b"\\A", b"a"), (b"[A-z]", b"c")]:  # fmt: skip
        assert matches(pattern, text, True), pattern
    for pattern, text in [(b"ab", b"ABC"), (b"[^abc]", b"B"), (b"[Z-a]", b"m"), (b"[\\A]", b"a"),
                          (b"[", b"{"), (b"\xe9", b"\xc9")]:  # fmt: skip
        assert not matches(pattern, text, True), pattern


def test_many_stars_take_no_exponential_time():
    assert not matches(b"a*" * 200 + b"b", b"a" * 5000)
    assert matches(b"*a" * 200, b"a" * 5000)
    assert not matches(b"[ab]*" * 200 + b"c", b"ab" * 2500)


def naive(pattern, text):
    """The rules by recursion, one part of the pattern at a time."""
    if not pattern or not text:
        return not pattern.strip(b"*") and not text
    if pattern[:1] == b"*":
        rest = pattern.lstrip(b"*")
        return not rest or any(naive(rest, text[taken:]) for taken in range(len(text)))
    fits, rest = naive_part(pattern, text[0])
    return fits and naive(rest, text[1:])


def naive_part(pattern, byte):
    """Whether the first part of a pattern takes a byte, and the rest of the pattern."""
    if pattern[:1] == b"?":
        return True, pattern[1:]
    if pattern[:1] == b"\\" and len(pattern) > 1:
        return pattern[1] == byte, pattern[2:]
    if pattern[:1] != b"[":
        return pattern[0] == byte, pattern[1:]
    negated = pattern[1:2] == b"^"
    rest = pattern[2 if negated else 1 :]
    members = set()
    while rest and rest[:1] != b"]":
        if rest[:1] == b"\\" and len(rest) > 1:
            members.add(rest[1])
            rest = rest[2:]
        elif len(rest) > 2 and rest[1:2] == b"-":
            low, high = sorted((rest[0], rest[2]))
            members.update(range(low, high + 1))
            rest = rest[3:]
        else:
            members.add(rest[0])
            rest = rest[1:]
    return (byte in members) != negated, rest[1:]


letters = st.lists(st.sampled_from(list(b"aabbc*?[]^-\\")), max_size=9).map(bytes)


@given(letters, st.lists(st.sampled_from(list(b"aabbc]-^\\")), min_size=1, max_size=7).map(bytes))
@example(b"[a-]b", b"a")
def test_agrees_with_the_naive_matcher(pattern, text):
    assert matches(pattern, text) == naive(pattern, text)


def test_a_pattern_with_more_than_a_thousand_stars_in_use_does_not_match():
    text = b"a" * 5000
    assert matches(b"*?" * 1000, text)
    assert not matches(b"*?" * 1001, text)
    assert matches(b"*?" * 900 + b"*" * 5000, text)
