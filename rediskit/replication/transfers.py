"""Snapshots that are sent to whoever asks for one with SYNC or PSYNC, such as `redis-cli --rdb`.

One snapshot in the background serves all who were waiting when it began. It goes to a file that
has no name any more once it is whole, and from there to each of them at the pace at which it
reads: `$<length>`, then the bytes. Nothing follows, as there is no stream of changes yet; therefore
only those are served who have said that they want nothing but the snapshot (REPLCONF rdb-only 1).
"""

import os

from rediskit.clients.kinds import REPLICA
from rediskit.rdb.snapshot_writer import SnapshotWriter

HEARTBEAT = b"\n"  # tells who waits that we are there; not a part of any reply


class Wishes:
    """What a client has said by REPLCONF. only_snapshot: nothing after it. no_data: in it, only
    functions."""

    def __init__(self):
        self.only_snapshot = False
        self.no_data = False


class Transfers:
    """The clients of one server that have asked for a snapshot, and what they want."""

    def __init__(self, snapshots, children, log):
        self._snapshots = snapshots
        self._children = children
        self._log = log
        self._wishes = {}
        self._waiting = []
        self._served = []

    def wishes(self, client):
        """What a client has said it wants; to be changed in place."""
        return self._wishes.setdefault(client, Wishes())

    def forget(self, client):
        """Lets go of a client whose connection is closed."""
        self._wishes.pop(client, None)
        if client in self._waiting:
            self._waiting.remove(client)
        if client in self._served:
            self._served.remove(client)

    def ask(self, client):
        """Sends a snapshot to a client when there is one; until it is sent, it waits."""
        self._log.notice(f"Replica {client.address} asks for synchronization")
        client.blocked = True
        client.become(REPLICA)
        if self._wishes[client].no_data:
            payload = snapshot_of(self._snapshots.loads.functions.codes())
            client.output.append(b"$%d\r\n" % len(payload) + payload)
            client.blocked = False
            return
        self._waiting.append(client)
        self._begin()

    def _begin(self):
        """Begins a snapshot for those who wait, unless one is being made: theirs is the next."""
        if self._waiting and self._children.current is None:
            self._served, self._waiting = self._waiting, []
            self._log.notice("Starting BGSAVE for SYNC")
            if not self._snapshots.begin(self._send):
                self._send(None)

    def _send(self, path):
        """Sends the file of a snapshot to those it was made for; None: it could not be made."""
        clients, self._served = self._served, []
        for client in clients:
            if path is None:
                self._log.warning("SYNC failed. BGSAVE child returned an error")
                client.close_soon()
            else:
                part = FileSource(path)
                client.output.append(b"$%d\r\n" % part.left)
                client.stream(part)

    def cron(self):
        """Once a second: begins what could not begin, and tells those who wait that we live."""
        self._begin()
        for client in self._waiting + self._served:
            client.output.append(HEARTBEAT)
            client.connection.queue_output()


def snapshot_of(libraries):
    """A snapshot of libraries of functions, their codes, without data; as bytes."""
    writer = SnapshotWriter([], libraries=libraries)
    writer.write_some()
    return writer.take()


class FileSource:
    """A file as the rest of a reply. left: bytes that are still to be sent."""

    def __init__(self, path):
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        self.left = os.fstat(self._file.fileno()).st_size

    def encode_more(self, out, size):
        """Appends about `size` bytes; whether there are more."""
        data = self._file.read(min(size, self.left))
        if not data:
            raise OSError("the snapshot has become shorter")
        out.append(data)
        self.left -= len(data)
        if not self.left:
            self._file.close()
        return self.left > 0
