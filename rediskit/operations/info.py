"""What INFO says: sections of `name:value` lines, in Redis' order, wording and formats.

A section is a function of the server that returns its fields as a dict; SECTIONS lists them in the
order they are shown. Figures are read from the parts that keep them when somebody asks; nothing is
counted for INFO alone. Fields of what this server does not have (yet) bear the values that Redis
shows where the feature is off: tools that read them must find them.
"""

import os
import platform
import sys

from rediskit import version
from rediskit.operations.statistics import processor_seconds, resident_bytes
from rediskit.structures import memory
from rediskit.users.acl_log import AUTHENTICATION_DENIED
from rediskit.users.selector import CHANNEL_DENIED, COMMAND_DENIED, KEY_DENIED

# Sections that INFO without arguments leaves out.
DETAILED = {"commandstats", "latencystats"}

ENTRY_OVERHEAD = 18  # bytes of a table beside keys and values: header, slot, free slots
DEADLINE_OVERHEAD = 24  # the deadline in the entry, and its place in the ordered index
DEADLINE_SAMPLES = 16  # for the mean time to live


def report(server, words=()):
    """The text of INFO for the sections that words (bytes, any case) name, a str."""
    wanted = _wanted_sections(words)
    parts = []
    for name, (title, fields_of) in SECTIONS.items():
        if name in wanted:
            fields = fields_of(server)
            lines = "".join([f"{field}:{value}\r\n" for field, value in fields.items()])
            parts.append(f"# {title}\r\n{lines}")
    return "\r\n".join(parts)


def _wanted_sections(words):
    wanted = set()
    for word in words or (b"default",):
        name = word.decode("utf-8", "replace").lower()
        if name == "default":
            wanted |= SECTIONS.keys() - DETAILED
        elif name in ("all", "everything"):
            wanted |= SECTIONS.keys()
        else:
            wanted.add(name)
    return wanted


def human(size):
    """A number of bytes as people read it: 512B, 1.50K, 2.00M."""
    if size < 1024:
        return f"{size}B"
    step = 0
    while size >= 1024 and step < 5:
        size /= 1024
        step += 1
    return f"{size:.2f}{'BKMGTP'[step]}"


# Server and clients


def server_fields(server):
    """Who this is, where it runs, and since when."""
    config = server.config
    system = os.uname()
    uptime = server.uptime_seconds
    return {
        "redis_version": version.shown_version(config),
        "redis_git_sha1": version.COMMIT,
        "redis_git_dirty": version.MODIFIED,
        "redis_build_id": version.build_id(),
        "rediskit_version": version.RELEASE.removeprefix("rediskit-"),
        "redis_mode": "standalone",
        "os": f"{system.sysname} {system.release} {system.machine}",
        "arch_bits": version.BITS,
        "monotonic_clock": "POSIX clock_gettime",
        "multiplexing_api": "epoll",
        "atomicvar_api": "none",
        "gcc_version": _compiler_version(),
        "process_id": os.getpid(),
        "process_supervised": server.process.supervised_by,
        "run_id": server.run_id,
        "tcp_port": config["port"] or config["tls-port"],
        "server_time_usec": server.clock.now_us,
        "uptime_in_seconds": uptime,
        "uptime_in_days": uptime // 86400,
        "hz": config["hz"],
        "configured_hz": config["hz"],
        "lru_clock": server.clock.seconds & 0xFFFFFF,
        "executable": os.path.abspath(sys.argv[0]),
        "config_file": config.path or "",
        "io_threads_active": 0,
        **_listener_fields(config),
    }


def _compiler_version():
    words = platform.python_compiler().split()
    return words[1] if len(words) > 1 and words[0] == "GCC" else "0.0.0"


def _listener_fields(config):
    listeners = []
    addresses = "".join(f",bind={address}" for address in config["bind"])
    if config["port"]:
        listeners.append(f"name=tcp{addresses},port={config['port']}")
    if config["unixsocket"]:
        listeners.append(f"name=unix,bind={config['unixsocket']}")
    if config["tls-port"]:
        listeners.append(f"name=tls{addresses},port={config['tls-port']}")
    return {f"listener{number}": text for number, text in enumerate(listeners)}


