"""A screen of the app as a small SVG: one line of the file per row of the screen, so that a review reads both."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, unescape

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import App

CELL, ROW, BASE = 12, 24, 18
"""Width and height of a cell, and the base line of its letters, in the picture's units."""


class Cell(NamedTuple):
    """A character with its look; ``width`` is in cells."""

    text: str
    width: int
    ink: str
    """The attributes of an SVG text."""
    ground: str
    """The colour behind it."""


def picture(app: App[Any]) -> str:
    """The screen that is shown now, without anything that differs from one run to the next."""
    width, height = app.size
    rows = [list(_cells(strip)) for strip in app.screen._compositor.render_strips(app.size)]
    paper = Counter(cell.ground for row in rows for cell in row).most_common(1)[0][0]
    sheet = f'viewBox="0 0 {width * CELL} {height * ROW}" font-family="monospace" font-size="20"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {sheet} xml:space="preserve">',
            f'<rect width="100%" height="100%" fill="{paper}"/>',
            *("".join((*_grounds(row, number, paper), *_letters(row, number))) for number, row in enumerate(rows)),
            "</svg>\n",
        )
    )


def words(svg: str) -> list[str]:
    """The text of each row of a picture."""
    rows = svg.split("\n")[2:-2]
    return [" ".join(unescape(part.rpartition(">")[2]) for part in row.split("</tspan>")).strip() for row in rows]


def _grounds(row: Sequence[Cell], number: int, paper: str) -> Iterator[str]:
    column = 0
    for ground, run in groupby(row, key=lambda cell: cell.ground):
        width = sum(cell.width for cell in run)
        if ground != paper:
            left, right = column * CELL, (column + width) * CELL
            yield f'<path d="M{left} {number * ROW}H{right}v{ROW}H{left}z" fill="{ground}"/>'
        column += width


def _letters(row: Sequence[Cell], number: int) -> Iterator[str]:
    """The runs of one ink; a blank has that of the letters before it, unless it is underlined."""
    spans: list[list[str]] = []
    column, ink = 0, ""
    for cell in row:
        blank = cell.text == " " and "decoration" not in cell.ink
        if not blank and cell.ink != ink:
            spans.append([f'<tspan x="{column * CELL}"{cell.ink}>'])
            ink = cell.ink
        if spans:
            spans[-1].append(escape(cell.text))
        column += cell.width
    if spans:
        shown = "".join(f"{''.join(span).rstrip()}</tspan>" for span in spans)
        yield f'<text y="{number * ROW + BASE}">{shown}</text>'


def _cells(strip: Iterable[Segment]) -> Iterator[Cell]:
    for text, style, control in strip:
        if not control:
            ink, ground = _look(style or Style())
            yield from (Cell(letter, cell_len(letter), ink, ground) for letter in text)


@lru_cache(maxsize=1024)
def _look(style: Style) -> tuple[str, str]:
    colour, ground = (one.get_truecolor().hex if one else "#000000" for one in (style.color, style.bgcolor))
    if style.reverse:
        colour, ground = ground, colour
    lines = [name for name, drawn in (("underline", style.underline), ("line-through", style.strike)) if drawn]
    parts = (
        f' fill="{colour}"',
        ' font-weight="bold"' if style.bold else "",
        ' font-style="italic"' if style.italic else "",
        ' opacity="0.6"' if style.dim else "",
        f' text-decoration="{" ".join(lines)}"' if lines else "",
    )
    return "".join(parts), ground
