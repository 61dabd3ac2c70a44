"""What a running script may do: the server's side of redis.call, and the end of scripts that hang.

A script is a client of its own kind. What it calls is an inner call of the one that runs it, so it
is counted, shown, propagated and tracked as any other; but it passes other gates: it may not wait,
nest, or do what its flags do not tell.

When a script has taken longer than busy-reply-threshold, the loop serves other clients in the midst
of it. They are told that the server is busy, unless they ask for the script to be killed.
"""

from rediskit import errors
from rediskit.clients.bits import RESTRICTED, TRACKING, UNTOUCHING
from rediskit.clients.client import Client
from rediskit.clients.kinds import SCRIPT
from rediskit.errors import CommandError
from rediskit.eventloop import READ
from rediskit.gates import IS_BUSY, MEMORY_LIMITED, SAVE_FAILED
from rediskit.grammar.command import DENYOOM, MAY_REPLICATE, NOSCRIPT, WRITE, Wait
from rediskit.scripting.host import Host
from rediskit.scripting.shebang import (
    ALLOW_OOM,
    COMPATIBLE,
    NO_WRITES,
    function_flags,
)
from rediskit.users.selector import COMMAND_DENIED, KEY_DENIED

READ_ONLY = 1 << 16  # beside the flags of a script: it was run by a command for reading

# As C integers.
_NOSCRIPT = NOSCRIPT
_WRITE = WRITE
_MAY_REPLICATE = MAY_REPLICATE
_DENYOOM = DENYOOM
_RESTRICTED = RESTRICTED
_TRACKING = TRACKING
_UNTOUCHING = UNTOUCHING
_CALLERS_GATES = RESTRICTED | TRACKING | UNTOUCHING
_READ_ONLY = READ_ONLY | NO_WRITES
_ALLOW_OOM = ALLOW_OOM
_MEMORY_LIMITED = MEMORY_LIMITED
_SAVE_FAILED = SAVE_FAILED

REPLICATE_NONE, REPLICATE_ALL = 0, 3

DENIALS = {
    COMMAND_DENIED: errors.SCRIPT_NO_COMMAND,
    KEY_DENIED: errors.SCRIPT_NO_KEY,
}


