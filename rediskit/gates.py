"""The gates a request passes before it is run, in the order in which Redis has them.

A gate looks at a request (client, command, arguments) and gives the text of the error to refuse it
with, or None. Each belongs to a bit; where the bit is set neither with the client nor for all
clients, the gate is not asked, and where no bit is set, nobody comes here.
"""

from rediskit import errors
from rediskit.clients.bits import (
    IN_TRANSACTION,
    MONITORING,
    NOT_AUTHENTICATED,
    RESTRICTED,
    SUBSCRIBED,
)
from rediskit.grammar.command import (
    ALLOW_BUSY,
    DENYOOM,
    LOADING,
    MAY_REPLICATE,
    NO_AUTH,
    NO_MULTI,
    READ,
    RUNS_QUEUE,
    WHILE_SUBSCRIBED,
    WRITE,
)
from rediskit.keyspace.eviction import FAILED
from rediskit.users.selector import CHANNEL_DENIED, COMMAND_DENIED, KEY_DENIED

# Bits of the gates that all clients have to pass.
IS_LOADING = 1 << 16
SAVE_FAILED = 1 << 17  # stop-writes-on-bgsave-error
MEMORY_LIMITED = 1 << 18  # maxmemory
CALLS_WATCHED = 1 << 19  # no gate: somebody is told of each call before it is run
IS_BUSY = 1 << 20  # a script takes long

ENDING_TRANSACTION = (b"exec", b"discard", b"quit", b"reset")

# As C integers.
_RESTRICTED = RESTRICTED
_TOUCHING = READ | WRITE | MAY_REPLICATE
_FAILED = FAILED

EXEC_REASONS = {
    COMMAND_DENIED: errors.EXEC_NO_COMMAND,
    KEY_DENIED: errors.EXEC_NO_KEY,
    CHANNEL_DENIED: errors.EXEC_NO_CHANNEL,
}


def flags_of(client, command, arguments):
    """The flags that a gate has to look at: EXEC has those of all that it will run."""
    if command.flags & RUNS_QUEUE:
        return command.flags | client.queue_flags
    return command.flags_for(client, arguments)


class Gates:
    """The gates of one server.

    bits: of the gates that are closed for all clients, such as MEMORY_LIMITED; a client has its
    own. eviction: what makes room for those who may need memory. acl_log: where denials go.
    """

    def __init__(self, eviction, acl_log):
        self.bits = 0
        self.busy_reason = None
        self._eviction = eviction
        self._acl_log = acl_log
        self._gates = (
            (NOT_AUTHENTICATED, self.authentication),
            (IN_TRANSACTION, self.transaction),
            (RESTRICTED, self.permission),
            (MEMORY_LIMITED, self.memory_limit),
            (SAVE_FAILED, self.save_failed),
            (SUBSCRIBED, self.subscription),
            (MONITORING, self.no_monitor),
            (IS_LOADING, self.loading),
            (IS_BUSY, self.busy),
        )

    def close(self, bit):
        """Has the requests of all clients pass a gate."""
        self.bits |= bit

    def open(self, bit):
        """Has requests pass a gate only where it is closed for their client."""
        self.bits &= ~bit

    def is_closed(self, bit):
        """Whether the requests of all clients have to pass a gate."""
        return self.bits & bit != 0

    def refusal(self, client, command, arguments, bits):
        """Why a client may not run a command now, None if it may. `bits`: the gates to pass."""
        if bits == _RESTRICTED:  # what a user who is not all-powerful passes every time
            return self.permission(client, command, arguments)
        for bit, gate in self._gates:
            if bits & bit:
                reason = gate(client, command, arguments)
                if reason is not None:
                    return reason
        return None

    def authentication(self, client, command, arguments):
        """The client must have shown a password."""
        return None if command.flags & NO_AUTH else errors.NO_AUTHENTICATION

    def transaction(self, client, command, arguments):
        """Some commands may not be queued."""
        return errors.IN_TRANSACTION if command.flags & NO_MULTI else None

    def memory_limit(self, client, command, arguments):
        """What may need memory is refused if there is too little, and evicting does not help."""
        if self._eviction.make_room() == _FAILED and may_need_memory(client, command, arguments):
            return errors.OUT_OF_MEMORY
        return None

    def save_failed(self, client, command, arguments):
        """What cannot be saved is not to be changed, and PING shall tell who watches over us."""
        if flags_of(client, command, arguments) & WRITE or command.name == b"ping":
            return errors.SNAPSHOT_FAILING
        return None

    def subscription(self, client, command, arguments):
        """Who subscribes in RESP2 may do little else: its replies would look like messages."""
        if client.protocol > 2 or command.flags & WHILE_SUBSCRIBED:
            return None
        return errors.only_subscribed(command.name)

    def no_monitor(self, client, command, arguments):
        """A monitor, which is a kind of replica to Redis, must leave the keys alone."""
        return errors.REPLICA_KEYSPACE if flags_of(client, command, arguments) & _TOUCHING else None

    def loading(self, client, command, arguments):
        """There are no data yet."""
        return None if command.flags & LOADING else errors.LOADING

    def busy(self, client, command, arguments):
        """A script takes long: little can be done until it ends, or is ended."""
        return None if command.flags & ALLOW_BUSY else self.busy_reason

    # What a client's user may do

    def permission(self, client, command, arguments):
        """The client's user must be allowed to run it, with these keys and channels."""
        reason = self.denied(client, command, arguments)
        if reason is None:
            return None
        if reason == COMMAND_DENIED:
            return errors.no_permission_command(client.user.name, command.name)
        return errors.NO_PERMISSION_KEY if reason == KEY_DENIED else errors.NO_PERMISSION_CHANNEL

    def permission_at_exec(self, client, command, arguments):
        """As permission, for a request that was permitted when it was queued."""
        reason = self.denied(client, command, arguments)
        return None if reason is None else errors.exec_no_permission(EXEC_REASONS[reason])

    def denied(self, client, command, arguments):
        """Why a client's user may not run a request, None if it may; what is denied is recorded."""
        denial = client.user.denial(command, arguments)
        if denial is None:
            return None
        reason, position = denial
        what = command.name if reason == COMMAND_DENIED else arguments[position]
        self._acl_log.add(reason, client.acl_context, what, client.user.name, client)
        return reason


def may_need_memory(client, command, arguments):
    """Whether a request may need memory; to queue one in a transaction does in any case."""
    if flags_of(client, command, arguments) & DENYOOM:
        return True
    return client.queue is not None and command.name not in ENDING_TRANSACTION
