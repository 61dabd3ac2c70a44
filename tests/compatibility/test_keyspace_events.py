"""Keyspace events of every command: the same names, keys and order as redis-server's.

The commands of a group run one after the other on both servers, every class of events being on;
after each, the events that were published are compared, and what it counted as changes, hits and
misses.
"""

import re

import pytest

from tests.support.resp import words

# Separated by semicolons; they build on each other.
GROUPS = {
    "strings": """
        SET k v; SET k v; SET k v EX 100; SET k v NX; SET n v NX GET; SET k v XX GET;
        SET k v KEEPTTL; SETEX k 100 v; PSETEX p 100000 v; SETNX k v; SETNX new v; GETSET k v2;
        GETSET newgs v2; GETDEL newgs; GETDEL none; GETEX k; GETEX k EX 100; GETEX k PERSIST;
        GETEX k PERSIST; GETEX none EX 100; GETEX k PXAT 1; GET none; GET p; SETRANGE sr 3 abc;
        SETRANGE sr2 0 ""; SETRANGE sr 3 ""; APPEND ap abc; APPEND ap ""; APPEND ap2 "";
        GETRANGE none 0 1; STRLEN none; STRLEN ap; SUBSTR none 0 1; LCS none none2; INCR i; DECR i;
        INCRBY i 0; INCRBYFLOAT i 1.5; INCRBYFLOAT if 1; DECRBY d 3; MSET a 1 b 2; MSETNX a 1 z 2;
        MSETNX y 1 z 2; MGET a none1 none2
    """,
    "bitmaps": """
        SETBIT sb 7 1; SETBIT sb 7 1; SETBIT sbn 7 0; GETBIT none 1; BITCOUNT none; BITPOS none 1;
        BITFIELD bf SET u8 0 1; BITFIELD bf GET u8 0; BITFIELD none GET u8 0;
        BITFIELD bf2 INCRBY u8 0 0; BITFIELD_RO none GET u8 0; BITOP AND dest sb none;
        BITOP AND dest none none2; BITOP NOT dest none; BITOP AND dest3 none none2
    """,
    "keys": """
        DEL a none b; UNLINK y none; EXISTS none k; EXISTS none none; TOUCH none ap; TYPE none;
        TYPE ap; OBJECT ENCODING none; OBJECT ENCODING ap; OBJECT IDLETIME none; TTL none; PTTL ap;
        EXPIRETIME none; PEXPIRETIME none; EXPIRE ap 100; EXPIRE none 100; EXPIRE ap 100 NX;
        PERSIST ap; PERSIST ap; PERSIST none; EXPIRE ap -1; PEXPIREAT i 1; SET r1 v; RENAME r1 r2;
        RENAME none r2; SET r3 v; RENAME r3 r2; RENAMENX r2 r4; SET r5 v; RENAMENX r4 r5;
        RENAME r5 r5; COPY r5 r6; COPY r5 r6; COPY r5 r6 REPLACE; COPY none r6; COPY r5 r6 DB 3;
        MOVE r5 4; MOVE r6 3; MOVE none 3; SWAPDB 3 4; SELECT 3; GET none; SET k v; FLUSHDB;
        SELECT 0; RANDOMKEY; SCAN 0; KEYS *; DUMP none; DEBUG OBJECT none; MEMORY USAGE none;
        MEMORY USAGE k
    """,
    "lists": """
        RPUSH l 1 2 3 4 5; LPUSH l 0; LPUSHX none 0; LPUSHX l -1; RPUSHX none 0; RPUSHX l 6; LPOP l;
        RPOP l; LPOP l 2; LPOP none; LPOP none 2; LPOP l 0; LLEN none; LLEN l; LINDEX none 0;
        LRANGE none 0 -1; LPOS none 1; LINSERT l BEFORE 3 2.5; LINSERT l BEFORE zz 2.5;
        LINSERT none BEFORE 3 2.5; LSET l 0 x; LSET none 0 x; LREM l 0 x; LREM l 0 nothere;
        LREM none 0 x; LTRIM l 0 1; LTRIM l 5 1; LTRIM none 0 1; RPUSH l 1; RPOP l; RPUSH l 1 2 3;
        LMOVE l l2 LEFT RIGHT; LMOVE l l LEFT RIGHT; LMOVE none l2 LEFT RIGHT; RPOPLPUSH l l2;
        RPOPLPUSH l l2; RPOPLPUSH none l2; RPUSH l 1 2 3; LMPOP 2 none l LEFT;
        LMPOP 2 none l LEFT COUNT 10; LMPOP 2 none l LEFT COUNT 10; RPUSH l 1 2 3; BLPOP none l 0;
        BRPOP l 0; BLMOVE l l2 LEFT LEFT 0; BRPOPLPUSH l2 l 0; BLMPOP 0 1 l LEFT; BLPOP none 0.01;
        BLMOVE none l2 LEFT LEFT 0.01
    """,
    "sorting": """
        RPUSH s1l 3 1 2; SORT s1l; SORT none; SORT s1l STORE sl; SORT none STORE sl;
        SORT none STORE sl; SORT s1l BY w* GET o*; SORT s1l BY w* STORE sl; SORT_RO none;
        RPUSH wrong 1; INCR wrong; GET wrong
    """,
    "sets": """
        SADD s a b c; SADD s a; SADD s d; SREM s d nothere; SREM s nothere; SREM none a;
        SMOVE s s2 a; SMOVE s s2 nothere; SMOVE none s2 a; SMOVE s none2 b; SADD s b; SMOVE s s b;
        SMOVE s s2 c; SMOVE s s2 b; SADD s a b c d e; SPOP s; SPOP s 2; SPOP s 10; SPOP none;
        SPOP none 1; SADD s a; SPOP s; SADD s a b c; SRANDMEMBER none; SRANDMEMBER s;
        SRANDMEMBER none 2; SCARD none; SMEMBERS none; SISMEMBER none a; SMISMEMBER none a;
        SMEMBERS s; SINTER s none; SINTER none s; SINTERCARD 2 none s; SUNION none s; SDIFF none s;
        SDIFF s none; SINTERSTORE d s none; SINTERSTORE d s s; SINTERSTORE d s none;
        SUNIONSTORE d s none; SUNIONSTORE d s none; SUNIONSTORE d none none3; SDIFFSTORE d s none;
        SDIFFSTORE d none s; SDIFFSTORE d none s; SSCAN none 0
    """,
    "hashes": """
        HSET h f v; HSET h f v; HSET h f2 v g 2; HSETNX h f v; HSETNX h z v; HSETNX hn z v;
        HMSET h a 1; HGET none f; HMGET none f; HMGET h f; HGETALL none; HKEYS none; HVALS none;
        HLEN none; HEXISTS none f; HSTRLEN none f; HRANDFIELD none; HRANDFIELD none 2; HSCAN none 0;
        HDEL h f nothere; HDEL h nothere; HDEL none f; HINCRBY h n 1; HINCRBY hn2 n 0;
        HINCRBYFLOAT h n 1.5; HINCRBYFLOAT hn3 n 1.5; HDEL hn3 n; HDEL hn2 n
    """,
    "sorted_sets": """
        ZADD z 1 a 2 b 3 c; ZADD z 1 a; ZADD z 2 a; ZADD z XX 9 nothere; ZADD z NX 9 a;
        ZADD none XX 9 nothere; ZADD z INCR 1 a; ZADD z XX INCR 1 nothere; ZADD zn INCR 1 a;
        ZINCRBY z 1 a; ZINCRBY z 0 a; ZINCRBY zi 0 a; ZREM z nothere; ZREM z a nothere; ZREM none a;
        ZCARD none; ZSCORE none a; ZMSCORE none a; ZRANK none a; ZREVRANK none a; ZCOUNT none 0 1;
        ZLEXCOUNT none - +; ZRANGE none 0 -1; ZREVRANGE none 0 -1; ZRANGEBYSCORE none 0 1;
        ZREVRANGEBYSCORE none 1 0; ZRANGEBYLEX none - +; ZREVRANGEBYLEX none + -; ZRANDMEMBER none;
        ZRANDMEMBER none 2; ZSCAN none 0; ZPOPMIN z; ZPOPMAX z; ZPOPMIN z; ZPOPMIN none;
        ZPOPMIN none 2; ZPOPMAX z 0; ZADD z 1 a 2 b 3 c 4 d; ZMPOP 2 none z MIN;
        ZMPOP 2 none z MAX COUNT 2; ZMPOP 2 none none2 MAX; BZPOPMIN none z 0;
        ZADD z 1 a 2 b 3 c 4 d; BZPOPMAX none z 0; BZMPOP 0 2 none z MIN; BZPOPMIN none 0.01;
        ZREMRANGEBYRANK z 0 0; ZREMRANGEBYRANK z 5 6; ZREMRANGEBYRANK none 5 6;
        ZREMRANGEBYSCORE z 0 100; ZREMRANGEBYSCORE none 0 100; ZADD z 0 a 0 b;
        ZREMRANGEBYLEX z [a [a; ZREMRANGEBYLEX z [x [y; ZREMRANGEBYLEX none [x [y;
        ZREMRANGEBYLEX z - +; ZADD z 1 a 2 b; ZADD z2 1 b 2 c; ZRANGESTORE d z 0 -1;
        ZRANGESTORE d z 5 6; ZRANGESTORE d none 0 1; ZRANGESTORE d none 0 1; ZUNIONSTORE d 2 z z2;
        ZUNIONSTORE d 2 z none; ZUNIONSTORE d 2 none none; ZUNIONSTORE d 2 none none;
        ZINTERSTORE d 2 z z2; ZINTERSTORE d 2 z none; ZINTERSTORE d 2 z none; ZDIFFSTORE d 2 z z2;
        ZDIFFSTORE d 2 z z; ZDIFFSTORE d 2 none z; ZUNION 2 z none; ZINTER 2 z none;
        ZINTERCARD 2 z none; ZINTERCARD 2 none z; ZDIFF 2 z none; ZDIFF 2 none z;
        ZUNIONSTORE d 2 s z
    """,
    "hyperloglogs": """
        PFADD hll a b; PFADD hll a; PFADD hll; PFADD hll2; PFADD hll2; PFCOUNT hll; PFCOUNT none;
        PFCOUNT hll none; PFADD hll x y z; PFCOUNT hll; PFMERGE hd hll none; PFMERGE hd hll;
        PFMERGE hd; PFMERGE hd2 none
    """,
    "geo": """
        GEOADD g 13.361389 38.115556 a 15.087269 37.502669 b; GEOADD g 13.361389 38.115556 a;
        GEOADD g XX CH 13.5 38.5 a; GEOADD g XX 14 38 c; GEOPOS none a; GEODIST none a b;
        GEOHASH none a; GEOSEARCH none FROMLONLAT 15 37 BYRADIUS 200 km;
        GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km;
        GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km;
        GEOSEARCHSTORE d g FROMLONLAT 90 37 BYRADIUS 200 km;
        GEOSEARCHSTORE d none FROMLONLAT 90 37 BYRADIUS 200 km;
        GEOSEARCHSTORE d none FROMLONLAT 90 37 BYRADIUS 200 km; GEORADIUS g 15 37 200 km;
        GEORADIUS none 15 37 200 km; GEORADIUS g 15 37 200 km STORE d;
        GEORADIUS g 90 37 200 km STORE d; GEORADIUS none 15 37 200 km STORE d;
        GEORADIUSBYMEMBER g a 200 km STOREDIST d; GEORADIUSBYMEMBER none a 200 km
    """,
    "streams": """
        XADD x 1-1 a b; XADD x 1-1 a b; XADD x MAXLEN 1 1-2 a b; XADD x MAXLEN 5 1-3 a b;
        XADD x NOMKSTREAM 1-4 a b; XADD none NOMKSTREAM 1-1 a b; XADD x 0-0 a b; XLEN x; XLEN none;
        XRANGE x - +; XRANGE none - +; XREVRANGE none + -; XTRIM x MAXLEN 2; XTRIM x MAXLEN 2;
        XTRIM none MAXLEN 2; XDEL x 1-3; XDEL x 1-3; XDEL none 1-1; XADD x 2-1 a b; XADD x 2-2 a b;
        XADD x 2-3 a b; XADD x 2-4 a b; XSETID x 3; XSETID none 3; XREAD STREAMS x none 0 0;
        XREAD STREAMS none 0; XREAD STREAMS none $; XGROUP CREATE x g 0; XGROUP CREATE x g 0;
        XGROUP CREATE none g 0; XGROUP CREATE new g $ MKSTREAM; XGROUP SETID x g 0;
        XGROUP SETID x none 0; XGROUP CREATECONSUMER x g c; XGROUP CREATECONSUMER x g c;
        XREADGROUP GROUP g d COUNT 2 STREAMS x >; XREADGROUP GROUP g d NOACK COUNT 1 STREAMS x >;
        XREADGROUP GROUP none d STREAMS x >; XACK x g 2-1;
        XACK x g 2-1 2-9; XACK x none 2-1; XACK none g 2-1; XPENDING x g; XPENDING x g - + 10;
        XPENDING none g; XGROUP CREATECONSUMER x g f;
        XGROUP CREATECONSUMER x g h; XCLAIM x g f 0 2-2; XCLAIM x g f 100000 2-2;
        XCLAIM x g f 0 9-9;
        XCLAIM x g f 0 2-4 FORCE; XCLAIM x g f 0 9-9 LASTID 9-9; XCLAIM none g f 0 1-1;
        XDEL x 2-4; XCLAIM x g f 0 2-4; XAUTOCLAIM x g h 0 0; XAUTOCLAIM x g h 100000 0;
        XAUTOCLAIM none g h 0 0; XINFO STREAM x; XINFO STREAM none; XINFO GROUPS x;
        XINFO GROUPS none; XINFO CONSUMERS x g; XINFO CONSUMERS none g; XGROUP DELCONSUMER x g c;
        XGROUP DELCONSUMER x g c; XGROUP DESTROY x g; XGROUP DESTROY x g; XGROUP DESTROY none g;
        RENAME x y; COPY y x; DEL y; XTRIM x MAXLEN 0; DUMP none
    """,
    "how many changes": """
        DEL none; MSET a 1 b 2 c 3 d 4 e 5; MSET a 1 a 2; MSETNX f 1 g 2; DEL a b none;
        UNLINK c d none; SET e 1 EX 100; GETEX e PERSIST; GETEX e EX 100; SETRANGE f 9 x; FLUSHDB;
        LPUSH l a b c; LPUSHX l d e; RPUSHX l f g a a a b; LREM l 2 a; LREM l 0 a; LREM l 0 a;
        LTRIM l 0 -1; LTRIM l 1 -3; RPOP l 2; LPOP l 0; LPOP l 10; RPUSH l a b c d e f g;
        LTRIM l 5 1; RPUSH l a b c d e f g; RPOPLPUSH l l2; LMOVE l l LEFT RIGHT;
        LMPOP 1 l RIGHT COUNT 3; BLMPOP 0 1 l LEFT COUNT 2; BRPOP l 0; BLMOVE l2 l LEFT LEFT 0;
        LSET l 0 x; LINSERT l AFTER x y; SORT l ALPHA STORE sorted; SORT none STORE sorted;
        SADD s a b c; SADD s a b d e f g; SREM s a none; SREM s b c d none; SMOVE s t e;
        SADD s a b c d e f g h i j; SMOVE s t e; SPOP s; SPOP s 3; SINTERSTORE u s s;
        SUNIONSTORE u s t; SDIFFSTORE u none s; SPOP s 100; SADD s a b c; SREM s a b c;
        HSET h a 1 b 2; HSET h a 1 b 2 c 3; HMSET h d 4 e 5 f 6; HSET h a 9; HDEL h a b none;
        HSETNX h a 1; HINCRBY h n 4; HINCRBYFLOAT h n 1.5; HDEL h a c d e f n;
        ZADD z 1 a 2 b 3 c; ZADD z 1 a 9 b 4 d; ZADD z CH 1 a 8 b 4 d; ZADD z GT 1 b 9 c 7 e;
        ZINCRBY z 1 a; ZADD z INCR 0 a; ZREM z a b none; ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h;
        ZREMRANGEBYRANK z 0 1; ZREMRANGEBYSCORE z 3 4; ZPOPMIN z 2; ZPOPMAX z;
        ZADD z 0 a 0 b 0 c 0 d; ZREMRANGEBYLEX z [a [c; ZADD z 1 a 2 b 3 c 4 d 5 e;
        ZMPOP 1 z MIN COUNT 2; BZMPOP 0 1 z MAX COUNT 2; BZPOPMIN z 0; ZADD z 1 a 2 b 3 c;
        ZRANGESTORE y z 0 -1; ZUNIONSTORE y 2 z y; ZINTERSTORE y 1 z; ZDIFFSTORE y 1 z;
        ZPOPMAX z 100; GEOADD g 13 38 a 15 37 b; GEOADD g 13 38 a 15 37.5 b 16 38 c;
        GEOSEARCHSTORE y g FROMLONLAT 15 37 BYRADIUS 900 km;
        GEORADIUS g 15 37 900 km STORE y; PFADD p; PFADD p a b c d; PFADD p a b c e f; PFADD q a a;
        PFMERGE p q; BITFIELD bits SET u8 0 1 SET u8 8 0 SET u8 16 2 GET u8 0;
        BITFIELD bits SET u8 0 1 INCRBY u8 8 1 SET u8 16 3; BITFIELD bits GET u8 0 INCRBY u8 8 0;
        BITFIELD bits OVERFLOW FAIL INCRBY u2 0 7 SET u8 32 9; SETBIT bits 0 1; SETBIT bits 0 1;
        SETBIT bits 800 0; BITOP NOT bits2 bits; EXPIRE bits 100; EXPIRE bits 100 NX; PERSIST bits;
        EXPIRE bits -1; COPY bits2 bits; RENAME bits bits3; MOVE bits3 5; SWAPDB 5 6; FLUSHDB;
        FLUSHALL
    """,
    "several": """
        FLUSHALL; DEBUG SET-ACTIVE-EXPIRE 0; SET x v PX 1; DEBUG SLEEP 0.02; GET x; SET x v PX 1;
        DEBUG SLEEP 0.02; SET x v; SET x v PX 1; DEBUG SLEEP 0.02; LPUSH x v;
        PEXPIRE x 1; DEBUG SLEEP 0.02; EXISTS x; SET x v PX 1; DEBUG SLEEP 0.02; DEL x;
        SET x v PX 1;
        DEBUG SLEEP 0.02; RENAME x y; SET x v PX 1; DEBUG SLEEP 0.02; SCAN 0; SET x v PX 1;
        DEBUG SLEEP 0.02; INCR x; SET y v PX 1; DEBUG SLEEP 0.02; MSETNX y 1 q 2; SET y v PX 1;
        DEBUG SLEEP 0.02; SET q v; RENAME q y; SET q v PX 1; DEBUG SLEEP 0.02; COPY y q; FLUSHALL;
        MULTI; SET a b; LPUSH a b; DEL a; EXEC; SET a b; GETSET a c; LPUSH a x; SADD a x;
        HSET a x y;
        ZADD a 1 x; ZADD w 1 x; SADD w 1; ZPOPMIN a; SPOP a; LPOP a; HDEL a x; SETRANGE w 1 x;
        APPEND w 1
    """,
}
# Redis finds the members that SPOP leaves by a command within the command.
LOOKED_UP_OTHERWISE = {"SPOP s 10", "SPOP s 100"}
COUNTERS = ("rdb_changes_since_last_save", "keyspace_hits", "keyspace_misses")


