"""When snapshots are made, by whom, and what comes of it: in-process, in an empty directory."""

import os
import resource
import signal
from pathlib import Path

import pytest

from rediskit import errors
from rediskit.errors import CommandError
from rediskit.persistence import children, forked
from rediskit.persistence.snapshots import RETRY_SECONDS
from rediskit.protocol.replies import OK
from tests.persistence.conftest import digest
from tests.support.conversation import NOW, Conversation

DUMP = Path("dump.rdb")


def files():
    """The names in the working directory."""
    return sorted(os.listdir("."))


def fields(run):
    """INFO persistence as a dict."""
    text = run("INFO persistence").text.decode()
    return dict(line.split(":") for line in text.splitlines() if ":" in line)


def populate(run, count=100):
    """Gives a server something to save, of every type."""
    run(f"DEBUG POPULATE {count}")
    run("RPUSH list a b c")
    run("SADD set a b c")
    run("ZADD scores 1 a 2 b")
    run("HSET hash f v")
    run("SET timed v PX 100000")


# Now


def test_save_writes_what_another_server_reads(saving, reread):
    populate(saving)
    assert saving("SAVE") is OK
    assert files() == ["dump.rdb"]
    assert reread() == digest(saving)
    assert saving.lines == ["DB saved on disk"]


def test_the_file_is_named_as_the_directive_says(saving):
    saving.server.config.assign("dbfilename", "other.rdb")
    saving("SAVE")
    assert files() == ["other.rdb"]


def test_changes_are_counted_until_they_are_saved(saving):
    saving("SET a 1")
    saving("SET b 1")
    assert fields(saving)["rdb_changes_since_last_save"] == "2"
    saving("SAVE")
    assert fields(saving)["rdb_changes_since_last_save"] == "0"
    assert fields(saving)["rdb_saves"] == "1"
    saving.at(5000)
    saving("SAVE")
    assert saving("LASTSAVE") == NOW // 1000 + 5


def test_a_program_that_holds_a_server_saves_only_when_it_asks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = Conversation()
    try:
        run("SET a 1")
        run.at(4_000_000)
        run.server.cron()
        run("FLUSHALL")
        assert run.server.shut_down()
        assert files() == []
        run("BGSAVE")
        assert files() == ["dump.rdb"], "it is there at once, as no loop runs"
    finally:
        run.server.loop.close()


# In the background


@pytest.fixture(params=["forked", "sliced"])
def in_background(request, saving, monkeypatch):
    """The Conversation `saving`, once with a forked child and once in slices of the loop."""
    monkeypatch.setattr(
        type(saving.server.children), "can_fork", lambda self: request.param == "forked"
    )
    saving.way = request.param
    return saving


def test_the_background_saves_the_moment_it_began_at(in_background, reread):
    run = in_background
    populate(run, 5000)
    before = digest(run)
    assert run("BGSAVE").text == b"Background saving started"
    run("SET key:1 changed")
    run("RPUSH list d")
    run("SET new 1")
    run("DEL set")
    assert fields(run)["rdb_bgsave_in_progress"] == "1"
    run.finish()
    assert reread() == before
    assert fields(run)["rdb_changes_since_last_save"] == "4"
    assert "Background saving terminated with success" in run.lines
    assert files() == ["dump.rdb"]


def test_two_saves_do_not_run_at_once(in_background):
    run = in_background
    run("CONFIG SET rdb-key-save-delay 1000000")
    run("MSET a 1 b 1 c 1")
    run("BGSAVE")
    for command in ("SAVE", "BGSAVE", "BGSAVE SCHEDULE"):
        with pytest.raises(CommandError, match="Background save already in progress"):
            run(command)
    run.server.children.stop()
    assert files() == []
    assert fields(run)["rdb_last_bgsave_status"] == "ok"


def test_flushall_ends_a_save_and_makes_its_own(in_background, reread):
    run = in_background
    run("CONFIG SET rdb-key-save-delay 1000000")
    run("MSET a 1 b 1 c 1")
    run("BGSAVE")
    run("FLUSHALL")
    assert fields(run)["rdb_bgsave_in_progress"] == "0"
    assert fields(run)["rdb_changes_since_last_save"] == "0"
    assert files() == ["dump.rdb"]
    assert reread() == digest(run)


