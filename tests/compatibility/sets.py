"""The group "Set" of the manual."""

from tests.compatibility.script import manual, script, shape, unordered

NUMBERS = "SADD s 1 2 3 4 5"
MIXED = "SADD s a b c 4 ''"
MANY = "CONFIG SET set-max-intset-entries 2"
FEW = "CONFIG SET set-max-intset-entries 512"


def everywhere(*lines, protocols=(2, 3)):
    """The same script on sets of integers, small sets and hash tables."""
    return [
        script(NUMBERS, *lines, protocols=protocols),
        script(MIXED, *lines, protocols=protocols),
        script(MANY, NUMBERS, *lines, FEW, protocols=protocols),
    ]


# Every command with the arguments of an ordinary call, for a key that holds another type.
EVERY_COMMAND = [
    "SADD {} a", "SREM {} a b", "SCARD {}", "SISMEMBER {} a", "SMISMEMBER {} a b", "SMEMBERS {}",
    "SMOVE {} d a", "SPOP {}", "SPOP {} 0", "SPOP {} 2", "SRANDMEMBER {}", "SRANDMEMBER {} 0",
    "SRANDMEMBER {} 2", "SRANDMEMBER {} -2", "SINTER {}", "SINTER none {}", "SINTER {} none",
    "SINTERCARD 1 {}", "SINTERCARD 2 none {} LIMIT 1", "SINTERSTORE d {}", "SINTERSTORE d none {}",
    "SUNION {}", "SUNION none {}", "SUNIONSTORE d {}", "SDIFF {}", "SDIFF none {}", "SDIFF {} none",
    "SDIFFSTORE d {}", "SDIFFSTORE d none {}", "SSCAN {} 0",
]  # fmt: skip

WRONG_KIND = "-WRONGTYPE Operation against a key holding the wrong kind of value"

