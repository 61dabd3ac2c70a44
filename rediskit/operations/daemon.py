"""The server as a process of its system: going to the background, pid file, supervision, and the
log lines of its life, in the wording that tools wait for.

A server passes through, in this order:
    process = Process(config, log, program)
    process.begin()         locale, system's log; to the background if asked; "Redis is starting"
    process.run(server)     pid file, banner, limits, signals; "Server initialized"; then the server
                            listens, loads its data, and serves until it is shut down
"""

import contextlib
import os
import signal
import sys

from rediskit import version
from rediskit.config.kinds import ConfigError
from rediskit.logfile import NOTICE
from rediskit.operations.process import Guest
from rediskit.operations.system_limits import (
    SystemLimitError,
    check_maxclients,
    fit_maxclients,
    warn_of_small_backlog,
)
from rediskit.structures.native import refuse_huge_pages

SMALL_MEMORY_LIMIT = 1024 * 1024

DEFAULT_PID_FILE = "/var/run/redis.pid"
OOM_SCORE_FILE = "/proc/self/oom_score_adj"
HUGE_PAGES_FILE = "/sys/kernel/mm/transparent_hugepage/enabled"

# What the log says when a signal asks for the end, by the signal's name.
SIGNALS = {
    "SIGTERM": "Received SIGTERM scheduling shutdown...",
    "SIGINT": "Received SIGINT scheduling shutdown...",
}
# The second SIGINT ends the server at once, with exit code 1.
SECOND_SIGINT = "You insist... exiting now."
SHUTDOWN_REQUESTED = "User requested shutdown..."
SAVING = "Saving the final RDB snapshot before exiting."
SAVING_FAILED = "Error trying to save the DB, can't exit."
SAVING_FAILED_ANYWAY = "Error trying to save the DB. Exit anyway."
SYNCING_APPEND_LOG = "Calling fsync() on the AOF file."
SHUTDOWN_FAILED = "Errors trying to shut down the server. Check the logs for more information."
SHUTDOWN_ABORTED = "Shutdown manually aborted."
SIGTERM_FAILED = (
    "SIGTERM received but errors trying to shut down the server, check the logs for more"
    " information"
)
REMOVING_PID_FILE = "Removing the pid file."
HUGE_PAGES_WARNING = (
    "WARNING You have Transparent Huge Pages (THP) support enabled in your kernel: saving in the"
    f" background will need more memory and time. As root, 'echo madvise > {HUGE_PAGES_FILE}' and"
    " restart the server, or set disable-thp to yes."
)
ENDED = "Redis is now ready to exit, bye bye..."

_BANNER = """
      _____________
    /  .---------. \\      Rediskit {release}, a server of Redis {redis} ({commit}) {bits} bit
   |  /  _     _  \\  |
   | |  |_|   |_|  | |    Running in {mode} mode
   | |   _______   | |    Port: {port}
   | |  |___|___|  | |    PID: {process}
   |  \\           /  |
    \\  '---------'  /
      '-----------'
"""


