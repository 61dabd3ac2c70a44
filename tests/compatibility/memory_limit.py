"""The memory limit: which commands are refused when there is too little memory, and how."""

from tests.compatibility.script import script

TIGHT = ("SET k v", "RPUSH l a b", "CONFIG SET maxmemory-policy noeviction maxmemory 1")
AMPLE = ("CONFIG SET maxmemory 0", "SET k w")

SCRIPTS = [
    script(*TIGHT, "SET k w", "GET k", "APPEND k x", "DEL k", "LPOP l", "RPUSH l c", *AMPLE),
    script(*TIGHT, "INCR n", "HSET h f v", "SADD s m", "ZADD z 1 m", "PFADD p a", *AMPLE),
    script(*TIGHT, "EXPIRE k 100", "PERSIST k", "RENAME k m", "COPY m k", "SORT l", *AMPLE),
    script(*TIGHT, "SET k", "NOTHING", "PING", "ECHO x", "FLUSHALL", "SET k v", *AMPLE),
    script(*TIGHT, "SETRANGE k 0 x", "BLMOVE l m LEFT LEFT 0.1", "BLPOP l 0.1", *AMPLE),
    script("MULTI", "SET k w", f"b: {TIGHT[2]}", "GET k", "SET k x", "EXEC", *AMPLE),
    script("MULTI", "SET k w", f"b: {TIGHT[2]}", "EXEC", "PING", "GET k", *AMPLE),
    script("MULTI", "GET k", f"b: {TIGHT[2]}", "EXEC", *AMPLE),
    script("MULTI", f"b: {TIGHT[2]}", "PING", "DISCARD", "MULTI", "WATCH k", "EXEC", *AMPLE),
    script("MULTI", "CONFIG SET maxmemory 1", "SET k v", "EXEC", "GET k", *AMPLE),
    script(
        "SET n 5",
        "CONFIG SET maxmemory-policy volatile-lru maxmemory 1",
        "SET k v",
        "GET n",
        "CONFIG SET maxmemory 0 maxmemory-policy noeviction",
    ),
    script(
        "SET k v",
        "OBJECT FREQ k",
        "OBJECT IDLETIME k",
        "CONFIG SET maxmemory-policy volatile-lfu",
        "OBJECT FREQ k",
        "OBJECT IDLETIME k",
        "SET k2 v",
        "OBJECT FREQ k2",
        "OBJECT FREQ missing",
        "OBJECT IDLETIME missing",
        "CONFIG SET maxmemory-policy noeviction",
    ),
    script(
        "CONFIG SET maxmemory-eviction-tenacity 101",
        "CONFIG SET maxmemory 50%",
        "CONFIG SET lfu-log-factor -1",
        "CONFIG SET lfu-decay-time -1",
    ),
]