class Listener:
    """A server, and a subscriber to all its keyspace events."""

    def __init__(self, side):
        self.commands = side.process.connect(2)
        self.aside = side.process.connect(2)  # for what may not get into a transaction
        self.events = side.process.connect(2)
        self.commands.execute("FLUSHALL")
        self.commands.execute("CONFIG", "SET", "notify-keyspace-events", "KEAnm")
        self.events.execute("PSUBSCRIBE", "__key*__:*", "end")
        assert self.events.read().mark == "*"

    def close(self):
        """Switches the events off again."""
        self.commands.execute("SELECT", "0")
        self.commands.execute("DEBUG", "SET-ACTIVE-EXPIRE", "1")
        self.commands.execute("CONFIG", "SET", "notify-keyspace-events", "")
        self.commands.close()
        self.aside.close()
        self.events.close()

    def run(self, line):
        """([event@database key ...], "changes hits misses") of a command line."""
        before = self.counters()
        self.commands.execute(*words(line))
        counted = [now - then for now, then in zip(self.counters(), before, strict=True)]
        if line in LOOKED_UP_OTHERWISE:
            counted = counted[:1]
        return self.published(), " ".join(map(str, counted))

    def counters(self):
        """[changes, hits, misses] as INFO has them."""
        text = self.aside.execute("INFO", "everything").content.decode()
        return [int(re.search(rf"{name}:(\d+)", text)[1]) for name in COUNTERS]

    def published(self):
        """What was published since the last time; each event must have been told twice."""
        self.aside.execute("PUBLISH", "end", "")
        told = {b"keyspace": [], b"keyevent": []}
        while True:
            channel, data = (part.content for part in self.events.read().content[-2:])
            if channel == b"end":
                break
            kind, number, name = re.fullmatch(rb"__(\w+?)@(\d+)__:(.*)", channel, re.S).groups()
            event, key = (data, name) if kind == b"keyspace" else (name, data)
            told[kind].append(f"{event.decode()}@{number.decode()} {key.decode()}")
        assert told[b"keyspace"] == told[b"keyevent"]
        return told[b"keyspace"]


@pytest.mark.parametrize("group", GROUPS)
def test_events_are_those_of_redis(ours, theirs, group):
    listeners = [Listener(side) for side in (ours, theirs)]
    try:
        different = []
        for line in re.split(r"; *\n?", " ".join(GROUPS[group].split())):
            our, their = (listener.run(line) for listener in listeners)
            if our != their:
                different.append(f"{line}: {our}, redis: {their}")
    finally:
        for listener in listeners:
            listener.close()
    assert not different, "\n" + "\n".join(different)
