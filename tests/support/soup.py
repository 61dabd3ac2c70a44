"""Requests that nobody sends on purpose: every command, with arguments that make little sense.

Half of the requests follow the usage line of their command and so get deep into it; the others are
mere words. Both are made of the same extreme numbers, ranges, options and bytes, on a few keys of
all types. For hours instead of seconds:

    python -m tests.support.soup --seconds 600 --seed 7
"""

import argparse
import random
import time

from rediskit.commands.debug import SUBCOMMANDS
from rediskit.grammar.command import DECLARED
from rediskit.grammar.usage import (
    BLOCK,
    DOUBLE,
    INTEGER,
    KEY,
    ONE_OF,
    PATTERN,
    PURE_TOKEN,
    UNIX_TIME,
)

# What ends the server, or holds it for as long as one says, or leaves files and calls on others;
# and what ends the conversation.
LEFT_OUT = b"shutdown config|rewrite client|pause save bgsave migrate".split()
SILENCING = b"quit client|kill client|reply".split()
DEBUG_LEFT_OUT = {b"sleep", b"reload", b"populate", b"pause-cron", b"set-active-expire"}
# What leaves so little that it should be rare.
EMPTYING = {b"flushall", b"flushdb", b"swapdb", b"select"}

DIRECTIVES = [
    b"hash-max-listpack-entries",
    b"hash-max-listpack-value",
    b"hll-sparse-max-bytes",
    b"list-compress-depth",
    b"list-max-listpack-size",
    b"notify-keyspace-events",
    b"set-max-intset-entries",
    b"set-max-listpack-entries",
    b"set-max-listpack-value",
    b"zset-max-listpack-entries",
    b"zset-max-listpack-value",
    b"latency-tracking",
    b"lfu-log-factor",
    b"lfu-decay-time",
    b"maxmemory-policy",
]

INTEGERS = [0, 1, -1, 2, 3, -3, 7, 10, 64, 100, -100, 127, 128, 255, 256, 511, 1024, 65535, 65536]
INTEGERS += [
    sign * (1 << power) + near
    for power in (31, 32, 52, 53, 62, 63, 64)
    for sign in (1, -1)
    for near in (-1, 0, 1)
]
INTEGERS += [10**20, -(10**20), 10**400, 1_700_000_000, 1_700_000_000_000, 1 << 29, 1 << 20]
FLOATS = b"""
    inf -inf +inf Inf infinity nan -nan -0 0.0 1.5 -1.5 1e308 -1e308 1e309 1e-320 5e-324 3.0e3 .5 5.
    0x10 0x1p3 1e 1,5 1_000 179769313486231570000000000000000000000000000000000 0.1 123456789.987
""".split()
TEXTS = b"""
    a b c A key * ? ** [a [b (a (b + - [ ( (1 (-inf (nan (+inf [inf #0 #7 #-1 u8 i64 u64 i0 u63 i65
    u1 1- 01 +1 0-0 5-5 99999999999999999999 yes no on off get set foo* h[a-z]* [^a] \\ ~ > $ = <>
    a->b *->f # key:1 key:2 noeviction allkeys-lfu KEA AKE
""".split()
TEXTS += [b"", b" ", b"\x00", b"\r\n", b"\xff\xfe", b"a b", b" 1", b"1 ", b"\xc3\xa9"]
TEXTS += [bytes(range(256))]
LARGE = [b"x" * 100, b"y" * 5000, b"1" * 70_000, b"\xff" * 600, b"[" * 300, b"*" * 300, b"?*" * 99]

