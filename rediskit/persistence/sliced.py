"""A job in slices of the loop, where a forked child would not be sound.

What is written are the data of the moment it was begun at. Meanwhile every command passes
here before it is run: the keys of one that writes are written out first, as they are, unless they
have been. That a key expires meanwhile need not be known: it is none in either case. A database
that is flushed leaves its table to us; where two are swapped nothing has to be done, as we go on
with the tables that we began with.
"""

import os

from rediskit.grammar.command import WRITE
from rediskit.structures.native import monotonic_us

SLICE_US = 2_000
SLICE_BYTES = 64 * 1024
PAUSE_MS = 1  # between two slices: clients have their turn

# They name a database beside the client's, so their keys count in all of them.
ANYWHERE = (b"copy", b"move")


class Slices:
    """A job that runs in the loop.

    process: ours.  file: a SnapshotFile.  watch_calls: the dispatcher's.  finished(exit_code): told
    of the end; 1 is a failure.
    """

    def __init__(self, keyspace, loop, log, watch_calls, job, finished):
        self.job = job
        self.process = os.getpid()
        self.is_stopped = False
        self.file = job.make_file(None)
        self._keyspace = keyspace
        self._loop = loop
        self._log = log
        self._watch_calls = watch_calls
        self._finished = finished
        self._writing = job.make_writing(job.progress)
        self._flushed = []
        self._timer = None

    def start(self):
        """Begins. Raises OSError if the file cannot be made."""
        self.file.open()
        self._writing.open(self.file.fd)
        self._watch_calls(self.before_call)
        self._keyspace.before_eviction = self.before_change
        self._keyspace.observe_while(True, database_observer=self._on_database_event)
        self._timer = self._loop.call_later(0, self._go_on)

    def stop(self):
        """Gives up, without counting that as a failure."""
        self.is_stopped = True
        self._end(1)

    def wait(self):
        """Writes all that is left, while everybody waits."""
        while self.file.fd >= 0:
            self._write_slice(1 << 62)

    def poll(self):
        """Needs nothing but its timer."""

    # Writing

    def _go_on(self):
        """Writes for a while, and plans when to go on."""
        pause = self._write_slice(monotonic_us() + SLICE_US)
        if pause >= 0:
            self._timer = self._loop.call_later(PAUSE_MS + 1000 * pause, self._go_on)

    def _write_slice(self, until_us):
        """Writes up to a moment; for how many seconds to wait then, -1 if the save has ended."""
        try:
            while True:
                pause = self._writing.write_some(SLICE_BYTES)
                self.file.wrote(self._writing.size)
                if pause or monotonic_us() >= until_us:
                    break
            if pause < 0:
                self.file.commit()
                self._end(0)
        except OSError as error:
            self._fail(error)
            return -1
        return pause

    def _fail(self, error):
        self._log.warning(f"{self.file.doing}: {error.strerror}")
        self._end(1)

    def _end(self, exit_code):
        self._timer.cancel()
        if exit_code:
            self.file.discard()
        self._watch_calls(None)
        self._keyspace.before_eviction = None
        self._keyspace.observe_while(False, database_observer=self._on_database_event)
        for table in self._flushed:
            self._keyspace.free_lazily(table)
        self._finished(exit_code)

    # Changes meanwhile

    def before_call(self, client, command, arguments):
        """Has the keys written that a command is about to change; called before it is run."""
        if not command.flags & WRITE:
            return
        databases = [client.database]
        if command.name in ANYWHERE:
            databases = self._keyspace.databases
        for position, _ in command.get_keys(arguments):
            for database in databases:
                self.before_change(database, arguments[position])

    def before_change(self, database, key):
        """Has a key written that is about to be changed or removed, unless it has been."""
        if self.file.fd < 0:
            return  # Writing an earlier key has failed.
        try:
            self._writing.before_change(database.table, key)
        except OSError as error:
            self._fail(error)

    def _on_database_event(self, database, event):
        """Takes over the table of a database that is about to be emptied."""
        if event == "flushed" and self._writing.has(database.table):
            self._flushed.append(database.take_table())
