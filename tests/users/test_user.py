"""Users: passwords, switches, several selectors, and rules that give the same user again."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rediskit.commands  # noqa: F401  fills the command table
from rediskit import errors
from rediskit.grammar.command_table import CommandTable
from rediskit.users.selector import COMMAND_DENIED, KEY_DENIED, RuleError
from rediskit.users.user import User, default_user, hashed, merge_selectors
from tests.support.resp import words

HASH = hashlib.sha256(b"secret").hexdigest().encode()


def user(*rules):
    """A user that follows rules given as str."""
    made = User(b"u")
    for rule in rules:
        made.apply(rule.encode())
    return made


def denial(made, line):
    """What a user may not do of a request."""
    request = words(line)
    return made.denial(CommandTable().find(request), request)


def test_a_new_user_is_off_and_may_do_nothing():
    assert User(b"u").describe() == b"off sanitize-payload resetchannels -@all"
    assert user("on", "nopass").accepts(b"anything")
    assert not user("nopass").accepts(b"anything")
    assert not user("on").accepts(b"")
    assert default_user().describe() == b"on nopass sanitize-payload ~* &* +@all"
    assert not default_user().is_restricted and User(b"u").is_restricted


def test_passwords_are_kept_as_hashes():
    made = user("on", ">secret", ">other", ">secret")
    assert made.passwords == [HASH, hashed(b"other")]
    assert made.accepts(b"secret") and made.accepts(b"other") and not made.accepts(b"third")
    assert not made.accepts(HASH)
    assert b"#" + HASH in made.describe() and b"secret" not in made.describe()
    made.apply(b"<secret")
    assert not made.accepts(b"secret")
    made.apply(b"#" + HASH)
    assert made.accepts(b"secret")
    made.apply(b"!" + HASH)
    assert made.passwords == [hashed(b"other")]
    made.apply(b"nopass")
    assert made.passwords == [] and made.accepts(b"x")
    made.apply(b">secret")
    assert made.accepts(b"secret") and not made.accepts(b"x")
    made.apply(b"resetpass")
    assert not made.accepts(b"secret") and not made.accepts(b"x")
    assert user("on", ">").accepts(b"")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (b"<unknown", errors.RULE_NO_PASSWORD),
        (b"!" + HASH, errors.RULE_NO_PASSWORD),
        (b"#" + HASH[1:], errors.RULE_HASH),
        (b"#" + HASH + b"0", errors.RULE_HASH),
        (b"#" + HASH.upper(), errors.RULE_HASH),
        (b"!xyz", errors.RULE_HASH),
        (b"nosuch", errors.RULE_SYNTAX),
        (b"(nosuch)", errors.RULE_SYNTAX),
        (b"(+nosuch)", errors.RULE_UNKNOWN_COMMAND),
        (b")", errors.RULE_SYNTAX),
        (b" () ", errors.RULE_SYNTAX),
        (b"(on)", errors.RULE_SYNTAX),
    ],
)
def test_rules_that_cannot_be_followed(rule, reason):
    with pytest.raises(RuleError) as caught:
        User(b"u").apply(rule)
    assert caught.value.reason == reason


def test_switches_and_reset():
    made = user("on", "skip-sanitize-payload", ">a", "~a", "&a", "+get", "(+set ~b)", "")
    assert made.flags() == [b"on", b"skip-sanitize-payload"]
    made.apply(b"clearselectors")
    assert len(made.selectors) == 1
    made.apply(b"RESET")
    assert made.describe() == User(b"u").describe()
    made.apply(b"reset", opens_channels=True)
    assert made.describe() == b"off sanitize-payload &* -@all"


def test_one_selector_must_permit_all_of_a_request():
    made = user("+mget", "~key", "(+mget ~key ~other)")
    assert denial(made, "MGET key other") is None
    assert denial(made, "GET key") == (COMMAND_DENIED, 0)
    assert denial(made, "MGET other third") == (KEY_DENIED, 2)
    assert denial(made, "MGET key other third") == (KEY_DENIED, 3)
    split = user("(%R~r +@all)", "(%W~w +@all)")
    assert denial(split, "GET r") is None and denial(split, "LPUSH w x") is None
    assert denial(split, "COPY r w") == (KEY_DENIED, 2)


def test_reading_whatever_key_needs_a_selector_that_permits_the_request():
    request = words("SORT list BY x*")
    sort = CommandTable().find(request)
    assert not user("(+sort ~list ~x*)").reads_all_keys(sort, request)
    assert not user("(+sort ~list %W~*)").reads_all_keys(sort, request)
    assert user("(+sort ~list %R~*)").reads_all_keys(sort, request)
    assert not user("(+sort ~list)", "~*").reads_all_keys(sort, request)


def test_brackets_join_rules():
    assert merge_selectors([b"on", b"(+get", b"~a", b")", b"off"]) == (
        [b"on", b"(+get ~a )", b"off"],
        None,
    )
    assert merge_selectors([b"(+get)", b"()"]) == ([b"(+get)", b"()"], None)
    assert merge_selectors([b"(+get", b"", b"+set)"]) == ([b"(+get  +set)"], None)
    assert merge_selectors([b"on", b"(+get", b"(+set"]) == ([b"on"], b"(+get (+set")
    assert merge_selectors([b"(", b"x)"]) == ([b"( x)"], None)


RULES = st.sampled_from(
    f"on off nopass resetpass >a >b #{HASH.decode()} sanitize-payload skip-sanitize-payload "
    "clearselectors reset ~a %R~b resetkeys &c resetchannels +get -set +@hash +@all -@all "
    "(+get) (%R~x) () (+@all) (-@all)".split()
)


@given(st.lists(RULES, max_size=12))
def test_what_is_described_makes_the_same_user(rules):
    made = user(*rules)
    again = User(b"u")
    merged, opened = merge_selectors(made.describe().split())
    assert opened is None
    for rule in merged:
        again.apply(rule)
    assert again.describe() == made.describe()
    copy = made.copy()
    assert copy.describe() == made.describe()
    assert copy.selectors[0] is not made.selectors[0]


def test_channels_that_are_kept():
    for before, after, kept in (
        ("", "", True),
        ("&a &b", "&b &a &c", True),
        ("&a &b", "&a", False),
        ("&a", "(&a)", True),
        ("&a (&b)", "&b (&a)", True),
        ("&a", "&a*", False),
        ("&*", "&a", False),
        ("&*", "(&*)", True),
        ("(&*)", "&a", False),
        ("&a", "allchannels", True),
    ):
        assert user(*after.split()).keeps_channels(user(*before.split())) == kept, (before, after)
    made = user("&a*", "(&b)")
    assert made.permits_channel(b"abc", False) and made.permits_channel(b"b", True)
    assert not made.permits_channel(b"abc", True) and not made.permits_channel(b"c", False)
