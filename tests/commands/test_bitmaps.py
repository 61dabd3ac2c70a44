"""The bitmap commands: what replies alone do not show. Replies are compared in compatibility."""

import gc

import pytest

from rediskit.errors import CommandError
from rediskit.structures import memory

LAST_BIT = 8 * 512 * 1024 * 1024 - 1


@pytest.mark.parametrize(
    ("line", "events"),
    [
        ("SETBIT k 5 1", "setbit"),
        ("SETBIT k 5 0", "setbit"),
        ("SETBIT s 1 1", ""),
        ("SETBIT s 1 0", "setbit"),
        ("SETBIT s 100 0", "setbit"),
        ("SETBIT long 40000 1", ""),
        ("SETBIT long 40000 0", "setbit"),
        ("SETBIT long 40008 0", "setbit"),
        ("SETBIT due 1 1", "expired setbit"),
        ("BITFIELD k GET u8 0", ""),
        ("BITFIELD k SET u8 0 0", "setbit"),
        ("BITFIELD s GET u8 0", ""),
        ("BITFIELD s SET u8 0 97", ""),
        ("BITFIELD s SET u8 0 98", "setbit"),
        ("BITFIELD s INCRBY u8 0 1 INCRBY u8 8 1", "setbit"),
        ("BITFIELD s OVERFLOW FAIL INCRBY u8 0 255", ""),
        ("BITFIELD k OVERFLOW FAIL SET u8 0 300", ""),
        ("BITFIELD due INCRBY u8 0 1", "expired setbit"),
        ("BITOP OR k s long", "set"),
        ("BITOP NOT s s", "set"),
        ("BITOP AND s x y", "del"),
        ("BITOP AND k x y", ""),
        ("BITOP AND due s s", "expired set"),
        ("BITCOUNT s", ""),
        ("BITPOS s 1", ""),
        ("GETBIT s 1", ""),
    ],
)
def test_events(run, line, events):
    run("SET s abc")
    run("SETBIT long 40000 1")
    run("SET due text PX 5")
    run.at(5)
    assert run.told(line) == events
    dirty = run.server.keyspace.dirty
    run("BITFIELD s GET u8 0")
    run("GETBIT long 1")
    assert run.server.keyspace.dirty == dirty


@pytest.mark.parametrize("size", [10, 4096, 4097, 100_000])
def test_short_and_long_strings_are_changed_in_place(run, size):
    run(f"SETBIT k {8 * size - 1} 1")
    gc.collect()
    before = run.server.account.used()
    for _ in range(3):
        assert run("SETBIT k 3 1") == 0
        assert run("BITFIELD k SET u8 8 255 INCRBY i16 16 1 GET u8 8")[2] == 255
        assert run("BITFIELD k SET u8 8 0 SET i16 16 0")[0] == 255
        assert run("SETBIT k 3 0") == 1
    assert run("BITCOUNT k") == 1
    assert run("STRLEN k") == size
    assert run.server.account.used() == before


def test_a_bitmap_that_grows_bit_by_bit(run):
    for bit in range(0, 8 * 6000, 8):
        assert run(f"SETBIT k {bit} 1") == 0
    assert run("STRLEN k") == run("BITCOUNT k") == 6000
    assert run("BITPOS k 0 0 -1 BIT") == 1
    assert run("BITCOUNT k 0 79 BIT") == 10


@pytest.mark.parametrize("line", ["SETBIT k {} 1", "GETBIT k {}", "BITFIELD k SET u8 {} 1"])
def test_offsets_are_limited_before_memory_is_taken(run, line):
    gc.collect()
    before = run.server.account.used()
    for offset in (LAST_BIT + 1, 2**63 - 1, 2**63, 2**64, -1):
        with pytest.raises(CommandError, match="bit offset is not an integer or out of range"):
            run(line.format(offset))
    with pytest.raises(CommandError, match="bit offset"):
        run("BITFIELD k SET u8 #536870912 1")
    assert run.server.account.used() == before
    run("CONFIG SET proto-max-bulk-len 2mb")
    run(line.format(2 * 8 * 2**20 - 1))
    with pytest.raises(CommandError, match="bit offset"):
        run(line.format(2 * 8 * 2**20))


def test_nothing_changes_where_one_operation_is_wrong(run):
    run("SET k abc")
    for line in (
        "BITFIELD k SET u8 0 1 SET u8 8",
        "BITFIELD k SET u8 0 1 GET u64 0",
        "BITFIELD k SET u8 0 1 OVERFLOW x",
        "BITFIELD_RO k SET u8 0 1",
        "BITOP NOT k k k",
    ):
        with pytest.raises(CommandError):
            run(line)
    assert run("GET k") == b"abc"


def test_no_memory_for_a_longer_string(run):
    run("SET k abc")
    for line in ("SETBIT k 80000 1", "BITFIELD k SET u8 80000 1"):
        memory.fail_at(1)
        with pytest.raises(MemoryError):
            run(line)
        memory.fail_at(0)
        assert run("GET k") == b"abc"


def test_deadlines_are_kept_but_for_bitop(run):
    run("SET k abc PX 1000")
    run("SETBIT k 1 0")
    run("SETBIT k 50000 1")
    run("BITFIELD k SET u8 0 1")
    assert run("PTTL k") == 1000
    run("BITOP NOT k k")
    assert run("PTTL k") == -1


def test_hits_and_misses(run):
    run("SET k abc")
    hits, misses, _ = run.counts
    for line in ("GETBIT k 1", "BITCOUNT k", "BITPOS k 1", "BITFIELD k GET u8 0"):
        run(line)
        run(line.replace(" k", " x"))
    assert run.counts[:2] == (hits + 4, misses + 4)
