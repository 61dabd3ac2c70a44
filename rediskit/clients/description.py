"""What CLIENT LIST, CLIENT INFO, ACL LOG and the log say of a client: a line of `name=value` words.

A client's output is one growable buffer here. Up to REPLY_BUFFER bytes it is shown as Redis' fixed
reply buffer (rbs, obl), a larger one as one node of the reply list (oll, omem).
"""

from rediskit.clients.bits import MONITORING, SUBSCRIBED, UNTOUCHING
from rediskit.clients.memory import argument_bytes, memory_of
from rediskit.eventloop import READ, WRITE

NO_ADDRESS = "?:0"  # of a client that has no connection

REPLY_BUFFER = 16 * 1024

# Of each kind of subscription, known by the first word of its messages.
SUBSCRIPTION_FIELDS = {b"message": "sub", b"pmessage": "psub", b"smessage": "ssub"}


def describe(client):
    """One client as CLIENT LIST shows it: a str of name=value words."""
    connection = client.connection
    seconds = client.database.clock.seconds
    queue = client.queue
    output, node = client.output.memory, 0
    if output > REPLY_BUFFER:
        output, node = 0, output
    command = client.last_command
    return (
        f"id={client.id} addr={client.address or NO_ADDRESS} "
        f"laddr={client.local_address or NO_ADDRESS} "
        f"fd={connection.fd} name={text(client.name)} "
        f"age={seconds - client.created} idle={seconds - client.last_interaction} "
        f"flags={flags(client)} db={client.database.number} {subscription_fields(client)} "
        f"multi={-1 if queue is None else len(queue)} watch={len(client.watched or ())} "
        f"qbuf={connection.unparsed()} qbuf-free={connection.announced()} "
        f"argv-mem={argument_bytes(client) + connection.parsed()} multi-mem={client.queue_bytes} "
        f"rbs={output} rbp={output} obl={0 if node else len(client.output)} "
        f"oll={1 if node else 0} omem={node} tot-mem={memory_of(client)} events={events(client)} "
        f"cmd={'NULL' if command is None else text(command.name)} user={text(client.user.name)} "
        f"redir={-1 if client.tracker is None else client.tracker.redirect} resp={client.protocol} "
        f"lib-name={text(client.library_name)} "
        f"lib-ver={text(client.library_version)}"
    )


def subscription_fields(client):
    """How many channels, patterns and shard channels it subscribes to."""
    counts = dict.fromkeys(SUBSCRIPTION_FIELDS, 0)
    for topic, names in (client.subscriptions or {}).items():
        counts[topic.message] = len(names)
    return " ".join(f"{SUBSCRIPTION_FIELDS[kind]}={count}" for kind, count in counts.items())


def text(data: bytes):
    """Bytes as a str from which they can be made again."""
    return data.decode("utf-8", "surrogateescape")


def flags(client):
    """The letters of the flags field."""
    found = ""
    if client.gates & MONITORING:
        found += "O"
    if client.gates & SUBSCRIBED:
        found += "P"
    if client.queue is not None:
        found += "x"
    if client.blocked:
        found += "b"
    if client.tracker is not None:
        found += "t" + "R" * client.tracker.is_broken + "B" * client.tracker.broadcasts
    if client.watch_failed:
        found += "d"
    if client.close_after_reply:
        found += "c"
    if client.closing:
        found += "A"
    if client.address.startswith("/"):
        found += "U"
    if client.no_evict:
        found += "e"
    if client.gates & UNTOUCHING:
        found += "T"
    return found or "N"


def events(client):
    """What the loop waits for: r, w or both."""
    mask = client.connection.events
    return ("r" if mask & READ else "") + ("w" if mask & WRITE else "")
