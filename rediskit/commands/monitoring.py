"""MONITOR, and SLOWLOG: watching the commands that the server runs."""

from itertools import islice

from rediskit import errors
from rediskit.clients.bits import MONITORING
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.arguments import integer
from rediskit.grammar.command import ADMIN, LOADING, NOSCRIPT, STALE, command
from rediskit.protocol.replies import OK, SILENCE

SHOWN_CALLS = 10  # by SLOWLOG GET without a count


@command(
    "MONITOR",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="1.0.0",
    complexity="O(N) for N monitors, with each request from then on",
)
def monitor(client: Client):
    """Shows the client every request that the server runs, from now on."""
    if not client.may_wait:
        raise CommandError(errors.MONITOR_DENIED)
    if client.gates & MONITORING:
        return SILENCE
    client.server.dispatcher.monitors.begin(client)
    return OK


@command(
    "SLOWLOG GET [count]",
    ADMIN,
    LOADING,
    STALE,
    since="2.2.12",
    tips="request_policy:all_nodes nondeterministic_output",
    complexity="O(N) for N entries",
    history=[
        ("4.0.0", "Added client IP address, port and name to the reply."),
        ("8.10.0", "Added the number of arguments to the reply."),
    ],
)
def slowlog_get(client: Client, *counts):
    """Returns the latest requests that took long."""
    if len(counts) > 1:
        raise CommandError(errors.wrong_subcommand(client.call.arguments[1], "SLOWLOG"))
    calls = client.server.slowlog.calls
    most = integer(counts[0], errors.SLOWLOG_COUNT) if counts else SHOWN_CALLS
    if most < -1:
        raise CommandError(errors.SLOWLOG_COUNT)
    return [
        [
            call.number,
            call.seconds,
            call.microseconds,
            call.arguments,
            call.address,
            call.name,
            call.words,
        ]
        for call in islice(calls, len(calls) if most == -1 else min(most, len(calls)))
    ]


@command(
    "SLOWLOG LEN",
    ADMIN,
    LOADING,
    STALE,
    since="2.2.12",
    complexity="O(1)",
    tips="request_policy:all_nodes response_policy:agg_sum nondeterministic_output",
)
def slowlog_len(client: Client):
    """Tells how many requests that took long are noted."""
    return len(client.server.slowlog.calls)


@command(
    "SLOWLOG RESET",
    ADMIN,
    LOADING,
    STALE,
    since="2.2.12",
    tips="request_policy:all_nodes response_policy:all_succeeded",
    complexity="O(N) for N entries",
)
def slowlog_reset(client: Client):
    """Forgets the requests that took long."""
    client.server.slowlog.clear()
    return OK
