"""redis.conf: reading it with the options of a command line, and CONFIG REWRITE."""

import io
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rediskit.config.configuration import ConfigError, Configuration
from rediskit.config.file import MARK, ConfigFileError, UnreadableFile, options_text, rewritten
from rediskit.config.kinds import IMMUTABLE
from rediskit.config.quoting import quote
from rediskit.config.table import BY_NAME, TABLE
from tests.support.configurations import load_text, refusal


@pytest.fixture(autouse=True)
def in_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# Reading


def test_a_file_and_options():
    with open("redis.conf", "wb") as file:
        file.write(b"# a comment\n\n  PORT 7000\t\r\nmaxmemory 1kb\nrequirepass 'a b'")
    config = Configuration.load(["redis.conf", "--maxmemory", "2mb", "--loglevel verbose"])
    assert config["port"] == 7000
    assert config["maxmemory"] == 2 * 1024 * 1024
    assert config["requirepass"] == b"a b"
    assert config["loglevel"] == "verbose"
    assert config.path == os.path.abspath("redis.conf")
    assert config.given


def test_nothing_given():
    config = Configuration.load([])
    assert not config.given
    assert config.path is None
    assert config["save"] == ((3600, 1), (300, 100), (60, 10000))


@pytest.mark.parametrize(
    "arguments", [["-"], ["-", "--port", "7001"], ["redis.conf", "-"], ["--port", "7001", "-"]]
)
def test_standard_input(arguments, monkeypatch):
    with open("redis.conf", "wb") as file:
        file.write(b"timeout 1")
    standard_input = io.TextIOWrapper(io.BytesIO(b"\nmaxclients 77\nport 7002\n"))
    monkeypatch.setattr("sys.stdin", standard_input)
    config = Configuration.load(arguments)
    assert config["maxclients"] == 77
    assert config["port"] == (7001 if "7001" in arguments else 7002)


def test_lines_that_add_up():
    config = load_text(
        b"save 900 1\nsave '300 10'\n"
        b"client-output-buffer-limit normal 1mb 2 3\nclient-output-buffer-limit slave 5 6 7\n"
    )
    assert config["save"] == ((900, 1), (300, 10))
    limits = config["client-output-buffer-limit"]
    assert limits["normal"] == (1024**2, 2, 3)
    assert limits["replica"] == (5, 6, 7)
    assert limits["pubsub"] == (32 * 1024**2, 8 * 1024**2, 60)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (b'save ""', ()),
        (b'save 1 2\nsave ""\nsave 3 4', ((3, 4),)),
        (b"save 1 2 3 4", ((1, 2), (3, 4))),
    ],
)
def test_save(lines, expected):
    assert load_text(lines)["save"] == expected


def test_old_names_are_understood():
    config = load_text(
        b"slaveof example.org 6380\nslave-priority 7\nhash-max-ziplist-entries 9\n"
        b"lua-time-limit 3\nlist-max-ziplist-entries 5\nlua-replicate-commands yes\n"
    )
    assert config["replicaof"] == ("example.org", 6380)
    assert config["replica-priority"] == 7
    assert config["hash-max-listpack-entries"] == 9
    assert config["busy-reply-threshold"] == 3


def test_include():
    os.mkdir("conf.d")
    for name, line in (("b.conf", b"port 2"), ("a.conf", b"port 1\n"), ("c.txt", b"port 3")):
        with open("conf.d/" + name, "wb") as file:
            file.write(line)
    assert load_text(b"include conf.d/*.conf\n")["port"] == 2
    assert load_text(b"include conf.d/c.txt\nport 4")["port"] == 4
    assert load_text(b"include conf.d/none-*.conf\nport 5")["port"] == 5


def test_included_file_must_be_there():
    text = refusal(load_text, b"include none.conf")
    assert text == "Fatal error, can't open config file 'none.conf': No such file or directory"
    with pytest.raises(UnreadableFile):
        Configuration.load(["nowhere.conf"])


