"""Reading the snapshot: at the start in slices of the loop, with -LOADING for an answer meanwhile,
or all of it at once.

A file that is damaged ends the start: what could be read of it would look like all there was. The
file stays as it is.
"""

import os
import time

from rediskit.errors import CommandError, shown
from rediskit.gates import IS_LOADING
from rediskit.persistence.snapshot_file import remove_leftovers
from rediskit.persistence.writing import pause_seconds
from rediskit.protocol.numbers import integer_or_none
from rediskit.rdb.damage import Damaged
from rediskit.rdb.snapshot import snapshot_reader
from rediskit.structures.native import monotonic_us

MEGABYTE = 1024 * 1024


class Loads:
    """The loads of one server.

    current: the Load that goes on, or None.  is_loading: whether clients have to wait for it.
    loaded, expired: keys of the last one.  skips_checksums: whether wrong ones are forgiven.
    functions: takes the libraries of functions that snapshots bring, and has those to be saved.
    """

    def __init__(self, keyspace, config, loop, clock, log, gates, functions):
        self._keyspace = keyspace
        self._config = config
        self._loop = loop
        self._clock = clock
        self._log = log
        self._gates = gates
        self.functions = functions
        self.is_loading = False
        self.skips_checksums = False
        self.current = None
        self.loaded = 0
        self.expired = 0

    def start(self, finished):
        """Loads the snapshot, if there is one, in slices; then finished(succeeded)."""
        self._remove_leftovers()
        self.is_loading = True
        self._gates.close(IS_LOADING)
        self._go_on(self._steps(merges=False), finished)

    def load(self, merges=False):
        """Loads the snapshot, if there is one, while everybody waits; whether that succeeded.

        merges: keys that are there already are replaced, else they are taken for damage.
        """
        steps = self._steps(merges)
        while (pause := self._step(steps)) is not None:
            if pause < 0:
                return True
            time.sleep(pause)
        return False

    def _go_on(self, steps, finished):
        """Reads for a while, and plans when to go on."""
        pause = self._step(steps)
        if pause is not None and pause >= 0:
            self._loop.call_later(1000 * pause, lambda: self._go_on(steps, finished))
            return
        self.is_loading = False
        self._gates.open(IS_LOADING)
        finished(pause is not None)

    def _step(self, steps):
        """Goes on; seconds to wait then, -1 if there is no more, None if it cannot be read."""
        name = self._config["dbfilename"]
        try:
            return next(steps, -1)
        except OSError as error:
            reason = error.strerror
        except Damaged as damage:
            reason = damage
        except MemoryError:
            reason = "out of memory"
        self._log.warning(f"Fatal error loading the DB from {name}: {reason}")
        return None

    def _steps(self, merges):
        """Loads piece by piece: yields how many seconds to wait. Raises OSError, Damaged."""
        config, log = self._config, self._log
        start_us = monotonic_us()
        try:
            fd = os.open(config.path_of("dbfilename"), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            load = self.current = Load(*self._reader(fd, merges), self._clock, log, config)
            while load.read_some(config["loading-process-events-interval-bytes"]):
                yield load.pause()
            load.announce()
            self._take_libraries(load, merges)
        finally:
            self.current = None
            os.close(fd)
        self.loaded, self.expired = load.keys_loaded, load.keys_expired
        seconds = (monotonic_us() - start_us) / 1_000_000
        skipped = f", empty keys skipped: {load.keys_empty}" if load.keys_empty else ""
        log.notice(
            f"Done loading RDB, keys loaded: {self.loaded}, keys expired: {self.expired}{skipped}."
        )
        log.notice(f"DB loaded from disk: {seconds:.3f} seconds")

    def _take_libraries(self, load, merges):
        """Loads the libraries of functions that a file has brought. Raises Damaged."""
        for code in load.libraries:
            try:
                self.functions.load(code, replaces=merges, is_timed=False)
            except CommandError as error:
                raise Damaged(f"a library of functions: {error.text}", load.position) from None

    def _reader(self, fd, merges):
        checksum = self._config["rdbchecksum"] and not self.skips_checksums
        size = os.fstat(fd).st_size
        reader = snapshot_reader(self._keyspace, fd, size, checksum=checksum, replaces=merges)
        return reader, size

    def _remove_leftovers(self):
        try:
            for name in remove_leftovers(self._config["dir"]):
                self._log.notice(f"Removed {name}: who was writing it has been killed")
        except OSError as error:
            self._log.verbose(f"Looking for temporary files: {error.strerror}")


class Load:
    """One file on its way into the databases.

    size, position: bytes of the file, and of them read.  began: in seconds since 1970.
    """

    def __init__(self, reader, size, clock, log, config):
        self.began = clock.seconds
        self.size = size
        self._reader = reader
        self._clock = clock
        self._log = log
        self._config = config
        self._is_announced = False
        self._keys_before = 0

    @property
    def position(self):
        """Bytes that are read."""
        return self._reader.offset

    @property
    def libraries(self):
        """The codes of libraries of functions that have been read, a list of bytes."""
        return self._reader.libraries

    @property
    def keys_loaded(self):
        """Keys that are in the databases now."""
        return self._reader.keys_loaded

    @property
    def keys_expired(self):
        """Keys that were left out, as their time is up."""
        return self._reader.keys_expired

    @property
    def keys_empty(self):
        """Keys that were left out, as there is nothing in them."""
        return self._reader.keys_empty

    @property
    def memory_when_saved(self):
        """Bytes that the data took where they were saved; 0 if that is not told."""
        return whole_number(self._reader.aux.get(b"used-mem"))

    def read_some(self, limit_bytes):
        """Reads about so many bytes; whether there are more. Raises OSError and Damaged."""
        self._keys_before = self._reader.keys_loaded
        more = self._reader.load_some(1 if self._delay_us > 0 else limit_bytes)
        if self._reader.keys_loaded:
            self.announce()
        return more

    @property
    def _delay_us(self):
        return self._config["key-load-delay"]

    def pause(self):
        """How many seconds to wait, as `key-load-delay` says, for the keys of the last piece."""
        return pause_seconds(self._reader.keys_loaded - self._keys_before, self._delay_us)

    def announce(self):
        """Says in the log, once, what the file tells of itself."""
        if self._is_announced:
            return
        self._is_announced = True
        log, facts = self._log, self._reader.aux
        if b"redis-ver" in facts:
            log.notice("Loading RDB produced by version " + shown(facts[b"redis-ver"]))
        if b"ctime" in facts:
            age = max(self._clock.seconds - whole_number(facts[b"ctime"]), 0)
            log.notice(f"RDB age {age} seconds")
        if b"used-mem" in facts:
            size = self.memory_when_saved / MEGABYTE
            log.notice(f"RDB memory usage when created {size:.2f} Mb")


def whole_number(text):
    """The integer that a fact of the file spells; 0 if it spells none."""
    value = integer_or_none(text) if text is not None else None
    return value or 0
