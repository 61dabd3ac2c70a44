"""The one path of every command, whoever gives it: look up, gates, run, propagate, wake.

    request()   one request of a conversation; the reply goes to the client's output
    execute()   the same for a program: returns the value or raises CommandError

A command returns its value, or a Wait, with which its client is parked until one of the keys
changes; the command is then run again. While the server is paused, requests are put aside with
their clients and begin anew when the pause is over. Within MULTI requests are queued; EXEC has
them run as calls within its own call, and all that an outer call changes is propagated as one unit.
"""

from rediskit import errors
from rediskit.clients.bits import RESTRICTED, TRACKING, UNTOUCHING
from rediskit.clients.calls import Call
from rediskit.clients.kinds import PROGRAM
from rediskit.clients.monitoring import Monitors
from rediskit.clients.pause import Pause
from rediskit.clients.tracking import Tracking
from rediskit.clients.waiting import Waiting
from rediskit.clients.watching import Watching
from rediskit.errors import CommandError
from rediskit.gates import CALLS_WATCHED, flags_of
from rediskit.grammar.command import (
    PUBSUB,
    READ,
    RUNS_QUEUE,
    RUNS_SCRIPT,
    UNQUEUED,
    Wait,
)
from rediskit.logfile import log_mistake
from rediskit.protocol.replies import SILENCE, materialised
from rediskit.structures.native import call as call_function
from rediskit.structures.native import monotonic_us, quick_us

# As C integers, so that testing a flag costs nothing.
_RUNS_QUEUE = RUNS_QUEUE
_UNQUEUED = UNQUEUED
_UNTOUCHING = UNTOUCHING
_RESTRICTED = RESTRICTED
_TRACKING = TRACKING
_CALLS_WATCHED = CALLS_WATCHED
_WATCHED = UNTOUCHING | TRACKING | CALLS_WATCHED
_GATED = ~(UNTOUCHING | TRACKING | CALLS_WATCHED)  # the bits that gates look at

MOST_ERROR_CODES = 128  # errorstats stops taking new codes there, as Redis does


class Calls:
    """The calls of one server. depth: how many are being run, one within the other.

    Every command passes here: it is in this file so that the compiler can put it where it is used.
    """

    def __init__(self):
        self.depth = 0
        self.first = Call(None)
        self.inner = []

    def enter(self, client, command, arguments, start_us):
        """A call begins; returns its record."""
        call = self.first if self.depth == 0 else self._inner_record()
        self.depth += 1
        if call.client is not client:
            call.client = client
        if call.command is not command:
            call.command = command
        call.arguments = arguments
        call.start_us = start_us
        client.call = call
        return call

    def leave(self, call, client):
        """The innermost call, whose record `call` is, a client's, has ended."""
        self.depth -= 1
        outer = call.outer
        if outer is None or outer.client is not client:
            client.call = None
        else:
            client.call = outer
        call.arguments = None
        if call.rewritten is not None:
            call.rewritten = None

    def _inner_record(self):
        """The record of a call within the innermost one."""
        if self.depth > len(self.inner):
            self.inner.append(Call(self.running))
        return self.inner[self.depth - 1]

    @property
    def running(self):
        """The innermost of the calls that are being run, or None."""
        if self.depth < 2:
            return self.first if self.depth else None
        return self.inner[self.depth - 2]

    @property
    def origin(self):
        """The client whose request all that is being run goes back to, or None."""
        return self.first.client if self.depth else None