SCRIPTS = [
    script("SET k v", *[line.format("k") for line in EVERY_COMMAND], "GET k", "EXISTS d"),
    script(*[line.format("missing") for line in EVERY_COMMAND[1:]], "DBSIZE"),
    script(*[line.partition(" ")[0] for line in EVERY_COMMAND]),
    script("SADD s", "SREM s", "SCARD s t", "SISMEMBER s", "SISMEMBER s a b", "SMISMEMBER s"),
    script("SMEMBERS s t", "SMOVE s t", "SMOVE s t a b", "SPOP s 1 2", "SRANDMEMBER s 1 2"),
    script("SINTERSTORE d", "SUNIONSTORE d", "SDIFFSTORE d", "SINTERCARD 1", "SSCAN s"),
    # Adding, removing, looking
    script("SADD s a", "SADD s a", "SADD s a b c b", "SCARD s", unordered("SMEMBERS s"), "TYPE s"),
    script("SADD s 3 1 2", "SMEMBERS s", "SADD s 3 -5 03 +3", "SCARD s", unordered("SMEMBERS s")),
    script("SADD s 9223372036854775807 -9223372036854775808", "SMEMBERS s", "OBJECT ENCODING s"),
    script("SADD s 9223372036854775808", "SISMEMBER s 9223372036854775808", "SMEMBERS s"),
    script("SADD s 1", "SADD s ''", "SISMEMBER s ''", "SISMEMBER s 1", unordered("SMEMBERS s")),
    script("SADD s 1 2", "SISMEMBER s 01", "SISMEMBER s ' 1'", "SISMEMBER s 1.0", "SREM s 01"),
    script(r'SADD s "\x00\r\n" "\xff"', r'SISMEMBER s "\x00\r\n"', r'SREM s "\xff"', "SMEMBERS s"),
    *everywhere(
        "SISMEMBER s 4",
        "SISMEMBER s x",
        "SMISMEMBER s 4 x 4",
        "SCARD s",
        unordered("SMEMBERS s"),
        "SREM s 4 x 4",
        "SREM s 4",
        "SCARD s",
        "SADD s 4 4 new",
        "SCARD s",
        unordered("SMEMBERS s"),
    ),
    *everywhere("SREM s 1 2 3 5 a b c ''", "SMEMBERS s", "SREM s 4", "EXISTS s", "SMEMBERS s"),
    script("SADD s 1 2 3", "OBJECT ENCODING s", MANY, "SADD s 4", "OBJECT ENCODING s", FEW),
    script("SADD s a", "EXPIRE s 100", "SADD s b", "TTL s", "SREM s a b", "SADD s c", "TTL s"),
    # SMOVE
    *everywhere("SMOVE s d 4", "SMOVE s d 4", "SMEMBERS d", "SCARD s", "SMOVE s d x", "SCARD d"),
    *everywhere("SMOVE s s 4", "SMOVE s s x", "SCARD s", "SADD d 4", "SMOVE s d 4", "SCARD s"),
    script("SADD s a", "SMOVE s d a", "EXISTS s d", "SADD s a", "SMOVE s d a", "EXISTS s d"),
    script("SET k v", "SADD s a", "SMOVE s k a", "SMOVE k s a", "SMOVE s k x", "SMOVE no k a"),
    script("SET k v", "SMOVE k k a", "SADD s a", "SMOVE s s a"),
    # SPOP
    *everywhere(
        shape("SPOP s"),
        "SCARD s",
        shape("SPOP s 2"),
        "SCARD s",
        "SPOP s 0",
        shape("SPOP s 10"),
        "EXISTS s",
        "SPOP s",
        "SPOP s 1",
    ),
    *everywhere(unordered("SPOP s 5"), "EXISTS s"),
    *everywhere(unordered("SPOP s 9223372036854775807"), "EXISTS s"),
    script("SADD s a", "SPOP s", "EXISTS s", "SADD s a", "SPOP s 1", "EXISTS s"),
    script("SADD s a", "SPOP s -1", "SPOP s x", "SPOP s 1.5", "SPOP s ''", "SCARD s"),
    script("SADD s a", "SPOP s 9223372036854775808", "SPOP s -9223372036854775808", "SCARD s"),
    script("SPOP s -1", "SPOP s x", "SET k v", "SPOP k x", "SPOP k -1"),
    # SRANDMEMBER
    *everywhere(
        shape("SRANDMEMBER s"),
        shape("SRANDMEMBER s 2"),
        shape("SRANDMEMBER s -3"),
        shape("SRANDMEMBER s -20"),
        unordered("SRANDMEMBER s 5"),
        unordered("SRANDMEMBER s 99"),
        unordered("SRANDMEMBER s 9223372036854775807"),
        "SRANDMEMBER s 0",
        "SCARD s",
    ),
    script("SADD s a", "SRANDMEMBER s", "SRANDMEMBER s 1", "SRANDMEMBER s -3", "SCARD s"),
    script("SADD s a", "SRANDMEMBER s x", "SRANDMEMBER s 1.5", "SRANDMEMBER s ''"),
    script("SADD s a", "SRANDMEMBER s -9223372036854775808", "SRANDMEMBER s 9223372036854775808"),
    script("SRANDMEMBER s -9223372036854775807", "SRANDMEMBER s 9223372036854775807"),
    script("SET k v", "SRANDMEMBER k x", "SRANDMEMBER k -9223372036854775808"),
    # Several sets
    *everywhere(
        "SADD t 4 5 c x",
        unordered("SINTER s t"),
        unordered("SUNION s t"),
        unordered("SDIFF s t"),
        unordered("SDIFF t s"),
        "SINTERCARD 2 s t",
        "SINTERCARD 2 s t LIMIT 1",
        "SINTER s t none",
        "SINTERCARD 2 s none",
        unordered("SUNION none s none t"),
        unordered("SDIFF s none t"),
        "SDIFF none s",
        "SDIFF s s",
        unordered("SINTER s s"),
        unordered("SUNION s s"),
    ),
    *everywhere(
        "SADD t 4 5 c x",
        "SINTERSTORE d s t",
        unordered("SMEMBERS d"),
        "SUNIONSTORE d s t none",
        unordered("SMEMBERS d"),
        "SDIFFSTORE d s t none",
        unordered("SMEMBERS d"),
        "SINTERSTORE d s none",
        "EXISTS d",
        "SUNIONSTORE d none",
        "SDIFFSTORE d s s",
        "EXISTS d",
    ),
    *everywhere(
        "SADD t 4 5 c x",
        "SINTERSTORE s s t",
        unordered("SMEMBERS s"),
        "SUNIONSTORE s t s",
        unordered("SMEMBERS s"),
        "SDIFFSTORE t t s",
        "SMEMBERS t",
        "EXISTS t",
    ),
    *everywhere(unordered("SINTER s"), unordered("SUNION s"), unordered("SDIFF s")),
    script("SADD s 1 2 3", "SADD t 1", "SADD u 2", unordered("SDIFF s t u"), "SDIFF t u s"),
    script("SADD s 1 2 3 a", "SADD t 1 2 a", "SADD u a 2", unordered("SINTER s t u")),
    script("SET d v", "SADD s a", "SUNIONSTORE d s", "TYPE d", "SET d v", "SINTERSTORE d s none"),
    script("SADD d x", "EXPIRE d 100", "SADD s a", "SUNIONSTORE d s", "TTL d", "SMEMBERS d"),
    script("SADD s 1 2", "SADD t 2 a", "SINTERSTORE d t s", "OBJECT ENCODING d", "SMEMBERS d"),
    script("SADD s 1 2", "SADD t 2 3", "SUNIONSTORE d t s", "OBJECT ENCODING d", "SMEMBERS d"),
    script("SET d v", "SET k v", "SADD s a", "SUNIONSTORE d s k", "SINTERSTORE d k", "GET d"),
    # SINTERCARD's arguments
    script("SINTERCARD 0 s", "SINTERCARD -1 s", "SINTERCARD x s", "SINTERCARD 2 s", "SINTERCARD 1"),
    script("SINTERCARD 1 s t", "SINTERCARD 1 s LIMIT", "SINTERCARD 1 s LIMIT 1 2"),
    script("SINTERCARD 1 s LIMIT -1", "SINTERCARD 1 s LIMIT x", "SINTERCARD 1 s limit 0"),
    script("SADD s a b c", "SINTERCARD 1 s LIMIT 0", "SINTERCARD 1 s LIMIT 2", "SINTERCARD 1 s"),
    script("SADD s a b c", "SINTERCARD 1 s LIMIT 1 LIMIT 2", "SINTERCARD 2 s s LIMIT 9"),
    script("SINTERCARD 9223372036854775808 s", "SINTERCARD 1 s LIMIT 9223372036854775808"),
    script("SADD LIMIT a", "SINTERCARD 1 LIMIT", "SINTERCARD 2 LIMIT LIMIT LIMIT 1"),
    script("SET k v", "SINTERCARD 1 k LIMIT x", "SINTERCARD 1 k FOO"),
    # SSCAN
    script("SADD s 3 1 2", "SSCAN s 0", "SSCAN s 0 COUNT 1", "SSCAN s 0 MATCH 2"),
    script("SADD s 1 2", "SSCAN s 0 MATCH [2-3] COUNT 10", "SSCAN s 7"),
    script("SADD s 1", "SSCAN s x", "SSCAN s 1.5", "SSCAN s 0 COUNT"),
    script("SADD s 1", "SSCAN s 0 COUNT 0", "SSCAN s 0 COUNT -1", "SSCAN s 0 COUNT x"),
    script("SADD s 1", "SSCAN s 0 FOO", "SSCAN s 0 MATCH x", "SSCAN s 0 COUNT 10 MATCH *"),
    script("SADD s 1", "SSCAN s 0 TYPE set", "SSCAN s 0 MATCH", "SSCAN s 0 COUNT 1 COUNT 5"),
    script("SSCAN none x", "SSCAN none 0 COUNT 0", "SSCAN none 0 FOO", "SET k v", "SSCAN k 0 FOO"),
    script("SET k v", "SSCAN k x", "SSCAN none 18446744073709551615"),
    # Fingerprints
    *everywhere("DEBUG DIGEST", "DEBUG DIGEST-VALUE s", "COPY s t", "DEBUG DIGEST-VALUE t"),
    *everywhere("COPY s t", "SADD t new", "SCARD s", "SCARD t", "RENAME t u", "SCARD u"),
    # Newer than the installed redis-server
    manual("7.2", "SADD s a 1", ":2", "OBJECT ENCODING s", '"listpack"'),
    manual("7.2", "SADD s 1 2", ":2", "SADD s a", ":1", "OBJECT ENCODING s", '"listpack"'),
    manual(
        "7.4",
        "SADD s 1",
        ":1",
        "SSCAN s 0 NOVALUES",
        "-ERR NOVALUES option can only be used in HSCAN",
        "SSCAN s 0 novalues FOO",
        "-ERR NOVALUES option can only be used in HSCAN",
    ),
    manual(
        "8.10",
        *("SADD a 1 2 3 x", ":4", "SADD b 2 3 4", ":3", "SADD c x y", ":2"),
        *("SUNIONCARD 3 a b c", ":6", "SUNIONCARD 2 a a", ":4", "SUNIONCARD 2 none c", ":2"),
        *("SUNIONCARD 3 a b c LIMIT 5", ":5", "SUNIONCARD 3 a b c APPROX LIMIT 0", ":6"),
        *("SUNIONCARD 2 none other", ":0", "SUNIONCARD 1 a LIMIT 2", ":2"),
        *("SDIFFCARD 2 a b", ":2", "SDIFFCARD 3 a b c", ":1", "SDIFFCARD 2 a none", ":4"),
        *("SDIFFCARD 2 none a", ":0", "SDIFFCARD 2 a a", ":0", "SDIFFCARD 1 a LIMIT 3", ":3"),
        *("SDIFFCARD 0 a", "-ERR numkeys should be greater than 0"),
        *("SUNIONCARD x a", "-ERR numkeys should be greater than 0"),
        *("SUNIONCARD 2 a", "-ERR Number of keys can't be greater than number of args"),
        *("SDIFFCARD 1 a LIMIT -1", "-ERR LIMIT can't be negative"),
        *("SDIFFCARD 1 a APPROX", "-ERR syntax error"),
        *("SET s v", "+OK", "SUNIONCARD 2 none s", WRONG_KIND, "SDIFFCARD 2 none s", WRONG_KIND),
    ),
]
