"""CPU time of the server per PUBLISH, beside redis-server: `python -m benchmarks.publishing`.

Subscribers read all they are sent. Both servers run on the same core, the load on the others;
every figure is the median of the rounds, in microseconds of the server's CPU for each message,
however many subscribers get it.
"""

import argparse
import contextlib
import selectors
import socket
import statistics
import threading

from benchmarks.processes import MeasuredServer, sides
from tests.support.resp import request

PIPELINE = 32
# name: (subscribers to the channel, patterns that fit, patterns that do not fit, messages)
CASES = {
    "1 subscriber": (1, 0, 0, 60_000),
    "10 subscribers": (10, 0, 0, 20_000),
    "1000 subscribers": (1000, 0, 0, 600),
    "10 fitting patterns": (0, 10, 0, 20_000),
    "1000 other patterns": (1, 0, 1000, 2_000),
}
CHANNEL = b"news.art"


class Listeners:
    """Subscribers that read and forget what they get, in a thread of their own."""

    def __init__(self, port, channels, fitting, others):
        self.selector = selectors.DefaultSelector()
        self.sockets = []
        wanted = [request(b"SUBSCRIBE", CHANNEL)] * channels
        patterns = [b"n" + b"*" * number + b"ews.a?t" for number in range(fitting)]
        wanted += [request(b"PSUBSCRIBE", pattern) for pattern in patterns]
        if others:
            patterns = [b"sports.%d.*" % number for number in range(others)]
            wanted.append(request(b"PSUBSCRIBE", *patterns))
        for line in wanted:
            connected = socket.create_connection(("127.0.0.1", port))
            connected.sendall(line)
            connected.recv(1 << 20)
            self.sockets.append(connected)
            self.selector.register(connected, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        """Reads until the sockets are shut down."""
        left = len(self.sockets)
        while left:
            for key, _ in self.selector.select():
                try:
                    ended = not key.fileobj.recv(1 << 18)
                except ConnectionResetError:
                    ended = True
                if ended:
                    self.selector.unregister(key.fileobj)
                    left -= 1

    def close(self):
        """Ends them."""
        for connected in self.sockets:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for connected in self.sockets:
            connected.close()


def publish(port, messages):
    """Sends messages of 32 bytes, PIPELINE at a time, and reads the replies."""
    batch = request(b"PUBLISH", CHANNEL, b"x" * 32) * PIPELINE
    with socket.create_connection(("127.0.0.1", port)) as publisher:
        for _ in range(messages // PIPELINE):
            publisher.sendall(batch)
            lines = 0
            while lines < PIPELINE:
                lines += publisher.recv(65536).count(b"\n")


def measure(server, case, share):
    """Microseconds of the server's CPU per message; `share` of the case's messages are sent."""
    channels, fitting, others, messages = case
    messages = max(PIPELINE, int(messages * share) // PIPELINE * PIPELINE)
    listeners = Listeners(server.port, channels, fitting, others)
    try:
        publish(server.port, PIPELINE * 4)
        before = server.cpu_seconds()
        publish(server.port, messages)
        return (server.cpu_seconds() - before) / messages * 1e6
    finally:
        listeners.close()


def main():
    """Measures all cases and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=1.0, help="of the messages, for a trial")
    options = parser.parse_args()
    figures = {}
    for _ in range(options.rounds):
        for name, case in CASES.items():
            for side, command in sides().items():
                server = MeasuredServer(side, command)
                try:
                    figures.setdefault((name, side), []).append(
                        measure(server.start(), case, options.share)
                    )
                finally:
                    server.remove()
    names = list(sides())
    print(f"{'us of CPU per PUBLISH':<24}" + "".join(f"{side:>14}" for side in names) + "   ratio")
    for name in CASES:
        medians = [statistics.median(figures[name, side]) for side in names]
        ratio = f"{medians[0] / medians[-1]:.2f}" if len(medians) > 1 else ""
        print(f"{name:<24}" + "".join(f"{median:14.2f}" for median in medians) + f"{ratio:>8}")


if __name__ == "__main__":
    main()
