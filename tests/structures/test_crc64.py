"""CRC-64: the check value, and that of a bit by bit sum."""

import random

from rediskit.structures.crc64 import crc64


def bit_by_bit(data):
    """The definition: reflected, initial value 0."""
    total = 0
    for byte in data:
        total ^= byte
        for _ in range(8):
            total = (total >> 1) ^ (0x95AC9329AC4BC9B5 if total & 1 else 0)
    return total


def test_check_value():
    assert crc64(b"123456789") == 0xE9C6D914C4B8D9CA
    assert crc64(b"") == 0


def test_all_lengths():
    data = random.Random(1).randbytes(70)
    for size in range(len(data)):
        assert crc64(data[:size]) == bit_by_bit(data[:size])


def test_goes_on():
    data = random.Random(2).randbytes(100)
    for size in range(len(data)):
        assert crc64(data[size:], crc64(data[:size])) == crc64(data)
