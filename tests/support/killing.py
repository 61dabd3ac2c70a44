"""Kills a server that saves, its child, or both at random moments, and looks at what is left.

    python -m tests.support.killing --rounds 300

After each kill the snapshot must load, hold one whole moment (all keys of a generation, or the one
before), and no temporary file may be left once the next server has started.
"""

import argparse
import contextlib
import os
import random
import signal
import threading
import time

from tests.support.servers import ServerProcess, rediskit_command

KEYS = 2000


class Load(threading.Thread):
    """Writes generation after generation, each in one MSET of all keys, and has it saved."""

    def __init__(self, process, generation):
        super().__init__(daemon=True)
        self.process = process
        self.generation = generation

    def run(self):
        """Goes on until the server is gone."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        client = self.process.client(retry=Retry(NoBackoff(), 0))
        with contextlib.suppress(redis.exceptions.RedisError, OSError):
            while True:
                self.generation += 1
                client.mset({f"key:{number}": self.generation for number in range(KEYS)})
                with contextlib.suppress(redis.exceptions.ResponseError):
                    client.bgsave()


def children_of(process):
    """The ids of the processes that save for a server."""
    with open(f"/proc/{process}/task/{process}/children") as file:
        return [int(child) for child in file.read().split()]


def kill_at_random(process, draw):
    """Kills the server, its child, or first the one and then the other; whether it still lives."""
    time.sleep(draw.uniform(0, 0.12))
    server = process.process.pid
    victims = draw.choice(["server", "child", "both", "both"])
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        children = children_of(server)
        for child in children if victims != "server" else []:
            os.kill(child, signal.SIGKILL)
    if victims != "child":
        process.process.kill()
        process.process.wait()
    return victims == "child"


def check(process, last):
    """Asserts that the data are one whole generation, no older than `last`; which."""
    values = set(process.client().mget([f"key:{number}" for number in range(KEYS)]))
    assert len(values) == 1, f"a mixture of {len(values)} generations"
    [value] = values
    generation = int(value or 0)
    assert generation >= last, f"generation {generation} after {last}"
    left = [path.name for path in process.folder.iterdir() if path.name.startswith("temp-")]
    assert not left, left
    return generation


def kill_again_and_again(rounds, seed):
    """Does so many rounds; the number of generations that were written."""
    draw = random.Random(seed)
    process = ServerProcess(rediskit_command(), rdb_key_save_delay=10)
    generation = last = 0
    try:
        for _ in range(rounds):
            process.start()
            last = check(process, last)
            load = Load(process, max(generation, last))
            load.start()
            while kill_at_random(process, draw):
                assert process.process.poll() is None
            load.join(10)
            generation = load.generation
    finally:
        process.remove()
    return generation


def main():
    """Kills for as many rounds as one says."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    generations = kill_again_and_again(given.rounds, given.seed)
    print(f"{given.rounds} kills, {generations} generations: every snapshot was whole")


if __name__ == "__main__":
    main()
