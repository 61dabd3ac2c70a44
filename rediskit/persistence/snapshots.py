"""The life cycle of snapshots: when one is written, by whom, and what came of it.

    save()              now, while everybody waits
    begin()             in the background: in a forked child or, where a fork is not sound, in
                        slices of the loop (`sliced`)
    cron()              what the directive `save` asks for, and a BGSAVE that had to wait
    start(), load()     reading the snapshot before anybody is served, or at once

Only one save runs at a time. While the last one in the background has failed, writes are refused
if `stop-writes-on-bgsave-error` says so, and the next attempt follows after some seconds: there
is nothing to be done by hand once the disk has room again.

A server that a program holds within itself does nothing of it unasked: what happens by itself
(save points, the snapshot at the end and that of FLUSHALL) begins with start(), which run() calls.
"""

import os
import time

from rediskit.config.kinds import ConfigError
from rediskit.gates import SAVE_FAILED
from rediskit.logfile import log_mistake
from rediskit.operations.daemon import SAVING
from rediskit.persistence.forked import STOP_SIGNAL, ForkedSave, can_fork
from rediskit.persistence.loads import Loads
from rediskit.persistence.progress import Progress
from rediskit.persistence.sliced import SlicedSave
from rediskit.persistence.snapshot_file import SnapshotFile, remove, temporary_name
from rediskit.persistence.writing import Writing
from rediskit.structures.native import monotonic_us

RETRY_SECONDS = 5
MEGABYTE = 1024 * 1024


