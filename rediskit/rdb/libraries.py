"""Libraries of functions alone, as FUNCTION DUMP gives them: what a snapshot has of them.

245 code | 245 code | ... | version, 2 bytes | CRC-64, 8 bytes
"""

from rediskit.datatypes.limits import Limits
from rediskit.rdb.damage import Damaged
from rediskit.rdb.snapshot import FOOTER, PLAIN_VERSION, is_intact
from rediskit.rdb.snapshot_reader import SnapshotReader
from rediskit.rdb.snapshot_writer import SnapshotWriter
from rediskit.structures.crc64 import crc64

HEAD = b"REDIS%04d" % PLAIN_VERSION
END = b"\xff"
SUM_SIZE = 8


def dump_libraries(codes):
    """The payload of libraries, a list of their codes."""
    writer = SnapshotWriter([], libraries=codes)
    writer.write_some()
    entries = writer.take()[len(HEAD) : -len(END) - SUM_SIZE]
    payload = entries + PLAIN_VERSION.to_bytes(2, "little")
    return payload + crc64(payload).to_bytes(SUM_SIZE, "little")


def read_libraries(payload):
    """The codes in a payload, a list of bytes. None: it is none, or damaged."""
    if not is_intact(payload):
        return None
    snapshot = HEAD + payload[:-FOOTER] + END + bytes(SUM_SIZE)
    reader = SnapshotReader(None, Limits(), -1, len(snapshot), snapshot, False)
    try:
        reader.load_some()
    except Damaged:
        return None
    return reader.libraries
