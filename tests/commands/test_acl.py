"""ACL over real connections: what users may do, what happens when that changes, and the log."""

import pytest

from tests.support.peers import Peers


@pytest.fixture
def peers():
    """A server in this process."""
    made = Peers()
    yield made
    made.close()


def admitted(peers, rules):
    """An administrator, and a client of the user `u`, who has these rules."""
    admin, one = peers.connect(), peers.connect()
    assert admin.run(f"ACL SETUSER u reset on nopass {rules}") == "+OK"
    assert one.run("AUTH u any") == "+OK"
    return admin, one


def test_a_user_does_what_it_may_and_nothing_else(peers):
    _, one = admitted(peers, "+@read +set +acl|whoami ~app:*")
    assert one.run("ACL WHOAMI") == '"u"'
    assert one.run("SET app:1 v") == "+OK"
    assert one.run("GET app:1") == '"v"'
    assert one.run("GET other") == "-NOPERM No permissions to access a key"
    assert one.run("DEL app:1") == "-NOPERM User u has no permissions to run the 'del' command"
    assert one.run("CLIENT ID") == (
        "-NOPERM User u has no permissions to run the 'client|id' command"
    )
    assert one.run("NOSUCH").startswith("-ERR unknown command")
    assert one.run("GET").startswith("-ERR wrong number")
    assert one.run("RESET") == "+RESET"
    assert one.run("ACL WHOAMI") == '"default"'


def test_new_rules_hold_at_once(peers):
    admin, one = admitted(peers, "+@all ~*")
    assert one.run("GET k") == "nil"
    admin.run("ACL SETUSER u -get")
    assert one.run("GET k") == "-NOPERM User u has no permissions to run the 'get' command"
    admin.run("ACL SETUSER u +@all &*")
    assert one.run("GET k") == "nil"
    assert not one.client.gates
    admin.run("ACL SETUSER u off")
    assert one.run("GET k") == "nil"
    assert one.run("AUTH u any").startswith("-WRONGPASS")


def test_a_rule_that_makes_no_sense_changes_nothing(peers):
    admin = peers.connect()
    for rules, error in (
        ("on >a +get foo", "Error in ACL SETUSER modifier 'foo': Syntax error"),
        ("on +get (~a +nosuch)", "Error in ACL SETUSER modifier '(~a +nosuch)': Unknown command "
         "or category name in ACL"),
        ("on (~a +get", "Unmatched parenthesis in acl selector starting at '(~a'."),
        ("<unknown", "Error in ACL SETUSER modifier '<unknown': The password you are trying to "
         "remove from the user does not exist"),
    ):  # fmt: skip
        assert admin.run(f"ACL SETUSER u {rules}") == "-ERR " + error
        assert admin.run("ACL GETUSER u") == "nil"
    admin.run("ACL SETUSER u on >a ~a +get")
    before = admin.run("ACL GETUSER u")
    assert admin.run("ACL SETUSER u off resetpass ~b -get foo").startswith("-ERR Error")
    assert admin.run("ACL GETUSER u") == before
    assert admin.run("ACL SETUSER 'a b' on") == (
        "-ERR Usernames can't contain spaces or null characters"
    )


def test_users_are_shown_as_rules(peers):
    admin = peers.connect()
    digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
    admin.run("ACL SETUSER u on >secret %R~a ~b &c +@read -get (~x +set)")
    assert admin.run("ACL LIST") == (
        '["user default on nopass sanitize-payload ~* &* +@all", '
        f'"user u on sanitize-payload #{digest} %R~a ~b resetchannels &c -@all +@read -get '
        '(~x resetchannels -@all +set)"]'
    )
    assert admin.run("ACL USERS") == '["default", "u"]'
    admin.run("HELLO 3")
    assert admin.run("ACL GETUSER u") == (
        f'{{"flags": ~["on", "sanitize-payload"], "passwords": ["{digest}"], '
        '"commands": "-@all +@read -get", "keys": "%R~a ~b", "channels": "&c", '
        '"selectors": [{"commands": "-@all +set", "keys": "~x", "channels": ""}]}'
    )
    assert admin.run("ACL GETUSER nosuch") == "null"


