"""Pub/sub: who subscribes to which channels, patterns and shard channels, and who gets a message.

A message is encoded once for each protocol that its receivers speak, and then only copied into
their outputs; what a receiver does not read in time is bounded by its class's output limit. Each
matching subscription gets its own copy: a channel and two patterns that fit make three messages.
"""

from rediskit.clients.bits import SUBSCRIBED
from rediskit.clients.kinds import NORMAL, PUBSUB
from rediskit.glob import matches
from rediskit.protocol.replies import push_of

STAR, QUESTION, OPEN, BACKSLASH = b"*?[\\"


class Topic:
    """One kind of subscriptions: {name: {client: None}}, a name being a channel or a pattern.

    subscribed, unsubscribed, message: the first words of what subscribers get.
    """

    def __init__(self, subscribed, unsubscribed, message):
        self.subscribed = subscribed
        self.unsubscribed = unsubscribed
        self.message = message
        self.names = {}


class Subscriptions:
    """All subscriptions of a server. count: how many clients have any."""

    def __init__(self):
        self.channels = Topic(b"subscribe", b"unsubscribe", b"message")
        self.patterns = Topic(b"psubscribe", b"punsubscribe", b"pmessage")
        self.shard_channels = Topic(b"ssubscribe", b"sunsubscribe", b"smessage")
        self.count = 0

    def has_listeners(self):
        """Whether anybody listens to any channel; shard channels are another world."""
        return bool(self.channels.names) or bool(self.patterns.names)

    # Who subscribes

    def join(self, client, topic, name):
        """Subscribes a client to a channel or pattern."""
        if client.subscriptions is None:
            client.subscriptions = {}
            self.count += 1
            client.gates |= SUBSCRIBED
            if client.kind == NORMAL:
                client.become(PUBSUB)
        client.subscriptions.setdefault(topic, {})[name] = None
        topic.names.setdefault(name, {})[client] = None

    def leave(self, client, topic, name):
        """Ends a subscription, if there is one."""
        own = client.subscriptions
        if own is None or name not in own.get(topic, ()):
            return
        del own[topic][name]
        if not own[topic]:
            del own[topic]
        clients = topic.names[name]
        del clients[client]
        if not clients:
            del topic.names[name]
        if not own:
            self.end(client)

    def end(self, client):
        """Makes a client that has no subscriptions any more an ordinary one again."""
        client.subscriptions = None
        self.count -= 1
        client.gates &= ~SUBSCRIBED
        if client.kind == PUBSUB:
            client.become(NORMAL)

    def forget(self, client):
        """Ends all subscriptions of a client."""
        if client.subscriptions is not None:
            for topic, names in list(client.subscriptions.items()):
                for name in list(names):
                    self.leave(client, topic, name)

    def are_permitted(self, client):
        """Whether a client's user is allowed all that the client subscribes to."""
        return all(
            client.user.permits_channel(name, topic is self.patterns)
            for topic, names in (client.subscriptions or {}).items()
            for name in names
        )

    def count_of(self, client, topic):
        """What a client is told when it subscribes: its shard channels, or all the others."""
        if topic is self.shard_channels:
            return client.subscription_count(topic)
        return client.subscription_count(self.channels) + client.subscription_count(self.patterns)

    # Messages

    def publish(self, channel, message):
        """Sends a message to a channel; how many copies of it were sent."""
        count = 0
        clients = self.channels.names.get(channel)
        if clients is not None:
            count = deliver(clients, [self.channels.message, channel, message])
        if self.patterns.names:
            count += self.publish_to_patterns(channel, message)
        return count

    def publish_to_patterns(self, channel, message):
        """Sends a message to those whose patterns its channel fits; how many copies."""
        count = 0
        first = channel[0] if len(channel) else -1
        for pattern, clients in self.patterns.names.items():
            # Most patterns begin with a byte that stands for itself, and most of these do not fit.
            begin = pattern[0] if len(pattern) else -1
            if begin != first and begin not in (STAR, QUESTION, OPEN, BACKSLASH):
                continue
            if matches(pattern, channel):
                count += deliver(clients, [self.patterns.message, pattern, channel, message])
        return count

    def publish_to_shard(self, channel, message):
        """Sends a message to a shard channel; how many copies of it were sent."""
        clients = self.shard_channels.names.get(channel)
        if clients is None:
            return 0
        return deliver(clients, [self.shard_channels.message, channel, message])


def deliver(clients, words):
    """Sends a push of some words, bytes, to clients, the keys of a dict; how many there are."""
    old = new = None
    for client in clients:
        if client.protocol > 2:
            if new is None:
                new = push_of(words, 3)
            client.push(new)
        else:
            if old is None:
                old = push_of(words, 2)
            client.push(old)
    return len(clients)
