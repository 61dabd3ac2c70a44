"""Servers under measurement: pinned to one core, watched through /proc."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.support.resp import Connection
from tests.support.servers import ServerProcess, redis_command, rediskit_command

NANOSECONDS = 1e9
START_SECONDS = 10.0


def cores():
    """(core for the server, cores for the load): different ones where there is more than one."""
    available = sorted(os.sched_getaffinity(0))
    return available[:1], available[1:] or available


class MeasuredServer(ServerProcess):
    """A server of one of the two sides, on the server's core."""

    def __init__(self, name, command, **options):
        super().__init__(pinned(command, cores()[0]), appendonly="no", **options)
        self.name = name

    def cpu_seconds(self):
        """Processor time that all threads have used so far, user and system."""
        total = 0
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total / NANOSECONDS

    def resident_bytes(self):
        """Memory that is resident just now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise OSError("no VmRSS")

    def start_to_pong(self):
        """Starts the server; returns the seconds until it has answered a PING."""
        begun = time.perf_counter()
        self.start(wait=False)
        while time.perf_counter() - begun < START_SECONDS:
            try:
                with Connection(self.address) as connection:
                    if connection.execute("PING").content == "PONG":
                        return time.perf_counter() - begun
            except ConnectionError:
                time.sleep(0.0005)
        raise TimeoutError(f"{self.name} does not answer:\n{self.log}")


def pinned(command, to_cores):
    """A command line that runs another one on some cores only."""
    if shutil.which("taskset") is None:
        return command
    return ["taskset", "--cpu-list", ",".join(map(str, to_cores)), *command]


def sides(subject=None):
    """The names and commands of what is compared: ours, and redis-server where there is one.

    `subject` is another command to put in our place.
    """
    found = {"rediskit": subject.split() if subject else rediskit_command()}
    oracle = redis_command()
    if oracle:
        found["redis-server"] = oracle
    return found


def version_of(command):
    """What a server says of its version, on one line."""
    output = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    return output.stdout.strip()


def describe_machine():
    """Processor, kernel and Python of this machine, for the record."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": os.uname().release,
        "python": sys.version.split()[0],
    }
