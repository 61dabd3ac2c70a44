"""Expiry: the commands of the group "Generic" that give keys a deadline, and what it does."""

from tests.compatibility.script import manual, near, quiet, script

TTL = near("TTL k", 1)
PTTL = near("PTTL k", 500)
LONG = 4102444800  # the year 2100, in seconds

SCRIPTS = [
    script("SET k v", "EXPIRE k 100", TTL, PTTL, "EXPIRE x 100"),
    script("SET k v", "PEXPIRE k 100000", TTL, PTTL, "PEXPIRE x 1"),
    script("SET k v", f"EXPIREAT k {LONG}", "EXPIRETIME k", "PEXPIRETIME k", "EXPIREAT x 1"),
    script("SET k v", f"PEXPIREAT k {LONG}123", "EXPIRETIME k", "PEXPIRETIME k", "PEXPIREAT x 1"),
    script("TTL k", "PTTL k", "EXPIRETIME k", "PEXPIRETIME k", "PERSIST k"),
    script("SET k v", "TTL k", "PTTL k", "EXPIRETIME k", "PEXPIRETIME k", "PERSIST k"),
    script("SET k v EX 100", "PERSIST k", "TTL k", "PERSIST k", "PERSIST", "PERSIST a b"),
    script("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "EXPIRE k", "PEXPIRE k", "EXPIREAT k"),
    # Deadlines that have passed
    script("SET k v", "EXPIRE k 0", "EXISTS k", "SET k v", "EXPIRE k -1", "GET k"),
    script("SET k v", "PEXPIRE k 0", "EXISTS k", "SET k v", "PEXPIRE k -1", "GET k", "DBSIZE"),
    script("SET k v", "EXPIREAT k 0", "EXISTS k", "SET k v", "EXPIREAT k 1", "GET k"),
    script("SET k v", "PEXPIREAT k 0", "EXISTS k", "SET k v", "PEXPIREAT k -1", "GET k", "TYPE k"),
    script("SET k v PX 1", quiet("DEBUG SLEEP 0.01"), "GET k", "EXISTS k", "TTL k", "TYPE k"),
    script("SET k v PX 1", quiet("DEBUG SLEEP 0.01"), "RENAME k l", "COPY k l", "MOVE k 1"),
    script("SET k v PX 1", quiet("DEBUG SLEEP 0.01"), "DEL k", "APPEND k x", "GET k", "TTL k"),
    script("SET k 5 PX 1", quiet("DEBUG SLEEP 0.01"), "INCR k", "TTL k", "PERSIST k"),
    script("SET k v PX 1", quiet("DEBUG SLEEP 0.01"), "SET k w NX", "GET k", "UNLINK k"),
    script("SET k v PX 1", quiet("DEBUG SLEEP 0.01"), "SET k w XX", "GET k", "EXPIRE k 100"),
    script("SET k v PX 1", quiet("DEBUG SLEEP 0.01"), "SET k w KEEPTTL", "TTL k", "GETEX k"),
    script("SET k v PX 1", quiet("DEBUG SLEEP 0.01"), "OBJECT ENCODING k", "MEMORY USAGE k"),
    script("SET k v PX 1", quiet("DEBUG SLEEP 0.01"), "TOUCH k", "GETDEL k", "STRLEN k", "MGET k"),
    script("SET a 1 PX 1", "SET b 2", quiet("DEBUG SLEEP 0.3"), "DBSIZE", "KEYS *"),
    script("SET a 1", "SET b 2 PX 1", quiet("DEBUG SLEEP 0.01"), "RENAMENX a b", "GET b"),
    # Conditions
    script("SET k v", "EXPIRE k 100 XX", "TTL k", "EXPIRE k 100 NX", TTL),
    script("SET k v EX 100", "EXPIRE k 200 NX", TTL, "EXPIRE k 200 XX", TTL),
    script("SET k v", "EXPIRE k 100 GT", "TTL k", "EXPIRE k 100 LT", TTL),
    script("SET k v EX 100", "EXPIRE k 200 GT", TTL, "EXPIRE k 50 GT", TTL),
    script("SET k v EX 100", "EXPIRE k 200 LT", TTL, "EXPIRE k 50 LT", TTL),
    script("SET k v EX 100", "EXPIRE k 200 XX GT", TTL, "EXPIRE k 90 xx lt"),
    script("SET k v", "EXPIRE k 1 NX XX", "EXPIRE k 1 NX GT", "EXPIRE k 1 NX LT", "TTL k"),
    script("SET k v", "EXPIRE k 1 GT LT", "EXPIRE k 1 FOO", "EXPIRE k 1 NX FOO", "TTL k"),
    script("SET k v", "PEXPIRE k 100000 NX", "PEXPIRE k 1 GT", PTTL),
    script("SET k v", f"EXPIREAT k {LONG} NX", "EXPIREAT k 1 GT", "EXPIRETIME k"),
    script("SET k v", f"PEXPIREAT k {LONG}000 NX", f"PEXPIREAT k {LONG}001 GT", "PEXPIRETIME k"),
    script("SET k v EX 100", "EXPIRE k -1 GT", "EXPIRE k -1 NX", TTL),
    script("SET k v EX 100", "EXPIRE k -1 LT", "EXISTS k", "EXPIRE x 1 NX XX", "EXPIRE x 1 FOO"),
    script("SET k v", "EXPIRE k 100 NX NX", TTL, "EXPIRE k 100 XX XX"),
    # What is refused
    script("SET k v", "EXPIRE k x", "EXPIRE k 1.5", "EXPIRE k ''", "EXPIRE k +1", "TTL k"),
    script("SET k v", "EXPIRE k 9223372036854775807", "EXPIRE k -9223372036854775808", "TTL k"),
    script("SET k v", "EXPIRE k 9223372036854775", "EXPIRE k 9223372036854776", "TTL k"),
    script("SET k v", "EXPIRE k -9223372036854775", "EXISTS k"),
    script("SET k v", "PEXPIRE k 9223372036854775807", "PEXPIRE k 9223372036854775808", "TTL k"),
    script("SET k v", "PEXPIRE k -9223372036854775808", "EXISTS k"),
    script("SET k v", "EXPIREAT k 9223372036854775807", "EXPIREAT k x", "TTL k"),
    script("SET k v", "EXPIREAT k 9223372036854775", "EXPIRETIME k", "TTL x"),
    script("SET k v", "PEXPIREAT k 9223372036854775807", "PEXPIRETIME k", "PEXPIREAT k x"),
    script("EXPIRE x 9223372036854775807", "EXPIRE x y", "PEXPIRE x y", "PEXPIREAT x y"),
    # Lists keep their deadlines like strings
    script("RPUSH k a b", "EXPIRE k 100", "LPOP k", TTL, "RPUSH k c", TTL),
    script("RPUSH l a", "EXPIRE l 100", "LPOP l", "RPUSH l b", "TTL l"),
    manual("7.4", "SET k v", "+OK", "EXPIRETIME k", ":-1", "EXPIRE k 100 GT", ":0"),
]
