"""The composition root: builds the parts of one server, wires them to each other, runs the loop.

A Server without listen() is a datastore in a program: `client()` gives a conversation whose
commands `execute` runs. With run() it serves sockets until it is told to shut down.
"""

import contextlib
import os
import signal
import time
from functools import partial

import rediskit.commands
from rediskit import errors
from rediskit.clients.monitoring import SlowCalls, SlowLog
from rediskit.clients.notifications import Notifications
from rediskit.clients.registry import Clients
from rediskit.clients.subscriptions import Subscriptions
from rediskit.clock import Clock
from rediskit.config.configuration import Configuration
from rediskit.config.kinds import ConfigError
from rediskit.dispatcher import Dispatcher
from rediskit.eventloop import EventLoop
from rediskit.gates import MEMORY_LIMITED, Gates
from rediskit.grammar.command_table import CommandTable
from rediskit.keyspace.eviction import Eviction
from rediskit.keyspace.keyspace import Keyspace
from rediskit.latency import LatencyMonitor
from rediskit.logfile import NOTHING, Log, log_mistake
from rediskit.network import connections as networking
from rediskit.network.listeners import ListenError
from rediskit.network.peers import Peers
from rediskit.operations import daemon
from rediskit.operations.process import Guest
from rediskit.operations.statistics import Statistics
from rediskit.persistence.children import Children
from rediskit.persistence.loads import Loads
from rediskit.persistence.snapshots import Snapshots
from rediskit.replication.transfers import Transfers
from rediskit.scripting.functions import Functions
from rediskit.scripting.lua import why_not
from rediskit.scripting.runner import Runner
from rediskit.scripting.scripts import Scripts
from rediskit.structures import memory
from rediskit.users.registry import Users

CRON_INTERVAL_MS = 100
SLOW_CRON_INTERVAL_MS = 1000
# Between two looks for keys that are due, while there are deadlines: no sooner, and no later.
SHORTEST_EXPIRY_MS = 10
LONGEST_EXPIRY_MS = 50
PAUSE_MS = 1  # between two slices of freeing