def test_flushall_without_save_points_only_ends_a_save(in_background):
    run = in_background
    run("CONFIG SET rdb-key-save-delay 1000000 save ''")
    run("MSET a 1 b 1 c 1")
    run("BGSAVE")
    run("FLUSHALL")
    assert fields(run)["rdb_changes_since_last_save"] == "6"
    assert files() == []


def test_a_save_is_put_off_to_the_end_of_a_transaction(in_background):
    run = in_background
    for line in ("MULTI", "SET a 1", "BGSAVE", "SET b 1"):
        run(line)
    assert run("EXEC")[1].text == b"Background saving scheduled"
    assert fields(run)["rdb_bgsave_in_progress"] == "0"
    run.server.cron()
    assert fields(run)["rdb_bgsave_in_progress"] == "1"
    run.finish()
    run.server.cron()
    assert fields(run)["rdb_saves"] == "1"


def test_the_child_can_be_seen_and_tells_how_far_it_is(saving):
    populate(saving)
    saving("CONFIG SET rdb-key-save-delay 2000")
    saving("BGSAVE")
    child = saving.server.children.current.process
    assert f"Background saving started by pid {child}" in saving.lines
    while fields(saving)["current_save_keys_processed"] == "0":
        saving.server.loop.turn()
    assert Path(f"/proc/{child}/comm").read_text() == "redis-rdb-bgsav\n"
    seen = fields(saving)
    assert seen["current_save_keys_total"] == "105"
    assert 0 < float(seen["current_fork_perc"]) < 100
    assert int(seen["current_cow_size"]) > 0
    saving.finish()
    seen = fields(saving)
    assert int(seen["rdb_last_cow_size"]) > 0
    assert seen["current_cow_size"] == seen["current_save_keys_total"] == "0"
    assert "total_forks:1" in saving("INFO stats").text.decode()


def test_the_latency_monitor_is_told_how_long_the_server_stood_still(saving, monkeypatch):
    clock = iter(range(0, 1_000_000_000, 5000))
    monkeypatch.setattr(forked, "monotonic_us", lambda: next(clock))
    monkeypatch.setattr(children, "monotonic_us", lambda: next(clock))
    saving("SET a 1")
    saving("CONFIG SET latency-monitor-threshold 5")
    saving("BGSAVE")
    saving.finish()
    events = saving.server.latency.events
    assert {name: events[name].longest_ms for name in events if name != "command"} == {
        "fork": 5,
        "rdb-unlink-temp-file": 5,
    }


def test_while_a_child_saves_accesses_leave_no_marks(saving):
    server = saving.server
    server.cron()
    populate(saving)
    server.clock.set(server.clock.now_ms + 100_000)
    server.cron()
    saving("BGSAVE")
    for line in ("GET key:1", "TOUCH key:2", "LRANGE list 0 -1", "CLIENT NO-TOUCH ON"):
        saving(line)
    saving("GET key:3")
    saving("CLIENT NO-TOUCH OFF")
    saving("GET key:4")
    saving("SET key:5 v")
    for key in ("key:1", "key:2", "key:3", "key:4", "list"):
        assert saving(f"OBJECT IDLETIME {key}") == 100
    assert saving("OBJECT IDLETIME key:5") == 0
    saving.finish()
    saving("GET key:1")
    assert saving("OBJECT IDLETIME key:1") == 0


def test_tables_that_come_while_a_child_saves_leave_no_marks_either(saving):
    saving("BGSAVE")
    saving("FLUSHDB ASYNC")
    assert saving.server.keyspace.databases[0].table.leaves_access
    saving.finish()
    assert not saving.server.keyspace.databases[0].table.leaves_access


# Failures


def fail_by_kill(run, number):
    """Begins a save and kills its child."""
    run("CONFIG SET rdb-key-save-delay 1000000")
    run("BGSAVE")
    os.kill(run.server.children.current.process, number)
    run.finish()
    run("CONFIG SET rdb-key-save-delay 0")


