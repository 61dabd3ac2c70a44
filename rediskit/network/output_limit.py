"""How much output may wait for a client that does not read it."""

from rediskit.clients.kinds import NORMAL, PRIMARY, PUBSUB, REPLICA

# Which limit counts for clients of a kind that have a connection.
CLASSES = {NORMAL: "normal", PUBSUB: "pubsub", REPLICA: "replica", PRIMARY: "normal"}

# Output that no limit forbids.
ALLOWED_OUTPUT = 16 * 1024

# Output that a client may have coming before it has shown a password.
UNAUTHENTICATED_OUTPUT = ALLOWED_OUTPUT + 1024


class OutputLimit:
    """client-output-buffer-limit of one class of clients; 0 is no limit."""

    def __init__(self):
        self.set(0, 0, 0)

    def set(self, hard_bytes, soft_bytes, soft_seconds):
        """Output beyond hard_bytes, or beyond soft_bytes for soft_seconds, ends a client.

        As in Redis, where that is the size of a fixed buffer, 16 KB are allowed in any case.
        """
        self.hard_bytes = max(hard_bytes, ALLOWED_OUTPUT) if hard_bytes else 0
        self.soft_bytes = max(soft_bytes, ALLOWED_OUTPUT) if soft_bytes else 0
        self.soft_seconds = soft_seconds


def follow_limits(config):
    """The limits by kinds of clients; they follow the configuration."""
    limits = {name: OutputLimit() for name in config["client-output-buffer-limit"]}

    def set_all(values):
        for name, (hard_bytes, soft_bytes, soft_seconds) in values.items():
            limits[name].set(hard_bytes, soft_bytes, soft_seconds)

    config.follow("client-output-buffer-limit", set_all)
    return {kind: limits[name] for kind, name in CLASSES.items()}


def unauthenticated_limit():
    """The limit of ordinary clients that have yet to show a password."""
    limit = OutputLimit()
    limit.set(UNAUTHENTICATED_OUTPUT, 0, 0)
    return limit