class Snapshots:
    """The saves of one server.

    loads: the loads.  background: the save that runs, or None.  progress: how far that is.
    is_scheduled: whether another follows as soon as there can be one.  is_automatic: whether any
    happens unasked.  last_save: when, in seconds since 1970.  last_seconds: how long the last one
    in the background took, -1 if there was none.  last_own_bytes: memory its child did not share.
    succeeded: whether it did.  saves, forks: how many there were.  fork_us: how long the last fork
    took.
    """

    def __init__(self, server):
        self._server = server
        self.loads = Loads(server)
        self.background = None
        self.progress = Progress()
        self.is_scheduled = False
        self.is_automatic = False
        self.last_save = server.clock.seconds
        self.last_seconds = -1
        self.last_own_bytes = 0
        self.succeeded = True
        self.reset_statistics()
        self._last_try = 0
        self._began = 0
        self._changes_saved = 0
        self._changes_at_begin = 0
        self._take = None
        server.config.on_change_of_any(("save", "stop-writes-on-bgsave-error"), self._set_gate)

    def reset_statistics(self):
        """Sets the counters that INFO shows back to 0."""
        self.saves = 0
        self.forks = 0
        self.fork_us = 0

    # What is to be saved

    @property
    def changes(self):
        """How many changes no snapshot has yet."""
        return self._server.keyspace.dirty - self._changes_saved

    @changes.setter
    def changes(self, count):
        self._changes_saved = self._server.keyspace.dirty - count

    @property
    def current_seconds(self):
        """For how long the save in the background runs; -1 if there is none."""
        return self._server.clock.seconds - self._began if self.background else -1

    # Now

    def save(self):
        """Writes a snapshot while everybody waits; whether that succeeded. Not beside another."""
        server = self._server
        self.saves += 1
        writing = Writing(server, Progress())
        if not self._write(writing, self._new_file()):
            return False
        server.log.notice("DB saved on disk")
        self._note_success(server.keyspace.dirty)
        return True

    def _new_file(self, owner=None):
        config = self._server.config
        name = None if self._take is not None else config["dbfilename"]
        return SnapshotFile(name, config["rdb-save-incremental-fsync"], owner)

    def _write(self, writing, file, reporter=None):
        """Writes all of a snapshot; whether that succeeded. The log has the reason if not."""
        try:
            file.open()
            writing.open(file.fd)
            while (pause := writing.write_some()) >= 0:
                file.wrote(writing.size)
                if reporter is not None:
                    reporter.look(writing.keys)
                if pause:
                    time.sleep(pause)
            if reporter is not None:
                reporter.report(writing.keys)
            file.commit()
        except OSError as error:
            file.discard()
            self._server.log.warning(f"{file.doing}: {error.strerror}")
            return False
        except BaseException:
            file.discard()
            raise
        return True

    # In the background

    def begin(self, take=None):
        """Begins a save in the background; whether it could.

        take(path): given the finished file, or None, in place of making it the snapshot; it is
        gone afterwards.
        """
        server = self._server
        self.saves += 1
        self._began = self._last_try = server.clock.seconds
        self._changes_at_begin = server.keyspace.dirty
        self.progress = Progress(server.keyspace.total_keys())
        self._take = take
        started = self._fork() if self.can_fork() else self._begin_in_slices()
        if not started:
            self.background = None
            self._note_failure()
        elif not self.is_automatic:
            self.background.wait()  # No loop runs that could do it in the background.
        return started

    @staticmethod
    def can_fork():
        """Whether a save in the background may be a forked child."""
        return can_fork()

    def _fork(self):
        server = self._server
        child = ForkedSave(server.loop, self.progress, self._end)
        try:
            child.start(self._live_as_child)
        except OSError as error:
            server.log.warning(f"Can't save in background: fork: {error.strerror}")
            return False
        self.background = child
        server.keyspace.leave_access(True)
        self.forks += 1
        self.fork_us = child.fork_us
        server.latency.note("fork", child.fork_us // 1000)
        server.log.notice(f"Background saving started by pid {child.process}")
        return True

    def _begin_in_slices(self):
        server, file = self._server, self._new_file()
        self.background = SlicedSave(server, file, self.progress, self._end)
        try:
            self.background.start()
        except OSError as error:
            server.log.warning(f"{file.doing}: {error.strerror}")
            return False
        server.log.notice("Background saving started in slices: this process has threads")
        return True

    def _live_as_child(self, reporter):
        """What the child does; its exit code."""
        try:
            return self._save_as_child(reporter)
        except Exception as mistake:
            log_mistake(self._server.log, "Saving in the background failed", mistake)
            return 1

    def _save_as_child(self, reporter):
        server = self._server
        server.network.close_in_child()
        server.process.pin("bgsave-cpulist")
        try:
            server.process.adjust_oom_score(is_child=True)
        except ConfigError as error:
            server.log.verbose(error.text)
        if not self._write(Writing(server, self.progress), self._new_file(os.getppid()), reporter):
            return 1
        peak, own = self.progress.peak_bytes, self.progress.own_bytes
        server.log.notice("DB saved on disk")
        server.log.notice(
            f"Fork CoW for RDB: current {own // MEGABYTE} MB, peak {peak // MEGABYTE} MB"
        )
        return 0

    def _end(self, exit_code, signal_number=0):
        """The save in the background is over."""
        background, self.background = self.background, None
        self._server.keyspace.leave_access(False)
        temporary = temporary_name(background.process)
        succeeded = not exit_code and not signal_number
        if signal_number:
            self._server.log.warning(f"Background saving terminated by signal {signal_number}")
        elif succeeded:
            self._server.log.notice("Background saving terminated with success")
        else:
            self._server.log.warning("Background saving error")
        self.last_seconds = self._server.clock.seconds - self._began
        self.last_own_bytes = self.progress.own_bytes
        self.progress = Progress()
        if self._take is not None:
            take, self._take = self._take, None
            take(temporary if succeeded else None)
        elif succeeded:
            self._note_success(self._changes_at_begin)
        elif not background.is_stopped and signal_number != STOP_SIGNAL:
            self._note_failure()
        self._remove(temporary)

    def _remove(self, temporary):
        begin_us = monotonic_us()
        remove(temporary)
        self._server.latency.note("rdb-unlink-temp-file", (monotonic_us() - begin_us) // 1000)

    def stop(self):
        """Ends the save in the background, if there is one, without counting it as a failure."""
        background = self.background
        if background is not None:
            background.stop()
            background.wait()

    # What came of it

    def _note_success(self, changes):
        self.last_save = self._server.clock.seconds
        self._changes_saved = changes
        self.succeeded = True
        self._set_gate()

    def _note_failure(self):
        self.succeeded = False
        self._set_gate()

    def _set_gate(self):
        """Refuses writes, or no longer, as the directives and the last save say."""
        config, dispatcher = self._server.config, self._server.dispatcher
        if config["save"] and config["stop-writes-on-bgsave-error"] and not self.succeeded:
            dispatcher.gates.close(SAVE_FAILED)
        else:
            dispatcher.gates.open(SAVE_FAILED)

    # By itself

    def start(self, finished):
        """Loads the snapshot, and saves by itself from now on; then finished(succeeded)."""

        def loaded(succeeded):
            self.changes = 0
            finished(succeeded)

        self.is_automatic = True
        self.loads.start(loaded)

    def cron(self):
        """Begins a save that is due; to be called several times a second."""
        now = self._server.clock.seconds
        if self.background is not None or self._server.is_loading:
            return
        if not self.succeeded and now - self._last_try <= RETRY_SECONDS:
            return
        if self.is_automatic and self._begin_what_is_due(now):
            return
        if self.is_scheduled:
            self.is_scheduled = not self.begin()

    def _begin_what_is_due(self, now):
        """Begins a save if the directive `save` asks for one; whether it does."""
        for seconds, changes in self._server.config["save"]:
            if self.changes >= changes and now - self.last_save > seconds:
                self._server.log.notice(f"{changes} changes in {seconds} seconds. Saving...")
                self.begin()
                return True
        return False

    def save_what_was_flushed(self):
        """What FLUSHALL does to snapshots: an old one would bring back what has gone."""
        self.stop()
        if self.is_automatic and self._server.config["save"]:
            self.save()

    def save_at_end(self, wanted=None):
        """Saves before the server ends, if that is wanted; False if it failed.

        wanted: None is for as the directive `save` says.
        """
        log = self._server.log
        if self.background is not None:
            log.warning("There is a child saving an .rdb. Killing it!")
            self.stop()
        if self._server.is_loading:
            wanted = False  # It would be a part of what there is.
        elif wanted is None:
            wanted = self.is_automatic and bool(self._server.config["save"])
        if not wanted:
            return True
        log.notice(SAVING)
        self._server.process.notify("STATUS=Saving the final RDB snapshot")
        return self.save()

    def abandon(self):
        """The process ends at once: removes the files that are being written."""
        remove(temporary_name(os.getpid()))
        if self.background is not None:
            self.stop()
