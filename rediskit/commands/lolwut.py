"""LOLWUT: a piece of computer art, and the version of the server.

Version 5 is Georg Nees' "Schotter" (1968), a grid of squares that loses its order from row to row,
drawn in Braille dots: 2 x 4 of them to a character. Version 6 is a skyline at night, drawn in
coloured blanks. All other versions, Redis 7 among them, have no picture.
"""

import math

from rediskit.clients.client import Client
from rediskit.grammar.arguments import integer
from rediskit.grammar.command import FAST, READ, command
from rediskit.protocol.replies import Verbatim
from rediskit.structures.chance import chance
from rediskit.version import shown_version

BRAILLE = 0x2800
# The bit of a Braille character for the dot at [row][column].
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))

SKY, FAR, MIDDLE, NEAR, LIGHT = 107, 47, 100, 40, 47  # ANSI backgrounds


@command(
    "LOLWUT [VERSION version]",
    READ,
    FAST,
    since="5.0.0",
    group="server",
    complexity="O(N) for N characters drawn",
)
def lolwut(client: Client, *words):
    """Draws a picture in characters, and tells the version."""
    version, numbers = 7, []
    if len(words) >= 2 and words[0].upper() == b"VERSION":
        version = integer(words[1])
        numbers = words[2:]
    elif words:
        numbers = words
    picture = PICTURES[version](numbers) if version in PICTURES else ""
    version = shown_version(client.server.config)
    return Verbatim(f"{picture}Redis ver. {version}\n".encode())


def measures(words, *defaults):
    """The sizes that words ask for, where they do; `defaults` are pairs of (default, most)."""
    asked = [integer(word) for word in words[: len(defaults)]]
    asked += [default for default, _ in defaults[len(asked) :]]
    return [min(max(size, 1), most) for size, (_, most) in zip(asked, defaults, strict=True)]


class Canvas:
    """Black dots on white, width x height of them."""

    def __init__(self, width, height):
        self.width = width
        self.height = height
        self.dots = set()

    def line(self, start, end):
        """Draws a line between two points."""
        (x, y), (to_x, to_y) = start, end
        steps = max(1, round(max(abs(to_x - x), abs(to_y - y))))
        for step in range(steps + 1):
            across = x + (to_x - x) * step / steps
            down = y + (to_y - y) * step / steps
            self.dots.add((round(across), round(down)))

    def square(self, center, side, angle):
        """Draws a square that is turned by an angle."""
        radius = side / math.sqrt(2)
        corners = []
        for quarter in range(4):
            turn = angle + math.pi / 4 + quarter * math.pi / 2
            x, y = center
            corners.append((x + radius * math.sin(turn), y + radius * math.cos(turn)))
        for corner, following in zip(corners, corners[1:] + corners[:1], strict=True):
            self.line(corner, following)

    def __str__(self):
        cells = {}
        for x, y in self.dots:
            if 0 <= x < self.width and 0 <= y < self.height:
                cell = y // 4, x // 2
                cells[cell] = cells.get(cell, BRAILLE) | DOTS[y % 4][x % 2]
        rows = range(-(-self.height // 4))
        columns = range(-(-self.width // 2))
        lines = [
            "".join(chr(cells.get((row, column), BRAILLE)) for column in columns) for row in rows
        ]
        return "".join(line + "\n" for line in lines)


def schotter(words):
    """Version 5: columns of characters, squares in a row, rows of squares."""
    columns, per_row, rows = measures(words, (66, 1000), (8, 200), (12, 200))
    margin = 2 if columns > 4 else 0
    side = (2 * columns - 2 * margin) / per_row
    canvas = Canvas(2 * columns, round(side * rows) + 2 * margin + 1)
    for row in range(rows):
        disorder = max(0.0, (row - 1) / rows)
        for column in range(per_row):
            angle = disorder * chance.uniform(-math.pi / 4, math.pi / 4)
            shift_x, shift_y = (disorder * side * chance.uniform(-0.4, 0.4) for _ in "xy")
            center = margin + side * (column + 0.5), margin + side * (row + 0.5)
            canvas.square((center[0] + shift_x, center[1] + shift_y), side, angle)
    return f"{canvas}\nGeorg Nees - schotter, plotter on paper, 1968. "


def skyline(words):
    """Version 6: columns and rows of characters."""
    columns, rows = measures(words, (80, 1000), (20, 1000))
    colors = [[SKY] * columns for _ in range(rows)]
    for color, share in ((FAR, 0.9), (MIDDLE, 0.7), (NEAR, 0.5)):
        left = chance.randrange(-4, 2)
        while left < columns:
            width = chance.randrange(8, 15)
            height = chance.randrange(1, max(2, round(rows * share) + 1))
            build(colors, left, width, height, color)
            left += width + chance.randrange(0, 12)
    lines = ["".join(f"\x1b[0;{color}m \x1b[0m" for color in line) for line in colors]
    return "".join(line + "\n" for line in lines) + "\nA skyline at night. "


def build(colors, left, width, height, color):
    """Draws a building that stands on the ground; those in front have windows."""
    rows, columns = len(colors), len(colors[0])
    for row in range(rows - height, rows):
        for column in range(max(left, 0), min(left + width, columns)):
            inside = left < column < left + width - 1 and row > rows - height
            is_window = color == NEAR and inside and (row - rows) % 2 and (column - left) % 3
            colors[row][column] = LIGHT if is_window and chance.random() < 0.5 else color


PICTURES = {5: schotter, 6: skyline}
