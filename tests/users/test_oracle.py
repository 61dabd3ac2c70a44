"""Random rules on rediskit and on redis-server: the same errors, and the same user in the end.

Redis 7.0 spells rules for commands anew, in its own way; what it spells is read by our own parser
and must permit the same commands, of those that both servers have.
"""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rediskit.errors import CommandError
from rediskit.grammar.command import CATEGORIES, DECLARED
from rediskit.server import Server
from rediskit.users.selector import RuleError, Selector
from tests.support.resp import spell
from tests.support.servers import ServerProcess, redis_command

NAMES = [
    "get", "set", "hget", "lpush", "select", "client", "client|id", "client|kill", "config",
    "config|set", "acl", "acl|whoami", "debug", "zadd", "sort", "publish", "ping", "auth",
]  # fmt: skip
SIGNS = st.sampled_from("+-")
COMMANDS = st.builds(str.__add__, SIGNS, st.sampled_from(NAMES))
CATEGORY = st.builds("{}@{}".format, SIGNS, st.sampled_from([*CATEGORIES, "all"]))
ODD = st.sampled_from(
    ["+select|0", "+select|1", "+debug|sleep", "-select|0", "+client|nosuch", "+nosuch", "+@nosuch"]
    + ["+get|a|b", "+client|id|x", "+select|", "nosuch", "%~a", "%RR~a", "+", "allcommands", "~a b"]
)
PATTERNS = st.sampled_from(
    ["~a", "~b*", "%R~a", "%W~a", "%RW~c", "%wr~d", "~*", "allkeys", "resetkeys"]
    + ["&a", "&b*", "&*", "allchannels", "resetchannels"]
)
OTHERS = st.sampled_from(
    ["on", "off", "nopass", "resetpass", ">a", ">b", "<a", f"#{'0' * 64}", f"!{'0' * 64}", "#1"]
    + ["reset", "clearselectors", "skip-sanitize-payload", "sanitize-payload"]
)
INNER = COMMANDS | CATEGORY | PATTERNS
SELECTORS = st.builds(lambda rules: f"({' '.join(rules)})", st.lists(INNER, max_size=4))
RULES = st.one_of(COMMANDS, COMMANDS, CATEGORY, CATEGORY, PATTERNS, OTHERS, SELECTORS, ODD)


@pytest.fixture(scope="module")
def oracle(redis_server):
    """A connection to redis-server, in RESP3."""
    with redis_server.connect(3) as connection:
        yield connection


@pytest.fixture(scope="module")
def shared(oracle):
    """The commands that both servers have."""
    found = map(
        DECLARED.named, [name.content for name in oracle.execute("COMMAND", "LIST").content]
    )
    return {command for command in found if command is not None}


def permitted(rules, shared):
    """(which of the shared commands, which first arguments) rules for commands permit."""
    selector = Selector()
    for rule in rules.split():
        with contextlib.suppress(RuleError):  # of a command that we do not have
            selector.apply(rule)
    partly = selector.first_arguments.keys() - selector.commands
    first = {command: set(selector.first_arguments[command]) for command in partly}
    return selector.commands & shared, first


def fields(reply):
    """A map of a reply as a dict."""
    return {key.content: value for key, value in reply.content}


def same_selector(ours, theirs, shared):
    """Asserts that two descriptions of a selector mean the same."""
    for name in (b"keys", b"channels"):
        assert ours[name] == theirs[name].content
    mine = permitted(ours[b"commands"], shared)
    assert mine == permitted(theirs[b"commands"].content, shared)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calls=st.lists(st.lists(RULES, max_size=6), min_size=1, max_size=4))
def test_users_are_those_of_redis(oracle, shared, calls):
    server = Server()
    client = server.client()
    oracle.execute("ACL", "DELUSER", "random")
    try:
        for rules in calls:
            words = [b"ACL", b"SETUSER", b"random", *map(str.encode, rules)]
            try:
                server.execute(client, *words)
                ours = "+OK"
            except CommandError as error:
                ours = f"-{error}"
            assert ours == spell(oracle.execute(*words))
        theirs = oracle.execute("ACL", "GETUSER", "random")
        ours = server.execute(client, b"ACL", b"GETUSER", b"random")
    finally:
        server.loop.close()
    if ours is None:
        assert theirs.content is None
        return
    theirs = fields(theirs)
    flags = {flag.content for flag in theirs[b"flags"].content}
    assert set(ours[b"flags"]) - {b"sanitize-payload"} == flags - {b"sanitize-payload"}
    assert ours[b"passwords"] == [each.content for each in theirs[b"passwords"].content]
    same_selector(ours, theirs, shared)
    others = theirs[b"selectors"].content
    assert len(ours[b"selectors"]) == len(others)
    for mine, other in zip(ours[b"selectors"], others, strict=True):
        same_selector(mine, fields(other), shared)


FILES = [
    b"user a on +get ~a\nuser b (+get  ~b )\n\n  user c off\r\n",
    b"",
    b"\n \n\t\n",
    b"# a comment",
    b"user",
    b"USER a on",
    b"user  x on",
    b"user a on\nuser a off",
    b"user default on nopass\nuser default off",
    b"user a on foo >x bar +nosuch\nuser b ~* ~b\nuser c #12",
    b"user a +@nosuch -nosuch +get|a|b\nfoo bar",
    b"user a\tb on",
    b"user a\x01b on",
    b'user "a" on\nuser b "~x"',
    b"user a on >\t +get\t",
    b"user a allkeys allkeys &* allchannels -@all +@all (~a) clearselectors",
]


def test_files_of_users_are_those_of_redis(tmp_path):
    command = redis_command()
    if command is None:
        pytest.skip("redis-server is not installed")
    paths = [tmp_path / "ours.acl", tmp_path / "theirs.acl"]
    for path in paths:
        path.touch()
    server = Server()
    server.config.assign("aclfile", str(paths[0]))
    process = ServerProcess(command, aclfile=paths[1])
    try:
        oracle = process.start().connect()
        for text in FILES:
            for path in paths:
                path.write_bytes(text)
            theirs = spell(oracle.execute("ACL", "LOAD")).replace("theirs.acl", "ours.acl")
            assert loaded(server) == theirs, text
            users = [user.name for user in server.users.in_order()]
            assert users == [each.content for each in oracle.execute("ACL", "USERS").content]
    finally:
        process.remove()
        server.loop.close()


def loaded(server):
    """What ACL LOAD replies, spelled."""
    try:
        server.execute(server.client(), b"ACL", b"LOAD")
    except CommandError as error:
        return f"-{error}"
    return "+OK"
