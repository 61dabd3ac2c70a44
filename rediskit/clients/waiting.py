"""Clients that wait for keys to change: first come, first served.

A waiting client is parked in the queue of each of its keys. A change of a key makes its queue
ready; after the command that made the change, the dispatcher runs the commands of that queue's
clients again, the longest waiting first. While nobody waits this costs nothing: the observer of
the keyspace is there only as long as somebody does.
"""


class Parked:
    """A client that waits, the command to run again, and the timer that ends it."""

    __slots__ = ("client", "command", "arguments", "wait", "names", "timer")

    def __init__(self, client, command, arguments, wait):
        self.client = client
        self.command = command
        self.arguments = arguments
        self.wait = wait
        number = client.database.number
        self.names = [(number, key) for key in wait.keys]
        self.timer = None


class Waiting:
    """The queues of waiting clients by (database number, key).

    ready: names of keys whose clients are to be tried again, in the order they changed.
    """

    def __init__(self, keyspace, server):
        self.keyspace = keyspace
        self.server = server
        self.queues = {}
        self.ready = {}
        self.count = 0

    def __len__(self):
        return self.count

    def park(self, client, command, arguments, wait):
        """Has a client wait for the keys of `wait`."""
        parked = Parked(client, command, arguments, wait)
        for name in parked.names:
            self.queues.setdefault(name, {})[client] = parked
        if wait.timeout_ms > 0:
            parked.timer = self.server.loop.call_later(
                wait.timeout_ms, lambda: self.server.dispatcher.stop_waiting(client)
            )
        client.waiting = parked
        client.blocked = True
        if not self.count:
            self.keyspace.observers.append(self.observe)
            self.keyspace.database_observers.append(self.observe_all)
        self.count += 1

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

    def is_worth_a_try(self, parked, number, key):
        """Whether a client still waits, and a key of a database holds what it waits for."""
        if parked.client.waiting is not parked or parked.client.closing:
            return False
        datatype = parked.wait.datatype
        return datatype is None or type(self.keyspace.databases[number].peek_value(key)) is datatype

    def leave(self, parked):
        """Takes a client out of all its queues."""
        for name in parked.names:
            queue = self.queues.get(name)
            if queue is not None and queue.pop(parked.client, None) is not None and not queue:
                del self.queues[name]
        if parked.timer is not None:
            parked.timer.cancel()
        parked.client.waiting = None
        parked.client.blocked = False
        self.count -= 1
        if not self.count:
            self.keyspace.observers.remove(self.observe)
            self.keyspace.database_observers.remove(self.observe_all)

    def finish(self, parked, value):
        """Ends a wait with a reply, and goes on with the client's requests."""
        client = parked.client
        self.leave(parked)
        client.reply(value)
        client.send_deferred()
        client.go_on()
