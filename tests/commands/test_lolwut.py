"""LOLWUT."""

import pytest

from rediskit.commands.lolwut import Canvas
from rediskit.errors import CommandError
from rediskit.server import Server

ENDING = "Redis ver. 7.4.0\n"


@pytest.fixture
def draw():
    server = Server()
    client = server.client()
    return lambda *words: server.execute(client, b"LOLWUT", *words).text.decode()


def test_no_picture_but_for_versions_that_have_one(draw):
    assert draw() == draw(b"VERSION", b"4") == draw(b"VERSION") == draw(b"1") == ENDING


def test_version_has_to_be_a_number(draw):
    with pytest.raises(CommandError, match="not an integer"):
        draw(b"VERSION", b"x")


@pytest.mark.parametrize("words", [(), (b"10", b"1", b"1"), (b"0", b"-1", b"0"), (b"9",) * 5])
def test_schotter(draw, words):
    text = draw(b"version", b"5", *words)
    assert text.endswith("Georg Nees - schotter, plotter on paper, 1968. " + ENDING)
    widths = {len(line) for line in text.splitlines() if line and ord(line[0]) >= 0x2800}
    assert len(widths) == 1


def test_skyline(draw):
    lines = draw(b"VERSION", b"6", b"30", b"7").splitlines()
    assert [line.count("\x1b[0m") for line in lines[:7]] == [30] * 7
    assert lines[len(lines) - 1].endswith(ENDING.strip())


def test_canvas_draws_squares_of_dots():
    canvas = Canvas(4, 4)
    canvas.square((1.5, 1.5), 3, 0)
    assert str(canvas) == "\u28cf\u28f9\n"
