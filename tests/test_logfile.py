"""The log: form of a line, levels, files, and what clients cannot do to it."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rediskit.config.configuration import Configuration
from rediskit.logfile import DEBUG, LEVELS, Log, escape, log_mistake
from rediskit.operations.daemon import Process

LINE = re.compile(r"(\d+):([MSC]) (\d\d) (\w{3}) (\d{4}) \d\d:\d\d:\d\d\.\d{3} ([.\-*#]) (.*)\n")
METHODS = ["debug", "verbose", "notice", "warning"]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "log")


def lines_of(path):
    """(process, role, mark, text) of each line of a log; every line has the right form."""
    with open(path, errors="surrogateescape") as file:
        matches = [LINE.fullmatch(line) for line in file]
    assert all(matches)
    return [(int(match[1]), match[2], match[6], match[7]) for match in matches]


def read(path):
    """The bytes of a file, none if there is no such file."""
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def test_form_of_a_line(path):
    log = Log(DEBUG, path)
    log.settle()
    for method in METHODS:
        getattr(log, method)("some text")
    process = os.getpid()
    assert lines_of(path) == [(process, "M", mark, "some text") for mark in ".-*#"]


def test_roles(path):
    log = Log(path=path)
    log.notice("before the server is set up")
    log.settle()
    log.notice("as primary")
    log.is_replica = True
    log.notice("as replica")
    if os.fork() == 0:
        log.notice("as child")
        os._exit(0)
    os.wait()
    assert [line[1] for line in lines_of(path)] == ["C", "M", "S", "C"]


@pytest.mark.parametrize(("name", "level"), LEVELS.items())
def test_levels(path, name, level):
    log = Log(level, path)
    for method in METHODS:
        getattr(log, method)(method)
    log.raw("raw\n" if level <= LEVELS["notice"] else "")
    written = read(path).splitlines()
    assert len(written) == len(METHODS[level:]) + (level <= LEVELS["notice"])


def test_standard_output(capfd):
    Log().notice("to the terminal")
    assert capfd.readouterr().out.endswith("* to the terminal\n")


def test_file_may_be_moved_away(path):
    log = Log(path=path)
    log.notice("one")
    os.rename(path, path + ".1")
    log.notice("two")
    assert [line[3] for line in lines_of(path)] == ["two"]


def test_log_that_cannot_be_written_stops_nobody():
    Log(path="/nowhere/log").warning("unheard")


def test_long_text_is_cut(path):
    Log(path=path).notice("x" * 5000)
    assert len(lines_of(path)[0][3]) == 1024


def test_a_mistake_is_told_whole(path):
    def fail(depth):
        if depth:
            fail(depth - 1)
        raise KeyError("x" * 500)

    try:
        fail(20)
    except KeyError as error:
        log_mistake(Log(path=path), "Command failed", error)
    first, *lines = [text for *_, text in lines_of(path)]
    assert first.startswith("Command failed: KeyError('xxx")
    assert lines[0] == "Traceback (most recent call last):"
    assert sum(text.endswith("in fail") for text in lines) >= 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("näh 中", "näh 中"),
        (b"bytes \xff", "bytes \\xff"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x1b[31m\x00\x7f\x9b", "\\x1b[31m\\x00\\x7f\\x9b"),
    ],
)
def test_escapes(text, shown):
    assert escape(text) == shown


@given(st.one_of(st.text(), st.binary()))
def test_no_text_can_end_a_line(text):
    assert escape(text).isprintable() or not set(escape(text)) & set(map(chr, range(32)))
    assert "\n" not in escape(text)


def test_file_name_that_is_no_text(path):
    Log(path=path).notice("file \udcff")
    assert read(path).endswith(b"file \xff\n")


def test_follows_the_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = Configuration.load(["--loglevel", "warning", "--logfile", "own.log"])
    log = Log()
    log.follow(config)
    log.notice("dropped")
    config.set_many({"loglevel": "debug"})
    os.mkdir("elsewhere")
    config.set_many({"dir": "elsewhere"})
    log.debug("kept")
    assert [line[3] for line in lines_of(tmp_path / "elsewhere" / "own.log")] == ["kept"]


def test_syslog(path, monkeypatch):
    import syslog

    sent = []
    monkeypatch.setattr(syslog, "openlog", lambda *arguments: sent.append(arguments))
    monkeypatch.setattr(syslog, "syslog", lambda *arguments: sent.append(arguments))
    arguments = ["--syslog-enabled", "yes", "--syslog-ident", "me", "--syslog-facility", "local3"]
    log = Log()
    config = Configuration.load([*arguments, "--logfile", path])
    log.follow(config)
    Process(config, log).begin()
    del sent[1:]
    log.warning("trouble")
    options = syslog.LOG_PID | syslog.LOG_NDELAY | syslog.LOG_NOWAIT
    assert sent == [("me", options, syslog.LOG_LOCAL3), (syslog.LOG_WARNING, "trouble")]