def test_a_killed_child_is_a_failure_until_a_save_succeeds(saving):
    saving("MSET a 1 b 1")
    fail_by_kill(saving, signal.SIGKILL)
    assert files() == []
    assert "Background saving terminated by signal 9" in saving.lines
    assert fields(saving)["rdb_last_bgsave_status"] == "err"
    for line in ("SET c 1", "PING", "DEL a"):
        with pytest.raises(CommandError) as refused:
            saving(line)
        assert refused.value.text == errors.SNAPSHOT_FAILING
    assert saving("GET a") == b"1"
    saving("BGSAVE")
    saving.finish()
    assert fields(saving)["rdb_last_bgsave_status"] == "ok"
    saving("SET c 1")


def test_the_stop_signal_does_no_harm(saving):
    saving("MSET a 1 b 1")
    fail_by_kill(saving, forked.STOP_SIGNAL)
    assert files() == []
    assert fields(saving)["rdb_last_bgsave_status"] == "ok"
    saving("SET c 1")


@pytest.mark.parametrize("setting", ["save ''", "stop-writes-on-bgsave-error no"])
def test_writes_go_on_where_that_is_wanted(saving, setting):
    saving("SET a 1")
    fail_by_kill(saving, signal.SIGKILL)
    before = saving.server.config["save"]
    saving(f"CONFIG SET {setting}")
    saving("SET b 1")
    saving.server.config.set_many({"save": "1 1", "stop-writes-on-bgsave-error": "yes"})
    with pytest.raises(CommandError, match="MISCONF"):
        saving("SET c 1")
    assert before


def test_a_transaction_that_would_write_is_refused(saving):
    saving("MSET a 1 b 1")
    saving("MULTI")
    saving("SET a 2")
    other = saving.server.client()
    saving.client, mine = other, saving.client
    fail_by_kill(saving, signal.SIGKILL)
    saving.client = mine
    with pytest.raises(CommandError, match="EXECABORT.*MISCONF"):
        saving("EXEC")


def test_saving_resumes_by_itself(saving):
    saving("CONFIG SET save '1 1'")
    saving("MSET a 1 b 1")
    os.mkdir("dump.rdb")
    saving.at(3000)
    saving.server.cron()
    saving.finish()
    assert fields(saving)["rdb_last_bgsave_status"] == "err"
    assert files() == ["dump.rdb"]
    os.rmdir("dump.rdb")
    saving.at(3000 + 1000 * RETRY_SECONDS)
    saving.server.cron()
    assert fields(saving)["rdb_bgsave_in_progress"] == "0", "not so soon"
    saving.at(4000 + 1000 * RETRY_SECONDS)
    saving.server.cron()
    saving.finish()
    assert fields(saving)["rdb_last_bgsave_status"] == "ok"
    saving("SET c 1")