def test_passwords_show_in_no_log(peers):
    admin, monitor, one = peers.connect(), peers.connect(), peers.connect()
    admin.run("CONFIG SET slowlog-log-slower-than 0")
    monitor.run("MONITOR")
    lines = [
        "ACL SETUSER u on >secret +@all", "AUTH u secret", "HELLO 2 AUTH u secret",
        "AUTH u secret2",
        "MULTI", "AUTH u secret", "ACL SETUSER v >secret", "EXEC", "ACL DELUSER secret",
        "ACL GETUSER secret", "CONFIG SET requirepass secret", "AUTH secret",
    ]  # fmt: skip
    for line in [*lines, "ECHO end"]:
        one.run(line)
    shown = [monitor.spelled()]
    while "end" not in shown[len(shown) - 1]:
        shown.append(monitor.spelled())
    assert "secret" not in repr(shown) and "AUTH" in repr(shown)
    admin.send("SLOWLOG", "GET", "-1")
    slow = repr(admin.read())
    assert "setuser" in slow.lower() and "redacted" in slow and "secret" not in slow
    assert "secret" not in admin.run("ACL LOG") + admin.run("CLIENT LIST") + admin.run("ACL LIST")


def test_a_removed_user_loses_its_connections(peers):
    admin, one = admitted(peers, "+@all")
    other = peers.connect()
    assert admin.run("ACL DELUSER nosuch default u") == (
        "-ERR The 'default' user cannot be removed"
    )
    assert admin.run("ACL DELUSER nosuch u u") == ":1"
    assert one.is_closed()
    assert other.run("PING") == "+PONG"


def test_who_removes_itself_gets_the_reply(peers):
    _, one = admitted(peers, "+@all")
    assert one.run("ACL DELUSER u") == ":1"
    assert one.is_closed()


def test_the_default_user_without_password_or_disabled(peers):
    early = peers.connect()
    admin, _ = admitted(peers, "+@all")
    assert admin.run("ACL SETUSER default resetpass >secret") == "+OK"
    assert early.run("PING") == "+PONG"
    late = peers.connect()
    assert late.run("PING") == "-NOAUTH Authentication required."
    assert late.run("AUTH secret") == "+OK"
    assert admin.run("ACL SETUSER default nopass off") == "+OK"
    late = peers.connect()
    assert late.run("PING") == "-NOAUTH Authentication required."
    assert late.run("AUTH default x").startswith("-WRONGPASS")
    assert late.run("AUTH x").startswith("-ERR AUTH <password> called without any password")
    assert admin.run("ACL SETUSER default on") == "+OK"
    assert late.run("PING") == "+PONG"
    assert admin.run("ACL SETUSER default -ping") == "+OK"
    assert late.run("PING").startswith("-NOPERM")
    assert late.run("HELLO 2 AUTH u x").startswith('["server"')


def test_requirepass_is_the_password_of_the_default_user(peers):
    admin = peers.connect()
    assert admin.run("CONFIG SET requirepass secret") == "+OK"
    assert peers.connect().run("PING") == "-NOAUTH Authentication required."
    assert "#2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b" in (
        admin.run("ACL LIST")
    )
    assert admin.run("CONFIG SET requirepass ''") == "+OK"
    assert peers.connect().run("PING") == "+PONG"


def test_a_client_that_waits_is_asked_again(peers):
    admin, one = admitted(peers, "+@all ~*")
    admin.run("CONFIG RESETSTAT")
    one.send("BLPOP", "list", "0")
    assert one.is_silent()
    admin.run("ACL SETUSER u resetkeys")
    admin.run("LPUSH list x")
    assert one.spelled() == "-NOPERM No permissions to access a key"
    assert admin.run("LLEN list") == ":1"
    assert "rejected_calls=1,failed_calls=0" in admin.run("INFO commandstats").partition("blpop")[2]


