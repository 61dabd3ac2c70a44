"""What was denied to whom: ACL LOG, and the counters of INFO.

An entry stands for all denials of the same kind that follow each other within a minute. To find
it, the latest entries are looked through, no more than RECENT: what a client can make the server
remember and compare has a limit.
"""

from collections import deque
from itertools import islice

from rediskit.users.selector import CHANNEL_DENIED, COMMAND_DENIED, KEY_DENIED

AUTHENTICATION_DENIED = 0

REASONS = {
    AUTHENTICATION_DENIED: b"auth",
    COMMAND_DENIED: b"command",
    KEY_DENIED: b"key",
    CHANNEL_DENIED: b"channel",
}

RECENT = 10
SAME_WITHIN_MS = 60_000


class Denial:
    """One entry. Times are milliseconds since 1970; what, who: bytes."""

    def __init__(self, number, reason, context, what, who):
        self.number = number
        self.reason = reason
        self.context = context
        self.what = what
        self.who = who
        self.count = 0
        self.client_id = self.client = None
        self.created_ms = self.updated_ms = 0

    def happened(self, client, now_ms):
        """Counts a denial; a client is described once a millisecond, however often it tries."""
        if self.count == 0:
            self.created_ms = now_ms
        if client.id != self.client_id or now_ms != self.updated_ms:
            self.client = str(client).encode("utf-8", "surrogateescape")
        self.count += 1
        self.client_id = client.id
        self.updated_ms = now_ms

    def describe(self, now_ms):
        """The entry as ACL LOG shows it."""
        return {
            b"count": self.count,
            b"reason": REASONS[self.reason],
            b"context": self.context,
            b"object": self.what,
            b"username": self.who,
            b"age-seconds": (now_ms - self.updated_ms) / 1000,
            b"client-info": self.client,
            b"entry-id": self.number,
            b"timestamp-created": self.created_ms,
            b"timestamp-last-updated": self.updated_ms,
        }


class ACLLog:
    """The latest entries, the newest first, and how many denials there were: counts[reason]."""

    def __init__(self, config, clock):
        self.config = config
        self.clock = clock
        self.entries = deque()
        self.made = 0
        self.reset_counts()

    def reset_counts(self):
        """What CONFIG RESETSTAT does."""
        self.counts = dict.fromkeys(REASONS, 0)

    def add(self, reason, context, what, who, client):
        """Records a denial: of what (a command, key or channel), to whom, to which Client."""
        self.counts[reason] += 1
        most = self.config["acllog-max-len"]
        if most:
            now_ms = self.clock.now_ms
            entry = self._same(reason, context, what, who, now_ms)
            if entry is None:
                entry = Denial(self.made, reason, context, what, who)
                self.made += 1
                self.entries.appendleft(entry)
            elif entry is not self.entries[0]:
                self.entries.remove(entry)
                self.entries.appendleft(entry)
            entry.happened(client, now_ms)
        while len(self.entries) > most:
            self.entries.pop()

    def _same(self, reason, context, what, who, now_ms):
        """The recent entry that another denial of this kind adds to, or None."""
        wanted = reason, context, what, who
        for entry in islice(self.entries, RECENT):
            is_near = abs(now_ms - entry.updated_ms) <= SAME_WITHIN_MS
            if is_near and (entry.reason, entry.context, entry.what, entry.who) == wanted:
                return entry
        return None

    def latest(self, count):
        """Up to `count` entries as ACL LOG shows them, the newest first."""
        now_ms = self.clock.now_ms
        return [entry.describe(now_ms) for entry in islice(self.entries, count)]

    def forget(self):
        """ACL LOG RESET."""
        self.entries.clear()
