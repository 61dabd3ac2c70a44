"""Pub/sub: subscribing, publishing, and what is known of channels.

Replies to the commands that subscribe are pushes, one for each channel; so they can come between
messages, and CLIENT REPLY does not silence them.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.clients.subscriptions import Subscriptions
from rediskit.errors import CommandError
from rediskit.glob import matches
from rediskit.grammar.command import (
    FAST,
    LOADING,
    MAY_REPLICATE,
    NOSCRIPT,
    PUBSUB,
    STALE,
    WHILE_SUBSCRIBED,
    command,
)
from rediskit.protocol.replies import Push, Pushes

# Which part of `Subscriptions` a command is about.
CHANNELS = "channels"
PATTERNS = "patterns"
SHARD_CHANNELS = "shard_channels"


def subscribe_to(client: Client, kind: str, names: tuple):
    """Subscribes a client to channels or patterns; the replies."""
    subscriptions = client.server.subscriptions
    topic = getattr(subscriptions, kind)
    replies = Pushes()
    for name in names:
        subscriptions.join(client, topic, name)
        count = subscriptions.count_of(client, topic)
        replies.append(Push([topic.subscribed, name, count]))
    return replies


def unsubscribe_from(client: Client, kind: str, names: tuple):
    """Ends subscriptions of a client, all of one kind if none is named; the replies."""
    subscriptions = client.server.subscriptions
    topic = getattr(subscriptions, kind)
    if not names:
        names = tuple(client.subscribed_to(topic)) or (None,)
    replies = Pushes()
    for name in names:
        if name is not None:
            subscriptions.leave(client, topic, name)
        count = subscriptions.count_of(client, topic)
        replies.append(Push([topic.unsubscribed, name, count]))
    return replies


@command(
    "SUBSCRIBE channel [channel ...]",
    PUBSUB,
    NOSCRIPT,
    LOADING,
    STALE,
    WHILE_SUBSCRIBED,
    since="2.0.0",
    complexity="O(N) for N channels",
)
def subscribe(client: Client, *channels):
    """Lets the client receive whatever is published to some channels."""
    return subscribe_to(client, CHANNELS, channels)


@command(
    "UNSUBSCRIBE [channel [channel ...]]",
    PUBSUB,
    NOSCRIPT,
    LOADING,
    STALE,
    WHILE_SUBSCRIBED,
    since="2.0.0",
    complexity="O(N) for N channels",
)
def unsubscribe(client: Client, *channels):
    """Ends the client's subscriptions to some channels, or to all."""
    return unsubscribe_from(client, CHANNELS, channels)


@command(
    "PSUBSCRIBE pattern [pattern ...]",
    PUBSUB,
    NOSCRIPT,
    LOADING,
    STALE,
    WHILE_SUBSCRIBED,
    since="2.0.0",
    complexity="O(N) for N patterns",
)
def psubscribe(client: Client, *patterns):
    """Lets the client receive whatever is published to channels like some patterns."""
    return subscribe_to(client, PATTERNS, patterns)


@command(
    "PUNSUBSCRIBE [pattern [pattern ...]]",
    PUBSUB,
    NOSCRIPT,
    LOADING,
    STALE,
    WHILE_SUBSCRIBED,
    since="2.0.0",
    complexity="O(N) for N patterns",
)
def punsubscribe(client: Client, *patterns):
    """Ends the client's subscriptions to some patterns, or to all."""
    return unsubscribe_from(client, PATTERNS, patterns)


@command(
    "SSUBSCRIBE shardchannel [shardchannel ...]",
    PUBSUB,
    NOSCRIPT,
    LOADING,
    STALE,
    WHILE_SUBSCRIBED,
    since="7.0.0",
    complexity="O(N) for N shard channels",
)
def ssubscribe(client: Client, *channels):
    """Lets the client receive whatever is published to some shard channels."""
    if client.queue is not None:
        raise CommandError(errors.denied_blocking("SSUBSCRIBE"))
    return subscribe_to(client, SHARD_CHANNELS, channels)