def test_file_that_includes_itself():
    assert refusal(load_text, b"include redis.conf") == "Too many nested include directives"


def test_directory_changes_at_once():
    os.mkdir("data")
    with open("data/more.conf", "wb") as file:
        file.write(b"port 9")
    config = load_text(b"dir data\ninclude more.conf\nlogfile log")
    assert config["port"] == 9
    assert config["dir"] == os.path.join(os.getcwd(), "data")
    assert config.path_of("logfile") == os.path.join(config["dir"], "log")
    assert os.path.exists("data/log")


WRONG_LINES = [
    (b"foo bar", "Bad directive or wrong number of arguments"),
    (b"include", "Bad directive or wrong number of arguments"),
    (b"rename-command GET", "Bad directive or wrong number of arguments"),
    (b"list-max-ziplist-entries 1 2", "Bad directive or wrong number of arguments"),
    (b"port 1 2", "wrong number of arguments"),
    (b"port", "wrong number of arguments"),
    (b'port "1', "Unbalanced quotes in configuration line"),
    (b"save '\"1'", "Unbalanced quotes in configuration line"),
    (b"port 70000", "argument must be between 0 and 65535 inclusive"),
    (b"module.option", "Module config specified without value"),
    (b"sentinel monitor a b 1 1", "sentinel directive while not in sentinel mode"),
    (b"dir ''", "dir can't be empty"),
    (b"dir /nowhere/at/all", "No such file or directory"),
    (b"unixsocketperm 888", "argument couldn't be parsed as an octal number"),
    (b"unixsocketperm 1000", "argument must be between 0 and 777 inclusive"),
    (b"bind " + b"1 " * 17, "Too many bind addresses specified."),
    (b"replicaof a", "wrong number of arguments"),
    (b"replicaof a 65536", "Invalid master port"),
    (b"dbfilename a/b", "dbfilename can't be a path, just a filename"),
    (b"appenddirname ''", "appenddirname can't be empty"),
]


@pytest.mark.parametrize(("line", "reason"), WRONG_LINES)
def test_wrong_lines(line, reason):
    with pytest.raises(ConfigFileError) as caught:
        load_text(b"# first\n" + line + b"\n")
    shown = line.strip().decode()
    assert caught.value.report("7.4.0") == (
        "\n*** FATAL CONFIG FILE ERROR (Redis 7.4.0) ***\n"
        f"Reading the configuration file, at line 2\n>>> '{shown}'\n{reason}\n"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"logfile /nowhere/log", "Can't open the log file: No such file or directory"),
        (
            b"cluster-enabled yes\nreplicaof a 1",
            "replicaof directive not allowed in cluster mode",
        ),
    ],
)
def test_files_wrong_as_a_whole(text, reason):
    with pytest.raises(ConfigFileError) as caught:
        load_text(text)
    assert caught.value.report("7.4.0") == (
        f"\n*** FATAL CONFIG FILE ERROR (Redis 7.4.0) ***\n{reason}\n"
    )


def test_cluster_has_one_database():
    assert load_text(b"cluster-enabled yes")["databases"] == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--port", "1"], b'port "1"'),
        (["--port 1"], b"port 1"),
        (["--bind", "a", "b", "--port", "1"], b'bind "a" "b"\nport "1"'),
        (["--requirepass", "--x"], b'requirepass "--x"'),
        (["--save", "--port", "1"], b'save ""\nport "1"'),
        (["--port", "1", "--save"], b'port "1"\nsave ""'),
        (["--save", ""], b'save ""'),
        (["--logfile", 'a"b'], b'logfile "a\\"b"'),
        (["-port", "7"], b' "-port" "7"'),
    ],
)
def test_options(arguments, text):
    assert options_text([argument.encode() for argument in arguments]) == text


