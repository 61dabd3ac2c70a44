"""What a well-behaved client notices while others misbehave: `python -m benchmarks.abuse`.

For each attack and each server: the latency of one client that asks for a key a thousand times a
second, first alone, then beside the attack, and how much memory the attack costs. The attackers run
in a process of a lower priority on the load's cores, and do what they can. Without a redis-server
our own figures stand alone.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import socket
import time

from benchmarks.histogram import LatencyHistogram
from benchmarks.load import allow_open_files
from benchmarks.processes import MeasuredServer, cores, sides
from tests.support.resp import Connection, request

PASSWORD = "secret"
VALUE = b"x" * 16
LARGE = b"x" * (10 << 20)
MANY = 500
IDLE = 5000
SETTLING_SECONDS = 0.5
PACE_SECONDS = 0.001
MEBIBYTE = 1 << 20


class Attacker:
    """Connections to a server, made again when they are lost."""

    def __init__(self, address, count, authenticates=False):
        self.address = address
        self.authenticates = authenticates
        self.sockets = [self.dial() for _ in range(count)]

    def dial(self):
        """A new connection."""
        made = socket.create_connection(self.address)
        made.settimeout(1)
        if self.authenticates:
            made.sendall(request("AUTH", PASSWORD))
            made.recv(100)
        made.setblocking(False)
        return made

    def each(self, act):
        """Lets each connection act once."""
        for place, each in enumerate(self.sockets):
            try:
                act(each)
            except BlockingIOError:
                continue
            except OSError:
                each.close()
                with contextlib.suppress(OSError):
                    self.sockets[place] = self.dial()


def flood(address):
    """Floods without a password, and reads the refusals."""
    batch = request("PING") * 200

    def act(connection):
        connection.send(batch)
        connection.recv(1 << 16)

    return Attacker(address, 8), act


def deaf(address):
    """Sends requests without a password and reads nothing."""
    batch = request("PING") * 1000
    return Attacker(address, 50), lambda connection: connection.send(batch)


def announce(address):
    """Announces as much as may be, and more, and sends a part of it."""
    texts = [
        b"*10\r\n$16384\r\n" + b"x" * 16000,
        b"*1000000\r\n$500000000\r\n",
        b"*10\r\n" + (b"$16384\r\n" + b"x" * 16384 + b"\r\n") * 9,
    ]
    return Attacker(address, MANY), lambda connection: connection.send(random.choice(texts))


def trickle(address):
    """Sends a request byte by byte, over many connections."""
    data = request("PING")
    sent = {}

    def act(connection):
        place = sent.get(connection, 0)
        connection.send(data[place : place + 1])
        sent[connection] = (place + 1) % len(data)
        if place == 0:
            connection.recv(1 << 16)

    return Attacker(address, MANY), act


def knock(address):
    """Connects and hangs up."""

    def act(connection):
        connection.close()
        raise ConnectionError

    return Attacker(address, 20), act


def crowd(address):
    """Thousands of connections that say nothing."""
    return Attacker(address, IDLE), lambda connection: time.sleep(0.001)


def garbage(address):
    """Sends what is no request."""
    texts = [random.randbytes(1000), b"POST / HTTP/1.1\r\nHost: here\r\n\r\n", b"'" * 70000]
    return Attacker(address, 20), lambda connection: connection.send(random.choice(texts))


def sip(address):
    """Asks for large values, and reads them in sips."""

    asked = set()

    def act(connection):
        if connection not in asked:
            asked.add(connection)
            connection.send(request("GET", "large"))
        connection.recv(1000)
        time.sleep(0.0001)

    return Attacker(address, 20, True), act


def pipeline(address):
    """A client with a password that sends as many requests as it can."""
    batch = request("GET", "k") * 1000

    def act(connection):
        connection.send(batch)
        connection.recv(1 << 20)

    return Attacker(address, 8, True), act


def heap(address):
    """Large requests: values of 10 MB, and 100,000 keys at a time."""
    texts = [request("SET", "heap", LARGE), request("MSET", *["key", VALUE] * 100_000)]

    def act(connection):
        connection.setblocking(True)
        connection.sendall(random.choice(texts))
        connection.recv(100)

    return Attacker(address, 1, True), act


ATTACKS = [flood, deaf, announce, trickle, knock, crowd, garbage, sip, pipeline, heap]


def attack_for_ever(attack, address, ready):
    """What the attackers' process does."""
    os.nice(10)
    allow_open_files(IDLE + 1000)
    attacker, act = attack(address)
    ready.set()
    while True:
        attacker.each(act)


def latencies(address, seconds):
    """A LatencyHistogram of a client's requests, at a steady pace, for so long."""
    histogram = LatencyHistogram()
    with Connection(address) as client:
        client.execute("AUTH", PASSWORD)
        client.execute("SET", "k", VALUE)
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            assert client.execute("GET", "k").content == VALUE
            histogram.record(time.perf_counter() - begun)
            time.sleep(PACE_SECONDS)
    return histogram


def measure(name, command, attack, seconds):
    """[(what, value)] of one attack on one server: milliseconds and MiB."""
    server = MeasuredServer(name, command, requirepass=PASSWORD, maxclients=IDLE + 1000)
    ready = multiprocessing.Event()
    villain = multiprocessing.Process(
        target=attack_for_ever, args=(attack, server.address, ready), daemon=True
    )
    try:
        server.start()
        with Connection(server.address) as client:
            client.execute("AUTH", PASSWORD)
            client.execute("SET", "large", LARGE)
        quiet = latencies(server.address, seconds)
        before = server.resident_bytes()
        villain.start()
        ready.wait()
        time.sleep(SETTLING_SECONDS)
        beside = latencies(server.address, seconds)
        grown = server.resident_bytes() - before
    finally:
        if villain.is_alive():
            villain.kill()
            villain.join()
        server.remove()
    return [
        ("p50 quiet", quiet.percentile(50) * 1e3),
        ("p50", beside.percentile(50) * 1e3),
        ("p99 quiet", quiet.percentile(99) * 1e3),
        ("p99", beside.percentile(99) * 1e3),
        ("MiB", grown / MEBIBYTE),
    ]


def main(arguments=None):
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(prog="benchmarks.abuse", description=__doc__)
    names = [attack.__name__ for attack in ATTACKS]
    parser.add_argument("--only", type=lambda text: text.split(","), default=names)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args(arguments)
    if os.sched_getaffinity(0) != set(cores()[1]):
        os.sched_setaffinity(0, cores()[1])
    for attack in ATTACKS:
        if attack.__name__ not in options.only:
            continue
        print(f"{attack.__name__}: {attack.__doc__}")
        for name, command in sides().items():
            figures = dict(measure(name, command, attack, options.seconds))
            slower = [figures[each] / figures[each + " quiet"] for each in ("p50", "p99")]
            shown = "  ".join(f"{what} {value:.3f}" for what, value in figures.items())
            print(f"  {name:12}  {shown}  slower by {slower[0]:.2f}, {slower[1]:.2f}", flush=True)


if __name__ == "__main__":
    main()
