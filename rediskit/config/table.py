"""The one table of all directives that Redis 7.4 knows.

A row: name, default, bounds or choices, the old name that is still understood, flags. What the
value means and what it does is written where it is used; which values are allowed is said here.
Directives without effect in this server are accepted and shown all the same, so that any
redis.conf loads and CONFIG GET answers what tools expect.
"""

from rediskit.config.kinds import (
    HIDDEN,
    IMMUTABLE,
    INT_MAX,
    MANY,
    NOT_WHILE_LOADING,
    NULLABLE,
    PROTECTED,
    SENSITIVE,
    UINT_MAX,
    ULONG_MAX,
    VOLATILE,
    Addresses,
    Choice,
    Choices,
    ConfigError,
    EventClasses,
    Folder,
    Frequency,
    Memory,
    MemoryOrPercent,
    Number,
    Octal,
    OutputLimits,
    Percentiles,
    PrimaryAddress,
    SavePoints,
    ScoreValues,
    Secret,
    Text,
    YesNo,
)
from rediskit.integers import LARGEST

MEGABYTE = 1024**2
PORT_MAX = 65535

# Directives of older versions that a file may still name; they have no effect.
FORGOTTEN = {b"list-max-ziplist-entries", b"list-max-ziplist-value", b"lua-replicate-commands"}

EVICTION_POLICIES = (
    "volatile-lru volatile-lfu volatile-lrm volatile-random volatile-ttl"
    " allkeys-lru allkeys-lfu allkeys-lrm allkeys-random noeviction"
)
SYSLOG_FACILITIES = "user local0 local1 local2 local3 local4 local5 local6 local7"
SHUTDOWN_OPTIONS = "default save nosave now force"
TITLE_VARIABLES = {
    "title",
    "listen-addr",
    "server-mode",
    "port",
    "tls-port",
    "unixsocket",
    "config-file",
}


def _file_name(directive, noun="filename"):
    """A check that a text is the name of a file in the working directory."""

    def check(value):
        if not value:
            raise ConfigError(f"{directive} can't be empty")
        if "/" in value or "\\" in value:
            raise ConfigError(f"{directive} can't be a path, just a {noun}")

    return check


def _not_empty(directive):
    def check(value):
        if not value:
            raise ConfigError(f"{directive} can't be empty")

    return check


def _no_active_defragmentation(value):
    if value:
        raise ConfigError(
            "Active defragmentation cannot be enabled: it requires a Redis server compiled with a"
            " modified Jemalloc like the one shipped by default with the Redis source distribution"
        )


def _host_name(value):
    if len(value) >= 256:
        raise ConfigError("Hostnames must be less than 256 characters")
    for character in value:
        if not (character.isascii() and character.isalnum()) and character not in "-.":
            raise ConfigError("Hostnames may only contain alphanumeric characters, hyphens or dots")


def _node_name(value):
    for character in value:
        if not " " <= character <= "~" or character in "!#$%&()*+:;<>?@[]^{|}~":
            raise ConfigError("Announced human node name contained invalid character")


def _title_template(value):
    """Text with {variables}: every brace is part of one, and every variable is known."""
    rest = value
    while "{" in rest or "}" in rest:
        before, opening, rest = rest.partition("{")
        name, closing, rest = rest.partition("}")
        if "}" in before or not opening or not closing or name not in TITLE_VARIABLES:
            raise ConfigError("template format is invalid or contains unknown variables")


