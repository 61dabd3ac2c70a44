"""A snapshot on its way into a file, piece by piece, with what the directives say about it.

Where `rdb-key-save-delay` asks for it, for the sake of tests, every key takes so many microseconds
more; where it is negative, so many keys take one.
"""

import time

from rediskit.rdb.snapshot import snapshot_writer

PIECE_BYTES = 1024 * 1024


class Writing:
    """All databases of a keyspace as they are written; the progress is told how far that is.

    libraries: the codes of functions, that go first.
    """

    def __init__(self, keyspace, config, progress, libraries):
        self._keyspace = keyspace
        self._config = config
        self._progress = progress
        self._libraries = libraries
        self._writer = None
        self._numbers = {id(database.table): database.number for database in keyspace.databases}

    def open(self, fd):
        """Begins to write to a file."""
        config = self._config
        self._writer = snapshot_writer(
            self._keyspace,
            fd,
            checksum=config["rdbchecksum"],
            compression=config["rdbcompression"],
            marks_access=config["maxmemory-policy"] != "noeviction",
            libraries=self._libraries,
        )

    @property
    def size(self):
        """How many bytes are written."""
        return self._writer.flushed

    @property
    def keys(self):
        """How many keys are written."""
        return self._writer.keys_written

    def write_some(self, limit_bytes=PIECE_BYTES):
        """Writes a piece; how many seconds to wait before the next, -1: all is written. OSError."""
        delay_us = self._config["rdb-key-save-delay"]
        before = self.keys
        more = self._writer.write_some(1 if delay_us > 0 else limit_bytes)
        self._progress.keys = self.keys
        if not more:
            return -1
        return pause_seconds(self.keys - before, delay_us)

    def before_change(self, table, key):
        """To be called before a key of a table is changed; a table of a later time is ignored."""
        number = self._numbers.get(id(table))
        if number is not None:
            self._writer.before_change(number, key)

    def has(self, table):
        """Whether a table is among those that are written."""
        return id(table) in self._numbers


def write_all(writing, file, log, reporter=None):
    """Fills a file and makes it the snapshot; whether that succeeded. The log has why not."""
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
        log.warning(f"{file.doing}: {error.strerror}")
        return False
    except BaseException:
        file.discard()
        raise
    return True


def pause_seconds(keys, delay_us):
    """For how long to wait after some keys: so many microseconds each, or -1 / delay_us of one."""
    return keys * delay_us / 1e6 if delay_us >= 0 else keys / -delay_us / 1e6
