"""A job in a forked child, which sees the data of the moment of the fork while we go on.

The child shares our memory page by page until one of us writes to a page. It therefore collects
no garbage and reads the data through C alone; and our own collector, which would write to every
object it looks at, has to leave alone what was there when the child began.

The child says how far it is through a pipe, in records of one write each. The end of the pipe is
the end of the child, whatever it died of. It is stopped with SIGUSR1, as Redis does it: every
other signal counts as a failure.
"""

import contextlib
import gc
import os
import signal
import struct

from rediskit.eventloop import READ, Handler
from rediskit.structures.native import monotonic_us

RECORD = struct.Struct("<QQ")  # keys that are written, bytes that are no longer shared
REPORT_INTERVAL_US = 1_000_000
STOP_SIGNAL = signal.SIGUSR1

# What is meant for the server, which ends the child if it has to.
IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)

# Where cores are few, the server's clients go first.
NICENESS = 10


def can_fork():
    """Whether a child would be sound: locks that other threads hold stay locked in it for ever."""
    if not hasattr(os, "fork"):
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        import threading

        return threading.active_count() == 1


class Child(Handler):
    """The parent's view of a child that does a job.

    job: what the child reports goes to its `progress`.  fork_us: how long the fork took.
    finished(exit_code, signal_number): called when the child is gone, one of the two is 0.
    """

    def __init__(self, loop, job, finished):
        Handler.__init__(self)
        self.job = job
        self.process = 0
        self.fork_us = 0
        self.is_stopped = False
        self._loop = loop
        self._finished = finished
        self._thaws = False

    def start(self, work):
        """Has a child call work(job, reporter) and exit with what it returns. Raises OSError."""
        read_fd, write_fd = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(read_fd, False)
        self._thaws = gc.get_freeze_count() == 0
        gc.freeze()
        start_us = monotonic_us()
        try:
            self.process = os.fork()
        except OSError:
            os.close(read_fd)
            os.close(write_fd)
            self._thaw()
            raise
        if not self.process:
            os.close(read_fd)
            _live_as_child(work, self.job, Reporter(write_fd, self.job.progress))
        self.fork_us = monotonic_us() - start_us
        os.close(write_fd)
        self._loop.register(read_fd, self, READ)

    def on_readable(self):
        """Takes a report, or the end."""
        data = os.read(self.fd, RECORD.size)
        if len(data) == RECORD.size:
            self.job.progress.report(*RECORD.unpack(data))
            return
        self._end()

    def stop(self):
        """Has the child end; finished() is called when it has."""
        self.is_stopped = True
        os.kill(self.process, STOP_SIGNAL)

    def wait(self):
        """Waits until the child is gone, with all that it had to report."""
        os.set_blocking(self.fd, True)
        while self.fd >= 0:
            self.on_readable()

    def poll(self):
        """Takes what the child has reported; where no loop does."""
        while self.fd >= 0:
            try:
                self.on_readable()
            except BlockingIOError:
                return

    def _end(self):
        fd = self.fd
        self._loop.unregister(self)
        os.close(fd)
        self._thaw()
        try:
            _, status = os.waitpid(self.process, 0)
        except ChildProcessError:
            self._finished(1, 0)  # somebody else in this program has waited for it
            return
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        self._finished(0 if number else os.WEXITSTATUS(status), number)

    def _thaw(self):
        if self._thaws:
            gc.unfreeze()


class Reporter:
    """The child's end of the pipe: tells the parent how far it is, once a second."""

    def __init__(self, fd, progress):
        self.fd = fd
        self.progress = progress
        self._last_us = 0
        self._shared_no_more = 0

    def look(self, keys):
        """Reports that so many keys are written, if it is time to. OSError: nobody listens."""
        now_us = monotonic_us()
        if now_us - self._last_us >= REPORT_INTERVAL_US:
            self.report(keys)
            self._last_us = monotonic_us()

    def report(self, keys):
        """Reports at once; returns the bytes that are no longer shared."""
        own = own_bytes()
        self.progress.report(keys, own)
        os.write(self.fd, RECORD.pack(keys, own))
        return own


def _live_as_child(work, job, reporter):
    """All of the child's life."""
    code = 1
    try:
        gc.disable()
        os.nice(NICENESS)
        signal.set_wakeup_fd(-1)
        for number in IGNORED:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(STOP_SIGNAL, signal.SIG_DFL)
        _take_name(job.kind.child)
        code = work(job, reporter)
    finally:
        os._exit(code)


def _take_name(name):
    """Shows in `ps` and `top` what the process is for."""
    # Where there is none, the work goes as well.
    with contextlib.suppress(OSError), open("/proc/self/comm", "w") as file:
        file.write(name)


def own_bytes():
    """Bytes of memory that this process shares with no other and has written to; 0: unknown."""
    # Only Linux 4.14 and later tell.
    with contextlib.suppress(OSError), open("/proc/self/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Private_Dirty:"):
                return int(line.split()[1]) * 1024
    return 0
