"""SLOWLOG, LATENCY and MONITOR."""

import re

from tests.compatibility.script import matching, quiet, script, shape

ALL = "CONFIG SET slowlog-log-slower-than 0"


def shown(call):
    """The next line of a monitor, which shows a call."""
    return matching("m: ?", r"\+\d+\.\d{6} \[\d+ .+\] " + re.escape(call))


SCRIPTS = [
    # SLOWLOG
    script(
        *(ALL, "SLOWLOG RESET", "PING", "CLIENT SETNAME me", quiet("SLOWLOG GET"), "SLOWLOG LEN"),
        *("SLOWLOG GET 0", "SLOWLOG GET -2", "SLOWLOG GET x", "SLOWLOG GET 1 2", "SLOWLOG RESET x"),
        *("SLOWLOG LEN x", "SLOWLOG foo", "SLOWLOG", "SLOWLOG LEN"),
    ),
    script(
        *(ALL, "CONFIG SET slowlog-max-len 3", "SLOWLOG RESET", "SLOWLOG LEN", "SLOWLOG LEN"),
        *("SLOWLOG LEN", "SLOWLOG LEN", quiet("SLOWLOG GET -1"), quiet("SLOWLOG GET 2")),
        *("CONFIG SET slowlog-max-len 1", "SLOWLOG LEN", "SLOWLOG LEN"),
        *("CONFIG SET slowlog-max-len 0", "SLOWLOG LEN", "CONFIG SET slowlog-max-len 128"),
    ),
    script("CONFIG SET slowlog-log-slower-than -1", "SLOWLOG RESET", "PING", "SLOWLOG LEN"),
    script(matching("SLOWLOG HELP", r"\[\+SLOWLOG <subcommand> .*\]"), "SLOWLOG HELP x"),
    # LATENCY
    script("LATENCY LATEST", "LATENCY HISTORY x", "LATENCY RESET", "LATENCY RESET a b"),
    script("LATENCY GRAPH x", "LATENCY GRAPH", "LATENCY HISTORY", "LATENCY LATEST x", "LATENCY x"),
    script(
        *("CONFIG SET latency-monitor-threshold 1", "DEBUG SLEEP 0.002", shape("LATENCY LATEST")),
        *(shape("LATENCY HISTORY command"), shape("LATENCY GRAPH command"), "LATENCY GRAPH x"),
        *("LATENCY HISTORY COMMAND", shape("LATENCY DOCTOR"), "LATENCY RESET command x"),
        *("LATENCY LATEST", "CONFIG SET latency-monitor-threshold 0", "DEBUG SLEEP 0.002"),
        *("LATENCY LATEST", shape("LATENCY DOCTOR"), "LATENCY DOCTOR x"),
    ),
    # MONITOR
    script(
        *("PING", "m: MONITOR", "SET k v", "SELECT 3", "lpush l 1", "SELECT 0", "INCR k"),
        "AUTH a b",
        *(shown('"SET" "k" "v"'), shown('"SELECT" "3"'), shown('"lpush" "l" "1"')),
        *(shown('"SELECT" "0"'), shown('"INCR" "k"'), shown('"AUTH" "(redacted)" "(redacted)"')),
        *("FOO", "GET", "CONFIG GET save", r'ECHO "\x00\r\n\"\\\xff"', "CLIENT GETNAME"),
        *(shown(r'"ECHO" "\x00\r\n\"\\\xff"'), shown('"CLIENT" "GETNAME"')),
    ),
    script(
        *("m: MONITOR", "m: PING", shown('"PING"'), "m: GET k", "m: SET k v", "m: SELECT 1"),
        *(shown('"SELECT" "1"'), "m: RESET", "m: GET k", "MONITOR x", "MONITOR"),
    ),
    script(
        *("PING", "b: PING", "m: MONITOR", "b: BLPOP l 0 &", shown('"BLPOP" "l" "0"')),
        *("RPUSH l x", "b: ?", shown('"RPUSH" "l" "x"'), "PING", shown('"PING"')),
    ),
]
