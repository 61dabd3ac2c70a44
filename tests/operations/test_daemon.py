"""The server as a process: what it says, pid file, background, systemd, and the command line."""

import _locale
import errno
import os
import resource
import signal
import socket
import subprocess
import sys

import pytest

from rediskit import version
from rediskit.__main__ import main
from rediskit.clock import Clock
from rediskit.config.configuration import Configuration
from rediskit.config.kinds import ConfigError
from rediskit.errors import CommandError
from rediskit.eventloop import EventLoop
from rediskit.logfile import Log
from rediskit.operations import daemon
from rediskit.operations.daemon import Process
from rediskit.server import Server
from tests.support.sources import ROOT, source_files


@pytest.fixture(autouse=True)
def in_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("NOTIFY_SOCKET", "UPSTART_JOB"):
        monkeypatch.delenv(name, raising=False)


def process_of(*arguments):
    """A Process that logs into the file `log`."""
    config = Configuration.load([*arguments, "--logfile", "log"])
    log = Log()
    log.follow(config)
    return Process(config, log)


def said():
    """The texts in the log, with the marks of their levels."""
    if not os.path.exists("log"):
        return []
    with open("log") as file:
        return [line.rstrip("\n").split(" ", 5)[-1] for line in file]


# What tools wait for


class ShortLived:
    """A server that ends at once. seen: what its process has done by then."""

    def __init__(self, exit_code=0):
        self.loop = EventLoop(Clock())
        self.exit_code = exit_code
        self.seen = None

    def run(self):
        """Looks around, and ends."""
        self.seen = signal.getsignal(signal.SIGTERM), resource.getrlimit(resource.RLIMIT_NOFILE)
        return self.exit_code


