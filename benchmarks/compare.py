"""rediskit and redis-server side by side: `python -m benchmarks.compare --help`.

Both are measured in turn, in one run, on the same core, with the same load on other cores; every
figure is the median of the rounds. Without a redis-server at hand our own figures stand alone.
Prints tables, and writes OUTPUT.json and OUTPUT.svg (and OUTPUT.png where rsvg-convert or cairosvg
is installed).
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.load import SPARE_FILES, allow_open_files
from benchmarks.measurements import COMMANDS, SECTIONS, Bench
from benchmarks.picture import as_svg
from benchmarks.processes import describe_machine, sides, version_of
from benchmarks.report import Results, as_text, tables


class Progress:
    """One line on the error stream: how many of the steps are done, and the current one."""

    def __init__(self, total):
        self.total = total
        self.done = 0

    def __call__(self, text, step=True):
        """Shows a text; with `step` it is the next of the steps."""
        self.done += step
        print(f"\r\033[K[{self.done}/{self.total}] {text}", end="", file=sys.stderr, flush=True)

    def close(self):
        """Removes the line."""
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def measure(options, compared):
    """Runs the wanted sections and returns their Results."""
    progress = Progress(0)
    bench = Bench(compared, options, progress)
    progress.total = sum(bench.steps(section) for section in options.only)
    results = Results()
    for section in options.only:
        for figure, side, value in bench.run(section):
            results.add(figure, side, value)
    progress.close()
    return results


def save(results, record, output):
    """Writes the JSON file and the pictures."""
    output.parent.mkdir(parents=True, exist_ok=True)
    report = record | {"figures": results.as_json()}
    output.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    machine = record["machine"]
    caption = f"{machine['processor']}, Linux {machine['kernel']}, Python {machine['python']}"
    output.with_suffix(".svg").write_text(as_svg(tables(results), caption))
    draw_png(output)


def draw_png(output):
    """Draws the SVG as PNG if rsvg-convert or cairosvg is installed."""
    source, target = output.with_suffix(".svg"), output.with_suffix(".png")
    if shutil.which("rsvg-convert"):
        subprocess.run(["rsvg-convert", "--zoom", "2", "-o", target, source], check=True)
        return
    try:
        import cairosvg
    except ImportError:
        return
    cairosvg.svg2png(url=str(source), write_to=str(target), scale=2)


def listed(kind, allowed=None):
    """An argument type: values separated by commas."""

    def parse(text):
        values = [kind(part.strip()) for part in text.split(",")]
        unknown = [value for value in values if allowed and value not in allowed]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is not one of {', '.join(allowed)}")
        return values

    return parse


def parse_options(arguments=None):
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare", description=__doc__.partition("\n\n")[0]
    )
    add = parser.add_argument
    add("--only", type=listed(str, SECTIONS), default=SECTIONS, metavar="SECTION,...",
        help=f"of {', '.join(SECTIONS)}")  # fmt: skip
    add("--rounds", type=int, default=3, help="of which medians are taken (3)")
    add("--commands", type=listed(str, COMMANDS), default=list(COMMANDS), metavar="COMMAND,...",
        help=f"of {', '.join(COMMANDS)}")  # fmt: skip
    add("--pipelines", type=listed(int), default=[1, 16, 64], metavar="N,...")
    add("--keys", type=listed(int), default=[1000, 1_000_000], metavar="N,...")
    add("--requests", type=int, default=100_000, help="per round at pipeline 1 (100000)")
    add("--memory-keys", type=int, default=1_000_000, metavar="N")
    add("--members", type=int, default=1_000_000, metavar="N", help="of large containers")
    add("--connections", type=int, default=10_000, metavar="N", help="idle ones (10000)")
    add("--subject", metavar="COMMAND", help="a server to measure in rediskit's place")
    add("--output", type=Path, default=Path("build/benchmark"), metavar="FILE",
        help="without suffix (build/benchmark)")  # fmt: skip
    return parser.parse_args(arguments)


def main(arguments=None):
    """Runs the comparison's command line; returns the exit code."""
    options = parse_options(arguments)
    allow_open_files(options.connections + SPARE_FILES)
    compared = sides(options.subject)
    record = {
        "machine": describe_machine(),
        "versions": {name: version_of(command) for name, command in compared.items()},
        "rounds": options.rounds,
        "requests": options.requests,
    }
    results = measure(options, compared)
    for table in tables(results):
        print(as_text(table))
    save(results, record, options.output)
    print(f"Saved as {options.output}.json and {options.output}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