@command(
    "SUNSUBSCRIBE [shardchannel [shardchannel ...]]",
    PUBSUB,
    NOSCRIPT,
    LOADING,
    STALE,
    WHILE_SUBSCRIBED,
    since="7.0.0",
    complexity="O(N) for N shard channels",
)
def sunsubscribe(client: Client, *channels):
    """Ends the client's subscriptions to some shard channels, or to all."""
    return unsubscribe_from(client, SHARD_CHANNELS, channels)


@command(
    "PUBLISH channel message",
    PUBSUB,
    LOADING,
    STALE,
    FAST,
    MAY_REPLICATE,
    since="2.0.0",
    complexity="O(N+M) for N subscribers and M patterns of all clients",
)
def publish(client: Client, channel: bytes, message: bytes):
    """Sends a message to whoever subscribes to a channel, and counts them."""
    subscriptions: Subscriptions = client.server.subscriptions
    count = subscriptions.publish(channel, message)
    client.rewrite(b"PUBLISH", channel, message)
    return count


@command(
    "SPUBLISH shardchannel message",
    PUBSUB,
    LOADING,
    STALE,
    FAST,
    MAY_REPLICATE,
    since="7.0.0",
    complexity="O(N) for N subscribers",
)
def spublish(client: Client, channel: bytes, message: bytes):
    """Sends a message to whoever subscribes to a shard channel, and counts them."""
    subscriptions: Subscriptions = client.server.subscriptions
    count = subscriptions.publish_to_shard(channel, message)
    client.rewrite(b"SPUBLISH", channel, message)
    return count


# What is known of channels


@command(
    "PUBSUB CHANNELS [pattern]",
    PUBSUB,
    LOADING,
    STALE,
    since="2.8.0",
    complexity="O(N) for N channels",
)
def pubsub_channels(client: Client, *patterns):
    """Names the channels that somebody subscribes to, or those of them like a pattern."""
    return matching(client, client.server.subscriptions.channels.names, patterns)


@command("PUBSUB NUMPAT", PUBSUB, LOADING, STALE, since="2.8.0", complexity="O(1)")
def pubsub_numpat(client: Client):
    """Tells how many different patterns clients subscribe to."""
    return len(client.server.subscriptions.patterns.names)


@command(
    "PUBSUB NUMSUB [channel [channel ...]]",
    PUBSUB,
    LOADING,
    STALE,
    since="2.8.0",
    complexity="O(N) for N channels",
)
def pubsub_numsub(client: Client, *channels):
    """Tells how many clients subscribe to each of some channels."""
    return counts(client.server.subscriptions.channels.names, channels)


@command(
    "PUBSUB SHARDCHANNELS [pattern]",
    PUBSUB,
    LOADING,
    STALE,
    since="7.0.0",
    complexity="O(N) for N shard channels",
)
def pubsub_shardchannels(client: Client, *patterns):
    """Names the shard channels that somebody subscribes to, all or those like a pattern."""
    return matching(client, client.server.subscriptions.shard_channels.names, patterns)


@command(
    "PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]",
    PUBSUB,
    LOADING,
    STALE,
    since="7.0.0",
    keys="",
    complexity="O(N) for N shard channels",
)
def pubsub_shardnumsub(client: Client, *channels):
    """Tells how many clients subscribe to each of some shard channels."""
    return counts(client.server.subscriptions.shard_channels.names, channels)


def matching(client: Client, names: dict, patterns: tuple):
    """The names that fit a pattern, all of them without one. Raises CommandError."""
    if len(patterns) > 1:
        raise CommandError(errors.wrong_subcommand(client.call.arguments[1], "PUBSUB"))
    return [name for name in names if not patterns or matches(patterns[0], name)]


def counts(names: dict, wanted: tuple):
    """Each wanted channel followed by the number of its subscribers."""
    return [part for name in wanted for part in (name, len(names.get(name, ())))]
