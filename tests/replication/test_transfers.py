"""Snapshots that are sent to whoever asks with SYNC: to redis-cli --rdb, and to others."""

import shutil
import subprocess

import pytest

ONLY_SNAPSHOTS = "ERR This server sends snapshots, but no stream of changes yet"


@pytest.mark.skipif(shutil.which("redis-cli") is None, reason="redis-cli is not installed")
def test_redis_cli_fetches_a_snapshot(start_server, tmp_path):
    process = start_server(enable_debug_command="yes")
    client = process.client()
    client.execute_command("DEBUG", "POPULATE", 20_000)
    path = tmp_path / "copy.rdb"
    subprocess.run(
        ["redis-cli", "-p", str(process.port), "--rdb", path],
        check=True,
        timeout=30,
        capture_output=True,
    )
    before = client.execute_command("DEBUG", "DIGEST")
    assert sorted(each.name for each in process.folder.iterdir()) == ["log"]
    copy = start_server(dir=tmp_path, dbfilename="copy.rdb", enable_debug_command="yes")
    assert copy.client().execute_command("DEBUG", "DIGEST") == before


def test_a_snapshot_and_nothing_more(start_server):
    process = start_server()
    process.client().set("k", "v")
    connection = process.connect()
    assert connection.execute("REPLCONF", "capa", "eof", "rdb-only", 1).content == "OK"
    connection.send("PSYNC", "?", -1)
    head = connection.read()
    assert head.content.startswith("FULLRESYNC ")
    connection.send("PING")
    payload = read_payload(connection)
    assert payload.startswith(b"REDIS")
    assert b"\x01k\x01v" in payload


def read_payload(connection):
    """What follows `$<length>`, heartbeats before it passed over."""
    length = int(connection._read_line().strip()[1:])
    return connection._read_exactly(length)


def test_who_wants_a_stream_is_told_that_there_is_none(server):
    connection = server.connect()
    for request in (["SYNC"], ["PSYNC", "?", "-1"]):
        assert connection.execute(*request).content.startswith(ONLY_SNAPSHOTS)
    assert connection.execute("PSYNC", "?", "x").content == (
        "ERR value is not an integer or out of range"
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("", "OK"),
        ("a", "ERR syntax error"),
        ("foo bar", "ERR Unrecognized REPLCONF option: foo"),
        ("rdb-only 2", "ERR value is out of range, value must between 0 and 1"),
        ("rdb-only x", "ERR value is not an integer or out of range"),
        ("capa eof capa other", "OK"),
        ("listening-port x", "ERR value is not an integer or out of range"),
        ("ip-address 1.2.3.4", "OK"),
        ("rdb-filter-only foo", "ERR Unsupported rdb-filter-only option: foo"),
        ("rdb-filter-only functions", "OK"),
    ],
)
def test_replconf(server, words, text):
    assert server.connect().execute("REPLCONF", *words.split()).content == text
