"""Jobs in the background that need the data to stand still: one at a time, whatever it is for.

A job writes the data of the moment at which it begins into a file. It runs in a forked child or,
where a fork would not be sound, in slices of the loop. A snapshot is one kind of job; rewriting an
append-only file, or sending all data to a replica, are others. What they have in common is here:

    start(job)          begins, unless one runs; the job is told of its end
    stop(), wait()      end the one that runs, and wait for its end
    schedule(begin)     has begin() called as soon as no job runs, until it returns True
    cron()              begins what is scheduled; to be called several times a second

Three lists of functions are called on the way: `forked` after each fork, in the parent;
`in_child` in the child, before it begins; `ended` when any job is over and was told so.
"""

import os
from typing import NamedTuple

from rediskit.eventloop import close_in_child
from rediskit.logfile import log_mistake
from rediskit.persistence.forked import STOP_SIGNAL, Child, can_fork
from rediskit.persistence.progress import Progress
from rediskit.persistence.sliced import Slices
from rediskit.persistence.snapshot_file import new_number, remove, temporary_name
from rediskit.persistence.writing import write_all
from rediskit.structures.native import monotonic_us

MEGABYTE = 1024 * 1024


class Kind(NamedTuple):
    """A kind of job. title: as the log names it. child: as `ps` does. processors: a directive."""

    title: str
    child: str
    processors: str


SNAPSHOT = Kind("Background saving", "redis-rdb-bgsave", "bgsave-cpulist")


class Job:
    """One job: who begins it fills in what is None here.

    began: in seconds since 1970.  number: no other job has it.  progress: how far it is.
    folder: where its file is.  make_file(owner): a SnapshotFile of that number for a process that
    writes for `owner`.  make_writing(progress): the Writing that fills it.
    finished(path, is_stopped): told of the end; path is that of the file, if it keeps its temporary
    name, and is gone afterwards; it is None if the job failed, which is no fault if it was stopped.
    """

    def __init__(self, kind, keys, folder):
        self.kind = kind
        self.folder = folder
        self.number = new_number()
        self.progress = Progress(keys)
        self.began = 0
        self.make_file = None
        self.make_writing = None
        self.finished = None


class Children:
    """The jobs of one server. current: what runs one, or None; its `job` is the job.

    forks: how many there were.  fork_us: how long the last one took.
    """

    def __init__(self, keyspace, loop, clock, log, latency, watch_calls):
        self.current = None
        self.forked = []
        self.in_child = []
        self.ended = []
        self._keyspace = keyspace
        self._loop = loop
        self._clock = clock
        self._log = log
        self._latency = latency
        self._watch_calls = watch_calls
        self._scheduled = []
        self.reset_statistics()

    def reset_statistics(self):
        """Sets the counters that INFO shows back to 0."""
        self.forks = 0
        self.fork_us = 0

    @staticmethod
    def can_fork():
        """Whether a job may be a forked child."""
        return can_fork()

    def job_of(self, kind):
        """The job of a kind that runs, or None."""
        current = self.current
        return current.job if current is not None and current.job.kind is kind else None

    def start(self, job):
        """Begins a job, when none runs; whether it could."""
        job.began = self._clock.seconds
        started = self._fork(job) if self.can_fork() else self._begin_in_slices(job)
        if not started:
            self.current = None
        return started

    def _fork(self, job):
        child = Child(self._loop, job, self._end)
        try:
            child.start(self._live_as_child)
        except OSError as error:
            self._log.warning(f"Can't save in background: fork: {error.strerror}")
            return False
        self.current = child
        self.forks += 1
        self.fork_us = child.fork_us
        self._latency.note("fork", child.fork_us // 1000)
        for hook in self.forked:
            hook()
        self._log.notice(f"{job.kind.title} started by pid {child.process}")
        return True

    def _begin_in_slices(self, job):
        self.current = slices = Slices(
            self._keyspace, self._loop, self._log, self._watch_calls, job, self._end
        )
        try:
            slices.start()
        except OSError as error:
            self._log.warning(f"{slices.file.doing}: {error.strerror}")
            return False
        self._log.notice(f"{job.kind.title} started in slices: this process has threads")
        return True

    def _live_as_child(self, job, reporter):
        """What a forked child does; its exit code."""
        try:
            close_in_child()
            for hook in self.in_child:
                hook(job)
            file, writing = job.make_file(os.getppid()), job.make_writing(job.progress)
            if not write_all(writing, file, self._log, reporter):
                return 1
        except Exception as mistake:
            log_mistake(self._log, f"{job.kind.title} failed", mistake)
            return 1
        peak, own = job.progress.peak_bytes // MEGABYTE, job.progress.own_bytes // MEGABYTE
        self._log.notice("DB saved on disk")
        self._log.notice(f"Fork CoW for RDB: current {own} MB, peak {peak} MB")
        return 0

    def _end(self, exit_code, signal_number=0):
        """The job that runs is over."""
        ended, self.current = self.current, None
        job, title = ended.job, ended.job.kind.title
        path = os.path.join(job.folder, temporary_name(ended.process, job.number))
        succeeded = not exit_code and not signal_number
        if signal_number:
            self._log.warning(f"{title} terminated by signal {signal_number}")
        elif succeeded:
            self._log.notice(f"{title} terminated with success")
        else:
            self._log.warning(f"{title} error")
        is_stopped = ended.is_stopped or signal_number == STOP_SIGNAL
        job.finished(path if succeeded else None, is_stopped)
        begin_us = monotonic_us()
        remove(path)
        self._latency.note("rdb-unlink-temp-file", (monotonic_us() - begin_us) // 1000)
        for hook in self.ended:
            hook()

    def stop(self):
        """Ends the job that runs, if there is one, without that being a fault of its."""
        if self.current is not None:
            self.current.stop()
            self.wait()

    def wait(self):
        """Waits for the end of the job that runs, if there is one."""
        if self.current is not None:
            self.current.wait()

    def poll(self):
        """Looks whether the job that runs is over; for a server whose loop does not run."""
        if self.current is not None:
            self.current.poll()

    def schedule(self, begin):
        """Has begin() called as soon as no job runs, again and again until it returns True."""
        if begin not in self._scheduled:
            self._scheduled.append(begin)

    def cron(self):
        """Begins what is scheduled, when it can be begun."""
        if self.current is None and self._scheduled and self._scheduled[0]():
            del self._scheduled[0]
