"""MODULE on a server that runs none."""

import pytest

from rediskit import errors
from rediskit.config.configuration import Configuration
from rediskit.errors import CommandError
from rediskit.logfile import Log
from rediskit.server import Server
from tests.support.resp import words


def test_there_are_no_modules(run):
    assert run("MODULE LIST") == []
    lines = [line.text for line in run("MODULE HELP")]
    assert b"LOAD path [arg [arg ...]]" in lines and b"UNLOAD name" in lines


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("MODULE LOAD /x.so a b", errors.MODULE_NOT_LOADED),
        ("MODULE LOADEX /x.so CONFIG a b ARGS c", errors.MODULE_NOT_LOADED),
        ("MODULE UNLOAD x", errors.NO_SUCH_MODULE),
    ],
)
def test_what_cannot_be_done(line, allowed):
    disabled = errors.command_disabled("MODULE", "enable-module-command")
    for setting, near, far in (
        ("no", disabled, disabled),
        ("local", allowed, disabled),
        ("yes", allowed, allowed),
    ):
        server = Server(Configuration.load(["--enable-module-command", setting]))
        for address, reason in (("127.0.0.1:5", near), ("10.0.0.1:5", far)):
            client = server.client()
            client.address = address
            with pytest.raises(CommandError) as caught:
                server.execute(client, *words(line))
            assert caught.value.text == reason


def test_why_is_in_the_log(tmp_path):
    path = tmp_path / "log"
    config = Configuration.load(["--enable-module-command", "yes", "--logfile", str(path)])
    log = Log()
    log.follow(config)
    server = Server(config, log)
    with pytest.raises(CommandError, match="Error loading the extension"):
        server.execute(server.client(), b"MODULE", b"LOAD", b"/x.so")
    reason = "Module /x.so failed to load: this server does not run modules"
    assert reason in path.read_text()