@pytest.fixture
def live():
    """Has a process run a server that ends at once; the server. All is put back afterwards."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE)
    handlers = [signal.getsignal(number) for number in numbers]
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    servers = []

    def run(process, exit_code=0):
        server = ShortLived(exit_code)
        servers.append(server)
        assert process.run(server) == exit_code
        return server

    yield run
    signal.set_wakeup_fd(-1)
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    for server in servers:
        server.loop.close()


def test_a_life_in_the_log(live):
    process = process_of("--port", "7000", "--maxclients", "100")
    process.begin()
    live(process)
    assert said() == [
        "* oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
        f"* Redis version={version.REDIS_VERSION}, bits=64, commit={version.COMMIT}, modified=0,"
        f" pid={os.getpid()}, just started",
        "* Configuration loaded",
        "* Running mode=standalone, port=7000.",
        "* Server initialized",
        "# Redis is now ready to exit, bye bye...",
    ]


def test_who_fails_does_not_say_goodbye(live):
    process = process_of("--maxmemory", "1000")
    live(process, exit_code=1)
    assert said()[-1] == "* Server initialized"
    assert said()[-2].startswith("# WARNING: You specified a maxmemory value that is less than 1MB")


def test_signals_and_limits_are_those_of_the_process(live):
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (1000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    process = process_of("--maxclients", "1500")
    handler, limits = live(process).seen
    assert handler == process._on_signal
    assert limits[0] == 1532


def test_a_guest_leaves_its_process_alone(tmp_path):
    settings = {
        "oom-score-adj": "yes",
        "server-cpulist": "4095",
        "pidfile": "server.pid",
        "syslog-enabled": "yes",
        "locale-collate": "no_SUCH",
        "maxclients": "1000000",
    }
    arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
    before = os.sched_getaffinity(0), resource.getrlimit(resource.RLIMIT_NOFILE), os.getcwd()
    signals = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGPIPE)]
    os.mkdir("data")
    server = Server(Configuration.load([*arguments, "--dir", "data", "--port", "0"]))
    server.config.set_many({"maxclients": "900000"})
    assert server.run() == 1, "there is nothing to listen on"
    assert signals == [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGPIPE)]
    assert before == (
        os.sched_getaffinity(0),
        resource.getrlimit(resource.RLIMIT_NOFILE),
        os.getcwd(),
    )
    assert os.listdir() == ["data"]
    assert os.listdir("data") == []


def test_nobody_goes_to_another_directory():
    """A server that did would take the whole process with it."""
    for path in source_files("rediskit"):
        assert "chdir(" not in path.read_text(), path


@pytest.mark.parametrize("name", ["no_SUCH", "C"])
def test_the_locale_that_texts_are_sorted_by(name):
    before = _locale.setlocale(_locale.LC_COLLATE)
    process = process_of("--locale-collate", name)
    try:
        if name == "C":
            process.begin()
            with pytest.raises(CommandError, match="Invalid locale name"):
                process._config.set_many({"locale-collate": "no_SUCH"})
        else:
            with pytest.raises(ConfigError, match="Invalid locale name"):
                process.begin()
    finally:
        _locale.setlocale(_locale.LC_COLLATE, before)


def test_start_without_configuration(capfd):
    log = Log()
    Process(Configuration(), log, "rediskit-server").begin()
    assert capfd.readouterr().out.endswith(
        "# Warning: no config file specified, using the default config. In order to specify a"
        " config file use rediskit-server /path/to/redis.conf\n"
    )


def test_banner(live):
    process = process_of("--always-show-logo", "yes", "--port", "7000")
    live(process)
    with open("log") as file:
        text = file.read()
    assert "Running in standalone mode\n" in text
    assert "Port: 7000\n" in text
    assert f"PID: {os.getpid()}\n" in text
    assert text.index("PID: ") < text.index("Server initialized")


# Pid file


def test_pid_file():
    process = process_of("--pidfile", "server.pid")
    process.settle()
    with open("server.pid") as file:
        assert file.read() == f"{os.getpid()}\n"
    os.mkdir("elsewhere")
    os.chdir("elsewhere")
    process.remove_pid_file()
    os.chdir("..")
    assert not os.path.exists("server.pid")
    assert said()[-1] == "* Removing the pid file."


def test_no_pid_file_unless_asked_for():
    process = process_of()
    process.settle()
    process.remove_pid_file()
    assert os.listdir() == ["log"]
    assert "* Removing the pid file." not in said()


def test_pid_file_that_cannot_be_written():
    process = process_of("--pidfile", "no/such/folder.pid")
    process.settle()
    process.remove_pid_file()
    assert said()[0] == "# Failed to write PID file: No such file or directory"


# Background and supervision

IN_BACKGROUND = """
import os, sys
from rediskit.config.configuration import Configuration
from rediskit.operations.daemon import Process
from rediskit.logfile import Log
config = Configuration.load(sys.argv[1:])
log = Log()
log.follow(config)
process = Process(config, log)
process.begin()
process.settle()
print("nobody reads this")
log.notice(f"session {os.getsid(0)} parent {os.getppid()}")
"""


def test_daemonize():
    arguments = ["--daemonize", "yes", "--logfile", "log", "--pidfile", "server.pid"]
    done = subprocess.run(
        [sys.executable, "-c", IN_BACKGROUND, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=20,
    )
    # The pipes are closed only when the child has let go of them.
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    for _ in range(200):
        if said() and said()[-1].startswith("* session"):
            break
        subprocess.run(["sleep", "0.05"], check=True)
    with open("server.pid") as file:
        child = int(file.read())
    assert said()[-1].startswith(f"* session {child} ")


@pytest.mark.parametrize("abstract", [False, True])
@pytest.mark.parametrize("supervised", ["systemd", "auto"])
def test_systemd(monkeypatch, tmp_path, abstract, supervised):
    name = f"@rediskit-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + name[1:] if abstract else name)
        receiver.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        # A supervised server stays in the foreground.
        process = process_of("--supervised", supervised, "--daemonize", "yes")
        process.begin()
        assert not process.is_background
        process.ready()
        process.notify("STOPPING=1")
        heard = [receiver.recv(200).decode() for _ in range(4)]
    assert heard == [
        "STATUS=Redis is loading...",
        "STATUS=Ready to accept connections",
        "READY=1",
        "STOPPING=1",
    ]
    assert said()[0].startswith("* Supervised by systemd. Please make sure you set ")


def test_systemd_that_is_not_there(monkeypatch):
    process = process_of("--supervised", "systemd")
    process.begin()
    process.ready()
    assert said()[0] == "# systemd supervision error: NOTIFY_SOCKET not found!"
    monkeypatch.setenv("NOTIFY_SOCKET", os.path.abspath("gone"))
    process = process_of("--supervised", "systemd")
    process.begin()
    assert "# systemd supervision error: sd_notify: 2" in said()


def test_no_supervisor_to_find():
    process = process_of("--supervised", "auto")
    process.begin()
    assert said()[0] == "* oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo"


def test_upstart(monkeypatch):
    stopped = []
    monkeypatch.setattr(os, "kill", lambda *arguments: stopped.append(arguments))
    monkeypatch.setenv("UPSTART_JOB", "redis")
    process = process_of("--supervised", "upstart")
    process.begin()
    assert stopped == [(os.getpid(), signal.SIGSTOP)]
    assert said()[0] == "* supervised by upstart, will stop to signal readiness."


# Out of memory score


@pytest.fixture
def score_file(tmp_path, monkeypatch):
    path = tmp_path / "oom_score_adj"
    path.write_text("100")
    monkeypatch.setattr(daemon, "OOM_SCORE_FILE", str(path))
    return path


def test_oom_score(score_file):
    process = process_of("--oom-score-adj-values", "10", "20", "950")
    process.settle()
    config = process._config
    assert score_file.read_text() == "100"
    config.set_many({"oom-score-adj": "relative"})
    assert score_file.read_text() == "110"
    process.adjust_oom_score(is_child=True)
    assert score_file.read_text() == "1000"
    config.set_many({"oom-score-adj": "absolute", "oom-score-adj-values": "1 2 3"})
    assert score_file.read_text() == "1"
    config.assign("replicaof", ("somewhere", 1))
    process.adjust_oom_score()
    assert score_file.read_text() == "2"
    config.set_many({"oom-score-adj": "no"})
    assert score_file.read_text() == "100"


def test_oom_score_that_cannot_be_set(score_file):
    process = process_of("--oom-score-adj", "yes")
    score_file.unlink()
    score_file.mkdir()
    with pytest.raises(ConfigError, match="Failed to set current oom_score_adj"):
        process.adjust_oom_score()
    assert said() == ["# Unable to write oom_score_adj: Is a directory"]


# Processors


@pytest.mark.parametrize(
    ("text", "processors"),
    [
        ("", set()),
        ("0", {0}),
        ("0,2-4", {0, 2, 3, 4}),
        ("8-14:2,1", {8, 10, 12, 14, 1}),
        ("4-2", set()),
        ("a", set()),
        ("1,", set()),
        ("0-4:0", set()),
        ("0-99999999999", set()),
    ],
)
def test_lists_of_processors(text, processors):
    assert daemon.parse_processors(text) == processors


def test_pinning():
    before = os.sched_getaffinity(0)
    one = min(before)
    try:
        process_of("--server-cpulist", str(one)).settle()
        assert os.sched_getaffinity(0) == {one}
    finally:
        os.sched_setaffinity(0, before)
    process_of("--server-cpulist", "4095").settle()
    assert os.sched_getaffinity(0) == before
    assert "# Unable to follow server-cpulist: Invalid argument" in said()


# Huge pages


ASKS_FOR_HUGE_PAGES = """
import ctypes, sys
from tests.operations.test_daemon import process_of
prctl = ctypes.CDLL(None).prctl
prctl(41, 0, 0, 0, 0)               # PR_SET_THP_DISABLE; who started us may have it set
process_of("--disable-thp", sys.argv[1]).settle()
print(prctl(42, 0, 0, 0, 0))        # PR_GET_THP_DISABLE
"""


@pytest.mark.parametrize(("setting", "disabled"), [("yes", "1"), ("no", "0")])
def test_huge_pages_are_done_without(setting, disabled):
    command = [sys.executable, "-c", ASKS_FOR_HUGE_PAGES, setting]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (ended.stdout, ended.stderr) == (f"{disabled}\n", "")


@pytest.mark.parametrize(
    ("setting", "system", "fails", "warns"),
    [
        ("yes", "[always] madvise never", False, False),
        ("yes", "[always] madvise never", True, True),
        ("no", "[always] madvise never", False, True),
        ("no", "always [madvise] never", False, False),
        ("yes", None, True, False),
    ],
)
def test_huge_pages_are_warned_of(tmp_path, monkeypatch, setting, system, fails, warns):
    path = tmp_path / "enabled"
    if system:
        path.write_text(system)

    def refuse():
        if fails:
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(daemon, "HUGE_PAGES_FILE", str(path))
    monkeypatch.setattr(daemon, "refuse_huge_pages", refuse)
    process_of("--disable-thp", setting, "--loglevel", "verbose").settle()
    lines = said()
    assert ("- Unable to do without huge pages: Invalid argument" in lines) == fails
    assert (f"# {daemon.HUGE_PAGES_WARNING}" in lines) == warns


# The command line


def test_version(capsys):
    assert main(["--version"]) == 0
    line = capsys.readouterr().out
    assert line.startswith(f"Redis server v={version.REDIS_VERSION} sha=00000000:0 malloc=")
    assert " bits=64 build=" in line
    assert main(["-v"]) == 0


def test_help(capsys):
    assert main(["--help"]) == 1
    assert capsys.readouterr().err.startswith("Usage: ")


def test_wrong_option(capsys):
    assert main(["--port", "x"]) == 1
    assert capsys.readouterr().err == (
        f"\n*** FATAL CONFIG FILE ERROR (Redis {version.REDIS_VERSION}) ***\n"
        "Reading the configuration file, at line 2\n>>> 'port \"x\"'\n"
        "argument couldn't be parsed into an integer\n"
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("rename-command nosuch x", "No such command in rename-command"),
        ("rename-command get SET", "Target command name already exists"),
    ],
)
def test_renaming_that_is_refused(tmp_path, capsys, line, reason):
    directive, *words = line.split()
    path = tmp_path / "redis.conf"
    path.write_text(f"port 0\n{line}\n")
    quoted = " ".join(f'"{word}"' for word in words)
    for arguments, shown in (
        ([str(path)], f"at line 2\n>>> '{line}'"),
        ([f"--{directive}", *words], f"at line 2\n>>> '{directive} {quoted}'"),
    ):
        assert main(arguments) == 1
        assert capsys.readouterr().err == (
            f"\n*** FATAL CONFIG FILE ERROR (Redis {version.REDIS_VERSION}) ***\n"
            f"Reading the configuration file, {shown}\n{reason}\n"
        )


def test_file_that_is_not_there(capfd):
    assert main(["nowhere.conf"]) == 1
    path = os.path.abspath("nowhere.conf")
    assert capfd.readouterr().out.endswith(
        f" # Fatal error, can't open config file '{path}': No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--loadmodule", "/a.so"], "# Can't load module from /a.so: server aborting"),
        (["--module.option", "1"], "# Module Configuration detected without loadmodule"),
    ],
)
def test_what_this_server_does_not_have(arguments, text):
    assert main([*arguments, "--logfile", "log"]) == 1
    assert said()[-1].startswith(text)
