"""Lines of inked text: measuring, cutting, joining and wrapping in terminal cells. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import chop_cells, set_cell_size

from agor_tui.state import clean

Span = tuple[str, str]
"""A text and the name of its ink."""
Line = list[Span]


def cells(line: Iterable[Span]) -> int:
    """How many terminal cells a line takes."""
    return sum(clean.width(text) for text, _ in line)


def fit(line: Sequence[Span], width: int) -> Line:
    """A line in at most ``width`` cells; what is left out shows as an ellipsis."""
    if cells(line) <= width:
        return list(line)
    fitted: Line = []
    room = width
    for text, ink in line:
        size = clean.width(text)
        if size < room:
            fitted.append((text, ink))
            room -= size
            continue
        fitted.append((set_cell_size(text, max(0, room - 1)).rstrip() + clean.ELLIPSIS, ink))
        break
    return fitted


def padded(line: Sequence[Span], width: int, ink: str = "text") -> Line:
    """A line in exactly ``width`` cells."""
    fitted = fit(line, width)
    missing = width - cells(fitted)
    return [*fitted, (" " * missing, ink)] if missing > 0 else fitted


def justified(left: Sequence[Span], right: Sequence[Span], width: int) -> Line:
    """One line at the left and one at the right edge; the left one is cut where they would meet."""
    room = width - cells(right)
    if room <= 1 or not right:
        return fit(left, width)
    return [*padded(left, room - 1), (" ", "text"), *right]


def joined(parts: Iterable[Sequence[Span]], separator: str = " · ", ink: str = "faint") -> Line:
    """Those of the parts that are not empty, with a separator between them."""
    line: Line = []
    for part in parts:
        if any(text for text, _ in part):
            if line:
                line.append((separator, ink))
            line.extend(part)
    return line


def joined_within(parts: Iterable[Sequence[Span]], width: int) -> Line:
    """The first of the parts, with dots between them, as far as they fit whole."""
    line: Line = []
    for part in parts:
        longer = joined([line, part]) if line else list(part)
        if cells(longer) > width:
            break
        line = longer
    return line


def wrap(line: Sequence[Span], width: int, *, indent: str = "", first: str | None = None) -> list[Line]:
    """A line broken between words into lines of ``width`` cells; words that are too long are broken anywhere.

    ``first`` stands before the first line, ``indent`` before the others; both count.
    """
    lines: list[Line] = []
    start = indent if first is None else first
    current: Line = [(start, "text")] if start else []
    used = clean.width(start)
    empty = True
    for text, ink in _words(line):
        size = clean.width(text)
        if used + size > width and text.isspace():
            continue
        if used + size > width and not empty:
            lines.append(_trimmed(current))
            current, used, empty = ([(indent, "text")] if indent else []), clean.width(indent), True
        while used + size > width:
            piece = chop_cells(text, max(2, width - used))[0]
            current.append((piece, ink))
            lines.append(_trimmed(current))
            text = text[len(piece) :]
            size = clean.width(text)
            current, used, empty = ([(indent, "text")] if indent else []), clean.width(indent), True
            if clean.width(indent) + 2 > width:
                break
        if text:
            current.append((text, ink))
            used += size
            empty = False
    lines.append(_trimmed(current))
    return lines


def plain(line: Iterable[Span]) -> str:
    """The text without inks."""
    return "".join(text for text, _ in line)


def _words(line: Iterable[Span]) -> Iterator[Span]:
    """Runs of blanks and runs of anything else, in turn."""
    for text, ink in line:
        start = 0
        for index in range(1, len(text) + 1):
            if index == len(text) or text[index].isspace() is not text[start].isspace():
                yield text[start:index], ink
                start = index


def _trimmed(line: Line) -> Line:
    if line and line[-1][0].isspace() and len(line) > 1:
        line.pop()
    return line
