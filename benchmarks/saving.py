"""What a save in the background costs: extra memory while data change, and how long GETs take.

    python -m benchmarks.saving --megabytes 1000

Both servers in turn: strings of 1000 bytes up to the wanted size, BGSAVE, and while it runs a
tenth of the keys rewritten in random order by one client while another measures its GETs. Extra
memory is the greatest Pss_Dirty of parent and child together, beyond what the parent had before,
as a part of that. Source: /proc/PID/smaps_rollup.
"""

import argparse
import contextlib
import random
import threading
import time

from tests.support.servers import ServerProcess, redis_command, rediskit_command

VALUE_BYTES = 1000
BATCH = 1000
REST_SECONDS = 2.0


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
        client.mset({f"key:{number}": random.randbytes(VALUE_BYTES)
                     for number in drawn[start : start + 100]})


def time_gets(client, keys, goes_on):
    """Milliseconds of GETs one after the other, as long as goes_on(), looked at now and then."""
    times = []
    while goes_on():
        for _ in range(200):
            start = time.perf_counter()
            client.get(f"key:{random.randrange(keys)}")
            times.append(1000 * (time.perf_counter() - start))
    return times


def percentile(times, percent):
    """The time that so many percent do not exceed."""
    return sorted(times)[min(len(times) * percent // 100, len(times) - 1)]


def measure(command, megabytes):
    """A dict of figures of one server."""
    keys = megabytes * 1_000_000 // VALUE_BYTES
    process = ServerProcess(command, rdbcompression="no")
    try:
        client = process.start().client()
        fill(client, keys)
        pid = process.process.pid
        end = time.monotonic() + REST_SECONDS
        quiet = time_gets(client, keys, lambda: time.monotonic() < end)
        before = rollup(pid, "Pss_Dirty")
        client.bgsave()
        writer = threading.Thread(target=rewrite, args=(process.client(), keys))
        writer.start()
        most, times = 0, []
        while client.info("persistence")["rdb_bgsave_in_progress"] or writer.is_alive():
            times += time_gets(client, keys, iter([True, False]).__next__)
            most = max(most, sum(rollup(one, "Pss_Dirty") for one in [pid, *children_of(pid)]))
        writer.join()
        seen = client.info("persistence")
        return {
            "before_mb": before >> 20,
            "extra_percent": 100 * (most - before) / before,
            "cow_mb": seen["rdb_last_cow_size"] >> 20,
            "seconds": seen["rdb_last_bgsave_time_sec"],
            "fork_ms": client.info("stats")["latest_fork_usec"] / 1000,
            "quiet_p99_ms": percentile(quiet, 99),
            "saving_p99_ms": percentile(times, 99),
        }
    finally:
        process.remove()


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
