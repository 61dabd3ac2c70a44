"""SipHash-1-3 against the paper's description in plain Python, and its 2-4 against the paper."""

import random
import subprocess
import sys

from rediskit.structures import hashing

MASK = (1 << 64) - 1
# Appendix A of "SipHash: a fast short-input PRF" (Aumasson, Bernstein): 15 bytes, key 00..0f.
PAPER = 0xA129CA6149BE45E5


def rotate(word, bits):
    return (word << bits | word >> (64 - bits)) & MASK


def siphash(key, data, rounds, last_rounds):
    """As the paper has it, with the rounds of SipHash-`rounds`-`last_rounds`."""
    k0, k1 = (int.from_bytes(key[i : i + 8], "little") for i in (0, 8))
    a, b = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    c, d = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573

    def mix(count):
        nonlocal a, b, c, d
        for _ in range(count):
            a, c = (a + b) & MASK, (c + d) & MASK
            b, d = rotate(b, 13) ^ a, rotate(d, 16) ^ c
            a = rotate(a, 32)
            c, a = (c + b) & MASK, (a + d) & MASK
            b, d = rotate(b, 17) ^ c, rotate(d, 21) ^ a
            c = rotate(c, 32)

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 255])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        d ^= word
        mix(rounds)
        a ^= word
    c ^= 0xFF
    mix(last_rounds)
    return a ^ b ^ c ^ d


def test_the_reference_agrees_with_the_paper():
    assert siphash(bytes(range(16)), bytes(range(15)), 2, 4) == PAPER


def test_every_length_and_several_secrets():
    chance = random.Random(1)
    own = hashing.siphash(b"key")
    for _ in range(5):
        secret = chance.randbytes(16)
        for length in [*range(70), 255, 256, 257, 1000]:
            data = chance.randbytes(length)
            assert hashing.siphash(data, secret) == siphash(secret, data, 1, 3)
        assert hashing.siphash(b"\xff" * 64, secret) == siphash(secret, b"\xff" * 64, 1, 3)
    assert hashing.siphash(b"key") == own


def test_the_secret_is_another_in_every_process():
    code = "from rediskit.structures.hashing import siphash; print(siphash(b'key'))"
    seen = {subprocess.check_output([sys.executable, "-c", code]) for _ in range(3)}
    assert len(seen) == 3
