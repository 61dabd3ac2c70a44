"""LATENCY: how long commands take."""

from rediskit.client import Client
from rediskit.command import ADMIN, LOADING, NOSCRIPT, STALE, command, every_command, find_command


@command(
    "LATENCY HISTOGRAM [command [command ...]]", ADMIN, NOSCRIPT, LOADING, STALE, since="7.0.0",
    group="server",
    tips="nondeterministic_output request_policy:all_nodes response_policy:special",
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
