"""DUMP and RESTORE: their errors, and in which order they come."""

from rediskit.structures.crc64 import crc64
from tests.compatibility.script import near, script


def payload(content, version=10):
    """A payload as a word of a script."""
    body = content + version.to_bytes(2, "little")
    body += crc64(body).to_bytes(8, "little")
    return '"' + "".join(f"\\x{byte:02x}" for byte in body) + '"'


V = payload(b"\x00\x01v")
TWICE = payload(b"\x02\x02\x01a\x01a")
EMPTY = payload(b"\x04\x00")
EMPTY_NODE = payload(b"\x12\x01\x01\x00")
CUT = payload(b"\x00\x3fv")  # a short one Redis would end with bytes of the CRC

SCRIPTS = [
    script("DUMP", "DUMP a b", "DUMP missing", "RESTORE", "RESTORE k 0"),
    script(f"RESTORE k 0 {V}", "GET k", "TTL k", "OBJECT ENCODING k"),
    script(f"RESTORE k 100000 {V}", near("PTTL k", 500)),
    script(f"RESTORE k 4102444800000 {V} ABSTTL", "PEXPIRETIME k"),
    script(f"RESTORE k 1 {V} ABSTTL", "EXISTS k", "SET k w", f"RESTORE k 1 {V} ABSTTL REPLACE"),
    script("SET k w", f"RESTORE k 1 {V} ABSTTL REPLACE", "EXISTS k"),
    script("SET k w", f"RESTORE k 0 {V}", "GET k", f"RESTORE k 0 {V} REPLACE", "GET k"),
    script("SET k w", f"RESTORE k x {V}", f"RESTORE k -1 {V}", f"RESTORE k 0 {V} IDLETIME"),
    script(f"RESTORE k x {V}", f"RESTORE k -1 {V}", "RESTORE k -1 x", "RESTORE k 0 x"),
    script(f"RESTORE k 0 {V} FOO", f"RESTORE k 0 {V} IDLETIME", f"RESTORE k 0 {V} FREQ"),
    script(f"RESTORE k 0 {V} IDLETIME x", f"RESTORE k 0 {V} IDLETIME -1"),
    script(f"RESTORE k 0 {V} FREQ x", f"RESTORE k 0 {V} FREQ 256", f"RESTORE k 0 {V} FREQ -1"),
    script(f"RESTORE k 0 {V} IDLETIME 1 FREQ 1", f"RESTORE k 0 {V} FREQ 1 IDLETIME 1"),
    script(f"RESTORE k 0 {V} IDLETIME 1000", near("OBJECT IDLETIME k", 1)),
    script(f"RESTORE k 0 {V} idletime 5 replace absttl", "GET k"),
    script(f"RESTORE k 0 {payload(b'')}", f"RESTORE k 0 {payload(b'', 9999)}"),
    script(f"RESTORE k 0 {EMPTY}", f"RESTORE k 0 {CUT}", f"RESTORE k 0 {TWICE}", "EXISTS k"),
    script(f'RESTORE k 0 {V[:-2]}2"', "EXISTS k", 'RESTORE k 0 ""'),
    script(f"RESTORE k 9223372036854775807 {V}"),
    script(f"RESTORE k 0 {EMPTY_NODE}", "EXISTS k"),
    script(f"RESTORE-ASKING k 0 {V}", "GET k"),
]