TABLE = (
    # Network
    Addresses("bind", ("*", "-::*"), flags=MANY),
    Text("bind-source-addr", "", flags=NULLABLE),
    Number("port", 6379, 0, PORT_MAX),
    YesNo("protected-mode", True),
    Number("tcp-backlog", 511, 0, INT_MAX, flags=IMMUTABLE),
    Text("unixsocket", "", flags=IMMUTABLE | NULLABLE),
    Octal("unixsocketperm", 0, 0, 0o777, flags=IMMUTABLE),
    Number("timeout", 0, 0, INT_MAX),
    Number("tcp-keepalive", 300, 0, INT_MAX),
    Number("socket-mark-id", 0, 0, UINT_MAX, flags=IMMUTABLE),
    Number("max-new-connections-per-cycle", 10, 1, 1000),
    Number("max-new-tls-connections-per-cycle", 1, 1, 1000),
    Choice("enable-protected-configs", "no", "no yes local", flags=IMMUTABLE),
    Choice("enable-debug-command", "no", "no yes local", flags=IMMUTABLE),
    Choice("enable-module-command", "no", "no yes local", flags=IMMUTABLE),
    # TLS
    Number("tls-port", 0, 0, PORT_MAX),
    Number("tls-session-cache-size", 20480, 0, INT_MAX),
    Number("tls-session-cache-timeout", 300, 0, INT_MAX),
    YesNo("tls-cluster", False),
    YesNo("tls-replication", False),
    Choice("tls-auth-clients", "yes", "no yes optional"),
    YesNo("tls-prefer-server-ciphers", False),
    YesNo("tls-session-caching", True),
    Text("tls-cert-file", "", flags=VOLATILE | NULLABLE),
    Text("tls-key-file", "", flags=VOLATILE | NULLABLE),
    Text("tls-key-file-pass", "", flags=SENSITIVE | NULLABLE),
    Text("tls-client-cert-file", "", flags=VOLATILE | NULLABLE),
    Text("tls-client-key-file", "", flags=VOLATILE | NULLABLE),
    Text("tls-client-key-file-pass", "", flags=SENSITIVE | NULLABLE),
    Text("tls-dh-params-file", "", flags=VOLATILE | NULLABLE),
    Text("tls-ca-cert-file", "", flags=VOLATILE | NULLABLE),
    Text("tls-ca-cert-dir", "", flags=VOLATILE | NULLABLE),
    Text("tls-protocols", "", flags=NULLABLE),
    Text("tls-ciphers", "", flags=NULLABLE),
    Text("tls-ciphersuites", "", flags=NULLABLE),
    # The process
    YesNo("daemonize", False, flags=IMMUTABLE),
    Choice("supervised", "no", "upstart systemd auto no", flags=IMMUTABLE),
    Text("pidfile", "", flags=IMMUTABLE | NULLABLE),
    Choice("loglevel", "notice", "debug verbose notice warning nothing"),
    Text("logfile", "", flags=IMMUTABLE),
    YesNo("syslog-enabled", False, flags=IMMUTABLE),
    Text("syslog-ident", "redis", flags=IMMUTABLE),
    Choice("syslog-facility", "local0", SYSLOG_FACILITIES, flags=IMMUTABLE),
    YesNo("hide-user-data-from-log", False),
    YesNo("crash-log-enabled", True),
    YesNo("crash-memcheck-enabled", True),
    YesNo("use-exit-on-panic", False, flags=HIDDEN),
    YesNo("enable-debug-assert", False, flags=IMMUTABLE | HIDDEN),
    Number("watchdog-period", 0, 0, INT_MAX, flags=HIDDEN),
    Number("databases", 16, 1, INT_MAX, flags=IMMUTABLE),
    YesNo("always-show-logo", False, flags=IMMUTABLE),
    YesNo("set-proc-title", True, flags=IMMUTABLE),
    Text("proc-title-template", "{title} {listen-addr} {server-mode}", check=_title_template),
    Text("locale-collate", ""),
    Choices("shutdown-on-sigint", (), SHUTDOWN_OPTIONS, flags=MANY),
    Choices("shutdown-on-sigterm", (), SHUTDOWN_OPTIONS, flags=MANY),
    Number("shutdown-timeout", 10, 0, INT_MAX),
    Text("ignore-warnings", ""),
    YesNo("disable-thp", True, flags=IMMUTABLE),
    Choice("oom-score-adj", "no", "no yes relative absolute", synonyms={"relative": "yes"}),
    ScoreValues("oom-score-adj-values", (0, 200, 800), flags=MANY),
    Text("server-cpulist", "", alias="server_cpulist", flags=IMMUTABLE | NULLABLE),
    Text("bio-cpulist", "", alias="bio_cpulist", flags=IMMUTABLE | NULLABLE),
    Text("aof-rewrite-cpulist", "", alias="aof_rewrite_cpulist", flags=IMMUTABLE | NULLABLE),
    Text("bgsave-cpulist", "", alias="bgsave_cpulist", flags=IMMUTABLE | NULLABLE),
    Number("io-threads", 1, 1, 128, flags=IMMUTABLE),
    YesNo("io-threads-do-reads", False, flags=IMMUTABLE),
    YesNo("jemalloc-bg-thread", True),
    Frequency("hz", 10, 0, INT_MAX),
    YesNo("dynamic-hz", True),
    # Snapshots
    Folder("dir", "", flags=PROTECTED | NOT_WHILE_LOADING),
    SavePoints("save", ((3600, 1), (300, 100), (60, 10000)), flags=MANY),
    Text("dbfilename", "dump.rdb", flags=PROTECTED, check=_file_name("dbfilename")),
    YesNo("rdbcompression", True),
    YesNo("rdbchecksum", True, flags=IMMUTABLE),
    YesNo("rdb-del-sync-files", False),
    YesNo("rdb-save-incremental-fsync", True),
    Number("rdb-key-save-delay", 0, -INT_MAX - 1, INT_MAX, flags=HIDDEN),
    Number("key-load-delay", 0, -INT_MAX - 1, INT_MAX, flags=HIDDEN),
    Number("loading-process-events-interval-bytes", 2 * MEGABYTE, 1024, INT_MAX, flags=HIDDEN),
    YesNo("stop-writes-on-bgsave-error", True),
    Choice("sanitize-dump-payload", "no", "no yes clients"),
    # The append only file
    YesNo("appendonly", False, flags=NOT_WHILE_LOADING),
    Text("appendfilename", "appendonly.aof", flags=IMMUTABLE, check=_file_name("appendfilename")),
    Text(
        "appenddirname",
        "appendonlydir",
        flags=IMMUTABLE,
        check=_file_name("appenddirname", "dirname"),
    ),
    Choice("appendfsync", "everysec", "everysec always no"),
    YesNo("no-appendfsync-on-rewrite", False),
    Number("auto-aof-rewrite-percentage", 100, 0, INT_MAX),
    Memory("auto-aof-rewrite-min-size", 64 * MEGABYTE, 0, LARGEST),
    YesNo("aof-rewrite-incremental-fsync", True),
    YesNo("aof-load-truncated", True),
    YesNo("aof-use-rdb-preamble", True),
    YesNo("aof-timestamp-enabled", False),
    YesNo("aof-disable-auto-gc", False, flags=HIDDEN),
    # Replication
    PrimaryAddress("replicaof", None, alias="slaveof", flags=IMMUTABLE | MANY),
    Text("masteruser", "", flags=SENSITIVE | NULLABLE),
    Secret("masterauth", b"", flags=SENSITIVE | NULLABLE),
    YesNo("replica-serve-stale-data", True, alias="slave-serve-stale-data"),
    YesNo("replica-read-only", True, alias="slave-read-only"),
    YesNo("replica-ignore-maxmemory", True, alias="slave-ignore-maxmemory"),
    YesNo("replica-ignore-disk-write-errors", False),
    YesNo("replica-lazy-flush", False, alias="slave-lazy-flush"),
    YesNo("replica-announced", True),
    Text("replica-announce-ip", "", alias="slave-announce-ip", flags=NULLABLE),
    Number("replica-announce-port", 0, 0, PORT_MAX, alias="slave-announce-port"),
    Number("replica-priority", 100, 0, INT_MAX, alias="slave-priority"),
    YesNo("repl-diskless-sync", True),
    Number("repl-diskless-sync-delay", 5, 0, INT_MAX),
    Number("repl-diskless-sync-max-replicas", 0, 0, INT_MAX),
    Choice(
        "repl-diskless-load",
        "disabled",
        "disabled on-empty-db swapdb",
        flags=NOT_WHILE_LOADING,
    ),
    YesNo("repl-disable-tcp-nodelay", False),
    Number("repl-timeout", 60, 1, INT_MAX),
    Number("repl-ping-replica-period", 10, 1, INT_MAX, alias="repl-ping-slave-period"),
    Memory("repl-backlog-size", MEGABYTE, 1, LARGEST),
    Number("repl-backlog-ttl", 3600, 0, LARGEST),
    Number("min-replicas-to-write", 0, 0, INT_MAX, alias="min-slaves-to-write"),
    Number("min-replicas-max-lag", 10, 0, INT_MAX, alias="min-slaves-max-lag"),
    Choice("propagation-error-behavior", "ignore", "ignore panic panic-on-replicas"),
    # Who may do what
    Secret("requirepass", b"", flags=SENSITIVE | NULLABLE),
    Text("aclfile", "", flags=IMMUTABLE),
    Choice("acl-pubsub-default", "resetchannels", "allchannels resetchannels"),
    Number("acllog-max-len", 128, 0, LARGEST),
    # Clients and memory
    Number("maxclients", 10000, 1, UINT_MAX),
    MemoryOrPercent("maxmemory-clients", 0, -100, LARGEST),
    Memory("client-query-buffer-limit", 1024 * MEGABYTE, MEGABYTE, LARGEST),
    Memory("proto-max-bulk-len", 512 * MEGABYTE, MEGABYTE, LARGEST),
    OutputLimits(
        "client-output-buffer-limit",
        {
            "normal": (0, 0, 0),
            "replica": (256 * MEGABYTE, 64 * MEGABYTE, 60),
            "pubsub": (32 * MEGABYTE, 8 * MEGABYTE, 60),
        },
        flags=MANY,
    ),
    Number("tracking-table-max-keys", 1000000, 0, LARGEST),
    Memory("maxmemory", 0, 0, ULONG_MAX),
    Choice("maxmemory-policy", "noeviction", EVICTION_POLICIES),
    Number("maxmemory-samples", 5, 1, 64),
    Number("maxmemory-eviction-tenacity", 10, 0, 100),
    Number("lfu-log-factor", 10, 0, INT_MAX),
    Number("lfu-decay-time", 1, 0, INT_MAX),
    Number("active-expire-effort", 1, 1, 10),
    YesNo("lazyfree-lazy-eviction", False),
    YesNo("lazyfree-lazy-expire", False),
    YesNo("lazyfree-lazy-server-del", False),
    YesNo("lazyfree-lazy-user-del", False),
    YesNo("lazyfree-lazy-user-flush", False),
    YesNo("activerehashing", True),
    YesNo("activedefrag", False, check=_no_active_defragmentation),
    Memory("active-defrag-ignore-bytes", 100 * MEGABYTE, 1, LARGEST),
    Number("active-defrag-threshold-lower", 10, 0, 1000),
    Number("active-defrag-threshold-upper", 100, 0, 1000),
    Number("active-defrag-cycle-min", 1, 1, 99),
    Number("active-defrag-cycle-max", 25, 1, 99),
    Number("active-defrag-max-scan-fields", 1000, 1, LARGEST),
    # Data types
    Number("hash-max-listpack-entries", 512, 0, LARGEST, alias="hash-max-ziplist-entries"),
    Memory("hash-max-listpack-value", 64, 0, LARGEST, alias="hash-max-ziplist-value"),
    Number("list-max-listpack-size", -2, -INT_MAX - 1, INT_MAX, alias="list-max-ziplist-size"),
    Number("list-compress-depth", 0, 0, INT_MAX),
    Number("set-max-intset-entries", 512, 0, LARGEST),
    Number("set-max-listpack-entries", 128, 0, LARGEST),
    Memory("set-max-listpack-value", 64, 0, LARGEST),
    Number("zset-max-listpack-entries", 128, 0, LARGEST, alias="zset-max-ziplist-entries"),
    Memory("zset-max-listpack-value", 64, 0, LARGEST, alias="zset-max-ziplist-value"),
    Memory("hll-sparse-max-bytes", 3000, 0, LARGEST),
    Memory("stream-node-max-bytes", 4096, 0, LARGEST),
    Number("stream-node-max-entries", 100, 0, LARGEST),
    # Scripts, events, what the server says of itself
    Number("busy-reply-threshold", 5000, 0, LARGEST, alias="lua-time-limit"),
    Memory("lua-memory-limit", 512 * MEGABYTE, MEGABYTE, LARGEST),
    YesNo("lua-enable-deprecated-api", False, flags=IMMUTABLE | HIDDEN),
    EventClasses("notify-keyspace-events", ""),
    Text("redis-version-override", ""),  # of ours: for tools that go by the version
    Number("slowlog-log-slower-than", 10000, -1, LARGEST),
    Number("slowlog-max-len", 128, 0, LARGEST),
    Number("slowlog-entry-max-argc", 32, 2, INT_MAX),
    Number("slowlog-entry-max-string-len", 128, 0, INT_MAX),
    Number("latency-monitor-threshold", 0, 0, LARGEST),
    YesNo("latency-tracking", True),
    Percentiles("latency-tracking-info-percentiles", (50.0, 99.0, 99.9), flags=MANY),
    # Cluster
    YesNo("cluster-enabled", False, flags=IMMUTABLE),
    Text(
        "cluster-config-file",
        "nodes.conf",
        flags=IMMUTABLE,
        check=_not_empty("cluster-config-file"),
    ),
    Number("cluster-node-timeout", 15000, 0, LARGEST),
    Number("cluster-port", 0, 0, PORT_MAX, flags=IMMUTABLE),
    Number(
        "cluster-replica-validity-factor", 10, 0, INT_MAX, alias="cluster-slave-validity-factor"
    ),
    YesNo("cluster-replica-no-failover", False, alias="cluster-slave-no-failover"),
    Number("cluster-migration-barrier", 1, 0, INT_MAX),
    YesNo("cluster-allow-replica-migration", True),
    YesNo("cluster-require-full-coverage", True),
    YesNo("cluster-allow-reads-when-down", False),
    YesNo("cluster-allow-pubsubshard-when-down", True),
    Memory("cluster-link-sendbuf-limit", 0, 0, ULONG_MAX),
    Text("cluster-announce-ip", "", flags=NULLABLE),
    Text("cluster-announce-hostname", "", flags=NULLABLE, check=_host_name),
    Text("cluster-announce-human-nodename", "", flags=NULLABLE, check=_node_name),
    Number("cluster-announce-port", 0, 0, PORT_MAX),
    Number("cluster-announce-tls-port", 0, 0, PORT_MAX),
    Number("cluster-announce-bus-port", 0, 0, PORT_MAX),
    Choice("cluster-preferred-endpoint-type", "ip", "ip hostname unknown-endpoint"),
)

# Every name a directive answers to (lower case bytes) -> the directive.
BY_NAME = {}
for _directive in TABLE:
    BY_NAME[_directive.name.encode()] = _directive
    if _directive.alias is not None:
        BY_NAME[_directive.alias.encode()] = _directive
