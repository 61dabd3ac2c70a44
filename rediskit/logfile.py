"""The server's log, in the form that tools for Redis read.

    17254:M 23 Nov 2026 17:30:00.123 * Ready to accept connections tcp

Process id, role (M primary, S replica, C a child, or the server before it is set up), local time,
level (. debug, - verbose, * notice, # warning), text. Lines go to the file that `logfile` names,
or to standard output; the file is opened for every line, so that it may be moved away at any
time. Control characters in a text are escaped: no client can forge a line or talk to a terminal.
"""

import os
import time

DEBUG, VERBOSE, NOTICE, WARNING, NOTHING = range(5)
LEVELS = {
    "debug": DEBUG,
    "verbose": VERBOSE,
    "notice": NOTICE,
    "warning": WARNING,
    "nothing": NOTHING,
}

RARE_SECONDS = 60

_MARKS = ".-*#"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LONGEST_TEXT = 1024  # characters; Redis cuts here too
_STANDARD_OUTPUT = 1

_ESCAPES = {code: f"\\x{code:02x}" for code in [*range(32), *range(127, 160)]}
_ESCAPES |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


def escape(text: str | bytes) -> str:
    """The text with control characters as \\n, \\r, \\t and \\xHH; bytes are taken as UTF-8."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else text.translate(_ESCAPES)


def log_mistake(log, what, error):
    """Logs an exception that nobody expected, `what` it befell first, then its traceback."""
    import traceback

    log.warning(f"{what}: {error!r}")
    for text in traceback.format_exception(error)[:-1]:
        for line in text.splitlines():
            log.warning(line)


class Log:
    """Where the server says what it does: debug(), verbose(), notice(), warning(), raw().

    level: lines below it are dropped (DEBUG to NOTHING).
    path: absolute name of the file, "" for standard output.
    is_replica: whether lines are marked S instead of M.
    """

    def __init__(self, level=NOTICE, path=""):
        self.level = level
        self.path = path
        self.is_replica = False
        self._main_process = None
        self._syslog = None

    def follow(self, config):
        """Takes level and file from a Configuration, and again whenever they change."""
        config.follow("loglevel", self._set_level)
        config.follow("dir", lambda _: setattr(self, "path", config.path_of("logfile")))

    def _set_level(self, name):
        self.level = LEVELS[name]

    def add_system(self, identity, facility):
        """Tells the system's log everything, too. facility: such as "local0"."""
        import syslog

        options = syslog.LOG_PID | syslog.LOG_NDELAY | syslog.LOG_NOWAIT
        syslog.openlog(identity, options, getattr(syslog, "LOG_" + facility.upper()))
        self._syslog = syslog

    def settle(self):
        """This process is the server from now on: its lines are marked M or S, not C."""
        self._main_process = os.getpid()

    def debug(self, text):
        """Says what helps in development only."""
        if self.level <= DEBUG:
            self._write(DEBUG, text)

    def verbose(self, text):
        """Says what is rarely of use, such as every connection."""
        if self.level <= VERBOSE:
            self._write(VERBOSE, text)

    def notice(self, text):
        """Says what an operator wants to know."""
        if self.level <= NOTICE:
            self._write(NOTICE, text)

    def warning(self, text):
        """Says what an operator must know."""
        if self.level <= WARNING:
            self._write(WARNING, text)

    def raw(self, text):
        """Writes a text as it is, of level notice."""
        if self.level <= NOTICE:
            self._append(text)

    def _write(self, level, text):
        text = escape(text)[:_LONGEST_TEXT]
        process = os.getpid()
        prefix = f"{process}:{self._role(process)} {_timestamp()} {_MARKS[level]}"
        self._append(f"{prefix} {text}\n")
        if self._syslog is not None:
            system = self._syslog
            levels = (system.LOG_DEBUG, system.LOG_INFO, system.LOG_NOTICE, system.LOG_WARNING)
            system.syslog(levels[level], text)

    def _role(self, process):
        if process != self._main_process:
            return "C"
        return "S" if self.is_replica else "M"

    def _append(self, line):
        """Writes to where the log is; a log that cannot be written must not stop the server."""
        data = line.encode("utf-8", "surrogateescape")
        try:
            if not self.path:
                _write_all(_STANDARD_OUTPUT, data)
                return
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self.path, flags, 0o644)
            try:
                _write_all(descriptor, data)
            finally:
                os.close(descriptor)
        except OSError:
            return


class RareWarning:
    """Logs warnings, of which any client can cause many: one a minute at most."""

    def __init__(self, log):
        self.log = log
        self.next_time = 0.0

    def __call__(self, text):
        """Logs a text as a warning, if it is time for one."""
        now = time.monotonic()
        if now >= self.next_time:
            self.next_time = now + RARE_SECONDS
            self.log.warning(text)


def _write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]


def _timestamp():
    """The local time now, as "23 Nov 2026 17:30:00.123", in any locale."""
    now_ms = time.time_ns() // 1000000
    now = time.localtime(now_ms // 1000)
    date = f"{now.tm_mday:02d} {_MONTHS[now.tm_mon - 1]} {now.tm_year}"
    return f"{date} {now.tm_hour:02d}:{now.tm_min:02d}:{now.tm_sec:02d}.{now_ms % 1000:03d}"
