"""Lists: the commands of the group "List"."""

from tests.compatibility.script import manual, script

WRONG = "SET s text"
BLOCKING = [
    "BLPOP l {}", "BRPOP l {}", "BRPOPLPUSH l m {}", "BLMOVE l m LEFT LEFT {}",
    "BLMPOP {} 1 l LEFT", "BZPOPMIN z {}", "BZPOPMAX z {}", "BZMPOP {} 1 z MIN",
]  # fmt: skip

SCRIPTS = [
    # Pushing and popping
    script("LPUSH l a", "LPUSH l b c", "RPUSH l d", "RPUSH l e f", "LRANGE l 0 -1", "LLEN l"),
    script("LPUSHX l a", "RPUSHX l a", "EXISTS l", "RPUSH l a", "LPUSHX l b c", "RPUSHX l d"),
    script("RPUSH l a b c d", "LPOP l", "RPOP l", "LPOP l 2", "EXISTS l", "LPOP l", "RPOP l"),
    script("RPUSH l a b c d", "LPOP l 0", "RPOP l 3", "RPOP l 0", "LPOP l 100", "LPOP l 0"),
    script("LPOP l", "LPOP l 1", "RPOP l", "RPOP l 1", "RPUSH l a", "LPOP l -1", "LPOP l x"),
    script("RPUSH l a", "LPOP l 9223372036854775808", "LPOP l 1.5", "RPOP l -1", "LPOP l 1 2"),
    script(WRONG, "LPUSH s a", "RPUSH s a", "LPUSHX s a", "RPUSHX s a", "LPOP s", "RPOP s 1"),
    script("LPUSH l", "RPUSH l", "LPUSHX l", "RPUSHX l", "LPOP", "RPOP", "LLEN", "LLEN l m"),
    script("RPUSH l 1 -1 007 +1 1.0 9223372036854775807 9223372036854775808", "LRANGE l 0 -1"),
    script("RPUSH l '' '\\x00' ' '", "LRANGE l 0 -1", "LPOP l", "LPOP l", "LPOP l"),
    # Looking
    script("RPUSH l a b c", "LINDEX l 0", "LINDEX l 2", "LINDEX l 3", "LINDEX l -1", "LINDEX l -4"),
    script("LINDEX l 0", "LINDEX l x", "RPUSH l a", "LINDEX l x", "LINDEX l 1.5", "LINDEX l"),
    script("RPUSH l a", "LINDEX l 9223372036854775807", "LINDEX l -9223372036854775808"),
    script("RPUSH l a b c", "LRANGE l 0 0", "LRANGE l 1 -1", "LRANGE l -100 1", "LRANGE l 2 1"),
    script("RPUSH l a b c", "LRANGE l 3 9", "LRANGE l 0 -4", "LRANGE l 1 9223372036854775807"),
    script("LRANGE l 0 -1", "LRANGE l x 1", "LRANGE l 0 x", "LRANGE l 0", "LRANGE l 0 1 2"),
    script(WRONG, "LINDEX s 0", "LINDEX s x", "LRANGE s 0 -1", "LRANGE s x 1", "LLEN s"),
    script("LLEN l", "RPUSH l a", "LLEN l", "TYPE l", "OBJECT REFCOUNT l"),
    # LPOS
    script("RPUSH l a b c b b", "LPOS l b", "LPOS l x", "LPOS l b RANK 2", "LPOS l b RANK -1"),
    script("RPUSH l a b c b b", "LPOS l b COUNT 0", "LPOS l b COUNT 2", "LPOS l x COUNT 0"),
    script("RPUSH l a b c b b", "LPOS l b RANK -2 COUNT 2", "LPOS l b RANK 3 COUNT 0"),
    script("RPUSH l a b c b b", "LPOS l b MAXLEN 1", "LPOS l b MAXLEN 2", "LPOS l b MAXLEN 0"),
    script("RPUSH l a b c b b", "LPOS l b COUNT 0 MAXLEN 4", "LPOS l b RANK -1 COUNT 0 MAXLEN 2"),
    script("LPOS x a", "LPOS x a COUNT 1", "LPOS x a RANK 0", "LPOS x a COUNT -1"),
    script("LPOS x a MAXLEN -1", "LPOS x a FOO 1", "LPOS x a RANK", "LPOS x a COUNT x", "LPOS x"),
    script("RPUSH l a b a", "LPOS l a rank 1 rank 2", "LPOS l a COUNT 1 COUNT 0",
            "LPOS l a MAXLEN"),
    script(WRONG, "LPOS s a", "LPOS s a COUNT 1", "LPOS s a RANK 0"),
    manual(
        "7.2",
        "RPUSH l a", ":1",
        "LPOS l a RANK -9223372036854775808",
        "-ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807",
        "LREM l -9223372036854775808 a",
        "-ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807",
    ),
    # Changing
    script("RPUSH l a c", "LINSERT l BEFORE c b", "LINSERT l after c d", "LRANGE l 0 -1"),
    script("LINSERT l BEFORE a b", "RPUSH l a", "LINSERT l AFTER x b", "LINSERT l FOO a b"),
    script("LINSERT l FOO a b", "LINSERT l BEFORE a", "LINSERT l", WRONG, "LINSERT s AFTER a b"),
    script("RPUSH l a b c", "LSET l 0 x", "LSET l -1 z", "LSET l 3 y", "LSET l -4 y"),
    script("LSET l 0 x", "LSET l x x", "RPUSH l a", "LSET l x x", WRONG, "LSET s 0 x",
            "LSET s x x"),
    script("RPUSH l a b a c a", "LREM l 1 a", "LREM l -1 a", "LRANGE l 0 -1", "LREM l 0 a"),
    script("RPUSH l a a", "LREM l 5 a", "EXISTS l", "LREM l 0 a", "LREM l x a", "LREM l 0"),
    script("RPUSH l 1 01 1", "LREM l 0 1", "LRANGE l 0 -1", WRONG, "LREM s 0 a", "LREM s x a"),
    script("RPUSH l a b c d", "LTRIM l 1 2", "LRANGE l 0 -1", "LTRIM l 0 0", "LRANGE l 0 -1"),
    script("RPUSH l a b", "LTRIM l 2 5", "EXISTS l", "LTRIM l 0 1", "LTRIM l x 1", "LTRIM l 0 x"),
    script("RPUSH l a b c", "LTRIM l -2 -1", "LRANGE l 0 -1", WRONG, "LTRIM s 0 1", "LTRIM s x 1"),
    # Moving
    script("RPUSH l a b c", "RPOPLPUSH l m", "LMOVE l m LEFT RIGHT", "LRANGE m 0 -1",
            "LRANGE l 0 -1"),
    script("RPUSH l a b c", "RPOPLPUSH l l", "LMOVE l l left right", "LMOVE l l LEFT LEFT"),
    script("RPUSH l a", "RPOPLPUSH l l", "LRANGE l 0 -1", "RPOPLPUSH l m", "EXISTS l"),
    script("RPOPLPUSH l m", "LMOVE l m LEFT LEFT", "EXISTS m", "LMOVE l m UP LEFT"),
    script("LMOVE l m LEFT DOWN", "LMOVE l m LEFT", "RPOPLPUSH l", WRONG, "LMOVE s l LEFT LEFT"),
    script(WRONG, "RPUSH l a", "LMOVE l s LEFT LEFT", "RPOPLPUSH l s", "RPOPLPUSH x s", "LLEN l"),
    # Several
    script("RPUSH l a b c d", "LMPOP 2 x l LEFT", "LMPOP 1 l RIGHT COUNT 2", "LMPOP 1 l left"),
    script("LMPOP 1 l LEFT", "LMPOP 2 l m LEFT COUNT 2", "RPUSH l a", "LMPOP 1 l LEFT COUNT 9"),
    script("LMPOP 0 l LEFT", "LMPOP -1 l LEFT", "LMPOP x l LEFT", "LMPOP 2 l LEFT", "LMPOP 1 l UP"),
    script("LMPOP 1 l LEFT COUNT", "LMPOP 1 l LEFT COUNT 0", "LMPOP 1 l LEFT COUNT x"),
    script("LMPOP 1 l LEFT COUNT 1 COUNT 2", "LMPOP 1 l LEFT FOO", "LMPOP 1 l", "LMPOP 1"),
    script("LMPOP 9223372036854775807 l LEFT", WRONG, "LMPOP 2 x s LEFT", "LMPOP 1 s LEFT COUNT 0"),
    # Encodings
    manual("7.2", "RPUSH l a", ":1", "OBJECT ENCODING l", '"listpack"'),
    script("RPUSH l a b", "COPY l m", "RPUSH m c", "LRANGE l 0 -1", "LRANGE m 0 -1"),
    script("RPUSH l 1 2 x", "DEBUG DIGEST-VALUE l", "LPUSH m 1", "DEBUG DIGEST-VALUE l m"),
    script("RPUSH l a", "RENAME l m", "LRANGE m 0 -1", "MOVE m 1", "EXISTS m"),
    # Waiting
    *[
        manual(
            *("7.2", line.format("1e400"), "-ERR timeout is out of range"),
            *(line.format("inf"), "-ERR timeout is out of range"),
            *(line.format("-1e400"), "-ERR timeout is negative"),
            *(line.format("1e5000"), "-ERR timeout is not a float or out of range"),
        )
        for line in BLOCKING
    ],
    script("BLPOP l 0 1", "BLPOP l x", "BLPOP l -1", "BRPOP l -0.5", "BLPOP l ''", "BLPOP l"),
    script("RPUSH l a b", "BLPOP x l 0", "BRPOP l 0", "EXISTS l", "BLPOP l 0.01", "BRPOP l m 0.01"),
    script("RPUSH l a b", "BLMOVE l m LEFT LEFT 0", "BRPOPLPUSH l m 0", "LRANGE m 0 -1"),
    script("BLMOVE l m LEFT LEFT 0.01", "BRPOPLPUSH l m 0.01", "BLMOVE l m UP LEFT x"),
    script("BLMOVE l m LEFT UP 0", "BLMOVE l m LEFT LEFT x", "BLMOVE l m LEFT LEFT -1"),
    script("BRPOPLPUSH l m x", "BRPOPLPUSH l m -1", "BRPOPLPUSH l m", "BLMOVE l m LEFT LEFT"),
    script("RPUSH l a b c", "BLMPOP 0 2 x l LEFT", "BLMPOP 0 1 l RIGHT COUNT 5", "EXISTS l"),
    script("BLMPOP 0.01 1 l LEFT", "BLMPOP x 0 l LEFT", "BLMPOP x 1 l LEFT", "BLMPOP -1 1 l LEFT"),
    script("BLMPOP 0 1 l UP", "BLMPOP 0 1 l LEFT COUNT 0", "BLMPOP 0 1 l LEFT FOO 1", "BLMPOP 0 1"),
    script(WRONG, "BLPOP x s 0", "BRPOP s x 0", "BLMOVE s l LEFT LEFT 0", "BRPOPLPUSH s l 0"),
    script(WRONG, "RPUSH l a", "BLMOVE l s LEFT LEFT 0", "BLMPOP 0 1 s LEFT", "LRANGE l 0 -1"),
    script("b: BLPOP l m 0 &", "RPUSH m x y", "b: ?", "LRANGE m 0 -1"),
    script("b: BLPOP l 0 &", "c: BRPOP l 0 &", "RPUSH l x y z", "b: ?", "c: ?", "LRANGE l 0 -1"),
    script("b: BLPOP l 0 &", "RPUSH k x", "RENAME k l", "b: ?", "EXISTS l k"),
    script("b: BRPOP l 0 &", "RPUSH k 2 1", "SORT k STORE l", "b: ?", "LRANGE l 0 -1"),
    script("b: BLMPOP 0 2 l m LEFT COUNT 2 &", "RPUSH m x y z", "b: ?", "LRANGE m 0 -1"),
    script("b: BLMOVE l m RIGHT LEFT 0 &", "RPUSH l x y", "b: ?", "LRANGE m 0 -1", "LRANGE l 0 -1"),
    script("b: BRPOPLPUSH l l 0 &", "RPUSH l x y", "b: ?", "LRANGE l 0 -1"),
    script("b: BLMOVE l m LEFT LEFT 0 &", "c: BLPOP m 0 &", "RPUSH l x", "b: ?", "c: ?",
            "EXISTS m"),
    script("b: BRPOPLPUSH l s 0 &", WRONG, "RPUSH l x", "b: ?", "LRANGE l 0 -1"),
    script("b: BLPOP l 0 &", "SET l x", "DEL l", "RPUSH l y", "b: ?"),
    script("b: BLPOP l 0 &", "LPUSHX l a", "LINSERT l BEFORE a b", "RPUSH l c", "b: ?", "LLEN l"),
]  # fmt: skip
