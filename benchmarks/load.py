"""A load generator for servers that speak RESP: `python -m benchmarks.load --help`.

Connections are asyncio protocols, on uvloop's loop where it is installed; replies are read by
hiredis. Each connection sends a batch of `--pipeline` requests, waits for
all their replies, and sends the next: a request's latency is the time from its batch's sending to
its reply's coming. SIGINT ends a run early.
"""

import argparse
import asyncio
import json
import random
import resource
import signal
import sys
import time

import hiredis

from benchmarks.histogram import LatencyHistogram
from benchmarks.requests import DISTRIBUTIONS, KeySpace, Mix, Template, Values

CONNECTING_AT_ONCE = 200
PROGRESS_SECONDS = 0.2
BAR_WIDTH = 40
SPARE_FILES = 100
INCOMPLETE = object()


class Load:
    """One run: what is to be sent, what has come back. All connections share it."""

    def __init__(self, mix, requests, pipeline, seconds=None):
        """`requests` is how many to send in all; with `seconds` the run also ends by time."""
        self.mix = mix
        self.total = requests
        self.pipeline = pipeline
        self.seconds = seconds
        self.unsent = requests
        self.histogram = LatencyHistogram()
        self.errors = {}
        self.lost = 0
        self.started = self.ended = 0.0
        self.finished = asyncio.get_running_loop().create_future()
        self._active = 0

    def start(self, conversations):
        """Lets all connections send their first batch."""
        self.started = time.perf_counter()
        self._active = len(conversations)
        for conversation in conversations:
            conversation.send_next()

    def take(self):
        """How many requests the asking connection shall send now; 0 ends it."""
        over = self.seconds and time.perf_counter() - self.started >= self.seconds
        amount = 0 if over else min(self.pipeline, self.unsent)
        self.unsent -= amount
        if amount == 0:
            self._leave()
        return amount

    def stop(self):
        """Has the run end with the replies that are outstanding."""
        self.unsent = 0

    def count_error(self, text):
        """Counts an error reply by its first words."""
        key = " ".join(str(text).split()[:6])
        self.errors[key] = self.errors.get(key, 0) + 1

    def lose(self, replies):
        """Notes that a connection is gone, and with it the replies it was waiting for."""
        self.lost += replies
        self._leave()

    def _leave(self):
        self._active -= 1
        if self._active == 0:
            self.ended = time.perf_counter()
            self.finished.set_result(None)


class Conversation(asyncio.Protocol):
    """One connection of a load."""

    def __init__(self, load):
        self.load = load
        self.reader = hiredis.Reader(notEnoughData=INCOMPLETE)
        self.outstanding = 0
        self.sent = 0.0
        self.transport = None

    def connection_made(self, transport):
        """Keeps the transport; nothing is sent before the load starts."""
        self.transport = transport

    def connection_lost(self, error):
        """Gives up on the replies that are missing."""
        if self.outstanding:
            self.load.lose(self.outstanding)
            self.outstanding = 0

    def send_next(self):
        """Sends the next batch, if the load has more to send."""
        amount = self.load.take()
        if amount:
            self.outstanding = amount
            requests = self.load.mix.draw(amount)
            self.sent = time.perf_counter()
            self.transport.write(requests)

    def data_received(self, data):
        """Counts the replies that have come."""
        now = time.perf_counter()
        self.reader.feed(data)
        count = 0
        while (reply := self.reader.gets()) is not INCOMPLETE:
            count += 1
            if isinstance(reply, hiredis.ReplyError):
                self.load.count_error(reply)
        self.load.histogram.record(now - self.sent, count)
        self.outstanding -= count
        if self.outstanding == 0:
            self.send_next()


async def connect_all(options, load):
    """Opens all connections, some hundred at a time."""
    loop = asyncio.get_running_loop()
    conversations = []

    async def connect():
        if options.socket:
            opened = loop.create_unix_connection(lambda: Conversation(load), options.socket)
        else:
            opened = loop.create_connection(lambda: Conversation(load), options.host, options.port)
        conversations.append((await opened)[1])

    for start in range(0, options.clients, CONNECTING_AT_ONCE):
        count = min(CONNECTING_AT_ONCE, options.clients - start)
        await asyncio.gather(*(connect() for _ in range(count)))
    return conversations


async def show_progress(load):
    """Draws a bar on the error stream until the load has finished."""
    while not load.finished.done():
        await asyncio.sleep(PROGRESS_SECONDS)
        elapsed = time.perf_counter() - load.started
        done = load.histogram.total / load.total
        if load.seconds:
            done = max(done, elapsed / load.seconds)
        bar = ("#" * int(min(done, 1) * BAR_WIDTH)).ljust(BAR_WIDTH, ".")
        rate = load.histogram.total / elapsed
        print(f"\r[{bar}] {min(done, 1):4.0%} {rate:12,.0f}/s", end="", file=sys.stderr)
    print("\r" + " " * (BAR_WIDTH + 24) + "\r", end="", file=sys.stderr, flush=True)