def test_sort_needs_the_right_to_read_every_key(peers):
    admin, one = admitted(peers, "(+sort +sort_ro +rpush ~list ~v*)")
    one.run("RPUSH list 1")
    by = "-ERR BY option of SORT denied due to insufficient ACL permissions."
    get = "-ERR GET option of SORT denied due to insufficient ACL permissions."
    assert one.run("SORT list BY v*") == one.run("SORT_RO list BY v* GET v*") == by
    assert one.run("SORT list GET v*") == one.run("SORT list GET v* BY v*") == get
    assert one.run("SORT list BY nosort") == one.run("SORT list") == '["1"]'
    admin.run("ACL SETUSER u (+sort ~list %W~*)")
    assert one.run("SORT list BY v*") == by
    admin.run("ACL SETUSER u (+sort ~list %R~*)")
    assert one.run("SORT list BY v* GET #") == '["1"]'


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("u GET r", "+OK"),
        ("u GET w", "\"User u has no permissions to access the 'w' key\""),
        ("u DEL r", "\"User u has no permissions to run the 'del' command\""),
        ("u CLIENT ID", "\"User u has no permissions to run the 'client|id' command\""),
        ("x GET r", "-ERR User 'x' not found"),
        ("u NOSUCH r", "-ERR Command 'NOSUCH' not found"),
        ("u GET", "-ERR wrong number of arguments for 'get' command"),
    ],
)
def test_a_dry_run_tells_and_does_nothing(peers, line, reply):
    admin, _ = admitted(peers, "+@all -del -client %R~r %W~w")
    assert admin.run("ACL DRYRUN " + line) == reply
    assert admin.run("ACL LOG") == "[]"


def test_generated_passwords(peers):
    admin = peers.connect()
    assert len(admin.run("ACL GENPASS")) == 66
    for bits, digits in ((1, 1), (4, 1), (5, 2), (12, 3), (4096, 1024)):
        assert len(admin.run(f"ACL GENPASS {bits}")) == digits + 2
    for bits in ("0", "-1", "4097"):
        assert "a positive number up to 4096" in admin.run(f"ACL GENPASS {bits}")
    assert admin.run("ACL GENPASS") != admin.run("ACL GENPASS")


def logged(admin, *fields):
    """These fields of all entries of ACL LOG, the newest first."""
    admin.run("HELLO 3")
    admin.send("ACL", "LOG")
    entries = [{k.content: v.content for k, v in each.content} for each in admin.read().content]
    return [tuple(entry[field.encode()] for field in fields) for entry in entries]


def test_what_is_denied_is_logged(peers):
    admin, one = admitted(peers, "+@all -del ~a")
    one.run("DEL a")
    one.run("GET b")
    one.run("GET b")
    one.run("auth u2 wrong")
    assert logged(admin, "reason", "context", "object", "username", "count", "entry-id") == [
        (b"auth", b"toplevel", b"auth", b"u2", 1, 2),
        (b"key", b"toplevel", b"b", b"u", 2, 1),
        (b"command", b"toplevel", b"del", b"u", 1, 0),
    ]
    [(client,), *_] = logged(admin, "client-info")
    assert b"cmd=auth user=u " in client and b"wrong" not in client
    assert admin.run("ACL LOG 0") == admin.run("ACL LOG -5") == "[]"
    assert admin.run("ACL LOG x") == "-ERR value is not an integer or out of range"
    info = admin.run("INFO stats")
    for name, count in (("auth", 1), ("cmd", 1), ("key", 2), ("channel", 0)):
        assert f"acl_access_denied_{name}:{count}" in info
    assert admin.run("ACL LOG RESET") == "+OK"
    assert admin.run("ACL LOG") == "[]"


