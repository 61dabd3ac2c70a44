"""How much output may wait for a client that does not read it."""

# Output that no limit forbids.
ALLOWED_OUTPUT = 16 * 1024


class OutputLimit:
    """client-output-buffer-limit of one class of clients; 0 is no limit."""

    def __init__(self, name):
        self.name = name
        self.set(0, 0, 0)

    def set(self, hard_bytes, soft_bytes, soft_seconds):
        """Output beyond hard_bytes, or beyond soft_bytes for soft_seconds, ends a client.

        As in Redis, where that is the size of a fixed buffer, 16 KB are allowed in any case.
        """
        self.hard_bytes = max(hard_bytes, ALLOWED_OUTPUT) if hard_bytes else 0
        self.soft_bytes = max(soft_bytes, ALLOWED_OUTPUT) if soft_bytes else 0
        self.soft_seconds = soft_seconds
