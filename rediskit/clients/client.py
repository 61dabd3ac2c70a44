"""One conversation with the server, whoever has it: a connection, an embedding program, a test.

A client has no socket: replies go to its output buffer, and its connection, if it has one, sends
them. What a conversation remembers is here: its database, its protocol version, its user.
"""

from rediskit.clients.bits import IN_TRANSACTION, NOT_AUTHENTICATED, RESTRICTED
from rediskit.clients.description import describe
from rediskit.clients.kinds import NORMAL, REPLICA, SCRIPT
from rediskit.protocol.replies import QUEUED, Pushes, begin, encode, open_array
from rediskit.structures.buffer import Buffer

_REPLICA = REPLICA  # as a C integer

# What happens to its replies (CLIENT REPLY).
REPLY_ON = 0
REPLY_OFF = 1
REPLY_SKIP_NEXT = 2  # the reply of the command after this one
REPLY_SKIP = 3  # the reply of this command
_REPLY_ON = REPLY_ON  # as a C integer

REDACTED = b"(redacted)"

# Beyond so many bytes the replies of a transaction are held against the client's output limit.
LARGE_REPLY = 64 * 1024


class NoConnection:
    """The connection of a client that has none: nothing arrives, and nobody takes what is said.

    There is one, NO_CONNECTION.
    """

    fd = -1
    events = 0

    def queue_output(self):
        """Does nothing: output stays where it is."""

    resume = close_soon = follow_kind = queue_output

    def stream(self, source, output):
        """Makes all of a reply at once."""
        while source.encode_more(output, LARGE_REPLY):
            continue

    def memory(self):
        """Bytes that it takes."""
        return 0

    unparsed = parsed = announced = memory


NO_CONNECTION = NoConnection()