class Process(Guest):
    """A process that is one server's.

    is_background: whether it left its terminal. supervised_by: "systemd", "upstart" or "no".
    """

    def __init__(self, config, log, program="rediskit-server"):
        self.is_background = False
        self._server = None
        self._config = config
        self._log = log
        self._program = program
        self._pid_file = ""
        self._notify_address = ""
        self._first_oom_score = None

    # The way up

    def begin(self):
        """Asks the supervisor, goes to the background if that is asked for, and says hello.

        Raises ConfigError if the locale that texts are to be sorted by is none.
        """
        config = self._config
        if config["syslog-enabled"]:
            self._log.add_system(config["syslog-ident"], config["syslog-facility"])
        if config["locale-collate"]:
            set_collation(config["locale-collate"])
        config.on_change("locale-collate", set_collation)
        is_supervised = self._find_supervisor()
        if self._config["daemonize"] and not is_supervised:
            self.is_background = True
            go_to_background()
        log = self._log
        log.notice("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo")
        log.notice(
            f"Redis version={version.REDIS_VERSION}, bits={version.BITS},"
            f" commit={version.COMMIT}, modified={version.MODIFIED}, pid={os.getpid()},"
            " just started"
        )
        if self._config.given:
            log.notice("Configuration loaded")
        else:
            log.warning(
                "Warning: no config file specified, using the default config. In order to specify"
                f" a config file use {self._program} /path/to/redis.conf"
            )

    def settle(self, port=None, mode="standalone"):
        """Writes the pid file and shows the banner; this process is the server from now on.

        port: the one listened on, that of the configuration by default.
        """
        self._log.settle()
        self.pin("server-cpulist")
        self.avoid_huge_pages()
        self._write_pid_file()
        oom_directives = ("oom-score-adj", "oom-score-adj-values")
        self._config.on_change_of_any(oom_directives, self.adjust_oom_score)
        try:
            self.adjust_oom_score()
        except ConfigError as error:
            self._log.verbose(error.text)
        port = port or self._config["port"] or self._config["tls-port"]
        self._show_banner(port, mode)

    def run(self, server):
        """Has a server serve in this process until it is shut down; returns the exit code."""
        config, log = self._config, self._log
        self.settle()
        try:
            fit_maxclients(config, log)
        except SystemLimitError as error:
            log.warning(str(error))
            return 1
        config.on_change("maxclients", check_maxclients)
        warn_of_small_backlog(config["tcp-backlog"], log)
        self._warn_of_small_limit()
        log.notice("Server initialized")
        self._obey_signals(server)
        exit_code = server.run()
        if not exit_code:
            log.warning(ENDED)
        return exit_code

    def ready(self):
        """Tells who supervises us that clients are welcome."""
        if self._config["replicaof"] is None:
            self.notify("STATUS=Ready to accept connections")
        else:
            self.notify(
                "STATUS=Ready to accept connections in read-only mode."
                " Waiting for MASTER <-> REPLICA sync"
            )
        self.notify("READY=1")

    # The way down

    def remove_pid_file(self):
        """Removes the pid file, if there is one."""
        if self._pid_file:
            self._log.notice(REMOVING_PID_FILE)
            try:
                os.unlink(self._pid_file)
            except OSError as error:
                self._log.verbose(f"Failed to remove the pid file: {error.strerror}")
            self._pid_file = ""

    # Signals

    def _obey_signals(self, server):
        self._server = server
        signal.set_wakeup_fd(server.loop.wakeup_fd, warn_on_full_buffer=False)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, number, _frame):
        """SIGTERM and SIGINT: the cron shuts down; a second SIGINT ends the process at once."""
        server = self._server
        if server.shutdown_signal and number == signal.SIGINT:
            self._log.warning(SECOND_SIGINT)
            server.snapshots.abandon()
            os._exit(1)
        self._log.warning(SIGNALS[signal.Signals(number).name])
        server.shutdown_signal = number

    # Supervision

    def notify(self, state: str):
        """Tells systemd something, such as "READY=1"; nothing without a supervisor."""
        if not self._notify_address:
            return
        # Only supervised servers need to load it.
        import socket

        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.sendto(state.encode(), self._notify_address)
        except OSError as error:
            self._log.warning(f"systemd supervision error: sd_notify: {error.errno}")

    def _find_supervisor(self):
        """Whether somebody supervises us; greets whoever does."""
        asked = self._config["supervised"]
        if asked in ("systemd", "auto") and (asked == "systemd" or _environment("NOTIFY_SOCKET")):
            return self._greet_systemd()
        if asked in ("upstart", "auto") and (asked == "upstart" or _environment("UPSTART_JOB")):
            return self._greet_upstart()
        return False

    def _greet_systemd(self):
        address = _environment("NOTIFY_SOCKET")
        if address[:1] not in ("/", "@") or len(address) < 2:
            self._log.warning("systemd supervision error: NOTIFY_SOCKET not found!")
            return False
        self._notify_address = "\0" + address[1:] if address.startswith("@") else address
        self.supervised_by = "systemd"
        self._log.notice(
            "Supervised by systemd. Please make sure you set appropriate values for"
            " TimeoutStartSec and TimeoutStopSec in your service unit."
        )
        self.notify("STATUS=Redis is loading...")
        return True

    def _greet_upstart(self):
        if not _environment("UPSTART_JOB"):
            self._log.warning("upstart supervision requested, but UPSTART_JOB not found!")
            return False
        self._log.notice("supervised by upstart, will stop to signal readiness.")
        self.supervised_by = "upstart"
        os.kill(os.getpid(), signal.SIGSTOP)
        del os.environ["UPSTART_JOB"]
        return True

    # The system's choice of whom to kill when memory is short

    def adjust_oom_score(self, is_child=False):
        """Applies oom-score-adj to this process: a primary, a replica or a background child.

        Raises ConfigError where the system does not let us.
        """
        mode = self._config["oom-score-adj"]
        if mode == "no" and self._first_oom_score is None:
            return
        primary, replica, child = self._config["oom-score-adj-values"]
        server = primary if self._config["replicaof"] is None else replica
        try:
            if self._first_oom_score is None:
                with open(OOM_SCORE_FILE) as file:
                    self._first_oom_score = int(file.read())
            score = child if is_child else server
            if mode == "no":
                score = self._first_oom_score
            elif mode == "yes":
                score += self._first_oom_score
            with open(OOM_SCORE_FILE, "w") as file:
                file.write(str(max(-1000, min(score, 1000))))
        except OSError as error:
            self._log.warning(f"Unable to write oom_score_adj: {error.strerror}")
            raise ConfigError("Failed to set current oom_score_adj. Check server logs.") from None

    def begin_child(self, directive):
        """A forked child: takes the processors that a directive lists, and its own score."""
        self.pin(directive)
        with contextlib.suppress(ConfigError):  # The log has the reason.
            self.adjust_oom_score(is_child=True)

    def pin(self, directive):
        """Keeps this process on the processors that a directive lists.

        directive: "server-cpulist"; a background child takes "bgsave-cpulist" and the like.
        """
        processors = parse_processors(self._config[directive])
        if processors:
            try:
                os.sched_setaffinity(0, processors)
            except OSError as error:
                self._log.warning(f"Unable to follow {directive}: {error.strerror}")

    def avoid_huge_pages(self):
        """Does without transparent huge pages if `disable-thp` says so; warns of those we get.

        Where a forked child shares the memory, the first write to a page copies all of it.
        """
        if self._config["disable-thp"]:
            try:
                refuse_huge_pages()
                return
            except OSError as error:
                self._log.verbose(f"Unable to do without huge pages: {error.strerror}")
        if huge_pages_are_given():
            self._log.warning(HUGE_PAGES_WARNING)

    def _warn_of_small_limit(self):
        limit_bytes = self._config["maxmemory"]
        if 0 < limit_bytes < SMALL_MEMORY_LIMIT:
            self._log.warning(
                "WARNING: You specified a maxmemory value that is less than 1MB (current value is "
                f"{limit_bytes} bytes). Are you sure this is what you really want?"
            )

    # Pid file and banner

    def _write_pid_file(self):
        """Writes the process id where `pidfile` says; a server that cannot, runs all the same."""
        path = self._config["pidfile"]
        if not path:
            if not self.is_background:
                return
            path = DEFAULT_PID_FILE
            self._config.assign("pidfile", path)
        path = self._config.located(path)
        try:
            with open(path, "w") as file:
                file.write(f"{os.getpid()}\n")
            self._pid_file = path
        except OSError as error:
            self._log.warning(f"Failed to write PID file: {error.strerror}")

    def _show_banner(self, port, mode):
        """Shows the banner on a terminal and where it is asked for; elsewhere one line."""
        log, config = self._log, self._config
        on_terminal = not log.path and not config["syslog-enabled"] and os.isatty(1)
        if not on_terminal and not config["always-show-logo"]:
            log.notice(f"Running mode={mode}, port={port}.")
            return
        if log.level <= NOTICE:
            log.raw(
                _BANNER.format(
                    release=version.RELEASE.removeprefix("rediskit-"),
                    redis=version.REDIS_VERSION,
                    commit=f"{version.COMMIT}/{version.MODIFIED}",
                    bits=version.BITS,
                    mode=mode,
                    port=port,
                    process=os.getpid(),
                )
                + "\n"
            )


