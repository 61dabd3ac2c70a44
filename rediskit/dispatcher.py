"""The one path of every command, whoever gives it: look up, gates, run, propagate, wake.

    request()   one request of a conversation; the reply goes to the client's output
    execute()   the same for a program: returns the value or raises CommandError

A command returns its value, or a Wait, with which its client is parked until one of the keys
changes; the command is then run again. While the server is paused, requests are put aside with
their clients and begin anew when the pause is over. Within MULTI requests are queued; EXEC has
them run, and what they write is propagated as one unit.
"""

from rediskit import errors
from rediskit.clients.client import (
    MONITORING,
    REPLICA,
    REPLY_ON,
    RESTRICTED,
    TRACKING,
    UNTOUCHING,
)
from rediskit.clients.monitoring import monitor_line
from rediskit.clients.tracking import Tracking
from rediskit.clients.waiting import Waiting
from rediskit.clients.watching import Watching
from rediskit.errors import CommandError
from rediskit.gates import CALLS_WATCHED, flags_of, permission_at_exec, refusal
from rediskit.grammar.command import (
    ADMIN,
    FAST,
    MAY_REPLICATE,
    PUBSUB,
    READ,
    RUNS_QUEUE,
    SKIP_MONITOR,
    UNQUEUED,
    WRITE,
    Wait,
    find_command,
)
from rediskit.logfile import log_mistake
from rediskit.protocol.replies import SILENCE, materialised
from rediskit.structures.native import call, monotonic_us, quick_us

# As C integers, so that testing a flag costs nothing.
_WRITE = WRITE
_MAY_REPLICATE = MAY_REPLICATE
_RUNS_QUEUE = RUNS_QUEUE
_UNQUEUED = UNQUEUED
_UNTOUCHING = UNTOUCHING
_RESTRICTED = RESTRICTED
_REPLICA = REPLICA
_TRACKING = TRACKING
_CALLS_WATCHED = CALLS_WATCHED
_WATCHED = UNTOUCHING | TRACKING | CALLS_WATCHED
_GATED = ~(UNTOUCHING | TRACKING | CALLS_WATCHED)  # the bits that gates look at
_NOT_MONITORED = ADMIN | SKIP_MONITOR

NEVER_SLOW_US = (1 << 63) - 1
LONG_PAUSE_MS = 1000  # a pause that is shorter ends to the millisecond
MOST_ERROR_CODES = 128  # errorstats stops taking new codes there, as Redis does