class Server:
    """One server: its configuration, clock, loop, keyspace, dispatcher, network and clients.

    A context manager: close() gives all back; a server that is dropped gives back its descriptors
    quietly. Where a program does not run the loop, deadlines, lazy freeing and, if asked for, save
    points are looked after when commands are executed.

    clients: by their ids. statistics: what INFO shows beside the counters of the parts. account:
    counts its memory; its loop and execute() make it current. random_seed: any integer, with which
    what is drawn at random (SPOP, RANDOMKEY, eviction) is the same each time.
    """

    def __init__(self, config=None, log=None, process=None, random_seed=None):
        self.account = memory.Account(random_seed)
        with memory.within(self.account):
            self._build(config, log, process)

    def _build(self, config, log, process):
        self.config = config or Configuration()
        self.log = log or Log(NOTHING)
        self.process = process or Guest()
        self.clock = Clock()
        self.started_us = self.clock.now_us
        self.run_id = os.urandom(20).hex()
        self.replication_id = os.urandom(20).hex()
        self.loop = EventLoop(self.clock, self._report)
        self.keyspace = Keyspace(self.clock, self.config["databases"])
        self.subscriptions = Subscriptions()
        self.notifications = Notifications(self.keyspace, self.subscriptions)
        self.users = Users(self.config, self.clock, self.log)
        self.clients = Clients(self, self.keyspace.databases, self.users, self.subscriptions)
        self.slowlog = SlowLog(self.clock)
        self.latency = LatencyMonitor(self.clock)
        self.eviction = Eviction(
            self.keyspace,
            lambda go_on: self.loop.call_later(0, go_on),
            lambda: self.network.client_memory.exempt_bytes(),
            self.latency,
        )
        self.commands = CommandTable()
        self.dispatcher = Dispatcher(
            self.commands,
            self.keyspace,
            self.loop,
            self.clients.connected,
            self.subscriptions,
            Gates(self.eviction, self.users.acl_log),
            SlowCalls(self.slowlog, self.latency),
            self.log,
        )
        self.tracking = self.dispatcher.tracking
        self.network = networking.Network(
            self.loop,
            self.dispatcher,
            self.clock,
            self.config,
            self.log,
            lambda connection: self.clients.connect(),
            self._client_closed,
            lambda: not self.users.default.needs_no_password,
        )
        self.scripts = Scripts(Runner(self), self.config)
        self.functions = Functions(self.scripts.runner, self.config)
        self.statistics = Statistics(self)
        self._make_persistence()
        self.transfers = Transfers(self.snapshots, self.children, self.log)
        self.peers = Peers()
        self.exit_code = 0
        self.cron_paused = False
        self.shutdown_signal = 0
        self._expiry_timer = None
        self._free_timer = None
        self.is_closed = False
        self._follow_config()
        self._follow_users()
        self._start_timers()

    def _make_persistence(self):
        keyspace, config, clock, log = self.keyspace, self.config, self.clock, self.log
        gates = self.dispatcher.gates
        self.children = children = Children(
            keyspace, self.loop, clock, log, self.latency, self.dispatcher.watch_calls
        )
        children.forked.append(partial(keyspace.leave_access, True))
        children.ended.append(partial(keyspace.leave_access, False))
        children.in_child.append(lambda job: self.process.begin_child(job.kind.processors))
        loads = Loads(keyspace, config, self.loop, clock, log, gates, self.functions)
        self.snapshots = Snapshots(
            keyspace, config, clock, log, children, loads, gates, self.process.notify
        )

    # Clients

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        # As a file that is dropped: quietly, and what is gone already need not be closed. An
        # instance that could not be built has nothing to give back.
        if hasattr(self, "is_closed"):
            with contextlib.suppress(OSError):
                self._close()

    def close(self):
        """Gives back all that the server holds: descriptors, timers, children, data.

        Nothing is saved. May be called again; commands raise ValueError from now on.
        """
        if self.is_closed:
            return
        self._close()
        with memory.within(self.account):
            self.keyspace.flush(self.keyspace.databases, False)
        self.execute = _closed  # instead of a question in each call

    def _close(self):
        """Gives back what is not memory, and what is to be freed anyway."""
        if self.is_closed:
            return
        self.is_closed = True
        with memory.within(self.account):
            self.children.stop()
            self.network.close()
            self.peers.close()
            self.loop.close()
            self.keyspace.lazily_freed.clear()

    def client(self):
        """A conversation without a connection, for programs and tests; the caller's to keep."""
        with memory.within(self.account):
            return self.clients.embed()

    def execute(self, client, *arguments):
        """Runs one command, its words as bytes, and returns its value. Raises CommandError."""
        before = memory.enter(self.account)
        try:
            if self.clock.tick():
                self._tend()
            return self.dispatcher.execute(client, list(arguments))
        finally:
            memory.enter(before)

    def _tend(self):
        """Does what the loop would have done by now, if it ran; from time to time."""
        self.clock.tended_us = self.clock.now_us
        if not self.loop.is_running:
            self.loop.run_timers()
            self.keyspace.free_some()
            self.children.poll()

    def _client_closed(self, client):
        self.clients.remove(client)
        self.dispatcher.forget(client)
        self.transfers.forget(client)

    # Users

    def _follow_users(self):
        self.users.observers.append(self.clients)
        self.config.on_change("requirepass", self.users.set_password)
        self.config.describe("user", self.users.lines)
        self.users.begin()

    # Configuration

    def _follow_config(self):
        config = self.config
        config.follow("latency-tracking", partial(setattr, self.commands, "tracks_latency"))
        for part in (
            self.keyspace,
            self.eviction,
            self.notifications,
            self.tracking,
            self.dispatcher.slow_calls,
        ):
            part.follow(config)
        self._follow_memory_limit()
        config.each_declared("rename-command", self._rename_command)

    def _rename_command(self, name, new_name):
        try:
            self.commands.rename(name, new_name)
        except KeyError:
            raise ConfigError(errors.RENAME_UNKNOWN) from None
        except ValueError:
            raise ConfigError(errors.RENAME_TAKEN) from None

    def _follow_memory_limit(self):
        config = self.config
        self._limit_memory(config["maxmemory"])
        config.on_change("maxmemory", self._change_memory_limit)
        config.follow("maxmemory-clients", self._limit_client_memory)

    def _limit_memory(self, limit_bytes):
        self.eviction.limit = limit_bytes
        if limit_bytes:
            self.dispatcher.gates.close(MEMORY_LIMITED)
        else:
            self.dispatcher.gates.open(MEMORY_LIMITED)
        self._limit_client_memory(self.config["maxmemory-clients"])

    def _limit_client_memory(self, limit_bytes):
        """Sets what clients may take; a percentage of maxmemory is negative."""
        if limit_bytes < 0:
            limit_bytes = self.eviction.limit * -limit_bytes // 100
        self.network.limit_client_memory(limit_bytes)

    def _change_memory_limit(self, limit_bytes):
        """Has what is above a new limit evicted, in slices, and says so."""
        self._limit_memory(limit_bytes)
        if limit_bytes and self.eviction.missing() > 0:
            used_bytes = self.account.used() - self.network.client_memory.exempt_bytes()
            self.log.warning(
                f"WARNING: the new maxmemory value set via CONFIG SET ({limit_bytes}) is smaller "
                f"than the current memory usage ({used_bytes}). "
                "This will result in key eviction and/or the inability to accept new write "
                "commands depending on the maxmemory-policy."
            )
            self.eviction.go_on_later()

    def reset_statistics(self):
        """What CONFIG RESETSTAT does."""
        self.commands.reset_statistics()
        self.keyspace.reset_statistics()
        self.users.acl_log.reset_counts()
        self.dispatcher.reset_statistics()
        self.slowlog.reset_statistics()
        self.network.reset_statistics()
        self.eviction.reset_statistics()
        self.snapshots.reset_statistics()
        self.children.reset_statistics()
        self.statistics.reset()
        self.scripts.evicted = 0

    # Regular work

    def _start_timers(self):
        self.loop.before_sleep += [
            self.dispatcher.serve_pending,
            self._free_soon,
            self.network.serve_unfinished,
            self.tracking.broadcast,
            self.network.flush,
        ]
        self.loop.call_every(CRON_INTERVAL_MS, self.cron)
        self.loop.call_every(SLOW_CRON_INTERVAL_MS, self.slow_cron)

    def cron(self):
        """What is to be done ten times a second."""
        self.clock.tended_us = self.clock.now_us
        if self.cron_paused:
            return
        if self.shutdown_signal:
            self._shut_down_on_signal()
        self.keyspace.tick_access()
        self.statistics.sample()
        self.network.sweep()
        self.dispatcher.pause.end_if_over()
        self.tracking.forget_some()
        self.snapshots.cron()
        self.children.cron()
        if self._expiry_timer is None:
            self._expire()

    def slow_cron(self):
        """What is to be done once a second."""
        self.transfers.cron()
        self.peers.drop_idle()

    def _expire(self):
        """Expires keys and plans when to do so again; a burst in slices, clients in between."""
        self._expiry_timer = None
        spent_us = self.keyspace.expired_time_us
        more = self.keyspace.expire_cycle()
        self.latency.note("expire-cycle", (self.keyspace.expired_time_us - spent_us) // 1000)
        first = self.keyspace.first_deadline()
        if first >= 0:
            left_ms = first - self.clock.now_ms
            delay_ms = 0 if more else min(max(left_ms, SHORTEST_EXPIRY_MS), LONGEST_EXPIRY_MS)
            self._expiry_timer = self.loop.call_later(delay_ms, self._expire)

    def _free_soon(self):
        """Plans to free what is to be freed lazily, in slices, with clients in between."""
        if self.keyspace.lazily_freed and self._free_timer is None:
            self._free_timer = self.loop.call_later(PAUSE_MS, self._free)

    def _free(self):
        self._free_timer = None
        self.keyspace.free_some()

    def _report(self, source, error):
        """Logs a mistake of ours that a part of the loop ran into."""
        log_mistake(self.log, f"Failure in {source!r}", error)

    # Running

    def run(self):
        """Listens, serves until shut down, and returns the exit code."""
        with memory.within(self.account):
            return self._run()

    def _run(self):
        try:
            self.network.listen()
        except ListenError as error:
            self.log.warning(str(error))
            return 1
        reason = why_not()
        if reason is not None:
            self.log.warning(f"Scripts and functions are off: {reason}")
        self.snapshots.start(self._loaded)
        self.loop.run()
        self.network.close()
        return self.exit_code

    def _loaded(self, succeeded):
        """The data are there, or cannot be read: then nobody is served, and the log ends there."""
        if succeeded:
            for kind in self.listening_kinds():
                self.log.notice(f"Ready to accept connections {kind}")
            self.process.ready()
            return
        self.exit_code = 1
        self.process.remove_pid_file()
        self.loop.stop()

    @property
    def is_loading(self):
        """Whether the data are being read, and clients have to wait."""
        return self.snapshots.loads.is_loading

    def listening_kinds(self):
        """What is listened on, in the order of the log: "tcp", "unix", "tls"."""
        kinds = []
        if self.config["port"]:
            kinds.append("tcp")
        if self.config["unixsocket"]:
            kinds.append("unix")
        if self.config["tls-port"]:
            kinds.append("tls")
        return kinds

    def _shut_down_on_signal(self):
        """Does what a signal asked for, as the directives shutdown-on-sigint, -sigterm say."""
        name = signal.Signals(self.shutdown_signal).name
        options = self.config[f"shutdown-on-{name.lower()}"]
        save = True if "save" in options else (False if "nosave" in options else None)
        if not self.shut_down(save, "force" in options):
            self.shutdown_signal = 0
            self.log.warning(daemon.SIGTERM_FAILED)

    def shut_down(self, save=None, is_forced=False):
        """Ends run() after this turn of the loop; whether it does.

        save: whether the data must be saved first; None is for as the directive `save` says. If
        that fails the server goes on, unless `is_forced`.
        """
        self.log.notice(daemon.SHUTDOWN_REQUESTED)
        self.process.notify("STOPPING=1")
        if not self.snapshots.save_at_end(save):
            if not is_forced:
                self.log.warning(daemon.SAVING_FAILED)
                self.log.warning(daemon.SHUTDOWN_FAILED)
                self.process.notify("STATUS=" + daemon.SAVING_FAILED)
                return False
            self.log.warning(daemon.SAVING_FAILED_ANYWAY)
        self.process.remove_pid_file()
        self.loop.stop()
        return True

    def abort_shutdown(self):
        """Takes back a shutdown that a signal asked for; whether there was one."""
        if not self.shutdown_signal:
            return False
        self.shutdown_signal = 0
        self.log.notice(daemon.SHUTDOWN_ABORTED)
        return True

    @property
    def uptime_seconds(self):
        """For how long the server has been there."""
        return int(time.time() - self.started_us / 1e6)


def _closed(*_):
    """What execute() is when the server is closed."""
    raise ValueError("the server is closed")


assert rediskit.commands.__doc__  # imported for filling the command table
