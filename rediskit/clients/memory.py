"""What clients take of the memory, and that it is no more than `maxmemory-clients` allows.

While there is such a limit, a client is weighed whenever it may have become heavier or lighter:
after its requests were served, when something was written to it or sent, and once a second. The
weights are added up, and clients are sorted into buckets by the power of two below their weight.
If all together are too heavy before a client is served, or after all output was sent, those in the
highest bucket are closed first, until the rest is within the limit: no list of clients has to be
sorted for that, however many there are.
"""

import sys

from rediskit.clients.kinds import REPLICA

SUBSCRIPTION_BYTES = 160  # of a channel or pattern: in the client's own list, and in that of all
WATCHED_KEY_BYTES = 160
PREFIX_BYTES = 160  # of CLIENT TRACKING
SMALL_OUTPUT = 16 * 1024
BUCKETS = 64


def memory_of(client):
    """Bytes that a client takes: its objects, what it sent, what it is to be sent, what is noted.

    As in Redis, which makes room for it at once, an announced argument counts as if it had come.
    """
    total = sys.getsizeof(client) + sys.getsizeof(client.output) + output_bytes(client.output)
    total += argument_bytes(client) + client.queue_bytes + noted_bytes(client)
    return total + client.connection.memory()


def output_bytes(output):
    """Bytes of an output buffer; those that a small one has to spare are soon freed, if unused."""
    return len(output) if output.memory <= SMALL_OUTPUT else output.memory


def argument_bytes(client):
    """Bytes of the arguments of the request that is being run or waits."""
    if client.waiting is not None:
        arguments = client.waiting.arguments
    elif client.call is not None:
        arguments = client.call.arguments
    else:
        arguments = client.postponed
    return sum(map(len, arguments)) if arguments else 0


def noted_bytes(client):
    """Bytes of what the server keeps for a client: subscriptions, prefixes, watched keys."""
    total = 0
    if client.deferred is not None:
        total = client.deferred.memory
    if client.subscriptions is not None:
        count = sum(map(len, client.subscriptions.values()))
        total += count * SUBSCRIPTION_BYTES
    if client.tracker is not None:
        total += len(client.tracker.prefixes) * PREFIX_BYTES
    if client.watched is not None:
        total += len(client.watched) * WATCHED_KEY_BYTES
    return total


class ClientMemory:
    """The weights of all clients that come over the network and are no replicas, and these.

    limit: bytes that they may take together, 0 for none; nothing is weighed then.  total: bytes.
    evicted: how many clients were closed for it.
    """

    def __init__(self, log):
        self.log = log
        self.limit = 0
        self.replicas = set()
        self.forget_all()
        self.reset_statistics()

    def reset_statistics(self):
        """Sets the counter that INFO shows back to 0."""
        self.evicted = 0

    def follow_kind(self, client):
        """Notes whether a client is a replica."""
        if client.kind == REPLICA:
            self.replicas.add(client)
        else:
            self.replicas.discard(client)

    def exempt_bytes(self):
        """Bytes of output that waits for replicas: evicting keys would only add to it."""
        return sum([client.output.memory for client in self.replicas])

    def forget_all(self):
        """Weighs nobody any more."""
        self.total = 0
        self.weights = {}
        self.buckets = [{} for _ in range(BUCKETS)]

    def set_limit(self, limit_bytes, clients):
        """Sets the limit, and weighs all clients if there is one."""
        self.limit = limit_bytes
        self.forget_all()
        if limit_bytes:
            for client in clients:
                self.note(client)

    def settle(self):
        """Closes clients if all together are too heavy."""
        if self.total > self.limit:
            self.evict()

    def note(self, client):
        """Notes what a client weighs now, and in which bucket it is; none if it may not go."""
        self.forget(client)
        if client.closing or client.kind >= REPLICA:
            return
        weight = memory_of(client)
        self.weights[client] = weight
        self.total += weight
        if not client.no_evict:
            self.buckets[weight.bit_length()][client] = None

    def forget(self, client):
        """Takes a client out."""
        weight = self.weights.pop(client, 0)
        self.total -= weight
        self.buckets[weight.bit_length()].pop(client, None)

    def evict(self):
        """Closes clients, heavy ones first, until the rest is within the limit."""
        for bucket in reversed(self.buckets):
            while bucket and self.total > self.limit:
                client = next(iter(bucket))
                self.log.notice(f"Evicting client: {client}")
                self.forget(client)
                self.evicted += 1
                client.close_soon()
                client.output.clear()  # keys that are evicted meanwhile would go in vain