class Dispatcher:
    """Runs the commands of a server's CommandTable on its keyspace.

    calls: what is being run.  gates: what a request has to pass, a gates.Gates.  waiting, watching,
    pause, monitors, tracking: see there.  errors: how many error replies there were by code.
    slow_calls: who is told of a call that took long.  refused: the error for the last request that
    was not run.
    """

    def __init__(self, commands, keyspace, loop, clients, subscriptions, gates, slow_calls, log):
        self.commands = commands
        self.keyspace = keyspace
        self.changes = keyspace.changes
        self.subscriptions = subscriptions
        self.slow_calls = slow_calls
        self.log = log
        self.gates = gates
        self.calls = Calls()
        self.waiting = Waiting(keyspace, loop)
        self.watching = Watching(keyspace)
        self.pause = Pause(keyspace, loop)
        self.monitors = Monitors(keyspace.clock)
        self.tracking = Tracking(keyspace, clients, self.calls)
        self.refused = None
        self.before_call = None
        self.now_us = 0
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

    def prepare(self, client, requests):
        """Has memory fetched that several requests will read, before the first of them is served.

        Waiting for it all at once is quicker. What looks like a key need not be one: then it is
        fetched in vain. If all may be about one container, it has their members fetched.
        """
        table = client.database.table
        table.fetch_words(requests, 1)
        first = requests[0]
        if len(requests) < 2 or len(first) < 3:
            return
        second = requests[1]
        if len(second) > 2 and first[1] == second[1]:
            container = table.peek(first[1])
            if hasattr(container, "fetch_ahead"):
                container.fetch_ahead(requests)

    def request(self, client, arguments):
        """Serves one request of a conversation: its reply is encoded into the client's output."""
        try:
            command = self.look_up(client, arguments)
            if command is None:
                self.count_error(self.refused)
                client.reply(self.refused)
                return
            if self.pause.is_on and self.pause.holds_back(
                client, flags_of(client, command, arguments)
            ):
                client.last_command = command
                self.pause.postpone(client, arguments)
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
            client.last_command = command
            value = self.run(client, command, arguments)
        except CommandError as error:
            self.count_error(error)
            raise
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
        command = self.commands.find(arguments)
        reason = None
        if command is None:
            reason = self.unknown(arguments)
        elif not command.accepts(len(arguments)):
            reason = errors.wrong_arity(command.name)
        elif (client.gates | self.gates.bits) & _GATED:
            client.last_command = command
            reason = self.gates.refusal(client, command, arguments, client.gates | self.gates.bits)
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
            self.commands.count_rejected(command)
            if command.flags & _RUNS_QUEUE:
                self.discard(client)
                reason = errors.exec_abort(reason.removeprefix("ERR "))
                if self.monitors.clients:  # They have seen MULTI.
                    self.monitors.show(client, command, arguments)
        if self.refused is None or self.refused.text != reason:
            self.refused = CommandError(reason)
        self.now_us = quick_us()

    def unknown(self, arguments):
        """The error text for a request that names no command."""
        container = self.commands.find(arguments[:1])
        if container is not None and container.is_container:
            return errors.unknown_subcommand(arguments[1], container.name.upper())
        return errors.unknown_command(arguments[0], arguments[1:])

    def run(self, client, command, arguments):
        """Calls a command's function, keeps its statistics, and propagates what it changed."""
        dirty = self.keyspace.dirty
        call = self.calls.enter(client, command, arguments, self.now_us)
        self.changes.is_open = True
        try:
            if len(arguments) > command.room:
                raise CommandError(errors.wrong_arity(command.name))
            if (client.gates | self.gates.bits) & _WATCHED:
                value = self.run_watched(client, command, arguments)
            else:
                value = call_function(command.function, client, arguments, command.words)
        except BaseException:
            self.commands.count_failed(command)
            self.count_call(client, command, arguments, call.start_us)
            self.finish(call, client, dirty)
            raise
        if type(value) is not Wait:
            self.count_call(client, command, arguments, call.start_us)
        self.finish(call, client, dirty)
        return value

    def finish(self, call, client, dirty):
        """Shows a call to the monitors, and propagates what it changed, if it did."""
        if self.monitors.clients:
            self.monitors.show(client, call.command, call.arguments)
        if self.changes.takers:
            self.propagate(call, self.keyspace.dirty != dirty)
        if self.calls.depth == 1:
            self.changes.is_open = False
        self.calls.leave(call, client)

    def propagate(self, call, has_changed):
        """Adds a request, or what it asked for instead, to the unit, which an outer call ends."""
        number = call.client.database.number
        if call.rewritten is not None:
            for request in call.rewritten:
                self.changes.add(number, request)
        elif has_changed:
            self.changes.add(number, call.arguments)
        if call.outer is None:
            self.changes.end(has_changed or call.rewritten is not None)

    def count_call(self, client, command, arguments, start_us):
        """Counts a call that ends now; one that begins to wait counts when its wait is over."""
        self.now_us = quick_us()
        self.count(client, command, arguments, self.now_us - start_us)

    def count(self, client, command, arguments, microseconds):
        """Counts a call that took so long."""
        self.commands_processed += 1
        self.commands.count_call(command, microseconds)
        if microseconds >= self.slow_calls.limit_us:
            self.slow_calls.note(client, command, arguments, microseconds)

    def fall_back(self, client, command, arguments, wait):
        """The value of a command that would wait but may not."""
        self.count_call(client, command, arguments, self.now_us)
        return wait.fallback

    def run_watched(self, client, command, arguments):
        """Runs a command under CLIENT TRACKING or NO-TOUCH, or that somebody is told of before."""
        if self.before_call is not None:
            self.before_call(client, command, arguments)
        try:
            if client.gates & _UNTOUCHING:
                return self.run_untouching(client, command, arguments)
            return call_function(command.function, client, arguments, command.words)
        finally:
            tracker = client.tracker
            if tracker is not None:
                if command.flags & (READ | PUBSUB | RUNS_SCRIPT) == READ and tracker.remembers():
                    self.tracking.remember(client, command, arguments)
                if self.calls.running.outer is None:
                    tracker.end_request(client, command)

    def watch_calls(self, before_call):
        """Has before_call(client, command, arguments) called before each call; None: no longer."""
        self.before_call = before_call
        if before_call is None:
            self.gates.open(_CALLS_WATCHED)
        else:
            self.gates.close(_CALLS_WATCHED)

    def run_untouching(self, client, command, arguments):
        """Runs a command for a client under CLIENT NO-TOUCH: it leaves no trace of accesses."""
        table = client.database.table
        table.leaves_access = command.name != b"touch" or self.keyspace.leaves_access
        try:
            return call_function(command.function, client, arguments, command.words)
        finally:
            table.leaves_access = self.keyspace.leaves_access

    def count_error(self, error):
        """Counts an error reply under its code, unless it was counted within a script."""
        if error.is_counted:
            return
        self.error_replies += 1
        if error.code in self.errors or len(self.errors) < MOST_ERROR_CODES:
            self.errors[error.code] = self.errors.get(error.code, 0) + 1

    def failure(self, mistake):
        """The reply where a command failed in a way that is our mistake; the log has the rest."""
        log_mistake(self.log, "Command failed", mistake)
        error = CommandError(errors.INTERNAL_ERROR)
        self.count_error(error)
        return error

    # Transactions

    def run_queue(self, client):
        """Runs the requests of a client's transaction within the call of EXEC; returns its reply.

        Each reply is encoded when its request has been run: it may be a view of what the next one
        changes. A program gets the values as a list.
        """
        requests, call = client.queue, self.calls.running
        values = [] if client.kind == PROGRAM else None
        self.watching.forget(client)
        if values is None:
            client.open_replies(len(requests))
        try:
            for request in requests:
                value = self.run_queued(client, request)
                if values is None:
                    client.reply_within(value)
                else:
                    values.append(materialised(value))
        finally:
            client.end_transaction()
            call.rewritten = []  # What it wrote is in the unit; EXEC itself is no part of it.
        return SILENCE if values is None else values

    def run_queued(self, client, arguments):
        """Runs one request of a transaction; its value or CommandError."""
        command = self.commands.find(arguments)
        try:
            if client.gates & _RESTRICTED:
                reason = self.gates.permission_at_exec(client, command, arguments)
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

    # Waiting clients

    def serve_pending(self):
        """Serves those whose wait or pause is over: to be called before the loop sleeps."""
        if self.pause.released:
            self.serve_released()
        if self.waiting.timed_out:
            for parked in self.waiting.take_timed_out():
                self.stop_waiting(parked.client)
        if self.waiting.ready:
            self.serve_waiting()

    def serve_released(self):
        """Has the requests that a pause put aside begin anew, in their order."""
        for client, arguments in self.pause.take_released():
            if client.closing:
                continue
            self.begin()
            self.request(client, arguments)
            client.go_on()

    def serve_waiting(self):
        """Runs the commands of waiting clients again whose keys have changed, in their order.

        Not in the midst of a script that takes long: they are served when it has ended.
        """
        if self.calls.running is not None:
            return
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
                self.end_wait(parked, value)
            else:
                self.waiting.retry_later(parked, value)

    def permit_again(self, client, command, arguments):
        """Raises CommandError if a client may no longer do what it waits for."""
        bits = (client.gates | self.gates.bits) & _GATED
        if bits:
            reason = self.gates.refusal(client, command, arguments, bits)
            if reason is not None:
                self.commands.count_rejected(command)
                raise CommandError(reason)

    def stop_waiting(self, client, error=None):
        """Ends a client's wait with what its command replies then, or with a CommandError."""
        parked = client.waiting
        value = parked.wait.fallback
        self.count(client, parked.command, parked.arguments, 0)
        if error is not None:
            self.commands.count_failed(parked.command)
            self.count_error(error)
            value = error
        self.end_wait(parked, value)

    def end_wait(self, parked, value):
        """Ends a wait with a reply, and goes on with the client's requests."""
        client = parked.client
        self.waiting.leave(parked)
        client.reply(value)
        client.send_deferred()
        client.go_on()

    # Who goes

    def forget(self, client):
        """Lets go of a client whose connection is closed, whatever it waited for."""
        if client.waiting is not None:
            self.waiting.leave(client.waiting)
        self.pause.forget(client)
        self.withdraw(client)

    def withdraw(self, client):
        """Takes a client out of all it takes part in: a transaction, monitoring, tracking."""
        self.discard(client)
        self.monitors.end(client)
        self.subscriptions.forget(client)
        self.tracking.stop(client)