async def run(options):
    """Runs the load that the options describe and returns it, finished."""
    keys = KeySpace(options.keys, options.distribution, options.zipf, *options.hot)
    templates = [Template(line, options.prefix) for line in options.command]
    load = Load(
        Mix(templates, keys, Values(*options.size)),
        options.requests,
        options.pipeline,
        options.seconds,
    )
    conversations = await connect_all(options, load)
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, load.stop)
    load.start(conversations)
    if options.quiet:
        await load.finished
    else:
        await asyncio.gather(load.finished, show_progress(load))
    for conversation in conversations:
        conversation.transport.close()
    return load


def summary(load):
    """The figures of a finished load as JSON takes them; latencies in milliseconds."""
    elapsed = load.ended - load.started
    histogram = load.histogram
    return {
        "commands": [template.name for template in load.mix.templates],
        "requests": histogram.total,
        "seconds": elapsed,
        "throughput": histogram.total / elapsed,
        "average_ms": histogram.average * 1e3,
        "p50_ms": histogram.percentile(50) * 1e3,
        "p99_ms": histogram.percentile(99) * 1e3,
        "p999_ms": histogram.percentile(99.9) * 1e3,
        "max_ms": histogram.largest * 1e3,
        "errors": load.errors,
        "lost": load.lost,
        "histogram_ms": [[bound * 1e3, count] for bound, count in histogram.by_power_of_two()],
    }


def print_summary(figures):
    """Prints the figures for people: a few lines, and the histogram as bars."""
    print(f"{figures['requests']:,} requests in {figures['seconds']:.2f} s")
    print(f"{figures['throughput']:,.0f} requests a second")
    for name in ("average", "p50", "p99", "p999", "max"):
        print(f"{name:>8} {figures[name + '_ms']:10.3f} ms")
    most = max([count for _, count in figures["histogram_ms"]], default=0)
    for bound, count in figures["histogram_ms"]:
        bar = "#" * round(BAR_WIDTH * count / most)
        print(f"<{bound:12.3f} ms {count:12,} {bar}")
    for text, count in figures["errors"].items():
        print(f"{count:,} errors: {text}")
    if figures["lost"]:
        print(f"{figures['lost']:,} replies were lost with their connections")


def pair_of(kind, separator):
    """An argument type: one value, taken twice, or two with a separator between."""

    def parse(text):
        first, found, second = text.partition(separator)
        return kind(first), kind(second if found else first)

    return parse


def parse_options(arguments=None):
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.load",
        description="Puts load on a server that speaks RESP and reports throughput and latency.",
        epilog="A command may hold {key}, {value} and {number}, and be weighted: "
        "--command '9*GET {key}' --command 'SET {key} {value} EX 60'.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=6379)
    add("--socket", metavar="PATH", help="a unix socket instead of host and port")
    add("--clients", type=int, default=50, help="connections (50)")
    add("--requests", type=int, default=100_000, help="in all (100000)")
    add("--seconds", type=float, help="ends the run by time, too")
    add("--pipeline", type=int, default=1, help="requests sent at once on a connection (1)")
    add("--command", action="append", help="a command of the mix (GET {key})")
    add("--keys", type=int, default=1000, help="how many different keys (1000)")
    add("--prefix", default="key:", help="what a key begins with (key:)")
    add("--distribution", choices=DISTRIBUTIONS, default="uniform")
    add("--zipf", type=float, default=1.0, metavar="EXPONENT", help="of the distribution (1.0)")
    add("--hot", type=pair_of(float, ":"), default=(0.2, 0.8), metavar="KEYS:SHARE",
        help="which share of the keys is hot, and its share of the load (0.2:0.8)")  # fmt: skip
    add("--size", type=pair_of(int, "-"), default=(16, 16), metavar="BYTES",
        help="of a {value}, or a range such as 10-1000 (16)")  # fmt: skip
    add("--seed", type=int, help="makes the draws repeatable")
    add("--json", metavar="FILE", help="writes the figures there; - prints them instead")
    add("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    options.command = options.command or ["GET {key}"]
    if min(options.clients, options.requests, options.pipeline, options.keys) < 1:
        parser.error("clients, requests, pipeline and keys are at least 1")
    return options


def allow_open_files(count):
    """Raises this process' limit of open files as far as it is needed and allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


def main(arguments=None):
    """Runs the load generator's command line; returns the exit code."""
    options = parse_options(arguments)
    random.seed(options.seed)
    allow_open_files(options.clients + SPARE_FILES)
    try:
        import uvloop

        new_loop = uvloop.new_event_loop
    except ImportError:
        new_loop = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=new_loop) as runner:
        figures = summary(runner.run(run(options)))
    if options.json == "-":
        print(json.dumps(figures))
    else:
        print_summary(figures)
        if options.json:
            with open(options.json, "w") as file:
                json.dump(figures, file, indent=1)
    return 1 if figures["errors"] or figures["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
