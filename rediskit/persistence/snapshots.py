"""The life cycle of snapshots: when one is written, by whom, and what came of it.

    save()              now, while everybody waits
    begin(), schedule() in the background (`children`), at once or when nothing else runs there
    cron()              what the directive `save` asks for
    start(), load()     reading the snapshot before anybody is served, or at once

Only one save runs at a time. While the last one in the background has failed, writes are refused
if `stop-writes-on-bgsave-error` says so, and the next attempt follows after some seconds: there
is nothing to be done by hand once the disk has room again.

A server that a program holds within itself does nothing of it unasked: what happens by itself
(save points, the snapshot at the end and that of FLUSHALL) begins with start(), which run() calls.
"""

from functools import partial

from rediskit.gates import SAVE_FAILED
from rediskit.operations.daemon import SAVING
from rediskit.persistence.children import SNAPSHOT, Job
from rediskit.persistence.progress import Progress
from rediskit.persistence.snapshot_file import SnapshotFile, new_number
from rediskit.persistence.writing import Writing, write_all

RETRY_SECONDS = 5


class Snapshots:
    """The saves of one server.

    loads: the Loads.  children: the Children that do what is done in the background.
    is_automatic: whether anything happens unasked.  last_save: when, in seconds since 1970.
    last_seconds: how long the last one in the background took, -1 if there was none.
    last_own_bytes: memory its child did not share.  succeeded: whether it did.  saves: how many
    there were.  gates: the Gates.  notify(state): tells who supervises.
    """

    def __init__(self, keyspace, config, clock, log, children, loads, gates, notify):
        self._keyspace = keyspace
        self._config = config
        self._clock = clock
        self._log = log
        self._children = children
        self._gates = gates
        self._notify = notify
        self.loads = loads
        self.is_automatic = False
        self.last_save = clock.seconds
        self.last_seconds = -1
        self.last_own_bytes = 0
        self.succeeded = True
        self.saves = 0
        self._last_try = 0
        self._changes_saved = 0
        self._file = None
        config.on_change_of_any(("save", "stop-writes-on-bgsave-error"), self._look_after_gate)

    def reset_statistics(self):
        """Sets the counters that INFO shows back to 0."""
        self.saves = 0

    @property
    def background(self):
        """The Job that saves in the background, or None."""
        return self._children.job_of(SNAPSHOT)

    @property
    def progress(self):
        """How far the save in the background is."""
        job = self.background
        return Progress() if job is None else job.progress

    # What is to be saved

    @property
    def changes(self):
        """How many changes no snapshot has yet."""
        return self._keyspace.dirty - self._changes_saved

    @changes.setter
    def changes(self, count):
        self._changes_saved = self._keyspace.dirty - count

    @property
    def current_seconds(self):
        """For how long the save in the background runs; -1 if there is none."""
        job = self.background
        return -1 if job is None else self._clock.seconds - job.began

    # Now

    def save(self):
        """Writes a snapshot while everybody waits; whether that succeeded. Not beside another."""
        self.saves += 1
        self._file = self._make_file(new_number(), self._config["dbfilename"])
        succeeded = write_all(self._make_writing(Progress()), self._file, self._log)
        self._file = None
        if succeeded:
            self._log.notice("DB saved on disk")
            self._note_success(self._keyspace.dirty)
        return succeeded

    def _make_file(self, number, name, owner=None):
        config = self._config
        syncs_early = config["rdb-save-incremental-fsync"]
        return SnapshotFile(config["dir"], name, number, syncs_early, owner)

    def _make_writing(self, progress):
        libraries = self.loads.functions.codes()
        return Writing(self._keyspace, self._config, progress, libraries)

    # In the background

    def begin(self, take=None):
        """Begins a save in the background; whether it could.

        take(path): given the finished file, or None, in place of making it the snapshot; it is
        gone afterwards.
        """
        self.saves += 1
        self._last_try = self._clock.seconds
        changes = self._keyspace.dirty
        name = self._config["dbfilename"] if take is None else None
        job = Job(SNAPSHOT, self._keyspace.total_keys(), self._config["dir"])
        job.make_file = partial(self._make_file, job.number, name)
        job.make_writing = self._make_writing
        job.finished = partial(self._end, job, changes, take)
        if not self._children.start(job):
            self._note_failure()
            return False
        if not self.is_automatic:
            self._children.wait()  # No loop runs that could do it in the background.
        return True

    def schedule(self):
        """Has a save begun in the background as soon as there can be one."""
        self._children.schedule(self._begin_scheduled)

    def _begin_scheduled(self):
        return not self.loads.is_loading and not self._is_too_soon() and self.begin()

    def _end(self, job, changes, take, path, is_stopped):
        """The save in the background is over."""
        self.last_seconds = self._clock.seconds - job.began
        self.last_own_bytes = job.progress.own_bytes
        if take is not None:
            take(path)
        elif path is not None:
            self._note_success(changes)
        elif not is_stopped:
            self._note_failure()

    # What came of it

    def _note_success(self, changes):
        self.last_save = self._clock.seconds
        self._changes_saved = changes
        self.succeeded = True
        self._look_after_gate()

    def _note_failure(self):
        self.succeeded = False
        self._look_after_gate()

    def _look_after_gate(self):
        """Refuses writes, or no longer, as the directives and the last save say."""
        config = self._config
        if config["save"] and config["stop-writes-on-bgsave-error"] and not self.succeeded:
            self._gates.close(SAVE_FAILED)
        else:
            self._gates.open(SAVE_FAILED)

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
        busy = self._children.current is not None or self.loads.is_loading
        if self.is_automatic and not busy and not self._is_too_soon():
            self._begin_what_is_due(self._clock.seconds)

    def _is_too_soon(self):
        """Whether the last save failed just now."""
        return not self.succeeded and self._clock.seconds - self._last_try <= RETRY_SECONDS

    def _begin_what_is_due(self, now):
        """Begins a save if the directive `save` asks for one."""
        for seconds, changes in self._config["save"]:
            if self.changes >= changes and now - self.last_save > seconds:
                self._log.notice(f"{changes} changes in {seconds} seconds. Saving...")
                self.begin()
                return

    def save_what_was_flushed(self):
        """What FLUSHALL does to snapshots: an old one would bring back what has gone."""
        if self.background is not None:
            self._children.stop()
        if self.is_automatic and self._config["save"]:
            self.save()

    def save_at_end(self, wanted=None):
        """Saves before the server ends, if that is wanted; False if it failed.

        wanted: None is for as the directive `save` says.
        """
        log = self._log
        if self.background is not None:
            log.warning("There is a child saving an .rdb. Killing it!")
            self._children.stop()
        if self.loads.is_loading:
            wanted = False  # It would be a part of what there is.
        elif wanted is None:
            wanted = self.is_automatic and bool(self._config["save"])
        if not wanted:
            return True
        log.notice(SAVING)
        self._notify("STATUS=Saving the final RDB snapshot")
        return self.save()

    def abandon(self):
        """The process ends at once: removes the files that are being written."""
        if self._file is not None:
            self._file.discard()
        self._children.stop()