# Every key by what it holds, mostly; soup changes that.
FILLING = [
    line.split()
    for line in b"""
    SET text some-text
    SET number 17
    SET bits \x00\xff\x0f\xf0
    RPUSH list a b c 1 2 3
    RPUSH numbers 3 1 2 10
    SADD set a b c d
    SADD integers 1 2 3 300000
    HSET hash f 1 g v h 3.5
    ZADD zset 1 a 2.5 b inf c
    ZADD zset2 0 a 0 b 0 c -1 x
    PFADD hll a b c
    SET volatile v EX 1000
    GEOADD geo 13.361389 38.115556 a 15.087269 37.502669 b
    XADD stream 1-1 f v
    XADD stream 2-1 g w
    XGROUP CREATE stream group 0
""".strip().splitlines()
]
FILLING += [
    [b"RPUSH", b"longlist", *(b"%d" % n for n in range(700))],
    [b"SADD", b"longset", *(b"m%d" % n for n in range(700))],
    [b"HSET", b"longhash", *(b"%d" % (n // 2) for n in range(1400))],
    [b"ZADD", b"longzset", *(b"%d" % (n // 2) for n in range(1400))],
    [b"SET", b"longtext", b"0123456789" * 500],
    [b"PFADD", b"densehll", *(b"%d" % n for n in range(3000))],
]
GROUP_KEYS = {
    "string": [b"text", b"number", b"longtext", b"volatile"],
    "bitmap": [b"bits", b"number", b"longtext"],
    "list": [b"list", b"numbers", b"longlist"],
    "set": [b"set", b"integers", b"longset"],
    "hash": [b"hash", b"longhash"],
    "sorted-set": [b"zset", b"zset2", b"longzset", b"set"],
    "hyperloglog": [b"hll", b"densehll"],
    "geo": [b"geo"],
    "stream": [b"stream"],
}
KEYS = sorted({words[2 if words[0] == b"XGROUP" else 1] for words in FILLING}) + [b"none", b""]


class Soup:
    """An endless series of requests; the same ones for the same seed.

    left_out: the names of commands that never come.
    """

    def __init__(self, seed, left_out=LEFT_OUT):
        self.random = random.Random(seed)
        self.commands = []
        for command in DECLARED.every():
            if command.name not in left_out and (command.function or not command.is_container):
                self.commands.append((command, command.arguments()))
        self.tokens = sorted(
            {
                word.encode()
                for command, _ in self.commands
                for word in command.usage.replace("[", " ").replace("|", " ").split()
                if word.isupper()
            }
        )
        self.group = None
        self.debug = sorted(SUBCOMMANDS.keys() - DEBUG_LEFT_OUT)

    def request(self):
        """The words of a request, a list of bytes."""
        choose = self.random
        command, arguments = choose.choice(self.commands)
        if command.name in EMPTYING and choose.random() < 0.95:
            return self.request()
        self.group = command.group
        name = command.name.split(b"|")
        if command.name == b"debug":
            words = [choose.choice(self.debug), *self.words(choose.randrange(4))]
        elif choose.random() < 0.5:
            words = self.follow(arguments)
            if choose.random() < 0.3:
                words = self.spoil(words)
        else:
            words = self.words(choose.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12]))
        if command.name == b"config|set":
            words[:1] = [choose.choice(DIRECTIVES)]
            words = words[:2]
        return name + words

    def words(self, count):
        """So many words of all kinds."""
        return [self.word() for _ in range(count)]

    def word(self):
        """Any word."""
        choose = self.random
        kinds = (self.key, self.integer, self.real, self.text, self.token, self.rubbish)
        return choose.choices(kinds, (5, 4, 2, 4, 3, 1))[0]()

    def key(self):
        """The name of a key, often one that suits the command."""
        suitable = GROUP_KEYS.get(self.group)
        if suitable and self.random.random() < 0.7:
            return self.random.choice(suitable)
        return self.random.choice(KEYS)

    def integer(self):
        """An integer that may be too large for anything."""
        if self.random.random() < 0.5:
            return b"%d" % self.random.randrange(-5, 20)
        return b"%d" % self.random.choice(INTEGERS)

    def real(self):
        """What stands where a double is wanted."""
        return self.random.choice(FLOATS)

    def text(self):
        """A range, a pattern, a member..."""
        return self.random.choice(TEXTS if self.random.random() < 0.95 else LARGE)

    def token(self):
        """A word that is an option of some command."""
        word = self.random.choice(self.tokens)
        return word if self.random.random() < 0.5 else word.lower()

    def rubbish(self):
        """Any bytes."""
        return self.random.randbytes(self.random.randrange(20))

    def spoil(self, words):
        """The words with one of them exchanged, doubled or left out."""
        words = list(words)
        position = self.random.randrange(len(words) + 1)
        words[position : position + self.random.randrange(2)] = self.words(self.random.randrange(2))
        return words

    def follow(self, arguments):
        """Words as a usage line wants them, at least as to their number."""
        words = []
        for argument in arguments:
            if argument.optional and self.random.random() < 0.5:
                continue
            for occurrence in range(self.random.choice([1, 1, 2, 3]) if argument.multiple else 1):
                if argument.token is not None and (occurrence == 0 or argument.multiple_token):
                    words.append(argument.token.encode())
                words += self.value_of(argument)
        return words

    def value_of(self, argument):
        """The words of one occurrence of an argument, without its token."""
        kind = argument.type
        if kind == PURE_TOKEN:
            return []
        if kind == ONE_OF:
            return self.follow([self.random.choice(argument.arguments)])
        if kind == BLOCK:
            return self.follow(argument.arguments)
        if self.random.random() < 0.1:
            return [self.word()]
        if kind == KEY:
            return [self.key()]
        if argument.name == "numkeys":
            return [b"%d" % self.random.choice([1, 1, 2, 3])]
        if kind in (INTEGER, UNIX_TIME):
            return [self.integer()]
        if kind == DOUBLE:
            return [self.random.choice([self.real, self.integer])()]
        if kind == PATTERN:
            return [self.text()]
        return [self.word()]


def fill(run):
    """Puts a value of every type that there is under KEYS; `run` runs a request given as words."""
    for words in FILLING:
        if words[0].lower() in DECLARED.commands:
            run([b"DEL", words[1]])
            run(words)


def main():
    """Runs soup for as long as one says, and prints what is slow."""
    from tests.support.taster import Taster

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=int, default=5000, help="for each server")
    given = parser.parse_args()
    end = time.monotonic() + given.seconds
    seed = given.seed
    slowest = (0, None)
    while time.monotonic() < end:
        taster = Taster(seed)
        taster.taste(given.requests)
        slowest = max(slowest, taster.slowest)
        print(f"seed {seed}: {taster.done} done, {taster.refused} refused; slowest ever:", *slowest)
        seed += 1


if __name__ == "__main__":
    main()
