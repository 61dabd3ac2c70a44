"""The users of a server: rules from all sources, taken whole or not at all; the file of users."""

import os
from pathlib import Path

import pytest

from rediskit import errors
from rediskit.config.configuration import Configuration
from rediskit.config.file import ConfigFileError
from rediskit.errors import CommandError
from rediskit.server import Server
from rediskit.users.aclfile import UsersError, load
from rediskit.users.user import DEFAULT_NAME, hashed
from tests.support.configurations import load_text

SECRET = b"#" + hashed(b"secret")


class Lines:
    """A log that keeps what it is told."""

    def __init__(self):
        self.lines = []
        self.notice = self.warning = self.verbose = self.lines.append


def server_of(text, log=None):
    """A server whose configuration file has this text."""
    return Server(load_text(text.encode()), log)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working directory of its own."""
    monkeypatch.chdir(tmp_path)


def described(server, name):
    """The rules of a user, as str."""
    return server.users.get(name).describe().decode()


@pytest.fixture
def aclfile(tmp_path):
    """A function that writes the file of users, and gives its path."""

    def write(text):
        path = tmp_path / "users.acl"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


# redis.conf


def test_users_of_the_configuration():
    log = Lines()
    text = "requirepass old\nuser ann on >secret ~a (+get ~b)\nuser default on nopass +@all\n"
    server = server_of(text + "user x\n", log)
    assert described(server, b"ann") == (
        f"on sanitize-payload {SECRET.decode()} ~a resetchannels -@all "
        "(~b resetchannels -@all +get)"
    )
    assert described(server, DEFAULT_NAME) == "on nopass sanitize-payload resetchannels +@all"
    assert log.lines == [
        "The user 'x' is disabled (there is no 'on' modifier in the user description). "
        "Make sure this is not a configuration error."
    ]
    assert server.client().user is server.users.default


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("user a on foo", "Error in user declaration 'foo': Syntax error"),
        ("user a (+get", "Error in user declaration '(+get': Syntax error"),
        ("user a #123", "Error in user declaration '#123': " + errors.RULE_HASH),
        ("user a\nuser a on", "Error in user declaration 'a': " + errors.DUPLICATE_USER),
    ],
)
def test_a_user_line_that_makes_no_sense(line, text):
    with pytest.raises(ConfigFileError) as caught:
        server_of(line)
    assert caught.value.text == text
    assert caught.value.line_number == line.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("user a +nosuch", "Error loading ACL rule '+nosuch' for the user named 'a': "
         "Unknown command or category name in ACL"),
        ('user "a b" on', "Spaces not allowed in ACL usernames"),
        ("user a on\naclfile users.acl", "Configuring Redis with users defined in redis.conf and"),
        ("aclfile nosuch.acl", "Aborting Redis startup because of ACL errors: Error loading ACLs, "
         "opening file 'nosuch.acl': No such file or directory"),
    ],
)  # fmt: skip
def test_users_that_keep_the_server_from_starting(text, reason):
    with pytest.raises(UsersError) as caught:
        server_of(text)
    assert caught.value.text.startswith(reason)


def test_a_user_may_have_commands_that_are_renamed():
    server = server_of("user a on nopass ~* +get\nrename-command get fetch")
    client = server.client()
    server.execute(client, b"AUTH", b"a", b"x")
    assert server.execute(client, b"FETCH", b"k") is None


def test_rewriting_the_configuration_writes_the_users():
    server = server_of("# mine\nuser gone on\nuser ann off\n")
    client = server.client()
    server.execute(client, b"ACL", b"SETUSER", b"ann", b"on", b">secret", b"+get", b"(~x)")
    server.execute(client, b"ACL", b"SETUSER", b"bob")
    server.execute(client, b"ACL", b"DELUSER", b"gone")
    server.execute(client, b"CONFIG", b"REWRITE")
    text = Path(server.config.path).read_bytes()
    lines = [line for line in text.split(b"\n") if line.startswith(b"user ")]
    assert sorted(lines) == [
        b"user ann on sanitize-payload " + SECRET + b" resetchannels -@all +get "
        b"(~x resetchannels -@all)",
        b"user bob off sanitize-payload resetchannels -@all",
        b"user default on nopass sanitize-payload ~* &* +@all",
    ]
    again = Server(Configuration.load([server.config.path]))
    assert [each.describe() for each in again.users.in_order()] == [
        each.describe() for each in server.users.in_order()
    ]


# The file of users


def test_the_file_of_users(aclfile):
    path = aclfile("\nuser ann on >secret ~a\n\t \n  user bob (+get  ~b )\r\n")
    server = server_of(f"aclfile {path}\nrequirepass ignored\n")
    assert [user.name for user in server.users.in_order()] == [b"ann", b"bob", b"default"]
    assert described(server, DEFAULT_NAME) == "on nopass sanitize-payload ~* &* +@all"
    assert described(server, b"bob").endswith("(~b resetchannels -@all +get)")
    client = server.client()
    server.execute(client, b"ACL", b"SETUSER", b"cid", b"on", b"&c")
    server.execute(client, b"ACL", b"SAVE")
    assert path.read_bytes() == b"".join(
        b"user " + each.name + b" " + each.describe() + b"\n" for each in server.users.in_order()
    )
    assert path.stat().st_mode & 0o077 == 0o044 & ~os.umask(os.umask(0))
    before = server.users.get(b"ann")
    path.write_bytes(b"user ann off\nuser default on nopass +@all\n")
    server.execute(client, b"ACL", b"LOAD")
    assert [user.name for user in server.users.in_order()] == [b"ann", b"default"]
    assert server.users.get(b"ann") is before and not before.enabled
    assert client.user is server.users.default and client.user.is_restricted
    server.execute(client, b"CONFIG", b"REWRITE")
    assert "\nuser " not in "\n" + Path(server.config.path).read_text()


FAULTS = [
    ("user a foo >x bar", "{0}:1: Syntax error. "),
    ("user a +x -y ~* ~b on", "{0}:1: Error in applying operation '+x': "
     + errors.RULE_UNKNOWN_COMMAND + ". {0}:1: Error in applying operation '-y': "
     + errors.RULE_UNKNOWN_COMMAND + ". {0}:1: " + errors.RULE_ALL_KEYS + ". "),
    ("\n\nuser", "{0}:3 should start with user keyword followed by the username. "),
    ("# comment", "{0}:1 should start with user keyword followed by the username. "),
    ("user a\nuser a", "WARNING: Duplicate user 'a' found on line 2. "),
    ("user default\nuser default", "WARNING: Duplicate user 'default' found on line 2. "),
    ("user a\tb on", "'{0}:1: username 'a\tb' contains invalid characters. "),
    ("user a (+get", "{0}:1: Unmatched parenthesis in selector definition."),
    ("user a #12\nuser b <x", "{0}:1: " + errors.RULE_HASH + ". {0}:2: " + errors.RULE_NO_PASSWORD
     + ". "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "faults"), FAULTS)
def test_a_file_with_faults_changes_nothing(aclfile, text, faults):
    path = aclfile("user ann on\n")
    server = server_of(f"aclfile {path}")
    aclfile(text)
    with pytest.raises(CommandError) as caught:
        server.execute(server.client(), b"ACL", b"LOAD")
    assert caught.value.text == "ERR " + faults.format(path) + errors.ACL_FILE_UNCHANGED
    assert [user.name for user in server.users.in_order()] == [b"ann", b"default"]


def test_acl_pubsub_default_opens_channels(aclfile):
    path = aclfile("user ann on\nuser bob resetchannels &c\n")
    assert load(path, True)[b"ann"].describe() == b"on sanitize-payload &* -@all"
    server = server_of(f"aclfile {path}\nacl-pubsub-default allchannels")
    assert described(server, b"ann") == "on sanitize-payload &* -@all"
    assert described(server, b"bob") == "off sanitize-payload resetchannels &c -@all"
    server.config.set_many({"acl-pubsub-default": "resetchannels"})
    assert described(server, b"ann") == "on sanitize-payload &* -@all"
    server.users.change(b"new", [b"()"])
    assert described(server, b"new") == (
        "off sanitize-payload resetchannels -@all (resetchannels -@all)"
    )


def test_a_file_that_cannot_be_written(aclfile):
    log = Lines()
    server = server_of(f"aclfile {aclfile('')}", log)
    server.config.assign("aclfile", "nosuch/users.acl")
    with pytest.raises(CommandError) as caught:
        server.execute(server.client(), b"ACL", b"SAVE")
    assert caught.value.text == errors.ACL_SAVE
    assert log.lines == ["Writing ACL file for ACL SAVE: No such file or directory"]
    with pytest.raises(CommandError, match="opening file '.*': No such file or directory"):
        server.execute(server.client(), b"ACL", b"LOAD")


def test_first_arguments_are_warned_of():
    log = Lines()
    server = server_of("", log)
    server.users.change(b"a", [b"+select|0", b"+client|id", b"+get"])
    [line] = log.lines
    assert "misuse of ACL" in line and line.endswith("(offender: +select|0)")


def test_passwords_never_come_into_the_log():
    log = Lines()
    server = server_of("requirepass hidden", log)
    client = server.client()
    for words in (
        (b"ACL", b"SETUSER", b"a", b">hidden", b"foo"),
        (b"ACL", b"SETUSER", b"a", b">hidden", b"on"),
        (b"AUTH", b"hidden"),
        (b"AUTH", b"a", b"hidden2"),
    ):
        try:
            server.execute(client, *words)
        except CommandError as error:
            assert "hidden" not in error.text
    entries = server.execute(client, b"ACL", b"LOG")
    assert len(entries) == 1
    assert b"hidden" not in repr([entries, log.lines, server.users.lines()]).encode()