def client_fields(server):
    """How many clients there are, and what they wait for."""
    waiting = server.dispatcher.waiting
    connections = server.network.connections
    return {
        "connected_clients": len(connections),
        "cluster_connections": 0,
        "maxclients": server.config["maxclients"],
        "client_recent_max_input_buffer": max(
            [connection.parser.pending() for connection in connections], default=0
        ),
        "client_recent_max_output_buffer": max(
            [len(connection.client.output) for connection in connections], default=0
        ),
        "blocked_clients": len(waiting) + len(server.dispatcher.pause),
        "tracking_clients": len(server.tracking),
        "pubsub_clients": server.subscriptions.count,
        "watching_clients": len(server.dispatcher.watching),
        "clients_in_timeout_table": _timed_count(waiting),
        "total_watched_keys": server.dispatcher.watching.key_count(),
        "total_blocking_keys": len(waiting.queues),
        "total_blocking_keys_on_nokey": waiting.count_keys_that_must_stay(),
    }


def _timed_count(waiting):
    """How many clients wait for a limited time."""
    queues = waiting.queues.values()
    return len({parked for queue in queues for parked in queue.values() if parked.timer})


# Memory


class MemoryFigures:
    """What INFO memory, MEMORY STATS and MEMORY DOCTOR show, all in bytes unless named percent.

    used: counted, of which `startup` was there when the server began and `clients` is buffers.
    overhead: of `used`, what is no data; dataset: the rest. These are the server's own, the others
    the process's, of all its servers: allocated, active, resident are the allocator's; process:
    resident in memory, interpreter and code included.
    databases: (database, overhead of its table, overhead of its deadlines) where there are keys.
    """

    def __init__(self, server):
        self.used = max(server.account.used(), 1)
        self.peak = max(server.account.peak(), self.used)
        self.startup = min(server.statistics.startup_bytes, self.used)
        self.clients = _client_bytes(server)
        self.databases = []
        self.key_count = 0
        for database in server.keyspace.databases:
            if len(database):
                self.key_count += len(database)
                entries = len(database) * ENTRY_OVERHEAD
                deadlines = database.table.deadline_count * DEADLINE_OVERHEAD
                self.databases.append((database, entries, deadlines))
        tables = sum(entries + deadlines for _, entries, deadlines in self.databases)
        self.overhead = min(self.startup + self.clients + tables, self.used)
        self.dataset = self.used - self.overhead
        self.dataset_growth = max(self.used - self.startup, 1)
        self.dataset_percent = 100 * self.dataset / self.dataset_growth
        self.peak_percent = 100 * self.used / self.peak
        figures = memory.statistics()
        self.allocated = max(figures["allocated"], 1)
        self.active = max(figures["active"], self.allocated)
        self.resident = max(figures["resident"], self.active)
        self.process = resident_bytes()


def _client_bytes(server):
    network = server.network
    buffers = [each.client.output.memory + each.counted for each in network.connections]
    return sum(buffers) - network.client_memory.exempt_bytes()


def memory_fields(server):
    """What the server takes, of what there is."""
    figures = MemoryFigures(server)
    system = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = server.config["maxmemory"]
    return {
        "used_memory": figures.used,
        "used_memory_human": human(figures.used),
        "used_memory_rss": figures.process,
        "used_memory_rss_human": human(figures.process),
        "used_memory_peak": figures.peak,
        "used_memory_peak_human": human(figures.peak),
        "used_memory_peak_perc": f"{figures.peak_percent:.2f}%",
        "used_memory_overhead": figures.overhead,
        "used_memory_startup": figures.startup,
        "used_memory_dataset": figures.dataset,
        "used_memory_dataset_perc": f"{figures.dataset_percent:.2f}%",
        "allocator_allocated": figures.allocated,
        "allocator_active": figures.active,
        "allocator_resident": figures.resident,
        "allocator_muzzy": 0,
        "total_system_memory": system,
        "total_system_memory_human": human(system),
        **_script_memory_fields(server),
        "maxmemory": limit,
        "maxmemory_human": human(limit),
        "maxmemory_policy": server.config["maxmemory-policy"],
        **_fragmentation_fields(figures),
        "mem_not_counted_for_evict": server.network.client_memory.exempt_bytes(),
        "mem_replication_backlog": 0,
        "mem_total_replication_buffers": 0,
        "mem_clients_slaves": server.network.client_memory.exempt_bytes(),
        "mem_clients_normal": figures.clients,
        "mem_cluster_links": 0,
        "mem_aof_buffer": 0,
        "mem_allocator": version.ALLOCATOR,
        "mem_overhead_db_hashtable_rehashing": 0,
        "active_defrag_running": 0,
        "lazyfree_pending_objects": server.keyspace.pending_objects(),
        "lazyfreed_objects": server.keyspace.freed_objects,
    }


