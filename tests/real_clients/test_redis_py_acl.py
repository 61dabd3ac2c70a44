"""redis-py's methods for users, in both protocols; servers that start with users, or do not."""

import pytest

from tests.support.servers import ServerProcess, rediskit_command

redis = pytest.importorskip("redis")

from redis.backoff import NoBackoff  # noqa: E402
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError  # noqa: E402
from redis.retry import Retry  # noqa: E402

NEVER = Retry(NoBackoff(), 0)


@pytest.fixture
def aclfile(tmp_path):
    """An empty file of users."""
    path = tmp_path / "users.acl"
    path.touch()
    return path


@pytest.fixture(params=[2, 3])
def clients(request, start_server, aclfile):
    """A function that gives a client of one server, with redis-py's options."""
    server = start_server(aclfile=aclfile)
    made = []

    def connect(**options):
        options = {"protocol": request.param, "decode_responses": True, "retry": NEVER, **options}
        made.append(server.client(**options))
        return made[len(made) - 1]

    yield connect
    for client in made:
        client.close()


def test_users_by_their_methods(clients, aclfile):
    admin = clients()
    assert admin.acl_whoami() == "default"
    assert "geo" in admin.acl_cat() and "geoadd" in admin.acl_cat("geo")
    assert len(admin.acl_genpass()) == 64 and len(admin.acl_genpass(12)) == 3
    assert admin.acl_setuser(
        "ann", enabled=True, passwords=["+secret", "+other"], commands=["+get", "+mget", "-mget"],
        categories=["+hash", "-dangerous"], keys=["app:*"], channels=["news"],
        selectors=[("+set", "%W~log:*")], reset=True,
    )  # fmt: skip
    user = admin.acl_getuser("ann")
    assert set(user["flags"]) == {"on", "sanitize-payload"} and len(user["passwords"]) == 2
    # redis-py sorts commands and categories apart, in either protocol its own way.
    assert "+get" in user["commands"] and "+@hash" in user["categories"]
    assert [dict(zip(s[::2], s[1::2], strict=True)) if isinstance(s, list) else s
            for s in user["selectors"]] == [
        {"commands": "-@all +set", "keys": "%W~log:*", "channels": ""}
    ]  # fmt: skip
    assert admin.acl_getuser("nobody") is None
    assert sorted(admin.acl_users()) == ["ann", "default"]
    assert any(line.startswith("user ann on") for line in admin.acl_list())
    assert admin.acl_save() and "user ann on" in aclfile.read_text()
    assert admin.acl_deluser("ann", "nobody") == 1
    assert admin.acl_load() and "ann" in admin.acl_users()
    assert "ACL <subcommand>" in admin.acl_help()[0]
    with pytest.raises(ResponseError, match="Error in ACL SETUSER modifier"):
        admin.acl_setuser("ann", commands=["+nosuch"])


def test_what_a_user_may_do(clients):
    admin = clients()
    commands = ["+get", "+set", "+client|setinfo"]
    admin.acl_setuser("bob", enabled=True, passwords=["+secret"], commands=commands, keys=["app:*"])
    bob = clients(username="bob", password="secret")
    assert bob.set("app:1", "v") is True and bob.get("app:1") == "v"
    for attempt in (lambda: bob.get("other"), lambda: bob.delete("app:1"), bob.acl_whoami):
        with pytest.raises(NoPermissionError):
            attempt()
    with pytest.raises(AuthenticationError):
        clients(username="bob", password="wrong").ping()
    assert admin.acl_dryrun("bob", "get", "app:1") == "OK"
    assert "no permissions to access the 'x' key" in admin.acl_dryrun("bob", "get", "x")
    reasons = [entry["reason"] for entry in admin.acl_log()]
    assert reasons == ["auth", "command", "command", "key"]
    entry = admin.acl_log(count=1)[0]
    assert (entry["username"], entry["context"]) == ("bob", "toplevel")
    assert entry["object"] in ("AUTH", "HELLO") and "default" in str(entry["client-info"])
    assert admin.acl_log_reset() and admin.acl_log() == []
    assert [each["user"] for each in admin.client_list()].count("bob") == 1
    admin.acl_deluser("bob")
    assert [each["user"] for each in admin.client_list()].count("bob") == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"aclfile": "nosuch.acl"}, "Aborting Redis startup because of ACL errors: Error loading"),
        ({"user": ["a", "on", "+nosuch"]}, "Error loading ACL rule '+nosuch' for the user named"),
        ({"user": ["a", "on", "foo"]}, "Error in user declaration 'foo': Syntax error"),
        ({"user": ["a"], "aclfile": "x"}, "Configuring Redis with users defined in redis.conf"),
    ],
)
def test_users_that_make_no_sense_end_the_start(options, text):
    process = ServerProcess(rediskit_command(), **options)
    try:
        process.start(wait=False).wait_for_log(text)
        assert process.process.wait(10) == 1
        assert "Traceback" not in process.log
    finally:
        process.remove()
