"""WATCH: who watches which keys, and whose transaction has failed before it began.

What is remembered of a watched key is whether it was there when WATCH was called; a key whose
deadline had passed was not. So a key that was there fails the transaction when it expires or is
flushed, and one that was not does so when it appears. A client whose transaction has failed
watches nothing any more. While nobody watches this costs nothing: the observers of the keyspace
are there only as long as somebody does.
"""


class Watching:
    """The watched keys of all clients: for each database {key: {client: whether it was there}}."""

    def __init__(self, keyspace):
        self.keyspace = keyspace
        self.keys = [{} for _ in keyspace.databases]
        self.count = 0

    def __len__(self):
        """How many clients watch something."""
        return self.count

    def key_count(self):
        """How many keys are watched."""
        return sum(map(len, self.keys))

    def watch(self, client, key):
        """Has a client's next transaction fail if a key changes before it."""
        if client.watch_failed:
            return
        database = client.database
        was_there = database.peek_key(key)
        watchers = self.keys[database.number].setdefault(key, {})
        if client in watchers:
            return
        watchers[client] = was_there
        if client.watched is None:
            client.watched = []
            self.count += 1
            self.observe_while_needed()
        client.watched.append((database.number, key))

    def forget(self, client):
        """Has a client watch nothing any more."""
        if client.watched is None:
            return
        for number, key in client.watched:
            watchers = self.keys[number][key]
            del watchers[client]
            if not watchers:
                del self.keys[number][key]
        client.watched = None
        self.count -= 1
        self.observe_while_needed()

    def fail(self, client):
        """Has a client's next transaction fail."""
        client.watch_failed = True
        self.forget(client)

    def observe_while_needed(self):
        """Observes the keyspace as long as anybody watches."""
        self.keyspace.observe_while(self.count > 0, self.observe, self.observe_all)

    def observe(self, database, key, event):
        """Fails the transactions of all who watch a key that changes."""
        watchers = self.keys[database.number].get(key)
        if watchers is None:
            return
        for client, was_there in list(watchers.items()):
            if was_there or event != "expired":
                self.fail(client)

    def observe_all(self, database, event):
        """Fails the transactions of who watches a key that goes or comes with a whole database."""
        for key, watchers in list(self.keys[database.number].items()):
            comes = event == "swapped" and database.peek_key(key)
            for client, was_there in list(watchers.items()):
                if was_there or comes:
                    self.fail(client)

    def look(self, client):
        """Fails a client's transaction if the time of a key that it watches is up."""
        for number, key in client.watched or ():
            was_there = self.keys[number][key][client]
            if was_there and not self.keyspace.databases[number].peek_key(key):
                self.fail(client)
                return
