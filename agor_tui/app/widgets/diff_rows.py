"""The rows that a line of a diff takes in a width, and the part of its text in each. Pure."""

from functools import lru_cache

from rich.cells import chop_cells

from agor_tui.app.widgets.lines import Line, wrap
from agor_tui.state.patch import Kind, PatchLine


def height(line: PatchLine, room: int) -> int:
    """The number of rows of a line; that of a file's head has an empty one above it."""
    if line.kind is Kind.FILE:
        return 2
    if line.kind is Kind.COMMENT:
        return len(prose(line.text, room))
    text = line.visible if line.kind is not Kind.HUNK else line.text
    if text.isascii():
        return max(1, -(-len(text) // room))
    return 1 if len(text) * 2 <= room else max(1, len(_chunks(text, room)))


@lru_cache(maxsize=512)
def prose(text: str, room: int) -> list[Line]:
    """A text as rows that end between words."""
    return wrap([(text, "text")], room, first="", indent="  ") or [[]]


def chunk(text: str, row: int, room: int) -> str:
    """The part of a text in one of its rows."""
    start, end = part(text, row, room)
    return text[start:end]


def part(text: str, row: int, room: int) -> tuple[int, int]:
    """The characters of a row of a broken text."""
    if text.isascii():
        return row * room, (row + 1) * room
    chunks = _chunks(text, room)
    start = sum(map(len, chunks[:row]))
    return start, len(text) if row >= len(chunks) - 1 else start + len(chunks[row])


def sliced(spans: Line, start: int, end: int) -> Line:
    """A part of a line, by its characters."""
    line: Line = []
    place = 0
    for text, ink in spans:
        some = text[max(0, start - place) : max(0, end - place)]
        if some:
            line.append((some, ink))
        place += len(text)
    return line


@lru_cache(maxsize=64)
def _chunks(text: str, room: int) -> list[str]:
    return chop_cells(text, room)