def limited_size(limit):
    """Lets files of this process, and of its children, not grow beyond so many bytes."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit if limit is not None else most, most))


@pytest.mark.parametrize("command", ["SAVE", "BGSAVE"])
def test_a_full_disk_leaves_the_old_snapshot(in_background, reread, command):
    run = in_background
    populate(run)
    before = digest(run)
    run("SAVE")
    size = DUMP.stat().st_size
    run("SET more 1")
    try:
        for limit in (0, 1, 9, size // 2, size):
            limited_size(limit)
            if command == "SAVE":
                with pytest.raises(CommandError) as failed:
                    run("SAVE")
                assert failed.value.text == "ERR"
            else:
                run.server.snapshots.begin()
                run.finish()
                assert fields(run)["rdb_last_bgsave_status"] == "err"
            assert files() == ["dump.rdb"]
            assert DUMP.stat().st_size == size
    finally:
        limited_size(None)
    assert reread() == before
    said = " ".join(run.lines)
    assert "Write error while saving DB to the disk" in said or "Background saving error" in said


class Failing:
    """The functions of `os`, of which the n-th call of one that changes something fails."""

    def __init__(self, fails_at):
        self.fails_at = fails_at
        self.calls = 0

    def __getattr__(self, name):
        found = getattr(os, name)
        if name not in ("open", "fsync", "close", "rename", "posix_fadvise"):
            return found

        def call(*arguments, **options):
            self.calls += 1
            if self.calls == self.fails_at:
                raise OSError(5, "Input/output error")
            return found(*arguments, **options)

        return call


def test_whatever_call_fails_a_whole_snapshot_is_there(saving, reread, monkeypatch):
    populate(saving)
    saving("SAVE")
    before = digest(saving)
    saving("SET more 1")
    after = digest(saving)
    count = 0
    while True:
        count += 1
        failing = Failing(count)
        monkeypatch.setattr("rediskit.persistence.snapshot_file.os", failing)
        succeeded = saving.server.snapshots.save()
        monkeypatch.setattr("rediskit.persistence.snapshot_file.os", os)
        if failing.calls < count:
            break
        assert files() == ["dump.rdb"]
        assert reread() in (before, after)
        assert not succeeded
    assert succeeded
    assert count > 5
    assert reread() == after


def test_a_directory_that_is_gone(saving, tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    saving.server.config.set_many({"dir": str(folder)})
    folder.rmdir()
    with pytest.raises(CommandError, match="^ERR$"):
        saving("SAVE")


# By itself


def test_save_points(saving):
    saving("CONFIG SET save '10 2 100 1'")
    saving("SET a 1")
    saving.at(11_000)
    saving.server.cron()
    assert fields(saving)["rdb_saves"] == "0"
    saving("SET b 1")
    saving.server.cron()
    assert "2 changes in 10 seconds. Saving..." in saving.lines
    saving.finish()
    saving("SET b 1")
    saving.at(112_000)
    saving.server.cron()
    saving.finish()
    assert "1 changes in 100 seconds. Saving..." in saving.lines
    assert fields(saving)["rdb_saves"] == "2"


def test_the_end_saves_as_the_directive_says(saving):
    saving("SET a 1")
    assert saving.server.shut_down()
    assert "Saving the final RDB snapshot before exiting." in saving.lines
    assert files() == ["dump.rdb"]
    DUMP.unlink()
    assert saving.server.shut_down(save=False)
    assert files() == []
    saving("CONFIG SET save ''")
    assert saving.server.shut_down()
    assert files() == []
    assert saving.server.shut_down(save=True)
    assert files() == ["dump.rdb"]


def test_the_end_stops_a_child(saving):
    saving("CONFIG SET rdb-key-save-delay 1000000 save ''")
    saving("MSET a 1 b 1")
    saving("BGSAVE")
    saving.server.shut_down()
    assert "There is a child saving an .rdb. Killing it!" in saving.lines
    assert files() == []


def test_a_server_that_cannot_save_does_not_end(saving):
    os.mkdir("dump.rdb")
    saving("SET a 1")
    assert not saving.server.shut_down()
    assert "Error trying to save the DB, can't exit." in saving.lines
    assert saving.server.shut_down(is_forced=True)
    assert "Error trying to save the DB. Exit anyway." in saving.lines
    assert files() == ["dump.rdb"]


# Reading again


def test_debug_reload(saving):
    populate(saving)
    before = digest(saving)
    assert saving("DEBUG RELOAD") is OK
    assert digest(saving) == before
    saving("SET more 1")
    assert saving("DEBUG RELOAD NOSAVE") is OK
    assert digest(saving) == before
    saving("SET more 1")
    assert saving("DEBUG RELOAD NOSAVE NOFLUSH MERGE") is OK
    assert saving("GET more") == b"1"
    with pytest.raises(CommandError, match="Error trying to load the RDB dump"):
        saving("DEBUG RELOAD NOSAVE NOFLUSH")
    with pytest.raises(CommandError, match="DEBUG RELOAD only supports"):
        saving("DEBUG RELOAD NOTHING")


def test_debug_reload_beside_a_save(in_background, reread):
    run = in_background
    populate(run)
    before = digest(run)
    run("CONFIG SET rdb-key-save-delay 1")
    run("BGSAVE")
    run("DEBUG RELOAD")
    assert digest(run) == before
    run.finish()
    assert reread() == before
    assert files() == ["dump.rdb"]
