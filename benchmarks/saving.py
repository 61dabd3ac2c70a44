"""What a save in the background costs: extra memory while data change, and how long GETs take.

    python -m benchmarks.saving --megabytes 1000

Both servers in turn: strings of 1000 bytes up to the wanted size, BGSAVE, and while it runs a
tenth of the keys rewritten in random order by one client. Extra memory is the greatest Pss_Dirty
of parent and child together, beyond what the parent had before, as a part of that (source:
/proc/PID/smaps_rollup). How long GETs take is measured without a save and in a second one, in
which nobody looks at the memory, by a load generator that is a process of its own.
"""

import argparse
import contextlib
import json
import random
import signal
import subprocess
import sys
import threading
import time

from tests.support.servers import ServerProcess, redis_command, rediskit_command
from tests.support.sources import ROOT

VALUE_BYTES = 1000
BATCH = 1000
CLIENTS = 10
QUIET_SECONDS = 2.0
POLL_SECONDS = 0.02


def rollup(process, field):
    """A field of a process' memory in bytes; 0 if the process is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/smaps_rollup") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return 0


def children_of(process):
    """The ids of a process' children."""
    with open(f"/proc/{process}/task/{process}/children") as file:
        return [int(child) for child in file.read().split()]


def fill(client, keys):
    """Stores the keys, a thousand at a time."""
    for start in range(0, keys, BATCH):
        batch = range(start, min(start + BATCH, keys))
        client.mset({f"key:{number}": random.randbytes(VALUE_BYTES) for number in batch})


def rewrite(client, keys):
    """Rewrites a tenth of the keys, drawn at random, a hundred at a time."""
    drawn = random.sample(range(keys), keys // 10)
    for start in range(0, len(drawn), 100):
        client.mset(
            {
                f"key:{number}": random.randbytes(VALUE_BYTES)
                for number in drawn[start : start + 100]
            }
        )


class Gets:
    """A load of GETs by a process of its own, for as long as it is entered; then its figures."""

    def __init__(self, server, keys):
        self.figures = None
        self._client = server.client()
        self._command = [
            sys.executable, "-m", "benchmarks.load", "--quiet", "--json", "-", "--port",
            str(server.port), "--keys", str(keys), "--clients", str(CLIENTS),
            "--requests", str(10**9),
        ]  # fmt: skip
        self._process = None

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, cwd=ROOT)
        while self._client.info("clients")["connected_clients"] <= CLIENTS:
            time.sleep(POLL_SECONDS)
        return self

    def __exit__(self, *error):
        self._process.send_signal(signal.SIGINT)
        output, _ = self._process.communicate()
        self.figures = json.loads(output)


def save(server, keys, look):
    """A save in the background while a tenth of the keys is rewritten; look() is called often."""
    client = server.client()
    client.bgsave()
    writer = threading.Thread(target=rewrite, args=(server.client(), keys))
    writer.start()
    while client.info("persistence")["rdb_bgsave_in_progress"] or writer.is_alive():
        look()
        time.sleep(POLL_SECONDS)
    writer.join()


def measure(command, megabytes):
    """A dict of figures of one server."""
    keys = megabytes * 1_000_000 // VALUE_BYTES
    server = ServerProcess(command, rdbcompression="no")
    try:
        client = server.start().client()
        fill(client, keys)
        pid = server.process.pid
        before, seen = rollup(pid, "Pss_Dirty"), []
        save(server, keys, lambda: seen.append(
            sum(rollup(one, "Pss_Dirty") for one in [pid, *children_of(pid)])))  # fmt: skip
        own = client.info("persistence")["rdb_last_cow_size"]
        with Gets(server, keys) as quiet:
            time.sleep(QUIET_SECONDS)
        with Gets(server, keys) as busy:
            save(server, keys, lambda: None)
        return {
            "before_mb": before >> 20,
            "extra_percent": 100 * (max(seen) - before) / before,
            "cow_mb": own >> 20,
            "seconds": client.info("persistence")["rdb_last_bgsave_time_sec"],
            "fork_ms": client.info("stats")["latest_fork_usec"] / 1000,
        } | {
            f"{name}_{figure}": gets.figures[figure]
            for name, gets in (("quiet", quiet), ("saving", busy))
            for figure in ("p50_ms", "p99_ms", "p999_ms", "max_ms", "throughput")
        }
    finally:
        server.remove()


def main():
    """Measures both servers, and prints what comes of it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    given = parser.parse_args()
    for name, command in (("rediskit", rediskit_command()), ("redis-server", redis_command())):
        if command is not None:
            figures = measure(command, given.megabytes)
            print(name, *(f"{field}={value:.2f}" for field, value in figures.items()))


if __name__ == "__main__":
    main()