class Client:
    """The state of one conversation.

    id: a number no other client of this server has or had. kind: one of clients.kinds, see
    become(). connection: a network's Connection, or NO_CONNECTION. protocol: 2 or 3. gates: bits of
    clients.bits. may_wait: whether a command may make it wait, which needs a connection of its own
    and no transaction. blocked: its requests have to wait. waiting: what it waits for, or None.
    postponed: a request that a pause has put aside, or None. call: the innermost call of its own
    that is being run, or None. created, last_interaction: seconds since 1970. is_trusted: it has
    shown a password, or came when there was none. authenticated: it may run commands. user: a
    users.user.User.

    queue: the requests of an open transaction, a list, or None. queue_flags: those of all their
    commands. queue_bytes: what their words take. queue_failed: one was refused. watched: (database
    number, key) of each key that is watched, a list, or None. watch_failed: one of them changed.

    subscriptions: the names of channels or patterns by their Topic, {topic: {name: None}}, or None.
    deferred: pushes that wait for the end of the reply before them, or None. streaming: such a
    reply is made as its reader takes it.
    tracker: what it wants of CLIENT TRACKING, a tracking.Tracker, or None.
    """

    def __init__(self, server, number, database, user, kind=NORMAL):
        self.server = server
        self.id = number
        self.kind = kind
        self.database = database
        self.address = ""
        self.local_address = ""
        self.output = Buffer()
        self.connection = NO_CONNECTION
        self.created = self.last_interaction = server.clock.seconds
        self.last_command = None
        self.blocked = False
        self.close_after_reply = False
        self.closing = False
        self.waiting = None
        self.postponed = None
        self.call = None
        self.watched = None
        self.subscriptions = None
        self.deferred = None
        self.streaming = False
        self.tracker = None
        self.library_name = b""
        self.library_version = b""
        self.capabilities = b""
        self.start_over()
        self.enter(user, False)

    def start_over(self):
        """Sets back what RESET sets back, but for the database and the user."""
        self.protocol = 2
        self.name = b""
        self.gates = 0
        self.reply_mode = REPLY_ON
        self.no_evict = False
        self.fieldsets = None
        self.end_transaction()

    def become(self, kind):
        """Becomes a client of another kind, with the limits of those."""
        self.kind = kind
        self.may_wait = kind <= _REPLICA and self.queue is None
        self.connection.follow_kind()

    def begin_transaction(self):
        """Has requests queued from now on."""
        self.queue = []
        self.may_wait = False
        self.gates |= IN_TRANSACTION

    def end_transaction(self):
        """Forgets an open transaction, and that it was to fail."""
        self.queue = None
        self.may_wait = self.kind <= _REPLICA
        self.queue_flags = 0
        self.queue_bytes = 0
        self.queue_failed = False
        self.watch_failed = False
        self.gates &= ~IN_TRANSACTION

    def enqueue(self, command, arguments):
        """Puts a request into the open transaction, if that has not failed already."""
        self.last_command = command
        if not self.queue_failed and not self.watch_failed:
            self.queue.append(arguments)
            self.queue_flags |= command.flags_for(self, arguments)
            self.queue_bytes += sum(map(len, arguments))
        return QUEUED

    def enter(self, user, needs_password):
        """Becomes the default user, who is trusted at once if there is no password."""
        self.user = user
        self.is_trusted = not needs_password
        self.need_password(needs_password)
        self.follow_user()

    def trust(self, user):
        """Becomes a user whose password it has shown."""
        self.user = user
        self.is_trusted = True
        self.need_password(True)
        self.follow_user()

    def follow_user(self):
        """To be called when the rules of its user have changed."""
        if self.user.is_restricted:
            self.gates |= RESTRICTED
        else:
            self.gates &= ~RESTRICTED

    def need_password(self, needed):
        """Says whether a client that is not trusted has to authenticate."""
        self.authenticated = self.is_trusted or not needed
        if self.authenticated:
            self.gates &= ~NOT_AUTHENTICATED
        else:
            self.gates |= NOT_AUTHENTICATED

    def __str__(self):
        return describe(self)

    @property
    def acl_context(self):
        """Where its requests come from, as ACL LOG calls it."""
        if self.kind == SCRIPT:
            return b"lua"
        return b"toplevel" if self.queue is None else b"multi"

    @property
    def is_local(self):
        """Whether it comes from this machine: over the loopback, a Unix socket, or from within."""
        return not self.address or self.address.startswith(("127.", "[::1]:", "/"))

    def redact(self, *positions):
        """Blots out words of the request that is being run, the name's position being 0.

        Whoever looks at the request when it has been run (logs, monitors) does not see them.
        """
        for position in positions:
            if position < len(self.call.arguments):
                self.call.arguments[position] = REDACTED

    def rewrite(self, *arguments):
        """Has the running command handed to logs and replicas as this request instead of its own.

        Each call adds one more request. Integers among its words are spelled out. Where nobody
        is handed anything, nothing is kept.
        """
        if not self.database.keyspace.changes.takers:
            return
        if self.call.rewritten is None:
            self.call.rewritten = []
        words = [b"%d" % word if type(word) is int else word for word in arguments]
        self.call.rewritten.append(words)

    def reply(self, value):
        """Encodes the reply to a request, unless the client wants none."""
        if self.reply_mode != _REPLY_ON:
            if self.reply_mode == REPLY_SKIP_NEXT:
                self.reply_mode = REPLY_SKIP
            elif self.reply_mode == REPLY_SKIP:
                self.reply_mode = REPLY_ON
            if type(value) is not Pushes:
                return
        source = begin(self.output, value, self.protocol)
        if source is not None:
            self.stream(source)

    def stream(self, source):
        """Has the rest of a reply made as its reader takes it: see protocol/streaming.py."""
        self.connection.stream(source, self.output)

    def open_replies(self, count):
        """Begins the reply of EXEC, whose `count` replies follow by reply_within()."""
        if self.reply_mode == REPLY_ON:
            open_array(self.output, count)

    def reply_within(self, value):
        """Encodes one of the replies that EXEC's is made of, unless the client wants none.

        CLIENT REPLY SKIP among them means the request after EXEC.
        """
        wants = self.reply_mode == REPLY_ON or self.reply_mode == REPLY_SKIP_NEXT
        if self.closing or not (wants or type(value) is Pushes):
            return
        if self.streaming:
            self.connection.follow_up(value)
            return
        source = begin(self.output, value, self.protocol)
        if source is not None:
            self.stream(source)
        if self.output.length > LARGE_REPLY:
            self.connection.queue_output()  # which looks at the limit

    def push(self, message):
        """Sends a push, encoded in the client's protocol.

        It never comes into the middle of a reply, nor before the reply to the request that caused
        it.
        """
        if self.closing:
            return
        if self.call is not None or self.streaming:
            if self.deferred is None:
                self.deferred = Buffer()
            self.deferred.append(message)
            return
        self.output.append(message)
        self.connection.queue_output()

    def send_deferred(self):
        """Sends the pushes that were put off, if their time has come."""
        if self.deferred is not None and not self.streaming:
            message = self.deferred.slice(0, self.deferred.length)
            self.deferred = None
            self.push(message)

    def subscribed_to(self, topic):
        """The channels or patterns of one kind that it subscribes to, a list."""
        return [] if self.subscriptions is None else list(self.subscriptions.get(topic, ()))

    def subscription_count(self, topic):
        """How many channels or patterns of one kind it subscribes to."""
        return 0 if self.subscriptions is None else len(self.subscriptions.get(topic, ()))

    def write(self, value):
        """Encodes something that is no reply to a request of this client's."""
        encode(self.output, value, self.protocol)

    def send(self, value):
        """As write(), outside of the client's own request: sees to it that it is sent."""
        encode(self.output, value, self.protocol)
        self.connection.queue_output()

    def go_on(self):
        """Has its output sent, and the requests served that waited while it was blocked."""
        self.connection.queue_output()
        self.connection.resume()

    def close_soon(self):
        """Ends the conversation before the loop sleeps, without sending what is left."""
        self.connection.close_soon()
