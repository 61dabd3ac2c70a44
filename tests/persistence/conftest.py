"""Fixtures of the tests of snapshots: a server of our own in a directory of its own."""

import pytest

from tests.support.conversation import Conversation


def digest(run):
    """The digest of all data of a Conversation's server."""
    return run("DEBUG DIGEST").text


def is_saving(server):
    """Whether a save runs in the background."""
    return server.snapshots.background is not None


@pytest.fixture
def saving(tmp_path, monkeypatch):
    """A Conversation whose server, in an empty directory, saves as one that serves.

    `lines` is what it logged; `finish()` turns its loop until no save runs in the background.
    """
    monkeypatch.chdir(tmp_path)
    conversation = Conversation()
    server = conversation.server
    server.config.assign("enable-debug-command", "yes")
    server.snapshots.is_automatic = True
    server.snapshots.last_save = server.clock.seconds
    conversation.lines = []
    for level in ("notice", "warning"):
        monkeypatch.setattr(server.log, level, conversation.lines.append)

    def finish():
        server.loop.call_later(20_000, server.loop.stop)
        while is_saving(server):
            server.loop.turn()

    conversation.finish = finish
    yield conversation
    server.children.stop()
    server.loop.close()


@pytest.fixture
def reread(saving):
    """A function that loads the snapshot into a new server; the digest of what that holds then."""

    def read():
        other = Conversation()
        other.server.config.assign("enable-debug-command", "yes")
        try:
            assert other.server.snapshots.loads.load()
            return digest(other)
        finally:
            other.server.loop.close()

    return read
