"""The file of a snapshot while it is written, and what makes it safe to be killed meanwhile.

A snapshot is written to `temp-PID-NUMBER.rdb` in the server's directory, where PID is the process
that writes, and NUMBER one that each job draws for itself: several servers, even in containers that
number their processes alike, may save into one directory. When it is whole and on the disk it
takes the place of the old one by a rename, and the directory is synced: whoever looks at whatever
moment, after whatever failure, finds the old snapshot or the new one, whole.

Who writes holds a lock on the file; one that nobody holds was left behind by somebody who has been
killed, and the next server that starts there removes it.

The kernel is asked to begin to write as the file grows, so that the sync at the end, during
which other processes may wait for the disk, is short.
"""

import contextlib
import errno
import fcntl
import os
import re

SYNC_BYTES = 4 * 1024 * 1024
TEMPORARY = re.compile(r"temp-[0-9]{1,10}-[0-9a-f]{12}\.rdb")


def new_number():
    """The number of a job that writes files: no two have the same."""
    return os.urandom(6).hex()


def temporary_name(process, number):
    """The name of the file that a process writes a snapshot to."""
    return f"temp-{process}-{number}.rdb"


class SnapshotFile:
    """A file that becomes the snapshot `name` by commit(). Each method may raise OSError.

    folder: where it is.  name: None for a file that keeps its temporary name.  number: the job's.
    temporary: its path until then.  fd: where to write to, once it is open; wrote() has to be
    told.  doing: what cannot be done if a method fails.  owner: the process that this one writes
    for; where that is dead the file is given up, lest it takes the place of what the next server
    has saved.
    """

    def __init__(self, folder, name, number, syncs_early=True, owner=None):
        self.folder = folder
        self.name = name
        self.fd = -1
        self._temporary_name = temporary_name(os.getpid(), number)
        self.temporary = os.path.join(folder, self._temporary_name)
        self._owner = owner
        self._begun = 0
        self._syncs_early = syncs_early
        self.doing = (
            f"Failed opening the temp RDB file {self._temporary_name} (in server root dir {folder})"
            " for saving"
        )

    def open(self):
        """Begins with an empty file."""
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self.fd = os.open(self.temporary, flags, 0o666)
        lock(self.fd)
        self.doing = f"Write error while saving DB to the disk({self._temporary_name})"

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
        self._look_for_owner()
        if self.name is not None:
            self.doing = (
                f"Error moving temp DB file {self._temporary_name} on the final destination"
                f" {self.name} (in server root dir {self.folder})"
            )
            os.rename(self.temporary, os.path.join(self.folder, self.name))
            sync_directory(self.folder)
        self._close()  # and with that the lock is gone

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


def lock(fd):
    """Locks a file for as long as it is open; whether it is ours then. Never waits."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False  # It is somebody else's, or there are no locks here.
    return True


def sync_directory(folder):
    """Makes sure that names in a directory are on the disk."""
    fd = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def remove(path):
    """Removes a file that may be there."""
    with contextlib.suppress(OSError):  # It is not there, or nobody can help it.
        os.unlink(path)


def remove_leftovers(folder):
    """Removes the temporary files of those who were killed; returns their names. OSError."""
    found = []
    for name in os.listdir(folder or "."):
        path = os.path.join(folder, name)
        if TEMPORARY.fullmatch(name) is not None and _is_abandoned(path):
            remove(path)
            found.append(name)
    return found


def _is_abandoned(path):
    """Whether nobody writes to a file; if in doubt, somebody does."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return lock(fd)
    finally:
        os.close(fd)
