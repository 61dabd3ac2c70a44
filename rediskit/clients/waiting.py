"""Clients that wait for keys to change: first come, first served.

A waiting client is parked in the queue of each of its keys. A change of a key makes its queue
ready; after the command that made the change, the dispatcher runs the commands of that queue's
clients again, the longest waiting first. Those whose time is up are told so by the dispatcher,
too, before the loop sleeps. While nobody waits this costs nothing: the observer of the keyspace is
there only as long as somebody does.
"""


class Parked:
    """A client that waits, the command to run again, and the timers for that and for the end."""

    __slots__ = ("client", "command", "arguments", "wait", "names", "timer", "retry")

    def __init__(self, client, command, arguments, wait):
        self.client = client
        self.command = command
        self.arguments = arguments if wait.arguments is None else wait.arguments
        self.wait = wait
        number = client.database.number
        self.names = [(number, key) for key in wait.keys]
        self.timer = None
        self.retry = None


class Waiting:
    """The queues of waiting clients by (database number, key).

    ready: names of keys whose clients are to be tried again, in the order they changed.
    timed_out: clients whose time is up.
    """

    def __init__(self, keyspace, loop):
        self.keyspace = keyspace
        self.loop = loop
        self.queues = {}
        self.ready = {}
        self.timed_out = []
        self.count = 0

    def __len__(self):
        return self.count

    def park(self, client, command, arguments, wait):
        """Has a client wait for the keys of `wait`."""
        parked = Parked(client, command, arguments, wait)
        for name in parked.names:
            self.queues.setdefault(name, {})[client] = parked
        if wait.timeout_ms > 0:
            parked.timer = self.loop.call_later(
                wait.timeout_ms, lambda: self.timed_out.append(parked)
            )
        self.retry_later(parked, wait)
        client.waiting = parked
        client.blocked = True
        self.count += 1
        self.observe_while_needed()

    def observe_while_needed(self):
        """Observes the keyspace as long as anybody waits."""
        self.keyspace.observe_while(self.count > 0, self.observe, self.observe_all)

    def retry_later(self, parked, wait):
        """Has a command run again in a while if its Wait says so, whether or not a key changes."""
        if parked.retry is not None:
            parked.retry.cancel()
            parked.retry = None
        if wait.retry_ms is not None:
            name = parked.names[0]
            parked.retry = self.loop.call_later(wait.retry_ms, lambda: self.ready.setdefault(name))

    def observe(self, database, key, event):
        """Notes that a key has changed."""
        name = (database.number, key)
        if name in self.queues:
            self.ready[name] = None

    def observe_all(self, database, event):
        """Notes that all keys of a database may have changed."""
        for name in self.queues:
            if name[0] == database.number:
                self.ready[name] = None

    def take_ready(self):
        """The parked clients of all keys that are ready, until there are none."""
        while self.ready:
            name = next(iter(self.ready))
            del self.ready[name]
            for parked in list(self.queues.get(name, {}).values()):
                if self.is_worth_a_try(parked, *name):
                    yield parked

    def take_timed_out(self):
        """The parked clients that still wait although their time is up, until there are none."""
        while self.timed_out:
            parked = self.timed_out.pop(0)
            if parked.client.waiting is parked:
                yield parked

    def is_worth_a_try(self, parked, number, key):
        """Whether a client still waits, and a key of a database is as its command wants it."""
        if parked.client.waiting is not parked or parked.client.closing:
            return False
        wait = parked.wait
        if wait.datatype is None or wait.minds_loss:
            return True
        return type(self.keyspace.databases[number].peek_value(key)) is wait.datatype

    def count_keys_that_must_stay(self):
        """How many keys somebody waits for who is told when the key goes."""
        return sum(
            any(parked.wait.minds_loss for parked in queue.values())
            for queue in self.queues.values()
        )

    def leave(self, parked):
        """Takes a client out of all its queues."""
        for name in parked.names:
            queue = self.queues.get(name)
            if queue is not None and queue.pop(parked.client, None) is not None and not queue:
                del self.queues[name]
        for timer in (parked.timer, parked.retry):
            if timer is not None:
                timer.cancel()
        parked.client.waiting = None
        parked.client.blocked = False
        self.count -= 1
        self.observe_while_needed()