def test_declarations_are_kept_for_who_understands_them():
    config = load_text(
        b"user alice on >secret ~*\nrename-command GET ''\nloadmodule /a.so 1 2\n"
        b"module.option 1 2\nuser bob off\n"
    )
    users = []
    config.each_declared("user", lambda *words: users.append(words))
    assert users == [(b"alice", b"on", b">secret", b"~*"), (b"bob", b"off")]
    assert config.module_options == {b"module.option": b"1 2"}

    def refuse(old, new):
        assert (old, new) == (b"GET", b"")
        raise ConfigError("No such command in rename-command")

    with pytest.raises(ConfigFileError) as caught:
        config.each_declared("rename-command", refuse)
    assert caught.value.line_number == 2
    assert caught.value.line == b"rename-command GET ''"


# Lines of real directives with any words behind them.
ANY_LINE = st.tuples(
    st.sampled_from(sorted(BY_NAME.keys() | {b"include", b"user", b"a.b"} - {b"dir", b"logfile"})),
    st.lists(st.one_of(st.binary(max_size=9), st.integers().map(lambda n: b"%d" % n)), max_size=5),
).map(lambda line: b" ".join([line[0], *[quote(word) for word in line[1]]]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.lists(st.one_of(ANY_LINE, st.binary(max_size=40)), max_size=4))
def test_any_file_loads_or_is_refused_with_a_reason(lines):
    text = b"\n".join(lines)
    try:
        config = load_text(text)
    except (ConfigFileError, UnreadableFile) as error:
        assert error.text
    else:
        config.rewrite()
        again = Configuration.load(["redis.conf"])
        assert [again[directive.name] for directive in TABLE] == [
            config[directive.name] for directive in TABLE
        ]


# CONFIG REWRITE


def rewrite_text(config, old):
    """What CONFIG REWRITE would make of a file with this text."""
    blocks = {
        directive.name: directive.lines(config[directive.name])
        for directive in TABLE
        if directive.name not in ("dir", "save", "latency-tracking-info-percentiles")
    }
    return rewritten(old, blocks)


def test_rewrite_keeps_comments_and_order():
    old = b"# one\n\n\nTimeout 5\n# two\nport 7000\nport 8000\n\ninclude x.conf\nnonsense 1\n"
    config = Configuration()
    config.set_many({"port": "7001", "maxclients": "5"})
    assert rewrite_text(config, old) == (
        b"# one\n\ntimeout 0\n# two\nport 7001\n\ninclude x.conf\n# ??? nonsense 1\n"
        b"# Generated by CONFIG REWRITE\nmaxclients 5\n"
    )


def test_rewrite_marks_once():
    config = Configuration()
    config.set_many({"maxclients": "5"})
    once = rewrite_text(config, b"")
    assert once == b"# Generated by CONFIG REWRITE\nmaxclients 5\n"
    assert rewrite_text(config, once) == once
    config.set_many({"timeout": "1"})
    assert rewrite_text(config, once).count(b"# Generated") == 1


def test_rewrite_uses_new_names_and_drops_what_is_not_set():
    config = Configuration()
    old = b"slave-priority 5\nslaveof a 1\nrequirepass x\nbind 1.2.3.4\n"
    assert rewrite_text(config, old) == b"replica-priority 100\n\n"


def test_rewrite_spells_memory_and_classes():
    config = Configuration()
    config.set_many(
        {
            "maxmemory": "104857600",
            "maxmemory-clients": "7%",
            "client-output-buffer-limit": "pubsub 1024 1 2",
            "notify-keyspace-events": "nAK",
        }
    )
    lines = rewrite_text(config, b"").splitlines()
    assert b"maxmemory 100mb" in lines
    assert b"maxmemory-clients 7%" in lines
    assert b"client-output-buffer-limit pubsub 1kb 1 2" in lines
    assert b'notify-keyspace-events "AnK"' in lines
    assert len(lines) == 5


def test_rewrite_with_what_has_its_default():
    config = load_text(b"port 1\nsave 900 1\nrename-command flushdb no\n")
    config.rewrite(with_defaults=True)
    with open("redis.conf", "rb") as file:
        lines = file.read().splitlines()
    assert lines[:4] == [b"port 1", b"save 900 1", b"rename-command flushdb no", MARK]
    assert {b"maxmemory 0", b"appendfsync everysec", b"databases 16"} <= set(lines)
    again = Configuration.load(["redis.conf"])
    assert all(again[directive.name] == config[directive.name] for directive in TABLE)


def test_rewrite_of_described_lines():
    config = load_text(b"user a on\nuser b on\nloadmodule x\n")
    config.describe("user", lambda: [b"alice on nopass"])
    config.rewrite()
    with open("redis.conf", "rb") as file:
        lines = file.read().splitlines()
    assert lines[:3] == [b"user alice on nopass", b"", b"loadmodule x"]


def test_rewrite_needs_a_file():
    assert refusal(Configuration().rewrite) == "ERR The server is running without a config file"


def test_rewrite_says_what_the_system_says(monkeypatch):
    config = load_text(b"port 1\n")
    config.set_many({"port": "2"})

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    assert refusal(config.rewrite) == "ERR Rewriting config file: No space left on device"
    assert os.listdir() == ["redis.conf"]
    with open("redis.conf", "rb") as file:
        assert file.read() == b"port 1\n"


def test_rewrite_makes_a_file_that_is_gone():
    config = load_text(b"port 7000\n")
    os.unlink("redis.conf")
    config.rewrite()
    assert Configuration.load(["redis.conf"])["port"] == 7000
    assert os.stat("redis.conf").st_mode & 0o777 == 0o644 & ~_umask()


def _umask():
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def values_of(directive):
    """A strategy of texts that CONFIG SET or a file may give to a directive."""
    kind = type(directive).__name__
    if kind == "YesNo":
        return st.sampled_from(["yes", "no"])
    if kind in ("Number", "Memory", "Frequency"):
        return st.integers(directive.lower, min(directive.upper, 2**63 - 1)).map(str)
    if kind == "Octal":
        return st.integers(directive.lower, directive.upper).map("{:o}".format)
    if kind == "MemoryOrPercent":
        return st.integers(-100, 2**40).map(lambda n: f"{-n}%" if n < 0 else str(n))
    if kind == "Choice":
        return st.sampled_from(directive.choices)
    if kind == "Choices":
        return st.sampled_from(["default", "save", "nosave now", "force save"])
    if kind == "SavePoints":
        return st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6))).map(
            lambda points: " ".join(f"{seconds} {changes}" for seconds, changes in points)
        )
    if kind == "EventClasses":
        return st.text("Ag$lshzxeKEtmdn")
    if kind == "Percentiles":
        return st.lists(st.floats(0, 100)).map(lambda values: " ".join(map(repr, values)))
    if kind in ("Text", "Secret") and directive.check is None:
        if directive.name == "logfile":
            return st.just("log")
        return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    fixed = {
        "OutputLimits": "pubsub 1mb 2 3 normal 1kb 5 6",
        "ScoreValues": "-1 2 3",
        "Addresses": "127.0.0.1 -::1 *",
        "Text": "{title}" if "title" in directive.name else "text",
    }
    return st.just(fixed[kind]) if kind in fixed else None


SETTABLE = {
    directive.name: values_of(directive)
    for directive in TABLE
    if values_of(directive) is not None and not directive.flags & IMMUTABLE
    if directive.name != "activedefrag"
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_rewritten_file_loads_identically(data):
    config = load_text(b"# mine\nport 7000\nsave 1 2\nslaveof somewhere 1\n")
    names = data.draw(st.lists(st.sampled_from(sorted(SETTABLE)), unique=True, max_size=6))
    config.set_many({name: data.draw(SETTABLE[name], label=name) for name in names})
    config.rewrite()
    again = Configuration.load(["redis.conf"])
    for directive in TABLE:
        assert again[directive.name] == config[directive.name], directive.name
    with open("redis.conf", "rb") as file:
        first = file.read()
    again.rewrite()
    with open("redis.conf", "rb") as file:
        assert file.read() == first