def _script_memory_fields(server):
    scripts, functions = server.scripts, server.functions
    interpreters = scripts.interpreter_bytes + functions.interpreter_bytes
    texts = scripts.held_bytes + functions.held_bytes
    return {
        "used_memory_lua": scripts.interpreter_bytes,
        "used_memory_vm_eval": scripts.interpreter_bytes,
        "used_memory_lua_human": human(scripts.interpreter_bytes),
        "used_memory_scripts_eval": scripts.held_bytes,
        "number_of_cached_scripts": len(scripts),
        "number_of_functions": len(functions.functions),
        "number_of_libraries": len(functions.libraries),
        "used_memory_vm_functions": functions.interpreter_bytes,
        "used_memory_vm_total": interpreters,
        "used_memory_vm_total_human": human(interpreters),
        "used_memory_functions": functions.held_bytes,
        "used_memory_scripts": texts,
        "used_memory_scripts_human": human(texts),
    }


def _fragmentation_fields(figures):
    return {
        "allocator_frag_ratio": f"{figures.active / figures.allocated:.2f}",
        "allocator_frag_bytes": figures.active - figures.allocated,
        "allocator_rss_ratio": f"{figures.resident / figures.active:.2f}",
        "allocator_rss_bytes": figures.resident - figures.active,
        "rss_overhead_ratio": f"{figures.process / figures.resident:.2f}",
        "rss_overhead_bytes": figures.process - figures.resident,
        "mem_fragmentation_ratio": f"{figures.process / figures.used:.2f}",
        "mem_fragmentation_bytes": figures.process - figures.used,
    }


# Persistence and replication


def persistence_fields(server):
    """What was saved, and how that went."""
    snapshots, progress = server.snapshots, server.snapshots.progress
    return {
        "loading": int(server.is_loading),
        "async_loading": 0,
        "current_cow_peak": progress.peak_bytes,
        "current_cow_size": progress.own_bytes,
        "current_cow_size_age": progress.age_seconds,
        "current_fork_perc": f"{progress.percent:.2f}",
        "current_save_keys_processed": progress.keys,
        "current_save_keys_total": progress.total,
        "rdb_changes_since_last_save": snapshots.changes,
        "rdb_bgsave_in_progress": int(snapshots.background is not None),
        "rdb_last_save_time": snapshots.last_save,
        "rdb_last_bgsave_status": "ok" if snapshots.succeeded else "err",
        "rdb_last_bgsave_time_sec": snapshots.last_seconds,
        "rdb_current_bgsave_time_sec": snapshots.current_seconds,
        "rdb_saves": snapshots.saves,
        "rdb_last_cow_size": snapshots.last_own_bytes,
        "rdb_last_load_keys_expired": snapshots.loads.expired,
        "rdb_last_load_keys_loaded": snapshots.loads.loaded,
        **_append_log_fields(),
        "module_fork_in_progress": 0,
        "module_fork_last_cow_size": 0,
        **_loading_fields(server),
    }


def _append_log_fields():
    return {
        "aof_enabled": 0,
        "aof_rewrite_in_progress": 0,
        "aof_rewrite_scheduled": 0,
        "aof_last_rewrite_time_sec": -1,
        "aof_current_rewrite_time_sec": -1,
        "aof_last_bgrewrite_status": "ok",
        "aof_rewrites": 0,
        "aof_rewrites_consecutive_failures": 0,
        "aof_last_write_status": "ok",
        "aof_last_cow_size": 0,
    }


def _loading_fields(server):
    """How far the load is that runs."""
    load = server.snapshots.loads.current
    if load is None:
        return {}
    elapsed = server.clock.seconds - load.began
    left = load.size - load.position
    eta = elapsed * left // load.position if load.position else 1
    return {
        "loading_start_time": load.began,
        "loading_total_bytes": load.size,
        "loading_rdb_used_mem": load.memory_when_saved,
        "loading_loaded_bytes": load.position,
        "loading_loaded_perc": f"{100 * load.position / max(load.size, 1):.2f}",
        "loading_eta_seconds": eta,
    }