class Runner(Host):
    """Runs commands for the scripts of one server, one script at a time.

    client: the one that the commands are those of. caller: who runs the script, or None. script:
    what is run, which has a `name` (bytes), or None. allows_all: commands that are not for scripts
    are allowed, too (for tests). has_written: it has called a command that
    writes. registered: functions of a library that is being loaded. is_killed: it is to end.
    """

    def __init__(self, server):
        self.client = Client(server, 0, server.keyspace.databases[0], server.users.default, SCRIPT)
        self.dispatcher = server.dispatcher
        self.keyspace = server.keyspace
        self.commands = server.commands
        self.gates = server.dispatcher.gates
        self.loop = server.loop
        self.eviction = server.eviction
        self.network = server.network
        self.log_file = server.log
        self.clock = server.clock
        self.was_signalled = lambda: server.shutdown_signal != 0
        self.caller = None
        self.script = None
        self.registered = None
        self.is_killed = False
        self.is_slow = False
        self.allows_all = False

    # A script begins and ends

    def begin(self, caller, script, flags, is_read_only):
        """A script is about to be run. Raises CommandError if it may not."""
        self.is_out_of_memory = False
        if self.gates.bits & (_MEMORY_LIMITED | _SAVE_FAILED):
            self.is_out_of_memory = self.eviction.limit > 0 and self.eviction.missing() > 0
            self.permit(flags, is_read_only)
        elif is_read_only and not flags & (COMPATIBLE | NO_WRITES):
            raise CommandError(errors.SCRIPT_WRITE_READ_ONLY_COMMAND)
        client = self.client
        client.id = caller.id
        client.address = caller.address
        client.name = caller.name
        client.database = caller.database
        client.user = caller.user
        client.tracker = caller.tracker
        client.gates = caller.gates & _CALLERS_GATES
        self.caller = caller
        self.script = script
        self.flags = flags | READ_ONLY if is_read_only else flags
        self.targets = REPLICATE_ALL
        self.has_written = False
        self.started_ms = self.clock.now_ms
        self.clock.is_frozen = True
        if self.dispatcher.monitors.clients:
            self.dispatcher.monitors.announce(caller, caller.call.arguments)

    @property
    def words(self):
        """The request that runs the script, a list of bytes."""
        return list(self.caller.call.arguments)

    def permit(self, flags, is_read_only):
        """Raises CommandError if a script that tells its flags may not be run now."""
        if flags & COMPATIBLE:
            return
        if not flags & NO_WRITES:
            if is_read_only:
                raise CommandError(errors.SCRIPT_WRITE_READ_ONLY_COMMAND)
            if self.gates.bits & _SAVE_FAILED:
                raise CommandError(errors.SNAPSHOT_FAILING)
        if self.is_out_of_memory and not flags & (ALLOW_OOM | NO_WRITES):
            raise CommandError(errors.SCRIPT_OUT_OF_MEMORY)

    def end(self):
        """The script has ended, well or not."""
        self.clock.is_frozen = False
        if self.caller.call is not None:
            self.caller.call.rewritten = []  # What it called is in the unit; it is no part of it.
        if self.is_slow:
            self.end_slow()
        self.is_killed = False
        self.caller = None
        self.script = None
        self.client.tracker = None

    # What it calls

    def call(self, words):
        """Runs a command of the script's; returns its value. Raises CommandError."""
        command = self.commands.find(words)
        if command is None or command.function is None:
            self.refuse(None, errors.SCRIPT_UNKNOWN_COMMAND)
        if not command.accepts(len(words)):
            self.refuse(command, errors.SCRIPT_ARITY)
        if command.flags & _NOSCRIPT and not self.allows_all:
            self.refuse(command, errors.SCRIPT_COMMAND_DENIED)
        if self.client.gates & _RESTRICTED:
            reason = self.gates.denied(self.client, command, words)
            if reason is not None:
                self.refuse(command, DENIALS.get(reason, errors.SCRIPT_NO_CHANNEL))
        if command.flags & (_WRITE | _MAY_REPLICATE):
            self.check_write(command)
        if self.is_out_of_memory and command.flags & _DENYOOM:
            self.check_memory(command)
        if command.flags & _WRITE:
            self.has_written = True
        self.client.protocol = 3 if self.speaks_3 else 2
        return self.run(command, words)

    def refuse(self, command, reason):
        """Counts a call that is not made, and raises CommandError."""
        if command is not None:
            self.commands.count_rejected(command)
        error = CommandError(reason)
        self.dispatcher.count_error(error)
        self.has_counted = True
        raise error

    def run(self, command, words):
        """Runs a command that is permitted. What goes wrong has been counted."""
        client = self.client
        client.last_command = command
        takers = None
        if self.targets == REPLICATE_NONE and self.keyspace.changes.takers:
            takers = list(self.keyspace.changes.takers)
            self.keyspace.changes.takers.clear()
        try:
            value = self.dispatcher.run(client, command, words)
        except CommandError as error:
            self.dispatcher.count_error(error)
            self.has_counted = True
            raise
        except Exception as mistake:
            self.has_counted = True
            raise self.dispatcher.failure(mistake) from mistake
        finally:
            if takers is not None:
                self.keyspace.changes.takers.extend(takers)
        if type(value) is Wait:
            return self.dispatcher.fall_back(client, command, words, value)
        return value

    def check_write(self, command):
        """Raises CommandError if the script may not write."""
        if self.flags & _READ_ONLY:
            self.refuse(command, errors.SCRIPT_READ_ONLY)
        if self.gates.bits & _SAVE_FAILED and command.flags & _WRITE:
            self.refuse(command, errors.SNAPSHOT_FAILING)

    def check_memory(self, command):
        """Raises CommandError if what may need memory comes first: a script is not cut in two."""
        if not self.has_written and not self.flags & _ALLOW_OOM:
            self.refuse(command, errors.OUT_OF_MEMORY)

    def permits(self, words):
        """Whether the user who runs the script may call a command. Raises CommandError."""
        self.has_counted = False
        command = self.commands.find(words)
        if command is None:
            raise CommandError(errors.SCRIPT_CHECK_INVALID)
        if not command.accepts(len(words)):
            return True
        return self.client.user.denial(command, words) is None

    def log(self, level, message):
        """Writes a line to the server's log."""
        write = (
            self.log_file.debug,
            self.log_file.verbose,
            self.log_file.notice,
            self.log_file.warning,
        )
        write[level](message.decode("utf-8", "replace"))

    def replicate(self, targets):
        """Has what follows propagated to none, if `targets` is 0; the rest goes to all."""
        self.targets = targets

    def register(self, name, function, flags, description):
        """Takes a function of the library that is being loaded."""
        self.has_counted = False
        if self.registered is None:
            raise CommandError(errors.REGISTERED_LATE)
        self.registered.add(name, function, function_flags(flags), description)

    # A script that takes long

    def is_to_stop(self):
        """Serves other clients for a moment; whether the script is to end."""
        if self.script is None:
            return True  # a library that takes its time to load
        if not self.is_slow:
            self.begin_slow()
        self.network.serve_unfinished()
        self.loop.look()
        if self.loop.is_stopping or self.was_signalled():
            return True
        self.network.flush()
        return self.is_killed

    def begin_slow(self):
        """From now on the server is busy."""
        self.is_slow = True
        passed_ms = self.clock.exact_us() // 1000 - self.started_ms
        self.log_file.warning(
            f"Slow script detected: still in execution after {passed_ms} milliseconds. You can try"
            f" killing the script using the {self.script.killer} command. Script name is:"
            f" {self.script.name.decode('utf-8', 'replace')}."
        )
        self.gates.busy_reason = errors.busy_script(self.script.killer)
        self.gates.close(IS_BUSY)
        self.caller.blocked = True
        connection = self.caller.connection
        if connection.fd >= 0:
            self.loop.modify(connection, connection.events & ~READ)

    def end_slow(self):
        """The server is free again."""
        self.is_slow = False
        self.gates.open(IS_BUSY)
        self.caller.blocked = False
        connection = self.caller.connection
        if connection.fd >= 0:  # it may have been closed meanwhile
            self.loop.modify(connection, connection.events | READ)

    def kill(self, killer):
        """Has the running script end, for SCRIPT KILL or FUNCTION KILL. Raises CommandError."""
        if self.script is None:
            raise CommandError(errors.NOT_BUSY)
        if self.has_written:
            raise CommandError(errors.UNKILLABLE)
        if self.script.killer != killer:
            raise CommandError(errors.busy_script(self.script.killer))
        self.is_killed = True
