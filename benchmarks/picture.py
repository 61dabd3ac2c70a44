"""Tables as an SVG picture: the cells as text, each ratio as a bar beside its target."""

from html import escape

ROW, MARGIN, LETTER = 20, 16, 7.4
BAR_COLUMN, BAR_SCALE = 200, 100
BACKGROUND, INK, LINE = "#ffffff", "#24292f", "#d0d7de"
REACHED, MISSED, NEUTRAL = "#2da44e", "#cf222e", "#6e7781"
STYLE = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px"


def as_svg(tables, caption):
    """The tables, one below the other, as the text of an SVG file."""
    shapes, top, width = [], MARGIN + ROW, 0
    shapes.append(_text(MARGIN, top, caption))
    top += ROW
    for table in tables:
        top, right = _draw_table(shapes, table, top + ROW)
        width = max(width, right)
    size = f'width="{width + MARGIN:.0f}" height="{top + MARGIN:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="{STYLE}">'
    ground = f'<rect width="100%" height="100%" fill="{BACKGROUND}"/>'
    return "\n".join([head, ground, *shapes, "</svg>"]) + "\n"


def _draw_table(shapes, table, top):
    """Adds the shapes of a table; returns where it ends, below and to the right."""
    columns = range(len(table.header))
    lines = [table.header, *table.rows]
    widths = [max(len(line[column]) for line in lines) * LETTER + 16 for column in columns]
    right = MARGIN + sum(widths)
    edge = right + (BAR_COLUMN + MARGIN if any(table.ratios) else 0)
    shapes.append(_text(MARGIN, top, table.title, weight="bold"))
    for number, line in enumerate(lines):
        top += ROW
        left = MARGIN
        for column in columns:
            left += widths[column]
            if column == 0:
                shapes.append(_text(MARGIN, top, line[0]))
            else:
                shapes.append(_text(left, top, line[column], anchor="end"))
        shapes.append(_rule(MARGIN, edge, top + 6))
        if number and table.ratios[number - 1]:
            _draw_ratio(shapes, table.ratios[number - 1], right + MARGIN, top)
    return top + ROW, edge


def _draw_ratio(shapes, ratio, left, baseline):
    """A bar as long as the ratio, 1.0 being redis-server; a tick where the target is."""
    value, target, verdict = ratio
    colour = {True: REACHED, False: MISSED, None: NEUTRAL}[verdict]
    length = min(value * BAR_SCALE, BAR_COLUMN)
    top = baseline - 11
    shapes.append(_rectangle(left, top, length, 13, colour))
    shapes.append(_rectangle(left + BAR_SCALE, top - 3, 1, 19, LINE))
    if target is not None:
        shapes.append(_rectangle(left + target * BAR_SCALE, top - 2, 2, 17, INK))


def _text(left, baseline, text, anchor="start", weight="normal"):
    place = f'x="{left:.1f}" y="{baseline:.1f}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text {place} fill="{INK}" xml:space="preserve">{escape(text)}</text>'


def _rectangle(left, top, width, height, colour):
    size = f'width="{width:.1f}" height="{height}"'
    return f'<rect x="{left:.1f}" y="{top:.1f}" {size} fill="{colour}"/>'


def _rule(left, right, height):
    return _rectangle(left, height, right - left, 1, LINE)
