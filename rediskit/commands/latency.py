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
    complexity="O(N) for N commands",
)
def latency_histogram(client: Client, *names):
    """Shows how long calls of commands took, as counts up to each power of two."""
    histograms = {}
    commands = client.server.commands
    for declared in chosen_commands(commands, names):
        latency = commands.record_of(declared).latency
        if latency is not None and latency.total:
            histograms[declared.name] = {
                b"calls": latency.total,
                b"histogram_usec": dict(latency.cumulative()),
            }
    return histograms


def chosen_commands(commands, names: tuple):
    """The commands of those names, containers with their parts; all of them without names."""
    if not names:
        yield from commands.every()
    for name in names:
        declared = commands.find(name.split(b"|", 1))
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
    complexity="O(N) for N samples, of which there are 160 at most",
)
def latency_history(client: Client, event: bytes):
    """Returns what was noted of an event: when it was slow, and how slow."""
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
    complexity="O(N) for N events",
)
def latency_latest(client: Client):
    """Shows for each event when it was last slow, how slow, and how slow ever."""
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
    complexity="O(N) for N events",
)
def latency_reset(client: Client, *events):
    """Forgets what was noted of some events, or of all."""
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
    complexity="O(N) for N samples, of which there are 160 at most",
)
def latency_graph(client: Client, event: bytes):
    """Draws what was noted of an event in characters, over time."""
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
    complexity="O(N) for N samples",
)
def latency_doctor(client: Client):
    """Explains what was noted of all events, with some advice."""
    return Verbatim(report(client.server.latency).encode())