def set_collation(name):
    """Has texts sorted as a locale does it, "" for that of the environment. ConfigError."""
    import _locale  # the C part of `locale`, which loads at once

    try:
        _locale.setlocale(_locale.LC_COLLATE, name)
    except (_locale.Error, ValueError):
        raise ConfigError("Invalid locale name") from None


def huge_pages_are_given() -> bool:
    """Whether the system gives transparent huge pages to those who do not ask for them."""
    try:
        with open(HUGE_PAGES_FILE) as file:
            return "[always]" in file.read()
    except OSError:
        return False


def parse_processors(text: str) -> set:
    """The numbers that "0,2-4,8-14:2" lists (a range may have a step); none if it is malformed."""
    processors = set()
    for part in text.split(",") if text else ():
        span, _, step = part.partition(":")
        first, _, last = span.partition("-")
        numbers = [first, last or first, step or "1"]
        if not all(number.isascii() and number.isdigit() for number in numbers):
            return set()
        low, high, stride = [int(number) for number in numbers]
        if not low <= high <= 4096 or not stride:
            return set()
        processors.update(range(low, high + 1, stride))
    return processors


def go_to_background():
    """Leaves terminal and parent behind: returns in a child, the parent exits with 0."""
    sys.stdout.flush()
    if os.fork():
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    if nothing > 2:
        os.close(nothing)


def _environment(name):
    return os.environ.get(name, "")
