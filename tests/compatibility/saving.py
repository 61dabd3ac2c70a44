"""SAVE, BGSAVE, LASTSAVE, SHUTDOWN and MIGRATE: their replies, and errors in arguments.

Scripts that leave a child behind end with REAPED: a turn of the servers' cron later it is gone.
"""

from tests.compatibility.monitoring import shown
from tests.compatibility.script import matching, near, script

NOBODY = "MIGRATE 127.0.0.1 1"  # a port that nobody listens on
REAPED = "BLPOP nothing 0.3"

SCRIPTS = [
    script("SAVE", near("LASTSAVE", 2), "SET k v", "SAVE", "SAVE x", "LASTSAVE x"),
    script("BGSAVE x", "BGSAVE SCHEDULE x", "BGSAVE SCHEDULE SCHEDULE", "BGSAVE CANCEL"),
    script("MULTI", "SAVE", "EXEC", "MULTI", "LASTSAVE x", "EXEC", "MULTI", "BGSAVE x", "EXEC"),
    script("MULTI", "BGSAVE", "BGSAVE SCHEDULE", "EXEC", REAPED),
    script(
        *("CONFIG SET rdb-key-save-delay 10000000", "SET k v", "bgsave schedule", "BGSAVE"),
        *("BGSAVE SCHEDULE", "SAVE", "BGSAVE x", "SHUTDOWN ABORT", "FLUSHALL"),
        *("CONFIG SET rdb-key-save-delay 0", REAPED),
    ),
    # SHUTDOWN
    script("SHUTDOWN x", "SHUTDOWN SAVE NOSAVE", "SHUTDOWN NOSAVE SAVE", "SHUTDOWN NOW NOW x"),
    script("SHUTDOWN ABORT", "SHUTDOWN abort ABORT", "SHUTDOWN ABORT NOW", "SHUTDOWN SAVE ABORT"),
    script("SHUTDOWN NOSAVE NOW FORCE ABORT", "SHUTDOWN FORCE ABORT", "SHUTDOWN a b c d", "PING"),
    # MIGRATE
    script("MIGRATE", "MIGRATE h 1 k 0", "COMMAND GETKEYS MIGRATE h 1 k 0 10"),
    script("COMMAND GETKEYS MIGRATE h 1 '' 0 10 KEYS a b", "COMMAND GETKEYS MIGRATE h 1 '' 0 10"),
    script(f"{NOBODY} k 0 10", f"{NOBODY} '' 0 10 KEYS a b", f"{NOBODY} '' 0 10"),
    script(f"{NOBODY} k x 10", f"{NOBODY} k 0 x", f"{NOBODY} k 0 1.5", f"{NOBODY} k x y"),
    script(f"{NOBODY} k 0 10 FOO", f"{NOBODY} k 0 10 AUTH", f"{NOBODY} k 0 10 AUTH2 u"),
    script(f"{NOBODY} k 0 10 KEYS a", f"{NOBODY} '' 0 10 KEYS", f"{NOBODY} k 0 10 copy replace"),
    script(f"{NOBODY} '' 0 10 AUTH p AUTH2 u p KEYS a", f"{NOBODY} k 0 10 AUTH2 u p AUTH p"),
    script("SET k v", f"{NOBODY} k 0 100", f"{NOBODY} k -1 -100", "GET k", "EXISTS k"),
    script("SET k v", f"{NOBODY} '' 0 100 COPY KEYS a k", "MIGRATE no.invalid 1 k 0 100", "GET k"),
    script(
        *("PING", "m: MONITOR", f"{NOBODY} k 0 10 COPY AUTH p"),
        f"{NOBODY} '' 0 10 AUTH2 u p KEYS auth k",
        shown('"MIGRATE" "127.0.0.1" "1" "k" "0" "10" "COPY" "AUTH" "(redacted)"'),
        matching("m: ?", r'.*"AUTH2" "\(redacted\)" "\(redacted\)" "KEYS" "auth" "k"'),
    ),
]
