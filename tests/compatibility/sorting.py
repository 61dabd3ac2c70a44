"""SORT and SORT_RO, of the group "Generic"."""

from tests.compatibility.script import manual, script, unordered

FILL = "RPUSH l 3 1 10 2"
WORDS = "RPUSH l a b c"
WEIGHTS = "MSET w_a 3 w_b 1 w_c 2 v_a A v_b B"

SCRIPTS = [
    script(FILL, "SORT l", "SORT l DESC", "SORT l ASC", "SORT l ALPHA", "SORT l ALPHA DESC"),
    script(FILL, "SORT_RO l", "SORT_RO l desc", "SORT_RO l ALPHA LIMIT 1 2", "SORT_RO x"),
    script(FILL, "SORT l LIMIT 0 2", "SORT l LIMIT 1 -1", "SORT l LIMIT 9 1", "SORT l LIMIT -1 2"),
    script(FILL, "SORT l LIMIT 0 0", "SORT l LIMIT 2 9223372036854775807", "SORT l DESC ASC"),
    script(FILL, "SORT l LIMIT x 1", "SORT l LIMIT 1 x", "SORT l LIMIT 1", "SORT l FOO", "SORT"),
    script(FILL, "SORT l BY", "SORT l GET", "SORT l STORE", "SORT_RO l STORE d", "SORT_RO"),
    script("SORT x", "SORT x STORE d", "EXISTS d", "SET d v", "SORT x STORE d", "EXISTS d"),
    script(FILL, "SORT l STORE d", "LRANGE d 0 -1", "TYPE d"),
    manual("7.2", "RPUSH l 1", ":1", "SORT l STORE d", ":1", "OBJECT ENCODING d", '"listpack"'),
    script(FILL, "SET d v EX 100", "SORT l LIMIT 0 1 STORE d", "TTL d", "LRANGE d 0 -1"),
    script(FILL, "SORT l STORE l", "LRANGE l 0 -1", "SORT l GET # GET x_* STORE d",
            "LRANGE d 0 -1"),
    script(WORDS, "SORT l", "SORT l STORE d", "EXISTS d", "SORT l ALPHA", "SORT l BY nosort"),
    script(WORDS, "SORT l BY nosort DESC", "SORT l BY nosort LIMIT 1 1", "SORT l BY nosort GET #"),
    script(WORDS, "SORT l BY nosort DESC LIMIT 0 2 STORE d", "LRANGE d 0 -1"),
    script(WORDS, WEIGHTS, "SORT l BY w_*", "SORT l BY w_* DESC", "SORT l BY w_* GET v_* GET #"),
    script(WORDS, WEIGHTS, "SORT l BY w_* ALPHA", "SORT l BY x_*", "SORT l BY v_* ALPHA GET w_*"),
    script(WORDS, WEIGHTS, "SORT l BY v_*", "SORT l BY nosort GET constant", "SORT l GET w_*"),
    script(WORDS, "MSET ka1 2 kb1 1", "SORT l BY k*1 GET k*1", "SORT l BY k*1 GET k**"),
    script(WORDS, "HSET h_a w 2 n A", "HSET h_b w 1", "SORT l BY h_*->w",
            "SORT l BY h_*->w GET h_*->n"),
    script(WORDS, "HSET h_a w 2", "SORT l BY nosort GET h_*", "SORT l BY nosort GET h_*->"),
    script(WORDS, "SET h_a-> 5", "SORT l BY nosort GET h_*->", "SORT l BY nosort GET h_*->->w"),
    script("RPUSH l 1.0 1 1.00 0 -0", "SORT l", "SORT l DESC"),
    script("RPUSH l 0x10 inf -inf '' ' 7' 1e2 -.5", "SORT l", "SORT l DESC", "SORT l ALPHA"),
    script("RPUSH l 1 nan", "SORT l", "DEL l", "RPUSH l 1 '1 '", "SORT l", "SORT l LIMIT 0 0"),
    script("RPUSH l 1e999", "SORT l", "DEL l", "RPUSH l 1x", "SORT l", "SORT l BY x_*"),
    script("SADD s 3 1 2", "SORT s", "SORT s DESC LIMIT 0 2", unordered("SORT s BY nosort")),
    script("SADD s a c b", "SORT s BY nosort STORE d", "LRANGE d 0 -1", "SORT s ALPHA"),
    script("ZADD z 1 c 2 b 3 a", "SORT z ALPHA", "SORT z BY nosort", "SORT z BY nosort DESC"),
    script("ZADD z 1 3 2 2 3 1", "SORT z", "SORT z BY nosort LIMIT 1 1",
            "SORT z BY x DESC LIMIT 0 2"),
    script("SET s v", "SORT s", "SORT_RO s", "SORT s STORE d", "HSET h f v", "SORT h",
            "SORT s FOO"),
]  # fmt: skip
