"""Commands that change nothing announce nothing: no change is counted, no watcher's EXEC refused.

Each line is run on both servers between another client's WATCH and EXEC. How many changes it
counted and whether the transaction runs must be the same on both, whatever Redis makes of it.
"""

import re

import pytest

from tests.support.resp import words

FILL = """
    SET s v; SET n 5; SET long 0123456789; SET big "\\xff\\xff\\xff\\xff"; RPUSH l a b c;
    SADD t a b c; SADD t2 x; ZADD z 1 a 2 b; ZADD zi inf a -inf b; HSET h f v n 5; SET due v;
    PEXPIREAT due 1; SET timed v EX 1000; PFADD pf a; GEOADD g 13 38 p
"""
WATCHED = words("s n long big l t t2 z zi h due timed pf g new")

LINES = {
    "strings": """
        SET s v NX / SET new v XX / SETNX s v / MSETNX s 1 new 2 / GETSET s v / GETEX s / GETEX new
        GETEX s PERSIST / GETEX new EX 10 / GETDEL new / APPEND new "" / APPEND s ""
        SETRANGE s 0 ""
        SETRANGE new 5 "" / SETRANGE s 0 v / INCRBY n 0 / DECRBY n 0 / INCRBYFLOAT n 0 / SET s v
        INCR s / APPEND l x / SET s v GET / SET s v NX GET / MSET s v / GETRANGE s 0 0
    """,
    "bitmaps": """
        SETBIT s 1 1 / SETBIT s 0 0 / SETBIT s 100 0 / SETBIT new 0 0 / BITOP AND s none
        BITOP AND new none / BITOP OR s s / BITOP NOT new none / BITFIELD s GET u8 0
        BITFIELD s SET u8 0 118 / BITFIELD s INCRBY u8 0 0 / BITFIELD new SET u8 0 0
        BITFIELD new GET u8 0 / BITFIELD new OVERFLOW FAIL INCRBY u8 0 300
        BITFIELD big OVERFLOW FAIL INCRBY u8 0 1 / BITFIELD big OVERFLOW FAIL INCRBY u8 100 300
        BITFIELD new OVERFLOW FAIL SET u8 0 300 INCRBY i8 8 200
        BITFIELD big OVERFLOW FAIL INCRBY u8 0 1 SET u8 100 0
        BITFIELD big OVERFLOW SAT INCRBY u8 0 1
        BITFIELD big OVERFLOW FAIL INCRBY u8 0 1 SET u8 8 255
        BITFIELD long OVERFLOW FAIL INCRBY u8 900 300 GET u8 0 / BITFIELD_RO s GET u8 0
        BITFIELD big OVERFLOW FAIL INCRBY u8 40000 300
    """,
    "keys": """
        DEL new / UNLINK new / EXPIRE new 10 / EXPIRE s 10 XX / EXPIRE timed 10 GT / PERSIST s
        PERSIST new / PEXPIREAT new 1 / EXPIRE timed 1000 NX / RENAME s s / RENAMENX s n
        RENAMENX s s / RENAME none new / COPY s n / COPY none new / COPY s n DB 0 / MOVE new 1
        MOVE none 1 / TOUCH s new / EXISTS due / DEL due / TYPE due / SORT l / SORT none STORE new
        SORT none STORE s / SORT l STORE new / RESTORE s 0 x / FLUSHALL / FLUSHDB / SWAPDB 5 6
        SWAPDB 0 0 / RANDOMKEY / SCAN 0 / DBSIZE / OBJECT ENCODING s
    """,
    "lists": """
        LPUSHX new a / RPUSHX new a / LPOP new / RPOP new / LPOP l 0 / RPOP new 2 / LREM l 0 x
        LREM new 0 a / LTRIM l 0 -1 / LTRIM new 0 0 / LSET l 0 a / LSET new 0 a / LSET l 9 a
        LINSERT l BEFORE x y / LINSERT new BEFORE x y / LMOVE new l LEFT LEFT / LMOVE l l LEFT LEFT
        RPOPLPUSH new l / RPOPLPUSH l l / LMPOP 1 new LEFT / LMPOP 2 new none RIGHT COUNT 5
        BLPOP new 0.01 / BRPOP new 0.01 / BLMOVE new l LEFT LEFT 0.01 / BLMPOP 0.01 1 new LEFT
        LPUSH s a / LMOVE l s LEFT LEFT
    """,
    "sets": """
        SADD t a / SADD t a b c / SREM t x / SREM new x / SMOVE t t2 x / SMOVE new t2 x
        SMOVE t t a
        SMOVE t t x / SPOP new / SPOP t 0 / SPOP new 3 / SINTERSTORE new none / SINTERSTORE s none
        SUNIONSTORE new none / SDIFFSTORE new t t / SUNIONSTORE t t / SINTERSTORE new t none
        SMOVE t s a / SADD s a
    """,
    "hashes": """
        HSET h f v / HMSET h f v / HSETNX h f w / HDEL h x / HDEL new x / HINCRBY h n 0
        HINCRBYFLOAT h n 0 / HINCRBY h f 1 / HINCRBY h n 9223372036854775807 / HSET s f v
        HINCRBYFLOAT h f 1
    """,
    "sorted sets": """
        ZADD z 1 a / ZADD z NX 5 a / ZADD z XX 5 x / ZADD new XX 5 x / ZADD z GT 0 a / ZADD z LT 9 a
        ZADD z INCR 0 a / ZADD z NX INCR 1 a / ZADD z XX INCR 1 x / ZADD z CH 1 a / ZINCRBY z 0 a
        ZADD z GT INCR -1 a / ZREM z x / ZREM new x / ZREMRANGEBYRANK z 5 9 / ZREMRANGEBYSCORE z 8 9
        ZREMRANGEBYLEX z [x [y / ZREMRANGEBYRANK new 0 1 / ZPOPMIN new / ZPOPMIN z 0 / ZPOPMAX new 2
        ZMPOP 1 new MIN / BZPOPMIN new 0.01 / BZMPOP 0.01 1 new MAX / ZRANGESTORE new z 5 9
        ZRANGESTORE s z 5 9 / ZRANGESTORE new none 0 -1 / ZUNIONSTORE new 1 none
        ZINTERSTORE new 2 z none / ZDIFFSTORE new 1 none / ZUNIONSTORE z 1 z / ZUNIONSTORE s 1 none
        ZINCRBY zi -inf a / ZADD zi INCR inf b / ZUNIONSTORE new 1 zi WEIGHTS 0 / ZADD s 1 a
    """,
    "others": """
        PFADD pf a / PFADD pf / PFADD new / PFMERGE pf / PFMERGE new / PFMERGE pf none / PFCOUNT pf
        PFCOUNT new / GEOADD g 13 38 p / GEOADD g NX 14 39 p / GEOADD g XX 14 39 q
        GEOSEARCHSTORE new g FROMLONLAT 50 50 BYRADIUS 1 m
        GEOSEARCHSTORE s none FROMMEMBER x BYRADIUS 1 m
        GEORADIUS g 50 50 1 m STORE new / PUBLISH c m
    """,
}


def lines():
    for group, table in LINES.items():
        for line in re.split(r" / |\n", table.strip()):
            yield pytest.param(line.strip(), id=f"{group}: {line.strip()}".replace("\\", "/"))


def outcome(process, line):
    """(how many changes a line counts, whether a watcher's transaction runs, data afterwards)."""
    with process.connect() as one, process.connect() as other:
        one.execute("FLUSHALL")
        for filling in FILL.split(";"):
            one.execute(*words(filling.strip()))
        one.execute("WATCH", *WATCHED)
        before = changes(other)
        other.execute(*words(line))
        counted = changes(other) - before
        one.execute("MULTI")
        runs = one.execute("EXEC").content == []
        left = [one.execute("EXISTS", key).content for key in WATCHED]
        return counted, runs, left, str(one.execute("DEBUG", "DIGEST").content)


def changes(connection):
    """How many changes a server counts since its last save."""
    text = connection.execute("INFO", "persistence").content
    return int(re.search(rb"rdb_changes_since_last_save:(\d+)", text)[1])


@pytest.mark.parametrize("line", lines())
def test_what_a_watcher_and_the_count_of_changes_see(ours, theirs, line):
    assert outcome(ours.process, line) == outcome(theirs.process, line)
