"""The file of a snapshot while it is written, and what makes it safe to be killed meanwhile.

A snapshot is written to `temp-PID.rdb` in the working directory, where PID is the process that
writes. When it is whole and on the disk it takes the place of the old one by a rename, and the
directory is synced: whoever looks at whatever moment, after whatever failure, finds the old
snapshot or the new one, whole.

The kernel is asked to begin to write as the file grows, so that the sync at the end, during
which other processes may wait for the disk, is short.
"""

import contextlib
import errno
import os
import re

SYNC_BYTES = 4 * 1024 * 1024
TEMPORARY = re.compile(r"temp-([0-9]{1,10})\.rdb")


class SnapshotFile:
    """A file that becomes the snapshot `name` by commit(). Each method may raise OSError.

    name: None for a file that keeps its temporary name.  fd: where to write to, once it is open;
    wrote() has to be told.  doing: what cannot be done if a method fails.  owner: the process
    that this one writes for; where that is dead the file is given up, lest it takes the place of
    what the next server has saved.
    """

    def __init__(self, name, syncs_early=True, owner=None):
        self.name = name
        self.temporary = temporary_name(os.getpid())
        self.fd = -1
        self._owner = owner
        self._begun = 0
        self._syncs_early = syncs_early
        self.doing = f"Failed opening the temp RDB file {self.temporary} ({folder()}) for saving"

    def open(self):
        """Begins with an empty file."""
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self.fd = os.open(self.temporary, flags, 0o666)
        self.doing = f"Write error while saving DB to the disk({self.temporary})"

    def wrote(self, size):
        """To be called now and then with the size the file has: looks after it as it grows."""
        self._look_for_owner()
        if self._syncs_early and size - self._begun >= SYNC_BYTES:
            # Said of pages that are to be written, it begins to write them and does not wait.
            os.posix_fadvise(self.fd, self._begun, size - self._begun, os.POSIX_FADV_DONTNEED)
            self._begun = size

    def commit(self):
        """Makes it the snapshot, for good; a failure leaves the old one where it was."""
        os.fsync(self.fd)
        self._close()
        self._look_for_owner()
        if self.name is None:
            return
        self.doing = (
            f"Error moving temp DB file {self.temporary} on the final destination {self.name}"
            f" ({folder()})"
        )
        os.rename(self.temporary, self.name)
        sync_directory()

    def discard(self):
        """Removes what was written; never fails."""
        with contextlib.suppress(OSError):  # What was to be kept is thrown away.
            self._close()
        remove(self.temporary)

    def _close(self):
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def _look_for_owner(self):
        if self._owner is not None and os.getppid() != self._owner:
            raise ProcessLookupError(errno.ESRCH, "the server is gone")


def temporary_name(process):
    """The name of the file that a process writes a snapshot to."""
    return f"temp-{process}.rdb"


def folder():
    """Where the files are, as the log says it."""
    try:
        return f"in server root dir {os.getcwd()}"
    except OSError as error:
        return f"in server root dir unknown: {error.strerror}"


def sync_directory():
    """Makes sure that names in the working directory are on the disk."""
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def remove(name):
    """Removes a file that may be there."""
    with contextlib.suppress(OSError):  # It is not there, or nobody can help it.
        os.unlink(name)


def remove_leftovers():
    """Removes the temporary files of processes that were killed; returns their names."""
    found = []
    for name in os.listdir("."):
        match = TEMPORARY.fullmatch(name)
        if match is not None and not _is_written_by(match.group(1), name):
            remove(name)
            found.append(name)
    return found


def _is_written_by(process, name):
    """Whether a process has a file of the working directory open; if in doubt, it has."""
    try:
        file = os.stat(name)
        for fd in os.listdir(f"/proc/{process}/fd"):
            try:
                opened = os.stat(f"/proc/{process}/fd/{fd}")
            except FileNotFoundError:
                continue
            if (opened.st_dev, opened.st_ino) == (file.st_dev, file.st_ino):
                return True
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
