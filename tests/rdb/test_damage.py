"""Snapshots and payloads cut at every byte, and with every byte changed three ways."""

import pytest

from rediskit.rdb import check
from rediskit.rdb.snapshot import dump, is_intact
from tests.support.damage import changes, read, restored, small_snapshot, summed
from tests.support.rdb_forms import NEW, OLD, payload
from tests.support.rdb_streams import STREAMS

SNAPSHOT = small_snapshot()
PAYLOADS = [payload(type_, value) for type_, value, *_ in OLD + NEW + STREAMS]


def test_whole_one_loads():
    assert read(SNAPSHOT, True) is None


def test_cut_at_every_byte():
    for size in range(len(SNAPSHOT)):
        damaged = read(SNAPSHOT[:size], True)
        assert damaged is not None and damaged.offset <= size, size
        assert damaged.reason and "\n" not in str(damaged)


def test_every_byte_changed():
    """The CRC finds out what nothing else does, but in versions that had none yet."""
    for place, content in changes(SNAPSHOT):
        damaged = read(content, True)
        if b"0005" <= content[5:9] <= b"9999":
            assert damaged is not None and damaged.offset <= len(content), place


def test_every_byte_changed_without_checksum():
    """What loads is whole."""
    refused = sum(read(content, False) is not None for _, content in changes(SNAPSHOT))
    assert refused > len(SNAPSHOT) // 8


@pytest.mark.parametrize("whole", PAYLOADS, ids=lambda payload: str(payload[0]))
def test_payloads(whole):
    assert restored(whole) is None
    for size in range(10, len(whole)):
        assert not is_intact(whole[:size])
        cut = summed(whole[: size - 10] + whole[-10:])
        assert restored(cut) is not None
    for place, content in changes(whole):
        assert not is_intact(content)
        if place < len(whole) - 10:
            restored(summed(content))


def test_claims_take_no_memory():
    """Lengths beyond what there is, and compressed strings that do not expand to what they say."""
    claims = (b"\x80\x7f\xff\xff\xff", b"\x81\0\0\0\x7f" + b"\xff" * 4, b"\x81" + b"\xff" * 8)
    for claim in claims:
        for type_ in range(28):
            for front in (b"", b"\x01", b"\x01\x02", b"\xc3\x08", b"\x00" * 8):
                assert restored(payload(type_, front + claim + b"xxxxxxxx")) is not None
    bomb = b"\xc3" + b"\x80\x00\x01\x00\x00" + b"\x80\x00\x57\x00\x00" + b"\0" * 65536
    assert restored(payload(0, bomb)) is not None


def test_long_string_that_compresses_well():
    assert restored(dump(b"x" * 5_000)) is None


def test_tool(tmp_path, capsys):
    path = tmp_path / "d.rdb"
    path.write_bytes(SNAPSHOT)
    assert check.check(str(path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"[offset 0] Checking RDB file {path}"
    assert f"[offset {len(SNAPSHOT)}] Checksum OK" in lines
    assert f"[info] {len(PAYLOADS)} keys read" in lines
    for size in range(0, len(SNAPSHOT), 7):
        path.write_bytes(SNAPSHOT[:size])
        assert check.check(str(path)) == 1
        output = capsys.readouterr().out
        assert "--- RDB ERROR DETECTED ---\n[offset " in output


def test_tool_without_a_file(tmp_path, capsys, monkeypatch):
    assert check.check(str(tmp_path / "none")) == 1
    assert capsys.readouterr().out.startswith("Cannot read file")
    monkeypatch.setattr("sys.argv", ["rediskit-check-rdb"])
    assert check.main() == 1
    assert capsys.readouterr().out == check.USAGE + "\n"
