"""Draws for Python code from the random source of the server whose turn it is.

chance.sample(), chance.randrange() and the like are those of Python's `random`, whose own source
would be shared by all servers, and could not be seeded for one of them.
"""

import random

from libc.stdint cimport uint64_t

from rediskit.structures.memory cimport next_random


class Source(random.Random):
    """Keeps no state of its own, so that one serves all servers and threads."""

    def random(self):
        """A double from 0 up to but not including 1."""
        return (next_random() >> 11) * (1.0 / (<uint64_t>1 << 53))

    def getrandbits(self, int count):
        """An integer of `count` random bits."""
        number = 0
        for _ in range(0, count, 64):
            number = number << 64 | next_random()
        return number >> (-count & 63)


chance = Source()
