"""LATENCY: how long commands take, and when something held up the server."""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.command import (
    ADMIN,
    LOADING,
    NOSCRIPT,
    STALE,
    command,
    every_command,
    find_command,
)
from rediskit.latency import graph, report
from rediskit.protocol.replies import Verbatim

TIPS = "nondeterministic_output request_policy:all_nodes response_policy:special"


@command(
    "LATENCY HISTOGRAM [command [command ...]]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="7.0.0",
    group="server",
    tips=TIPS,
    complexity="O(N) where N is the number of commands with latency information being retrieved.",
)
def latency_histogram(client: Client, *names):
    """Returns the cumulative distribution of latencies of a subset or all commands."""
    histograms = {}
    for declared in chosen_commands(names):
        latency = declared.latency
        if latency is not None and latency.total:
            histograms[declared.name] = {
                b"calls": latency.total,
                b"histogram_usec": dict(latency.cumulative()),
            }
    return histograms


def chosen_commands(names: tuple):
    """The commands of those names, containers with their parts; all of them without names."""
    if not names:
        yield from every_command()
    for name in names:
        declared = find_command(name.split(b"|", 1))
        if declared is not None:
            yield declared
            if declared.is_container:
                yield from declared.subcommands.values()


def series_of(client: Client, event: bytes):
    """What the latency monitor has of an event; None if nothing."""
    return client.server.latency.events.get(event.decode("latin-1"))


@command(
    "LATENCY HISTORY event",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.8.13",
    group="server",
    tips=TIPS,
    complexity="O(1)",
)
def latency_history(client: Client, event: bytes):
    """Returns timestamp-latency samples for an event."""
    series = series_of(client, event)
    return [] if series is None else [list(sample) for sample in series.samples]


@command(
    "LATENCY LATEST",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.8.13",
    group="server",
    tips=TIPS,
    complexity="O(1)",
)
def latency_latest(client: Client):
    """Returns the latest latency samples for all events."""
    return [
        [event, *series.samples[-1], series.longest_ms]
        for event, series in client.server.latency.events.items()
    ]


@command(
    "LATENCY RESET [event [event ...]]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.8.13",
    group="server",
    tips="request_policy:all_nodes response_policy:all_succeeded",
    complexity="O(1)",
)
def latency_reset(client: Client, *events):
    """Resets the latency data for one or more events."""
    return client.server.latency.reset([event.decode("latin-1") for event in events])


@command(
    "LATENCY GRAPH event",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.8.13",
    group="server",
    tips=TIPS,
    complexity="O(1)",
)
def latency_graph(client: Client, event: bytes):
    """Returns a latency graph for an event."""
    series = series_of(client, event)
    if series is None:
        raise CommandError(errors.no_samples(event))
    seconds = client.server.clock.seconds
    return Verbatim(graph(event.decode("latin-1"), series, seconds).encode("latin-1"))


@command(
    "LATENCY DOCTOR",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.8.13",
    group="server",
    tips=TIPS,
    complexity="O(1)",
)
def latency_doctor(client: Client):
    """Returns a human-readable latency analysis report."""
    return Verbatim(report(client.server.latency).encode())
