"""Starting with a snapshot: what is read, what clients hear meanwhile, and what stops the start."""

import os
import subprocess
import time

import pytest

from tests.support.rdb_forms import file, key, length, string
from tests.support.servers import ServerProcess, rediskit_command

KEYS = 2000


@pytest.fixture
def folder(start_server):
    """The directory of a server that has saved KEYS keys, one with little time left, and ended."""
    process = start_server(enable_debug_command="yes")
    client = process.client()
    client.execute_command("DEBUG", "POPULATE", KEYS - 1)
    client.set("timed", 1, px=50)
    client.save()
    process.connect().send("SHUTDOWN", "NOSAVE")
    process.process.wait(10)
    return process.folder


def test_a_start_reads_what_was_saved(folder, start_server):
    (folder / "temp-4194303-0123456789ab.rdb").write_bytes(b"REDIS0010")
    (folder / "temp-4194303.rdb").write_bytes(b"another's")
    process = start_server(dir=folder)
    client = process.client()
    assert client.dbsize() in (KEYS - 1, KEYS)
    assert client.get("key:5") == b"value:5"
    seen = client.info("persistence")
    assert seen["rdb_last_load_keys_loaded"] + seen["rdb_last_load_keys_expired"] == KEYS
    assert seen["rdb_changes_since_last_save"] == seen["loading"] == 0
    for text in (
        "Loading RDB produced by version 7.4",
        "RDB age ",
        "RDB memory usage when created",
        "Done loading RDB, keys loaded: ",
        "DB loaded from disk: ",
        "Removed temp-4194303-0123456789ab.rdb",
    ):
        assert text in process.log
    left = [path.name for path in folder.iterdir() if path.name.startswith("temp-")]
    assert left == ["temp-4194303.rdb"]


def test_a_start_without_a_file_is_quiet(start_server):
    assert "RDB" not in start_server().log


def test_clients_hear_loading(folder):
    process = ServerProcess(
        rediskit_command(),
        dir=folder,
        key_load_delay=2000,
        enable_debug_command="yes",
        loading_process_events_interval_bytes=1024,
    )
    try:
        process.start(wait=False)
        process.wait_for_log("Loading RDB")
        connection = process.connect()
        loading = "LOADING Redis is loading the dataset in memory"
        assert connection.execute("PING").content == loading
        assert connection.execute("GET", "key:1").content == loading
        assert connection.execute("CONFIG", "SET", "dir", "/").is_error
        client = process.client()
        info = client.info("persistence")
        assert info["loading"] == 1
        assert 0 < info["loading_loaded_bytes"] < info["loading_total_bytes"]
        assert 0 < info["loading_loaded_perc"] < 100
        assert info["loading_start_time"] <= time.time()
        assert info["loading_rdb_used_mem"] > 0
        assert info["loading_eta_seconds"] >= 0
        assert connection.execute("DEBUG", "RELOAD").content == loading
        connection.send("SHUTDOWN")
        assert process.process.wait(10) == 0
    finally:
        process.stop()


@pytest.mark.parametrize("damage", ["checksum", "cut", "empty", "other", "folder"])
def test_a_damaged_file_ends_the_start(folder, damage):
    path = folder / "dump.rdb"
    content = path.read_bytes()
    changed = {
        "checksum": content[:-8] + b"damaged!",
        "cut": content[: len(content) // 2],
        "empty": b"",
        "other": b"<html>" + content,
    }.get(damage)
    if changed is None:
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(changed)
    process = ServerProcess(rediskit_command(), dir=folder).start(wait=False)
    try:
        assert process.process.wait(10) == 1
        lines = [line for line in process.log.splitlines() if " # " in line]
        fatal = [line for line in lines if "Fatal error loading the DB from dump.rdb: " in line]
        assert len(fatal) == 1
        assert lines[-1] == fatal[0]
        assert "Traceback" not in process.log
        assert "Ready to accept" not in process.log
        assert ("CRC error" in fatal[0]) == (damage == "checksum")
        if changed is not None:
            assert path.read_bytes() == changed
    finally:
        process.remove()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(folder):
    (folder / "dump.rdb").chmod(0)
    process = ServerProcess(rediskit_command(), dir=folder).start(wait=False)
    try:
        assert process.process.wait(10) == 1
        assert "Permission denied" in process.log
    finally:
        process.remove()


def test_a_program_loads_when_it_asks(folder, tmp_path):
    program = (
        "from rediskit.server import Server\n"
        "server = Server()\n"
        "client = server.client()\n"
        "print(server.execute(client, b'DBSIZE'))\n"
        "print(server.snapshots.loads.load())\n"
        "print(server.execute(client, b'GET', b'key:1'))\n"
    )
    done = subprocess.run(
        [*rediskit_command()[:1], "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
        check=True,
    )
    assert done.stdout.split() == ["0", "True", "b'value:1'"]


def test_a_wrong_checksum_is_forgiven_if_told_so_and_empty_keys_are_counted(saving, tmp_path):
    parts = key(b"set", 2, length(0)), key(b"hash", 4, length(0)), key(b"k", 0, string(b"v"))
    content = bytearray(file(*parts))
    content[-1] ^= 1
    loads = saving.server.snapshots.loads
    (tmp_path / "dump.rdb").write_bytes(content)
    assert not loads.load()
    saving("FLUSHALL")
    saving("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1")
    (tmp_path / "dump.rdb").write_bytes(content)
    assert loads.load()
    text = "Done loading RDB, keys loaded: 1, keys expired: 0, empty keys skipped: 2."
    assert text in saving.lines
