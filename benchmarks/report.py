"""Results as tables: medians of the rounds, ratios, targets; and as JSON."""

import statistics
from dataclasses import asdict, dataclass, field

from benchmarks.figures import (
    CALLS,
    CONNECTIONS,
    CONTAINERS,
    CPU,
    MEAN_TARGETS,
    MEMORY,
    START,
    THROUGHPUT,
    TYPES,
)

COMPARED = (CPU, MEMORY, CONNECTIONS, START, TYPES, CONTAINERS, CALLS)
OURS, THEIRS = "rediskit", "redis-server"
MARKS = {None: "", True: "ok", False: "missed"}


class Results:
    """Values by figure and side, in the order in which they came."""

    def __init__(self):
        self.values = {}

    def add(self, figure, side, value):
        """Adds the value of one round."""
        self.values.setdefault(figure, {}).setdefault(side, []).append(value)

    def median(self, figure, side):
        """The median of a side's rounds; None if it was not measured."""
        values = self.values[figure].get(side)
        return statistics.median(values) if values else None

    def ratio(self, figure):
        """Our median by redis-server's; None without both."""
        ours, theirs = self.median(figure, OURS), self.median(figure, THEIRS)
        return ours / theirs if ours is not None and theirs else None

    def verdict(self, figure):
        """True or False where there is a target to reach, else None."""
        if figure.limit is not None and self.median(figure, OURS) is not None:
            return self.median(figure, OURS) <= figure.limit
        ratio = self.ratio(figure)
        return ratio <= figure.target if figure.target is not None and ratio is not None else None

    def section(self, name):
        """The figures of a section."""
        return [figure for figure in self.values if figure.section == name]

    def means(self, section):
        """(group, geometric mean of the ratios of its figures, its target or None), by group."""
        ratios = {}
        for figure in self.section(section):
            if figure.group and self.ratio(figure):
                ratios.setdefault(figure.group, []).append(self.ratio(figure))
        for group, values in ratios.items():
            mean = statistics.geometric_mean(values)
            yield group, mean, MEAN_TARGETS.get((section, group))

    def as_json(self):
        """A list of figures with the rounds of both sides, for a JSON file."""
        return [
            asdict(figure) | {"values": sides, "ratio": self.ratio(figure)}
            for figure, sides in self.values.items()
        ]


@dataclass
class Table:
    """Cells to show. `ratios` has, per row, None or (ratio, target or None, verdict)."""

    title: str
    header: list
    rows: list = field(default_factory=list)
    ratios: list = field(default_factory=list)


def tables(results):
    """The results as tables for people."""
    found = [_comparison(results, name) for name in COMPARED]
    found.append(_throughput(results))
    return [table for table in found if table.rows]


def _comparison(results, section):
    table = Table(section, ["", OURS, THEIRS, "ratio", "target", ""])
    for figure in results.section(section):
        ratio, verdict = results.ratio(figure), results.verdict(figure)
        cells = [_spell(results.median(figure, side), figure.unit) for side in (OURS, THEIRS)]
        target = "" if figure.target is None else f"{figure.target:.2f}"
        if figure.limit is not None:
            target = _spell(figure.limit, figure.unit)
        spelled = "" if ratio is None else f"{ratio:.2f}"
        table.rows.append([figure.label, *cells, spelled, target, MARKS[verdict]])
        compared = ratio is not None and figure.limit is None
        table.ratios.append((ratio, figure.target, verdict) if compared else None)
    for group, mean, target in results.means(section):
        verdict = None if target is None else mean <= target
        spelled = "" if target is None else f"{target:.2f}"
        label = f"geometric mean, {group}"
        table.rows.append([label, "", "", f"{mean:.2f}", spelled, MARKS[verdict]])
        table.ratios.append((mean, target, verdict))
    return table


def _throughput(results):
    names = ["throughput", "p50", "p99", "max"]
    table = Table(THROUGHPUT + ": rediskit | redis-server", ["", *names])
    figures = {figure.label: figure for figure in results.section(THROUGHPUT)}
    for label in figures:
        base, _, name = label.rpartition(": ")
        if name == names[0]:
            row = [figures[f"{base}: {each}"] for each in names]
            table.rows.append([base, *(_pair(results, figure) for figure in row)])
            table.ratios.append(None)
    return table


def _pair(results, figure):
    values = [results.median(figure, side) for side in (OURS, THEIRS)]
    return " | ".join(_spell(value, figure.unit) for value in values)


def _spell(value, unit):
    if value is None:
        return "-"
    number = f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    return f"{number} {unit}" if unit != "/s" else f"{number}/s"


def as_text(table):
    """A table as lines of text, columns aligned."""
    lines = [table.header, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.header))]
    text = [table.title, ""]
    for line in lines:
        first = line[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        text.append("  ".join([first, *rest]).rstrip())
    return "\n".join(text) + "\n"
