"""MEMORY: what keys and the server as a whole take."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.datatypes.registry import INLINE
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options, integer
from rediskit.grammar.command import READ, command
from rediskit.operations import info
from rediskit.protocol.replies import OK, Verbatim
from rediskit.structures import memory

USAGE_OPTIONS = Options("SAMPLES count")

# The doctor's thresholds: below the first there is nothing to say.
SMALL_BYTES = 5 * 1024 * 1024
PEAK_RATIO = 1.5
FRAGMENTATION_RATIO = 1.4
RESIDENT_RATIO = 1.1
WASTED_BYTES = 10 * 1024 * 1024
CLIENT_BYTES = 200 * 1024

STATISTICS_TIPS = "nondeterministic_output request_policy:all_shards response_policy:special"


@command("MEMORY USAGE key [SAMPLES count]", READ, since="4.0.0", keys="RO", complexity="O(1)")
def memory_usage(client: Client, key: bytes, *options):
    """Tells how many bytes a key and its value take."""
    samples = USAGE_OPTIONS.read(options).get(b"SAMPLES")
    if samples is not None and integer(samples) < 0:
        raise CommandError(errors.SYNTAX_ERROR)
    database = client.database
    value = database.peek_value(key)
    if value is None:
        return None
    taken = database.table.memory_of(key)
    # The sizes of containers are counted as they grow, so nothing has to be sampled.
    return taken if type(value) in INLINE else taken + value.memory


@command(
    "MEMORY STATS",
    since="4.0.0",
    tips=STATISTICS_TIPS,
    complexity="O(N) for N databases and connections",
)
def memory_stats(client: Client):
    """Shows in figures where the memory goes."""
    figures = info.MemoryFigures(client.server)
    overheads = {}
    for database, main, expires in figures.databases:
        overheads[b"db.%d" % database.number] = {
            b"overhead.hashtable.main": main,
            b"overhead.hashtable.expires": expires,
        }
    keys = figures.key_count
    return {
        b"peak.allocated": figures.peak,
        b"total.allocated": figures.used,
        b"startup.allocated": figures.startup,
        b"replication.backlog": 0,
        b"clients.slaves": client.server.network.client_memory.exempt_bytes(),
        b"clients.normal": figures.clients,
        b"cluster.links": 0,
        b"aof.buffer": 0,
        b"lua.caches": client.server.scripts.held_bytes,
        b"functions.caches": client.server.functions.held_bytes,
        **overheads,
        b"overhead.db.hashtable.lut": sum(entry[1] for entry in figures.databases),
        b"overhead.db.hashtable.rehashing": 0,
        b"db.dict.rehashing.count": 0,
        b"overhead.total": figures.overhead,
        b"keys.count": keys,
        b"keys.bytes-per-key": figures.dataset_growth // keys if keys else 0,
        b"dataset.bytes": figures.dataset,
        b"dataset.percentage": figures.dataset_percent,
        b"peak.percentage": figures.peak_percent,
        b"allocator.allocated": figures.allocated,
        b"allocator.active": figures.active,
        b"allocator.resident": figures.resident,
        b"allocator.muzzy": 0,
        b"allocator-fragmentation.ratio": figures.active / figures.allocated,
        b"allocator-fragmentation.bytes": figures.active - figures.allocated,
        b"allocator-rss.ratio": figures.resident / figures.active,
        b"allocator-rss.bytes": figures.resident - figures.active,
        b"rss-overhead.ratio": figures.process / figures.resident,
        b"rss-overhead.bytes": figures.process - figures.resident,
        b"fragmentation": figures.process / figures.used,
        b"fragmentation.bytes": figures.process - figures.used,
    }


@command(
    "MEMORY DOCTOR",
    since="4.0.0",
    tips=STATISTICS_TIPS,
    complexity="O(N) for N databases and connections",
)
def memory_doctor(client: Client):
    """Says in words whether memory is used as it should be."""
    figures = info.MemoryFigures(client.server)
    return Verbatim(diagnosis(figures, len(client.server.clients)).encode())


def diagnosis(figures, client_count: int):
    """What the figures of the memory say to a doctor, a text."""
    if figures.used < SMALL_BYTES:
        return (
            "This server holds hardly any data: there is nothing yet that could be judged. "
            "Come back when it holds more than 5 MB.\n"
        )
    findings = []
    if figures.peak / figures.used > PEAK_RATIO:
        findings.append(
            "Peak memory: the server once held more than 150% of what it holds now. Memory that "
            "was freed since may not have gone back to the system; MEMORY PURGE gives back what "
            "can be, and the ratio of resident to used memory falls when the server fills up again."
        )
    if _is_wasteful(figures.active, figures.allocated, FRAGMENTATION_RATIO):
        findings.append(
            "Fragmentation: the pages in use hold more than 140% of the bytes allocated, as after "
            "many deletions of values of different sizes. New values of like sizes fill the gaps."
        )
    if _is_wasteful(figures.resident, figures.active, RESIDENT_RATIO):
        findings.append(
            "Kept pages: the allocator keeps free pages for reuse, more than 10% of those in use. "
            "MEMORY PURGE gives them back."
        )
    if client_count and figures.clients / client_count > CLIENT_BYTES:
        findings.append(
            "Large client buffers: clients take more than 200 KB each on average. Look for slow "
            "readers and long pipelines in CLIENT LIST, and at client-output-buffer-limit."
        )
    if not findings:
        return "No memory problems were found in this server.\n"
    return "Memory problems were found in this server:\n\n" + "".join(
        f" * {finding}\n\n" for finding in findings
    )


def _is_wasteful(taken: int, needed: int, ratio: float):
    return taken > needed * ratio and taken - needed > WASTED_BYTES


@command(
    "MEMORY PURGE",
    since="4.0.0",
    tips="request_policy:all_shards response_policy:all_succeeded",
    complexity="O(N) for N free pages",
)
def memory_purge(client: Client):
    """Gives memory that is free back to the operating system."""
    memory.purge()
    return OK


@command("MEMORY MALLOC-STATS", since="4.0.0", tips=STATISTICS_TIPS, complexity="O(1)")
def memory_malloc_stats(client: Client):
    """Shows in figures what the allocator has taken and given."""
    # All but the peak are those of the process, whose servers share the allocator.
    lines = [f"{name}: {size}" for name, size in memory.statistics().items()]
    lines += [f"peak: {client.server.account.peak()}"]
    return Verbatim("".join(f"{line}\n" for line in lines).encode())
