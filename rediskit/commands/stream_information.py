"""XINFO: what a stream, its groups and their consumers are like."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.datatypes.stream import Stream, StreamRange
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer
from rediskit.grammar.command import READ, command
from rediskit.integers import LARGEST
from rediskit.structures.group import UNOWNED
from rediskit.structures.ids import FIRST_ID, LAST_ID, spell_id
from rediskit.structures.stream_counts import lag_of

SHOWN = 10  # entries that XINFO STREAM FULL shows of each list


def find_stream(client, key):
    """The stream at a key. Raises CommandError where there is none."""
    stream = client.database.read(key, Stream)
    if stream is None:
        raise CommandError(errors.NO_SUCH_KEY)
    return stream


@command(
    "XINFO STREAM key [FULL [COUNT count]]",
    READ,
    since="5.0.0",
    complexity="O(1), and O(N) for N entries that are shown with FULL",
    history=[
        ("6.0.0", "Added the `FULL` modifier."),
        (
            "7.0.0",
            "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`,"
            " `entries-read` and `lag` fields",
        ),
        ("7.2.0", "Added the `active-time` field, and changed the meaning of `seen-time`."),
    ],
)
def xinfo_stream(client: Client, key: bytes, *options):
    """Says what a stream is like; in full with its entries, groups and consumers."""
    count = full_count(options) if options else None
    stream = find_stream(client, key)
    found = {
        b"length": len(stream),
        b"radix-tree-keys": stream.runs,
        b"radix-tree-nodes": stream.runs + 1,
        b"last-generated-id": spell_id(stream.last_id),
        b"max-deleted-entry-id": spell_id(stream.max_deleted_id),
        b"entries-added": stream.added,
        b"recorded-first-entry-id": spell_id(stream.first_id),
    }
    if stream.producers is not None:
        found |= producer_fields(stream.producers)
    if count is None:
        found[b"groups"] = len(stream.groups)
        found[b"first-entry"] = edge_entry(stream, False)
        found[b"last-entry"] = edge_entry(stream, True)
    else:
        shown = stream.count(FIRST_ID, LAST_ID, count)
        found[b"entries"] = StreamRange(stream, FIRST_ID, LAST_ID, shown)
        found[b"groups"] = [
            full_group(stream, name, stream.groups[name], count) for name in sorted(stream.groups)
        ]
    return found


def full_count(options):
    """The COUNT of FULL, as many as there can be for 0. Raises CommandError."""
    if options[0].upper() != b"FULL" or len(options) not in (1, 3):
        raise CommandError(errors.wrong_subcommand("STREAM", "XINFO"))
    if len(options) == 1:
        return SHOWN
    if options[1].upper() != b"COUNT":
        raise CommandError(errors.wrong_subcommand("STREAM", "XINFO"))
    count = integer(options[2])
    if count == 0:
        return LARGEST
    return SHOWN if count < 0 else count


def producer_fields(producers):
    """What XINFO STREAM shows of messages that were added under names of their own."""
    return {
        b"idmp-duration": producers.duration_seconds,
        b"idmp-maxsize": producers.most,
        b"pids-tracked": len(producers),
        b"iids-tracked": producers.count_messages(),
        b"iids-added": producers.added,
        b"iids-duplicates": producers.repeated,
    }


def edge_entry(stream, backwards):
    """[id, fields and values] of the first or the last entry; None if there is none."""
    found = stream.values(FIRST_ID, LAST_ID, 1, backwards)
    return [spell_id(found[0][0]), found[0][1]] if found else None


def count_or_nothing(number):
    """A count that is not known is null."""
    return None if number < 0 else number


def full_group(stream, name, group, count):
    """All about a group, with up to `count` pending entries of it and of each consumer."""
    names = {number: name for name, number, _, _, _ in group.consumer_list()}
    names[UNOWNED] = b""
    found = {
        b"name": name,
        b"last-delivered-id": spell_id(group.last_id),
        b"entries-read": count_or_nothing(group.entries_read),
        b"lag": lag_of(stream, group.last_id, group.entries_read),
        b"pel-count": len(group),
    }
    if group.nacked:
        found[b"nacked-count"] = group.nacked
    found[b"pending"] = [
        [spell_id(pair), names[owner], time_ms, deliveries]
        for pair, owner, time_ms, deliveries in group.rows(FIRST_ID, LAST_ID, count)
    ]
    found[b"consumers"] = [
        {
            b"name": consumer,
            b"seen-time": seen_ms,
            b"active-time": active_ms,
            b"pel-count": pending,
            b"pending": [
                [spell_id(pair), time_ms, deliveries]
                for pair, _, time_ms, deliveries in group.rows_of(number, FIRST_ID, LAST_ID, count)
            ],
        }
        for consumer, number, seen_ms, active_ms, pending in group.consumer_list()
    ]
    return found


@command(
    "XINFO GROUPS key",
    READ,
    since="5.0.0",
    complexity="O(N) for N groups",
    history=[("7.0.0", "Added the `entries-read` and `lag` fields")],
)
def xinfo_groups(client: Client, key: bytes):
    """Lists the consumer groups of a stream."""
    stream = find_stream(client, key)
    return [
        {
            b"name": name,
            b"consumers": group.count,
            b"pending": len(group),
            b"last-delivered-id": spell_id(group.last_id),
            b"entries-read": count_or_nothing(group.entries_read),
            b"lag": lag_of(stream, group.last_id, group.entries_read),
        }
        for name, group in sorted(stream.groups.items())
    ]


@command(
    "XINFO CONSUMERS key group",
    READ,
    since="5.0.0",
    complexity="O(N) for N consumers",
    history=[("7.2.0", "Added the `inactive` field, and changed the meaning of `idle`.")],
    tips="nondeterministic_output",
)
def xinfo_consumers(client: Client, key: bytes, name: bytes):
    """Lists the consumers of a group."""
    stream = find_stream(client, key)
    group = stream.groups.get(name)
    if group is None:
        raise CommandError(errors.no_consumer_group(name, key))
    now_ms = client.database.clock.now_ms
    return [
        {
            b"name": consumer,
            b"pending": pending,
            b"idle": max(0, now_ms - seen_ms),
            b"inactive": -1 if active_ms < 0 else max(0, now_ms - active_ms),
        }
        for consumer, _, seen_ms, active_ms, pending in group.consumer_list()
    ]