def test_clients_are_killed_by_user(peers):
    admin, one = admitted(peers, "+@all")
    assert admin.run("CLIENT KILL USER nosuch") == "-ERR No such user 'nosuch'"
    assert "user=u " in admin.run("CLIENT LIST")
    assert admin.run("CLIENT KILL USER u") == ":1"
    assert one.is_closed()


def test_embedded_clients_follow_their_user_too(execute):
    execute("ACL SETUSER default -get")
    with pytest.raises(Exception, match="NOPERM User default has no permissions"):
        execute("GET k")
    execute("ACL SETUSER default +get")
    assert execute("GET k") is None


def test_without_a_file_there_is_nothing_to_load(peers):
    admin = peers.connect()
    for line in ("ACL LOAD", "ACL SAVE"):
        assert admin.run(line).startswith("-ERR This Redis instance is not configured to use an")


# Channels


def test_channels_need_permission(peers):
    _, one = admitted(peers, "+@all &foo:1 &bar:*")
    denied = "-NOPERM No permissions to access a channel"
    assert one.run("PUBLISH foo:1 x") == one.run("SPUBLISH bar:2 x") == ":0"
    for line in ("PUBLISH zap x", "SPUBLISH zap x", "SUBSCRIBE foo:1 zap", "SSUBSCRIBE zap",
                 "PSUBSCRIBE bar:baz", "PSUBSCRIBE foo:*"):  # fmt: skip
        assert one.run(line) == denied, line
    assert one.run("PSUBSCRIBE bar:*") == '["psubscribe", "bar:*", :1]'
    assert one.run("SUBSCRIBE bar:a") == '["subscribe", "bar:a", :2]'
    one.run("RESET")
    one.run("AUTH u x")
    one.run("MULTI")
    assert one.run("PUBLISH zap x") == denied
    assert one.run("EXEC").startswith("-EXECABORT")


@pytest.mark.parametrize(
    ("rules", "line", "closed"),
    [
        ("resetchannels &foo:1", "SUBSCRIBE foo:1", False),
        ("resetchannels &foo:* &x", "SUBSCRIBE foo:1", False),
        ("resetchannels &foo:*", "PSUBSCRIBE foo:1", True),
        ("resetchannels", "SUBSCRIBE foo:1", True),
        ("resetchannels", "SSUBSCRIBE foo:1", True),
        ("resetchannels &bar", "PSUBSCRIBE foo:1", True),
        ("resetchannels", "PING", False),
        ("allchannels", "SUBSCRIBE foo:1", False),
        ("&other", "SUBSCRIBE foo:1", False),
        ("resetchannels (&foo:1)", "SUBSCRIBE foo:1", False),
    ],
)
def test_subscribers_without_permission_are_cut(peers, rules, line, closed):
    admin, one = admitted(peers, "+@all &foo:1")
    one.run(line)
    assert admin.run(f"ACL SETUSER u {rules}") == "+OK"
    if closed:
        assert one.is_closed()
    else:
        assert "PONG" in one.run("PING").upper()


def test_exec_asks_again(peers):
    admin, one = admitted(peers, "+@all ~k &c")
    for line in ("MULTI", "INCR k", "PUBLISH c x", "ECHO x", "GET k"):
        one.run(line)
    admin.run("ACL SETUSER u -echo resetkeys resetchannels +get (+get ~k)")
    reason = (
        "-NOPERM ACLs rules changed between the moment the transaction was accumulated and the "
        "EXEC call. This command is no longer allowed for the following reason: no permission to "
    )
    assert one.run("EXEC") == (
        f"[{reason}touch the specified keys, "
        f"{reason}access one of the channels used as arguments to the command, "
        f"{reason}execute the command or subcommand, nil]"
    )
    one.run("MULTI")
    one.run("ECHO x")
    assert logged(admin, "reason", "context", "object", "count") == [
        (b"command", b"multi", b"echo", 2),
        (b"channel", b"multi", b"c", 1),
        (b"key", b"multi", b"k", 1),
    ]
