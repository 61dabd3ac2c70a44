"""What a figure is: a row of a table, its unit, and what it should be."""

from dataclasses import dataclass

CPU, THROUGHPUT, MEMORY = "CPU per command", "Throughput and latency", "Memory"
CONNECTIONS, START = "Connections", "Start"
TYPES, CONTAINERS, CALLS = "CPU per command of data types", "Memory of containers", "Single calls"


@dataclass(frozen=True)
class Figure:
    """One row: `target` is the largest ratio to redis-server, `limit` the largest own value.

    The ratios of a section's figures of one `group` are also shown as their geometric mean.
    """

    section: str
    label: str
    unit: str
    target: float | None = None
    limit: float | None = None
    group: str | None = None


# The largest geometric mean of a group's ratios, for groups that have such a target.
MEAN_TARGETS = {(TYPES, "pipeline 64"): 0.6, (CONTAINERS, "containers"): 0.75}
