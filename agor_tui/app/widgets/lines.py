"""Lines of styled text: measuring, truncating, joining and wrapping in terminal cells. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import chop_cells, set_cell_size

from agor_tui.state import clean

Span = tuple[str, str]
"""A text and the name of its ink."""
Line = list[Span]


def cells(line: Iterable[Span]) -> int:
    """The width of a line in terminal cells."""
    return sum(clean.width(text) for text, _ in line)


def truncated(line: Sequence[Span], width: int) -> Line:
    """Truncate a line to ``width`` cells, with an ellipsis at its end."""
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
    """Truncate or fill a line to exactly ``width`` cells."""
    fitted = truncated(line, width)
    missing = width - cells(fitted)
    return [*fitted, (" " * missing, ink)] if missing > 0 else fitted


def justified(left: Sequence[Span], right: Sequence[Span], width: int) -> Line:
    """A line with one part at each edge; the left part is truncated if they overlap."""
    room = width - cells(right)
    if room <= 1 or not right:
        return truncated(left, width)
    return [*padded(left, room - 1), (" ", "text"), *right]


def joined(parts: Iterable[Sequence[Span]], separator: str = " · ", ink: str = "faint") -> Line:
    """Join the parts that are not empty with a separator."""
    line: Line = []
    for part in parts:
        if any(text for text, _ in part):
            if line:
                line.append((separator, ink))
            line.extend(part)
    return line


def joined_within(parts: Iterable[Sequence[Span]], width: int) -> Line:
    """Join the first parts, as many as fit into ``width`` cells."""
    line: Line = []
    for part in parts:
        longer = joined([line, part]) if line else list(part)
        if cells(longer) > width:
            break
        line = longer
    return line


def wrap(line: Sequence[Span], width: int, *, indent: str = "", first: str | None = None) -> list[Line]:
    """Wrap a line between words into lines of ``width`` cells; longer words are broken anywhere.

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
    """The text of a line without inks."""
    return "".join(text for text, _ in line)


def _words(line: Iterable[Span]) -> Iterator[Span]:
    """Split a line into runs of blanks and runs of other characters."""
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
