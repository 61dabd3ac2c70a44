"""The bounds of Redis' integers, which have 64 bits and a sign."""

LARGEST = (1 << 63) - 1
SMALLEST = -LARGEST - 1
