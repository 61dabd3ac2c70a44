"""MIGRATE: keys move to another server, which is given them by RESTORE."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, integer
from rediskit.grammar.command import WRITE, command
from rediskit.grammar.key_specs import migrate_keys
from rediskit.protocol.replies import OK, Status
from rediskit.rdb.snapshot import dump

OPTIONS = Options("COPY", "REPLACE", "AUTH password", "AUTH2 username password")
NO_KEY = Status(b"NOKEY")
DEFAULT_TIMEOUT_MS = 1000
WRITING, READING = "writing", "reading"
# How many words after an option are not for logs and monitors.
SECRETS = {b"AUTH": 1, b"AUTH2": 2}


@command(
    'MIGRATE host port <key | ""> destination-db timeout [COPY] [REPLACE]'
    " [AUTH password | AUTH2 username password] [KEYS key [key ...]]",
    WRITE,
    since="2.6.0",
    find_keys=migrate_keys,
    categories="keyspace dangerous",
    keys="RW ACCESS DELETE, KEYS/-2 RW ACCESS DELETE INCOMPLETE",
    tips="nondeterministic_output",
    complexity="O(N) for N elements or bytes, which go over the network",
)
def migrate(
    client: Client, host: bytes, port: bytes, key: bytes, database: bytes, timeout: bytes, *words
):
    """Moves keys to another server, or copies them there."""
    redact_secrets(client, words)
    options, end = OPTIONS.read_leading(words)
    keys = [key]
    if end < len(words):
        if words[end].upper() != b"KEYS":
            raise CommandError(errors.SYNTAX_ERROR)
        if key:
            raise CommandError(errors.MIGRATE_KEY_NOT_EMPTY)
        keys = words[end + 1 :]
    timeout_ms = integer(timeout)
    number = integer(database)
    if timeout_ms <= 0:
        timeout_ms = DEFAULT_TIMEOUT_MS
    requests = restoring(client, keys, options)
    if not requests:
        return NO_KEY
    migration = Migration(client, number, options, requests)
    try:
        migration.run(host, port, timeout_ms)
    finally:
        if b"COPY" not in options:
            migration.remove_moved()
    return OK


def redact_secrets(client: Client, words):
    """Blots users and passwords out of the client's request, of which `words` are the end."""
    position = len(client.call.arguments) - len(words)
    for word in words:
        if word.upper() == b"KEYS":
            return
        hidden = SECRETS.get(word.upper(), 0)
        client.redact(*range(position + 1, position + 1 + hidden))
        position += 1


def restoring(client: Client, keys, options):
    """The RESTORE requests for those keys that are there."""
    requests = []
    replacing = [b"REPLACE"] if b"REPLACE" in options else []
    for key in keys:
        value = client.database.read_value(key)
        if value is not None:
            deadline = client.database.deadline(key)
            left_ms = 0 if deadline < 0 else max(deadline - client.server.clock.now_ms, 1)
            requests.append([b"RESTORE", key, b"%d" % left_ms, dump(value), *replacing])
    return requests


class Migration:
    """One MIGRATE: what is asked of the other server, and which keys it has taken."""

    def __init__(self, client, number, options, requests):
        self.client = client
        self.number = number
        self.options = options
        self.requests = requests
        self.moved = []
        self.step = WRITING

    def run(self, host, port, timeout_ms):
        """Moves the keys. Raises CommandError, then some may have been moved."""
        peers = self.client.server.peers
        while True:
            try:
                peer = peers.connect(host, port, timeout_ms)
            except ConnectionError:
                # Redis learns of a refusal when it writes.
                raise CommandError(errors.migrate_transfer(WRITING)) from None
            except OSError:
                raise CommandError(errors.MIGRATE_CONNECT) from None
            is_new = peer.is_new
            try:
                refusal = self.talk(peer)
            except OSError as error:
                peers.drop(peer)
                # A connection that was kept may have been closed by the other side long ago.
                if is_new or self.moved or isinstance(error, TimeoutError):
                    raise CommandError(errors.migrate_transfer(self.step)) from None
                continue
            if refusal is not None:
                raise CommandError(errors.migrate_refused(refusal))
            return

    def talk(self, peer):
        """Sends all requests, then takes all replies; the first error among them, or None."""
        preparing = self.preparing(peer)
        self.step = WRITING
        for request in preparing + self.requests:
            peer.send(request)
        self.step = READING
        refused = [text for _ in preparing if (text := peer.refusal()) is not None]
        is_prepared = not refused
        for request in self.requests:
            text = peer.refusal()
            if text is not None:
                refused.append(text)
            elif is_prepared:
                self.moved.append(request[1])
        peer.database = -1 if refused else self.number
        return refused[0] if refused else None

    def preparing(self, peer):
        """What is to be asked for before the keys are sent."""
        requests = []
        if b"AUTH2" in self.options:
            requests.append([b"AUTH", *self.options[b"AUTH2"]])
        elif b"AUTH" in self.options:
            requests.append([b"AUTH", self.options[b"AUTH"]])
        if peer.database != self.number:
            requests.append([b"SELECT", b"%d" % self.number])
        return requests

    def remove_moved(self):
        """Removes the keys that the other server has taken."""
        database = self.client.database
        for key in self.moved:
            if database.delete(key):
                database.changed(key, "del")
        if self.moved:
            self.client.rewrite(b"DEL", *self.moved)