def replication_fields(server):
    """Which role the server has, and who follows it."""
    return {
        "role": "master",
        "connected_slaves": 0,
        "master_failover_state": "no-failover",
        "master_replid": server.replication_id,
        "master_replid2": "0" * 40,
        "master_repl_offset": 0,
        "second_repl_offset": -1,
        "repl_backlog_active": 0,
        "repl_backlog_size": server.config["repl-backlog-size"],
        "repl_backlog_first_byte_offset": 0,
        "repl_backlog_histlen": 0,
    }


# Statistics


def statistics_fields(server):
    """What was done since the server began, or since CONFIG RESETSTAT."""
    return {
        **_traffic_fields(server),
        **_keyspace_statistics_fields(server),
        **_absent_statistics_fields(),
        **_slow_call_fields(server.slowlog),
        "tracking_total_keys": server.tracking.total_keys,
        "tracking_total_items": server.tracking.total_items,
        "tracking_total_prefixes": server.tracking.total_prefixes,
        **_child_and_peer_fields(server),
        **_reply_fields(server),
    }


def _traffic_fields(server):
    network, statistics = server.network, server.statistics
    return {
        "total_connections_received": network.connections_received,
        "total_commands_processed": server.dispatcher.commands_processed,
        "instantaneous_ops_per_sec": statistics.operations.mean,
        "total_net_input_bytes": network.net_input_bytes,
        "total_net_output_bytes": network.net_output_bytes,
        "total_net_repl_input_bytes": 0,
        "total_net_repl_output_bytes": 0,
        "instantaneous_input_kbps": f"{statistics.input_bytes.mean / 1024:.2f}",
        "instantaneous_output_kbps": f"{statistics.output_bytes.mean / 1024:.2f}",
        "instantaneous_input_repl_kbps": "0.00",
        "instantaneous_output_repl_kbps": "0.00",
        "rejected_connections": network.rejected_connections,
        "sync_full": 0,
        "sync_partial_ok": 0,
        "sync_partial_err": 0,
    }


def _keyspace_statistics_fields(server):
    keyspace = server.keyspace
    return {
        "expired_subkeys": keyspace.expired_fields,
        "expired_set_members": keyspace.expired_members,
        "expired_keys": keyspace.expired,
        "expired_stale_perc": f"{keyspace.due_percent():.2f}",
        "expired_time_cap_reached_count": keyspace.slices_cut_short,
        "expire_cycle_cpu_milliseconds": keyspace.expired_time_us // 1000,
        "evicted_keys": keyspace.evicted,
        "evicted_clients": server.network.client_memory.evicted,
        "evicted_scripts": server.scripts.evicted,
        "total_eviction_exceeded_time": server.eviction.total_excess_ms(),
        "current_eviction_exceeded_time": server.eviction.current_excess_ms(),
        "keyspace_hits": keyspace.hits,
        "keyspace_misses": keyspace.misses,
        "pubsub_channels": len(server.subscriptions.channels.names),
        "pubsub_patterns": len(server.subscriptions.patterns.names),
        "pubsubshard_channels": len(server.subscriptions.shard_channels.names),
    }


def _slow_call_fields(slowlog):
    return {
        "slowlog_commands_count": slowlog.count,
        "slowlog_commands_time_ms_sum": slowlog.total_us // 1000,
        "slowlog_commands_time_ms_max": slowlog.longest_us // 1000,
    }


def _absent_statistics_fields():
    names = (
        "slave_expires_tracked_keys active_defrag_hits"
        " active_defrag_misses active_defrag_key_hits active_defrag_key_misses"
        " total_active_defrag_time current_active_defrag_time"
    )
    return dict.fromkeys(names.split(), 0)


def _child_and_peer_fields(server):
    return {
        "latest_fork_usec": server.children.fork_us,
        "total_forks": server.children.forks,
        "migrate_cached_sockets": len(server.peers),
    }


