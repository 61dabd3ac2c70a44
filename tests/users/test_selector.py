"""What a selector permits, how its rules are read and spelled, and which of them are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rediskit.commands  # noqa: F401  fills the command table
from rediskit import errors
from rediskit.grammar.command import (
    CATEGORIES,
    DECLARED,
)
from rediskit.grammar.command_table import CommandTable
from rediskit.users.selector import (
    COMMAND_DENIED,
    KEY_DENIED,
    RuleError,
    Selector,
    commands_of_category,
    has_blanks,
    parse_selector,
)
from tests.support.resp import words


def selector(*rules):
    """A selector that follows rules given as str."""
    made = Selector()
    for rule in rules:
        made.apply(rule.encode())
    return made


def denial(made, line):
    """What a selector has against a request."""
    request = words(line)
    return made.denial(CommandTable().find(request), request)


def test_a_new_selector_permits_nothing():
    made = Selector()
    assert made.describe() == b"resetchannels -@all"
    assert denial(made, "GET k") == (COMMAND_DENIED, 0)
    assert denial(made, "CLIENT ID") == (COMMAND_DENIED, 0)
    assert Selector(opens_channels=True).describe() == b"&* -@all"


def test_what_needs_no_authentication_needs_no_permission():
    for line in ("AUTH x", "HELLO", "QUIT", "RESET"):
        assert denial(Selector(), line) is None


@pytest.mark.parametrize(
    ("rules", "line", "reason"),
    [
        ("+get ~*", "GET k", None),
        ("+GET ~*", "set k v", (COMMAND_DENIED, 0)),
        ("+client|id", "CLIENT ID", None),
        ("+client|id", "CLIENT INFO", (COMMAND_DENIED, 0)),
        ("+client", "CLIENT INFO", None),
        ("+client -client|info", "CLIENT INFO", (COMMAND_DENIED, 0)),
        ("+select|0", "SELECT 0", None),
        ("+select|0", "SELECT 1", (COMMAND_DENIED, 0)),
        ("+select|0 +select|1", "SELECT 1", None),
        ("+select|0 -select", "SELECT 0", (COMMAND_DENIED, 0)),
        ("+debug|sleep", "DEBUG SLEEP 0", None),
        ("+@string ~*", "GET k", None),
        ("+@string ~*", "LPUSH k v", (COMMAND_DENIED, 0)),
        ("+@all -@string ~*", "GET k", (COMMAND_DENIED, 0)),
        ("+get ~a*", "GET abc", None),
        ("+get ~a* ~b*", "GET bc", None),
        ("+get ~a*", "GET b", (KEY_DENIED, 1)),
        ("+mget ~a", "MGET a b a", (KEY_DENIED, 2)),
        ("+@all %R~r %W~w", "COPY r w", None),
        ("+@all %R~r %W~w", "COPY w r", (KEY_DENIED, 1)),
        ("+@all %R~r %W~w", "GET w", (KEY_DENIED, 1)),
        ("+@all %R~r %W~w", "LPUSH r v", (KEY_DENIED, 1)),
        ("+@all %W~w", "SET w v", None),
        ("+@all %W~w", "SET w v GET", (KEY_DENIED, 1)),
        ("+@all %R~r", "EXISTS r", None),
        ("+@all %W~r", "EXISTS r", None),
        ("+@all %RW~x", "GETSET x v", None),
        ("+@all %R~x %W~x", "GETSET x v", None),
        ("+@all ~r %W~w", "SORT r STORE w", None),
        ("+@all ~r", "SORT r STORE w", (KEY_DENIED, 3)),
        ("+@all ~r", "GEORADIUS r 0 0 1 m STORE w", (KEY_DENIED, 7)),
        ("+@all ~r", "ZUNIONSTORE r 2 r w", (KEY_DENIED, 4)),
        ("+@all ~r", "PING", None),
    ],
)
def test_a_request_is_permitted_or_denied(rules, line, reason):
    assert denial(selector(*rules.split()), line) == reason


def permitted(rules, channels, is_pattern):
    """Which channels a selector permits."""
    made = selector(*rules.split())
    return [made.permits_channel(channel, is_pattern) for channel in channels]


def test_channels_match_patterns_but_patterns_must_be_the_same():
    assert permitted("&news:*", [b"news:a", b"other"], False) == [True, False]
    assert permitted("&news:*", [b"news:a", b"news:*"], True) == [False, True]
    assert permitted("&*", [b"anything"], True) == [True]


def test_rules_that_cannot_be_followed_say_why():
    for rules, reason in (
        ("foo", errors.RULE_SYNTAX),
        ("%~x", errors.RULE_SYNTAX),
        ("%R", errors.RULE_SYNTAX),
        ("%RR~x", errors.RULE_SYNTAX),
        ("%X~x", errors.RULE_SYNTAX),
        ("+select|", errors.RULE_SYNTAX),
        ("+", errors.RULE_UNKNOWN_COMMAND),
        ("+nosuch", errors.RULE_UNKNOWN_COMMAND),
        ("+nosuch|x", errors.RULE_UNKNOWN_COMMAND),
        ("-nosuch", errors.RULE_UNKNOWN_COMMAND),
        ("-select|0", errors.RULE_UNKNOWN_COMMAND),
        ("+client|nosuch", errors.RULE_UNKNOWN_COMMAND),
        ("+get|a|b", errors.RULE_UNKNOWN_COMMAND),
        ("+@nosuch", errors.RULE_UNKNOWN_COMMAND),
        ("-@", errors.RULE_UNKNOWN_COMMAND),
        ("+client|id|x", errors.RULE_FIRST_ARGUMENT),
        ("~* ~a", errors.RULE_ALL_KEYS),
        ("allkeys %R~a", errors.RULE_ALL_KEYS),
        ("&* &a", errors.RULE_ALL_CHANNELS),
    ):
        with pytest.raises(RuleError) as caught:
            selector(*rules.split())
        assert caught.value.reason == reason, rules
    for rule in (b"~a b", b"~a\0", b"&a b", b"%R~a\tb"):
        with pytest.raises(RuleError):
            Selector().apply(rule)
    assert has_blanks(b"a b") and has_blanks(b"\0") and not has_blanks(b"a:b")


@pytest.mark.parametrize(
    ("rules", "spelled"),
    [
        ("+@all -@hash -@slow +hget", "+@all -@hash -@slow +hget"),
        ("+@all -@hash -@slow +hget -@hash", "+@all -@slow +hget -@hash"),
        ("+@all -@hash +@hash", "+@all +@hash"),
        ("+get +set -@all", "-@all"),
        ("-@string -@slow +@all", "+@all"),
        ("+@HASH +@hash +@HaSh", "-@all +@hash"),
        ("+HGET +hget", "-@all +hget"),
        ("+hget -hset +hset -hget", "-@all +hset -hget"),
        ("+client|list +client|list +config|get +config", "-@all +client|list +config"),
        ("+config +config|get -config|set +config", "-@all +config"),
        ("+select|0 +SELECT|0 +select|1", "-@all +select|0 +select|1"),
        ("+select|0 +debug|segfault +debug", "-@all +select|0 +debug"),
        ("-@dangerous", "-@all -@dangerous"),
        ("+@all +client|id", "+@all +client|id"),
    ],
)
def test_of_rules_for_commands_the_last_word_is_kept(rules, spelled):
    assert selector(*rules.split()).spelled_commands() == spelled.encode()


def test_keys_and_channels_are_spelled_in_their_order():
    made = selector("%R~a", "%W~b", "~c", "%RW~d", "&x", "&y", "&x", "%W~a")
    assert made.spelled_keys() == b"~a %W~b ~c ~d"
    assert made.spelled_channels() == b"&x &y"
    assert made.describe() == b"~a %W~b ~c ~d resetchannels &x &y -@all"
    assert selector("allkeys", "allchannels", "allcommands").describe() == b"~* &* +@all"
    assert selector("~a", "resetkeys", "&a", "resetchannels").describe() == b"resetchannels -@all"


def test_what_permits_everything_says_so():
    assert selector("~*", "&*", "+@all").permits_everything
    assert selector("~*", "&*", "+@all", "+get").permits_everything
    for rules in ("~* &* +@all -get", "~* +@all", "&* +@all", "~* &*", "~* &* +@all nocommands"):
        assert not selector(*rules.split()).permits_everything


def test_reading_all_keys():
    assert selector("~*").reads_all_keys() and selector("%RW~*").reads_all_keys()
    assert selector("%R~*").reads_all_keys()
    assert not selector("%W~*").reads_all_keys() and not selector("~a*").reads_all_keys()


def test_categories_are_whole():
    assert commands_of_category(b"nosuch") is None
    assert DECLARED.named(b"get") in commands_of_category(b"STRING")
    everything = set(DECLARED.every())
    assert everything == set(commands_of_category(b"fast")) | set(commands_of_category(b"slow"))


def test_a_selector_in_brackets():
    assert parse_selector(b"( ~a  +get )", False).describe() == b"~a resetchannels -@all +get"
    assert parse_selector(b"()", True).describe() == b"&* -@all"
    with pytest.raises(RuleError):
        parse_selector(b"(foo)", False)


def test_a_copy_is_independent():
    one = selector("~a", "&b", "+get", "+select|0")
    other = one.copy()
    for rule in (b"%R~a", b"~z", b"&z", b"-get", b"+select|1"):
        other.apply(rule)
    assert one.describe() == b"~a resetchannels &b -@all +get +select|0"
    assert denial(one, "GET a") is None and denial(one, "SELECT 1") is not None


NAMES = sorted(each.name.decode() for each in DECLARED.every())
SIGNS = st.sampled_from("+-")
COMMAND_RULES = st.one_of(
    st.builds(str.__add__, SIGNS, st.sampled_from(NAMES)),
    st.builds("{}@{}".format, SIGNS, st.sampled_from([*CATEGORIES, "all"])),
    st.sampled_from(["+select|0", "+debug|sleep", "+get|a", "allcommands", "nocommands"]),
)
OTHER_RULES = st.sampled_from(
    ["~a", "%R~a", "%W~a", "%RW~b*", "~*", "allkeys", "resetkeys"]
    + ["&a", "&b*", "&*", "allchannels", "resetchannels"]
)


@given(st.lists(COMMAND_RULES | OTHER_RULES, max_size=12))
def test_what_is_spelled_makes_the_same_selector(rules):
    made = Selector()
    for rule in rules:
        try:
            made.apply(rule.encode())
        except RuleError as error:
            assert error.reason in (errors.RULE_ALL_KEYS, errors.RULE_ALL_CHANNELS)
    again = Selector()
    for rule in made.describe().split():
        again.apply(rule)
    assert again.describe() == made.describe()
    assert again.commands == made.commands
    assert again.first_arguments == made.first_arguments
    assert again.all_commands == made.all_commands
    if made.all_commands:
        assert made.commands == set(DECLARED.every())