class Dispatcher:
    """Runs commands on a server's keyspace.

    gates: why requests of all clients need a closer look before they are run (bits as in
    `rediskit.gates`); a client has its own.  paused: whether requests are put aside (CLIENT PAUSE),
    only those that write if pauses_only_writes.  errors: how many error replies there were by code.
    slow_us: a call that takes as long is noted in the slow log or by the latency monitor.
    monitors: clients that are shown every call.  refused: the error for the last request that was
    not run.
    """

    def __init__(self, server, keyspace):
        self.server = server
        self.keyspace = keyspace
        self.waiting = Waiting(keyspace, server)
        self.watching = Watching(keyspace)
        self.gates = 0
        self.paused = False
        self.pauses_only_writes = False
        self.paused_until_ms = 0
        self.postponed = {}
        self.current = None
        self.refused = None
        self.in_transaction = False
        self.values = None
        self.before_call = None
        self.now_us = 0
        self.slow_us = NEVER_SLOW_US
        self.monitors = []
        self.tracking = Tracking(keyspace, server.clients)
        self.reset_statistics()

    def reset_statistics(self):
        """Sets the counters that INFO shows back to 0."""
        self.commands_processed = 0
        self.error_replies = 0
        self.errors = {}

    def begin(self):
        """To be called before a series of requests: their times are counted from here.

        Within a series, a command's time begins where the one before ended, which saves half of
        the looks at the clock; what lies between them, parsing and encoding, is well below 1 us.
        """
        self.now_us = monotonic_us()

    def request(self, client, arguments):
        """Serves one request of a conversation: its reply is encoded into the client's output."""
        try:
            command = self.look_up(client, arguments)
            if command is None:
                self.count_error(self.refused)
                client.reply(self.refused)
                return
            if self.paused and self.is_paused_for(client, command):
                self.postpone(client, command, arguments)
                return
            if client.queue is not None and not command.flags & _UNQUEUED:
                value = client.enqueue(command, arguments)
            else:
                client.last_command = command
                value = self.run(client, command, arguments)
            if type(value) is Wait:
                if client.may_wait:
                    self.waiting.park(client, command, arguments, value)
                    return
                value = self.fall_back(client, command, arguments, value)
        except CommandError as error:
            self.count_error(error)
            value = error
        except Exception as mistake:
            value = self.failure(mistake)
        client.reply(value)
        if client.deferred is not None:
            client.send_deferred()
        if self.waiting.ready:
            self.serve_waiting()

    def execute(self, client, arguments):
        """Runs one command and returns its value, without waiting. Raises CommandError."""
        self.begin()
        try:
            command = self.look_up(client, arguments)
            if command is None:
                refused, self.refused = self.refused, None  # it shall gather no tracebacks
                raise refused
            if client.queue is not None and not command.flags & _UNQUEUED:
                return client.enqueue(command, arguments)
            self.values = []
            client.last_command = command
            value = self.run(client, command, arguments)
        except CommandError as error:
            self.count_error(error)
            raise
        finally:
            self.values = None
        if type(value) is Wait:
            value = self.fall_back(client, command, arguments, value)
        client.send_deferred()
        if self.waiting.ready:
            self.serve_waiting()
        return value

    def look_up(self, client, arguments):
        """The command that a request names, or None if it may not be run now: see `refused`.

        An error that were raised would take several times as long, and who is refused may ask a
        million times a second.
        """
        command = find_command(arguments)
        reason = None
        if command is None:
            reason = self.unknown(arguments)
        elif not command.accepts(len(arguments)):
            reason = errors.wrong_arity(command.name)
        elif (client.gates | self.gates) & _GATED:
            client.last_command = command
            reason = refusal(client, command, arguments, client.gates | self.gates)
        if reason is None:
            return command
        self.refuse(client, command, arguments, reason)
        return None

    def refuse(self, client, command, arguments, reason):
        """Keeps the error for a request that is not run; an open transaction fails by it.

        Who floods us is refused for the same reason as before: then the error is there already.
        """
        client.last_command = command
        client.queue_failed = client.queue is not None
        if client.tracker is not None:
            client.tracker.end_request(client, command)
        if command is not None:
            command.rejected_calls += 1
            if command.flags & _RUNS_QUEUE:
                self.discard(client)
                reason = errors.exec_abort(reason.removeprefix("ERR "))
                if self.monitors:  # They have seen MULTI.
                    self.show(client, command, arguments)
        if self.refused is None or self.refused.text != reason:
            self.refused = CommandError(reason)
        self.now_us = quick_us()

    def unknown(self, arguments):
        """The error text for a request that names no command."""
        container = find_command(arguments[:1])
        if container is not None and container.is_container:
            return errors.unknown_subcommand(arguments[1], container.name.upper())
        return errors.unknown_command(arguments[0], arguments[1:])

    def run(self, client, command, arguments):
        """Calls a command's function, keeps its statistics, and hands on what it changed."""
        dirty = self.keyspace.dirty
        self.current = command
        client.arguments = arguments
        try:
            if (client.gates | self.gates) & _WATCHED:
                value = self.run_watched(client, command, arguments)
            else:
                value = call(command.function, client, arguments, command.words)
        except BaseException:
            command.failed_calls += 1
            self.count_call(client, command, arguments)
            self.finish_run(client, command, arguments, dirty)
            raise
        if type(value) is not Wait:
            self.count_call(client, command, arguments)
        self.finish_run(client, command, arguments, dirty)
        return value

    def finish_run(self, client, command, arguments, dirty):
        """Shows a call to the monitors, and hands on what it changed, if it did."""
        if self.monitors:
            self.show(client, command, arguments)
        if self.keyspace.feeds:
            self.propagate(client, arguments, self.keyspace.dirty != dirty)
        client.rewritten = None
        client.arguments = None

    def propagate(self, client, arguments, has_changed):
        """Hands a request, or what it asked for instead, to the log and the replicas."""
        keyspace = self.keyspace
        if client.rewritten is not None:
            for request in client.rewritten:
                keyspace.propagate(client.database, request)
        elif has_changed:
            keyspace.propagate(client.database, arguments)
        if not self.in_transaction:
            keyspace.end_unit(has_changed or client.rewritten is not None)

    def count_call(self, client, command, arguments):
        """Counts a call that ends now; one that begins to wait counts when its wait is over."""
        start_us = self.now_us
        self.now_us = quick_us()
        self.count(client, command, arguments, self.now_us - start_us)

    def count(self, client, command, arguments, microseconds):
        """Counts a call that took so long."""
        self.commands_processed += 1
        command.record(microseconds)
        if microseconds >= self.slow_us:
            self.note_slow(client, command, arguments, microseconds)

    def note_slow(self, client, command, arguments, microseconds):
        """Has a call noted that is slow to the slow log, to the latency monitor, or to both."""
        self.server.slowlog.note(client, command, arguments, microseconds)
        event = "fast-command" if command.flags & FAST else "command"
        self.server.latency.note(event, microseconds // 1000)

    def fall_back(self, client, command, arguments, wait):
        """The value of a command that would wait but may not."""
        self.count_call(client, command, arguments)
        return wait.fallback

    def run_watched(self, client, command, arguments):
        """Runs a command under CLIENT TRACKING or NO-TOUCH, or that somebody is told of before."""
        if self.before_call is not None:
            self.before_call(client, command, arguments)
        tracking = self.tracking
        outer = tracking.running
        tracking.running = client if client.gates & _TRACKING else None
        try:
            if client.gates & _UNTOUCHING:
                return self.run_untouching(client, command, arguments)
            return call(command.function, client, arguments, command.words)
        finally:
            tracking.running = outer
            tracker = client.tracker
            if tracker is not None:
                if command.flags & (READ | PUBSUB) == READ and tracker.remembers():
                    tracking.remember(client, command, arguments)
                if outer is None:
                    tracker.end_request(client, command)

    def watch_calls(self, before_call):
        """Has before_call(client, command, arguments) called before each call; None: no longer."""
        self.before_call = before_call
        if before_call is None:
            self.gates &= ~_CALLS_WATCHED
        else:
            self.gates |= _CALLS_WATCHED

    def run_untouching(self, client, command, arguments):
        """Runs a command for a client under CLIENT NO-TOUCH: it leaves no trace of accesses."""
        table = client.database.table
        table.leaves_access = command.name != b"touch" or self.keyspace.leaves_access
        try:
            return call(command.function, client, arguments, command.words)
        finally:
            table.leaves_access = self.keyspace.leaves_access

    def count_error(self, error):
        """Counts an error reply under its code."""
        self.error_replies += 1
        if error.code in self.errors or len(self.errors) < MOST_ERROR_CODES:
            self.errors[error.code] = self.errors.get(error.code, 0) + 1

    def failure(self, mistake):
        """The reply where a command failed in a way that is our mistake; the log has the rest."""
        log_mistake(self.server.log, "Command failed", mistake)
        error = CommandError(errors.INTERNAL_ERROR)
        self.count_error(error)
        return error

    # Transactions

    def run_queue(self, client):
        """Runs the requests of a client's transaction, for EXEC.

        Each reply is encoded when its request has been run: it may be a view of what the next one
        changes. For a program, which called execute(), the values are returned as a list.
        """
        requests, values, begin_us = client.queue, self.values, self.now_us
        command, arguments = self.current, client.arguments
        self.watching.forget(client)
        if values is None:
            client.open_replies(len(requests))
        self.in_transaction = True
        try:
            for request in requests:
                value = self.run_queued(client, request)
                if values is None:
                    client.reply_within(value)
                else:
                    values.append(materialised(value))
        finally:
            self.in_transaction = False
            client.end_transaction()
            # What it wrote has been propagated; its time is that of all of them.
            client.rewritten = []
            client.arguments, self.current, self.now_us = arguments, command, begin_us
        return SILENCE if values is None else values

    def run_queued(self, client, arguments):
        """Runs one request of a transaction; its value or CommandError."""
        command = find_command(arguments)
        try:
            if client.gates & _RESTRICTED:
                reason = permission_at_exec(client, command, arguments)
                if reason is not None:
                    raise CommandError(reason)
            value = self.run(client, command, arguments)
        except CommandError as error:
            self.count_error(error)
            return error
        except Exception as mistake:
            return self.failure(mistake)
        if type(value) is Wait:
            return self.fall_back(client, command, arguments, value)
        return value

    def discard(self, client):
        """Ends a client's transaction without running it, and has it watch nothing."""
        client.end_transaction()
        self.watching.forget(client)

    # Monitors

    def begin_monitoring(self, client):
        """Shows a client every call from now on."""
        client.gates |= MONITORING
        self.monitors.append(client)

    def end_monitoring(self, client):
        """Shows a client no calls any more."""
        if client.gates & MONITORING:
            client.gates &= ~MONITORING
            self.monitors.remove(client)

    def show(self, client, command, arguments):
        """Shows a call to the monitors; one that has waited was shown when it began to."""
        if command.flags & _NOT_MONITORED or client.waiting is not None:
            return
        line = monitor_line(client, arguments, self.keyspace.clock.exact_us())
        for monitor in self.monitors:
            if monitor.reply_mode == REPLY_ON:
                monitor.push(line)

    # Waiting clients

    def serve_waiting(self):
        """Runs the commands of waiting clients again whose keys have changed, in their order."""
        for parked in self.waiting.take_ready():
            client = parked.client
            self.begin()
            try:
                self.permit_again(client, parked.command, parked.arguments)
                value = self.run(client, parked.command, parked.arguments)
            except CommandError as error:
                self.count_error(error)
                value = error
            except Exception as mistake:
                value = self.failure(mistake)
            if type(value) is not Wait:
                self.waiting.finish(parked, value)

    def permit_again(self, client, command, arguments):
        """Raises CommandError if a client may no longer do what it waits for."""
        bits = (client.gates | self.gates) & _GATED
        if bits:
            reason = refusal(client, command, arguments, bits)
            if reason is not None:
                command.rejected_calls += 1
                raise CommandError(reason)

    def stop_waiting(self, client, error=None):
        """Ends a client's wait with what its command replies then, or with a CommandError."""
        parked = client.waiting
        value = parked.wait.fallback
        self.count(client, parked.command, parked.arguments, 0)
        if error is not None:
            parked.command.failed_calls += 1
            self.count_error(error)
            value = error
        self.waiting.finish(parked, value)

    # Pause

    def pause(self, until_ms, only_writes):
        """Puts requests aside up to a moment; an earlier pause is never shortened or softened."""
        self.paused_until_ms = max(self.paused_until_ms, until_ms)
        self.pauses_only_writes = only_writes and (not self.paused or self.pauses_only_writes)
        self.paused = True
        self.keyspace.frozen = True
        left_ms = self.paused_until_ms - self.server.clock.now_ms
        if left_ms < LONG_PAUSE_MS:
            self.server.loop.call_later(left_ms, self.end_pause)

    def end_pause(self):
        """Ends the pause if its time is up; the server looks ten times a second, too."""
        if self.paused and self.server.clock.now_ms >= self.paused_until_ms:
            self.unpause()

    def unpause(self):
        """Ends the pause; what was put aside is served in this turn of the loop, but not here."""
        self.paused = False
        self.paused_until_ms = 0
        self.pauses_only_writes = False
        self.keyspace.frozen = False
        if self.postponed:
            self.server.loop.call_later(0, self.serve_postponed)

    def serve_postponed(self):
        """Has the requests that were put aside begin anew, in their order."""
        for client, arguments in list(self.postponed.items()):
            del self.postponed[client]
            if client.closing:
                continue
            client.blocked = False
            self.begin()
            self.request(client, arguments)
            client.go_on()

    def is_paused_for(self, client, command):
        """Whether a pause keeps this command from being run now."""
        if client.kind >= _REPLICA or client.gates & MONITORING:
            return False
        if not self.pauses_only_writes:
            return True
        return flags_of(client, command) & (_WRITE | _MAY_REPLICATE) != 0

    def postpone(self, client, command, arguments):
        """Puts a request and its client aside until the pause is over."""
        client.blocked = True
        client.last_command = command
        self.postponed[client] = arguments

    def forget(self, client):
        """Lets go of a client whose connection is closed, whatever it waited for."""
        if client.waiting is not None:
            self.waiting.leave(client.waiting)
        self.postponed.pop(client, None)
        self.withdraw(client)

    def withdraw(self, client):
        """Takes a client out of all it takes part in: a transaction, monitoring, tracking."""
        self.discard(client)
        self.end_monitoring(client)
        self.server.subscriptions.forget(client)
        self.tracking.stop(client)
