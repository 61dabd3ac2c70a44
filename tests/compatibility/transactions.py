"""The group "Transactions" of the manual."""

from tests.compatibility.script import script

SCRIPTS = [
    script("MULTI", "SET k v", "GET k", "INCR k", "EXEC", "GET k", "EXEC", "DISCARD"),
    script("MULTI", "EXEC", "MULTI", "DISCARD", "MULTI", "MULTI", "SET k v", "EXEC"),
    script("MULTI x", "DISCARD x", "EXEC x", "WATCH", "UNWATCH x", "EXEC"),
    script("MULTI", "EXEC x", "PING", "MULTI", "DISCARD x", "EXEC", "MULTI", "MULTI x", "EXEC"),
    script("MULTI", "PING a b", "SET k v", "LPOP k 1 2", "FUNCTION FLUSH a b", "EXEC", "GET k"),
    script("PING a b", "LPOP k 1 2", "RPOP k 1 2", "FUNCTION FLUSH SYNC b", "function flush a b"),
    script("MULTI", "WAIT 1 0", "WAIT 0 0", "WAIT x 0", "WAIT 1 x", "EXEC"),
    script("MULTI", "WATCH k", "EXEC", "MULTI", "WATCH", "EXEC", "MULTI", "UNWATCH", "EXEC"),
    script("MULTI", "FOO", "SET k v", "EXEC", "GET k", "MULTI", "GET", "EXEC", "PING"),
    script("MULTI", "SHUTDOWN", "EXEC", "MULTI", "CLIENT FOO", "DISCARD", "EXEC"),
    script(
        *("RPUSH l a b c", "HSET h f v", "SADD s m", "ZADD z 1 a", "MULTI", "LRANGE l 0 -1"),
        *("DEL l", "LRANGE l 0 -1", "HGETALL h", "DEL h", "HGETALL h", "SMEMBERS s", "SPOP s"),
        *("ZRANGE z 0 -1 WITHSCORES", "ZADD z INCR 5 a", "ZSCORE z a", "EXEC"),
    ),
    script("MULTI", "BLPOP l 0", "RPUSH l a", "BLMOVE l m LEFT LEFT 0", "BRPOP l 0", "EXEC"),
    script("MULTI", "SELECT 3", "SET k v", "EXEC", "GET k", "SELECT 0", "GET k"),
    script("MULTI", "SET k v", "RESET", "GET k", "MULTI", "QUIT", "PING"),
    script("WATCH k", "SET k v", "MULTI", "PING", "EXEC", "MULTI", "PING", "EXEC"),
    script("WATCH k", "b: SET k v", "MULTI", "FOO", "EXEC", "PING"),
    script("WATCH k l", "b: SET l v", "UNWATCH", "MULTI", "PING", "EXEC"),
    script("WATCH k", "MULTI", "b: SET k v", "DISCARD", "MULTI", "PING", "EXEC"),
    script("SET k v", "WATCH k", "b: FLUSHALL", "MULTI", "PING", "EXEC"),
    script("SET k v", "WATCH l", "b: FLUSHALL", "MULTI", "PING", "EXEC"),
    script("SET k v", "WATCH l", "b: SWAPDB 0 1", "MULTI", "PING", "EXEC", "SWAPDB 0 1"),
    script("SET k v", "SELECT 1", "WATCH k", "b: SWAPDB 0 1", "MULTI", "PING", "EXEC"),
    script("SET k v", "WATCH k", "b: EXPIRE k 100", "MULTI", "GET k", "EXEC"),
    script("SET k v PX 5", "WATCH k", "b: DEBUG SLEEP 0.01", "MULTI", "PING", "EXEC"),
    script("MULTI", "HELLO 3 FOO", "ECHO a", "PING a", "EXEC"),
]
