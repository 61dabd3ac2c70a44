"""The size of a list as a listpack, beside one written out; when a list changes its form."""

import random

from hypothesis import given
from hypothesis import strategies as st

from rediskit.structures.listpack import (
    is_whole,
    listpack_bytes,
    make_chunks,
    make_room,
    make_whole,
    rejoin,
)
from rediskit.structures.sequence import Sequence
from tests.structures.test_sequence import VALUES

KILOBYTE = 1024


def backlen(size):
    """The bytes that repeat the size of an item, 7 bits in each."""
    groups = 1
    while size >= 1 << (7 * groups):
        groups += 1
    return groups


def model(value):
    """How many bytes the specification of the listpack gives to one value."""
    try:
        number = int(value)
        is_number = str(number).encode() == value and -(2**63) <= number < 2**63
    except ValueError:
        is_number = False
    if is_number:
        body = 9
        for size, low, high in (
            (1, 0, 2**7), (2, -(2**12), 2**12), (3, -(2**15), 2**15),
            (4, -(2**23), 2**23), (5, -(2**31), 2**31),
        ):  # fmt: skip
            if low <= number < high:
                body = min(body, size)
    else:
        head = 1 if len(value) < 64 else 2 if len(value) < 4096 else 5
        body = head + len(value)
    return body + backlen(body)


@given(st.lists(VALUES, max_size=30))
def test_size_is_that_of_the_specification(values):
    assert listpack_bytes(Sequence(values)) == 7 + sum(map(model, values))


def test_size_at_the_borders_of_every_form():
    borders = [0, 63, 64, 125, 126, 127, 128, 4095, 4096, 8191, 8192, 16378, 65535, 65536, 1 << 21]
    for length in borders:
        for near in (length - 1, length, length + 1):
            value = b"x" * max(near, 0)
            assert listpack_bytes(Sequence([value])) == 7 + model(value), near
    for bits in (7, 12, 15, 23, 31, 63):
        for number in (2**bits - 1, 2**bits, -(2**bits), -(2**bits) - 1):
            value = b"%d" % number
            assert listpack_bytes(Sequence([value])) == 7 + model(value), number


def grown(values, limit):
    """A whole sequence that the values were put into one by one."""
    sequence = Sequence()
    make_whole(sequence)
    for value in values:
        make_room(sequence, len(value), 1, limit)
        sequence.push_right(value)
    return sequence


def test_a_list_stays_whole_up_to_its_limit():
    for limit, most in ((-1, 4), (-2, 8), (-3, 16), (-4, 32), (-5, 64), (-9, 64), (-(2**31), 64)):
        room = most * KILOBYTE - 7
        values = [b"x" * 50] * (room // 52)
        assert is_whole(grown(values, limit))
        assert not is_whole(grown([*values, b"x" * 50], limit))


def test_a_limit_of_elements():
    for limit, most in ((3, 3), (1, 1), (0, 1), (2**31 - 1, 4096 - 3)):
        values = [b"7"] * most
        assert is_whole(grown(values, limit))
        assert not is_whole(grown([*values, b"7"], limit))
    assert not is_whole(grown([b"x" * 8186], 128))


def test_a_list_is_whole_again_at_half_its_limit():
    sequence = grown([b"x"] * 11, 10)
    assert not is_whole(sequence)
    while len(sequence) > 6:
        sequence.pop_right()
        rejoin(sequence, 10, True)
        assert not is_whole(sequence)
    sequence.pop_right()
    rejoin(sequence, 10, True)
    assert is_whole(sequence)


def test_a_list_is_whole_again_at_half_its_bytes():
    sequence = grown([b"%06d" % number for number in range(100_000, 103_000)], -2)
    while not is_whole(sequence):
        sequence.pop_right()
        rejoin(sequence, -2, True)
    assert listpack_bytes(sequence) <= 4 * KILOBYTE < listpack_bytes(sequence) + 6
    sequence.check()


def test_several_chunks_are_not_whole():
    sequence = grown([b"x" * 100] * 300, -1)
    assert sequence.lone_chunk_bytes == -1
    rejoin(sequence, -5, False)
    assert not is_whole(sequence)


def test_what_was_filled_may_reach_the_limit():
    sequence = Sequence([b"x"] * 10)
    make_chunks(sequence, 10)
    assert not is_whole(sequence)
    rejoin(sequence, 10, True)
    assert not is_whole(sequence)
    rejoin(sequence, 10, False)
    assert is_whole(sequence)


def test_fill_takes_limits_of_any_size():
    for limit, fill in ((2**31 - 1, 32767), (-(2**31), -5), (0, 0), (128, 128), (-2, -2)):
        sequence = Sequence()
        make_chunks(sequence, limit)
        assert sequence.fill == fill


def test_the_quick_look_agrees_with_the_size():
    """For lists of all kinds near the limit, where it must look closely."""
    chance = random.Random(5)
    for _ in range(60):
        longest = chance.choice([3, 10, 70, 130, 5000])
        sequence, size = Sequence(), 7
        make_whole(sequence)
        while is_whole(sequence):
            value = b"%d" % chance.randrange(-200, 70_000)
            if chance.random() < 0.6:
                value = b"x" * chance.randrange(longest)
            make_room(sequence, len(value), 1, -1)
            assert is_whole(sequence) == (size + len(value) <= 4096)
            sequence.push_left(value)
            size += model(value)
        rejoin(sequence, -1, False)
        assert is_whole(sequence) == (sequence.lone_chunk_bytes >= 0 and size <= 4096)