def _reply_fields(server):
    denied = server.users.acl_log.counts
    network, statistics = server.network, server.statistics
    return {
        "unexpected_error_replies": statistics.unexpected_errors,
        "total_error_replies": server.dispatcher.error_replies,
        "dump_payload_sanitizations": 0,
        "total_reads_processed": network.reads_processed,
        "total_writes_processed": network.writes_processed,
        "io_threaded_reads_processed": 0,
        "io_threaded_writes_processed": 0,
        "client_query_buffer_limit_disconnections": (
            network.client_query_buffer_limit_disconnections
        ),
        "client_output_buffer_limit_disconnections": (
            network.client_output_buffer_limit_disconnections
        ),
        "reply_buffer_shrinks": 0,
        "reply_buffer_expands": 0,
        "eventloop_cycles": statistics.turns,
        "eventloop_duration_sum": server.loop.busy_us,
        "eventloop_duration_cmd_sum": sum(
            [record.microseconds for _, record in server.commands.recorded()]
        ),
        "instantaneous_eventloop_cycles_per_sec": statistics.turns_per_second.mean,
        "instantaneous_eventloop_duration_usec": statistics.turn_us.mean,
        "acl_access_denied_auth": denied[AUTHENTICATION_DENIED],
        "acl_access_denied_cmd": denied[COMMAND_DENIED],
        "acl_access_denied_key": denied[KEY_DENIED],
        "acl_access_denied_channel": denied[CHANNEL_DENIED],
    }


def processor_fields(server):
    """Processor time, in seconds, of this process and of its children."""
    system, user, children_system, children_user = processor_seconds()
    return {
        "used_cpu_sys": f"{system:.6f}",
        "used_cpu_user": f"{user:.6f}",
        "used_cpu_sys_children": f"{children_system:.6f}",
        "used_cpu_user_children": f"{children_user:.6f}",
        "used_cpu_sys_main_thread": f"{system:.6f}",
        "used_cpu_user_main_thread": f"{user:.6f}",
    }


def module_fields(server):
    """Modules that are loaded: this server loads none."""
    return {}


# Commands and errors


def command_fields(server):
    """Calls of each command that was called or refused."""
    fields = {}
    for command, record in server.commands.recorded():
        calls = record.calls
        if calls or record.rejected_calls or record.failed_calls:
            mean = record.microseconds / calls if calls else 0.0
            fields[f"cmdstat_{command.name.decode()}"] = (
                f"calls={calls},usec={record.microseconds},usec_per_call={mean:.2f},"
                f"rejected_calls={record.rejected_calls},failed_calls={record.failed_calls}"
            )
    return fields


def error_fields(server):
    """How many error replies there were, by their codes."""
    errors = server.dispatcher.errors
    return {f"errorstat_{code}": f"count={errors[code]}" for code in sorted(errors)}


def latency_fields(server):
    """Percentiles of the time that commands took, in microseconds."""
    percents = server.config["latency-tracking-info-percentiles"]
    fields = {}
    for command, record in server.commands.recorded():
        latency = record.latency
        if latency is not None and latency.total:
            fields[f"latency_percentiles_usec_{command.name.decode()}"] = ",".join(
                [f"p{percent:.15g}={latency.percentile(percent):.3f}" for percent in percents]
            )
    return fields


# Data


def cluster_fields(server):
    """Whether the server is part of a cluster."""
    return {"cluster_enabled": 0}


def keyspace_fields(server):
    """How many keys each database holds."""
    fields = {}
    now_ms = server.clock.now_ms
    for database in server.keyspace.databases:
        if len(database):
            table = database.table
            left_ms = 0
            if table.deadline_count:
                left_ms = max(0, table.mean_deadline(DEADLINE_SAMPLES) - now_ms)
            fields[f"db{database.number}"] = (
                f"keys={len(database)},expires={table.deadline_count},avg_ttl={left_ms},"
                f"subexpiry={len(database.elements)}"
            )
    return fields


SECTIONS = {
    "server": ("Server", server_fields),
    "clients": ("Clients", client_fields),
    "memory": ("Memory", memory_fields),
    "persistence": ("Persistence", persistence_fields),
    "stats": ("Stats", statistics_fields),
    "replication": ("Replication", replication_fields),
    "cpu": ("CPU", processor_fields),
    "modules": ("Modules", module_fields),
    "commandstats": ("Commandstats", command_fields),
    "errorstats": ("Errorstats", error_fields),
    "latencystats": ("Latencystats", latency_fields),
    "cluster": ("Cluster", cluster_fields),
    "keyspace": ("Keyspace", keyspace_fields),
}
