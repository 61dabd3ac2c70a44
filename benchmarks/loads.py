"""The load of a measurement: redis-benchmark where it is installed, else `benchmarks.load`."""

import csv
import json
import shutil
import subprocess
import sys

from benchmarks.processes import cores, pinned
from tests.support.sources import ROOT

CLIENTS = 50
VALUE_BYTES = 16
LOAD_SECONDS = 600


def run_load(server, command, requests, pipeline, keys):
    """Sends `requests` commands made from a template of `benchmarks.requests` to a server.

    Returns throughput (commands a second) and p50, p99 and max latency in milliseconds.
    """
    if shutil.which("redis-benchmark"):
        return _redis_benchmark(server, command, requests, pipeline, keys)
    return own_load(server, command, requests, pipeline, keys)


def own_load(server, command, requests, pipeline, keys, *options, size=VALUE_BYTES):
    """`run_load` with our own generator; `options` are more words for its command line."""
    arguments = [sys.executable, "-m", "benchmarks.load", "--quiet", "--json", "-"]
    arguments += ["--port", server.port, "--command", command, "--clients", CLIENTS]
    arguments += ["--requests", requests, "--pipeline", pipeline, "--keys", keys]
    figures = json.loads(_run([*arguments, "--size", size, *options]))
    return {
        "throughput": figures["throughput"],
        "p50": figures["p50_ms"],
        "p99": figures["p99_ms"],
        "max": figures["max_ms"],
    }


def fill(server, command, keys, size=VALUE_BYTES):
    """Runs a command once for each key, in order."""
    own_load(server, command, keys, 100, keys, "--distribution", "sequential", size=size)


def _redis_benchmark(server, command, requests, pipeline, keys):
    words = command.replace("{key}", "key:__rand_int__").replace("{value}", "x" * VALUE_BYTES)
    words = words.replace("{number}", "__rand_int__")
    arguments = ["redis-benchmark", "-p", server.port, "-c", CLIENTS, "-n", requests]
    arguments += ["-P", pipeline, "-r", keys, "--csv", *words.split()]
    # With errors, redis-benchmark stops and has no figures; the last row is the command's.
    row = list(csv.DictReader(_run(arguments).splitlines()))[-1]
    return {
        "throughput": float(row["rps"]),
        "p50": float(row["p50_latency_ms"]),
        "p99": float(row["p99_latency_ms"]),
        "max": float(row["max_latency_ms"]),
    }


def _run(arguments):
    command = pinned([str(word) for word in arguments], cores()[1])
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LOAD_SECONDS, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout
