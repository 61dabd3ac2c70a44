"""Calls to the operating system and C: sockets, calls without tuples, long double sums."""

import errno
import socket
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediskit.structures import native
from rediskit.structures.buffer import Buffer


@pytest.fixture
def pair():
    """Two connected sockets."""
    one, other = socket.socketpair()
    yield one, other
    one.close()
    other.close()


def test_receive(pair):
    one, other = pair
    assert native.receive(one.fileno(), 100) is None
    other.send(b"hello")
    assert native.receive(one.fileno(), 2) == b"he"
    assert native.receive(one.fileno(), 1 << 40) == b"llo"
    assert native.receive(one.fileno(), 100) is None
    other.close()
    assert native.receive(one.fileno(), 100) == b""
    with pytest.raises(OSError) as error:
        native.receive(-1, 100)
    assert error.value.errno == errno.EBADF


def test_send(pair):
    one, other = pair
    buffer = Buffer(b"hello")
    assert native.send(one.fileno(), buffer) == 5
    assert len(buffer) == 0
    assert other.recv(100) == b"hello"
    assert native.send(one.fileno(), buffer) == 0


def test_send_takes_what_fits_and_the_rest_stays(pair):
    one, other = pair
    content = bytes(range(256)) * 20000
    buffer = Buffer(content)
    received = b""
    while len(buffer):
        sent = native.send(one.fileno(), buffer)
        if not sent:
            received += other.recv(1 << 20)
        buffer.check()
    one.shutdown(socket.SHUT_WR)
    while data := other.recv(1 << 20):
        received += data
    assert received == content


def test_send_to_nobody(pair):
    one, other = pair
    other.close()
    buffer = Buffer(b"hello")
    with pytest.raises(BrokenPipeError):
        native.send(one.fileno(), buffer)
    assert bytes(buffer) == b"hello"


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 100, 5000])
def test_call_passes_arguments_without_a_tuple(count):
    arguments = [object() for _ in range(count)]
    assert native.call(lambda *all_: all_, "first", arguments) == ("first", *arguments[1:])


def test_call_may_skip_more_and_refuses_less():
    arguments = [b"a", b"b", b"c"]
    assert native.call(lambda *all_: all_, 1, arguments, 3) == (1,)
    assert native.call(lambda *all_: all_, 1, arguments, 2) == (1, b"c")
    for few in (0, -1, 4):
        with pytest.raises(ValueError):
            native.call(print, 1, arguments, few)
    with pytest.raises(ZeroDivisionError):
        native.call(lambda first, *rest: 1 // first, 0, arguments)
    with pytest.raises(TypeError):
        native.call(lambda: 0, 1, arguments)


def test_the_clock_goes_forward():
    first = native.monotonic_us()
    assert native.monotonic_us() >= first > 0


@pytest.mark.parametrize(
    ("left", "right", "total"),
    [
        (b"0", b"0", b"0"),
        (b"10.50", b"0.1", b"10.6"),
        (b"5.0e3", b"2.0e2", b"5200"),
        (b"1", b"-1", b"0"),
        (b"-0", b"-0.0", b"0"),
        (b"3", b"1.1", b"4.1"),
        (b"0x10", b"1", b"17"),
        (b"17179869184", b"1.5", b"17179869185.5"),
        (b"0.1", b"0.2", b"0.3"),
        (b"1e-17", b"0", b"0.00000000000000001"),
        (b"1e-18", b"0", b"0"),
        (b"-1e-18", b"0", b"-0.00000000000000000"[:2].replace(b"-0", b"0")),
        (b"inf", b"1", None),
        (b"inf", b"-inf", None),
        (b"1.1e4932", b"1.1e4932", None),
    ],
)
def test_sums_in_long_double(left, right, total):
    assert native.add_long_double(left, right) == total


@pytest.mark.parametrize(
    "text",
    [b"", b" 1", b"1 ", b"\t1", b"1\0", b"\0", b"abc", b"1_0", b"1,5", b"nan", b"--1", b"1e",
     b"1e5000", b"-1e5000", b"1e-5000", b"0" * 5120, b"+", b"."],
)  # fmt: skip
def test_what_is_no_number(text):
    with pytest.raises(ValueError):
        native.add_long_double(text, b"1")
    with pytest.raises(ValueError):
        native.add_long_double(b"1", text)


@settings(deadline=None)
@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12), st.integers(0, 5))
def test_short_decimals_add_up_exactly(left, right, decimals):
    def spell(number):
        return b"%s%d.%0*d" % (
            b"-" if number < 0 else b"", abs(number) // 10**decimals, decimals,
            abs(number) % 10**decimals,
        ) if decimals else b"%d" % number  # fmt: skip

    total = native.add_long_double(spell(left), spell(right))
    exact = Fraction(left + right, 10**decimals)
    # 64 bits of mantissa: what is spelled differs from the exact sum in the last decimals only.
    assert abs(Fraction(total.decode()) - exact) <= abs(exact) / 2**60 + Fraction(1, 10**17)
