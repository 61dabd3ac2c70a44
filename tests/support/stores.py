"""A server within this process whose data are written to snapshots and read from them."""

from rediskit.config.configuration import Configuration
from rediskit.rdb.snapshot import load_snapshot, write_snapshot
from rediskit.server import Server
from tests.support.datasets import commands, encoded


class Store:
    """A server and a client of it, with DEBUG."""

    def __init__(self, *arguments):
        self.server = Server(Configuration.load(["--enable-debug-command", "yes", *arguments]))
        self.client = self.server.client()
        self.keyspace = self.server.keyspace

    def run(self, *words):
        """Runs one command; its value. Words that are not bytes are made text."""
        return self.server.execute(self.client, *encoded(words))

    def fill(self):
        """Makes data of every type and form; gives itself."""
        for words in commands():
            self.run(*words)
        return self

    def check(self):
        """Asserts all invariants of all structures."""
        for database in self.keyspace.databases:
            database.table.check()
            for key in database.table:
                value = database.table.peek(key)
                if hasattr(value, "check"):
                    value.check()

    def forms(self):
        """The encoding of each key of database 0."""
        keys = self.keyspace.databases[0].table
        return {key: self.run("OBJECT", "ENCODING", key) for key in keys}

    def digest(self):
        """DEBUG DIGEST, as text."""
        return str(self.run("DEBUG", "DIGEST").text, "ascii")

    def save(self, path, **options):
        """Writes a snapshot to a file; the writer."""
        with path.open("wb") as file:
            return write_snapshot(self.keyspace, file.fileno(), **options)

    def load(self, path, **options):
        """Reads a snapshot from a file; the reader. Raises Damaged."""
        with path.open("rb") as file:
            return load_snapshot(self.keyspace, file.fileno(), path.stat().st_size, **options)

    def snapshot(self, **options):
        """A snapshot as bytes."""
        return write_snapshot(self.keyspace, **options).take()

    def load_bytes(self, content, **options):
        """Reads a snapshot from bytes; the reader. Raises Damaged."""
        return load_snapshot(self.keyspace, payload=content, **options)
